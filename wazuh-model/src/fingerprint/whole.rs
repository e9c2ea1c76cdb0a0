//! All that an alert says, for those that lack what their kind is told by.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::values::MOST;
use super::varies::{DAYS, MONTHS, differs_each_time, is_clock, is_date};
use crate::{Alert, json, path};

/// All that an alert says, without what differs each time the same thing happens: the time, and numbers of processes and sessions.
/// `None` where that cannot be told.
///
/// Everything else stands as it is written, numbers too: whatever differs in it may be another thing.
pub(super) fn whole(alert: &Alert) -> Option<String> {
    let line = alert.full_log().filter(|line| !line.is_empty());
    let mut whole = alert.location().unwrap_or_default().to_owned();
    whole.push('\n');
    // Any log in JSON may have such a field. Only the decoder of Windows takes all that there is into it.
    if let Some(event) = alert.get("data.win.eventdata")
        && (line.is_none() || alert.decoder() == Some("windows_eventchannel"))
    {
        // Events of several machines come through one agent where they are collected.
        let frame = ["computer", "eventID", "providerName", "channel"].map(|name| {
            let text = alert.text(&format!("data.win.system.{name}"));
            text.unwrap_or_default().into_owned()
        });
        whole.push_str(&frame.join("\n"));
        add_fields(event, &mut whole);
        return Some(whole);
    }
    let Some(line) = line else {
        // Nothing else says what happened.
        add_fields(alert.get("data").filter(|data| data.is_object())?, &mut whole);
        return Some(whole);
    };
    let by_logger = alert.text_of("predecoder.program_name").is_some();
    let line = without_head(line, by_logger);
    // The event itself, whatever a logger has put before it.
    let object = line
        .find('{')
        .and_then(|at| Some((&line[..at], json::read_object(&line.as_bytes()[at..]).ok()?)));
    match object {
        Some((head, object)) => {
            whole.push_str(head);
            add_fields(&Value::Object(object), &mut whole);
        }
        None => whole.push_str(&line),
    }
    Some(whole)
}

fn add_fields(below: &Value, whole: &mut String) {
    let end = whole.len() + MOST;
    // What comes after so many counts by its hash.
    let mut more: Option<Sha256> = None;
    path::visit(below, &mut |name, leaf| {
        if let Some(text) = leaf.text(name)
            && !differs_each_time(name, &text)
        {
            for part in ["\n", name, "=", &text] {
                match &mut more {
                    Some(hash) => hash.update(part),
                    None => whole.push_str(part),
                }
            }
            if whole.len() > end {
                more.get_or_insert_default();
            }
        }
    });
    if let Some(hash) = more {
        whole.push_str("\n… ");
        whole.push_str(&hex::encode(hash.finalize()));
    }
}

/// A line of a log without the time it begins with, and without the numbers of the process that wrote it and of records, requests and
/// sessions. Only a time, or whoever took the line apart, shows that a logger wrote it.
fn without_head(line: &str, by_logger: bool) -> String {
    let message = without_time(line);
    let by_logger = by_logger || message.is_some();
    let line = message.unwrap_or(line);
    // Only what the logger puts before the message: `web01 CRON[10000]: `.
    let numbered = line
        .split_once("]: ")
        .filter(|_| by_logger)
        .and_then(|(head, message)| {
            let (program, number) = head.rsplit_once('[')?;
            let number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            (number && program.split_whitespace().count() <= 2 && !program.contains(": ")).then_some((program, message))
        });
    let line = numbered.map_or_else(
        || line.to_owned(),
        |(program, message)| format!("{program}[#]: {message}"),
    );
    // The audit daemon writes its own time.
    if by_logger || line.starts_with("type=") {
        without_numbers(&line)
    } else {
        line
    }
}

/// A message without the numbers that loggers of their own give: `audit(1768899737.123:400)` with the process and the session of the
/// record, `612#612: *5001 ` of nginx, `session 17`.
fn without_numbers(message: &str) -> String {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut out = String::with_capacity(message.len());
    let (mut before, mut of_audit) = ("", false);
    for word in message.split_inclusive(' ') {
        let text = word.trim_end_matches(' ');
        let end = &word[text.len()..];
        let record = text.split_once("audit(").and_then(|(start, rest)| {
            let (number, rest) = rest.split_once(')')?;
            let parts = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b':');
            number.bytes().all(parts).then_some((start, rest))
        });
        let worker = || {
            let (process, thread) = text.strip_suffix(':')?.split_once('#')?;
            (is_number(process) && is_number(thread)).then_some(())
        };
        let name = text
            .split_once('=')
            .filter(|(name, number)| of_audit && matches!(*name, "pid" | "ppid" | "opid" | "ses") && is_number(number));
        // A terminal that was opened for one session.
        let terminal = text
            .split_once('=')
            .filter(|(name, _)| matches!(*name, "tty" | "terminal"))
            .and_then(|(name, terminal)| {
                let (kind, number) = terminal.rsplit_once("pts/")?;
                (matches!(kind, "" | "/dev/") && is_number(number)).then_some((name, kind))
            });
        let session = text.trim_end_matches(['.', ',', ':']);
        let numbered = is_number(session.strip_prefix('c').unwrap_or(session));
        if let Some((start, rest)) = record {
            of_audit = true;
            out.push_str(start);
            out.push_str("audit(#)");
            out.push_str(rest);
        } else if worker().is_some() {
            out.push_str("#:");
        } else if before.ends_with(':') && before.contains('#') && text.strip_prefix('*').is_some_and(is_number) {
            out.push_str("*#");
        } else if let Some((name, _)) = name {
            out.push_str(name);
            out.push_str("=#");
        } else if let Some((name, kind)) = terminal {
            out.push_str(name);
            out.push('=');
            out.push_str(kind);
            out.push_str("pts/#");
        } else if before.eq_ignore_ascii_case("session") && numbered {
            out.push('#');
            out.push_str(&text[session.len()..]);
        } else {
            out.push_str(text);
        }
        out.push_str(end);
        before = text;
    }
    out
}

/// What comes after the time that a line begins with: `Jan 20 09:02:17`, `2026-01-20T09:02:17.037+00:00`, `2026-01-20 09:02:17,037`.
/// `None` where it begins with none.
fn without_time(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    let (mut month, mut numbers) = (false, false);
    for _ in 0..4 {
        let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        let clock = word
            .split_once('T')
            .filter(|(date, _)| is_date(date))
            .map(|(_, clock)| clock);
        if is_clock(clock.unwrap_or(word)) {
            // A number is a day or a year only beside the name of a month. Otherwise it may be anybody's.
            return (month || !numbers).then(|| after.trim_start());
        }
        let number = matches!(word.len(), 1 | 2 | 4) && word.bytes().all(|byte| byte.is_ascii_digit());
        month |= MONTHS.contains(&word);
        numbers |= number;
        if !number && !MONTHS.contains(&word) && !DAYS.contains(&word) && !is_date(word) {
            break;
        }
        rest = after.trim_start();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_log_is_the_same_at_another_time_and_from_another_process() {
        for (line, expected) in [
            (
                "Nov 26 01:00:01 web01 CRON[10000]: pam_unix: by (uid=0)",
                "web01 CRON[#]: pam_unix: by (uid=0)",
            ),
            ("Nov  6 01:00:01 web01 su: x", "web01 su: x"),
            ("2026-11-26T01:00:01.123456+00:00 web01 CRON[7]: x", "web01 CRON[#]: x"),
            ("2026-11-26 01:00:01,123 login ok", "login ok"),
            ("Jan 20 2026 09:02:17 fw %ASA-6-605005: x", "fw %ASA-6-605005: x"),
            ("20 Jan 2026 09:02:17 fw: x", "fw: x"),
            ("2026/11/26 01:00:01 app[7]: x", "app[#]: x"),
        ] {
            assert_eq!(without_head(line, false), expected);
        }
        assert_eq!(without_head("CRON[4711]: x", true), "CRON[#]: x");
        for (line, expected) in [
            (
                "Nov 29 04:00:00 web systemd-logind[612]: New session 4711 of user root.",
                "web systemd-logind[#]: New session # of user root.",
            ),
            (
                "Nov 29 04:00:00 web systemd-logind[612]: Session c12 logged out.",
                "web systemd-logind[#]: Session # logged out.",
            ),
            (
                "2026/11/29 04:00:00 [error] 612#613: *5001 open() \"/x\" failed (2: No such file)",
                "[error] #: *# open() \"/x\" failed (2: No such file)",
            ),
            (
                "Nov 29 04:00:00 web su: pam_unix(su:auth): authentication failure; uid=1000 tty=/dev/pts/3 ruser=bob",
                "web su: pam_unix(su:auth): authentication failure; uid=1000 tty=/dev/pts/# ruser=bob",
            ),
            (
                "type=USER_LOGIN msg=audit(1796000000.123:400): pid=100 uid=0 auid=5 ses=7 msg='op=login acct=\"bob\"'",
                "type=USER_LOGIN msg=audit(#): pid=# uid=0 auid=5 ses=# msg='op=login acct=\"bob\"'",
            ),
        ] {
            assert_eq!(without_head(line, false), expected);
        }
    }

    #[test]
    fn very_many_fields_below_a_long_name_take_no_more_memory_and_each_counts() {
        let of = |last: &str| {
            let fields: Vec<_> = (0..20_000).map(|n| format!(r#""{n}":1"#)).collect();
            let line = format!(
                r#"{{"data":{{"{}":{{{},"last":"{last}"}}}}}}"#,
                "k".repeat(1000),
                fields.join(",")
            );
            whole(&Alert::from_slice(line.as_bytes()).unwrap()).unwrap()
        };
        let (one, other) = (of("a"), of("b"));
        assert!(one.len() < MOST + 4096, "{}", one.len());
        assert_eq!(one, of("a"));
        assert_ne!(one, other);
    }

    #[test]
    fn what_a_message_says_stands_as_it_is() {
        for line in [
            "1001 logged in",
            "session 17 opened",
            "web01 app: user[17]: x",
            "a b c user[17]: x",
            "app[x1]: y",
            "Jan 20 logged in",
            "May logged in",
            "1001 10:00:00 login ok",
            "17 10:00:00 login ok",
            "1768899737 10:00:00 login ok",
            "10:00:001001 login ok",
            "uid[1001]: login ok",
            "app 612#613: *5001 x",
        ] {
            assert_eq!(without_head(line, false), line);
        }
        assert_eq!(without_head("09:02:17 1001 logged in", false), "1001 logged in");
    }
}
