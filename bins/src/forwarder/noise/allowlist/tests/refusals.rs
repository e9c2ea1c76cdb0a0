//! Slips: what is refused, or warned of, with what to write.

use super::*;

/// What is said of a rule with these conditions: an error, or its warnings.
fn said(matches: &str) -> String {
    match allowlist(&format!("{HEAD}[match]\n{matches}")) {
        Ok(allowlist) => allowlist.warnings("2027-01-01".parse().unwrap()).join("\n"),
        Err(error) => format!("refused: {error}"),
    }
}

#[test]
fn a_rule_says_when_it_ends_by_a_day_only() {
    let on = |day: &str| {
        let head = HEAD.replace("2027-07-01", day);
        allowlist(&format!("{head}[match]\n\"rule.id\" = \"1\"")).map_err(|error| error.to_string())
    };
    for fine in ["2027-06-30", "\"2027-06-30\""] {
        assert!(on(fine).is_ok(), "{fine}");
    }
    for other in [
        "2027-06-30T23:30:00-05:00",
        "2027-06-30T10:00:00Z",
        "2027-06-30T10:00:00",
        "\"2027-06-30T10:00:00\"",
        "\"2027-06-30T23:00:00+02:00\"",
        "07:32:00",
        "20270630",
        "\"30.06.2027\"",
    ] {
        let error = on(other).unwrap_err();
        assert!(error.contains("not a day"), "{error}");
        assert!(
            error.contains("2027-06-30: a day only, which ends at midnight UTC"),
            "{error}"
        );
    }
}

#[test]
fn what_is_there_in_the_wrong_form_is_not_called_missing() {
    for (line, instead, word) in [
        ("owner = \"k.ito\"", "owner = ['y']", "`owner` is no text"),
        ("id = \"backup\"", "id = 5", "`id` is no text"),
        ("owner = \"k.ito\"", "owner = ' '", "`owner` is empty"),
        ("owner = \"k.ito\"", "", "`owner` is missing"),
        ("max_level = 9", "max_level = '9'", "no whole number"),
        ("max_level = 9", "max_level = 17", "from 0 to 16"),
        ("max_level = 9", "", "`max_level` is missing"),
    ] {
        let head = HEAD.replace(line, instead);
        let error = allowlist(&format!("{head}[match]\n\"rule.id\" = \"1\""))
            .unwrap_err()
            .to_string();
        assert!(error.contains(word), "{error}");
    }
    for (line, word) in [
        ("match = ['rule.id']", "`match` is no table"),
        ("", "`match` is missing"),
    ] {
        let error = allowlist(&format!("{HEAD}{line}")).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn words_of_the_rule_and_of_other_languages_are_no_fields() {
    for (matches, word) in [
        ("max_level = 3", "`max_level` belongs to the rule"),
        ("expires = 2027-01-01", "`expires` belongs to the rule"),
        ("Any = [{ \"data.x\" = '1' }]", "no `Any`; write any ="),
        ("none = [{ \"agent.id\" = '001' }]", "write not = { any ="),
        ("NOT = { \"agent.id\" = '001' }", "write not ="),
        ("or = [{ \"agent.id\" = '001' }]", "write any ="),
        ("not = [{ \"agent.id\" = '001' }]", "write not = { any ="),
        ("all = []", "`all` of nothing"),
        ("not = { all = [] }", "`all` of nothing"),
        (
            "\"data.x\" = { cidr = '10.0.0.0/8', ignore_case = true }",
            "ignore_case is for texts",
        ),
        (
            "\"data.x\" = { exists = true, ignore_case = false }",
            "ignore_case is for texts",
        ),
    ] {
        let said = said(&format!("\"rule.id\" = '5'\n{matches}"));
        assert!(said.starts_with("refused") && said.contains(word), "{matches}: {said}");
    }
    assert_eq!(
        said("\"rule.id\" = '5'\nid = '1.2'\n\"data.x\" = { glob = 'a*', ignore_case = true }"),
        ""
    );
}

#[test]
fn what_never_holds_is_warned_of() {
    for (matches, word) in [
        ("\"data.x\" = { gt = 5, lt = 4 }", "above 5 and below 4"),
        ("not = { \"data.x\" = { gt = 5, lt = 5 } }", "above 5 and below 5"),
        ("\"data.x\" = { eq = 1, in = [2] }", "one of `eq` and one of `in`"),
        ("\"rule.level\" = { gt = 12 }", "max_level is 9"),
        ("\"rule.level\" = { gt = 9, lt = 12 }", "max_level is 9"),
        ("\"rule.level\" = { in = [10, 11] }", "max_level is 9"),
        ("\"agent.name\" = ''", "never empty"),
    ] {
        let said = said(&format!("\"rule.id\" = '5'\n{matches}"));
        assert!(said.contains(word), "{matches}: {said}");
    }
    for matches in [
        "\"data.x\" = { gt = 4, lt = 5 }",
        "\"data.x\" = { eq = 1, in = [1, 2] }",
        "\"rule.level\" = { gt = 8 }",
        "\"rule.level\" = { in = [3, 12] }",
        "not = { \"rule.level\" = { gt = 12 } }",
        "\"data.x\" = ''",
    ] {
        assert_eq!(said(&format!("\"rule.id\" = '5'\n{matches}")), "", "{matches}");
    }
}

#[test]
fn escapes_that_toml_has_read_in_a_path_are_warned_of() {
    for matches in [
        r#""data.win.eventdata.image" = "C:\temp\new.exe""#,
        r#""data.win.eventdata.image" = { in = ["x", "C:\temp\new.exe"] }"#,
        r#""data.command" = { glob = "C:\temp\new.exe" }"#,
        r#""data.file" = { regex = "C:\temp\new.exe" }"#,
    ] {
        let said = said(&format!("\"rule.id\" = '5'\n{matches}"));
        assert!(
            said.contains(r"in single quotes: 'C:\temp\new.exe'"),
            "{matches}: {said}"
        );
    }
    assert_eq!(said("\"rule.id\" = '5'\nfull_log = { glob = \"**a\\tb**\" }"), "");
}

#[test]
fn the_beginning_of_an_address_in_a_not_is_warned_of() {
    for matches in [
        "{ prefix = '10.' }",
        "{ prefix = '2001:db8:' }",
        "{ glob = '192.168.*' }",
        "{ glob = '10.*.*.*' }",
        "{ glob = '10.1.2.?' }",
        r"{ regex = '10\.1\..*' }",
        r"{ regex = '^10\.1\.\d+\.[0-9]+$' }",
    ] {
        let not = said(&format!("\"rule.id\" = '5'\nnot = {{ \"data.srcip\" = {matches} }}"));
        assert!(not.contains("write { cidr ="), "{matches}: {not}");
        assert_eq!(said(&format!("\"rule.id\" = '5'\n\"data.srcip\" = {matches}")), "");
    }
    assert_eq!(
        said("\"rule.id\" = '5'\nnot = { \"data.srcip\" = { cidr = '10.0.0.0/8' } }"),
        ""
    );
    for path in ["data.version", "data.aws.description", "data.win.eventdata.scriptPath"] {
        let not = format!("\"rule.id\" = '5'\nnot = {{ \"{path}\" = {{ prefix = '10.' }} }}");
        assert_eq!(said(&not), "", "{path}");
    }
}

#[test]
fn conditions_that_together_let_nearly_all_pass_are_nothing_to_rest_on() {
    for matches in [
        r#"any = [{ "rule.id" = { regex = "[12].*" } }, { "rule.id" = { regex = "[4-6].*" } }, { "rule.id" = { regex = "[78].*" } }, { "rule.id" = { prefix = "9" } }]"#,
        r#"any = [{ "agent.name" = { regex = "[a-m].*" } }, { "agent.name" = { glob = "q*-*" } }, { "agent.name" = { regex = "[r-z].*" }, "data.x" = "1" }]"#,
        r#"any = [{ "rule.id" = { gt = 0, lt = 180 } }, { "rule.id" = { gt = 179, lt = 400 } }, { "rule.id" = { gt = 399, lt = 700 } }]"#,
    ] {
        let said = said(matches);
        assert!(
            said.starts_with("refused") && said.contains("all of it together"),
            "{matches}: {said}"
        );
    }
    for matches in [
        r#"any = [{ "rule.id" = { prefix = "1" } }, { "rule.id" = { prefix = "5" } }, { "rule.id" = { prefix = "9" } }]"#,
        r#"any = [{ "agent.name" = { regex = "[a-m].*" } }, { "agent.name" = { regex = "[r-z].*" }, "data.x" = "1" }]"#,
        r#"any = [{ "agent.ip" = { prefix = "2a02:" } }, { "agent.ip" = { prefix = "fd" } }]"#,
        r#"any = [{ "agent.id" = { glob = "01*" } }, { "agent.id" = { glob = "04*" } }, { "agent.id" = { glob = "07*" } }]"#,
        r#"any = [{ "rule.id" = { gt = 170, lt = 190 } }, { "rule.id" = { gt = 340, lt = 360 } }, { "rule.id" = { gt = 580, lt = 600 } }]"#,
        r#"any = [{ "location" = { glob = "/var/log/**" } }, { "location" = { glob = 'C:\**' } }]"#,
    ] {
        let said = said(matches);
        assert!(
            !said.starts_with("refused") && said.contains("all of it together"),
            "{matches}: {said}"
        );
    }
    for matches in [
        r#"any = [{ "rule.id" = { prefix = "1007" } }, { "rule.id" = { prefix = "1008" } }]"#,
        r#"any = [{ "agent.id" = "017" }, { "agent.id" = "048" }, { "agent.id" = "073" }]"#,
        r#"any = [{ "agent.name" = { glob = "web*" } }, { "agent.name" = { glob = "db*" } }]"#,
        r#"any = [{ "agent.ip" = { prefix = "10.83." } }, { "agent.ip" = { prefix = "fd" } }]"#,
        r#"any = [{ "rule.id" = "5", "agent.name" = { regex = "[a-p].*" } }, { "rule.id" = "6", "agent.name" = { regex = "[q-z].*" } }]"#,
        "any = [{ \"rule.id\" = { prefix = '1' } }, { \"rule.id\" = { prefix = '5' } }]\n\"agent.name\" = \"SRV-1\"",
    ] {
        assert_eq!(said(matches), "", "{matches}");
    }
}

#[test]
fn groups_of_a_standard_are_on_most_alerts() {
    for group in ["gdpr_*", "pci_dss_*", "hipaa_*", "nist_800_53_*", "tsc_*", "gpg13_*"] {
        let said = said(&format!("\"rule.groups\" = {{ glob = '{group}' }}"));
        assert!(said.contains("in most alerts"), "{group}: {said}");
    }
}
