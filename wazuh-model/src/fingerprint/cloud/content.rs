//! What a call to a cloud was told.

use std::borrow::Cow;

use serde_json::Value;

use super::azure::{self, is_told_to_azure};
use super::passing::{
    is_one_token, is_passing, names_streams, same_caller, same_message, same_stream, without_ids, without_times,
};
use super::{fields, finding, without_job};
use crate::fingerprint::mask::{GUID, is_guid, masked_line, same_command};
use crate::fingerprint::subject::is_amount;
use crate::fingerprint::token::is_token;
use crate::fingerprint::values::Values;
use crate::fingerprint::varies::{differs_each_time, ends_with, is_date, name_of};
use crate::fingerprint::{line, news, pods};
use crate::role::{Role, Side, role};
use crate::{Alert, Generation, path, views};

/// Where a field of a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the record itself: what its name says is told apart.
    Field,
    /// In a text of the record, which nothing else reads.
    Text,
}

/// A name in small letters, without what some put between its words.
pub(super) fn plain(name: &str) -> String {
    let mut name = name.to_ascii_lowercase();
    name.retain(|c| c != '_');
    name
}

/// All that a call was told, as one value: a policy, a port, a rule of a mailbox may stand anywhere in it.
pub(super) fn content(alert: &Alert) -> Option<(&'static str, String)> {
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
    content.add(alert, "data.aws.resources", |path| {
        name_of(path).eq_ignore_ascii_case("arn")
    });
    // What a service of Google logs of itself.
    content.add(alert, "data.gcp.jsonPayload", |path| {
        !is_measured(name_of(path)) && !path.contains("_location.") && !is_told_apart(path)
    });
    for below in ["data.office365", "data.github"] {
        content.add(alert, below, |path| {
            !is_of_the_record(name_of(path)) && !is_told_apart(path)
        });
    }
    // Findings and logs of other services than the one that records calls have each their own form.
    if alert.get("data.aws.eventName").is_none() {
        content.add(alert, "data.aws", |path| {
            !is_of_a_finding(path) && !is_of_the_record(name_of(path)) && !is_told_apart(path)
        });
    }
    let record = if views::flat_azure(alert) { "data" } else { "data.azure" };
    let told = |path: &str| is_told_to_azure(path) && !(path.contains("evidence") && is_told_apart(path));
    if let Some(value) = alert.get(record) {
        let is_of_a_caller = azure::is_of_a_caller(alert, record);
        let is_told = |path: &str| is_of_a_caller || azure::is_of_the_request(path);
        content.add_whole(record, value, is_told, |path, place| {
            if is_of_a_caller {
                told(path)
            } else {
                azure::is_of_the_request(path) || azure::is_told_of_a_resource(path, place)
            }
        });
    }
    content.add(alert, "data.ms-graph", told);
    if alert.generation() == Generation::Five {
        for (name, value) in alert.body().as_object().into_iter().flatten() {
            content.add_whole(name, value, finding::is_below_told, finding::is_told);
        }
    }
    content.hash()
}

/// Whether the template tells a field of a call apart. It knows neither the domain of an account, nor programs, nor what a machine called
/// itself beside its address. What is called an address of no end may be one of a mail.
pub(super) fn is_told_apart(path: &str) -> bool {
    match role(path) {
        Some(Role::Port(Side::Source)) => !is_far_port(path),
        Some(
            Role::User(_)
            | Role::Ip(Side::Source | Side::Destination)
            | Role::Port(Side::Destination)
            | Role::Domain
            | Role::Peer
            | Role::Url
            | Role::Hash
            | Role::File
            | Role::ProcessId(_),
        ) => true,
        _ => false,
    }
}

/// Whether a port is that of the end which a machine calls remote: it may have been reached there as well as come from there.
fn is_far_port(path: &str) -> bool {
    plain(name_of(path)).contains("remote")
}

/// Whether a port was given out for a connection.
fn is_given_out(path: &str, text: &str) -> bool {
    let name = name_of(path);
    ends_with(name, "port")
        && role(path) == Some(Role::Port(Side::Source))
        && (!is_far_port(path) || text.parse().is_ok_and(|port: u16| port >= news::FIRST_PASSING_PORT))
}

/// Whether a field of a whole record tells of the record, or of each of many things that it counts.
pub(super) fn is_of_the_record(name: &str) -> bool {
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
pub(super) fn is_of_a_finding(path: &str) -> bool {
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
    // Wazuh 5 puts the words of a name apart.
    let is_apart = || {
        let joined = name.contains('_').then(|| plain(name));
        joined.is_some_and(|name| NAMES.iter().any(|own| plain(own) == name))
    };
    // Of processes that a sensor saw in a machine or a container.
    let is_of_a_process = || {
        let plain = plain(name);
        ["uuid", "parentuuid", "namespacepid"].contains(&plain.as_str())
            && ["runtimeDetails.", "runtime_details."]
                .iter()
                .any(|part| path.contains(part))
    };
    is_amount(name)
        || name.contains("bytes")
        || ends_with(name, "trace_id")
        || is_of_a_process()
        || ((NAMES.contains(&name) || is_apart()) && !path.starts_with("data.aws.resource."))
        || BELOW.iter().any(|part| path.contains(part))
}

/// Whether a field says how much there was of something or how long it took.
pub(super) fn is_measured(name: &str) -> bool {
    const PARTS: [&str; 9] = [
        "bytes",
        "packets",
        "latency",
        "msec",
        "millisec",
        "duration",
        "elapsed",
        "timetaken",
        "time_taken",
    ];
    let lower = name.to_ascii_lowercase();
    is_amount(name) || PARTS.iter().any(|part| lower.contains(part))
}

/// Fields with their values, without what varies in them.
#[derive(Debug, Default)]
struct Content(Values);

impl Content {
    /// Adds fields whose form is known.
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
            if !wanted(path)
                || is_mark
                || is_temporary_key
                || is_given_out(path, &text)
                || passes(name)
                || (of_a_name && passes(&named.1))
            {
                return;
            }
            // What a page was asked with.
            let is_asked = matches!(name, "args" | "matchedData");
            self.push(path, &text, is_asked);
        });
    }

    /// Adds fields of a record of any form. Some of its texts hold fields themselves; `wanted` is told of those, too. Of what a call was told
    /// every number counts.
    fn add_whole(
        &mut self,
        below: &str,
        value: &Value,
        is_told: impl Fn(&str) -> bool,
        wanted: impl Fn(&str, Place) -> bool,
    ) {
        let mut named = (String::new(), String::new());
        let is_flat = below == "data";
        let mut add = |path: &str, text: Cow<'_, str>, place: Place, by_java: bool| {
            let column = path;
            let path = if is_flat { without_type(column) } else { column };
            // What is told apart is so by its whole name.
            let place = if path.len() < column.len() { Place::Text } else { place };
            let name = name_of(path);
            let list = path.rsplit_once('.').map_or("", |(list, _)| list);
            if ends_with(name, "name") {
                named = (list.to_owned(), text.clone().into_owned());
            }
            let of_a_name = named.0 == list && matches!(plain(name).as_str(), "value" | "newvalue");
            let text = same_caller(text);
            // Java sets no mark around what a value holds: it may look like the next field.
            let differs = |path: &str| {
                ((!by_java || is_one_token(&text)) && passes_in_a_record(name_of(path), &text))
                    || differs_each_time(path, &text)
            };
            let is_program = || plain(&named.1) == "useragent";
            let passes = (differs(path) && !is_target(path)) || (of_a_name && (differs(&named.1) || is_program()));
            // Of a record that Google keeps.
            let is_mark = path.starts_with("gcp.audit.") && ends_with(name, "fingerprint");
            let is_told = is_told(path);
            // Of a request that is one text every number counts, too.
            let passes = passes && !(is_told && azure::is_of_the_request(path));
            if text.is_empty() || !wanted(path, place) || passes || is_mark {
                return;
            }
            if !is_told && is_given_out(path, &text) {
                return;
            }
            if !is_told && is_of_a_run(name, &text) {
                return;
            }
            if !is_told && is_a_line(path, &text) {
                self.push_line(path, &text);
            } else {
                self.push(path, &text, !is_told && is_asked_of_a_page(path));
            }
            if azure::is_of_the_request(path) {
                for month in months(&text) {
                    self.0.push(format!("{path} {month}"));
                }
            }
        };
        path::visit_below(below, value, &mut |path, leaf| {
            let Some(text) = leaf.text(path) else { return };
            // As Azure's own tables have them.
            let holds_all = || name_of(path).eq_ignore_ascii_case("properties");
            if !wanted(path, Place::Field) && !holds_all() {
                return;
            }
            // What a request holds may be of any form.
            let is_whole = azure::is_of_the_request(path) || (is_told(path) && !holds_fields(path));
            match fields::within(&text).filter(|_| !is_whole) {
                Some(fields) => path::visit_below(path, &fields, &mut |path, leaf| {
                    if let Some(text) = leaf.text(path) {
                        add(path, text, Place::Text, fields.is_array());
                    }
                }),
                None => add(path, text, Place::Field, false),
            }
        });
    }

    /// Adds a line of a log, as one that stands alone: ports, records and processes have numbers in it.
    fn push_line(&mut self, path: &str, text: &str) {
        self.0.push(format!("{path}={}", masked_line(text)));
        if text.starts_with('<') {
            for code in codes_in_tags(text) {
                self.0.push(format!("{path} {code}"));
            }
        }
        for (name, value) in line::told(text) {
            self.0.push(format!("{path} {name}={value}"));
        }
    }

    fn push(&mut self, path: &str, text: &str, is_asked: bool) {
        let name = name_of(path);
        let text = match role(path) {
            Some(Role::Image(_) | Role::CommandLine(_)) => same_command(text),
            _ if is_asked => same_command(text),
            _ if is_of_a_pod(path) => pods::set_of(text).unwrap_or(text).to_owned(),
            _ if ends_with(name, "resource_name") => without_job(Cow::Borrowed(text)).into_owned(),
            _ if ends_with(name, "error_message") => same_message(text),
            _ if names_streams(name) => same_stream(text),
            _ => without_ids(&without_times(text)),
        };
        self.0.push(format!("{path}={text}"));
    }

    fn hash(self) -> Option<(&'static str, String)> {
        let content = self.0.sorted();
        (!content.is_empty()).then(|| ("content", news::hash(content.iter().map(String::as_str))))
    }
}

/// A name without the type that a table of Azure puts behind it: `statement_s`.
fn without_type(path: &str) -> &str {
    const TYPES: [&str; 5] = ["_s", "_d", "_g", "_b", "_t"];
    let cut = TYPES.iter().find_map(|kind| path.strip_suffix(kind));
    cut.filter(|path| !path.is_empty()).unwrap_or(path)
}

/// Whether a text that a call was told holds fields: columns of Azure's own tables, and what Wazuh 5 keeps as one text.
fn holds_fields(path: &str) -> bool {
    const NAMES: [&str; 6] = [
        "properties",
        "targetresources",
        "additionaldetails",
        "requestparameters",
        "parameters",
        "servicedata",
    ];
    NAMES.contains(&plain(name_of(path)).as_str())
}

/// Whether a field of a record of any form is of one call alone.
fn passes_in_a_record(name: &str, text: &str) -> bool {
    let plain = plain(name);
    let is_temporary_key = plain.ends_with("accesskeyid") && text.starts_with("ASIA");
    // That of a token is another each hour; a key of an account is told by its name, too: `key1(…)`.
    let is_of_a_token = plain == "authenticationhash" && !text.contains('(');
    is_temporary_key || is_of_a_token || is_passing(name, text) || is_passing(&plain, text)
}

/// Whether a field is the number that was made up for a run or the like. What keeps its own has one under as many names.
fn is_of_a_run(name: &str, text: &str) -> bool {
    const RUNS: [&str; 19] = [
        "run",
        "invocation",
        "tunnel",
        "execution",
        "job",
        "statement",
        "command",
        "query",
        "trigger",
        "batch",
        "lease",
        "deployment",
        "notification",
        "interaction",
        "task",
        "step",
        "signin",
        "activity",
        "tracking",
    ];
    if !ends_with(name, "id") {
        return false;
    }
    let name = plain(name);
    let of = &name[..name.len() - "id".len()];
    RUNS.iter().any(|run| of.ends_with(run)) && ((text.len() == GUID && is_guid(text)) || is_token(text))
}

/// Whether a field holds what a page or a database was asked with, which has numbers.
fn is_asked_of_a_page(path: &str) -> bool {
    const NAMES: [&str; 6] = [
        "args",
        "matcheddata",
        "matchvariablevalue",
        "statement",
        "originalrequesturiwithargs",
        "query",
    ];
    // A column has the names of what holds it in its own: `details_data_s`.
    const ENDS: [[&str; 2]; 3] = [
        ["details.message", "detailsmessage"],
        ["details.data", "detailsdata"],
        ["request.body.content", "requestbodycontent"],
    ];
    let name = plain(name_of(path));
    NAMES.contains(&name.as_str())
        || ["uriquery", "requestquery", "querystring"]
            .iter()
            .any(|end| name.ends_with(end))
        || path.starts_with("url.")
        || ENDS
            .iter()
            .any(|[own, column]| path.ends_with(own) || name.ends_with(column))
}

/// Whether a field holds a sentence that a program wrote, or an event of Windows as XML.
fn is_a_line(path: &str, text: &str) -> bool {
    const NAMES: [&str; 5] = ["message", "msg", "reason", "description", "log"];
    const SHORTEST: usize = 4;
    let name = name_of(path);
    // Amazon's is known better.
    let is_named = || NAMES.iter().any(|end| ends_with(name, end)) && !ends_with(name, "error_message");
    text.starts_with('<') || (is_named() && text.split_whitespace().nth(SHORTEST - 1).is_some())
}

/// The dates in a text as far as their months: what was asked for may end in days or in a hundred years.
fn months(text: &str) -> impl Iterator<Item = &str> {
    const DATE: usize = 10;
    const MONTH: usize = 7;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let dates = words.filter_map(|word| word.get(..DATE)).filter(|word| is_date(word));
    dates
        .filter(|date| date.as_bytes()[MONTH] == b'-')
        .map(|date| &date[..MONTH])
}

/// The numbers in XML that say what happened, with their tags: `error_code>18456`.
fn codes_in_tags(text: &str) -> impl Iterator<Item = &str> {
    const NAMES: [&str; 4] = ["code", "state", "status", "eventid"];
    text.split('<').filter(|element| {
        element.split_once('>').is_some_and(|(tag, value)| {
            let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            is_number && NAMES.iter().any(|name| ends_with(tag, name))
        })
    })
}

/// Whether a field names a pod, in a record of Kubernetes or of who runs it.
fn is_of_a_pod(path: &str) -> bool {
    const BELOW: [&str; 3] = [".objectRef.", ".involvedObject.", ".kubernetesWorkloadDetails."];
    let name = name_of(path);
    ends_with(name, "pod_name")
        || ends_with(name, "podName")
        || path.ends_with("pod.name")
        || path == "orchestrator.resource.name"
        || (name == "name" && BELOW.iter().any(|below| path.contains(below)))
}

/// Whether a field is the number of a thing that a call was told, and not of the call.
fn is_target(path: &str) -> bool {
    const TOLD: [&str; 2] = ["data.aws.requestParameters.", "data.gcp.protoPayload.request."];
    // Those of a list number its entries.
    let stands_below = |below: &&str| path.strip_prefix(*below).is_some_and(|name| !name.contains('.'));
    let is_told = || TOLD.iter().any(stands_below) || path.starts_with("cloud.") || is_told_to_azure(path);
    let name = name_of(path);
    // Sensors number processes so, and Dynamics what it keeps.
    let is_entity = || ends_with(name, "EntityId") && !ends_with(name, "AlertEntityId") && !path.contains("rocess");
    (name.eq_ignore_ascii_case("id") && is_told() && !path.contains("evidence")) || is_entity()
}
