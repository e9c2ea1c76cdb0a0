//! One function per place in IRIS: what an attacker wrote arrives as text and nothing else.
//!
//! IRIS 2.4 puts titles, tags, asset names, IOC values and links into HTML attributes without escaping quotation marks, and
//! descriptions and old values of every changed field into `innerHTML`. The characters that would matter there are replaced by
//! look-alikes, and what nobody would see is named; the untouched alert stands in `alert_source_content` only.

mod reference;
mod unseen;

use std::borrow::Cow;

/// The longest title and source ref, in bytes: an index of IRIS refuses rows above about 2,690.
const LONGEST_INDEXED: usize = 2000;

/// The longest text of several lines, in bytes; most have a tenth of it.
const LONGEST_TEXT: usize = 40_000;

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 64;

/// One line of text, for titles, names and context values, short enough for the indexes of IRIS.
pub(super) fn line(text: &str) -> String {
    let mut line = neutralised(text.trim_start(), LONGEST_INDEXED, |c| {
        if c.is_whitespace() { Some(' ') } else { look_alike(c) }
    });
    line.truncate(line.trim_end().len());
    shortened(line, LONGEST_INDEXED)
}

/// Text of several lines, for the description.
pub(super) fn text(text: &str) -> String {
    // Line ends of Windows first: what is left of `\r` stands alone.
    let text = if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let made = neutralised(&text, LONGEST_TEXT, |c| match c {
        '\n' => Some('\n'),
        c if c.is_whitespace() => Some(' '),
        c => look_alike(c),
    });
    shortened(made, LONGEST_TEXT)
}

/// The text with each character as it may be shown, as far as it fits and a little further: whatever is named grows. Most of a text
/// needs no look.
fn neutralised(text: &str, most: usize, replace: impl Fn(char) -> Option<char>) -> String {
    let mut made = String::with_capacity(text.len().min(most));
    let mut rest = text;
    while made.len() <= most {
        let room = rest.len().min(most + 1 - made.len());
        let plain = plain_length(&rest.as_bytes()[..room]);
        made.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let Some(c) = rest.chars().next().filter(|_| plain < room) else {
            break;
        };
        let after = &rest[c.len_utf8()..];
        rest = match replace(c) {
            Some('&') if reference::begins(after) => {
                made.push('＆');
                after
            }
            Some(c) => {
                made.push(c);
                after
            }
            // It chooses between forms of a picture, or joins two: that changes no word.
            None if matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{200d}') && is_picture(made.chars().next_back()) => after,
            None => unseen::told(rest, &mut made),
        };
    }
    made
}

/// How many bytes at the beginning need no look. Sixteen at a time, of which a processor makes a few steps.
fn plain_length(bytes: &[u8]) -> usize {
    const STEP: usize = 16;
    let steps = bytes.chunks_exact(STEP);
    let are_plain = |step: &&[u8]| step.iter().fold(true, |plain, byte| plain & is_plain(*byte));
    let length = steps.take_while(are_plain).count() * STEP;
    let rest = bytes[length..].iter().take_while(|byte| is_plain(**byte));
    length + rest.count()
}

/// All of ASCII that can be seen but `"&'<>` and the backtick.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches many are looked at in one step"
)]
fn is_plain(byte: u8) -> bool {
    (byte.wrapping_sub(b' ') <= b'~' - b' ')
        & (byte != b'"')
        & (byte != b'&')
        & (byte != b'\'')
        & (byte != b'<')
        & (byte != b'>')
        & (byte != b'`')
}

fn is_picture(before: Option<char>) -> bool {
    before.is_some_and(|c| matches!(c, '\u{a9}' | '\u{ae}' | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}'))
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

/// An IOC value: `None` when neutralising would make another indicator of it. An `&` stays: to change one makes another address.
pub(super) fn indicator(value: &str) -> Option<String> {
    let same = |c: char| look_alike(c) == Some(c) && (c == ' ' || !c.is_whitespace());
    let is_whole = !value.is_empty() && value.len() <= LONGEST_INDEXED && value.trim() == value;
    (is_whole && value.chars().all(same)).then(|| value.to_owned())
}

/// At most so many bytes, cut between characters, with a sign that it is cut.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(most.saturating_sub('…'.len_utf8()));
    // What nobody sees has its whole name or none.
    let end = unseen::name_around(text, end).map_or(end, |name| name.start);
    Cow::Owned(format!("{}…", &text[..end]))
}

/// The end of a text, at most so many bytes of it: of a path it says most.
pub(super) fn cut_in_front(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let from = text.ceil_char_boundary(text.len() - most.saturating_sub('…'.len_utf8()));
    let from = unseen::name_around(text, from).map_or(from, |name| name.end);
    Cow::Owned(format!("…{}", &text[from..]))
}

/// The same of a text of one's own.
pub(super) fn shortened(text: String, most: usize) -> String {
    match cut(&text, most) {
        Cow::Owned(short) => short,
        Cow::Borrowed(_) => text,
    }
}

/// The character itself or a look-alike; `None` for one that nobody sees.
fn look_alike(c: char) -> Option<char> {
    match c {
        '<' => Some('‹'),
        '>' => Some('›'),
        '"' => Some('″'),
        '\'' => Some('′'),
        '`' => Some('‵'),
        c if unseen::is_unseen(c) => None,
        c => Some(c),
    }
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
            for made in [line(hostile), text(hostile)] {
                assert!(!made.contains(['<', '>', '"', '\'', '`']), "{made}");
            }
        }
    }

    #[test]
    fn what_a_browser_would_decode_is_shown_as_it_was_written_and_every_other_ampersand_stays() {
        for (written, shown) in [
            ("x &#x202e;gnp.exe &#60;b&#62;", "x ＆#x202e;gnp.exe ＆#60;b＆#62;"),
            ("/x?a=1&copy=2&region=eu&id=3", "/x?a=1＆copy=2＆region=eu&id=3"),
            ("&&#60 &amp;lt;", "&＆#60 ＆amp;lt;"),
            ("a && b & c&d &; &# &#; &#x; &b;", "a && b & c&d &; &# &#; &#x; &b;"),
            (
                "&\u{200b}#60; &\u{fe0f}#60; &\0lt;",
                "&‹U+200B›#60; &‹U+FE0F›#60; &‹U+0000›lt;",
            ),
        ] {
            assert_eq!(line(written), shown);
            assert_eq!(text(written), shown);
        }
        let url = "http://evil.example/?a=1&copy=2&#60;";
        assert_eq!(indicator(url).as_deref(), Some(url));
    }

    #[test]
    fn what_nobody_sees_is_named_and_a_long_run_of_it_hides_nothing() {
        for (written, shown) in [
            ("ro\u{200b}ot", "ro‹U+200B›ot"),
            ("inv\u{202e}fdp.exe", "inv‹U+202E›fdp.exe"),
            ("so\u{ad}ft\u{e0041}", "so‹U+00AD›ft‹U+E0041›"),
            ("ro\0ot\u{1b}[31m", "ro‹U+0000›ot‹U+001B›[31m"),
            (
                "\u{2764}\u{fe0f} \u{1f468}\u{200d}\u{1f469} a\u{fe0f} n\u{303}\u{200d}",
                "\u{2764} \u{1f468}\u{1f469} a‹U+FE0F› n\u{303}‹U+200D›",
            ),
        ] {
            assert_eq!(line(written), shown);
            assert_eq!(text(written), shown);
            assert_eq!(line(shown), shown, "what is shown stays");
        }
        let hidden = "\u{200b}\u{200c}".repeat(50_000);
        let made = line(&format!("a{hidden}b"));
        assert_eq!(made, "a‹U+200B›‹U+200C›‹U+200B›‹99997 more unseen›b");
        let spread = "a\u{200b}".repeat(100_000);
        assert!(line(&spread).len() <= LONGEST_INDEXED && text(&spread).len() <= LONGEST_TEXT);
        for plain in [LONGEST_TEXT - 1, LONGEST_TEXT, LONGEST_TEXT + 1] {
            let made = text(&"a".repeat(plain));
            assert_eq!(
                (made.len(), made.ends_with('a')),
                (plain.min(LONGEST_TEXT), plain <= LONGEST_TEXT)
            );
        }
    }

    #[test]
    fn a_name_of_what_nobody_sees_is_never_cut_in_its_middle() {
        let text = "ab‹U+202E›cd‹97 more unseen›ef‹a";
        for most in 3..text.len() {
            for made in [cut(text, most), cut_in_front(text, most)] {
                let inner = made.replace("‹U+202E›", "").replace("‹97 more unseen›", "");
                assert!(made.len() <= most, "{most}: {made}");
                assert!(
                    inner.trim_end_matches("‹a").chars().all(|c| "abcdef…".contains(c)) || inner == "ab‹…",
                    "{most}: {made}"
                );
            }
        }
        assert_eq!(cut("ab‹U+202E›cd", 14), "ab…");
        assert_eq!(cut("a‹b and much more", 8), "a‹b…");
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
        let title = line(&"é".repeat(3000));
        assert!(title.len() <= LONGEST_INDEXED && title.ends_with('…'));
        let title = line(&format!("{}x", " ".repeat(3000)));
        assert_eq!(title, "x");
    }

    #[test]
    fn line_breaks_cannot_forge_a_line() {
        assert_eq!(line("a\u{2028}b\nc\rd"), "a b c d");
        assert_eq!(text("a\r\nb\u{85}c\rd"), "a\nb c d");
    }

    #[test]
    fn what_needs_no_look_ends_before_the_first_byte_that_needs_one_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let is_plain = (b' '..=b'~').contains(&byte) && !br#""&'<>`"#.contains(&byte);
            for at in 0..40 {
                let mut bytes = [b'a'; 40];
                bytes[at] = byte;
                assert_eq!(plain_length(&bytes), if is_plain { 40 } else { at }, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn an_indicator_is_passed_whole_or_not_at_all() {
        assert_eq!(indicator("203.0.113.9").as_deref(), Some("203.0.113.9"));
        assert_eq!(indicator("a b.exe").as_deref(), Some("a b.exe"));
        for changed in ["http://x/\"y", "a\u{200b}.exe", "a\tb", " a", ""] {
            assert_eq!(indicator(changed), None, "{changed}");
        }
    }
}
