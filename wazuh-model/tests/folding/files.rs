//! What became of files and entries of the registry.

use serde_json::{Value, json};
use wazuh_model::Family;

use super::{assert_differ, folds, of};

fn changed(path: &str, state: &Value) -> Value {
    let mut syscheck = json!({"path": path, "event": "modified", "mode": "realtime", "size_after": "10", "perm_after": "rw-r--r--",
        "uid_after": "0", "gid_after": "0", "uname_after": "root", "gname_after": "root", "mtime_after": "2026-11-29T04:00:01", "inode_after": 7,
        "sha256_after": "aa".repeat(32), "changed_attributes": ["mtime", "sha256"]});
    for (name, value) in state.as_object().unwrap() {
        syscheck[name] = value.clone();
    }
    json!({"rule": {"id": "550", "level": 7}, "agent": {"id": "1"}, "decoder": {"name": "syscheck_integrity_changed"}, "syscheck": syscheck})
}

#[test]
fn what_became_of_a_file_is_news() {
    let one = changed("/usr/bin/ls", &json!({}));
    for (state, kind) in [
        (json!({"perm_after": "rwsr-xr-x"}), "permissions"),
        (json!({"uname_after": "www-data"}), "owner"),
        (json!({"uid_after": "33"}), "owner"),
        (json!({"gname_after": "sudo"}), "group"),
        (json!({"sha256_after": "bb".repeat(32)}), "contents"),
        (json!({"diff": "> eve ALL=(ALL) NOPASSWD: ALL"}), "difference"),
        (json!({"changed_attributes": ["permission"]}), "changed"),
        (json!({"attrs_after": ["ARCHIVE", "HIDDEN"]}), "attributes"),
        (
            json!({"win_perm_after": [{"name": "Users", "allowed": ["WRITE_DATA"]}]}),
            "permissions",
        ),
    ] {
        let other = changed("/usr/bin/ls", &state);
        assert_eq!(of(&one).key, of(&other).key, "many are bounded in one window: {state}");
        assert!(!folds(&one, &other), "{state}");
        assert!(of(&other).distinct.iter().any(|(name, _)| *name == kind), "{state}");
        assert!(folds(&other, &other), "{state}");
    }
    for state in [
        json!({"mtime_after": "2026-11-29T05:00:01", "inode_after": 8}),
        json!({"changed_attributes": ["sha256", "mtime"]}),
        json!({"size_after": "11", "uid_before": "33"}),
    ] {
        assert!(folds(&one, &changed("/usr/bin/ls", &state)), "{state}");
    }
}

#[test]
fn whether_a_file_was_made_changed_or_deleted_is_news() {
    let value = r"HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run";
    for alert in [
        changed("/var/log/auth.log", &json!({})),
        changed("/usr/bin/nc", &json!({})),
        changed(value, &json!({"value_name": "Updater", "value_type": "REG_SZ"})),
        changed(value, &json!({})),
    ] {
        for (one, other) in [("modified", "deleted"), ("added", "deleted"), ("added", "modified")] {
            assert_differ(&alert, "/syscheck/event", one, other);
        }
    }
    let finding = |path: &str, action: &str, kind: &str| {
        json!({"wazuh": {"rule": {"id": "u", "level": "high"}, "agent": {"id": "1"}, "integration": {"name": "wazuh-fim"}},
            "event": {"action": action, "type": [kind], "doc_id": "a"}, "file": {"path": path, "hash": {"sha256": "aa".repeat(32)}}})
    };
    let modified = finding("/usr/bin/nc", "file-modified", "change");
    assert_eq!(of(&modified).family, Family::Fim);
    assert!(folds(&modified, &finding("/usr/bin/nc", "file-modified", "change")));
    assert!(!folds(&modified, &finding("/usr/bin/nc", "file-deleted", "change")));
    assert!(!folds(&modified, &finding("/usr/bin/nc", "file-modified", "deletion")));
    // That one file was deleted says nothing of another.
    let seen = [("a", "modified"), ("b", "deleted"), ("a", "deleted")]
        .map(|(name, event)| of(&changed(&format!("/usr/bin/{name}"), &json!({"event": event}))).distinct);
    let before = [&seen[0][..], &seen[1][..]].concat();
    assert!(seen[2].iter().any(|value| !before.contains(value)));
}

#[test]
fn what_one_file_had_before_is_news_of_another() {
    let of_ls = changed("/usr/bin/ls", &json!({}));
    let of_sudo = changed("/usr/bin/sudo", &json!({"perm_after": "rwsr-xr-x"}));
    let worse = changed("/usr/bin/ls", &json!({"perm_after": "rwsr-xr-x"}));
    let seen: Vec<_> = [&of_ls, &of_sudo].map(|alert| of(alert).distinct).concat();
    assert!(of(&worse).distinct.iter().any(|value| !seen.contains(value)));
    assert!(of(&of_ls).distinct.iter().all(|value| seen.contains(value)));
}

#[test]
fn another_text_in_a_value_of_the_registry_is_news() {
    let value = changed(
        r"HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run",
        &json!({"value_name": "Updater", "value_type": "REG_SZ"}),
    );
    assert_differ(&value, "/syscheck/sha256_after", &"aa".repeat(32), &"bb".repeat(32));
    assert_differ(&value, "/syscheck/value_type", "REG_SZ", "REG_EXPAND_SZ");
}

#[test]
fn what_programs_write_all_day_is_the_same_whatever_they_write() {
    let other = json!({"sha256_after": "bb".repeat(32), "diff": "> {\"seq\":4711}"});
    for path in [
        "/var/lib/app/state.json",
        "/home/bob/notes.txt",
        "/usr/local/app/current.log",
        r"C:\ProgramData\App\state.db",
        r"C:\Users\bob\AppData\Local\App\settings.dat",
    ] {
        let one = changed(path, &json!({}));
        assert!(folds(&one, &changed(path, &other)), "{path}");
        let handed_over = changed(path, &json!({"perm_after": "rwxrwxrwx"}));
        assert!(!folds(&one, &handed_over), "{path}");
    }
    for path in [
        "/etc/sudoers",
        "/root/.bashrc",
        "/home/bob/.ssh/authorized_keys",
        "/var/spool/cron/crontabs/bob",
        "/var/www/html/index.html",
        "/srv/app/upload.php",
        r"C:\Windows\System32\drivers\etc\hosts",
        r"c:\users\bob\downloads\setup.EXE",
        "",
    ] {
        assert!(!folds(&changed(path, &json!({})), &changed(path, &other)), "{path}");
    }
    let counter = |hash: &str| {
        let key = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\W32Time\SecureTimeLimits";
        changed(
            key,
            &json!({"value_name": "LastSeen", "value_type": "REG_QWORD", "sha256_after": hash}),
        )
    };
    assert!(folds(&counter("aa"), &counter("bb")));
}
