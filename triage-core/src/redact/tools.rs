//! Secrets by their place on a command line: `-p` means nothing without its tool.

use std::borrow::Cow;

use super::quotes::Pairing;
use super::spans::{self, Kind, Span};
use super::tool_table::{Glued, Switch, TOOLS, Tool};
use super::value::{self, Joint};
use super::words::{self, Command, Word};
use super::{fed, keys, tool_forms, variables};
use crate::text::is_listed;

/// Words behind a tool's name that are looked at.
const REACH: usize = 64;
/// Tools whose `-p` is a parameter, a profile or a folder. Those that start another one are none of them: a port or a mapping of
/// theirs does not look like a password, what they start may take one.
const MEAN_ELSE: &str = "\
    sqlmap mvn mvnw gradle wget wget2 nmap masscan scp sftp rsync git iptables find tar \
    cp mkdir chown ps netstat ss systemctl useradd usermod";
/// Kinds of files that a switch names beside their password.
const CERTIFICATES: &str = "pem crt cer der p12 pfx key";
/// Quotes of a line among which one may belong to another place.
const FEW_QUOTES: usize = 3;
/// How deep quoted commands inside quoted commands are read.
const DEPTH: usize = 4;

/// Finds every secret that stands where a tool expects one. Linear.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    let from = out.len();
    look(text, 0, DEPTH, Pairing::Shell, out);
    faced(text, out);
    for span in &mut out[from..] {
        if span.kind != Kind::BuiltIn(variables::USED) {
            span.end = value::past_cut(text, span.start, span.end);
        }
    }
}

// Quotes round a whole text, within others or alone (`3.5"`) turn all behind them inside out, and hide a command that holds any of its own.
fn faced(text: &str, out: &mut Vec<Span>) {
    let one_line = !text.contains('\n');
    let mut start = 0;
    for line in text.split('\n') {
        // One pair is read as before, unless it was opened on another line.
        if line.bytes().filter(|&b| b == b'"').take(FEW_QUOTES).count() >= if one_line { FEW_QUOTES } else { 1 } {
            look(line, start, DEPTH, Pairing::Facing, out);
        }
        start += line.len() + 1;
    }
}

fn look(line: &str, offset: usize, depth: usize, pairing: Pairing, out: &mut Vec<Span>) {
    let commands = words::commands(line, offset, pairing);
    for (at, command) in commands.iter().enumerate() {
        let from = out.len();
        // The tool that was named last, for its switches far behind it.
        let mut last: Option<(usize, Vec<&Tool>)> = None;
        for (place, word) in command.words.iter().enumerate() {
            let rest = &command.words[place + 1..command.words.len().min(place + 1 + REACH)];
            if let Some((named, tools)) = &last
                && named + REACH < place
            {
                for tool in tools {
                    one_switch(tool, word, rest, out);
                }
            }
            if let Some(name) = name_of(word.text) {
                if let Some(tools) = TOOLS.get(name.as_ref()) {
                    let tools = tools.iter().copied().filter(|tool| applies(tool, rest));
                    for tool in tools.clone() {
                        switches(tool, rest, out);
                    }
                    if command.words.len() > place + REACH {
                        last = Some((place, tools.collect()));
                    }
                }
                tool_forms::of(&name, rest, out);
            }
            agent_key(&command.words, place, out);
            if depth == 0 || !word.text.contains(' ') {
                continue;
            }
            // `bash -c "mysql -pX"`, `COMMAND='…'`, `{"cmd":"…"}`: a command in quotes.
            if word.quoted {
                look(word.text, word.start, depth - 1, pairing, out);
            } else {
                for (start, inner) in words::quoted(word.text, pairing) {
                    look(inner, word.start + start, depth - 1, pairing, out);
                }
            }
        }
        fed::find(&commands, at, out);
        account(command, out);
        // In a link the next parameter is none of it; elsewhere `&` is a sign of the secret.
        if out.len() > from && command.words.iter().any(|word| word.text.contains('?')) {
            for span in &mut out[from..] {
                let found = line.get(span.start - offset..span.end - offset).unwrap_or_default();
                span.end = span.start + value::parameter(found).len();
            }
        }
    }
}

/// How Debian and Kali call the tools of Impacket.
const IMPACKET: &str = "impacket-";

/// Signs before the name of a tool: `"C:\Tools\PsExec64.exe"`, `$(mysql`.
const BEFORE_NAME: [char; 11] = ['(', '{', '[', '$', '`', '@', '!', '"', '\'', '&', '<'];
/// How much of a word is looked at, from its end.
const LONGEST_WORD: usize = 260;

/// The tool that a word names: `C:\\x\\plink.exe`, `COMMAND=/usr/bin/mysql`, `{"cmd":"mysql`, `<CommandLine>net`, `?cmd=net`, `DB=$(mysql`.
pub(super) fn name_of(word: &str) -> Option<Cow<'_, str>> {
    let word = &word[spans::ceil(word, word.len().saturating_sub(LONGEST_WORD))..];
    let word = word
        .trim_start_matches(BEFORE_NAME)
        .trim_end_matches([')', '}', '`', ',', '"', '\'', '\\']);
    let name = word.rsplit(['/', '\\']).next()?;
    let sets_off = |b: u8| {
        matches!(
            b,
            b'"' | b'\'' | b'`' | b'>' | b'=' | b'?' | b'&' | b'[' | b'{' | b'(' | b':'
        )
    };
    let name = match name.bytes().rposition(sets_off) {
        Some(at) if !name[..=at].ends_with("::") => &name[at + 1..],
        _ => name,
    };
    let name = name.trim_start_matches(BEFORE_NAME);
    if name.is_empty() || name.len() > 40 {
        return None;
    }
    let bare = [".exe", ".py", ".com", ".cmd", ".bat", ".sh", ".pl", ".rb", ".ps1"]
        .iter()
        .find_map(|ending| {
            let at = name.len().checked_sub(ending.len())?;
            name.get(at..)?.eq_ignore_ascii_case(ending).then(|| &name[..at])
        })
        .unwrap_or(name);
    let bare = bare
        .get(IMPACKET.len()..)
        .filter(|_| bare[..IMPACKET.len()].eq_ignore_ascii_case(IMPACKET))
        .unwrap_or(bare);
    Some(if bare.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(bare.to_ascii_lowercase())
    } else {
        Cow::Borrowed(bare)
    })
}

fn applies(tool: &Tool, words: &[Word<'_>]) -> bool {
    tool.only_with
        .is_none_or(|needed| words.iter().take(6).any(|word| word.text.eq_ignore_ascii_case(needed)))
}

fn switches(tool: &Tool, words: &[Word<'_>], out: &mut Vec<Span>) {
    let mut words_left = words;
    while let Some((word, rest)) = words_left.split_first() {
        words_left = rest;
        one_switch(tool, word, rest, out);
    }
}

fn one_switch(tool: &Tool, word: &Word<'_>, rest: &[Word<'_>], out: &mut Vec<Span>) {
    let found = tool
        .switches
        .iter()
        .find_map(|switch| Some((switch, value_of(switch, word, rest)?)));
    if let Some((switch, value)) = found {
        push(switch, &value, out);
    }
}

struct Found<'t> {
    text: &'t str,
    start: usize,
}

// The value of a switch: behind it (`-p X`), glued to it (`-pX`), or joined (`/p:X`, `--p=X`).
fn value_of<'t>(switch: &Switch, word: &Word<'t>, rest: &[Word<'t>]) -> Option<Found<'t>> {
    let text = word.text;
    let behind = || {
        // `-hmac < file`
        let redirects = |next: &Word<'_>| !next.quoted && next.text.starts_with(['<', '>']);
        let number = |next: &Word<'_>| switch.no_number && next.text.bytes().all(|b| b.is_ascii_digit());
        let follows = |next: &&Word<'_>| !next.text.is_empty() && !redirects(next) && !number(next);
        rest.first().filter(follows).map(|next| Found {
            text: next.text,
            start: next.start,
        })
    };
    let same = |text: &str| {
        if switch.any_case {
            text.eq_ignore_ascii_case(switch.name)
        } else {
            text == switch.name
        }
    };
    if same(text) && switch.glued != Glued::Only {
        return behind()
            .filter(|found| !found.text.starts_with('-') || found.text.len() > 8 && !found.text.starts_with("--"));
    }
    // `-rP X`: letters in one word, the last one takes the value.
    if switch.clustered
        && let Some(letters) = text.strip_prefix('-')
        && (2..=6).contains(&letters.len())
        && letters.bytes().all(|b| b.is_ascii_alphabetic())
        && letters.ends_with(&switch.name[1..])
    {
        return behind().filter(|found| !found.text.starts_with('-'));
    }
    let head = text.get(..switch.name.len())?;
    if !same(head) || text.len() == switch.name.len() {
        return None;
    }
    let tail = &text[switch.name.len()..];
    let joined = tail.strip_prefix([':', '=']);
    let (tail, start) = match joined {
        Some(tail) => (tail, word.start + switch.name.len() + 1),
        None if switch.glued == Glued::NoWord && tail.bytes().all(|b| b.is_ascii_lowercase()) => return None,
        None if switch.glued != Glued::Never => (tail, word.start + switch.name.len()),
        None => return None,
    };
    // `password= X` of sc.exe.
    if tail.is_empty() {
        return behind();
    }
    let quote = value::opening_quote(tail);
    let skip = quote.map_or(0, |quote| quote.len);
    let end = quote
        .and_then(|quote| value::closing_quote(&tail[skip..], &quote))
        .map_or(tail.len(), |close| skip + close.start);
    Some(Found {
        text: &tail[skip..end],
        start: start + skip,
    })
}

fn push(switch: &Switch, value: &Found<'_>, out: &mut Vec<Span>) {
    // In `user:password` and `user%password` the user stays.
    let skip = match switch.after {
        Some(sign) => {
            // The colon of `C:\\certs\\client.pem` sets nothing off.
            let drive = if value::begins_with_drive(value.text) { 2 } else { 0 };
            let set_off = |from: usize| value.text[from..].find(sign).map(|at| from + at + sign.len_utf8());
            let file = || {
                let kind = value.text.rsplit('.').next().unwrap_or_default();
                is_listed(CERTIFICATES, kind) || value::is_file_name(&value.text[drive..])
            };
            match set_off(drive).or_else(|| set_off(0).filter(|_| !file())) {
                Some(at) => at,
                None => return,
            }
        }
        // `-passout pass:X` says where it comes from: from here.
        None if value.text.starts_with("pass:") => "pass:".len(),
        None => 0,
    };
    let secret = &value.text[skip..];
    variables::mark(secret, value.start + skip, out);
    // A secret of a cloud may be JSON, of which every part is secret.
    let whole = switch.name == "--secret-string" && secret.starts_with('{') && !secret.contains(spans::MASK);
    if secret.is_empty() || !whole && !value::is_secret(secret, keys::Announces::Password, Joint::Flag) {
        return;
    }
    let end = value::before_command(value.text, skip, skip + value::own(secret).len());
    out.push(Span::new(value.start + skip, value.start + end, switch.kind));
}

// `001 web1 10.0.0.5 0a1b…`: a line of Wazuh's `client.keys`.
fn agent_key(words: &[Word<'_>], at: usize, out: &mut Vec<Span>) {
    const KEY: usize = 64;
    let key = words[at];
    if key.text.len() != KEY || at < 3 || !key.text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return;
    }
    let [id, name, address] = [words[at - 3], words[at - 2], words[at - 1]];
    let id = id.text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    // With more words before or behind it, it is the sum of a file in some other line.
    let line = at + 1 == words.len() && (at == 3 || words[at - 4].text.ends_with([':', '=', '"', '\'']));
    let of_agent = line && id.len() >= 3 && is_number(id) && !is_number(name.text);
    let bare = address.text.split('/').next().unwrap_or_default();
    if of_agent && (bare == "any" || bare.parse::<std::net::IpAddr>().is_ok()) {
        out.push(Span::new(key.start, key.end(), "key"));
    }
}

// `tool -u bob -p X`, whatever the tool: a port or a project does not look like a password.
fn account(command: &Command<'_>, out: &mut Vec<Span>) {
    let of_user = |word: &Word<'_>| matches!(word.text, "-u" | "-U" | "--user" | "--username" | "-user" | "-username");
    let of_other = |word: &Word<'_>| name_of(word.text).is_some_and(|name| is_listed(MEAN_ELSE, &name));
    if !command.words.iter().any(of_user) || command.words.iter().take(3).any(of_other) {
        return;
    }
    for pair in command.words.windows(2) {
        if matches!(pair[0].text, "-p" | "-P" | "-pw") && variables::looks_chosen(pair[1].text) {
            let end = pair[1].start + value::own(pair[1].text).len();
            out.push(Span::new(pair[1].start, end, "password"));
        }
    }
}
