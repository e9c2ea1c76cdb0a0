//! Names → ids of this server.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{Error, IrisClient, Named, Result};

/// Names of severities, types and so on as ids of this server, asked for once and remembered; [`IrisClient::catalog`].
///
/// Upper and lower case, and spaces around, do not matter. A fresh IRIS 2.4.20 and an upgraded one number these lists
/// differently: never write the numbers down.
///
/// # Errors
/// [`Error::UnknownName`] with the name that is most like the one asked for; otherwise as any read.
///
/// # Caveats
/// An administrator may change the lists: after an error whose [`Error::suggests_stale_ids`] says so, call
/// [`Catalog::refresh`] and ask again.
///
/// ```no_run
/// # async fn example(iris: iris_client::IrisClient) -> Result<(), iris_client::Error> {
/// let high = iris.catalog().severity("high").await?;
/// let address = iris.catalog().ioc_type("ip-src").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Catalog<'a> {
    client: &'a IrisClient,
}

/// What has been asked for, by kind.
#[derive(Default)]
pub(crate) struct Names {
    lists: Mutex<HashMap<Kind, Arc<[Named]>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Severity,
    Status,
    Resolution,
    IocType,
    AssetType,
    Classification,
    Tlp,
    Customer,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::Status => "alert status",
            Self::Resolution => "alert resolution",
            Self::IocType => "IOC type",
            Self::AssetType => "asset type",
            Self::Classification => "classification",
            Self::Tlp => "TLP",
            Self::Customer => "customer",
        }
    }
}

impl<'a> Catalog<'a> {
    pub(crate) fn new(client: &'a IrisClient) -> Self {
        Self { client }
    }

    /// Id of a severity, such as `High`; [`Error::UnknownName`] where IRIS has none of that name.
    pub async fn severity(&self, name: &str) -> Result<i64> {
        self.id(Kind::Severity, name).await
    }

    /// Id of a status, such as `New`; [`Error::UnknownName`] where IRIS has none of that name.
    pub async fn status(&self, name: &str) -> Result<i64> {
        self.id(Kind::Status, name).await
    }

    /// Id of a resolution, such as `False Positive`; [`Error::UnknownName`] where IRIS has none of that name.
    pub async fn resolution(&self, name: &str) -> Result<i64> {
        self.id(Kind::Resolution, name).await
    }

    /// Id of a type of indicator, such as `ip-src`; [`Error::UnknownName`] where IRIS has none of that name.
    pub async fn ioc_type(&self, name: &str) -> Result<i64> {
        self.id(Kind::IocType, name).await
    }

    /// Id of a type of asset, such as `Linux - Server`; [`Error::UnknownName`] where IRIS has none of that name.
    pub async fn asset_type(&self, name: &str) -> Result<i64> {
        self.id(Kind::AssetType, name).await
    }

    /// Id of a classification, such as `malicious-code:ransomware`; [`Error::UnknownName`] where IRIS has none of that name.
    pub async fn classification(&self, name: &str) -> Result<i64> {
        self.id(Kind::Classification, name).await
    }

    /// Id of a level of the Traffic Light Protocol, such as `amber`; [`Error::UnknownName`] where IRIS has none of that name.
    pub async fn tlp(&self, name: &str) -> Result<i64> {
        self.id(Kind::Tlp, name).await
    }

    /// Id of a customer; [`Error::UnknownName`] where IRIS has none of that name. Needs the permission `customers_read`.
    pub async fn customer(&self, name: &str) -> Result<i64> {
        self.id(Kind::Customer, name).await
    }

    /// Forgets everything: the next question asks the server.
    pub fn refresh(&self) {
        self.lists().clear();
    }

    async fn id(&self, kind: Kind, name: &str) -> Result<i64> {
        let list = self.list(kind).await?;
        let wanted = name.trim().to_lowercase();
        // The exact spelling first: two entries may differ by case alone.
        let found = list
            .iter()
            .find(|entry| entry.name == name)
            .or_else(|| list.iter().find(|entry| entry.name.trim().to_lowercase() == wanted));
        match found {
            Some(entry) => Ok(entry.id),
            None => Err(Error::UnknownName {
                kind: kind.word().to_owned(),
                name: name.to_owned(),
                nearest: nearest(&wanted, &list),
            }),
        }
    }

    async fn list(&self, kind: Kind) -> Result<Arc<[Named]>> {
        if let Some(list) = self.lists().get(&kind) {
            return Ok(list.clone());
        }
        let manage = self.client.manage();
        let list: Arc<[Named]> = match kind {
            Kind::Severity => manage.severities().await?,
            Kind::Status => manage.alert_statuses().await?,
            Kind::Resolution => manage.alert_resolutions().await?,
            Kind::IocType => manage.ioc_types().await?,
            Kind::AssetType => manage.asset_types().await?,
            Kind::Classification => manage.classifications().await?,
            Kind::Tlp => manage.tlps().await?,
            Kind::Customer => manage.customers().await?,
        }
        .into();
        self.lists().insert(kind, list.clone());
        Ok(list)
    }

    fn lists(&self) -> std::sync::MutexGuard<'_, HashMap<Kind, Arc<[Named]>>> {
        self.client
            .inner
            .names
            .lists
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn nearest(wanted: &str, list: &[Named]) -> Option<String> {
    list.iter()
        .min_by_key(|entry| distance(wanted, &entry.name.to_lowercase()))
        .map(|entry| entry.name.clone())
}

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_differs_in_the_fewest_letters() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        let list: Vec<_> = ["Low", "High", "Critical"]
            .iter()
            .zip(1..)
            .map(|(name, id)| Named {
                id,
                name: (*name).to_owned(),
                extra: serde_json::Map::new(),
            })
            .collect();
        assert_eq!(nearest("criticl", &list).as_deref(), Some("Critical"));
        assert_eq!(nearest("x", &[]), None);
    }
}
