//! Commands within quotes, and with quotes of their own.

use super::*;

/// Commands with a quoted program or argument, each with one password.
const COMMANDS: [&str; 14] = [
    r#""C:\Windows\system32\net.exe" user eve Quot3dPw9 /add"#,
    r#"net user eve "Quot3dPw9 xY7" /add"#,
    r#""C:\Tools\PsExec64.exe" \\srv1 -u adm -p Quot3dPw9 cmd"#,
    r#"psexec \\srv1 -u adm -p "Quot3dPw9 xY7" cmd /c "dir c:\""#,
    r#""C:\Program Files\PuTTY\plink.exe" -pw Quot3dPw9 bob@h1"#,
    r#"sqlcmd -S db1 -U sa -P "Quot3dPw9" -Q "select 1""#,
    r#"schtasks /create /tn "My Task" /tr "C:\x y.exe" /ru adm /rp Quot3dPw9"#,
    r#""C:\Program Files\7-Zip\7z.exe" a -pQuot3dPw9 out.7z "C:\My Files""#,
    r#""C:\Program Files\WinRAR\rar.exe" a -hp"Quot3dPw9 xY7" out.rar C:\x"#,
    r#"reg add "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon" /v DefaultPassword /t REG_SZ /d Quot3dPw9 /f"#,
    r#"net use \\srv1\c$ "Quot3dPw9 xY7" /user:CORP\adm"#,
    r#"setx DB_PASSWORD "Quot3dPw9 xY7""#,
    r#""certutil.exe" -f -p Quot3dPw9 -importpfx "C:\a b.pfx""#,
    r#"mysql -uroot -p"Quot3dPw9" -e "select 1""#,
];

#[test]
fn quotes_round_a_command_hide_none_of_its_passwords() {
    let mut wrong = Vec::new();
    for command in COMMANDS {
        for text in [
            command.to_owned(),
            format!(
                "\"A new process has been created.\r\n\r\n\tProcess Command Line:\t{command}\r\n\r\nToken Elevation Type indicates\""
            ),
            format!("executing \"{command}\" as root"),
            format!("user=bob command=\"{command}\" exit=0"),
            format!("found a 3.5\" disk; {command}"),
            serde_json::json!({ "cmd": command, "user": "bob" }).to_string(),
            serde_json::json!({ "log": serde_json::json!({ "cmd": command }).to_string() }).to_string(),
        ] {
            let masked = redactor().redact_text(&text);
            assert_eq!(redactor().redact_text(&masked), masked);
            let masks = masked.matches("[REDACTED:").count();
            if masks != 1 || masked.contains("Quot3dPw9") || masked.contains("xY7") {
                wrong.push(format!("{text}\n{masked}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn quotes_round_honest_words_uncover_no_secret() {
    for honest in [
        "\"The service was started.\r\n\tCommand:\t\"C:\\Windows\\system32\\net.exe\" user eve /domain\r\n\tBy:\tbob\"",
        "he typed \"net user /domain\" was said by \"eve\" and \"bob\"",
        "\"net user\" and then \"psexec\" ran as \"bob\"",
        "a 3.5\" disk, a \"mysql\" server, a \"curl\" client",
        "\"cmd\":\"net user eve\",\"next\":\"Hello99\",\"more\":\"x\"",
        "\"C:\\Windows\\system32\\net.exe\" use \"\\\\srv1\\share\" /persistent:no \"x",
        "{\"cmd\":\"sc query \\\"My Service\\\" \",\"host\":\"ws-77a\",\"path\":\"C:\\\\x\\\\\"}",
    ] {
        assert_eq!(redactor().redact_text(honest), honest);
    }
}

#[test]
fn an_apostrophe_far_in_front_opens_nothing_of_a_command() {
    for (before, after) in [("x='; ", ""), ("sh -c '", "'")] {
        let text = format!("{before}{}; net user bob 'Dingo88 xY7z' /add{after}", "a ".repeat(700));
        assert!(!super::payloads::masked(&text).contains("xY7z"), "{before}");
    }
}
