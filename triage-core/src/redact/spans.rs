//! Places in a text that hold a secret, and how they are masked.

use super::cut;

/// How every mask begins; `kind]` follows.
pub(super) const MASK: &str = "[REDACTED:";

/// What a masked place held: a name of ours, or the index of a user's pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    BuiltIn(&'static str),
    User(usize),
}

/// A place that holds a secret, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

impl Span {
    pub(super) fn new(start: usize, end: usize, kind: &'static str) -> Self {
        Self {
            start,
            end,
            kind: Kind::BuiltIn(kind),
        }
    }
}

/// Sorts, unites what overlaps, and takes out what is masked or cut already: there is never a mask inside a mask.
pub(super) fn unite(text: &str, mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.start < span.end && span.end <= text.len());
    spans.sort_by_key(|span| (span.start, usize::MAX - span.end));
    let mut united: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match united.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => united.push(span),
        }
    }
    if united.is_empty() || !text.contains(MASK) && !text.contains(cut::CUT) {
        return united;
    }
    let masks = marks(text);
    let mut out = Vec::with_capacity(united.len());
    let mut next = 0;
    for span in united {
        while next < masks.len() && masks[next].1 <= span.start {
            next += 1;
        }
        let (mut start, mut at) = (span.start, next);
        while at < masks.len() && masks[at].0 < span.end {
            out.push(Span {
                end: masks[at].0.max(start),
                start,
                ..span
            });
            start = masks[at].1.min(span.end).max(start);
            at += 1;
        }
        out.push(Span { start, ..span });
    }
    // What is left between two masks is punctuation of the syntax, not a secret.
    out.retain(|span| {
        text.get(span.start..span.end)
            .is_some_and(|rest| rest.chars().any(char::is_alphanumeric))
    });
    out
}

/// Writes the text with every place masked. The places must come from [`unite`].
pub(super) fn apply(text: &str, spans: &[Span], name: impl Fn(Kind) -> String) -> String {
    let mut out = String::with_capacity(text.len() + spans.len() * 16);
    let mut from = 0;
    for span in spans {
        let (start, end) = (floor(text, span.start).max(from), ceil(text, span.end).max(from));
        out.push_str(&text[from..start]);
        out.push_str(MASK);
        out.push_str(&name(span.kind));
        out.push(']');
        from = end;
    }
    out.push_str(&text[from..]);
    out
}

// Places of the masks and of the names of cuts, in order.
fn marks(text: &str) -> Vec<(usize, usize)> {
    let mut marks = masks(text);
    marks.extend(cut::cuts(text).into_iter().map(|(start, end, _)| (start, end)));
    marks.sort_unstable();
    marks
}

/// Places of the masks that a text holds already.
pub(super) fn masks(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices(MASK) {
        let name = text.as_bytes()[start + MASK.len()..].iter().take(48);
        let length = name
            .take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || **b == b'-')
            .count();
        let end = start + MASK.len() + length;
        if text.as_bytes().get(end) == Some(&b']') && length > 0 {
            found.push((start, end + 1));
        }
    }
    found
}

/// Says whether nothing but masks is left of a value.
pub(super) fn is_masked(value: &str) -> bool {
    let masks = masks(value);
    let mut from = 0;
    let mut rest = masks.iter().map(|&(start, end)| {
        let between = &value[from..start];
        from = end;
        between
    });
    !masks.is_empty() && !rest.any(is_said) && !is_said(&value[from..])
}

fn is_said(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Says whether a mask, or another mark of ours, stands at this place.
pub(super) fn starts_with_mask(text: &str) -> bool {
    text.starts_with(MASK) || text.starts_with(cut::CUT) || text.starts_with("[DECODED:")
}

pub(super) fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

pub(super) fn ceil(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_places_become_one_mask_and_a_mask_is_never_masked() {
        let text = "a secret b";
        let spans = unite(text, vec![Span::new(2, 6, "x"), Span::new(4, 8, "y")]);
        let once = apply(text, &spans, |_| "x".into());
        assert_eq!(once, "a [REDACTED:x] b");
        assert!(
            unite(&once, vec![Span::new(0, 14, "x")])
                .iter()
                .all(|span| span.end <= 2)
        );
        assert_eq!(unite(&once, vec![Span::new(4, 9, "x"), Span::new(2, 14, "x")]), vec![]);
    }

    #[test]
    fn the_name_of_a_cut_is_never_masked_and_what_stands_round_it_is() {
        let text = "user e [cut 3,120] BB";
        let only = |start, end| unite(text, vec![Span::new(start, end, "x")]);
        assert_eq!(only(7, 11), vec![]);
        assert_eq!(only(12, 18), vec![]);
        assert_eq!(only(5, 21), vec![Span::new(5, 7, "x"), Span::new(18, 21, "x")]);
    }
}
