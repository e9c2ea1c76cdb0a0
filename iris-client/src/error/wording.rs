//! Words of an error: what IRIS says may hold SQL, values of an alert, even our key.

use std::{borrow::Cow, collections::BTreeMap};

use super::vocabulary;

const LONGEST: usize = 200;
const UNKNOWN: &str = "…";

/// Makes a message of IRIS safe to log: the words that IRIS itself uses stay, and everything else, which may be a word of an
/// alert, of SQL or of somebody's password, becomes an ellipsis.
pub(crate) fn clean(message: &str, secret: &str) -> String {
    let message = &*without(message, secret);
    if let Some(class) = database_error(message) {
        return format!("database error {class}");
    }
    let line = message.lines().next().unwrap_or_default();
    let line = line.split("[SQL").next().unwrap_or_default();
    let mut out = String::new();
    let mut pieces = line.split_whitespace();
    while let Some(piece) = pieces.next() {
        let piece = match opened(piece) {
            None => vetted(piece),
            // Several words in quotes are a value, whatever words they are.
            Some(quote) => {
                let _ = pieces.find(|piece| piece.trim_end_matches(is_end).ends_with(quote));
                format!("{quote}{UNKNOWN}{quote}")
            }
        };
        // One ellipsis for a whole run of unknown words.
        if piece == UNKNOWN && out.ends_with(UNKNOWN) {
            continue;
        }
        if out.chars().count() + piece.chars().count() >= LONGEST {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&piece);
    }
    out
}

/// The name of a field in a complaint: a path of names and places.
pub(crate) fn clean_field(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('.')
        .map(|part| {
            if is_place(part) || is_field(part) {
                part
            } else {
                UNKNOWN
            }
        })
        .collect();
    parts.join(".")
}

/// The quote that opens here and does not close.
fn opened(piece: &str) -> Option<char> {
    let piece = piece.trim_start_matches(['(', '[', '{', '=']);
    let quote = piece.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inside = piece[1..].trim_end_matches(is_end);
    (!inside.ends_with(quote)).then_some(quote)
}

/// What may stand behind a quote that closes.
fn is_end(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | ')' | ']' | '}')
}

/// A word with its punctuation, or an ellipsis where the word is not one of IRIS's.
fn vetted(piece: &str) -> String {
    let is_mark = |c: char| c.is_ascii_punctuation() && c != '_' && c != '…';
    let word = piece.trim_matches(is_mark);
    if word.is_empty() {
        // A mark alone says nothing, unless it is all of a text.
        return if piece.len() <= 2 {
            piece.to_owned()
        } else {
            UNKNOWN.to_owned()
        };
    }
    let known = word
        .split(['-', '/', '(', ')', '.', '\''])
        .all(|part| part.is_empty() || vocabulary::knows(part) || is_field(part));
    if !known {
        let (before, after) = piece.split_once(word).unwrap_or_default();
        let quotes = ['\'', '"'];
        let open = before
            .chars()
            .find(|c| quotes.contains(c))
            .map(String::from)
            .unwrap_or_default();
        let close = after
            .chars()
            .find(|c| quotes.contains(c))
            .map(String::from)
            .unwrap_or_default();
        return match (open.is_empty(), close.is_empty()) {
            (false, false) => format!("{open}{UNKNOWN}{close}"),
            _ => UNKNOWN.to_owned(),
        };
    }
    piece.to_owned()
}

/// A place in a list.
fn is_place(part: &str) -> bool {
    part.len() <= 4 && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
}

/// A name as the columns and relations of IRIS have them.
fn is_field(part: &str) -> bool {
    const PREFIXES: [&str; 12] = [
        "alert_",
        "ioc_",
        "asset_",
        "case_",
        "comment_",
        "customer_",
        "client_",
        "user_",
        "tlp_",
        "severity_",
        "status_",
        "resolution_",
    ];
    const WHOLE: [&str; 20] = [
        "_schema",
        "severity",
        "status",
        "customer",
        "classification",
        "owner",
        "iocs",
        "assets",
        "resolution_status",
        "cases",
        "comments",
        "modification_history",
        "custom_attributes",
        "target_case_id",
        "iocs_import_list",
        "assets_import_list",
        "note",
        "import_as_event",
        "custom_conditions",
        "case_template_title_prefix",
    ];
    let plain = part.len() <= 40 && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    plain && (WHOLE.contains(&part) || PREFIXES.iter().any(|prefix| part.starts_with(prefix)))
}

/// The text with our key blanked, should a server repeat it.
pub(crate) fn without<'a>(text: &'a str, secret: &str) -> Cow<'a, str> {
    if secret.is_empty() || !text.contains(secret) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(secret, "…"))
}

/// Name of the database error class in a message of `SQLAlchemy`: `(psycopg2.errors.UniqueViolation) …`.
pub(crate) fn database_error(message: &str) -> Option<&str> {
    let rest = message.trim_start().strip_prefix('(')?;
    let (path, _) = rest.split_once(')')?;
    let class = path
        .strip_prefix("psycopg2.errors.")
        .or_else(|| path.strip_prefix("psycopg2."))
        .or_else(|| path.strip_prefix("psycopg.errors."))
        .or_else(|| path.strip_prefix("sqlalchemy.exc."))
        .or_else(|| path.strip_prefix("builtins."))?;
    let plain = class.starts_with(|c: char| c.is_ascii_uppercase()) && class.bytes().all(|b| b.is_ascii_alphabetic());
    (plain && class.len() <= 60).then_some(class)
}

pub(crate) fn fields_or(fields: &BTreeMap<String, Vec<String>>, message: &str) -> String {
    if fields.is_empty() {
        return message.to_owned();
    }
    let texts: Vec<_> = fields
        .iter()
        .map(|(field, complaints)| format!("{field}: {}", complaints.join(" ")))
        .collect();
    texts.join("; ")
}

pub(crate) fn nearest_hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

pub(crate) fn fingerprint_hint(fingerprint: Option<&str>) -> String {
    fingerprint.map_or_else(String::new, |hex| {
        format!("; if it is the right one, set its SHA-256 fingerprint {hex} or the CA that signed it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_and_values_never_pass() {
        let sql = "(psycopg2.errors.DataError) value too long \"root:hunter2\"\n[SQL: INSERT INTO alerts]\n[parameters: {'a': 'b'}]";
        assert_eq!(clean(sql, "key"), "database error DataError");
        assert_eq!(
            clean("cannot parse 'Failed password for root' here", "key"),
            "cannot parse '…' here"
        );
        assert_eq!(clean("it's hunter2", "key"), "…");
        assert_eq!(clean("no such key: sesame\nsecond line", "sesame"), "no such key: …");
        assert_eq!(clean("(psycopg2.sesame) x", "key"), "…");
        assert_eq!(
            clean("Failed password for root from 203.0.113.9 port 22", "key"),
            "Failed … for … from … port …"
        );
        assert_eq!(clean("INSERT INTO alerts VALUES hunter2", "key"), "… alerts …");
    }

    #[test]
    fn the_words_of_iris_pass() {
        for said in [
            "'list' object has no attribute 'split'",
            "User not entitled to create alerts for the client",
            "Missing data for required field.",
            "Invalid IOC type ID",
            "string indices must be integers",
            "local variable 'case_template_title_prefix' referenced before assignment",
            "You are not allowed to delete this comment",
            "Field 'alert_nope' not found in Alert model",
            "A string literal cannot contain NUL (0x00) characters.",
        ] {
            assert_eq!(clean(said, "key"), said);
        }
        assert_eq!(
            clean("invalid literal for int() with base 10: 'hunter2'", "key"),
            "invalid literal for int() with base 10: '…'"
        );
        assert_eq!(clean_field("0.ioc_value"), "0.ioc_value");
        assert_eq!(clean_field("hunter.0"), "….0");
    }

    #[test]
    fn a_text_in_brackets_is_not_a_database_error() {
        assert_eq!(database_error("(see above) nothing"), None);
        assert_eq!(database_error("(root.Hunter) nothing"), None);
        assert_eq!(
            database_error("(sqlalchemy.exc.OperationalError) x"),
            Some("OperationalError")
        );
    }
}
