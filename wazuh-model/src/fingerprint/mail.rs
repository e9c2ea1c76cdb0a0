//! Numbers that mailers give to mails and sensors to connections: what stands around one shows what it is.

use super::token::{is_number_of_its_own, run};

/// The number of a mail or of a connection that a text begins with, behind what stands before it.
pub(super) fn at_start<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    match text.as_bytes().first()? {
        b'0'..=b'9' => of_exim(text, before).or_else(|| of_a_queue(text, before)),
        b'C' | b'F' => of_zeek(text, before),
        _ => None,
    }
}

/// `1jInyX-0000gBylbrg-ihjs`: the time of a mail, the number of a process, and a part of it. Where a message begins, anything may follow;
/// elsewhere what became of the mail.
fn of_exim<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    const SHAPES: [[usize; 3]; 2] = [[6, 11, 4], [6, 6, 2]];
    const FOLLOW: [&str; 14] = [
        ": ",
        " H=",
        " U=",
        " F=",
        " <=",
        " =>",
        " ->",
        " >>",
        " ==",
        " **",
        " SMTP",
        " Completed",
        " removed",
        " Spool",
    ];
    let fits = |shape: &[usize; 3]| {
        let word = text.get(..shape.iter().sum::<usize>() + 2)?;
        let mut parts = word.split('-');
        let is_part = |length: &usize| {
            parts
                .next()
                .is_some_and(|part| part.len() == *length && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        };
        shape.iter().all(is_part).then_some(word)
    };
    let id = SHAPES.iter().find_map(fits)?;
    let after = &text[id.len()..];
    let is_of_a_mail = || {
        let begins = || after.starts_with([' ', ':']) && begins_message(before);
        FOLLOW.iter().any(|follow| after.starts_with(follow)) || begins()
    };
    (id.as_bytes()[7] == b'0' && is_of_a_mail()).then_some(id)
}

/// `4bRfGhJkLmNpQrS: `, where a message begins: behind the number of the process that wrote it or the name of a mailer, a word such as
/// `warning: `, or a time.
fn of_a_queue<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    const WORDS: [&str; 5] = ["warning", "error", "fatal", "panic", "info"];
    const MAILERS: [&str; 4] = ["postfix/", "sm-mta", "sendmail", "sm-msp"];
    let id = &text[..run(text, b"")];
    if !text[id.len()..].starts_with(": ") || !is_number_of_its_own(id) {
        return None;
    }
    let is_behind_writer = || {
        let word = before.strip_suffix(": ")?.rsplit(' ').next()?;
        Some(word.ends_with(']') || WORDS.contains(&word) || MAILERS.iter().any(|mailer| word.contains(mailer)))
    };
    (is_behind_writer() == Some(true) || is_time(before)).then_some(id)
}

/// The second column of Zeek's tables, behind a time.
fn of_zeek<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let id = &text[..run(text, b"")];
    let is_column = (16..=18).contains(&id.len()) && text[id.len()..].starts_with('\t');
    (is_column && before.ends_with(' ') && is_time(before) && is_number_of_its_own(id)).then_some(id)
}

/// Whether nothing but a time and the number of a process stand before a message of exim, or of the program that brings it.
fn begins_message(before: &str) -> bool {
    let (program, time) = before
        .rsplit_once("]: ")
        .map_or((false, before), |(_, time)| (true, time));
    let time = time.strip_suffix("[#] ").unwrap_or(time);
    is_time(time) && (program || time.contains('#'))
}

/// Whether a text is nothing but a time.
fn is_time(before: &str) -> bool {
    const LONGEST: usize = 64;
    before.len() <= LONGEST
        && before
            .bytes()
            .all(|byte| matches!(byte, b'#' | b'-' | b':' | b'.' | b'+' | b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_mail_is_known_by_what_stands_around_it() {
        for (before, text) in [
            ("", "4bRfGhJkLmNpQrS: reject"),
            ("mx postfix/smtpd: ", "4bRfGhJkLmNpQrS: reject"),
            ("mx postfix/smtpd[#]: warning: ", "4bRfGhJkLmNpQrS: queue"),
            ("mx sm-mta[#]: ", "4AT4ND7T661739: ruleset=check_rcpt"),
            ("#-#-# #:#:# ", "1jInyX-0000gBylbrg-ihjs H=x"),
            ("mx exim[#]: #-#-# #:#:# [#] ", "1jInyX-0000gBylbrg-ihjs <= a@b.example"),
            ("", "1rBcDe-0001Ab-2C => bob"),
            ("#-#-# #:#:# ", "1jInyX-0000gBylbrg-ihjs DKIM: d=a.example"),
            ("#-#-# #:#:# ", "1rBcDe-0001Ab-2C Message is frozen"),
            (
                "#-#-# #:#:# +# [#] ",
                "1jInyX-0000gBylbrg-ihjs rejected after DATA: spam",
            ),
            ("mx exim[#]: ", "1jInyX-0000gBylbrg-ihjs SA: permanently rejected"),
            ("mx sm-msp-queue: ", "4AT4ND7T661739: to=x"),
            ("#.# ", "CHhAvVGS1DHFjwGM9\t203.0.113.9"),
        ] {
            let end = text.find([' ', ':', '\t']).unwrap_or(text.len());
            assert_eq!(at_start(text, before), Some(&text[..end]), "{before}{text}");
        }
        for (before, text) in [
            ("app[#]: ", "00ub1oNGT5WTBKOLGLNR granted admin"),
            ("key added for [bob]: ", "4bRfGhJkLmNpQrS"),
            ("key ", "4bRfGhJkLmNpQrS: added"),
            ("sent to ", "7x7k2m9q4xb1vt6zr@mx.example: x"),
            ("", "1jInyX-0000gBylbrg-ihjs was added"),
            ("app: ", "1jInyX-0000gBylbrg-ihjs was added"),
            ("key #-#-# ", "1jInyX-0000gBylbrg-ihjs was added"),
            ("#-#-# #:#:# ", "1jInyX-0000gBylbrg-ihjs-x was added"),
            ("okta: actor: ", "00ub1oNGT5WTBKOLGLNR: granted super admin"),
            ("vault: secret read with key: ", "4bRfGhJkLmNpQrS: ok"),
            ("av: quarantined: ", "4bRfGhJkLmNpQrS: trojan"),
            ("proxy: ", "7x7k2m9q4xb1vt6zr: connected"),
            ("", "1jInyX-web1-ab H=x"),
            ("key ", "CHhAvVGS1DHFjwGM9\tx"),
            ("#.# ", "CHhAvVGS1DHFjwGM9 x"),
            ("", "1jInyX-é0000gBylbrg"),
        ] {
            assert_eq!(at_start(text, before), None, "{before}{text}");
        }
    }
}
