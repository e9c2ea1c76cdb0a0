//! Links that were disarmed for people: whoever arms them again has what is in them.

use super::redactor;

const SECRET: &str = "Dingo88xY";

#[test]
fn a_disarmed_link_hides_no_password() {
    let redactor = redactor();
    for link in [
        "hxxp[:]//bob:{}@evil[.]example/x",
        "hxxp://bob:{}[@]evil[.]example/x",
        "hxxps[://]bob:{}(at)evil(dot)example",
        "HXXP{:}//bob:{}{AT}evil{.}example:8080/x",
        "http:[//]bob[:]{}@evil.example",
        "ftp[:][//]bob[colon]{}[at]198[.]51[.]100[.]7",
        "hxxp(:)//bob:{}@[2001:db8::1]/x",
        "hxxp[:]\\/\\/bob:{}@evil[.]example\\/x",
        "q=hxxp%5B%3A%5D%2F%2Fbob%3A{}%40evil%5B.%5Dexample",
    ] {
        let link = link.replacen("{}", SECRET, 1);
        for text in [link.clone(), format!("see \"{link}\", and (x) [y] f(.)")] {
            let once = redactor.redact_text(&text);
            assert!(!once.contains(SECRET), "{text}: {once}");
            assert!(
                once.contains("bob") && once.contains("[REDACTED:url-password]"),
                "{once}"
            );
            assert_eq!(redactor.redact_text(&once), once);
        }
    }
    let hook = "hxxps[:]//hooks[.]slack[.]com/services/T0AB12CD3/B0AB12CD3/Dingo88xYDingo88xY12345";
    assert!(!redactor.redact_text(hook).contains(SECRET));
}

#[test]
fn signs_of_a_password_end_it_in_no_encoding() {
    for (link, secrets) in [
        (
            "/r?to=https%3A%2F%2Fbob%3AAdm%40in.pass'1%40db.example%2Fx",
            ["Adm", "in.pass", "'1"],
        ),
        (
            "/r?to=https%253A%252F%252Fbob%253AAdm%2540in.pass'1%2540db.example",
            ["Adm", "in.pass", "'1"],
        ),
        (
            "/r?to=https%3A%2F%2Fbob%3Apa%20ss%2299%40db.example",
            ["pa%", "ss%22", "99"],
        ),
        (
            "/r?to=https://bob%3AAdm%40in.pass'1%40db.example",
            ["Adm", "in.pass", "'1"],
        ),
        (
            "see https://bob:Adm@in.pass'1word@db.example/x",
            ["Adm", "in.pass", "1word"],
        ),
    ] {
        let masked = redactor().redact_text(link);
        assert!(secrets.iter().all(|secret| !masked.contains(secret)), "{masked}");
        assert!(masked.contains("bob") && masked.contains("db.example"), "{masked}");
        assert_eq!(redactor().redact_text(&masked), masked);
    }
    for honest in [
        "/r?to=https%3A%2F%2Fapp.example%3A8080%2Fx%3Fmail%3Dbob%40x.example",
        "text=see%20https%3A%2F%2Fh.example%20contact%3Abob%40x.example",
        "{'url':'http://h','a':1,'mail':'bob@x.example'}",
        "a=\"http://h\",b=\"c:d@x\"",
        "it's http://h and bob's bob@x.example",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}

#[test]
fn the_code_of_a_callback_is_hidden_and_no_other() {
    for link in [
        "GET /callback?code=4%2F0AX4XfWhDingo88xy&state=xyz HTTP/1.1",
        "GET /cb?state=xyz&code=Dingo88xy HTTP/1.1",
        "https://app.example/auth/github?code=Dingo88xy",
        "code=Dingo88xy&client_id=x&grant_type=authorization_code",
        "redirect=%2Fcallback%3Fcode%3DDingo88xy%26state%3D1",
        "/callback?state=1&amp;code=Dingo88xy",
    ] {
        let masked = redactor().redact_text(link);
        assert!(
            !masked.contains("Dingo88") && masked.contains("[REDACTED:code]"),
            "{masked}"
        );
    }
    for honest in [
        "GET /oauth/x?code=404&state=1 HTTP/1.1",
        "/shop?code=SUMMER2026&state=CA",
        "/x?country_code=de1234567&state=BY",
        "exit code=0xc0000005ab state=failed",
        "/auth/error?code=access_denied&state=x",
        "/auth/x?code=ERR_HTTP2_PROTOCOL_ERROR",
        "/promo?code=summer26sale",
        "/oauth/callback?code=%27%20or%201%3D1--%20x&state=1",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}

#[test]
fn a_hook_of_any_service_hides_its_key() {
    for hook in [
        "https://open.feishu.cn/open-apis/bot/v2/hook/{}-1234-1234-1234-123456789abc",
        "https://open.larksuite.com/open-apis/bot/v2/hook/{}-1234-1234-1234-123456789abc",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?debug=1&key={}-1234-1234-1234-123456789abc",
        "https://hooks.zapier.com/hooks/catch/123456/{}/",
        "https://hook.eu1.make.com/{}abcdefgh12345678",
        "url=https%3A%2F%2Fopen.feishu.cn%2Fopen-apis%2Fbot%2Fv2%2Fhook%2F{}-1234-1234-123456789abc",
    ] {
        let masked = redactor().redact_text(&hook.replacen("{}", "d1ng0x88", 1));
        assert!(
            !masked.contains("d1ng0x88") && masked.contains("[REDACTED:webhook]"),
            "{masked}"
        );
    }
    for honest in ["https://hooks.zapier.com/docs", "https://open.feishu.cn/document/bot"] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}

#[test]
fn brackets_that_disarm_nothing_hide_nothing() {
    let redactor = redactor();
    for text in [
        "hxxp[:]//evil[.]example/a@b",
        "203[.]0[.]113[.]9 // bob[@]evil[.]example (at) 10:00",
        "re.match('[.](:)[@]', x) // a[:] = {:}",
        "hxxps[://]evil[.]example/x?a=1 bob[at]evil[dot]example",
        "a[//]b(:)c // plain",
    ] {
        assert_eq!(redactor.redact_text(text), text);
    }
}

#[test]
fn a_scheme_of_okta_is_known_without_its_header() {
    let key = "00aB3dE5gH7jK9".repeat(3);
    assert_eq!(
        redactor().redact_text(&format!("curl failed: SSWS {key} was refused")),
        "curl failed: SSWS [REDACTED:authorization] was refused"
    );
    let honest = "the SSWS scheme-of-the-vendor is old";
    assert_eq!(redactor().redact_text(honest), honest);
}
