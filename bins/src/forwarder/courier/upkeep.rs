//! Looking after the queue: windows, texts, space, limits for the hook, and what the health server shows.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime};

use super::Courier;
use crate::forwarder::door::Door;
use crate::forwarder::queue::micros;
use crate::forwarder::spool::Limits;
use crate::health::Metrics;

/// How often limits, windows and space are looked after.
const UPKEEP: Duration = Duration::from_secs(5);

impl Courier {
    pub(super) fn upkeep(&mut self) {
        if self.last_upkeep.is_some_and(|at| at.elapsed() < UPKEEP) {
            return;
        }
        self.last_upkeep = Some(Instant::now());
        let now_us = micros(SystemTime::now());
        let looked_after = tokio::task::block_in_place(|| {
            self.queue.close_windows(now_us)?;
            if self.queue.expire(now_us, self.settings.spool.keep)? {
                self.queue.give_back()?;
            }
            // What is settled goes before an alert is turned away.
            let enough = self.settings.spool.max_bytes / 10 * 8;
            if self.queue.size()? > enough {
                while self.queue.expire(now_us, Duration::ZERO)? && self.queue.size()? > enough {}
                self.queue.give_back()?;
            }
            self.queue.size()
        });
        match looked_after {
            Ok(size) => {
                let bounds = &self.settings.spool;
                let limits = Limits {
                    min_free_bytes: bounds.min_free_bytes,
                    min_free_inodes: bounds.min_free_inodes,
                    queue_full: size >= bounds.max_bytes,
                };
                if limits != Limits::read(self.spool.root())
                    && let Err(error) = limits.write(self.spool.root())
                {
                    tracing::error!(%error, "cannot write the limits for the hook");
                }
            }
            Err(error) => tracing::error!(%error, "cannot look after the queue"),
        }
        self.post(now_us);
    }

    /// Puts the state of now on the board.
    pub(super) fn post(&self, now_us: i64) {
        let (Ok(counters), Ok(oldest)) = (self.queue.counters(), self.queue.oldest_waiting_us()) else {
            return;
        };
        let age = oldest.map_or(0, |at| u64::try_from((now_us - at) / 1_000_000).unwrap_or(0));
        let metrics = Metrics::default()
            .counter(
                "wazuh_iris_forwarder_received_total",
                "Alerts taken from the spool.",
                counters.received,
            )
            .counters(
                "wazuh_iris_forwarder_settled_total",
                "Alerts by the door they left by; with the waiting ones they add up to the received ones.",
                "door",
                Door::ALL.map(|door| (door.name(), counters.of(door))),
            )
            .gauge(
                "wazuh_iris_forwarder_waiting",
                "Alerts that are not settled yet.",
                counters.waiting,
            )
            .gauge(
                "wazuh_iris_forwarder_oldest_waiting_seconds",
                "Age of the alert that has waited longest.",
                age,
            )
            .gauge(
                "wazuh_iris_forwarder_queue_bytes",
                "Size of the queue in use.",
                self.queue.size().unwrap_or(0),
            );
        let metrics = match self.sources.tail.as_ref().map(super::Tail::notes) {
            None => metrics,
            Some(notes) => metrics
                .gauge(
                    "wazuh_iris_forwarder_tail_behind_bytes",
                    "Bytes of alerts.json that are written and not read yet.",
                    notes.behind,
                )
                .gauge(
                    "wazuh_iris_forwarder_tail_paused",
                    "1 while the tail waits for room.",
                    notes.paused.into(),
                )
                .counter(
                    "wazuh_iris_forwarder_tail_cut_lines_total",
                    "Lines of alerts.json above 16 MiB, of which the beginning was taken.",
                    notes.cut,
                )
                .counter(
                    "wazuh_iris_forwarder_tail_lost_files_total",
                    "Files that were gone or damaged before they were read to their end.",
                    notes.lost_files,
                ),
        };
        let metrics = match self
            .receiver
            .as_ref()
            .map(crate::forwarder::source::webhook::Receiver::tally)
        {
            None => metrics,
            Some(tally) => metrics
                .counter(
                    "wazuh_iris_forwarder_webhook_stored_total",
                    "Findings that the webhook has stored.",
                    tally.stored.load(Relaxed),
                )
                .counter(
                    "wazuh_iris_forwarder_webhook_refused_total",
                    "Calls without the token, too large, or without a finding.",
                    tally.refused.load(Relaxed),
                )
                .counter(
                    "wazuh_iris_forwarder_webhook_turned_away_total",
                    "Calls that were asked to come again for want of room.",
                    tally.turned_away.load(Relaxed),
                ),
        };
        let failing = self.breakers.values().find(|breaker| breaker.is_failing());
        self.board.post(
            failing.map(|breaker| breaker.last_failure().unwrap_or("IRIS fails").to_owned()),
            metrics,
        );
    }
}
