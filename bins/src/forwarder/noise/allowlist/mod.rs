//! Allowlist rules: what the owner of a network has said is expected here.
//!
//! A rule names who said so, why and until when, and can never touch an alert above its level. It must rest on at least one
//! condition about something that an attacker does not choose, such as the rule or the agent.

mod condition;
mod fields;
mod matcher;
mod path;
mod probes;
mod rule;

use jiff::civil::Date;

use super::Subject;
pub use rule::{Action, Rule};

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

impl Allowlist {
    /// Reads `[[allow]]` tables; one bad rule refuses them all, so that nobody believes in a rule that is not there.
    pub fn read(tables: &[toml::Table]) -> Result<Self, AllowlistError> {
        let rules: Vec<Rule> = tables
            .iter()
            .enumerate()
            .map(|(at, table)| Rule::read(at, table))
            .collect::<Result<_, _>>()?;
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = rules.iter().find(|rule| !seen.insert(rule.id())) {
            return Err(AllowlistError {
                rule: twice.id.clone(),
                problem: "this id stands twice".to_owned(),
                hint: "each rule is counted by its id; give it one of its own",
            });
        }
        Ok(Self { rules })
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule that decides about this alert, if any.
    pub fn decides(&self, subject: &Subject<'_>) -> Option<&Rule> {
        self.first(subject, |rule| subject.level <= rule.max_level)
    }

    /// The rule that would decide about this alert were it not more severe than the rule may touch.
    pub fn would_decide(&self, subject: &Subject<'_>) -> Option<&Rule> {
        self.first(subject, |rule| subject.level > rule.max_level)
    }

    /// The rule that decides about this alert, for who has not looked at it for anything else.
    pub(crate) fn decides_on(&self, alert: &wazuh_model::Alert, received_us: i64) -> Option<&Rule> {
        if self.rules.iter().all(|rule| rule.action == Action::Drop) {
            return None;
        }
        self.decides(&Subject::of(alert, received_us))
    }

    fn first(&self, subject: &Subject<'_>, level: impl Fn(&Rule) -> bool) -> Option<&Rule> {
        if self.rules.is_empty() {
            return None;
        }
        let alert = subject.alert?;
        // Inactive after its day, whether that has passed for the event or for the one who looks at it.
        let day = day(subject.time_us.max(subject.received_us))?;
        let look = |path: &str| values(alert, path);
        self.rules
            .iter()
            .find(|rule| level(rule) && day <= rule.expires && rule.condition.holds(&look))
    }

    /// What somebody should look at, on this day: rules that have expired or soon will, fields that no decoder fills.
    pub fn warnings(&self, today: Date) -> Vec<String> {
        self.rules.iter().flat_map(|rule| rule.warnings(today)).collect()
    }
}

fn day(us: i64) -> Option<Date> {
    let time = jiff::Timestamp::from_microsecond(us).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).date())
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
        allowlist.decides(&Subject::of(&alert, 1_768_900_000_000_000)).is_some()
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
            assert_eq!(allowlist.decides(&Subject::of(&alert, 0)).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn a_rule_that_an_attacker_could_satisfy_alone_is_refused() {
        for matches in [
            "[match]\n\"data.srcuser\" = \"backup\"",
            "[match]\nany = [ { \"rule.id\" = \"1\" }, { \"data.url\" = \"/x\" } ]",
            "[match]\nnot = { \"agent.id\" = \"001\" }",
            "[match]\n\"rule.id\" = { exists = true }",
            "[match]\n\"rule.id\" = { regex = \".*\" }",
            "[match]\n\"agent.name\" = { glob = \"**\" }",
            "[match]\n\"location\" = { prefix = \"\" }",
            "[match]\n\"agent.ip\" = { cidr = \"0.0.0.0/0\" }",
            "[match]\n\"agent.id\" = { gt = 0 }",
            "[match]\n\"rule.id\" = { regex = '[0-9]{4,6}' }",
            "[match]\n\"rule.id\" = { regex = '[0-4][0-9]+' }",
            "[match]\n\"rule.id\" = { glob = '?????' }",
            "[match]\n\"rule.groups\" = { regex = '[a-z_]+' }",
            "[match]\n\"agent.id\" = { regex = '0[0-9]+' }",
            "[match]\n\"agent.id\" = { regex = '0*[1-9][0-9]*' }",
            "[match]\n\"agent.ip\" = { cidr = ['0.0.0.0/1', '128.0.0.0/1'] }",
            "[match]\n\"agent.ip\" = { cidr = ['10.0.0.0/8', '::/1', '8000::/1'] }",
            "[match]\n\"agent.ip\" = { cidr = '2000::/3' }",
            "[match]\n\"agent.ip\" = { regex = '[0-9.]+' }",
            "[match]\n\"agent.name\" = { glob = '*-*' }",
            "[match]\n\"manager.name\" = { regex = '[a-z0-9.-]+' }",
            "[match]\n\"location\" = { prefix = '/' }",
            "[match]\n\"decoder.name\" = { regex = '[a-z]+' }",
        ] {
            let error = allowlist(&format!("{HEAD}{matches}")).unwrap_err();
            assert!(error.to_string().contains("attacker chooses"), "{matches}: {error}");
        }
    }

    #[test]
    fn a_rule_for_some_rules_agents_or_networks_is_anchored() {
        for matches in [
            "\"rule.id\" = { regex = '57[0-9]{2}' }",
            "\"rule.id\" = { regex = '(5|31)[0-9]{3}' }",
            "\"rule.id\" = { prefix = '1007' }",
            "\"rule.groups\" = { glob = 'sysmon_*' }",
            "\"agent.id\" = { regex = '00[0-9]' }",
            "\"agent.id\" = { in = ['017', '048', '073', '1374'] }",
            "\"agent.ip\" = { cidr = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'] }",
            "\"agent.ip\" = { cidr = ['192.0.2.0/24', '203.0.113.0/24', '2001:db8::/32'] }",
            "\"agent.name\" = { regex = '(SRV|WIN|web)-.*' }",
            "\"location\" = { glob = '/var/log/*' }",
            "\"location\" = \"EventChannel\"",
            "\"decoder.name\" = \"sshd\"",
        ] {
            allowlist(&format!("{HEAD}[match]\n{matches}")).unwrap();
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

    #[test]
    fn another_spelling_of_a_path_does_not_get_through_a_rule_for_it() {
        let image = |path: &str| {
            let alert = serde_json::json!({
                "rule": {"id": "100211", "level": 5},
                "data": {"win": {"eventdata": {"image": path.replace('\\', r"\\")}}, "file": path},
            });
            alert.to_string()
        };
        for (matches, path, expected) in [
            (
                r#""data.win.eventdata.image" = { glob = 'C:\Backup\**' }"#,
                r"C:\Backup\bin\agent.exe",
                true,
            ),
            (
                r#""data.win.eventdata.image" = { glob = 'C:\Backup\**' }"#,
                r"C:\Backup\..\Temp\evil.exe",
                false,
            ),
            (
                r#""data.win.eventdata.image" = { prefix = 'C:\Backup\' }"#,
                r"C:\Backup\..\Temp\evil.exe",
                false,
            ),
            (
                r#""data.win.eventdata.image" = { regex = 'C:\\Backup\\.*' }"#,
                r"C:\Backup\..\Temp\evil.exe",
                false,
            ),
            (
                r#""data.win.eventdata.image" = { regex = 'C:\\Backup\\.*' }"#,
                r"c:\backup\agent.exe",
                true,
            ),
            (
                r#""data.win.eventdata.image" = { glob = 'C:\Backup\agent.exe' }"#,
                r"C:\Backup\agent.exe ",
                false,
            ),
            (
                r#""data.win.eventdata.image" = { glob = 'C:\Windows\System32\*.exe' }"#,
                r"C:\Windows \System32\svchost.exe",
                false,
            ),
            (
                r#""data.win.eventdata.image" = { prefix = 'C:\Windows\System32\' }"#,
                r"C:\Windows\System32 \svchost.exe",
                false,
            ),
            (
                r#""data.win.eventdata.image" = { glob = 'C:\Windows\**' }"#,
                r"C:\Windows.\System32\svchost.exe",
                false,
            ),
            (
                r#"not = { "data.win.eventdata.image" = { glob = 'C:\Users\**' } }"#,
                r"C:\Users \eve\x.exe",
                false,
            ),
            (
                r#"not = { "data.win.eventdata.image" = { regex = 'C:\\Users\\.*' } }"#,
                r"C:\Tools\..\Users\x.exe",
                false,
            ),
            (
                r#"not = { "data.win.eventdata.image" = { glob = 'C:\Users\**' } }"#,
                r"C:\Tools\x.exe",
                true,
            ),
            (
                r#""data.win.eventdata.image" = { glob = '\\srv\tools\*.exe' }"#,
                r"\\SRV\Tools\a.exe",
                true,
            ),
            (
                r#""data.file" = { glob = '/var/log/*' }"#,
                "/var/log/../../tmp/x",
                false,
            ),
            (r#""data.file" = { glob = '/var/log/*' }"#, "/var/log/app/x", false),
            (r#""data.file" = { glob = '/var/log/*' }"#, "/var/log/x", true),
        ] {
            assert_eq!(hides(matches, &image(path)), expected, "{matches} on {path}");
        }
    }

    #[test]
    fn actions_other_than_drop_are_read_with_what_they_need() {
        let action = |lines: &str| {
            let rule = format!("{HEAD}{lines}\n[match]\n\"rule.id\" = \"1\"");
            allowlist(&rule).map(|allowlist| allowlist.rules()[0].action().clone())
        };
        assert_eq!(action("").unwrap(), Action::Drop);
        assert_eq!(action("action = \"no-ai\"").unwrap(), Action::NoAi);
        assert_eq!(
            action("action = \"tag\"").unwrap(),
            Action::Tag("allow-backup".to_owned())
        );
        assert_eq!(
            action("action = \"cap-level\"\nlevel = 5").unwrap(),
            Action::CapLevel(5)
        );
        for (lines, word) in [
            ("action = \"cap-level\"", "`level` is missing"),
            ("action = \"hide\"", "write drop, tag, cap-level or no-ai"),
            ("level = 5", "belongs to the action cap-level"),
            ("action = \"no-ai\"\ntag = \"x\"", "belongs to the action tag"),
        ] {
            let error = action(lines).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn rules_that_expire_soon_have_expired_or_speak_of_unknown_fields_are_warned_of() {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n\"data.win.eventdata.comandLine\" = \"x\"");
        let allowlist = allowlist(&rule).unwrap();
        let on = |day: &str| allowlist.warnings(day.parse().unwrap()).join("\n");
        assert!(
            on("2027-06-16").contains("commandLine") && !on("2027-06-16").contains("expires"),
            "{}",
            on("2027-06-16")
        );
        assert!(
            on("2027-06-17").contains("expires on 2027-07-01, in 14 days"),
            "{}",
            on("2027-06-17")
        );
        assert!(on("2027-07-02").contains("has expired"), "{}", on("2027-07-02"));
    }

    #[test]
    fn two_rules_of_one_name_are_refused() {
        let rule: toml::Table = format!("{HEAD}[match]\n\"rule.id\" = \"1\"").parse().unwrap();
        let error = Allowlist::read(&[rule.clone(), rule]).unwrap_err().to_string();
        assert!(error.contains("stands twice"), "{error}");
    }
}
