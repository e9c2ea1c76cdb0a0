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

#[test]
fn a_program_of_linux_is_known_by_its_file_and_not_by_its_first_word() {
    let ran = |exe: &str, call: &str| {
        let name = call.split(' ').next().unwrap_or(call);
        let fields = [
            ("data.audit.exe", exe),
            ("data.audit.command", name),
            ("data.audit.execve", call),
            ("data.audit.auid", "1001"),
        ];
        said_of(3, "audit audit_command", &fields)
    };
    for (exe, call) in [
        ("/usr/bin/ps", "ps aux"),
        ("/bin/df", "df -h"),
        ("/usr/bin/git", "git pull"),
    ] {
        assert!(ran(exe, call).is_benign(), "{exe} {call}");
    }
    for (exe, call) in [
        ("/dev/shm/.k/ps", "ps aux"),
        ("/var/tmp/top", "top -b"),
        ("/home/e/git", "git pull"),
        ("/srv/x/df", "df -h"),
    ] {
        assert!(!ran(exe, call).is_benign(), "{exe} {call}");
    }
}

#[test]
fn a_name_of_windows_in_another_folder_is_no_updater() {
    let started = |line: &str, image: &str| {
        let fields = [(EVENT, "1"), (COMMAND, line), (IMAGE, image), (PARENT, EXPLORER)];
        said_of(5, SYSMON, &fields)
    };
    for image in [
        r"C:\Windows\Temp\setup.exe",
        r"C:\Windows\Debug\msiexec.exe",
        r"C:\Windows\Tasks\wuauclt.exe",
        r"C:\Windows\System32\spool\drivers\color\winget.exe",
    ] {
        assert!(!started(&format!("{image} /quiet"), image).is_benign(), "{image}");
    }
    let worker = r"C:\Windows\WinSxS\amd64_microsoft-windows-servicingstack_1.2\TiWorker.exe";
    assert!(started(&format!("{worker} -Embedding"), worker).is_benign());
}

#[test]
fn what_starts_by_itself_is_closed_only_from_the_folder_of_installed_programs() {
    let run_key = |program: &str| {
        let fields = [
            (EVENT, "13"),
            (IMAGE, r"C:\Windows\System32\reg.exe"),
            (
                "data.win.eventdata.targetObject",
                r"HKU\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Run\App",
            ),
            ("data.win.eventdata.details", program),
        ];
        said_of(6, SYSMON, &fields)
    };
    let task = |program: &str| {
        let content = format!("<Task><Actions><Exec><Command>{program}</Command></Exec></Actions></Task>");
        let fields = [
            (EVENT, "4698"),
            ("data.win.eventdata.subjectUserName", "WS-04$"),
            ("data.win.eventdata.taskContent", content.as_str()),
        ];
        said_of(4, "windows windows_security", &fields)
    };
    let installed = r"C:\Program Files\Vendor\tray.exe";
    assert!(run_key(installed).is_benign() && task(installed).is_benign());
    for program in [
        r"C:\Windows\System32\msiexec.exe /q /i \\203.0.113.9\s\a.msi",
        r"C:\Windows\System32\conhost.exe --headless C:\Intel\u.exe",
        r"C:\Windows\System32\spool\drivers\color\icc.exe",
        r"C:\Windows\System32\..\..\Intel\i.exe",
        r"C:\Program Files\..\Intel\i.exe",
        r"C:\Program Files\Vendor\tray.exe --from \\203.0.113.9\s",
    ] {
        assert!(!run_key(program).is_benign(), "{program}");
        assert!(!task(program).is_benign(), "{program}");
    }
}

#[test]
fn no_filling_pushes_out_of_sight_what_speaks_against_an_alert() {
    let container = |labels: usize, length: usize| {
        let mut fields = vec![
            ("data.docker.Action".to_owned(), "create".to_owned()),
            (
                "data.docker.Actor.Attributes.image".to_owned(),
                "docker.io/xmrig/xmrig".to_owned(),
            ),
        ];
        fields.extend((0..labels).map(|n| {
            (
                format!("data.docker.Actor.Attributes.user{n}"),
                format!("v{n}{}", "a".repeat(length)),
            )
        }));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(path, value)| (path.as_str(), value.as_str()))
            .collect();
        said_under("Docker: Container created", 3, "docker", &fields)
    };
    for (labels, length) in [(0, 0), (45, 5), (150, 5), (30, 400)] {
        assert_eq!(
            container(labels, length),
            Disposition::TruePositive,
            "{labels} of {length}"
        );
    }
    assert!(!container(500, 5).is_benign());
}

#[test]
fn what_loads_copies_or_collects_in_a_known_way_is_seen_whatever_it_is_called() {
    for line in [
        r"rundll32.exe F:\notes.png,Go",
        r"cmd.exe /Q /c ipconfig 1> \\127.0.0.1\C$\__17 2>&1",
        r"robocopy C:\Users\e\AppData\Roaming\Mozilla\Firefox\Profiles\x key4.db D:\o",
        r"powershell -version 2 -c iex (gc C:\ProgramData\k.txt -raw)",
    ] {
        let fields = [(EVENT, "1"), (COMMAND, line), (IMAGE, RUNDLL), (PARENT, EXPLORER)];
        assert_eq!(said_of(5, SYSMON, &fields), Disposition::TruePositive, "{line}");
    }
    for line in [
        r"rundll32.exe C:\Windows\System32\printui.dll,PrintUIEntry",
        r"robocopy D:\Data \\nas\Data /MIR",
    ] {
        let fields = [
            (EVENT, "1"),
            (COMMAND, line),
            (IMAGE, r"C:\Windows\System32\x.exe"),
            (PARENT, EXPLORER),
        ];
        assert_ne!(said_of(5, SYSMON, &fields), Disposition::TruePositive, "{line}");
    }
}

#[test]
fn an_installed_tool_that_does_what_it_is_told_is_no_plain_program() {
    let started = |image: &str, words: &str| {
        let line = format!(r#""{image}" {words}"#);
        let fields = [
            (EVENT, "1"),
            (COMMAND, line.as_str()),
            (IMAGE, image),
            (PARENT, EXPLORER),
        ];
        said_of(3, SYSMON, &fields).is_benign()
    };
    assert!(started(r"C:\Program Files\Vendor\editor.exe", "plan"));
    for (image, words) in [
        (r"C:\Program Files\Amazon\AWSCLIV2\aws.exe", r"s3 sync D:\finance loot"),
        (r"C:\Program Files\Docker\Docker\resources\bin\docker.exe", "run -it x"),
        (r"C:\Program Files\MySQL\bin\mysqldump.exe", "-A"),
    ] {
        assert!(!started(image, words), "{image}");
    }
}
