//! What rules hide.

mod blanks;
mod commands;
mod contents;
mod evasion;
mod exclusion;
mod fields;
mod lint;
mod refusals;
mod shells;
mod spelling;
mod stars;

use super::*;

const HEAD: &str = "id = \"backup\"\nreason = \"nightly\"\nowner = \"k.ito\"\nexpires = 2027-07-01\nmax_level = 9\n";

fn allowlist(rule: &str) -> Result<Allowlist, AllowlistError> {
    Allowlist::read(&[rule.parse::<toml::Table>().unwrap()])
}

fn hides(matches: &str, alert: &str) -> bool {
    let allowlist = allowlist(&format!("{HEAD}[match]\n\"rule.id\" = \"100211\"\n{matches}")).unwrap();
    let alert = wazuh_model::Alert::from_slice(alert.as_bytes()).unwrap();
    allowlist.decides(&Subject::of(&alert, 1_768_900_000_000_000)).is_some()
}

/// Whether a rule with this matcher hides an alert with this value, in a field of each kind.
fn hides_value(path: &str, matches: &str, value: &str) -> bool {
    hides(&format!("\"{path}\" = {matches}"), &alert_with(path, value))
}

/// An alert with this value at a path, as Wazuh writes it there.
fn alert_with(path: &str, value: &str) -> String {
    let mut alert = serde_json::json!({"rule": {"id": "100211", "level": 5}});
    let written = if path.starts_with("data.win.eventdata.") {
        value.replace('\\', r"\\")
    } else {
        value.to_owned()
    };
    let pointer = format!("/{}", path.replace('.', "/"));
    let mut at = &mut alert;
    for key in path.split('.') {
        at = &mut at[key];
    }
    *at = written.into();
    assert!(alert.pointer(&pointer).is_some());
    alert.to_string()
}

#[test]
fn each_matcher_holds_on_what_it_names_and_on_nothing_else() {
    let alert = |rest: &str| format!(r#"{{"rule":{{"id":"100211","level":5,"groups":["a","b"]}},"data":{{{rest}}}}}"#);
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
        (
            r#""data.code" = { gt = 399, lt = 500 }"#,
            alert(r#""code":["404","500"]"#),
            false,
        ),
        (
            r#"not = { "data.code" = { gt = 399, lt = 500 } }"#,
            alert(r#""code":"404""#),
            false,
        ),
        (
            r#"not = { "data.code" = { gt = 399, lt = 500 } }"#,
            alert(r#""code":"200""#),
            true,
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
fn every_element_of_a_list_that_an_event_brings_must_fit_and_what_is_no_text_fits_nothing() {
    let prefix = r#""data.url" = { prefix = '/health' }"#;
    let not = r#"not = { "data.url" = { prefix = '/admin' } }"#;
    for (matches, data, expected) in [
        (prefix, r#"{"url":["/health/x","/healthz"]}"#, true),
        (prefix, r#"{"url":["/health/x","/admin"]}"#, false),
        (prefix, r#"{"url":["/health/x",{"a":"/admin"}]}"#, false),
        (prefix, r#"{"url":[]}"#, false),
        (prefix, r#"{"url":{"a":"/health"}}"#, false),
        (not, r#"{"url":["/health/x","/shop"]}"#, true),
        (not, r#"{"url":["/health/x","/admin"]}"#, false),
        (not, r#"{"url":{"a":"/shop"}}"#, false),
        (not, r#"{"url":["/shop",["/admin"]]}"#, false),
        (not, r#"{"url":null}"#, true),
        (not, "{}", true),
        (r#""data.url" = { exists = false }"#, r#"{"url":{"a":"/x"}}"#, false),
    ] {
        let alert = format!(r#"{{"rule":{{"id":"100211","level":5}},"data":{data}}}"#);
        assert_eq!(hides(matches, &alert), expected, "{matches} on {data}");
    }
}

#[test]
fn limits_of_numbers_are_compared_as_they_are_written_or_refused() {
    for (matches, size, expected) in [
        ("gt = 4000000000", "2500000000", false),
        ("gt = 4000000000", "4000000001", true),
        ("lt = -3000000000", "5", false),
        ("lt = -3000000000", "-3000000001", true),
        ("gt = 9007199254740992", "9007199254740994", true),
    ] {
        let alert = format!(r#"{{"rule":{{"id":"100211","level":5}},"data":{{"size":"{size}"}}}}"#);
        assert_eq!(
            hides(&format!("\"data.size\" = {{ {matches} }}"), &alert),
            expected,
            "{matches} {size}"
        );
    }
    for (matches, word) in [
        ("gt = 9007199254740993", "2^53"),
        ("lt = -1e300", "2^53"),
        ("gt = inf", "2^53"),
        ("gt = nan", "wants a number"),
        ("gt = \"5\"", "wants a number"),
    ] {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n\"data.size\" = {{ {matches} }}");
        let error = allowlist(&rule).unwrap_err().to_string();
        assert!(error.contains(word), "{matches}: {error}");
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
fn groups_are_compared_without_what_rule_files_leave_in_them() {
    for (matches, groups, expected) in [
        (r#""rule.groups" = "sshd""#, r#"["\n    sshd "]"#, true),
        (r#""rule.groups" = "sshd""#, r#""syslog,sshd""#, true),
        (r#""rule.groups" = { prefix = "ssh" }"#, r#"["syslog", " sshd"]"#, true),
        (r#""rule.groups" = "sshd""#, r#""syslog,sshd2""#, false),
        (r#""rule.groups" = "sshd""#, r#"["ssh d"]"#, false),
        (r#"not = { "rule.groups" = "sshd" }"#, r#""syslog, sshd""#, false),
        (r#"not = { "rule.groups" = "sshd" }"#, r#"["syslog"]"#, true),
        (r#"not = { "rule.groups" = "sshd" }"#, r#"[{"a": "sshd"}]"#, false),
    ] {
        let alert = format!(r#"{{"rule":{{"id":"100211","level":5,"groups":{groups}}}}}"#);
        assert_eq!(hides(matches, &alert), expected, "{matches} on {groups}");
    }
}
