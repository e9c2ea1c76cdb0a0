//! A destination that can be talked to: its client, its customer, its ids.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use iris_client::{CustomerId, Error, IrisClient, TlsMode};
use serde::Deserialize;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::ids::Ids;
use super::spool::{Destination, DestinationId};
use crate::settings::{IrisSettings, Severity};

/// What `<options>` of an `<integration>` block may say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Customer that this block's alerts are created for.
    pub customer_id: Option<i64>,
    /// Further tags for this block's alerts.
    pub tags: Vec<String>,
    /// Other levels for some severities, such as `{"High": 9}`.
    pub severity: BTreeMap<String, u8>,
}

impl Options {
    /// Reads the text of `<options>`.
    pub fn read(text: &str) -> Result<Self, TargetError> {
        match text.trim() {
            "" => Ok(Self::default()),
            // Whoever writes a list with nothing in it says nothing.
            text if text.strip_prefix('[').is_some_and(|rest| rest.trim() == "]") => Ok(Self::default()),
            // serde would read a list as the fields in their order.
            text if !text.starts_with('{') => Err(TargetError::BadOptions("that is no JSON object".to_owned())),
            text => {
                let options: Self =
                    serde_json::from_str(text).map_err(|error| TargetError::BadOptions(error.to_string()))?;
                let unknown = |(name, level): &(&String, &u8)| Severity::of_name(name).is_none() || **level > 16;
                match options.severity.iter().find(unknown) {
                    Some((name, level)) => Err(TargetError::BadOptions(format!("`{name}` from level {level} on"))),
                    None => Ok(options),
                }
            }
        }
    }
}

/// A destination with everything that is needed to deliver to it.
#[derive(Debug)]
pub struct Target {
    client: IrisClient,
    usual_customer: CustomerId,
    named_customer: Option<CustomerId>,
    severity: BTreeMap<String, u8>,
    tags: Vec<String>,
    ids: Mutex<Option<Arc<Ids>>>,
    /// Customers that the account may not create alerts for.
    denied: std::sync::Mutex<BTreeMap<i64, Denied>>,
}

/// That IRIS denies the account something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Denied {
    /// Until when that holds: whatever needs it waits for one call to be tried again.
    until: Instant,
    /// How often it was said in a row.
    times: u32,
}

impl Denied {
    /// It is denied, and was not before.
    pub(super) fn new(now: Instant) -> Self {
        Self { until: now, times: 0 }
    }

    /// For how much longer that holds; `None` when it is to be tried again.
    pub(super) fn holds_for(&self, now: Instant) -> Option<Duration> {
        Some(self.until.saturating_duration_since(now)).filter(|wait| !wait.is_zero())
    }

    /// IRIS said so; for how long that holds. Answers to calls that were under way together count once.
    pub(super) fn said(&mut self, now: Instant) -> Duration {
        if self.until <= now {
            self.until = now + DENIED.saturating_mul(1 << self.times.min(8)).min(DENIED_MOST);
            self.times += 1;
        }
        self.until - now
    }
}

/// How long the first such answer holds; each further one twice as long, up to a bound that a person who has linked the account waits.
const DENIED: Duration = Duration::from_secs(55);
pub(super) const DENIED_MOST: Duration = Duration::from_mins(15);

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
    #[error(
        "the API key of IRIS is missing: add <api_key> to the <integration> in ossec.conf, or set iris.bearer, whose file must not be empty"
    )]
    NoKey,
    /// The options are no JSON of the known form.
    #[error("<options> of the <integration> in ossec.conf: {0}; known are customer_id, tags and severity")]
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
            usual_customer: CustomerId(settings.customer),
            named_customer: options.customer_id.map(CustomerId),
            severity: options.severity,
            tags: options.tags,
            ids: Mutex::new(None),
            denied: std::sync::Mutex::default(),
        })
    }

    /// The client.
    pub fn client(&self) -> &IrisClient {
        &self.client
    }

    /// The customer that alerts are created for which no rule gives to another.
    pub fn customer(&self) -> CustomerId {
        self.named_customer.unwrap_or(self.usual_customer)
    }

    /// The customer of the settings.
    pub fn usual_customer(&self) -> CustomerId {
        self.usual_customer
    }

    /// The id of an alert there. Two blocks may bring one alert for two customers of one IRIS, and each is to have it: for another
    /// customer than the alert usually has, by the rules or the settings, the id is a `UUIDv5` of `customer:<id>` in the alert's own id
    /// as the namespace.
    pub fn uuid(&self, alert: Uuid, usual: CustomerId) -> Uuid {
        match self.named_customer {
            Some(named) if named != usual => of_customer(alert, named),
            _ => alert,
        }
    }

    /// The ids that an alert may have there, whichever customer it usually had when it went out.
    pub fn uuids(&self, alert: Uuid) -> [Uuid; 2] {
        [
            alert,
            self.named_customer.map_or(alert, |named| of_customer(alert, named)),
        ]
    }

    /// The customer that the integration block names, before any rule.
    pub fn named_customer(&self) -> Option<CustomerId> {
        self.named_customer
    }

    /// How long an alert for this customer need not be tried, because IRIS said that the account may not create it.
    pub fn denied_for(&self, customer: CustomerId, now: Instant) -> Option<Duration> {
        let denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        denied.get(&customer.0)?.holds_for(now)
    }

    /// Remembers that it said so, and says for how long that holds.
    pub fn deny(&self, customer: CustomerId, now: Instant) -> Duration {
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        denied.entry(customer.0).or_insert(Denied::new(now)).said(now)
    }

    /// Remembers that an alert for this customer was taken.
    pub fn allow(&self, customer: CustomerId) {
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        denied.remove(&customer.0);
    }

    /// Levels of severities that the integration block names.
    pub fn severity(&self) -> &BTreeMap<String, u8> {
        &self.severity
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
        detect(&self.client).await?;
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

/// Finds out at first contact which routes a server has.
///
/// Only what the next call would run into as well is an error. A server that does not answer this question, because something
/// in front lets only the routes for alerts through, is spoken to like IRIS 2.4, whose routes IRIS 3 has, too.
pub(crate) async fn detect(client: &IrisClient) -> Result<(), Error> {
    match client.detect_version().await {
        Ok(version) => {
            tracing::debug!(?version, "IRIS said what it is");
            Ok(())
        }
        Err(
            error @ (Error::Unauthorized
            | Error::Network { .. }
            | Error::Timeout { .. }
            | Error::RateLimited { .. }
            | Error::Certificate { .. }),
        ) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "IRIS does not say what it is; it is taken for 2.4");
            Ok(())
        }
    }
}

/// The id of an alert for another customer than it usually has.
fn of_customer(alert: Uuid, named: CustomerId) -> Uuid {
    Uuid::new_v5(&alert, format!("customer:{}", named.0).as_bytes())
}

/// The address that a destination names, for people; what is wrong with it where it is none, for a password may stand in it.
pub(crate) fn shown(url: &str) -> String {
    IrisClient::address_of(url).map_or_else(|error| error.to_string(), |address| address.to_string())
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

#[cfg(test)]
mod tests {
    use iris_client::ApiVersion;
    use iris_client::sandbox::{Fault, Sandbox};

    use super::*;

    #[tokio::test]
    async fn a_server_that_does_not_say_what_it_is_is_taken_for_2_4() {
        let server = Sandbox::builder().start().await.unwrap();
        let client = IrisClient::builder(&server.url())
            .token(server.token().into())
            .build()
            .unwrap();
        server.fault(Fault::forbidden().on("/api/versions"));
        detect(&client).await.unwrap();
        assert_eq!(client.api_version(), ApiVersion::V2);
        server.clear_faults();
        server.fault(Fault::unauthorized());
        assert!(matches!(detect(&client).await, Err(Error::Unauthorized)));
    }

    #[tokio::test]
    async fn a_server_of_the_next_generation_is_found_out_before_its_lists_are_read() {
        let server = wiremock::MockServer::start().await;
        let answer = serde_json::json!({"status": "success", "message": "", "data": {"iris_current": "v3.0.0"}});
        wiremock::Mock::given(wiremock::matchers::path("/api/versions"))
            .respond_with(wiremock::ResponseTemplate::new(200).set_body_json(answer))
            .mount(&server)
            .await;
        let source = crate::settings::Source::default();
        let settings = crate::settings::Settings::parse(&source).unwrap().iris;
        let destination = Destination {
            url: server.uri(),
            key: Some("k".into()),
            options: String::new(),
        };
        let target = Target::new(&destination, &settings).unwrap();
        assert!(target.ids().await.is_err(), "it has no lists");
        assert_eq!(target.client().api_version(), ApiVersion::V3);
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        assert_eq!(shown("https://iris:8443/alerts/add"), "https://iris:8443/");
        for url in [
            "https://bob:Dingo88@iris",
            "bob:Dingo88@iris",
            "https://bob:Dingo88@:x/",
        ] {
            assert!(!shown(url).contains("Dingo88"), "{}", shown(url));
        }
    }

    #[test]
    fn a_customer_that_stays_denied_is_asked_for_ever_less_often() {
        let source = crate::settings::Source::default();
        let settings = crate::settings::Settings::parse(&source).unwrap().iris;
        let destination = Destination {
            url: "https://iris".into(),
            key: Some("k".into()),
            options: String::new(),
        };
        let target = Target::new(&destination, &settings).unwrap();
        let (customer, mut now) = (CustomerId(7), Instant::now());
        assert_eq!(target.denied_for(customer, now), None);
        let mut waits = Vec::new();
        for _ in 0..40 {
            let wait = target.deny(customer, now);
            assert_eq!(target.deny(customer, now), wait, "asked at the same time");
            assert_eq!(target.denied_for(customer, now), Some(wait));
            assert_eq!(target.denied_for(CustomerId(1), now), None);
            now += wait;
            assert_eq!(target.denied_for(customer, now), None);
            waits.push(wait);
        }
        assert!(waits.is_sorted() && waits[0] < Duration::from_mins(1));
        assert_eq!(waits.last(), Some(&DENIED_MOST));
        target.deny(customer, now);
        target.allow(customer);
        assert_eq!(target.denied_for(customer, now), None);
        assert_eq!(target.deny(customer, now), waits[0]);
    }

    #[test]
    fn options_are_one_object_and_nothing_else() {
        for text in [
            "[1]",
            "[2, [\"a\"]]",
            "1",
            "null",
            "\"customer_id\"",
            "{\"customer_id\": 2,}",
        ] {
            let error = Options::read(text).unwrap_err().to_string();
            assert!(
                error.contains("<options>") && error.contains("customer_id, tags"),
                "{error}"
            );
        }
        assert_eq!(Options::read(" {\"customer_id\": 2}\n").unwrap().customer_id, Some(2));
        for nothing in [" \n", "[]", "[ ]\n"] {
            assert_eq!(Options::read(nothing).unwrap().customer_id, None);
        }
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
                .contains("customer_id, tags and severity")
        );
    }
}
