//! Days that were written to once more behind the back of the tail: a clock, or a time zone, that was set back and forward again.

use std::fs;
use std::io;
use std::path::Path;

use super::dated::{self, Dated};
use super::place::Place;
use super::{LOOKED_INTO, Open, Tail};
use crate::forwarder::queue::micros;

impl Tail {
    /// Goes back to what was written or copied elsewhere while the tail waited with a file in hand.
    pub(super) fn step_back(&mut self) -> io::Result<()> {
        if self.waited
            && let (Some(open), Some(stored)) = (&self.open, &self.place)
        {
            let looked_us = micros(std::time::SystemTime::now());
            let place = Place {
                stored_us: stored.stored_us,
                ..open.checkpoint()
            };
            if let Some(older) = self.begin_rewritten(&place, &dated::list(&self.path)?, looked_us)? {
                (self.open, self.original, self.waited) = (Some(older), None, false);
                return Ok(());
            }
        }
        self.step_back_to_copies()
    }

    /// The oldest file of a day before the one of a place that was written to since the place was stored, from its beginning. The days
    /// behind it follow; what was read of them before leaves as `repeated`.
    pub(super) fn begin_rewritten(&self, place: &Place, dated: &[Dated], looked_us: i64) -> io::Result<Option<Open>> {
        let (Some(stored), Some(own), false) = (place.stored(), self.order_of(place), place.is_copy) else {
            return Ok(None);
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let before = dated.iter().rev().filter(|one| one.order < own && one.plain);
        let mut oldest = None;
        for one in before.take(LOOKED_INTO) {
            match fs::metadata(folder.join(&one.name)).and_then(|meta| meta.modified()) {
                Ok(modified) if modified > stored => oldest = Some(one),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
                _ => {}
            }
        }
        let Some(oldest) = oldest else { return Ok(None) };
        tracing::info!(
            file = oldest.name,
            "a day before was written to while nobody was reading; it is read whole"
        );
        self.begin(oldest, place, looked_us)
    }
}
