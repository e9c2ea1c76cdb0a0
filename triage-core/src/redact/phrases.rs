//! Secrets in the sentences of languages: SQL, PowerShell, program code, network devices, mail and login dialogues.

use std::sync::LazyLock;

use crate::ascii::{Group, Groups, Pattern};
use aho_corasick::AhoCorasick;

use super::keys::Announces;
use super::spans::Span;
use super::value::{self, Joint};
use super::variables;
use crate::text::{self, is_listed};

struct Phrase {
    kind: &'static str,
    // Without one of these pieces, set off by bars, the pattern is not tried; a blank in one is any blank.
    piece: &'static str,
    // The first group that took part is the secret.
    pattern: &'static str,
    // People write such sentences about passwords too: the value must not be a plain word.
    strict: bool,
}

const fn strict(kind: &'static str, piece: &'static str, pattern: &'static str) -> Phrase {
    Phrase {
        strict: true,
        ..phrase(kind, piece, pattern)
    }
}

const fn phrase(kind: &'static str, piece: &'static str, pattern: &'static str) -> Phrase {
    Phrase {
        kind,
        piece,
        pattern,
        strict: false,
    }
}

/// What the names in the patterns below hold.
const SECRET_WORDS: &str =
    "assword|asswd|assphrase|pwd|secret|token|apikey|api_key|api-key|accesskey|access_key|access-key";

/// What sets an account off from its host.
const ACCOUNT: &str = "@";
/// What stands before a value of the registry.
const REGISTRY: &str = "details|newvalue|oldvalue|new value|old value";

const PHRASES: &[Phrase] = &[
    // SQL.
    phrase(
        "password",
        "identified",
        r#"(?i)\bidentified\s+(?:with\s+[\w'"]+\s+)?(?:by|as)\s+(?:password\s+|values\s+)?(?:\\*['"]([^'"\\]{1,256})\\*['"]|([^\s;'"\\]{1,128}))"#,
    ),
    phrase(
        "password",
        "password",
        r"(?i)\bpassword\s*(?:\(\s*|\s)(?:from\s+\\*'\[REDACTED[^']{1,64}'\s+to\s+|from\s+)?N?\\*'([^'\\]{1,256})\\*'",
    ),
    phrase(
        "password",
        "password",
        r"(?i)\b(?:old_password|set\s+password\b[^=;]{0,80}=\s*(?:password\s*\()?)\s*\(?\s*N?'([^']{1,256})'",
    ),
    phrase(
        "password",
        "sp_",
        r"(?i)\bsp_(?:addlogin|password|addlinkedsrvlogin|setapprole)\b[^;]{0,120}?,\s*N?'([^']{1,128})'",
    ),
    phrase(
        "password",
        "crypt|digest",
        r"(?i)\b(?:pgp_sym_(?:en|de)crypt|crypt|aes_encrypt|aes_decrypt|digest)\s*\(\s*'([^']{1,256})'",
    ),
    // PowerShell and .NET.
    phrase(
        "password",
        "convertto-securestring",
        r#"(?i)convertto-securestring\s+(?:-(?:asplaintext|force|a\w*|f\w*)\s+)*(?:-string\s+|-s\w*\s+)?\(?\s*(?:\\*["']([^"'\\]{1,256})\\*["']|([^\s"'$()\-][^\s"'()]{0,128}))"#,
    ),
    phrase(
        "password",
        "networkcredential",
        r#"(?i)networkcredential\]?(?:::new)?\s*\(\s*\\*["'][^"']{0,128}\\*["']\s*,\s*\\*["']([^"'\\]{1,256})\\*["']"#,
    ),
    phrase(
        "password",
        "credential|basicauth",
        r#"(?i)(?:pscredential|authcredential|basicauth)\]?(?:::new)?\s*\(\s*\\*["'][^"']{0,128}\\*["']\s*,\s*\\*["']([^"'\\]{1,256})\\*["']"#,
    ),
    phrase(
        "password",
        "setpassword",
        r#"(?i)(?:\.setpassword|setpassword)\s*\(\s*\\*["']([^"'\\]{1,256})\\*["']|(?i)invoke\(\s*["']setpassword["']\s*,\s*["']([^"']{1,256})["']"#,
    ),
    phrase(
        "password",
        "-sec|-aspl",
        r#"(?i)-(?:asplaintext|securestring)\s+\\*["']([^"'\\]{1,256})\\*["']"#,
    ),
    // Program code.
    phrase(
        "password",
        "auth",
        r#"(?i)\b(?:auth|basic_auth|httpbasicauth|httpdigestauth|authentication)\s*(?:=\s*)?\(\s*["'][^"']{0,128}["']\s*,\s*["']([^"']{1,256})["']"#,
    ),
    phrase(
        "password",
        ".login|.connect|.authenticate|.sign_in",
        r#"(?i)\.(?:login|connect|authenticate|sign_in)\s*\(\s*["'][^"']{0,128}["']\s*,\s*(?:\d{1,5}\s*,\s*["'][^"']{0,128}["']\s*,\s*)?["']([^"']{1,256})["']\s*\)"#,
    ),
    // WebLogic's console.
    phrase(
        "password",
        "t3://|t3s://",
        r#"(?i)\bconnect\s*\(\s*\\*["'][^"']{0,128}["']\s*,\s*\\*["']([^"'\\]{1,256})\\*["']\s*,[^)\n]{0,64}\bt3s?://"#,
    ),
    phrase(
        "password",
        "assword",
        r#"(?i)assword[^\n]{0,60}?\bsend(?:_user)?\s+(?:--\s+)?\\*["']([^"'\\$\[]{1,128})"#,
    ),
    phrase(
        "password",
        "sendline",
        r#"(?i)\bsendline\s*\(\s*["']([^"']{1,128})["']"#,
    ),
    phrase(
        "password",
        "define",
        r#"(?i)\bdefine\s*\(\s*["'][A-Z_]*(?:PASSWORD|PASSWD|PASS|SECRET|AUTH_KEY|SECURE_AUTH_KEY|LOGGED_IN_KEY|NONCE_KEY|[A-Z_]*SALT)["']\s*,\s*["']([^"']{1,256})["']"#,
    ),
    phrase(
        "password",
        "name=",
        r#"(?i)\bname=\\*["']?[\w.-]*(?:password|passwd|pwd|pass|secret|token)\\*["']?[^<>\n]{0,60}\bvalue=\\*["']([^"'<>\\]{1,256})"#,
    ),
    phrase(
        "password",
        "key=|name=|id=",
        r#"(?i)\b(?:key|name|id)=\\*["'][\w.:-]*(?:password|passwd|pwd|secret|token|apikey|api_key)\\*["']\s+value=\\*["']([^"'<>\\]{1,256})"#,
    ),
    phrase(
        "password",
        SECRET_WORDS,
        r#"(?i)\\*["'](?:name|key)\\*["']\s*:\s*\\*["'][\w.:/-]*(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key)\\*["']\s*,\s*\\*["'](?:value|data|content)\\*["']\s*:\s*\\*["']([^"'\\]{1,512})"#,
    ),
    phrase(
        "password",
        "form-data",
        r#"(?i)form-data;\s*name=\\*["'][\w.\[\]-]*(?:password|passwd|pwd|pass|secret|token|pin)[\w.\[\]-]*\\*["']\s+([^\s"'-][^\s]{0,256})"#,
    ),
    phrase(
        "password",
        "value:",
        r#"(?i)\b(?:name|key):\s*["']?[\w.-]*(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key)["']?\s+value:\s*["']?([^\s"']{1,256})"#,
    ),
    // Files of programs.
    phrase(
        "password",
        "login",
        r"(?i)\b(?:machine\s+\S{1,128}|default)\s+login\s+\S{1,128}\s+password\s+(\S{1,256})",
    ),
    phrase(
        "password",
        "requirepass|masterauth|bindpw|rootpw|d-i ",
        r#"(?i)\b(?:(?:requirepass|masterauth|requirepass-)["']?|bindpw|rootpw(?:\s+--plaintext)?|d-i\s+passwd/\S{1,64}-password(?:-again)?\s+password)\s+["']?([^\s;|&"'-][^\s;|&"']{0,255})"#,
    ),
    phrase(
        "password",
        "user ",
        r"(?i)\bopen\s+[\w.-]{2,}\s+(?:\d+\s+)?user\s+\S{1,64}\s+([^\s;>&|]{2,64})|(?i)\becho\s+user\s+\S{1,64}\s+([^\s;>&|]{2,64})\s*>",
    ),
    phrase(
        "password",
        "PASS |AUTH ",
        r#"(?m)(?:^|[>:\s\]])PASS\s+([^\s\d;,.][^\s;,.]{3,64}|[^\s;,]*\d[^\s;,]*[A-Za-z][^\s;,]*)\s*(?:$|[\r\n;|])|(?:^|[>:\s\]"'])AUTH\s+([^\s;,"'-]*[a-z][^\s;,"'-]*\d[^\s;,"'-]*|[^\s;,"'-]*\d[^\s;,"'-]*[a-z][^\s;,"'-]*)\s*(?:$|[\r\n;|"'])"#,
    ),
    phrase(
        "password",
        "AUTH ",
        r"\bAUTH\s+(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5|SCRAM-SHA-\d+)\s+=?([A-Za-z0-9+/=]{8,})",
    ),
    strict(
        "password",
        "LOGIN ",
        r"(?m)(?:^|\s)[A-Za-z]{0,4}\d{1,6}\s+LOGIN\s+[\l.@-]{2,64}\s+([^\s\x22]{2,128})\s*$",
    ),
    phrase("password", "LOGIN ", r#"\bLOGIN\s+"?[\l.@-]{2,64}"?\s+"([^"]{1,128})""#),
    phrase(
        "password",
        "create_superuser|create_user",
        r#"(?i)\bcreate_(?:super)?user\s*\(\s*["'][^"']{0,128}["']\s*,\s*["'][^"']{0,128}["']\s*,\s*["']([^"']{1,256})["']"#,
    ),
    // Network devices.
    strict(
        "password",
        "secret |password ",
        r"(?im)\b(?:enable|username\s+\S+(?:\s+privilege\s+\d+)?|line|user)\s+(?:algorithm-type\s+\w+\s+)?(?:secret|password)\s+(?:[05-9]\s+)?([^\s;|&]{3,128})",
    ),
    strict(
        "password",
        "password ",
        r"(?im)\b(?:enable|username\s+\S+(?:\s+privilege\s+\d+)?|neighbor\s+\S+|ppp\s+(?:chap|pap)|set)\s+password\s+(?:\d\s+|ENC\s+|encrypted\s+)?([^\s;|&=]{3,128})",
    ),
    strict(
        "snmp-community",
        "snmp",
        r"(?i)\b(?:snmp-server\s+(?:community|host\s+\S+(?:\s+version\s+\w+)?)|set\s+snmp\s+community|snmp\s+community)\s+([^\s;|&]{3,64})",
    ),
    strict(
        "snmp-community",
        "community|com2sec",
        r"(?im)^\s*(?:ro|rw|trap)community6?\s+([^\s;|&]{3,64})|\bcom2sec6?\s+\S+\s+\S+\s+([^\s;|&]{3,64})",
    ),
    strict(
        "key",
        "tacacs|radius|key|psk",
        r"(?i)\b(?:tacacs-server|radius-server|tacacs|radius|wpa-psk(?:\s+ascii)?|pre-shared-key(?:\s+(?:local|remote|ascii-text|address\s+\S+))?|key-string|message-digest-key\s+\d+\s+md5|authentication-key\s+\d+\s+md5|psksecret|isakmp\s+key)\s+(?:(?:host\s+\S+\s+)?key\s+)?(?:\d\s+|ENC\s+)?([^\s;|&]{4,128})",
    ),
    strict(
        "key",
        "psksecret|passwd|private-key|auth-password|priv-password",
        r"(?i)\bset\s+(?:psksecret|passwd|private-key|auth-password|priv-password)\s+(?:ENC\s+)?([^\s;|&]{4,256})",
    ),
    // Dialogues and dumps.
    phrase(
        "password",
        "assword|asswort|assphrase|asscode|ennwort|contraseña|clave|mot de passe|senha|parola|parolă|wachtwoord|pw|пароль|hasło|heslo|şifre",
        r#"(?i)(?:\b(?:password|passwort|passphrase|passcode|kennwort|contraseña|clave|mot de passe|senha|parol[aă]|wachtwoord|pw|pwd|hasło|heslo)|пароль|şifre)\s+(?:(?:for|of|für|von|de|del|do|da|pour|para|per|di|voor|lui|dla|для|pro)\s+(?:the\s+|user\s+|den\s+)?[\l.@$-]{1,64}\s+)?(?:is|was|lautet|ist|es|est|este|é|è)\s*:?\s+["'“]?([^\s"'”]*\d[^\s"'”]*|[^\s"'”]*[A-Za-z][^\s"'”]*[!@#$%^&*+=?][^\s"'”]*)"#,
    ),
    phrase(
        "password",
        "assword|asswd|asswort",
        r#"(?i)\b(?:password|passwd|passwort)\s+(?:to|set to|changed to|reset to|auf|zu)\s*:?\s+["'“]?([^\s"'”]*\d[^\s"'”]*[A-Za-z][^\s"'”]*|[^\s"'”]*[A-Za-z][^\s"'”]*\d[^\s"'”]*)"#,
    ),
    phrase(
        "password",
        "assword|asswort|assphrase|ennwort|contraseña|mot de passe|senha|parola|parolă|wachtwoord|пароль|hasło|heslo|şifre",
        r#"(?i)(?:\b(?:password|passwort|passphrase|kennwort|contraseña|mot de passe|senha|parol[aă]|wachtwoord|hasło|heslo)|пароль|şifre)\s+(?:for|of|für|von|de|do|da|para|pour|per|di|voor|lui|dla|для|pro)\s+(?:the\s+|user\s+|den\s+)?['"]?[\l.@$\\-]{1,64}['"]?\s*(?::|=|->)\s*["'“]?([^\s"'”]*\d[^\s"'”]*)"#,
    ),
    phrase(
        "password",
        "assword|asswort|assphrase|ennwort",
        r#"(?i)\b(?:password|passphrase|passwort|kennwort)\s+["'“„]([^"'”“\s][^"'”“]{2,127})["'”“]"#,
    ),
    // `os.environ.setdefault('DB_PASSWORD', 'x')`, `SetEnvironmentVariable("API_TOKEN","x")`
    strict(
        "password",
        SECRET_WORDS,
        r#"(?i)\(\s*\\*["'][\w.:-]{0,64}(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key)\\*["']\s*,\s*\\*["']([^"'\\\s]{4,256})\\*["']|\\*["'](?:password|passwd|pwd|passphrase)\\*["']\s?,\s?\\*["']([^"'\\\s]*\d[^"'\\\s]*)\\*["']"#,
    ),
    // `"x" | ConvertTo-SecureString`
    phrase(
        "password",
        "convertto-securestring",
        r#"(?i)\\*["']([^"'\\]{1,256})\\*["']\s{0,8}\|\s{0,8}convertto-securestring"#,
    ),
    phrase(
        variables::USED,
        "convertto-securestring",
        r"(?i)convertto-securestring\s+(?:-\w{1,32}\s+){0,4}(\$[\w:{}]{1,64})|(\$[\w:{}]{1,64})\s{0,8}\|\s{0,8}convertto-securestring",
    ),
    phrase(
        "password",
        "mount",
        r"(?i)\bmount(?:[._]\w+)?\b[^\n]{0,200}?\buser(?:name)?=[^\s,%]{1,64}%([^\s,]{1,128})",
    ),
    // A command whose output is the secret: `pass=$(echo X)`, `--password-command "echo X"`, `sshpass -f <(echo X)`.
    phrase(
        "password",
        "$(|`",
        r#"(?i)(?:pass|pwd|pw|secret|token|key)\l{0,16}\\*["']?\s*[=:]\s*\\*["']?(?:\$\(|`)\s*(?:echo|printf|print)\s+(?:-[neE]{1,3}\s+)?(?:\\*["']?%[sb](?:\\{1,2}n)?\\*["']?\s+)?\\*["']?([^\s"'`)|;&\\]{1,256})"#,
    ),
    phrase(
        "password",
        "command|cmd|eval|exec",
        r#"(?i)(?:pass\l{0,8}|pwd|secret|token|key)[-_]?(?:command|cmd|eval|exec)\\*["']?[\s=:]{1,4}\\*["'](?:[\w/.-]{0,64}/)?(?:echo|printf|print)\s+(?:-[neE]{1,3}\s+)?(?:\\*["']?%[sb](?:\\{1,2}n)?\\*["']?\s+)?\\*["']?([^\s"'`)|;&\\]{1,256})"#,
    ),
    phrase(
        "password",
        "<(",
        r#"(?i)(?:\bsshpass\s+-f\s*|\baskpass\s+|(?:key|pass(?:wd|word|phrase)?|token|secret)-?file[=\s]\s*)<\(\s*(?:echo|printf|print)\s+(?:-[neE]{1,3}\s+)?(?:\\*["']?%[sb](?:\\{1,2}n)?\\*["']?\s+)?\\*["']?([^\s"'`)|;&\\]{1,256})"#,
    ),
    // The same pair the other way round, and in the notation of JavaScript.
    phrase(
        "password",
        SECRET_WORDS,
        r#"(?i)\\*["'](?:value|data|content)\\*["']\s*:\s*\\*["']([^"'\\]{1,512})\\*["']\s*,\s*\\*["'](?:name|key)\\*["']\s*:\s*\\*["'][\w.:/-]*(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key)\\*["']"#,
    ),
    phrase(
        "password",
        SECRET_WORDS,
        r#"(?i)\b(?:name|key)\s*:\s*["'][\w.:/-]*(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key)["']\s*,\s*value\s*:\s*["']([^"']{1,512})["']"#,
    ),
    // PHP's way of writing values: each with its length.
    phrase(
        "password",
        "s:",
        r#"(?i)\bs:\d{1,4}:\\*"[\w.-]{0,64}(?:password|passwd|passphrase|pass|pwd|secret|token|api[_-]?key)\\*";s:\d{1,5}:\\*"([^"\\]{1,512})\\*""#,
    ),
    // Calls that take host, user and password by their place.
    phrase(
        "password",
        "mysql|pdo|ftp|imap_open|ldap_bind|ssh2_auth_password|oci_connect|odbc_connect|sqlsrv_connect|getconnection|->connect|->real_connect",
        r#"(?i)\b(?:mysqli?_(?:p?connect|real_connect)|mysqli|pdo|ftp(?:_tls)?|imap_open|ldap_bind|ftp_login|ssh2_auth_password|oci_connect|odbc_connect|sqlsrv_connect|getconnection|->(?:real_)?connect)\s*\(\s*[^,()]{1,128},\s*["'][^"']{0,128}["']\s*,\s*["']([^"']{1,256})["']"#,
    ),
    phrase(
        "password",
        "plain-text-password|encrypted-password",
        r#"(?i)\b(?:plain-text-password(?:-value)?|encrypted-password)\s+"?([^\s";|&]{3,256})"#,
    ),
    // What password sprayers and honeypots print.
    phrase(
        "password",
        "[+]|(pwn3d!)",
        r"\[\+\]\s+[\l.-]{1,64}\\{1,4}[\l.$-]{1,64}:([^\s]{1,128})|(?i)[\l.-]{1,64}\\{1,4}[\l.$-]{1,64}:(\S{1,128})\s+\(pwn3d!\)",
    ),
    phrase(
        "password",
        "login attempt",
        r#"(?i)\blogin attempt:?\s+\[(?:b['"])?[^\]/]{0,64}?['"]?/(?:b['"])?([^\]'"]{1,128})"#,
    ),
    // The script of an FTP client: `user bob secret` on a line of its own.
    phrase(
        "password",
        "user ",
        r"(?im)\bftp\b[^\n]{0,200}\n(?:[^\n]{0,200}\n){0,3}?\s*user\s+\S{1,64}\s+([^\s;>&|]{2,64})\s*$",
    ),
    phrase(
        "password",
        "jdbc:oracle",
        r"(?i)jdbc:oracle:\w{2,8}:@?[\l$#.-]{1,64}/([^@\s]{1,128})@",
    ),
    // `bob:secret@10.0.0.3`, `bob:secret@proxy:3128`: without a scheme only an address or a port says that it is an account on a host.
    phrase(
        "password",
        ACCOUNT,
        r"(?:^|[\s='(,;/\\])[A-Za-z\x{80}-\x{10ffff}][\l.$-]{0,64}:([^\s:@/'(),;]{4,64})@(?:(?:\d{1,3}\.){3}\d{1,3}\b|[A-Za-z0-9][A-Za-z0-9.-]{0,128}:\d{2,5}\b)",
    ),
    phrase(
        "password",
        "osascript",
        r#"(?i)\bosascript\b[^\n]{0,400}?\bpassword\s+\\*["']([^"'\\]{1,128})"#,
    ),
    phrase(
        "password",
        "defaultpassword",
        r#"(?i)\bdefaultpassword\\*["']?[,\s]+(?:(?:-value|REG_SZ|/d|0x[0-9a-f]{1,8})[,\s]+\\*["']?([^\s"',;]{1,128})|\\*["']?([^\s"',;:<>|&/-][^\s"',;:<>|&]*\d[^\s"',;:<>|&]*)(?:[\s"',;]|$))"#,
    ),
    // The same value in what logs write about the registry: its name, and then what it holds or held.
    phrase(
        "password",
        REGISTRY,
        r#"(?i)(?:password|passwd|pwd|secret)(?:</data>[^\n]{0,400}?<data\s+name=\\*["'](?:details|oldvalue|newvalue)\\*["']>([^<\[][^<]{0,127})|\\*["']?[\s,]{1,4}(?:\\*["']?oldvalue\\*["']?\s?:\s?\\*["'][^"'\n]{0,128}["']\s?,\s?)??\\*["']?(?:details|newvalue|oldvalue)\\*["']?\s?:\s?(?:\\*["']([^"'\\\[][^"'\\]{0,127})|([^\s"'<>\\,;\[-][^\s"'<>\\]{0,127}))|\s[^"<>]{0,600}?\b(?:old|new)\svalue:\s{1,8}([^\s\[-]\S{0,127}))"#,
    ),
    phrase(
        "password",
        "-value|-propertyvalue",
        r#"(?i)-name\s+["']?\w*(?:password|passwd|pwd|secret|token)["']?(?:\s+-\w{1,32}\s+\w{1,32}){0,3}?\s+-(?:value|propertyvalue)\s+["']?([^\s"';|]{1,256})"#,
    ),
    phrase(
        "cookie",
        "curl",
        r#"(?i)\bcurl\b[^\n|]{0,300}?\s(?:-b|--cookie)\s+\\*["']?[\w.-]+=([^\s"';\\]{6,})"#,
    ),
    phrase(
        "cookie",
        "document.cookie",
        r#"(?i)document\.cookie\s*=\s*["'][\w.-]+=([^;"']{6,1024})"#,
    ),
    // Its pieces say where such lines are written: by shape alone a time of day would do.
    phrase(
        "connection-string",
        "pgpass|:5432:|:5433:|:6432:|*:*:",
        r"(?i)(?:\b|\*)[\w.*-]{0,64}:(?:\d{2,5}|\*):[\w*]{1,64}:[\w.-]{1,64}:([^\s:]{3,128})",
    ),
];

static PREFILTER: LazyLock<(AhoCorasick, Vec<usize>)> = LazyLock::new(|| {
    let (mut pieces, mut of) = (Vec::new(), Vec::new());
    for (at, phrase) in PHRASES.iter().enumerate() {
        for piece in phrase.piece.split('|').flat_map(with_any_blank) {
            pieces.push(piece);
            of.push(at);
        }
    }
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(pieces)
        .expect("a constant list that a test builds");
    (automaton, of)
});

fn with_any_blank(piece: &str) -> Vec<String> {
    let mut pieces = vec![piece.to_owned()];
    if piece.contains(' ') {
        pieces.extend(["\t", "\n", "\r"].map(|blank| piece.replace(' ', blank)));
    }
    pieces
}

type LazyPattern = LazyLock<Pattern, Box<dyn FnOnce() -> Pattern + Send>>;
static PATTERNS: LazyLock<Vec<LazyPattern>> = LazyLock::new(|| {
    let lazy =
        |pattern: &'static str| -> Box<dyn FnOnce() -> Pattern + Send> { Box::new(move || Pattern::new(pattern)) };
    PHRASES
        .iter()
        .map(|phrase| LazyLock::new(lazy(phrase.pattern)))
        .collect()
});

/// Finds the secrets in such sentences. Linear: each pattern runs once, and only where its piece occurs.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    let (automaton, of) = &*PREFILTER;
    let mut wanted = 0_u64;
    // The patterns know the capitals of every alphabet, the search for pieces those of ASCII only.
    let lower = text::caseless(text);
    for piece in automaton.find_overlapping_iter(lower.as_deref().unwrap_or(text)) {
        wanted |= 1 << of[piece.pattern().as_usize()];
    }
    for (at, phrase) in PHRASES.iter().enumerate().filter(|(at, _)| wanted & (1 << at) != 0) {
        let mut from = 0;
        while let Some(found) = PATTERNS[at].captures_at(text, from) {
            // From where the secret begins, and not behind the whole match: a quotation mark that nothing closes takes the next one for its
            // own, which may open a secret.
            let end = take(phrase, &found, text, out);
            from = text.ceil_char_boundary(end.max(from + 1));
        }
    }
}

/// Takes the secret of a match, if it holds one. Says up to where the text is told.
fn take(phrase: &Phrase, found: &Groups<'_>, text: &str, out: &mut Vec<Span>) -> usize {
    let Some(secret) = found.first() else {
        return found.get(0).map_or(text.len(), |whole| whole.end());
    };
    let whole = found.get(0).map_or(secret, |whole| whole);
    if phrase.strict && (is_plain(secret.as_str()) || before_quote(text, secret.start(), secret.end()))
        || is_said(text, secret.end(), secret.as_str())
    {
        return secret.start();
    }
    let meant = match phrase.piece {
        ACCOUNT => opens_host(whole.as_str(), secret.as_str()),
        REGISTRY => of_registry(text, whole, secret.as_str()),
        SECRET_WORDS if phrase.strict => !is_column(secret.as_str()),
        _ => true,
    };
    if !meant {
        return secret.start();
    }
    variables::mark(secret.as_str(), secret.start(), out);
    if phrase.kind == variables::USED {
        return whole.end();
    }
    if !value::is_secret(secret.as_str(), Announces::Password, Joint::Equals) {
        return secret.start();
    }
    let end = value::before_command(text, secret.start(), past_bound(text, secret.end()));
    out.push(Span::new(secret.start(), end, phrase.kind));
    secret.start()
}

// `password is 90 days old`, `password "must be at least …"`, `findstr password "*.config"`: no value, but something said or searched.
fn is_said(text: &str, end: usize, value: &str) -> bool {
    const SAYS: &str = "must should will can cannot may is was has does for not needs";
    let number = value.len() <= 3 && value.bytes().all(|b| b.is_ascii_digit());
    let behind = text[end..].strip_prefix(' ').unwrap_or_default();
    let sentence = || value.split(' ').count() > 3 && value.split(' ').next().is_some_and(|word| is_listed(SAYS, word));
    number && behind.starts_with(|c: char| c.is_ascii_lowercase()) || sentence() || value::is_file_name(value)
}

// `sip:alice@pbx:5060`, `upstream:backend@node1:8080`: schemes and labels are no users. On an address a plain word opens too.
fn opens_host(whole: &str, secret: &str) -> bool {
    const SCHEMES: &str = "sip sips sms tel mailto xmpp im pres amqp amqps mqtt mqtts redis rediss ssh sftp ftp ftps git acct urn stun turn";
    let user = whole.trim_start_matches(|c: char| !c.is_alphabetic());
    let user = user.split(':').next().unwrap_or_default();
    let host = whole.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let plain = |c: char| c.is_alphabetic() || matches!(c, '.' | '-' | '_');
    !is_listed(SCHEMES, &user.to_ascii_lowercase())
        && (host.parse::<std::net::IpAddr>().is_ok() || !secret.chars().all(plain))
}

// `…\DefaultPassword Details: X`, `Object Value Name: DefaultPassword … New Value: X`, `"field":"password","newValue":"X"`. A number is none.
fn of_registry(text: &str, whole: Group<'_>, secret: &str) -> bool {
    const NAME: usize = 64;
    let lower = secret.to_ascii_lowercase();
    if ["0x", "dword", "qword", "binary"]
        .iter()
        .any(|number| lower.starts_with(number))
    {
        return false;
    }
    let before = text[text.floor_char_boundary(whole.start().saturating_sub(NAME))..whole.start()].to_ascii_lowercase();
    let matched = whole.as_str().to_ascii_lowercase();
    before.contains('\\')
        || ["valuename", "value name", "targetobject"]
            .iter()
            .any(|name| before.contains(name))
        || ["newvalue", "oldvalue"].iter().any(|name| matched.contains(name))
}

// `"password", "last_login2"`: the next column of a table.
fn is_column(value: &str) -> bool {
    let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let letters = value.trim_end_matches(|c: char| c.is_ascii_digit());
    value.contains('_') && value.bytes().all(name) && !letters.bytes().any(|b| b.is_ascii_digit())
}

fn is_plain(value: &str) -> bool {
    value
        .bytes()
        .all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b',' | b'-'))
}

// `SET PASSWORD FROM 'X'`: a word of the language, and the value in quotes behind it.
fn before_quote(text: &str, start: usize, end: usize) -> bool {
    let word = text[start..end].bytes().all(|b| b.is_ascii_alphabetic());
    word && text[end..]
        .strip_prefix(' ')
        .is_some_and(|rest| rest.starts_with(['\'', '"']))
}

// A bound may have cut the value in two: it goes on to the next blank or sign that ends one.
fn past_bound(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    if !rest.starts_with(char::is_alphanumeric) {
        return end;
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ',' | '|' | '&' | '<' | '>' | ')');
    end + rest.find(ends).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ascii;
    use crate::covered;

    #[test]
    fn every_pattern_compiles_and_fits_the_prefilter() {
        assert!(PHRASES.len() <= 64);
        for (phrase, pattern) in PHRASES.iter().zip(PATTERNS.iter()) {
            assert!(pattern.groups() >= 2, "{}", phrase.pattern);
        }
    }

    #[test]
    fn whatever_a_pattern_matches_holds_one_of_its_pieces() {
        for phrase in PHRASES {
            if phrase.kind == "connection-string" {
                continue;
            }
            let pieces: Vec<_> = phrase.piece.split('|').flat_map(with_any_blank).collect();
            assert_eq!(
                covered::escape(ascii::compile(phrase.pattern).as_str(), &pieces),
                None,
                "{}",
                phrase.pattern
            );
        }
    }

    #[test]
    fn a_quotation_mark_that_nothing_closes_hides_no_secret_behind_it() {
        let forms = [
            ("IDENTIFIED BY '", "'"),
            ("$x = ConvertTo-SecureString '", "' -AsPlainText"),
            ("auth('bob', '", "')"),
            ("crypt('", "')"),
            ("mysqli_connect(a, 'b', '", "')"),
            ("x.SetPassword('", "')"),
            ("s:8:\"password\";s:10:\"", "\";"),
            ("<add key=\"db.password\" value=\"", "\"/>"),
            ("document.cookie=\"sid=", "\""),
            ("password \"", "\""),
        ];
        for (head, tail) in forms {
            for (gap, between) in [
                (0, "\n"),
                (2, "\n"),
                (4, "\n"),
                (40, "\n"),
                (0, " "),
                (0, "\t"),
                (0, ";"),
                (0, ", "),
                (0, "\\n"),
            ] {
                let filler = "2026-11-29 10:00 11 Query SELECT id FROM orders\n".repeat(gap);
                for open in [
                    format!("{head}Dingo8 [cut]"),
                    format!("{head}Dingo8 [cut]\n9 {head}Dingo9 [cut]"),
                ] {
                    let text = format!("{open}{between}{filler}12 Query {head}Walrus77xY{tail}\n");
                    let mut found = Vec::new();
                    find(&text, &mut found);
                    let at = text.find("Walrus").unwrap();
                    let is_masked = found.iter().any(|span| span.start <= at && at + 10 <= span.end);
                    assert!(is_masked, "{text}\n{found:?}");
                }
            }
        }
    }
}
