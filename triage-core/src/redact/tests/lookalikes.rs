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
