//! What runs a command, so far as that says how its arguments are read.

use std::ops::Range;

use super::super::is_separator;

/// The programs that a command names.
pub(super) struct Programs {
    /// Apostrophes are quotes, and commas part words.
    pub(super) are_of_powershell: bool,
    pub(super) read_contents: ReadContents,
    /// Where names with slashes and colons are no files.
    references: Vec<Range<usize>>,
}

/// Whether one of them reads what stands in a file by the name of its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadContents {
    No,
    /// A shell that runs what it is given, which may be a command with sentences.
    ToRun,
    /// One runs or copies what stands in a file.
    ByName,
}

impl Programs {
    pub(super) fn of(command: &str) -> Self {
        let words = || command.split(|c: char| !c.is_alphanumeric() && !"_-.".contains(c));
        let any = |names: &[&str]| words().any(|word| is_one_of(word, names));
        let are_of_powershell = any(POWERSHELL);
        let read_contents = if are_of_powershell || any(READERS) {
            ReadContents::ByName
        } else if any(&["cmd"]) {
            ReadContents::ToRun
        } else {
            ReadContents::No
        };
        Self {
            are_of_powershell,
            read_contents,
            references: references(command),
        }
    }

    /// Whether what stands at this place is a branch, an image or a file in a container.
    pub(super) fn have_references(&self, at: usize) -> bool {
        let next = self.references.partition_point(|range| range.end <= at);
        self.references.get(next).is_some_and(|range| range.contains(&at))
    }
}

const POWERSHELL: &[&str] = &["powershell", "pwsh"];

/// Programs that read or write contents of a file by their name.
const READERS: &[&str] = &[
    "bash",
    "bitsadmin",
    "bun",
    "certutil",
    "cmstp",
    "control",
    "cscript",
    "csi",
    "deno",
    "desktopimgdownldr",
    "diantz",
    "esentutl",
    "expand",
    "extrac32",
    "forfiles",
    "hh",
    "installutil",
    "java",
    "javaw",
    "makecab",
    "mavinject",
    "msbuild",
    "mshta",
    "msiexec",
    "node",
    "odbcconf",
    "perl",
    "php",
    "print",
    "py",
    "python",
    "python3",
    "pythonw",
    "regasm",
    "regedit",
    "regini",
    "regsvcs",
    "regsvr32",
    "ruby",
    "rundll32",
    "sh",
    "start",
    "type",
    "wmic",
    "wscript",
    "wsl",
    "xwizard",
];

/// Programs whose arguments are names with slashes and colons that are no files.
const REFERRING: &[&str] = &[
    "git", "docker", "podman", "nerdctl", "kubectl", "oc", "helm", "skopeo", "crane",
];

/// Programs that run another behind a switch.
const LAUNCHERS: &[&str] = &["cmd", "powershell", "pwsh", "bash", "sh", "wsl"];

/// Those that do so behind none, too.
const LAUNCHERS_WITHOUT_SWITCH: &[&str] = &["powershell", "pwsh", "wsl"];

/// Whether a program is called so, with its ending or not.
fn is_one_of(program: &str, names: &[&str]) -> bool {
    let stem = match program.rsplit_once('.') {
        Some((stem, ending)) if ending.eq_ignore_ascii_case("exe") => stem,
        _ => program,
    };
    names.iter().any(|name| stem.eq_ignore_ascii_case(name))
}

/// Where the arguments of programs with references stand, each up to what may be another command.
fn references(command: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for part in command.split_inclusive(|c: char| "&|;()`\r\n".contains(c)) {
        let end = start + part.len();
        found.extend(arguments_of_references(part).map(|arguments| start + arguments..end));
        start = end;
    }
    found
}

/// Where the arguments of a program with references begin, be it run by a shell.
fn arguments_of_references(command: &str) -> Option<usize> {
    let (program, mut rest) = program(command, true);
    let mut name = program;
    if is_one_of(name, LAUNCHERS) {
        let (inner, behind) = self::program(launched(name, rest)?, false);
        (name, rest) = (inner, behind);
    }
    is_one_of(name, REFERRING).then(|| command.len() - rest.len())
}

/// What a launcher runs, of its arguments.
fn launched<'a>(launcher: &str, arguments: &'a str) -> Option<&'a str> {
    let mut rest = arguments.trim_start_matches('"').trim_start();
    let without_switch = is_one_of(launcher, LAUNCHERS_WITHOUT_SWITCH);
    let mut first = None;
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        if ["/c", "/k", "/r", "-c", "-lc", "-command", "/command"]
            .iter()
            .any(|switch| word.eq_ignore_ascii_case(switch))
        {
            return Some(behind);
        }
        if first.is_none() && without_switch && !word.starts_with(['-', '/']) {
            first = Some(rest);
        }
        rest = behind.trim_start();
    }
    first
}

/// The name of the program that a command begins with, and its arguments. Without quotes it may have blanks up to its ending; what a shell
/// is given to run stands in quotes as a whole.
fn program(command: &str, may_be_quoted: bool) -> (&str, &str) {
    let trimmed = command.trim_start();
    let quoted = trimmed.strip_prefix('"').filter(|_| may_be_quoted);
    let (program, rest) = if let Some(quoted) = quoted {
        quoted.split_at(quoted.find('"').unwrap_or(quoted.len()))
    } else {
        let bare = trimmed.trim_start_matches(['"', '\'']);
        let word = bare.find(char::is_whitespace).unwrap_or(bare.len());
        let end = end_of_program(bare).filter(|_| bare[..word].contains('\\'));
        bare.split_at(end.unwrap_or(word))
    };
    let name = program.rsplit(is_separator).next().unwrap_or_default();
    (name.trim_matches(['"', '\'']), rest)
}

/// Where what is called `….exe` ends.
fn end_of_program(command: &str) -> Option<usize> {
    let ends =
        |after: &str| after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let mut endings = command.match_indices('.').filter_map(|(at, _)| {
        let ending = command.get(at..at + 4)?;
        ending.eq_ignore_ascii_case(".exe").then_some(at + 4)
    });
    endings.find(|end| ends(&command[*end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_known_behind_a_shell_and_up_to_the_next_command() {
        for command in [
            "git show a/b:c.d",
            r#""C:\Program Files\Git\cmd\git.exe" show a/b:c.d"#,
            r"C:\Program Files\Git\cmd\GIT.EXE show a/b:c.d",
            "cmd.exe /s /c git show a/b:c.d",
            r#"cmd /c "git show a/b:c.d""#,
            r#"cmd /c ""C:\Program Files\Git\cmd\git.exe" show a/b:c.d""#,
            "powershell.exe -ExecutionPolicy Bypass -Command git show a/b:c.d",
            r#"bash.exe -c "git show a/b:c.d""#,
            "wsl.exe git show a/b:c.d",
            "dir & kubectl cp a/b:c.d x",
        ] {
            let at = command.find("a/b").unwrap();
            assert!(Programs::of(command).have_references(at), "{command}");
        }
        for command in [
            r"wscript.exe x\git.exe a/b:c.d",
            "wscript.exe git a/b:c.d",
            "wscript.exe /c git a/b:c.d",
            "bash.exe git a/b:c.d",
            "powershell.exe -File a/b:c.d -Command git x",
            "git x & wscript a/b:c.d",
            r#"cmd /c "git x & wscript a/b:c.d""#,
            "git x $(wscript a/b:c.d)",
            "gitx show a/b:c.d",
        ] {
            let at = command.find("a/b").unwrap();
            assert!(!Programs::of(command).have_references(at), "{command}");
        }
    }
}
