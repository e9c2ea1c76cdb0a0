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
                value.match_indices('$').any(|(at, _)| names_another(value, at))
                    || has_variable(value)
                    || has_name_between(value, '%')
                    || has_variable_of_a_loop(value)
                    || has_home(value)
            }
            Self::Any => {
                let is_meant = |(at, _)| value[at + 1..].starts_with(|c: char| !c.is_whitespace());
                value.match_indices('$').any(is_meant)
                    || has_variable(value)
                    || has_home(value)
                    || value.matches('`').count() > 1
                    || has_wildcard(value)
            }
        }
    }

    /// The command without the backslashes that a shell of Unix takes out of it, one before the end of a line with that.
    pub(super) fn without_escapes(self, value: &str) -> Option<String> {
        (self == Self::Any && value.contains('\\')).then(|| value.replace("\\\n", "").replace('\\', ""))
    }
}

/// Whether the `$` at this place begins a variable of PowerShell. A constant does not where it is a word of its own: within another it puts
/// nothing there, and what stands beside it is read together.
fn names_another(value: &str, at: usize) -> bool {
    let (before, after) = (&value[..at], &value[at + 1..]);
    let end = after
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(after.len());
    let (name, behind) = after.split_at(end);
    let is_constant = ["true", "false", "null"]
        .iter()
        .any(|value| name.eq_ignore_ascii_case(value));
    let begins = before.is_empty() || before.ends_with(|c: char| c.is_whitespace() || ":=(,".contains(c));
    let behind = behind.trim_start_matches(['"', '\'']);
    let ends = behind.is_empty() || behind.starts_with(|c: char| c.is_whitespace() || ");|}".contains(c));
    (!name.is_empty() || after.starts_with(['{', '('])) && !(is_constant && begins && ends)
}

/// Whether a variable stands there that needs no `$`: `!TEMP!`, `Env:TEMP`.
fn has_variable(value: &str) -> bool {
    has_name_between(value, '!')
        || value
            .as_bytes()
            .windows(4)
            .any(|word| word.eq_ignore_ascii_case(b"env:"))
}

/// Whether a name stands between two of these signs, with what is to be made of its value behind a colon or not: `!a:x=y!`. A command that
/// may set variables itself may call them anything.
pub(super) fn has_name_between(value: &str, sign: char) -> bool {
    let may_be_any = sets_variables(value);
    let mut signs = value.match_indices(sign).map(|(at, _)| at).peekable();
    let (mut from, mut in_address) = (0, false);
    while let Some(at) = signs.next() {
        let before = &value[from..at];
        let word = before.rsplit(ends_address).next().unwrap_or_default();
        in_address = word.contains("://") || (in_address && word.len() == before.len());
        from = at + sign.len_utf8();
        let Some(end) = signs.peek() else { break };
        let text = &value[from..*end];
        let name = text.split(':').next().unwrap_or_default();
        let is_escape = in_address && is_escape(text) && !text.contains(char::is_whitespace);
        if may_be_any {
            let name = if name.is_empty() { text } else { name };
            // Those that `cmd` sets begin so.
            if !name.is_empty() && !name.trim_start_matches('=').contains('=') {
                return true;
            }
        } else if is_usual_name(name) && !(sign == '%' && (is_escape || is_of_a_format(name))) {
            return true;
        }
    }
    false
}

fn is_usual_name(name: &str) -> bool {
    !name.is_empty()
        && name == name.trim()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_alphanumeric() || "_().,~=-#@ ".contains(c))
}

/// Whether what stands behind a `%`, up to the next, may begin with a byte of a web address: `M%C3%BCller`, and not `%cd%` nor `%cd:~0,1%`.
pub(super) fn is_escape(text: &str) -> bool {
    let (name, made_of_it) = text.split_once(':').unwrap_or((text, ""));
    text.len() >= 2
        && text.bytes().take(2).all(|byte| byte.is_ascii_hexdigit())
        && !["cd", "date"].iter().any(|always| name.eq_ignore_ascii_case(always))
        && !made_of_it.starts_with('~')
        && !made_of_it.contains('=')
}

/// Whether it is a letter of a format and what stands before the next: `--format=%h-%s`.
pub(super) fn is_of_a_format(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && !chars.as_str().is_empty()
        && chars.all(|c| "-.,".contains(c))
}

/// Whether a command may set variables and read them again: `set a=b`, `cmd /v`.
fn sets_variables(value: &str) -> bool {
    if !value.contains(['%', '!']) {
        return false;
    }
    let value = plain(value);
    word(&value, "set").is_some() || reads_late(&value)
}

/// Whether a command has the switch of `cmd` with which it reads variables late: before something to run (`/c x`, `/kx`), without which
/// `cmd` has none to read. Whatever runs may be called anything.
fn reads_late(value: &str) -> bool {
    let value = value.replace('"', "");
    let runs = |switch: &&str| value.rfind(*switch);
    let last_run = ["/c", "/k", "/r"].iter().filter_map(runs).max().unwrap_or(0);
    value[..last_run].match_indices("/v").any(|(at, switch)| {
        let after = &value[at + switch.len()..];
        after.starts_with("on") || !after.starts_with(|c: char| c.is_alphanumeric())
    })
}

/// A command as `cmd` reads its words, of web addresses no more than how they begin.
fn plain(value: &str) -> String {
    let value = value.replace('^', "").to_ascii_lowercase();
    let of_cmd = may_be_of_cmd(&value);
    let words = value.split_inclusive(|c: char| ends_address(c) || (of_cmd && ",;=".contains(c)));
    words
        .flat_map(|word| match word.split_once("://") {
            Some((scheme, _)) => [scheme, " "],
            None => [word, ""],
        })
        .collect()
}

/// Whether `cmd` may run a command, in small letters: by its name, or by its switch where it is called otherwise.
fn may_be_of_cmd(value: &str) -> bool {
    let parts = |c: char| c.is_whitespace() || c == '"';
    let is_switch = |at: usize| {
        let (before, after) = (&value[..at], &value[at + 2..]);
        before.ends_with(parts) || after.starts_with(parts)
    };
    value.replace('"', "").contains("cmd")
        || ["/c", "/k", "/r"]
            .iter()
            .any(|switch| value.match_indices(switch).any(|(at, _)| is_switch(at)))
}

/// Whether a web address within a command goes no further.
fn ends_address(c: char) -> bool {
    c.is_whitespace() || "&|<>".contains(c)
}

/// Where a word of `cmd` stands, right behind its switch or not: `cmd /cset a=b`.
fn word(value: &str, word: &str) -> Option<usize> {
    let of_a_word = |c: char| c.is_alphanumeric() || "_-/.".contains(c);
    let mut words = value.match_indices(word).map(|(at, _)| at);
    words.find(|at| {
        let (before, after) = (&value[..*at], &value[at + word.len()..]);
        let begins = !before.ends_with(of_a_word) || ["/c", "/k", "/r"].iter().any(|switch| before.ends_with(switch));
        begins && !after.starts_with(|c: char| c.is_alphanumeric() || "_-.".contains(c))
    })
}

/// Whether a loop of `cmd` has a variable: `for %i in (x) do %i`.
fn has_variable_of_a_loop(value: &str) -> bool {
    if !value.contains('%') {
        return false;
    }
    let value = plain(value);
    word(&value, "for").is_some_and(|at| {
        let mut variables = value[at..].match_indices('%');
        variables.any(|(sign, _)| value[at + sign + 1..].starts_with(|c: char| !c.is_whitespace()))
    })
}

/// Whether a word begins with the sign for somebody's folder.
fn has_home(value: &str) -> bool {
    value
        .match_indices('~')
        .any(|(at, _)| at == 0 || value[..at].ends_with(|c: char| c.is_whitespace() || "\"'=:`".contains(c)))
}

/// Whether a word stands for others that look like it: `/roo[t]/x`, `/etc/sh?dow`, `/ro@(o)t/x`, `/{root,}/x`.
fn has_wildcard(value: &str) -> bool {
    let mut escaped = false;
    let mut in_braces = false;
    let mut last = ' ';
    for c in value.chars() {
        let plain = !escaped;
        escaped = plain && c == '\\';
        match c {
            '*' | '?' | '[' if plain => return true,
            '(' if plain && "@+!".contains(last) => return true,
            '{' if plain => in_braces = true,
            '}' => in_braces = false,
            ',' | '.' if in_braces => return true,
            _ if c.is_whitespace() => in_braces = false,
            _ => {}
        }
        last = c;
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
            "cat /ro@(o)t/x",
            "cat /ro+(o)t/x",
            "cat /ro!(x)ot/y",
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
            r"powershell gc C:\Users\$null\eve\x",
            r"powershell gc C:\Users\ev$null'e'\x",
            r#"powershell gc C:$null"\Users\eve\x""#,
            "powershell gc a$true",
            "powershell & $null_a+katz",
            "powershell & $true_+katz",
            "powershell iex $_a'katz'",
            "powershell iex $1'katz'",
            "powershell x | % { $_ }",
            r#"cmd /v /c "set a.b=mimi&!a.b!katz""#,
            r#"cmd /v /c "set a=mim.&!a:.=i!katz""#,
            r#"cmd /v /c "set a b=mimi&!a b!katz""#,
            r#"cmd /c "set a.b=mimi&call %a.b%katz""#,
            r#"cmd /c "set dec=mimi&call %dec%katz""#,
            "cmd /c for %i in (mimi) do %ikatz",
            "cmd /c fo^r %i in (mimi) do %ikatz",
            "cmd /c for %1 in (mimi) do %1katz",
            "cmd /cfor %_ in (mimi) do %_katz",
            r#"cmd /v /c "set 1=mimi&!1!katz""#,
            r"cmd /v:on/cset a+b=mimi&!a+b!katz",
            r#"cmd /v /c "s^et a'b=mimi&!a'b!katz""#,
            r#"cmd /v /c "set/p a[0]=mimi&!a[0]!katz""#,
            r#"cmd /v /c "set a =mimi&!a !katz""#,
            r#"cmd /c "set a+b=mimi&call %a+b%katz""#,
            r#"cmd /c "SET h-=mimi&call %h-%katz""#,
            r#"cmd /c "set C3=mimi&call http://%C3%katz""#,
            "cmd /v/c !a+b!katz",
            "cmd /c %=exitcodeAscii%",
            r"cmd /c C:\x %C3%\y",
            r#"cmd /v /c "set :=mimi&!:!katz""#,
            r#"cmd /c "set :=mimi&call %:%katz""#,
        ] {
            assert!(Shells::OfWindows.make_another(command), "{command}");
        }
        for command in [
            r"net use Z: \\nas\backup$ /user:x",
            r#"robocopy "\\nas\backup$" C:\a *.txt"#,
            "schtasks /?",
            r"C:\PROGRA~1\x.exe [a] {b,c}",
            "msg * Hello! You!",
            "powershell Remove-Item x -Confirm:$false | Out-Null",
            r#"powershell -c "Remove-Item x -Confirm:$false""#,
            "powershell (x $true); $null = y",
            "curl -o x http://proxy.example/100%25 -w %{http_code}",
            "forfiles /m 50%x",
            "git log --format=%h-%s",
            "git log --date=format:%Y-%m-%d",
            "powershell Set-Item x 50% of 20%",
            "setup.exe /verysilent 50% of 20%",
        ] {
            assert!(!Shells::OfWindows.make_another(command), "{command}");
        }
    }

    #[test]
    fn a_switch_of_cmd_is_told_from_that_of_others() {
        for command in [
            "x /v:on /c !a+b!katz",
            r#"c"m"d /v:on /c !a+b!katz"#,
            r#""C:\Windows\System32\c"md.exe /v /c !a+b!katz"#,
            "foo.exe /v /c !a+b!katz",
            "reg.exe /v:on /c !a+b!katz",
            "reg.exe query x & cmd /v:on /k!a+b!katz",
            "cmd /v /c reg query x /v !a+b!katz",
            r"C:\reg\cmd.exe /v:on /reg:1&!a+b!katz",
            r#"reg.exe /v:on /"c" !a+b!katz"#,
            "cmd reg /v /c!a+b!katz",
            "cmd/v/k !a+b!katz",
        ] {
            assert!(Shells::OfWindows.make_another(command), "{command}");
        }
        for command in [
            r#"reg.exe add HKLM\Software\App /v Text /d "50% of 20%""#,
            r#"reg.exe add HKLM\Software\CmdApp /v Text /d "50% of 20%" /f"#,
            r#"robocopy.exe "C:\Neu! Wichtig!" D:\b /v"#,
            r#"signtool.exe verify /v "50% of 20%.exe""#,
            "git.exe log --format=%h-%s -- src/v",
            r#"cmd.exe /c reg.exe add HKLM\Software\App /v Text /d "50% of 20%""#,
            r#"C:\Windows\System32\reg.exe add HKLM\Software\App /v Text /d "50% of 20%""#,
        ] {
            assert!(!Shells::OfWindows.make_another(command), "{command}");
        }
    }

    #[test]
    fn escapes_and_words_of_a_web_address_are_told_from_what_cmd_reads_in_one() {
        for command in [
            "cmd /c start http://a.example/&mi%cd:*2=m%ikatz.exe",
            "cmd /c start http://ev%DATE:~0,1%l.example/x",
            r"cmd /c start http://a.example/%cd%\x.exe",
            "cmd /c start http://a.example/%C3:x=y%",
            "cmd /c rem://&%FACE%katz",
            r#"cmd /c "x https://a.example/&set a+b=mimi&call %a+b%katz""#,
            "cmd /cset://a+b=mimi&call %//a+b%katz",
            r#"cmd /c "if a://==a://,set a+b=mimi&call %a+b%katz""#,
            r#"cmd /c "if a://==a://;set a+b=mimi&call %a+b%katz""#,
            r#"x /c "if a://==a://=set a+b=mimi&call %a+b%katz""#,
            r#"c"m"d/c"if a://==a://,for %i in (mimi) do %ikatz""#,
        ] {
            assert!(Shells::OfWindows.make_another(command), "{command}");
        }
        for command in [
            "msedge.exe --single-argument https://acme.example/M%C3%BCller",
            "msedge.exe https://acme.example/for/M%C3%BCller%C3%A9",
            "msedge.exe https://acme.example/Gespr%C3%A4ch:M%C3%BCller",
            "msedge.exe https://acme.example/?set=50%%20of%%20",
            "msedge.exe https://acme.example/?for=50%20",
            "msedge.exe https://acme.example/c?a=1;for%20",
            "msedge.exe https://acme.example/v/50%%20of%%20",
        ] {
            assert!(!Shells::OfWindows.make_another(command), "{command}");
        }
    }
}
