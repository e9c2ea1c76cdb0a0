//! What a record of a cloud says that differs each time the same thing happens.

use std::borrow::Cow;

use crate::fingerprint::mask::{GUID, is_guid};
use crate::fingerprint::session;
use crate::fingerprint::varies::{differs_each_time, ends_with, is_clock, is_date};

/// Made up for each call, for each version of a thing, told by the call before, or the same thing once more.
const PASSING: [&str; 37] = [
    "X-Amz-Signature",
    "X-Amz-Date",
    "Expires",
    "queryExecutionId",
    "receiptHandle",
    "messageDeduplicationId",
    "IncidentId",
    "check_suite_id",
    "trigger_id",
    "runner_id",
    "workflow_shas",
    "UniqueCount",
    "token_id",
    "token",
    "tokenId",
    "roleSessionName",
    "requestId",
    "uploadId",
    "partNumber",
    "insertId",
    "marker",
    "OldValue",
    "InterSystemsId",
    "IntraSystemId",
    "UniqueSharingId",
    "ActivityId",
    "AlertId",
    "AlertEntityId",
    "DeepLink",
    "MessageId",
    "ImmutableId",
    "SizeInBytes",
    "OriginatingServer",
    "_document_id",
    "run_id",
    "run_number",
    "head_sha",
];

/// Whether a field of a call says nothing of what it was told.
pub(super) fn is_passing(name: &str, text: &str) -> bool {
    // `imageTag` ends so, too.
    const WHOLE: &str = "etag";
    PASSING.iter().any(|end| ends_with(name, end))
        || name.eq_ignore_ascii_case(WHOLE)
        // A machine of GitHub's own, which is gone after the job.
        || (name == "runner_name" && text.starts_with("GitHub Actions "))
}

/// Whether a text may be a token or a mark: what has another character in it says something.
pub(super) fn is_one_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:/+=@%~#".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// Whether a field names streams of a log.
pub(super) fn names_streams(name: &str) -> bool {
    ends_with(name, "logStreamName") || ends_with(name, "logStreamNames")
}

/// The name of a stream without what a service puts into it for each that it opens: a date, a version, and a number that was made up.
/// Its words and other numbers are of what writes there.
pub(super) fn same_stream(name: &str) -> String {
    const MADE_UP: usize = 32;
    const DATE: usize = 10;
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let starts = plain.chars().next_back().is_none_or(|c| !c.is_ascii_alphanumeric());
        let digits = || rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let length = if starts && rest.get(..DATE).is_some_and(is_path_of_a_date) {
            DATE + usize::from(rest[DATE..].starts_with('/'))
        } else if first == '[' {
            version(rest).map_or(0, |version| version.len() + 2)
        } else if starts && is_guid(rest) {
            GUID
        } else if starts && digits() >= MADE_UP {
            digits()
        } else {
            0
        };
        if length == 0 {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        if !plain.ends_with('#') {
            plain.push('#');
        }
        rest = &rest[length..];
    }
    plain
}

/// The version of a function that a text begins with in brackets: `[$LATEST]`, `[12]`.
fn version(text: &str) -> Option<&str> {
    const LONGEST: usize = 8;
    let inner = text.strip_prefix('[')?;
    let end = inner.bytes().take(LONGEST).position(|byte| byte == b']')?;
    let version = &inner[..end];
    (version == "$LATEST" || version.bytes().all(|byte| byte.is_ascii_digit())).then_some(version)
}

/// Whether a text is a date in the form of folders: `2026/11/29`.
fn is_path_of_a_date(text: &str) -> bool {
    let is_part = |(at, byte): (usize, u8)| {
        if matches!(at, 4 | 7) {
            byte == b'/'
        } else {
            byte.is_ascii_digit()
        }
    };
    text.bytes().enumerate().all(is_part)
}

/// Who called without the session that a program has made up: by an arn or by the id of a role.
pub(super) fn same_caller(text: Cow<'_, str>) -> Cow<'_, str> {
    let of_an_id = || {
        let (id, session) = text.split_once(':').filter(|(id, _)| id.starts_with("AROA"))?;
        Some((id, session::named(session)))
    };
    let Some((role, session)) = session::without_session(&text).or_else(of_an_id) else {
        return text;
    };
    Cow::Owned(format!("{role} {}", session.unwrap_or_default()))
}

/// A sentence on why a call failed without what is of that call alone: times, numbers of requests, sessions of roles, streams of logs that
/// are named after a time, and what only Amazon can read.
pub(super) fn same_message(text: &str) -> String {
    // Looking back costs the same however long the text is.
    const MOST: usize = 16;
    const ENCODED: &str = "Encoded authorization failure message:";
    // Of a time in seconds.
    const SHORTEST: usize = 9;
    let text = text.find(ENCODED).map_or(text, |at| &text[..at]);
    let words = without_ids(&without_times(&without_streams(text)));
    let mut plain = String::with_capacity(words.len());
    for word in words.split(' ') {
        let said = &plain[plain.ceil_char_boundary(plain.len().saturating_sub(MOST))..];
        let said = said.trim_end_matches([' ', ':']);
        let is_of_a_request = ["request id", "requestid", "request-id"]
            .iter()
            .any(|end| ends_with(said, end));
        let is_number = || word.len() >= SHORTEST && word.bytes().all(|byte| byte.is_ascii_digit());
        let is_a_time = ends_with(said, "time") && is_number();
        plain.push_str(if plain.is_empty() { "" } else { " " });
        plain.push_str(&if is_of_a_request || is_a_time {
            Cow::Borrowed("#")
        } else {
            same_caller(Cow::Borrowed(word))
        });
    }
    plain
}

/// A text whose streams are named as [`same_stream`] does.
fn without_streams(text: &str) -> String {
    const STREAM: &str = "log-stream:";
    let mut parts = text.split(STREAM);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_at(part.find(char::is_whitespace).unwrap_or(part.len()));
        plain.push_str(STREAM);
        plain.push_str(&same_stream(name));
        plain.push_str(rest);
    }
    plain
}

/// A text without the times in it: a document has them between others of its words.
pub(super) fn without_times(text: &str) -> String {
    // Most texts are words.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let is_time = |word: &str| {
        let short = || word.as_bytes().get(1) == Some(&b':') && is_clock(&format!("0{word}"));
        differs_each_time("", word) || is_date(word) || is_clock(word) || short()
    };
    text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | ',' | '[' | ']' | '{' | '}' | '(' | ')'))
        .filter(|word| !word.is_empty() && !is_time(word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A text without the GUIDs that are said to be of a request, a session or the like. That of a role or of somebody is what it is about.
pub(super) fn without_ids(text: &str) -> String {
    // Most texts are shorter.
    if text.len() < GUID {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if is_guid(rest) && is_said_of_a_call(&out) {
            out.push('#');
            rest = &rest[GUID..];
            continue;
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// Whether the words before a GUID say that it is of a call: `Request ID: `, `"correlationId":"`. Others are of what was asked for: a
/// permission, a group, a tenant.
fn is_said_of_a_call(before: &str) -> bool {
    const CALLS: [&str; 12] = [
        "activity",
        "tracking",
        "job",
        "run",
        "execution",
        "request",
        "session",
        "correlation",
        "trace",
        "operation",
        "transaction",
        "message",
    ];
    // The longest name, and what stands between it and the value: looking back costs the same however long the text is.
    const MOST: usize = 32;
    let before = &before[before.ceil_char_boundary(before.len().saturating_sub(MOST))..];
    let before = before.trim_end_matches(|c: char| !c.is_alphanumeric());
    let name = before.rsplit([',', ';', '{', '}', '[', ']']).next().unwrap_or_default();
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = if ends_with(&name, "id") {
        &name[..name.len() - 2]
    } else {
        &name
    };
    CALLS.iter().any(|call| ends_with(name, call))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_number_of_a_call_is_left_out_of_a_text() {
        let guid = "5770385f-c22a-43e0-bf4c-06f5698ffbd9";
        for before in [
            "Request ID: ",
            "x-ms-request-id=",
            "\"correlationId\":\"",
            "Trace ID: ",
            "session ",
        ] {
            assert_eq!(without_ids(&format!("{before}{guid}")), format!("{before}#"));
        }
        for before in [
            "\"EntitlementId\":\"",
            "objectId=",
            "groupId: ",
            "sid=",
            "\"message\":\"\",\"id\":\"",
            "code ",
            "",
        ] {
            let text = format!("{before}{guid}");
            assert_eq!(without_ids(&text), text);
        }
    }

    #[test]
    fn a_stream_of_a_log_keeps_its_words() {
        for (name, plain) in [
            ("2026/11/29/[$LATEST]0123456789abcdef0123456789abcdef", "#"),
            ("2026/11/29/pay[12]0123456789abcdef0123456789abcdef", "#pay#"),
            ("web/app/0f3c9a7be1d24c5f8a6b7c8d9e0f1a2b", "web/app/#"),
            (
                "o-abc_111122223333_CloudTrail_eu-central-1",
                "o-abc_111122223333_CloudTrail_eu-central-1",
            ),
            ("i-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60718"),
            ("5770385f-c22a-43e0-bf4c-06f5698ffbd9/stdout", "#/stdout"),
            ("audit", "audit"),
            ("audit[payroll]", "audit[payroll]"),
            ("é/2026/11/29", "é/#"),
        ] {
            assert_eq!(same_stream(name), plain);
        }
    }

    #[test]
    fn a_token_is_one_word() {
        for text in ["q8Zt1xKp==", "a/1", "arn:aws:s3:::b", "5\"", ""] {
            assert_eq!(is_one_token(text), !matches!(text, "5\"" | ""), "{text}");
        }
        assert!(!is_one_token("1; id") && !is_one_token("1;id") && !is_one_token("1|sh"));
    }
}
