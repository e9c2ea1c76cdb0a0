//! One function per place in IRIS: what an attacker wrote arrives as text and nothing else.
//!
//! IRIS 2.4 puts titles, tags, asset names, IOC values and links into HTML attributes without escaping quotation marks, and
//! descriptions and old values of every changed field into `innerHTML`. The characters that would matter there are replaced by
//! look-alikes; the untouched alert stands in `alert_source_content` only.

use std::borrow::Cow;

/// The longest title and source ref, in bytes: an index of IRIS refuses rows above about 2,690.
const LONGEST_INDEXED: usize = 2000;

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 64;

/// One line of text, for titles, names and context values.
pub(super) fn line(text: &str) -> String {
    let mut line = neutralised(text, |c| if c.is_whitespace() { Some(' ') } else { harmless(c) });
    line.truncate(line.trim_end().len());
    line.drain(..line.len() - line.trim_start().len());
    line
}

/// Text of several lines, for the description.
pub(super) fn text(text: &str) -> String {
    // Line ends of Windows first: what is left of `\r` stands alone.
    let text = if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    };
    neutralised(&text, |c| match c {
        '\n' => Some('\n'),
        c if c.is_whitespace() => Some(' '),
        c => harmless(c),
    })
}

/// The text with each character replaced or left out, except for those that need no look: most of a text is made of them.
fn neutralised(text: &str, replace: impl Fn(char) -> Option<char>) -> String {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !b"<>\"'`".contains(byte);
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let plain = rest.bytes().position(|byte| !is_plain(&byte)).unwrap_or(rest.len());
        made.push_str(&rest[..plain]);
        let mut others = rest[plain..].chars();
        let Some(c) = others.next() else { return made };
        made.extend(replace(c));
        rest = others.as_str();
    }
}

/// One line, short enough for the indexes of IRIS.
pub(super) fn indexed(text: &str) -> String {
    shortened(line(text), LONGEST_INDEXED)
}

/// A tag: `[a-z0-9._:-]`, at most 64 bytes; `None` when nothing is left.
pub(super) fn tag(prefix: &str, value: &str) -> Option<String> {
    let mut tag = prefix.to_owned();
    let mut last = '-';
    for c in value.trim().chars().flat_map(char::to_lowercase) {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-') {
            c
        } else {
            '-'
        };
        // A run of what cannot be shown is one hyphen.
        if !(c == '-' && last == '-') {
            tag.push(c);
        }
        last = c;
    }
    // Only letters of one byte are left, so it may be cut anywhere; a sign that it is cut would be no letter of a tag.
    tag.truncate(LONGEST_TAG);
    tag.truncate(tag.trim_end_matches('-').len());
    (tag.len() > prefix.len()).then_some(tag)
}

/// An IOC value: `None` when neutralising would make another indicator of it.
pub(super) fn indicator(value: &str) -> Option<String> {
    let same = line(value);
    (same == value && !same.is_empty() && same.len() <= LONGEST_INDEXED).then_some(same)
}

/// At most so many bytes, cut between characters, with a sign that it is cut.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let room = most.saturating_sub('…'.len_utf8());
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(room)]))
}

/// The same of a text of one's own.
pub(super) fn shortened(text: String, most: usize) -> String {
    match cut(&text, most) {
        Cow::Owned(short) => short,
        Cow::Borrowed(_) => text,
    }
}

/// The character itself, a look-alike, or nothing.
fn harmless(c: char) -> Option<char> {
    match c {
        '<' => Some('‹'),
        '>' => Some('›'),
        '"' => Some('″'),
        '\'' => Some('′'),
        '`' => Some('‵'),
        c if is_invisible(c) => None,
        c => Some(c),
    }
}

/// Control, direction-changing, zero-width, tag and private-use characters: they change what a person sees.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_html_understands_is_left() {
        for hostile in [
            "x\" onmouseover=\"alert(1)\" y=\"",
            "<img src=x onerror=alert(1)>",
            "a`b'c",
            "</pre><script>",
        ] {
            for made in [line(hostile), text(hostile), indexed(hostile)] {
                assert!(!made.contains(['<', '>', '"', '\'', '`']), "{made}");
            }
        }
    }

    #[test]
    fn a_tag_holds_no_comma_blank_or_capital_and_is_never_empty() {
        assert_eq!(tag("agent-", "WS,FIN 042\"x").as_deref(), Some("agent-ws-fin-042-x"));
        assert_eq!(tag("agent-", " ,, "), None);
        assert_eq!(tag("mitre-", "T1059.001").as_deref(), Some("mitre-t1059.001"));
        let long = tag("agent-", &"long name ".repeat(20)).unwrap();
        assert!(long.len() <= LONGEST_TAG && !long.ends_with(['-', '…']), "{long}");
    }

    #[test]
    fn a_title_is_cut_between_characters_below_the_index_limit() {
        let title = indexed(&"é".repeat(3000));
        assert!(title.len() <= LONGEST_INDEXED && title.ends_with('…'));
    }

    #[test]
    fn direction_marks_and_line_breaks_cannot_forge_a_line() {
        assert_eq!(line("a\u{202e}b\nc\u{0}d"), "ab cd");
        assert_eq!(text("a\r\nb\u{1b}[31mc"), "a\nb[31mc");
    }

    #[test]
    fn an_indicator_is_passed_whole_or_not_at_all() {
        assert_eq!(indicator("203.0.113.9").as_deref(), Some("203.0.113.9"));
        assert_eq!(indicator("http://x/\"y"), None);
    }
}
