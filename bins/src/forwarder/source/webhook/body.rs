//! The findings in a body: one, a list, one a line, or wrapped as `OpenSearch` wraps them.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::text::{beginnings, elements, first_object, objects, parts, plain, readable};

/// How deep findings may stand in what wraps them.
const DEEPEST: usize = 32;
/// Most findings of one body.
const MOST: usize = 10_000;
/// How often a broken text is gone through in search of findings, however many lines of it begin an object.
const LOOKS: usize = 16;

/// Why a body is refused, without its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotFindings {
    #[error("the body is empty")]
    Empty,
    #[error("the body is {0}: send JSON in UTF-8, as it is")]
    Encoded(&'static str),
    #[error("the body is neither JSON nor one JSON object a line (line {line})")]
    NotJson { line: usize },
    #[error(
        "there is no finding in the body: a finding has `wazuh`, or `rule` with `id` or `level`, or stands in `_source`, in a list, or in \
         `hits`, `alerts`, `sample_documents`"
    )]
    None,
    #[error("there are more than {MOST} findings in the body: send fewer at once")]
    TooMany,
}

/// Finds every finding, each as the bytes that are stored.
///
/// What stands where a finding should, among others that are, is stored as it is: the sender is told once, for all of them. So is what
/// names a finding and is no JSON: one bad byte must not hide an alert, and its sender has shown the token. Nor may it hide others: those
/// that begin a line behind it are found.
pub(super) fn findings(body: &[u8]) -> Result<Vec<Vec<u8>>, NotFindings> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body).trim_ascii();
    if body.is_empty() {
        return Err(NotFindings::Empty);
    }
    if let Some(encoding) = encoding(body) {
        return Err(NotFindings::Encoded(encoding));
    }
    let mut found = Found::default();
    let mut bad_line = None;
    if let Some(text) = readable(body) {
        found.collect(&text, 0)?;
    } else {
        for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if says_nothing(line) {
                continue;
            }
            let mut own = Found::default();
            if let Some(text) = readable(line).or_else(|| elements(line)) {
                own.collect(&text, 0)?;
            } else {
                own.one_by_one(line)?;
                bad_line.get_or_insert(at + 1);
            }
            if own.findings > 0 {
                found.append(own)?;
            } else {
                found.text(line)?;
            }
        }
    }
    if found.findings > 0 {
        return Ok(found.stored);
    }
    let Some(line) = bad_line else {
        return Err(NotFindings::None);
    };
    // One behind the other they may take several lines each.
    let mut several = Found::default();
    several.one_by_one(body)?;
    if several.findings > 0 {
        return Ok(several.stored);
    }
    if looks_like_json(body) && names_a_finding(body) {
        let begins_one = |line: &[u8]| {
            let around = line.iter().take_while(|byte| b"[, \t".contains(byte)).count();
            line[around..].starts_with(b"{")
        };
        let mut lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let is_one_a_line = lines.all(|line| says_nothing(line) || begins_one(line));
        return Ok(if is_one_a_line { found.stored } else { several.stored });
    }
    Err(NotFindings::NotJson { line })
}

/// What only closes, or lists.
fn says_nothing(line: &[u8]) -> bool {
    line.iter().all(|byte| b"[]}, \t\r\n".contains(byte))
}

/// What no JSON begins with, where its beginning says what it is.
fn encoding(body: &[u8]) -> Option<&'static str> {
    match *body {
        [0x1f, 0x8b, ..] => Some("packed (gzip)"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("packed (zstd)"),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("in UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'{' | b'[', ..] | [b'{' | b'[', 0, ..] => Some("in UTF-16"),
        _ => None,
    }
}

/// What is to be stored, in its order.
#[derive(Debug, Default)]
struct Found {
    stored: Vec<Vec<u8>>,
    /// How many of these are findings.
    findings: usize,
}

impl Found {
    fn finding(&mut self, bytes: Vec<u8>) -> Result<(), NotFindings> {
        self.findings += 1;
        self.other(bytes)
    }

    fn other(&mut self, bytes: Vec<u8>) -> Result<(), NotFindings> {
        if self.stored.len() == MOST {
            return Err(NotFindings::TooMany);
        }
        self.stored.push(bytes);
        Ok(())
    }

    fn append(&mut self, other: Self) -> Result<(), NotFindings> {
        self.findings += other.findings;
        other.stored.into_iter().try_for_each(|bytes| self.other(bytes))
    }

    /// Looks into objects that stand one behind the other, and into what follows the last that can be read.
    fn one_by_one(&mut self, text: &[u8]) -> Result<(), NotFindings> {
        let (objects, rest) = objects(text);
        for object in objects {
            let mut own = Self::default();
            own.collect(&object, 0)?;
            if own.findings == 0 {
                own = Self::default();
                own.other(object.into_owned())?;
            }
            self.append(own)?;
        }
        self.broken(rest)
    }

    /// Takes the findings that begin a line of a text that itself begins with something broken, and the rest as texts: one from each line
    /// on that begins an object no deeper than the first.
    fn broken(&mut self, text: &[u8]) -> Result<(), NotFindings> {
        let begins = beginnings(text);
        let Some(&(_, least)) = begins.first() else {
            return self.text(text);
        };
        let mut looks = text.len().saturating_mul(LOOKS);
        // Up to where all is stored.
        let mut done = 0;
        for (number, &(begin, depth)) in begins.iter().enumerate() {
            if begin < done {
                continue;
            }
            let next = begins[number + 1..].iter().find(|(_, next)| *next <= depth);
            let end = next.map_or(text.len(), |(next, _)| *next);
            let mut own = Self::default();
            let mut behind = begin;
            // It begins with what could not be read.
            if begin > 0 && end - begin <= looks {
                looks -= end - begin;
                if let Some((length, object)) = first_object(&text[begin..end]) {
                    own.collect(&object, 0)?;
                    behind += length;
                }
            }
            if own.findings > 0 || depth <= least {
                self.text(&text[done..begin])?;
                done = begin;
            }
            if own.findings > 0 {
                self.append(own)?;
                done = behind;
            }
        }
        self.text(&text[done..])
    }

    /// A text that is no JSON, as one: what begins a secret in it and what ends it must be masked together.
    fn text(&mut self, text: &[u8]) -> Result<(), NotFindings> {
        if says_nothing(text) {
            return Ok(());
        }
        self.other(text.trim_ascii().to_vec())
    }

    /// Looks into a JSON text that can be read.
    fn collect(&mut self, text: &[u8], depth: usize) -> Result<(), NotFindings> {
        match text.first() {
            // Whoever sent that meant something by it.
            Some(b'{' | b'[') if depth >= DEEPEST && names_a_finding(text) => self.other(text.to_vec()),
            Some(b'{') if depth < DEEPEST => self.object(text, depth),
            Some(b'[') if depth < DEEPEST => self.list(text, depth),
            Some(b'"') => {
                // A template may have put a document in as text.
                let text = plain(text);
                if !looks_like_json(&text) {
                    return Ok(());
                }
                match readable(text.trim_ascii()) {
                    Some(inner) => self.collect(&inner, depth + 1),
                    None => self.other(text.into_owned()),
                }
            }
            _ => Ok(()),
        }
    }

    /// A finding, or what wraps some. A monitor has a rule, too, and what sends for a manager names it: if there are findings in
    /// what it lists, these are meant.
    fn object(&mut self, text: &[u8], depth: usize) -> Result<(), NotFindings> {
        let fields = parts(text);
        let form = Form::of(&fields);
        // What makes it a finding is none beside it.
        let is_own = |key: &[u8]| form != Form::Wrapper && (key == b"rule" || key == b"wazuh");
        let (listed, others): (Vec<_>, Vec<_>) =
            fields
                .iter()
                .filter(|(key, _)| !is_own(key))
                .partition(|(key, value)| match form {
                    // A list of its own, of tags for one, holds what somebody wrote into a log.
                    Form::Finding => wraps(key),
                    // What it tells of, be it as text, is none beside it.
                    Form::Perhaps => wraps(key) || value.starts_with(b"[") || Form::of(&parts(value)) == Form::Finding,
                    Form::Wrapper => true,
                });
        let mut within = Self::default();
        for (_, value) in listed {
            within.collect(value, depth + 1)?;
        }
        if within.findings == 0 && form != Form::Wrapper {
            return self.finding(text.to_vec());
        }
        // Nothing else is stored of it then.
        for (_, value) in others {
            within.collect(value, depth + 1)?;
        }
        self.append(within)
    }

    /// In a list with findings everything was meant to be one.
    fn list(&mut self, text: &[u8], depth: usize) -> Result<(), NotFindings> {
        let items = parts(text);
        let mut each = Vec::new();
        for (_, item) in &items {
            let mut own = Self::default();
            own.collect(item, depth + 1)?;
            each.push(own);
        }
        let any = each.iter().any(|own| own.findings > 0);
        for ((_, item), own) in items.iter().zip(each) {
            if own.stored.is_empty() && any && !is_empty(item) {
                self.other(plain(item).into_owned())?;
            }
            self.append(own)?;
        }
        Ok(())
    }
}

/// What an object is by its own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Finding,
    /// A finding, unless it wraps some.
    Perhaps,
    Wrapper,
}

impl Form {
    fn of(fields: &[(Cow<'_, [u8]>, &[u8])]) -> Self {
        let mut form = Self::Wrapper;
        for (key, value) in fields.iter().filter(|(_, value)| value.starts_with(b"{")) {
            let has = |names: &[&[u8]]| parts(value).iter().any(|(key, _)| names.contains(&&**key));
            match &**key {
                b"_source" => return Self::Finding,
                b"wazuh" if has(&[b"rule"]) => return Self::Finding,
                b"rule" if has(&[b"id", b"level"]) => return Self::Finding,
                b"wazuh" => form = Self::Perhaps,
                _ => {}
            }
        }
        form
    }
}

/// Whether what looks like a finding may hold others in this field, so that it is none itself: Wazuh writes no field of such a name.
fn wraps(key: &[u8]) -> bool {
    let names: [&[u8]; 4] = [b"hits", b"alerts", b"sample_documents", b"ctx"];
    names.contains(&key)
}

fn names_a_finding(text: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"_source", b"wazuh", b"rule"];
    names.iter().any(|name| memchr::memmem::find(text, name).is_some())
}

fn looks_like_json(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let within = |rest: &[u8]| matches!(rest.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'));
    // A log line may begin with a bracket too.
    text.starts_with(b"{") || text.strip_prefix(b"[").is_some_and(within)
}

fn is_empty(text: &[u8]) -> bool {
    match text.first() {
        Some(b'"') => plain(text).trim_ascii().is_empty(),
        Some(b'{' | b'[') => parts(text).is_empty(),
        _ => text == b"null",
    }
}
