//! What waits in IRIS: asked for by tag, looked at exactly, and ready to be put in order.

use std::collections::BTreeMap;
use std::time::Duration;

use iris_client::{Alert, AlertFilter, AlertId, Error, IrisClient, Sort};
use triage_core::Severity;
use triage_core::workflow::{ClaimToken, TagNames, TagSet, Waiting, WorkerId};

use super::claiming::number;

const FIELDS: &[&str] = &["alert_id", "alert_tags", "alert_severity_id", "alert_source_event_time"];
/// Pages looked through for one tag: alerts that only look like ours must not hide those behind them.
const MOST_PAGES: u32 = 50;

/// One alert of the listing.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) id: AlertId,
    pub(super) tags: TagSet,
    pub(super) waiting: Waiting,
    /// Its rule, where a tag names it.
    pub(super) rule: Option<String>,
    time: String,
}

/// What a look at the list found.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) alerts: Vec<Listed>,
    /// How many alerts ask for a triage, by IRIS's count: it counts tags that only look like ours, too.
    pub(super) asking: u64,
    /// Whether all that ask are in it.
    pub(super) complete: bool,
}

/// Ranks of the severities of one server, by its own ids.
pub(super) type SeverityRanks = BTreeMap<i64, Severity>;

/// Asks a server for its severities.
pub(super) async fn severity_ranks(iris: &IrisClient) -> Result<SeverityRanks, Error> {
    let rank = |name: &str| match name.to_ascii_lowercase().as_str() {
        "critical" => Severity::Critical,
        "high" => Severity::High,
        "medium" => Severity::Medium,
        "low" => Severity::Low,
        _ => Severity::Informational,
    };
    Ok(iris
        .manage()
        .severities()
        .await?
        .into_iter()
        .map(|severity| (severity.id, rank(&severity.name)))
        .collect())
}

/// Lists alerts that carry a tag of the open workflow: all that wait where they fit on a page, else the oldest page of them
/// and about `most` of the worst; and about `most` of those under work.
pub(super) async fn open_alerts(
    iris: &IrisClient,
    names: &TagNames,
    ranks: &SeverityRanks,
    per_page: u32,
    most: usize,
) -> Result<Listing, Error> {
    let mut query = Query {
        iris,
        ranks,
        per_page,
        found: BTreeMap::new(),
        total: 0,
    };
    query.pages(names.processing(), None, most, MOST_PAGES).await?;
    let complete = query.pages(names.pending(), None, most, 1).await?;
    let asking = query.total;
    if !complete {
        let mut worst: Vec<(Severity, i64)> = ranks.iter().map(|(id, rank)| (*rank, *id)).collect();
        worst.sort_unstable_by(|a, b| b.cmp(a));
        let mut wanted = most;
        for (_, severity) in worst {
            let before = query.found.len();
            query.pages(names.pending(), Some(severity), wanted, MOST_PAGES).await?;
            wanted = wanted.saturating_sub(query.found.len() - before);
            if wanted == 0 {
                break;
            }
        }
    }
    let mut listed: Vec<Listed> = query.found.into_values().collect();
    listed.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| b.id.cmp(&a.id)));
    // Only the order of the ages counts, so places stand in for them: whose clock wrote the times does not matter then.
    for (alert, place) in listed.iter_mut().zip(0..) {
        alert.waiting.age = Duration::from_secs(place);
    }
    Ok(Listing {
        alerts: listed,
        asking,
        complete,
    })
}

/// Pages of alerts, gathered under their ids.
struct Query<'a> {
    iris: &'a IrisClient,
    ranks: &'a SeverityRanks,
    per_page: u32,
    found: BTreeMap<AlertId, Listed>,
    /// Of the tag that was asked for last.
    total: u64,
}

impl Query<'_> {
    /// Gathers the oldest alerts with a tag until `most` are found or so many pages are read; says whether these were all.
    async fn pages(&mut self, tag: &str, severity: Option<i64>, most: usize, pages: u32) -> Result<bool, Error> {
        let mut eligible = 0;
        // IRIS finds parts of words too, so a page may hold nothing of ours.
        for page in 1..=pages {
            let mut filter = AlertFilter::default()
                .tag(tag)
                .fields(FIELDS)
                .sort(Sort::Asc)
                .per_page(self.per_page)
                .page(page);
            if let Some(severity) = severity {
                filter = filter.severity(severity);
            }
            let answer = self.iris.alerts().filter(&filter).await?;
            let next = answer.next;
            self.total = answer.total;
            for alert in answer.items.iter().filter(|alert| alert.has_tag(tag)) {
                eligible += 1;
                self.found.insert(alert.id, listed(alert, self.ranks));
            }
            if next.is_none() {
                return Ok(true);
            }
            if eligible >= most {
                break;
            }
        }
        Ok(false)
    }
}

fn listed(alert: &Alert, ranks: &SeverityRanks) -> Listed {
    let severity = alert.severity_id.and_then(|id| ranks.get(&id)).copied();
    Listed {
        id: alert.id,
        tags: TagSet::parse(alert.tags.as_deref().unwrap_or_default()),
        waiting: Waiting {
            alert_id: number(alert.id),
            severity: severity.unwrap_or(Severity::Informational),
            age: Duration::ZERO,
        },
        rule: alert
            .tag_list()
            .find_map(|tag| tag.strip_prefix("rule-"))
            .map(str::to_owned),
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

#[cfg(test)]
mod tests {
    use iris_client::sandbox::Sandbox;
    use iris_client::{CustomerId, NewAlert};

    use super::*;

    #[tokio::test]
    async fn the_worst_is_found_behind_pages_of_others_and_the_oldest_too() {
        let server = Sandbox::builder().start().await.unwrap();
        let iris = IrisClient::builder(&server.url())
            .token(server.token().to_owned().into())
            .build()
            .unwrap();
        let ranks = severity_ranks(&iris).await.unwrap();
        let id_of = |wanted: Severity| *ranks.iter().find(|(_, rank)| **rank == wanted).unwrap().0;
        let mut added = Vec::new();
        for number in 0..40 {
            let severity = if number == 33 {
                Severity::Critical
            } else {
                Severity::Low
            };
            let alert = NewAlert::new(format!("Alert {number}"), id_of(severity), 2, CustomerId(1)).tags("ai-pending");
            added.push(iris.alerts().add(&alert).await.unwrap().id);
        }
        server.edit(added[7], |alert| {
            alert.tags = Some("ai-processing,ai-claim:other.1,ai-try:1".to_owned());
        });
        let listed = open_alerts(&iris, &TagNames::default(), &ranks, 5, 4).await.unwrap();
        assert_eq!((listed.asking, listed.complete), (39, false));
        let listed = listed.alerts;
        let ids: Vec<AlertId> = listed.iter().map(|alert| alert.id).collect();
        assert!(ids.contains(&added[33]), "the critical one: {ids:?}");
        assert!(ids.contains(&added[0]), "the oldest one: {ids:?}");
        assert!(ids.contains(&added[7]), "the one under work: {ids:?}");
        assert!(ids.len() < 20, "not everything: {ids:?}");
        let oldest = listed.iter().max_by_key(|alert| alert.waiting.age).unwrap();
        assert_eq!(oldest.id, added[0]);
    }
}
