//! What one star of a glob goes over, by what the pattern is for and by what stands before and behind it.

use super::super::fields;
use super::super::path::{MARKS_OF_ROOTS, has_drive, is_key, runs_on_windows};

/// What values a pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Lines and sentences.
    Prose,
    /// Commands, which a shell may run several of.
    Commands,
    /// Files as their own system names them.
    Files,
    /// The rest, mostly paths.
    Names,
}

impl About {
    /// What stands in this field, for a glob that has a blank or none.
    pub(super) fn of(path: &str, text: &str) -> Self {
        if fields::is_prose(path) {
            Self::Prose
        } else if fields::is_file_of_an_agent(path) {
            Self::Files
        } else if fields::is_file(path) {
            Self::Names
        } else if fields::is_command(path) || text.contains(char::is_whitespace) {
            Self::Commands
        } else {
            Self::Names
        }
    }
}

/// Characters, as a set of a regular expression has them, that a `*` goes over in no case.
pub(super) struct Ends {
    pub(super) of_a_name: &'static str,
    pub(super) of_a_command: &'static str,
    pub(super) has_switches: bool,
}

impl Ends {
    pub(super) fn of(path: &str, text: &str, about: About) -> Self {
        let is_of_unix = about == About::Files && text.starts_with('/') && !text.contains('\\');
        let of_a_name = match (is_of_unix, names_no_file(path, text)) {
            (true, _) => "/",
            (false, true) => r"\\",
            (false, false) => r"/\\",
        };
        let text = text.to_ascii_lowercase();
        let of_a_command = match about {
            // PowerShell runs what stands in parentheses, wherever it does.
            About::Commands if ["powershell", "pwsh"].iter().any(|name| text.contains(name)) => r"&|;<>`\r\n(",
            About::Commands => r"&|;<>`\r\n",
            About::Prose | About::Files | About::Names => "",
        };
        Self {
            of_a_name,
            of_a_command,
            // Elsewhere a slash behind a blank begins a path, whatever it looks like.
            has_switches: path.starts_with("data.win.") || runs_on_windows(&text),
        }
    }
}

/// Whether keys of the registry or pipes are meant, in whose names a slash is a letter.
fn names_no_file(path: &str, text: &str) -> bool {
    fields::has_slashes_in_names(path) || (fields::is_file(path) && is_key(text))
}

/// Whether no slash separates what is meant, be it a file or a key.
pub(super) fn is_of_windows_alone(path: &str, text: &str) -> bool {
    names_no_file(path, text)
        || (["syscheck.path", "data.win.eventdata.objectName"].contains(&path)
            && text.contains('\\')
            && !text.contains('/'))
}

/// What a `*` goes over between what stands before and behind it: in a command it does not go on to another, in an address not from the
/// path to its question, and in the machine of an address not to another argument.
pub(super) fn star(before: &str, after: &str, about: About, ends: &Ends) -> String {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let in_address = word.contains("://");
    let of_the_web = in_address || before.starts_with('/');
    // Who ends in a star means whatever follows.
    let ends_word = after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let mut not = r"\x{FDD2}".to_owned();
    let mut instead = String::new();
    if !matches!(about, About::Prose | About::Files) && of_the_web && !ends_word {
        not.push_str("?#;%");
        // Escapes, other than of these and of what ends a text or a name.
        instead.push_str("|%(?:2[0-246-9A-Ea-e]|3[0-9AC-Eac-e]|[46-9A-Fa-f][0-9A-Fa-f]|5[0-9ABD-Fabd-f])");
    }
    if about != About::Prose && in_address && !after.is_empty() {
        not.push_str(r"\s");
    }
    // Who puts a star in the place of all arguments means whatever they are.
    if !word.is_empty() || !ends.has_switches {
        not.push_str(&MARKS_OF_ROOTS.iter().collect::<String>());
    }
    let is_of_unix = is_of_unix(word);
    let has_paths_of_unix = runs_reader_of_slashes(&before[..before.len() - word.len()]);
    // Behind a path of Windows or a switch a slash may well begin a switch.
    let is_operand = has_paths_of_unix && !word.is_empty() && !word.starts_with('/') && !is_of_windows(word);
    if !ends.has_switches || is_of_unix || is_operand {
        not.push_str(r"\x{FDD0}");
    }
    if is_operand {
        not.push_str(r"\x{FDD1}");
    }
    let mut first = String::new();
    let mut last = "";
    if ends.has_switches && !has_paths_of_unix && !(is_of_unix && is_absolute(word)) {
        let quoted = [r#""/"#, SWITCH, ":"].concat();
        instead.push_str(&[r"|\s", &quoted].concat());
        if word.is_empty() {
            first = ["(?:", &quoted, ")?"].concat();
        }
        if is_of_unix {
            instead.push_str(&[r"|\x{FDD0}", SWITCH, r"[:\s]"].concat());
            last = if ends_word {
                r"(?:\x{FDD0}[A-Za-z][A-Za-z0-9]*)?"
            } else {
                ""
            };
        }
    }
    let Ends {
        of_a_name,
        of_a_command,
        ..
    } = ends;
    let mut tail = "";
    if about == About::Commands {
        instead.push_str(&[r"|\$+[^", of_a_name, of_a_command, "$({", &not, "]"].concat());
        not.push_str(of_a_command);
        not.push('$');
        tail = r"\$*";
    }
    format!(r"{first}(?:[^{of_a_name}{not}]{instead})*{tail}{last}")
}

/// What a switch is called.
const SWITCH: &str = "[A-Za-z][A-Za-z0-9]*";

/// Whether an argument, so far as it goes, is a path of Unix: `/opt/cache/`, `--directory=./cache/`, and not `/user:CORP\`.
fn is_of_unix(word: &str) -> bool {
    let word = value_of(word);
    let (is_absolute, path) = match word.strip_prefix('/') {
        Some(path) => (true, path),
        None => (false, word),
    };
    // A switch has a colon before what belongs to it, and a drive behind its letter.
    path.find([':', '/', '\\'])
        .is_some_and(|at| at > 0 && (path[at..].starts_with('/') || (is_absolute && path[at..].starts_with('\\'))))
}

/// Whether that path is anywhere rather than where the command runs, as the paths behind it then may be too.
fn is_absolute(word: &str) -> bool {
    value_of(word).starts_with(['/', '~'])
}

/// Whether an argument, so far as it goes, is a path with a drive or a share.
fn is_of_windows(word: &str) -> bool {
    let word = value_of(word);
    has_drive(word) || word.starts_with(r"\\")
}

/// What is given to a switch, or stands alone.
fn value_of(word: &str) -> &str {
    let value = word.rsplit('=').next().unwrap_or_default();
    value.trim_start_matches(['"', '\''])
}

/// Whether a command, so far as it is written, runs a program that has no switches with slashes, on Windows neither: behind `rm.exe` `/etc` is
/// what it deletes. One does that it begins with or gives to a shell, or that is called `….exe`.
fn runs_reader_of_slashes(command: &str) -> bool {
    let command = command.to_ascii_lowercase();
    let mut runs_next = true;
    let mut rest = command.trim_start();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|quoted| quoted.split_once('"'));
        let (word, behind) = quoted
            .filter(|_| rest.len() == command.len())
            .unwrap_or_else(|| rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())));
        let parts = |c: char| "(&|;".contains(c);
        // Between two commands there need be no blank.
        for (at, part) in word.split(parts).enumerate() {
            let part = part.trim_matches(['"', '\'']);
            let name = part.rsplit(['/', '\\']).next().unwrap_or_default();
            let stem = name.trim_end_matches(".exe");
            let of_no_name = |c: char| c.is_ascii_digit() || ".*?-_".contains(c);
            if (runs_next || at > 0 || stem.len() < name.len())
                && READERS_OF_SLASHES.contains(&stem.trim_end_matches(of_no_name))
            {
                return true;
            }
        }
        runs_next = ["/c", "/k", "-c", "-lc", "-command"].contains(&word) || word.ends_with(parts);
        rest = behind.trim_start();
    }
    false
}

const READERS_OF_SLASHES: &[&str] = &[
    "awk", "aws", "bash", "borg", "bsdtar", "bun", "bunzip", "busybox", "bzip", "cat", "chgrp", "chmod", "chown", "cp",
    "curl", "dash", "dd", "deno", "du", "env", "git", "go", "grep", "gsudo", "gsutil", "gunzip", "gzip", "head",
    "java", "javaw", "kopia", "less", "ln", "ls", "mv", "node", "npm", "npx", "perl", "php", "py", "python", "pythonw",
    "rclone", "restic", "rm", "rsync", "ruby", "scp", "sed", "sftp", "sh", "shred", "ssh", "sudo", "tail", "tar",
    "tee", "touch", "truncate", "unlink", "unxz", "unzip", "wget", "wsl", "xargs", "xz", "yarn", "zip", "zsh", "zstd",
];
