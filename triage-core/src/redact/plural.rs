//! What stands below a name for several secrets: `"tokens": ["…", "…"]`, `"secrets": {"a": "…"}`, in JSON and in a text.

use super::keys::{self, Announces};
use super::spans::{self, Span};
use super::value::{self, Joint};
use crate::text::is_listed;

/// How much of a list or an object in a text is looked at, in bytes.
const LONGEST: usize = 4096;
/// Signs between a name and what it holds.
const SIGNS: usize = 6;

/// Last words of keys whose value says something about a secret and is none.
const ABOUT: &str = "\
    name names user username login email mail account host hostname domain url uri endpoint server address ip port database region \
    namespace id ids type kind version path file role arn scope scopes issuer provider profile created updated expires expiration expiry \
    time date status state count source algorithm alg description label title engine model unit currency method severity category rule \
    commit repository author digest policy usage length members";

/// What each of several announces. `None`: nothing that must be hidden.
pub(super) fn announces(name: &str) -> Option<Announces> {
    let one = name.strip_suffix(['s', 'S'])?;
    let lower = one.to_ascii_lowercase();
    // `signatures` of a scanner, `sessions` of a table.
    if ["s", "signature", "session"].iter().any(|end| lower.ends_with(end)) {
        return None;
    }
    keys::announces(name).or_else(|| keys::announces(one))
}

/// Whether a key below such a name says what the secret is called, or whose it is.
pub(super) fn is_about(key: &str) -> bool {
    let word = |c: char| !c.is_alphanumeric();
    let last = key.rsplit(word).next().unwrap_or(key);
    // `clientId`
    let hump = last
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_uppercase())
        .filter(|&(at, _)| last[..at].ends_with(|c: char| c.is_lowercase()))
        .map_or(last, |(at, _)| &last[at..]);
    is_listed(ABOUT, &hump.to_ascii_lowercase()) || is_listed(ABOUT, &last.to_ascii_lowercase())
}

/// Whether a string below such a name is one of the secrets: no date, address or name of one.
pub(super) fn hides(announces: Announces, text: &str) -> bool {
    let text = text.trim();
    let digits = |from: usize, to: usize| {
        text.as_bytes()
            .get(from..to)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let is_date = digits(0, 4) && text[4..].starts_with('-') && digits(5, 7);
    let is_place = text.starts_with("arn:") || text.contains("://") || text.parse::<std::net::IpAddr>().is_ok();
    value::is_secret(text, announces, Joint::Equals)
        && !is_date
        && !is_place
        && !value::is_identifier(text)
        && !value::names_secret(text)
}

/// Finds the secrets of the list or object that stands behind a name in a text, and says where it ends. Linear.
pub(super) fn find(text: &str, start: usize, end: usize, out: &mut Vec<Span>) -> Option<usize> {
    let name = &text[start..end];
    if !name.ends_with(['s', 'S']) {
        return None;
    }
    let rest = &text.as_bytes()[end..];
    let signs = rest
        .iter()
        .take(SIGNS)
        .take_while(|b| matches!(b, b'"' | b'\'' | b'\\' | b' ' | b'\t'))
        .count();
    if !matches!(rest.get(signs), Some(b':' | b'=')) {
        return None;
    }
    let blanks = rest[signs + 1..]
        .iter()
        .take(SIGNS)
        .take_while(|b| b.is_ascii_whitespace())
        .count();
    let open = end + signs + 1 + blanks;
    if !text[open..].starts_with(['[', '{']) {
        return None;
    }
    let announces = announces(name)?;
    let last = spans::floor(text, open + LONGEST);
    let (mut at, mut depth, mut about) = (open, 0_usize, false);
    while at < last {
        let c = text[at..].chars().next()?;
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
                about &= c == ']';
            }
            '"' | '\'' | '\\' => {
                if let Some(quote) = value::opening_quote(&text[at..]) {
                    let inside = at + quote.len;
                    let close = value::closing_quote(&text[inside..], &quote);
                    // What was cut has no end.
                    let value_end = match close {
                        Some(close) => inside + close.start,
                        None => value::extent(text, at, Joint::Equals).map_or(last, |value| value.end),
                    };
                    let content = &text[inside..value_end.max(inside)];
                    at = close.map_or(last, |close| inside + close.end);
                    if text[at..].trim_start().starts_with(':') {
                        about = is_about(content);
                    } else if !about && hides(announces, content) {
                        let value_end = value::before_command(text, inside, value_end);
                        out.push(Span::new(inside, value_end, announces.kind()));
                    }
                    continue;
                }
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    Some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_announce_what_one_does() {
        for name in [
            "tokens",
            "secrets",
            "apiKeys",
            "api_keys",
            "ACCESS_TOKENS",
            "passwords",
            "creds",
        ] {
            assert!(announces(name).is_some(), "{name}");
        }
        for name in [
            "max_tokens",
            "keys",
            "pass",
            "bypass",
            "access",
            "status",
            "token",
            "monkeys",
        ] {
            assert_eq!(announces(name), None, "{name}");
        }
    }

    #[test]
    fn a_key_may_say_what_a_secret_is_called() {
        for key in [
            "name",
            "clientId",
            "user_name",
            "createdTime",
            "roleArn",
            "secretName",
            "IP",
        ] {
            assert!(is_about(key), "{key}");
        }
        for key in ["a", "prod", "valid", "value", "x1", "db"] {
            assert!(!is_about(key), "{key}");
        }
    }
}
