//! Debian's strace as a saboteur: it kills a program at one system call of our choice, or lets that call fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One system call of a run: its name, and which of that name it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) name: String,
    pub(crate) number: usize,
}

pub(crate) struct Strace {
    program: PathBuf,
}

impl Strace {
    /// strace, where there is one that may trace.
    pub(crate) fn find() -> Option<Self> {
        let folders = ["/usr/bin", "/bin", "/usr/local/bin"];
        let program = folders
            .iter()
            .map(|folder| Path::new(folder).join("strace"))
            .find(|path| path.exists());
        let Some(program) = program else {
            println!("skipped: strace is not installed (apt-get install strace)");
            return None;
        };
        let tried = Command::new(&program).args(["-qq", "-o", "/dev/null", "true"]).output();
        if !tried.is_ok_and(|output| output.status.success()) {
            println!("skipped: this system does not let strace trace");
            return None;
        }
        Some(Self { program })
    }

    /// The command, run under strace with these arguments; the environment is the command's own.
    pub(crate) fn around(&self, arguments: &[&str], command: &Command) -> Command {
        let mut traced = Command::new(&self.program);
        traced.env_clear().arg("-qq").args(arguments).arg(command.get_program());
        traced.args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                traced.env(name, value);
            }
        }
        traced
    }

    /// The system calls that the command makes, in the order in which each is first reached by any of its threads: strace counts
    /// the calls of a name for each thread, so the thread that comes first to a number is the one that is met.
    pub(crate) fn points(&self, command: &Command, log: &Path) -> Vec<Point> {
        let path = log.display().to_string();
        let output = self.around(&["-f", "-o", &path], command).output().unwrap();
        assert!(output.status.success(), "{}", crate::stage::text(&output));
        let text = fs::read_to_string(log).unwrap();
        let mut counts = BTreeMap::<(&str, &str), usize>::new();
        let mut points = Vec::new();
        for line in text.lines() {
            let Some((thread, call)) = line.split_once(char::is_whitespace) else {
                continue;
            };
            let Some((name, _)) = call.trim_start().split_once('(') else {
                continue;
            };
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if name.is_empty() || !name.chars().all(is_name) {
                continue;
            }
            let number = counts.entry((thread, name)).or_default();
            *number += 1;
            points.push(Point {
                name: name.to_owned(),
                number: *number,
            });
        }
        let mut seen = std::collections::BTreeSet::new();
        points.retain(|point| seen.insert(point.clone()));
        // strace itself starts the program.
        points.retain(|point| point.name != "execve");
        points
    }

    /// The command, killed when it enters that system call.
    pub(crate) fn killed_at(&self, point: &Point, command: &Command) -> Command {
        // With --seccomp-bpf, which would be faster, strace 6.1 sends no signal.
        self.injected("signal=KILL", point, command)
    }

    /// The command, whose system call fails in this way without being made.
    pub(crate) fn failing_at(&self, point: &Point, error: &str, command: &Command) -> Command {
        self.injected(&format!("error={error}"), point, command)
    }

    fn injected(&self, what: &str, point: &Point, command: &Command) -> Command {
        let Point { name, number } = point;
        let inject = format!("inject={name}:{what}:when={number}");
        let trace = format!("trace={name}");
        self.around(&["-f", "-o", "/dev/null", "-e", &trace, "-e", &inject], command)
    }
}
