//! Tools that take a secret by its position: `net use`, `htpasswd -b`, `sqlplus user/secret@db`.

use super::console_forms;
use super::keys::{self, Announces};
use super::spans::Span;
use super::value::{self, Joint};
use super::variables;
use super::words::Word;
use crate::text::is_listed;

/// Finds the secrets among the words behind a tool's name.
pub(super) fn of(name: &str, words: &[Word<'_>], out: &mut Vec<Span>) {
    match name {
        "net" | "net1" => net(words, out),
        "setx" => named_value(words, out),
        "defaults" => preference(words, out),
        "openssl" => after_last_switch(words, "passwd", &["-salt", "-in"], out),
        "ansible-vault" => after_last_switch(
            words,
            "encrypt_string",
            &["--name", "-n", "--vault-id", "--vault-password-file"],
            out,
        ),
        "rabbitmqctl" => {
            for verb in ["add_user", "change_password", "authenticate_user"] {
                after_word(words, verb, 2, out);
            }
        }
        "chgpasswd" | "chgpasswd2" | "chgpasswd3" => {
            positional(words, 3, 1, out);
            positional(words, 3, 2, out);
        }
        "ipmitool" => {
            if let Some(at) = words.iter().position(|word| word.text == "password") {
                positional(&words[at..], 3, 2, out);
            }
        }
        "dotnet" | "heroku" | "firebase" | "fly" | "flyctl" | "wrangler" | "supabase" | "gh" | "snap" | "circleci" => {
            set_secret(words, out);
        }
        "htpasswd" | "htdigest" | "mosquitto_passwd" => htpasswd(words, out),
        "sqlplus" | "sqlldr" | "sqlcl" | "exp" | "imp" | "expdp" | "impdp" | "rman" | "sqlplusw" => oracle(words, out),
        // `db2 connect to X user U using PW`
        "db2" if words.iter().any(|word| word.text.eq_ignore_ascii_case("user")) => after_word(words, "using", 1, out),
        "drush" => {
            for verb in ["upwd", "user:password", "user-password"] {
                after_word(words, verb, 2, out);
            }
        }
        "consul" | "etcdctl" | "wpa_cli" | "crudini" | "gsettings" | "nvram" | "uci" => beside_name(words, out),
        "bw" => {
            after_plain(words, "login", 1, out);
            after_plain(words, "unlock", 0, out);
        }
        "b2" => after_word(words, "authorize-account", 2, out),
        "radtest" => {
            positional(words, 5, 1, out);
            positional(words, 5, 4, out);
        }
        "isql" => isql(words, out),
        "pulumi" => {
            login(words, out);
            beside_name(words, out);
        }
        "mega-login" | "wpa_passphrase" => positional(words, 2, 1, out),
        "mkpasswd" => first_plain(
            words,
            &[
                "-m", "--method", "-S", "--salt", "-R", "--rounds", "-l", "-d", "-c", "-C", "-s",
            ],
            out,
        ),
        "runascs" => positional(words, 3, 1, out),
        // The first two are commands of `rpcclient` itself.
        "setuserinfo" | "setuserinfo2" | "rasdial" => positional(words, 3, 2, out),
        "logman" => after_word(words, "-u", 2, out),
        "bitsadmin" => after_word(words, "/setcredentials", 5, out),
        "ldifde" | "csvde" => after_word(words, "-b", 3, out),
        "reg" => registry(words, out),
        "networksetup" => after_word(words, "-setairportnetwork", 3, out),
        "dscl" => {
            after_word(words, "-passwd", 2, out);
            after_word(words, "-passwd", 3, out);
        }
        "vault" | "cargo" | "bao" | "snyk" | "gitguardian" | "infracost" => login(words, out),
        "mc" | "mcli" => after_word(words, "set", 4, out),
        "kubectl" | "oc" | "k3s" => literals(words, out),
        "redis-cli" | "valkey-cli" | "keydb-cli" => {
            redis_auth(words, out);
            after_word(words, "requirepass", 1, out);
            after_word(words, "masterauth", 1, out);
        }
        "samba-tool" => {
            after_word(words, "create", 2, out);
            after_word(words, "add", 2, out);
        }
        "kerbrute"
            if words
                .iter()
                .any(|word| word.text == "passwordspray" || word.text == "bruteuser") =>
        {
            last_plain(words, out);
        }
        "psexec" | "smbexec" | "wmiexec" | "atexec" | "dcomexec" | "secretsdump" | "getuserspns" | "getnpusers"
        | "gettgt" | "getst" | "getpac" | "getadusers" | "lookupsid" | "ticketer" | "mssqlclient" | "addcomputer"
        | "changepasswd" | "rpcdump" | "samrdump" | "smbclient" | "services" | "raisechild" | "goldenpac" | "rbcd"
        | "dacledit" | "owneredit" | "finddelegation" | "netview" | "rdp_check" | "registry-read" | "tstool"
        | "dpapi" | "wmipersist" | "wmiquery" | "machine_role" | "petitpotam" | "coercer" | "printerbug"
        | "curlftpfs" | "dfscoerce" | "lsassy" | "donpapi" | "nopac" | "sshuttle" | "sftp" | "scp" => {
            targets(words, out);
        }
        _ => {}
    }
    console_forms::of(name, words, out);
}

// `net use [X:] [\\host\share] [PW|*] [/user:…]`, `net user NAME [PW|*] [/add]`
fn net(words: &[Word<'_>], out: &mut Vec<Span>) {
    let Some(verb) = words.first().map(|word| word.text.to_ascii_lowercase()) else {
        return;
    };
    let plain = words[1..]
        .iter()
        .take_while(|word| !matches!(word.text, ">" | ">>" | "2>&1"));
    match verb.as_str() {
        "use" => {
            let mut shared = false;
            for word in plain.filter(|word| !word.text.starts_with('/') || word.quoted) {
                let device = word.text.len() == 2 && word.text.ends_with(':') || word.text == "*";
                // Whatever stands behind the share is the password, even if it looks like another one.
                if !shared && (word.text.starts_with('\\') || word.text.contains("://")) {
                    shared = true;
                } else if shared && !device {
                    push(word, out);
                    return;
                }
            }
        }
        "user" | "users" => {
            let mut names = plain.filter(|word| !word.text.starts_with('/') || word.quoted);
            let changes = words.iter().any(|word| word.text.starts_with('/'));
            if let (Some(_), Some(password)) = (names.next(), names.next())
                && password.text != "*"
                // `net users listed by …`
                && (verb == "user" || changes || !value::is_word(password.text))
            {
                push(password, out);
            }
        }
        // Samba's: `net rpc password NAME PW`, `net rpc user add NAME PW`, `net ads password NAME PW`
        "rpc" | "ads" => {
            after_word(words, "password", 2, out);
            after_word(words, "add", 2, out);
        }
        _ => {}
    }
}

// `isql DSN USER PW` of unixODBC; that of Firebird has switches.
fn isql(words: &[Word<'_>], out: &mut Vec<Span>) {
    let has_switch = |word: &Word<'_>| ["-U", "-u", "-pas"].iter().any(|switch| word.text.starts_with(switch));
    if !words.iter().any(has_switch) {
        positional(words, 3, 2, out);
    }
}

fn htpasswd(words: &[Word<'_>], out: &mut Vec<Span>) {
    let flags: String = words
        .iter()
        .filter(|word| word.text.starts_with('-'))
        .map(|word| word.text)
        .collect();
    if !flags.contains('b') {
        return;
    }
    let plain: Vec<&Word<'_>> = words
        .iter()
        .filter(|word| !word.text.starts_with('-'))
        .take(4)
        .collect();
    let wanted = if flags.contains('n') { 1 } else { 2 };
    // `-C 10` has a value of its own.
    let skip = usize::from(words.iter().any(|word| word.text == "-C"));
    if let Some(word) = plain.get(wanted + skip) {
        push(word, out);
    }
}

fn oracle(words: &[Word<'_>], out: &mut Vec<Span>) {
    for word in words.iter().take(8) {
        let text = word.text.strip_prefix("userid=").unwrap_or(word.text);
        let offset = word.text.len() - text.len();
        let Some((user, rest)) = text.split_once('/') else {
            continue;
        };
        // `12/2026` is a date.
        if user.bytes().all(|b| b.is_ascii_digit())
            || !user
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || !b.is_ascii() || matches!(b, b'_' | b'$' | b'#' | b'.'))
            || rest.starts_with('/')
        {
            continue;
        }
        let secret = rest.rsplit_once('@').map_or(rest, |(secret, _)| secret);
        let start = word.start + offset + user.len() + 1;
        if value::is_secret(secret, Announces::Password, Joint::Flag) && !secret.contains('/') {
            out.push(Span::new(start, start + secret.len(), "password"));
        }
        return;
    }
}

// `reg add …\Winlogon /v DefaultPassword /t REG_SZ /d X`
fn registry(words: &[Word<'_>], out: &mut Vec<Span>) {
    let value_of = |switch: &str| {
        words
            .iter()
            .position(|word| word.text.eq_ignore_ascii_case(switch))
            .and_then(|at| words.get(at + 1))
    };
    let secret = value_of("/v").is_some_and(|name| keys::announces(name.text) == Some(Announces::Password));
    if let (true, Some(data)) = (secret, value_of("/d")) {
        push(data, out);
    }
}

fn login(words: &[Word<'_>], out: &mut Vec<Span>) {
    let Some(at) = words
        .iter()
        .position(|word| word.text == "login" || word.text == "auth")
    else {
        return;
    };
    if let Some(word) = words[at + 1..]
        .iter()
        .find(|word| !word.text.starts_with('-') && !word.text.contains('='))
        && value::looks_made(word.text, 12)
    {
        out.push(Span::new(word.start, word.end(), "token"));
    }
}

fn literals(words: &[Word<'_>], out: &mut Vec<Span>) {
    for pair in words.windows(2) {
        let text = pair[0].text;
        let (literal, start) = match text.strip_prefix("--from-literal=") {
            Some(literal) => (literal, pair[0].end() - literal.len()),
            None if text == "--from-literal" => (pair[1].text, pair[1].start),
            None => continue,
        };
        literal_value(literal, start, out);
    }
    if let Some(last) = words.last()
        && let Some(literal) = last.text.strip_prefix("--from-literal=")
    {
        literal_value(literal, last.end() - literal.len(), out);
    }
}

pub(super) fn literal_value(literal: &str, start: usize, out: &mut Vec<Span>) {
    const KNOWN: &str = "user username login email host hostname port database dbname namespace region";
    if let Some((name, secret)) = literal.split_once('=')
        && !is_listed(KNOWN, &name.to_ascii_lowercase())
    {
        let skip = name.len() + 1;
        let inner = secret.trim_matches(['"', '\'']);
        let quote = secret.len() - secret.trim_start_matches(['"', '\'']).len();
        if !inner.is_empty() {
            out.push(Span::new(
                start + skip + quote,
                start + skip + quote + inner.len(),
                "secret",
            ));
        }
    }
}

fn redis_auth(words: &[Word<'_>], out: &mut Vec<Span>) {
    let Some(at) = words.iter().position(|word| word.text.eq_ignore_ascii_case("auth")) else {
        return;
    };
    if let Some(word) = words[at + 1..].iter().take(2).next_back() {
        push(word, out);
    }
}

// `[domain/]user:secret@host`
fn targets(words: &[Word<'_>], out: &mut Vec<Span>) {
    for word in words
        .iter()
        .filter(|word| !word.text.starts_with('-') && !word.text.contains("://"))
    {
        let Some((left, host)) = word.text.rsplit_once('@').map_or(Some((word.text, "")), Some) else {
            continue;
        };
        let from = left.find(['/', '\\']).map_or(0, |at| at + 1);
        let Some(colon) = left[from..].find(':').map(|at| from + at) else {
            continue;
        };
        let (user, secret) = (&left[from..colon], &left[colon + 1..]);
        // Without a host it must at least name the domain: `corp/bob:secret`, not `a:b` or `C:\x`; `"c:\","user":"bob"` are fields.
        if user.is_empty()
            || user.contains('"') && (host.is_empty() || user.contains("\",") || left.contains("\",\""))
            || secret.is_empty()
            || host.is_empty() && (from == 0 || left.starts_with(['/', '.', '~', '\\']))
            || from == 1
        {
            continue;
        }
        if !secret.starts_with(['\\', '/']) && value::is_secret(secret, Announces::Password, Joint::Flag) {
            out.push(Span::new(word.start + colon + 1, word.start + left.len(), "password"));
        }
    }
}

// `setx [/s HOST /u USER /p PW] NAME VALUE`
fn named_value(words: &[Word<'_>], out: &mut Vec<Span>) {
    let takes_value = |word: &Word<'_>| {
        ["/s", "/u", "/p"]
            .iter()
            .any(|name| word.text.eq_ignore_ascii_case(name))
    };
    let mut plain = words
        .iter()
        .enumerate()
        .filter(|(at, word)| !(word.text.starts_with('/') || *at > 0 && takes_value(&words[at - 1])))
        .map(|(_, word)| word);
    if let (Some(name), Some(secret)) = (plain.next(), plain.next())
        && keys::announces(name.text).is_some()
    {
        push(secret, out);
    }
}

// `defaults write DOMAIN KEY [-string] VALUE` of macOS
fn preference(words: &[Word<'_>], out: &mut Vec<Span>) {
    let Some(at) = words.iter().position(|word| keys::announces(word.text).is_some()) else {
        return;
    };
    if words.first().is_some_and(|verb| verb.text == "write")
        && let Some(secret) = words[at + 1..].iter().find(|word| !word.text.starts_with('-'))
    {
        push(secret, out);
    }
}

// `dotnet user-secrets set NAME VALUE`, `heroku config:set NAME=VALUE`
fn set_secret(words: &[Word<'_>], out: &mut Vec<Span>) {
    if let Some(at) = words.iter().take(4).position(|word| word.text == "set")
        && words[..at].iter().any(|word| word.text.contains("secret"))
        && let Some(secret) = words.get(at + 2)
    {
        push(secret, out);
    }
}

// The first word behind a verb that is no switch and no value of one of these switches.
fn after_last_switch(words: &[Word<'_>], verb: &str, with_value: &[&str], out: &mut Vec<Span>) {
    let Some(at) = words.iter().take(3).position(|word| word.text == verb) else {
        return;
    };
    first_plain(&words[at + 1..], with_value, out);
}

fn first_plain(words: &[Word<'_>], with_value: &[&str], out: &mut Vec<Span>) {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if with_value.contains(&word.text) {
            rest.next();
        } else if !word.text.starts_with('-') {
            let bare = word.text.trim_end_matches([')', '`']);
            push(&Word { text: bare, ..*word }, out);
            return;
        }
    }
}

pub(super) fn after_word(words: &[Word<'_>], switch: &str, places: usize, out: &mut Vec<Span>) {
    if let Some(at) = words.iter().position(|word| word.text.eq_ignore_ascii_case(switch))
        && let Some(word) = words.get(at + places)
    {
        push(word, out);
    }
}

pub(super) fn positional(words: &[Word<'_>], least: usize, place: usize, out: &mut Vec<Span>) {
    let plain: Vec<&Word<'_>> = words
        .iter()
        .filter(|word| !word.text.starts_with('/') && !word.text.starts_with('-'))
        .take(least)
        .collect();
    if plain.len() >= least {
        push(plain[place], out);
    }
}

// `put app/db_password X`, `set_network 0 psk X`
fn beside_name(words: &[Word<'_>], out: &mut Vec<Span>) {
    if let Some(at) = words
        .iter()
        .position(|word| !word.text.starts_with('-') && keys::announces(word.text).is_some())
        && let Some(secret) = words.get(at + 1)
        && words[..at]
            .iter()
            .any(|word| word.text.starts_with("put") || word.text.starts_with("set"))
    {
        push(secret, out);
    }
}

// The word so many places behind a verb, switches aside.
pub(super) fn after_plain(words: &[Word<'_>], verb: &str, place: usize, out: &mut Vec<Span>) {
    if let Some(at) = words.iter().take(2).position(|word| word.text == verb)
        && let Some(word) = words[at + 1..]
            .iter()
            .filter(|word| !word.text.starts_with('-'))
            .nth(place)
    {
        push(word, out);
    }
}

fn last_plain(words: &[Word<'_>], out: &mut Vec<Span>) {
    if let Some(word) = words.iter().rev().find(|word| !word.text.starts_with('-')) {
        push(word, out);
    }
}

pub(super) fn push(word: &Word<'_>, out: &mut Vec<Span>) {
    let text = value::own(word.text.trim_matches(['"', '\'']));
    let skip = word.text.len() - word.text.trim_start_matches(['"', '\'']).len();
    variables::mark(text, word.start + skip, out);
    if !text.starts_with(['-', '>', '<']) && value::is_secret(text, Announces::Password, Joint::Flag) {
        out.push(Span::new(word.start + skip, word.start + skip + text.len(), "password"));
    }
}
