//! Five alerts that every Wazuh has seen, for measuring a model before it gets a real one.

use triage_core::{AlertFields, Call, Evidence, Outcome, Policy, Redactor, ResidualSecret, ground};

use crate::ask::Asker;
use crate::probe::run::Case;
use crate::probe::subject::Subject;

/// An alert as it stands here: name, rule id, level, title, groups, techniques, leaves.
type Row = (
    &'static str,
    &'static str,
    u8,
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const ALERTS: [Row; 5] = [
    (
        "ssh_brute_force",
        "5763",
        10,
        "sshd: brute force trying to get access to the system. Authentication failed.",
        "syslog sshd authentication_failures",
        "T1110",
        &[
            ("agent.name", "web-01"),
            ("data.srcip", "203.0.113.77"),
            ("data.srcuser", "root"),
            ("rule.frequency", "8"),
            ("location", "/var/log/auth.log"),
            ("full_log", "Failed password for root from 203.0.113.77 port 44122 ssh2"),
        ],
    ),
    (
        "encoded_powershell",
        "92057",
        12,
        "Powershell.exe spawned a powershell process which executed a base64 encoded command",
        "sysmon sysmon_eid1_detections windows",
        "T1059.001",
        &[
            ("agent.name", "ws-114"),
            ("data.win.system.eventID", "1"),
            (
                "data.win.eventdata.image",
                "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
            ),
            (
                "data.win.eventdata.parentImage",
                "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
            ),
            (
                "data.win.eventdata.commandLine",
                "powershell.exe -NoP -W Hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA",
            ),
            ("data.win.eventdata.user", "CORP\\j.miller"),
            ("data.win.eventdata.integrityLevel", "Medium"),
        ],
    ),
    (
        "package_update",
        "550",
        7,
        "Integrity checksum changed.",
        "ossec syscheck syscheck_entry_modified syscheck_file",
        "T1565.001",
        &[
            ("agent.name", "db-02"),
            ("syscheck.path", "/usr/bin/openssl"),
            ("syscheck.event", "modified"),
            ("syscheck.changed_attributes", "size, mtime, sha256"),
            ("syscheck.uname_after", "root"),
            ("syscheck.audit.process.name", "/usr/bin/dpkg"),
            ("syscheck.audit.user.name", "root"),
        ],
    ),
    (
        "web_scan",
        "31151",
        10,
        "Multiple web server 400 error codes from same source ip.",
        "web accesslog web_scan recon",
        "T1595.002",
        &[
            ("agent.name", "web-01"),
            ("data.srcip", "198.51.100.20"),
            ("data.protocol", "GET"),
            ("data.url", "/wp-admin/setup-config.php?step=1"),
            ("data.id", "404"),
            ("rule.frequency", "14"),
        ],
    ),
    (
        "sudo_by_an_administrator",
        "5402",
        3,
        "Successful sudo to ROOT executed.",
        "syslog sudo",
        "T1548.003",
        &[
            ("agent.name", "web-01"),
            ("data.srcuser", "ops-anna"),
            ("data.dstuser", "root"),
            ("data.tty", "pts/0"),
            ("data.pwd", "/home/ops-anna"),
            ("data.command", "/usr/bin/systemctl restart nginx"),
        ],
    ),
];

/// Sends five alerts of ours the whole way that real ones go: evidence, redaction, prompt, answer, grounding.
///
/// # Errors
/// The redactor refuses one of them, because a pattern of its settings sees a secret in it.
pub fn canned<'a>(subject: impl Into<Subject<'a>>, redactor: &Redactor) -> Result<Vec<Case<'a>>, ResidualSecret> {
    let asker = subject.into().asker();
    ALERTS.iter().map(|row| case(asker, redactor, row)).collect()
}

fn case<'a>(asker: &'a Asker, redactor: &Redactor, row: &Row) -> Result<Case<'a>, ResidualSecret> {
    let (name, ..) = *row;
    let evidence = redactor.redact(Evidence::from_fields(&fields(row)))?;
    let request = asker.request(&evidence, &Call::default());
    let case = Case::new(name, request, move |answer| {
        let draft = asker.draft(&evidence, answer.clone());
        match ground(&draft, &evidence, &Policy::default()) {
            // What the model said, before our floors: it is the model that is measured.
            Outcome::Accepted(verdict) | Outcome::Repaired(verdict, _) => Ok(verdict.said().as_str().to_owned()),
            Outcome::Rejected(rejection) => Err(rejection.reason.as_str().to_owned()),
        }
    });
    // Whether the others are attacks depends on what nobody can see in one alert.
    Ok(match name {
        "ssh_brute_force" | "encoded_powershell" => case.oddly(&["false_positive", "benign_positive"]),
        "package_update" | "sudo_by_an_administrator" => case.oddly(&["true_positive"]),
        _ => case,
    })
}

fn fields(row: &Row) -> AlertFields {
    let (_, rule, level, title, groups, mitre, leaves) = *row;
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    AlertFields {
        title: title.to_owned(),
        rule_id: Some(rule.to_owned()),
        level: Some(level),
        groups: words(groups),
        mitre: words(mitre),
        fields: leaves
            .iter()
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect(),
    }
}
