//! From the spool into the queue: read, judged, durable, and only then unlinked.

use std::time::{Duration, Instant, SystemTime};

use wazuh_model::Alert;

use super::Courier;
use crate::forwarder::noise::Subject;
use crate::forwarder::queue::{Arrival, Intake, QueueError};
use crate::forwarder::spool::{Entry, Taken};

/// Entries per transaction: enough to share one sync, few enough to keep an alert's way short.
pub(super) const BATCH: usize = 100;
/// How often the inbox is looked through even if nothing was announced.
pub(super) const SCAN: Duration = Duration::from_secs(2);

impl Courier {
    pub(super) fn scan(&mut self) {
        if !self.backlog.is_empty() || self.last_scan.is_some_and(|at| at.elapsed() < SCAN) {
            return;
        }
        self.last_scan = Some(Instant::now());
        match self.spool.names() {
            Ok(names) => self.backlog = names.into(),
            Err(error) => tracing::error!(%error, "cannot list the spool"),
        }
    }

    /// Takes one batch from the spool into the queue, then unlinks it.
    pub(super) fn take_in(&mut self) -> Result<(), QueueError> {
        let names: Vec<String> = self.backlog.drain(..self.backlog.len().min(BATCH)).collect();
        let mut entries = Vec::new();
        for name in names {
            match self.spool.take(&name, SystemTime::now()) {
                Ok(Taken::Entry(entry)) => entries.push((name, entry)),
                Ok(Taken::Unfinished | Taken::Gone) => {}
                Ok(Taken::Corrupt(why)) => {
                    tracing::error!(entry = name, %why, "an entry of the spool cannot be read; it is kept in corrupt/");
                }
                Err(error) => tracing::error!(entry = name, %error, "cannot read an entry of the spool"),
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.last_work = Instant::now();
        let parsed: Vec<_> = entries
            .iter()
            .map(|(_, entry)| Alert::from_slice(entry.bytes()).ok())
            .collect();
        let arrivals: Vec<_> = entries
            .iter()
            .zip(&parsed)
            .map(|((name, entry), alert)| arrival(name, entry, alert.as_ref()))
            .collect();
        let flush_us = i64::try_from(self.settings.noise.flush_every.as_micros()).unwrap_or(i64::MAX / 4);
        let taken = tokio::task::block_in_place(|| self.queue.take_in(&arrivals, &self.rules, flush_us))?;
        for ((name, _), intake) in entries.iter().zip(&taken) {
            if let Intake::Judged(decision) = intake {
                tracing::debug!(entry = name, ?decision, "took in {name}");
            }
            if let Err(error) = self.spool.remove(name) {
                tracing::error!(entry = name, %error, "cannot remove an entry that is safe in the queue");
            }
        }
        Ok(())
    }

    /// Whether nothing but pieces of entries lies in the spool: they are not alerts yet, and a drain does not wait for them.
    pub(super) fn only_unfinished(&self) -> bool {
        let names = self.spool.names().unwrap_or_default();
        names.iter().all(|name| {
            matches!(
                self.spool.take(name, SystemTime::now()),
                Ok(Taken::Unfinished | Taken::Gone)
            )
        })
    }
}

fn arrival<'a>(name: &'a str, entry: &'a Entry, alert: Option<&'a Alert>) -> Arrival<'a> {
    let received_us = i64::try_from(entry.received_us()).unwrap_or(i64::MAX);
    Arrival {
        name,
        destination: entry.destination(),
        uuid: alert.map_or_else(|| of_entry(name), Alert::uuid),
        received_us,
        subject: alert.map(|alert| Subject::of(alert, received_us)),
        bytes: entry.bytes(),
    }
}

/// The id of what is no alert: of its entry. By its text, a second empty file would be taken for the first one again.
pub(crate) fn of_entry(name: &str) -> uuid::Uuid {
    uuid::Uuid::new_v5(&wazuh_model::ALERT_NAMESPACE, name.as_bytes())
}
