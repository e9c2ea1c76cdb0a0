//! Going by other settings and rules without a new start.

use std::sync::Arc;

use super::road::Road;
use super::{Courier, error, load_rules, open_tail};
use crate::forwarder::launch::Office;
use crate::forwarder::mapping::Mapping;
use crate::forwarder::source::Route;
use crate::forwarder::spool::DestinationId;
use crate::settings::Settings;

impl Courier {
    /// Reads the rules again and keeps the old ones when the new are bad.
    pub(super) fn reload(&mut self) {
        let environment = crate::home::environment();
        let home = crate::home::wazuh_home(&environment, std::env::current_exe().ok().as_deref());
        match Settings::load(&home, &environment) {
            Ok(settings) => {
                // Before the allowlist that they name is read.
                if let Some(watch) = &mut self.watch {
                    watch.also_of(&settings);
                }
                self.go_by(settings);
            }
            Err(error) => tracing::error!(%error, "the settings cannot be read; the old ones stay"),
        }
    }

    pub(super) fn go_by(&mut self, mut settings: Settings) {
        if settings.file != self.settings.file && !settings.hidden.is_empty() {
            // Without it, everything would be as if nothing had ever been set.
            let places = settings.hidden.join("; ");
            return tracing::error!(
                "the settings file may be there, and this user cannot look; the old settings stay: {places}"
            );
        }
        match (load_rules(&settings), Mapping::new(&settings.forward)) {
            (Ok(rules), Ok(mapping)) => {
                let route = Route::new(self.spool.root().to_owned(), &settings);
                match &mut self.sources.tail {
                    Some(tail) if settings.tail.enabled && tail.is_of(&settings.tail.path) => tail.go_by(route.clone()),
                    tail => match open_tail(&settings, &self.spool, &self.queue) {
                        Ok(other) => *tail = other,
                        Err(error) => {
                            tracing::error!(
                                error = error.line(),
                                "the place of the tail cannot be read; the old tail stays"
                            );
                        }
                    },
                }
                error::warn(rules.allowlist());
                self.mapping = Arc::new(mapping.under(Arc::clone(rules.allowlist())));
                self.rules = rules;
                self.route = route;
                if let Some(receiver) = &self.receiver {
                    receiver.go_by(self.route.clone());
                    if let Some(token) = &settings.webhook.token {
                        receiver.ask_for(token, settings.webhook.max_bytes);
                    }
                }
                for name in keep_until_restart(&self.settings, &mut settings) {
                    tracing::warn!(
                        "{name} has changed: that needs a restart; until then the courier goes by what it was"
                    );
                }
                self.settings = settings;
                if let Some(drain) = &mut self.drain {
                    drain.begin_anew();
                }
                // Keys and limits may have changed.
                for road in self.roads.values_mut() {
                    for seq in road.begin_anew(self.settings.iris.concurrency) {
                        self.in_hand.remove(&seq);
                    }
                }
                if let Err(error) = self.queue.call_back(i64::MAX) {
                    tracing::error!(error = error.line(), "alerts that were put off wait for their time");
                }
                if let Some(Err(error)) = self.office.as_ref().map(Office::sign) {
                    tracing::debug!(%error, "cannot write down when the settings were read");
                }
                tracing::info!("settings and rules are read anew");
            }
            (Err(error), _) => tracing::error!(%error, "the rules cannot be used; the old ones stay"),
            (_, Err(error)) => tracing::error!(%error, "the mapping cannot be used; the old one stays"),
        }
    }
}

impl Courier {
    /// Looks whether a destination leads elsewhere than it did, as after `spool move`, when a block names it again or when the settings name
    /// another address: what waits for it goes there from now on, and no carrier takes anything more to the place of before.
    ///
    /// Another key alone is no other place: the one of before is tried until IRIS refuses it.
    pub(super) fn follow(&mut self, id: DestinationId) {
        let most = self.settings.iris.concurrency;
        let road = self.roads.entry(id).or_insert_with(|| Road::new(most));
        let Some(place) = self.route.place(id) else { return };
        if road.place.as_ref() == Some(&place) {
            return;
        }
        // Known before the first alert goes there: what comes back to the place of before is told from what went here.
        match self.queue.leads(id, &place) {
            Ok(untold) => untold.into_iter().for_each(|count| warn_of_untold(id, count)),
            Err(error) => {
                return tracing::error!(
                    error = error.line(),
                    "cannot write down where {id} leads; it is tried again"
                );
            }
        }
        if road.place.replace(Arc::clone(&place)).is_none() {
            road.breaker.is_of(place);
            return;
        }
        for seq in road.turn(most) {
            self.in_hand.remove(&seq);
        }
        if let Some(drain) = &mut self.drain {
            drain.begin_anew();
        }
        // Some may have been put off by what the place of before said.
        if let Err(error) = self.queue.call_back(i64::MAX) {
            tracing::error!(error = error.line(), "alerts that were put off wait for their time");
        }
        tracing::info!(destination = %id, "what waits for {id} goes to another place from now on: {place}");
    }
}

/// Once, and not for each of them.
pub(super) fn warn_of_untold(id: DestinationId, count: u64) {
    if count > 0 {
        tracing::warn!(
            destination = %id,
            count,
            "{count} repeats of alerts at places where {id} led before are not told there any more, unless it leads there again within a \
             day"
        );
    }
}

/// Settings that only a start can follow stay as they are; says which were to change.
fn keep_until_restart(in_force: &Settings, new: &mut Settings) -> Vec<&'static str> {
    let mut kept = Vec::new();
    let mut keep = |name, is_same: bool| {
        if !is_same {
            kept.push(name);
        }
    };
    keep("health.listen", new.health_listen == in_force.health_listen);
    keep("webhook.listen", new.webhook.listen == in_force.webhook.listen);
    keep("log.format", new.log_json == in_force.log_json);
    keep("log.filter", new.log_filter == in_force.log_filter);
    new.health_listen = in_force.health_listen;
    new.webhook.listen = in_force.webhook.listen;
    new.log_json = in_force.log_json;
    new.log_filter.clone_from(&in_force.log_filter);
    kept
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::forwarder::spool::Spool;
    use crate::settings::Source;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_file_that_only_the_tail_still_holds_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        let settings = |path: &PathBuf| {
            let mut settings = Settings::parse(&Source::default()).unwrap();
            settings.iris.base_url = Some("https://iris.example".to_owned());
            settings.ossec_conf = folder.path().join("none");
            settings.tail.enabled = true;
            settings.tail.from_start = true;
            settings.tail.path.clone_from(path);
            settings
        };
        let alert = |id: u32| format!("{{\"id\":\"{id}\",\"rule\":{{\"level\":12,\"id\":\"5\"}}}}\n");
        std::fs::write(&path, alert(1)).unwrap();
        let mut courier = Courier::open(Spool::at(folder.path().join("state")), settings(&path)).unwrap();
        courier.take_in();
        std::fs::write(&path, alert(1) + &alert(2)).unwrap();
        std::fs::remove_file(&path).unwrap();
        courier.go_by(settings(&path));
        courier.take_in();
        assert_eq!(courier.queue.counters().unwrap().received, 2);
        // Another file is another tail.
        let other = folder.path().join("other.json");
        std::fs::write(&other, alert(3)).unwrap();
        courier.go_by(settings(&other));
        courier.take_in();
        assert!(courier.sources.tail.as_ref().unwrap().is_of(&other));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_settings_file_that_cannot_be_looked_at_any_more_takes_no_setting_away() {
        let folder = tempfile::tempdir().unwrap();
        let settings = |file: Option<&str>, hidden: &[&str], customer| {
            let mut settings = Settings::parse(&Source::default()).unwrap();
            settings.file = file.map(PathBuf::from);
            settings.hidden = hidden.iter().copied().map(str::to_owned).collect();
            settings.iris.customer = customer;
            settings
        };
        let (ours, other) = ("/home/etc/wazuh-iris.toml", "/etc/wazuh-iris/wazuh-iris.toml");
        let denied = "/home/etc/wazuh-iris.toml: permission denied";
        for (before, after, hidden, is_taken) in [
            (Some(ours), None, &[denied][..], false),
            (Some(ours), Some(other), &[denied], false),
            (Some(ours), Some(ours), &[], true),
            // It is gone, and nobody hides it.
            (Some(ours), None, &[], true),
            // As at the start.
            (Some(other), Some(other), &[denied], true),
            (None, None, &[denied], true),
        ] {
            let mut courier = Courier::open(Spool::at(folder.path()), settings(before, &[], 7)).unwrap();
            courier.go_by(settings(after, hidden, 8));
            let customer = if is_taken { 8 } else { 7 };
            assert_eq!(
                courier.settings.iris.customer, customer,
                "{before:?} {after:?} {hidden:?}"
            );
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn what_only_a_start_can_follow_stays_in_force_and_is_named() {
        let with = |lines: &str| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("s.toml");
            std::fs::write(&file, lines).unwrap();
            let source = Source::read(Some(&file), &crate::settings::Environment::new()).unwrap();
            Settings::parse(&source).unwrap()
        };
        let before = with("[health]\nlisten = \"127.0.0.1:9464\"\n[log]\nfilter = \"info\"\n");
        let mut same = before.clone();
        same.iris.customer = 9;
        assert!(keep_until_restart(&before, &mut same).is_empty());
        assert_eq!(same.iris.customer, 9);
        let token = "t".repeat(16);
        let mut new = with(&format!(
            "[webhook]\nlisten = \"127.0.0.1:9465\"\ntoken = \"{token}\"\n[log]\nfilter = \"debug\"\nformat = \"json\"\n"
        ));
        let named = keep_until_restart(&before, &mut new);
        assert_eq!(named, ["health.listen", "webhook.listen", "log.format", "log.filter"]);
        // Whoever listens is told: an empty page would look like a courier that does nothing.
        assert_eq!(new.health_listen, before.health_listen);
        assert_eq!((new.webhook.listen, new.log_json), (None, false));
        // Said at every reload until it is done.
        let mut again = with("");
        assert_eq!(keep_until_restart(&new, &mut again), ["health.listen"]);
    }
}
