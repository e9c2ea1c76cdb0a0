//! Where alerts go that no hook brings, and which destinations are the same IRIS.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::forwarder::spool::{Destination, DestinationId};

/// How long an answer holds: a hook may be called for the first time at any moment.
const HOLDS: Duration = Duration::from_secs(5);

/// The destinations that one state directory knows.
#[derive(Debug, Clone)]
pub struct Route {
    root: PathBuf,
    base_url: Option<String>,
    servers: BTreeMap<DestinationId, String>,
    asked: Option<Instant>,
}

impl Route {
    /// The route of a state directory, with the address that the settings give.
    pub fn new(root: PathBuf, base_url: Option<String>) -> Self {
        Self {
            root,
            base_url,
            servers: BTreeMap::new(),
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
            .servers
            .iter()
            .filter(|(id, server)| **id != DestinationId::SETTINGS && own.as_ref().is_none_or(|own| own == *server));
        match (same.next(), same.next()) {
            (Some((only, _)), None) => *only,
            _ => DestinationId::SETTINGS,
        }
    }

    /// Every destination on the same server: an alert's id is unique there, whichever way it takes.
    pub fn same_server(&mut self, id: DestinationId) -> Vec<DestinationId> {
        if !self.servers.contains_key(&id) {
            self.asked = None;
        }
        self.look();
        let Some(server) = self.servers.get(&id) else {
            return vec![id];
        };
        let same = self.servers.iter().filter(|(_, other)| *other == server);
        same.map(|(id, _)| *id).collect()
    }

    fn look(&mut self) {
        if self.asked.is_some_and(|at| at.elapsed() < HOLDS) {
            return;
        }
        self.asked = Some(Instant::now());
        if let Some(url) = &self.base_url {
            self.servers.insert(DestinationId::SETTINGS, server(url));
        }
        for id in DestinationId::known(&self.root) {
            // A name is made from its address, so what is known stays true.
            if !self.servers.contains_key(&id)
                && let Ok(destination) = Destination::recall(&self.root, id)
            {
                let url = Some(destination.url).filter(|url| !url.is_empty());
                if let Some(url) = url.or_else(|| self.base_url.clone()) {
                    self.servers.insert(id, server(&url));
                }
            }
        }
    }
}

/// Scheme, host and port of an address; the address itself where it is none.
fn server(url: &str) -> String {
    match url::Url::parse(url.trim()) {
        Ok(url) => url.origin().ascii_serialization(),
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
        let route = |base: Option<&str>| Route::new(folder.path().to_owned(), base.map(str::to_owned)).own();
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
    fn destinations_on_one_server_know_of_each_other() {
        let folder = tempfile::tempdir().unwrap();
        Spool::at(folder.path()).create().unwrap();
        let mut route = Route::new(folder.path().to_owned(), Some("https://iris:8443".to_owned()));
        assert_eq!(route.same_server(DestinationId::SETTINGS), [DestinationId::SETTINGS]);
        let first = hook(folder.path(), "https://iris:8443/alerts/add", "");
        let second = hook(folder.path(), "https://iris:8443", "{\"customer_id\":2}");
        let other = hook(folder.path(), "https://elsewhere", "");
        let mut same = vec![DestinationId::SETTINGS, first, second];
        same.sort();
        assert_eq!(route.same_server(first), same);
        assert_eq!(route.same_server(other), [other]);
    }
}
