//! Every IRIS that alerts go to: the way there, permissions, ids, customer, clock.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use iris_client::{AlertId, Error, IrisClient, NewAlert, Permission};
use jiff::Timestamp;
use uuid::Uuid;

use super::manager::Blocks;
use crate::findings::Findings;
use crate::forwarder::delivery;
use crate::forwarder::place::Place;
use crate::forwarder::queue::Queue;
use crate::forwarder::redirect::{Whose, key_to_renew};
use crate::forwarder::source::Route;
use crate::forwarder::spool::{Destination, DestinationId};
use crate::forwarder::target::{Target, TargetError, shown};
use crate::settings::{IrisSettings, Settings};
use crate::way::{self, Named};

/// Difference of clocks that makes times in IRIS confusing.
const SKEW: Duration = Duration::from_secs(30);

/// Every destination: of the blocks in `ossec.conf`, those that the hook was told of, and the one of the settings where it is used.
pub(super) async fn destinations(
    place: &Place,
    settings: &Settings,
    blocks: Blocks,
    read_only: bool,
    findings: &mut Findings,
) {
    let mut route = Route::new(place.spool.root().to_owned(), settings);
    let current: Vec<Current> = blocks
        .usable
        .iter()
        .map(|block| Current {
            id: block.id(),
            address: shown(&block.url),
            whose: Whose::of(block, settings),
        })
        .collect();
    for (id, destination) in all(place, settings, blocks, &current, findings) {
        let target = Target::new(&destination, &settings.iris);
        // By what it says: it may stand in for another.
        let fix = if route.is_of_before(destination.id()) {
            let whose = Whose::of(&destination, settings);
            let fix = elsewhere(id, whose, &current);
            let message = format!(
                "{} alerts wait for {id} ({}, {whose}), which no block of ossec.conf names any more",
                waiting_for(place, id),
                shown(&destination.url)
            );
            // It may be the right one still, and needed until they are out.
            findings.warn("destination", message, format!("where they cannot get there: {fix}"));
            fix
        } else {
            "correct the <integration> block in ossec.conf, or the settings".to_owned()
        };
        if let Some(fix) = key_to_renew(place.spool.root(), settings, id, &destination) {
            let message = format!("{id} goes where {} leads, with another key", destination.id());
            findings.warn("key", message, fix);
        }
        match target {
            Ok(target) => one(&target, &settings.iris, &named(&destination), read_only, findings).await,
            Err(error) => findings.fail("iris", format!("destination {id}: {error}"), fix),
        }
    }
}

/// A destination that a block names.
struct Current {
    id: DestinationId,
    address: String,
    whose: Whose,
}

impl fmt::Display for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.id, self.address, self.whose)
    }
}

/// Where a person writes down what leads to a destination: what its block does not say, the settings do.
fn named(destination: &Destination) -> Named {
    Named {
        address: if destination.url.is_empty() {
            "iris.base_url"
        } else {
            "<hook_url>"
        },
        key: if destination.key.is_none() {
            "iris.bearer"
        } else {
            "<api_key> of the block"
        },
        pin: "iris.fingerprint",
    }
}

/// How what waits for a destination of before gets to one of now. The whole command only where it takes alerts from no customer.
fn elsewhere(old: DestinationId, whose: Whose, current: &[Current]) -> String {
    match current {
        [] => "correct the <integration> block in ossec.conf, then run doctor again".to_owned(),
        [new] if whose == Whose::Unreadable || whose == new.whose => {
            format!("`custom-iris spool move {old} {}` lets them go to {new}", new.id)
        }
        several => {
            let several: Vec<String> = several.iter().map(Current::to_string).collect();
            format!(
                "`custom-iris spool move {old} NEW` lets them go to NEW and its customer, of {}",
                several.join(", ")
            )
        }
    }
}

fn all(
    place: &Place,
    settings: &Settings,
    blocks: Blocks,
    current: &[Current],
    findings: &mut Findings,
) -> BTreeMap<DestinationId, Destination> {
    let root = place.spool.root();
    let mut route = Route::new(root.to_owned(), settings);
    // Before the first alert the hook was told nothing; after a change, something else.
    let mut all: BTreeMap<DestinationId, Destination> = BTreeMap::new();
    for block in blocks.usable {
        match all.get(&block.id()) {
            Some(other) if !other.has_the_key_of(&block) => findings.fail(
                "key",
                format!(
                    "{}: two blocks with this address and these options have different keys",
                    shown(&block.url)
                ),
                "each call writes its own key over the other's: give both one key, or one of them other options",
            ),
            _ => drop(all.insert(block.id(), block)),
        }
    }
    gone(place, settings, current, findings);
    for id in DestinationId::known(root) {
        let in_use = if blocks.named.is_empty() {
            route.is_current(id)
        } else {
            blocks.named.contains(&id)
        };
        let told = Destination::recall(root, id);
        let waits = if in_use { Some(true) } else { waits_for(place, id) };
        if waits != Some(true) {
            let address = told.map_or_else(|error| error.to_string(), |told| shown(&told.url));
            let (message, fix) = if waits.is_some() {
                (
                    "is what a block said before it was changed: nothing comes for it",
                    format!("delete {}", Destination::path(root, id).display()),
                )
            } else {
                (
                    "belongs to no block any more and is not tried: alerts that are not taken in yet may be for it",
                    "run doctor again when the courier has taken them in".to_owned(),
                )
            };
            findings.warn("destination", format!("{id} ({address}) {message}"), fix);
            continue;
        }
        match (told, all.get(&id)) {
            (Ok(told), None) => {
                all.insert(id, told);
            }
            (Ok(told), Some(block)) if !told.has_the_key_of(block) => findings.warn(
                "key",
                format!(
                    "{}: the hook was last called with another key than that in ossec.conf",
                    shown(&block.url)
                ),
                "restart wazuh-manager; the next alert brings the new key",
            ),
            (Ok(_), Some(_)) => {}
            (Err(source), _) => findings.fail(
                "iris",
                TargetError::Unreadable { id, source }.to_string(),
                "the next call of the hook writes it anew",
            ),
        }
    }
    let used = settings.iris.base_url.is_some() && route.own() == DestinationId::SETTINGS;
    // A block that cannot be used has its own line; without any, it is for the settings to say where IRIS is.
    if used || (all.is_empty() && blocks.named.is_empty()) {
        let settings = Destination::recall(root, DestinationId::SETTINGS);
        all.extend(settings.map(|settings| (DestinationId::SETTINGS, settings)));
    }
    all
}

/// Whether alerts wait for a destination; `None` where that is not known, because some are not taken in yet or the queue cannot be asked.
fn waits_for(place: &Place, id: DestinationId) -> Option<bool> {
    // First, since one may be taken in meanwhile.
    let all_taken_in = place.spool.count().is_ok_and(|count| count == 0);
    let waits = match Queue::look(place.spool.root()) {
        Ok(Some(queue)) => queue.waits_for(id).ok()?,
        Ok(None) => false,
        Err(_) => return None,
    };
    (waits || all_taken_in).then_some(waits)
}

fn waiting_for(place: &Place, id: DestinationId) -> u64 {
    let queue = Queue::look(place.spool.root()).ok().flatten();
    queue.and_then(|queue| queue.waiting_for(id).ok()).unwrap_or(0)
}

/// Alerts that wait for a destination of which nothing is known any more, or of which nothing has been said.
fn gone(place: &Place, settings: &Settings, current: &[Current], findings: &mut Findings) {
    let root = place.spool.root();
    let Ok(Some(queue)) = Queue::look(root) else { return };
    for (id, count) in queue.waiting_destinations().unwrap_or_default() {
        let (of, fix) = if id == DestinationId::SETTINGS {
            if settings.iris.base_url.is_some() {
                continue;
            }
            (
                "the IRIS of the settings, which name none",
                "set iris.base_url and iris.bearer".to_owned(),
            )
        } else if Destination::path(root, id).exists() {
            continue;
        } else if current.iter().any(|of| of.id == id) {
            let fix = "the next alert of the block in ossec.conf brings its file again, and then they go out";
            ("a destination whose file is gone", fix.to_owned())
        } else {
            let fix = format!(
                "{}; or write the block with its <hook_url> and <options> of before into ossec.conf again and restart wazuh-manager: its \
                 next alert brings the file, and then they go out",
                elsewhere(id, Whose::Unreadable, current)
            );
            ("a destination whose file is gone", fix)
        };
        findings.fail("destination", format!("{count} alerts wait for {of} ({id})"), fix);
    }
}

async fn one(target: &Target, settings: &IrisSettings, named: &Named, read_only: bool, findings: &mut Findings) {
    let client = target.client();
    if !way::is_open(client, settings, named, findings).await {
        return;
    }
    let may = |permission| async move { client.has_permission(permission).await };
    let mut may_create = true;
    for (permission, needed, what) in [
        (Permission::AlertsWrite, true, "create alerts"),
        (
            Permission::AlertsRead,
            false,
            "read alerts, which the counts of folded alerts need",
        ),
    ] {
        match may(permission).await {
            Ok(true) => findings.ok("permissions", format!("the account may {what}")),
            Ok(false) => {
                let fix = format!(
                    "in IRIS: give a group of the account the permission {}",
                    permission.name()
                );
                let message = format!("the account may not {what}");
                if needed {
                    may_create = false;
                    findings.fail("permissions", message, fix);
                } else {
                    findings.warn("permissions", message, fix);
                }
            }
            Err(error) => findings.warn("permissions", format!("cannot ask: {error}"), "run doctor again"),
        }
    }
    match target.ids().await {
        Ok(ids) => {
            findings.ok(
                "ids",
                format!("severities, status, IOC and asset types are known ({ids})"),
            );
            let mut created = None;
            if read_only {
                findings.ok(
                    "customer",
                    format!("customer {}: not tried, as asked", target.customer().0),
                );
            } else if may_create {
                let canary = Canary::new(target, ids.lowest_severity(), ids.status_new);
                created = canary
                    .sing(client, &may(Permission::AlertsDelete).await, findings)
                    .await;
            }
            clock(client, created, findings).await;
        }
        Err(error) => findings.fail(
            "ids",
            error.to_string(),
            "does this IRIS lack that name? see Advanced → Case objects",
        ),
    }
}

/// An alert that proves that the account is linked to the customer: IRIS lets an account without that link create alerts that it
/// can never see. It has the same id each time, and is deleted where the key may.
struct Canary {
    alert: NewAlert,
    uuid: Uuid,
    customer: i64,
}

impl Canary {
    fn new(target: &Target, severity: i64, status: i64) -> Self {
        let customer = target.customer();
        let name = format!("doctor\0{}", customer.0);
        let uuid = Uuid::new_v5(&wazuh_model::ALERT_NAMESPACE, name.as_bytes());
        let alert = NewAlert::new(
            "wazuh-iris doctor: a test, nothing has happened",
            severity,
            status,
            customer,
        )
        .uuid(uuid)
        .source("wazuh-iris doctor")
        .source_ref("wazuh-iris-doctor")
        .description(
            "Made by `custom-iris doctor` to prove that the account is linked to this customer. Delete it at will.",
        );
        Self {
            alert,
            uuid,
            customer: customer.0,
        }
    }

    /// Says when IRIS created it, by its own clock, where it was created by this run.
    async fn sing(
        self,
        client: &IrisClient,
        may_delete: &Result<bool, Error>,
        findings: &mut Findings,
    ) -> Option<Timestamp> {
        let customer = self.customer;
        let link = format!(
            "in IRIS, as administrator: Advanced → Access control → the account → Customers: add customer {customer}; or name another \
             one (iris.customer_id, customer_id in <options>)"
        );
        let (is_new, created) = match client.alerts().add(&self.alert).await {
            Ok(alert) => (true, alert.creation_time.as_deref().and_then(read_time)),
            // Of an earlier run that could not delete it.
            Err(Error::AlreadyExists) => (false, None),
            Err(error) => {
                let fix = if delivery::denies_customer(&error) {
                    link
                } else if error.is_retryable() {
                    "run doctor again; if it stays so, look at the log of IRIS (docker logs of its app) at this moment"
                        .to_owned()
                } else {
                    "the way, the key and the permissions are in the lines above; the log of IRIS (docker logs of its app) says more"
                        .to_owned()
                };
                let message = format!("customer {customer}: no test alert can be created: {error}");
                findings.fail("customer", message, fix);
                return None;
            }
        };
        let found = match client.alerts().find_by_uuid(self.uuid).await {
            Ok(Some(alert)) => alert.id,
            Ok(None) => {
                let message = format!("customer {customer}: the account creates alerts there that it cannot see");
                findings.fail("customer", message, link);
                return created;
            }
            Err(error) => {
                let there = if is_new {
                    "is created"
                } else {
                    "is there from an earlier run"
                };
                let message = format!("customer {customer}: a test alert {there}, and cannot be looked for: {error}");
                findings.warn("customer", message, "give the account the permission alerts_read");
                return created;
            }
        };
        self.remove(client, found, is_new, may_delete, findings).await;
        created
    }

    async fn remove(
        &self,
        client: &IrisClient,
        id: AlertId,
        is_new: bool,
        may_delete: &Result<bool, Error>,
        findings: &mut Findings,
    ) {
        let customer = self.customer;
        let (found, deleted) = if is_new {
            ("was created and found", "was created, found and deleted")
        } else {
            (
                "is there from an earlier run, and was found",
                "of an earlier run was found and deleted",
            )
        };
        if !matches!(may_delete, Ok(true)) {
            let message = format!("customer {customer}: a test alert {found}");
            return findings.ok(
                "customer",
                format!("{message}; the account may not delete it (nor need it): alert {id} stays, and is the same each time"),
            );
        }
        match client.alerts().delete(id).await {
            Ok(()) => findings.ok("customer", format!("customer {customer}: a test alert {deleted}")),
            Err(error) => findings.warn(
                "customer",
                format!("customer {customer}: a test alert {found}, and could not be deleted: {error}"),
                format!("delete alert {id} in IRIS"),
            ),
        }
    }
}

/// How far the clock of IRIS is from ours: by the time that it gave the test alert, else by what an answer says of itself.
async fn clock(client: &IrisClient, created: Option<Timestamp>, findings: &mut Findings) {
    let (whose, theirs) = match created {
        Some(created) => ("of IRIS", Some(created)),
        None => (
            "of IRIS, or of a proxy in front of it,",
            client.date().await.ok().flatten().and_then(|date| date.try_into().ok()),
        ),
    };
    let Some(theirs) = theirs else {
        return findings.ok(
            "clock",
            "how far the clock of IRIS is from this one is not known: its answers say no time",
        );
    };
    let apart = Timestamp::now().duration_since(theirs).unsigned_abs();
    let message = format!("the clock {whose} is {} s from this one", apart.as_secs());
    if apart > SKEW {
        findings.warn("clock", message, "run NTP on both machines");
    } else {
        findings.ok("clock", message);
    }
}

/// IRIS writes UTC without saying so.
fn read_time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_iris_are_read_as_utc() {
        let expected: Timestamp = "2026-01-20T09:02:17.037Z".parse().unwrap();
        assert_eq!(read_time("2026-01-20T09:02:17.037000"), Some(expected));
        assert_eq!(read_time("2026-01-20T10:02:17.037000+01:00"), Some(expected));
        assert_eq!(read_time("yesterday"), None);
    }

    #[test]
    fn what_no_block_says_is_put_right_in_the_settings() {
        let names = |url: &str, key: Option<&str>| {
            let destination = Destination {
                url: url.to_owned(),
                key: key.map(|key| key.to_owned().into()),
                options: String::new(),
            };
            let Named { address, key, .. } = named(&destination);
            (address, key)
        };
        assert_eq!(names("", None), ("iris.base_url", "iris.bearer"));
        assert_eq!(names("https://iris", None), ("<hook_url>", "iris.bearer"));
        assert_eq!(names("", Some("k")), ("iris.base_url", "<api_key> of the block"));
        assert_eq!(
            names("https://iris", Some("k")),
            ("<hook_url>", "<api_key> of the block")
        );
    }

    #[test]
    fn a_whole_command_takes_alerts_from_no_customer() {
        let [old, new, other] = ["old", "new", "other"].map(|url| DestinationId::of(url, ""));
        let current = |id, customer| Current {
            id,
            address: "https://iris/".to_owned(),
            whose: Whose::Customer(customer),
        };
        let whole =
            format!("`custom-iris spool move {old} {new}` lets them go to {new} (https://iris/, for customer 3)");
        for whose in [Whose::Unreadable, Whose::Customer(3)] {
            assert_eq!(elsewhere(old, whose, &[current(new, 3)]), whole);
        }
        let choice = format!("`custom-iris spool move {old} NEW` lets them go to NEW and its customer, of ");
        let one = format!("{new} (https://iris/, for customer 3)");
        for whose in [Whose::ByRule, Whose::Customer(2)] {
            assert_eq!(elsewhere(old, whose, &[current(new, 3)]), format!("{choice}{one}"));
        }
        let two = [current(new, 3), current(other, 2)];
        assert_eq!(
            elsewhere(old, Whose::Customer(2), &two),
            format!("{choice}{one}, {other} (https://iris/, for customer 2)")
        );
    }
}
