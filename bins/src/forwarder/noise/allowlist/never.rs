//! What never holds, whatever stands in the field.

use super::condition::{Condition, Said};
use super::fields::ANCHORS;
use super::matcher::Matcher;
use super::pattern::Pattern;

/// Why a condition never holds for any alert that a rule of this level may touch.
pub(super) fn holds(said: Said<'_>, max_level: u8) -> Option<String> {
    let Said {
        path,
        matcher,
        excluded,
    } = said;
    if let Matcher::Between(above, below) = matcher
        && above >= below
    {
        return Some(format!("no `{path}` is above {above} and below {below}"));
    }
    if excluded {
        return None;
    }
    let is_no_number = |pattern: &Pattern| pattern.written().parse::<f64>().is_err();
    if let Matcher::Exact(patterns) = matcher
        && path == "rule.level"
        && let Some(word) = patterns.iter().find(|pattern| is_no_number(pattern))
    {
        return Some(format!(
            "no `{path}` is `{}`: levels are numbers from 0 to 16",
            word.written()
        ));
    }
    let max = f64::from(max_level);
    let is_above = |pattern: &Pattern| pattern.written().parse().is_ok_and(|level: f64| level > max);
    let too_severe = match matcher {
        Matcher::Above(limit) | Matcher::Between(limit, _) => *limit >= max,
        Matcher::Exact(patterns) => patterns.iter().all(is_above),
        _ => false,
    };
    if path == "rule.level" && too_severe {
        return Some(format!(
            "no alert of such a `{path}` is touched, since max_level is {max_level}"
        ));
    }
    let is_empty =
        matches!(matcher, Matcher::Exact(patterns) if patterns.iter().all(|pattern| pattern.written().is_empty()));
    (is_empty && ANCHORS.contains(&path)).then(|| format!("`{path}` is never empty"))
}

/// Why two conditions on one field never hold together: `{ eq = 1, in = [2] }`.
pub(super) fn hold_together(condition: &Condition) -> Option<String> {
    let conditions = match condition {
        Condition::All(conditions) => conditions,
        Condition::Any(conditions) => return conditions.iter().find_map(hold_together),
        Condition::Not(inner) => return hold_together(inner),
        Condition::Field { .. } => return None,
    };
    let mut exact: Vec<(&str, &[Pattern])> = Vec::new();
    for condition in conditions {
        let Condition::Field {
            path,
            matcher: Matcher::Exact(patterns),
        } = condition
        else {
            continue;
        };
        let differ = |(earlier, others): &(&str, &[Pattern])| {
            let fits = |pattern: &Pattern| others.iter().any(|other| other.is_match(pattern.written()));
            *earlier == path.as_str() && !patterns.iter().any(fits)
        };
        // Of a list that Wazuh writes, one element may be the one and another the other.
        if !path.starts_with("rule.") && exact.iter().any(differ) {
            return Some(format!("no `{path}` is one of `eq` and one of `in`"));
        }
        exact.push((path, patterns));
    }
    conditions.iter().find_map(hold_together)
}
