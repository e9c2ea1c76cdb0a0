//! What a record of a cloud says that differs each time the same thing happens.

use std::borrow::Cow;

use crate::fingerprint::mask::{GUID, is_guid};
use crate::fingerprint::names::{Label, label};
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
    // Those of a service are named after a time and a process; others somebody has named.
    const NUMBERED: usize = 8;
    // `imageTag` ends so, too.
    const WHOLE: &str = "etag";
    PASSING.iter().any(|end| ends_with(name, end))
        || name.eq_ignore_ascii_case(WHOLE)
        // A machine of GitHub's own, which is gone after the job.
        || (name == "runner_name" && text.starts_with("GitHub Actions "))
        || (ends_with(name, "logStreamName") && text.bytes().filter(u8::is_ascii_digit).count() >= NUMBERED)
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

/// A text without the names of streams that say nothing.
fn without_streams(text: &str) -> String {
    const STREAM: &str = "log-stream:";
    let mut parts = text.split(STREAM);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_at(part.find(char::is_whitespace).unwrap_or(part.len()));
        plain.push_str(STREAM);
        plain.push_str(if is_passing("logStreamName", name) { "#" } else { name });
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
        let is_of_the_call = || matches!(label(&out), Some(Label::Id | Label::Session | Label::Code));
        if is_guid(rest) && is_of_the_call() {
            out.push('#');
            rest = &rest[GUID..];
            continue;
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    out
}
