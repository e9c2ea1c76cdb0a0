//! Allowlist rules: what the owner of a network has said is expected here.
//!
//! A rule names who said so, why and until when, and can never hide an alert above its level. It must rest on at least one
//! condition about something that an attacker does not choose, such as the rule or the agent.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::civil::Date;
use regex::{Regex, RegexBuilder};

use super::Subject;

/// Paths that an attacker does not choose.
const ANCHORS: &[&str] = &[
    "rule.id",
    "rule.groups",
    "agent.id",
    "agent.name",
    "agent.ip",
    "location",
    "decoder.name",
    "manager.name",
];

/// A rule that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("allowlist rule `{rule}`: {problem}\nhint: {hint}")]
pub struct AllowlistError {
    rule: String,
    problem: String,
    hint: &'static str,
}

/// All rules, in the order of the file; the first that matches decides.
#[derive(Debug, Default)]
pub struct Allowlist {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    id: String,
    expires: Date,
    max_level: u8,
    condition: Condition,
}

#[derive(Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Field { path: String, test: Test },
}

#[derive(Debug)]
enum Test {
    /// Equality, glob, prefix and regex are all anchored regular expressions.
    Text(Regex),
    OneOf(Vec<Regex>),
    Networks(Vec<IpNet>),
    Exists(bool),
    Above(f64),
    Below(f64),
}

impl Allowlist {
    /// Reads `[[allow]]` tables; one bad rule refuses them all, so that nobody believes in a rule that is not there.
    pub fn read(tables: &[toml::Table]) -> Result<Self, AllowlistError> {
        let rules = tables
            .iter()
            .enumerate()
            .map(|(at, table)| Rule::read(at, table))
            .collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule that hides this alert, if any.
    pub fn hides(&self, subject: &Subject<'_>) -> Option<&str> {
        let alert = subject.alert?;
        let day = jiff::Timestamp::from_microsecond(subject.time_us)
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date();
        let look = |path: &str| values(alert, path);
        self.rules
            .iter()
            .find(|rule| subject.level <= rule.max_level && day <= rule.expires && rule.condition.holds(&look))
            .map(|rule| rule.id.as_str())
    }
}

/// Every text at a path: one for a scalar, one per element for a list.
fn values(alert: &wazuh_model::Alert, path: &str) -> Vec<String> {
    match alert.get(path) {
        Some(serde_json::Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect(),
        _ => alert.text(path).map(std::borrow::Cow::into_owned).into_iter().collect(),
    }
}

impl Rule {
    fn read(at: usize, table: &toml::Table) -> Result<Self, AllowlistError> {
        let id = table
            .get("id")
            .and_then(toml::Value::as_str)
            .map_or_else(|| format!("number {}", at + 1), str::to_owned);
        let wrong = |problem: String, hint| AllowlistError {
            rule: id.clone(),
            problem,
            hint,
        };
        let known = ["id", "reason", "owner", "expires", "max_level", "action", "match"];
        if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(wrong(
                format!("the key `{key}` does not exist"),
                "a rule has id, reason, owner, expires, max_level, match",
            ));
        }
        for key in ["id", "reason", "owner"] {
            if table
                .get(key)
                .and_then(toml::Value::as_str)
                .is_none_or(|text| text.trim().is_empty())
            {
                return Err(wrong(
                    format!("`{key}` is missing"),
                    "say who hides what, and why, for those who come after",
                ));
            }
        }
        if table
            .get("action")
            .is_some_and(|action| action.as_str() != Some("drop"))
        {
            return Err(wrong(
                "this action does not exist".to_owned(),
                "leave `action` out, or write \"drop\"",
            ));
        }
        let expires = table
            .get("expires")
            .and_then(|value| match value {
                toml::Value::Datetime(date) => date.to_string().get(..10)?.parse().ok(),
                toml::Value::String(text) => text.parse::<Date>().ok(),
                _ => None,
            })
            .ok_or_else(|| {
                wrong(
                    "`expires` is missing or not a date".to_owned(),
                    "write expires = 2027-06-30",
                )
            })?;
        let max_level = table
            .get("max_level")
            .and_then(toml::Value::as_integer)
            .and_then(|level| u8::try_from(level).ok())
            .filter(|level| *level <= 16)
            .ok_or_else(|| {
                wrong(
                    "`max_level` is missing or not 0 to 16".to_owned(),
                    "write the highest level that this rule may hide",
                )
            })?;
        let Some(toml::Value::Table(conditions)) = table.get("match") else {
            return Err(wrong(
                "`match` is missing".to_owned(),
                "write [allow.match] with one line per field",
            ));
        };
        let condition =
            Condition::all(conditions).map_err(|problem| wrong(problem, "see docs/operations.md for every matcher"))?;
        if !condition.is_anchored() {
            return Err(wrong(
                "it rests only on what an attacker chooses".to_owned(),
                "add a condition on rule.id, rule.groups, agent.id, agent.name, agent.ip, location or decoder.name",
            ));
        }
        Ok(Self {
            id,
            expires,
            max_level,
            condition,
        })
    }
}

impl Condition {
    fn all(table: &toml::Table) -> Result<Self, String> {
        if table.is_empty() {
            return Err("an empty condition matches everything".to_owned());
        }
        table
            .iter()
            .map(|(key, value)| Self::one(key, value))
            .collect::<Result<_, _>>()
            .map(Self::All)
    }

    fn one(key: &str, value: &toml::Value) -> Result<Self, String> {
        let tables = || match value {
            toml::Value::Array(items) => items
                .iter()
                .map(|item| {
                    item.as_table()
                        .ok_or_else(|| format!("`{key}` wants a list of conditions"))
                        .and_then(Self::all)
                })
                .collect::<Result<Vec<_>, _>>(),
            _ => Err(format!("`{key}` wants a list of conditions")),
        };
        match key {
            "all" => tables().map(Self::All),
            "any" => match tables()? {
                none if none.is_empty() => Err("`any` of nothing never matches".to_owned()),
                some => Ok(Self::Any(some)),
            },
            "not" => match value {
                toml::Value::Table(table) => Ok(Self::Not(Box::new(Self::all(table)?))),
                _ => Err("`not` wants a condition".to_owned()),
            },
            path => Test::read(path, value).map(|tests| {
                Self::All(
                    tests
                        .into_iter()
                        .map(|test| Self::Field {
                            path: path.to_owned(),
                            test,
                        })
                        .collect(),
                )
            }),
        }
    }

    fn holds(&self, look: &impl Fn(&str) -> Vec<String>) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(look)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(look)),
            Self::Not(condition) => !condition.holds(look),
            Self::Field { path, test } => test.holds(&look(path)),
        }
    }

    /// Whether it can only hold when something holds that an attacker does not choose.
    fn is_anchored(&self) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().any(Self::is_anchored),
            Self::Any(conditions) => conditions.iter().all(Self::is_anchored),
            // "Not on that agent" still holds on every other.
            Self::Not(_) => false,
            Self::Field { path, test } => ANCHORS.contains(&path.as_str()) && !matches!(test, Test::Exists(_)),
        }
    }
}

impl Test {
    fn read(path: &str, value: &toml::Value) -> Result<Vec<Self>, String> {
        let table = match value {
            toml::Value::Table(table) => table,
            scalar => return Ok(vec![Self::Text(exactly(&text(path, scalar)?, false)?)]),
        };
        let fold_case = match table.get("ignore_case") {
            None => false,
            Some(value) => value
                .as_bool()
                .ok_or_else(|| format!("`{path}`: ignore_case wants true or false"))?,
        };
        let tests = table
            .iter()
            .filter(|(key, _)| *key != "ignore_case")
            .map(|(key, value)| {
                let list = || -> Result<Vec<String>, String> {
                    match value {
                        toml::Value::Array(items) => items.iter().map(|item| text(path, item)).collect(),
                        one => Ok(vec![text(path, one)?]),
                    }
                };
                let number = || {
                    value
                        .as_float()
                        .or_else(|| {
                            value
                                .as_integer()
                                .map(|n| f64::from(i32::try_from(n).unwrap_or(i32::MAX)))
                        })
                        .ok_or_else(|| format!("`{path}`: `{key}` wants a number"))
                };
                match key.as_str() {
                    "eq" => Ok(Self::Text(exactly(&text(path, value)?, fold_case)?)),
                    "in" => Ok(Self::OneOf(
                        list()?
                            .iter()
                            .map(|item| exactly(item, fold_case))
                            .collect::<Result<_, _>>()?,
                    )),
                    "glob" => Ok(Self::Text(anchored(&glob(&text(path, value)?), fold_case)?)),
                    "prefix" => Ok(Self::Text(anchored(
                        &(regex::escape(&text(path, value)?) + "(?s:.*)"),
                        fold_case,
                    )?)),
                    "regex" => Ok(Self::Text(anchored(&text(path, value)?, fold_case)?)),
                    "cidr" => {
                        let networks = list()?.iter().map(|item| network(item)).collect::<Result<_, _>>()?;
                        Ok(Self::Networks(networks))
                    }
                    "exists" => value
                        .as_bool()
                        .map(Self::Exists)
                        .ok_or_else(|| format!("`{path}`: exists wants true or false")),
                    "gt" => number().map(Self::Above),
                    "lt" => number().map(Self::Below),
                    other => Err(format!("`{path}`: there is no matcher `{other}`")),
                }
            });
        let tests: Vec<Self> = tests.collect::<Result<_, _>>()?;
        if tests.is_empty() {
            Err(format!("`{path}` has no matcher"))
        } else {
            Ok(tests)
        }
    }

    /// Whether any value at the path passes.
    fn holds(&self, values: &[String]) -> bool {
        let any = |test: &dyn Fn(&str) -> bool| values.iter().any(|value| test(value));
        match self {
            Self::Text(pattern) => any(&|value| pattern.is_match(value)),
            Self::OneOf(patterns) => any(&|value| patterns.iter().any(|pattern| pattern.is_match(value))),
            Self::Networks(networks) => any(&|value| {
                value
                    .parse::<IpAddr>()
                    .is_ok_and(|address| networks.iter().any(|network| network.contains(&address)))
            }),
            Self::Exists(wanted) => values.is_empty() != *wanted,
            Self::Above(limit) => any(&|value| value.parse::<f64>().is_ok_and(|number| number > *limit)),
            Self::Below(limit) => any(&|value| value.parse::<f64>().is_ok_and(|number| number < *limit)),
        }
    }
}

fn text(path: &str, value: &toml::Value) -> Result<String, String> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => Ok(value.to_string()),
        _ => Err(format!("`{path}` wants a text or a matcher")),
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("`{text}` is not a network in CIDR form"))
}

fn exactly(text: &str, fold_case: bool) -> Result<Regex, String> {
    anchored(&regex::escape(text), fold_case)
}

/// Anchored at both ends; the case of Windows paths does not matter.
fn anchored(pattern: &str, fold_case: bool) -> Result<Regex, String> {
    let windows_path = pattern.contains(r"\\") && pattern.contains(':');
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .case_insensitive(fold_case || windows_path)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| {
            format!(
                "the pattern is not valid: {}",
                error.to_string().lines().last().unwrap_or("")
            )
        })
}

/// `*` and `?` stay within one path component, `**` does not.
fn glob(text: &str) -> String {
    let mut pattern = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                pattern.push_str("(?s:.*)");
            }
            '*' => pattern.push_str(r"[^/\\]*"),
            '?' => pattern.push_str(r"[^/\\]"),
            other => pattern.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "id = \"backup\"\nreason = \"nightly\"\nowner = \"k.ito\"\nexpires = 2027-07-01\nmax_level = 9\n";

    fn allowlist(rule: &str) -> Result<Allowlist, AllowlistError> {
        Allowlist::read(&[rule.parse::<toml::Table>().unwrap()])
    }

    fn hides(matches: &str, alert: &str) -> bool {
        let allowlist = allowlist(&format!("{HEAD}[match]\n\"rule.id\" = \"100211\"\n{matches}")).unwrap();
        let alert = wazuh_model::Alert::from_slice(alert.as_bytes()).unwrap();
        allowlist.hides(&Subject::of(&alert, 1_768_900_000_000_000)).is_some()
    }

    #[test]
    fn each_matcher_holds_on_what_it_names_and_on_nothing_else() {
        let alert =
            |rest: &str| format!(r#"{{"rule":{{"id":"100211","level":5,"groups":["a","b"]}},"data":{{{rest}}}}}"#);
        let image = alert(r#""win":{"eventdata":{"image":"C:\\\\Program Files\\\\Backup\\\\agent.exe"}}"#);
        for (matches, other, expected) in [
            (
                r#""data.srcip" = { cidr = "10.0.0.0/8" }"#,
                alert(r#""srcip":"10.1.2.3""#),
                true,
            ),
            (
                r#""data.srcip" = { cidr = ["10.0.0.0/8"] }"#,
                alert(r#""srcip":"11.1.2.3""#),
                false,
            ),
            (r#""rule.groups" = { in = ["b", "c"] }"#, alert(""), true),
            (
                r#""data.url" = { prefix = "/health" }"#,
                alert(r#""url":"/healthz?x""#),
                true,
            ),
            (
                r#""data.url" = { regex = "/health" }"#,
                alert(r#""url":"/healthz""#),
                false,
            ),
            (
                r#""data.win.eventdata.image" = { glob = 'c:\program files\backup\*.exe' }"#,
                image.clone(),
                true,
            ),
            (
                r#""data.win.eventdata.image" = { glob = 'C:\*.exe' }"#,
                image.clone(),
                false,
            ),
            (r#""data.win.eventdata.image" = { glob = 'C:\**.exe' }"#, image, true),
            (
                r#""data.code" = { gt = 399, lt = 500 }"#,
                alert(r#""code":"404""#),
                true,
            ),
            (
                r#""data.code" = { gt = 399, lt = 500 }"#,
                alert(r#""code":"500""#),
                false,
            ),
            (r#""data.user" = { exists = false }"#, alert(""), true),
            (r#"not = { "data.user" = "root" }"#, alert(r#""user":"root""#), false),
            (
                r#"any = [ { "data.user" = "a" }, { "data.user" = "b" } ]"#,
                alert(r#""user":"b""#),
                true,
            ),
        ] {
            assert_eq!(hides(matches, &other), expected, "{matches} on {other}");
        }
    }

    #[test]
    fn a_rule_hides_nothing_above_its_level_or_after_its_day() {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"");
        let allowlist = allowlist(&rule).unwrap();
        let alert = |level: u8, day: &str| {
            format!(r#"{{"timestamp":"{day}T10:00:00.000+0000","rule":{{"id":"1","level":{level}}}}}"#)
        };
        for (text, expected) in [
            (alert(9, "2027-07-01"), true),
            (alert(10, "2027-07-01"), false),
            (alert(9, "2027-07-02"), false),
        ] {
            let alert = wazuh_model::Alert::from_slice(text.as_bytes()).unwrap();
            assert_eq!(allowlist.hides(&Subject::of(&alert, 0)).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn a_rule_that_an_attacker_could_satisfy_alone_is_refused() {
        for matches in [
            "[match]\n\"data.srcuser\" = \"backup\"",
            "[match]\nany = [ { \"rule.id\" = \"1\" }, { \"data.url\" = \"/x\" } ]",
            "[match]\nnot = { \"agent.id\" = \"001\" }",
            "[match]\n\"rule.id\" = { exists = true }",
        ] {
            let error = allowlist(&format!("{HEAD}{matches}")).unwrap_err();
            assert!(error.to_string().contains("attacker chooses"), "{matches}: {error}");
        }
    }

    #[test]
    fn a_rule_without_owner_expiry_or_condition_is_refused_with_what_to_write() {
        for (rule, word) in [
            ("id = \"x\"\nreason = \"y\"", "`owner` is missing"),
            ("id = \"x\"\nreason = \"y\"\nowner = \"z\"", "write expires"),
            (&HEAD.replace("max_level = 9", ""), "`max_level`"),
            (HEAD, "`match` is missing"),
            (
                &format!("{HEAD}[match]\n\"rule.id\" = {{ regex = \"(\" }}"),
                "not valid",
            ),
            (
                &format!("{HEAD}[match]\n\"rule.id\" = {{ like = \"x\" }}"),
                "no matcher `like`",
            ),
        ] {
            let error = allowlist(rule).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
