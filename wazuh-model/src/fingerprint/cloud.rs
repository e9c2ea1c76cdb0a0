//! What a call to a cloud was about.

use std::borrow::Cow;

use super::mask::{GUID, is_guid, same_command};
use super::names::{Label, label};
use super::news::{self, MOST, News};
use super::pods;
use super::session;
use super::subject::{is_amount, is_told_as_news};
use super::token::is_made_up;
use super::values::Values;
use super::varies::{differs_each_time, ends_with, is_clock, is_date, name_of};
use crate::role::{Role, role};
use crate::{Actors, Alert, path, views};

/// What a call to a cloud was about: the things that it names, where they are, what it was told to do with them, and how it ended.
pub(super) fn asked(alert: &Alert) -> News {
    const NAMES: [(&str, &str); 12] = [
        ("service", "data.aws.eventSource"),
        ("account", "data.aws.recipientAccountId"),
        ("resource", "data.gcp.protoPayload.resourceName"),
        ("service", "data.gcp.protoPayload.serviceName"),
        ("key", "data.gcp.protoPayload.authenticationInfo.serviceAccountKeyName"),
        ("resource", "data.github.repo"),
        ("resource", "data.github.user"),
        ("resource", "data.github.team"),
        ("resource", "data.office365.ObjectId"),
        ("resource", "data.azure.resourceId"),
        ("resource", "data.resourceId"),
        ("region", "data.aws.awsRegion"),
    ];
    const ENDS: [&str; 10] = [
        "name",
        "arn",
        "bucket",
        "repository",
        "secretId",
        "instanceId",
        "groupId",
        "keyId",
        "userId",
        "cidrIp",
    ];
    let mut news: News = NAMES
        .into_iter()
        .filter_map(|(name, path)| Some((name, without_job(alert.text(path)?).into_owned())))
        .collect();
    let mut add = |name: &'static str, below: &str, wanted: &dyn Fn(&str) -> bool| {
        let mut count = 0;
        if let Some(value) = alert.get(below) {
            path::visit(value, &mut |path, leaf| {
                if count < MOST && wanted(name_of(path)) {
                    let text = leaf
                        .text(path)
                        .filter(|text| !text.is_empty() && !is_passing(name_of(path), text));
                    count += usize::from(text.is_some());
                    // What a setting became may hold the time.
                    let value = |text: &str| {
                        if name == "parameter" {
                            same_command(&without_times(text))
                        } else {
                            text.to_owned()
                        }
                    };
                    news.extend(text.map(|text| (name, value(&text))));
                }
            });
        }
    };
    let names = |name: &str| ENDS.iter().any(|end| ends_with(name, end));
    add("resource", "data.aws.requestParameters", &names);
    add("resource", "data.office365.Target", &|name| name == "ID");
    add("parameter", "data.office365.Parameters", &|name| name == "Value");
    add("parameter", "data.office365.ModifiedProperties", &|name| {
        name == "NewValue"
    });
    add("parameter", "data.gcp.protoPayload.serviceData", &|name| {
        matches!(name, "action" | "role" | "member")
    });
    // One that is given out for an hour is another each time.
    let key = alert.text("data.aws.userIdentity.accessKeyId");
    news.extend(
        key.filter(|key| !key.starts_with("ASIA"))
            .map(|key| ("key", key.into_owned())),
    );
    news.extend(result(alert));
    news.extend(content(alert));
    news
}

/// Whom and what a call reached. Which version of a thing was read from a bucket, and with what key of an hour, says nothing.
pub(super) fn reached(alert: &Alert, actors: &Actors<'_>) -> News {
    let mut news = news::reached(actors);
    if let Some(asked) = alert.text("data.aws.request_uri") {
        let (told, plain) = (news::same_url(&asked), news::same_url(&without_versions(&asked)));
        for (_, url) in news.iter_mut().filter(|(kind, url)| *kind == "url" && *url == told) {
            url.clone_from(&plain);
        }
    }
    news
}

/// A request without what was made up for a version or for an hour. Whatever else stands in its place is what somebody wrote there.
fn without_versions(asked: &str) -> String {
    const NAMES: [&str; 3] = ["versionId", "X-Amz-Security-Token", "X-Amz-Signature"];
    let of = |part: &str| {
        let value = part.split_once('=').filter(|(name, _)| NAMES.contains(name))?.1;
        let end = value.find(['&', ' ']).unwrap_or(value.len());
        let is_made_up = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let start = &part[..part.len() - value.len()];
        value[..end]
            .bytes()
            .all(is_made_up)
            .then(|| format!("{start}#{}", &value[end..]))
    };
    asked
        .split_inclusive(['?', '&'])
        .map(|part| of(part).map_or(Cow::Borrowed(part), Cow::Owned))
        .collect()
}

/// A resource without the name of a job that was made up for it: `projects/p/jobs/#`.
fn without_job(resource: Cow<'_, str>) -> Cow<'_, str> {
    const JOBS: &str = "/jobs/";
    const LONG: usize = 5;
    let Some(at) = resource.rfind(JOBS).map(|at| at + JOBS.len()) else {
        return resource;
    };
    let is_number = |part: &str| part.len() >= LONG && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = resource[at..].split(|c: char| !c.is_ascii_alphanumeric());
    if parts.any(|part| is_number(part) || is_made_up(part)) {
        return Cow::Owned(format!("{}#", &resource[..at]));
    }
    resource
}

/// How a call ended, and whether a second factor was asked for: why a log-on failed may say that its password was right.
fn result(alert: &Alert) -> News {
    const SECOND_FACTOR: &str = "data.aws.additionalEventData.MFAUsed";
    let code = ["data.aws.errorCode"].into_iter().chain(codes(alert));
    let code = code.filter_map(|path| alert.text(path));
    let code = code.filter(|code| !matches!(code.as_ref(), "" | "null"));
    let factor = alert
        .text(SECOND_FACTOR)
        .map(|used| format!("second factor {}", used.to_lowercase()));
    code.map(Cow::into_owned)
        .chain(factor)
        .map(|value| ("result", value))
        .collect()
}

/// Where a cloud says by a number how a call ended: 0 is a success, and what is no number is a word.
pub(super) fn codes(alert: &Alert) -> impl Iterator<Item = &'static str> {
    const NAMES: [&str; 9] = [
        "data.office365.ErrorNumber",
        "data.azure.resultType",
        "data.azure.ResultType",
        "data.azure.status.errorCode",
        "data.azure.properties.status.errorCode",
        "data.ms-graph.resultType",
        "data.ms-graph.status.errorCode",
        "data.gcp.protoPayload.status.code",
        "azure.signinlogs.result_type",
    ];
    // Azure writes its fields into `data` itself.
    const FLAT: [&str; 4] = [
        "data.resultType",
        "data.ResultType",
        "data.status.errorCode",
        "data.properties.status.errorCode",
    ];
    let flat = if views::flat_azure(alert) { FLAT.as_slice() } else { &[] };
    NAMES.iter().chain(flat).copied()
}

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
fn is_passing(name: &str, text: &str) -> bool {
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

/// All that a call was told, as one value: a policy, a port, a rule of a mailbox may stand anywhere in it.
fn content(alert: &Alert) -> Option<(&'static str, String)> {
    // What was told stands apart here from who called, and when.
    const BELOW: [&str; 5] = [
        "data.aws.requestParameters",
        "data.gcp.protoPayload.request",
        "data.gcp.protoPayload.serviceData",
        "data.gcp.protoPayload.metadata",
        "data.gcp.resource.labels",
    ];
    let mut content = Content::default();
    for below in BELOW {
        content.add(alert, below, |path| {
            let of_a_job = path.contains(".job.jobStats.") || path.contains("jobName") || ends_with(path, "job_id");
            !(of_a_job && below.contains(".gcp."))
        });
    }
    // What a service of Google logs of itself.
    content.add(alert, "data.gcp.jsonPayload", |path| {
        let name = name_of(path);
        let is_measured = || {
            let lower = name.to_ascii_lowercase();
            let measures = ["bytes", "packets", "latency", "msec"];
            is_amount(name) || measures.iter().any(|part| lower.contains(part))
        };
        !is_measured() && !path.contains("_location.") && !role(path).is_some_and(is_told_as_news)
    });
    for below in ["data.office365", "data.github"] {
        content.add(alert, below, |path| {
            !is_of_the_record(name_of(path)) && !role(path).is_some_and(is_told_as_news)
        });
    }
    // Findings and logs of other services than the one that records calls have each their own form.
    if alert.get("data.aws.eventName").is_none() {
        content.add(alert, "data.aws", |path| {
            !is_of_a_finding(path) && !is_of_the_record(name_of(path)) && !role(path).is_some_and(is_told_as_news)
        });
    }
    let flat = if views::flat_azure(alert) { "data" } else { "data.azure" };
    for below in [flat, "data.ms-graph", "azure"] {
        content.add(alert, below, |path| {
            is_told_to_azure(path) && !(path.contains("evidence") && role(path).is_some_and(is_told_as_news))
        });
    }
    content.hash()
}

/// Whether a field of a whole record tells of the record, or of each of many things that it counts.
fn is_of_the_record(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "id",
        "cv",
        "actor",
        "user_agent",
        "actor_ip",
        "OperationCount",
        "ClientInfoString",
        "ClientVersion",
        "AppPoolName",
        "Version",
    ];
    NAMES.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Whether a field of a finding or a log of Amazon says when and how often it was seen, how much was sent, what is known of a far end beside
/// its address, or where the record is kept.
fn is_of_a_finding(path: &str) -> bool {
    const NAMES: [&str; 26] = [
        // Browsers mix what they offer anew each time.
        "ja3Fingerprint",
        "ja4Fingerprint",
        "auditID",
        "resourceVersion",
        "version_id",
        "configurationStateId",
        "alert-arn",
        "title",
        "arn",
        "start",
        "end",
        "srcport",
        "host_id",
        "log_status",
        "accessKeyId",
        "total_time",
        "turn_around_time",
        "user_agent",
        "userAgent",
        "referer",
        "eventFirstSeen",
        "eventLastSeen",
        "confidence",
        "tcp_flags",
        "interface_id",
        "description",
    ];
    const BELOW: [&str; 8] = [
        ".taskDetails.arn",
        ".taskDetails.startedAt",
        "data.aws.log_info.",
        "IpDetails.",
        "additionalInfo.",
        "httpRequest.headers.",
        "remotePortDetails.",
        "requestHeadersInserted.",
    ];
    let name = name_of(path);
    is_amount(name)
        || name.contains("bytes")
        || ends_with(name, "trace_id")
        || (NAMES.contains(&name) && !path.starts_with("data.aws.resource."))
        || BELOW.iter().any(|part| path.contains(part))
}

/// Whether a field of a record of Azure or Graph holds what the call was told, how somebody signed in, or what a finding rests on.
fn is_told_to_azure(path: &str) -> bool {
    const BELOW: [&str; 7] = [
        "targetresources",
        "modifiedproperties",
        "requestbody",
        "resources",
        "additionaldetails",
        "devicedetail",
        "evidence",
    ];
    const NAMES: [&str; 13] = [
        "appdisplayname",
        "resourcedisplayname",
        "authenticationrequirement",
        "authenticationprotocol",
        "clientappused",
        "conditionalaccessstatus",
        "incomingtokentype",
        "crosstenantaccesstype",
        "risklevel",
        "riskstate",
        "riskdetail",
        "severity",
        "verdict",
    ];
    let plain = |name: &str| {
        let mut name = name.to_ascii_lowercase();
        name.retain(|c| c != '_');
        name
    };
    let name = plain(name_of(path));
    // Of a day.
    let is_of_browser = || name == "browser";
    NAMES.contains(&name.as_str())
        || name.starts_with("risklevel")
        || (path.split('.').any(|name| BELOW.contains(&plain(name).as_str())) && !is_of_browser())
}

/// Fields with their values, without what varies in them.
#[derive(Debug, Default)]
struct Content(Values);

impl Content {
    fn add(&mut self, alert: &Alert, below: &str, wanted: impl Fn(&str) -> bool) {
        let Some(value) = alert.get(below) else { return };
        // Lists of names with values: the name stands in a field of its own.
        let mut named = (String::new(), String::new());
        path::visit_below(below, value, &mut |path, leaf| {
            let name = name_of(path);
            let Some(text) = leaf.text(path).filter(|text| !text.is_empty()) else {
                return;
            };
            let list = path.rsplit_once('.').map_or("", |(list, _)| list);
            if ends_with(name, "name") {
                named = (list.to_owned(), text.clone().into_owned());
            }
            let is_value = ["value", "newValue"].iter().any(|end| name.eq_ignore_ascii_case(end));
            let of_a_name = is_value && named.0 == list;
            let text = same_caller(text);
            let passes = |name: &str| is_passing(name, &text) || (differs_each_time(name, &text) && !is_target(path));
            // Of a record that Google keeps; others call keys so.
            let is_mark = below.starts_with("data.gcp.") && ends_with(name, "fingerprint");
            // Given out for an hour.
            let is_temporary_key = ends_with(name, "accessKeyId") && text.starts_with("ASIA");
            if !wanted(path) || is_mark || is_temporary_key || passes(name) || (of_a_name && passes(&named.1)) {
                return;
            }
            let text = match role(path) {
                Some(Role::Image(_) | Role::CommandLine(_)) => same_command(&text),
                // What a page was asked with.
                _ if matches!(name, "args" | "matchedData") => same_command(&text),
                _ if is_of_a_pod(path) => pods::set_of(&text).unwrap_or(&text).to_owned(),
                _ => without_ids(&without_times(&text)),
            };
            self.0.push(format!("{path}={text}"));
        });
    }

    fn hash(self) -> Option<(&'static str, String)> {
        let content = self.0.sorted();
        (!content.is_empty()).then(|| ("content", news::hash(content.iter().map(String::as_str))))
    }
}

/// Whether a field names a pod, in a record of Kubernetes or of who runs it.
fn is_of_a_pod(path: &str) -> bool {
    const BELOW: [&str; 3] = [".objectRef.", ".involvedObject.", ".kubernetesWorkloadDetails."];
    let name = name_of(path);
    ends_with(name, "pod_name") || (name == "name" && BELOW.iter().any(|below| path.contains(below)))
}

/// Whether a field is the number of a thing that a call was told, and not of the call.
fn is_target(path: &str) -> bool {
    const TOLD: [&str; 2] = ["data.aws.requestParameters.", "data.gcp.protoPayload.request."];
    // Those of a list number its entries.
    let stands_below = |below: &&str| path.strip_prefix(*below).is_some_and(|name| !name.contains('.'));
    let is_told = || TOLD.iter().any(stands_below) || is_told_to_azure(path);
    name_of(path).eq_ignore_ascii_case("id") && is_told() && !path.contains("evidence")
}

/// Who called without the session that a program has made up: by an arn or by the id of a role.
fn same_caller(text: Cow<'_, str>) -> Cow<'_, str> {
    let of_an_id = || {
        let (id, session) = text.split_once(':').filter(|(id, _)| id.starts_with("AROA"))?;
        Some((id, session::named(session)))
    };
    let Some((role, session)) = session::without_session(&text).or_else(of_an_id) else {
        return text;
    };
    Cow::Owned(format!("{role} {}", session.unwrap_or_default()))
}

/// A text without the times in it: a document has them between others of its words.
fn without_times(text: &str) -> String {
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
fn without_ids(text: &str) -> String {
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
