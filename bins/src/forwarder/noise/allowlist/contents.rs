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
        if is_prose(path) || path.ends_with(".targetObject") || pattern_names_some(text) {
            Self::Named
        } else if fields::is_file_of_windows(path) {
            Self::OfAFile
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
/// begins like one, with a drive, a backslash, a dot or a variable, and that ends at the next switch.
pub(super) fn are_named(value: &str, is_file: bool) -> bool {
    if !is_windows(value) || !value.contains(':') {
        return false;
    }
    let is_file = is_file || (has_drive(value) && !value.contains(char::is_whitespace));
    let is_separator = |c| matches!(c, '\\' | '/');
    let ends_path = |c: char| "\"'=,;()".contains(c);
    let mut name = Name::default();
    let mut in_path = false;
    let mut last = ' ';
    for (at, c) in value.char_indices() {
        let after = &value[at + c.len_utf8()..];
        if last.is_whitespace() || ends_path(last) {
            let drive = c.is_ascii_alphabetic() && after.starts_with(':');
            in_path |= drive || "\\.%$".contains(c);
            in_path &= !(last.is_whitespace() && matches!(c, '/' | '-'));
        }
        if c == ':' && at > 1 {
            let of_a_drive = name.len == 1 && after.starts_with(is_separator);
            // Of a list: no contents have a name with a colon and a separator in it.
            let of_another_path = || {
                let mut next = after.chars();
                next.next().is_some_and(|c| c.is_ascii_alphabetic())
                    && next.next() == Some(':')
                    && next.next().is_some_and(is_separator)
            };
            let of_a_path = in_path
                && name.follows_backslash
                && name.len > 0
                && !name.is_of_a_command
                && after.starts_with(|c: char| c.is_alphanumeric() || c == '$');
            if !of_a_drive && (is_file || (of_a_path && !of_another_path())) {
                return true;
            }
        }
        if is_separator(c) {
            name = Name {
                follows_backslash: c == '\\',
                ..Name::default()
            };
        } else {
            name.len += c.len_utf8();
            name.is_of_a_command |= c.is_whitespace() || ends_path(c);
        }
        in_path &= !ends_path(c);
        last = c;
    }
    false
}

/// What stands between two separators, so far as it is read.
#[derive(Default)]
struct Name {
    len: usize,
    follows_backslash: bool,
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
        ] {
            assert!(!are_named(command, false), "{command}");
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
