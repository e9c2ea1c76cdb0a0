//! What shells make of a command before they run it. What they put into one only they know: it may be what a rule excludes.

use super::fields;

/// The shells that may read what stands in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shells {
    /// It holds no command.
    None,
    /// Those of Windows alone, where names have backslashes and programs read wildcards themselves.
    OfWindows,
    Any,
}

impl Shells {
    pub(super) fn of(path: &str) -> Self {
        if !fields::is_command(path) {
            Self::None
        } else if path.starts_with("data.win.") {
            Self::OfWindows
        } else {
            Self::Any
        }
    }

    /// Whether one of them may make another command of this one.
    pub(super) fn make_another(self, value: &str) -> bool {
        match self {
            Self::None => false,
            Self::OfWindows => {
                let names_another = |after: &str| {
                    let name = after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                    let is_constant = ["true", "false", "null"]
                        .iter()
                        .any(|value| name.eq_ignore_ascii_case(value));
                    after.starts_with(|c: char| c.is_alphabetic() || "{(".contains(c)) && !is_constant
                };
                has_variable(value, names_another) || has_home(value)
            }
            Self::Any => {
                has_variable(value, |after| after.starts_with(|c: char| !c.is_whitespace()))
                    || has_home(value)
                    || value.matches('`').count() > 1
                    || has_wildcard(value)
            }
        }
    }

    /// The command without the backslashes that a shell of Unix takes out of it.
    pub(super) fn without_escapes(self, value: &str) -> Option<String> {
        (self == Self::Any && value.contains('\\')).then(|| value.replace('\\', ""))
    }
}

/// Whether a variable stands there: `$HOME`, `${IFS}`, `$@`, `$'\x72'`, `!TEMP!`, `Env:TEMP`.
fn has_variable(value: &str, begins_one: impl Fn(&str) -> bool) -> bool {
    value.match_indices('$').any(|(at, _)| begins_one(&value[at + 1..]))
        || has_name_between(value, '!')
        || value
            .as_bytes()
            .windows(4)
            .any(|word| word.eq_ignore_ascii_case(b"env:"))
}

/// Whether a name stands between two of these signs.
fn has_name_between(value: &str, sign: char) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || "_():~,=-".contains(c);
    let mut between = value.split(sign).skip(1).peekable();
    while let Some(name) = between.next() {
        if between.peek().is_some() && !name.is_empty() && name.chars().all(is_name) {
            return true;
        }
    }
    false
}

/// Whether a word begins with the sign for somebody's folder.
fn has_home(value: &str) -> bool {
    value
        .match_indices('~')
        .any(|(at, _)| at == 0 || value[..at].ends_with(|c: char| c.is_whitespace() || "\"'=:`".contains(c)))
}

/// Whether a word stands for others that look like it: `/roo[t]/x`, `/etc/sh?dow`, `/{root,}/x`.
fn has_wildcard(value: &str) -> bool {
    let mut escaped = false;
    let mut in_braces = false;
    for c in value.chars() {
        let plain = !escaped;
        escaped = plain && c == '\\';
        match c {
            '*' | '?' | '[' if plain => return true,
            '{' if plain => in_braces = true,
            '}' => in_braces = false,
            ',' | '.' if in_braces => return true,
            _ if c.is_whitespace() => in_braces = false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_puts_into_a_command_is_told_from_what_it_leaves_there() {
        for command in [
            "cat $HOME/x",
            "cat ~/x",
            "cat ~root/x",
            "cat '~/x'",
            "cat /r$@oot/x",
            "cat ${IFS}x",
            r"cat $'\x72'",
            "cat /`echo root`/x",
            "cat /roo[t]/x",
            "cat /etc/sh?dow",
            "cat /ro*",
            "cat /{root,x}/y",
            "cat /{a..z}oot/y",
        ] {
            assert!(Shells::Any.make_another(command), "{command}");
            assert!(!Shells::None.make_another(command), "{command}");
        }
        for command in [
            "cat /root/x",
            r"find / -name \*.c -exec rm {} \;",
            "echo a$ b`c",
            "echo hello! you!",
            "x~1",
        ] {
            assert!(!Shells::Any.make_another(command), "{command}");
        }
        for command in [
            r"cmd /c !TEMP!\x",
            r"cmd /c !TEMP:~0,9!\x",
            r"powershell $HOME\x",
            r"powershell ~\x",
            "powershell gc Env:TEMP",
            "powershell (${env:TEMP})",
            "powershell $falsehood",
        ] {
            assert!(Shells::OfWindows.make_another(command), "{command}");
        }
        for command in [
            r"net use Z: \\nas\backup$ /user:x",
            r#"robocopy "\\nas\backup$" C:\a *.txt"#,
            "schtasks /?",
            r"C:\PROGRA~1\x.exe [a] {b,c}",
            "msg * Hello! You!",
            "powershell Remove-Item x -Confirm:$false | % { $_ }",
        ] {
            assert!(!Shells::OfWindows.make_another(command), "{command}");
        }
    }
}
