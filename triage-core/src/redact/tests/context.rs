//! What a cut, a label or a strange name changes about the text beside it.

use super::*;

#[test]
fn what_stays_of_a_cut_value_is_judged_as_it_stands() {
    // Too many words stand between the tool and its switch, until most of them are cut out.
    let long = format!(
        "mysql -h db {} -pDingo88xY shop {}",
        "word-of-twenty-signs ".repeat(100),
        "end ".repeat(20)
    );
    let once = redactor().redact(evidence(&[("data.command", &long)])).unwrap();
    let fact = once.facts.iter().find(|fact| fact.path == "data.command").unwrap();
    assert!(
        fact.value.contains(" [cut ") && !fact.value.contains("Dingo88xY"),
        "{}",
        fact.value
    );
    assert_eq!((once.report().masked, once.report().cut), (1, 1));
    assert_eq!(redactor().redact((*once).clone()).unwrap(), once);
}

#[test]
fn the_name_of_a_cut_is_no_secret_where_one_should_stand() {
    let before = "net user e";
    let long = format!(
        "{} {before} {} {}",
        "A".repeat(399 - before.len()),
        "B ".repeat(200),
        "C".repeat(100)
    );
    let once = redactor().redact(evidence(&[("data.command", &long)])).unwrap();
    let fact = once.facts.iter().find(|fact| fact.path == "data.command").unwrap();
    assert!(
        fact.value.contains(&format!("{before} [RED")) || fact.value.contains(&format!("{before} [cut ")),
        "{}",
        fact.value
    );
    assert!(fact.value.contains(" [cut "), "{}", fact.value);
    assert_eq!((once.report().masked, once.report().cut), (1, 1), "{}", fact.value);
    assert_eq!(redactor().redact((*once).clone()).unwrap(), once);
    let text = "rasdial vpn bob [cut 1,280] BBBB";
    assert_eq!(redactor().redact_text(text), text);
}

#[test]
fn a_name_with_a_marker_in_it_is_labelled_at_once() {
    let redactor = Redactor::new(RedactorSettings {
        pseudonyms: true,
        ..RedactorSettings::default()
    })
    .unwrap();
    for name in ["<|", "a<|b", "srv<|im_start|>"] {
        let once = redactor
            .redact(evidence(&[("agent.name", name), ("full_log", name)]))
            .unwrap();
        let fact = once.facts.iter().find(|fact| fact.path == "agent.name").unwrap();
        assert_eq!(fact.value, "HOST_1");
        assert_eq!(redactor.redact((*once).clone()).unwrap(), once);
    }
}

#[test]
fn what_a_cut_left_of_a_quoted_secret_is_masked() {
    for (text, masked) in [
        (
            "app x password=\"Din go!88 and the line ends he",
            "app x password=\"[REDACTED:password]",
        ),
        (
            "net use \\\\s\\c$ /user:corp\\bob \"Din go!88",
            "net use \\\\s\\c$ /user:corp\\bob \"[REDACTED:password]",
        ),
        ("mysql -p'Din go!88", "mysql -p'[REDACTED:password]"),
        ("password=\"Din go & whoami", "password=\"[REDACTED:password] & whoami"),
        (
            "password=\"Din go user=bob src=203.0.113.9",
            "password=\"[REDACTED:password] user=bob src=203.0.113.9",
        ),
        (
            "password=\"Dingo -o a.exe http://203.0.113.9/a.exe",
            "password=\"[REDACTED:password] -o a.exe http://203.0.113.9/a.exe",
        ),
    ] {
        assert_eq!(redactor().redact_text(text), masked);
        assert_eq!(redactor().redact_text(masked), masked);
    }
}

#[test]
fn a_key_is_masked_without_its_head_and_behind_what_a_log_writes_before_it() {
    let line = |n: usize| format!("{}{n}", "abcDEF0123456789+/".repeat(3));
    let (a, b) = (line(1), line(2));
    let begin = format!("-----BEGIN RSA {} KEY-----", "PRIVATE");
    let end = format!("-----END RSA {} KEY-----", "PRIVATE");
    for text in [
        format!("{a}\n{b}\nQQ==\n{end}\nnext line"),
        format!("x: {a}\nx: {b}\nx: QQ==\nx: {end}\nnext line"),
        format!(
            "app_1  | {begin}\napp_1  | MIIEpAIBAAKCAQEA{a}\napp_1  | {b}\napp_1  | QQ==\napp_1  | {end}\nnext line"
        ),
        format!("10:01 app: {begin}\n10:01 app: {a}\n10:02 app: {b}\n10:03 app: {end}\nnext line"),
        format!("{begin}\n{a}\n{b}\nQQ==\n{end}\nnext line"),
    ] {
        let masked = redactor().redact_text(&text);
        assert!(!masked.contains(&a[..40]) && !masked.contains(&b[..40]), "{masked}");
        assert!(masked.contains(&end) && masked.ends_with("\nnext line"), "{masked}");
        assert_eq!(masked.matches("app").count(), text.matches("app").count(), "{masked}");
        assert_eq!(redactor().redact_text(&masked), masked);
    }
    let hex = "0123456789abcdef".repeat(2);
    let key = format!("-----BEGIN OpenVPN Static key V1-----\n{hex}\n{hex}\n-----END OpenVPN Static key V1-----");
    assert!(!redactor().redact_text(&key).contains(&hex));
}

#[test]
fn a_name_that_a_cut_uncovers_gets_its_label() {
    let redactor = Redactor::new(RedactorSettings {
        pseudonyms: true,
        ..RedactorSettings::default()
    })
    .unwrap();
    let long = format!("{} j.doe{} USER_7", "a ".repeat(197), "2".repeat(900));
    let once = redactor
        .redact(evidence(&[("data.win.eventdata.user", "j.doe"), ("full_log", &long)]))
        .unwrap();
    let fact = once.facts.iter().find(|fact| fact.path == "full_log").unwrap();
    assert!(fact.value.contains(" USER_1 [cut "), "{}", fact.value);
    assert!(fact.value.ends_with(" USER-7"), "{}", fact.value);
    assert_eq!(redactor.redact((*once).clone()).unwrap(), once);
}

#[test]
fn a_quoted_secret_ends_with_its_quote_whatever_it_holds() {
    for (text, masked) in [
        (
            "API-Key'='abcdEFGH1234ijklmnaultPassword /t x' next",
            "API-Key'='[REDACTED:token]' next",
        ),
        (
            "max-password=aB3dE5gH7jK9aB3dE5gH7jK9 next",
            "max-password=[REDACTED:password] next",
        ),
        (
            "allow.api-key: \"aB3dE5gH7jK9aB3dE5gH7jK9 x\" next",
            "allow.api-key: \"[REDACTED:token]\" next",
        ),
        ("x/password:'Dingo88xY' next", "x/password:'[REDACTED:password]' next"),
        (
            "--secret = envaB3dE5gH7jK9aB3dE5gH7jK9 next",
            "--secret = [REDACTED:password] next",
        ),
    ] {
        let shown = redactor().inspect(text, None);
        assert_eq!((shown.output.as_str(), shown.residual), (masked, None));
    }
    for honest in [
        "max-password=30 min-password: 8",
        "token: 'Invalid or expired session'",
        "registry/secret:1.2.3",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}

#[test]
fn a_secret_is_found_in_the_variable_that_carries_it() {
    for (text, kept) in [
        (
            "$s='Dingo88xY'; $c = ConvertTo-SecureString $s -AsPlainText -Force",
            "ConvertTo-SecureString $s",
        ),
        (
            "$x = \"Dingo88xY\"; $x | ConvertTo-SecureString -AsPlainText -Force",
            "$x | ConvertTo",
        ),
        ("P=Dingo88xY; mysql -uroot -p$P shop", "mysql -uroot"),
        ("X=Dingo88xY sh -c 'echo $X | sudo -S id'", "sudo -S id"),
        (r"set q=Dingo88xY& net use \\h\s %q% /user:bob", "/user:bob"),
        ("$p='Dingo88xY';whoami", "whoami"),
    ] {
        let masked = redactor().redact_text(text);
        assert!(!masked.contains("Dingo88xY") && masked.contains(kept), "{masked}");
        assert_eq!(redactor().redact_text(&masked), masked);
    }
    for honest in [
        "X=Dingo88xY; echo $X | sort",
        "$p='explorer';start $p",
        "set q=Dingo88xY& echo %q%",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}
