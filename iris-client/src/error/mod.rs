//! What can go wrong, named by what the caller can do.

mod classify;
mod python;
mod vocabulary;
mod wording;

use std::{collections::BTreeMap, error::Error as StdError, time::Duration};

pub(crate) use classify::{Failed, classify};
pub(crate) use wording::clean;

/// What a call returns.
///
/// ```
/// async fn open_alerts(iris: &iris_client::IrisClient) -> iris_client::Result<u64> {
///     Ok(iris.alerts().filter(&iris_client::AlertFilter::default().per_page(1)).await?.total)
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed, by what the caller can do about it.
///
/// IRIS 2.4 answers nearly every failure with status 400 and free text; which is which was learned from recordings of a real
/// server. No text of an alert, no SQL and no key stands in a `Display` or `Debug` of this type.
///
/// The list is meant to be matched without `_`: a new way to fail is news to every caller.
///
/// ```
/// use iris_client::Error;
/// assert!(Error::Conflict.is_retryable());
/// assert!(Error::AlreadyExists.may_have_been_stored());
/// assert!(Error::Unauthorized.is_configuration());
/// ```
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key is missing, wrong, or its user was disabled.
    #[error("IRIS does not accept the API key")]
    Unauthorized,

    /// The account lacks a permission, or the thing belongs to somebody else.
    #[error("IRIS refuses this to the account: {message}")]
    Forbidden {
        /// What IRIS said.
        message: String,
    },

    /// The account may not use this customer: in IRIS, assign the customer to the user.
    #[error("the account has no access to this customer in IRIS")]
    CustomerDenied,

    /// The alert, comment or case does not exist, or belongs to a customer that the account may not see: IRIS does not say which.
    #[error("IRIS knows no such alert, comment or case")]
    NotFound,

    /// An alert with this `alert_uuid` is stored already. After an ambiguous failure this is success.
    #[error("an alert with this uuid is stored already")]
    AlreadyExists,

    /// IRIS refuses what was sent; sending it again unchanged gives the same.
    #[error("IRIS refuses the request: {}", wording::fields_or(fields, message))]
    Invalid {
        /// Field to complaints, in IRIS's words; a field inside a list is `0.ioc_value`. May be empty.
        fields: BTreeMap<String, Vec<String>>,
        /// What IRIS said where it named no field.
        message: String,
    },

    /// An id that was sent does not exist on this server (any more): resolve names to ids again.
    #[error("IRIS has no row with the id that was sent as `{field}`")]
    UnknownId {
        /// Name of the field, such as `alert_severity_id`.
        field: String,
    },

    /// Another request did the same at the same moment (first use of a tag, removal of a link): send it again.
    #[error("another request got in the way; the same one will pass")]
    Conflict,

    /// IRIS stored the alert and failed after that; look it up by its uuid instead of sending it again.
    #[error("IRIS stored the alert and failed afterwards")]
    StoredThenFailed,

    /// The body is larger than the server in front of IRIS accepts.
    #[error("the request is larger than the server accepts")]
    TooLarge,

    /// Too many requests.
    #[error("the server asks to slow down")]
    RateLimited {
        /// When to come back, if the server said so.
        retry_after: Option<Duration>,
    },

    /// IRIS, its database or a proxy in front is down or overloaded. A write may have been carried out all the same.
    #[error("IRIS is not available at the moment (HTTP {status})")]
    Unavailable {
        /// The status it answered with.
        status: u16,
        /// When to come back, if the server said so.
        retry_after: Option<Duration>,
    },

    /// The connection failed.
    #[error("no connection to IRIS: {reason}")]
    Network {
        /// What failed, in a few words.
        reason: String,
        /// Whether the request may have reached the server.
        sent: bool,
        /// What caused it.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },

    /// The call took longer than it may.
    #[error("IRIS did not answer in time")]
    Timeout {
        /// Whether the request may have reached the server.
        sent: bool,
    },

    /// The answer broke off or was garbled: what the request did is not known.
    #[error("the answer of IRIS broke off (HTTP {status})")]
    Torn {
        /// The status it began with.
        status: u16,
    },

    /// The server's certificate is not trusted. Nothing was sent.
    #[error("the certificate of the server is not trusted: {reason}{}", wording::fingerprint_hint(fingerprint.as_deref()))]
    Certificate {
        /// What is wrong with it.
        reason: String,
        /// SHA-256 of the certificate that was shown, in hexadecimal: what a pin would have to be.
        fingerprint: Option<String>,
    },

    /// What answered is not IRIS, or not this part of it: a wrong address, a login page, a proxy.
    #[error("this is not the IRIS API (HTTP {status}): {hint}")]
    NotIris {
        /// The status it answered with.
        status: u16,
        /// What to look at.
        hint: String,
    },

    /// This server has no entry of that name.
    #[error("IRIS has no {kind} named `{name}`{}", wording::nearest_hint(nearest.as_deref()))]
    UnknownName {
        /// What was looked up, such as `severity`.
        kind: String,
        /// The name that was asked for.
        name: String,
        /// The existing name that is most like it.
        nearest: Option<String>,
    },

    /// The client was set up in a way that cannot work.
    #[error("{message}")]
    Configuration {
        /// What is wrong, and what to do.
        message: String,
    },

    /// IRIS failed in a way that fits nothing above. A write may have been carried out.
    #[error("IRIS answered {status}: {message}")]
    Rejected {
        /// The status it answered with.
        status: u16,
        /// What it said, without SQL and without quoted values.
        message: String,
    },
}

impl Error {
    /// Says whether the same call may succeed later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Conflict
            | Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Network { .. }
            | Self::Timeout { .. }
            | Self::Torn { .. } => true,
            Self::Unauthorized
            | Self::Forbidden { .. }
            | Self::CustomerDenied
            | Self::NotFound
            | Self::AlreadyExists
            | Self::Invalid { .. }
            | Self::UnknownId { .. }
            | Self::StoredThenFailed
            | Self::TooLarge
            | Self::Certificate { .. }
            | Self::NotIris { .. }
            | Self::UnknownName { .. }
            | Self::Configuration { .. }
            | Self::Rejected { .. } => false,
        }
    }

    /// Says when the server asked to be called again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Unavailable { retry_after, .. } => *retry_after,
            Self::Unauthorized
            | Self::Forbidden { .. }
            | Self::CustomerDenied
            | Self::NotFound
            | Self::AlreadyExists
            | Self::Invalid { .. }
            | Self::UnknownId { .. }
            | Self::Conflict
            | Self::StoredThenFailed
            | Self::TooLarge
            | Self::Network { .. }
            | Self::Timeout { .. }
            | Self::Torn { .. }
            | Self::Certificate { .. }
            | Self::NotIris { .. }
            | Self::UnknownName { .. }
            | Self::Configuration { .. }
            | Self::Rejected { .. } => None,
        }
    }

    /// Says whether a write that ended with this error may have been carried out.
    ///
    /// An add with an `alert_uuid` may simply be sent again: a second one answers [`Error::AlreadyExists`]. To look first and
    /// send then is not safe, because the first request may still be on its way to the database.
    pub fn may_have_been_stored(&self) -> bool {
        match self {
            Self::AlreadyExists
            | Self::StoredThenFailed
            // IRIS 3 looks at the customer after it has stored the alert.
            | Self::CustomerDenied
            | Self::Unavailable { .. }
            | Self::Torn { .. }
            | Self::Rejected { .. } => true,
            Self::Network { sent, .. } | Self::Timeout { sent } => *sent,
            // A login page or a redirect came from something in front of IRIS; a success that is not ours may be IRIS's.
            Self::NotIris { status, .. } => (200..300).contains(status),
            Self::Unauthorized
            | Self::Forbidden { .. }
            | Self::NotFound
            | Self::Invalid { .. }
            | Self::UnknownId { .. }
            | Self::Conflict
            | Self::TooLarge
            | Self::RateLimited { .. }
            | Self::Certificate { .. }
            | Self::UnknownName { .. }
            | Self::Configuration { .. } => false,
        }
    }

    /// Says whether every request would fail until a person changes a setting here or an account in IRIS.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Unauthorized
            | Self::Forbidden { .. }
            | Self::CustomerDenied
            | Self::UnknownId { .. }
            | Self::Certificate { .. }
            | Self::NotIris { .. }
            | Self::UnknownName { .. }
            | Self::Configuration { .. } => true,
            Self::NotFound
            | Self::AlreadyExists
            | Self::Invalid { .. }
            | Self::Conflict
            | Self::StoredThenFailed
            | Self::TooLarge
            | Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Network { .. }
            | Self::Timeout { .. }
            | Self::Torn { .. }
            | Self::Rejected { .. } => false,
        }
    }

    /// Says whether ids that were resolved from names earlier may be out of date; see [`crate::Catalog::refresh`].
    pub fn suggests_stale_ids(&self) -> bool {
        match self {
            Self::UnknownId { .. } => true,
            Self::Invalid { fields, .. } => fields.keys().any(|field| field.ends_with("_type_id")),
            Self::Unauthorized
            | Self::Forbidden { .. }
            | Self::CustomerDenied
            | Self::NotFound
            | Self::AlreadyExists
            | Self::Conflict
            | Self::StoredThenFailed
            | Self::TooLarge
            | Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Network { .. }
            | Self::Timeout { .. }
            | Self::Torn { .. }
            | Self::Certificate { .. }
            | Self::NotIris { .. }
            | Self::UnknownName { .. }
            | Self::Configuration { .. }
            | Self::Rejected { .. } => false,
        }
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::Configuration {
            message: message.into(),
        }
    }

    pub(crate) fn invalid(field: &str, complaint: &str) -> Self {
        Self::Invalid {
            fields: BTreeMap::from([(field.to_owned(), vec![complaint.to_owned()])]),
            message: String::new(),
        }
    }
}
