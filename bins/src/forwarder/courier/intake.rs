//! From the sources into the queue: judged, durable, and only then forgotten by the source.

use std::collections::BTreeMap;
use std::io;
use std::time::Instant;

use wazuh_model::Alert;

use super::Courier;
use super::reload::warn_of_untold;
use crate::forwarder::noise::{Rules, Subject};
use crate::forwarder::queue::{Arrival, Intake, Queue, QueueError, Taking};
use crate::forwarder::source::{Incoming, KnownBy, Route, Source};
use crate::forwarder::spool::DestinationId;

impl Courier {
    /// Takes one batch of every source into the queue.
    pub(super) fn take_in(&mut self) {
        let mut sources = 0;
        let mut turned = BTreeMap::new();
        self.took_in = false;
        for source in self.sources.each() {
            let taken = tokio::task::block_in_place(|| {
                take_from(source, &mut self.queue, &mut self.route, &self.rules, &mut turned)
            });
            match taken {
                Ok(None) => self.troubles.nothing(sources, source.poll_every(), Instant::now()),
                Ok(Some(count)) => {
                    self.troubles.passed(sources);
                    self.took_in = true;
                    if count > 0 {
                        self.last_work = Instant::now();
                        self.last_taken_in = Some(self.last_work);
                        self.fresh = true;
                    }
                }
                // The alerts are safe where they came from; a full disk is no reason to stop delivering what is in the queue.
                Err(error) => {
                    // The same words once, not at every look.
                    let error = error.to_string().replace("\nhint: ", "; ");
                    if self.troubles.failed(sources, error.clone(), Instant::now()) {
                        tracing::error!(error, "alerts are not taken in; they wait where they are");
                    }
                }
            }
            match source.stuck() {
                None => self.stuck.passed(sources),
                Some(why) => {
                    if self.stuck.failed(sources, why.clone(), Instant::now()) {
                        tracing::error!("a source of alerts needs a person: {why}");
                    }
                }
            }
            sources += 1;
        }
        self.troubles.keep(sources);
        self.stuck.keep(sources);
        // What the place of before says from now on is not of the one of now.
        for (id, untold) in turned {
            warn_of_untold(id, untold);
            self.follow(id);
        }
    }
}

/// Why a batch was not taken in.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error("a source of alerts cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("the queue takes no alerts: {0}")]
    Queue(#[from] QueueError),
}

/// Takes one batch in and says how many alerts that were; `None` where there was none. Notes which destinations lead elsewhere since, also
/// where the batch is given back, and how many repeats these have not told.
fn take_from(
    source: &mut dyn Source,
    queue: &mut Queue,
    route: &mut Route,
    rules: &Rules,
    turned: &mut BTreeMap<DestinationId, u64>,
) -> Result<Option<usize>, NotTaken> {
    let batch = source.next()?;
    if batch.is_empty() {
        return Ok(None);
    }
    // A file of a destination is there before its first alert: one look at it holds for a batch.
    let destinations = batch.alerts.iter().map(|alert| alert.destination).collect();
    let led = route.on_the_servers(&destinations).into_iter().try_for_each(|id| {
        let place = route.place_as_known(id);
        if let Some(untold) = place.map_or(Ok(None), |place| queue.leads(id, place))? {
            turned.insert(id, untold);
        }
        Ok(())
    });
    // An alert is read, judged and forgotten before the next one: a batch of them would take megabytes.
    let take = |taking: &mut Taking<'_>| {
        let each = batch.alerts.iter().map(|incoming| {
            let alert = Alert::from_slice(&incoming.bytes).ok();
            let same_server = route.same_server(incoming.destination, alert.as_ref());
            taking.take(&arrival(incoming, alert.as_ref(), same_server))
        });
        each.collect::<rusqlite::Result<Vec<_>>>()
    };
    // Whatever fails here, the source gets back what it gave.
    match led.and_then(|()| queue.take_in_all(batch.checkpoint.as_ref(), rules, take)) {
        Ok(taken) => {
            for (alert, intake) in batch.alerts.iter().zip(&taken) {
                if let Intake::Judged(decision) = intake {
                    tracing::debug!(entry = alert.name, ?decision, "took in {}", alert.name);
                }
            }
            let count = batch.alerts.len();
            source.taken(batch);
            Ok(Some(count))
        }
        Err(error) => {
            source.again(batch);
            Err(error.into())
        }
    }
}

/// What is no alert has an id of its own by the name it came under.
fn arrival<'a>(incoming: &'a Incoming, alert: Option<&'a Alert>, same_server: Vec<DestinationId>) -> Arrival<'a> {
    Arrival {
        name: &incoming.name,
        destination: incoming.destination,
        same_server,
        uuid: alert.map_or_else(|| unread_id(incoming), Alert::uuid),
        received_us: incoming.received_us,
        subject: alert.map(|alert| Subject::of(alert, incoming.received_us)),
        bytes: &incoming.bytes,
    }
}

fn unread_id(incoming: &Incoming) -> uuid::Uuid {
    match incoming.known_by {
        KnownBy::Name => of_entry(&incoming.name),
        KnownBy::Text => uuid::Uuid::new_v5(&wazuh_model::ALERT_NAMESPACE, &incoming.bytes),
    }
}

/// The id of what is no alert: of its entry. By its text, a second empty file would be taken for the first one again.
pub(crate) fn of_entry(name: &str) -> uuid::Uuid {
    uuid::Uuid::new_v5(&wazuh_model::ALERT_NAMESPACE, name.as_bytes())
}
