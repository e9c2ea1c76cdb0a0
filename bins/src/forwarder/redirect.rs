//! Lets what waits for one destination go where another one leads.
//!
//! An alert waits for the address and the options that it was brought with. When a block in `ossec.conf` is corrected, it names another
//! destination, and what came before would wait for ever. So the file of the old one is made to say what that of the new one says: what
//! is parked, what is counted and what no courier has taken in yet follow as well, nothing in the queue changes, and each alert keeps
//! its id.

use std::fmt;
use std::fs;

use super::launch;
use super::ossec_conf;
use super::place::Place;
use super::queue::Queue;
use super::spool::{Destination, DestinationId};
use super::target::{Target, shown};
use crate::settings::Settings;
use crate::terminal::Failure;

/// That it was done.
#[derive(Debug)]
pub(super) struct Redirected {
    waiting: u64,
    old: DestinationId,
    address: String,
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
            waiting, old, address, ..
        } = self;
        write!(
            f,
            "{waiting} alerts that wait for {old}, and those of it that are not taken in yet, go to {address} from now on"
        )?;
        if self.needs_courier() {
            return Ok(());
        }
        f.write_str("\na courier runs: it follows within seconds; what it is sending now goes where it was sent")
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
    let blocks: Vec<Destination> = fs::read(&settings.ossec_conf)
        .map(|text| ossec_conf::blocks(&String::from_utf8_lossy(&text)))
        .unwrap_or_default()
        .into_iter()
        .map(|block| block.destination)
        .collect();
    if blocks.iter().any(|block| block.id() == old) {
        return Err(Failure::failed(format!(
            "a block of ossec.conf names {old}: its next alert would undo this\nhint: correct the block and restart wazuh-manager first"
        )));
    }
    let waiting = waiting(place, old)?;
    if waiting.is_none() && !Destination::path(root, old).exists() {
        return Err(Failure::failed(format!("nothing is known of {old}\nhint: {KNOWN}")));
    }
    // The block before the file: what is stored is what the last call said.
    let block = blocks
        .into_iter()
        .find(|block| block.id() == new && block.key.is_some());
    let destination = block
        .map_or_else(|| Destination::recall(root, new), Ok)
        .map_err(|error| Failure::failed(format!("{new} cannot be read: {error}\nhint: {KNOWN}")))?;
    if let Err(error) = Target::new(&destination, &settings.iris) {
        return Err(Failure::failed(format!("nothing can be sent to {new}: {error}")));
    }
    destination.stand_in_for(root, old).map_err(|error| {
        let path = Destination::path(root, old);
        Failure::failed(format!("cannot write {}: {error}", path.display()))
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
        is_beside_courier: launch::holder(root).is_some(),
    })
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
    use std::path::Path;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::forwarder::spool::Spool;
    use crate::settings::{Environment, Source};

    const IRIS: &str = "https://iris:8443/alerts/add";

    fn said(url: &str, key: &str, options: &str) -> Destination {
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
        let old = said("https://wrong", "k1", "{\"customer_id\": 2,}")
            .remember(root)
            .unwrap();
        let new = said(IRIS, "k2", "{\"customer_id\": 2}").remember(root).unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(400_000);
        let file = fs::File::open(Destination::path(root, old)).unwrap();
        file.set_modified(long_ago).unwrap();
        let done = redirect(&place, &settings, old, new).unwrap();
        assert!(
            done.needs_courier() && done.to_string().contains("https://iris:8443/"),
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
        let named = said("https://old", "k", "").remember(root).unwrap();
        let other = said("https://other", "k", "").remember(root).unwrap();
        let broken = said(IRIS, "k", "{").remember(root).unwrap();
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
}
