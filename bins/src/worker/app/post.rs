//! What the worker says of itself: readiness, metrics, and how long the queue will take.

use std::time::Duration;

use super::App;
use crate::health::Metrics;
use crate::worker::clock;

/// Pause between two lines about the queue in the log.
const SAY_EVERY: Duration = Duration::from_mins(1);

impl App {
    /// Puts the state of now on the board.
    pub(super) fn post(&self, waiting: usize) {
        let counts = self.meter.counts();
        let mut metrics = Metrics::default()
            .counters(
                "wazuh_iris_worker_alerts_total",
                "Alerts by how work on them ended.",
                "ending",
                self.tally.endings(),
            )
            .counters(
                "wazuh_iris_worker_triager_calls_total",
                "Calls of the triager by what came of them.",
                "outcome",
                [
                    ("draft", counts.drafts),
                    ("unavailable", counts.unavailable),
                    ("busy", counts.busy),
                    ("timeout", counts.timeout),
                    ("bad_output", counts.bad_output),
                    ("too_large", counts.too_large),
                    ("misconfigured", counts.misconfigured),
                    ("dropped", counts.dropped),
                ],
            )
            .counter(
                "wazuh_iris_worker_triager_milliseconds_total",
                "Time of all calls that gave a draft.",
                u64::try_from(counts.time.as_millis()).unwrap_or(u64::MAX),
            )
            .counter(
                "wazuh_iris_worker_tokens_total",
                "Tokens of prompts and answers, as far as the backend says.",
                counts.prompt_tokens + counts.output_tokens,
            )
            .gauge(
                "wazuh_iris_worker_waiting",
                "Eligible alerts for which there was no room at the last look.",
                waiting as u64,
            )
            .gauge(
                "wazuh_iris_worker_asking",
                "Alerts that asked for a triage at the last list, by IRIS's count.",
                self.last.asking,
            )
            .gauge(
                "wazuh_iris_worker_over_budget",
                "Alerts that wait because a budget is used up.",
                self.last.over_budget as u64,
            )
            .gauge(
                "wazuh_iris_worker_under_way",
                "Alerts under work.",
                self.tasks.len() as u64,
            );
        if let Some(left) = self.how_long() {
            metrics = metrics.gauge(
                "wazuh_iris_worker_queue_seconds",
                "How long the queue will take at the measured speed.",
                left.as_secs(),
            );
        }
        self.board.post(self.reported.clone(), metrics);
        self.board.say(self.queue());
    }

    /// How long what asks for a triage will take all known workers, at the speed that was measured.
    fn how_long(&self) -> Option<Duration> {
        let typical = self.desk.floor.typical()?;
        let lanes = self.desk.floor.slots() * self.known_workers;
        let turns = u32::try_from(self.last.asking).unwrap_or(u32::MAX);
        Some(typical.saturating_mul(turns) / u32::try_from(lanes.max(1)).unwrap_or(u32::MAX))
    }

    /// The queue in words.
    fn queue(&self) -> String {
        let left = match (self.how_long(), self.desk.floor.typical()) {
            (Some(left), Some(typical)) => format!("about {} at {} an alert", in_words(left), in_words(typical)),
            _ => "no speed was measured yet".to_owned(),
        };
        format!(
            "queue: {} waiting, {} under way, {left}",
            self.last.asking,
            self.tasks.len()
        )
    }

    /// Logs how long the queue will take, now and then, while there is one.
    pub(super) fn say_how_long(&mut self, workers: usize) {
        self.known_workers = workers.max(1);
        let now = clock::now();
        if self.last.asking == 0 || self.said_at.is_some_and(|said| said + SAY_EVERY > now) {
            return;
        }
        self.said_at = Some(now);
        tracing::info!(
            queue.waiting = self.last.asking,
            queue.over_budget = self.last.over_budget,
            queue.seconds = self.how_long().map(|left| left.as_secs()),
            workers,
            "{}",
            self.queue()
        );
    }

    /// Says the same words once.
    pub(super) fn report(&mut self, words: &str) {
        if self.reported.as_deref() != Some(words) {
            tracing::error!(error = words, "no alert is claimed at the moment");
            self.reported = Some(words.to_owned());
        }
    }
}

fn in_words(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds @ 1..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_the_unit_that_fits() {
        let said = |millis| in_words(Duration::from_millis(millis));
        assert_eq!(
            [said(40), said(1500), said(119_000), said(600_000), said(36_000_000)],
            ["40 ms", "1 s", "119 s", "10 min", "10 h"]
        );
    }
}
