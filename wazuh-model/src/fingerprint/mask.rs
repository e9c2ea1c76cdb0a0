//! Texts without what varies between the same thing over again.

use std::net::{Ipv4Addr, Ipv6Addr};

use sha2::{Digest, Sha256};

use super::named::COUNTED;
use super::names::{Label, code, is_hash, is_measure, is_name_of_hash, label, sid};
use super::pods::with_sets;
use super::varies::{ends_with, name_of, words};
use super::{mail, temporary, token};

/// What a text is: which of its numbers vary goes by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Path,
    Command,
    Line,
    /// Of an event of Windows, where whoever breaks in makes up names of tasks and services.
    Field,
}

impl Kind {
    fn is_line(self) -> bool {
        matches!(self, Self::Line | Self::Field)
    }
}

/// A path without what varies: lower case, and GUIDs, long hexadecimal words and temporary names as `#`.
pub(super) fn same_path(path: &str) -> String {
    bounded(path, |path| {
        masked(&temporary::without_names(&path.to_lowercase()), Kind::Path, "")
    })
}

/// A command without what varies: as a path, with single blanks, and with numbers as `#` that name no account.
pub(super) fn same_command(command: &str) -> String {
    bounded(command, |command| {
        masked(&temporary::without_names(&command.to_lowercase()), Kind::Command, "")
    })
}

/// A line of a log without what varies: of a word with digits only its letters are left, and of one that goes on in hexadecimal those
/// before it. `eth0` is not `veth0a1c3f`, and `7zip` is not `1rootkit`. What is a name stands: [`code`]s, hashes, accounts.
pub(super) fn masked_line(line: &str) -> String {
    bounded(line, |line| masked(&with_sets(line), Kind::Line, ""))
}

/// A field with its name, as [`masked_line`]: what a value is, its name may tell.
pub(super) fn masked_field(path: &str, text: &str) -> String {
    let kind = if path.starts_with("data.win.") {
        Kind::Field
    } else {
        Kind::Line
    };
    bounded(text, |text| masked(text, kind, &format!("{}=", name_of(path))))
}

/// Takes out what varies from the start of a text only. The rest counts as it stands: whoever pads a command with blanks must
/// neither make it expensive nor make it the same as another.
pub(super) fn bounded(text: &str, plain: impl Fn(&str) -> String) -> String {
    const MAX: usize = 8_192;
    let head = crate::text::cut(text, MAX);
    let mut out = plain(head);
    if head.len() < text.len() {
        out.push_str(" …");
        out.push_str(&hex::encode(Sha256::digest(&text[head.len()..])));
    }
    out
}

/// Replaces GUIDs, long hexadecimal words, runs of blanks and what else varies in its kind of text, behind what stands before it;
/// addresses and names stand as they are.
fn masked(text: &str, kind: Kind, before: &str) -> String {
    let mut out = String::with_capacity(before.len() + text.len());
    out.push_str(before);
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        if is_guid(rest) {
            mask(&mut out);
            rest = &rest[GUID..];
            continue;
        }
        if first.is_whitespace() {
            out.push(' ');
            rest = rest.trim_start();
            continue;
        }
        // Who was talked to is never noise.
        if let Some(name) = machine(rest, &out).or_else(|| code(rest, &out)) {
            out.push_str(name);
            rest = &rest[name.len()..];
            continue;
        }
        // `0.5` is a number as `12` is.
        if first == '.' && kind.is_line() && out.ends_with('#') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            rest = &rest[1..];
            continue;
        }
        if !first.is_alphanumeric() {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        if let Some(sid) = sid(rest) {
            out.push_str(sid);
            rest = &rest[sid.len()..];
            continue;
        }
        let begins = !out.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if kind == Kind::Line
            && begins
            && let Some(id) = made_up(rest, &out)
        {
            mask(&mut out);
            rest = &rest[id.len()..];
            continue;
        }
        let (word, after) = rest.split_at(rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()));
        rest = after;
        // Ansible makes up one for each command.
        if kind == Kind::Command && out.ends_with("become-success-") {
            mask(&mut out);
            continue;
        }
        if !word.bytes().any(|byte| byte.is_ascii_digit()) || is_name_of_hash(word) {
            out.push_str(word);
            continue;
        }
        match label(&out).filter(|_| kind != Kind::Path) {
            Some(Label::Account) => out.push_str(word),
            None if kind.is_line() && is_short_number(word) && ends_in_account(&out) => out.push_str(word),
            Some(Label::Group) if kind == Kind::Command => out.push_str(word),
            Some(Label::Code) if kind.is_line() && !is_measure(word, rest) => out.push_str(word),
            Some(Label::Number) if word.bytes().all(|byte| byte.is_ascii_digit()) => out.push_str(word),
            Some(Label::Session) if kind.is_line() || words(word).next().is_none() => mask(&mut out),
            Some(Label::Hash) if is_hash(word) => out.push_str(word),
            // Programs are started with such numbers of containers and the like; a log tells of files.
            None if kind.is_line() && is_hash(word) && may_be_of_a_file(word, &out) => out.push_str(word),
            _ => plain(word, kind, &mut out),
        }
    }
    out
}

/// Whether a number is one of few, as accounts have them, and not that of a run: `svc-01`.
fn is_short_number(word: &str) -> bool {
    const MOST: usize = 4;
    word.len() <= MOST && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text ends in the first parts of the name of an account, without another number: `user svc-`, `user=CORP\\`.
fn ends_in_account(before: &str) -> bool {
    const MOST: usize = 64;
    let is_joint = |byte: u8| matches!(byte, b'-' | b'_' | b'.' | b'\\');
    let bytes = before.as_bytes();
    if !bytes.last().is_some_and(|byte| is_joint(*byte)) {
        return false;
    }
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || is_joint(**byte);
    let length = bytes.iter().rev().take(MOST).take_while(is_part).count();
    let (before, name) = before.split_at(before.len() - length);
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let letters = name.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
    // Windows numbers those of its screens.
    let is_counted = || {
        COUNTED
            .iter()
            .chain(&["DWM", "UMFD"])
            .any(|counted| ends_with(letters, counted))
    };
    begins && !name.bytes().any(|byte| byte.is_ascii_digit()) && !is_counted() && label(before) == Some(Label::Account)
}

/// What a text begins with that was made up for a request, a session or the like, where the word before it says so; and the number of
/// a mail or of a connection where what stands around it says so. What else looks so may be a key, a command or a program of whoever broke in.
fn made_up<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let is_named = || matches!(label(before), Some(Label::Id | Label::Session));
    let found = token::id_at_start(text, is_named).or_else(|| mail::at_start(text, before))?;
    (!is_hash(found)).then_some(found)
}

/// Whether a hash that nothing is said of may be that of a file. So short a one is most often the number of a request.
fn may_be_of_a_file(hash: &str, before: &str) -> bool {
    const SHORTEST: usize = 32;
    before.ends_with(['(', '/', '\\']) || (hash.len() > SHORTEST && !before.ends_with('-'))
}

/// Writes a word with digits without what varies in it, whatever stands before it.
fn plain(word: &str, kind: Kind, out: &mut String) {
    if (word.len() >= 8 && is_hexadecimal(word)) || word.strip_prefix("0x").is_some_and(is_hexadecimal) {
        mask(out);
        return;
    }
    let letters = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
    let (name, rest) = word.split_at(letters);
    match kind {
        Kind::Command if name.is_empty() && is_number_or_time(rest) => mask(out),
        // Of one run, as in `UsGthrFltPipeMssGthrPipe101`.
        Kind::Command if ends_with(name, "pipe") && rest.bytes().all(|byte| byte.is_ascii_digit()) => {
            out.push_str(name);
            mask(out);
        }
        Kind::Path | Kind::Command => out.push_str(word),
        // `user101` is somebody.
        Kind::Line | Kind::Field if name.eq_ignore_ascii_case("user") => out.push_str(word),
        Kind::Line | Kind::Field => {
            out.push_str(name);
            if !rest.is_empty() && is_hexadecimal(rest) {
                mask(out);
                return;
            }
            for c in rest.chars() {
                if c.is_ascii_digit() {
                    mask(out);
                } else {
                    out.push(c);
                }
            }
        }
    }
}

/// Whether a word is digits, or a time in part or as a whole: `29t04` and `01z` of `2026-11-29T04:00:01Z`, `20261129t040001z`.
fn is_number_or_time(word: &str) -> bool {
    let word = word.strip_suffix('z').unwrap_or(word);
    let (date, clock) = word.split_once('t').unwrap_or((word, "0"));
    [date, clock]
        .iter()
        .all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn is_hexadecimal(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An address at the start of a text, or a number in its place behind `://`; `before` is what the text before it has become.
fn machine<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    // One more byte than the longest address has: whatever fills them all is none.
    const MOST: usize = 46;
    let first = text.bytes().next()?;
    // `std::add`, and a name that was masked.
    let in_a_name = first == b':' && before.ends_with(|c: char| c.is_alphanumeric() || c == '#');
    if in_a_name || !(first.is_ascii_hexdigit() || first == b':') {
        return None;
    }
    let run = |wanted: fn(u8) -> bool, most: usize| {
        let length = text.bytes().take(most).take_while(|byte| wanted(*byte)).count();
        // What ends a sentence is no part of it.
        text[..length].trim_end_matches('.')
    };
    let dotted = run(|byte| byte.is_ascii_digit() || byte == b'.', MOST);
    if dotted.parse::<Ipv4Addr>().is_ok() {
        return Some(dotted);
    }
    let address = run(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'), MOST);
    if address.starts_with(|c: char| c.is_ascii_hexdigit()) || address.starts_with("::") {
        let colon = address.strip_suffix(':').filter(|rest| !rest.ends_with(':'));
        let found = [Some(address), colon]
            .into_iter()
            .flatten()
            .find(|text| text.parse::<Ipv6Addr>().is_ok());
        if found.is_some() {
            return found;
        }
    }
    // Programs read `3405803785` and `0xCB007109` as addresses there.
    let number = run(
        |byte| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X' | b'.'),
        256,
    );
    let ends = !text[number.len()..].starts_with(|c: char| c.is_alphanumeric());
    let is_host = number.starts_with(|c: char| c.is_ascii_digit()) && ends && begins_host(before);
    is_host.then_some(number)
}

/// Whether a host follows: behind `://`, or behind the name of a user there.
fn begins_host(before: &str) -> bool {
    // Looking back costs the same however long the text is. What stands behind a longer name may be a host.
    const MOST: usize = 128;
    let Some(user) = before.strip_suffix('@') else {
        return before.ends_with("://");
    };
    let user = user.as_bytes();
    let (far, near) = user.split_at(user.len().saturating_sub(MOST));
    match near
        .iter()
        .rposition(|byte| byte.is_ascii_whitespace() || *byte == b'/')
    {
        Some(at) => user[..=far.len() + at].ends_with(b"://"),
        None => !far.is_empty() && !near.contains(&b'@'),
    }
}

/// Writes `#` once for a whole run.
fn mask(out: &mut String) {
    if !out.ends_with('#') {
        out.push('#');
    }
}

/// Length of a GUID in bytes.
pub(super) const GUID: usize = 36;

/// Whether a text begins with a GUID.
pub(super) fn is_guid(text: &str) -> bool {
    let Some(guid) = text.as_bytes().get(..GUID) else {
        return false;
    };
    let fits = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    guid.iter().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_between_runs_of_one_command_is_masked() {
        for (one, other) in [
            (
                r"C:\Windows\System32\svchost.exe -k netsvcs -p 4711",
                r"c:\windows\system32\SVCHOST.EXE  -k netsvcs -p 12",
            ),
            (
                r#""C:\a.exe" {5770385F-C22A-43E0-BF4C-06F5698FFBD9}"#,
                r#""C:\a.exe" {11111111-aaaa-43e0-bf4c-06f5698ffbd9}"#,
            ),
            (
                r"C:\Users\x\AppData\Local\Temp\xk3f.tmp /s",
                r"C:\Users\x\AppData\Local\Temp\aaaq.tmp /s",
            ),
            ("sh /tmp/tmp.Ab12/run.sh", "sh /tmp/tmp.Zz99/run.sh"),
            (
                "x --id 0x3e7 --sha d12041b8d3c993c9",
                "x --id 0xff --sha 0f2041b8d3c993cf",
            ),
            (
                "a.exe --since 2026-11-29T04:00:01Z",
                "a.exe --since 2026-11-30T05:01:02Z",
            ),
            (
                "sh -c 'echo BECOME-SUCCESS-abcdefghijklmnop ; x'",
                "sh -c 'echo BECOME-SUCCESS-qrstuvwxyzabcdef ; x'",
            ),
            ("restore db-20261129T040001Z.bak", "restore db-20261130T050102Z.bak"),
            ("x --session q8zt1xkp", "x --session m2wr7ylb"),
            (
                r"SearchProtocolHost.exe Global\UsGthrFltPipeMssGthrPipe101_ 1",
                r"SearchProtocolHost.exe Global\UsGthrFltPipeMssGthrPipe102_ 1",
            ),
        ] {
            assert_eq!(same_command(one), same_command(other));
        }
        assert_ne!(same_command("net user bob /add"), same_command("net user eve /add"));
        assert_ne!(same_command("whoami"), same_command("whoami /all"));
        assert_ne!(
            same_command("screen -S x --session admin1"),
            same_command("screen -S x --session backup1")
        );
        assert_ne!(
            same_command("net user admin1 /add"),
            same_command("net user admin2 /add")
        );
        assert_ne!(
            same_command("curl http://203.0.113.6/x"),
            same_command("curl http://203.0.113.7/x")
        );
    }

    #[test]
    fn who_was_talked_to_is_never_noise() {
        for (one, other) in [
            ("curl http://[2001:db8::1]/x", "curl http://[2001:db8::2]/x"),
            ("curl http://[2001:db8::1]:80/x", "curl http://[2001:db8::2]:80/x"),
            ("curl http://3405803785/x", "curl http://3405803786/x"),
            ("curl http://0xCB007109/x", "curl http://0xCB00710A/x"),
            ("curl http://u:p@3405803785/x", "curl http://u:p@3405803786/x"),
            ("curl http://0313.0.0161.011", "curl http://0313.0.0161.012"),
            ("ping 2001:db8::1", "ping 2001:db8::2"),
            ("nc 203.0.113.1.", "nc 203.0.113.2."),
        ] {
            assert_ne!(same_command(one), same_command(other), "{one}");
            assert_ne!(masked_line(one), masked_line(other), "{one}");
        }
        for (one, other) in [
            ("blocked 2001:db8::1.", "blocked 2001:db8::2."),
            ("peer 2001:db8::1: reset", "peer 2001:db8::2: reset"),
            ("peer=::1", "peer=::2"),
            ("page#10.0.0.1", "page#10.0.0.2"),
            ("sent data to 203.0.113.1.", "sent data to 203.0.113.2."),
            ("sent data to 203.100.113.101.", "sent data to 203.100.113.102."),
        ] {
            assert_ne!(masked_line(one), masked_line(other), "{one}");
        }
        for (one, other) in [
            (
                "at 09:02:17 from 00:1a:2b:3c:4d:5e",
                "at 10:12:18 from 01:1b:2c:3d:4e:5f",
            ),
            ("std::vec17", "std::vec18"),
            ("job 3405803785 http://web1/", "job 3405803786 http://web2/"),
        ] {
            assert_eq!(masked_line(one), masked_line(other), "{one}");
        }
    }

    #[test]
    fn the_letters_of_a_name_stay_whatever_digit_it_begins_with() {
        let lines = ["1harmless", "1rootkit", "7zip"].map(|name| masked_line(&format!("service {name} installed")));
        assert_eq!(
            lines,
            [
                "service #harmless installed",
                "service #rootkit installed",
                "service #zip installed"
            ]
        );
        assert_eq!(masked_line("took 17ms on veth0a1c3f"), "took #ms on veth#");
    }

    #[test]
    fn what_varies_between_lines_of_one_log_is_masked() {
        let line = masked_line("Jan 20 09:02:17 web01 kernel: [123.456] device veth0a1c3f entered promiscuous mode");
        assert_eq!(
            line,
            "Jan # #:#:# web# kernel: [#] device veth# entered promiscuous mode"
        );
        assert_ne!(masked_line("device eth0 up"), masked_line("device veth0 up"));
        assert_ne!(
            masked_line("from 203.0.113.6 port 1"),
            masked_line("from 203.0.113.7 port 2")
        );
    }
}
