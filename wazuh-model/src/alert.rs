//! One alert.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::path::child;
use crate::rule::{self, owned};
use crate::{
    Actors, Agent, Asset, Fingerprint, Indicator, OwnNetworks, ParseError, Rule, View, actors, agent, asset,
    fingerprint, identity, indicator, json, path, time, views,
};

/// What wrote an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Generation {
    /// Wazuh 4.x: an alert of `alerts.json`.
    Four,
    /// Wazuh 5.x: a finding of `wazuh-findings-v5-*`.
    Five,
}

/// One alert of Wazuh 4.x or one finding of Wazuh 5.x, with the bytes it came as. Cheap to clone.
///
/// An alert may also come wrapped as the indexer answers it (`{"_id": …, "_source": {…}}`): every view then looks into `_source`.
#[derive(Clone)]
pub struct Alert {
    inner: Arc<Inner>,
}

struct Inner {
    original: Box<[u8]>,
    value: Value,
    wrapped: bool,
    generation: Generation,
    // Read when first asked for: most of what a view costs is its strings.
    id: OnceLock<Option<String>>,
    rule: OnceLock<Rule>,
    agent: OnceLock<Option<Agent>>,
    outline: OnceLock<path::Outline>,
}

impl Inner {
    fn new(original: Box<[u8]>, value: Value) -> Self {
        let [source, rule, wazuh] = ["_source", "rule", "wazuh"].map(|key| child(&value, key));
        let wrapped = source.is_object() && rule.is_null() && wazuh.is_null();
        let generation = generation(if wrapped { source } else { &value });
        Self {
            original,
            value,
            wrapped,
            generation,
            id: OnceLock::new(),
            rule: OnceLock::new(),
            agent: OnceLock::new(),
            outline: OnceLock::new(),
        }
    }
}

impl Alert {
    /// Reads one alert. Survives everything that Wazuh writes; refuses what is not exactly one JSON object.
    ///
    /// # Errors
    /// Says where and why. The slice is untouched, so the caller can still keep the bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ParseError> {
        let value = Value::Object(json::read_object(bytes)?);
        Ok(Self {
            inner: Arc::new(Inner::new(bytes.into(), value)),
        })
    }

    /// Gives exactly the bytes that the alert was read from.
    pub fn original(&self) -> &[u8] {
        &self.inner.original
    }

    /// Gives the whole object as JSON: broken UTF-8 replaced, duplicate keys merged, what is nested deeper than
    /// [`crate::MAX_DEPTH`] as text.
    pub fn value(&self) -> &Value {
        &self.inner.value
    }

    /// Gives the object and leaves the rest; without a copy, unless the alert was cloned and the clone is still there.
    pub fn into_value(self) -> Value {
        Arc::try_unwrap(self.inner).map_or_else(|shared| shared.value.clone(), |inner| inner.value)
    }

    /// Changes the object, for example to mask what stands in it. If `change` says that it did, the alert is then as if it had been read
    /// so: [`Alert::original`] gives the new object as JSON text. Clones keep what they had. What is no object afterwards becomes an empty
    /// one.
    ///
    /// ```
    /// let mut alert = wazuh_model::Alert::from_slice(br#"{"id": "1", "full_log": "password=hunter2"}"#)?;
    /// alert.edit(|object| {
    ///     object["full_log"] = "password=***".into();
    ///     true
    /// });
    /// assert_eq!(alert.full_log(), Some("password=***"));
    /// assert_eq!(alert.original(), br#"{"id":"1","full_log":"password=***"}"#);
    /// # Ok::<(), wazuh_model::ParseError>(())
    /// ```
    pub fn edit(&mut self, change: impl FnOnce(&mut Value) -> bool) {
        let only = Arc::get_mut(&mut self.inner).map(|inner| inner.value.take());
        let is_only = only.is_some();
        let mut value = only.unwrap_or_else(|| self.inner.value.clone());
        if change(&mut value) {
            if !value.is_object() {
                value = Value::Object(Map::new());
            }
            self.inner = Arc::new(Inner::new(value.to_string().into_bytes().into(), value));
        } else if is_only && let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.value = value;
        }
    }

    /// Says whether a program of Wazuh's tells that it answered another alert, which then stands in `data.parameters.alert`. Any other
    /// log in JSON may have fields of these names.
    pub fn is_response(&self) -> bool {
        (self.decoder() == Some("ar_log_json") || self.rule().in_group("active_response"))
            && self
                .text_of("data.parameters.program")
                .is_some_and(|program| !program.trim().is_empty())
    }

    /// Says what wrote the alert.
    pub fn generation(&self) -> Generation {
        self.inner.generation
    }

    /// Gives the alert's id. In 4.x it is unique per cluster node only; in 5.x it names the event, which may match several rules.
    pub fn id(&self) -> Option<&str> {
        let read = || {
            let body = self.body();
            let own = match self.generation() {
                Generation::Four => owned(child(body, "id")),
                Generation::Five => owned(&body["event"]["doc_id"])
                    .or_else(|| owned(&body["wazuh"]["event"]["id"]))
                    .or_else(|| owned(&body["event"]["id"])),
            };
            own.or_else(|| owned(child(self.value(), "_id")))
        };
        self.inner.id.get_or_init(read).as_deref()
    }

    /// Gives the time as it was written: when the manager handled the event, which is not the event's own time.
    pub fn timestamp(&self) -> Option<&str> {
        self.text_of("timestamp").or_else(|| self.text_of("@timestamp"))
    }

    /// Gives the instant of [`Alert::timestamp`], else the one that a 4.x id starts with.
    pub fn time(&self) -> Option<jiff::Timestamp> {
        // In a finding `timestamp` is the event's, which may hold anything.
        let written = [
            (self.generation() == Generation::Four).then(|| child(self.body(), "timestamp")),
            Some(child(self.body(), "@timestamp")),
        ];
        written
            .into_iter()
            .flatten()
            .find_map(time::of)
            .or_else(|| time::of_id(self.id()?))
    }

    /// Gives the rule; its fields are empty in an alert without one.
    pub fn rule(&self) -> &Rule {
        self.inner.rule.get_or_init(|| Rule::read(self.rule_value()))
    }

    /// Gives the rule's compliance lists as (framework, requirements), such as `("pci_dss", ["10.2.4"])`. The set of names is open.
    pub fn compliance(&self) -> Vec<(String, Vec<String>)> {
        rule::compliance(self.rule_value())
    }

    fn rule_value(&self) -> &Value {
        match self.generation() {
            Generation::Four => child(self.body(), "rule"),
            Generation::Five => &self.body()["wazuh"]["rule"],
        }
    }

    /// Gives the agent; agentless alerts have none.
    pub fn agent(&self) -> Option<&Agent> {
        let read = || match self.generation() {
            Generation::Four => Agent::read(child(self.body(), "agent")),
            Generation::Five => Agent::read(&self.body()["wazuh"]["agent"]),
        };
        self.inner.agent.get_or_init(read).as_ref()
    }

    /// Gives the name of the 4.x manager.
    pub fn manager(&self) -> Option<&str> {
        self.text_of("manager.name")
    }

    /// Gives the name of the cluster node.
    pub fn cluster_node(&self) -> Option<&str> {
        self.text_of("cluster.node")
    }

    /// Gives where the event was read: a file, `EventChannel`, `syscheck`, a module. At most 1,023 bytes, and may end in a broken
    /// character.
    pub fn location(&self) -> Option<&str> {
        self.text_of("location")
    }

    /// Gives the decoder's name; in 5.x the integration's.
    pub fn decoder(&self) -> Option<&str> {
        self.text_of("decoder.name")
    }

    /// Gives the log line. Absent in more than half of the alerts of the stock rules.
    pub fn full_log(&self) -> Option<&str> {
        self.text_of("full_log")
    }

    /// Finds a value by its dotted path, whether the dots separate objects or stand in a key. A number picks an element of a list.
    ///
    /// The 4.x paths of the envelope (`rule.*`, `agent.*`, `manager.*`, `cluster.*`, `id`, `timestamp`, `location`, `decoder.name`,
    /// `full_log`) lead to the same in a 5.x finding, and to nothing where it lacks that, whatever rule or agent the event itself names.
    /// The value is the finding's own: `rule.level` is a keyword there. What stands below `wazuh` is found in that object only, and not
    /// in a key of the event that is called so.
    pub fn get(&self, path: &str) -> Option<&Value> {
        match self.in_a_finding(path) {
            Some(path) => self.of_the_finding(&path),
            None => self.at(path),
        }
    }

    /// Gives the text at a dotted path as [`Alert::get`] finds it: a scalar, or a list of scalars joined with `, `. Without the layer
    /// of escapes that `data.win.*` other than `system` carries. `None` for `null`.
    pub fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        match self.in_a_finding(path) {
            Some(path) => path::text_of(self.of_the_finding(&path)?, &path),
            None => path::text_of(self.at(path)?, path),
        }
    }

    fn at(&self, path: &str) -> Option<&Value> {
        let body = self.body();
        self.inner
            .outline
            .get_or_init(|| path::Outline::of(body))
            .get(body, path)
    }

    /// A value of a finding's envelope. A key with dots at the top is no part of it: the event's own fields stand there.
    fn of_the_finding(&self, path: &str) -> Option<&Value> {
        let body = self.body();
        match path.split_once('.') {
            Some((top, rest)) => path::get(body.get(top)?, rest),
            None => body.get(path),
        }
    }

    /// Lists every leaf as (dotted path, text), in the alert's order and in the form of [`Alert::text`].
    ///
    /// Lists of scalars are one leaf, other lists number their elements; `null` and what is empty is no leaf. A path of more than
    /// 1,024 bytes is cut and ends in `…`. In a 5.x finding an event's own `rule`, `agent` or flat `wazuh.…` stands under that name,
    /// where [`Alert::text`] does not look for it.
    pub fn leaves(&self) -> Vec<(String, String)> {
        path::leaves(self.body())
    }

    /// Calls back for every leaf as [`Alert::leaves`] lists them until one of the answers is yes, and says whether one was. Keeps none of
    /// them: an alert may have hundreds of thousands below one long name.
    pub fn any_leaf(&self, mut found: impl FnMut(&str, &str) -> bool) -> bool {
        path::any_leaf(self.body(), &mut |path, text| found(path, &text))
    }

    /// Names the alert for people: `<node>/<agent id>/<alert id>`.
    ///
    /// The node is the cluster node, else the manager, else the 5.x cluster. Without an agent the agentless host stands in its
    /// place, without an id the first eight digits of [`Alert::uuid`], and `-` for what is missing. At most 200 bytes.
    pub fn source_ref(&self) -> String {
        identity::source_ref(self)
    }

    /// Computes the alert's identity: the same for the line in `alerts.json` and for what integratord makes of it.
    ///
    /// It is the UUID of version 5 in [`crate::ALERT_NAMESPACE`] of the JSON list `["<node>","<id>","<timestamp>","<rule id>"]` when all four
    /// are there (in a 5.x finding the timestamp is `@timestamp`), otherwise of the whole alert in canonical form: keys sorted by their
    /// bytes, no blanks, numbers as integratord prints them, strings cut at a NUL. The node is as in [`Alert::source_ref`].
    pub fn uuid(&self) -> Uuid {
        identity::uuid(self)
    }

    /// Lists what the alert offers to look for elsewhere, in the alert's order, nothing twice.
    ///
    /// Each thing is listed once, in one form, however often and however it is spelled in the alert. Left out are private, loopback,
    /// link-local and reserved addresses, the organisation's own networks and domains, the agent's own address, names in the domain
    /// of the machine itself, and hashes of empty files. The number is bounded by the alert's size only.
    pub fn indicators(&self, own: &OwnNetworks) -> Vec<Indicator> {
        indicator::indicators(self, own)
    }

    /// Lists the machines that the alert happened on: the agent, unless it is the manager, or the agentless host.
    pub fn assets(&self) -> Vec<Asset> {
        asset::assets(self)
    }

    /// Gives every address of the machine itself, as far as Wazuh says it: canonical, so that `::ffff:10.0.0.1` is `10.0.0.1`.
    pub fn own_addresses(&self) -> HashSet<IpAddr> {
        agent::addresses(self)
    }

    /// Says who did what to what.
    pub fn actors(&self) -> Actors<'_> {
        actors::actors(self)
    }

    /// Shows the alert as its family sees it.
    pub fn view(&self) -> View<'_> {
        views::view(self)
    }

    /// Says which alerts are the same thing over again.
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint::fingerprint(self)
    }

    /// The object that the views look into.
    pub(crate) fn body(&self) -> &Value {
        if self.inner.wrapped {
            &self.inner.value["_source"]
        } else {
            &self.inner.value
        }
    }

    pub(crate) fn text_of(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str().filter(|text| !text.is_empty())
    }

    /// Gives the path that a path of the envelope has in a 5.x finding, of the 4.x envelope or its own. The event's own fields stand at
    /// the top there, so the path itself leads to what whoever caused the event has written.
    fn in_a_finding<'p>(&self, path: &'p str) -> Option<Cow<'p, str>> {
        if self.generation() == Generation::Four {
            return None;
        }
        Some(Cow::Borrowed(match path {
            "id" => "event.doc_id",
            "timestamp" => "@timestamp",
            "location" => "wazuh.protocol.location",
            "decoder.name" => "wazuh.integration.name",
            "full_log" => "event.original",
            "rule.description" => "wazuh.rule.title",
            "rule.groups" => "wazuh.rule.tags",
            "rule.mitre.id" => "wazuh.rule.mitre.technique.id",
            "rule.mitre.tactic" => "wazuh.rule.mitre.tactic.name",
            "rule.mitre.technique" => "wazuh.rule.mitre.technique.name",
            "agent.ip" => "wazuh.agent.host.ip",
            _ if path.starts_with("wazuh.") => path,
            _ if ["rule.", "agent.", "manager.", "cluster."]
                .iter()
                .any(|start| path.starts_with(start)) =>
            {
                return Some(Cow::Owned(format!("wazuh.{path}")));
            }
            _ => return None,
        }))
    }
}

/// Says that there is an alert, never what is in it.
impl fmt::Debug for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alert")
            .field("generation", &self.inner.generation)
            .field("bytes", &self.inner.original.len())
            .finish_non_exhaustive()
    }
}

fn generation(body: &Value) -> Generation {
    // Only Wazuh 5 writes `wazuh` beside the event's own fields, among which a `rule` with a `level` may be: that says nothing.
    let wazuh = child(body, "wazuh");
    let five = child(wazuh, "rule").is_object() || child(wazuh, "agent").is_object();
    if five { Generation::Five } else { Generation::Four }
}
