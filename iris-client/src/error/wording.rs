//! Words of an error: what IRIS says may hold SQL, values of an alert, even our key.

use std::{borrow::Cow, collections::BTreeMap};

const LONGEST: usize = 200;

/// Makes a message of IRIS safe to log: first line only, no SQL, no quoted values except short names.
pub(crate) fn clean(message: &str, secret: &str) -> String {
    let message = &*without(message, secret);
    if let Some(class) = database_error(message) {
        return format!("database error {class}");
    }
    let line = message.lines().next().unwrap_or_default();
    let line = line.split("[SQL").next().unwrap_or_default();
    let plain = blank_quotes(line);
    let text: String = plain.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    text.trim().to_owned()
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
    let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
    let class = path.rsplit('.').next()?;
    (plain && path.contains('.') && !class.is_empty()).then_some(class)
}

/// Replaces quoted text by an ellipsis unless it looks like the name of a field or a type.
fn blank_quotes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = rest.as_bytes()[start] as char;
        let (before, quoted) = rest.split_at(start);
        out.push_str(before);
        let inside = &quoted[1..];
        let Some(end) = inside.find(quote) else {
            // A quote that nothing closes, or an apostrophe: what follows cannot be told from a value.
            out.push('…');
            return out;
        };
        let word = &inside[..end];
        out.push(quote);
        out.push_str(if is_name(word) { word } else { "…" });
        out.push(quote);
        rest = &inside[end + 1..];
    }
    out.push_str(rest);
    out
}

fn is_name(word: &str) -> bool {
    word.len() <= 40
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '_' || c == '.' || c == '-')
        || matches!(word, "NoneType" | "Alert" | "OrderedDict")
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
        assert_eq!(clean("it's hunter2", "key"), "it…");
        assert_eq!(clean("no such key: sesame\nsecond line", "sesame"), "no such key: …");
        let cut = format!("{}sesame", "x".repeat(LONGEST - 3));
        assert!(
            !clean(&cut, "sesame").contains("ses"),
            "not even the half that is left of it"
        );
        assert_eq!(clean("(psycopg2.sesame) x", "sesame"), "(psycopg2.…) x");
        assert_eq!(
            clean("'list' object has no attribute 'split'", "key"),
            "'list' object has no attribute 'split'"
        );
    }

    #[test]
    fn a_text_in_brackets_is_not_a_database_error() {
        assert_eq!(database_error("(see above) nothing"), None);
        assert_eq!(
            database_error("(sqlalchemy.exc.OperationalError) x"),
            Some("OperationalError")
        );
    }
}
