//! Pure arithmetic over verdicts: macro-F1, its bootstrap interval, quantiles.

use triage_core::Disposition;

/// How often the alerts are drawn anew for the interval.
const DRAWS: usize = 2000;
/// The interval is the same in every run, so that a difference is never chance of the drawing.
const SEED: u64 = 0x7f3a_91c0_5eed_0001;

/// What an analyst does with a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Escalate,
    Review,
    Close,
}

impl Action {
    pub(super) const ALL: [Self; 3] = [Self::Escalate, Self::Review, Self::Close];

    pub(super) fn of(disposition: Disposition) -> Self {
        match disposition {
            Disposition::TruePositive => Self::Escalate,
            Disposition::NeedsInvestigation => Self::Review,
            Disposition::BenignPositive | Disposition::FalsePositive => Self::Close,
        }
    }

    /// What the rule's level alone says: the bar that any triager has to pass.
    pub(super) fn of_level(level: Option<u8>) -> Self {
        match level {
            Some(10..) => Self::Escalate,
            Some(..=5) => Self::Close,
            _ => Self::Review,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Escalate => "escalate",
            Self::Review => "review",
            Self::Close => "close",
        }
    }
}

/// Macro-F1 of (label, said) pairs over those of the classes that occur; 0 for no pairs.
pub(super) fn macro_f1<C: Copy + PartialEq>(pairs: &[(C, C)], classes: &[C]) -> f64 {
    let (mut sum, mut occurring) = (0.0, 0_usize);
    for class in classes {
        let count = |test: fn(bool, bool) -> bool| {
            pairs
                .iter()
                .filter(|(label, said)| test(label == class, said == class))
                .count()
        };
        let hit = count(|label, said| label && said);
        let wrong = count(|label, said| label != said);
        if hit + wrong > 0 {
            sum += 2.0 * number(hit) / (2.0 * number(hit) + number(wrong));
            occurring += 1;
        }
    }
    share(sum, occurring)
}

/// The 95 % interval of macro-F1, by drawing the alerts anew with replacement.
pub(super) fn interval<C: Copy + PartialEq>(pairs: &[(C, C)], classes: &[C]) -> (f64, f64) {
    if pairs.is_empty() {
        return (0.0, 0.0);
    }
    let mut random = SplitMix(SEED);
    let mut scores: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let draw: Vec<_> = pairs.iter().map(|_| pairs[random.below(pairs.len())]).collect();
            macro_f1(&draw, classes)
        })
        .collect();
    scores.sort_by(f64::total_cmp);
    (scores[DRAWS / 40], scores[DRAWS - DRAWS / 40 - 1])
}

/// The value below which this share (in percent) of the values lies, by the nearest rank; 0 for no values.
pub(super) fn quantile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}

/// A part of a whole; 0 where the whole is nothing.
pub(super) fn share(part: f64, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part / number(whole) }
}

/// A count as a number to divide with.
#[expect(clippy::cast_precision_loss, reason = "counts of alerts are far below 2^52")]
pub(super) fn number(count: usize) -> f64 {
    count as f64
}

/// `SplitMix64`: enough for drawing alerts, and the same on every machine.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * (bound as u128);
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Action::{Close, Escalate, Review};

    #[test]
    fn macro_f1_is_the_mean_over_the_classes_that_occur() {
        let perfect = [(Escalate, Escalate), (Review, Review), (Close, Close)];
        assert!((macro_f1(&perfect, &Action::ALL) - 1.0).abs() < 1e-9);
        // Escalate: 1 hit of 2, F1 2/3; review: no hit, F1 0; close occurs nowhere.
        let half = [(Escalate, Escalate), (Escalate, Review)];
        assert!((macro_f1(&half, &Action::ALL) - 1.0 / 3.0).abs() < 1e-9);
        assert!(macro_f1::<Action>(&[], &Action::ALL).abs() < 1e-9);
    }

    #[test]
    fn the_interval_holds_the_score_and_is_the_same_every_time() {
        let pairs: Vec<_> = (0..60)
            .map(|n| {
                let label = Action::ALL[n % 3];
                (label, if n % 4 == 0 { Review } else { label })
            })
            .collect();
        let score = macro_f1(&pairs, &Action::ALL);
        let (low, high) = interval(&pairs, &Action::ALL);
        assert!(low < score && score < high && high - low < 0.4, "{low} {score} {high}");
        assert!((interval(&pairs, &Action::ALL).0 - low).abs() < f64::EPSILON);
    }

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let values = [5.0, 1.0, 2.0, 4.0, 3.0];
        assert!((quantile(&values, 50) - 3.0).abs() < 1e-9);
        assert!((quantile(&values, 95) - 5.0).abs() < 1e-9);
        assert!(quantile(&[], 50).abs() < 1e-9);
    }
}
