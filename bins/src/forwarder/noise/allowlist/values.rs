//! What stands at a path of an alert.

use std::borrow::Cow;

use serde_json::Value;
use wazuh_model::Alert;

/// What stands at a path: texts, and whether there is something that is none.
#[derive(Debug, Default)]
pub(super) struct Values {
    texts: Vec<String>,
    /// There is an object, or a list within the list.
    unreadable: bool,
    /// Of a list that Wazuh writes one element is enough. In one of the event, whoever causes it may add what a rule hides.
    one_is_enough: bool,
}

impl Values {
    /// What stands at this path of an alert: one text for a scalar, one per element for a list.
    pub(super) fn at(alert: &Alert, path: &str) -> Self {
        let mut values = Self::written_at(alert, path);
        if path == "rule.groups" {
            // Without the blanks and commas that rule files leave in them, as everything else here knows them.
            values.texts.clone_from(&alert.rule().groups);
        }
        values
    }

    fn written_at(alert: &Alert, path: &str) -> Self {
        let one_is_enough = path.starts_with("rule.");
        match alert.get(path) {
            Some(Value::Array(items)) => {
                let is_text = |item: &&Value| !matches!(item, Value::Array(_) | Value::Object(_));
                let text = |(at, item): (usize, &Value)| match item {
                    // By the path of the element, which says how it is written.
                    Value::String(text) if path.starts_with("data.win.") => alert
                        .text(&format!("{path}.{at}"))
                        .map_or_else(|| text.clone(), Cow::into_owned),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let texts = items.iter().enumerate().filter(|(_, item)| is_text(item));
                Self {
                    texts: texts.map(text).collect(),
                    unreadable: items.iter().any(|item| !is_text(&item)),
                    one_is_enough,
                }
            }
            value => Self {
                texts: alert.text(path).map(Cow::into_owned).into_iter().collect(),
                unreadable: matches!(value, Some(Value::Object(_))),
                one_is_enough,
            },
        }
    }

    /// A single text.
    pub(super) fn of(text: &str) -> Self {
        Self {
            texts: vec![text.to_owned()],
            ..Self::default()
        }
    }

    /// Whether there is anything.
    pub(super) fn exist(&self) -> bool {
        self.unreadable || !self.texts.is_empty()
    }

    /// Whether they pass a test: all of them, or, in doubt, any. What is not there passes none.
    pub(super) fn pass(&self, in_doubt: bool, test: &dyn Fn(&str) -> bool) -> bool {
        let mut texts = self.texts.iter();
        if in_doubt {
            return self.unreadable || texts.any(|text| test(text));
        }
        if self.one_is_enough {
            return texts.any(|text| test(text));
        }
        !self.unreadable && !self.texts.is_empty() && texts.all(|text| test(text))
    }
}
