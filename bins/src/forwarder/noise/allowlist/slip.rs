//! What was probably meant by what stands in the place of a matcher.

use super::known::is_above_others;

/// All that there are.
pub(super) const MATCHERS: &str = "there are eq, in, glob, prefix, regex, cidr, gt, lt and exists";

/// Says that there is no such matcher, and what to write.
pub(super) fn instead_of(path: &str, name: &str, value: &toml::Value) -> String {
    let instead = if is_above_others(path) {
        // Without quotation marks TOML reads `rule.id = "1"` as a table `rule` with a key `id`.
        let mut whole = format!("{path}.{name}");
        let mut inner = value;
        while let toml::Value::Table(table) = inner
            && let Some((key, value)) = table.iter().next()
            && table.len() == 1
            && !NAMES.contains(&key.as_str())
        {
            whole = format!("{whole}.{key}");
            inner = value;
        }
        format!("a path stands in quotation marks: \"{whole}\" = …")
    } else {
        known(name).map_or_else(|| MATCHERS.to_owned(), |instead| format!("write {instead}"))
    };
    format!("`{path}`: there is no matcher `{name}`; {instead}")
}

/// Says that a key combines no conditions, and what to write, where it looks as if it did.
pub(super) fn instead_of_key(key: &str) -> Option<String> {
    let instead = match &*key.to_lowercase() {
        "all" | "and" => "all = [{ … }, { … }]",
        "any" | "or" => "any = [{ … }, { … }]",
        "not" => "not = { … }",
        "none" | "nor" => "not = { any = [{ … }, { … }] }",
        _ => return None,
    };
    Some(format!("there is no `{key}`; write {instead}"))
}

const NAMES: &[&str] = &[
    "eq",
    "in",
    "glob",
    "prefix",
    "regex",
    "cidr",
    "gt",
    "lt",
    "exists",
    "ignore_case",
];

/// Ours for a matcher of another language.
fn known(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().replace(['_', '-'], "").as_str() {
        "contains" | "includes" | "has" => r#"{ glob = "**x**" }"#,
        "startswith" | "beginswith" | "begins" | "starts" => r#"{ prefix = "x" }"#,
        "endswith" | "ends" | "suffix" => r#"{ glob = "**x" }"#,
        "like" | "wildcard" => r#"{ glob = "x*" }"#,
        "equals" | "equal" | "is" | "exact" => r#"{ eq = "x" }"#,
        "oneof" | "anyof" | "any" | "list" => r#"{ in = ["x", "y"] }"#,
        "re" | "regexp" | "match" | "matches" | "pcre2" | "osregex" => r#"{ regex = "x" }"#,
        "ip" | "net" | "network" | "subnet" => r#"{ cidr = "10.0.0.0/8" }"#,
        "gte" | "ge" | "min" => "{ gt = … } with the number before",
        "lte" | "le" | "max" => "{ lt = … } with the number after",
        "ne" | "neq" | "not" | "notin" | "nin" => r#"not = { "the path" = … }"#,
        "missing" | "absent" | "notexists" => "{ exists = false }",
        "ignorecase" | "caseinsensitive" | "nocase" => "ignore_case = true",
        _ => return None,
    })
}
