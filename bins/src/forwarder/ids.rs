//! The numbers of one IRIS, resolved from names: a fresh server and an upgraded one number the same names differently.

use std::collections::BTreeMap;

use iris_client::{Error, IrisClient};
use wazuh_model::IndicatorKind;

use crate::settings::Severity;

/// Numbers by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    severities: [i64; 5],
    pub(crate) status_new: i64,
    ioc_types: BTreeMap<String, i64>,
    asset_types: BTreeMap<String, i64>,
}

impl Ids {
    /// Asks a server. Severities and the status are needed; a type that a server lacks only leaves its indicators out.
    pub async fn resolve(client: &IrisClient) -> Result<Self, Error> {
        let catalog = client.catalog();
        let mut severities = [0; 5];
        for (id, name) in severities.iter_mut().zip(Severity::ALL) {
            *id = catalog.severity(name.name()).await?;
        }
        let named =
            |list: Vec<iris_client::Named>| list.into_iter().map(|one| (one.name.to_lowercase(), one.id)).collect();
        Ok(Self {
            severities,
            status_new: catalog.status("New").await?,
            ioc_types: named(client.manage().ioc_types().await?),
            asset_types: named(client.manage().asset_types().await?),
        })
    }

    /// The numbers of a fresh IRIS 2.4, for `explain` without a server.
    pub fn of_a_fresh_server() -> Self {
        let table = |rows: &[(&str, i64)]| rows.iter().map(|(name, id)| ((*name).to_owned(), *id)).collect();
        Self {
            severities: [3, 4, 1, 5, 6],
            status_new: 2,
            ioc_types: table(&[
                ("domain", 20),
                ("email", 22),
                ("filename", 37),
                ("imphash", 75),
                ("ip-any", 76),
                ("ip-dst", 77),
                ("ip-src", 79),
                ("md5", 90),
                ("sha1", 111),
                ("sha256", 113),
                ("url", 141),
            ]),
            asset_types: table(&[
                ("linux - server", 3),
                ("linux - computer", 4),
                ("mac - computer", 6),
                ("windows - computer", 9),
                ("windows - server", 10),
            ]),
        }
    }

    /// The number of the least severity.
    pub(crate) fn lowest_severity(&self) -> i64 {
        self.severities[0]
    }

    /// The number of a severity.
    pub(crate) fn severity(&self, severity: Severity) -> i64 {
        self.severities[severity as usize]
    }

    pub(crate) fn ioc_type(&self, kind: IndicatorKind) -> Option<i64> {
        self.ioc_types.get(&kind.iris_type_name().to_lowercase()).copied()
    }

    /// The first of these asset types that the server has.
    pub(crate) fn asset_type(&self, names: &[&str]) -> Option<i64> {
        names
            .iter()
            .find_map(|name| self.asset_types.get(&name.to_lowercase()).copied())
    }
}

impl std::fmt::Display for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (severity, id) in Severity::ALL.iter().zip(&self.severities) {
            write!(f, "{} {id}, ", severity.name())?;
        }
        let (iocs, assets) = (self.ioc_types.len(), self.asset_types.len());
        write!(f, "New {}, {iocs} IOC types, {assets} asset types", self.status_new)
    }
}

#[cfg(test)]
mod tests {
    use iris_client::sandbox::Sandbox;

    use super::*;

    #[tokio::test]
    async fn without_a_server_every_number_is_that_of_a_fresh_one() {
        let iris = Sandbox::builder().start().await.unwrap();
        let client = IrisClient::builder(&iris.url())
            .token(iris.token().into())
            .build()
            .unwrap();
        let (server, fresh) = (Ids::resolve(&client).await.unwrap(), Ids::of_a_fresh_server());
        assert_eq!(
            (fresh.severities, fresh.status_new),
            (server.severities, server.status_new)
        );
        for kind in IndicatorKind::ALL {
            let id = server.ioc_type(kind);
            assert!(id.is_some() && fresh.ioc_type(kind) == id, "{kind:?}: {id:?}");
        }
        for (name, id) in &fresh.asset_types {
            assert_eq!(server.asset_types.get(name), Some(id), "{name}");
        }
    }
}
