//! Reads the fields of a view.

use std::borrow::Cow;

use serde_json::Value;

use crate::{Alert, path, text};

/// An object of an alert, and how to read from it.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    object: &'a Value,
    escaped: bool,
}

impl<'a> Fields<'a> {
    /// The object at a dotted path, if there is one.
    pub(super) fn below(alert: &'a Alert, path: &str) -> Option<Self> {
        let object = alert.get(path).filter(|value| value.is_object())?;
        let escaped = path::is_escaped(path) && path != "data.win.system";
        Some(Self { object, escaped })
    }

    /// The whole alert.
    pub(super) fn whole(alert: &'a Alert) -> Self {
        Self {
            object: alert.body(),
            escaped: false,
        }
    }

    /// Text; `None` for what Wazuh, Windows or a cloud writes where there is nothing: `""`, `-`, `null`, `(NULL)`.
    pub(super) fn text(&self, path: &str) -> Option<Cow<'a, str>> {
        let text = text::of(path::get(self.object, path)?)?;
        let text = if self.escaped { text::unescaped(text) } else { text };
        let nothing = matches!(text.trim(), "" | "-" | "null" | "(NULL)" | "(null)" | "?");
        (!nothing).then_some(text)
    }

    /// The first of several names that is there.
    pub(super) fn first(&self, paths: &[&str]) -> Option<Cow<'a, str>> {
        paths.iter().find_map(|path| self.text(path))
    }

    /// A whole number: decimal, `0x…`, or with the six zeros that Wazuh gives to numbers beyond 32 bits.
    pub(super) fn number(&self, path: &str) -> Option<u64> {
        let text = self.text(path)?;
        let text = text.trim();
        if let Some(digits) = text.strip_prefix("0x") {
            return u64::from_str_radix(digits, 16).ok();
        }
        let whole = text.split_once('.').map_or(
            text,
            |(whole, zeros)| if zeros.bytes().all(|b| b == b'0') { whole } else { text },
        );
        whole.parse().ok()
    }

    /// A port.
    pub(super) fn port(&self, path: &str) -> Option<u16> {
        self.number(path)?.try_into().ok().filter(|port| *port > 0)
    }

    /// A number with a fraction.
    pub(super) fn decimal(&self, path: &str) -> Option<f64> {
        self.text(path)?
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
    }

    /// A yes or no, however it is written.
    pub(super) fn flag(&self, path: &str) -> Option<bool> {
        match self.text(path)?.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" | "%%1842" | "success" => Some(true),
            "false" | "no" | "0" | "%%1843" | "failed" => Some(false),
            _ => None,
        }
    }

    /// The texts of a list, or of the one scalar that stands in its place.
    pub(super) fn list(&self, path: &str) -> Vec<Cow<'a, str>> {
        match path::get(self.object, path) {
            Some(Value::Array(elements)) => elements.iter().filter_map(text::of).collect(),
            Some(_) => self.text(path).into_iter().collect(),
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_every_form_that_wazuh_gives_them() {
        let alert = Alert::from_slice(
            br#"{"a":{"hex":"0x3e7","big":"1768915578123.000000","n":5,"port":"0","no":"-","null":"null","yes":"Yes","f":"9.80","l":["x",1],"one":"y","neg":"-1"}}"#,
        )
        .unwrap();
        let fields = Fields::below(&alert, "a").unwrap();
        assert_eq!(
            (fields.number("hex"), fields.number("big"), fields.number("n")),
            (Some(0x3e7), Some(1_768_915_578_123), Some(5))
        );
        assert_eq!(
            (
                fields.port("port"),
                fields.text("no"),
                fields.text("null"),
                fields.number("neg")
            ),
            (None, None, None, None)
        );
        assert_eq!((fields.flag("yes"), fields.decimal("f")), (Some(true), Some(9.8)));
        assert_eq!(
            (fields.list("l"), fields.list("one"), fields.list("none").len()),
            (vec!["x".into(), "1".into()], vec!["y".into()], 0)
        );
        assert!(Fields::below(&alert, "a.hex").is_none());
    }
}
