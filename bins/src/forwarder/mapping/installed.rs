//! Where systems and installers put programs.

/// Folders of a drive of Windows, in lower case and with slashes.
const OF_WINDOWS: [&str; 3] = ["/windows/", "/program files/", "/program files (x86)/"];

/// What anybody may write to below `/windows/`.
const WRITABLE: [&str; 18] = [
    "temp/",
    "tasks/",
    "tracing/",
    "debug/",
    "registration/crmlog/",
    "system32/tasks/",
    "system32/fxstmp/",
    "system32/com/dmp/",
    "system32/microsoft/crypto/rsa/machinekeys/",
    "system32/spool/printers/",
    "system32/spool/servers/",
    "system32/spool/drivers/color/",
    "syswow64/tasks/",
    "syswow64/fxstmp/",
    "syswow64/com/dmp/",
    "sysnative/tasks/",
    "sysnative/fxstmp/",
    "sysnative/spool/drivers/color/",
];

/// Folders of a Unix, of macOS too.
const OF_UNIX: [&str; 11] = [
    "/usr/",
    "/bin/",
    "/sbin/",
    "/lib/",
    "/lib32/",
    "/lib64/",
    "/libexec/",
    "/opt/",
    "/snap/",
    "/system/",
    "/applications/",
];

/// Says whether a program lies where no system and no installer puts one; of a mere name nobody knows.
pub(super) fn is_brought(image: &str) -> bool {
    let image = image.trim().replace('\\', "/").to_ascii_lowercase();
    let image = ["//?/", "/??/"]
        .iter()
        .find_map(|start| image.strip_prefix(start))
        .unwrap_or(&image);
    if image.contains("/../") {
        return true;
    }
    if let Some(place) = on_a_drive(image) {
        let is_writable = |rest: &str| WRITABLE.iter().any(|folder| rest.starts_with(folder));
        return !OF_WINDOWS.iter().any(|folder| place.starts_with(folder))
            || place.strip_prefix("/windows/").is_some_and(is_writable);
    }
    image.contains('/') && !OF_UNIX.iter().any(|folder| image.starts_with(folder))
}

/// The path on a drive of Windows: `c:/…`, and `/device/harddiskvolume3/…` as the kernel calls it.
fn on_a_drive(path: &str) -> Option<&str> {
    if let Some(volume) = path.strip_prefix("/device/harddiskvolume") {
        return Some(volume.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    let (drive, rest) = path.split_at_checked(2)?;
    let is_drive = drive.as_bytes()[0].is_ascii_alphabetic() && drive.ends_with(':');
    is_drive.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_brought_unless_it_lies_where_a_system_or_an_installer_puts_it() {
        for brought in [
            r"C:\Users\Public\a.exe",
            r"D:\a.exe",
            r"C:\Windows\Temp\evil.exe",
            r"C:\WINDOWS\System32\spool\drivers\color\a.exe",
            r"C:\Windows\System32\..\..\Users\Public\a.exe",
            r"C:\WindowsX\a.exe",
            r"\device\harddiskvolume3\users\public\a.exe",
            r"\\?\C:\Windows\Tasks\a.exe",
            r"\\203.0.113.9\share\windows\a.exe",
            "/libevil/x",
            "/Library/Caches/.x/evil",
            "/usr/../tmp/evil",
            "/tmp/usr/bin/x",
            "/home/x/a",
            "./a",
            "x/a",
        ] {
            assert!(is_brought(brought), "{brought}");
        }
        for installed in [
            r"C:\Windows\System32\svchost.exe",
            r"c:\program files (x86)\x\a.exe",
            "D:/Program Files/x/a.exe",
            r"\device\harddiskvolume3\windows\system32\svchost.exe",
            r"\Device\HarddiskVolume12\Windows\explorer.exe",
            r"\\?\C:\Windows\System32\a.exe",
            r"\??\C:\Windows\System32\a.exe",
            "/usr/local/bin/x",
            "/lib/systemd/systemd",
            "/lib64/x",
            "/System/Library/CoreServices/loginwindow",
            "/Applications/Safari.app/Contents/MacOS/Safari",
            "svchost.exe",
            "\u{fc}",
            "",
        ] {
            assert!(!is_brought(installed), "{installed}");
        }
    }
}
