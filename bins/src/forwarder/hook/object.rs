//! Whether bytes are one JSON object, told without an allocator.

/// Deeper objects than any alert has; one bit for each.
const DEEPEST: u32 = 64;

/// Whether they surely are one, white space around it included. What this does not know, `serde_json` knows: it is asked by whoever is
/// told no. As there, strings are not checked to be UTF-8.
pub(super) fn is_surely_one(bytes: &[u8]) -> bool {
    Scanner { bytes, at: 0 }.one_object().is_some()
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What stands open around a value.
#[derive(Clone, Copy, PartialEq)]
enum Around {
    Object,
    Array,
}

/// Which those are, the innermost in the lowest bit.
struct Open {
    objects: u64,
    depth: u32,
}

impl Open {
    fn push(&mut self, around: Around) -> Option<()> {
        self.depth += 1;
        self.objects = self.objects << 1 | u64::from(around == Around::Object);
        (self.depth <= DEEPEST).then_some(())
    }

    fn pop(&mut self) {
        self.depth -= 1;
        self.objects >>= 1;
    }

    fn innermost(&self) -> Around {
        if self.objects & 1 == 1 {
            Around::Object
        } else {
            Around::Array
        }
    }
}

impl Scanner<'_> {
    /// Each step that does not fit ends it.
    fn one_object(&mut self) -> Option<()> {
        let mut open = Open { objects: 0, depth: 0 };
        self.skip_space();
        self.take(b'{')?;
        open.push(Around::Object)?;
        // At the beginning of a container, where it may end at once.
        let mut is_new = true;
        loop {
            self.skip_space();
            let around = open.innermost();
            let end = if around == Around::Object { b'}' } else { b']' };
            if self.peek() == Some(end) {
                self.at += 1;
                open.pop();
                is_new = false;
                if open.depth == 0 {
                    self.skip_space();
                    return (self.at == self.bytes.len()).then_some(());
                }
                continue;
            }
            if !is_new {
                self.take(b',')?;
                self.skip_space();
            }
            if around == Around::Object {
                self.take(b'"')?;
                self.string()?;
                self.skip_space();
                self.take(b':')?;
                self.skip_space();
            }
            is_new = false;
            match self.next()? {
                b'"' => self.string()?,
                b'{' => {
                    open.push(Around::Object)?;
                    is_new = true;
                }
                b'[' => {
                    open.push(Around::Array)?;
                    is_new = true;
                }
                b't' => self.word(b"rue")?,
                b'f' => self.word(b"alse")?,
                b'n' => self.word(b"ull")?,
                b'-' => {
                    let first = self.next()?;
                    self.number(first)?;
                }
                first => self.number(first)?,
            }
        }
    }

    /// The rest of a string, behind its first quote.
    fn string(&mut self) -> Option<()> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            self.at += plain(rest) * 8;
            let rest = self.bytes.get(self.at..)?;
            self.at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))?;
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        let digits = self.bytes.get(self.at..self.at + 4)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                        self.at += 4;
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
    }

    /// The rest of a number, behind its first digit, which is this.
    fn number(&mut self, first: u8) -> Option<()> {
        match first {
            b'0' => {}
            b'1'..=b'9' => self.skip_digits(),
            _ => return None,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        self.next()?.is_ascii_digit().then_some(())?;
        self.skip_digits();
        Some(())
    }

    fn skip_digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, rest: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(rest).then_some(())?;
        self.at += rest.len();
        Some(())
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
}

/// How many times eight bytes at the beginning are all of a string's own, and neither its end nor an escape.
fn plain(bytes: &[u8]) -> usize {
    const LOW: u64 = u64::MAX / 255;
    const HIGH: u64 = LOW * 128;
    // The high bit of a byte that is below this, and perhaps of bytes behind it, of which it is asked anyway.
    let any_below = |word: u64, least: u8| word.wrapping_sub(LOW * u64::from(least)) & !word & HIGH;
    let any = |word: u64, byte: u8| any_below(word ^ (LOW * u64::from(byte)), 1);
    let (eights, _) = bytes.as_chunks::<8>();
    let is_plain = |eight: &[u8; 8]| {
        let word = u64::from_le_bytes(*eight);
        (any_below(word, 0x20) | any(word, b'"') | any(word, b'\\')) == 0
    };
    eights.iter().take_while(|eight| is_plain(eight)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn library_says(bytes: &[u8]) -> bool {
        bytes.trim_ascii_start().first() == Some(&b'{') && serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
    }

    #[test]
    fn every_alert_of_the_corpora_is_known() {
        let (mut known, mut others) = (0, 0);
        for line in include_str!("../../../../tests/fixtures/labelled_alerts.jsonl").lines() {
            assert!(is_surely_one(line.as_bytes()), "{line}");
            known += 1;
        }
        for line in include_str!("../../../../wazuh-model/tests/fixtures/hostile_lines.jsonl").lines() {
            assert_eq!(is_surely_one(line.as_bytes()), library_says(line.as_bytes()), "{line}");
            others += 1;
        }
        assert!(known > 50 && others > 10, "{known} {others}");
    }

    #[test]
    fn what_is_too_deep_is_left_to_the_library() {
        let deep = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_surely_one(deep(63).as_bytes()));
        assert!(!is_surely_one(deep(64).as_bytes()));
    }

    /// Pieces that JSON is made of, and some that it is not.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"a\":", "\"\\n\"", "\\", "\\u00e4", "\\ud800", "\\u12", "0",
            "01", "-", "-0", "1.5", "1.", ".5", "1e9", "1e+", "2E-3", "true", "tru", "false", "null", "nul", " ", "\t",
            "\r\n", "\u{b}", "\0", "\u{e4}", "NaN", "//", "''",
        ])
    }

    /// Values as they should be.
    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            any::<i64>().prop_map(|number| number.to_string()),
            any::<f64>()
                .prop_filter("JSON has no others", |number| number.is_finite())
                .prop_map(|number| format!("{number:e}")),
            any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(|all| format!("[ {} ]", all.join(" ,"))),
                prop::collection::vec((any::<String>(), inner), 0..6).prop_map(|all| {
                    let pairs: Vec<_> = all
                        .iter()
                        .map(|(key, value)| format!("{}: {value}", serde_json::to_string(key).unwrap()))
                        .collect();
                    format!("{{{}\n}}", pairs.join(","))
                }),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn it_says_what_the_library_says(pieces in prop::collection::vec(piece(), 0..24)) {
            let text = format!("{{{}", pieces.concat());
            prop_assert_eq!(is_surely_one(text.as_bytes()), library_says(text.as_bytes()), "{}", text);
        }

        #[test]
        fn it_knows_every_object(value in value()) {
            let text = format!(" {{\"a\":{value}}}\n");
            prop_assert!(is_surely_one(text.as_bytes()), "{}", text);
        }

        #[test]
        fn one_byte_changed_in_an_object_is_judged_as_the_library_does(value in value(), at: prop::sample::Index, byte: u8) {
            let mut text = format!("{{\"a\":{value}}}").into_bytes();
            let at = at.index(text.len());
            text[at] = byte;
            prop_assert_eq!(is_surely_one(&text), library_says(&text), "{}", String::from_utf8_lossy(&text));
        }
    }
}
