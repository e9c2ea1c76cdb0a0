//! What stands at a path of an alert.

use std::borrow::Cow;

use serde_json::Value;
use wazuh_model::{Alert, markup};

/// What stands at a path: texts, and whether there is something that is none.
#[derive(Debug, Default)]
pub(super) struct Values {
    texts: Vec<Text>,
    /// There is an object, or a list within the list.
    unreadable: bool,
    /// Of a list that Wazuh writes one element is enough. In one of the event, whoever causes it may add what a rule hides.
    one_is_enough: bool,
}

/// One text of a value.
#[derive(Debug)]
struct Text {
    /// As whoever caused the event wrote it.
    text: String,
    /// As the alert has it, where that is another: agents hand on what Windows puts into XML, `a.bat &gt; b.log`.
    stored: Option<String>,
}

impl Text {
    fn at(path: &str, text: String) -> Self {
        match markup::resolved(&text).filter(|_| path.starts_with("data.win.eventdata.")) {
            Some(plain) => Self {
                text: plain,
                stored: Some(text),
            },
            None => Self { text, stored: None },
        }
    }

    /// As the alert has it.
    fn stored(&self) -> &str {
        self.stored.as_deref().unwrap_or(&self.text)
    }
}

impl Values {
    /// What stands at this path of an alert: one text for a scalar, one per element for a list.
    pub(super) fn at(alert: &Alert, path: &str) -> Self {
        let mut values = Self::written_at(alert, path);
        if path == "rule.groups" {
            // Without the blanks and commas that rule files leave in them, as everything else here knows them.
            let groups = alert.rule().groups.iter();
            values.texts = groups.map(|group| Text::at(path, group.clone())).collect();
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
                    texts: texts.map(|text_at| Text::at(path, text(text_at))).collect(),
                    unreadable: items.iter().any(|item| !is_text(&item)),
                    one_is_enough,
                }
            }
            value => Self {
                texts: (alert.text(path).into_iter())
                    .map(|text| Text::at(path, text.into_owned()))
                    .collect(),
                unreadable: matches!(value, Some(Value::Object(_))),
                one_is_enough,
            },
        }
    }

    /// A single text.
    pub(super) fn of(text: &str) -> Self {
        Self {
            texts: vec![Text {
                text: text.to_owned(),
                stored: None,
            }],
            ..Self::default()
        }
    }

    /// Whether there is anything.
    pub(super) fn exist(&self) -> bool {
        self.unreadable || !self.texts.is_empty()
    }

    /// Whether they pass a test: all of them, or, in doubt, any in any form. What is not there passes none.
    pub(super) fn pass(&self, in_doubt: bool, test: &dyn Fn(&str) -> bool) -> bool {
        if in_doubt {
            return self.unreadable
                || self
                    .texts
                    .iter()
                    .any(|text| test(&text.text) || text.stored.as_deref().is_some_and(test));
        }
        self.pass_as(&|text, _| test(text))
    }

    /// Whether all of them pass a test of what was written and of how the alert has it.
    pub(super) fn pass_as(&self, test: &dyn Fn(&str, &str) -> bool) -> bool {
        let passes = |text: &Text| test(&text.text, text.stored());
        if self.one_is_enough {
            return self.texts.iter().any(passes);
        }
        !self.unreadable && !self.texts.is_empty() && self.texts.iter().all(passes)
    }
}
