//! All that an alert says, for those that lack what their kind is told by.

use crate::{Alert, path};

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
        path::visit(event, &mut |name, leaf| {
            if !differs_each_time(name)
                && let Some(text) = leaf.text(name)
            {
                for part in ["\n", name, "=", &text] {
                    whole.push_str(part);
                }
            }
        });
        return Some(whole);
    }
    let by_logger = alert.text_of("predecoder.program_name").is_some();
    whole.push_str(&without_head(line?, by_logger));
    Some(whole)
}

/// Whether a field of an event of Windows is the number of a session or a process.
fn differs_each_time(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["logonid", "logonguid", "processid", "threadid"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// A line of a log without the time it begins with, and without the number of the process that wrote it. Only a time, or whoever took
/// the line apart, shows that a logger wrote it.
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
    numbered.map_or_else(
        || line.to_owned(),
        |(program, message)| format!("{program}[#]: {message}"),
    )
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

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Whether a word is a whole date in numbers: `2026-01-20`, `20/01/2026`.
fn is_date(word: &str) -> bool {
    let separators = |first: usize, second: usize| {
        word.len() == 10
            && word.bytes().enumerate().all(|(at, byte)| {
                if at == first || at == second {
                    matches!(byte, b'-' | b'/')
                } else {
                    byte.is_ascii_digit()
                }
            })
    };
    separators(4, 7) || separators(2, 5)
}

/// Whether a word is the time of a day, whatever follows its seconds: a fraction, a zone.
fn is_clock(word: &str) -> bool {
    let Some((clock, rest)) = word.as_bytes().split_at_checked(8) else {
        return false;
    };
    let digits = |at: usize| clock[at..at + 2].iter().all(u8::is_ascii_digit);
    digits(0)
        && clock[2] == b':'
        && digits(3)
        && clock[5] == b':'
        && digits(6)
        && !rest.first().is_some_and(u8::is_ascii_digit)
        && rest
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b':' | b'+' | b'-' | b'Z'))
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
        ] {
            assert_eq!(without_head(line, false), line);
        }
        assert_eq!(without_head("09:02:17 1001 logged in", false), "1001 logged in");
    }
}
