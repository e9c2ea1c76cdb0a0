//! The server's side: the alert and the requests under way.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use triage_core::workflow::TagSet;

/// Number of a tag set: small to keep and to compare.
pub type Tags = u16;

/// Tag sets by number. Numbers are given in the order of first use.
#[derive(Default)]
pub struct Book(RwLock<Pages>);

#[derive(Default)]
struct Pages {
    sets: Vec<Arc<TagSet>>,
    numbers: HashMap<String, Tags>,
}

impl Book {
    /// Gives the number of a set.
    pub fn number(&self, tags: &TagSet) -> Tags {
        let mut parts: Vec<&str> = tags.iter().collect();
        parts.sort_unstable();
        let text = parts.join(",");
        if let Some(number) = self.0.read().unwrap().numbers.get(&text) {
            return *number;
        }
        let mut pages = self.0.write().unwrap();
        if let Some(number) = pages.numbers.get(&text) {
            return *number;
        }
        let number = Tags::try_from(pages.sets.len()).unwrap();
        pages.sets.push(Arc::new(TagSet::parse(&text)));
        pages.numbers.insert(text, number);
        number
    }

    /// Gives the set of a number.
    pub fn set(&self, number: Tags) -> Arc<TagSet> {
        Arc::clone(&self.0.read().unwrap().sets[usize::from(number)])
    }
}

/// What the note holds of ours: nothing, or the block of the worker with this number.
pub type Block = Option<u8>;

/// Added to a worker's number in the block that says that the alert was given up.
pub const GIVEN_UP: u8 = 100;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A claim with this nonce.
    Claim(u8),
    /// Tags and note of a result, or of an alert that is given up.
    Result(u8),
    /// The tags of a finished alert put right.
    Tidy,
    /// The claim with this nonce, said not to count.
    Excuse(u8),
    /// A claim given back, which the protocol never does.
    GiveBack,
}

/// How far the server is with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Somewhere between the worker and the server's SELECT.
    Queued,
    /// The server has read the alert; it writes the columns that differ from this.
    Read { tags: Tags, block: Block },
    /// Committed; the answer is on its way.
    Written,
}

/// A request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request {
    pub from: u8,
    pub kind: Kind,
    pub tags: Tags,
    pub stage: Stage,
    /// Ticks since it was sent; counted only where the server's time is bounded.
    pub age: u8,
}

impl Request {
    /// Says whether the assumption about the server's time is about this request.
    pub fn is_bounded(&self) -> bool {
        !matches!(self.kind, Kind::Claim(_) | Kind::Excuse(_)) && self.stage != Stage::Written
    }
}

/// The two columns that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alert {
    pub tags: Tags,
    pub block: Block,
}

impl Alert {
    /// Writes as IRIS does: only columns whose new value differs from the one read at the start of the request.
    pub fn commit(&mut self, request: &Request, read_tags: Tags, read_block: Block) {
        if request.tags != read_tags {
            self.tags = request.tags;
        }
        if let Kind::Result(block) = request.kind
            && Some(block) != read_block
        {
            self.block = Some(block);
        }
    }
}
