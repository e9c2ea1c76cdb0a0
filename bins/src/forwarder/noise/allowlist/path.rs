//! Paths as the operating system resolves them: what a rule allows must not be reachable by another spelling of something else.

use std::borrow::Cow;

use super::shell::is_escape;

/// Resolves `.` and `..` and doubled separators. What is no path comes back as it was, and so do scheme and machine of a web address.
pub(super) fn resolved(value: &str) -> Cow<'_, str> {
    let windows = is_windows(value);
    let separators: &[char] = if windows { &['\\', '/'] } else { &['/'] };
    if !value.contains(separators) && !windows {
        return Cow::Borrowed(value);
    }
    let (machine, path) = value.split_at(if windows { 0 } else { end_of_machine(value) });
    let separator = if windows { "\\" } else { "/" };
    // A share or a device begins with two, and an absolute path of Unix with one.
    let head = path.len() - path.trim_start_matches(separators).len();
    let mut parts: Vec<&str> = Vec::new();
    // Nothing is above a share.
    let fixed = if windows && head >= 2 { 2 } else { 0 };
    let mut folder = false;
    let start = machine.len() + head;
    for part in split(value, start, windows).names {
        folder = part.is_empty();
        match part {
            // A web address in a command.
            "" if !windows && parts.last().is_some_and(|last| last.ends_with(':')) => parts.push(""),
            "" | "." => {}
            // Nothing is above the root or the drive.
            up if is_way_up(up) && windows && head == 0 && parts.len() == 1 => {
                parts.pop_if(|first| !first.ends_with(':'));
            }
            up if is_way_up(up) => {
                // Two slashes are one to who walks up.
                while parts.pop_if(|last| last.is_empty()).is_some() {}
                if parts.len() > fixed {
                    parts.pop();
                }
            }
            _ => parts.push(part),
        }
    }
    let most = if windows { 2 } else { 1 };
    let mut joined = machine.to_owned() + &separator.repeat(head.min(most)) + &parts.join(separator);
    // A folder is meant where one was written.
    if folder && !joined.ends_with(separator) {
        joined.push_str(separator);
    }
    if joined == value {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(joined)
    }
}

/// Where scheme and machine of a web address end; 0 for what is none.
pub(super) fn end_of_machine(value: &str) -> usize {
    let scheme = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    match value.split_once("://") {
        Some((before, after)) if scheme(before) => {
            let machine = after.find(['/', '?', '#']).unwrap_or(after.len());
            before.len() + 3 + machine
        }
        _ => 0,
    }
}

/// A path, or a command line of paths, taken apart at its separators.
#[derive(Default)]
struct Parts<'a> {
    names: Vec<&'a str>,
    /// Where arguments of a command begin within a name: `schtasks.exe /query`, `sc.exe \\host`, `cmd.exe /c .\build.bat`.
    arguments: Vec<usize>,
    /// A name, other than the last, ends in what most programs ignore.
    is_doubtful: bool,
}

/// Takes apart what follows the first bytes of a value.
fn split(value: &str, from: usize, windows: bool) -> Parts<'_> {
    let head = &value[..from];
    let of_a_path = has_drive(value) || value.starts_with(['/', '%']);
    let (mut slash, mut backslash) = (head.contains('/'), head.contains('\\'));
    let mut parts = Parts::default();
    let mut start = from;
    let separators = value
        .char_indices()
        .filter(|(at, c)| *at >= from && (*c == '/' || (*c == '\\' && windows)));
    for (at, c) in separators {
        let (before, name) = (&value[from..at], &value[start..at]);
        // No folder, but a command: one with arguments, in quotation marks, or by its name alone.
        let follows_a_command = |before: &str| {
            before.ends_with(char::is_whitespace)
                && (!parts.arguments.is_empty() || before.trim_end().ends_with('"') || !(slash || backslash))
        };
        let argument = follows_a_command(before)
            || (before.ends_with(char::is_whitespace)
                && if c == '/' {
                    backslash || !of_a_path
                } else {
                    value[at + 1..].starts_with('\\')
                });
        let here = before.strip_suffix('.').is_some_and(follows_a_command);
        if windows && argument {
            parts.arguments.push(at);
        } else {
            if windows && here {
                parts.arguments.push(at - 1);
            } else {
                parts.is_doubtful |= ends_in_nothing(name);
            }
            parts.names.push(name);
            start = at + 1;
            slash |= c == '/';
        }
        backslash |= c == '\\';
    }
    parts.names.push(&value[start..]);
    parts
}

/// What stands for the slash and the backslash that an argument of a command begins with: no character, so in no name.
pub(super) const MARKS: [char; 2] = ['\u{FDD0}', '\u{FDD1}'];

/// The same where that argument is a folder of the root, and no switch: `x.exe cache/a /Users`.
pub(super) const MARKS_OF_ROOTS: [char; 2] = ['\u{FDD3}', '\u{FDD4}'];

/// A command with the marks where its arguments begin, since no path component ends there.
pub(super) fn marked(value: &str) -> Cow<'_, str> {
    let of_unix = value.starts_with('/') || value.contains("://");
    if (of_unix && !is_windows(value)) || walks_up(value) {
        return Cow::Borrowed(value);
    }
    let mut marked = String::new();
    let mut from = 0;
    for at in split(value, 0, true).arguments {
        let [slash, backslash] = if is_root(&value[at + 1..]) {
            MARKS_OF_ROOTS
        } else {
            MARKS
        };
        let mark = match value.as_bytes()[at] {
            b'/' => slash,
            b'\\' => backslash,
            _ => continue,
        };
        marked.push_str(&value[from..at]);
        marked.push(mark);
        from = at + 1;
    }
    if from == 0 {
        return Cow::Borrowed(value);
    }
    marked.push_str(&value[from..]);
    Cow::Owned(marked)
}

/// Whether an argument, so far as it follows its slash, is a folder of the root that hardly any program has a switch for.
fn is_root(argument: &str) -> bool {
    const ROOTS: &[&str] = &[
        "etc",
        "home",
        "inetpub",
        "perflogs",
        "progra~1",
        "progra~2",
        "programdata",
        "root",
        "users",
        "usr",
        "var",
        "windows",
        "windows.old",
        "winnt",
    ];
    let ends = |c: char| c.is_whitespace() || "\"':,;=*)".contains(c);
    let name = argument.split(ends).next().unwrap_or_default();
    ROOTS.iter().any(|root| name.eq_ignore_ascii_case(root))
}

/// Whether it is a key of the registry, in whose names blanks, dots and colons are letters: `HKLM\Software\VMware, Inc.\x`.
pub(super) fn is_key(value: &str) -> bool {
    // So begins one in `syscheck.path`.
    let bits = ["[x32] ", "[x64] "].iter().find_map(|bits| value.strip_prefix(bits));
    let value = bits.unwrap_or(value);
    let begins = |with: &&str| {
        let head = value.get(..with.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(with))
    };
    ["HKEY_", "HKLM\\", "HKCU\\", "HKCR\\", "HKU\\", "\\REGISTRY\\"]
        .iter()
        .any(begins)
}

/// Whether a path leads to one file by one way and to another by another.
///
/// Most programs ignore the blanks and dots that a name ends in. An event gives the file that really ran, and there
/// `C:\Windows \System32\svchost.exe` is in a folder of its own, which anybody can make. And what an argument of a command looks like
/// is a folder where a way up follows; so is the machine of a web address within a command.
pub(super) fn is_ambiguous(value: &str) -> bool {
    if ends_above(value) {
        return true;
    }
    if is_windows(value) {
        let parts = split(value, 0, true);
        let of_unix = value.starts_with('/') && !value.starts_with("//");
        return (parts.is_doubtful && !of_unix && !is_key(value))
            || parts.names.last().is_some_and(|name| ends_in_a_way_up(name))
            || ((!parts.arguments.is_empty() || is_of_a_device(value)) && walks_up(value))
            || climbs_out_of_a_command(value);
    }
    climbs_out_of_a_command(value)
        || value.split('/').any(|name| is_way_up(name) && name != "..")
        || (value[end_of_machine(value)..].contains("://") && walks_up(value))
}

/// Whether a shell may read a `..` that is not written as one between two separators: `..^\`, `".."/`, `.""./`, `..$x/`, `{..,}/`.
pub(super) fn hides_a_way_up(value: &str) -> bool {
    const IGNORED: &str = "\"'^`";
    if !value.contains(['/', '\\']) {
        return false;
    }
    value.split(['\\', '/']).any(|part| {
        let part = part.trim();
        if !part.contains('.') || part == ".." {
            return false;
        }
        let dots = part.chars().filter(|c| *c == '.').count();
        let is_split = dots == 2 && part.chars().all(|c| c == '.' || IGNORED.contains(c));
        let is_shell = |c: char| IGNORED.contains(c) || "$%{},!".contains(c);
        let of_a_name = |c: char| c == '.' || c.is_alphanumeric();
        is_split
            || part.match_indices("..").any(|(at, dots)| {
                let (before, after) = (&part[..at], &part[at + dots.len()..]);
                (before.ends_with(is_shell) || after.starts_with(is_shell))
                    && !before.ends_with(of_a_name)
                    && !after.starts_with(of_a_name)
            })
    })
}

/// Whether a path of Unix that walks up does so only within the folder that a pattern begins with. What is outside may be a link of an
/// attacker's, and `..` behind it leads anywhere: `/tmp/link/../../opt/backup/agent`.
pub(super) fn stays_below(value: &str, pattern: &str) -> bool {
    if is_windows(value) || !walks_up(value) {
        return true;
    }
    let literal = &pattern[..pattern.find(['*', '?']).unwrap_or(pattern.len())];
    let folder = &literal[..literal.rfind('/').map_or(0, |at| at + 1)];
    let Some(below) = value.strip_prefix(folder) else {
        return false;
    };
    let mut depth = 0_usize;
    folder.is_empty()
        || below.split('/').all(|name| match name {
            "" | "." => true,
            up if is_way_up(up) => depth.checked_sub(1).map(|less| depth = less).is_some(),
            _ => {
                depth += 1;
                true
            }
        })
}

/// Whether it names a device, behind which a name counts as it is written: `\\?\C:`, `\\.\C:`.
pub(super) fn is_of_a_device(value: &str) -> bool {
    ["\\\\?\\", "\\\\.\\", "//?/", "//./"]
        .iter()
        .any(|device| value.starts_with(device))
}

/// Whether a path within a text ends in a way up, so that no name shows what it leads to: `rm -rf /tmp/.. --force`.
pub(super) fn ends_above(value: &str) -> bool {
    let ends_path = |c: char| c.is_whitespace() || "\"'|&<>(),;".contains(c);
    ["/..", "\\.."]
        .iter()
        .flat_map(|up| value.match_indices(up))
        .any(|(at, up)| value[at + up.len()..].starts_with(ends_path))
}

/// Whether a way up leads through what may be a command with its arguments: `C:\eve\mal.exe x\..\..\Backup\agent.exe` runs `mal.exe`.
fn climbs_out_of_a_command(value: &str) -> bool {
    let may_be_a_command = |name: &str| name.contains(|c: char| c.is_whitespace() || "\"'&|;<>()".contains(c));
    let mut names = Vec::new();
    walks_up(value)
        && split(value, 0, is_windows(value)).names.iter().any(|name| match *name {
            "" | "." => false,
            up if is_way_up(up) => names.pop().is_some_and(may_be_a_command),
            _ => {
                names.push(name);
                false
            }
        })
}

/// A path of Windows without the blanks and dots that it ends in, which most programs ignore; `None` where it ends in none.
pub(super) fn without_tail(value: &str) -> Option<&str> {
    (is_windows(value) && value.ends_with(IGNORED) && !is_key(value)).then(|| value.trim_end_matches(IGNORED))
}

/// Whether it need not be a path of Windows, for all its backslashes, and leads to what it looks like: `CORP\eve : COMMAND=/bin/ls`.
pub(super) fn may_be_text(value: &str) -> bool {
    let is_separator = |byte| matches!(byte, b'/' | b'\\');
    let surely_windows = has_drive(value) || (value.starts_with('\\') && !is_key(value)) || !value.contains('\\');
    !surely_windows && {
        let resolved = resolved(value);
        resolved.len() == value.len()
            && (resolved.bytes().zip(value.bytes())).all(|(a, b)| a == b || (is_separator(a) && is_separator(b)))
    }
}

/// Whether it may well be another spelling of a path that a rule excludes: as above, or by a short name (`PROGRA~1`), another name of
/// its drive (`\\?\C:`, `%SystemDrive%`) or of its contents (`::$DATA`).
pub(super) fn may_be_another(value: &str) -> bool {
    let short = |part: &str| {
        part.split_once('~')
            .is_some_and(|(_, after)| after.starts_with(|c: char| c.is_ascii_digit()))
    };
    is_of_a_device(value)
        || has_variable(value)
        || is_ambiguous(value)
        || (is_windows(value)
            && (
                // In the folder where one stands on that drive.
                (has_drive(value) && !value[2..].starts_with(['\\', '/']))
                    || value.starts_with('%')
                    || value.contains("::$")
                    || value.split(['\\', '/']).any(short)
            ))
}

/// Whether a shell puts something else there: `%TEMP%`, `$env:TEMP`. Two escapes of a web address are none.
fn has_variable(value: &str) -> bool {
    let mut between = value.split('%').skip(1).peekable();
    let mut found = false;
    while let Some(name) = between.next() {
        let is_name = |c: char| c.is_alphanumeric() || "_()".contains(c);
        found |= between.peek().is_some()
            && !is_escape(name)
            && name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.split(':').next().is_some_and(|name| name.chars().all(is_name));
    }
    found
        || value
            .as_bytes()
            .windows(5)
            .any(|word| word.eq_ignore_ascii_case(b"$env:") || word.eq_ignore_ascii_case(b"${env"))
}

/// What most programs ignore at the end of a name.
pub(super) const IGNORED: [char; 2] = [' ', '.'];

fn ends_in_nothing(name: &str) -> bool {
    (name.ends_with(IGNORED) || name.ends_with(char::is_whitespace)) && !matches!(name, "." | "..")
}

fn ends_in_a_way_up(name: &str) -> bool {
    ends_in_nothing(name) && name[name.trim_end_matches(IGNORED).len()..].contains("..")
}

pub(super) fn walks_up(value: &str) -> bool {
    value.split(['\\', '/']).any(is_way_up)
}

/// Whether a name leads up, blanks beside its dots or not; no other name but `.` stands for anything but itself.
fn is_way_up(name: &str) -> bool {
    name.trim() == ".."
}

pub(super) fn is_windows(value: &str) -> bool {
    // A web address is no path of Windows, whatever it holds.
    has_drive(value) || (value.contains('\\') && !value.contains("://"))
}

/// Whether a command, so far as it is written, begins with a program of Windows: with a drive, a share or what is called `….exe`.
pub(super) fn runs_on_windows(command: &str) -> bool {
    let command = command.trim_start_matches(['"', '\'']);
    let program = command
        .split(|c: char| c.is_whitespace() || c == '"')
        .next()
        .unwrap_or_default();
    let end = program.len().saturating_sub(4);
    let is_exe = program.get(end..).is_some_and(|end| end.eq_ignore_ascii_case(".exe"));
    (has_drive(command) && command[2..].starts_with('\\'))
        || command.starts_with("\\\\")
        || (is_exe && !program.starts_with('/'))
}

pub(super) fn has_drive(value: &str) -> bool {
    let mut chars = value.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_of_a_path_is_the_path_that_it_leads_to() {
        for (spelling, path) in [
            (r"C:\Program Files\Backup\..\..\Users\eve\x.exe", r"C:\Users\eve\x.exe"),
            (r"C:\..\..\x.exe", r"C:\x.exe"),
            (
                r"C:\Windows\\System32\.\svchost.exe",
                r"C:\Windows\System32\svchost.exe",
            ),
            (r"C:/Windows/System32/svchost.exe", r"C:\Windows\System32\svchost.exe"),
            (r"C:\Tools\.. \x.exe", r"C:\x.exe"),
            (r"\\srv\share\..\x", r"\\srv\share\x"),
            (r"\\srv\share\..\..\nas\x", r"\\srv\share\nas\x"),
            (r"\\srv\share\a\..\x", r"\\srv\share\x"),
            ("/var/log/../../tmp/x", "/tmp/x"),
            ("/usr//bin/./id", "/usr/bin/id"),
            ("/var/log/", "/var/log/"),
            ("/../etc", "/etc"),
            ("//admin/./x", "/admin/x"),
            ("https://proxy.example//a/../health", "https://proxy.example/health"),
            ("https://proxy.example/../../x", "https://proxy.example/x"),
            (
                r"C:\Windows\System32\schtasks.exe /query /fo csv",
                r"C:\Windows\System32\schtasks.exe /query /fo csv",
            ),
            (r"C:\Tools\x.exe /tr C:/a//b", r"C:\Tools\x.exe /tr C:\a\b"),
            (r"C:\Tools\x.exe /", r"C:\Tools\x.exe /"),
            ("C://Users/x", r"C:\Users\x"),
            ("curl http://203.0.113.9//a", "curl http://203.0.113.9/a"),
            ("/health/x:/../../admin", "/admin"),
            ("/health/x://../../admin", "/admin"),
            (r"C:\Backup\x:\..\..\Temp\e.exe", r"C:\Temp\e.exe"),
            (r"\x:\..\y", r"\y"),
            (r"sc.exe \\server\\a query", r"sc.exe \\server\a query"),
            (r"cmd.exe /c C:/Scripts/x.bat", r"cmd.exe /c C:/Scripts/x.bat"),
            (r"cmd.exe /c C:\Scripts\.\x.bat", r"cmd.exe /c C:\Scripts\x.bat"),
        ] {
            assert_eq!(resolved(spelling), path, "{spelling}");
            assert_eq!(resolved(path), path, "twice");
        }
    }

    #[test]
    fn what_is_no_path_and_a_file_of_unix_with_a_blank_stay_as_they_are() {
        for text in ["svchost.exe", "..", "/usr/bin/id ", "a b", ""] {
            assert_eq!(resolved(text), text);
            assert!(!is_ambiguous(text), "{text}");
        }
    }

    #[test]
    fn a_name_that_ends_in_a_blank_or_a_dot_is_one_file_or_another() {
        for path in [
            r"C:\Windows \System32\svchost.exe",
            r"C:\Windows\System32 \svchost.exe",
            r"C:\Windows.\System32\svchost.exe",
            "C:/Windows /System32/svchost.exe",
            r"C:/Windows /System32\svchost.exe",
            r"C:\Tools\.. \x.exe",
            r"C:\Tools\...\x.exe",
            r"C:\Tools\.. ",
            r"C:\Tools\x.exe ..",
            r"C:\Tools\x.exe ..\y.exe",
            r"cmd.exe /c C:\Scripts\..\Temp\evil.bat",
            r"cmd.exe /c .\..\evil.bat",
            r#"cmd.exe /c "..\evil.bat""#,
            r"robocopy C:\Data \\nas\..\other",
            r"python .\..\x.py",
            r"C:\Windows .\System32\svchost.exe",
            r"C:\Windows -a \System32\svchost.exe",
            r"Remove-Item -Recurse C:\Temp\.. -Force",
            r#"rmdir "C:\Temp\..""#,
            "rm -rf /tmp/.. --no-preserve-root",
            r"C:\eve\mal.exe x\..\..\Backup\agent.exe",
            r#""C:\eve\mal.exe"x\..\..\Backup\agent.exe"#,
            "/tmp/mal x/../../opt/backup/agent",
            "/tmp/mal /x/../../opt/backup/agent",
            "/tmp/a/ /../x",
            "/tmp/a/ ../x",
            "/tmp/a/..\u{a0}/x",
            "sh -c '/tmp/mal;x/../../opt/backup/agent'",
            r"\\srv\share.\x",
            r"\\?\UNC\evil\tools\..\..\nas\x",
            r"C:\Windows\System32\a /../../x.exe",
            r"C:\Windows\System32\a /b/../../../x.exe",
            "curl http://evil.example/../proxy.example/x",
        ] {
            assert!(is_ambiguous(path), "{path}");
        }
        for path in [
            r"C:\Program Files\A.B\.\..\x.exe",
            r"C:\Tools\",
            r"\\srv\share\x",
            r"C:\Windows\System32\schtasks.exe /query /fo csv",
            "/srv/a. /x",
            r"C:\Windows\System32\svchost.exe ",
            r"cmd.exe /c C:\Scripts\nightly.bat",
            r#""cmd.exe" /c C:\Scripts\nightly.bat /x"#,
            r"cmd.exe /c .\build.bat",
            r"python .\build.py",
            r"sc.exe \\server query",
            r"C:\Windows\System32\sc.exe \\server query",
            r"schtasks /run /tn \Backup\nightly",
            r#""C:\Windows\System32\reg.exe" \x\y"#,
            r"/usr/bin/find /tmp -name \*.tmp",
            r"bash -c '/usr/bin/find /tmp -name \*.tmp'",
            r"CORP\svc did it. Then /etc/x was read.",
            "curl http://proxy.example/x..y",
            r"C:\Tools\x.exe C:\a..b c",
        ] {
            assert!(!is_ambiguous(path), "{path}");
        }
    }
}
