//! One attempt to bring one alert into IRIS, and what its answer means.
//!
//! Every alert carries an id of our choosing that IRIS keeps unique, so an attempt whose outcome is not known is simply made
//! again. A 400 is neither "permanent" nor "not created": what each answer means was learned from a real server.

use std::time::Duration;

use iris_client::{AlertFilter, AlertId, AlertPatch, Error, NewAlert, OwnerChange, Receipt};

use uuid::Uuid;

use super::ids::Ids;
use super::mapping::{self, Mapping};
use super::queue::Due;
use super::target::Target;

/// How often an alert is tried whole when IRIS gives reasons that may pass, before it is tried degraded.
const WHOLE_TRIES: u32 = 5;
/// How often it is tried degraded before it is parked.
const DEGRADED_TRIES: u32 = 10;

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
    },
    /// Every alert for this destination would fail; this one is not charged.
    DestinationFailed {
        /// Why.
        error: String,
        /// How long the server asked to wait.
        wait: Option<Duration>,
        /// Whether a person has to act.
        configuration: bool,
        /// Whether IRIS had the alert when it failed: then it may be the alert that makes it fail.
        reached: bool,
    },
    /// IRIS refuses it in every form.
    Refused {
        /// Why.
        error: String,
    },
}

/// Delivers one alert: maps it, sends it, and looks it up where the answer leaves that open.
pub async fn deliver(due: &Due, target: &Target, mapping: &Mapping) -> Attempt {
    let ids = match target.ids().await {
        Ok(ids) => ids,
        Err(error) => return destination_failed(&error),
    };
    let told = due.folded.as_ref().map_or(0, |folded| folded.count);
    match target
        .client()
        .alerts()
        .add_for_receipt(&body(due, target, mapping, &ids))
        .await
    {
        Ok(alert) => delivered(&alert, target.uuid(due.uuid), told),
        Err(error) => after(error, due, target, told).await,
    }
}

/// The exact alert that would be sent.
pub fn body(due: &Due, target: &Target, mapping: &Mapping, ids: &Ids) -> NewAlert {
    if !due.degraded
        && let Ok(alert) = wazuh_model::Alert::from_slice(&due.bytes)
    {
        return mapping::to_new_alert(&alert, due, target, mapping, ids);
    }
    mapping::to_plain_alert(due, target, mapping, ids)
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
async fn after(error: Error, due: &Due, target: &Target, told: u64) -> Attempt {
    if error.suggests_stale_ids() {
        target.forget_ids().await;
    }
    match &error {
        Error::AlreadyExists => match number(target, due).await {
            Ok(iris_id) => Attempt::Delivered { iris_id, told: 0 },
            // Its number is needed to count repeats in it: the next attempt asks again, and makes no second alert.
            Err(look) if look.is_retryable() => again(&look, due, backoff(due.attempts)),
            Err(_) => Attempt::Delivered { iris_id: None, told: 0 },
        },
        Error::StoredThenFailed | Error::Rejected { .. } => match number(target, due).await {
            Ok(Some(id)) => Attempt::Delivered {
                iris_id: Some(id),
                told,
            },
            // Not there, or not allowed to look: if it is there after all, the next attempt will say so.
            Ok(None) | Err(_) => again(&error, due, backoff(due.attempts)),
        },
        // IRIS 3 answers 500 to an id that it has.
        Error::Unavailable { status: 500, .. } => match number(target, due).await {
            Ok(Some(id)) => Attempt::Delivered {
                iris_id: Some(id),
                told: 0,
            },
            Ok(None) | Err(_) => destination_failed(&error),
        },
        // The first use of a tag by two requests at once: the same request passes a moment later.
        Error::Conflict => Attempt::AlertFailed {
            error: error.to_string(),
            wait: Duration::from_millis(50 + u64::from(due.attempts) * 50),
            degrade: due.degraded,
        },
        // Every alert has these fields from the settings: what is wrong with them is wrong for all.
        Error::Invalid { fields, .. } if fields.keys().any(|field| is_of_settings(field)) => destination_failed(&error),
        Error::Invalid { .. } | Error::TooLarge | Error::NotFound => refused(&error, due),
        // Ids were resolved from names just now and are resolved again for the next attempt; the customer's is not.
        Error::UnknownId { field } if field == "alert_customer_id" => destination_failed(&error),
        Error::UnknownId { .. } => again(&error, due, backoff(due.attempts)),
        Error::Unauthorized
        | Error::Forbidden { .. }
        | Error::CustomerDenied
        | Error::RateLimited { .. }
        | Error::Unavailable { .. }
        | Error::Network { .. }
        | Error::Timeout { .. }
        | Error::Torn { .. }
        | Error::Certificate { .. }
        | Error::NotIris { .. }
        | Error::UnknownName { .. }
        | Error::Configuration { .. } => destination_failed(&error),
    }
}

fn is_of_settings(field: &str) -> bool {
    matches!(field, "alert_customer_id" | "alert_severity_id" | "alert_status_id")
}

fn destination_failed(error: &Error) -> Attempt {
    Attempt::DestinationFailed {
        error: error.to_string(),
        wait: error.retry_after(),
        configuration: error.is_configuration(),
        reached: error.may_have_been_stored(),
    }
}

/// What IRIS refuses whole is sent as plain text, and parked only if that is refused too.
fn refused(error: &Error, due: &Due) -> Attempt {
    if due.degraded {
        return Attempt::Refused {
            error: error.to_string(),
        };
    }
    Attempt::AlertFailed {
        error: error.to_string(),
        wait: Duration::ZERO,
        degrade: true,
    }
}

fn again(error: &Error, due: &Due, wait: Duration) -> Attempt {
    if due.degraded && due.attempts + 1 >= DEGRADED_TRIES {
        return Attempt::Refused {
            error: error.to_string(),
        };
    }
    let degrade = due.degraded || due.attempts + 1 >= WHOLE_TRIES;
    Attempt::AlertFailed {
        error: error.to_string(),
        wait,
        degrade,
    }
}

fn backoff(attempts: u32) -> Duration {
    Duration::from_secs(1 << attempts.min(8))
}

/// The number under which IRIS has an alert.
async fn number(target: &Target, due: &Due) -> Result<Option<i64>, Error> {
    Ok(target
        .client()
        .alerts()
        .find_by_uuid(target.uuid(due.uuid))
        .await?
        .map(|alert| alert.id.0))
}

/// Tells IRIS how many were folded into an alert. The owner stays whoever it is: an update of an alert that nobody owns would
/// make us its owner, and "nobody" must not be sent for an alert that a person owns.
pub async fn tell(iris_id: i64, due: &Due, target: &Target, mapping: &Mapping) -> Result<u64, Error> {
    let told = due.folded.as_ref().map_or(0, |folded| folded.count);
    let ids = target.ids().await?;
    let id = AlertId(iris_id);
    let filter = AlertFilter::default()
        .ids(&[id])
        .fields(&["alert_id", "alert_owner_id"]);
    let page = target.client().alerts().filter(&filter).await?;
    let Some(there) = page.items.first() else {
        return Err(Error::NotFound);
    };
    let Some(context) = body(due, target, mapping, &ids).context else {
        return Ok(told);
    };
    let mut patch = AlertPatch::default().context(context);
    if there.owner_id.is_none() {
        patch = patch.owner(OwnerChange::Unassign);
    }
    target.client().alerts().update(id, &patch).await?;
    Ok(told)
}
