//! Paths as the operating system resolves them: what a rule allows must not be reachable by another spelling of something else.

use std::borrow::Cow;

/// Resolves `.` and `..` and doubled separators. What is no path comes back as it was.
pub(super) fn resolved(value: &str) -> Cow<'_, str> {
    let windows = is_windows(value);
    let separators: &[char] = if windows { &['\\', '/'] } else { &['/'] };
    if !value.contains(separators) && !windows {
        return Cow::Borrowed(value);
    }
    let separator = if windows { "\\" } else { "/" };
    // A share or a device begins with two, and an absolute path of Unix with one.
    let head = value.len() - value.trim_start_matches(separators).len();
    let mut parts: Vec<&str> = Vec::new();
    for part in value[head..].split(separators) {
        match part.trim() {
            "" | "." => {}
            // Nothing is above the root or the drive.
            ".." => drop(parts.pop_if(|last| !last.ends_with(':'))),
            _ => parts.push(part),
        }
    }
    let mut joined = separator.repeat(head.min(2)) + &parts.join(separator);
    // A folder is meant where one was written.
    if value.ends_with(separators) && !joined.ends_with(separator) {
        joined.push_str(separator);
    }
    if joined == value {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(joined)
    }
}

/// Whether a Windows path leads to one file by one way and to another by another.
///
/// Most programs ignore the blanks and dots that a name ends in. An event gives the file that really ran, and there
/// `C:\Windows \System32\svchost.exe` is in a folder of its own, which anybody can make.
pub(super) fn is_ambiguous(value: &str) -> bool {
    is_windows(value)
        && value
            .split(['\\', '/'])
            .any(|part| part.ends_with([' ', '.']) && !matches!(part, "." | ".."))
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
        ] {
            assert!(is_ambiguous(path), "{path}");
        }
        for path in [
            r"C:\Program Files\A. B\.\..\x.exe",
            r"C:\Tools\",
            r"\\srv\share\x",
            "/srv/a. /x",
        ] {
            assert!(!is_ambiguous(path), "{path}");
        }
    }
}
