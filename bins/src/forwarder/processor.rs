//! On which processors the courier runs.

use std::sync::OnceLock;

use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};

/// Where it might have run.
static ALLOWED: OnceLock<CpuSet> = OnceLock::new();

/// Keeps this thread, and those that it starts, to one of the processors that it may run on: the one that it runs on now.
///
/// The allocator of the static executable has one lock. Two threads on two processors spend nearly half of their time on handing it to each
/// other; on one they do more alerts a second.
pub(super) fn keep_to_one() -> rustix::io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let now = sched_getcpu();
    let mut one = CpuSet::new();
    // It may have been moved between the two calls.
    let is_allowed = now < CpuSet::MAX_CPU && allowed.is_set(now);
    let first = || (0..CpuSet::MAX_CPU).find(|cpu| allowed.is_set(*cpu));
    let Some(cpu) = Some(now).filter(|_| is_allowed).or_else(first) else {
        return Ok(());
    };
    one.set(cpu);
    sched_setaffinity(None, &one)?;
    let _ = ALLOWED.set(allowed);
    Ok(())
}

/// Lets this thread, and what it starts from now on, run wherever it might have before.
pub(super) fn let_go() {
    if let Some(allowed) = ALLOWED.get() {
        let _ = sched_setaffinity(None, allowed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_and_what_it_starts_keep_to_one_processor_of_those_that_it_may_use() {
        let allowed = sched_getaffinity(None).unwrap();
        let started = std::thread::spawn(|| {
            keep_to_one().unwrap();
            let own = sched_getaffinity(None).unwrap();
            let started = std::thread::spawn(|| sched_getaffinity(None).unwrap()).join().unwrap();
            let_go();
            (own, started, sched_getaffinity(None).unwrap())
        });
        let (own, started, after) = started.join().unwrap();
        assert_eq!((own.count(), started == own, after == allowed), (1, true, true));
        assert!((0..CpuSet::MAX_CPU).all(|cpu| !own.is_set(cpu) || allowed.is_set(cpu)));
        assert_eq!(
            sched_getaffinity(None).unwrap(),
            allowed,
            "of this thread nothing changed"
        );
    }
}
