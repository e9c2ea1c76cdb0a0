//! Secrets among the values of a statement that names its columns: `INSERT INTO t (user, password) VALUES ('bob', 'X')`.

use std::sync::LazyLock;

use super::keys::{self, Announces};
use super::spans::{self, Span};
use super::value::{self, Joint};
use crate::ascii::Pattern;

static INSERT: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(r"(?i)\b(?:insert|replace)\b[^();]{1,160}\(([^();]+)\)\s*values\s*\("));
/// Rows of one statement that are looked at.
const MOST_ROWS: usize = 256;
/// Bytes of one item that are looked at.
const LONGEST_ITEM: usize = 2 * value::LONGEST;

/// Finds them. Linear: each statement is read once.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    for statement in INSERT.captures_iter(text) {
        let (Some(whole), Some(columns)) = (statement.get(0), statement.get(1)) else {
            continue;
        };
        let announced: Vec<Option<Announces>> = columns
            .as_str()
            .split(',')
            .map(|column| keys::announces(column.trim().trim_matches(['"', '\'', '`', '[', ']', '\\'])))
            .collect();
        if announced.iter().any(Option::is_some) {
            rows(text, whole.end(), &announced, out);
        }
    }
}

fn rows(text: &str, start: usize, announced: &[Option<Announces>], out: &mut Vec<Span>) {
    let mut at = start;
    for _ in 0..MOST_ROWS {
        for (place, announces) in announced.iter().enumerate() {
            let end = at + item(&text[at..]);
            if let Some(announces) = announces {
                push(text, at, end, *announces, out);
            }
            at = end;
            let more = text[at..].starts_with(',');
            at += usize::from(more);
            if !more && place + 1 < announced.len() {
                break;
            }
        }
        // `), (`
        let Some(next) = text[at..].strip_prefix(')').map(str::trim_start) else {
            return;
        };
        let Some(next) = next
            .strip_prefix(',')
            .map(str::trim_start)
            .and_then(|next| next.strip_prefix('('))
        else {
            return;
        };
        at = text.len() - next.len();
    }
}

// How long the first item of a row is: to a comma or bracket outside of quotes and brackets.
fn item(text: &str) -> usize {
    let (mut quote, mut depth) = (None, 0_u32);
    for (at, c) in text.char_indices().take_while(|&(at, _)| at < LONGEST_ITEM) {
        if let Some(open) = quote {
            if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '\'' | '"' | '`' => quote = Some(c),
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ')' | ';' => return at,
            ',' if depth == 0 => return at,
            _ => {}
        }
    }
    spans::floor(text, LONGEST_ITEM)
}

// The text in quotes, of a call too: `MD5('X')`; else the bare item.
fn push(text: &str, start: usize, end: usize, announces: Announces, out: &mut Vec<Span>) {
    let item = &text[start..end];
    let trimmed = item.trim();
    let from = item.len() - item.trim_start().len();
    let inner = trimmed.find(['\'', '"']).and_then(|open| {
        let rest = &trimmed[open + 1..];
        let close = rest.rfind(trimmed.as_bytes()[open] as char)?;
        Some((from + open + 1, close))
    });
    let (from, length) = inner.unwrap_or((from, trimmed.len()));
    let secret = &item[from..from + length];
    let column = inner.is_none() && !secret.bytes().any(|b| b.is_ascii_digit());
    if !column && !secret.starts_with(['@', ':', '?']) && value::is_secret(secret, announces, Joint::Equals) {
        out.push(Span::new(start + from, start + from + length, announces.kind()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut spans = Vec::new();
        find(text, &mut spans);
        spans.iter().map(|span| &text[span.start..span.end]).collect()
    }

    #[test]
    fn the_value_under_the_column_of_a_secret_is_found() {
        for (text, secrets) in [
            (
                "INSERT INTO t (user,password) VALUES ('bob','Dingo88xY')",
                vec!["Dingo88xY"],
            ),
            (
                "replace into `t` (`pwd`, `n`) values ('a,(b', 5),\n('x\\'y', 6);",
                vec!["a,(b", "x\\'y"],
            ),
            (
                "INSERT INTO t (api_key, n) VALUES (MD5('Dingo88xY'), NOW())",
                vec!["Dingo88xY"],
            ),
            ("INSERT INTO [t] ([pin], [x]) VALUES (4711, 1)", vec!["4711"]),
            ("insert into t(id,passwd) values (1,", vec![]),
            ("INSERT INTO t (user,password) VALUES (@user,@password)", vec![]),
            ("INSERT INTO t (user,password) SELECT user, password FROM old", vec![]),
            (
                "INSERT INTO logs (user,action) VALUES ('bob','password changed')",
                vec![],
            ),
        ] {
            assert_eq!(found(text), secrets, "{text}");
        }
    }
}
