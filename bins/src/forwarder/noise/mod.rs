//! Noise reduction: decides what becomes an IRIS alert of its own, and what is counted in one.
//!
//! It folds, it does not delete. The decision is a pure function of the alert, the rules and what the queue remembers; the queue
//! applies its consequences in the transaction that takes the alert in, so a crash can neither lose an undecided alert nor count
//! one twice.

mod allowlist;
mod appeal;
mod gcra;
mod subject;
mod window;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use triage_core::FlagScanner;

pub use allowlist::{Action, Allowlist, AllowlistError, Rule};
pub use gcra::Pace;
pub use subject::{Subject, level};
pub use window::{Distinct, Window};

use crate::settings::{ForwardSettings, NoiseSettings};

/// What is to happen with an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It becomes an IRIS alert of its own; as the storm alert of its rule if `storm`.
    Forward {
        /// Whether later alerts of this rule fold into it for exceeding a burst limit.
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
    /// The storm window of its rule, if one is open.
    pub storm: Option<Window>,
    /// This rule has fired on this agent before.
    pub known_pair: bool,
    /// Where its rule and agent stand with their limit.
    pub pace: Option<Pace>,
    /// The same over all rules and agents.
    pub overall: Option<Pace>,
    /// Time of the last alert of its rule that went out, on any agent.
    pub rule_us: Option<i64>,
    /// Time of the last failure of its users and sources on its agent.
    pub failed_us: Option<i64>,
    /// The wall clock, in microseconds since 1970.
    pub now_us: i64,
}

/// What the queue has to write down besides the decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something to write down, and any comes with any"
)]
pub struct Consequences {
    /// Opens a window for the fingerprint, led by this alert.
    pub open_repeats: bool,
    /// Opens a storm window, led by this alert.
    pub open_storm: bool,
    /// Remembers this alert's distinct values, level and outcome in this window.
    pub widen: Option<WindowId>,
    /// The same in this storm window, with its agent and source.
    pub widen_storm: Option<WindowId>,
    /// Where its rule and agent stand with their limit after it.
    pub pace: Option<Pace>,
    /// The same over all rules and agents.
    pub overall: Option<Pace>,
    /// Forgets the failures that this success came after.
    pub forget_failures: bool,
    /// Remembers in the window that a success after failures went out.
    pub let_out: bool,
    /// Remembers in the window what speaks to its reader.
    pub appeal: Option<String>,
}

/// The rules by which is judged.
#[derive(Debug)]
pub struct Rules {
    min_level: u8,
    mitre: bool,
    pass: Vec<String>,
    muted: Vec<String>,
    muted_agents: Vec<String>,
    fold_window: Duration,
    never_fold_level: u8,
    burst: Option<gcra::Limit>,
    overall: Option<gcra::Limit>,
    burst_window: Duration,
    flush_every: Duration,
    allowlist: Arc<Allowlist>,
    scanner: FlagScanner,
}

impl Rules {
    /// Rules from settings and a loaded allowlist.
    pub fn new(forward: &ForwardSettings, noise: &NoiseSettings, allowlist: Allowlist) -> Self {
        Self {
            min_level: forward.min_level,
            mitre: forward.mitre,
            pass: forward.rules.clone(),
            muted: forward.suppress_rules.clone(),
            muted_agents: forward.suppress_agents.clone(),
            fold_window: noise.fold_window,
            never_fold_level: noise.never_fold_level,
            burst: gcra::Limit::new(noise.burst_max, noise.burst_window),
            // Whoever switches bursts off means all of them.
            overall: gcra::Limit::new(
                if noise.burst_max == 0 { 0 } else { noise.overall_max },
                noise.burst_window,
            ),
            burst_window: noise.burst_window,
            flush_every: noise.flush_every,
            allowlist: Arc::new(allowlist),
            scanner: FlagScanner::default(),
        }
    }

    /// How often IRIS is told a count.
    pub fn flush_every(&self) -> Duration {
        self.flush_every
    }

    /// The allowlist.
    pub fn allowlist(&self) -> &Arc<Allowlist> {
        &self.allowlist
    }

    /// Whether the settings suppress its rule or its agent, whatever its level. What is never folded is never suppressed either.
    pub fn suppresses(&self, subject: &Subject<'_>) -> bool {
        let is_named =
            |names: &[String], name: Option<&str>| name.is_some_and(|name| names.iter().any(|one| one == name));
        let agent_name = || subject.alert?.agent()?.name.as_deref();
        subject.level < self.never_fold_level
            && (is_named(&self.muted, subject.rule.as_deref())
                || is_named(&self.muted_agents, Some(&subject.agent))
                || (!self.muted_agents.is_empty() && is_named(&self.muted_agents, agent_name())))
    }

    /// What in an alert speaks to its reader.
    pub fn appeal(&self, subject: &Subject<'_>) -> Option<String> {
        subject.appeal(&self.scanner)
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

/// What is kept of the overall limit for severe alerts and for rules that have been quiet, in hundredths.
const KEPT: i64 = 20;
/// From this level on an alert may use what is kept.
const SEVERE: u8 = 12;
/// A rule that has been quiet for so long is news, and failures before it are forgotten, in microseconds.
const QUIET_US: i64 = 86_400_000_000;

/// Judges one alert.
pub fn judge(subject: &Subject<'_>, memory: &Memory, rules: &Rules) -> (Decision, Consequences) {
    let done = |decision| (decision, Consequences::default());
    if memory.seen {
        return done(Decision::Repeat);
    }
    if let Some(rule) = rules
        .allowlist
        .decides(subject)
        .filter(|rule| *rule.action() == Action::Drop)
    {
        return done(Decision::Allow(rule.id().to_owned()));
    }
    if rules.suppresses(subject) || !passes_gate(subject, rules) {
        return done(Decision::Gate);
    }
    let lately = |time_us: Option<i64>| time_us.is_some_and(|at| subject.paced_us.saturating_sub(at) < QUIET_US);
    let after_failure = subject.success
        && lately(memory.failed_us)
        && memory.failed_us.is_some_and(|at| at <= subject.latest_failure_us());
    let repeats = memory.repeats.as_ref().filter(|window| window.holds(subject.paced_us));
    let storm = memory.storm.as_ref().filter(|window| window.covers(subject.paced_us));
    // What may be another thing although it looks the same is not known to repeat anything; the limits hold for it.
    let folds = subject.is_certain && subject.level < rules.never_fold_level && !rules.fold_window.is_zero();
    // Once in each window, and once for each user there: whoever makes failures and successes in turns must not flood with them. The
    // storm counts too, else a success that looks new each time would begin a window each time.
    let lets_out = after_failure
        && repeats
            .filter(|_| folds)
            .is_none_or(|window| !window.let_out || window.has_news(subject))
        && storm.is_none_or(|storm| !storm.let_out || storm.has_news(subject) || storm.is_elsewhere(subject));
    // These go out whatever else has: the most severe, the first of a rule on an agent, a success after failures.
    let always = subject.level >= rules.never_fold_level || !memory.known_pair || lets_out;
    let mut next = Consequences {
        forget_failures: after_failure,
        let_out: lets_out,
        ..Consequences::default()
    };
    let appeal = OnceCell::new();
    let appealed = || appeal.get_or_init(|| rules.appeal(subject)).as_deref();
    if folds {
        match repeats {
            None => next.open_repeats = true,
            Some(window) if always || window.news(subject) || window.is_appealed_anew(appealed()) => {
                next.widen = Some(window.id);
            }
            Some(window) => return done(Decision::Fold(window.id)),
        }
    }
    let may_use_kept = always || after_failure || !lately(memory.rule_us);
    let (one, all) = within_limits(subject, memory, rules, may_use_kept, &mut next);
    let overall = next.overall;
    // Only what goes out uses the overall limit up.
    if !one && !may_use_kept {
        next.overall = None;
    }
    let mut leads = false;
    match storm {
        _ if one && all => {}
        _ if always => {
            // The storm remembers that it let one out.
            if lets_out && subject.level < rules.never_fold_level {
                next.widen_storm = storm.map(|storm| storm.id);
                leads = storm.is_none();
            }
        }
        // What speaks to its reader goes out once in each storm, or a flood would bury it.
        Some(storm) if all && storm.is_appealed_anew(appealed()) => {
            next.overall = overall;
            next.widen_storm = Some(storm.id);
        }
        Some(storm) if storm.is_worse(subject) => next.widen_storm = Some(storm.id),
        Some(storm) => return done(Decision::Fold(storm.id)),
        None => leads = true,
    }
    next.open_storm = leads;
    // What goes out for another reason is not looked at, most of all what opens a window: the same words may go out once more there, and
    // an alert that repeats nothing costs no look.
    next.appeal = appeal.into_inner().flatten();
    (Decision::Forward { storm: leads }, next)
}

/// Whether one more is within the limit of its rule and agent, and within the overall one; both go on from here.
fn within_limits(
    subject: &Subject<'_>,
    memory: &Memory,
    rules: &Rules,
    may_use_kept: bool,
    next: &mut Consequences,
) -> (bool, bool) {
    let one = rules.burst.as_ref().is_none_or(|limit| {
        let (allowed, pace) = limit.check(memory.pace, subject.paced_us, memory.now_us);
        next.pace = Some(pace);
        allowed
    });
    let all = rules.overall.as_ref().is_none_or(|limit| {
        let kept = if may_use_kept || subject.level >= SEVERE {
            0
        } else {
            KEPT
        };
        let (allowed, pace) = limit.check_keeping(memory.overall, subject.paced_us, memory.now_us, kept);
        next.overall = Some(pace);
        allowed
    });
    (one, all)
}

fn passes_gate(subject: &Subject<'_>, rules: &Rules) -> bool {
    !subject.is_read
        || subject.level >= rules.min_level
        || (rules.mitre && subject.has_mitre)
        || subject.rule.as_ref().is_some_and(|rule| rules.pass.contains(rule))
}
