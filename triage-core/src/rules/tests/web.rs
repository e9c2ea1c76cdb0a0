//! Requests: plain words are told from SQL, and what stands outside the address is read too.

use super::*;

const SQL: &str = "SQL injection attempt.";

fn asked(title: &str, address: &str) -> Disposition {
    let log =
        format!(r#"198.51.100.9 - - [02/Mar/2026:08:00:01 +0000] "GET {address} HTTP/1.1" 200 12 "-" "Mozilla/5.0""#);
    let fields = [
        ("data.protocol", "GET"),
        ("data.srcip", "198.51.100.9"),
        ("data.id", "200"),
        ("data.url", address),
        ("full_log", &log),
    ];
    said_under(title, 6, "web accesslog attack", &fields)
}

#[test]
fn plain_words_are_told_from_sql_without_marks() {
    for address in [
        "/search?q=how+to+select+a+credit+union",
        "/blog/union-and-select",
        "/assets/select.js",
    ] {
        assert!(asked(SQL, address).is_benign(), "{address}");
    }
    for address in [
        "/item.php?id=-3+union+distinct+select+name,pass+from+users",
        "/item.php?id=3+order+by+7",
        "/item.php?id=3+and+3+in+(select+3)",
        "/item.php?id=3+or+3+between+1+and+9",
        "/item.php?sort=name+union+select+pass+from+users",
    ] {
        assert!(!asked(SQL, address).is_benign(), "{address}");
    }
    let union = "/item.php?id=-3+union+distinct+select+name,pass+from+users";
    assert_eq!(asked(SQL, union), Disposition::TruePositive);
}

#[test]
fn a_plain_address_says_nothing_of_what_was_sent_besides() {
    let sent = |title: &str, groups: &str, fields: &[(&str, &str)]| {
        let mut all = vec![("data.srcip", "198.51.100.9"), ("data.url", "/login.php")];
        all.extend(fields);
        said_under(title, 6, groups, &all)
    };
    let email = [("data.email", "a' UNION SELECT password FROM users--")];
    assert_eq!(
        sent("Injection suspected", "web appsec", &email),
        Disposition::TruePositive
    );
    for (title, groups, fields) in [
        ("SQL injection in request body", "web waf attack", &[][..]),
        ("SQL injection attempt in a parameter", "web accesslog attack", &[]),
        (
            "SQL injection attempt.",
            "web accesslog attack",
            &[("data.protocol", "POST")],
        ),
        (
            "Cross-site scripting in a comment",
            "web appsec",
            &[("data.matched", "<svg onload=fetch(1)>")],
        ),
    ] {
        assert!(!sent(title, groups, fields).is_benign(), "{title}");
    }
}
