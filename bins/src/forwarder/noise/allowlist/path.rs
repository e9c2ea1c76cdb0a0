//! Paths as the operating system resolves them: what a rule allows must not be reachable by another spelling of something else.

use std::borrow::Cow;

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
    let mut folder = false;
    for part in split(&path[head..], windows) {
        folder = part.is_empty();
        match part.trim() {
            // A web address in a command.
            "" if !windows && parts.last().is_some_and(|last| last.ends_with(':')) => parts.push(""),
            "" | "." => {}
            // Nothing is above the root or the drive.
            ".." if windows && head == 0 && parts.len() == 1 => drop(parts.pop_if(|first| !first.ends_with(':'))),
            ".." => {
                // Two slashes are one to who walks up.
                while parts.pop_if(|last| last.is_empty()).is_some() {}
                parts.pop();
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

/// The names in a path. In a command line of Windows a slash after a blank begins a switch; not where all separators are slashes.
fn split(path: &str, windows: bool) -> impl Iterator<Item = &str> {
    let (mut before, mut backslash) = (' ', false);
    path.split(move |c: char| {
        let switch = c == '/' && windows && backslash && before.is_whitespace();
        backslash |= c == '\\';
        before = c;
        (c == '/' && !switch) || (c == '\\' && windows)
    })
}

/// Whether a path leads to one file by one way and to another by another.
///
/// Most programs ignore the blanks and dots that a name ends in. An event gives the file that really ran, and there
/// `C:\Windows \System32\svchost.exe` is in a folder of its own, which anybody can make. And what a switch of a command looks like is a
/// folder where a way up follows; so is the machine of a web address within a command.
pub(super) fn is_ambiguous(value: &str) -> bool {
    let walks_up = || value.split(['\\', '/']).any(|part| part.trim() == "..");
    if is_windows(value) {
        return split(value, true).any(ends_in_nothing) || (has_switch(value) && walks_up());
    }
    value[end_of_machine(value)..].contains("://") && walks_up()
}

/// Whether it may well be another spelling of a path that a rule excludes: as above, or by a short name (`PROGRA~1`), another name of
/// its drive (`\\?\C:`, `\Device\HarddiskVolume3`, `\\host\C$`, `%SystemDrive%`) or of its contents (`::$DATA`).
pub(super) fn may_be_another(value: &str) -> bool {
    let short = |part: &str| {
        part.split_once('~')
            .is_some_and(|(_, after)| after.starts_with(|c: char| c.is_ascii_digit()))
    };
    let of_a_device = ["\\\\?\\", "\\\\.\\", "//?/", "//./"]
        .iter()
        .any(|device| value.starts_with(device));
    // Without a drive, and not in a share.
    let rooted = value.starts_with('\\') && !value.starts_with("\\\\");
    let share = value.strip_prefix("\\\\").and_then(|share| share.split('\\').nth(1));
    let of_a_drive = share.is_some_and(|share| share.len() == 2 && share.ends_with('$'));
    of_a_device
        || is_ambiguous(value)
        || (is_windows(value)
            && (rooted
                || of_a_drive
                || value.starts_with('%')
                || value.contains("::$")
                || value
                    .split(['\\', '/'])
                    .any(|part| ends_in_nothing(part) || short(part))))
}

fn has_switch(value: &str) -> bool {
    split(value, true).any(|part| part.contains('/'))
}

fn ends_in_nothing(name: &str) -> bool {
    name.ends_with([' ', '.']) && !matches!(name, "." | "..")
}

fn is_windows(value: &str) -> bool {
    let mut chars = value.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':');
    // A web address is no path of Windows, whatever it holds.
    drive || (value.contains('\\') && !value.contains("://"))
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
            (r"\\srv\share\..\x", r"\\srv\x"),
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
            r"C:\Windows\System32\svchost.exe ",
            "C:/Windows /System32/svchost.exe",
            r"C:\Tools\.. \x.exe",
            r"C:\Tools\...\x.exe",
            r"\\srv\share.\x",
            r"C:\Windows\System32\a /../../x.exe",
            r"C:\Windows\System32\a /b/../../../x.exe",
            "curl http://evil.example/../proxy.example/x",
        ] {
            assert!(is_ambiguous(path), "{path}");
        }
        for path in [
            r"C:\Program Files\A. B\.\..\x.exe",
            r"C:\Tools\",
            r"\\srv\share\x",
            r"C:\Windows\System32\schtasks.exe /query /fo csv",
            "/srv/a. /x",
            "curl http://proxy.example/x..y",
        ] {
            assert!(!is_ambiguous(path), "{path}");
        }
    }
}
