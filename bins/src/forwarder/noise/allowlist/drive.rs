//! The drives and folders that paths of Windows begin with, by their own names and by those of the kernel.

use std::borrow::Cow;

use super::path::{has_drive, is_of_a_device, is_windows, walks_up};

/// Whether it begins at the root of a drive that it does not name, or names otherwise (`\Device\HarddiskVolume3`), and is in no share.
pub(super) fn leaves_out_its_drive(value: &str) -> bool {
    is_windows(value) && value.starts_with('\\') && !value.starts_with("\\\\")
}

/// A command or a path without the quotation marks that it begins with.
pub(super) fn unquoted(value: &str) -> &str {
    value.trim_start_matches(|c: char| c.is_whitespace() || "\"'".contains(c))
}

/// Whether it begins with a device or with the folder where one stands on a drive, whatever follows: `\\?\C:`, `C:x`.
pub(super) fn begins_elsewhere(value: &str) -> bool {
    is_of_a_device(value) || (has_drive(value) && value[2..].starts_with(char::is_alphanumeric))
}

/// Whether an argument of a command is a file by a name of the kernel: `rundll32 \\.\GLOBALROOT\SystemRoot\x.dll`. Where what stands before a
/// drive does not matter, one on a drive is what it looks like.
pub(super) fn has_names_of_the_kernel(command: &str, fits_anywhere: bool) -> bool {
    const HEADS: [&str; 6] = [r"\\?\", r"\\.\", "//?/", "//./", r"\??\", r"\Device\"];
    if !command.contains(r"\\") && !command.contains("//") && !command.contains('?') && !has_device(command) {
        return false;
    }
    let parts = |c: char| c.is_whitespace() || "\"'=,;(<>@&|".contains(c);
    let of_arguments = command
        .match_indices(['\\', '/'])
        .filter(|(at, _)| command[..*at].ends_with(parts));
    of_arguments.map(|(at, _)| &command[at..]).any(|argument| {
        let Some(name) = HEADS.iter().find_map(|head| without_head(argument, head)) else {
            return false;
        };
        let name = name.split(parts).next().unwrap_or_default();
        let (first, rest) = name.split_once(['\\', '/']).unwrap_or((name, ""));
        let begins = |name: &str| {
            first
                .get(..name.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(name))
        };
        let is_file = !rest.is_empty() && !begins("pipe") && !begins("mailslot");
        let is_on_drive = has_drive(first) || begins("Volume{") || begins("HarddiskVolume");
        is_file && !(is_on_drive && fits_anywhere)
    })
}

fn has_device(command: &str) -> bool {
    command
        .as_bytes()
        .windows(8)
        .any(|word| word.eq_ignore_ascii_case(br"\Device\"))
}

/// A path whose drive or folder of Windows is named as the kernel does: `C:\x` for `\??\C:\x`, `\Windows\x` for `\SystemRoot\x`.
pub(super) fn with_usual_drive(value: &str) -> Cow<'_, str> {
    if walks_up(value) {
        return Cow::Borrowed(value);
    }
    if let Some(path) = without_head(value, r"\SystemRoot\") {
        return Cow::Owned([r"\Windows\", path].concat());
    }
    let path = value.strip_prefix(r"\??\").unwrap_or_default();
    if has_drive(path) && path[2..].starts_with('\\') {
        Cow::Borrowed(path)
    } else {
        Cow::Borrowed(value)
    }
}

/// Whether it begins with a name of the kernel that may stand for more than a drive, such as a share: `\Device\Mup\`, `\??\UNC\`.
pub(super) fn begins_in_the_kernel(value: &str) -> bool {
    const HEADS: [&str; 6] = [
        r"\??\",
        r"\GLOBAL??\",
        r"\DosDevices\",
        r"\Device\",
        r"\SystemRoot\",
        r"\REGISTRY\",
    ];
    HEADS.iter().any(|head| without_head(value, head).is_some()) && below_its_volume(value).is_none()
}

/// A path that leaves out its drive with each that it may be on: `C:\x` for `\x` and `\Device\HarddiskVolume3\x`.
pub(super) fn on_each_drive(value: &str) -> impl Iterator<Item = String> {
    let path = below_its_volume(value).unwrap_or(value);
    ('A'..='Z').map(move |drive| format!("{drive}:{path}"))
}

/// The driver of a service that is named from the folder of Windows on: `C:\Windows\System32\x.sys` for `System32\x.sys`.
pub(super) fn in_the_folder_of_windows(value: &str) -> Option<String> {
    let name = value.split(char::is_whitespace).next()?;
    let is_relative = name.contains('\\') && !has_drive(name) && name.starts_with(char::is_alphanumeric);
    is_relative.then(|| [r"C:\Windows\", value].concat())
}

/// What stands behind `\Device\HarddiskVolume3`.
fn below_its_volume(value: &str) -> Option<&str> {
    let numbered = without_head(value, r"\Device\HarddiskVolume")?;
    let path = numbered.trim_start_matches(|c: char| c.is_ascii_digit());
    (path.len() < numbered.len() && path.starts_with('\\')).then_some(path)
}

fn without_head<'a>(value: &'a str, head: &str) -> Option<&'a str> {
    let (begin, rest) = value.split_at_checked(head.len())?;
    begin.eq_ignore_ascii_case(head).then_some(rest)
}

/// Whether a share stands for a drive or a folder of its machine: `\\host\C$`, `\\host\ADMIN$`.
pub(super) fn has_hidden_share(value: &str) -> bool {
    let is_separator = |c| matches!(c, '\\' | '/');
    ["\\\\", "//", "\\/", "/\\"]
        .iter()
        .flat_map(|two| value.match_indices(two))
        .any(|(at, _)| {
            value[at + 2..]
                .split(is_separator)
                .nth(1)
                .is_some_and(|share| share.ends_with('$'))
        })
}
