//! A destination that can be talked to: its client, its customer, its ids, and whether it is worth trying.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use iris_client::{CustomerId, Error, IrisClient, TlsMode};
use serde::Deserialize;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::ids::Ids;
use super::spool::{Destination, DestinationId};
use crate::settings::IrisSettings;

/// What `<options>` of an `<integration>` block may say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Customer that this block's alerts are created for.
    pub customer_id: Option<i64>,
    /// Further tags for this block's alerts.
    pub tags: Vec<String>,
}

impl Options {
    /// Reads the text of `<options>`.
    pub fn read(text: &str) -> Result<Self, TargetError> {
        match text.trim() {
            "" => Ok(Self::default()),
            text => serde_json::from_str(text).map_err(|error| TargetError::BadOptions(error.to_string())),
        }
    }
}

/// A destination with everything that is needed to deliver to it.
#[derive(Debug)]
pub struct Target {
    client: IrisClient,
    customer: CustomerId,
    /// Whether it is another customer than that of the settings.
    another_customer: bool,
    tags: Vec<String>,
    ids: Mutex<Option<Arc<Ids>>>,
}

/// Why a destination cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Its file is gone or damaged.
    #[error("what the hook said about destination {id} cannot be read: {source}")]
    Unreadable {
        /// Which destination.
        id: DestinationId,
        /// Why.
        source: std::io::Error,
    },
    /// No address.
    #[error(
        "the address of IRIS is missing: add <hook_url>https://IRIS:8443/alerts/add</hook_url> to the <integration> in ossec.conf, \
         or set iris.base_url"
    )]
    NoAddress,
    /// No key.
    #[error("the API key of IRIS is missing: add <api_key> to the <integration> in ossec.conf, or set iris.bearer")]
    NoKey,
    /// The options are no JSON of the known form.
    #[error("<options> of the <integration> in ossec.conf: {0}; known are customer_id and tags")]
    BadOptions(String),
    /// The client refuses the settings.
    #[error(transparent)]
    Client(#[from] Error),
}

impl Target {
    /// Lays what the hook said over the settings.
    pub fn open(root: &Path, id: DestinationId, settings: &IrisSettings) -> Result<Self, TargetError> {
        let destination = Destination::recall(root, id).map_err(|source| TargetError::Unreadable { id, source })?;
        Self::new(&destination, settings)
    }

    /// The target of a destination.
    pub fn new(destination: &Destination, settings: &IrisSettings) -> Result<Self, TargetError> {
        let options = Options::read(&destination.options)?;
        let url = Some(destination.url.clone())
            .filter(|url| !url.is_empty())
            .or_else(|| settings.base_url.clone())
            .ok_or(TargetError::NoAddress)?;
        let key = destination
            .key
            .clone()
            .or_else(|| settings.bearer.clone())
            .ok_or(TargetError::NoKey)?;
        let client = IrisClient::builder(&url)
            .token(key)
            .tls(tls(settings))
            .call_timeout(settings.timeout)
            .max_concurrency(settings.concurrency)
            .build()?;
        Ok(Self {
            client,
            customer: CustomerId(options.customer_id.unwrap_or(settings.customer)),
            another_customer: options.customer_id.is_some_and(|id| id != settings.customer),
            tags: options.tags,
            ids: Mutex::new(None),
        })
    }

    /// The client.
    pub fn client(&self) -> &IrisClient {
        &self.client
    }

    /// The customer that alerts are created for.
    pub fn customer(&self) -> CustomerId {
        self.customer
    }

    /// The id of an alert there. Two blocks may bring one alert for two customers of one IRIS, and each is to have it: for another
    /// customer than that of the settings, the id is a `UUIDv5` of `customer:<id>` in the alert's own id as the namespace.
    pub fn uuid(&self, alert: Uuid) -> Uuid {
        if self.another_customer {
            Uuid::new_v5(&alert, format!("customer:{}", self.customer.0).as_bytes())
        } else {
            alert
        }
    }

    /// Further tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The ids of this server, resolved from names at first contact.
    pub async fn ids(&self) -> Result<Arc<Ids>, Error> {
        let mut ids = self.ids.lock().await;
        if let Some(known) = &*ids {
            return Ok(Arc::clone(known));
        }
        let resolved = Arc::new(Ids::resolve(&self.client).await?);
        *ids = Some(Arc::clone(&resolved));
        Ok(resolved)
    }

    /// Forgets the ids: the next alert resolves them again.
    pub async fn forget_ids(&self) {
        *self.ids.lock().await = None;
        self.client.catalog().refresh();
    }
}

/// How certificates are verified.
pub(crate) fn tls(settings: &IrisSettings) -> TlsMode {
    if let Some(fingerprint) = &settings.fingerprint {
        return TlsMode::Fingerprint(fingerprint.clone());
    }
    if !settings.verify {
        return TlsMode::DangerousOff;
    }
    settings.ca_file.clone().map_or(TlsMode::Verify, TlsMode::CaFile)
}

/// Whether a destination is worth trying: closed for a growing while after failures, then tried with one alert.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    closed_until_us: i64,
    reported: Option<String>,
}

impl Breaker {
    /// How many alerts may be tried at once now.
    pub fn allows(&self, now_us: i64, most: usize) -> usize {
        if now_us < self.closed_until_us {
            0
        } else if self.failures > 0 {
            1
        } else {
            most
        }
    }

    /// When it may be tried again, in microseconds since 1970.
    pub fn closed_until_us(&self) -> i64 {
        self.closed_until_us
    }

    /// Whether it has failed since its last success.
    pub fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// The last failure, for people.
    pub fn last_failure(&self) -> Option<&str> {
        self.reported.as_deref()
    }

    /// An attempt reached IRIS.
    pub fn succeeded(&mut self) {
        if self.failures > 0 {
            tracing::info!(failures = self.failures, "IRIS is back");
        }
        *self = Self::default();
    }

    /// An attempt did not: closes for a while, `random` in 0..1 spreads several couriers.
    pub fn failed(&mut self, error: &str, wait: Option<Duration>, configuration: bool, now_us: i64, random: f64) {
        self.failures = self.failures.saturating_add(1);
        let most = if configuration { 30.0 } else { 300.0 };
        let grown = f64::from(1_u32 << self.failures.min(10).saturating_sub(1)).min(most);
        // A server that says "at once" is asked again no sooner than one that says nothing.
        let own = grown * (0.5 + random / 2.0);
        let pause = wait.map_or(own, |wait| wait.as_secs_f64().clamp(own.min(1.0), 900.0));
        #[expect(clippy::cast_possible_truncation, reason = "at most 900 seconds")]
        let pause_us = (pause * 1e6) as i64;
        self.closed_until_us = now_us.saturating_add(pause_us);
        // The same words once, not at every attempt of a long outage.
        if self.reported.as_deref() != Some(error) {
            tracing::warn!(error, "IRIS cannot be used at the moment; alerts wait in the queue");
            self.reported = Some(error.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_destination_is_tried_ever_less_often_and_with_one_alert() {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.allows(0, 4), 4);
        let mut now = 0;
        let mut pauses = Vec::new();
        for _ in 0..12 {
            breaker.failed("refused", None, false, now, 1.0);
            assert_eq!(breaker.allows(now, 4), 0);
            pauses.push((breaker.closed_until_us() - now) / 1_000_000);
            now = breaker.closed_until_us();
            assert_eq!(breaker.allows(now, 4), 1);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        breaker.succeeded();
        assert_eq!(breaker.allows(now, 4), 4);
    }

    #[test]
    fn an_absurd_retry_after_is_capped() {
        let mut breaker = Breaker::default();
        breaker.failed("slow down", Some(Duration::from_hours(87600)), false, 0, 0.5);
        assert_eq!(breaker.closed_until_us(), 900 * 1_000_000);
    }

    #[test]
    fn what_is_missing_is_named_with_the_place_to_write_it() {
        let source = crate::settings::Source::default();
        let settings = crate::settings::Settings::parse(&source).unwrap().iris;
        let nowhere = Destination {
            url: String::new(),
            key: None,
            options: String::new(),
        };
        assert!(
            Target::new(&nowhere, &settings)
                .unwrap_err()
                .to_string()
                .contains("iris.base_url")
        );
        let keyless = Destination {
            url: "https://iris".into(),
            key: None,
            options: String::new(),
        };
        assert!(
            Target::new(&keyless, &settings)
                .unwrap_err()
                .to_string()
                .contains("<api_key>")
        );
        let odd = Destination {
            url: "https://iris".into(),
            key: Some("k".into()),
            options: "{\"customr\":1}".into(),
        };
        assert!(
            Target::new(&odd, &settings)
                .unwrap_err()
                .to_string()
                .contains("customer_id and tags")
        );
    }
}
