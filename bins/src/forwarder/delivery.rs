//! One attempt to bring one alert into IRIS, and what its answer means.
//!
//! Every alert carries an id of our choosing that IRIS keeps unique, so an attempt whose outcome is not known is simply made
//! again. A 400 is neither "permanent" nor "not created": what each answer means was learned from a real server.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use iris_client::{AlertFilter, AlertId, AlertPatch, CustomerId, Error, NewAlert, OwnerChange, Receipt};

use uuid::Uuid;

use super::ids::Ids;
use super::mapping::{self, Mapping};
use super::queue::Due;
use super::target::Target;

/// How often an alert is tried whole when IRIS gives reasons that may pass, before it is tried degraded.
const WHOLE_TRIES: u32 = 5;
/// How often it is tried in all before it is parked.
const MOST_TRIES: u32 = 10;
/// How often IRIS, having an alert, is asked for its number: for about an hour; a one-off run asks for a minute.
const MOST_LOOKS: u32 = 20;
/// How long an IRIS that has just failed is given to say whether it has the alert; and one that has kept us waiting already.
const PATIENCE: Duration = Duration::from_secs(10);
const LITTLE_PATIENCE: Duration = Duration::from_secs(3);
/// How long after a failure it is asked again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What an attempt came to.
#[derive(Debug)]
pub enum Attempt {
    /// IRIS has it; its number where IRIS told.
    Delivered {
        /// Number in IRIS.
        iris_id: Option<i64>,
        /// How many folded alerts the body told of.
        told: u64,
    },
    /// This alert is to be tried again, by itself.
    AlertFailed {
        /// Why, without any text of the alert.
        error: String,
        /// How long to wait.
        wait: Duration,
        /// From now on in the degraded form.
        degrade: bool,
        /// Whether it may be IRIS that fails, in the words of a refusal: then it is the alert only if others pass.
        doubtful: bool,
    },
    /// IRIS has it, and failed when it was asked under which number: this alert is to be tried again, by itself.
    Unnumbered {
        /// Why.
        error: String,
        /// How long to wait.
        wait: Duration,
        /// How long the server asked to wait, with whatever it is.
        asked: Option<Duration>,
    },
    /// This alert waits for a person, and the others do not.
    PutOff {
        /// Why.
        error: String,
        /// How long.
        wait: Duration,
        /// Whether IRIS said so just now.
        answered: bool,
    },
    /// Every alert for this destination would fail; this one is not charged.
    DestinationFailed {
        /// Why.
        error: String,
        /// How long the server asked to wait.
        wait: Option<Duration>,
        /// Whether a person has to act.
        configuration: bool,
        /// Whether IRIS, or what is in front of it, had the alert when it failed: then it may be the alert that makes it fail.
        reached: bool,
        /// Whether IRIS answered another question right after that.
        alive: bool,
    },
    /// IRIS refuses it in every form.
    Refused {
        /// Why.
        error: String,
        /// As for an alert that failed.
        doubtful: bool,
    },
}

/// Delivers one alert: maps it, sends it, and looks it up where the answer leaves that open.
pub async fn deliver(due: &Due, target: &Target, mapping: &Mapping) -> Attempt {
    let ids = match target.ids().await {
        Ok(ids) => ids,
        // It has not seen the alert.
        Err(error) => return destination_failed(&error, false),
    };
    let told = due.folded.as_ref().map_or(0, |folded| folded.count);
    let alert = wazuh_model::Alert::from_slice(&due.bytes).ok();
    let (customer, uuid) = mapping.customer(alert.as_ref(), due, target);
    // Where all alerts have one customer, all fail alike.
    let has_others = mapping.has_customers() && target.named_customer().is_none();
    if has_others && let Some(wait) = target.denied_for(customer, Instant::now()) {
        return without_customer(customer, wait, false);
    }
    let new = mapped(alert, due, target, mapping, &ids);
    match target.client().alerts().add_for_receipt(&new).await {
        Ok(alert) => {
            if has_others {
                target.allow(customer);
            }
            delivered(&alert, uuid, told)
        }
        Err(error) if has_others && denies_customer(&error) => {
            tracing::error!(
                customer = customer.0,
                %error,
                "the account may not create alerts for customer {}; those alerts wait, the others go on: link the account to that \
                 customer in IRIS, or name another one ([[customer]], iris.customer_id, customer_id in <options>)",
                customer.0
            );
            without_customer(customer, target.deny(customer, Instant::now()), true)
        }
        Err(error) => after(error, due, target, uuid, told).await,
    }
}

/// Delivers one alert in the form that IRIS takes: where it names what is wrong with the whole one, the plain text goes right after it,
/// and the refusal comes back before what that came to.
pub async fn deliver_in_any_form(due: &Due, target: &Target, mapping: &Mapping) -> (Option<Attempt>, Attempt) {
    let whole = deliver(due, target, mapping).await;
    let is_named = matches!(
        whole,
        Attempt::AlertFailed {
            degrade: true,
            doubtful: false,
            ..
        }
    );
    if due.degraded || !is_named {
        return (None, whole);
    }
    let plain = Due {
        degraded: true,
        ..due.clone()
    };
    (Some(whole), deliver(&plain, target, mapping).await)
}

/// The exact alert that would be sent.
pub fn body(due: &Due, target: &Target, mapping: &Mapping, ids: &Ids) -> NewAlert {
    let alert = wazuh_model::Alert::from_slice(&due.bytes).ok();
    mapped(alert, due, target, mapping, ids)
}

fn mapped(alert: Option<wazuh_model::Alert>, due: &Due, target: &Target, mapping: &Mapping, ids: &Ids) -> NewAlert {
    match alert {
        Some(alert) if !due.degraded => mapping::to_new_alert(alert, due, target, mapping, ids),
        _ => mapping::to_plain_alert(due, target, mapping, ids),
    }
}

/// Whether IRIS has no such customer, or not for this account.
pub(super) fn denies_customer(error: &Error) -> bool {
    match error {
        Error::CustomerDenied => true,
        Error::UnknownId { field } => field == CUSTOMER,
        Error::Invalid { fields, .. } => fields.contains_key(CUSTOMER),
        _ => false,
    }
}

fn without_customer(customer: CustomerId, wait: Duration, answered: bool) -> Attempt {
    Attempt::PutOff {
        error: format!("the account may not create alerts for customer {}", customer.0),
        wait,
        answered,
    }
}

fn delivered(alert: &Receipt, ours: Uuid, told: u64) -> Attempt {
    if alert.uuid.is_some_and(|uuid| uuid != ours) {
        // A server that ignores the id could store an alert twice; it has this one, but somebody has to know.
        tracing::warn!(alert.id = %alert.id, "IRIS did not keep the id that we chose; a repeated delivery would make a duplicate");
    }
    Attempt::Delivered {
        iris_id: Some(alert.id.0),
        told,
    }
}

/// Says what an error means for the alert and for its destination.
async fn after(error: Error, due: &Due, target: &Target, uuid: Uuid, told: u64) -> Attempt {
    if error.suggests_stale_ids() {
        target.forget_ids().await;
    }
    match &error {
        Error::AlreadyExists => match number(target, uuid).await {
            Ok(iris_id) => Attempt::Delivered { iris_id, told: 0 },
            // Its number is needed to count repeats in it: the next attempt asks again, and makes no second alert.
            Err(look) if look.is_retryable() && due.attempts < MOST_LOOKS => Attempt::Unnumbered {
                error: look.to_string(),
                wait: backoff(due.attempts),
                asked: look.retry_after(),
            },
            Err(_) => Attempt::Delivered { iris_id: None, told: 0 },
        },
        Error::StoredThenFailed | Error::Rejected { .. } => match number(target, uuid).await {
            Ok(Some(id)) => Attempt::Delivered {
                iris_id: Some(id),
                // What was rejected may be there from an attempt before, with fewer folds in it.
                told: if matches!(error, Error::StoredThenFailed) {
                    told
                } else {
                    0
                },
            },
            // A pause that it asks for instead of an answer is for all.
            Err(look) if look.retry_after().is_some() => destination_failed(&look, false),
            // Not there, or not allowed to look: if it is there after all, the next attempt will say so.
            Ok(None) | Err(_) => again(&error, due),
        },
        // The first use of a tag by two requests at once: the same request passes a moment later, and not never.
        Error::Conflict if due.attempts < MOST_TRIES => Attempt::AlertFailed {
            error: error.to_string(),
            wait: Duration::from_millis(50 + u64::from(due.attempts) * 50),
            degrade: due.degraded,
            doubtful: false,
        },
        // Every alert has these fields from the settings: what is wrong with them is wrong for all.
        Error::Invalid { fields, .. } if fields.keys().any(|field| is_of_settings(field)) => {
            destination_failed(&error, true)
        }
        Error::Invalid { .. } | Error::TooLarge | Error::NotFound => refused(&error, due),
        // Ids were resolved from names just now and are resolved again for the next attempt; the customer's is not.
        Error::UnknownId { field } if field == CUSTOMER => destination_failed(&error, true),
        Error::UnknownId { .. } | Error::Conflict => again(&error, due),
        Error::Unavailable { .. }
        | Error::Network { .. }
        | Error::Timeout { .. }
        | Error::Torn { .. }
        | Error::RateLimited { .. }
        | Error::Unauthorized
        | Error::Forbidden { .. }
        | Error::NotIris { .. } => failed_with_it(&error, target, uuid).await,
        Error::CustomerDenied | Error::Certificate { .. } | Error::UnknownName { .. } | Error::Configuration { .. } => {
            destination_failed(&error, true)
        }
    }
}

/// IRIS failed and may have had the alert: it is asked whether it has it, as IRIS 3 answers 500 to an id that it has, and so says
/// whether it is there at all.
async fn failed_with_it(error: &Error, target: &Target, uuid: Uuid) -> Attempt {
    let mut attempt = destination_failed(error, true);
    if let Attempt::DestinationFailed {
        wait: None,
        reached: true,
        alive,
        ..
    } = &mut attempt
    {
        let patience = match error {
            Error::Timeout { .. } | Error::RateLimited { .. } => LITTLE_PATIENCE,
            _ => PATIENCE,
        };
        match look_for(target, uuid, patience).await {
            Answer::There(id) => {
                return Attempt::Delivered {
                    iris_id: Some(id),
                    told: 0,
                };
            }
            Answer::NotThere => *alive = true,
            Answer::Nothing => {}
        }
    }
    attempt
}

/// What IRIS says when it is asked whether it has an alert.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// It has it, under this number.
    There(i64),
    /// It does not have it or does not show it.
    NotThere,
    /// It did not say anything in time.
    Nothing,
}

/// Asks IRIS whether it has an alert, and again while it does not say anything: one that an alert made break down comes back, and is
/// to be told from one that is away.
async fn look_for(target: &Target, uuid: Uuid, patience: Duration) -> Answer {
    let answer = async {
        loop {
            let error = match number(target, uuid).await {
                Ok(there) => return there.map_or(Answer::NotThere, Answer::There),
                Err(error) => error,
            };
            if is_answer(&error) {
                return Answer::NotThere;
            }
            if !error.is_retryable() {
                return Answer::Nothing;
            }
            tokio::time::sleep(error.retry_after().unwrap_or_default().max(LOOK_AGAIN)).await;
        }
    };
    tokio::time::timeout(patience, answer).await.unwrap_or(Answer::Nothing)
}

/// Whether IRIS itself refuses what it was asked: it is there, then. A key need not have the right to read alerts.
fn is_answer(error: &Error) -> bool {
    matches!(
        error,
        Error::Forbidden { .. }
            | Error::CustomerDenied
            | Error::NotFound
            | Error::Invalid { .. }
            | Error::Rejected { .. }
    )
}

const CUSTOMER: &str = "alert_customer_id";

fn is_of_settings(field: &str) -> bool {
    matches!(field, CUSTOMER | "alert_severity_id" | "alert_status_id")
}

/// Whether a field is made of what the alert says, so that what is wrong with it need not be wrong for others.
fn is_of_alert(field: &str) -> bool {
    let ours = [
        "alert_title",
        "alert_description",
        "alert_source",
        "alert_context",
        "alert_tags",
        "alert_iocs",
        "alert_assets",
        "ioc_",
        "asset_",
        // Of an index that a value is too long for.
        "unknown",
    ];
    ours.iter().any(|name| field.starts_with(name))
}

/// What an error means for the destination, of the call that sends an alert or of one before it.
fn destination_failed(error: &Error, has_sent: bool) -> Attempt {
    // Something in front may let all alerts through but this one; a customer that is denied says nothing of the alert.
    let may_be_the_alert = (error.may_have_been_stored() && !matches!(error, Error::CustomerDenied))
        || matches!(
            error,
            Error::NotIris { .. } | Error::RateLimited { .. } | Error::Unauthorized | Error::Forbidden { .. }
        );
    Attempt::DestinationFailed {
        error: error.to_string(),
        wait: error.retry_after(),
        // What is invalid here is what every alert has from the settings.
        configuration: error.is_configuration() || matches!(error, Error::Invalid { .. }),
        reached: has_sent && may_be_the_alert,
        alive: false,
    }
}

/// What IRIS refuses whole is sent as plain text, and parked only if that is refused too.
fn refused(error: &Error, due: &Due) -> Attempt {
    let of_alert = match error {
        Error::TooLarge => true,
        Error::Invalid { fields, .. } => fields.keys().any(|field| is_of_alert(field)),
        _ => false,
    };
    let (error, doubtful) = (error.to_string(), !of_alert);
    if due.degraded {
        return Attempt::Refused { error, doubtful };
    }
    Attempt::AlertFailed {
        error,
        wait: Duration::ZERO,
        degrade: true,
        doubtful,
    }
}

fn again(error: &Error, due: &Due) -> Attempt {
    if due.degraded && due.attempts + 1 >= MOST_TRIES {
        return Attempt::Refused {
            error: error.to_string(),
            doubtful: true,
        };
    }
    Attempt::AlertFailed {
        error: error.to_string(),
        wait: backoff(due.attempts),
        degrade: due.degraded || due.attempts + 1 >= WHOLE_TRIES,
        doubtful: true,
    }
}

fn backoff(attempts: u32) -> Duration {
    Duration::from_secs(1 << attempts.min(8))
}

/// The number under which IRIS has an alert.
async fn number(target: &Target, uuid: Uuid) -> Result<Option<i64>, Error> {
    Ok(target
        .client()
        .alerts()
        .find_by_uuid(uuid)
        .await?
        .map(|alert| alert.id.0))
}

/// Why IRIS was not told of a count.
#[derive(Debug)]
pub struct NotTold {
    /// What failed.
    pub error: Error,
    /// Whether IRIS answered another question at that moment.
    pub alive: bool,
    /// Whether the account may not read alerts: that is so for all counts.
    pub unreadable: bool,
}

impl NotTold {
    /// Whether IRIS had the request when it failed, and asks for no pause: then it may be the count that makes it fail.
    pub fn has_reached(&self) -> bool {
        match &self.error {
            Error::Forbidden { .. }
            | Error::CustomerDenied
            | Error::UnknownId { .. }
            | Error::Conflict
            | Error::Unavailable { retry_after: None, .. }
            | Error::Torn { .. }
            | Error::NotIris { .. } => true,
            Error::Network { sent, .. } | Error::Timeout { sent } => *sent,
            Error::Unauthorized
            | Error::NotFound
            | Error::AlreadyExists
            | Error::Invalid { .. }
            | Error::StoredThenFailed
            | Error::TooLarge
            | Error::RateLimited { .. }
            | Error::Unavailable {
                retry_after: Some(_), ..
            }
            | Error::Certificate { .. }
            | Error::UnknownName { .. }
            | Error::Configuration { .. }
            | Error::Rejected { .. } => false,
        }
    }
}

/// Tells IRIS how many were folded into an alert. The owner stays whoever it is: an update of an alert that nobody owns would
/// make us its owner, and "nobody" must not be sent for an alert that a person owns.
pub async fn tell(iris_id: i64, due: &Due, target: &Target, mapping: &Mapping) -> Result<u64, NotTold> {
    let told = due.folded.as_ref().map_or(0, |folded| folded.count);
    let not_alive = |error| NotTold {
        error,
        alive: false,
        unreadable: false,
    };
    let ids = target.ids().await.map_err(not_alive)?;
    let id = AlertId(iris_id);
    let filter = AlertFilter::default()
        .ids(&[id])
        .fields(&["alert_id", "alert_uuid", "alert_owner_id"]);
    let page = match target.client().alerts().filter(&filter).await {
        Ok(page) => page,
        Err(error) => return Err(not_found_out(error, target).await),
    };
    let Some(there) = page.items.first() else {
        return Err(not_alive(Error::NotFound));
    };
    // A number is of one IRIS: since the alert went out, its destination may have come to lead to another, where somebody else has it.
    if there.uuid.is_some_and(|uuid| !target.uuids(due.uuid).contains(&uuid)) {
        return Err(not_alive(Error::NotFound));
    }
    let Some(context) = body(due, target, mapping, &ids).context else {
        return Ok(told);
    };
    let mut patch = AlertPatch::default().context(context);
    if there.owner_id.is_none() {
        patch = patch.owner(OwnerChange::Unassign);
    }
    match target.client().alerts().update(id, &patch).await {
        Ok(_) => Ok(told),
        // It has shown the alert just now.
        Err(error) => Err(NotTold {
            error,
            alive: true,
            unreadable: false,
        }),
    }
}

/// IRIS fails when it is asked for the alert: it may be there all the same.
async fn not_found_out(error: Error, target: &Target) -> NotTold {
    let unreadable = matches!(error, Error::Forbidden { .. } | Error::CustomerDenied);
    let mut failed = NotTold {
        error,
        alive: unreadable,
        unreadable,
    };
    if failed.has_reached() && !unreadable {
        let ping = tokio::time::timeout(LITTLE_PATIENCE, target.client().ping()).await;
        failed.alive = ping.is_ok_and(|answer| answer.is_ok());
    }
    failed
}
