//! What runs a command, so far as that says how its arguments are read.

use std::ops::Range;

use super::super::is_separator;

/// The programs that a command names.
pub(super) struct Programs {
    /// Apostrophes are quotes, and commas part words.
    pub(super) are_of_powershell: bool,
    /// Where names with slashes and colons are no files.
    references: Vec<Range<usize>>,
}

impl Programs {
    pub(super) fn of(command: &str) -> Self {
        let mut words = command.split(|c: char| !c.is_alphanumeric() && !"_-.".contains(c));
        Self {
            are_of_powershell: words.any(|word| is_one_of(word, POWERSHELL)),
            references: references(command),
        }
    }

    /// Whether what stands at this place is a branch, an image, a target or a sentence.
    pub(super) fn have_references(&self, at: usize) -> bool {
        let next = self.references.partition_point(|range| range.end <= at);
        self.references.get(next).is_some_and(|range| range.contains(&at))
    }
}

const POWERSHELL: &[&str] = &["powershell", "pwsh"];

/// Programs whose arguments are names with slashes and colons that are no files, or sentences.
const REFERRING: &[&str] = &[
    "bazel",
    "crane",
    "docker",
    "eventcreate",
    "gh",
    "git",
    "helm",
    "hg",
    "kubectl",
    "msg",
    "nerdctl",
    "oc",
    "podman",
    "skopeo",
];

/// Whether a program is called so, with its ending or not.
fn is_one_of(program: &str, names: &[&str]) -> bool {
    let stem = match program.rsplit_once('.') {
        Some((stem, ending)) if ending.eq_ignore_ascii_case("exe") => stem,
        _ => program,
    };
    names.iter().any(|name| stem.eq_ignore_ascii_case(name))
}

/// Where the arguments of programs with references stand, each up to what may be another command. Only the program that the command begins
/// with counts, and what a shell is given to run: anywhere else the name of one may be what somebody gives to another.
fn references(command: &str) -> Vec<Range<usize>> {
    let (name, rest) = program(command, true);
    let launched = launched(name, rest);
    let mut found = Vec::new();
    if let Some((parts, text)) = launched {
        let mut start = command.len() - text.len();
        let ends = |c: char| parts == Parts::Several && "&|".contains(c);
        for part in text.split_inclusive(ends) {
            let (name, rest) = program(part, false);
            if is_one_of(name, REFERRING) {
                let arguments = start + part.len() - rest.len();
                found.push(arguments..arguments + end_of_command(rest, true));
            }
            start += part.len();
        }
    } else if is_one_of(name, REFERRING) {
        let arguments = command.len() - rest.len();
        found.push(arguments..arguments + end_of_command(rest, false));
    }
    found
}

/// What a shell is given to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parts {
    One,
    /// Each sign between two commands surely is one.
    Several,
}

/// What a shell runs, of its arguments.
fn launched<'a>(shell: &str, arguments: &'a str) -> Option<(Parts, &'a str)> {
    let mut rest = arguments.trim_start();
    loop {
        let (word, behind) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        let is = |switches: &[&str]| switches.iter().any(|switch| word.eq_ignore_ascii_case(switch));
        let behind = behind.trim_start();
        if is_one_of(shell, &["cmd"]) {
            if is(&["/c", "/k"]) {
                // What is quoted within may be cut in other places than it looks like.
                let text = behind.trim_end();
                let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                let is_plain = !quoted.unwrap_or(text).contains(['"', '^']);
                return Some((if is_plain { Parts::Several } else { Parts::One }, behind));
            } else if !is(&["/s", "/d", "/q"]) {
                return None;
            }
        } else if is_one_of(shell, POWERSHELL) {
            if is(&["-command", "-c"]) {
                return Some((Parts::One, behind));
            } else if is(&["-executionpolicy", "-ep", "-ex", "-exec", "-windowstyle", "-w"]) {
                let value = behind.find(char::is_whitespace).unwrap_or(behind.len());
                rest = behind[value..].trim_start();
                continue;
            } else if !is(&[
                "-noprofile",
                "-nop",
                "-noninteractive",
                "-noni",
                "-nologo",
                "-sta",
                "-mta",
                "-noexit",
            ]) {
                return None;
            }
        } else {
            let runs = is_one_of(shell, &["bash", "sh"]) && is(&["-c", "-lc"]);
            return runs.then_some((Parts::One, behind));
        }
        rest = behind;
    }
}

/// The name of the program that a command begins with, and its arguments. What a shell is given to run stands in quotes as a whole.
fn program(command: &str, may_be_quoted: bool) -> (&str, &str) {
    let trimmed = command.trim_start();
    let quoted = trimmed.strip_prefix('"').filter(|_| may_be_quoted);
    if let Some((program, rest)) = quoted.and_then(|quoted| quoted.split_once('"')) {
        // What is glued to it is a part of its name.
        let is_whole = rest.is_empty() || rest.starts_with(char::is_whitespace);
        return (if is_whole { file_name(program) } else { "" }, rest);
    }
    let bare = trimmed.strip_prefix(['"', '\'']).unwrap_or(trimmed);
    if let Some((program, rest)) = bare.strip_prefix('"').and_then(|bare| bare.split_once('"')) {
        let is_whole = rest.starts_with(char::is_whitespace);
        return (if is_whole { file_name(program) } else { "" }, rest);
    }
    let folder = program_files(bare);
    let word = bare[folder..].find(char::is_whitespace);
    let (program, rest) = bare.split_at(word.map_or(bare.len(), |at| folder + at));
    let program = program.strip_suffix('"').unwrap_or(program);
    (
        if program.contains(['"', '\'']) {
            ""
        } else {
            file_name(program)
        },
        rest,
    )
}

fn file_name(program: &str) -> &str {
    program.rsplit(is_separator).next().unwrap_or_default()
}

/// How long the folder of programs is that a command begins with, if it does: the one with blanks that is written without quotes.
fn program_files(command: &str) -> usize {
    let folders = [r":\Program Files\", r":\Program Files (x86)\"];
    let begins = |folder: &&str| {
        command
            .get(1..=folder.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(folder))
    };
    folders.into_iter().find(begins).map_or(0, |folder| 1 + folder.len())
}

/// Where what may be another command begins: what parts two stands in no quotes, unless a shell may read these in another way. Parentheses
/// are letters of an argument, but for a shell.
fn end_of_command(arguments: &str, by_shell: bool) -> usize {
    let has_quotes = !by_shell && !arguments.contains(['\'', '^', '`']);
    let mut in_quotes = false;
    let mut last = ' ';
    let ends = |c: char| {
        in_quotes ^= c == '"';
        let is_parenthesis = matches!(c, '(' | ')') && (by_shell || last == '$');
        last = c;
        is_parenthesis || ";`\r\n".contains(c) || ("&|".contains(c) && !(has_quotes && in_quotes))
    };
    arguments.find(ends).unwrap_or(arguments.len())
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
            r#"git -C "C:\r&d" show a/b:c.d"#,
            r#"git -C "C:\Program Files (x86)\r" show a/b:c.d"#,
            "cmd.exe /s /c git show a/b:c.d",
            r#"cmd /c "git show a/b:c.d""#,
            r#"cmd /c "git" show a/b:c.d"#,
            r#"cmd /c ""C:\Program Files\Git\cmd\git.exe" show a/b:c.d""#,
            "powershell.exe -ExecutionPolicy Bypass -Command git show a/b:c.d",
            r#"bash.exe -c "git show a/b:c.d""#,
            "bash.exe -c 'git show a/b:c.d'",
            "cmd /c dir & kubectl cp a/b:c.d x",
            r#"cmd /c "cd x && git show a/b:c.d""#,
        ] {
            let at = command.find("a/b").unwrap();
            assert!(Programs::of(command).have_references(at), "{command}");
        }
        for command in [
            r"wscript.exe x\git.exe a/b:c.d",
            r"C:\Tools\wscript x\git.exe a/b:c.d",
            r"C:\Program Files\wscript x\git.exe a/b:c.d",
            "wscript.exe git a/b:c.d",
            "wscript.exe /c git a/b:c.d",
            "bash.exe git a/b:c.d",
            "powershell.exe git a/b:c.d",
            "powershell.exe -File a/b:c.d -Command git x",
            "powershell.exe -File git -Command git a/b:c.d",
            "pwsh.exe -WorkingDirectory git -File a/b:c.d",
            "wsl.exe -u git wscript.exe a/b:c.d",
            "msbuild.exe /t:Build;git a/b:c.d",
            r#"msbuild.exe "/p:A=a&git" a/b:c.d"#,
            "java.exe -Da=(git -jar a/b:c.d",
            "dir & kubectl cp a/b:c.d x",
            "git x & wscript a/b:c.d",
            "git 'a\"b' & wscript a/b:c.d",
            "git x ^\" & wscript a/b:c.d",
            r#"git "$(wscript a/b:c.d)""#,
            "cmd /c (git x) wscript a/b:c.d",
            r#"cmd /c "git x & wscript a/b:c.d""#,
            r#"cmd /c wscript "x & git" a/b:c.d"#,
            r"cmd /c wscript x ^& git a/b:c.d",
            r#"cmd /c Tools\git.exe"x\wscript.exe" a/b:c.d"#,
            r#"cmd /c git.exe"x\wscript.exe" a/b:c.d"#,
            r#"cmd /c wscript.exe"\git a/b:c.d"#,
            r#"cmd /c "git"x\wscript.exe a/b:c.d"#,
            r#""git"x\wscript.exe a/b:c.d"#,
            "git x $(wscript a/b:c.d)",
            "gitx show a/b:c.d",
        ] {
            let at = command.find("a/b").unwrap();
            assert!(!Programs::of(command).have_references(at), "{command}");
        }
    }
}
