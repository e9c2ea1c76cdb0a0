//! How products rate what they found. Their own words for it are those of a verdict, and stand in alerts all day.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::ascii;

/// A text without the ratings in it: `"severity":`, a line `Severity: …`, `risk factor: low`. `None` where there is none, or where names
/// of ratings stand together as they do in an answer.
pub(super) fn without(text: &str) -> Option<String> {
    let names: BTreeSet<String> = NAMES
        .captures_iter(text)
        .filter_map(|found| found.get(1).or_else(|| found.get(2)))
        .map(|name| name.as_str().to_ascii_lowercase())
        .collect();
    if names.len() > 1 {
        return None;
    }
    let rest = VALUES.replace_all(text, " ");
    let rest = NAMES.replace_all(&rest, "\n");
    (rest != text).then(|| rest.into_owned())
}

// The key of an object, however often it is escaped, or the beginning of a line.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    ascii::compile(
        r#"(?i)[\\"'“]{1,4}(severity|confidence|disposition)[\\"'”]{1,4}\s*:|(?:^|\n)\s*(severity|confidence)\s*:"#,
    )
});

static VALUES: LazyLock<Regex> = LazyLock::new(|| {
    ascii::compile(
        r#"(?i)\b(?:severity|confidence|outcome|results?|rating|risk)(?:[ _-]?(?:factor|level|score|rating))?[\\"'”]{0,4}\s*[:=]\s*[\\"'“(]{0,4}(?:low|clean|informational|safe)\b"#,
    )
});
