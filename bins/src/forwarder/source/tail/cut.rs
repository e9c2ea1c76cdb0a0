//! A file that was cut to a shorter one while it was open.

use std::io;
use std::time::SystemTime;

use super::{BATCH, BATCH_BYTES, Open, Tail};
use crate::forwarder::queue::micros;
use crate::forwarder::source::Incoming;
use crate::forwarder::spool::DestinationId;

impl Tail {
    /// Goes on behind a file that was cut. What was read of it may stand nowhere any more: it is handed over first, and the file stays
    /// in hand until there is something to go on with.
    pub(super) fn leave_cut(
        &mut self,
        destination: Option<DestinationId>,
        alerts: &mut Vec<Incoming>,
    ) -> io::Result<()> {
        let is_ahead = self.open.as_ref().is_some_and(|open| open.lines.ahead().0 > 0);
        match destination {
            None if is_ahead => {
                self.waited = true;
                return Ok(());
            }
            None => {}
            Some(destination) => self.hand_over_ahead(destination, alerts)?,
        }
        self.more = !alerts.is_empty() || self.step_behind_cut()?;
        Ok(())
    }

    /// Hands over what was read, up to a batch; half a line at its end stays.
    fn hand_over_ahead(&mut self, destination: DestinationId, alerts: &mut Vec<Incoming>) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.begin_batch_of_cut();
        let now_us = micros(SystemTime::now());
        let mut bytes = 0;
        while alerts.len() < BATCH && bytes < BATCH_BYTES {
            let (line, newline) = match open.lines.next(&mut io::empty())? {
                Some(line) => (line, true),
                None if open.ends_in_half() => break,
                None => match open.rest() {
                    Some(rest) => (rest, false),
                    None => break,
                },
            };
            bytes += line.bytes.len();
            open.hand_over(line, newline, destination, now_us, alerts);
        }
        Ok(())
    }

    /// Opens a copy of what was cut, or the file from its beginning; `false` while there is none.
    fn step_behind_cut(&mut self) -> io::Result<bool> {
        let Some(place) = self.open.as_ref().map(Open::checkpoint) else {
            return Ok(false);
        };
        let Some(mut next) = self.resume(&place)? else {
            return Ok(false);
        };
        let is_in_copy = next.place.is_copy && place.offset == 0;
        if next.place.offset == 0 && !is_in_copy {
            // What was read of a line stands nowhere any more.
            let half = self
                .open
                .as_mut()
                .and_then(|open| open.rest().and_then(|rest| open.half(&rest)));
            next.place.carried = half.unwrap_or_default();
        }
        if let Some(left) = self.open.replace(next) {
            self.count(left.tally);
        }
        Ok(true)
    }
}
