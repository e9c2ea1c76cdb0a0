//! Lists that an administrator manages: severities, states, types, customers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Error, IrisClient, Result};

/// Calls about what an administrator manages; [`IrisClient::manage`]. Ids differ from server to server.
///
/// ```no_run
/// # async fn example(iris: iris_client::IrisClient) -> Result<(), iris_client::Error> {
/// for severity in iris.manage().severities().await? {
///     println!("{} is {}", severity.name, severity.id);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Manage<'a> {
    client: &'a IrisClient,
}

/// An entry of such a list.
///
/// ```
/// let high = iris_client::Named { id: 5, name: "High".into(), extra: Default::default() };
/// assert_eq!(high.name, "High");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// Id on this server.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl<'a> Manage<'a> {
    pub(crate) fn new(client: &'a IrisClient) -> Self {
        Self { client }
    }

    /// Lists the severities.
    pub async fn severities(&self) -> Result<Vec<Named>> {
        self.list("/manage/severities/list", "severity_id", "severity_name")
            .await
    }

    /// Lists the states that an alert can have.
    pub async fn alert_statuses(&self) -> Result<Vec<Named>> {
        self.list("/manage/alert-status/list", "status_id", "status_name").await
    }

    /// Lists the resolutions that an alert can have.
    pub async fn alert_resolutions(&self) -> Result<Vec<Named>> {
        self.list(
            "/manage/alert-resolutions/list",
            "resolution_status_id",
            "resolution_status_name",
        )
        .await
    }

    /// Lists the types of indicators.
    pub async fn ioc_types(&self) -> Result<Vec<Named>> {
        self.list("/manage/ioc-types/list", "type_id", "type_name").await
    }

    /// Lists the types of assets.
    pub async fn asset_types(&self) -> Result<Vec<Named>> {
        self.list("/manage/asset-type/list", "asset_id", "asset_name").await
    }

    /// Lists the classifications, such as `malicious-code:ransomware`, which an alert and a case can have.
    pub async fn classifications(&self) -> Result<Vec<Named>> {
        self.list("/manage/case-classifications/list", "id", "name").await
    }

    /// Lists who may know an indicator, such as `amber` (Traffic Light Protocol).
    pub async fn tlps(&self) -> Result<Vec<Named>> {
        self.list("/manage/tlp/list", "tlp_id", "tlp_name").await
    }

    /// Lists the templates for cases, which [`crate::Escalation::template`] takes.
    pub async fn case_templates(&self) -> Result<Vec<Named>> {
        self.list("/manage/case-templates/list", "id", "name").await
    }

    /// Lists the customers. Needs the permission `customers_read`, which an account that only writes alerts should not have.
    pub async fn customers(&self) -> Result<Vec<Named>> {
        self.list("/manage/customers/list", "customer_id", "customer_name")
            .await
    }

    async fn list(&self, path: &str, id: &str, name: &str) -> Result<Vec<Named>> {
        let rows: Vec<Map<String, Value>> = self.client.get(path).await?;
        rows.into_iter().map(|row| named(row, id, name)).collect()
    }
}

fn named(mut row: Map<String, Value>, id: &str, name: &str) -> Result<Named> {
    let id = row.remove(id).as_ref().and_then(Value::as_i64);
    let name = match row.remove(name) {
        Some(Value::String(name)) => Some(name),
        Some(_) | None => None,
    };
    let (Some(id), Some(name)) = (id, name) else {
        return Err(Error::NotIris {
            status: 200,
            hint: "an entry of the list has no id or no name".to_owned(),
        });
    };
    Ok(Named { id, name, extra: row })
}
