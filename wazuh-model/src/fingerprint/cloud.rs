//! What a call to a cloud was about.

use super::mask::same_command;
use super::news::{self, MOST, News};
use super::values::Values;
use super::varies::{differs_each_time, ends_with, is_clock, is_date, name_of};
use crate::{Alert, path};

/// What a call to a cloud was about: the things that it names, where they are, and what it was told to do with them.
pub(super) fn asked(alert: &Alert) -> News {
    const NAMES: [(&str, &str); 8] = [
        ("resource", "data.gcp.protoPayload.resourceName"),
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
        .filter_map(|(name, path)| Some((name, alert.text(path)?.into_owned())))
        .collect();
    let mut add = |name: &'static str, below: &str, wanted: &dyn Fn(&str) -> bool| {
        let mut count = 0;
        if let Some(value) = alert.get(below) {
            path::visit(value, &mut |path, leaf| {
                if count < MOST && wanted(name_of(path)) {
                    let text = leaf.text(path).filter(|text| !text.is_empty());
                    count += usize::from(text.is_some());
                    // What a setting became may hold the time.
                    let value = |text: &str| {
                        if name == "parameter" {
                            same_command(text)
                        } else {
                            text.to_owned()
                        }
                    };
                    news.extend(text.map(|text| (name, value(&text))));
                }
            });
        }
    };
    // A name of a session is made up for each.
    let names = |name: &str| name != "roleSessionName" && ENDS.iter().any(|end| ends_with(name, end));
    add("resource", "data.aws.requestParameters", &names);
    add("resource", "data.office365.Target", &|name| name == "ID");
    add("parameter", "data.office365.Parameters", &|name| name == "Value");
    add("parameter", "data.office365.ModifiedProperties", &|name| {
        name == "NewValue"
    });
    add("parameter", "data.gcp.protoPayload.serviceData", &|name| {
        matches!(name, "action" | "role" | "member")
    });
    news.extend(content(alert));
    news
}

/// All that a call was told, as one value: a policy, a port, a rule of a mailbox may stand anywhere in it.
fn content(alert: &Alert) -> Option<(&'static str, String)> {
    const BELOW: [&str; 5] = [
        "data.aws.requestParameters",
        "data.office365.Parameters",
        "data.office365.ModifiedProperties",
        "data.gcp.protoPayload.request",
        "data.gcp.protoPayload.serviceData",
    ];
    // Made up for each call, for each version of a thing, or told by the call before.
    const PASSING: [&str; 9] = [
        "token",
        "roleSessionName",
        "etag",
        "fingerprint",
        "requestId",
        "uploadId",
        "partNumber",
        "insertId",
        "OldValue",
    ];
    let mut content = Values::default();
    for below in BELOW {
        let Some(value) = alert.get(below) else { continue };
        path::visit(value, &mut |path, leaf| {
            let name = name_of(path);
            let passing = PASSING.iter().any(|end| ends_with(name, end));
            if let Some(text) = leaf.text(path).filter(|_| !passing)
                && !text.is_empty()
                && !differs_each_time(path, &text)
            {
                content.push(format!("{path}={}", without_times(&text)));
            }
        });
    }
    let content = content.sorted();
    (!content.is_empty()).then(|| ("content", news::hash(content.iter().map(String::as_str))))
}

/// A text without the times in it: a document has them between others of its words.
fn without_times(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | ']' | '{' | '}' | '(' | ')'))
        .filter(|word| !word.is_empty() && !differs_each_time("", word) && !is_date(word) && !is_clock(word))
        .collect::<Vec<_>>()
        .join(" ")
}
