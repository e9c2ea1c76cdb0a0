//! Absolute URLs: where they stand in text, and each in one form.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

use crate::{address, domain, text};

/// Longest URL that is worth looking for elsewhere, in bytes. Of a longer one its host is still told.
pub(crate) const MAX_URL: usize = 2_000;

/// Schemes that lead to another machine, with the ports that go without saying. `hxxp` is how analysts disarm `http`.
const SCHEMES: [(&str, &str, u16); 16] = [
    ("http", "http", 80),
    ("https", "https", 443),
    ("hxxp", "http", 80),
    ("hxxps", "https", 443),
    ("ftp", "ftp", 21),
    ("ftps", "ftps", 990),
    ("sftp", "sftp", 22),
    ("tftp", "tftp", 69),
    ("ws", "ws", 80),
    ("wss", "wss", 443),
    ("smb", "smb", 445),
    ("ldap", "ldap", 389),
    ("ldaps", "ldaps", 636),
    ("rmi", "rmi", 1099),
    ("iiop", "iiop", 535),
    ("dns", "dns", 53),
];

/// An absolute URL in one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// Lower-case scheme and host, no port that goes without saying, escapes only where they are needed.
    pub(crate) text: String,
    /// Where it leads.
    pub(crate) host: Host,
}

/// The host of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// An address, however it was written.
    Ip(IpAddr),
    /// A name in the form of [`domain::public`].
    Name(String),
}

impl Url {
    /// Reads a URL; `None` if it leads nowhere, or to a name that is no domain of the internet.
    pub(crate) fn read(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        Self::of(scheme, rest).or_else(|| {
            // `http://evil.example;id`: what no host has ends the URL.
            let end = rest.find([',', ';', '&', '(', ')', '=', '*', '$', '\'', '/', '?', '#'])?;
            Self::of(scheme, &rest[..end])
        })
    }

    fn of(scheme: &str, rest: &str) -> Option<Self> {
        let (_, scheme, port_of_scheme) = SCHEMES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(scheme))?;
        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, place) = authority
            .rsplit_once('@')
            .map_or((None, authority), |(user, place)| (Some(user), place));
        let (name, port) = match place.strip_prefix('[') {
            Some(bracketed) => {
                let (ip, after) = bracketed.split_once(']')?;
                (ip, after.strip_prefix(':').unwrap_or(""))
            }
            None => place.split_once(':').unwrap_or((place, "")),
        };
        let port = if port.is_empty() {
            None
        } else {
            Some(port.parse::<u16>().ok()?)
        };
        let port = port.filter(|port| port != port_of_scheme);
        let host = Host::read(&decoded(name))?;

        let mut text = format!("{scheme}://");
        if let Some(user) = user {
            text.push_str(&user.replace('\'', "%27"));
            text.push('@');
        }
        match &host {
            Host::Ip(IpAddr::V6(ip)) => text.extend(["[", &ip.to_string(), "]"]),
            Host::Ip(ip) => text.push_str(&ip.to_string()),
            Host::Name(name) => text.push_str(name),
        }
        if let Some(port) = port {
            text.extend([":", &port.to_string()]);
        }
        if !tail.starts_with('/') {
            text.push('/');
        }
        // What is cut here is still longer than any URL that is told, however much of it was escaped.
        escaped_once(text::cut(tail, 4 * MAX_URL), &mut text);
        Some(Self { text, host })
    }
}

impl Host {
    fn read(name: &str) -> Option<Self> {
        if let Some((ip, None)) = address::parse(name) {
            return Some(Self::Ip(ip));
        }
        let number = name.strip_suffix('.').unwrap_or(name);
        if let Some(ip) = as_browsers_count(number) {
            return Some(Self::Ip(ip.into()));
        }
        domain::public(name).map(Self::Name)
    }
}

/// Reads the other ways to write an IPv4 address that browsers and `curl` follow: `3405803786`, `0xcb.0x0.0x71.0xa`, `0313.0.113.10`.
fn as_browsers_count(name: &str) -> Option<Ipv4Addr> {
    let part = |part: &str| {
        let (digits, radix) = match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
            Some(digits) => (digits, 16),
            None if part.len() > 1 && part.starts_with('0') => (part, 8),
            None => (part, 10),
        };
        let sound = !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        sound.then(|| u64::from_str_radix(digits, radix).ok()).flatten()
    };
    if name.len() > 50 {
        return None;
    }
    let parts: Vec<u64> = name.split('.').map(part).collect::<Option<_>>()?;
    let (last, firsts) = parts.split_last()?;
    if firsts.len() > 3 || firsts.iter().any(|part| *part > 255) {
        return None;
    }
    let room = 32 - 8 * u32::try_from(firsts.len()).ok()?;
    if *last >= 1 << room {
        return None;
    }
    let high = firsts
        .iter()
        .zip([24, 16, 8])
        .map(|(part, shift)| part << shift)
        .sum::<u64>();
    u32::try_from(high + last).ok().map(Ipv4Addr::from)
}

/// URLs that are looked for inside of one: each is a piece of the one around it, and may be as long.
const MAX_INSIDE: usize = 8;

/// Finds absolute URLs in text, those inside of others too: `https://a.example/?to=http://b.example`, `php://…=http://b.example`.
pub(crate) fn all(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let mut end = 0;
    let mut inside = 0;
    let (mut quoted, mut looked) = (false, 0);
    // Where nothing stands beside it, a URL is told as it is.
    let among_others = text.contains(char::is_whitespace) || text.contains("${");
    std::iter::from_fn(move || {
        loop {
            let at = from + text[from..].find("://")?;
            quoted = leaves_open(text, looked..at, quoted);
            looked = at;
            let scheme = text[from..at].bytes().rev().take_while(u8::is_ascii_alphabetic).count();
            from = at + 3;
            if at < end {
                inside += 1;
            } else {
                inside = 0;
                let length = end_of(&text[at..], quoted || text[..at - scheme].ends_with('\''));
                // In quotation marks of its own a shell takes it whole.
                let is_whole = text[..at - scheme].ends_with(['"', '\'']);
                let length = if among_others && !is_whole {
                    before_a_command(&text[at..at + length])
                } else {
                    length
                };
                end = at + length;
            }
            let url = &text[at - scheme..end];
            let scheme = &url[..scheme];
            if inside <= MAX_INSIDE && SCHEMES.iter().any(|(name, ..)| name.eq_ignore_ascii_case(scheme)) {
                return Some(url);
            }
        }
    })
}

/// Says whether an apostrophe is open behind a piece of a text, given whether one was before it. Behind a word (`users'`) none opens,
/// and inside of one (`it's`) none closes.
fn leaves_open(text: &str, piece: Range<usize>, mut open: bool) -> bool {
    for (at, _) in text[piece.clone()].match_indices('\'') {
        let at = piece.start + at;
        let before = text[..at].chars().next_back();
        let after = text[at + 1..].starts_with(char::is_alphanumeric);
        open = match before {
            // Escaped, unless a folder ends there: `'C:\x\'`.
            Some('\\') => open && after,
            Some(before) if open => before.is_alphanumeric() && after,
            before => before.is_none_or(may_open),
        };
    }
    open
}

/// Says whether an apostrophe behind this sign may open one: a blank, a bracket, an operator, or the end of another (`'it''s'`).
fn may_open(before: char) -> bool {
    before.is_whitespace() || "([{=,:+;&|\"'`$@<>!".contains(before)
}

/// Length of what starts with `://` and belongs to a URL, as people say where one ends. One that stands inside of apostrophes ends at the
/// next; in any other it is a letter like others where the URL goes on behind it, since what is cut there is another URL.
fn end_of(text: &str, quoted: bool) -> usize {
    let mut ends = text.match_indices(ends);
    let end = ends.find(|(at, end)| quoted || *end != "'" || !goes_on(&text[at + 1..]));
    let url = &text[..end.map_or(text.len(), |(at, _)| at)];
    let url = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
    let url = if url.contains('(') {
        url
    } else {
        url.trim_end_matches(')')
    };
    url.len().max(3)
}

/// What a shell, or `cmd`, is told to run behind a download.
const COMMANDS: [&str; 62] = [
    "ash",
    "base64",
    "bash",
    "bitsadmin",
    "busybox",
    "call",
    "cat",
    "cd",
    "certutil",
    "chmod",
    "chown",
    "cmd",
    "copy",
    "cp",
    "crontab",
    "curl",
    "dash",
    "del",
    "echo",
    "eval",
    "exec",
    "export",
    "gunzip",
    "gzip",
    "id",
    "iex",
    "kill",
    "killall",
    "ksh",
    "ls",
    "mkdir",
    "mshta",
    "msiexec",
    "mv",
    "nc",
    "ncat",
    "nohup",
    "perl",
    "php",
    "ping",
    "pkill",
    "powershell",
    "pwsh",
    "python",
    "python2",
    "python3",
    "regsvr32",
    "rm",
    "ruby",
    "rundll32",
    "schtasks",
    "sh",
    "sleep",
    "start",
    "sudo",
    "tar",
    "tftp",
    "touch",
    "uname",
    "wget",
    "whoami",
    "zsh",
];

/// Length of what a shell takes for a URL in one piece, up to where it runs a command or what is in `$(…)`. Only one that is known, that
/// lies in a folder for programs or that was just fetched is taken for one: a path may have any of these signs.
fn before_a_command(url: &str) -> usize {
    let mark = "://".len();
    // In the host `Url::read` finds where it ends, and nothing so long is told.
    let url_end = text::cut(url, mark + MAX_URL).len();
    let mut from = url[mark..].find(['/', '?', '#']).map_or(url_end, |at| mark + at);
    while let Some(at) = url.get(from..url_end).and_then(|rest| rest.find([';', '&', '$'])) {
        let at = from + at;
        let behind = if url[at..].starts_with('$') {
            url[at + 1..].strip_prefix('(')
        } else {
            Some(url[at..].trim_start_matches([';', '&']))
        };
        let Some(behind) = behind.filter(|_| at < url_end) else {
            from = at + 1;
            continue;
        };
        let head = text::cut(behind, LONGEST_COMMAND);
        let piece = &head[..head.find([';', '&']).unwrap_or(head.len())];
        if is_command(piece, &url[..at]) {
            return at;
        }
        from = url.len() - behind.len();
    }
    url.len()
}

/// The longest name of a command, or path of one, that is looked at, in bytes.
const LONGEST_COMMAND: usize = 64;

/// Whether a piece behind a URL is a command.
fn is_command(piece: &str, url: &str) -> bool {
    const FOLDERS: [&str; 6] = ["./", "/bin/", "/dev/", "/tmp/", "/usr/", "/var/"];
    let word = &piece[..piece.find(['+', '%', '$', ')', '<', '>']).unwrap_or(piece.len())];
    let lower = word.to_ascii_lowercase();
    let name = lower.strip_suffix(".exe").unwrap_or(&lower);
    let is_fetched = || !word.is_empty() && url.strip_suffix(word).is_some_and(|rest| rest.ends_with('/'));
    // A parameter has a value: `;id=5`.
    !piece.contains('=')
        && (COMMANDS.contains(&name) || is_fetched() || FOLDERS.iter().any(|folder| word.starts_with(folder)))
}

fn goes_on(after: &str) -> bool {
    // A comment of SQL, whose text the apostrophe ended.
    let is_comment = after.starts_with("--") || after.starts_with("/*");
    // With a dot other text is put behind, or what was quoted is called: `'.$_GET[c].'`, `'.Replace(`.
    !is_comment && after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '%' | '/' | '_' | '-' | '~'))
}

/// Finds the places that look-ups lead to, whatever they put before `://` and behind a loopback: `${jndi:${lower:l}dap://evil.example/a}`,
/// `ldap://127.0.0.1#evil.example/a`.
pub(crate) fn places(text: &str) -> impl Iterator<Item = Host> {
    text.match_indices("://").flat_map(|(at, mark)| {
        let text = &text[at + mark.len()..];
        let place = &text[..text.find(|c| ends(c) || matches!(c, '/' | '?')).unwrap_or(text.len())];
        let certain = place.split('#').filter_map(host);
        certain.chain(disputed(text))
    })
}

/// Finds the hosts of URLs of which programs do not agree: one takes what stands before an `@` for the name of a user, another ends the URL
/// before it, as in `http://a.example';x=@b.example`. Whoever wrote it may have meant either.
pub(crate) fn disputes(text: &str) -> impl Iterator<Item = Host> {
    text.match_indices("://")
        .filter(|(at, _)| {
            let before = &text.as_bytes()[..*at];
            let length = before
                .iter()
                .rev()
                .take_while(|byte| byte.is_ascii_alphabetic())
                .count();
            let scheme = &text[at - length..*at];
            SCHEMES.iter().any(|(name, ..)| name.eq_ignore_ascii_case(scheme))
        })
        .flat_map(|(at, mark)| disputed(&text[at + mark.len()..]))
}

/// The hosts in what stands behind one `://`: the one before a sign that may end it, and the one behind the last `@`.
fn disputed(text: &str) -> impl Iterator<Item = Host> {
    let authority = text.split(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#'));
    let ends = |c| ends(c) || matches!(c, ';' | ',' | '&');
    let both = authority.take(1).filter_map(move |authority| {
        let (before, after) = authority.rsplit_once('@')?;
        let after = &after[..after.find(ends).unwrap_or(after.len())];
        Some([&before[..before.find(ends)?], after])
    });
    both.flatten().filter_map(host)
}

fn host(place: &str) -> Option<Host> {
    Url::read(&format!("ldap://{place}")).map(|url| url.host)
}

/// Finds absolute URLs that were escaped to stand inside of something else, once or twice: `http%3A%2F%2F…`, `http%253A…`.
pub(crate) fn escaped(text: &str) -> Vec<String> {
    const MARKS: [&str; 4] = ["%3a%2f%2f", "%253a%252f%252f", "%3a//", ":%2f%2f"];
    let mut found = Vec::new();
    if !text.contains('%') {
        return found;
    }
    let bytes = text.as_bytes();
    let mut done = 0;
    let mut at = 0;
    while at < bytes.len() {
        let here = matches!(bytes[at], b'%' | b':') && MARKS.iter().any(|mark| starts(&bytes[at..], mark));
        if !here {
            at += 1;
            continue;
        }
        let scheme = bytes[done..at]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let end = text[at..]
            .match_indices(|c| ends(c) || c == '&')
            .find(|(length, end)| *end != "'" || !goes_on(&text[at + length + 1..]))
            .map_or(text.len(), |(length, _)| at + length);
        let once = decoded(&text[at - scheme..end]);
        let plain = if once.contains("://") {
            once
        } else {
            Cow::Owned(decoded(&once).into_owned())
        };
        found.extend(all(&plain).next().map(str::to_owned));
        done = end;
        at = end;
    }
    found
}

fn starts(bytes: &[u8], mark: &str) -> bool {
    bytes
        .get(..mark.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(mark.as_bytes()))
}

fn ends(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '{' | '}' | '|' | '\\' | '^')
}

/// Takes off one layer of `%XX`. What is no escape stays, and bytes that are no UTF-8 become U+FFFD.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if let Some(byte) = escape(rest) {
            bytes.push(byte);
            rest = &rest[3..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes a path and a query with escapes only where they are needed, in capital letters.
fn escaped_once(tail: &str, out: &mut String) {
    let mut rest = tail;
    while let Some(at) = rest.find(['%', '\'']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // Programs that show URLs to people take it for the end of one.
        if let Some(after) = rest.strip_prefix('\'') {
            out.push_str("%27");
            rest = after;
            continue;
        }
        let Some(byte) = escape(rest.as_bytes()) else {
            out.push('%');
            rest = &rest[1..];
            continue;
        };
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&rest[..3].to_ascii_uppercase());
        }
        rest = &rest[3..];
    }
    out.push_str(rest);
}

/// The byte that `%XX` at the start stands for.
fn escape(text: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match text {
        [b'%', high, low, ..] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

/// Arms again what was disarmed for people: `203[.]0[.]113[.]9`, `evil(dot)example`, `hxxp[:]//`.
pub(crate) fn armed(text: &str) -> Cow<'_, str> {
    const DISARMED: [(&str, &str); 12] = [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("{dot}", "."),
        ("[:]", ":"),
        ("(:)", ":"),
        ("[://]", "://"),
        ("[@]", "@"),
        ("[at]", "@"),
        ("(at)", "@"),
    ];
    let mut out = String::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find(['[', '(', '{']).map(|at| from + at) {
        let here = DISARMED.iter().find(|(form, _)| starts(&rest.as_bytes()[at..], form));
        let Some((form, plain)) = here else {
            from = at + 1;
            continue;
        };
        out.push_str(&rest[..at]);
        out.push_str(plain);
        rest = &rest[at + form.len()..];
        from = 0;
    }
    if out.is_empty() && rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
