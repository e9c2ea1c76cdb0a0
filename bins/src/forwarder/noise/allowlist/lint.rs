//! What somebody should look at in a rule that can be used: it hides nothing, or not what was meant.

use jiff::civil::Date;

use super::matcher::Matcher;
use super::reading::Readings;
use super::values::Values;
use super::{Rule, fields, known, meant, never, path, pattern};

/// How long before its expiry a rule is warned of.
const WARN_DAYS: i32 = 14;

impl Rule {
    /// What somebody should look at, on this day.
    pub(super) fn warnings(&self, today: Date) -> Vec<String> {
        let Self {
            id,
            owner,
            expires,
            max_level,
            ..
        } = self;
        let mut warnings = Vec::new();
        let days = today.until(*expires).map_or(i32::MAX, |span| span.get_days());
        if days < 0 {
            warnings.push(format!(
                "allowlist rule `{id}` of {owner} has expired on {expires} and is inactive; renew or delete it"
            ));
        } else if days <= WARN_DAYS {
            warnings.push(format!(
                "allowlist rule `{id}` of {owner} expires on {expires}, in {days} days"
            ));
        }
        let said = self.condition.says();
        if !self.condition.is_narrow()
            && let Some((path, value)) = said
                .iter()
                .find_map(|said| Some((said.path, said.matcher.lets_pass_common(said.path)?)))
        {
            warnings.push(format!(
                "allowlist rule `{id}` rests on `{path}`, and `{value}` stands there in most alerts; add rule.id, agent.id or agent.name"
            ));
        }
        if self.condition.is_wide() {
            warnings.push(format!(
                "allowlist rule `{id}`: its `any` may let most pass, all of it together; narrow its parts"
            ));
        }
        if let Some(fields) = self.condition.excluded_together() {
            warnings.push(format!(
                "allowlist rule `{id}`: its `not` excludes only what holds on all of {} at once; write not = {{ any = [{{ … }}, {{ … }}] }} \
                 where each is to exclude, or {{ all = [{{ … }}, {{ … }}] }} where this is meant",
                fields.join(", ")
            ));
        }
        for said in said {
            let path = said.path;
            let problem = never::holds(said, *max_level)
                .or_else(|| never_fits(path, said.matcher))
                .or_else(|| meant::instead_of(said));
            warnings.extend(problem.map(|problem| format!("allowlist rule `{id}`: {problem}")));
            if let Some(near) = known::nearest(path) {
                warnings.push(format!(
                    "allowlist rule `{id}`: no stock decoder fills `{path}`; did you mean `{near}`?"
                ));
            }
        }
        if let Some(problem) = never::hold_together(&self.condition) {
            warnings.push(format!("allowlist rule `{id}`: {problem}"));
        }
        warnings
    }
}

/// Why no value fits, or hardly any, and what to write.
fn never_fits(path: &str, matcher: &Matcher) -> Option<String> {
    match matcher {
        Matcher::Path { text, .. } => never_leads_to(text)
            .filter(|_| !matcher.holds(&Values::of(&text.replace(['*', '?'], "x")), Readings::All))
            .or_else(|| {
                let slashes = fields::is_path_of_windows(path) && text.contains('/');
                slashes.then(|| format!("Windows writes backslashes there; write `{}`", text.replace('/', r"\")))
            })
            .map(|instead| format!("no `{path}` ever fits `{text}`: {instead}")),
        Matcher::Text { pattern, .. } if pattern::always_leads_up(pattern) => Some(format!(
            "what has a `..` in it fits a pattern for `{path}` only where what that leads to fits too; name the whole value with `eq`, \
             or let the pattern fit both"
        )),
        Matcher::Text { pattern, .. } if fields::has_lines(path) && pattern::ends_with_the_line(pattern) => {
            Some(format!(
                "`{path}` mostly has several lines, and `.` fits no line break; begin the `regex` with (?s), or write a `glob` with `**`"
            ))
        }
        _ => None,
    }
}

fn never_leads_to(text: &str) -> Option<String> {
    if path::is_ambiguous(text) || path::without_tail(text).is_some() {
        return Some(
            "a name in it ends in a blank or a dot, or a `..` stands behind an argument; write a `regex`, or name the whole value with `eq`"
                .to_owned(),
        );
    }
    if path::may_be_text(text) {
        return None;
    }
    let resolved = path::resolved(text);
    (resolved != text).then(|| format!("such a path is compared as `{resolved}`; write that"))
}
