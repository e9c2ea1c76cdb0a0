//! Two lanes to IRIS: what has just happened, and what has waited long. Within each the most severe first.
//!
//! A long outage must not delay today's critical alert, and what waited must get there too: while both have something, the live
//! lane gets seven turns of ten. Live alerts go in the order they came; of the backlog the newest goes first, because an analyst can
//! still do something about it.

use std::time::Duration;

/// How old an alert may be and still be live.
pub(crate) const LIVE: Duration = Duration::from_mins(15);

/// Lines of one lane: one per level.
const LINES: u8 = 32;

/// Which lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// What has just happened.
    Live,
    /// What has waited long, or happened long ago.
    Backlog,
}

impl Lane {
    /// Both, in the order of reports.
    pub const ALL: [Self; 2] = [Self::Live, Self::Backlog];

    /// The lane of an alert of this time; a time in the future is of a clock that is wrong, and live.
    pub(crate) fn of(time_us: i64, now_us: i64) -> Self {
        let age_us = now_us.saturating_sub(time_us);
        if u128::try_from(age_us).is_ok_and(|age| age >= LIVE.as_micros()) {
            Self::Backlog
        } else {
            Self::Live
        }
    }

    /// The name that noise reduction has for a thing in this lane: what an old file tells and what happens meanwhile are two
    /// stories, each with its own clock.
    pub(super) fn key(self, of: &str) -> String {
        match self {
            Self::Live => of.to_owned(),
            Self::Backlog => format!("{of}|backlog"),
        }
    }

    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Live => Self::Backlog,
            Self::Backlog => Self::Live,
        }
    }

    /// Its name in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Backlog => "backlog",
        }
    }

    /// The line of an alert of this level.
    pub(super) fn line(self, level: u8) -> u8 {
        *self.lines().end() - level.min(LINES - 1)
    }

    /// All of its lines, the most severe first.
    pub(super) fn lines(self) -> std::ops::RangeInclusive<u8> {
        match self {
            Self::Live => 0..=LINES - 1,
            Self::Backlog => LINES..=2 * LINES - 1,
        }
    }

    /// The turn within its line of the alert with this number.
    pub(super) fn turn(self, seq: i64) -> i64 {
        match self {
            Self::Live => seq,
            Self::Backlog => -seq,
        }
    }
}

/// Whose turn it is.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Turns(u8);

impl Turns {
    /// The lane whose turn it is, while both have something.
    pub(crate) fn next(&mut self) -> Lane {
        self.0 = (self.0 + 1) % 10;
        if matches!(self.0, 3 | 6 | 9) {
            Lane::Backlog
        } else {
            Lane::Live
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backlog_gets_three_turns_of_ten_and_never_two_in_a_row() {
        let mut turns = Turns::default();
        let lanes: Vec<Lane> = (0..100).map(|_| turns.next()).collect();
        assert_eq!(lanes.iter().filter(|lane| **lane == Lane::Backlog).count(), 30);
        assert!(lanes.windows(2).all(|two| two != [Lane::Backlog; 2]));
        assert_eq!(lanes[0], Lane::Live);
    }

    #[test]
    fn an_alert_is_live_for_a_quarter_of_an_hour() {
        let now = 1_768_900_000_000_000;
        assert_eq!(Lane::of(now - 899_000_000, now), Lane::Live);
        assert_eq!(Lane::of(now - 900_000_000, now), Lane::Backlog);
        assert_eq!(Lane::of(now + 86_400_000_000, now), Lane::Live);
        assert_eq!(Lane::of(i64::MIN, now), Lane::Backlog);
    }

    #[test]
    fn a_severe_line_comes_before_a_less_severe_one_and_every_live_one_before_the_backlog() {
        assert!(Lane::Live.line(15) < Lane::Live.line(3));
        assert!(Lane::Live.line(0) < Lane::Backlog.line(16));
        assert!(Lane::Backlog.line(255) < Lane::Backlog.line(0));
        assert!(Lane::Backlog.turn(9) < Lane::Backlog.turn(8) && Lane::Live.turn(8) < Lane::Live.turn(9));
    }
}
