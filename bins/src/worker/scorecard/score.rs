//! Who was right, counted.

use std::collections::BTreeMap;

use iris_client::AlertId;
use triage_core::{Confidence, Disposition, Severity};

use super::collect::Collected;

/// What a verdict means for what an analyst does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ours {
    Attack,
    Open,
    Benign,
}

impl From<Disposition> for Ours {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::TruePositive => Self::Attack,
            Disposition::NeedsInvestigation => Self::Open,
            Disposition::BenignPositive | Disposition::FalsePositive => Self::Benign,
        }
    }
}

impl Ours {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Attack => "attack",
            Self::Open => "needs investigation",
            Self::Benign => "benign",
        }
    }
}

/// What an analyst found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Analyst {
    AttackWithImpact,
    Attack,
    Benign,
}

impl Analyst {
    /// Takes a resolution of IRIS by its name; `None` for one that does not say what the alert was.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        if name.contains("false positive") || name.contains("legitimate") {
            return Some(Self::Benign);
        }
        name.contains("true positive").then(|| {
            if name.contains("without") {
                Self::Attack
            } else {
                Self::AttackWithImpact
            }
        })
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::AttackWithImpact => "attack with impact",
            Self::Attack => "attack without impact",
            Self::Benign => "benign",
        }
    }
}

/// One alert with both opinions.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    pub(super) alert: AlertId,
    pub(super) rule: String,
    pub(super) model: String,
    pub(super) ours: Ours,
    pub(super) confidence: Confidence,
    pub(super) severity: Severity,
    pub(super) analyst: Analyst,
}

impl Compared {
    /// How costly a disagreement is, 0 the most; `None` where both agree or ours left it open.
    fn cost(&self) -> Option<u8> {
        match (self.ours, self.analyst) {
            (Ours::Benign, Analyst::AttackWithImpact) => Some(0),
            (Ours::Benign, Analyst::Attack) => Some(1),
            (Ours::Attack, Analyst::Benign) => Some(2),
            (Ours::Attack, Analyst::Attack | Analyst::AttackWithImpact)
            | (Ours::Benign, Analyst::Benign)
            | (Ours::Open, _) => None,
        }
    }
}

/// Counts of one rule or model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) agreed: u64,
    /// Attacks that ours called benign.
    pub(super) missed: u64,
    /// Benign alerts that ours called an attack.
    pub(super) false_alarms: u64,
    /// Alerts that ours left open, attacks and others.
    pub(super) open_attacks: u64,
    pub(super) open_benign: u64,
}

impl Score {
    fn add(&mut self, compared: &Compared) {
        let benign = compared.analyst == Analyst::Benign;
        *match (compared.ours, benign) {
            (Ours::Attack, false) | (Ours::Benign, true) => &mut self.agreed,
            (Ours::Benign, false) => &mut self.missed,
            (Ours::Attack, true) => &mut self.false_alarms,
            (Ours::Open, false) => &mut self.open_attacks,
            (Ours::Open, true) => &mut self.open_benign,
        } += 1;
    }

    pub(super) fn all(&self) -> u64 {
        self.decided() + self.open_attacks + self.open_benign
    }

    /// Alerts that ours did not leave open.
    pub(super) fn decided(&self) -> u64 {
        self.agreed + self.missed + self.false_alarms
    }

    /// Share of the decided ones on which both agree, with its 95 % interval (Wilson); `None` where nothing was decided.
    #[expect(clippy::cast_precision_loss, reason = "counts of alerts")]
    pub(super) fn agreement(&self) -> Option<(f64, f64, f64)> {
        let n = self.decided() as f64;
        if n == 0.0 {
            return None;
        }
        let (share, z) = (self.agreed as f64 / n, 1.96_f64);
        let middle = share + z * z / (2.0 * n);
        let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z * z / n;
        Some((
            share,
            ((middle - half) / scale).max(0.0),
            ((middle + half) / scale).min(1.0),
        ))
    }
}

/// Everything that is reported.
#[derive(Debug, Default)]
pub(super) struct Scorecard {
    pub(super) finished: u64,
    pub(super) resolved: u64,
    pub(super) all: Score,
    /// The rules with the most costly disagreements first.
    pub(super) rules: Vec<(String, Score)>,
    pub(super) models: Vec<(String, Score)>,
    /// The most costly first.
    pub(super) disagreements: Vec<Compared>,
}

impl Scorecard {
    pub(super) fn of(collected: Collected) -> Self {
        let mut card = Self {
            finished: collected.finished,
            resolved: collected.resolved,
            ..Self::default()
        };
        let (mut rules, mut models) = (BTreeMap::<_, Score>::new(), BTreeMap::<_, Score>::new());
        for compared in collected.compared {
            card.all.add(&compared);
            rules.entry(compared.rule.clone()).or_default().add(&compared);
            models.entry(compared.model.clone()).or_default().add(&compared);
            if compared.cost().is_some() {
                card.disagreements.push(compared);
            }
        }
        card.rules = worst_first(rules);
        card.models = worst_first(models);
        card.disagreements.sort_by_key(|compared| {
            let sure = std::cmp::Reverse((compared.confidence, compared.severity));
            (compared.cost(), sure, compared.alert)
        });
        card
    }
}

fn worst_first(scores: BTreeMap<String, Score>) -> Vec<(String, Score)> {
    let mut scores: Vec<(String, Score)> = scores.into_iter().collect();
    scores.sort_by_key(|(_, score)| {
        std::cmp::Reverse((score.missed, score.false_alarms, score.open_attacks, score.all()))
    });
    scores
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn compared(alert: i64, ours: Ours, analyst: Analyst, confidence: Confidence) -> Compared {
        Compared {
            alert: AlertId(alert),
            rule: format!("{}", 5700 + alert % 2),
            model: "m".to_owned(),
            ours,
            confidence,
            severity: Severity::Low,
            analyst,
        }
    }

    #[test]
    fn resolutions_are_known_by_their_names() {
        for (name, analyst) in [
            ("False Positive", Some(Analyst::Benign)),
            ("True Positive With Impact", Some(Analyst::AttackWithImpact)),
            ("True Positive Without Impact", Some(Analyst::Attack)),
            ("Legitimate", Some(Analyst::Benign)),
            ("Not Applicable", None),
            ("Unknown", None),
        ] {
            assert_eq!(Analyst::named(name), analyst, "{name}");
        }
    }

    #[test]
    fn attacks_that_were_called_benign_come_first_and_the_surest_of_them() {
        let card = Scorecard::of(Collected {
            finished: 9,
            resolved: 7,
            compared: vec![
                compared(1, Ours::Attack, Analyst::Benign, Confidence::High),
                compared(2, Ours::Benign, Analyst::Attack, Confidence::High),
                compared(3, Ours::Benign, Analyst::AttackWithImpact, Confidence::Low),
                compared(4, Ours::Benign, Analyst::AttackWithImpact, Confidence::High),
                compared(5, Ours::Benign, Analyst::Benign, Confidence::High),
                compared(6, Ours::Open, Analyst::AttackWithImpact, Confidence::High),
                compared(7, Ours::Attack, Analyst::Attack, Confidence::High),
            ],
        });
        let order: Vec<i64> = card.disagreements.iter().map(|compared| compared.alert.0).collect();
        assert_eq!(order, [4, 3, 2, 1]);
        let all = Score {
            agreed: 2,
            missed: 3,
            false_alarms: 1,
            open_attacks: 1,
            open_benign: 0,
        };
        assert_eq!(card.all, all);
        assert_eq!(card.rules[0].0, "5700", "two attacks missed");
    }

    #[test]
    fn a_share_of_few_has_a_wide_interval() {
        assert_eq!(Score::default().agreement(), None);
        let (share, low, high) = Score {
            agreed: 3,
            missed: 1,
            ..Score::default()
        }
        .agreement()
        .unwrap();
        assert!((share - 0.75).abs() < 1e-9 && low < 0.31 && high > 0.95, "{low} {high}");
    }
}
