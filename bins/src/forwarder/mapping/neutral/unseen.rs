//! Characters that nobody sees, by their names: a name that holds one is not the name that it looks like.

use std::fmt::Write;
use std::ops::Range;

/// Most of a run that are named one by one.
const NAMED: usize = 3;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 40;

/// Writes what a text begins with that nobody sees, and gives the rest.
pub(super) fn told<'t>(text: &'t str, out: &mut String) -> &'t str {
    let end = text.find(|c| !is_unseen(c)).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    let mut unseen = run.chars();
    for c in unseen.by_ref().take(NAMED) {
        let _ = write!(out, "‹U+{:04X}›", u32::from(c));
    }
    // Were each named, a run of them would push out what comes after it.
    match unseen.count() {
        0 => {}
        more => {
            let _ = write!(out, "‹{more} more unseen›");
        }
    }
    rest
}

/// Where the name stands that a place in a text lies in the middle of, if it does.
pub(super) fn name_around(text: &str, at: usize) -> Option<Range<usize>> {
    let window = text.floor_char_boundary(at.saturating_sub(LONGEST_NAME));
    let start = window + text[window..at].rfind('‹')?;
    let inner = &text[start + '‹'.len_utf8()..];
    let inner = &inner[..inner.find('›').filter(|length| *length < LONGEST_NAME)?];
    let end = start + '‹'.len_utf8() + inner.len() + '›'.len_utf8();
    let is_name = inner.starts_with("U+") || inner.ends_with(" more unseen");
    (is_name && at < end).then_some(start..end)
}

/// Control, direction-changing, zero-width, tag and private-use characters: they change what a person sees. White space is none.
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}
