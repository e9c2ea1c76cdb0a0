//! Everything but Windows and Wazuh 5.

use serde_json::json;
use wazuh_model::{Alert, View};

use super::{alert, corpus, labelled};

#[test]
fn fim_gives_both_sides_and_who_did_it() {
    let alert = labelled("fim_sshd_by_curl");
    let View::Fim(fim) = alert.view() else { panic!() };
    assert_eq!(
        (fim.path.as_deref(), fim.event.as_deref(), fim.is_registry()),
        (Some("/usr/sbin/sshd"), Some("modified"), false)
    );
    assert_eq!(fim.after.md5.as_deref(), Some("919be7ec723c4273c1c31e51cb887815"));
    let who = fim.who.unwrap();
    assert_eq!(
        (who.process.as_deref(), who.process_id),
        (Some("/usr/bin/curl"), Some(4120))
    );
    assert_eq!(
        (who.user.as_deref(), who.login_user.as_deref()),
        (Some("root"), Some("k.ito"))
    );
    let made = alert_of_fim();
    let View::Fim(fim) = made.view() else { panic!() };
    assert_eq!(
        (fim.before.size, fim.after.size, fim.after.inode.as_deref()),
        (Some(10), Some(12), Some("-5"))
    );
    assert_eq!((fim.changed.len(), fim.after.attributes.len(), fim.who), (2, 1, None));
    let registry = labelled("fim_registry_tz");
    let View::Fim(fim) = registry.view() else { panic!() };
    assert!(fim.is_registry());
}

fn alert_of_fim() -> Alert {
    alert(
        &json!({"syscheck": {"path": "C:\\x", "event": "modified", "size_before": "10", "size_after": "12", "inode_after": -5,
        "changed_attributes": ["size", "mtime"], "attrs_after": ["ARCHIVE"], "win_perm_after": [{"name": "a", "allowed": ["READ"]}]}}),
    )
}

#[test]
fn wazuhs_own_modules_have_views() {
    let vulnerable = labelled("vuln_critical");
    let View::Vulnerability(view) = vulnerable.view() else {
        panic!()
    };
    assert_eq!(
        (view.cve.as_deref(), view.score, view.package.as_deref()),
        (Some("CVE-2024-3094"), Some(10.0), Some("xz-utils"))
    );

    let check = alert(
        &json!({"location": "sca", "data": {"sca": {"type": "check", "policy": "p", "check": {"id": "30020", "title": "t", "result": "failed", "previous_result": "passed", "description": "d", "file": ["/etc/fstab"]}}}}),
    );
    let View::Sca(view) = check.view() else { panic!() };
    assert_eq!(
        (view.check_id, view.result.as_deref(), view.previous_result.as_deref()),
        (Some(30020), Some("failed"), Some("passed"))
    );
    assert_eq!(
        (view.description.as_deref(), view.files.as_slice()),
        (Some("d"), &["/etc/fstab".into()][..])
    );

    let summary = alert(
        &json!({"data": {"sca": {"type": "summary", "score": "81", "passed": "80", "failed": "110", "invalid": "3"}}}),
    );
    let View::Sca(view) = summary.view() else { panic!() };
    assert_eq!(
        (view.score, view.passed, view.failed, view.invalid),
        (Some(81), Some(80), Some(110), Some(3))
    );

    let rootkit = alert(
        &json!({"location": "rootcheck", "data": {"title": "Trojaned version of file detected.", "file": "/bin/diff"}}),
    );
    let View::Rootcheck(view) = rootkit.view() else {
        panic!()
    };
    assert_eq!(view.file.as_deref(), Some("/bin/diff"));

    let docker = labelled("docker_exec_shell");
    let View::Docker(view) = docker.view() else { panic!() };
    assert_eq!(
        (view.name.as_deref(), view.image.as_deref()),
        (Some("api-1"), Some("shop/api:1.9.2"))
    );
    assert!(view.action.unwrap().starts_with("exec_create"));

    let known = alert(
        &json!({"data": {"virustotal": {"found": "1", "malicious": "1", "positives": "57", "total": "68", "source": {"file": "/x", "md5": "44d88612fea8a8f36de82e1278abb02f"}}}}),
    );
    let View::VirusTotal(view) = known.view() else { panic!() };
    assert_eq!(
        (view.found, view.malicious, view.positives, view.total),
        (Some(true), Some(true), Some(57), Some(68))
    );

    let row = alert(
        &json!({"location": "osquery", "data": {"name": "pack_x_last", "action": "added", "unixTime": "1768915578", "columns": {"path": "/tmp/nc", "port": "4444"}}}),
    );
    let View::Osquery(view) = row.view() else { panic!() };
    assert_eq!(
        (view.name.as_deref(), view.unix_time),
        (Some("pack_x_last"), Some(1_768_915_578))
    );
    assert_eq!(
        view.columns,
        [
            ("path".to_owned(), "/tmp/nc".to_owned()),
            ("port".to_owned(), "4444".to_owned())
        ]
    );
}

#[test]
fn linux_has_views() {
    let record = alert(
        &json!({"decoder": {"name": "auditd"}, "data": {"audit": {"type": "SYSCALL", "exe": "/usr/bin/curl", "command": "curl", "key": "audit-wazuh-c",
        "success": "yes", "pid": "77", "auid": "4294967295", "uid": "33", "execve": {"a0": "curl", "a1": "http://203.0.113.9/x", "a3": "lost"}, "file": {"name": "/tmp/x"}}}}),
    );
    let View::Audit(view) = record.view() else { panic!() };
    assert_eq!(
        (view.exe.as_deref(), view.arguments.as_deref()),
        (Some("/usr/bin/curl"), Some("curl http://203.0.113.9/x"))
    );
    assert_eq!(
        (view.success, view.pid, view.auid, view.uid),
        (Some(true), Some(77), Some(4_294_967_295), Some(33))
    );
    assert_eq!(view.files, ["/tmp/x"]);

    let ssh = alert(
        &json!({"decoder": {"name": "sshd"}, "predecoder": {"program_name": "sshd", "hostname": "web01"}, "data": {"srcip": "203.0.113.7", "srcport": "4022", "srcuser": "admin"}}),
    );
    let View::Login(view) = ssh.view() else { panic!() };
    assert_eq!(
        (
            view.user.as_deref(),
            view.source_ip.as_deref(),
            view.source_port,
            view.host.as_deref()
        ),
        (Some("admin"), Some("203.0.113.7"), Some(4022), Some("web01"))
    );

    let pam = alert(&json!({"decoder": {"name": "pam"}, "data": {"dstuser": "root", "uid": "0"}}));
    let View::Login(view) = pam.view() else { panic!() };
    assert_eq!(
        (view.program.as_deref(), view.target_user.as_deref()),
        (Some("pam"), Some("root"))
    );

    let sudo = labelled("sudo_unauthorised");
    let View::Login(view) = sudo.view() else { panic!() };
    assert_eq!(
        (
            view.user.as_deref(),
            view.target_user.as_deref(),
            view.command.as_deref()
        ),
        (Some("www-data"), Some("root"), Some("/bin/sh -c id"))
    );
}

#[test]
fn the_network_has_views() {
    let request = labelled("sqli_404");
    let View::Web(view) = request.view() else { panic!() };
    assert_eq!(
        (view.source_ip.as_deref(), view.method.as_deref(), view.status),
        (Some("198.51.100.31"), Some("GET"), Some(404))
    );
    assert!(view.url.unwrap().contains("union"));
    assert_eq!(
        (view.referrer, view.user_agent.as_deref()),
        (None, Some("sqlmap/1.8.4#stable (https://sqlmap.org)"))
    );
    let from = alert(
        &json!({"decoder": {"name": "web-accesslog"}, "data": {"url": "/"}, "full_log": "203.0.113.9 - - [x] \"GET / HTTP/1.1\" 200 5 \"https://a.example/\" \"curl/8\""}),
    );
    let View::Web(view) = from.view() else { panic!() };
    assert_eq!(
        (view.referrer.as_deref(), view.user_agent.as_deref()),
        (Some("https://a.example/"), Some("curl/8"))
    );
    let common = alert(
        &json!({"decoder": {"name": "web-accesslog"}, "data": {"url": "/"}, "full_log": "203.0.113.9 - - [x] \"GET / HTTP/1.1\" 200 5"}),
    );
    let View::Web(view) = common.view() else { panic!() };
    assert_eq!((view.referrer, view.user_agent), (None, None));

    let seen = alert(
        &json!({"data": {"event_type": "alert", "src_ip": "203.0.113.5", "src_port": "4000", "dest_ip": "10.0.0.5", "dest_port": "80", "proto": "TCP",
        "alert": {"signature_id": "2009582", "signature": "ET SCAN", "severity": "1", "action": "allowed"}, "direction": "to_server", "http": {"hostname": "shop.example", "url": "/x", "http_method": "POST", "status": "200"}, "tls": {"sni": "a.example"}, "dns": {"query": [{"rrname": "b.example"}]}}}),
    );
    let View::Suricata(view) = seen.view() else { panic!() };
    assert_eq!(
        (view.method.as_deref(), view.status, view.direction.as_deref()),
        (Some("POST"), Some(200), Some("to_server"))
    );
    assert_eq!(
        (view.signature_id, view.severity, view.destination_port),
        (Some(2_009_582), Some(1), Some(80))
    );
    assert_eq!(
        (
            view.hostname.as_deref(),
            view.tls_name.as_deref(),
            view.dns_query.as_deref()
        ),
        (Some("shop.example"), Some("a.example"), Some("b.example"))
    );
}

#[test]
fn clouds_have_views() {
    let root = labelled("aws_root_login_no_mfa");
    let View::CloudTrail(view) = root.view() else { panic!() };
    assert_eq!(
        (view.event_name.as_deref(), view.identity_type.as_deref(), view.mfa_used),
        (Some("ConsoleLogin"), Some("Root"), Some(false))
    );
    assert_eq!(
        (view.console_login.as_deref(), view.error_code.as_deref()),
        (Some("Success"), None)
    );

    let finding = alert(
        &json!({"data": {"integration": "aws", "aws": {"source": "guardduty", "type": "UnauthorizedAccess:EC2/SSHBruteForce", "severity": "5", "region": "eu-1",
        "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": "i-1"}},
        "service": {"count": "12", "action": {"actionType": "NETWORK_CONNECTION", "networkConnectionAction": {"connectionDirection": "INBOUND", "localPortDetails": {"port": "22"}, "remoteIpDetails": {"ipAddressV4": "198.51.100.0", "country": {"countryName": "X"}}}}}}}}),
    );
    let View::GuardDuty(view) = finding.view() else {
        panic!()
    };
    assert_eq!(
        (view.severity, view.local_port, view.count),
        (Some(5.0), Some(22), Some(12))
    );
    assert_eq!(
        (
            view.remote_ip.as_deref(),
            view.direction.as_deref(),
            view.instance_id.as_deref()
        ),
        (Some("198.51.100.0"), Some("INBOUND"), Some("i-1"))
    );

    let mail = labelled("o365_login_ok");
    let View::Office365(view) = mail.view() else { panic!() };
    assert_eq!(
        (view.operation.as_deref(), view.user.as_deref(), view.record_type),
        (Some("UserLoggedIn"), Some("k.ito@corp.example"), Some(15))
    );

    let activity = alert(
        &json!({"location": "Azure", "data": {"operationName": "Delete", "caller": "a@corp.example", "callerIpAddress": "203.0.113.9", "resourceId": "/subscriptions/1", "resultType": "Success"}}),
    );
    let View::Azure(view) = activity.view() else { panic!() };
    assert_eq!(
        (
            view.caller.as_deref(),
            view.caller_ip.as_deref(),
            view.status.as_deref()
        ),
        (Some("a@corp.example"), Some("203.0.113.9"), Some("Success"))
    );

    let graph = alert(
        &json!({"data": {"integration": "ms-graph", "ms-graph": {"resource": "security", "relationship": "alerts_v2", "title": "Malware", "severity": "high", "status": "new", "detectionSource": "antivirus", "category": "Execution", "mitreTechniques": ["T1059", "T1105"], "actor": {"userPrincipalName": "a@corp.example"}}}}),
    );
    let View::Graph(view) = graph.view() else { panic!() };
    assert_eq!(
        (view.title.as_deref(), view.severity.as_deref(), view.user.as_deref()),
        (Some("Malware"), Some("high"), Some("a@corp.example"))
    );

    assert_eq!(
        (view.category.as_deref(), view.techniques.len()),
        (Some("Execution"), 2)
    );

    let github = alert(
        &json!({"data": {"github": {"action": "repo.destroy", "actor": "octo", "org": "o", "repo": "o/r", "actor_location": {"country_code": "DE"}}}}),
    );
    let View::GitHub(view) = github.view() else { panic!() };
    assert_eq!(
        (
            view.action.as_deref(),
            view.actor.as_deref(),
            view.repository.as_deref(),
            view.country.as_deref()
        ),
        (Some("repo.destroy"), Some("octo"), Some("o/r"), Some("DE"))
    );

    let gcp = alert(
        &json!({"data": {"integration": "gcp", "gcp": {"severity": "NOTICE", "protoPayload": {"serviceName": "iam.googleapis.com", "methodName": "CreateKey", "authenticationInfo": {"principalEmail": "a@corp.example"}, "requestMetadata": {"callerIp": "203.0.113.9"}, "status": {"code": "7"}}, "resource": {"labels": {"project_id": "p"}}}}}),
    );
    let View::Gcp(view) = gcp.view() else { panic!() };
    assert_eq!(
        (
            view.method.as_deref(),
            view.principal.as_deref(),
            view.caller_ip.as_deref(),
            view.status_code
        ),
        (Some("CreateKey"), Some("a@corp.example"), Some("203.0.113.9"), Some(7))
    );
}

#[test]
fn every_real_alert_has_the_view_of_its_family() {
    for (name, line) in corpus::real() {
        let alert = Alert::from_slice(&line).unwrap();
        let view = alert.view();
        let expected = match name.as_str() {
            "lab_otrf_attack" => matches!(view, View::Sysmon(_) | View::Windows(_)),
            "lab_cloudtrail_stratus" => matches!(view, View::CloudTrail(_)),
            _ => match alert.location() {
                Some("syscheck") => matches!(view, View::Fim(_)),
                Some("sca") => matches!(view, View::Sca(_)),
                Some("rootcheck") => matches!(view, View::Rootcheck(_)),
                Some("osquery") => matches!(view, View::Osquery(_)),
                Some("virustotal") => matches!(view, View::VirusTotal(_)),
                Some("/var/log/suricata/eve.json") => matches!(view, View::Suricata(_)),
                Some("/var/log/auth.log") => matches!(view, View::Login(_)),
                Some("/var/log/apache2/access.log") => matches!(view, View::Web(_)),
                _ => true,
            },
        };
        assert!(expected, "{name} {} {view:?}", alert.source_ref());
    }
}
