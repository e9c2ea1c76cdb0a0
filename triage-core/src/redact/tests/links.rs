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
