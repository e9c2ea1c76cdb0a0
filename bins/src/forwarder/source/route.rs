//! Where alerts go that no hook brings, and which destinations are the same IRIS.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use iris_client::IrisClient;

use crate::forwarder::spool::{Destination, DestinationId};
use crate::forwarder::target::Options;

/// How long an answer holds: a hook may be called for the first time at any moment.
const HOLDS: Duration = Duration::from_secs(5);

/// The destinations that one state directory knows.
#[derive(Debug, Clone)]
pub struct Route {
    root: PathBuf,
    base_url: Option<String>,
    customer: i64,
    places: BTreeMap<DestinationId, Place>,
    asked: Option<Instant>,
}

/// Where a destination's alerts end: a server, and a customer on it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    server: String,
    customer: i64,
}

impl Route {
    /// The route of a state directory, with the address and the customer that the settings give.
    pub fn new(root: PathBuf, base_url: Option<String>, customer: i64) -> Self {
        Self {
            root,
            base_url,
            customer,
            places: BTreeMap::new(),
            asked: None,
        }
    }

    /// Where alerts go that come without a destination.
    ///
    /// To the one that the hook names if it is the IRIS of the settings, or if they name none: then what comes by both ways has
    /// the same windows. To the destination of the settings otherwise.
    pub fn own(&mut self) -> DestinationId {
        self.look();
        let own = self.base_url.as_deref().map(server);
        let mut same = self
            .places
            .iter()
            .filter(|(id, _)| **id != DestinationId::SETTINGS)
            .filter(|(_, place)| own.as_ref().is_none_or(|own| *own == place.server));
        match (same.next(), same.next()) {
            (Some((only, _)), None) => *only,
            _ => DestinationId::SETTINGS,
        }
    }

    /// Every destination on the same server for the same customer: an alert is there once, whichever way it takes.
    pub fn same_server(&mut self, id: DestinationId) -> Vec<DestinationId> {
        if !self.places.contains_key(&id) {
            self.asked = None;
        }
        self.look();
        let Some(place) = self.places.get(&id) else {
            return vec![id];
        };
        let same = self.places.iter().filter(|(_, other)| *other == place);
        same.map(|(id, _)| *id).collect()
    }

    fn look(&mut self) {
        if self.asked.is_some_and(|at| at.elapsed() < HOLDS) {
            return;
        }
        self.asked = Some(Instant::now());
        if let Some(url) = &self.base_url {
            let (server, customer) = (server(url), self.customer);
            self.places.insert(DestinationId::SETTINGS, Place { server, customer });
        }
        for id in DestinationId::known(&self.root) {
            // A name is made from its address, so what is known stays true.
            if !self.places.contains_key(&id)
                && let Ok(destination) = Destination::recall(&self.root, id)
            {
                let url = Some(destination.url).filter(|url| !url.is_empty());
                // Options that cannot be read deliver nothing, so they do not matter here.
                let options = Options::read(&destination.options).unwrap_or_default();
                if let Some(url) = url.or_else(|| self.base_url.clone()) {
                    let (server, customer) = (server(&url), options.customer_id.unwrap_or(self.customer));
                    self.places.insert(id, Place { server, customer });
                }
            }
        }
    }
}

/// The IRIS that an address leads to; the address itself where it is none. Behind one proxy there may be several, told apart by path.
fn server(url: &str) -> String {
    match IrisClient::address_of(url) {
        Ok(url) => url.as_str().trim_end_matches('/').to_owned(),
        Err(_) => url.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forwarder::spool::Spool;

    fn hook(root: &std::path::Path, url: &str, options: &str) -> DestinationId {
        let destination = Destination {
            url: url.to_owned(),
            key: Some("k".to_owned().into()),
            options: options.to_owned(),
        };
        destination.remember(root).unwrap()
    }

    #[test]
    fn what_no_hook_brings_goes_where_the_only_hook_of_that_iris_sends_to() {
        let folder = tempfile::tempdir().unwrap();
        Spool::at(folder.path()).create().unwrap();
        let route = |base: Option<&str>| Route::new(folder.path().to_owned(), base.map(str::to_owned), 1).own();
        assert_eq!(route(Some("https://iris:8443")), DestinationId::SETTINGS);
        assert_eq!(route(None), DestinationId::SETTINGS);
        let first = hook(folder.path(), "https://iris:8443/alerts/add", "");
        assert_eq!(route(Some("https://IRIS:8443/")), first);
        assert_eq!(route(None), first);
        assert_eq!(route(Some("https://other:8443/")), DestinationId::SETTINGS);
        hook(folder.path(), "https://iris:8443/alerts/add", "{\"customer_id\":2}");
        assert_eq!(
            route(Some("https://iris:8443")),
            DestinationId::SETTINGS,
            "which of them, nobody has said"
        );
    }

    #[test]
    fn destinations_for_one_customer_of_one_server_know_of_each_other() {
        let folder = tempfile::tempdir().unwrap();
        Spool::at(folder.path()).create().unwrap();
        let mut route = Route::new(folder.path().to_owned(), Some("https://iris:8443".to_owned()), 1);
        assert_eq!(route.same_server(DestinationId::SETTINGS), [DestinationId::SETTINGS]);
        let first = hook(folder.path(), "https://iris:8443/alerts/add", "");
        let second = hook(folder.path(), "https://iris:8443", "{\"customer_id\":1}");
        let customer = hook(folder.path(), "https://iris:8443", "{\"customer_id\":2}");
        let other = hook(folder.path(), "https://elsewhere", "");
        let mut same = vec![DestinationId::SETTINGS, first, second];
        same.sort();
        assert_eq!(route.same_server(first), same);
        assert_eq!(route.same_server(other), [other]);
        assert_eq!(route.same_server(customer), [customer]);
    }

    #[test]
    fn two_paths_of_one_proxy_are_two_servers_and_every_spelling_of_one_is_one() {
        let folder = tempfile::tempdir().unwrap();
        Spool::at(folder.path()).create().unwrap();
        let mut one = [
            "https://proxy/a/alerts/add",
            "https://PROXY:443/a",
            " https://proxy/a/alerts/add/ ",
            "https://proxy/a/?cid=1",
        ]
        .map(|url| hook(folder.path(), url, ""));
        let other = hook(folder.path(), "https://proxy/b/alerts/add", "");
        let whole = hook(folder.path(), "https://proxy", "");
        one.sort();
        let mut route = Route::new(folder.path().to_owned(), None, 1);
        assert_eq!(route.same_server(one[0]), one);
        assert_eq!(route.same_server(other), [other]);
        assert_eq!(route.same_server(whole), [whole]);
        let mut route = Route::new(folder.path().to_owned(), Some("https://proxy/b/".to_owned()), 1);
        assert_eq!(route.own(), other);
    }
}
