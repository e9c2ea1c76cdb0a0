//! Which alerts share indicators or assets.

use std::collections::{HashMap, HashSet};

use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use super::{
    auth::Caller,
    exchange::{Answer, Request},
    seed,
    state::State,
    stored::StoredAlert,
    time,
};

/// IRIS's cache of similar alerts: written when an alert is made, never changed.
#[derive(Default)]
pub(super) struct SimilarCache {
    rows: Vec<Option<Row>>,
    by_value: HashMap<(i64, Kind, String), Vec<usize>>,
    by_alert: HashMap<i64, Vec<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Asset,
    Ioc,
}

struct Row {
    kind: Kind,
    value: String,
    type_id: i64,
    alert: i64,
    created: DateTime,
}

impl SimilarCache {
    pub(super) fn learn(&mut self, alert: &StoredAlert) {
        for asset in &alert.assets {
            self.push(alert, Kind::Asset, &asset.name, asset.type_id);
        }
        for ioc in &alert.iocs {
            self.push(alert, Kind::Ioc, &ioc.value, ioc.type_id.unwrap_or_default());
        }
    }

    pub(super) fn forget(&mut self, alert: i64) {
        for row in self.by_alert.remove(&alert).unwrap_or_default() {
            self.rows[row] = None;
        }
    }

    /// `related_alerts`: numbers of the alerts with the same assets, and with the same indicators.
    pub(super) fn related(&self, alert: &StoredAlert) -> Value {
        let names: HashSet<_> = alert.assets.iter().map(|asset| asset.name.clone()).collect();
        let values: HashSet<_> = alert.iocs.iter().map(|ioc| ioc.value.clone()).collect();
        json!({
            "assets": self.alerts_with(alert.customer_id, Kind::Asset, names),
            "iocs": self.alerts_with(alert.customer_id, Kind::Ioc, values),
        })
    }

    fn alerts_with(&self, customer: i64, kind: Kind, values: HashSet<String>) -> Vec<i64> {
        let mut rows: Vec<usize> = values
            .into_iter()
            .filter_map(|value| self.by_value.get(&(customer, kind, value)))
            .flatten()
            .copied()
            .collect();
        rows.sort_unstable();
        rows.iter()
            .filter_map(|&row| Some(self.rows[row].as_ref()?.alert))
            .collect()
    }

    fn push(&mut self, alert: &StoredAlert, kind: Kind, value: &str, type_id: i64) {
        let row = self.rows.len();
        let key = (alert.customer_id, kind, value.to_owned());
        self.by_value.entry(key).or_default().push(row);
        self.by_alert.entry(alert.id.0).or_default().push(row);
        self.rows.push(Some(Row {
            kind,
            value: value.to_owned(),
            type_id,
            alert: alert.id.0,
            created: alert.event_time,
        }));
    }
}

/// `GET /alerts/similarities/<id>`: a graph for a drawing library.
pub(super) fn similarities(state: &State, caller: &Caller, request: &Request, id: i64) -> Result<Answer, Answer> {
    let found = state.alerts.get(&id).filter(|alert| caller.may_use(alert.customer_id));
    let alert = found.ok_or_else(|| Answer::error("Alert not found"))?;
    let mut graph = Graph::default();
    for row in rows_like(state, alert, request) {
        if let Some(other) = state.alerts.get(&row.alert) {
            graph.add(other, row);
        }
    }
    let nodes: Vec<_> = graph
        .nodes
        .into_iter()
        .flat_map(|(alert, rest)| std::iter::once(alert).chain(rest))
        .collect();
    Ok(Answer::success(
        "",
        json!({"nodes": nodes, "edges": graph.edges.concat()}),
    ))
}

fn rows_like<'a>(state: &'a State, alert: &StoredAlert, request: &Request) -> Vec<&'a Row> {
    let yes = |name| {
        request
            .param(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    };
    let days = request.int_param("days-back").filter(|&days| days >= 0).unwrap_or(180);
    let limit = request
        .int_param("number-of-nodes")
        .filter(|&number| number >= 0)
        .unwrap_or(100);
    let mut wanted = Vec::new();
    if yes("open-alerts") {
        wanted.extend(["New", "Assigned", "In progress", "Pending", "Unspecified"].map(seed::status_id));
    }
    if yes("closed-alerts") {
        wanted.extend(["Closed", "Merged", "Escalated"].map(seed::status_id));
    }
    let keys = alert
        .assets
        .iter()
        .map(|asset| (Kind::Asset, asset.name.clone(), asset.type_id))
        .chain(
            alert
                .iocs
                .iter()
                .map(|ioc| (Kind::Ioc, ioc.value.clone(), ioc.type_id.unwrap_or_default())),
        );
    let keys: HashSet<_> = keys.collect();
    let since = time::now().saturating_sub(jiff::SignedDuration::from_hours(24 * days));
    let mut numbers: Vec<usize> = keys
        .iter()
        .filter_map(|(kind, value, _)| state.similar.by_value.get(&(alert.customer_id, *kind, value.clone())))
        .flatten()
        .copied()
        .collect();
    numbers.sort_unstable();
    let rows = numbers
        .into_iter()
        .filter_map(|number| state.similar.rows[number].as_ref());
    rows.filter(|row| keys.contains(&(row.kind, row.value.clone(), row.type_id)) && row.created >= since)
        .filter(|row| {
            let status = state.alerts.get(&row.alert).map(|alert| alert.status_id);
            wanted.is_empty() || status.is_some_and(|status| wanted.contains(&status))
        })
        .take(usize::try_from(limit).unwrap_or_default())
        .collect()
}

#[derive(Default)]
struct Graph {
    /// Each alert with what it brought along.
    nodes: Vec<(Value, Vec<Value>)>,
    edges: Vec<Vec<Value>>,
    places: HashMap<i64, usize>,
    drawn: HashSet<String>,
}

impl Graph {
    fn add(&mut self, alert: &StoredAlert, row: &Row) {
        let place = *self.places.entry(alert.id.0).or_insert_with(|| {
            self.nodes.push((alert_node(alert), Vec::new()));
            self.edges.push(Vec::new());
            self.nodes.len() - 1
        });
        let (id, node, edge) = match row.kind {
            Kind::Asset => asset_node(alert, row),
            Kind::Ioc => ioc_node(alert, row),
        };
        if self.drawn.insert(id) {
            self.nodes[place].1.push(node);
        }
        self.edges[place].push(edge);
    }
}

fn alert_node(alert: &StoredAlert) -> Value {
    let closed = ["Closed", "Merged", "Escalated"]
        .map(seed::status_id)
        .contains(&alert.status_id);
    let resolution = alert
        .resolution_id
        .and_then(|id| seed::row(&seed::RESOLUTIONS, id))
        .map_or_else(String::new, |row| format!("[{}]\n", row.1));
    let label = if closed {
        format!("[Closed]{resolution} {}", alert.title)
    } else {
        format!("{resolution}{}", alert.title)
    };
    json!({
        "id": format!("alert_{}", alert.id),
        "label": label,
        "title": alert.description.as_deref().unwrap_or("None"),
        "group": "alert",
        "shape": "icon",
        "icon": icon("\u{f0f3}", if closed { "#c95029" } else { "" }),
        "font": "",
    })
}

fn asset_node(alert: &StoredAlert, row: &Row) -> (String, Value, Value) {
    let id = format!("asset_{}", row.value);
    let image = seed::entry(&seed::ASSET_TYPES, row.type_id).map_or("question-mark.png", |kind| kind.2);
    let node = json!({
        "id": id,
        "label": row.value,
        "group": "asset",
        "shape": "image",
        "image": format!("/static/assets/img/graph/{image}"),
        "font": "",
    });
    let edge = json!({"from": format!("alert_{}", alert.id), "to": id});
    (id, node, edge)
}

fn ioc_node(alert: &StoredAlert, row: &Row) -> (String, Value, Value) {
    let id = format!("ioc_{}", row.value);
    let node = json!({
        "id": id,
        "label": row.value,
        "group": "ioc",
        "shape": "icon",
        "icon": icon("\u{e4a8}", ""),
        "font": "",
    });
    let edge = json!({"from": format!("alert_{}", alert.id), "to": id, "dashes": true});
    (id, node, edge)
}

fn icon(code: &str, color: &str) -> Map<String, Value> {
    let mut icon = Map::new();
    for (key, value) in [
        ("face", "FontAwesome"),
        ("code", code),
        ("color", color),
        ("weight", "bold"),
    ] {
        icon.insert(key.to_owned(), value.into());
    }
    icon
}
