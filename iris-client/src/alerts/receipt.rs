//! The little that is read of the answer to a new alert.

use crate::transport::Answer;
use crate::{AlertId, Result};

/// What [`Alerts::add_for_receipt`](super::Alerts::add_for_receipt) reads of an answer.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{IrisClient, NewAlert, CustomerId, sandbox::Sandbox};
/// # let sandbox = Sandbox::builder().start().await.unwrap();
/// # let iris = IrisClient::builder(&sandbox.url()).token(sandbox.token().into()).build().unwrap();
/// let new = NewAlert::new("Brute force", 4, 2, CustomerId(1));
/// let receipt = iris.alerts().add_for_receipt(&new).await.unwrap();
/// assert_eq!(iris.alerts().get(receipt.id).await.unwrap().uuid, receipt.uuid);
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub struct Receipt {
    /// Number of the alert.
    #[serde(rename = "alert_id")]
    pub id: AlertId,
    /// Its unique key; ours if we chose it.
    #[serde(rename = "alert_uuid", default)]
    pub uuid: Option<uuid::Uuid>,
}

impl Receipt {
    pub(crate) fn read(answer: &Answer) -> Result<Self> {
        Self::skimmed(answer).map_or_else(|| answer.data(), Ok)
    }

    fn skimmed(answer: &Answer) -> Option<Self> {
        let [id, uuid] = answer.members(["alert_id", "alert_uuid"])?;
        Some(Self {
            id: serde_json::from_slice(id?).ok()?,
            uuid: serde_json::from_slice(uuid.unwrap_or(b"null")).ok()?,
        })
    }
}
