//! The slow way: reads what `serde_json` refuses and Wazuh writes.

use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::{MAX_DEPTH, Strings, merge, print};

/// Where and why the bytes are no JSON.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

/// Reads JSON with broken UTF-8, lone surrogates, raw control characters, numbers beyond an `f64` and any depth.
///
/// The structure must be sound all the same: a cut line or a second value is a fault. Stack use is bounded by [`MAX_DEPTH`].
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    strings: Strings,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], strings: Strings) -> Self {
        Self { bytes, at: 0, strings }
    }

    /// Reads the one value that is there.
    pub(super) fn document(&mut self) -> Result<Value, Fault> {
        let value = self.value(0)?;
        match self.peek() {
            None => Ok(value),
            Some(b'{') => self.fault("a second object"),
            Some(_) => self.fault("something after the end"),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => self.deep_text().map(Value::String),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(Value::String),
            _ => self.plain(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Fault> {
        self.at += 1;
        let mut object = Map::new();
        let mut repeats = merge::Repeats::default();
        if !self.take(b'}') {
            loop {
                let key = self.key()?;
                let value = self.value(depth)?;
                match object.entry(key) {
                    Entry::Vacant(entry) => {
                        entry.insert(value);
                    }
                    Entry::Occupied(entry) => repeats.push(entry.key(), value),
                }
                if self.ends(b'}')? {
                    break;
                }
            }
        }
        repeats.merge_into(&mut object);
        Ok(Value::Object(object))
    }

    fn array(&mut self, depth: usize) -> Result<Value, Fault> {
        self.at += 1;
        let mut array = Vec::new();
        if !self.take(b']') {
            loop {
                array.push(self.value(depth)?);
                if self.ends(b']')? {
                    break;
                }
            }
        }
        Ok(Value::Array(array))
    }

    /// Reads a container of any depth without recursion and gives its text, printed as integratord prints it, so that the raw
    /// alert and its re-serialised form give the same text.
    fn deep_text(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        let mut closers = Vec::new();
        loop {
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    let close = if open == b'{' { b'}' } else { b']' };
                    self.at += 1;
                    text.push(open.into());
                    if self.take(close) {
                        text.push(close.into());
                    } else {
                        closers.push(close);
                        self.deep_key(close, &mut text)?;
                        continue;
                    }
                }
                Some(b'"') => print::string(&self.string()?, &mut text),
                _ => print::value(&self.plain()?, &mut text),
            }
            loop {
                let Some(&close) = closers.last() else { return Ok(text) };
                if !self.ends(close)? {
                    text.push(',');
                    self.deep_key(close, &mut text)?;
                    break;
                }
                text.push(close.into());
                closers.pop();
            }
        }
    }

    fn deep_key(&mut self, close: u8, text: &mut String) -> Result<(), Fault> {
        if close == b'}' {
            print::string(&self.key()?, text);
            text.push(':');
        }
        Ok(())
    }

    fn key(&mut self) -> Result<String, Fault> {
        if self.peek() != Some(b'"') {
            return self.fault("no key");
        }
        let key = self.string()?;
        if !self.take(b':') {
            return self.fault("no `:` after a key");
        }
        Ok(key)
    }

    /// Takes what follows an element: `,` or the end of its container.
    fn ends(&mut self, close: u8) -> Result<bool, Fault> {
        if self.take(b',') {
            return Ok(false);
        }
        if self.take(close) {
            return Ok(true);
        }
        self.fault("no `,` and no end of a list or an object")
    }

    fn plain(&mut self) -> Result<Value, Fault> {
        let rest = &self.bytes[self.at..];
        for (word, value) in [
            (&b"null"[..], Value::Null),
            (b"true", true.into()),
            (b"false", false.into()),
        ] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.iter().take_while(is_part).count();
        // Only ASCII was let through.
        let word = std::str::from_utf8(&rest[..length]).unwrap_or_default();
        let value = match serde_json::from_str::<Number>(word) {
            Ok(number) => Value::Number(number),
            Err(_) => match word.parse::<f64>() {
                // integratord prints `null` for a number beyond an f64.
                Ok(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
                Err(_) => return self.fault("no value"),
            },
        };
        self.at += length;
        Ok(value)
    }

    fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        let mut buffer = Vec::new();
        loop {
            let rest = &self.bytes[self.at..];
            let Some(run) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
                self.at = start;
                return self.fault("a string without an end");
            };
            buffer.extend_from_slice(&rest[..run]);
            self.at += run + 1;
            if rest[run] == b'"' {
                break;
            }
            self.escape(&mut buffer);
        }
        if self.strings == Strings::UpToNul
            && let Some(end) = buffer.iter().position(|byte| *byte == 0)
        {
            buffer.truncate(end);
        }
        Ok(String::from_utf8(buffer).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Takes what stands after a backslash. What is no escape is kept as it stands.
    fn escape(&mut self, buffer: &mut Vec<u8>) {
        let Some(&letter) = self.bytes.get(self.at) else { return };
        self.at += 1;
        match letter {
            b'b' => buffer.push(8),
            b'f' => buffer.push(12),
            b'n' => buffer.push(b'\n'),
            b'r' => buffer.push(b'\r'),
            b't' => buffer.push(b'\t'),
            b'"' | b'\\' | b'/' => buffer.push(letter),
            b'u' => match self.unicode() {
                Some(character) => buffer.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                None => buffer.extend_from_slice(b"\\u"),
            },
            other => buffer.extend_from_slice(&[b'\\', other]),
        }
    }

    /// Takes four hexadecimal digits, and the second half where they are the first half of a pair.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex4(self.at)?;
        self.at += 4;
        if let Some(character) = char::from_u32(first) {
            return Some(character);
        }
        if first < 0xDC00
            && self.bytes[self.at..].starts_with(b"\\u")
            && let Some(second @ 0xDC00..=0xDFFF) = self.hex4(self.at + 2)
        {
            self.at += 6;
            return char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00));
        }
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 4)?;
        digits
            .iter()
            .try_fold(0, |sum, digit| Some(sum << 4 | char::from(*digit).to_digit(16)?))
    }

    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        let what = if self.at >= self.bytes.len() {
            "the end came too early"
        } else {
            what
        };
        Err(Fault { at: self.at, what })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Value, Fault> {
        Reader::new(bytes, Strings::Whole).document()
    }

    #[test]
    fn lone_surrogates_and_broken_utf8_become_the_replacement_character() {
        let value = read(b"{\"a\":\"x\\ud800y\",\"b\":\"\\udc00\",\"c\":\"\\ud83d\\ude00\",\"d\":\"\\ud800\\u0041\",\"e\":\"\xff\xc3\"}").unwrap();
        assert_eq!(
            value,
            json!({"a": "x\u{fffd}y", "b": "\u{fffd}", "c": "😀", "d": "\u{fffd}A", "e": "\u{fffd}\u{fffd}"})
        );
    }

    #[test]
    fn control_characters_and_unknown_escapes_are_kept() {
        let value = read(b"{\"a\":\"x\x01\n\\q\\u12\"}").unwrap();
        assert_eq!(value, json!({"a": "x\u{1}\n\\q\\u12"}));
    }

    #[test]
    fn numbers_that_no_f64_holds_are_null_and_the_rest_is_a_number() {
        let value = read(b"[1e400,-1e400,01,1.,-0,18446744073709551615,-9223372036854775808]").unwrap();
        assert_eq!(value, json!([null, null, 1.0, 1.0, -0.0, u64::MAX, i64::MIN]));
    }

    #[test]
    fn what_is_nested_too_deep_is_kept_as_compact_text() {
        let line = format!(
            "{}{}{}",
            "{\"a\":".repeat(5_000),
            "[1.10 , \"x\\u00e9\"]",
            "}".repeat(5_000)
        );
        let mut value = &read(line.as_bytes()).unwrap();
        for _ in 0..MAX_DEPTH {
            value = &value["a"];
        }
        let text = value.as_str().unwrap();
        assert!(
            text.starts_with("{\"a\":{\"a\":") && text.contains("[1.1,\"xé\"]"),
            "{text}"
        );
        assert_eq!(text.matches('{').count(), 5_000 - MAX_DEPTH);
    }

    #[test]
    fn a_million_open_brackets_are_a_fault_and_not_a_stack_overflow() {
        assert_eq!(read(&vec![b'['; 1_000_000]).unwrap_err().what, "the end came too early");
        assert_eq!(
            read("{\"a\":".repeat(300_000).as_bytes()).unwrap_err().what,
            "the end came too early"
        );
    }

    #[test]
    fn unsound_structure_is_a_fault() {
        for broken in [
            "{",
            "}",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "[1 2]",
            "[1,]",
            "{\"a\":1}}",
            "{\"a\":1}{\"b\":2}",
            "{\"a\":\"x",
            "{\"a\":\"x\\",
            "nul",
            "{\"a\":+}",
            "{\"a\":1]",
            "NaN",
            "-",
            "{\"a\":.}",
        ] {
            assert!(read(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((".{0,6}", inner), 0..6).prop_map(|pairs| pairs.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn both_readers_agree_with_serde_json_on_clean_json(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let expected: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read(text.as_bytes()).unwrap(), &expected);
            prop_assert_eq!(&super::super::strict::read(text.as_bytes()).unwrap(), &expected);
        }

        #[test]
        fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
