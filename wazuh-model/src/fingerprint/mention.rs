//! Files, machines, mailboxes and names in quotation marks that a line mentions, where the text without numbers is the same of several.

use super::fim::PROGRAMS;
use super::line::Words;
use super::named::{COUNTED, LONGEST, is_name, is_numbered_path, names_somebody};
use super::names::{Label, label};
use super::token::is_made_up;
use super::varies::ends_with;
use crate::{address, domain};

/// What a word says that its text without numbers does not, if somebody chose it: `offer1.docm`, `c2-01.example`, `jdoe1@corp.example`,
/// `group "admins1"`. What a line says is a number of its own (`id=`) or is counted (`thread=`) is none.
pub(super) fn told(words: &Words<'_>) -> Option<String> {
    // Behind them a machine stands, or a name that is looked up.
    const MACHINES: [&str; 5] = ["vm", "host", "hostname", "computer", "machine"];
    const NAMES: [&str; 9] = [
        "query", "queried", "domain", "fqdn", "sni", "connect", "lookup", "resolve", "resolved",
    ];
    // Behind them a name stands in quotation marks, as behind those of fields.
    const THINGS: [&str; 4] = ["server", "share", "instance", "datastore"];
    // Headers of mails name other mails, and whom to tell that one was not delivered, by made-up mailboxes.
    const MAILS: [&str; 5] = ["inreplyto", "references", "returnpath", "envelope", "envelopefrom"];
    let word = words.word.trim_matches(['<', '>']);
    let before = words.before[0];
    if !word.bytes().any(|byte| byte.is_ascii_digit()) || word.len() > LONGEST || is_counted(before) {
        return None;
    }
    if matches!(label(before), Some(Label::Id | Label::Session)) {
        return None;
    }
    if let Some((_, rest)) = word.split_once("://") {
        let (machine, page) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let path = page.split(['?', '#']).next().unwrap_or_default();
        // Pages load scripts in numbered pieces.
        let file = file_of(path).filter(|file| file.rsplit('.').next() != Some("js"));
        let machine = host(machine).map(registrable).and_then(machine_of);
        let told: Vec<_> = [machine, file].into_iter().flatten().collect();
        return (!told.is_empty()).then(|| told.join("/"));
    }
    let is_one_of = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(before));
    if word.contains('@') {
        // Those who send to many give each mail a sender of its own.
        let is_of_a_mail = words.word.starts_with('<') && is_one_of(&["from"]);
        let is_made_up = is_of_a_mail || MAILS.contains(&plain(before).as_str());
        return if is_made_up { None } else { mailbox(word) };
    }
    let is_machine = is_one_of(&MACHINES);
    // `query[A] c2-01.example`.
    let is_looked_up = is_machine || is_one_of(&NAMES) || words.before[1].eq_ignore_ascii_case("query");
    if is_looked_up && let Some(name) = host(word).and_then(domain::public) {
        let told = machine_of(if is_machine { &name } else { registrable(&name) });
        if told.is_some() {
            return told;
        }
    }
    let is_named = || {
        let name = || plain(before);
        is_machine || (words.quoted && (names_somebody(&name()) || THINGS.contains(&name().as_str())))
    };
    file_of(word).or_else(|| (is_named() && is_chosen(word)).then(|| word.to_owned()))
}

/// The part of a name that somebody has registered: machines below it are counted.
pub(super) fn registrable(name: &str) -> &str {
    // Some name a machine in several parts.
    const WHOLE: [&str; 4] = ["amazonaws.com", "azure.com", "windows.net", "linodeusercontent.com"];
    if let Some(suffix) = shared(name) {
        let own = &name[..name.len() - suffix.len() - 1];
        let start = if WHOLE.contains(&suffix) { None } else { own.rfind('.') };
        return start.map_or(name, |start| &name[start + 1..]);
    }
    let mut dots = name.rmatch_indices('.').map(|(at, _)| at);
    let Some((top, second)) = dots.next().zip(dots.next()) else {
        return name;
    };
    // `co.uk`.
    let is_top = name.len() - top == "uk".len() + 1 && top - second <= "com".len() + 1;
    let start = if is_top { dots.next() } else { Some(second) };
    start.map_or(name, |start| &name[start + 1..])
}

/// Below what anybody gets a name of his own, if that is what a name ends in: who gives out addresses, tunnels, pages or machines.
fn shared(name: &str) -> Option<&'static str> {
    const SUFFIXES: [&str; 57] = [
        "000webhostapp.com",
        "amazonaws.com",
        "appspot.com",
        "azure.com",
        "azureedge.net",
        "azurewebsites.net",
        "blogspot.com",
        "chickenkiller.com",
        "cloudfront.net",
        "ddns.net",
        "ddnsfree.com",
        "deno.dev",
        "duckdns.org",
        "dyndns.org",
        "dynu.net",
        "eu.org",
        "firebaseapp.com",
        "fly.dev",
        "freeddns.org",
        "github.io",
        "gitlab.io",
        "glitch.me",
        "herokuapp.com",
        "hopto.org",
        "lhr.life",
        "linodeusercontent.com",
        "loca.lt",
        "mooo.com",
        "myftp.biz",
        "myftp.org",
        "netlify.app",
        "ngrok-free.app",
        "ngrok-free.dev",
        "ngrok.app",
        "ngrok.dev",
        "ngrok.io",
        "no-ip.biz",
        "no-ip.info",
        "no-ip.org",
        "onrender.com",
        "pages.dev",
        "portmap.io",
        "r2.dev",
        "repl.co",
        "run.app",
        "serveo.net",
        "servehttp.com",
        "sytes.net",
        "trycloudflare.com",
        "vercel.app",
        "web.app",
        "weebly.com",
        "windows.net",
        "wixsite.com",
        "wordpress.com",
        "workers.dev",
        "zapto.org",
    ];
    let is_below = |suffix: &&&str| {
        let own = name.len().checked_sub(suffix.len() + 1);
        own.is_some_and(|own| own > 0 && name.as_bytes()[own] == b'.') && ends_with(name, suffix)
    };
    SUFFIXES.iter().find(is_below).copied()
}

/// A name of a field as it is told from others.
fn plain(name: &str) -> String {
    let mut name = name.to_ascii_lowercase();
    name.retain(|c| c.is_ascii_alphanumeric());
    name
}

/// The name of a file by its path, if it is one that may do harm: others are numbered as they are written.
fn file_of(path: &str) -> Option<String> {
    const DOCUMENTS: [&str; 18] = [
        "7z", "chm", "doc", "docm", "docx", "iso", "msi", "one", "pdf", "ppt", "pptm", "pptx", "rar", "rtf", "xls",
        "xlsm", "xlsx", "zip",
    ];
    // One with more tells a version, or the time.
    const NUMBERS: usize = 2;
    let file = path.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
    let (stem, end) = file.rsplit_once('.')?;
    let does_harm = PROGRAMS.contains(&end) || DOCUMENTS.contains(&end);
    let is_named = stem.starts_with(char::is_alphabetic) && (1..=NUMBERS).contains(&numbers(stem).count());
    (does_harm && is_named && is_numbered_path(path)).then_some(file)
}

/// The machine of a URL, without whoever is named before it and the port behind it.
fn host(text: &str) -> Option<&str> {
    let host = text.rsplit('@').next()?;
    Some(host.rsplit_once(':').map_or(host, |(host, _)| host))
}

/// A name of a machine that has numbers and was not made up.
fn machine_of(name: &str) -> Option<String> {
    let is_part = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !is_made_up(part);
    let own = shared(name).map_or(name, |suffix| &name[..name.len() - suffix.len() - 1]);
    let is_named = name.contains(|c: char| c.is_ascii_alphabetic()) && own.split(['.', '-', '_']).all(is_part);
    (is_named && numbers(own).next().is_some() && has_short_numbers(name) && address::parse(name).is_none())
        .then(|| name.to_ascii_lowercase())
}

/// A mailbox that somebody has. Programs name mails, and units of the system, in the same way.
fn mailbox(text: &str) -> Option<String> {
    const UNITS: [&str; 7] = ["service", "scope", "slice", "socket", "mount", "timer", "target"];
    const STAFF: usize = 6;
    let (name, machine) = text.split_once('@')?;
    let (_, top) = machine.rsplit_once('.')?;
    let is_top = top.bytes().all(|byte| byte.is_ascii_alphabetic()) && !UNITS.contains(&top);
    let is_owned = name.starts_with(char::is_alphabetic) && numbers(name).nth(1).is_none() && is_name(text);
    // Those of students and of staff are numbered: `s123456`.
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_numbered = name.len() - letters.len() <= STAFF && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_short = has_short_numbers(text) || (is_numbered && has_short_numbers(machine));
    (is_top && is_owned && is_short).then(|| text.to_lowercase())
}

/// Whether a name is that of an account, a machine or a thing: with one number, and no terminal or worker.
fn is_chosen(word: &str) -> bool {
    const TERMINALS: [&str; 2] = ["pts", "tty"];
    is_name(word)
        && numbers(word).nth(1).is_none()
        && !TERMINALS.iter().any(|terminal| word.starts_with(terminal))
        && !word.split(|c: char| !c.is_ascii_alphabetic()).any(is_counted)
}

/// Whether a name is that of something which the programs that write it count.
fn is_counted(name: &str) -> bool {
    COUNTED.iter().any(|counted| ends_with(name, counted))
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
}

/// Whether no number in a text is so long that it counts or tells the time.
fn has_short_numbers(text: &str) -> bool {
    const DIGITS: usize = 4;
    numbers(text).all(|digits| digits.len() <= DIGITS)
}
