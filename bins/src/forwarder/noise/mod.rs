//! Noise reduction: decides what becomes an IRIS alert of its own, and what is counted in one.
//!
//! It folds, it does not delete. The decision is a pure function of the alert, the rules and what the queue remembers; the queue
//! applies its consequences in the transaction that takes the alert in, so a crash can neither lose an undecided alert nor count
//! one twice.

mod allowlist;
mod gcra;
mod subject;
mod window;

use std::time::Duration;

pub use allowlist::{Allowlist, AllowlistError};
pub use subject::Subject;
pub use window::{Distinct, Window};

use crate::settings::{ForwardSettings, NoiseSettings};

/// What is to happen with an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It becomes an IRIS alert of its own; as the storm alert of its rule if `storm`.
    Forward {
        /// Whether later alerts of this rule on this agent fold into it for exceeding the burst limit.
        storm: bool,
    },
    /// It is counted in the alert that leads this window.
    Fold(WindowId),
    /// This allowlist rule hides it.
    Allow(String),
    /// It is below the level gate.
    Gate,
    /// Its id was seen before.
    Repeat,
    /// It cannot become an IRIS alert.
    Park(String),
}

/// A window in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowId(pub i64);

/// What the queue remembers that matters for one alert.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Its id has come before, for the same destination.
    pub seen: bool,
    /// The window of its fingerprint, if one is open.
    pub repeats: Option<Window>,
    /// The storm window of its rule and agent, if one is open.
    pub storm: Option<Window>,
    /// This rule has fired on this agent before.
    pub known_pair: bool,
    /// Theoretical arrival time of its rule and agent, in microseconds since 1970.
    pub arrival_us: Option<i64>,
}

/// What the queue has to write down besides the decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consequences {
    /// Opens a window for the fingerprint, led by this alert.
    pub open_repeats: bool,
    /// Opens a storm window, led by this alert.
    pub open_storm: bool,
    /// Remembers this alert's distinct values, level and outcome in this window.
    pub widen: Option<WindowId>,
    /// The new theoretical arrival time.
    pub arrival_us: Option<i64>,
}

/// The rules by which is judged.
#[derive(Debug)]
pub struct Rules {
    min_level: u8,
    mitre: bool,
    pass: Vec<String>,
    fold_window: Duration,
    never_fold_level: u8,
    burst: Option<gcra::Limit>,
    burst_window: Duration,
    allowlist: Allowlist,
}

impl Rules {
    /// Rules from settings and a loaded allowlist.
    pub fn new(forward: &ForwardSettings, noise: &NoiseSettings, allowlist: Allowlist) -> Self {
        Self {
            min_level: forward.min_level,
            mitre: forward.mitre,
            pass: forward.rules.clone(),
            fold_window: noise.fold_window,
            never_fold_level: noise.never_fold_level,
            burst: gcra::Limit::new(noise.burst_max, noise.burst_window),
            burst_window: noise.burst_window,
            allowlist,
        }
    }

    /// How long a storm lasts at least: its own window, and never less than the burst window.
    pub fn storm_window(&self) -> Duration {
        self.fold_window.max(self.burst_window)
    }

    /// How long a window stays open from its first event.
    pub fn fold_window(&self) -> Duration {
        self.fold_window
    }
}

/// Judges one alert.
pub fn judge(subject: &Subject<'_>, memory: &Memory, rules: &Rules) -> (Decision, Consequences) {
    let done = |decision| (decision, Consequences::default());
    if memory.seen {
        return done(Decision::Repeat);
    }
    if let Some(rule) = rules.allowlist.hides(subject) {
        return done(Decision::Allow(rule.to_owned()));
    }
    if !passes_gate(subject, rules) {
        return done(Decision::Gate);
    }
    if subject.level >= rules.never_fold_level {
        return done(Decision::Forward { storm: false });
    }
    let mut open_repeats = false;
    let mut widen = None;
    if !rules.fold_window.is_zero() {
        match &memory.repeats {
            Some(window) if window.holds(subject.time_us) && memory.known_pair => {
                if !window.news(subject) {
                    return done(Decision::Fold(window.id));
                }
                widen = Some(window.id);
            }
            _ => open_repeats = true,
        }
    }
    let (storm, arrival_us) = match &rules.burst {
        // The first of a rule on an agent always goes out, but it counts.
        Some(limit) => {
            let (allowed, arrival) = limit.check(memory.arrival_us, subject.time_us);
            (!allowed && memory.known_pair, Some(arrival))
        }
        None => (false, None),
    };
    if storm && let Some(window) = memory.storm.as_ref().filter(|window| window.holds(subject.time_us)) {
        return done(Decision::Fold(window.id));
    }
    (
        Decision::Forward { storm },
        Consequences {
            open_repeats,
            open_storm: storm,
            widen,
            arrival_us,
        },
    )
}

fn passes_gate(subject: &Subject<'_>, rules: &Rules) -> bool {
    subject.level >= rules.min_level
        || (rules.mitre && subject.has_mitre)
        || subject.rule.as_ref().is_some_and(|rule| rules.pass.contains(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn rules() -> Rules {
        Rules {
            min_level: 8,
            mitre: true,
            pass: vec!["100".to_owned()],
            fold_window: Duration::from_mins(15),
            never_fold_level: 15,
            burst: gcra::Limit::new(2, Duration::from_mins(5)),
            burst_window: Duration::from_mins(5),
            allowlist: Allowlist::default(),
        }
    }

    fn alert(level: u8) -> Subject<'static> {
        let mut subject = Subject::for_test("5710", "001");
        subject.level = level;
        subject
    }

    fn window(subject: &Subject<'_>) -> Window {
        let mut window = Window::led_by(subject, Duration::from_mins(15));
        window.id = WindowId(7);
        window
    }

    #[test]
    fn the_gate_lets_severe_mitre_and_named_rules_through() {
        let memory = Memory::default();
        assert_eq!(judge(&alert(7), &memory, &rules()).0, Decision::Gate);
        assert!(matches!(
            judge(&alert(8), &memory, &rules()).0,
            Decision::Forward { .. }
        ));
        let mut mitre = alert(3);
        mitre.has_mitre = true;
        assert!(matches!(judge(&mitre, &memory, &rules()).0, Decision::Forward { .. }));
        let mut named = alert(3);
        named.rule = Some("100".to_owned());
        assert!(matches!(judge(&named, &memory, &rules()).0, Decision::Forward { .. }));
    }

    #[test]
    fn a_repeat_folds_until_its_window_closes() {
        let first = alert(10);
        let memory = Memory {
            repeats: Some(window(&first)),
            known_pair: true,
            ..Memory::default()
        };
        let mut later = alert(10);
        later.time_us = first.time_us + 899 * SECOND;
        assert_eq!(judge(&later, &memory, &rules()).0, Decision::Fold(WindowId(7)));
        later.time_us = first.time_us + 900 * SECOND;
        let (decision, consequences) = judge(&later, &memory, &rules());
        assert_eq!(decision, Decision::Forward { storm: false });
        assert!(consequences.open_repeats);
    }

    #[test]
    fn something_new_in_an_open_window_goes_out_at_once() {
        let first = alert(10);
        let memory = Memory {
            repeats: Some(window(&first)),
            known_pair: true,
            ..Memory::default()
        };
        let mut higher = alert(11);
        higher.time_us += SECOND;
        let (decision, consequences) = judge(&higher, &memory, &rules());
        assert_eq!(decision, Decision::Forward { storm: false });
        assert_eq!(consequences.widen, Some(WindowId(7)));
        let mut user = alert(10);
        user.distinct = vec![("user".to_owned(), "eve".to_owned())];
        assert!(matches!(judge(&user, &memory, &rules()).0, Decision::Forward { .. }));
    }

    #[test]
    fn the_most_severe_are_never_folded() {
        let first = alert(15);
        let memory = Memory {
            repeats: Some(window(&first)),
            known_pair: true,
            ..Memory::default()
        };
        assert_eq!(
            judge(&alert(15), &memory, &rules()).0,
            Decision::Forward { storm: false }
        );
    }

    #[test]
    fn the_first_over_the_burst_limit_leads_the_storm_and_the_next_folds_into_it() {
        let mut memory = Memory {
            known_pair: true,
            ..Memory::default()
        };
        for _ in 0..2 {
            let (decision, consequences) = judge(&alert(10), &memory, &rules());
            assert_eq!(decision, Decision::Forward { storm: false });
            memory.arrival_us = consequences.arrival_us;
        }
        let (decision, consequences) = judge(&alert(10), &memory, &rules());
        assert_eq!(decision, Decision::Forward { storm: true });
        assert!(consequences.open_storm);
        memory.storm = Some(window(&alert(10)));
        assert_eq!(judge(&alert(10), &memory, &rules()).0, Decision::Fold(WindowId(7)));
    }

    #[test]
    fn an_id_seen_before_leaves_by_its_own_door_before_any_rule() {
        let memory = Memory {
            seen: true,
            ..Memory::default()
        };
        assert_eq!(judge(&alert(16), &memory, &rules()).0, Decision::Repeat);
    }
}
