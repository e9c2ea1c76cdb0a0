//! Who we are on the server, and what the server is.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A permission of IRIS that matters to alerts.
///
/// ```
/// assert_eq!(iris_client::Permission::AlertsWrite.value(), 8);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of IRIS")]
pub enum Permission {
    StandardUser,
    ServerAdministrator,
    AlertsRead,
    AlertsWrite,
    AlertsDelete,
    SearchAcrossCases,
    CustomersRead,
    CustomersWrite,
}

impl Permission {
    /// Its name in IRIS.
    pub fn name(self) -> &'static str {
        match self {
            Self::StandardUser => "standard_user",
            Self::ServerAdministrator => "server_administrator",
            Self::AlertsRead => "alerts_read",
            Self::AlertsWrite => "alerts_write",
            Self::AlertsDelete => "alerts_delete",
            Self::SearchAcrossCases => "search_across_cases",
            Self::CustomersRead => "customers_read",
            Self::CustomersWrite => "customers_write",
        }
    }

    /// Its bit in IRIS.
    pub fn value(self) -> u32 {
        match self {
            Self::StandardUser => 1,
            Self::ServerAdministrator => 2,
            Self::AlertsRead => 4,
            Self::AlertsWrite => 8,
            Self::AlertsDelete => 16,
            Self::SearchAcrossCases => 32,
            Self::CustomersRead => 64,
            Self::CustomersWrite => 128,
        }
    }
}

/// The account that the key belongs to.
///
/// ```
/// let account: iris_client::Account = serde_json::from_str(r#"{"user_id": 2, "user_login": "svc_rw"}"#).unwrap();
/// assert_eq!(account.id, 2);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// User id; what `alert_owner_id` would be.
    #[serde(rename = "user_id")]
    pub id: i64,
    /// Login.
    #[serde(rename = "user_login", default)]
    pub login: String,
    /// Name.
    #[serde(rename = "user_name", default)]
    pub name: String,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What the server is.
///
/// ```
/// use iris_client::{ApiVersion, Versions};
/// let versions: Versions = serde_json::from_str(r#"{"iris_current": "v2.4.20", "api_current": "2.0.5"}"#).unwrap();
/// assert_eq!(versions.api_version(), ApiVersion::V2);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Versions {
    /// Version of IRIS, such as `v2.4.20`.
    #[serde(rename = "iris_current", default)]
    pub iris: String,
    /// Version of its API, such as `2.0.5`.
    #[serde(rename = "api_current", default)]
    pub api: String,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Versions {
    /// Says which routes to use. Anything that is not clearly newer is spoken to like 2.4, which 2.5 and the betas of 3
    /// understand as well.
    pub fn api_version(&self) -> ApiVersion {
        let digits: String = self
            .iris
            .trim_start_matches(['v', 'V'])
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        match digits.parse::<u32>() {
            Ok(3..) => ApiVersion::V3,
            Ok(_) | Err(_) => ApiVersion::V2,
        }
    }
}

/// Which routes of IRIS are used: the one place that knows how its generations differ.
///
/// IRIS 3 still has the routes of 2, marked as deprecated; its own ones answer without an envelope and with honest status codes.
/// A client starts with `V2`; [`crate::IrisClient::detect_version`] asks the server.
///
/// ```
/// assert_eq!(iris_client::ApiVersion::default(), iris_client::ApiVersion::V2);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApiVersion {
    /// `/alerts/…` of IRIS 2.4 and 2.5.
    #[default]
    V2,
    /// `/api/v2/alerts/…` of IRIS 3.
    V3,
}
