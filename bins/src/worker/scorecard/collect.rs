//! Verdicts from notes, resolutions from IRIS.

use std::collections::BTreeSet;
use std::time::Duration;

use iris_client::{Alert, AlertFilter, Error, IrisClient, Sort};
use jiff::Timestamp;
use triage_core::note::{self, Reading};

use super::score::{Analyst, Compared, Ours};
use crate::settings::{ResultPlace, Settings};
use crate::worker::claiming::plain;

const FIELDS: &[&str] = &["alert_id", "alert_tags", "alert_note", "alert_source_content"];
const PER_PAGE: u32 = 100;

/// What was found in IRIS.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// Alerts that carry the tag of a finished triage, by IRIS's count.
    pub(super) finished: u64,
    /// Of these, resolved by an analyst in a way that says what the alert was.
    pub(super) resolved: u64,
    /// Of these, with a verdict that can be read.
    pub(super) compared: Vec<Compared>,
}

/// Asks IRIS for finished alerts of this span, one resolution after the other.
pub(super) async fn collect(iris: &IrisClient, settings: &Settings, span: Duration) -> Result<Collected, Error> {
    let now = Timestamp::now();
    // Clocks differ: what IRIS calls now may be later.
    let until = now.checked_add(Duration::from_hours(24)).unwrap_or(now);
    let from = now.checked_sub(span).unwrap_or(Timestamp::UNIX_EPOCH);
    let resolutions: Vec<(i64, Analyst)> = iris
        .manage()
        .alert_resolutions()
        .await?
        .into_iter()
        .filter_map(|resolution| Some((resolution.id, Analyst::named(&resolution.name)?)))
        .collect();
    let mut collected = Collected::default();
    let mut seen = BTreeSet::new();
    for tag in [&settings.tags.reviewed, &settings.tags.failed] {
        let filter = AlertFilter::default()
            .tag(tag)
            .created_between(from, until)
            .sort(Sort::Asc);
        let all = filter.clone().fields(&["alert_id"]).per_page(1);
        collected.finished += iris.alerts().filter(&all).await?.total;
        for (resolution, analyst) in &resolutions {
            let mut next = Some(1);
            while let Some(page) = next {
                let filter = filter.clone().resolution(*resolution).fields(FIELDS);
                let answer = iris.alerts().filter(&filter.per_page(PER_PAGE).page(page)).await?;
                next = answer.next;
                for alert in answer.items {
                    if !alert.has_tag(tag) || !seen.insert(alert.id) {
                        continue;
                    }
                    collected.resolved += 1;
                    if let Some(reading) = reading(iris, settings, &alert).await? {
                        collected.compared.push(compared(&alert, &reading, *analyst));
                    }
                }
            }
        }
    }
    Ok(collected)
}

/// The verdict in the alert's note, else, where results are comments, in a comment.
async fn reading(iris: &IrisClient, settings: &Settings, alert: &Alert) -> Result<Option<Reading>, Error> {
    let reading = alert.note.as_deref().and_then(note::read);
    if reading.is_some() || settings.worker.result == ResultPlace::Note {
        return Ok(reading);
    }
    let comments = match iris.alerts().comments(alert.id).await {
        Ok(comments) => comments,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let texts = comments.into_iter().filter_map(|comment| comment.text);
    let blocks = texts.map(|text| plain(&text).replace("  \n", "\n").replace('\u{a0}', " "));
    Ok(blocks.filter_map(|text| note::read(&text)).next_back())
}

fn compared(alert: &Alert, reading: &Reading, analyst: Analyst) -> Compared {
    let by_tag = alert.tag_list().find_map(|tag| tag.strip_prefix("rule-"));
    let rule = by_tag.or_else(|| alert.source_content.as_ref()?["rule"]["id"].as_str());
    let model = match reading.source {
        note::Source::Rules => "rules",
        note::Source::Triager | note::Source::Repeated => reading.model.as_deref().unwrap_or(&reading.triager),
    };
    Compared {
        alert: alert.id,
        rule: word(rule.unwrap_or("none")),
        model: word(model),
        ours: Ours::from(reading.disposition),
        confidence: reading.confidence,
        severity: reading.severity,
        analyst,
    }
}

/// A name from IRIS that is printed: short, and nothing that a terminal takes for more than a letter.
fn word(text: &str) -> String {
    let plain = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ');
    plain.take(60).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_printed_without_what_a_terminal_obeys() {
        assert_eq!(word("qwen3:4b"), "qwen3:4b");
        assert_eq!(word("5710\u{1b}[2J\u{202e}\n"), "5710[2J");
        assert_eq!(word(&"x".repeat(100)).len(), 60);
    }
}
