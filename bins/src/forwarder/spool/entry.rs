//! One stored alert: its bytes, where they are to go, and when they came.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crc::{CRC_32_ISCSI, Crc, Table};

use super::DestinationId;

const MAGIC: [u8; 4] = *b"WIRS";
const VERSION: u8 = 1;
/// What stands before the bytes, in bytes.
pub(super) const HEADER: usize = 48;
const NOT_AN_ALERT: u8 = 1;
const CUT: u8 = 2;
const KNOWN_BY_TEXT: u8 = 4;

/// A small table: it is read from a cold cache once per hook, where a larger one costs more page faults than it saves.
static CHECKSUM: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISCSI);

/// An alert as the hook got it.
///
/// On disk: magic `WIRS`, version, flags, two zero bytes, checksum (CRC-32C of all that follows), four zero bytes, length,
/// time of arrival in microseconds since 1970, destination (16 bytes), then the bytes. Numbers are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<B = Vec<u8>> {
    destination: DestinationId,
    received_us: u64,
    flags: u8,
    bytes: B,
}

/// Why a file is not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Shorter than its header says: a write was cut short.
    #[error("it is cut short: {have} of {want} bytes")]
    Short {
        /// Bytes there.
        have: usize,
        /// Bytes that should be there.
        want: usize,
    },
    /// Not written by this program.
    #[error("it is not a file of this spool")]
    Foreign,
    /// Written by a newer program.
    #[error("it has version {0}, which this program does not know")]
    Version(u8),
    /// Changed on disk.
    #[error("its checksum does not match")]
    Checksum,
    /// Larger than anything that this program stores.
    #[error("it has {0} bytes, more than any entry")]
    TooLarge(u64),
}

impl<B> Entry<B> {
    /// An alert that has just come.
    pub fn new(destination: DestinationId, bytes: B) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            destination,
            received_us: u64::try_from(since.as_micros()).unwrap_or(u64::MAX),
            flags: 0,
            bytes,
        }
    }

    /// Marks it as something that is not one JSON object.
    #[must_use]
    pub fn not_an_alert(mut self, yes: bool) -> Self {
        self.flags = if yes {
            self.flags | NOT_AN_ALERT
        } else {
            self.flags & !NOT_AN_ALERT
        };
        self
    }

    /// Marks it as the beginning of something larger than the hook stores.
    #[must_use]
    pub fn cut(mut self, yes: bool) -> Self {
        self.flags = if yes { self.flags | CUT } else { self.flags & !CUT };
        self
    }

    /// Marks it as something that may come again: the same text is then the same thing, although it be no alert.
    #[must_use]
    pub fn known_by_text(mut self) -> Self {
        self.flags |= KNOWN_BY_TEXT;
        self
    }

    /// Where it is to go.
    pub fn destination(&self) -> DestinationId {
        self.destination
    }

    /// When it came, in microseconds since 1970.
    pub fn received_us(&self) -> u64 {
        self.received_us
    }

    /// When it came.
    pub fn received(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.received_us)
    }

    /// Whether more was there than the hook stores.
    pub fn is_cut(&self) -> bool {
        self.flags & CUT != 0
    }

    /// Whether the same text is the same thing, although it be no alert.
    pub fn is_known_by_text(&self) -> bool {
        self.flags & KNOWN_BY_TEXT != 0
    }

    /// The bytes as they came, without the rest.
    pub fn into_bytes(self) -> B {
        self.bytes
    }
}

impl<B: AsRef<[u8]>> Entry<B> {
    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// The same entry, for who only looks at the bytes.
    pub(super) fn borrowed(&self) -> Entry<&[u8]> {
        Entry {
            destination: self.destination,
            received_us: self.received_us,
            flags: self.flags,
            bytes: self.bytes(),
        }
    }
}

impl Entry<&[u8]> {
    pub(super) fn header(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&MAGIC);
        header[4] = VERSION;
        header[5] = self.flags;
        header[16..24].copy_from_slice(&(self.bytes.len() as u64).to_le_bytes());
        header[24..32].copy_from_slice(&self.received_us.to_le_bytes());
        header[32..48].copy_from_slice(self.destination.as_bytes());
        let sum = checksum(&header, self.bytes);
        header[8..12].copy_from_slice(&sum.to_le_bytes());
        header
    }
}

impl Entry {
    /// The largest file, in bytes: no source brings a larger alert.
    pub(super) const LARGEST: u64 = crate::settings::LARGEST_FINDING + HEADER as u64;

    /// Reads the entry at the beginning of these bytes, whatever stands behind it.
    pub(super) fn decode_first(bytes: &[u8]) -> Result<Self, Unreadable> {
        let length = bytes.first_chunk::<HEADER>().map(|header| {
            let length = u64::from_le_bytes(std::array::from_fn(|i| header[16 + i]));
            usize::try_from(length).unwrap_or(usize::MAX).saturating_add(HEADER)
        });
        Self::decode(&bytes[..length.map_or(bytes.len(), |length| length.min(bytes.len()))])
    }

    /// Reads a whole file.
    pub fn decode(file: &[u8]) -> Result<Self, Unreadable> {
        let short = Unreadable::Short {
            have: file.len(),
            want: HEADER,
        };
        let (header, bytes) = file.split_first_chunk::<HEADER>().ok_or(short)?;
        if header[..4] != MAGIC {
            return Err(Unreadable::Foreign);
        }
        if header[4] != VERSION {
            return Err(Unreadable::Version(header[4]));
        }
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| header[at + i]));
        let want = usize::try_from(word(16)).unwrap_or(usize::MAX);
        if bytes.len() < want {
            return Err(Unreadable::Short {
                have: file.len(),
                want: want.saturating_add(HEADER),
            });
        }
        let stored = u32::from_le_bytes(std::array::from_fn(|i| header[8 + i]));
        if bytes.len() != want || header[12..16] != [0; 4] || checksum(header, bytes) != stored {
            return Err(Unreadable::Checksum);
        }
        Ok(Self {
            destination: DestinationId::from_bytes(std::array::from_fn(|i| header[32 + i])),
            received_us: word(24),
            flags: header[5],
            bytes: bytes.to_vec(),
        })
    }
}

/// Over the flags and everything behind the checksum.
fn checksum(header: &[u8; HEADER], bytes: &[u8]) -> u32 {
    let mut digest = CHECKSUM.digest();
    digest.update(&header[4..8]);
    digest.update(&header[16..]);
    digest.update(bytes);
    digest.finalize()
}
