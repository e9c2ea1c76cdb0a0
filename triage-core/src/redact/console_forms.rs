//! More tools that take a secret by its position: consoles of databases, routers and Windows, package managers, attack tools.

use super::keys;
use super::quotes::Pairing;
use super::spans::Span;
use super::tool_forms::{self, after_plain, after_word, literal_value, positional, push};
use super::value;
use super::words::{self, Word};
use crate::text::is_listed;

/// Names that are words of a language too.
const SAID: &str = "hello ip local-user pppd vault bao shodan autologon";
/// Most values of one switch.
const SPRAYED: usize = 8;

/// Finds the secrets among the words behind a tool's name.
pub(super) fn of(name: &str, words: &[Word<'_>], out: &mut Vec<Span>) {
    let from = out.len();
    look(name, words, out);
    if out.len() > from && is_listed(SAID, name) {
        let is_said = |span: &Span| {
            words
                .iter()
                .any(|word| (word.start..word.end()).contains(&span.start) && value::is_word(word.text))
        };
        let found = out.split_off(from);
        out.extend(found.into_iter().filter(|span| !is_said(span)));
    }
}

fn look(name: &str, words: &[Word<'_>], out: &mut Vec<Span>) {
    match name {
        // Redis itself.
        "acl" => acl(words, out),
        "hello"
            if words
                .first()
                .is_some_and(|version| version.text.bytes().all(|b| b.is_ascii_digit())) =>
        {
            after_word(words, "auth", 2, out);
        }
        // Network devices.
        "snmp-server" | "createuser" => snmp_user(words, out),
        "ip" => interface(words, out),
        "local-user" => {
            for form in ["irreversible-cipher", "cipher", "simple"] {
                after_word(words, form, 1, out);
            }
        }
        "pppd" => after_word(words, "password", 1, out),
        "iscsiadm" if words.iter().any(|word| keys::announces(word.text).is_some()) => after_word(words, "-v", 1, out),
        "git" if words.iter().take(2).any(|word| word.text == "config") => beside_name(words, out),
        // Windows.
        "autologon" | "autologon64" | "autologon64a" => positional(words, 3, 2, out),
        "nircmd" | "nircmdc" => after_plain(words, "runas", 1, out),
        "pspasswd" | "pspasswd64" => new_password(words, out),
        "start-process" | "saps" => started(words, out),
        // Attack tools.
        "nxc" | "netexec" | "crackmapexec" | "cme" => sprayed(words, out),
        "bloodyad" => after_word(words, "password", 2, out),
        "ntlmrelayx" => after_word(words, "--add-computer", 2, out),
        "gpp-decrypt" => positional(words, 1, 0, out),
        "smbclient" => behind_share(words, out),
        // Clouds and package managers.
        "curl" => proxy(words, out),
        "uci" => wireless_key(words, out),
        "vault" | "bao" => {
            after_word(words, "unseal", 1, out);
            stored(words, out);
        }
        "gcloud" => after_word(words, "activate-refresh-token", 2, out),
        "virsh" => {
            after_word(words, "set-user-password", 3, out);
            after_word(words, "secret-set-value", 2, out);
        }
        "shodan" => after_word(words, "init", 1, out),
        "cf" => after_plain(words, "auth", 1, out),
        "poetry" | "composer" => {
            if let Some(at) = words.iter().position(|word| word.text.starts_with("http-basic"))
                && let Some(secret) = words.get(at + 2)
            {
                push(secret, out);
            }
        }
        _ => {}
    }
}

// `smbclient //host/share PW -U bob`
fn behind_share(words: &[Word<'_>], out: &mut Vec<Span>) {
    let is_share = |word: &Word<'_>| word.text.starts_with("//") || word.text.starts_with('\\');
    if let Some(at) = words.iter().position(is_share)
        && let Some(secret) = words.get(at + 1)
        && words.iter().any(|word| word.text.starts_with('-'))
    {
        push(secret, out);
    }
}

/// How many words behind `vault` it may be.
const STORED: usize = 8;

// `vault kv put secret/db value=X`: a name that says nothing; `ttl=1h` says something, and `value=@file` names a file.
fn stored(words: &[Word<'_>], out: &mut Vec<Span>) {
    if !words.iter().take(2).any(|word| word.text == "put") {
        return;
    }
    for word in words.iter().take(STORED) {
        if word.text.starts_with("value=") && !word.text.starts_with("value=@") {
            literal_value(word.text, word.start, out);
        }
    }
}

// `curl -x bob:X@proxy:3128`; with a scheme it is a link like any other.
fn proxy(words: &[Word<'_>], out: &mut Vec<Span>) {
    for pair in words.windows(2) {
        let text = pair[1].text;
        if matches!(pair[0].text, "-x" | "--proxy" | "--preproxy")
            && !text.contains("://")
            && let Some((info, _)) = text.rsplit_once('@')
            && let Some((user, secret)) = info.split_once(':')
        {
            let start = pair[1].start + user.len() + 1;
            push(
                &Word {
                    text: secret,
                    start,
                    quoted: false,
                },
                out,
            );
        }
    }
}

// `uci set wireless.radio0.key='X'` of OpenWrt
fn wireless_key(words: &[Word<'_>], out: &mut Vec<Span>) {
    for word in words {
        if let Some((name, secret)) = word.text.split_once('=')
            && name.rsplit('.').next() == Some("key")
        {
            let start = word.end() - secret.len();
            push(
                &Word {
                    text: secret,
                    start,
                    ..*word
                },
                out,
            );
        }
    }
}

// `ACL SETUSER eve on >X`
fn acl(words: &[Word<'_>], out: &mut Vec<Span>) {
    if !words
        .first()
        .is_some_and(|verb| verb.text.eq_ignore_ascii_case("setuser"))
    {
        return;
    }
    for word in words {
        let text = word.text.trim_start_matches(['"', '\'']);
        if let Some(secret) = text.strip_prefix('>').filter(|secret| !secret.is_empty()) {
            let start = word.end() - secret.len();
            push(
                &Word {
                    text: secret,
                    start,
                    ..*word
                },
                out,
            );
        }
    }
}

// `snmp-server user N G v3 auth sha X priv aes 128 Y`, `createUser N SHA "X" AES "Y"`
fn snmp_user(words: &[Word<'_>], out: &mut Vec<Span>) {
    let is_method = |word: &Word<'_>| {
        let name = word.text.to_ascii_lowercase();
        ["md5", "sha", "des", "3des", "aes"].iter().any(|method| {
            name.strip_prefix(method)
                .is_some_and(|bits| bits.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
        })
    };
    let is_number = |word: &&Word<'_>| {
        word.text.len() <= 3 && word.text.bytes().all(|b| b.is_ascii_digit())
            || matches!(word.text, "encrypted" | "localized")
    };
    for (at, _) in words.iter().enumerate().filter(|(_, word)| is_method(word)) {
        let mut rest = words[at + 1..].iter();
        if let Some(secret) = rest
            .find(|word| !is_number(word))
            .filter(|word| !is_method(word) && word.text != "priv")
        {
            push(secret, out);
        }
    }
}

// `ip ftp password 7 X`, `ip ospf authentication-key X`; `ip 10.0.0.9: bad password given` is a sentence.
fn interface(words: &[Word<'_>], out: &mut Vec<Span>) {
    let is_verb = |word: &Word<'_>| matches!(word.text, "password" | "authentication-key");
    let is_name = |word: &Word<'_>| word.text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    if let Some(at) = words.iter().take(3).position(is_verb)
        && words[..at].iter().all(is_name)
    {
        after_word(&words[at..], "authentication-key", 1, out);
        numbered(&words[at..], "password", out);
    }
}

fn numbered(words: &[Word<'_>], verb: &str, out: &mut Vec<Span>) {
    if let Some(at) = words.iter().position(|word| word.text == verb) {
        let is_kind = words
            .get(at + 1)
            .is_some_and(|word| word.text.len() == 1 && words.len() > at + 2);
        after_word(words, verb, 1 + usize::from(is_kind), out);
    }
}

// `git config user.password X`
fn beside_name(words: &[Word<'_>], out: &mut Vec<Span>) {
    let is_name = |word: &Word<'_>| {
        !word.text.starts_with('-') && word.text.contains('.') && keys::announces(word.text).is_some()
    };
    if let Some(at) = words.iter().position(is_name)
        && let Some(secret) = words.get(at + 1)
    {
        push(secret, out);
    }
}

// `pspasswd [\\host [-u USER [-p PW]]] NAME NEW`: with one word less it asks.
fn new_password(words: &[Word<'_>], out: &mut Vec<Span>) {
    let mut plain = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if ["-u", "-p", "/u", "/p"]
            .iter()
            .any(|switch| word.text.eq_ignore_ascii_case(switch))
        {
            rest.next();
        } else if !word.text.starts_with(['-', '/', '\\']) {
            plain.push(word);
        }
    }
    if let [_, secret, ..] = plain[..] {
        push(secret, out);
    }
}

// `nxc smb HOST -u a b -p X Y`: one after the other is tried, up to the next switch or a file with its arguments.
fn sprayed(words: &[Word<'_>], out: &mut Vec<Span>) {
    let goes_on = |word: &Word<'_>| {
        word.text.starts_with(['-', '/', '.', '~'])
            || value::begins_with_drive(word.text)
            || value::is_file_name(word.text)
    };
    if let Some(at) = words.iter().position(|word| matches!(word.text, "-p" | "--password")) {
        for word in words[at + 1..].iter().take(SPRAYED).take_while(|word| !goes_on(word)) {
            push(word, out);
        }
    }
}

// `Start-Process net -ArgumentList "user eve X /add"`: the tool and its words stand apart.
fn started(words: &[Word<'_>], out: &mut Vec<Span>) {
    let behind = |names: [&str; 2]| {
        words
            .iter()
            .position(|word| names.iter().any(|name| word.text.eq_ignore_ascii_case(name)))
            .and_then(|at| words.get(at + 1))
    };
    let tool = behind(["-filepath", "-path"]).or_else(|| words.first().filter(|word| !word.text.starts_with('-')));
    let arguments =
        behind(["-argumentlist", "-args"]).or_else(|| words.get(1).filter(|word| !word.text.starts_with('-')));
    let (Some(tool), Some(arguments)) = (tool, arguments) else {
        return;
    };
    let Some(name) = super::tools::name_of(tool.text) else {
        return;
    };
    let listed = words::quoted(arguments.text, Pairing::Shell);
    let inner: Vec<Word<'_>> = if arguments.quoted || listed.is_empty() {
        words::commands(arguments.text, arguments.start, Pairing::Shell)
            .into_iter()
            .next()
            .map(|command| command.words)
            .unwrap_or_default()
    } else {
        let word = |(start, text): (usize, _)| Word {
            text,
            start: arguments.start + start,
            quoted: true,
        };
        listed.into_iter().map(word).collect()
    };
    if name != "start-process" && name != "saps" {
        tool_forms::of(&name, &inner, out);
    }
}
