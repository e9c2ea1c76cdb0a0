//! What waits in IRIS: asked for by tag, looked at exactly, and put in order.

use std::collections::BTreeMap;

use iris_client::{Alert, AlertFilter, AlertId, Error, IrisClient, Sort};
use triage_core::workflow::{ClaimToken, TagNames, TagSet, WorkerId};

const FIELDS: &[&str] = &["alert_id", "alert_tags", "alert_severity_id", "alert_source_event_time"];
/// Pages looked through for one tag: alerts that only look like ours must not hide those behind them.
const MOST_PAGES: u32 = 50;

/// One alert of the listing.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) id: AlertId,
    pub(super) tags: TagSet,
    severity: u8,
    time: String,
}

/// Ranks of the severities of one server, by its own ids.
pub(super) type SeverityRanks = BTreeMap<i64, u8>;

/// Asks a server for its severities.
pub(super) async fn severity_ranks(iris: &IrisClient) -> Result<SeverityRanks, Error> {
    let rank = |name: &str| match name.to_ascii_lowercase().as_str() {
        "critical" => 5,
        "high" => 4,
        "medium" => 3,
        "low" => 2,
        "informational" => 1,
        _ => 0,
    };
    Ok(iris
        .manage()
        .severities()
        .await?
        .into_iter()
        .map(|severity| (severity.id, rank(&severity.name)))
        .collect())
}

/// Lists up to about `most` alerts that carry a tag of the open workflow, the worst first, then the oldest.
pub(super) async fn open_alerts(
    iris: &IrisClient,
    names: &TagNames,
    ranks: &SeverityRanks,
    per_page: u32,
    most: usize,
) -> Result<Vec<Listed>, Error> {
    let mut found = BTreeMap::new();
    for tag in [names.pending(), names.processing()] {
        let mut page = 1;
        // IRIS finds parts of words too, so a page may hold nothing of ours.
        while page <= MOST_PAGES {
            let filter = AlertFilter::default()
                .tag(tag)
                .fields(FIELDS)
                .sort(Sort::Asc)
                .per_page(per_page)
                .page(page);
            let answer = iris.alerts().filter(&filter).await?;
            let next = answer.next;
            for alert in answer.items.iter().filter(|alert| alert.has_tag(tag)) {
                found.insert(alert.id, listed(alert, ranks));
            }
            if found.len() >= most || next.is_none() {
                break;
            }
            page += 1;
        }
    }
    let mut all: Vec<Listed> = found.into_values().collect();
    all.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.time.cmp(&b.time))
            .then_with(|| a.id.cmp(&b.id))
    });
    Ok(all)
}

fn listed(alert: &Alert, ranks: &SeverityRanks) -> Listed {
    Listed {
        id: alert.id,
        tags: TagSet::parse(alert.tags.as_deref().unwrap_or_default()),
        severity: alert.severity_id.and_then(|id| ranks.get(&id)).copied().unwrap_or(0),
        time: alert.event_time.clone().unwrap_or_default(),
    }
}

/// Workers that are seen at work, this one among them.
pub(super) fn workers(listed: &[Listed], me: &WorkerId) -> Vec<WorkerId> {
    let mut workers: Vec<WorkerId> = listed
        .iter()
        .flat_map(|alert| {
            alert
                .tags
                .iter()
                .filter_map(ClaimToken::parse)
                .map(|token| token.worker().clone())
                .collect::<Vec<_>>()
        })
        .chain([me.clone()])
        .collect();
    workers.sort_unstable();
    workers.dedup();
    workers
}
