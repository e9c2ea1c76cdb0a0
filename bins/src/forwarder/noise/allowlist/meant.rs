//! What was probably meant by a pattern that fits nothing, or hardly anything, in its field.

use ipnet::IpNet;

use super::condition::Said;
use super::fields::{self, ANCHORS};
use super::matcher::Matcher;
use super::pattern::Pattern;

/// What is wrong with a matcher for its field, and what to write.
pub(super) fn instead_of(said: Said<'_>) -> Option<String> {
    let Said {
        path,
        matcher,
        excluded,
    } = said;
    if let Matcher::Path { pattern, .. } | Matcher::Text { pattern, .. } = matcher
        && excluded
        && begins_an_address(path, pattern.written())
    {
        return Some(format!(
            "`{path}` may hold such an address in another form (`::ffff:10.0.0.1`); write {{ cidr = … }} in place of `{}`",
            pattern.written()
        ));
    }
    if let Matcher::Networks(networks) = matcher {
        let network = networks.iter().find(|network| network.trunc() != **network)?;
        return Some(format!(
            "`{network}` for `{path}` is the network `{}`; write that, or `{}` for the one address",
            network.trunc(),
            network.addr()
        ));
    }
    if let Matcher::Text { pattern, .. } = matcher
        && !excluded
        && let Some(instead) = with_two_stars(path, pattern)
    {
        return Some(format!(
            "one `*` goes over no slash or backslash, and texts in `{path}` may have some; write '{instead}'"
        ));
    }
    let (written, problem): (&str, String) = match matcher {
        Matcher::Exact(patterns) => patterns.iter().map(Pattern::written).find_map(|written| {
            let problem = of_any(path, written)
                .or_else(|| of_a_name(path, written))
                .or_else(|| of_a_name_without_folder(path, written))?;
            Some((written, problem))
        }),
        Matcher::Path { pattern, text, .. } => of_any(path, pattern.written())
            .or_else(|| of_a_glob(text))
            .or_else(|| of_a_name_without_folder(path, pattern.written()))
            .or_else(|| of_a_star_before_a_name(path, pattern))
            .map(|problem| (pattern.written(), problem)),
        Matcher::Text { pattern, .. } => of_any(path, pattern.written())
            .or_else(|| of_a_regex(path, pattern))
            .map(|problem| (pattern.written(), problem)),
        Matcher::Networks(_) | Matcher::Exists(_) | Matcher::Above(_) | Matcher::Below(_) | Matcher::Between(..) => {
            None
        }
    }?;
    Some(format!("hardly any `{path}` fits `{}`: {problem}", in_letters(written)))
}

/// A glob for texts that begins or ends in one star, with two there. One between words may well stand for one.
fn with_two_stars(path: &str, pattern: &Pattern) -> Option<String> {
    let written = pattern.written();
    let begins = written.starts_with('*') && !written.starts_with("**");
    let ends = written.len() > 1 && written.ends_with('*') && !written.ends_with("**");
    // What a rule is described as is a matter of its author.
    let is_meant = pattern.is_glob() && fields::is_prose(path) && !path.starts_with("rule.");
    let star = |is_needed| if is_needed { "*" } else { "" };
    (is_meant && (begins || ends)).then(|| [star(begins), written, star(ends)].concat())
}

/// A text with the letters that its author wrote where TOML read escapes: `C:\temp` within double quotes has a tab in it.
fn in_letters(written: &str) -> String {
    let mut letters = String::new();
    for c in written.chars() {
        match c {
            '\t' => letters.push_str(r"\t"),
            '\n' => letters.push_str(r"\n"),
            '\r' => letters.push_str(r"\r"),
            '\u{8}' => letters.push_str(r"\b"),
            '\u{c}' => letters.push_str(r"\f"),
            '\u{1b}' => letters.push_str(r"\e"),
            other => letters.push(other),
        }
    }
    letters
}

/// Whether a pattern for an address is the beginning of one: `10.`, `192.168.*.*`, `^10\.1\..*`.
fn begins_an_address(path: &str, written: &str) -> bool {
    let begins_v4 = |text: &str| text.ends_with('.') && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let begins_v6 = |text: &str| text.ends_with(':') && text.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
    let written = written.trim_start_matches('^').replace(r"\.", ".");
    let text = written.split(|c| r"*?[(\".contains(c)).next().unwrap_or_default();
    fields::is_address(path) && (begins_v4(text) || begins_v6(text))
}

/// Whether TOML may have read escapes where a path of Windows was meant. In a regular expression over several lines they are meant.
fn has_escapes(written: &str) -> bool {
    let is_flag = |c: &char| c.is_ascii_alphabetic() || *c == '-';
    let over_lines = |flags: &str| flags.chars().take_while(is_flag).any(|flag| flag == 'x');
    written.contains(['\t', '\n', '\r', '\u{8}', '\u{c}', '\u{1b}']) && !written.split("(?").skip(1).any(over_lines)
}

fn of_any(path: &str, written: &str) -> Option<String> {
    if !fields::is_prose(path) && !fields::has_lines(path) && has_escapes(written) {
        return Some(format!(
            "a tab, a line break or the like stands in it; write paths of Windows in single quotes: '{}'",
            in_letters(written)
        ));
    }
    let mut parts = written.split('%').skip(1).take(1);
    let names = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "()_".contains(c));
    if fields::is_path_of_windows(path) && written.starts_with('%') && parts.any(names) {
        return Some("the folder itself stands there, not the variable; write it out".to_owned());
    }
    let sentence = path == "data.win.system.message" && written.starts_with(char::is_alphanumeric);
    sentence.then(|| "such messages stand in quotation marks; begin it with `**` (or `.*`), and end it so".to_owned())
}

fn of_a_name(path: &str, written: &str) -> Option<String> {
    let is_file = fields::is_file(path);
    if is_file && written.trim_start_matches('\\').contains(r"\\") {
        let single = written.replace(r"\\", r"\");
        return Some(format!("one backslash stands between names; write '{single}'"));
    }
    if fields::is_file_of_windows(path) && written.contains('/') {
        return Some(format!(
            "Windows writes backslashes there; write '{}'",
            written.replace('/', r"\")
        ));
    }
    if (is_file || ANCHORS.contains(&path)) && written.contains('*') {
        return Some("a `*` stands for itself there; write a `glob`".to_owned());
    }
    if path == "agent.id" && written.len() < 3 && written.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("numbers of agents have three digits; write \"{written:0>3}\""));
    }
    if path == "rule.groups" && written.contains(',') {
        return Some("groups are compared one by one; write one, or { in = [\"x\", \"y\"] }".to_owned());
    }
    let is_network = written.contains('/') && written.parse::<IpNet>().is_ok();
    is_network.then(|| "one address stands there; write { cidr = … }".to_owned())
}

/// Whether the name of a program stands alone where Windows writes its path: `svchost.exe`. `System` has none.
fn of_a_name_without_folder(path: &str, written: &str) -> Option<String> {
    let stands_alone = written.contains('.') && !written.contains(['\\', '/']) && !written.contains("**");
    (fields::is_file_of_windows(path) && stands_alone)
        .then(|| format!("the whole path stands there; write {{ glob = '**\\{written}' }}"))
}

/// Whether a glob begins with a star that goes over no folder, where a whole path stands: `*\x.exe`, `*.php`.
fn of_a_star_before_a_name(path: &str, pattern: &Pattern) -> Option<String> {
    let name = pattern.written().strip_prefix('*').filter(|_| pattern.is_glob())?;
    let has_folder = name.trim_start_matches(['\\', '/']).contains(['\\', '/']);
    let begins = name.starts_with(['\\', '/']) || (name.contains('.') && !has_folder);
    (fields::is_absolute(path) && begins && !name.starts_with('*'))
        .then(|| format!("the whole path stands there, and one `*` goes over no folder; write '**{name}'"))
}

fn of_a_glob(written: &str) -> Option<String> {
    let within = |open: char, close: char| {
        let (_, after) = written.split_once(open)?;
        after.split_once(close).map(|(within, _)| within)
    };
    if within('{', '}').is_some_and(|within| within.contains(',')) {
        return Some("braces stand for themselves; write any = [{ … }, { … }]".to_owned());
    }
    let is_range =
        |within: &str| matches!(within.as_bytes(), [from, b'-', to, ..] if from.is_ascii_alphanumeric() && to > from);
    within('[', ']')
        .is_some_and(is_range)
        .then(|| "brackets stand for themselves; write a `regex`".to_owned())
}

fn of_a_regex(path: &str, pattern: &Pattern) -> Option<String> {
    let written = pattern.written();
    let single = |(at, drive): (usize, &str)| {
        let after = &written[at + drive.len()..];
        after.starts_with(char::is_alphanumeric)
    };
    if fields::is_path_of_windows(path) && written.match_indices(r":\").any(single) {
        return Some(format!(
            "a backslash in a `regex` is written twice: '{}'",
            written.replace(r"\\", r"\").replace('\\', r"\\")
        ));
    }
    (!ANCHORS.contains(&path) && pattern.is_itself_only())
        .then(|| "a `regex` fits the whole value; write `.*` where something may stand before or behind".to_owned())
}
