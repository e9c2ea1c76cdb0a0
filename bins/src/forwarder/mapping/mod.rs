//! From a Wazuh alert to an IRIS alert.
//!
//! Everything in an alert may have been written by an attacker, and anything may hold a secret. So secrets are masked in the alert
//! first, and all else is made of that; what is shown in IRIS goes through `neutral`, and the alert itself stands only in the
//! source content.

mod content;
mod customer;
mod describe;
mod headline;
mod host;
mod installed;
mod iocs;
mod link;
mod neutral;
mod products;
mod windows;

use std::sync::Arc;

use iris_client::{CustomerId, NewAlert, NewAsset};
use serde_json::{Map, Value, json};
use triage_core::{Redactor, RedactorSettings};
use wazuh_model::{Alert, Os, OwnNetworks};

use uuid::Uuid;

pub(crate) use customer::of as customer_of;

use super::hook::LARGEST;
use super::ids::Ids;
use super::noise::{self, Action, Allowlist, Rule};
use super::queue::{Due, FoldReport};
use super::target::Target;
use crate::settings::{ForwardSettings, Severity};

/// Most techniques that become tags: IRIS keeps every tag for ever.
const MOST_TECHNIQUES: usize = 20;
/// The longest title of what IRIS refuses as it is, in bytes.
const LONGEST_PLAIN_TITLE: usize = 256;
/// The longest title, in bytes: more is no title. IRIS's own limit is far above.
const LONGEST_TITLE: usize = 400;
/// What of it may be the rule's text, and the name of the machine.
const LONGEST_RULE: usize = 200;
const LONGEST_HOST: usize = 64;
/// The longest plain text that is sent when IRIS refuses the alert itself, in bytes.
const LONGEST_PLAIN: usize = 20_000;

/// How alerts look in IRIS.
#[derive(Debug)]
pub struct Mapping {
    settings: ForwardSettings,
    own: OwnNetworks,
    redactor: Option<Redactor>,
    link: Option<String>,
    allowlist: Arc<Allowlist>,
}

/// What an allowlist rule that does not drop an alert changes on it.
#[derive(Debug, Default)]
struct Marks {
    tag: Option<String>,
    most_level: Option<u8>,
    no_ai: bool,
}

impl Marks {
    /// The level that decides about the severity.
    fn capped(&self, alert: &Alert) -> u8 {
        noise::level(alert).min(self.most_level.unwrap_or(u8::MAX))
    }
}

impl Mapping {
    /// From settings.
    pub fn new(settings: &ForwardSettings) -> Result<Self, triage_core::RedactorError> {
        let networks = settings.own_networks.iter().filter_map(|text| {
            text.parse::<ipnet::IpNet>()
                .or_else(|_| text.parse::<std::net::IpAddr>().map(Into::into))
                .ok()
        });
        let redactor = settings
            .mask_secrets
            .then(|| Redactor::new(RedactorSettings::default()))
            .transpose()?;
        Ok(Self {
            settings: settings.clone(),
            own: OwnNetworks::new(networks, &settings.own_domains),
            redactor,
            link: settings
                .link_template
                .clone()
                .or_else(|| settings.dashboard_url.as_deref().map(link::template)),
            allowlist: Arc::default(),
        })
    }

    /// The same under an allowlist: rules that tag, cap the severity, or keep the triage worker away.
    #[must_use]
    pub fn under(mut self, allowlist: Arc<Allowlist>) -> Self {
        self.allowlist = allowlist;
        self
    }

    fn marks(&self, alert: &Alert, due: &Due) -> Marks {
        let mut marks = Marks::default();
        match self.allowlist.decides_on(alert, due.received_us).map(Rule::action) {
            Some(Action::Tag(tag)) => marks.tag = Some(tag.clone()),
            Some(Action::CapLevel(level)) => marks.most_level = Some(*level),
            Some(Action::NoAi) => marks.no_ai = true,
            // Dropped only if the rule came after the alert was let through.
            Some(Action::Drop) | None => {}
        }
        marks
    }

    fn masked(&self, text: &str) -> String {
        self.redactor
            .as_ref()
            .map_or_else(|| text.to_owned(), |redactor| redactor.redact_text(text))
    }

    fn holds_secret(&self, text: &str) -> bool {
        // What is merely encoded is none.
        let redactor = self.redactor.as_ref();
        redactor.is_some_and(|redactor| redactor.redact_json(&mut Value::String(text.to_owned())) > 0)
    }

    /// Masks secrets in an alert; says whether there were any.
    fn mask(&self, alert: &mut Alert) -> bool {
        let mut masked = 0;
        if let Some(redactor) = &self.redactor {
            alert.edit(|object| {
                masked = redactor.redact_json(object);
                masked > 0
            });
        }
        masked > 0
    }

    fn severity(&self, level: u8, target: &Target) -> Severity {
        let own = &self.settings.severity;
        if target.severity().is_empty() {
            return own.of(level);
        }
        // Levels of a block that contradict those of the settings are left aside.
        own.with(target.severity()).as_ref().unwrap_or(own).of(level)
    }

    /// Whether rules give alerts to several customers.
    pub(crate) fn has_customers(&self) -> bool {
        !self.settings.customers.is_empty()
    }

    /// The customer that an alert is created for, and the id that it gets there.
    pub(crate) fn customer(&self, alert: Option<&Alert>, due: &Due, target: &Target) -> (CustomerId, Uuid) {
        let by_rule = alert.and_then(|alert| customer::of(alert, &self.settings.customers));
        let usual = by_rule.map_or(target.usual_customer(), CustomerId);
        (target.named_customer().unwrap_or(usual), target.uuid(due.uuid, usual))
    }
}

/// Maps an alert whole.
pub fn to_new_alert(mut alert: Alert, due: &Due, target: &Target, mapping: &Mapping, ids: &Ids) -> NewAlert {
    let settings = &mapping.settings;
    // What decides goes by the alert as it came.
    let marks = mapping.marks(&alert, due);
    let level = marks.capped(&alert);
    let (customer, uuid) = mapping.customer(Some(&alert), due, target);
    let indicators = alert.indicators(&mapping.own);
    let held_secrets = mapping.mask(&mut alert);
    let shown = &alert;
    let picture = describe::Picture::of(shown, &mapping.own);
    let (iocs, untold) = iocs::iocs(indicators, held_secrets.then_some(shown), mapping, ids);
    let mut new = NewAlert::new(
        title(&picture, due.storm, LONGEST_TITLE),
        ids.severity(mapping.severity(level, target)),
        ids.status_new,
        customer,
    )
    .uuid(uuid)
    .source(neutral::line(&settings.source_name))
    .source_ref(neutral::line(&shown.source_ref()))
    .context(context(shown, due, mapping))
    .tags(tags(shown, due, target, settings, &marks))
    .iocs(iocs);
    let description = describe::describe(picture, due.storm, &untold);
    new = new.description(neutral::text(&description));
    if let Some(time) = event_time(Some(shown), due) {
        new = new.event_time(time);
    }
    if settings.agent_asset {
        new = new.assets(assets(shown, ids));
    }
    if let Some(link) = mapping.link.as_deref().and_then(|template| link::link(shown, template)) {
        new = new.source_link(link);
    }
    new.source_content(content::capped(alert.into_value(), settings.max_content))
}

/// What is no alert, and what IRIS refuses as it is: as little as it may accept, under the same id.
pub fn to_plain_alert(due: &Due, target: &Target, mapping: &Mapping, ids: &Ids) -> NewAlert {
    let settings = &mapping.settings;
    let parsed = Alert::from_slice(&due.bytes);
    let (customer, uuid) = mapping.customer(parsed.as_ref().ok(), due, target);
    // What a rule says of an alert holds in every form: above all that no triage worker may read it.
    let marks = parsed
        .as_ref()
        .map_or_else(|_| Marks::default(), |alert| mapping.marks(alert, due));
    let (title, severity, text) = match &parsed {
        Ok(alert) => {
            let mut shown = alert.clone();
            mapping.mask(&mut shown);
            let picture = describe::Picture::of(&shown, &mapping.own);
            let title = title(&picture, due.storm, LONGEST_PLAIN_TITLE);
            let what = describe::describe(picture, due.storm, "");
            let mut text =
                format!("IRIS refused this alert as it is. This is what it says, and its text.\n\n{what}\nAlert\n");
            describe::quote(&shown.value().to_string(), LONGEST_PLAIN, &mut text);
            (title, mapping.severity(marks.capped(alert), target), text)
        }
        Err(error) => {
            let title = "Wazuh: alert that could not be read".to_owned();
            let cut = if due.bytes.len() as u64 >= LARGEST {
                "\nIt was larger than what is kept; this is its beginning."
            } else {
                ""
            };
            // Looking for secrets in megabytes takes long, and little of them is shown.
            let beginning = &due.bytes[..due.bytes.len().min(LONGEST_PLAIN * 4)];
            let own = mapping.masked(&String::from_utf8_lossy(beginning));
            let mut text = format!("{error}{cut}\n\n");
            describe::quote(&own, LONGEST_PLAIN, &mut text);
            // Nobody knows what it is: severe enough to be looked at.
            (title, Severity::High, text)
        }
    };
    let mut tags = vec!["wazuh".to_owned(), "wazuh-unparsed".to_owned()];
    tags.extend(given_tags(settings, target, &marks));
    let mut new = NewAlert::new(title, ids.severity(severity), ids.status_new, customer)
        .uuid(uuid)
        .source(neutral::line(&settings.source_name))
        .description(neutral::shortened(neutral::text(&text), LONGEST_PLAIN))
        .tags(joined(tags));
    if let Some(time) = event_time(parsed.as_ref().ok(), due) {
        new = new.event_time(time);
    }
    match &due.folded {
        Some(folded) => new.context(Value::Object(bounded(fold_report(folded, mapping)))),
        None => new,
    }
}

/// What the rule says, the machine, and what it is about. The rule's text gives way: it may repeat what an attacker wrote, at any length.
fn title(picture: &describe::Picture<'_>, storm: bool, most: usize) -> String {
    let alert = picture.alert;
    let rule = alert.rule();
    let what = describe::rule_text(alert).unwrap_or_else(|| {
        rule.id
            .as_ref()
            .map_or_else(|| "alert without a rule".to_owned(), |id| format!("rule {id}"))
    });
    let what = neutral::shortened(neutral::line(&what), LONGEST_RULE);
    let mut end = String::new();
    if let Some(name) = host::titled(alert) {
        end.push_str(" | ");
        end.push_str(&neutral::cut(&neutral::line(&name), LONGEST_HOST));
    }
    if let Some(artifact) = picture.headline(&what) {
        end.push_str(" | ");
        end.push_str(&artifact);
    }
    let start = if storm { "Wazuh: storm: " } else { "Wazuh: " };
    let room = most.saturating_sub(start.len() + end.len());
    let what = neutral::shortened(what, room);
    neutral::shortened(format!("{start}{what}{end}"), most)
}

/// When it happened, else when it came: without a time IRIS takes its own, which may be days after either.
fn event_time(alert: Option<&Alert>, due: &Due) -> Option<String> {
    let own = alert
        .and_then(Alert::time)
        .filter(|time| *time >= jiff::Timestamp::UNIX_EPOCH);
    let time = own.or_else(|| jiff::Timestamp::from_microsecond(due.received_us).ok())?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string())
}

fn tags(alert: &Alert, due: &Due, target: &Target, settings: &ForwardSettings, marks: &Marks) -> String {
    let rule = alert.rule();
    let mut tags = vec!["wazuh".to_owned()];
    tags.extend(rule.id.as_deref().and_then(|id| neutral::tag("rule-", id)));
    if settings.agent_tag {
        // Of a name in other letters nothing is left.
        let names = alert.agent().map(|agent| [agent.name.as_deref(), agent.id.as_deref()]);
        let mut names = names.into_iter().flatten().flatten();
        tags.extend(names.find_map(|name| neutral::tag("agent-", name)));
    }
    tags.extend(
        rule.mitre
            .ids
            .iter()
            .take(MOST_TECHNIQUES)
            .filter_map(|id| neutral::tag("mitre-", id)),
    );
    tags.extend(due.storm.then(|| "wazuh-storm".to_owned()));
    tags.extend(given_tags(settings, target, marks));
    joined(tags)
}

/// Tags from settings, blocks and rules, not from the alert; a comma would still make two of one.
fn given_tags(settings: &ForwardSettings, target: &Target, marks: &Marks) -> Vec<String> {
    let named = settings.tags.iter().chain(target.tags()).chain(&marks.tag);
    let mut tags: Vec<String> = named.filter_map(|tag| neutral::tag("", tag)).collect();
    tags.extend(settings.pending_tag.clone().filter(|_| !marks.no_ai));
    tags
}

/// Each once.
fn joined(mut tags: Vec<String>) -> String {
    let mut seen = std::collections::BTreeSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    tags.join(",")
}

/// A flat object: IRIS shows it as a table. Kept small, because IRIS copies old and new into the history at every change.
fn context(alert: &Alert, due: &Due, mapping: &Mapping) -> Value {
    let rule = alert.rule();
    let mut context = Map::new();
    let mut put = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let value = neutral::shortened(neutral::line(value), 120);
            context.insert(name.to_owned(), Value::String(value));
        }
    };
    put("rule", rule.id.as_deref());
    put("level", rule.level.map(|level| level.to_string()).as_deref());
    put("agent", alert.agent().and_then(|agent| agent.name.as_deref()));
    put("agent_ip", alert.agent().and_then(|agent| agent.ip.as_deref()));
    put("location", alert.location());
    put("wazuh_id", alert.id());
    if let Some(folded) = &due.folded {
        let report = fold_report(folded, mapping);
        context.extend(report);
    }
    Value::Object(bounded(context))
}

/// Most bytes of a context as JSON.
const LARGEST_CONTEXT: usize = 1024;

/// Shortens the longest text again and again until the whole is small enough; counts and times stay.
fn bounded(mut context: Map<String, Value>) -> Map<String, Value> {
    loop {
        let size = serde_json::to_string(&context).map_or(0, |text| text.len());
        if size <= LARGEST_CONTEXT {
            return context;
        }
        let longest = context
            .iter_mut()
            .filter(|(name, _)| !matches!(name.as_str(), "first_seen" | "last_seen"))
            .filter_map(|(_, value)| match value {
                Value::String(text) => Some(text),
                _ => None,
            })
            .max_by_key(|text| text.len());
        match longest.filter(|text| text.len() > 8) {
            Some(text) => *text = neutral::cut(text, text.len() * 2 / 3).into_owned(),
            None => return context,
        }
    }
}

/// What of folded alerts is told first.
const FIRST_TOLD: [&str; 5] = ["user", "target_user", "source", "machine", "agent"];
/// Most kinds of values told of folded alerts.
const MOST_TOLD: usize = 10;

/// What was folded, in the table that analysts see.
fn fold_report(folded: &FoldReport, mapping: &Mapping) -> Map<String, Value> {
    let time = |us: i64| {
        jiff::Timestamp::from_microsecond(us)
            .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            .unwrap_or_default()
    };
    let mut report = Map::new();
    report.insert("folded".to_owned(), json!(folded.count));
    report.insert("first_seen".to_owned(), json!(time(folded.first_us)));
    report.insert("last_seen".to_owned(), json!(time(folded.last_us)));
    report.insert("highest_level".to_owned(), json!(folded.window.max_level));
    // Who and where before what.
    let rank = |name: &str| {
        FIRST_TOLD
            .iter()
            .position(|first| *first == name)
            .unwrap_or(FIRST_TOLD.len())
    };
    let mut distinct: Vec<_> = folded.window.distinct.iter().collect();
    distinct.sort_by_key(|(name, _)| rank(name));
    for (name, values) in distinct.into_iter().take(MOST_TOLD) {
        let shown: Vec<&str> = values.iter().map(String::as_str).take(8).collect();
        let more = values.len().saturating_sub(shown.len());
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let text = shown.join(", ") + &rest;
        report.insert(
            format!("folded_{name}"),
            Value::String(neutral::shortened(neutral::line(&mapping.masked(&text)), 120)),
        );
    }
    report
}

fn assets(alert: &Alert, ids: &Ids) -> Vec<NewAsset> {
    alert
        .assets()
        .into_iter()
        .filter_map(|asset| {
            let types: &[&str] = match asset.os {
                Some(Os::Windows) => &["Windows - Computer", "Windows - Server"],
                Some(Os::MacOs) => &["Mac - Computer"],
                Some(Os::Linux) | None => &["Linux - Server", "Linux - Computer"],
            };
            let mut new = NewAsset::new(
                neutral::shortened(neutral::line(&asset.name), 200),
                ids.asset_type(types)?,
            );
            if let Some(ip) = asset.ip.filter(|ip| ip.parse::<std::net::IpAddr>().is_ok()) {
                new = new.ip(ip);
            }
            Some(new)
        })
        .collect()
}

#[cfg(test)]
mod tests;
