//! Where alerts go that no hook brings, and which destinations are the same IRIS.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use iris_client::IrisClient;
use wazuh_model::Alert;

use crate::forwarder::mapping;
use crate::forwarder::ossec_conf;
use crate::forwarder::spool::{Destination, DestinationId, Stamp};
use crate::forwarder::target::Options;
use crate::settings::{CustomerRule, Settings};

/// How long an answer holds: a hook may be called for the first time at any moment.
const HOLDS: Duration = Duration::from_secs(5);
/// A destination that has not been used for so long while another was is one of before.
const UNUSED: Duration = Duration::from_hours(24);

/// The destinations that one state directory knows.
#[derive(Debug, Clone)]
pub struct Route {
    root: PathBuf,
    conf: PathBuf,
    base_url: Option<String>,
    has_key: bool,
    customer: i64,
    customers: Vec<CustomerRule>,
    places: BTreeMap<DestinationId, Place>,
    /// Those that are in use, in the order of the blocks, or the one that was used last first.
    current: Vec<DestinationId>,
    /// What `ossec.conf` named when it was read, and its time then.
    named: Option<(SystemTime, Vec<DestinationId>)>,
    asked: Option<Instant>,
}

/// Where a destination's alerts end: a server, and whom the block names there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Its file when that was read.
    stamp: Option<Stamp>,
    server: String,
    /// The destination whose address and options it has, and the server.
    leads: Arc<str>,
    /// Nothing where its options cannot be read: nobody can tell then whose its alerts are, and they may never get there.
    named: Option<Named>,
}

/// The customer that a block names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// None: rules and settings say it.
    Usual,
    Customer(i64),
}

impl Named {
    fn or(self, usual: i64) -> i64 {
        match self {
            Self::Usual => usual,
            Self::Customer(customer) => customer,
        }
    }
}

impl Route {
    /// The route of a state directory under these settings.
    pub fn new(root: PathBuf, settings: &Settings) -> Self {
        Self {
            root,
            conf: settings.ossec_conf.clone(),
            base_url: settings.iris.base_url.clone(),
            has_key: settings.iris.bearer.is_some(),
            customer: settings.iris.customer,
            customers: settings.forward.customers.clone(),
            places: BTreeMap::new(),
            current: Vec::new(),
            named: None,
            asked: None,
        }
    }

    /// Where alerts go that come without a destination.
    ///
    /// To the one that the hook names if it is the IRIS of the settings, or if they name none: then what comes by both ways has
    /// the same windows. Of several, to the one for the customer of the settings. To the destination of the settings otherwise.
    pub fn own(&mut self) -> DestinationId {
        self.look();
        let own = self.base_url.as_deref().map(server);
        let is_own = |id: &DestinationId| {
            let place = self.places.get(id);
            place.is_some_and(|place| own.as_ref().is_none_or(|own| *own == place.server))
        };
        let same: Vec<DestinationId> = self.current.iter().copied().filter(is_own).collect();
        if let [only] = same.as_slice() {
            return *only;
        }
        if own.is_none() {
            return DestinationId::SETTINGS;
        }
        let for_customer = |id: &DestinationId| {
            let place = self.places.get(id);
            let named = place.and_then(|place| place.named);
            named.is_some_and(|named| named.or(self.customer) == self.customer)
        };
        let exact: Vec<DestinationId> = same.into_iter().filter(for_customer).collect();
        match exact.as_slice() {
            [only] => *only,
            // Without a key of its own the destination of the settings would never get there.
            [first, ..] if !self.has_key => *first,
            _ => DestinationId::SETTINGS,
        }
    }

    /// The same, unless nobody has said where that is, or which of several: what is handed over then waits for ever when a block turns
    /// out to say it.
    pub fn named_own(&mut self) -> Option<DestinationId> {
        let own = self.own();
        (own != DestinationId::SETTINGS || self.base_url.is_some()).then_some(own)
    }

    /// Whether the hook still brings alerts for this destination, as far as can be told.
    pub fn is_current(&mut self, id: DestinationId) -> bool {
        self.look();
        self.current.contains(&id)
    }

    /// Whether blocks of `ossec.conf` can be read, and none of them names this destination.
    pub fn is_of_before(&mut self, id: DestinationId) -> bool {
        let named = self.named();
        id != DestinationId::SETTINGS && !named.is_empty() && !named.contains(&id)
    }

    /// Where a destination leads, in words that are others when it leads elsewhere; `None` where nobody has said where IRIS is.
    pub fn place(&mut self, id: DestinationId) -> Option<Arc<str>> {
        self.look_at(id);
        self.places.get(&id).map(|place| Arc::clone(&place.leads))
    }

    /// The same, as it was when anything was last asked.
    pub fn place_as_known(&self, id: DestinationId) -> Option<&Arc<str>> {
        self.places.get(&id).map(|place| &place.leads)
    }

    /// Every destination on the servers of these, whoever its customer is. All are looked at before anything is said of one.
    pub fn on_the_servers(&mut self, ids: &BTreeSet<DestinationId>) -> BTreeSet<DestinationId> {
        for id in ids {
            self.look_at(*id);
        }
        let servers: BTreeSet<&String> = ids.iter().filter_map(|id| Some(&self.places.get(id)?.server)).collect();
        let there = self.places.iter().filter(|(_, place)| servers.contains(&place.server));
        there.map(|(id, _)| *id).collect()
    }

    /// Every destination on the same server for the same customer, as it was when anything was last asked: an alert is there once, whichever
    /// way it takes. Of one whose options cannot be read that is not known: it is the same as no other, or what it can never deliver would
    /// keep others from delivering. Nor is one that stands in for another: what it took before is elsewhere.
    pub fn same_server(&self, id: DestinationId, alert: Option<&Alert>) -> Vec<DestinationId> {
        let Some((place, own)) = self.places.get(&id).and_then(|place| Some((place, place.named?))) else {
            return vec![id];
        };
        let there: Vec<(&DestinationId, Named)> = self
            .places
            .iter()
            .filter(|(_, other)| other.server == place.server)
            .filter_map(|(id, other)| Some((id, other.named?)))
            .collect();
        // Rules are asked only where it matters.
        let usual = if there.iter().all(|(_, named)| *named == own) {
            self.customer
        } else {
            let by_rule = alert.and_then(|alert| mapping::customer_of(alert, &self.customers));
            by_rule.unwrap_or(self.customer)
        };
        let same = there.into_iter().filter(|(_, named)| named.or(usual) == own.or(usual));
        same.map(|(id, _)| *id).collect()
    }

    /// Looks around, if the hook may have called for this one the first time, or in the stead of what a person let it say.
    fn look_at(&mut self, id: DestinationId) {
        let stamp = Destination::stamp(&self.root, id);
        let is_new = |place: &Place| stamp.is_some() && stamp != place.stamp;
        if self.places.get(&id).is_none_or(is_new) {
            self.asked = None;
        }
        self.look();
    }

    fn look(&mut self) {
        let knows_nothing = self.base_url.is_none() && self.current.is_empty();
        if !knows_nothing && self.asked.is_some_and(|at| at.elapsed() < HOLDS) {
            return;
        }
        self.asked = Some(Instant::now());
        if let Some(url) = &self.base_url {
            self.places.entry(DestinationId::SETTINGS).or_insert_with(|| {
                let server = server(url);
                Place {
                    stamp: None,
                    leads: leads(DestinationId::SETTINGS, &server),
                    server,
                    named: Some(Named::Usual),
                }
            });
        }
        let known = DestinationId::known(&self.root);
        for id in &known {
            // A name is made from its address; but a person may let it stand for another one, and a call of the hook ends that.
            let stamp = Destination::stamp(&self.root, *id);
            if self.places.get(id).is_none_or(|place| place.stamp != stamp)
                && let Ok(destination) = Destination::recall(&self.root, *id)
            {
                // What it took before went to another place, whatever it says now.
                let of = destination.id();
                let is_itself = of == *id;
                let url = Some(destination.url).filter(|url| !url.is_empty());
                let options = Options::read(&destination.options).ok().filter(|_| is_itself);
                let named = options.map(|options| options.customer_id.map_or(Named::Usual, Named::Customer));
                if let Some(url) = url.or_else(|| self.base_url.clone()) {
                    let server = server(&url);
                    let leads = leads(of, &server);
                    self.places.insert(
                        *id,
                        Place {
                            stamp,
                            server,
                            leads,
                            named,
                        },
                    );
                }
            }
        }
        self.current = self.in_use(known);
    }

    /// Which of the destinations that the hook was ever told of it still brings alerts for: those of the blocks in `ossec.conf`; where
    /// that does not say, those that were used within a day of the last one.
    fn in_use(&mut self, known: Vec<DestinationId>) -> Vec<DestinationId> {
        if known.len() < 2 {
            return known;
        }
        let mut named = self.named().to_vec();
        named.retain(|id| known.contains(id));
        if !named.is_empty() {
            return named;
        }
        let mut used: Vec<(SystemTime, DestinationId)> = known
            .into_iter()
            .map(|id| (Destination::used(&self.root, id).unwrap_or(SystemTime::UNIX_EPOCH), id))
            .collect();
        used.sort_by(|a, b| b.cmp(a));
        let last = used.first().map_or(SystemTime::UNIX_EPOCH, |(at, _)| *at);
        used.retain(|(at, _)| last.duration_since(*at).is_ok_and(|ago| ago < UNUSED));
        used.into_iter().map(|(_, id)| id).collect()
    }

    /// What the blocks in `ossec.conf` name; nothing where it cannot be read.
    fn named(&mut self) -> &[DestinationId] {
        let changed = fs::metadata(&self.conf).and_then(|meta| meta.modified()).ok();
        if self.named.as_ref().map(|(at, _)| *at) != changed {
            self.named = changed.and_then(|at| {
                let text = fs::read(&self.conf).ok()?;
                let blocks = ossec_conf::blocks(&String::from_utf8_lossy(&text));
                let mut named: Vec<DestinationId> = Vec::new();
                for id in blocks.iter().map(|block| block.destination.id()) {
                    if !named.contains(&id) {
                        named.push(id);
                    }
                }
                Some((at, named))
            });
        }
        self.named.as_ref().map_or(&[], |(_, named)| named)
    }
}

/// Two ways that a place is written are two addresses of a block, and one of the settings.
fn leads(of: DestinationId, server: &str) -> Arc<str> {
    format!("{of} {server}").into()
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
    use crate::settings::Source;

    /// Asked anew, as at the beginning of a batch.
    fn same_server(route: &mut Route, id: DestinationId, alert: Option<&Alert>) -> Vec<DestinationId> {
        route.look_at(id);
        route.same_server(id, alert)
    }

    fn hook(root: &std::path::Path, url: &str, options: &str) -> DestinationId {
        let destination = Destination {
            url: url.to_owned(),
            key: Some("k".to_owned().into()),
            options: options.to_owned(),
        };
        destination.remember(root).unwrap()
    }

    /// A state directory beside an `ossec.conf`.
    struct Stage(tempfile::TempDir);

    impl Stage {
        fn new() -> Self {
            let stage = Self(tempfile::tempdir().unwrap());
            Spool::at(stage.root()).create().unwrap();
            stage
        }

        fn root(&self) -> PathBuf {
            self.0.path().join("state")
        }

        fn conf(&self) -> PathBuf {
            self.0.path().join("ossec.conf")
        }

        fn route(&self, base_url: Option<&str>, change: impl Fn(&mut Settings)) -> Route {
            let mut settings = Settings::parse(&Source::default()).unwrap();
            settings.ossec_conf = self.conf();
            settings.iris.base_url = base_url.map(str::to_owned);
            settings.iris.bearer = Some("k".to_owned().into());
            change(&mut settings);
            Route::new(self.root(), &settings)
        }

        fn own(&self, base_url: Option<&str>) -> DestinationId {
            self.route(base_url, |_| {}).own()
        }

        fn write_blocks(&self, blocks: &[(&str, &str)]) {
            let block = |(url, options): &(&str, &str)| {
                format!(
                    "<integration><name>custom-iris</name><hook_url>{url}</hook_url><api_key>k</api_key><options>{options}</options></integration>"
                )
            };
            let text: String = blocks.iter().map(block).collect();
            fs::write(self.conf(), format!("<ossec_config>{text}</ossec_config>")).unwrap();
        }

        fn last_used(&self, id: DestinationId, hours_ago: u64) {
            let file = fs::File::open(self.root().join(format!("destinations/{id}.json"))).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_hours(hours_ago))
                .unwrap();
        }
    }

    const IRIS: &str = "https://iris:8443/alerts/add";

    #[test]
    fn what_no_hook_brings_goes_where_the_only_hook_of_that_iris_sends_to() {
        let stage = Stage::new();
        let iris = Some("https://iris:8443");
        assert_eq!(stage.own(iris), DestinationId::SETTINGS);
        assert_eq!(stage.own(None), DestinationId::SETTINGS);
        let first = hook(&stage.root(), IRIS, "");
        assert_eq!(stage.own(Some("https://IRIS:8443/")), first);
        assert_eq!(stage.own(None), first);
        assert_eq!(stage.own(Some("https://other:8443/")), DestinationId::SETTINGS);
        let second = hook(&stage.root(), IRIS, "{\"customer_id\":2}");
        assert_eq!(stage.own(iris), first, "it is for the customer of the settings");
        assert_eq!(stage.own(None), DestinationId::SETTINGS);
        let mut both = stage.route(iris, |settings| settings.iris.customer = 2);
        assert_eq!(both.own(), DestinationId::SETTINGS, "which of them, nobody has said");
        let mut no_key = stage.route(iris, |settings| {
            settings.iris.customer = 2;
            settings.iris.bearer = None;
        });
        assert!([first, second].contains(&no_key.own()), "the settings have no key");
    }

    #[test]
    fn where_nobody_has_said_where_iris_is_the_first_call_of_a_hook_is_seen_at_once() {
        let stage = Stage::new();
        let mut route = stage.route(None, |_| {});
        assert_eq!(route.named_own(), None);
        let first = hook(&stage.root(), IRIS, "");
        assert_eq!(route.named_own(), Some(first));
        hook(&stage.root(), "https://other:8443", "");
        assert_eq!(
            stage.route(None, |_| {}).named_own(),
            None,
            "which of them, nobody has said"
        );
        let mut settings = stage.route(Some("https://third:8443"), |_| {});
        assert_eq!(settings.named_own(), Some(DestinationId::SETTINGS));
    }

    #[test]
    fn a_block_that_was_edited_is_the_only_one_there_is() {
        let stage = Stage::new();
        let (moved, tags) = ("https://moved:8443/alerts/add", "{\"tags\":[\"a\"]}");
        let old = hook(&stage.root(), IRIS, "");
        let new = hook(&stage.root(), moved, tags);
        assert_eq!(stage.own(None), DestinationId::SETTINGS, "nothing says which is meant");
        stage.write_blocks(&[(moved, tags)]);
        let mut route = stage.route(None, |_| {});
        assert_eq!(route.own(), new);
        assert!(route.is_current(new) && !route.is_current(old));
        stage.write_blocks(&[(moved, tags), (IRIS, "")]);
        assert_eq!(stage.own(None), DestinationId::SETTINGS, "two blocks are two");
        assert_eq!(stage.own(Some("https://moved:8443")), new);
        stage.write_blocks(&[(moved, tags), (moved, tags)]);
        assert_eq!(stage.own(None), new, "two alike are one");
    }

    #[test]
    fn where_the_blocks_cannot_be_read_the_one_that_was_used_last_counts_a_day_later() {
        let stage = Stage::new();
        let old = hook(&stage.root(), IRIS, "");
        let new = hook(&stage.root(), IRIS, "{\"tags\":[\"a\"]}");
        stage.last_used(old, 23);
        assert_eq!(stage.own(None), DestinationId::SETTINGS);
        stage.last_used(old, 25);
        assert_eq!(stage.own(None), new);
        stage.last_used(new, 50);
        assert_eq!(stage.own(None), old);
    }

    #[test]
    fn destinations_for_one_customer_of_one_server_know_of_each_other() {
        let stage = Stage::new();
        let mut route = stage.route(Some("https://iris:8443"), |_| {});
        assert_eq!(
            same_server(&mut route, DestinationId::SETTINGS, None),
            [DestinationId::SETTINGS]
        );
        let first = hook(&stage.root(), IRIS, "");
        let second = hook(&stage.root(), "https://iris:8443", "{\"customer_id\":1}");
        let customer = hook(&stage.root(), "https://iris:8443", "{\"customer_id\":2}");
        let other = hook(&stage.root(), "https://elsewhere", "");
        let mut same = vec![DestinationId::SETTINGS, first, second];
        same.sort();
        assert_eq!(same_server(&mut route, first, None), same);
        assert_eq!(same_server(&mut route, other, None), [other]);
        assert_eq!(same_server(&mut route, customer, None), [customer]);
        let all = BTreeSet::from([DestinationId::SETTINGS, first, second, customer]);
        assert_eq!(route.on_the_servers(&[customer].into()), all);
        assert_eq!(route.on_the_servers(&[other].into()), [other].into());
        assert_eq!(route.on_the_servers(&[other, first].into()), &all | &[other].into());
    }

    #[test]
    fn a_destination_that_stood_for_another_is_itself_again_when_the_hook_says_so() {
        let stage = Stage::new();
        let first = hook(&stage.root(), IRIS, "");
        let second = hook(&stage.root(), "https://elsewhere", "");
        let mut route = stage.route(None, |_| {});
        assert_eq!(same_server(&mut route, first, None), [first]);
        let told = Destination::recall(&stage.root(), second).unwrap();
        told.stand_in_for(&stage.root(), first).unwrap();
        for id in [first, second] {
            assert_eq!(
                same_server(&mut route, id, None),
                [id],
                "what the first took is elsewhere"
            );
        }
        assert_eq!(hook(&stage.root(), IRIS, ""), first);
        assert_eq!(same_server(&mut route, first, None), [first]);
        assert_eq!(same_server(&mut route, second, None), [second]);
    }

    #[test]
    fn what_a_look_at_one_destination_shows_counts_for_those_that_were_looked_at_before() {
        let stage = Stage::new();
        let first = hook(&stage.root(), IRIS, "");
        let moved = hook(&stage.root(), "https://elsewhere", "");
        let mut route = stage.route(None, |_| {});
        assert_eq!(route.on_the_servers(&[first].into()), [first].into());
        let told = Destination::recall(&stage.root(), first).unwrap();
        told.stand_in_for(&stage.root(), moved).unwrap();
        // One that nobody knows yet, and that is looked at last.
        let mut urls = (0..).map(|number| format!("https://new-{number}"));
        let new = urls.find_map(|url| Some(hook(&stage.root(), &url, "")).filter(|new| *new > first));
        let both = BTreeSet::from([first, new.unwrap()]);
        assert_eq!(route.on_the_servers(&both), &both | &[moved].into());
    }

    #[test]
    fn a_block_whose_options_cannot_be_read_is_the_same_as_no_other() {
        let stage = Stage::new();
        let broken = hook(&stage.root(), IRIS, "{\"customer_id\": 2,}");
        let other = hook(&stage.root(), IRIS, "{\"customer\": 1}");
        let good = hook(&stage.root(), IRIS, "");
        let mut route = stage.route(Some("https://iris:8443"), |_| {});
        for alone in [broken, other] {
            assert_eq!(same_server(&mut route, alone, None), [alone]);
        }
        let mut same = vec![DestinationId::SETTINGS, good];
        same.sort();
        assert_eq!(same_server(&mut route, good, None), same);
        assert_eq!(route.own(), good, "what no hook brings goes where it can be delivered");
    }

    #[test]
    fn a_block_that_leaves_the_customer_to_rules_is_the_same_as_that_of_their_customer() {
        let stage = Stage::new();
        let plain = hook(&stage.root(), IRIS, "");
        let usual = hook(&stage.root(), IRIS, "{\"customer_id\":1}");
        let named = hook(&stage.root(), IRIS, "{\"customer_id\":3}");
        let mut route = stage.route(None, |settings| {
            settings.forward.customers = vec![CustomerRule {
                id: 3,
                agent_name: vec!["acme-*".to_owned()],
                ..CustomerRule::default()
            }];
        });
        let both = |one: DestinationId, other: DestinationId| {
            let mut both = vec![one, other];
            both.sort();
            both
        };
        let alert = |agent: &str| Alert::from_slice(format!(r#"{{"agent":{{"name":"{agent}"}}}}"#).as_bytes()).unwrap();
        let of_rule = alert("acme-7");
        assert_eq!(same_server(&mut route, plain, Some(&of_rule)), both(plain, named));
        assert_eq!(same_server(&mut route, usual, Some(&of_rule)), [usual]);
        let of_nobody = alert("x");
        assert_eq!(same_server(&mut route, plain, Some(&of_nobody)), both(plain, usual));
        assert_eq!(same_server(&mut route, named, Some(&of_nobody)), [named]);
    }

    #[test]
    fn two_paths_of_one_proxy_are_two_servers_and_every_spelling_of_one_is_one() {
        let stage = Stage::new();
        let mut one = [
            "https://proxy/a/alerts/add",
            "https://PROXY:443/a",
            " https://proxy/a/alerts/add/ ",
            "https://proxy/a/?cid=1",
        ]
        .map(|url| hook(&stage.root(), url, ""));
        let other = hook(&stage.root(), "https://proxy/b/alerts/add", "");
        let whole = hook(&stage.root(), "https://proxy", "");
        one.sort();
        let mut route = stage.route(None, |_| {});
        assert_eq!(same_server(&mut route, one[0], None), one);
        assert_eq!(same_server(&mut route, other, None), [other]);
        assert_eq!(same_server(&mut route, whole, None), [whole]);
        assert_eq!(stage.own(Some("https://proxy/b/")), other);
    }
}
