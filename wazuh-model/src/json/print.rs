//! JSON as integratord prints it, with sorted keys: the form that an alert's identity is computed from.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// Prints a value in its canonical form: keys sorted by their bytes, no blanks, numbers and strings as integratord prints them.
pub(crate) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    self::value(value, &mut out);
    out
}

/// Prints one value; recursion is bounded by the readers' depth limit.
pub(super) fn value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&self::number(number)),
        Value::String(text) => string(text, out),
        Value::Array(array) => {
            out.push('[');
            for (index, element) in array.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                self::value(element, out);
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_unstable_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                string(key, out);
                out.push(':');
                self::value(value, out);
            }
            out.push('}');
        }
    }
}

/// Prints a string with the escapes that integratord uses: only what JSON demands, and control characters in lower-case hex.
pub(super) fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Prints a number through an `f64`, as integratord does: 15 significant digits where those suffice, else 17.
pub(crate) fn number(number: &Number) -> String {
    let Some(value) = number.as_f64() else {
        return "null".to_owned();
    };
    if value == 0.0 {
        // Some versions print `-0`, some `0`: one number must have one form.
        return "0".to_owned();
    }
    let short = general(value, 15);
    let read: f64 = short.parse().unwrap_or(value);
    if (read - value).abs() > read.abs().max(value.abs()) * f64::EPSILON {
        return general(value, 17);
    }
    short
}

/// C's `%1.<digits>g`.
fn general(value: f64, digits: usize) -> String {
    let scientific = format!("{value:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let places = i32::try_from(digits).unwrap_or(17) - 1 - exponent;
    if exponent < -4 || places < 0 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.unsigned_abs());
    }
    let fixed = format!("{value:.*}", usize::try_from(places).unwrap_or(0));
    without_zeros(&fixed).to_owned()
}

fn without_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(text: &str) -> String {
        canonical(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn numbers_are_printed_as_integratord_was_seen_to_print_them() {
        for (raw, expected) in [
            ("1.10", "1.1"),
            ("-0.0", "0"),
            ("0", "0"),
            ("12345678901234567890", "1.2345678901234567e+19"),
            ("1e-9", "1e-09"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1768915578123", "1768915578123"),
            ("100000000000000", "100000000000000"),
            ("1000000000000000", "1e+15"),
            ("1234567890123456", "1234567890123456"),
            ("0.1", "0.1"),
            ("0.30000000000000004", "0.3"),
            ("3.141592653589793", "3.1415926535897931"),
            ("1e308", "1e+308"),
            ("5e-324", "4.94065645841247e-324"),
        ] {
            assert_eq!(printed(raw), expected, "{raw}");
        }
    }

    #[test]
    fn keys_are_sorted_and_strings_escaped_only_where_json_demands_it() {
        assert_eq!(
            printed(r#"{"b":[1, {"d":0,"c":"\u00e9\/\u0001\t"}],"a":null}"#),
            "{\"a\":null,\"b\":[1,{\"c\":\"é/\\u0001\\t\",\"d\":0}]}"
        );
    }

    proptest! {
        #[test]
        fn printing_a_number_again_changes_nothing(value in any::<f64>()) {
            let once = number(&Number::from_f64(value).unwrap_or_else(|| 0.into()));
            let again = number(&serde_json::from_str(&once).unwrap());
            prop_assert_eq!(once, again);
        }
    }
}
