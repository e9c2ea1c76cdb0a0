//! What holds for any text, not only for those somebody thought of.

use proptest::prelude::*;
use triage_core::{AlertFields, Evidence, Redactor, RedactorSettings};

fn redactor() -> &'static Redactor {
    static REDACTOR: std::sync::OnceLock<Redactor> = std::sync::OnceLock::new();
    REDACTOR.get_or_init(|| Redactor::new(RedactorSettings::default()).expect("the defaults are sound"))
}

fn labelling() -> &'static Redactor {
    static REDACTOR: std::sync::OnceLock<Redactor> = std::sync::OnceLock::new();
    REDACTOR.get_or_init(|| {
        let own_domains = vec!["corp.example".to_owned()];
        Redactor::new(RedactorSettings {
            pseudonyms: true,
            own_domains,
            ..RedactorSettings::default()
        })
        .expect("the settings are sound")
    })
}

/// Text made of the pieces that rules look for, in any order, between any characters.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("password".to_owned()),
        Just("=".to_owned()),
        Just(": ".to_owned()),
        Just("\"".to_owned()),
        Just("\\\"".to_owned()),
        Just("'".to_owned()),
        Just(" ".to_owned()),
        Just("\n".to_owned()),
        Just("--token ".to_owned()),
        Just("mysql -p".to_owned()),
        Just("net user a ".to_owned()),
        Just("https://bob:".to_owned()),
        Just("@host".to_owned()),
        Just("Authorization: Bearer ".to_owned()),
        Just("Cookie: sid=".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----".to_owned()),
        Just("-----END PRIVATE KEY-----".to_owned()),
        Just("[REDACTED:password]".to_owned()),
        Just("[DECODED: ".to_owned()),
        Just("USER_1".to_owned()),
        Just("%3D".to_owned()),
        Just("\\u0070".to_owned()),
        Just("p^a^ss=".to_owned()),
        Just("curl -u a:".to_owned()),
        Just("echo ".to_owned()),
        Just(" | sudo -S id".to_owned()),
        Just("&quot;".to_owned()),
        Just("<|im_start|>".to_owned()),
        Just("powershell -enc ".to_owned()),
        Just("aWdub3JlIHByZXZpb3VzIGluc3RydWN0aW9ucw==".to_owned()),
        Just("10.1.2.3".to_owned()),
        Just(format!("gh{}_", 'p')),
        Just("eyJ".to_owned()),
        Just("$6$".to_owned()),
        "[A-Za-z0-9]{1,40}",
        "[A-Za-z0-9+/=_.-]{1,40}",
        "\\PC{0,8}",
        any::<char>().prop_map(|c| c.to_string()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A secret in one of the places where people put it.
fn planted() -> impl Strategy<Value = (String, String)> {
    let secret = "[A-Z][a-z]{4}[0-9]{4}[A-Za-z0-9]{20}";
    let place = prop::sample::select(vec![
        "password={}",
        "PASSWORD: {}",
        "\"password\":\"{}\"",
        "\\\"password\\\":\\\"{}\\\"",
        "--password {}",
        "--api-key={}",
        "token={}&x=1",
        "<password>{}</password>",
        "https://bob:{}@db.example.net/x",
        "Authorization: Bearer {}",
        "mysql -uroot -p{} shop",
        "export DB_PASSWORD='{}'",
        "curl -u bob:{} https://x.example/",
        "Server=x;Uid=a;Pwd={};",
        "passwort = \"{}\"",
        "contraseña: {}",
        "password%3D{}",
        "net user bob {} /add",
        "clientSecret => '{}'",
        "Cookie: sessionid={}; a=b",
        "IDENTIFIED BY '{}'",
        "sshpass -p {} ssh x",
        "echo {} | sudo -S id",
        "PGPASSWORD={} psql",
        "access_token={}",
        "x-api-key: {}",
    ]);
    let noise = "[a-z ]{0,12}";
    (secret, place, noise, noise).prop_map(|(secret, place, before, after)| {
        (format!("{before} {} {after}", place.replace("{}", &secret)), secret)
    })
}

/// What the detector takes for a secret behind its name, in the company that rules have doubts about.
fn named() -> impl Strategy<Value = String> {
    let before = prop::sample::select(vec![
        "", "x ", "max-", "no.", "x/", "$", "x\\", "--", "/", "allow-", "a.b-", "\"", "(",
    ]);
    let name = prop::sample::select(vec![
        "password",
        "passwd",
        "passphrase",
        "secret",
        "api_key",
        "API-Key",
        "access_token",
        "auth-token",
        "client_secret",
    ]);
    let joint = prop::sample::select(vec![
        "=", ":", " = ", "'='", "\": \"", ": '", ":\"", "=\"", "' :", " =", ":=",
    ]);
    let value = prop_oneof![
        "[A-Za-z0-9+/=_.~-]{24,60}",
        "(?:env|AKIA|S-1-|bearer|file|input|true|xxxx|HIDDEN_)[A-Za-z0-9+/=_.~-]{24,60}",
        "[A-Z][a-z0-9/]{30,40}\\.(?:txt|py|key)",
    ];
    let after = prop::sample::select(vec![
        "",
        " x'",
        "' y",
        "\" z",
        ",a=b",
        ";x",
        ")",
        " /t a\" b",
        "[REDACTED:token]",
        "&c=d",
        "{",
        "|",
    ]);
    (before, name, joint, value, after)
        .prop_map(|(before, name, joint, value, after)| format!("{before}{name}{joint}{value}{after}"))
}

fn evidence(fields: &[(&str, String)]) -> Evidence {
    let fields = fields
        .iter()
        .map(|(path, value)| ((*path).to_owned(), value.clone()))
        .collect();
    Evidence::from_fields(&AlertFields {
        title: "title".into(),
        fields,
        ..AlertFields::default()
    })
}

#[test]
fn a_forged_label_inside_a_key_does_not_change_what_is_masked() {
    // Breaking the label turned a character that no key holds into one that a key may hold.
    let text = "-----BEGIN PRIVATE KEY-----USER_1-----BEGIN PRIVATE KEY-----".to_owned();
    let once = redactor().redact(evidence(&[("full_log", text)])).unwrap();
    assert_eq!(redactor().redact((*once).clone()).unwrap(), once);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redacting_twice_is_redacting_once(text in pieces()) {
        let once = redactor().redact_text(&text);
        prop_assert_eq!(redactor().redact_text(&once), once);
    }

    #[test]
    fn the_independent_detector_finds_nothing_in_what_the_rules_made(text in pieces()) {
        prop_assert_eq!(redactor().inspect(&text, None).residual, None);
    }

    #[test]
    fn what_the_detector_calls_a_named_secret_is_masked_whatever_stands_beside_it(text in named()) {
        let once = redactor().inspect(&text, None);
        prop_assert_eq!(once.residual, None, "{}", once.output);
        prop_assert_eq!(redactor().redact_text(&once.output), once.output);
    }

    #[test]
    fn a_planted_secret_is_masked_wherever_people_put_it((text, secret) in planted()) {
        let redacted = redactor().inspect(&text, None);
        prop_assert!(!redacted.output.contains(&secret), "{}", redacted.output);
        prop_assert_eq!(redacted.residual, None);
        let found = redactor().redact(evidence(&[("full_log", text)])).unwrap();
        prop_assert!(found.facts.iter().all(|fact| !fact.value.contains(&secret)));
    }

    #[test]
    fn every_value_that_leaves_is_one_harmless_line(text in pieces(), other in "\\PC{0,40}", path in "[\\x00-\\x7f\u{200b}|<]{1,160}") {
        for redactor in [redactor(), labelling()] {
            let redacted = redactor.redact(evidence(&[("full_log", text.clone()), (&path, other.clone()), ("agent.name", other.clone())])).unwrap();
            for text in redacted.facts.iter().flat_map(|fact| [&fact.path, &fact.value]) {
                prop_assert!(!text.contains("<|") && !text.contains("|>"), "{text:?}");
                prop_assert!(text.chars().all(|c| !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}')), "{text:?}");
            }
            prop_assert!(redacted.facts.iter().all(|fact| !fact.path.contains('|')));
            prop_assert_eq!(&redactor.redact((*redacted).clone()).unwrap(), &redacted);
        }
    }

    #[test]
    fn json_keeps_its_shape_and_is_masked_once(text in pieces(), key in "k_[a-z]{1,10}") {
        let mut value = serde_json::json!({ key.clone(): [text, { "password": "hunter2", "n": 1 }], "z": null });
        redactor().redact_json(&mut value);
        prop_assert_eq!(&value[&key][1]["password"], "[REDACTED:password]");
        let mut again = value.clone();
        prop_assert_eq!(redactor().redact_json(&mut again), 0);
        prop_assert_eq!(again, value);
    }

    #[test]
    fn any_bytes_as_text_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = redactor().redact_text(&text);
        let _ = labelling().redact(evidence(&[("full_log", text.into_owned())]));
    }
}
