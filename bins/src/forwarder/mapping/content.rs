//! The alert as it came, small enough for IRIS: a list of alerts with very long ones in it takes the server minutes to show.

use std::io;

use serde_json::{Map, Value, json};

/// Under this key stands what was cut.
const CUT: &str = "cut_by_wazuh_iris";
/// The longest strings that are left, in the order in which that is tried.
const STRINGS: [usize; 6] = [16_384, 4096, 1024, 256, 64, 16];
/// The longest lists and objects that are left with the shortest strings.
const MEMBERS: [usize; 4] = [256, 64, 16, 4];
/// Most places that are named.
const NAMED: usize = 20;

/// The value itself if it is small enough as JSON text, else valid JSON that says what is missing.
pub(super) fn capped(value: Value, most: usize) -> Value {
    if size_at_most(&value) <= most {
        return value;
    }
    let size = size(&value);
    if size <= most {
        return value;
    }
    let limits = STRINGS
        .iter()
        .map(|string| (*string, usize::MAX))
        .chain(MEMBERS.iter().map(|members| (STRINGS[STRINGS.len() - 1], *members)));
    for (string, members) in limits {
        let mut cutter = Cutter {
            string,
            members,
            path: Vec::new(),
            named: Vec::new(),
            places: 0,
        };
        let smaller = cutter.cut(&value);
        let smaller = with_note(smaller, size, &cutter.named, cutter.places);
        if self::size(&smaller) <= most {
            return smaller;
        }
    }
    // Nothing of it fits: the description still has what matters.
    json!({ CUT: { "bytes": size, "cut": ["everything"] } })
}

struct Cutter {
    string: usize,
    members: usize,
    path: Vec<String>,
    named: Vec<String>,
    places: usize,
}

impl Cutter {
    fn cut(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) if text.len() > self.string => {
                let kept = &text[..floor(text, self.string)];
                self.note(&format!("{} of {} bytes", kept.len(), text.len()));
                Value::String(format!("{kept}…"))
            }
            Value::Array(items) => {
                if items.len() > self.members {
                    self.note(&format!("{} of {} elements", self.members, items.len()));
                }
                let kept = items.iter().take(self.members).enumerate();
                kept.map(|(at, item)| self.below(&at.to_string(), item)).collect()
            }
            Value::Object(fields) => {
                if fields.len() > self.members {
                    self.note(&format!("{} of {} fields", self.members, fields.len()));
                }
                let mut kept = Map::new();
                let mut alike = 0_usize;
                for (name, field) in fields.iter().take(self.members) {
                    // A name may be as long as a value.
                    let short = &name[..floor(name, self.string.max(64))];
                    if kept.contains_key(short) {
                        alike += 1;
                        continue;
                    }
                    let field = self.below(short, field);
                    if short.len() < name.len() {
                        self.note(&format!("the name of a field, {} of {} bytes", short.len(), name.len()));
                    }
                    kept.insert(short.to_owned(), field);
                }
                if alike > 0 {
                    self.note(&format!("{alike} fields whose names begin as those of others do"));
                }
                Value::Object(kept)
            }
            other => other.clone(),
        }
    }

    fn below(&mut self, name: &str, value: &Value) -> Value {
        self.path.push(name.to_owned());
        let cut = self.cut(value);
        self.path.pop();
        cut
    }

    fn note(&mut self, what: &str) {
        self.places += 1;
        if self.named.len() < NAMED {
            let path = self.path.join(".");
            let path = &path[..floor(&path, 120)];
            self.named.push(format!("{path}: {what}"));
        }
    }
}

fn with_note(value: Value, size: usize, named: &[String], places: usize) -> Value {
    let mut named: Vec<Value> = named.iter().map(|text| Value::String(text.clone())).collect();
    if places > named.len() {
        named.push(Value::String(format!("and {} more", places - named.len())));
    }
    let note = json!({ "bytes": size, "cut": named });
    match value {
        Value::Object(mut fields) => {
            fields.insert(CUT.to_owned(), note);
            Value::Object(fields)
        }
        other => json!({ "alert": other, CUT: note }),
    }
}

/// The largest place at or before `at` where a string may be cut.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// What a value as JSON text is no longer than, without writing it.
fn size_at_most(value: &Value) -> usize {
    /// A letter in a string may become `\u0000`.
    const OF_A_BYTE: usize = 6;
    /// The longest number, the quotation marks of a string, the brackets of a list; with a comma.
    const OF_A_VALUE: usize = 32;
    let within: usize = match value {
        Value::String(text) => OF_A_BYTE * text.len(),
        Value::Array(items) => items.iter().map(size_at_most).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| OF_A_BYTE * name.len() + size_at_most(field))
            .sum(),
        _ => 0,
    };
    OF_A_VALUE + within
}

/// How long a value is as JSON text.
fn size(value: &Value) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_small_enough_stays_as_it_is() {
        let value = json!({ "full_log": "x".repeat(100) });
        assert_eq!(capped(value.clone(), 200), value);
    }

    #[test]
    fn the_quick_look_never_says_too_little() {
        let value = json!({"\u{0}\"": ["\u{1}".repeat(50), f64::MIN_POSITIVE, u64::MAX, -1.5e-300, true, null, {"": {}}, []], "é": "\\\u{7f}"});
        assert!(size_at_most(&value) >= size(&value));
        for leaf in [
            json!(f64::MIN),
            json!(i64::MIN),
            json!(""),
            json!([]),
            json!({}),
            json!(null),
        ] {
            assert!(size_at_most(&leaf) > size(&leaf), "{leaf}");
        }
    }

    #[test]
    fn a_long_string_is_cut_and_said_to_be_and_the_rest_stays() {
        let value = json!({ "id": "1", "full_log": "é".repeat(100_000), "list": [1, 2, 3] });
        let small = capped(value.clone(), 20_000);
        assert!(size(&small) <= 20_000);
        assert_eq!((&small["id"], &small["list"]), (&json!("1"), &json!([1, 2, 3])));
        assert_eq!(small[CUT]["cut"], json!(["full_log: 16384 of 200000 bytes"]));
        assert_eq!(small[CUT]["bytes"], size(&value));
    }

    #[test]
    fn fields_whose_names_are_cut_to_the_same_are_counted_and_the_first_stays() {
        let fields: Map<String, Value> = (0..200)
            .map(|at| (format!("{}{at}", "n".repeat(1024)), json!(at)))
            .collect();
        let small = capped(json!({ "id": "1", "data": fields }), 20_000);
        assert_eq!(small["data"].as_object().unwrap().len(), 1, "{small}");
        assert!(small["data"].as_object().unwrap().values().all(|first| *first == 0));
        let told = small[CUT]["cut"].to_string();
        assert!(
            told.contains("data: 199 fields whose names begin as those of others do"),
            "{told}"
        );
    }

    #[test]
    fn whatever_makes_it_large_the_result_fits() {
        let deep = (0..120).fold(json!("x".repeat(50_000)), |inner, _| json!({ "a": inner }));
        let wide: Map<String, Value> = (0..50_000).map(|at| (format!("field{at}"), json!(at))).collect();
        let names: Map<String, Value> = (0..10)
            .map(|at| (format!("{at}{}", "n".repeat(50_000)), json!(1)))
            .collect();
        for value in [
            deep,
            Value::Object(wide),
            Value::Object(names),
            json!(vec!["some text"; 100_000]),
            json!("x".repeat(1_000_000)),
        ] {
            for most in [200_000, 20_000, 4096] {
                if size(&value) <= most {
                    continue;
                }
                let small = capped(value.clone(), most);
                assert!(size(&small) <= most, "{most}: {}", size(&small));
                assert!(small[CUT]["bytes"].as_u64().unwrap() > most as u64);
                assert!(!small[CUT]["cut"].as_array().unwrap().is_empty());
            }
        }
    }
}
