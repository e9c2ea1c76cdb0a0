use super::*;

mod commands;
mod context;
mod links;
mod lookalikes;
mod payloads;
mod quoting;
mod tools;

fn redactor() -> Redactor {
    Redactor::new(RedactorSettings::default()).unwrap()
}

#[test]
fn the_name_of_a_secret_in_an_arn_is_no_reason_to_withhold_an_alert() {
    let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:PaymentsDbMain2026-a1B2c3";
    let seen = redactor().inspect(arn, None);
    assert_eq!((seen.output.as_str(), seen.residual), (arn, None));
}

#[test]
fn settings_that_make_no_sense_are_refused_with_a_reason() {
    let bad = RedactorSettings {
        head_bytes: 590,
        ..RedactorSettings::default()
    };
    assert!(Redactor::new(bad).unwrap_err().to_string().contains("max_value_bytes"));
    for regex in ["", "(", ".*", "[a-zA-Z .0-9]+", "(?=x)"] {
        let patterns = vec![UserPattern {
            name: "mine".into(),
            regex: regex.into(),
        }];
        assert!(
            Redactor::new(RedactorSettings {
                patterns,
                ..RedactorSettings::default()
            })
            .is_err(),
            "{regex}"
        );
    }
}

#[test]
fn a_users_pattern_masks_its_group() {
    let settings =
        RedactorSettings::from_toml("[[patterns]]\nname = \"badge\"\nregex = 'BADGE-([0-9a-f]{6})'").unwrap();
    assert_eq!(
        Redactor::new(settings).unwrap().redact_text("door BADGE-12ab34 opened"),
        "door BADGE-[REDACTED:badge] opened"
    );
}

#[test]
fn tokens_of_more_vendors_are_known() {
    let hex = "0a1b2c3d4e".repeat(11);
    for (token, kept) in [
        (format!("pul-{}", &hex[..40]), "pul-request"),
        (format!("AQVN{}", &hex[..35]), "AQVNtest"),
        (format!("v1.0-{}-{hex}", &hex[..24]), "v1.0-20260512-abcdef"),
        (format!("SAMLResponse={hex}"), "SAMLResponse validation failed"),
        (format!("4/0{hex}"), "4/0 and more"),
    ] {
        let masked = redactor().redact_text(&format!("with {token} and {kept}"));
        assert!(!masked.contains(&hex[..12]), "{masked}");
        assert!(masked.ends_with(&format!("and {kept}")), "{masked}");
    }
}

#[test]
fn an_answer_of_saml_that_only_repeats_its_beginning_stays() {
    let begin = "PHNhbWxwOlJlc3BvbnNl";
    let honest = format!("GET /acs?SAMLResponse={} HTTP/1.1", begin.repeat(20));
    assert_eq!(redactor().redact_text(&honest), honest);
    let real = format!(
        "GET /acs?SAMLResponse={begin}IElEPSJfOGU4ZGM1{} HTTP/1.1",
        begin.repeat(20)
    );
    assert!(!redactor().redact_text(&real).contains("IElEPSJfOGU4ZGM1"));
}

#[test]
fn text_without_a_secret_comes_back_as_it_was() {
    let text = "tab\there \u{200b}and\r\nbreaks";
    assert_eq!(redactor().redact_text(text), text);
}

#[test]
fn json_is_masked_by_the_names_of_its_keys() {
    let mut value = serde_json::json!({
        "user": "bob", "password": "hunter2", "pin": 4711, "count": 4711,
        "env": [{"name": "DB_PASSWORD", "value": "s3cr3t"}, {"name": "TZ", "value": "UTC"}],
        "cmd": ["deploy", "--api-key", "abcd1234efgh5678"],
        "execve": {"a0": "mysql", "a1": "-uroot", "a2": "-pDingo88"},
        "sha256": "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
    });
    assert_eq!(redactor().redact_json(&mut value), 5);
    assert_eq!(
        value,
        serde_json::json!({
            "user": "bob", "password": "[REDACTED:password]", "pin": "[REDACTED:pin]", "count": 4711,
            "env": [{"name": "DB_PASSWORD", "value": "[REDACTED:password]"}, {"name": "TZ", "value": "UTC"}],
            "cmd": ["deploy", "--api-key", "[REDACTED:token]"],
            "execve": {"a0": "mysql", "a1": "-uroot", "a2": "-p[REDACTED:password]"},
            "sha256": "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
        })
    );
}

#[test]
fn a_command_given_word_by_word_is_masked_whatever_its_words_hold() {
    let secret = "Dingo88xY";
    for list in [
        serde_json::json!(["mysql", "-uroot", "-pDingo88xY", "-e", "SELECT 1"]),
        serde_json::json!(["mysql", "", "-pDingo88xY", "shop"]),
        serde_json::json!(["curl", "-u", "bob:Dingo88xY", "-H", "A: \"b\" 'c'", "http://h/"]),
        serde_json::json!(["psql", "--password", "Dingo88xY", "-c", "select 'a b'"]),
        serde_json::json!(["sshpass", "-p", "Dingo88xY", "ssh", "h", "echo a; echo b"]),
        serde_json::json!(["net", "use", "\\\\h\\s", "Dingo88xY"]),
        serde_json::json!(["bash", "-c", "mysql -uroot -pDingo88xY -e 'select 1'"]),
        serde_json::json!(["tool", "--password", "Dingo88xY two words"]),
        serde_json::json!(["DB_PASSWORD", "Dingo88xY"]),
        serde_json::json!(["x", 1, "--password", "Dingo88xY"]),
        serde_json::json!({"a0": "mysql", "a1": "-u root", "a2": "-pDingo88xY", "a3": "select 1"}),
        serde_json::json!({"0": "mysql", "1": "-pDingo88xY"}),
        serde_json::json!({"arg1": "mysql", "arg2": "-pDingo88xY"}),
        serde_json::json!({"password": {"value": "Dingo88xY", "length": 9}}),
        serde_json::json!({"credentials": {"password": {"new": "Dingo88xY"}}}),
        serde_json::json!({"type": "password", "value": "Dingo88xY"}),
    ] {
        for neighbours in [false, true] {
            let mut value = serde_json::json!({ "data": { "cmd": list } });
            let redactor = redactor();
            let changed = if neighbours {
                redactor.redact_neighbours(&mut value)
            } else {
                redactor.redact_json(&mut value)
            };
            assert_eq!(changed, 1, "{value}");
            assert!(!value.to_string().contains(secret), "{value}");
            let once = value.clone();
            redactor.redact_json(&mut value);
            assert_eq!(value, once);
        }
    }
}

#[test]
fn a_name_of_several_secrets_hides_each_string_below_it() {
    for secrets in [
        serde_json::json!({"tokens": ["Dingo88xY", "Dingo88xZ"]}),
        serde_json::json!({"secrets": {"a": "Dingo88", "b": {"c": ["Dingo88"]}}}),
        serde_json::json!({"secrets": {"a": "geheim Dingo88"}}),
        serde_json::json!({"api_keys": {"prod": "Dingo88xY"}}),
        serde_json::json!({"credentials": {"user": "bob99", "x": "Dingo88xY"}}),
        serde_json::json!({"passwords": ["geheim", "Dingo88"]}),
    ] {
        let text = secrets.to_string();
        let inner = serde_json::json!({ "log": text }).to_string();
        for text in [&text, &inner, &text.replace('"', "'")] {
            let masked = redactor().redact_text(text);
            assert!(!masked.contains("Dingo88") && !masked.contains("geheim"), "{masked}");
            assert!(!masked.contains("bob") || masked.contains("bob99"), "{masked}");
            assert_eq!(redactor().redact_text(&masked), masked);
        }
        for neighbours in [false, true] {
            let mut value = secrets.clone();
            if neighbours && value.get("passwords").is_none() {
                redactor().redact_neighbours(&mut value);
            } else {
                redactor().redact_json(&mut value);
            }
            assert!(!value.to_string().contains("Dingo88"), "{value}");
        }
    }
    for honest in [
        serde_json::json!({"tokens": 512, "usage": {"tokens": {"input": 12, "cached": false}}}),
        serde_json::json!({"tokens": ["the", "quick", "fox"]}),
        serde_json::json!({"secrets": ["db-password", "api-key"]}),
        serde_json::json!({"secrets": [{"name": "db99", "valueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:x-Ab3"}]}),
        serde_json::json!({"credentials": {"accessKeyId": "ASIAIOSFODNN7EXAMPLE", "expiration": "2026-11-29T17:00:00Z"}}),
        serde_json::json!({"resources": ["secrets", "pods9"], "verbs": ["get"]}),
        serde_json::json!({"max_tokens": ["Dingo88xY"], "keys": ["Dingo88xY"]}),
    ] {
        let text = honest.to_string();
        assert_eq!(redactor().redact_text(&text), text);
        let mut value = honest.clone();
        assert_eq!(redactor().redact_json(&mut value), 0, "{value}");
    }
}

#[test]
fn a_quoted_value_is_hidden_up_to_its_end_however_long_it_is() {
    let long = "Dingo 88xY ".repeat(2000);
    for text in [
        format!("password=\"{long}\" next"),
        format!("{{\"password\":\"{long}\",\"next\":1}}"),
        format!("{{\\\"password\\\":\\\"{long}\\\",\\\"next\\\":1}}"),
        format!("{} password='{long}' next", "word ".repeat(1500)),
    ] {
        let masked = redactor().redact_text(&text);
        assert!(!masked.contains("Dingo") && !masked.contains("88xY"), "{masked:.200}");
        assert!(masked.contains("next"), "{masked:.200}");
    }
    let text = format!(
        "password=\"{} & certutil -f http://h/p.exe\"",
        "Dingo 88xY ".repeat(900)
    );
    assert!(redactor().redact_text(&text).contains("certutil"));
}

#[test]
fn a_list_that_is_no_command_stays() {
    for list in [
        serde_json::json!(["password", "brute force", "authentication_failed"]),
        serde_json::json!(["net", "use", "\\\\h\\s"]),
        serde_json::json!(["tar", "-xf", "a b.tar", "-p"]),
        serde_json::json!(["password", "attack"]),
        serde_json::json!(["Valid Accounts", "Credential Access"]),
    ] {
        let mut value = list.clone();
        assert_eq!(redactor().redact_json(&mut value), 0, "{value}");
        assert_eq!(value, list);
    }
}

#[test]
fn a_value_beside_its_name_is_masked_alone_too() {
    let mut value = serde_json::json!({
        "pairs": [{"name": "DB_PASSWORD", "value": "Dingo88xY"}, {"Key": "TZ", "Value": "UTC"}],
        "headers": [{"header": "Authorization", "value": "Bearer abcDEF123456ghijkl"}],
        "labels": {"name": "app", "variable": "api_key", "val": "a1b2c3d4e5f6"},
        "password": "left to the texts",
    });
    assert_eq!(redactor().redact_neighbours(&mut value), 3);
    assert_eq!(value["pairs"][0]["value"], "[REDACTED:password]");
    assert_eq!(value["headers"][0]["value"], "Bearer [REDACTED:authorization]");
    assert_eq!(value["labels"]["val"], "[REDACTED:token]");
    assert_eq!(value["password"], "left to the texts");
}

#[test]
fn a_value_of_the_registry_is_masked_by_its_name() {
    let path = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\DefaultPassword";
    for (mut object, secrets) in [
        (serde_json::json!({"targetObject": path, "details": "Dingo88xY"}), 1),
        (
            serde_json::json!({"objectValueName": "DefaultPassword", "oldValue": "Dingo88xY", "newValue": "Dingo88xZ"}),
            2,
        ),
        (
            serde_json::json!({"path": "HKLM\\x", "value_name": "DefaultPassword", "diff": "1c1\n< Dingo88xY\n---\n> Dingo88xZ"}),
            1,
        ),
    ] {
        assert_eq!(redactor().redact_neighbours(&mut object), secrets, "{object}");
        assert!(!object.to_string().contains("Dingo88"), "{object}");
    }
    for honest in [
        serde_json::json!({"targetObject": path, "details": "Binary Data"}),
        serde_json::json!({"targetObject": "HKLM\\Software\\Run\\Updater", "details": "C:\\Users\\bob\\u9.exe"}),
        serde_json::json!({"type": "password", "details": "bob changed his own"}),
        serde_json::json!({"objectValueName": "Shell", "newValue": "evil9.exe"}),
    ] {
        let mut object = honest.clone();
        assert_eq!(redactor().redact_neighbours(&mut object), 0);
        assert_eq!(object, honest);
    }
    for text in [
        format!("TargetObject: {path} Details: Dingo88xY"),
        format!("<Data Name=\"TargetObject\">{path}</Data><Data Name=\"Details\">Dingo88xY</Data>"),
        r#"{"objectValueName":"DefaultPassword","oldValue":"Dingo88xZ","newValue":"Dingo88xY"}"#.to_owned(),
        "Object Value Name:\tDefaultPassword\n\tHandle ID:\t0x1\nChange Information:\n\tOld Value:\t\tDingo88xZ\n\tNew Value Type:\tREG_SZ\n\tNew Value:\t\tDingo88xY".to_owned(),
        "DefaultPassword    REG_SZ    Dingo88xY".to_owned(),
        "HKLM,\"x\\Winlogon\",\"DefaultPassword\",0x00000000,\"Dingo88xY\"".to_owned(),
        "Set-ItemProperty x DefaultPassword Dingo88xY".to_owned(),
    ] {
        let masked = redactor().redact_text(&text);
        assert!(!masked.contains("Dingo88"), "{masked}");
        assert!(masked.contains("DefaultPassword"), "{masked}");
        assert_eq!(redactor().redact_text(&masked), masked);
    }
    for honest in [
        "reg query HKLM\\x\\Winlogon /v DefaultPassword /s",
        "reg delete HKLM\\x\\Winlogon /v DefaultPassword /f",
        "reg query HKLM\\x /v DefaultPassword 2>nul | findstr REG_SZ",
        "Get-ItemProperty HKLM:\\x -Name DefaultPassword, DefaultUserName",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}

#[test]
fn an_element_may_have_a_prefix_and_attributes() {
    for (text, masked) in [
        (
            "<ns1:password>Dingo88</ns1:password>",
            "<ns1:password>[REDACTED:password]</ns1:password>",
        ),
        (
            "<s:Body><n:userPassword>Dingo88</n:userPassword>",
            "<s:Body><n:userPassword>[REDACTED:password]</n:userPassword>",
        ),
        (
            "<wsse:Password xsi:type=\"xsd:string\">Dingo88</wsse:Password>",
            "<wsse:Password xsi:type=\"xsd:string\">[REDACTED:password]</wsse:Password>",
        ),
        (
            "<Pass encoding=\"base64\">RGluZ284OA==</Pass>",
            "<Pass encoding=\"base64\">[REDACTED:password]</Pass>",
        ),
    ] {
        assert_eq!(redactor().redact_text(text), masked);
        assert_eq!(redactor().redact_text(masked), masked);
    }
    for honest in [
        "<password type=\"plain\"/> <user>bob99</user>",
        "tool <password a=b c> next99",
        "<Password length>14</Password>",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}

#[test]
fn both_passwords_of_a_statement_that_changes_one_are_masked() {
    let masked = redactor().redact_text("ALTER CURRENT USER SET PASSWORD FROM 'Dingo 88' TO 'Koala 66'");
    assert_eq!(
        masked,
        "ALTER CURRENT USER SET PASSWORD FROM '[REDACTED:password]' TO '[REDACTED:password]'"
    );
    assert_eq!(redactor().redact_text(&masked), masked);
}

#[test]
fn what_is_said_counted_or_programmed_is_no_secret() {
    for honest in [
        "Your password is 90 days old",
        "The password is 14 characters long at least",
        "Error: password \"must be at least 8 characters\"",
        "findstr /s /i password \"*.config\"",
        "grep -rn password 'src/*.php'",
        "grep -i password \"app settings.ini\"",
        "tests: pass=128 fail=3 skip=0",
        "coverage pass=100% lines=2031",
        "PASS  src/components/LoginForm.test.tsx",
        "SPF: PASS mail.example.com",
        "License exp 12/2026 checked",
        "db2 was started using instance inst1",
        "Encryption key: AES-256-GCM",
        "\"nextToken\":\"AAAAAbcd1234efgh5678ijkl\",\"maxResults\":50",
        "GIT_ASKPASS=echo git fetch",
        "vt search --hash=44d88612fea8a8f36de82e1278abb02f",
        "restore --hash 275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
        "awk '{print $1$filename_here}' access.log",
        "kubectl get pods sk-notification-service-deployment-7d9f8b6c5-x2x9z",
        "o.s.s.AuthenticationEntryPoint : Access denied",
        "New password: Retype new password: passwd: password updated successfully",
        "$password = $_POST['password'];",
        "String password = request.getParameter(\"password\");",
        "password := r.FormValue(\"password\")",
        "password = config.get('password')",
        "self.password = password",
        "password: yup.string().min(8).required(),",
        "const token = req.headers.authorization;",
        "def login(user, password=None):",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
    let (key, hash) = ("aB3dE5gH7jK9".repeat(4), "0123456789abcdef".repeat(2));
    for (text, secret) in [
        ("Your password is 4711 now".to_owned(), "4711"),
        ("password \"Dingo 88 x\"".to_owned(), "Dingo 88 x"),
        ("user=bob pass=4711".to_owned(), "4711"),
        ("PASS Dingo88".to_owned(), "Dingo88"),
        ("db2 connect to shop user bob using Dingo88".to_owned(), "Dingo88"),
        (format!("sk-{key}"), key.as_str()),
        (format!("sk-or-v1-{key}"), key.as_str()),
        (format!("Invoke-X -Username bob -Hash {hash}"), hash.as_str()),
        (format!("x /ntlm:{hash}"), hash.as_str()),
        (format!("$1$abcd${key}"), key.as_str()),
        ("password = Dingo88".to_owned(), "Dingo88"),
        ("password=Sv(Pass9".to_owned(), "Sv(Pass9"),
        ("password=password".to_owned(), "=password"),
    ] {
        let masked = redactor().redact_text(&text);
        assert!(!masked.contains(secret), "{masked}");
    }
}

#[test]
fn a_key_that_holds_a_secret_is_masked_and_none_is_lost() {
    let mut value = serde_json::json!({
        "--password=Dingo88xY": "1", "--password=Dingo77xY": "2", "plain": "3",
        "https://bob:Dingo88xY@h/": {"a": "4"},
    });
    assert_eq!(redactor().redact_json(&mut value), 3);
    assert_eq!(
        value,
        serde_json::json!({
            "--password=[REDACTED:password]": "1", "--password=[REDACTED:password] 2": "2", "plain": "3",
            "https://bob:[REDACTED:url-password]@h/": {"a": "4"},
        })
    );
}

fn evidence(fields: &[(&str, &str)]) -> Evidence {
    let fields = fields
        .iter()
        .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
        .collect();
    Evidence::from_fields(&crate::AlertFields {
        title: "t".into(),
        fields,
        ..crate::AlertFields::default()
    })
}

#[test]
fn evidence_is_masked_counted_and_cut_and_a_second_time_changes_nothing() {
    let long = "x ".repeat(2000);
    let redacted = redactor()
        .redact(evidence(&[
            ("agent.name", "h1"),
            ("data.command", "run password=hunter2"),
            ("full_log", &long),
        ]))
        .unwrap();
    assert!(
        redacted
            .facts
            .iter()
            .any(|fact| fact.value == "run password=[REDACTED:password]")
    );
    assert!(
        redacted.facts.iter().any(|fact| fact.value.contains("[cut 3,")),
        "{redacted:?}"
    );
    let report = redacted.report();
    assert_eq!(
        (report.masked, report.by_kind.get("password"), report.cut, report.leaves),
        (1, Some(&1), 1, 3)
    );
    let again = redactor().redact((*redacted).clone()).unwrap();
    assert_eq!(again, redacted);
}

#[test]
fn names_get_labels_that_only_this_alert_can_undo() {
    let settings = RedactorSettings {
        pseudonyms: true,
        ..RedactorSettings::default()
    };
    let redactor = Redactor::new(settings).unwrap();
    let redacted = redactor
        .redact(evidence(&[
            ("agent.name", "WS-FIN-042"),
            ("data.win.eventdata.user", r"CORP\j.doe"),
            (
                "data.command",
                r"type C:\Users\j.doe\a.txt from 10.20.4.42 HOST_1 USER_9",
            ),
        ]))
        .unwrap();
    let command = redacted.facts.iter().find(|fact| fact.path == "data.command").unwrap();
    assert_eq!(command.value, r"type C:\Users\USER_1\a.txt from IP_INT_1 HOST-1 USER-9");
    assert_eq!(
        redacted.restore("USER_1 on HOST_1, not USER_10"),
        "j.doe on WS-FIN-042, not USER_10"
    );
    assert_eq!(redacted.unknown_labels("USER_1 and HOST_7"), ["HOST_7"]);
    assert!(
        !format!("{redacted:?}").contains("j.doe"),
        "the map never shows in Debug"
    );
    assert_eq!(redactor.redact((*redacted).clone()).unwrap(), redacted);
}

#[test]
fn what_the_detector_finds_is_named_and_never_quoted() {
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let error = ResidualSecret {
        kind: "github token",
        fact: Some(FactId(3)),
    };
    assert_eq!(
        error.to_string(),
        "a secret of kind github token may be left in fact F03; nothing was sent"
    );
    assert_eq!(redactor.inspect("nothing here", None).residual, None);
}

#[test]
fn a_secret_is_found_beside_other_switches_and_pairs() {
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let secret = "Wq7Rtz";
    for (text, kept) in [
        (r"psexec \\srv -u corp\bob -pWq7Rtz cmd.exe", " cmd.exe"),
        (r"psexec.py corp/bob:Wq7Rtz@h -port 445 -path C:\x", "-port 445 -path"),
        ("setx /s h /u bob /p Other77x DB_PASS Wq7Rtz", "DB_PASS"),
        ("setx /s h /u bob /p Wq7Rtz PLACE here", "PLACE here"),
        (r#"curl -b "theme=dark; sid=Wq7Rtz" http://h"#, "theme=dark; sid="),
        ("curl --cookie=sid=Wq7Rtz http://h/x", " http://h/x"),
        ("jdbc:oracle:oci8:@scott/Wq7Rtz@TNS", "@TNS"),
        (
            "New-ItemProperty -Name DefaultPassword -PropertyType String -Value 'Wq7Rtz'",
            "-PropertyType String -Value",
        ),
        ("a001 LOGIN bob Wq7Rtz", "LOGIN bob"),
        ("govc -u root:Wq7Rtz@h ls", "-u root:"),
        ("drush upwd bob Wq7Rtz", "upwd bob"),
        ("yt-dlp -u bob -p Wq7Rtz h", " h"),
        ("User.objects.create_superuser('bob','b@c','Wq7Rtz')", "'bob','b@c'"),
    ] {
        let masked = redactor.redact_text(text);
        assert!(!masked.contains(secret) && masked.contains(kept), "{masked}");
    }
    let honest = "sshd[1]: a1 LOGIN FAILURE from";
    assert_eq!(redactor.redact_text(honest), honest);
}

#[test]
fn a_name_before_a_letter_of_several_bytes_breaks_nothing() {
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let names = Names {
        users: vec!["j.doe".into()],
        netbios: vec!["CORP".into()],
        domains: vec!["corp.example".into()],
        hosts: vec!["ws-042".into()],
    };
    for after in ["“", "…", "→x", "\u{1f600}"] {
        for name in [r"C:\Users\j.doe", "/home/j.doe", "ws-042", "CORP", "corp.example"] {
            let output = redactor.inspect(&format!("{name}{after}"), Some(&names)).output;
            assert!(output.contains("_1"), "{output}");
        }
    }
}

#[test]
fn a_value_may_be_as_long_as_the_look_at_it_whatever_stands_before_it() {
    let redactor = redactor();
    for (before, after) in [
        ("<password>", "</password>"),
        ("x <AccessToken>", "</AccessToken>"),
        ("x <token a=\"1\">", ""),
        ("x password=\"", "\""),
        ("x password=", " y"),
        ("for p in a", "; do x -Password $p; done"),
        ("for p in a", ""),
        ("curl -u bob:", " https://h/"),
        ("net user bob ", " /add"),
        ("x https://u:", "@h/"),
        ("export SECRET=", "; x -p $SECRET"),
        ("echo '", "' | sudo -S id"),
        ("{\"password\":\"", "\"}"),
        ("x -----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"),
        ("Authorization: Bearer ", "\n"),
    ] {
        for letter in ["a", "7", "é", "漢", "A1"] {
            for length in (1000..1100).step_by(3).chain(4080..4100) {
                let filling = letter.repeat(length / letter.len());
                let once = redactor.redact_text(&format!("{before}{filling}{after}"));
                assert_eq!(redactor.redact_text(&once), once, "{before} {letter} {length}");
            }
        }
    }
}

#[test]
fn a_secret_of_several_lines_is_masked_under_its_name_and_a_file_called_so_is_not() {
    for (name, secret) in [
        ("password", "line1Dingo88xY\nline2"),
        ("api_key", "ab12Cd34Ef\nDingo88xYab12"),
        (
            "private_key",
            "MIIEabc1Dingo88xY\nMIIEabc2\nMIIEabc3\nMIIEabc4\nMIIEabc5\nMIIEabc6",
        ),
    ] {
        let mut value = serde_json::json!({ name: secret });
        assert_eq!(redactor().redact_json(&mut value), 1, "{value}");
        assert!(!value.to_string().contains("Dingo88xY"), "{value}");
    }
    let listing = "root:x:0:0::/root:/bin/sh\nbin:x:1:1::/:/bin/false\na:x:2:2::/:\nb:x:3:3::/:\nc:x:4:4::/:";
    let mut value = serde_json::json!({ "passwd": listing });
    assert_eq!(redactor().redact_json(&mut value), 0);
}

#[test]
fn a_name_of_our_own_is_labelled_with_what_is_glued_to_it() {
    let names = Names {
        users: vec!["j.doe".into()],
        hosts: vec!["DC01".into()],
        domains: vec!["corp.example".into()],
        netbios: vec!["CORP".into()],
    };
    for (text, labelled) in [
        ("from DC01$@CORP.EXAMPLE to x", "from EMAIL_1 to x"),
        (r"C:\Users\j.doe.CORP\x", r"C:\Users\USER_1.DOMAIN_1\x"),
        (r"\\s\NETLOGON\j.doe.cmd /q", r"\\s\NETLOGON\USER_1.cmd /q"),
        (r"C:\Users\j.doe.other.org\x", r"C:\Users\j.doe.other.org\x"),
        ("j.doe.cmd runs", "j.doe.cmd runs"),
        ("a$b@203.0.113.9", "a$b@203.0.113.9"),
    ] {
        assert_eq!(redactor().inspect(text, Some(&names)).output, labelled);
    }
}

#[test]
fn names_of_people_have_letters_of_every_alphabet() {
    for (text, kept) in [
        ("Passwort für Jürgen: Geheim77x", "Jürgen: "),
        ("Passwort für Müller ist Geheim77x", "Müller ist "),
        ("password for bjørn is Geheim77x", "bjørn is "),
        ("a001 LOGIN jürgen Geheim77x", "LOGIN jürgen "),
        ("LOGIN \"jürgen\" \"Geheim77x\"", "\"jürgen\" \""),
        ("jürgen:Geheim77x@10.0.0.3", "@10.0.0.3"),
        ("ürsula:Geheim77x@10.0.0.3", "ürsula:"),
        ("sqlplus jürgen/Geheim77x@db", "jürgen/"),
        ("[+] CORP\\jürgen:Geheim77x", "CORP\\jürgen:"),
        ("password for оля is Geheim77x", "оля is "),
    ] {
        let masked = redactor().redact_text(text);
        assert!(!masked.contains("Geheim77x") && masked.contains(kept), "{masked}");
    }
}

#[test]
fn the_name_of_a_mask_asks_for_no_decoding() {
    // The first piece says `password=Gh7xQ2zJd9`.
    let text = "cGFzc3dvcmQ9R2g3eFEyeko= and aGVsbG8gd29ybGQgcGxhaW4=";
    let once = redactor().redact_text(text);
    assert!(once.starts_with("[REDACTED:encoded] and aGVs"), "{once}");
    assert_eq!(redactor().redact_text(&once), once);
    let shown = redactor().redact_text("base64 -d <<< aGVsbG8gd29ybGQgcGxhaW4=");
    assert!(shown.contains("[DECODED: hello world plain]"), "{shown}");
}

#[test]
fn no_bound_leaves_the_end_of_a_secret() {
    let long = "密".repeat(25);
    let masked = redactor().redact_text(&format!("open host user bob {long} next"));
    assert_eq!(masked, "open host user bob [REDACTED:password] next");
    let words = "Dingo88xY ".repeat(200);
    for text in [
        format!("password=\"{words}\" next"),
        format!("password='{words}' next"),
        format!("password=\"{words}"),
    ] {
        let masked = redactor().redact_text(&text);
        assert!(!masked.contains("Dingo88xY"), "{masked}");
        assert_eq!(masked.ends_with("next"), text.ends_with("next"), "{masked}");
    }
    let text = "net user a \"b c\": \"d\", \"e f\", \"g h\", \"i j\", \"k l\", \"m n\"";
    let once = redactor().redact_text(text);
    assert_eq!(redactor().redact_text(&once), once);
    let masked = redactor().redact_text("password=[REDACTED]Dingo88xY");
    assert!(!masked.contains("Dingo88xY"), "{masked}");
}

#[test]
fn a_password_is_fed_through_any_number_of_quotes() {
    for (text, masked) in [
        (
            "sudo -S id <<< \"\"pw\"\"",
            "sudo -S id <<< \"\"[REDACTED:password]\"\"",
        ),
        ("sudo -S id <<<\"\"pw\"\"", "sudo -S id <<<\"\"[REDACTED:password]\"\""),
        ("sudo -S id <<<'Dingo88xY'", "sudo -S id <<<'[REDACTED:password]'"),
    ] {
        assert_eq!(redactor().redact_text(text), masked);
    }
}

#[test]
fn a_name_is_looked_at_in_the_form_that_it_takes() {
    // The bar ends a value for the rules, and is a line below in a path.
    let path = format!("data.secret:|{}", "aB3dE5gH7jK9".repeat(3));
    let once = redactor().redact(evidence(&[(&path, "x")])).unwrap();
    assert!(
        once.facts
            .iter()
            .any(|fact| fact.path == "data.secret:[REDACTED:password]"),
        "{once:?}"
    );
    assert_eq!(redactor().redact((*once).clone()).unwrap(), once);
}

#[test]
fn a_secret_is_found_in_what_a_command_prints_and_in_the_sentences_of_many_languages() {
    for (text, kept) in [
        ("INSERT INTO t (user,password) VALUES ('bob','Dingo88xY')", "'bob'"),
        ("restic --password-command \"echo Dingo88xY\" backup", "backup"),
        ("msmtp --passwordeval 'printf %s Dingo88xY' x", "msmtp"),
        ("sshpass -f <(echo Dingo88xY) ssh h", "ssh h"),
        (
            "cryptsetup luksOpen --key-file <(printf '%s' Dingo88xY) /dev/x y",
            "/dev/x",
        ),
        ("pass=$(echo Dingo88xY); run", "run"),
        ("export TOKEN=\"`echo -n Dingo88xY`\"", "TOKEN"),
        ("connect('weblogic','Dingo88xY','t3://h:7001')", "t3://h:7001"),
        ("ПАРОЛЬ ДЛЯ bob: Dingo88xY", "bob"),
        ("ПаРоЛь: Dingo88xY", "ПаРоЛь"),
        ("HaSłO=Dingo88xY", "HaSłO"),
        ("senha do bob: Dingo88xY", "bob"),
        ("parola lui bob este Dingo88xY", "bob"),
        ("密码是Dingo88xY", "密码是"),
        ("パスワードはDingo88xY", "パスワードは"),
        ("defaults write com.x password -string Dingo88xY", "-string"),
        ("ENV DB_PASSWORD Dingo88xY", "ENV DB_PASSWORD"),
        (r#"{"a": "{\"cmd\": [\"mysql\", \"-pDingo88xY\"]}"}"#, "mysql"),
        ("set SMBUser bob\nset SMBPass Dingo88xY\nrun", "set SMBUser bob"),
        ("osql /U sa /P Dingo88xY /Q x", "/Q x"),
        ("a:2:{s:8:\"password\";s:9:\"Dingo88xY\";}", "s:8:"),
        ("secret_key_base: Dingo88xYabcdef0123456789", "secret_key_base"),
        ("reset password to: Dingo88xY", "reset"),
        ("pwd is Dingo88xY", "pwd is"),
    ] {
        let masked = redactor().redact_text(text);
        assert!(!masked.contains("Dingo88xY") && masked.contains(kept), "{masked}");
    }
    for honest in [
        "PASSWORD=$(cat /run/secrets/db) ./x",
        "restic --password-command \"pass show backup\" snapshots",
        "sshpass -f /root/.pw ssh h",
        "пароль изменён",
        "パスワードが変更されました",
        "密码是错误的",
        "passwd: password unchanged",
        "connect('h', 22)",
        "HTTP/1.1 401 Unauthorized WWW-Authenticate: Basic realm=\"x\"",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}

#[test]
fn a_name_is_known_in_every_case_and_behind_an_escape_but_not_in_a_longer_domain() {
    let names = Names {
        users: vec!["émile".into(), "j.doe".into()],
        netbios: vec!["CORP".into()],
        domains: vec!["corp.example".into()],
        ..Names::default()
    };
    let label = |text| redactor().inspect(text, Some(&names)).output;
    assert_eq!(label("ÉMILE and Émile logged"), "USER_1 and USER_1 logged");
    assert_eq!(label("CORP%5Cj.doe"), "DOMAIN_1%5CUSER_1");
    assert_eq!(label("corp.example.org"), "corp.example.org");
    assert_eq!(label("corp.example."), "DOMAIN_1.");
}

#[test]
fn what_the_detector_would_find_is_found_before_it() {
    for (text, secret) in [
        ("x/password:Dingo88uvwxechASS=Koala66 y", "Dingo88"),
        ("C:\\a\\secret:Dingo88uvwxechASSKoala66 y", "Dingo88"),
        (
            "ap--bugPrivilege---BEGIN PRIVATE KEY-----i/webhooks/12345678901234567856789012345678",
            "12345678",
        ),
        ("log:BEGIN PRIVATE KEY-----abcdefghijklmnopqrstuvwxyz", "abcdefgh"),
    ] {
        let shown = redactor().inspect(text, None);
        assert_eq!(shown.residual, None, "{}", shown.output);
        assert!(!shown.output.contains(secret), "{}", shown.output);
    }
    let random = "aB3dE5gH7jK9".repeat(2);
    for (first, sign, name) in [
        ("secret", "-", "password"),
        ("token", ".", "api_key"),
        ("session", "$", "secret"),
        ("key", "@", "access-token"),
    ] {
        for signs in 60..100 {
            let text = format!("{first}{}{name}={random}", sign.repeat(signs));
            let shown = redactor().inspect(&text, None);
            assert_eq!(shown.residual, None, "{text}");
            assert!(!shown.output.contains(&random), "{text}");
        }
    }
    for honest in [
        "registry.example/app/secret:1.2.3",
        "arn:aws:secretsmanager:eu:1:secret:prod/Db-Ab12Cd34Ef56Gh78Ij90",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}

#[test]
fn a_text_that_uncovers_ever_more_is_hidden_from_there_on() {
    for chain in [
        "password =sword = ord =sword =sword = “St: cleanmart Pw1",
        &"password =sword ".repeat(40),
    ] {
        let once = redactor().inspect(chain, None);
        assert_eq!(once.residual, None, "{}", once.output);
        assert_eq!(redactor().redact_text(&once.output), once.output);
    }
}

#[test]
fn pieces_within_pieces_cost_no_more_than_their_length() {
    use base64::Engine;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let shown: Vec<u8> = "abcd efgh".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut text = "x".to_owned();
    // Twice the time a level would be an hour.
    for _ in 0..22 {
        text = format!("{} -e {}", encode(text.as_bytes()), encode(&shown));
    }
    assert_eq!(
        redactor().redact_text(&redactor().redact_text(&text)),
        redactor().redact_text(&text)
    );
}
