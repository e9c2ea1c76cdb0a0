//! What a call to a cloud was about.

mod azure;
mod content;
mod fields;
mod finding;
mod passing;

use std::borrow::Cow;

use self::content::content;
use self::passing::{is_passing, names_streams, same_caller, same_message, same_stream, without_times};
use super::mask::same_command;
use super::news::{self, MOST, News};
use super::token::is_made_up;
use super::varies::{ends_with, name_of};
use crate::{Actors, Alert, path, views};

/// What a call to a cloud was about: the things that it names, where they are, what it was told to do with them, and how it ended.
pub(super) fn asked(alert: &Alert) -> News {
    const NAMES: [(&str, &str); 16] = [
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
        ("resource", "data._ResourceId"),
        ("resource", "data.ResourceId"),
        ("region", "data.aws.awsRegion"),
        ("region", "cloud.region"),
        ("account", "cloud.account.id"),
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
                        if names_streams(name_of(path)) {
                            same_stream(text)
                        } else if name == "parameter" {
                            same_command(&without_times(text))
                        } else {
                            same_caller(Cow::Borrowed(text)).into_owned()
                        }
                    };
                    news.extend(text.map(|text| (name, value(&text))));
                }
            });
        }
    };
    let names = |name: &str| ENDS.iter().any(|end| ends_with(name, end));
    add("resource", "data.aws.requestParameters", &names);
    add("resource", "data.aws.resources", &|name| {
        name.eq_ignore_ascii_case("arn")
    });
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
    news.extend(token(alert));
    news.extend(result(alert));
    news.extend(content(alert));
    news
}

/// By which token of somebody GitHub was asked. That of an app is given out for an hour.
fn token(alert: &Alert) -> Option<(&'static str, String)> {
    const OF_AN_APP: &str = "server token";
    let record = ["data.github", "github"].iter().find_map(|path| alert.get(path))?;
    let kind = path::text(record, "programmatic_access_type").unwrap_or_default();
    let token = path::text(record, "hashed_token").filter(|token| !token.is_empty())?;
    (!kind.contains(OF_AN_APP)).then(|| ("key", token.into_owned()))
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
    const CREDENTIALS: [&str; 2] = [
        "data.aws.serviceEventDetails.CredentialType",
        "data.aws.additionalEventData.CredentialType",
    ];
    let code = ["data.aws.errorCode"].into_iter().chain(codes(alert));
    let code = code.filter_map(|path| alert.text(path));
    let code = code.filter(|code| !matches!(code.as_ref(), "" | "null"));
    let factor = alert
        .text(SECOND_FACTOR)
        .map(|used| format!("second factor {}", used.to_lowercase()));
    let credentials = CREDENTIALS.iter().find_map(|path| alert.text(path));
    // Where Amazon refuses it keeps no parameters: only its sentence says what was asked for. Apart, since there are many.
    let reason = alert.text("data.aws.errorMessage").map(|text| same_message(&text));
    let reason = reason.filter(|reason| !reason.is_empty());
    code.map(Cow::into_owned)
        .chain(factor)
        .chain(credentials.map(|kind| format!("by {}", kind.to_lowercase())))
        .chain(words(alert).map(|word| word.to_lowercase()))
        .chain(answer(alert))
        .filter(|result| !result.is_empty())
        .map(|value| ("result", value))
        .chain(reason.map(|value| ("reason", value)))
        .collect()
}

/// How a balancer of Google's answered a request: by its method and the class of its status.
fn answer(alert: &Alert) -> Option<String> {
    let request = alert.get("data.gcp.httpRequest")?;
    let text = |path: &str| path::text(request, path).unwrap_or_default();
    let class: String = text("status").chars().take(1).collect();
    Some(format!("{} {class}", text("requestMethod")).trim().to_owned())
}

/// Where Amazon says in a word how a step of a log-on ended, under the name of the step: `"CheckMfa": "Failure"`.
pub(super) fn words(alert: &Alert) -> impl Iterator<Item = Cow<'_, str>> {
    let step = alert.text_of("data.aws.eventName");
    step.into_iter().flat_map(move |step| {
        ["data.aws.responseElements", "data.aws.serviceEventDetails"]
            .into_iter()
            .filter_map(move |below| path::text(alert.get(below)?, step))
    })
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
