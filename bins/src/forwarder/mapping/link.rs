//! The way back from IRIS to the event in the Wazuh dashboard.

use jiff::{Span, Timestamp};
use wazuh_model::{Alert, Generation};

/// Discover of the Wazuh dashboard 4.9 and later, with quotation marks in percent form: in IRIS a link stands in an attribute.
const DISCOVER: &str = "/app/data-explorer/discover#?_a=(discover:(columns:!(_source),isDirty:!f,sort:!()),\
    metadata:(indexPattern:%27{index}%27,view:discover))&_g=(filters:!(),refreshInterval:(pause:!t,value:0),\
    time:(from:%27{from}%27,to:%27{to}%27))&_q=(filters:!(),query:(language:kuery,query:%27{field}:%22{id}%22%27))";
/// The longest id that goes into a link.
const LONGEST_ID: usize = 200;

/// The template for a dashboard at this address.
pub(super) fn template(dashboard: &str) -> String {
    format!("{}{DISCOVER}", dashboard.trim_end_matches('/'))
}

/// A link to exactly this event; `None` for an alert without an id. What comes from the alert is in percent form.
pub(super) fn link(alert: &Alert, template: &str) -> Option<String> {
    let id = alert.id().filter(|id| id.len() <= LONGEST_ID)?;
    // Inside a quoted word of the query these would end it, in whatever form they stand in the address.
    if id.contains(['\'', '"', '!', '\\']) {
        return None;
    }
    let (index, field) = match alert.generation() {
        Generation::Four => ("wazuh-alerts-*", "id"),
        Generation::Five => ("wazuh-findings-v5-*", "event.doc_id"),
    };
    let (from, to) = around(alert.time());
    let agent = alert.agent().and_then(|agent| agent.id.as_deref());
    let link = template
        .replace("{index}", index)
        .replace("{field}", field)
        .replace("{from}", &from)
        .replace("{to}", &to)
        .replace("{rule}", &encode(alert.rule().id.as_deref().unwrap_or_default()))
        .replace("{agent}", &encode(agent.unwrap_or_default()))
        .replace("{id}", &encode(id));
    (link.len() <= 2000).then_some(link)
}

/// A minute to either side: the index rounds times, and a dashboard shows the last minutes only where nothing is said.
fn around(time: Option<Timestamp>) -> (String, String) {
    let shown = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let range = time.and_then(|time| {
        let from = time.checked_sub(Span::new().minutes(1)).ok()?;
        let to = time.checked_add(Span::new().minutes(1)).ok()?;
        Some((shown(from), shown(to)))
    });
    range.unwrap_or_else(|| ("now-90d".to_owned(), "now".to_owned()))
}

fn encode(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes())
        .collect::<String>()
        // A blank is a plus sign in forms only.
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(alert: &str) -> Option<String> {
        link(
            &Alert::from_slice(alert.as_bytes()).unwrap(),
            &template("https://wazuh.example/"),
        )
    }

    #[test]
    fn a_link_asks_for_the_id_in_the_minutes_around_the_event() {
        let link =
            of(r#"{"id":"1768899737.7","timestamp":"2026-01-20T10:02:17.037+0100","rule":{"id":"5710"}}"#).unwrap();
        for part in [
            "https://wazuh.example/app/data-explorer/discover#?",
            "wazuh-alerts-*",
            "from:%272026-01-20T09:01:17.000Z%27,to:%272026-01-20T09:03:17.000Z%27",
            "query:%27id:%221768899737.7%22%27",
        ] {
            assert!(link.contains(part), "{part} in {link}");
        }
        assert!(url::Url::parse(&link).is_ok());
        let finding =
            of(r#"{"@timestamp":"2026-01-20T10:02:17Z","event":{"doc_id":"Jt dsT"},"wazuh":{"rule":{}}}"#).unwrap();
        assert!(
            finding.contains("wazuh-findings-v5-*") && finding.contains("event.doc_id:%22Jt%20dsT%22"),
            "{finding}"
        );
    }

    #[test]
    fn an_id_can_neither_leave_its_quotes_nor_the_attribute() {
        for id in ["1') or (", "1\\\" or", "x!y"] {
            assert_eq!(
                of(&serde_json::json!({ "id": id, "rule": {} }).to_string()),
                None,
                "{id}"
            );
        }
        let link = of(r#"{"id":"<b>&#?","rule":{}}"#).unwrap();
        assert!(!link.contains(['<', '>', '"', '\'', '`']), "{link}");
    }
}
