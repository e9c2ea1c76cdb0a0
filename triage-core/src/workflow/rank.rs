//! Which worker goes first for which alert.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::WorkerId;

/// Says how many of the other workers come before this one for an alert; 0 goes first.
///
/// Rendezvous hashing: every worker computes the same order by itself, each alert has another one, and when a worker
/// comes or goes only its own alerts change hands. It makes claims on the same alert rare; it does not make them safe.
pub fn rank(alert_id: u64, me: &WorkerId, workers: &[WorkerId]) -> usize {
    let own = (weight(alert_id, me), me);
    let mut before: Vec<&WorkerId> = workers
        .iter()
        .filter(|other| (weight(alert_id, other), *other) > own)
        .collect();
    before.sort_unstable();
    before.dedup();
    before.len()
}

/// Gives how long a worker leaves an alert to those before it, counted from when it saw the alert free.
pub fn claim_delay(rank: usize, step: Duration) -> Duration {
    step.saturating_mul(u32::try_from(rank).unwrap_or(u32::MAX))
}

/// The same on every host, in every version and for every run: a part of SHA-256.
fn weight(alert_id: u64, worker: &WorkerId) -> u64 {
    let mut hash = Sha256::new();
    hash.update(alert_id.to_be_bytes());
    hash.update(worker.as_str());
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |weight, byte| weight << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(names: &[&str]) -> Vec<WorkerId> {
        names.iter().map(|name| WorkerId::new(*name).unwrap()).collect()
    }

    #[test]
    fn every_alert_has_each_rank_once() {
        let all = workers(&["a", "b", "c", "d", "e"]);
        for alert_id in 0..200 {
            let mut ranks: Vec<usize> = all.iter().map(|me| rank(alert_id, me, &all)).collect();
            ranks.sort_unstable();
            assert_eq!(ranks, [0, 1, 2, 3, 4], "alert {alert_id}");
        }
    }

    #[test]
    fn the_first_rank_is_shared_out_evenly() {
        let all = workers(&["a", "b", "c", "d"]);
        for me in &all {
            let first = (0..4000).filter(|alert_id| rank(*alert_id, me, &all) == 0).count();
            assert!((850..1150).contains(&first), "{me} is first for {first} of 4000");
        }
    }

    #[test]
    fn a_worker_that_leaves_changes_only_its_own_alerts() {
        let all = workers(&["a", "b", "c", "d"]);
        let rest = workers(&["a", "b", "c"]);
        for alert_id in 0..500 {
            for me in rest.iter().filter(|me| rank(alert_id, me, &all) == 0) {
                assert_eq!(rank(alert_id, me, &rest), 0, "alert {alert_id} left {me}");
            }
        }
    }

    #[test]
    fn repeats_in_the_list_and_a_list_without_me_make_no_difference() {
        let me = WorkerId::new("a").unwrap();
        for alert_id in 0..50 {
            let with_me = rank(alert_id, &me, &workers(&["a", "b"]));
            assert_eq!(rank(alert_id, &me, &workers(&["b", "b"])), with_me);
        }
        assert_eq!(rank(1, &me, &[]), 0);
    }

    #[test]
    fn the_order_is_the_same_in_every_version() {
        let all = workers(&["a", "b", "c"]);
        let first: Vec<&str> = (1..=8)
            .map(|alert| all.iter().find(|me| rank(alert, me, &all) == 0).unwrap().as_str())
            .collect();
        assert_eq!(first.concat(), "bcaabcca");
    }

    #[test]
    fn the_wait_grows_with_the_rank_and_never_overflows() {
        assert_eq!(claim_delay(0, Duration::from_secs(15)), Duration::ZERO);
        assert_eq!(claim_delay(3, Duration::from_secs(15)), Duration::from_secs(45));
        assert_eq!(claim_delay(usize::MAX, Duration::MAX), Duration::MAX);
    }
}
