//! Which tool takes a secret behind which switch.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Whether the value may stand in the same word as the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glued {
    /// Only `-p X` counts.
    Never,
    /// `-pX` counts as well.
    Also,
    /// `-pX` counts unless X is a word: `-port` is another switch.
    NoWord,
    /// Only `-pX` counts: `mysql -p shop` names a database.
    Only,
}

/// A switch whose value is a secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct Switch {
    pub(super) name: &'static str,
    pub(super) glued: Glued,
    // `-rP X` counts: the last of several letters.
    pub(super) clustered: bool,
    // Windows programs do not care.
    pub(super) any_case: bool,
    // The secret begins behind this sign: `user:secret`.
    pub(super) after: Option<char>,
    pub(super) kind: &'static str,
    // People write the port there too.
    pub(super) no_number: bool,
}

/// A tool's switches; `only_with`: only if this word is among the first ones (`docker login -p`).
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) only_with: Option<&'static str>,
    pub(super) switches: &'static [Switch],
}

const fn next(name: &'static str) -> Switch {
    Switch {
        name,
        glued: Glued::Never,
        clustered: false,
        any_case: false,
        after: None,
        kind: "password",
        no_number: false,
    }
}
const fn no_number(switch: Switch) -> Switch {
    Switch {
        no_number: true,
        ..switch
    }
}
const fn either(name: &'static str) -> Switch {
    Switch {
        glued: Glued::Also,
        ..next(name)
    }
}
const fn glued(name: &'static str) -> Switch {
    Switch {
        glued: Glued::Only,
        ..next(name)
    }
}
const fn clustered(switch: Switch) -> Switch {
    Switch {
        clustered: true,
        ..switch
    }
}
const fn any(name: &'static str) -> Switch {
    Switch {
        any_case: true,
        ..next(name)
    }
}
const fn after(name: &'static str, sign: char) -> Switch {
    // Only a switch of one letter is glued: `--user-agent` is not `--user`.
    Switch {
        after: Some(sign),
        glued: if name.len() == 2 { Glued::Also } else { Glued::Never },
        ..next(name)
    }
}
const fn hash(name: &'static str) -> Switch {
    Switch {
        kind: "hash",
        ..next(name)
    }
}
const fn token(name: &'static str) -> Switch {
    Switch {
        kind: "token",
        ..next(name)
    }
}

struct Row {
    names: &'static str,
    tool: Tool,
}

const fn row(names: &'static str, switches: &'static [Switch]) -> Row {
    Row {
        names,
        tool: Tool {
            only_with: None,
            switches,
        },
    }
}
const fn with(names: &'static str, word: &'static str, switches: &'static [Switch]) -> Row {
    Row {
        names,
        tool: Tool {
            only_with: Some(word),
            switches,
        },
    }
}

const ROWS: &[Row] = &[
    // Databases.
    row(
        "mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlcheck mysqlbinlog mysqlslap mysqlpump mysqlsh mysql_upgrade mysql_config_editor mariadb mariadb-dump mariadb-admin mariadb-backup mariabackup xtrabackup mycli",
        &[glued("-p"), next("--password")],
    ),
    row(
        "mydumper myloader mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop cqlsh clickhouse-client hdbsql influx neo4j cypher-shell couchbase-cli arangosh",
        &[either("-p"), next("--password")],
    ),
    row("redis-cli keydb-cli valkey-cli", &[next("-a"), next("--pass")]),
    row(
        "sqlcmd osql isql bcp go-sqlcmd tsql fisql",
        &[either("-P"), next("/P"), next("--password")],
    ),
    row("beeline impala-shell", &[next("-p")]),
    row("vsql", &[next("-w")]),
    // Windows, its tools and remote control.
    row(
        "psexec psexec64 pskill pskill64 pslist psservice pssuspend psloglist psinfo psgetsid pspasswd psshutdown psfile paexec remcom csexec xcmd",
        &[
            Switch {
                glued: Glued::NoWord,
                ..any("-p")
            },
            any("/p"),
        ],
    ),
    row("plink pscp psftp putty kitty klink puttytel", &[next("-pw")]),
    // The scripts that come with Windows for printers, events and the like.
    row(
        "prnmngr.vbs prncnfg.vbs prndrvr.vbs prnjobs.vbs prnport.vbs prnqctl.vbs pubprn.vbs",
        &[any("-w")],
    ),
    row(
        "slmgr.vbs winrm.vbs eventquery.vbs pagefileconfig.vbs",
        &[any("-p"), any("/p"), any("-password")],
    ),
    row(
        "truecrypt veracrypt diskcryptor dcrypt dccon",
        &[
            any("/p"),
            any("/password"),
            any("-p"),
            next("--password"),
            next("--new-password"),
        ],
    ),
    row("adfind admod", &[any("-up"), any("-p")]),
    row("teamviewer", &[next("passwd")]),
    row("schtasks at", &[any("/rp"), any("/p")]),
    row("setx", &[any("/p")]),
    row(
        "tasklist taskkill systeminfo gpresult driverquery getmac openfiles eventcreate wevtutil logoff qwinsta whoami wecutil eventquery waitfor",
        &[any("/p")],
    ),
    row(
        "netdom",
        &[any("/passwordd"), any("/passwordo"), any("/pd"), any("/po"), any("/ps")],
    ),
    row("dsadd dsmod dsquery dsget dsrm dsmove", &[any("-pwd"), any("-p")]),
    row("winrs winrm", &[any("-p"), any("/p"), any("-password")]),
    row("cmdkey vaultcmd", &[any("/pass"), any("/p")]),
    row(
        "certutil signtool pvk2pfx makecert certreq",
        &[any("-p"), any("/p"), any("-pi"), any("-po")],
    ),
    row(
        "cpau runasspc lsrunas lsrunase",
        &[any("-p"), any("/p"), any("/password")],
    ),
    row("dtexec", &[any("/de"), any("/decrypt")]),
    row("manage-bde", &[any("-rp"), any("-recoverypassword")]),
    row("sc", &[any("password=")]),
    row("nltest repadmin ntdsutil dcdiag", &[any("/p"), any("/pw")]),
    row("msdeploy iisreset appcmd aspnet_regiis", &[any("/password")]),
    row(
        "xfreerdp xfreerdp3 wfreerdp wfreerdp3 wlfreerdp wlfreerdp3 freerdp sdl-freerdp sdl-freerdp3",
        &[
            any("/p"),
            any("-p"),
            Switch {
                kind: "hash",
                ..any("/pth")
            },
            any("/gp"),
        ],
    ),
    row("rdesktop remmina", &[either("-p")]),
    row(
        "anydesk rustdesk teamviewer screenconnect dwagent meshagent vncviewer x11vnc winvnc tvnserver",
        &[next("-passwd"), next("--with-password"), next("-password")],
    ),
    // Archives and keys.
    row("7z 7za 7zr 7zz 7zg 7zzs 7-zip", &[glued("-p")]),
    row(
        "rar unrar winrar",
        &[
            glued("-hp"),
            glued("-p"),
            Switch {
                any_case: true,
                ..glued("/hp")
            },
        ],
    ),
    row("arj", &[glued("-g")]),
    row(
        "zip unzip funzip zipcloak",
        &[clustered(either("-P")), next("--password")],
    ),
    row(
        "openssl libressl",
        &[
            next("-hmac"),
            next("-k"),
            next("-K"),
            next("-passout"),
            next("-passin"),
            next("-pass"),
        ],
    ),
    row("ssh-keygen ssh-add", &[next("-N"), next("-P")]),
    row(
        "keytool jarsigner apksigner",
        &[
            next("-storepass"),
            next("-keypass"),
            next("-srcstorepass"),
            next("-deststorepass"),
            next("-destkeypass"),
            next("-srckeypass"),
            next("-new"),
            next("--ks-pass"),
        ],
    ),
    row("steghide outguess", &[next("-p"), next("-k")]),
    row(
        "pdftk qpdf gs",
        &[next("--password"), next("user_pw"), next("owner_pw"), next("input_pw")],
    ),
    row(
        "ccrypt mcrypt bcrypt scrypt aescrypt aesencrypt",
        &[next("-K"), next("-k"), next("-p")],
    ),
    // Attack tools.
    row("sshpass", &[either("-p")]),
    row("crowbar", &[next("-c")]),
    row("sqsh", &[either("-P")]),
    row(
        "evil-winrm",
        &[next("-p"), hash("-H"), next("--password"), hash("--hash")],
    ),
    row(
        "crackmapexec cme netexec nxc",
        &[
            next("-p"),
            hash("-H"),
            next("--password"),
            hash("--hash"),
            next("--aeskey"),
            next("--laps"),
        ],
    ),
    row("hydra xhydra medusa patator", &[next("-p")]),
    row("ncrack", &[next("--pass")]),
    row(
        "certipy certipy-ad bloodhound bloodhound-python rusthound ldapdomaindump adidnsdump petitpotam coercer pywerview enum4linux enum4linux-ng windapsearch pywhisker targetedkerberoast gettgtpkinit dploot donpapi lsassy pypykatz sprayhound kerbrute nanodump ldeep bloodyad krbrelayx dfscoerce printerbug shadowcoerce manspider smbcrunch spraykatz masky gmsadumper noPac nopac sam-the-admin zerologon privexchange pxethief sccmhunter",
        &[
            next("-p"),
            next("-password"),
            next("--password"),
            next("--pass"),
            hash("-H"),
            hash("-hashes"),
            hash("--hashes"),
            next("-aesKey"),
        ],
    ),
    row(
        "psexec smbexec wmiexec atexec dcomexec secretsdump getuserspns getnpusers gettgt getst getpac getadusers lookupsid ticketer mssqlclient ntlmrelayx addcomputer changepasswd smbpasswd rpcdump samrdump smbclient smbserver reg services raisechild goldenpac rbcd dacledit owneredit describeticket finddelegation netview rdp_check registry-read tstool dpapi net mimikatz esentutl wmipersist wmiquery kintercept exchanger machine_role",
        &[
            hash("-hashes"),
            next("-aesKey"),
            hash("-nthash"),
            next("-computer-pass"),
            next("-newpass"),
            next("-altpass"),
            next("-password"),
        ],
    ),
    row("smbmap", &[next("-p")]),
    row(
        "smbclient rpcclient winexe nmblookup smbcacls smbget smbtree smbspool pth-winexe pth-smbclient pth-rpcclient pth-wmic pth-net wmic wmis net samba-tool nmbclient smbcquotas",
        &[
            after("-U", '%'),
            after("--user", '%'),
            after("--username", '%'),
            next("--newpassword"),
            next("--adminpass"),
            next("--password"),
        ],
    ),
    row(
        "sqlmap",
        &[after("--auth-cred", ':'), next("--cookie"), next("--dbms-cred")],
    ),
    row("wpscan", &[token("--api-token"), next("--password")]),
    row(
        "rubeus seatbelt sharpview sharpup kekeo safetykatz certify sharpdpapi whisker koh sharphound mimikatz invoke-mimikatz",
        &[
            any("/password"),
            any("/pass"),
            any("/credpassword"),
            any("/oldpassword"),
            any("/newpassword"),
            Switch {
                kind: "ticket",
                ..any("/ticket")
            },
            Switch {
                kind: "key",
                ..any("/pvk")
            },
            Switch {
                kind: "certificate",
                ..any("/certificate")
            },
            any("--ldappassword"),
        ],
    ),
    row(
        "msfvenom msfconsole msfcli",
        &[any("RHOST_PASS"), any("SMBPass"), any("PASSWORD")],
    ),
    // Directory services and network management.
    row(
        "ldapsearch ldapmodify ldapadd ldapdelete ldapwhoami ldapcompare ldapmodrdn ldapexop ldapurl",
        &[clustered(either("-w"))],
    ),
    row("ldappasswd", &[clustered(either("-w")), either("-s"), either("-a")]),
    row("kadmin kadmin.local ktutil kpasswd", &[next("-w"), next("-pw")]),
    row(
        "snmpwalk snmpget snmpset snmpbulkwalk snmpbulkget snmpgetnext snmptable snmptest snmpstatus snmpdf snmpnetstat snmptrap snmpinform snmpcheck snmp-check snmpusm braa",
        &[either("-c"), either("-A"), either("-X")],
    ),
    row(
        "mosquitto_pub mosquitto_sub mosquitto_rr mqtt",
        &[either("-P"), next("--pw"), next("--password"), next("-pw")],
    ),
    row("mysqladmin", &[next("password")]),
    row("ipmitool ipmiutil", &[either("-P")]),
    row(
        "racadm hponcfg ilorest govc esxcli vmrun vifs",
        &[next("-p"), next("-gp"), next("-vp"), next("--password")],
    ),
    row(
        "nmcli",
        &[
            next("password"),
            next("wifi-sec.psk"),
            next("802-11-wireless-security.psk"),
            next("vpn.secrets"),
        ],
    ),
    row("netsh", &[any("key"), any("keyMaterial")]),
    row("iwconfig iw", &[next("key"), next("keys")]),
    row(
        "openconnect vpnc openvpn strongswan forticlient vpncmd vpncli snx",
        &[next("--password"), next("/PASSWORD"), next("-p")],
    ),
    row("tailscale headscale", &[token("--authkey"), token("--auth-key")]),
    row("cloudflared", &[token("--token")]),
    row(
        "ngrok",
        &[token("--authtoken"), token("authtoken"), token("add-authtoken")],
    ),
    // Web and transfer.
    row(
        "yt-dlp youtube-dl",
        &[next("-p"), next("--password"), next("--video-password")],
    ),
    row("govc", &[after("-u", ':')]),
    row(
        "curl curl-impersonate",
        &[
            clustered(after("-u", ':')),
            clustered(after("-U", ':')),
            after("--user", ':'),
            after("--proxy-user", ':'),
            next("--pass"),
            next("--proxy-pass"),
            next("--tlspassword"),
            token("--oauth2-bearer"),
            after("-E", ':'),
            after("--cert", ':'),
            after("--aws-sigv4-user", ':'),
            next("--key-pass"),
        ],
    ),
    row(
        "http https httpie xh xhs",
        &[after("-a", ':'), after("--auth", ':'), token("--token")],
    ),
    row(
        "wget wget2 aria2c axel",
        &[
            next("--password"),
            next("--http-password"),
            next("--ftp-password"),
            next("--proxy-password"),
            next("--http-passwd"),
            next("--ftp-passwd"),
        ],
    ),
    // `open` is a command of its scripts.
    row("lftp open", &[after("-u", ','), after("--user", ',')]),
    row("ncftp ncftpget ncftpput ncftpls wput", &[next("-p")]),
    row("swaks", &[next("-ap"), next("--auth-password"), next("-xp")]),
    row("sendemail sendmail msmtp mutt mailx s-nail", &[next("-xp")]),
    row(
        "rclone",
        &[
            next("--password"),
            next("pass"),
            next("--sftp-pass"),
            next("--ftp-pass"),
            next("--smb-pass"),
            next("--webdav-pass"),
            next("obscure"),
        ],
    ),
    row("svn hg cvs git", &[next("--password")]),
    row("p4", &[next("-P")]),
    row("ab siege wrk hey vegeta", &[after("-A", ':'), after("-P", ':')]),
    row(
        "nikto gobuster ffuf feroxbuster wfuzz dirb",
        &[after("-id", ':'), next("-P"), next("--password")],
    ),
    // Clouds, containers, development.
    with(
        "docker podman nerdctl buildah crictl oras regctl crane skopeo helm oc kubectl az acr",
        "login",
        &[next("-p"), next("--password"), token("--token")],
    ),
    row(
        "skopeo buildah crane oras podman",
        &[
            after("--creds", ':'),
            after("--src-creds", ':'),
            after("--dest-creds", ':'),
        ],
    ),
    row(
        "az azcopy",
        &[
            next("--password"),
            next("--account-key"),
            token("--sas-token"),
            next("--admin-password"),
            next("--client-secret"),
            next("--secret"),
            next("--connection-string"),
        ],
    ),
    with("az", "keyvault", &[next("--value")]),
    with("az", "login", &[next("-p")]),
    with("az", "vm", &[next("-p")]),
    with("az", "ad", &[next("-p")]),
    with("az", "sql", &[next("-p")]),
    row(
        "aws awslocal",
        &[
            next("--secret-string"),
            next("--password"),
            next("--master-user-password"),
            next("--secret-access-key"),
            next("--session-token"),
            token("--id-token"),
        ],
    ),
    row(
        "gcloud gsutil bq doctl linode-cli hcloud scw ibmcloud oci flyctl fly heroku vercel netlify railway",
        &[
            token("--token"),
            token("--access-token"),
            token("--apikey"),
            next("--password"),
        ],
    ),
    row(
        "kubectl oc k3s k9s helm",
        &[token("--token"), next("--password"), next("--docker-password")],
    ),
    row("etcdctl", &[after("--user", ':'), next("--password")]),
    with("aws", "put-parameter", &[next("--value")]),
    row("twine", &[next("-p"), next("--password")]),
    row(
        "pip flit poetry npm yarn gem cargo mvn gradle hatch uv",
        &[next("--password"), token("--token"), token("--api-key")],
    ),
    row(
        "nuget dotnet",
        &[token("--api-key"), token("-k"), any("-apikey"), any("-password")],
    ),
    with("doctl", "auth", &[token("-t")]),
    row("vercel", &[token("-t")]),
    with("choco", "apikey", &[any("-k"), any("--key"), any("-key")]),
    row("nsupdate dig", &[after("-y", ':')]),
    row("wbinfo", &[after("-a", '%'), after("--authenticate", '%')]),
    row(
        "vault consul nomad bao",
        &[token("-token"), token("--token"), next("-password")],
    ),
    row("gh glab hub tea bb", &[token("--token"), token("-t")]),
    row(
        "s3cmd rclone restic borg duplicity kopia",
        &[
            next("--secret_key"),
            next("--secret-key"),
            next("--password"),
            token("--access-token"),
        ],
    ),
    // Unix accounts and files.
    row(
        "useradd usermod adduser groupadd groupmod",
        &[next("-p"), next("--password")],
    ),
    row("security", &[next("-P"), next("-w")]),
    with("security", "unlock-keychain", &[next("-p")]),
    with("security", "create-keychain", &[next("-p")]),
    with("security", "set-keychain-password", &[next("-p"), next("-o")]),
    row(
        "sysadminctl dscl dseditgroup fdesetup profiles",
        &[
            next("-password"),
            next("-newPassword"),
            next("-adminPassword"),
            next("-oldPassword"),
            next("-passwd"),
            next("-P"),
        ],
    ),
    row("addprinc ank cpw modprinc change_password", &[next("-pw")]),
    row("agent-auth", &[next("-P")]),
    row("manage_agents", &[token("-i")]),
    row(
        "check_mysql check_mysql_query check_pgsql check_ldap check_ldaps check_imap check_pop check_smtp check_ftp check_mssql check_oracle",
        &[next("--password")],
    ),
    // Of the other plugins it is the port.
    row(
        "check_mysql check_mysql_query check_pgsql check_mssql",
        &[no_number(next("-p"))],
    ),
    row("check_ldap check_ldaps check_smtp", &[no_number(next("-P"))]),
    row("check_snmp", &[next("-C"), next("--community")]),
    row("check_http check_curl", &[after("-a", ':'), after("-b", ':')]),
    row("conan", &[next("--password")]),
    with("conan", "user", &[next("-p")]),
    with("conan", "login", &[next("-p")]),
    with("cf", "login", &[next("-p")]),
    with("gh", "secret", &[next("--body"), next("-b")]),
    row("gpg gpg2 gpgsm", &[next("--passphrase")]),
    row(
        "set-localuser new-localuser set-adaccountpassword new-aduser connect-viserver enter-pssession",
        &[any("-password"), any("-accountpassword"), any("-newpassword")],
    ),
];

/// Every row by the name of the tool, in lower case and without its ending.
pub(super) static TOOLS: LazyLock<HashMap<String, Vec<&'static Tool>>> = LazyLock::new(|| {
    let mut tools: HashMap<String, Vec<&'static Tool>> = HashMap::new();
    for row in ROWS {
        for name in row.names.split(' ') {
            tools.entry(name.to_ascii_lowercase()).or_default().push(&row.tool);
        }
    }
    tools
});
