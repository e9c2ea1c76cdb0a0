//! One rule: who says what is expected, why, until when, and what is to happen with it.

use jiff::civil::Date;

use super::AllowlistError;
use super::condition::Condition;

/// What happens with an alert that a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It leaves by the door of allowlisted alerts.
    Drop,
    /// It is delivered with this tag.
    Tag(String),
    /// It is delivered with the severity of this level at most.
    CapLevel(u8),
    /// It is delivered without the tag for the triage worker.
    NoAi,
}

impl Action {
    /// Its name in a rule.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Tag(_) => "tag",
            Self::CapLevel(_) => "cap-level",
            Self::NoAi => "no-ai",
        }
    }
}

/// What a rule consists of.
const KEYS: &[&str] = &[
    "id",
    "reason",
    "owner",
    "expires",
    "max_level",
    "action",
    "tag",
    "level",
    "match",
];

/// One rule.
#[derive(Debug)]
pub struct Rule {
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) action: Action,
    pub(super) expires: Date,
    pub(super) max_level: u8,
    pub(super) condition: Condition,
}

impl Rule {
    pub(super) fn read(at: usize, table: &toml::Table) -> Result<Self, AllowlistError> {
        let id = table
            .get("id")
            .and_then(toml::Value::as_str)
            .map_or_else(|| format!("number {}", at + 1), str::to_owned);
        let wrong = |problem: String, hint| AllowlistError {
            at,
            rule: id.clone(),
            problem,
            hint,
        };
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(wrong(
                format!("the key `{key}` does not exist"),
                "a rule has id, reason, owner, expires, max_level, action, match; tag for the action tag, level for cap-level",
            ));
        }
        for key in ["id", "reason", "owner"] {
            let problem = match table.get(key) {
                None => "is missing",
                Some(toml::Value::String(text)) if text.trim().is_empty() => "is empty",
                Some(toml::Value::String(_)) => continue,
                Some(_) => "is no text: write it in quotation marks",
            };
            return Err(wrong(
                format!("`{key}` {problem}"),
                "say who hides what, and why, for those who come after",
            ));
        }
        let action = action(table, &id).map_err(|(problem, hint)| wrong(problem, hint))?;
        let expires = expires(table.get("expires")).map_err(|problem| {
            wrong(
                problem,
                "write expires = 2027-06-30: a day only, which ends at midnight UTC",
            )
        })?;
        let max_level = max_level(table.get("max_level")).map_err(|problem| {
            wrong(
                problem,
                "write the highest level that this rule may hide: max_level = 9",
            )
        })?;
        let Some(toml::Value::Table(conditions)) = table.get("match") else {
            let problem = match table.get("match") {
                None => "is missing",
                Some(_) => "is no table of conditions",
            };
            return Err(wrong(
                format!("`match` {problem}"),
                "write [allow.match] with one line per field",
            ));
        };
        if let Some(key) = conditions
            .keys()
            .find(|key| *key != "id" && KEYS.contains(&key.as_str()))
        {
            return Err(wrong(
                format!("`{key}` belongs to the rule, and stands among its conditions"),
                "write it before [allow.match]",
            ));
        }
        let condition =
            Condition::all(conditions).map_err(|problem| wrong(problem, "see docs/operations.md for every matcher"))?;
        if !condition.is_anchored() {
            let idle = match condition.idle_anchors() {
                none if none.is_empty() => String::new(),
                idle => format!("; too much passes its condition on {}", idle.join(", ")),
            };
            return Err(wrong(
                format!("it rests only on what an attacker chooses{idle}"),
                "add a condition on rule.id, rule.groups, agent.id, agent.name, agent.ip, location or decoder.name",
            ));
        }
        Ok(Self {
            owner: table
                .get("owner")
                .and_then(toml::Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            id,
            action,
            expires,
            max_level,
            condition,
        })
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What happens with what it matches.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The highest level that it touches.
    pub fn max_level(&self) -> u8 {
        self.max_level
    }
}

/// The last day of a rule. A time beside it would promise more than is kept.
fn expires(value: Option<&toml::Value>) -> Result<Date, String> {
    let text = match value {
        None => return Err("`expires` is missing".to_owned()),
        Some(toml::Value::Datetime(date)) => date.to_string(),
        Some(toml::Value::String(text)) => text.clone(),
        Some(other) => return Err(format!("`expires` is `{other}`, which is not a day")),
    };
    let day = text.parse().ok().filter(|_| text.len() == DAY.len());
    day.ok_or_else(|| format!("`expires` is `{text}`, which is not a day"))
}

/// How a day is written.
const DAY: &str = "2027-06-30";

fn max_level(value: Option<&toml::Value>) -> Result<u8, String> {
    let Some(value) = value else {
        return Err("`max_level` is missing".to_owned());
    };
    let Some(level) = value.as_integer() else {
        return Err(format!("`max_level` is {value}, which is no whole number"));
    };
    let level_of_wazuh = u8::try_from(level).ok().filter(|level| *level <= 16);
    level_of_wazuh.ok_or_else(|| format!("`max_level` is {level}, and levels go from 0 to 16"))
}

fn action(table: &toml::Table, id: &str) -> Result<Action, (String, &'static str)> {
    let name = match table.get("action") {
        None => "drop",
        Some(value) => value.as_str().unwrap_or_default(),
    };
    let action = match name {
        "drop" => Action::Drop,
        "no-ai" => Action::NoAi,
        "tag" => match table.get("tag").map(toml::Value::as_str) {
            None => Action::Tag(format!("allow-{id}")),
            Some(Some(tag)) if !tag.trim().is_empty() => Action::Tag(tag.trim().to_owned()),
            Some(_) => return Err(("`tag` is not a text".to_owned(), "write tag = \"expected\"")),
        },
        "cap-level" => table
            .get("level")
            .and_then(toml::Value::as_integer)
            .and_then(|level| u8::try_from(level).ok())
            .filter(|level| *level <= 16)
            .map(Action::CapLevel)
            .ok_or_else(|| {
                (
                    "`level` is missing or not 0 to 16".to_owned(),
                    "write the level whose severity such alerts get at most: level = 5",
                )
            })?,
        _ => {
            return Err((
                "this action does not exist".to_owned(),
                "write drop, tag, cap-level or no-ai; without `action` it is drop",
            ));
        }
    };
    for (key, belongs) in [("tag", "tag"), ("level", "cap-level")] {
        if table.contains_key(key) && action.name() != belongs {
            return Err((
                format!("`{key}` belongs to the action {belongs}"),
                "leave it out, or change `action`",
            ));
        }
    }
    Ok(action)
}
