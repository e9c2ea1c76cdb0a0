use super::*;
use crate::{Redactor, RedactorSettings};

fn alert(fields: &[(&str, &str)]) -> AlertFields {
    AlertFields {
        title: "Logon failure".into(),
        rule_id: Some("60122".into()),
        level: Some(5),
        fields: fields
            .iter()
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect(),
        ..AlertFields::default()
    }
}

#[test]
fn the_title_is_always_a_fact_to_cite() {
    let evidence = Evidence::from_fields(&AlertFields {
        title: "Something happened".into(),
        ..AlertFields::default()
    });
    assert_eq!(evidence.facts.len(), 1);
    assert_eq!(
        (evidence.facts[0].path.as_str(), evidence.facts[0].id.to_string()),
        ("title", "F01".to_owned())
    );
}

#[test]
fn facts_stand_in_the_order_of_their_value_and_noise_is_left_out() {
    let evidence = Evidence::from_fields(&alert(&[
        ("timestamp", "2026-01-20T09:02:17.037+0000"),
        ("rule.pci_dss[0]", "10.2.4"),
        ("agent.name", "WS-FIN-042"),
        ("full_log", "some long text"),
        ("data.win.system.providerGuid", "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"),
        ("data.win.system.message", "An account failed to log on."),
        ("data.win.eventdata.logonGuid", "{921e2466-0002}"),
        ("data.win.eventdata.commandLine", "whoami /all"),
        ("data.win.eventdata.subStatus", "0xc0000064"),
        ("data.win.eventdata.targetUserName", "NoSuchUser"),
    ]));
    let paths: Vec<&str> = evidence.facts.iter().map(|fact| fact.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "rule.description",
            "agent.name",
            "data.win.eventdata.targetUserName",
            "data.win.eventdata.commandLine",
            "data.win.eventdata.subStatus",
            "timestamp",
            "full_log",
            "check.status",
        ]
    );
    assert_eq!(
        evidence.facts[7].value,
        "eventdata.subStatus: 0xc0000064 is user name does not exist"
    );
    assert_eq!(evidence.facts[7].origin, Origin::Derived);
}

#[test]
fn items_of_a_list_are_one_fact() {
    let evidence = Evidence::from_fields(&alert(&[
        ("syscheck.changed_attributes[0]", "size"),
        ("syscheck.changed_attributes[1]", "mtime"),
    ]));
    assert_eq!(evidence.facts[1].value, "size, mtime");
}

#[test]
fn no_more_facts_than_a_prompt_can_carry() {
    let fields: Vec<(String, String)> = (0..500)
        .map(|n| (format!("data.many.k{n}"), format!("value {n}")))
        .collect();
    let evidence = Evidence::from_fields(&AlertFields {
        fields,
        ..AlertFields::default()
    });
    assert_eq!(evidence.facts.len(), MAX_FACTS);
    assert_eq!(evidence.leaves, 500);
}

#[test]
fn the_arguments_of_a_recorded_call_are_one_fact_so_that_an_option_keeps_its_value() {
    let alert = AlertFields {
        title: "Audit: command".into(),
        rule_id: Some("80792".into()),
        fields: [
            ("data.audit.command", "sshpass"),
            ("data.audit.execve.a0", "sshpass"),
            ("data.audit.execve.a1", "-p"),
            ("data.audit.execve.a2", "Dingo88"),
            ("data.audit.execve.a3", "ssh"),
            ("data.audit.execve.a4", "a b"),
        ]
        .map(|(path, value)| (path.to_owned(), value.to_owned()))
        .into(),
        ..AlertFields::default()
    };
    let evidence = Evidence::from_fields(&alert);
    let call = evidence.facts.iter().find(|fact| fact.path == "data.audit.execve");
    assert_eq!(call.unwrap().value, "sshpass -p Dingo88 ssh \"a b\"");
    let redacted = Redactor::new(RedactorSettings::default())
        .unwrap()
        .redact(evidence)
        .unwrap();
    assert!(redacted.facts.iter().all(|fact| !fact.value.contains("Dingo88")));
}

#[test]
fn encoded_commands_and_links_are_explained() {
    let evidence = Evidence::from_fields(&alert(&[
        ("data.url", "/?q=%253Cscript%253E"),
        ("data.win.eventdata.commandLine", "powershell -enc dwBoAG8AYQBtAGkA"),
        ("data.srcip", "203.0.113.7"),
    ]));
    let derived: Vec<(&str, &str)> = evidence
        .facts
        .iter()
        .filter(|fact| fact.origin == Origin::Derived)
        .map(|fact| (fact.path.as_str(), fact.value.as_str()))
        .collect();
    assert!(
        derived.contains(&("check.url_decoded", "data.url: /?q=<script>")),
        "{derived:?}"
    );
    assert!(derived.iter().any(|(path, _)| *path == "check.encoding"), "{derived:?}");
}
