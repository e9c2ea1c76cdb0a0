//! Rules that are refused, and those that are warned of.

use super::*;

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
        "[match]\n\"rule.id\" = { gt = 100200 }",
        "[match]\n\"rule.id\" = { lt = 100300 }",
        "[match]\n\"rule.id\" = { gt = 0, lt = 1000000 }",
        "[match]\n\"rule.id\" = { gt = 99999, lt = 1000000 }",
        "[match]\n\"agent.id\" = { gt = 0, lt = 1000 }",
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
        "[match]\n\"manager.name\" = \"wazuh\"",
        "[match]\n\"manager.name\" = \"wazuh\"\n\"data.srcuser\" = \"backup\"",
        "[match]\n\"location\" = { prefix = '/' }",
        "[match]\n\"decoder.name\" = { regex = '[a-z]+' }",
    ] {
        let error = allowlist(&format!("{HEAD}{matches}")).unwrap_err();
        assert!(error.to_string().contains("attacker chooses"), "{matches}: {error}");
    }
}

#[test]
fn a_condition_that_lets_nearly_all_pass_is_named() {
    for (matches, said) in [
        (
            "\"rule.id\" = { gt = 100200 }",
            "too much passes its condition on `rule.id` (gt)",
        ),
        ("\"agent.name\" = { glob = '**' }", "`agent.name` (glob)"),
        ("\"data.url\" = '/x'", "what an attacker chooses\n"),
    ] {
        let error = allowlist(&format!("{HEAD}[match]\n{matches}")).unwrap_err().to_string();
        assert!(error.contains(said), "{matches}: {error}");
    }
}

#[test]
fn a_rule_for_some_rules_agents_or_networks_is_anchored() {
    for matches in [
        "\"rule.id\" = { regex = '57[0-9]{2}' }",
        "\"rule.id\" = { regex = '(5|31)[0-9]{3}' }",
        "\"rule.id\" = { prefix = '1007' }",
        "\"rule.groups\" = { glob = 'sysmon_*' }",
        "\"rule.id\" = { gt = 100200, lt = 100300 }",
        "\"agent.id\" = { gt = 10, lt = 20 }",
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
        (
            &format!("{HEAD}[match]\nrule.id = \"5710\""),
            r#"a path stands in quotation marks: "rule.id" ="#,
        ),
        (
            &format!("{HEAD}[match]\ndata.win.eventdata.image = {{ glob = 'x' }}"),
            r#"in quotation marks: "data.win.eventdata.image" ="#,
        ),
        (
            &format!("{HEAD}[match]\n\"rule.id\" = [\"1\", \"2\"]"),
            "write { in = […] }",
        ),
        (
            &format!("{HEAD}[match]\n\"rule.id\" = {{ glob = [\"1\", \"2\"] }}"),
            "write any =",
        ),
        (
            &format!("{HEAD}[match]\n\"full_log\" = {{ contains = \"x\" }}"),
            r#"no matcher `contains`; write { glob = "**x**" }"#,
        ),
        (
            &format!("{HEAD}[match]\n\"full_log\" = {{ startsWith = \"x\" }}"),
            r#"write { prefix = "x" }"#,
        ),
        (
            &format!("{HEAD}[match]\n\"full_log\" = {{ foo = \"x\" }}"),
            "there are eq, in, glob,",
        ),
        (
            &format!("{HEAD}[match]\n\"rule.id\" = {{ in = [] }}"),
            "`in` of nothing never matches",
        ),
        (
            &format!("{HEAD}[match]\n\"rule.id\" = \"1\"\nnot = {{ \"data.srcip\" = {{ cidr = [] }} }}"),
            "`cidr` of nothing never matches",
        ),
    ] {
        let error = allowlist(rule).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
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
        (r"{ glob = 'C:\Windows \System32\*' }", "write a `regex`"),
        (r"{ glob = 'C:\Tools\x.exe ' }", "write a `regex`"),
        (
            r"{ regex = 'C:\\Git\\bin\\\.\.\\usr\\bin\\bash\.exe.*' }",
            "only where what that leads to fits too",
        ),
    ] {
        let warnings = warnings(matches);
        assert!(warnings.contains(word), "{matches}: {warnings}");
    }
    for matches in [
        r"{ eq = 'C:\Git\bin\..\usr\bin\bash.exe' }",
        r"{ regex = 'C:\\Git\\(bin\\\.\.\\)?usr\\bin\\bash\.exe' }",
        r"{ prefix = 'C:\Tools\x.' }",
        r"{ glob = 'C:\Program Files\**\*.exe' }",
        "{ glob = '*' }",
        r"{ glob = 'C:\Tools\x.exe \\srv\*' }",
        r#"{ glob = 'msiexec.exe /i "C:\Windows\ccmcache\**" *' }"#,
        r"{ glob = 'robocopy C:\Data \\nas\backup *' }",
        r"{ prefix = 'cmd.exe /c C:\Scripts\' }",
        r"{ glob = '* CORP\*: COMMAND=/usr/bin/apt update' }",
        "{ prefix = 'https://proxy.example/a' }",
    ] {
        assert_eq!(warnings(matches), "", "{matches}");
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

#[test]
fn a_rule_that_rests_on_what_most_alerts_have_is_warned_of() {
    let warnings = |matches: &str| {
        let rule = format!("{HEAD}[match]\n{matches}");
        allowlist(&rule)
            .unwrap()
            .warnings("2027-01-01".parse().unwrap())
            .join("\n")
    };
    let image = "\"data.win.eventdata.image\" = { glob = 'C:\\Tools\\*' }";
    for common in [
        "\"location\" = \"EventChannel\"",
        "\"decoder.name\" = \"json\"",
        "\"decoder.name\" = { in = [\"sshd\", \"windows_eventchannel\"] }",
        "\"decoder.name\" = { prefix = \"windows_event\" }",
        "\"rule.groups\" = \"windows\"",
        "\"agent.ip\" = { cidr = \"10.0.0.0/8\" }",
        "\"agent.ip\" = { cidr = [\"203.0.113.0/24\", \"fd00::/8\"] }",
        "any = [ { \"location\" = \"EventChannel\" }, { \"rule.id\" = \"1\" } ]",
    ] {
        for matches in [common.to_owned(), format!("{common}\n{image}")] {
            let warnings = warnings(&matches);
            assert!(warnings.contains("in most alerts"), "{matches}: {warnings}");
        }
        let narrow = format!("{common}\n\"agent.name\" = \"SRV-1\"");
        assert_eq!(warnings(&narrow), "", "{narrow}");
    }
    for narrow in [
        "\"decoder.name\" = \"sshd\"",
        "\"rule.groups\" = \"sysmon\"",
        "\"agent.ip\" = { cidr = [\"10.1.0.0/16\", \"10.2.3.4\"] }",
        "\"location\" = \"/var/log/auth.log\"",
    ] {
        assert_eq!(warnings(narrow), "", "{narrow}");
    }
}

#[test]
fn a_regex_that_ends_with_the_line_is_warned_of_where_there_are_several() {
    let warnings = |matches: &str| {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"100211\"\n{matches}");
        allowlist(&rule)
            .unwrap()
            .warnings("2027-01-01".parse().unwrap())
            .join("\n")
    };
    let lines = |message: &str| {
        let alert = serde_json::json!({
            "rule": {"id": "100211", "level": 5},
            "data": {"win": {"system": {"message": message}}},
        });
        alert.to_string()
    };
    for (matches, warned) in [
        (r#""data.win.system.message" = { regex = ".*Backup Service.*" }"#, true),
        (
            r#""data.win.system.message" = { regex = "(?s).*Backup Service.*" }"#,
            false,
        ),
        (r#""data.win.system.message" = { glob = "**Backup Service**" }"#, false),
    ] {
        assert_eq!(warnings(matches).contains("(?s)"), warned, "{matches}");
        assert_eq!(
            hides(matches, &lines("The\r\nBackup Service\r\nstopped")),
            !warned,
            "{matches}"
        );
        assert!(!hides(matches, &lines("The\r\nPrint Service\r\nstopped")), "{matches}");
    }
    assert_eq!(warnings(r#""full_log" = { regex = ".*kube-probe.*" }"#), "");
    assert_eq!(warnings(r#""full_log" = { glob = "** waiting..." }"#), "");
    assert_eq!(
        warnings(r#""data.win.system.message" = { regex = '"The .* service stopped\."' }"#),
        ""
    );
}

#[test]
fn slashes_in_the_path_of_a_program_of_windows_are_warned_of() {
    let warnings = |path: &str, glob: &str| {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n\"data.win.eventdata.{path}\" = {{ glob = '{glob}' }}");
        allowlist(&rule)
            .unwrap()
            .warnings("2027-01-01".parse().unwrap())
            .join("\n")
    };
    let said = warnings("image", "**/svchost.exe");
    assert!(said.contains(r"write `**\svchost.exe`"), "{said}");
    for (path, glob) in [
        ("image", r"**\svchost.exe"),
        ("commandLine", "schtasks.exe /run *"),
        ("serviceName", "krbtgt/*"),
    ] {
        assert_eq!(warnings(path, glob), "", "{path} {glob}");
    }
}

#[test]
fn what_hardly_anything_fits_is_warned_of_with_what_to_write() {
    const IMAGE: &str = "data.win.eventdata.image";
    const MESSAGE: &str = "data.win.system.message";
    const COMMAND_LINE: &str = "data.win.eventdata.commandLine";
    for (path, matches, word) in [
        (COMMAND_LINE, "\"C:\\temp\\new.exe\"", r"'C:\temp"),
        ("syscheck.diff", "{ regex = '1c1.*' }", "several lines"),
        ("previous_log", "{ regex = 'a.*' }", "several lines"),
        ("data.win.eventdata.taskContent", "{ regex = '<.*' }", "several lines"),
        (MESSAGE, "{ glob = 'The ** stopped state.' }", "quotation marks"),
        (MESSAGE, "'The service stopped.'", "quotation marks"),
        (IMAGE, r"'C:\\Backup\\agent.exe'", r"write 'C:\Backup\agent.exe'"),
        (
            IMAGE,
            r"{ in = ['C:\x.exe', 'C:\\Backup\\a.exe'] }",
            r"write 'C:\Backup\a.exe'",
        ),
        (
            "syscheck.path",
            r"'c:\\backup\\agent.exe'",
            r"write 'c:\backup\agent.exe'",
        ),
        ("syscheck.path", "'/etc/*.conf'", "write a `glob`"),
        (IMAGE, "'C:/Backup/agent.exe'", r"write 'C:\Backup\agent.exe'"),
        (
            IMAGE,
            r"{ regex = 'C:\Windows\System32\svchost.exe' }",
            r"'C:\\Windows\\System32\\svchost.exe'",
        ),
        (IMAGE, r"{ eq = 'C:\Backup\*.exe' }", "write a `glob`"),
        (IMAGE, r"{ glob = '%ProgramFiles%\App\*.exe' }", "not the variable"),
        (IMAGE, r"{ glob = 'C:\Backup\{a,b}.exe' }", "write any ="),
        (IMAGE, r"{ glob = 'C:\Backup\a[0-9].exe' }", "write a `regex`"),
        (IMAGE, "'svchost.exe'", r"write { glob = '**\svchost.exe' }"),
        (IMAGE, "{ glob = '*.exe' }", r"write { glob = '**\*.exe' }"),
        ("data.win.eventdata.targetFilename", "{ in = ['x.dll'] }", r"'**\x.dll'"),
        (IMAGE, r"{ glob = '*\powershell.exe' }", r"write '**\powershell.exe'"),
        ("syscheck.path", "{ glob = '*.php' }", "write '**.php'"),
        ("data.audit.exe", "{ glob = '*/nc' }", "write '**/nc'"),
        ("rule.level", "'high'", "levels are numbers"),
        ("agent.id", "1", "write \"001\""),
        ("rule.groups", "'syslog,sshd'", "one by one"),
        ("data.srcip", "'10.0.0.0/8'", "write { cidr"),
        ("data.url", "{ regex = '^/health' }", "write `.*`"),
        (
            "full_log",
            "{ glob = '*COMMAND=/usr/bin/apt*' }",
            "write '**COMMAND=/usr/bin/apt**'",
        ),
        ("data.sca.check.title", "{ glob = 'Ensure *' }", "write 'Ensure **'"),
        (
            "data.srcip",
            "{ cidr = ['10.0.0.0/8', '192.168.7.10/8'] }",
            "is the network `192.0.0.0/8`",
        ),
        ("full_log", "{ regex = 'kube-probe' }", "write `.*`"),
    ] {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n\"{path}\" = {matches}");
        let warnings = allowlist(&rule).unwrap().warnings("2027-01-01".parse().unwrap());
        assert!(
            matches!(&warnings[..], [one] if one.contains(word)),
            "{path} = {matches}: {warnings:?}"
        );
    }
    for (path, matches) in [
        (MESSAGE, "{ glob = '**The * stopped state.**' }"),
        ("full_log", "{ prefix = '*x*' }"),
        ("full_log", "{ regex = '(?s).*x.*' }"),
        ("rule.description", "{ glob = 'sshd: *' }"),
        (IMAGE, r"'C:\Backup\agent.exe'"),
        (IMAGE, r"'\\nas\Backup\agent.exe'"),
        (IMAGE, "'System'"),
        (IMAGE, "{ glob = '**svchost.exe' }"),
        (IMAGE, r"{ glob = '*:\Tools\x.exe' }"),
        (
            "data.win.eventdata.targetObject",
            r"{ glob = 'HKLM\SOFTWARE\VMware, Inc.\*' }",
        ),
        (IMAGE, "{ glob = 'Sys*' }"),
        (IMAGE, r"{ prefix = '*\x' }"),
        ("syscheck.path", r"{ glob = '*HKEY_LOCAL_MACHINE\Software\x' }"),
        ("data.file", "{ glob = '*.php' }"),
        ("data.win.eventdata.relativeTargetName", "{ glob = '*.exe' }"),
        ("data.win.eventdata.originalFileName", "'svchost.exe'"),
        ("rule.level", "{ in = [3, '5'] }"),
        (IMAGE, r"{ regex = 'C:\\Windows\\[a-z]+\.exe' }"),
        (IMAGE, r"{ glob = 'C:\Backup\[1]{x}\*.exe' }"),
        ("agent.id", "\"001\""),
        ("rule.groups", "'sshd'"),
        ("data.srcip", "'10.0.0.1'"),
        ("data.url", "{ regex = '^/health.*' }"),
        ("data.url", "'/health/*/8'"),
        ("syscheck.path", "'/etc/passwd'"),
        ("full_log", "{ glob = '**kube-probe**' }"),
        ("full_log", "{ prefix = 'kube-probe' }"),
        ("previous_log", "{ glob = \"**a\\n**\" }"),
        ("syscheck.diff", "{ glob = \"**\\n> nameserver **\" }"),
        (COMMAND_LINE, "{ regex = \"(?sx)\\n  whoami \\\\s+ /all\\n\" }"),
        (COMMAND_LINE, "\"a\\u0085b\""),
        (COMMAND_LINE, "{ glob = 'cscript.exe //nologo //B *' }"),
    ] {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n\"{path}\" = {matches}");
        let warnings = allowlist(&rule).unwrap().warnings("2027-01-01".parse().unwrap());
        assert!(warnings.is_empty(), "{path} = {matches}: {warnings:?}");
    }
}

#[test]
fn a_not_of_several_fields_is_warned_of_unless_it_says_that_all_are_meant() {
    for (matches, warned) in [
        (r#"not = { "data.srcuser" = "root", "data.dstuser" = "root" }"#, true),
        (
            r#"any = [{ not = { "data.srcuser" = "root", "data.dstuser" = "root" } }]"#,
            true,
        ),
        (
            r#"not = { any = [{ "data.srcuser" = "root" }, { "data.dstuser" = "root" }] }"#,
            false,
        ),
        (
            r#"not = { all = [{ "data.srcuser" = "root" }, { "data.dstuser" = "root" }] }"#,
            false,
        ),
        (r#"not = { "data.id" = { gt = 1, lt = 3 } }"#, false),
    ] {
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n{matches}");
        let warnings = allowlist(&rule).unwrap().warnings("2027-01-01".parse().unwrap());
        assert_eq!(
            warnings.iter().any(|warning| warning.contains("at once")),
            warned,
            "{matches}: {warnings:?}"
        );
        assert_eq!(warnings.len(), usize::from(warned), "{matches}: {warnings:?}");
    }
}

#[test]
fn a_star_at_the_end_of_a_text_is_not_warned_of_where_it_excludes() {
    let rule =
        format!("{HEAD}[match]\n\"rule.id\" = \"1\"\nnot = {{ \"full_log\" = {{ glob = '*COMMAND=/bin/sh*' }} }}");
    let warnings = allowlist(&rule).unwrap().warnings("2027-01-01".parse().unwrap());
    assert_eq!(warnings, [""; 0]);
}
