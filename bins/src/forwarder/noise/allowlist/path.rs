//! Paths as the operating system resolves them: what a rule allows must not be reachable by another spelling of something else.

use std::borrow::Cow;

/// Resolves `.` and `..`, doubled separators, and in Windows paths trailing blanks and dots, which Windows ignores. What is no path
/// comes back as it was.
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
            _ if windows => parts.push(part.trim_end_matches([' ', '.'])),
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
            (r"C:\Tools\agent.exe ", r"C:\Tools\agent.exe"),
            (r"C:\Tools. \agent.exe..", r"C:\Tools\agent.exe"),
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
        }
    }
}
