//! The one clock of the worker: it never jumps, and it runs on while the machine sleeps.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Time since an arbitrary point of this machine's life (`CLOCK_BOOTTIME`).
pub(super) fn now() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Waits until that clock shows a time. The timer below does not count sleep, so what is left is looked at anew.
pub(super) async fn sleep_until(time: Duration) {
    while let Some(left) = time.checked_sub(now()).filter(|left| !left.is_zero()) {
        tokio::time::sleep(left.min(Duration::from_secs(5))).await;
    }
}

/// Now, for people.
pub(super) fn stamp() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%MZ").to_string()
}
