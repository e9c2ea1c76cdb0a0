//! Listening where the settings say: for whoever asks how the courier does, and for findings that are sent to it.
//!
//! A place that another program has is tried again and again. Alerts do not wait for it.

use std::time::Instant;

use super::{Courier, UPKEEP};
use crate::forwarder::source::webhook::Receiver;
use crate::health::advice;

/// Where the trouble of each is kept.
const HEALTH: usize = 0;
const WEBHOOK: usize = 1;

impl Courier {
    /// Listens wherever it is to and does not yet.
    pub(super) async fn listen(&mut self) {
        self.last_listened = Instant::now();
        let shown = self.show().await;
        self.heard(HEALTH, shown);
        // Nobody would be there for what comes after a drain.
        if self.drain.is_none() {
            let received = self.receive().await;
            self.heard(WEBHOOK, received);
        }
    }

    pub(super) fn is_to_listen_again(&self) -> bool {
        self.deaf.first().is_some() && self.last_listened.elapsed() >= UPKEEP
    }

    fn heard(&mut self, place: usize, heard: std::io::Result<()>) {
        let Err(error) = heard else {
            return self.deaf.passed(place);
        };
        if self.deaf.failed(place, error.to_string(), Instant::now()) {
            tracing::error!(
                "{error}; alerts are delivered all the same, and it is tried again every {} s: {}",
                UPKEEP.as_secs(),
                advice(&error)
            );
        }
    }

    /// Shows from now on how it does, if the settings say where.
    async fn show(&mut self) -> std::io::Result<()> {
        if !self.shows {
            let server = self.board.serve(self.settings.health_listen).await?;
            self.servers.extend(server);
            self.shows = true;
        }
        Ok(())
    }

    /// Receives findings from now on, if the settings say where.
    async fn receive(&mut self) -> std::io::Result<()> {
        let settings = &self.settings.webhook;
        let (Some(address), Some(token), None) = (settings.listen, &settings.token, &self.receiver) else {
            return Ok(());
        };
        let receiver = Receiver::new(self.spool.clone(), self.route.clone(), token, settings.max_bytes);
        self.servers.push(receiver.listen(address).await?);
        self.receiver = Some(receiver);
        Ok(())
    }
}
