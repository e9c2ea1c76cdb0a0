//! An alert as the sandbox stores it, and as it is printed.

use jiff::civil::DateTime;
use serde_json::{Value, json};
use uuid::Uuid;

use super::time;
use crate::AlertId;

/// An alert as the sandbox stores it: what a test looks at, and what it changes with the hand of an analyst.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{AlertId, CustomerId, IrisClient, NewAlert, NewAsset, NewIoc, sandbox::Sandbox};
/// # let iris = Sandbox::builder().start().await.unwrap();
/// # let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// let alert = NewAlert::new("sshd: brute force", 5, 2, CustomerId(1)).tags("wazuh, ai-pending");
/// let id = client.alerts().add(&alert).await.unwrap().id;
/// iris.edit(id, |alert| alert.owner_id = Some(1));
/// let stored = iris.alert(id).unwrap();
/// assert!(stored.has_tag("ai-pending") && stored.owner_id == Some(1));
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of IRIS")]
pub struct StoredAlert {
    pub id: AlertId,
    pub uuid: Uuid,
    pub title: String,
    pub description: Option<String>,
    pub source: Option<String>,
    pub source_ref: Option<String>,
    pub source_link: Option<String>,
    pub source_content: Value,
    pub severity_id: i64,
    pub status_id: i64,
    pub context: Value,
    pub event_time: DateTime,
    pub creation_time: DateTime,
    pub note: Option<String>,
    pub tags: Option<String>,
    pub owner_id: Option<i64>,
    /// Seconds since 1970 to `{user, user_id, action}`; `null` until the first entry.
    pub history: Value,
    pub customer_id: i64,
    pub classification_id: Option<i64>,
    pub resolution_id: Option<i64>,
    pub iocs: Vec<StoredIoc>,
    pub assets: Vec<StoredAsset>,
    /// Cases that it was merged into or escalated to.
    pub cases: Vec<i64>,
    pub comments: Vec<StoredComment>,
}

/// An indicator as the sandbox stores it.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{AlertId, CustomerId, IrisClient, NewAlert, NewAsset, NewIoc, sandbox::Sandbox};
/// # let iris = Sandbox::builder().start().await.unwrap();
/// # let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// let alert = NewAlert::new("t", 5, 2, CustomerId(1)).ioc(NewIoc::new("203.0.113.9", 79));
/// let id = client.alerts().add(&alert).await.unwrap().id;
/// assert_eq!(iris.alert(id).unwrap().iocs[0].value, "203.0.113.9");
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of IRIS")]
pub struct StoredIoc {
    pub id: i64,
    pub uuid: Uuid,
    pub value: String,
    pub type_id: Option<i64>,
    pub tlp_id: Option<i64>,
    pub description: Option<String>,
    pub tags: Option<String>,
    pub enrichment: Value,
}

/// An asset as the sandbox stores it.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{AlertId, CustomerId, IrisClient, NewAlert, NewAsset, NewIoc, sandbox::Sandbox};
/// # let iris = Sandbox::builder().start().await.unwrap();
/// # let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// let alert = NewAlert::new("t", 5, 2, CustomerId(1)).asset(NewAsset::new("web-01", 3).ip("10.0.0.5"));
/// let id = client.alerts().add(&alert).await.unwrap().id;
/// assert_eq!(iris.alert(id).unwrap().assets[0].ip.as_deref(), Some("10.0.0.5"));
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of IRIS")]
pub struct StoredAsset {
    pub id: i64,
    pub uuid: Uuid,
    pub name: String,
    pub type_id: i64,
    pub ip: Option<String>,
    pub domain: Option<String>,
    pub description: Option<String>,
    pub tags: Option<String>,
    pub info: Option<String>,
    pub enrichment: Value,
}

/// A comment as the sandbox stores it.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{AlertId, CustomerId, IrisClient, NewAlert, NewAsset, NewIoc, sandbox::Sandbox};
/// # let iris = Sandbox::builder().start().await.unwrap();
/// # let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// let id = client.alerts().add(&NewAlert::new("t", 5, 2, CustomerId(1))).await.unwrap().id;
/// client.alerts().comment(id, "**benign**").await.unwrap();
/// assert_eq!(iris.alert(id).unwrap().comments[0].text.as_deref(), Some("**benign**"));
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of IRIS")]
pub struct StoredComment {
    pub id: i64,
    pub uuid: Uuid,
    pub text: Option<String>,
    pub date: DateTime,
    pub update_date: DateTime,
    pub user_id: i64,
}

impl StoredAlert {
    /// Reads the tags one by one, trimmed, without the empty ones.
    pub fn tag_list(&self) -> impl Iterator<Item = &str> {
        self.tags
            .as_deref()
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|tag| !tag.is_empty())
    }

    /// Says whether the alert carries exactly this tag.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tag_list().any(|own| own == tag)
    }

    /// Notes in the history who did what.
    pub(super) fn remember(&mut self, user: &str, user_id: i64, action: &str) {
        let entry = json!({"user": user, "user_id": user_id, "action": action});
        if !self.history.is_object() {
            self.history = json!({});
        }
        let mut at = time::now();
        if let Some(history) = self.history.as_object_mut() {
            // Two entries of the same microsecond would be one.
            while history.contains_key(&time::epoch(at)) {
                at = at.saturating_add(jiff::SignedDuration::from_micros(1));
            }
            history.insert(time::epoch(at), entry);
        }
    }
}
