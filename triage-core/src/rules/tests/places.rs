//! Names and places that lie: second names of a program, the same text in two fields, other folders.

use super::*;

const SYSMON: &str = "windows sysmon";

#[test]
fn a_second_name_of_a_program_takes_nothing_from_what_its_path_says() {
    let program = r"C:\Users\Public\svchost.exe";
    for second in ["svchost.exe", "payload.exe", r"C:\Windows\System32\svchost.exe", "-"] {
        let fields = [
            (EVENT, "1"),
            (COMMAND, r#""C:\Users\Public\svchost.exe" -k"#),
            (IMAGE, program),
            ("data.win.eventdata.originalFileName", second),
            (PARENT, EXPLORER),
        ];
        assert_eq!(said_of(5, SYSMON, &fields), Disposition::TruePositive, "{second}");
    }
    let dumps = |second: &str| {
        let fields = [
            (EVENT, "1"),
            (IMAGE, r"C:\Intel\m.exe"),
            ("data.win.eventdata.originalFileName", second),
        ];
        said_under("Credential dumping tool, lsass dump", 12, SYSMON, &fields)
    };
    assert_eq!(dumps(r"C:\Program Files\Endpoint Security\x.exe"), dumps("m.exe"));
}

#[test]
fn the_same_text_in_two_fields_is_read_in_both() {
    let program = r"C:\Users\Public\svchost.exe";
    let of_itself = [(EVENT, "1"), (COMMAND, program), (IMAGE, program), (PARENT, EXPLORER)];
    assert_eq!(said_of(5, SYSMON, &of_itself), Disposition::TruePositive);
    let chrome = r"C:\Program Files\Google\Chrome\Application\chrome.exe";
    let line = r#""C:\Program Files\Google\Chrome\Application\chrome.exe" --type=renderer"#;
    let child = [(EVENT, "1"), (COMMAND, line), (IMAGE, chrome), (PARENT, chrome)];
    assert!(said_of(3, SYSMON, &child).is_benign());
}
