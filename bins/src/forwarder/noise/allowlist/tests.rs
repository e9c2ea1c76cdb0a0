//! What rules hide, and what they are warned of.

use super::*;

const HEAD: &str = "id = \"backup\"\nreason = \"nightly\"\nowner = \"k.ito\"\nexpires = 2027-07-01\nmax_level = 9\n";

fn allowlist(rule: &str) -> Result<Allowlist, AllowlistError> {
    Allowlist::read(&[rule.parse::<toml::Table>().unwrap()])
}

fn hides(matches: &str, alert: &str) -> bool {
    let allowlist = allowlist(&format!("{HEAD}[match]\n\"rule.id\" = \"100211\"\n{matches}")).unwrap();
    let alert = wazuh_model::Alert::from_slice(alert.as_bytes()).unwrap();
    allowlist.decides(&Subject::of(&alert, 1_768_900_000_000_000)).is_some()
}

#[test]
fn each_matcher_holds_on_what_it_names_and_on_nothing_else() {
    let alert = |rest: &str| format!(r#"{{"rule":{{"id":"100211","level":5,"groups":["a","b"]}},"data":{{{rest}}}}}"#);
    let image = alert(r#""win":{"eventdata":{"image":"C:\\\\Program Files\\\\Backup\\\\agent.exe"}}"#);
    for (matches, other, expected) in [
        (
            r#""data.srcip" = { cidr = "10.0.0.0/8" }"#,
            alert(r#""srcip":"10.1.2.3""#),
            true,
        ),
        (
            r#""data.srcip" = { cidr = ["10.0.0.0/8"] }"#,
            alert(r#""srcip":"11.1.2.3""#),
            false,
        ),
        (r#""rule.groups" = { in = ["b", "c"] }"#, alert(""), true),
        (
            r#""data.url" = { prefix = "/health" }"#,
            alert(r#""url":"/healthz?x""#),
            true,
        ),
        (
            r#""data.url" = { regex = "/health" }"#,
            alert(r#""url":"/healthz""#),
            false,
        ),
        (
            r#""data.win.eventdata.image" = { glob = 'c:\program files\backup\*.exe' }"#,
            image.clone(),
            true,
        ),
        (
            r#""data.win.eventdata.image" = { glob = 'C:\*.exe' }"#,
            image.clone(),
            false,
        ),
        (r#""data.win.eventdata.image" = { glob = 'C:\**.exe' }"#, image, true),
        (
            r#""data.code" = { gt = 399, lt = 500 }"#,
            alert(r#""code":"404""#),
            true,
        ),
        (
            r#""data.code" = { gt = 399, lt = 500 }"#,
            alert(r#""code":"500""#),
            false,
        ),
        (r#""data.user" = { exists = false }"#, alert(""), true),
        (r#"not = { "data.user" = "root" }"#, alert(r#""user":"root""#), false),
        (
            r#"any = [ { "data.user" = "a" }, { "data.user" = "b" } ]"#,
            alert(r#""user":"b""#),
            true,
        ),
    ] {
        assert_eq!(hides(matches, &other), expected, "{matches} on {other}");
    }
}

#[test]
fn a_rule_hides_nothing_above_its_level_or_after_its_day() {
    let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"");
    let allowlist = allowlist(&rule).unwrap();
    let alert = |level: u8, day: &str| {
        format!(r#"{{"timestamp":"{day}T10:00:00.000+0000","rule":{{"id":"1","level":{level}}}}}"#)
    };
    for (text, expected) in [
        (alert(9, "2027-07-01"), true),
        (alert(10, "2027-07-01"), false),
        (alert(9, "2027-07-02"), false),
    ] {
        let alert = wazuh_model::Alert::from_slice(text.as_bytes()).unwrap();
        assert_eq!(allowlist.decides(&Subject::of(&alert, 0)).is_some(), expected, "{text}");
    }
}

#[test]
fn a_rule_that_an_attacker_could_satisfy_alone_is_refused() {
    for matches in [
        "[match]\n\"data.srcuser\" = \"backup\"",
        "[match]\nany = [ { \"rule.id\" = \"1\" }, { \"data.url\" = \"/x\" } ]",
        "[match]\nnot = { \"agent.id\" = \"001\" }",
        "[match]\n\"rule.id\" = { exists = true }",
        "[match]\n\"rule.id\" = { regex = \".*\" }",
        "[match]\n\"agent.name\" = { glob = \"**\" }",
        "[match]\n\"location\" = { prefix = \"\" }",
        "[match]\n\"agent.ip\" = { cidr = \"0.0.0.0/0\" }",
        "[match]\n\"agent.id\" = { gt = 0 }",
        "[match]\n\"rule.id\" = { regex = '[0-9]{4,6}' }",
        "[match]\n\"rule.id\" = { regex = '[0-4][0-9]+' }",
        "[match]\n\"rule.id\" = { glob = '?????' }",
        "[match]\n\"rule.groups\" = { regex = '[a-z_]+' }",
        "[match]\n\"agent.id\" = { regex = '0[0-9]+' }",
        "[match]\n\"agent.id\" = { regex = '0*[1-9][0-9]*' }",
        "[match]\n\"agent.ip\" = { cidr = ['0.0.0.0/1', '128.0.0.0/1'] }",
        "[match]\n\"agent.ip\" = { cidr = ['10.0.0.0/8', '::/1', '8000::/1'] }",
        "[match]\n\"agent.ip\" = { cidr = '2000::/3' }",
        "[match]\n\"agent.ip\" = { regex = '[0-9.]+' }",
        "[match]\n\"agent.name\" = { glob = '*-*' }",
        "[match]\n\"manager.name\" = { regex = '[a-z0-9.-]+' }",
        "[match]\n\"location\" = { prefix = '/' }",
        "[match]\n\"decoder.name\" = { regex = '[a-z]+' }",
    ] {
        let error = allowlist(&format!("{HEAD}{matches}")).unwrap_err();
        assert!(error.to_string().contains("attacker chooses"), "{matches}: {error}");
    }
}

#[test]
fn a_rule_for_some_rules_agents_or_networks_is_anchored() {
    for matches in [
        "\"rule.id\" = { regex = '57[0-9]{2}' }",
        "\"rule.id\" = { regex = '(5|31)[0-9]{3}' }",
        "\"rule.id\" = { prefix = '1007' }",
        "\"rule.groups\" = { glob = 'sysmon_*' }",
        "\"agent.id\" = { regex = '00[0-9]' }",
        "\"agent.id\" = { in = ['017', '048', '073', '1374'] }",
        "\"agent.ip\" = { cidr = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'] }",
        "\"agent.ip\" = { cidr = ['192.0.2.0/24', '203.0.113.0/24', '2001:db8::/32'] }",
        "\"agent.name\" = { regex = '(SRV|WIN|web)-.*' }",
        "\"location\" = { glob = '/var/log/*' }",
        "\"location\" = \"EventChannel\"",
        "\"decoder.name\" = \"sshd\"",
    ] {
        allowlist(&format!("{HEAD}[match]\n{matches}")).unwrap();
    }
}

#[test]
fn a_rule_without_owner_expiry_or_condition_is_refused_with_what_to_write() {
    for (rule, word) in [
        ("id = \"x\"\nreason = \"y\"", "`owner` is missing"),
        ("id = \"x\"\nreason = \"y\"\nowner = \"z\"", "write expires"),
        (&HEAD.replace("max_level = 9", ""), "`max_level`"),
        (HEAD, "`match` is missing"),
        (
            &format!("{HEAD}[match]\n\"rule.id\" = {{ regex = \"(\" }}"),
            "not valid",
        ),
        (
            &format!("{HEAD}[match]\n\"rule.id\" = {{ like = \"x\" }}"),
            "no matcher `like`",
        ),
    ] {
        let error = allowlist(rule).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn another_spelling_of_a_path_does_not_get_through_a_rule_for_it() {
    let image = |path: &str| {
        let alert = serde_json::json!({
            "rule": {"id": "100211", "level": 5},
            "data": {"win": {"eventdata": {"image": path.replace('\\', r"\\")}}, "file": path},
        });
        alert.to_string()
    };
    for (matches, path, expected) in [
        (
            r#""data.win.eventdata.image" = { glob = 'C:\Backup\**' }"#,
            r"C:\Backup\bin\agent.exe",
            true,
        ),
        (
            r#""data.win.eventdata.image" = { glob = 'C:\Backup\**' }"#,
            r"C:\Backup\..\Temp\evil.exe",
            false,
        ),
        (
            r#""data.win.eventdata.image" = { prefix = 'C:\Backup\' }"#,
            r"C:\Backup\..\Temp\evil.exe",
            false,
        ),
        (
            r#""data.win.eventdata.image" = { regex = 'C:\\Backup\\.*' }"#,
            r"C:\Backup\..\Temp\evil.exe",
            false,
        ),
        (
            r#""data.win.eventdata.image" = { prefix = 'C:\Backup\' }"#,
            r"C:\Backup\x:\..\..\Temp\e.exe",
            false,
        ),
        (
            r#""data.win.eventdata.image" = { regex = 'C:\\Backup\\.*' }"#,
            r"c:\backup\agent.exe",
            true,
        ),
        (
            r#""data.win.eventdata.image" = { glob = 'C:\Backup\agent.exe' }"#,
            r"C:\Backup\agent.exe ",
            false,
        ),
        (
            r#""data.win.eventdata.image" = { glob = 'C:\Windows\System32\*.exe' }"#,
            r"C:\Windows \System32\svchost.exe",
            false,
        ),
        (
            r#""data.win.eventdata.image" = { prefix = 'C:\Windows\System32\' }"#,
            r"C:\Windows\System32 \svchost.exe",
            false,
        ),
        (
            r#""data.win.eventdata.image" = { glob = 'C:\Windows\**' }"#,
            r"C:\Windows.\System32\svchost.exe",
            false,
        ),
        (
            r#"not = { "data.win.eventdata.image" = { glob = 'C:\Users\**' } }"#,
            r"C:\Users \eve\x.exe",
            false,
        ),
        (
            r#"not = { "data.win.eventdata.image" = { regex = 'C:\\Users\\.*' } }"#,
            r"C:\Tools\..\Users\x.exe",
            false,
        ),
        (
            r#"not = { "data.win.eventdata.image" = { glob = 'C:\Users\**' } }"#,
            r"C:\Tools\x.exe",
            true,
        ),
        (
            r#""data.win.eventdata.image" = { glob = '\\srv\tools\*.exe' }"#,
            r"\\SRV\Tools\a.exe",
            true,
        ),
        (
            r#""data.file" = { glob = '/var/log/*' }"#,
            "/var/log/../../tmp/x",
            false,
        ),
        (r#""data.file" = { glob = '/var/log/*' }"#, "/var/log/app/x", false),
        (r#""data.file" = { glob = '/var/log/*' }"#, "/var/log/x", true),
    ] {
        assert_eq!(hides(matches, &image(path)), expected, "{matches} on {path}");
    }
}

#[test]
fn what_a_not_leaves_is_left_in_every_spelling() {
    let hides_field = |matches: &str, pointer: &str, value: &str| {
        let mut alert = serde_json::json!({
            "rule": {"id": "100211", "level": 5},
            "data": {"win": {"eventdata": {"image": "-"}}, "url": "-", "srcip": "-", "size": "-"},
        });
        *alert.pointer_mut(pointer).unwrap() = value.into();
        hides(matches, &alert.to_string())
    };
    let image = [
        r#"not = { "data.win.eventdata.image" = { regex = 'C:\\Users\\.*' } }"#,
        r#"not = { "data.win.eventdata.image" = { glob = 'C:\Users\**' } }"#,
        r#"not = { "data.win.eventdata.image" = { in = ['C:\Users\x.exe', 'C:\Users\eve\x.exe'] } }"#,
    ];
    for matches in image {
        for spelling in [
            r"C:\Users\x.exe",
            "C:/Users/x.exe",
            "C://Users//x.exe",
            r"C:\\Users\x.exe",
            r"C:\.\Users\x.exe",
            r"C:\Tools\..\Users\x.exe",
            r"C:\Users \x.exe",
            r"C:\Users\x.exe ",
            r"\\?\C:\Users\x.exe",
            r"\??\C:\Users\x.exe",
            r"C:\USERS\EVE~1\..\x.exe",
            r"\Device\HarddiskVolume3\Users\x.exe",
            r"\\localhost\c$\Users\x.exe",
            r"%SystemDrive%\Users\x.exe",
            r"\\.\C:\Users\x.exe",
            "//?/C:/Users/x.exe",
            r"C:\Users\x.exe::$DATA",
        ] {
            let written = spelling.replace('\\', r"\\");
            assert!(
                !hides_field(matches, "/data/win/eventdata/image", &written),
                "{matches} on {spelling}"
            );
        }
        assert!(
            hides_field(matches, "/data/win/eventdata/image", r"C:\\Tools\\x.exe"),
            "{matches}"
        );
    }
    let url = [
        r#"not = { "data.url" = { regex = '/admin.*' } }"#,
        r#"not = { "data.url" = { prefix = '/admin' } }"#,
    ];
    for matches in url {
        for spelling in [
            "/admin/x",
            "//admin/x",
            "/./admin/x",
            "/a/../admin/x",
            "/%61dmin/x",
            "/%2561dmin/x",
            "/a/%2e%2e/admin",
            "/a/..;/admin",
            "/./admin?to=/../../a",
            "/%61dmin?to=/../../a",
            "/x:/../admin",
            "/;/admin",
            "/;a/admin",
            "/;a%2fb/admin",
            "/x/..;a/admin",
            "/x/%2e%2e;/admin",
            "/x/..%3ba/admin",
            r"/\admin",
            r"/.\admin",
            "/%5cadmin",
            r"/a\..\admin",
            "/%u0061dmin",
            "/%c1%a1dmin",
        ] {
            assert!(!hides_field(matches, "/data/url", spelling), "{matches} on {spelling}");
        }
        assert!(hides_field(matches, "/data/url", "/shop?from=admin"), "{matches}");
    }
    let network = r#"not = { "data.srcip" = { cidr = "10.0.0.0/8" } }"#;
    for spelling in [
        "10.1.2.3",
        "::ffff:10.1.2.3",
        "10.1.2.3:443",
        "[::ffff:10.1.2.3]:443",
        " 10.1.2.3",
        "db01",
        "0x0a.1.2.3",
        "::10.1.2.3",
        "64:ff9b::10.1.2.3",
        "2002:0a01:0203::1",
    ] {
        assert!(!hides_field(network, "/data/srcip", spelling), "{spelling}");
    }
    assert!(hides_field(network, "/data/srcip", "203.0.113.9"));
    assert!(hides_field(network, "/data/srcip", "2001:db8::a01:203"));
    let number = r#"not = { "data.size" = { gt = 100 } }"#;
    for spelling in ["101", " 101", "0x7f", "NaN", "many"] {
        assert!(!hides_field(number, "/data/size", spelling), "{spelling}");
    }
    assert!(hides_field(number, "/data/size", "99"));
}

#[test]
fn every_element_of_a_list_that_an_event_brings_must_fit_and_what_is_no_text_fits_nothing() {
    let prefix = r#""data.url" = { prefix = '/health' }"#;
    let not = r#"not = { "data.url" = { prefix = '/admin' } }"#;
    for (matches, data, expected) in [
        (prefix, r#"{"url":["/health/x","/healthz"]}"#, true),
        (prefix, r#"{"url":["/health/x","/admin"]}"#, false),
        (prefix, r#"{"url":["/health/x",{"a":"/admin"}]}"#, false),
        (prefix, r#"{"url":[]}"#, false),
        (prefix, r#"{"url":{"a":"/health"}}"#, false),
        (not, r#"{"url":["/health/x","/shop"]}"#, true),
        (not, r#"{"url":["/health/x","/admin"]}"#, false),
        (not, r#"{"url":{"a":"/shop"}}"#, false),
        (not, r#"{"url":["/shop",["/admin"]]}"#, false),
        (not, r#"{"url":null}"#, true),
        (not, "{}", true),
        (r#""data.url" = { exists = false }"#, r#"{"url":{"a":"/x"}}"#, false),
    ] {
        let alert = format!(r#"{{"rule":{{"id":"100211","level":5}},"data":{data}}}"#);
        assert_eq!(hides(matches, &alert), expected, "{matches} on {data}");
    }
}

#[test]
fn limits_of_numbers_are_compared_as_they_are_written_or_refused() {
    for (matches, size, expected) in [
        ("gt = 4000000000", "2500000000", false),
        ("gt = 4000000000", "4000000001", true),
        ("lt = -3000000000", "5", false),
        ("lt = -3000000000", "-3000000001", true),
        ("gt = 9007199254740992", "9007199254740994", true),
    ] {
        let alert = format!(r#"{{"rule":{{"id":"100211","level":5}},"data":{{"size":"{size}"}}}}"#);
        assert_eq!(
            hides(&format!("\"data.size\" = {{ {matches} }}"), &alert),
            expected,
            "{matches} {size}"
        );
    }
    for (matches, word) in [
        ("gt = 9007199254740993", "2^53"),
        ("lt = -1e300", "2^53"),
        ("gt = inf", "2^53"),
        ("gt = nan", "wants a number"),
        ("gt = \"5\"", "wants a number"),
    ] {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n\"data.size\" = {{ {matches} }}");
        let error = allowlist(&rule).unwrap_err().to_string();
        assert!(error.contains(word), "{matches}: {error}");
    }
}

#[test]
fn a_way_up_leads_out_of_what_a_rule_allows_however_it_is_written() {
    for matches in [
        r#""data.url" = { prefix = '/health' }"#,
        r#""data.url" = { regex = '/health.*' }"#,
    ] {
        for (url, expected) in [
            ("/health/live?x=1", true),
            ("/health?to=/b", true),
            ("/health/100%25", true),
            ("/health/../admin", false),
            ("/health/%2e%2e/admin", false),
            ("/health/%252e%252e/admin", false),
            ("/health/..;/admin", false),
            ("/health/live;jsessionid=1", true),
            ("/health/..;a=1/admin", false),
            ("/health/%2e%2e;/admin", false),
            ("/health/a/;/../../admin", false),
            ("/health/x:/../../admin", false),
            ("/health/x://../../admin", false),
            ("/health/%u002e%u002e/admin", false),
            ("/health/%c0%ae%c0%ae/admin", false),
            (r"/health/\\xc0\\xae\\xc0\\xae/admin", false),
            (r"/health/\\..\\..\\admin", false),
            ("/health/caf%c3%a9", true),
            ("/admin?x=/../../health", false),
        ] {
            let alert = format!(r#"{{"rule":{{"id":"100211","level":5}},"data":{{"url":"{url}"}}}}"#);
            assert_eq!(hides(matches, &alert), expected, "{matches} on {url}");
        }
    }
}

#[test]
fn commands_with_switches_and_web_addresses_fit_patterns_for_them() {
    for (path, matches, value) in [
        (
            "data.win.eventdata.commandLine",
            r"{ glob = 'C:\Windows\System32\schtasks.exe **' }",
            r"C:\Windows\System32\schtasks.exe /query /fo csv",
        ),
        (
            "data.win.eventdata.commandLine",
            r"{ prefix = 'C:\Windows\System32\schtasks.exe /' }",
            r"C:\Windows\System32\schtasks.exe /query",
        ),
        (
            "data.url",
            "{ prefix = 'https://proxy.example/health' }",
            "https://proxy.example/health/x",
        ),
        (
            "data.command",
            "{ glob = 'curl http://203.0.113.9/*' }",
            "curl http://203.0.113.9/x",
        ),
    ] {
        let matches = format!("\"{path}\" = {matches}");
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"100211\"\n{matches}");
        let warnings = allowlist(&rule).unwrap().warnings("2027-01-01".parse().unwrap());
        assert!(warnings.is_empty(), "{warnings:?}");
        let alert = serde_json::json!({
            "rule": {"id": "100211", "level": 5},
            "data": {"win": {"eventdata": {"commandLine": value.replace('\\', r"\\")}}, "url": value, "command": value},
        });
        assert!(hides(&matches, &alert.to_string()), "{matches} on {value}");
    }
}

#[test]
fn a_pattern_that_no_path_can_fit_is_warned_of_with_what_to_write() {
    let warnings = |matches: &str| {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n\"data.win.eventdata.commandLine\" = {matches}");
        allowlist(&rule)
            .unwrap()
            .warnings("2027-01-01".parse().unwrap())
            .join("\n")
    };
    for (matches, word) in [
        ("{ glob = 'C:/Tools/*.exe' }", r"compared as `C:\Tools\*.exe`"),
        ("{ prefix = '/var/log/../tmp/' }", "compared as `/var/tmp/`"),
        ("{ glob = '/var//log/*' }", "compared as `/var/log/*`"),
        (r"{ glob = 'C:\Tools\x.exe \\srv\*' }", "write a `regex`"),
        (r"{ glob = 'C:\Tools\x.exe ' }", "write a `regex`"),
    ] {
        let warnings = warnings(matches);
        assert!(warnings.contains(word), "{matches}: {warnings}");
    }
    for matches in [
        r"{ prefix = 'C:\Tools\x.' }",
        r"{ glob = 'C:\Program Files\**\*.exe' }",
        "{ glob = '*' }",
        "{ prefix = 'https://proxy.example/a' }",
    ] {
        assert_eq!(warnings(matches), "", "{matches}");
    }
}

#[test]
fn actions_other_than_drop_are_read_with_what_they_need() {
    let action = |lines: &str| {
        let rule = format!("{HEAD}{lines}\n[match]\n\"rule.id\" = \"1\"");
        allowlist(&rule).map(|allowlist| allowlist.rules()[0].action().clone())
    };
    assert_eq!(action("").unwrap(), Action::Drop);
    assert_eq!(action("action = \"no-ai\"").unwrap(), Action::NoAi);
    assert_eq!(
        action("action = \"tag\"").unwrap(),
        Action::Tag("allow-backup".to_owned())
    );
    assert_eq!(
        action("action = \"cap-level\"\nlevel = 5").unwrap(),
        Action::CapLevel(5)
    );
    for (lines, word) in [
        ("action = \"cap-level\"", "`level` is missing"),
        ("action = \"hide\"", "write drop, tag, cap-level or no-ai"),
        ("level = 5", "belongs to the action cap-level"),
        ("action = \"no-ai\"\ntag = \"x\"", "belongs to the action tag"),
    ] {
        let error = action(lines).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn rules_that_expire_soon_have_expired_or_speak_of_unknown_fields_are_warned_of() {
    let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n\"data.win.eventdata.comandLine\" = \"x\"");
    let allowlist = allowlist(&rule).unwrap();
    let on = |day: &str| allowlist.warnings(day.parse().unwrap()).join("\n");
    assert!(
        on("2027-06-16").contains("commandLine") && !on("2027-06-16").contains("expires"),
        "{}",
        on("2027-06-16")
    );
    assert!(
        on("2027-06-17").contains("expires on 2027-07-01, in 14 days"),
        "{}",
        on("2027-06-17")
    );
    assert!(on("2027-07-02").contains("has expired"), "{}", on("2027-07-02"));
}

#[test]
fn two_rules_of_one_name_are_refused() {
    let rule: toml::Table = format!("{HEAD}[match]\n\"rule.id\" = \"1\"").parse().unwrap();
    let error = Allowlist::read(&[rule.clone(), rule]).unwrap_err().to_string();
    assert!(error.contains("stands twice"), "{error}");
}
