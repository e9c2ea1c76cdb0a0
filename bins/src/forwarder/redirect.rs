//! Lets what waits for one destination go where another one leads.
//!
//! An alert waits for the address and the options that it was brought with. When a block in `ossec.conf` is corrected, it names another
//! destination, and what came before would wait for ever. So the file of the old one is made to say what that of the new one says: what
//! is parked, what is counted and what no courier has taken in yet follow as well, nothing in the queue changes, and for one and the same
//! customer each alert keeps its id.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use super::launch;
use super::ossec_conf;
use super::place::{Place, to_use};
use super::queue::Queue;
use super::spool::{Destination, DestinationId};
use super::target::{Options, Target, shown};
use crate::settings::Settings;
use crate::terminal::Failure;

/// That it was done.
#[derive(Debug)]
pub(super) struct Redirected {
    waiting: u64,
    old: DestinationId,
    address: String,
    /// Of the old one, and of the new one.
    whose: [Whose; 2],
    /// Whether a courier is at work, which may be trying the old place just now.
    is_beside_courier: bool,
}

impl Redirected {
    /// Whether there is nobody who would deliver them.
    pub(super) fn needs_courier(&self) -> bool {
        !self.is_beside_courier
    }
}

impl fmt::Display for Redirected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            waiting,
            old,
            address,
            whose: [whose, to_whom],
            ..
        } = self;
        write!(
            f,
            "{waiting} alerts that wait for {old} ({whose}), and those of it that are not taken in yet, go to {address} ({to_whom}) from now on"
        )?;
        if self.needs_courier() {
            return Ok(());
        }
        f.write_str("\na courier runs: it follows within seconds; what it is sending now goes to both places")
    }
}

/// Lets what waits for `old` go to `new`.
pub(super) fn redirect(
    place: &Place,
    settings: &Settings,
    old: DestinationId,
    new: DestinationId,
) -> Result<Redirected, Failure> {
    let root = place.spool.root();
    if old == new {
        return Err(Failure::usage("that is one and the same destination"));
    }
    if old == DestinationId::SETTINGS {
        return Err(Failure::failed(
            "what waits for the IRIS of the settings goes where they say\nhint: correct iris.base_url and iris.bearer",
        ));
    }
    let blocks = blocks(settings);
    if blocks.iter().any(|block| block.id() == old) {
        return Err(Failure::failed(format!(
            "a block of ossec.conf names {old}: its next alert would undo this\nhint: correct the block and restart wazuh-manager first"
        )));
    }
    let waiting = waiting(place, old)?;
    if waiting.is_none() && !Destination::path(root, old).exists() {
        return Err(Failure::failed(format!("nothing is known of {old}\nhint: {KNOWN}")));
    }
    let destination = said(root, blocks, new)
        .map_err(|error| Failure::failed(format!("{new} cannot be read: {error}\nhint: {KNOWN}")))?;
    if let Err(error) = Target::new(&destination, &settings.iris) {
        return Err(Failure::failed(format!("nothing can be sent to {new}: {error}")));
    }
    let before = Destination::recall(root, old);
    let whose = before.map_or(Whose::Unreadable, |before| Whose::of(&before, settings));
    let whose = [whose, Whose::of(&destination, settings)];
    destination.stand_in_for(root, old).map_err(|error| {
        let path = Destination::path(root, old);
        Failure::failed(format!(
            "cannot write {}: {error}\nhint: {}",
            path.display(),
            to_use(&error)
        ))
    })?;
    let url = if destination.url.is_empty() {
        settings.iris.base_url.clone().unwrap_or_default()
    } else {
        destination.url
    };
    Ok(Redirected {
        waiting: waiting.unwrap_or(0),
        old,
        address: shown(&url),
        whose,
        is_beside_courier: launch::holder(root).is_some(),
    })
}

/// What to do for a destination that stands in for another, where that has come to another key since; `told` is what its file says.
pub(super) fn key_to_renew(root: &Path, settings: &Settings, id: DestinationId, told: &Destination) -> Option<String> {
    let of = told.id();
    if of == id {
        return None;
    }
    let now = said(root, blocks(settings), of).ok()?;
    (!now.has_the_key_of(told))
        .then(|| format!("`custom-iris spool move {id} {of}` again brings it the key that {of} has by now"))
}

/// For whom the alerts of a destination are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// That cannot be read.
    Unreadable,
    /// Rules say that for each of them.
    ByRule,
    Customer(i64),
}

impl Whose {
    pub(super) fn of(destination: &Destination, settings: &Settings) -> Self {
        match Options::read(&destination.options).map(|options| options.customer_id) {
            Err(_) => Self::Unreadable,
            Ok(Some(customer)) => Self::Customer(customer),
            Ok(None) if settings.forward.customers.is_empty() => Self::Customer(settings.iris.customer),
            Ok(None) => Self::ByRule,
        }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("for a customer that cannot be read"),
            Self::ByRule => f.write_str("for the customers that [[customer]] says"),
            Self::Customer(customer) => write!(f, "for customer {customer}"),
        }
    }
}

/// What the blocks of `ossec.conf` say.
fn blocks(settings: &Settings) -> Vec<Destination> {
    let blocks = fs::read(&settings.ossec_conf).map(|text| ossec_conf::blocks(&String::from_utf8_lossy(&text)));
    let blocks = blocks.unwrap_or_default().into_iter();
    blocks.map(|block| block.destination).collect()
}

/// What is said of a destination: by its block, else by its file, which is what the last call said, or stands in for another.
fn said(root: &Path, blocks: Vec<Destination>, id: DestinationId) -> io::Result<Destination> {
    let block = blocks.into_iter().find(|block| block.id() == id);
    block.map_or_else(|| Destination::recall(root, id), Ok)
}

/// Where the names of destinations are told.
const KNOWN: &str = "`custom-iris doctor` names each destination and what waits for it";

/// How many alerts wait for it; `None` where nothing of it is in the queue.
fn waiting(place: &Place, id: DestinationId) -> Result<Option<u64>, Failure> {
    let Some(queue) = Queue::look(place.spool.root()).map_err(Failure::failed)? else {
        return Ok(None);
    };
    let waiting = queue.waiting_for(id).map_err(Failure::failed)?;
    let is_known = waiting > 0 || queue.waits_for(id).map_err(Failure::failed)?;
    Ok(is_known.then_some(waiting))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::forwarder::spool::Spool;
    use crate::settings::{Environment, Source};

    const IRIS: &str = "https://iris:8443/alerts/add";

    fn told_by(url: &str, key: &str, options: &str) -> Destination {
        Destination {
            url: url.to_owned(),
            key: Some(key.to_owned().into()),
            options: options.to_owned(),
        }
    }

    fn stage(home: &Path, conf: &str) -> (Place, Settings) {
        let spool = Spool::at(home.join("state"));
        spool.create().unwrap();
        let mut settings = Settings::parse(&Source::default()).unwrap();
        settings.ossec_conf = home.join("ossec.conf");
        fs::write(&settings.ossec_conf, conf).unwrap();
        let place = Place {
            environment: Environment::new(),
            home: home.to_owned(),
            spool,
        };
        (place, settings)
    }

    fn block(url: &str, key: &str) -> String {
        format!("<integration><name>custom-iris</name><hook_url>{url}</hook_url><api_key>{key}</api_key></integration>")
    }

    #[test]
    fn the_old_one_says_what_the_new_one_says_and_looks_no_younger() {
        let folder = tempfile::tempdir().unwrap();
        let (place, settings) = stage(folder.path(), "");
        let root = place.spool.root();
        let old = told_by("https://wrong", "k1", "{\"customer_id\": 2,}")
            .remember(root)
            .unwrap();
        let new = told_by(IRIS, "k2", "{\"customer_id\": 2}").remember(root).unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(400_000);
        let file = fs::File::open(Destination::path(root, old)).unwrap();
        file.set_modified(long_ago).unwrap();
        let done = redirect(&place, &settings, old, new).unwrap();
        assert!(
            done.needs_courier() && done.to_string().contains("https://iris:8443/ (for customer 2)"),
            "{done}"
        );
        let told = Destination::recall(root, old).unwrap();
        assert_eq!(
            (told.url.as_str(), told.options.as_str()),
            (IRIS, "{\"customer_id\": 2}")
        );
        assert_eq!(told.key.unwrap().expose_secret(), "k2");
        assert_eq!(Destination::used(root, old).unwrap(), long_ago);
    }

    #[test]
    fn what_the_next_call_would_undo_or_what_leads_nowhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (place, settings) = stage(folder.path(), &(block("https://old", "k") + &block(IRIS, "k2")));
        let root = place.spool.root();
        let named = told_by("https://old", "k", "").remember(root).unwrap();
        let other = told_by("https://other", "k", "").remember(root).unwrap();
        let broken = told_by(IRIS, "k", "{").remember(root).unwrap();
        let unknown = DestinationId::of("https://nobody", "");
        // Before its first call, a block is known from ossec.conf.
        let in_block = DestinationId::of(IRIS, "");
        let refused = |old, new| redirect(&place, &settings, old, new).unwrap_err().message;
        for (old, new, why) in [
            (named, other, "its next alert would undo this"),
            (other, other, "one and the same"),
            (DestinationId::SETTINGS, other, "iris.base_url"),
            (unknown, in_block, "nothing is known of"),
            (other, unknown, "cannot be read"),
            (other, broken, "<options>"),
            (other, DestinationId::SETTINGS, "the address of IRIS is missing"),
        ] {
            assert!(refused(old, new).contains(why), "{}", refused(old, new));
        }
        assert_eq!(Destination::recall(root, other).unwrap().url, "https://other");
        redirect(&place, &settings, other, in_block).unwrap();
        let told = Destination::recall(root, other).unwrap();
        assert_eq!((told.url.as_str(), told.key.unwrap().expose_secret()), (IRIS, "k2"));
    }

    #[test]
    fn a_move_goes_where_the_block_leads_whatever_its_file_says_and_names_both_customers() {
        let folder = tempfile::tempdir().unwrap();
        // Its key is in the settings.
        let keyless = format!("<integration><name>custom-iris</name><hook_url>{IRIS}</hook_url></integration>");
        let (place, mut settings) = stage(folder.path(), &keyless);
        settings.iris.bearer = Some("k".to_owned().into());
        let root = place.spool.root();
        let dead = told_by("https://dead", "k", "{\"customer_id\": 4}");
        let old = dead.remember(root).unwrap();
        let new = DestinationId::of(IRIS, "");
        dead.stand_in_for(root, new).unwrap();
        let done = redirect(&place, &settings, old, new).unwrap().to_string();
        assert!(
            done.contains(&format!("{old} (for customer 4)")) && done.contains("https://iris:8443/ (for customer 1)"),
            "{done}"
        );
        assert_eq!(Destination::recall(root, old).unwrap().url, IRIS);
    }

    #[test]
    fn a_key_that_the_other_one_has_come_to_is_brought_by_the_same_move_again() {
        let folder = tempfile::tempdir().unwrap();
        let (place, settings) = stage(folder.path(), &block(IRIS, "k1"));
        let root = place.spool.root();
        let old = told_by("https://wrong", "k", "").remember(root).unwrap();
        let new = DestinationId::of(IRIS, "");
        redirect(&place, &settings, old, new).unwrap();
        let to_renew = || key_to_renew(root, &settings, old, &Destination::recall(root, old).unwrap());
        assert_eq!(to_renew(), None);
        fs::write(&settings.ossec_conf, block(IRIS, "k2")).unwrap();
        let fix = to_renew().unwrap();
        assert!(
            fix.contains(&format!("`custom-iris spool move {old} {new}` again")),
            "{fix}"
        );
        redirect(&place, &settings, old, new).unwrap();
        assert_eq!(to_renew(), None);
        let own = told_by(IRIS, "k1", "");
        assert_eq!(
            key_to_renew(root, &settings, new, &own),
            None,
            "it stands in for nobody"
        );
    }
}
