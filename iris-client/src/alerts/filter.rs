//! Which alerts, as a value.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{AlertId, CaseId, CustomerId};

/// Which alerts, in which order, with which fields, and which page of them.
///
/// IRIS matches `tag`, `title`, `description` and `source` as parts of the text without regard to case, so that `ai-pending`
/// also finds `ai-pending-2`: decide on [`crate::Alert::has_tag`], or ask with [`AlertFilter::condition`] for the exact text.
/// The wildcards `%` and `_` are escaped here.
///
/// Dates come in pairs because IRIS silently ignores a single one, as it ignores any parameter that it does not know.
///
/// ```
/// use iris_client::{AlertFilter, Op, Sort};
/// let pending = AlertFilter::default()
///     .tag("ai-pending")
///     .condition("alert_status_id", Op::NotIn, [6, 7])
///     .fields(&["alert_tags"])
///     .sort(Sort::Asc)
///     .per_page(20);
/// assert_eq!(pending.current_page(), 1);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AlertFilter {
    texts: Vec<(&'static str, String)>,
    numbers: Vec<(&'static str, i64)>,
    customer: Option<CustomerId>,
    ids: Option<Vec<AlertId>>,
    lists: Vec<(&'static str, Vec<String>)>,
    conditions: Vec<Value>,
    fields: Vec<String>,
    page: Option<u32>,
    per_page: Option<u32>,
    sort: Sort,
}

/// Order by event time. Alerts of the same instant come in any order.
///
/// ```
/// assert_eq!(iris_client::Sort::default(), iris_client::Sort::Desc);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Oldest first.
    Asc,
    /// Newest first.
    #[default]
    Desc,
}

/// How a [`AlertFilter::condition`] compares.
///
/// ```
/// assert_eq!(iris_client::Op::NotIn.as_str(), "not_in");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal.
    Not,
    /// One of a list.
    In,
    /// None of a list.
    NotIn,
    /// Holds this text, without regard to case; `%` and `_` are wildcards.
    Like,
}

impl Op {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Not => "not",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::Like => "like",
        }
    }
}

impl AlertFilter {
    /// Alerts whose tags hold this text.
    #[must_use]
    pub fn tag(self, tag: &str) -> Self {
        self.text("alert_tags", tag)
    }

    /// Alerts whose title holds this text.
    #[must_use]
    pub fn title(self, title: &str) -> Self {
        self.text("alert_title", title)
    }

    /// Alerts whose description holds this text.
    #[must_use]
    pub fn description(self, description: &str) -> Self {
        self.text("alert_description", description)
    }

    /// Alerts whose source holds this text.
    #[must_use]
    pub fn source(self, source: &str) -> Self {
        self.text("alert_source", source)
    }

    /// Alerts whose source reference holds this text, upper and lower case told apart. For the exact one use
    /// [`AlertFilter::condition`] with `alert_source_ref`, which is also much faster.
    #[must_use]
    pub fn source_ref_contains(self, text: &str) -> Self {
        self.text("source_reference", text)
    }

    /// Alerts of this status.
    #[must_use]
    pub fn status(self, id: i64) -> Self {
        self.number("alert_status_id", id)
    }

    /// Alerts of this severity.
    #[must_use]
    pub fn severity(self, id: i64) -> Self {
        self.number("alert_severity_id", id)
    }

    /// Alerts of this classification.
    #[must_use]
    pub fn classification(self, id: i64) -> Self {
        self.number("alert_classification_id", id)
    }

    /// Alerts of this resolution.
    #[must_use]
    pub fn resolution(self, id: i64) -> Self {
        self.number("alert_resolution_id", id)
    }

    /// Alerts that this user owns.
    #[must_use]
    pub fn owner(self, id: i64) -> Self {
        self.number("alert_owner_id", id)
    }

    /// Alerts that nobody owns.
    #[must_use]
    pub fn unowned(self) -> Self {
        self.number("alert_owner_id", -1)
    }

    /// Alerts that are linked to this case.
    #[must_use]
    pub fn case(self, case: CaseId) -> Self {
        self.number("case_id", case.0)
    }

    /// Alerts of this customer.
    #[must_use]
    pub fn customer(mut self, customer: CustomerId) -> Self {
        self.customer = Some(customer);
        self
    }

    /// These alerts. An empty list finds nothing, and nothing is sent.
    ///
    /// They stand in the address of the request, whose line the server of IRIS bounds to 4,094 bytes: ask for at most 200 at once.
    #[must_use]
    pub fn ids(mut self, ids: &[AlertId]) -> Self {
        self.ids = Some(ids.to_vec());
        self
    }

    /// Alerts with one of these assets, by exact name. A name with a comma cannot be asked for.
    #[must_use]
    pub fn assets(mut self, names: &[&str]) -> Self {
        self.lists.push(("alert_assets", owned(names)));
        self
    }

    /// Alerts with one of these indicators, by exact value. A value with a comma cannot be asked for.
    #[must_use]
    pub fn iocs(mut self, values: &[&str]) -> Self {
        self.lists.push(("alert_iocs", owned(values)));
        self
    }

    /// Alerts that were stored between these times, both included.
    #[must_use]
    pub fn created_between(self, from: Timestamp, to: Timestamp) -> Self {
        self.between("creation_start_date", from, "creation_end_date", to)
    }

    /// Alerts whose event happened between these times, both included.
    #[must_use]
    pub fn happened_between(self, from: Timestamp, to: Timestamp) -> Self {
        self.between("source_start_date", from, "source_end_date", to)
    }

    /// Compares a column (`alert_uuid`) or a column of something related (`severity.severity_name`) exactly. Several
    /// conditions must all hold. Since IRIS 2.4.17.
    #[must_use]
    pub fn condition(mut self, field: &str, op: Op, value: impl Into<Value>) -> Self {
        self.conditions
            .push(json!({"field": field, "operator": op.as_str(), "value": value.into()}));
        self
    }

    /// Asks for these fields only, which is several times faster; the id always comes along. One unknown name and IRIS sends
    /// all fields.
    #[must_use]
    pub fn fields(mut self, names: &[&str]) -> Self {
        self.fields = owned(names);
        if !self.fields.is_empty() && !names.contains(&"alert_id") {
            self.fields.insert(0, "alert_id".to_owned());
        }
        self
    }

    /// Asks for this page, from 1; 0 is taken as 1.
    #[must_use]
    pub fn page(mut self, page: u32) -> Self {
        self.page = Some(page.max(1));
        self
    }

    /// Sets how many alerts stand on a page; IRIS takes 10, and knows no upper bound.
    #[must_use]
    pub fn per_page(mut self, number: u32) -> Self {
        self.per_page = Some(number.max(1));
        self
    }

    /// Sets the order by event time.
    #[must_use]
    pub fn sort(mut self, sort: Sort) -> Self {
        self.sort = sort;
        self
    }

    /// Page that is asked for.
    pub fn current_page(&self) -> u32 {
        self.page.unwrap_or(1)
    }

    pub(crate) fn finds_nothing(&self) -> bool {
        self.ids.as_ref().is_some_and(Vec::is_empty)
    }

    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let mut query = Vec::new();
        let mut push = |name: &str, value: String| query.push((name.to_owned(), value));
        for (name, text) in &self.texts {
            push(name, text.clone());
        }
        for (name, number) in &self.numbers {
            push(name, number.to_string());
        }
        if let Some(customer) = self.customer {
            push("alert_customer_id", customer.to_string());
        }
        if let Some(ids) = &self.ids {
            let ids: Vec<_> = ids.iter().map(AlertId::to_string).collect();
            push("alert_ids", ids.join(","));
        }
        for (name, list) in &self.lists {
            push(name, list.join(","));
        }
        if !self.conditions.is_empty() {
            push("custom_conditions", Value::from(self.conditions.clone()).to_string());
        }
        if !self.fields.is_empty() {
            push("fields", self.fields.join(","));
        }
        if let Some(page) = self.page {
            push("page", page.to_string());
        }
        if let Some(number) = self.per_page {
            push("per_page", number.to_string());
        }
        // Always said: what is meant without it differs between IRIS 2 and 3.
        push("sort", if self.sort == Sort::Asc { "asc" } else { "desc" }.to_owned());
        query
    }

    fn text(mut self, name: &'static str, text: &str) -> Self {
        self.texts.push((name, escaped(text)));
        self
    }

    fn number(mut self, name: &'static str, number: i64) -> Self {
        self.numbers.push((name, number));
        self
    }

    fn between(mut self, first: &'static str, from: Timestamp, second: &'static str, to: Timestamp) -> Self {
        // Without an offset: IRIS compares with its UTC columns as they are.
        let print = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string();
        self.texts.push((first, print(from)));
        self.texts.push((second, print(to)));
        self
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(filter: &AlertFilter, name: &str) -> Option<String> {
        filter
            .query()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    #[test]
    fn wildcards_are_escaped() {
        assert_eq!(
            value(&AlertFilter::default().tag(r"ai_50%\x"), "alert_tags").as_deref(),
            Some(r"ai\_50\%\\x")
        );
    }

    #[test]
    fn the_id_always_comes_along_and_the_order_is_always_said() {
        let filter = AlertFilter::default().fields(&["alert_tags"]);
        assert_eq!(value(&filter, "fields").as_deref(), Some("alert_id,alert_tags"));
        assert_eq!(value(&filter, "sort").as_deref(), Some("desc"));
        assert_eq!(value(&filter, "page"), None);
    }

    #[test]
    fn times_are_printed_in_utc_without_an_offset() {
        let from: Timestamp = "2026-11-22T10:00:00.5+02:00".parse().unwrap();
        let filter = AlertFilter::default().happened_between(from, from);
        assert_eq!(
            value(&filter, "source_end_date").as_deref(),
            Some("2026-11-22T08:00:00.500000")
        );
    }

    #[test]
    fn conditions_are_a_json_list() {
        let filter = AlertFilter::default()
            .condition("alert_id", Op::In, vec![1, 2])
            .condition("alert_source_ref", Op::Eq, "a,b");
        assert_eq!(
            value(&filter, "custom_conditions").as_deref(),
            Some(
                r#"[{"field":"alert_id","operator":"in","value":[1,2]},{"field":"alert_source_ref","operator":"eq","value":"a,b"}]"#
            )
        );
    }
}
