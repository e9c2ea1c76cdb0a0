//! What a rule repeats from a field in its title is not the rule's own word.

use super::*;

const CALM: [&str; 6] = [
    "session closed",
    "disk space",
    "queue back to normal",
    "scan finished",
    "service stopped",
    "time synchronized",
];

#[test]
fn no_calm_word_in_a_field_speaks_from_the_title() {
    let long = "x".repeat(700);
    for calm in CALM {
        let doubled = format!(r"C:\\Intel\\{calm}\\a.exe");
        let path = format!(r"C:\Intel\{calm}\a.exe");
        let cut = format!("{calm} {long}");
        let cases = [
            (
                format!("Value set by {doubled}"),
                "data.win.eventdata.image",
                path.clone(),
            ),
            (
                format!("Value set by {path}"),
                "data.win.eventdata.image",
                doubled.clone(),
            ),
            (format!("Refused: {calm}"), "data.requestId", calm.to_owned()),
            (format!("Refused: {calm}"), "data.id", calm.to_owned()),
            (
                format!("Refused: {calm}"),
                "data.ticket.description",
                calm.replace(' ', "  "),
            ),
            (format!("File {cut} was uploaded"), "data.note", cut.clone()),
        ];
        for (title, field, value) in cases {
            let fields = [("data.amount", "900"), (field, value.as_str())];
            let said = said_under(&title, 5, "syslog ossec windows_defender pam local", &fields);
            assert!(!said.is_benign(), "{title}: {field}");
        }
    }
}

#[test]
fn the_word_of_the_rule_itself_speaks_only_for_rules_of_its_kind() {
    let said = |title: &str, groups: &str| said_under(title, 3, groups, &[("data.amount", "900")]).is_benign();
    for (title, groups) in [
        ("PAM: Login session closed.", "pam syslog"),
        (
            "Partition usage reached 100% (disk space monitor).",
            "ossec low_diskspace",
        ),
        ("Windows Defender: scan finished", "windows windows_defender"),
    ] {
        assert!(said(title, groups), "{title}");
        assert!(!said(title, "local shop"), "{title}");
    }
}
