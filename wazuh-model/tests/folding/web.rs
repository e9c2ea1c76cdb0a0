//! Requests to web servers.

use serde_json::json;

use super::{decoded, folds, of};

#[test]
fn a_page_that_a_web_server_gave_is_news_and_one_that_it_refused_is_not() {
    let request = |status: &str, method: &str, url: &str| {
        decoded(
            "web-accesslog",
            json!({"srcip": "203.0.113.5", "url": url, "id": status, "protocol": method}),
        )
    };
    let injected = request("200", "GET", "/a?id=1%20union%20select");
    for other in [
        request("200", "GET", "/shell.php?cmd=id"),
        request("200", "POST", "/a?id=1"),
        request("200", "GET", "/a?cmd=id"),
    ] {
        assert_eq!(of(&injected).key, of(&other).key, "many are bounded in one window");
        assert!(!folds(&injected, &other), "{other}");
    }
    assert!(folds(&injected, &request("200", "GET", "/a?id=2%20union%20select")));
    assert!(folds(
        &request("302", "GET", "/u/17/edit"),
        &request("302", "GET", "/u/18/edit")
    ));
    assert!(!folds(&request("302", "GET", "/a"), &request("302", "GET", "/b")));
    for status in ["404", "500"] {
        assert!(folds(&request(status, "GET", "/a"), &request(status, "POST", "/b")));
    }
}

#[test]
fn the_site_that_a_request_was_for_is_news_where_something_was_given() {
    let request = |status: &str, name: &str, text: &str| {
        let mut alert = decoded(
            "json",
            json!({"method": "GET", "srcip": "203.0.113.9", "status": status, "url": "/login.php"}),
        );
        alert["rule"]["groups"] = json!(["web", "attack"]);
        alert["data"][name] = json!(text);
        alert
    };
    for (name, one, other) in [
        ("host", "a.example", "b.example"),
        ("vhost", "a.example", "b.example"),
        ("http_host", "a.example", "b.example"),
        ("server_name", "a.example", "b.example"),
        ("domain", "a.example", "b.example"),
        ("dstip", "10.0.0.1", "10.0.0.2"),
        ("dstport", "80", "8443"),
    ] {
        assert!(
            !folds(&request("200", name, one), &request("200", name, other)),
            "{name}"
        );
        assert!(
            folds(&request("404", name, one), &request("404", name, other)),
            "{name}"
        );
    }
}
