//! Cases, as far as alerts lead into them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{AlertId, CaseId};

/// How alerts become a new case.
///
/// IRIS needs the three lists and the tags even where they are empty (it fails halfway without them), so they are always sent.
/// An escalation must not be repeated after an ambiguous failure: each one makes a case.
///
/// ```
/// use iris_client::Escalation;
/// let body = serde_json::to_value(Escalation::default().title("Brute force").tags("wazuh")).unwrap();
/// assert_eq!(body["case_tags"], "wazuh");
/// assert_eq!(body["iocs_import_list"], serde_json::json!([]));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Escalation {
    /// Title of the case; IRIS makes one from the alert's.
    #[serde(rename = "case_title", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Tags of the case, comma separated.
    #[serde(rename = "case_tags")]
    pub tags: String,
    /// Why.
    pub note: String,
    /// Whether the alert becomes an event of the case's timeline.
    pub import_as_event: bool,
    /// Indicators to take along, by their uuid.
    #[serde(rename = "iocs_import_list")]
    pub iocs: Vec<Uuid>,
    /// Assets to take along, by their uuid.
    #[serde(rename = "assets_import_list")]
    pub assets: Vec<Uuid>,
    /// Template of the case.
    #[serde(rename = "case_template_id", skip_serializing_if = "Option::is_none")]
    pub template_id: Option<i64>,
}

impl Escalation {
    /// Sets the title of the case.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the tags of the case, comma separated.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<String>) -> Self {
        self.tags = tags.into();
        self
    }

    /// Says why.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Says whether the alert becomes an event of the case's timeline.
    #[must_use]
    pub fn import_as_event(mut self, yes: bool) -> Self {
        self.import_as_event = yes;
        self
    }

    /// Takes these indicators along.
    #[must_use]
    pub fn iocs(mut self, iocs: Vec<Uuid>) -> Self {
        self.iocs = iocs;
        self
    }

    /// Takes these assets along.
    #[must_use]
    pub fn assets(mut self, assets: Vec<Uuid>) -> Self {
        self.assets = assets;
        self
    }

    /// Uses this template for the case.
    #[must_use]
    pub fn template(mut self, id: i64) -> Self {
        self.template_id = Some(id);
        self
    }
}

/// How an alert is merged into a case that exists. Repeating it does no harm.
///
/// ```
/// use iris_client::{CaseId, Merge};
/// let body = serde_json::to_value(Merge::into_case(CaseId(3)).note("same actor")).unwrap();
/// assert_eq!(body["target_case_id"], 3);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Merge {
    /// The case.
    #[serde(rename = "target_case_id")]
    pub case: CaseId,
    /// Tags to add to the case, comma separated.
    #[serde(rename = "case_tags")]
    pub tags: String,
    /// Why.
    pub note: String,
    /// Whether the alert becomes an event of the case's timeline.
    pub import_as_event: bool,
    /// Indicators to take along, by their uuid.
    #[serde(rename = "iocs_import_list")]
    pub iocs: Vec<Uuid>,
    /// Assets to take along, by their uuid.
    #[serde(rename = "assets_import_list")]
    pub assets: Vec<Uuid>,
}

impl Merge {
    /// A merge into this case.
    pub fn into_case(case: CaseId) -> Self {
        Self {
            case,
            tags: String::new(),
            note: String::new(),
            import_as_event: false,
            iocs: Vec::new(),
            assets: Vec::new(),
        }
    }

    /// Adds tags to the case, comma separated.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<String>) -> Self {
        self.tags = tags.into();
        self
    }

    /// Says why.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Says whether the alert becomes an event of the case's timeline.
    #[must_use]
    pub fn import_as_event(mut self, yes: bool) -> Self {
        self.import_as_event = yes;
        self
    }

    /// Takes these indicators along.
    #[must_use]
    pub fn iocs(mut self, iocs: Vec<Uuid>) -> Self {
        self.iocs = iocs;
        self
    }

    /// Takes these assets along.
    #[must_use]
    pub fn assets(mut self, assets: Vec<Uuid>) -> Self {
        self.assets = assets;
        self
    }
}

/// A case.
///
/// ```
/// let case: iris_client::Case = serde_json::from_str(r##"{"case_id": 2, "case_name": "#2 - SSH"}"##).unwrap();
/// assert_eq!(case.id, iris_client::CaseId(2));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Number.
    #[serde(rename = "case_id")]
    pub id: CaseId,
    /// Name, with the number in front.
    #[serde(rename = "case_name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Description, Markdown.
    #[serde(rename = "case_description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Which alerts, cases and how far back a look for similar alerts goes. Without any of the four kinds, alerts of every status.
///
/// ```
/// use iris_client::Similarities;
/// let wanted = Similarities::default().open_alerts(true).days_back(30);
/// assert!(wanted.open_alerts);
/// ```
#[expect(clippy::struct_excessive_bools, reason = "the four switches that IRIS has")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Similarities {
    /// Alerts that are new, assigned, in progress, pending or unspecified.
    pub open_alerts: bool,
    /// Alerts that are closed, merged or escalated.
    pub closed_alerts: bool,
    /// Open cases with the same indicators or assets.
    pub open_cases: bool,
    /// Closed cases with the same indicators or assets.
    pub closed_cases: bool,
    /// How far back; IRIS takes 180 days.
    pub days_back: Option<u32>,
    /// How many at most; IRIS takes 100.
    pub number_of_nodes: Option<u32>,
}

impl Similarities {
    /// Looks at alerts that are being worked on.
    #[must_use]
    pub fn open_alerts(mut self, yes: bool) -> Self {
        self.open_alerts = yes;
        self
    }

    /// Looks at alerts that are done.
    #[must_use]
    pub fn closed_alerts(mut self, yes: bool) -> Self {
        self.closed_alerts = yes;
        self
    }

    /// Looks at open cases.
    #[must_use]
    pub fn open_cases(mut self, yes: bool) -> Self {
        self.open_cases = yes;
        self
    }

    /// Looks at closed cases.
    #[must_use]
    pub fn closed_cases(mut self, yes: bool) -> Self {
        self.closed_cases = yes;
        self
    }

    /// Looks back this many days.
    #[must_use]
    pub fn days_back(mut self, days: u32) -> Self {
        self.days_back = Some(days);
        self
    }

    /// Looks at no more than this many.
    #[must_use]
    pub fn number_of_nodes(mut self, number: u32) -> Self {
        self.number_of_nodes = Some(number);
        self
    }

    pub(crate) fn query(self) -> Vec<(String, String)> {
        let mut query = Vec::new();
        for (name, yes) in [
            ("open-alerts", self.open_alerts),
            ("closed-alerts", self.closed_alerts),
            ("open-cases", self.open_cases),
            ("closed-cases", self.closed_cases),
        ] {
            if yes {
                query.push((name.to_owned(), "true".to_owned()));
            }
        }
        for (name, number) in [("days-back", self.days_back), ("number-of-nodes", self.number_of_nodes)] {
            if let Some(number) = number {
                query.push((name.to_owned(), number.to_string()));
            }
        }
        query
    }
}

/// What is like an alert, as the graph that IRIS draws: empty for an alert without indicators and assets.
///
/// ```
/// let graph: iris_client::Graph =
///     serde_json::from_str(r#"{"nodes": [{"id": "alert_13"}, {"id": "ioc_203.0.113.9"}], "edges": []}"#).unwrap();
/// assert_eq!(graph.alerts().collect::<Vec<_>>(), [iris_client::AlertId(13)]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// Alerts, indicators, assets and cases; `id` is `alert_13`, `ioc_<value>`, `asset_<name>`, `case_2`.
    #[serde(default)]
    pub nodes: Vec<Map<String, Value>>,
    /// `from` and `to` of what belongs together.
    #[serde(default)]
    pub edges: Vec<Map<String, Value>>,
}

impl Graph {
    /// The alerts in it, the one that was asked for included.
    pub fn alerts(&self) -> impl Iterator<Item = AlertId> {
        self.nodes.iter().filter_map(|node| {
            let id = node.get("id")?.as_str()?.strip_prefix("alert_")?;
            Some(AlertId(id.parse().ok()?))
        })
    }
}
