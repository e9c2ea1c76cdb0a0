//! On which processors the courier runs.

use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};

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
    sched_setaffinity(None, &one)
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
            (own, started)
        });
        let (own, started) = started.join().unwrap();
        assert_eq!((own.count(), started == own), (1, true));
        assert!((0..CpuSet::MAX_CPU).all(|cpu| !own.is_set(cpu) || allowed.is_set(cpu)));
        assert_eq!(
            sched_getaffinity(None).unwrap(),
            allowed,
            "of this thread nothing changed"
        );
    }
}
