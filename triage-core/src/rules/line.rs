//! The program that wrote a log line, by the head that the logging service of the system puts before it.

use std::sync::LazyLock;

use regex::Regex;

use crate::safe::regex;

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:<[0-9]{1,3}>)?(?:[a-z]{3} [ 0-9]?[0-9] [0-9:]{8} \S+ |[0-9]{4}-[0-9]{2}-[0-9]{2}t\S+ \S+ |[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:,.]+ +)?([a-z][a-z0-9_./-]*) *(?:\[[0-9]+\])?: +",
    )
});

/// Gives `program: message` of a line in lower case; `None` where it does not begin with the head of a program.
///
/// Only the beginning counts: what stands further on is what the program was told, by anybody.
pub(super) fn by_program(log: &str) -> Option<String> {
    let head = HEAD.captures(log)?;
    let message = &log[head.get(0)?.end()..];
    Some(format!("{}: {message}", head.get(1)?.as_str()))
}

/// Gives the command of a job that the clock started, from `cron: (user) cmd (command)`.
pub(super) fn planned(line: &str) -> Option<&str> {
    let (head, job) = line.split_once(" cmd (")?;
    let by_clock = head.starts_with("cron: (") || head.starts_with("crond: (") || head.starts_with("/usr/sbin/cron");
    by_clock.then(|| job.trim_end().strip_suffix(')').unwrap_or(job))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_names_the_program_and_nothing_behind_it_does() {
        let program = |log: &str| by_program(log);
        for log in [
            "mar  2 08:00:01 web-03 cron[9]: (root) cmd (x)",
            "2026-03-02t08:00:01.123+01:00 web-03 cron[9]: (root) cmd (x)",
            "<78>mar 12 08:00:01 web-03 cron: (root) cmd (x)",
            "2026-03-02 08:00:01,123 cron [9]: (root) cmd (x)",
            "cron[1]: (root) cmd (x)",
        ] {
            assert_eq!(program(log).as_deref(), Some("cron: (root) cmd (x)"), "{log}");
        }
        for log in [
            "203.0.113.9 - - [02/mar/2026] \"get / http/1.1\" 200 \"cron[1]: (root) cmd (x)\"",
            "{\"user\": \"cron[1]: (root) cmd (x)\"}",
            "somebody cron[1]: (root) cmd (x)",
        ] {
            assert_eq!(program(log), None, "{log}");
        }
        let told = program("mar  2 08:00:01 web-03 sshd[9]: invalid user cron[1]: (root) cmd (x)");
        assert!(told.unwrap().starts_with("sshd: "));
    }
}
