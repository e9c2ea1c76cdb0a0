//! The same text as others read it: carets of cmd taken out, percent and JSON escapes decoded, disarmed links armed again. What is found
//! there is masked here.

use super::spans::Span;
use crate::decode::hex_digit;
use crate::flags::look_alike;

/// Longest word of a command that is given word by word.
const LONGEST_ITEM: usize = 512;

/// How far before a `+` the name of its parameter is looked for, in bytes.
const LONGEST_PARAMETER: usize = 256;

/// A text as somebody else reads it, with the way back.
pub(super) struct View {
    text: String,
    // For every byte of `text`, and its end: where it comes from.
    origin: Vec<u32>,
}

impl View {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The place in the original of a place in this view.
    pub(super) fn back(&self, span: Span) -> Span {
        let at = |place: usize| self.origin.get(place).map_or(0, |&origin| origin as usize);
        Span {
            start: at(span.start),
            end: at(span.end),
            ..span
        }
    }
}

// At a byte: this many bytes are one other character, and NUL stands for nothing at all. `None`: as it is.
type Reading = fn(&str, usize) -> Option<(char, usize)>;

// Readings, the signs that one of them sees something at, and how often it is made of what it gave: escapes are nested, JSON in JSON in a
// log line, a link in a parameter of a link.
const READINGS: [(Reading, &str, usize); 4] = [
    (joined, "^`\"'", 1),
    (percent, "%+", 2),
    (unescaped, "\\", 3),
    (listed, "[({\"'a", 1),
];

/// Hands over every reading of a text that differs from the text, one after another: with the way back each takes five bytes a byte, and a
/// few live at once. There are never more than thirty, and each is no longer than the text.
pub(super) fn each(text: &str, found: &mut dyn FnMut(&View)) {
    if text.len() >= u32::MAX as usize {
        return;
    }
    // A list in JSON in JSON.
    let holds_list = text.contains("\\\"");
    for (reading, signs, rounds) in READINGS {
        if !holds_any(text, signs) {
            continue;
        }
        let mut last: Option<View> = None;
        for _ in 0..rounds {
            let view = match &last {
                Some(last) => nested(last, reading),
                None => read(text, reading),
            };
            let Some(view) = view else { break };
            let list = holds_list.then(|| nested(&view, listed)).flatten();
            for view in [Some(&view), list.as_ref()].into_iter().flatten() {
                found(view);
                // A link that nobody is to follow may stand in any of these.
                if holds_disarmed(&view.text)
                    && let Some(armed) = nested(view, disarmed)
                {
                    found(&armed);
                }
            }
            last = Some(view);
        }
    }
    if holds_disarmed(text) {
        read(text, disarmed).iter().for_each(&mut *found);
    }
    audited(text).iter().for_each(&mut *found);
    if text.contains('&')
        && let Some(view) = read(text, entity)
    {
        found(&view);
        if view.text.contains(COMMAND_END) {
            nested(&view, task).iter().for_each(&mut *found);
        }
    }
    if text.contains(COMMAND_END) {
        read(text, task).iter().for_each(&mut *found);
    }
    if !text.is_ascii() {
        read(text, latin).iter().for_each(&mut *found);
    }
}

// A quick look: most texts have none of the signs that a reading sees something in.
fn holds_any(text: &str, signs: &str) -> bool {
    text.bytes().any(|b| signs.as_bytes().contains(&b))
}

// A reading of a reading.
fn nested(view: &View, reading: Reading) -> Option<View> {
    let mut inner = read(&view.text, reading)?;
    let places = inner.origin.iter_mut();
    places.for_each(|place| *place = view.origin[*place as usize]);
    Some(inner)
}

// A reading says, at a byte: this many bytes are one other character. The character NUL stands for nothing at all.
fn read(text: &str, reading: Reading) -> Option<View> {
    let mut view = View {
        text: String::new(),
        origin: Vec::new(),
    };
    let (mut at, mut changed) = (0, false);
    while at < text.len() {
        let (c, length) = if let Some(found) = reading(text, at) {
            if !changed {
                view.text.push_str(&text[..at]);
                view.origin
                    .extend((0..at).filter_map(|place| u32::try_from(place).ok()));
                changed = true;
            }
            found
        } else {
            let c = text[at..].chars().next()?;
            if !changed {
                at += c.len_utf8();
                continue;
            }
            (c, c.len_utf8())
        };
        if c != '\0' {
            view.text.push(c);
            let origin = u32::try_from(at).ok()?;
            view.origin.extend(std::iter::repeat_n(origin, c.len_utf8()));
        }
        at += length;
    }
    if !changed {
        return None;
    }
    view.origin.push(u32::try_from(text.len()).ok()?);
    Some(view)
}

// `p^a^s^s`, `net^ user`, PowerShell's `pass`+backtick+`word`, `pa""ss`, `pa"s"s`, `'pass'+'word'`.
fn joined(text: &str, at: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let word = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let before = word(at.checked_sub(1).and_then(|at| bytes.get(at)));
    match bytes[at] {
        b'^' if word(bytes.get(at + 1)) && (before || at == 0 || matches!(bytes[at - 1], b' ' | b'/' | b'-')) => {
            Some(('\0', 1))
        }
        b'^' if before && matches!(bytes.get(at + 1), Some(b' ' | b'/' | b'-')) => Some(('\0', 1)),
        b'"' | b'\'' if before && bytes.get(at + 1) == Some(&bytes[at]) && word(bytes.get(at + 2)) => Some(('\0', 2)),
        quote @ (b'"' | b'\'')
            if before
                && bytes.get(at + 1) == Some(&b'+')
                && bytes.get(at + 2) == Some(&quote)
                && word(bytes.get(at + 3)) =>
        {
            Some(('\0', 3))
        }
        b'`' | b'"' | b'\'' if before && word(bytes.get(at + 1)) => Some(('\0', 1)),
        _ => None,
    }
}

// A command line given word by word: `["mysql", "-pX"]`, and `a0="mysql" a1="-pX"` of the Linux audit log.
fn listed(text: &str, at: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let quote = |b: &u8| matches!(b, b'"' | b'\'');
    match bytes[at] {
        b'[' if bytes.get(at + 1).is_some_and(quote) => Some((' ', 2)),
        b'(' | b'{' if bytes.get(at + 1).is_some_and(quote) && starts_program(&bytes[..at]) => Some((' ', 2)),
        first if quote(&first) => {
            let rest = &bytes[at + 1..];
            let blanks = |rest: &[u8]| rest.iter().take(8).take_while(|&&b| b == b' ').count();
            if matches!(rest.first(), Some(b']' | b',' | b')' | b'}')) {
                if !closes_item(&bytes[..at], first) {
                    return None;
                }
                let rest = &rest[1..];
                let skip = blanks(rest);
                return match bytes[at + 1] {
                    b']' | b')' | b'}' => Some((' ', 2)),
                    _ => (rest.get(skip) == Some(&first)).then_some((' ', skip + 3)),
                };
            }
            let skip = blanks(rest);
            let digits = rest
                .get(skip + 1..)?
                .iter()
                .take(3)
                .take_while(|b| b.is_ascii_digit())
                .count();
            (skip > 0 && rest[skip] == b'a' && digits > 0 && rest.get(skip + 1 + digits..)?.starts_with(b"=\""))
                .then_some((' ', skip + digits + 4))
        }
        b'a' if bytes[at..].starts_with(b"a0=\"") && at.checked_sub(1).is_none_or(|at| bytes[at] == b' ') => {
            Some((' ', 4))
        }
        _ => None,
    }
}

// `a0="mysql" a1=2D7044…` of the Linux audit log: words that hold blanks or quotes are written in hexadecimal. Each command is read
// as a line of words in quotes.
fn audited(text: &str) -> Option<View> {
    if !text.contains(" a1=") {
        return None;
    }
    let mut view = View {
        text: String::new(),
        origin: Vec::new(),
    };
    let push = |view: &mut View, piece: &str, from: usize, step: usize| {
        let places = (0..piece.len()).map_while(|at| u32::try_from(from + at * step).ok());
        view.origin.extend(places);
        view.text.push_str(piece);
    };
    let (mut at, mut decoded) = (0, false);
    while let Some(first) = text[at..].find("a0=") {
        at += first;
        while let Some(length) = argument(&text[at..]) {
            let start = at + length;
            let value = &text[start..];
            if let Some(inner) = value.strip_prefix('"') {
                let inner = &inner[..inner.find('"').unwrap_or(inner.len())];
                push(&mut view, "\"", start, 0);
                push(&mut view, inner, start + 1, 1);
                at = start + 1 + inner.len();
                push(&mut view, "\" ", at, 0);
                at += 1;
            } else {
                let word = &value[..value.find(char::is_whitespace).unwrap_or(value.len())];
                at = start + word.len();
                let plain = audit_word(word);
                decoded |= plain.is_some();
                push(&mut view, "\"", start, 0);
                match &plain {
                    Some(plain) => push(&mut view, plain, start, 2),
                    None => push(&mut view, word, start, 1),
                }
                push(&mut view, "\" ", at, 0);
            }
            at = (at + 1).min(text.len());
            if !text.is_char_boundary(at) {
                at = text.len();
            }
        }
        push(&mut view, "\n", at, 0);
        at = (at + 3).min(text.len());
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    view.origin.push(u32::try_from(text.len()).ok()?);
    decoded.then_some(view)
}

// How long `a12=` is at the start of a text.
fn argument(text: &str) -> Option<usize> {
    let digits = text
        .strip_prefix('a')?
        .bytes()
        .take(4)
        .take_while(u8::is_ascii_digit)
        .count();
    (digits > 0 && text[1 + digits..].starts_with('=')).then_some(digits + 2)
}

/// What a word of the audit log says that was written in hexadecimal.
pub(super) fn audit_word(word: &str) -> Option<String> {
    if word.len() < 4 || word.bytes().any(|b| !b.is_ascii_hexdigit() || b.is_ascii_lowercase()) {
        return None;
    }
    let plain = String::from_utf8(hex::decode(word).ok()?).ok()?;
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    (!plain.contains(odd)).then_some(plain)
}

// Whether the quote behind these bytes closes an item of a list: its opening quote follows `[` or `,`, not a name and a colon.
fn closes_item(before: &[u8], quote: u8) -> bool {
    let start = before.len().saturating_sub(LONGEST_ITEM);
    let Some(open) = before[start..].iter().rposition(|&b| b == quote) else {
        return false;
    };
    let lead = before[..start + open].trim_ascii_end();
    let opens = lead
        .strip_suffix(b"(")
        .or_else(|| lead.strip_suffix(b"{"))
        .is_some_and(starts_program);
    lead.ends_with(b"[") || lead.ends_with(b",") || opens
}

// `exec.Command("mysql", "-pX")`, `new String[]{"curl", "-u", "b:X"}`
fn starts_program(before: &[u8]) -> bool {
    [
        "[]",
        "command",
        "exec",
        "execute",
        "run",
        "popen",
        "spawn",
        "call",
        "processbuilder",
        "execvp",
        "execv",
        "execl",
    ]
    .iter()
    .any(|call| {
        before
            .len()
            .checked_sub(call.len())
            .is_some_and(|at| before[at..].eq_ignore_ascii_case(call.as_bytes()))
    })
}

// `pаsswоrd` with letters of other alphabets.
fn latin(text: &str, at: usize) -> Option<(char, usize)> {
    if text.as_bytes()[at].is_ascii() {
        return None;
    }
    let c = text[at..].chars().next()?;
    let upper = c.is_uppercase();
    let latin = look_alike(c.to_lowercase().next()?)?;
    Some((if upper { latin.to_ascii_uppercase() } else { latin }, c.len_utf8()))
}

/// What people put into brackets so that no program takes a link for one, with what it stands for.
const DISARMED: [(&str, char); 6] = [
    (".", '.'),
    (":", ':'),
    ("@", '@'),
    ("dot", '.'),
    ("colon", ':'),
    ("at", '@'),
];
/// The same with more than one sign in it: the brackets alone are taken out.
const DISARMED_SIGNS: [&str; 2] = ["://", "//"];

// A quick look: most texts have brackets, and few have one before such a sign.
fn holds_disarmed(text: &str) -> bool {
    let opens = |pair: &[u8]| {
        closing(pair[0]).is_some()
            && matches!(
                pair[1].to_ascii_lowercase(),
                b'.' | b':' | b'/' | b'@' | b'a' | b'c' | b'd'
            )
    };
    text.contains("//") && text.as_bytes().windows(2).any(opens)
}

// `hxxp[:]//bob:X@evil[.]example`, `hxxp[://]bob:X(at)evil{dot}example`
fn disarmed(text: &str, at: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let between = |signs: &str, rest: &[u8], close: u8| {
        rest.get(..signs.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(signs.as_bytes()))
            && rest.get(signs.len()) == Some(&close)
    };
    if let Some(close) = closing(bytes[at]) {
        let rest = &bytes[at + 1..];
        if let Some((form, plain)) = DISARMED.iter().find(|(form, _)| between(form, rest, close)) {
            return Some((*plain, form.len() + 2));
        }
        return DISARMED_SIGNS
            .iter()
            .any(|signs| between(signs, rest, close))
            .then_some(('\0', 1));
    }
    let closes = |signs: &&str| {
        let open = at.checked_sub(signs.len() + 1)?;
        let own = closing(bytes[open]) == Some(bytes[at]) && bytes[open + 1..at] == *signs.as_bytes();
        own.then_some(('\0', 1))
    };
    let is_closing = matches!(bytes[at], b']' | b')' | b'}');
    is_closing.then(|| DISARMED_SIGNS.iter().find_map(closes)).flatten()
}

fn closing(open: u8) -> Option<u8> {
    match open {
        b'[' => Some(b']'),
        b'(' => Some(b')'),
        b'{' => Some(b'}'),
        _ => None,
    }
}

fn percent(text: &str, at: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    if bytes[at] == b'+' {
        return is_blank_of_query(bytes, at).then_some((' ', 1));
    }
    if bytes[at] != b'%' {
        return None;
    }
    let code = hex_digit(*bytes.get(at + 1)?)? << 4 | hex_digit(*bytes.get(at + 2)?)?;
    (code.is_ascii() && code >= 0x20 && code != 0x7f).then_some((code as char, 3))
}

// `?cmd=net+user`: in the value of a parameter.
fn is_blank_of_query(bytes: &[u8], at: usize) -> bool {
    let goes_on = |b: u8| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'<' | b'>');
    let mut before = bytes[at.saturating_sub(LONGEST_PARAMETER)..at].iter().rev();
    bytes.get(at + 1).is_some_and(|&b| goes_on(b))
        && before.by_ref().take_while(|&&b| goes_on(b)).any(|&b| b == b'=')
        && before.next().is_some_and(u8::is_ascii_alphanumeric)
}

fn unescaped(text: &str, at: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    if bytes[at] != b'\\' {
        return None;
    }
    let code = |digits: usize| {
        let hex = text.get(at + 2..at + 2 + digits)?;
        let c = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)?;
        (hex.bytes().all(|b| b.is_ascii_hexdigit()) && !c.is_control()).then_some((c, 2 + digits))
    };
    match bytes.get(at + 1)? {
        b'"' => Some(('"', 2)),
        b'\'' => Some(('\'', 2)),
        b'\\' => Some(('\\', 2)),
        b'/' => Some(('/', 2)),
        // A line break only where escapes are what they are: `C:\new` is a path.
        b'n' | b'r' if breaks_line(bytes, at) => Some(('\n', 2)),
        b't' if breaks_line(bytes, at) => Some((' ', 2)),
        b'u' => code(4),
        b'x' => code(2),
        _ => None,
    }
}

fn breaks_line(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|at| bytes[at]);
    let after = bytes.get(at + 2);
    before.is_some_and(|b| matches!(b, b'-' | b'"' | b';' | b',' | b'{' | b'}' | b'=' | b'\\' | b' '))
        || after.is_none_or(|b| matches!(b, b'-' | b'\\' | b' ' | b'"'))
}

/// Where the program of a scheduled task ends; its arguments stand in the next element.
const COMMAND_END: &str = "</Command>";

// `<Command>net.exe</Command> <Arguments>user bob X</Arguments>` is one command.
fn task(text: &str, at: usize) -> Option<(char, usize)> {
    let behind = text.get(at..)?.strip_prefix(COMMAND_END)?;
    let given = behind.trim_start().strip_prefix("<Arguments>")?;
    Some((' ', text.len() - at - given.len()))
}

fn entity(text: &str, at: usize) -> Option<(char, usize)> {
    let rest = &text[at..];
    if !rest.starts_with('&') {
        return None;
    }
    let end = rest.as_bytes().iter().take(10).position(|&b| b == b';')?;
    let c = match &rest[1..end] {
        "quot" => '"',
        "apos" => '\'',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "nbsp" => ' ',
        number => {
            let number = number.strip_prefix('#')?;
            let code = number
                .strip_prefix(['x', 'X'])
                .map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
            char::from_u32(code).filter(|c| !c.is_control())?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_leads_back_to_the_original() {
        for (text, reading) in [
            ("p^a^s^s=x", "pass=x"),
            ("pass%77ord%3Dx", "password=x"),
            (r#"{\"a\":\"b\"}"#, r#"{"a":"b"}"#),
            ("&quot;a&quot;:&#120;", "\"a\":x"),
            ("pass``word", ""),
            ("http[:]//b[.]c(at)d{DOT}e", "http://b.c@d.e"),
            ("x[://]a[//]b", "x://a//b"),
        ] {
            let views = of(text);
            let view = views.iter().find(|(view, ..)| view == reading);
            assert_eq!(
                view.is_some(),
                !reading.is_empty(),
                "{text}: {:?}",
                views.iter().map(|(view, ..)| view).collect::<Vec<_>>()
            );
            if let Some((_, start, end)) = view {
                assert_eq!((*start, *end), (0, text.len()));
            }
        }
        assert!(of("plain text").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_reading_sees_anything_but_at_its_signs(text in "[\\x20-\\x7e]{0,40}|[-^`\"'%+\\\\()\\[\\]{}a-f0-9,u@x:= ]{0,40}|\\PC{0,20}") {
            for (reading, signs, _) in READINGS {
                for (at, _) in text.char_indices() {
                    let sees = reading(&text, at).is_some();
                    proptest::prop_assert!(!sees || signs.as_bytes().contains(&text.as_bytes()[at]), "{at} of {text}, {signs}");
                }
            }
        }
    }

    // Each reading, and where the whole of it comes from.
    fn of(text: &str) -> Vec<(String, usize, usize)> {
        let mut views = Vec::new();
        each(text, &mut |view| {
            let whole = view.back(Span::new(0, view.text().len(), "x"));
            views.push((view.text().to_owned(), whole.start, whole.end));
        });
        views
    }
}
