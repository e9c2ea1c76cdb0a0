//! How many alerts the triager may be asked about in an hour, in all and for one rule.

use std::collections::VecDeque;
use std::time::Duration;

use iris_client::AlertId;

const HOUR: Duration = Duration::from_hours(1);

/// What was asked in the last hour. A limit of 0 is none.
#[derive(Debug, Default)]
pub(super) struct Budget {
    in_all: usize,
    per_rule: usize,
    // Oldest first. As long as a limit is set, no longer than it, plus what is given back late.
    spent: VecDeque<Spent>,
}

#[derive(Debug)]
struct Spent {
    at: Duration,
    id: AlertId,
    rule: Option<String>,
}

impl Budget {
    pub(super) fn new(in_all: usize, per_rule: usize) -> Self {
        Self {
            in_all,
            per_rule,
            spent: VecDeque::new(),
        }
    }

    /// When the next alert of a rule may be asked about, if that is in the future.
    pub(super) fn free_at(&mut self, rule: Option<&str>, now: Duration) -> Option<Duration> {
        while self.spent.front().is_some_and(|spent| spent.at + HOUR <= now) {
            self.spent.pop_front();
        }
        let in_all = nth_last(self.spent.iter(), self.in_all);
        let of_rule = rule.and_then(|rule| {
            let own = self.spent.iter().filter(|spent| spent.rule.as_deref() == Some(rule));
            nth_last(own, self.per_rule)
        });
        in_all.max(of_rule).map(|at| at + HOUR)
    }

    /// Counts an alert that is about to be asked about.
    pub(super) fn spend(&mut self, id: AlertId, rule: Option<&str>, now: Duration) {
        if self.in_all > 0 || self.per_rule > 0 {
            let rule = rule.map(str::to_owned);
            self.spent.push_back(Spent { at: now, id, rule });
        }
    }

    /// Takes back what was counted for an alert: the triager was not asked after all.
    pub(super) fn give_back(&mut self, id: AlertId) {
        if let Some(at) = self.spent.iter().rposition(|spent| spent.id == id) {
            self.spent.remove(at);
        }
    }
}

/// When the one was spent that must be over before there is one free; `None` where one is free.
fn nth_last<'a>(spent: impl DoubleEndedIterator<Item = &'a Spent>, limit: usize) -> Option<Duration> {
    let last = limit.checked_sub(1)?;
    spent.rev().nth(last).map(|spent| spent.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> Duration {
        Duration::from_mins(minutes)
    }

    #[test]
    fn without_limits_everything_is_free_and_nothing_is_kept() {
        let mut budget = Budget::new(0, 0);
        for number in 0..100 {
            budget.spend(AlertId(number), Some("5710"), at(0));
        }
        assert_eq!(budget.free_at(Some("5710"), at(0)), None);
        assert!(budget.spent.is_empty());
    }

    #[test]
    fn a_rule_that_has_used_up_its_share_waits_and_the_others_do_not() {
        let mut budget = Budget::new(0, 2);
        budget.spend(AlertId(1), Some("5710"), at(0));
        budget.spend(AlertId(2), Some("5710"), at(10));
        assert_eq!(budget.free_at(Some("5710"), at(20)), Some(at(60)));
        assert_eq!(budget.free_at(Some("5711"), at(20)), None);
        assert_eq!(budget.free_at(None, at(20)), None);
        assert_eq!(budget.free_at(Some("5710"), at(60)), None);
        budget.spend(AlertId(3), Some("5710"), at(60));
        assert_eq!(budget.free_at(Some("5710"), at(61)), Some(at(70)));
    }

    #[test]
    fn the_hour_is_for_all_rules_together_and_what_is_given_back_is_free() {
        let mut budget = Budget::new(2, 0);
        budget.spend(AlertId(1), None, at(0));
        budget.spend(AlertId(2), Some("a"), at(5));
        assert_eq!(budget.free_at(Some("b"), at(6)), Some(at(60)));
        budget.give_back(AlertId(2));
        assert_eq!(budget.free_at(Some("b"), at(6)), None);
    }
}
