//! Values spelled in several ways, and patterns for them.

use super::evasion::{excludes_only, hides_only};
use super::*;

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
            ("/health/m%fcller", true),
            ("/health/m%fc%80%80%80%80%ae%fc%80%80%80%80%ae/admin", false),
            ("/admin?x=/../../health", false),
        ] {
            let alert = format!(r#"{{"rule":{{"id":"100211","level":5}},"data":{{"url":"{url}"}}}}"#);
            assert_eq!(hides(matches, &alert), expected, "{matches} on {url}");
        }
    }
}

#[test]
fn a_value_with_a_way_up_fits_what_names_the_whole_of_it() {
    for (path, matches, honest, hostile) in [
        (
            "data.file",
            r#""/opt/app/bin/../lib/run.sh""#,
            "/opt/app/bin/../lib/run.sh",
            "/opt/app/bin/../../lib/run.sh",
        ),
        (
            "data.file",
            r#""/opt/app/lib/run.sh""#,
            "/opt/app/lib/run.sh",
            "/opt/app/bin/../lib/run.sh",
        ),
        (
            "data.win.eventdata.parentImage",
            r"{ in = ['C:\Git\bin\..\usr\bin\bash.exe', 'C:\Git\x.exe'] }",
            r"C:\git\bin\..\usr\bin\bash.exe",
            r"C:\Git\bin\..\..\usr\bin\bash.exe",
        ),
        (
            "data.win.eventdata.parentImage",
            r"{ regex = 'C:\\Git\\(bin\\\.\.\\)?usr\\bin\\.*' }",
            r"C:\Git\bin\..\usr\bin\bash.exe",
            r"C:\Git\bin\..\usr\bin\..\..\..\Temp\e.exe",
        ),
    ] {
        assert!(hides_value(path, matches, honest), "{matches} on {honest}");
        assert!(!hides_value(path, matches, hostile), "{matches} on {hostile}");
    }
    let not = r#"not = { "data.file" = "/opt/app/bin/../lib/run.sh" }"#;
    let alert = r#"{"rule":{"id":"100211","level":5},"data":{"file":"/opt/app/bin/../lib/run.sh"}}"#;
    assert!(!hides(not, alert));
}

#[test]
fn what_fits_only_as_it_is_written_is_known() {
    let rule = |matches: &str| allowlist(&format!("{HEAD}[match]\n\"rule.id\" = \"100211\"\n{matches}")).unwrap();
    for (matches, file, expected) in [
        (r"'data.file' = { glob = 'C:\Tools\**' }", r"C:\Tools\a .\x.exe", true),
        (r"'data.file' = { regex = '/opt/.*' }", "/opt/../tmp/x", true),
        (
            r"not = { 'data.file' = { glob = 'C:\Users\**' } }",
            r"C:\PROGRA~1\x.exe",
            true,
        ),
        (
            r"not = { 'data.file' = { glob = 'C:\Users\**' } }",
            r"C:\Users\x.exe",
            false,
        ),
        (r"'data.file' = { glob = 'C:\Tools\**' }", r"C:\Temp\a .\x.exe", false),
    ] {
        let alert = serde_json::json!({"rule": {"id": "100211", "level": 5}, "data": {"file": file}}).to_string();
        let alert = wazuh_model::Alert::from_slice(alert.as_bytes()).unwrap();
        let subject = Subject::of(&alert, 1_768_900_000_000_000);
        let rules = rule(matches);
        assert!(rules.decides(&subject).is_none(), "{matches} on {file}");
        assert_eq!(
            rules.fits_as_written(&subject).is_some(),
            expected,
            "{matches} on {file}"
        );
    }
}

#[test]
fn only_what_names_a_backslash_is_compared_without_regard_to_case() {
    for (matches, value, expected) in [
        (r#"{ glob = "/opt/backup/*" }"#, "/opt/backup/a", true),
        (r#"{ glob = "/opt/backup/*" }"#, "/OPT/Backup/a", false),
        (r#"{ glob = "/opt/backup/?" }"#, "/opt/BACKUP/a", false),
        (
            r#"{ glob = "/opt/backup/*", ignore_case = true }"#,
            "/OPT/Backup/a",
            true,
        ),
        (r#"{ glob = "svc_*" }"#, "SVC_bkp", false),
        (r"{ regex = '/opt/backup/[^/\\]+' }", "/opt/Backup/a", false),
        (r"{ regex = '/opt/backup/\w+\.tar' }", "/opt/backup/A.tar", true),
        (r"{ regex = '/opt/backup/\w+\.tar' }", "/opt/backup/a.TAR", false),
        (r"{ glob = 'C:\Backup\*' }", r"c:\BACKUP\a", true),
        (r"{ prefix = 'C:\Backup\' }", r"c:\BACKUP\a", true),
        (r"{ in = ['C:\Backup\a'] }", r"c:\BACKUP\a", true),
        (r"{ regex = 'C:\\Backup\\.*' }", r"c:\BACKUP\a", true),
        (r"{ regex = 'C:[\\/]Backup[\\/].*' }", r"c:\BACKUP\a", true),
    ] {
        let alert = serde_json::json!({"rule": {"id": "100211", "level": 5}, "data": {"file": value}});
        let matches = format!("\"data.file\" = {matches}");
        assert_eq!(hides(&matches, &alert.to_string()), expected, "{matches} on {value}");
    }
}

/// What paths, commands and addresses are made of.
const PIECES: &[&str] = &[
    "C:",
    "Scripts",
    "x.exe",
    "cmd.exe",
    "health",
    "..",
    ".",
    "/",
    "\\",
    "\\\\",
    " ",
    "\t",
    "\"",
    "/c",
    "-a",
    "%2e%2e",
    "%2f",
    ";",
    "?",
    "://",
    "...",
    "&",
    "^",
    "'",
    "$x",
    "%TEMP%",
    ":a",
    "SCRIPTS",
    "\n",
    "\u{17f}",
    "&gt;",
    "&amp;",
    "HKLM\\",
    "\\??\\C:",
    "\\Device\\HarddiskVolume3",
];

proptest::proptest! {
    #[test]
    fn nothing_is_both_what_a_rule_names_and_what_its_not_leaves(
        value in proptest::collection::vec(proptest::sample::select(PIECES), 1..9),
        pattern in proptest::sample::select(&[
            "**", "*", "cmd.exe *", r"cmd.exe /c **", r"C:\Scripts\**", r"C:\Scripts\*", r"**\x.exe", "/health/*", "health *", r"* *\x.exe",
            "**:a", "x.exe:*", r"C:\Scripts\*:*", "*x.exe*", r"HKLM\Scripts\*", r"**\Scripts\*", "*>*", "**&gt;**",
        ][..]),
        path in proptest::sample::select(&[
            "data.file", "data.win.eventdata.commandLine", "syscheck.path", "data.win.eventdata.targetFilename",
            "data.win.eventdata.targetObject", "data.win.eventdata.objectName", "data.win.eventdata.shareName",
        ][..]),
        kind in proptest::sample::select(&["glob", "prefix"][..]),
    ) {
        let matches = format!("\"{path}\" = {{ {kind} = '{pattern}' }}");
        let alert = alert_with(path, &value.concat());
        proptest::prop_assert!(!(hides(&matches, &alert) && hides(&format!("not = {{ {matches} }}"), &alert)), "{matches} on {alert}");
    }
}

#[test]
fn a_not_of_names_with_roots_of_their_own_leaves_the_others() {
    excludes_only(&[
        (
            "data.win.eventdata.taskName",
            r"{ glob = '**\UpdateOrchestrator\**' }",
            &[r"\Microsoft\Windows\Defrag\ScheduledDefrag"],
            &[
                r"\Microsoft\Windows\UpdateOrchestrator\x",
                r"\Microsoft\Windows\x\..\UpdateOrchestrator\y",
            ][..],
        ),
        (
            "data.win.eventdata.pipeName",
            r"'\PSEXESVC'",
            &[r"\srvsvc"],
            &[r"\PSEXESVC", r"\psexesvc", "PSEXESVC", r"\Device\NamedPipe\PSEXESVC"],
        ),
        (
            "data.win.eventdata.pipeName",
            "'PSEXESVC'",
            &[r"\srvsvc", "srvsvc"],
            &[r"\PSEXESVC", r"\\PSEXESVC", "PSEXESVC"],
        ),
        (
            "data.win.eventdata.relativeTargetName",
            "{ in = ['PSEXESVC.exe', 'svcctl'] }",
            &[r"\srvsvc", r"Temp\svcctl"],
            &[r"\svcctl", "svcctl", r"\PSEXESVC.exe"],
        ),
        (
            "data.win.eventdata.taskName",
            r"{ prefix = 'Microsoft\' }",
            &[r"\Acme\Backup"],
            &[r"\Microsoft\x", r"Microsoft\x"],
        ),
        (
            "data.win.eventdata.objectName",
            r"{ glob = '\REGISTRY\MACHINE\SYSTEM\CurrentControlSet\**' }",
            &[r"\REGISTRY\MACHINE\SYSTEM\Setup"],
            &[
                r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\x",
                r"\REGISTRY\MACHINE\SYSTEM\CurrentControlSet\x",
            ],
        ),
        (
            "data.win.eventdata.objectName",
            r"{ glob = '**\ControlSet001\Services\**' }",
            &[r"\REGISTRY\MACHINE\SOFTWARE\x"],
            &[r"\REGISTRY\MACHINE\SYSTEM\CurrentControlSet\Services\x"],
        ),
        (
            "data.win.eventdata.targetObject",
            r"{ glob = '**\ControlSet00?\Services\**' }",
            &[
                r"HKLM\SYSTEM\CurrentControlSet\Control\x",
                r"HKLM\SYSTEM\CurrentSet\Services\x",
            ],
            &[
                r"HKLM\SYSTEM\CurrentControlSet\Services\x",
                r"HKLM\System\currentcontrolset\Services\x",
                r"HKLM\SYSTEM\ControlSet002\Services\x",
            ],
        ),
        (
            "data.win.eventdata.targetObject",
            r"{ regex = '.*\\ControlSet\d+\\Services\\.*' }",
            &[r"HKLM\SYSTEM\CurrentControlSet\Control\x"],
            &[r"HKLM\SYSTEM\CurrentControlSet\Services\x"],
        ),
        (
            "data.win.eventdata.objectName",
            r"'HKLM\SAM'",
            &[r"C:\x"],
            &[r"\REGISTRY\MACHINE\SAM"],
        ),
        (
            "data.win.eventdata.objectName",
            r"'\REGISTRY\MACHINE\SAM'",
            &[r"\REGISTRY\MACHINE\SOFTWARE"],
            &[r"\REGISTRY\machine\SAM", r"\Device\HarddiskVolume3\x"],
        ),
        (
            "data.win.eventdata.image",
            r"{ glob = 'C:\Users\**' }",
            &[r"C:\Windows\x.exe"],
            &[r"\Users\x.exe"],
        ),
        (
            "data.win.eventdata.commandLine",
            r"{ glob = '**C:\REGISTRY\**' }",
            &[r"C:\Windows\x.exe"],
            &[r"\REGISTRY\x.exe"],
        ),
    ]);
}

#[test]
fn entities_of_xml_are_read_as_what_they_stand_for() {
    const LINE: &str = "data.win.eventdata.commandLine";
    hides_only(&[
        (
            LINE,
            r"'cmd.exe /c C:\Scripts\b.bat > C:\Logs\b.log'",
            r"cmd.exe /c C:\Scripts\b.bat &gt; C:\Logs\b.log",
            &[r"cmd.exe /c C:\Scripts\b.bat &lt; C:\Logs\b.log"],
        ),
        (
            LINE,
            r"{ in = ['cmd.exe /c C:\Scripts\b.bat &gt; C:\Logs\b.log', 'x'] }",
            r"cmd.exe /c C:\Scripts\b.bat &gt; C:\Logs\b.log",
            &[r"cmd.exe /c C:\Scripts\b.bat &amp;gt; C:\Logs\b.log"],
        ),
        (
            "data.win.eventdata.image",
            r"{ glob = 'C:\Program Files\R&D\*.exe' }",
            r"C:\Program Files\R&amp;D\x.exe",
            &[r"C:\Program Files\R&amp;amp;D\x.exe", r"C:\Program Files\R&lt;D\x.exe"],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\*.bat' }",
            r"cmd.exe /c C:\Scripts\a&apos;b.bat",
            &[
                r"cmd.exe /c C:\Scripts\a.bat &amp; evil.bat",
                r"cmd.exe /c C:\Scripts\a&#38;evil.bat",
                r"cmd.exe /c C:\Scripts\..&#92;Temp&#x5c;evil.bat",
            ],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\*.bat &gt; C:\Logs\*.log' }",
            r"cmd.exe /c C:\Scripts\a.bat &gt; C:\Logs\a.log",
            &[
                r"cmd.exe /c C:\Scripts\a.bat &gt; C:\Logs\a.txt",
                r"cmd.exe /c C:\Scripts\a.bat &amp; x &gt; C:\Logs\a.log",
            ],
        ),
        (
            "data.command",
            "{ glob = '/bin/echo a&gt;*' }",
            "/bin/echo a&gt;b",
            &["/bin/echo a>b"],
        ),
    ]);
    excludes_only(&[
        (
            LINE,
            "{ regex = '.*[<>].*' }",
            &[r"cmd.exe /c C:\Scripts\a.bat &apos;x&apos;"],
            &[r"cmd.exe /c C:\Scripts\a.bat &gt; C:\inetpub\x.aspx", "a > b"],
        ),
        (
            LINE,
            "{ glob = '**&& whoami**' }",
            &["cmd.exe /c dir &amp;&amp; whom"],
            &["cmd.exe /c dir &amp;&amp; whoami", "cmd.exe /c dir && whoami"],
        ),
        (LINE, "{ glob = '**&gt;**' }", &["a b"], &["a &gt; b"]),
        (
            "data.win.eventdata.user",
            r"'R&D\eve'",
            &[r"R&amp;D\bob"],
            &[r"R&amp;D\eve", r"R&D\eve"],
        ),
    ]);
}
