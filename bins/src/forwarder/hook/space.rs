//! Where a call of the hook keeps what it reads: in pages that the program has anyway, of which only those are touched that are used.
//!
//! An allocator of several threads, as the courier needs one, first looks at the system and lays out its tables. A call that never asks
//! it for anything pays for neither, and cannot run out of memory either.

use std::borrow::Cow;
use std::io::{self, Read};
use std::mem;
use std::sync::{Mutex, PoisonError};

use crate::forwarder::spool::fill;

/// An alert of integratord's largest size, with arguments, environment and options, in bytes.
const SIZE: usize = 128 << 10;

static SPACE: Mutex<[u8; SIZE]> = Mutex::new([0; SIZE]);

/// What is left of it.
pub(crate) struct Space<'a>(&'a mut [u8]);

impl<'a> Space<'a> {
    /// Works with all of it: one caller at a time.
    pub(crate) fn with<T>(work: impl FnOnce(Space<'_>) -> T) -> T {
        // What somebody left there who panicked is written over.
        let mut space = SPACE.lock().unwrap_or_else(PoisonError::into_inner);
        work(Space(&mut space[..]))
    }

    /// Keeps what this brings, at most so many bytes; on the heap where they need more than is left. `size` is how many it may be then.
    ///
    /// Too little memory comes as an error: an abort would be a signal.
    pub(super) fn read(&mut self, from: impl Read, most: u64, size: impl FnOnce() -> u64) -> io::Result<Cow<'a, [u8]>> {
        let mut from = from.take(most);
        if let Some(length) = fill(&mut from, self.0)? {
            let (read, left) = mem::take(&mut self.0).split_at_mut(length);
            self.0 = left;
            return Ok(Cow::Borrowed(read));
        }
        let mut read = Vec::new();
        // One byte more shows the end without growing.
        let size = usize::try_from(size().min(most)).unwrap_or(0).max(self.0.len()) + 1;
        read.try_reserve_exact(size).map_err(|_| io::ErrorKind::OutOfMemory)?;
        read.extend_from_slice(self.0);
        from.read_to_end(&mut read)?;
        Ok(Cow::Owned(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_kept_side_by_side_and_what_does_not_goes_to_the_heap() {
        let mut place = [0; 10];
        let mut space = Space(&mut place);
        let one = space.read(&b"four"[..], 100, || 0).unwrap();
        let two = space.read(&b"12345678"[..], 100, || 0).unwrap();
        let cut = space.read(&b"12345678"[..], 3, || 0).unwrap();
        let none = space.read(&b""[..], 100, || 0).unwrap();
        assert!(matches!(one, Cow::Borrowed(b"four")), "{one:?}");
        assert!(matches!(&two, Cow::Owned(read) if read == b"12345678"), "{two:?}");
        assert!(matches!(cut, Cow::Borrowed(b"123")), "{cut:?}");
        assert!(matches!(none, Cow::Borrowed(b"")), "{none:?}");
    }

    #[test]
    fn an_end_just_at_the_end_is_found_on_the_heap() {
        let mut place = [0; 4];
        let mut space = Space(&mut place);
        let read = space.read(&b"four"[..], 100, || 4).unwrap();
        assert!(matches!(&read, Cow::Owned(read) if read == b"four"), "{read:?}");
    }
}
