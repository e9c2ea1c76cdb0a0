//! Which alerts are the same thing over again.

mod arguments;
mod cloud;
mod family;
mod fim;
mod line;
mod link;
mod machine;
mod mail;
mod mask;
mod mention;
mod named;
mod names;
mod news;
mod outcome;
mod payload;
mod pods;
mod session;
mod subject;
mod template;
mod temporary;
mod token;
mod told;
mod values;
mod varies;
mod whole;

use sha2::{Digest, Sha256};

use crate::actors::actors_by_names;
use crate::{Actors, Alert, address};

pub use family::Family;
pub use outcome::Outcome;
use template::template;
use varies::differs_each_time;

/// What stands for a field that the alert does not have. Such alerts are a group of their own.
const MISSING: &str = "∅";

/// Name of the part that holds all that an alert says, where it lacks a field.
const WHOLE: &str = "text";

/// Longest value in [`Fingerprint::parts`] and [`Fingerprint::distinct`], in bytes. The key is made of the whole values.
const MAX_VALUE: usize = 200;

/// What stands for the rest of a longer one, in bytes: `…`, and eight digits of a hash.
const MARK: usize = 11;

/// Says which alerts are the same thing over again: those with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fingerprint {
    /// Family that chose the parts.
    pub family: Family,
    /// Hash of the family and all parts: 16 hexadecimal digits, the same in every process and version that names the same parts.
    pub key: String,
    /// What the key is made of, as (name, value) for people; long values end in a hash here. `∅` is a field that the alert lacks.
    pub parts: Vec<(&'static str, String)>,
    /// What may differ between the same thing over again, and is news when it does: (name, value), such as `("user", "root")`.
    pub distinct: Vec<(&'static str, String)>,
    /// Whether what was tried worked, as far as the alert says. A success after failures is news.
    pub outcome: Option<Outcome>,
}

impl Fingerprint {
    /// Says whether the alert had every field that its family wants.
    pub fn is_complete(&self) -> bool {
        self.parts.iter().all(|(_, value)| value != MISSING)
    }

    /// Says whether alerts with this key are the same thing over again: they have every field that their family wants, or the key
    /// stands for all that they say. Others are safer not folded.
    pub fn is_certain(&self) -> bool {
        self.is_complete() || self.parts.iter().any(|(name, _)| *name == WHOLE)
    }
}

pub(crate) fn fingerprint(alert: &Alert) -> Fingerprint {
    let actors = actors_by_names(alert);
    let family = Family::of(alert, &actors);
    let mut template = template(family, alert, &actors);
    if template.parts.iter().any(|(_, value)| value == MISSING) {
        template.parts.extend(whole::whole(alert).map(|text| (WHOLE, text)));
    }
    Fingerprint {
        family,
        key: key(family, &template.parts),
        parts: short(template.parts),
        distinct: short(template.distinct),
        outcome: outcome::outcome(alert),
    }
}

/// A line of a log without what varies between the same thing over again: times, numbers of processes and the like. Addresses, accounts and
/// numbers that are names stand.
pub fn same_line(line: &str) -> String {
    mask::masked_line(line)
}

fn key(family: Family, parts: &[(&'static str, String)]) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        // The length first: no value can look like the end of one and the start of the next.
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    add(family.name());
    for (name, value) in parts {
        add(name);
        add(value);
    }
    hex::encode(&hash.finalize()[..8])
}

fn short(values: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    let cut = |(name, value): (&'static str, String)| {
        let head = crate::text::cut(&value, MAX_VALUE - MARK);
        if value.len() <= MAX_VALUE {
            return (name, value);
        }
        // What differs only behind the cut is news all the same.
        let rest = hex::encode(&Sha256::digest(&value)[..4]);
        (name, format!("{head}…{rest}"))
    };
    values.into_iter().map(cut).collect()
}

/// Gives the acting person, else whoever is named first.
fn principal(actors: &Actors<'_>) -> Option<String> {
    actors.user().map(|user| user.name.to_string())
}

fn source(actors: &Actors<'_>) -> Option<String> {
    let end = actors.sources.first()?;
    end.ip
        .as_deref()
        .map(same_address)
        .or_else(|| end.host.as_deref().map(same_name))
}

/// An address in one form: `::ffff:203.0.113.9` and `203.0.113.9` are one machine.
fn same_address(text: &str) -> String {
    address::parse(text).map_or_else(|| text.to_owned(), |(ip, _)| ip.to_string())
}

/// A name of a machine in one form: case and the dot at the end say nothing.
fn same_name(name: &str) -> String {
    name.trim().trim_end_matches('.').to_lowercase()
}
