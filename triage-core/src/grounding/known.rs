//! Everything that the evidence says, in the one spelling in which words are compared.

use std::net::Ipv6Addr;

use unicode_normalization::UnicodeNormalization;

use super::indicator;
use crate::{Evidence, safe::is_unseen};

/// The evidence as one text in the spelling of [`canon`], to look words up in.
pub(super) struct Known {
    text: String,
    /// Addresses that may be written in several ways.
    six: Vec<Ipv6Addr>,
}

impl Known {
    pub(super) fn new(evidence: &Evidence) -> Self {
        let mut text = canon(&evidence.title);
        let lists = evidence.groups.iter().chain(&evidence.mitre).chain(&evidence.rule_id);
        for word in lists {
            text.push('\n');
            text.push_str(&canon(word));
        }
        for fact in &evidence.facts {
            text.push('\n');
            text.push_str(&canon(&fact.path));
            text.push('\n');
            text.push_str(&canon(&fact.value));
        }
        let six = indicator::six(&text);
        Self { text, six }
    }

    /// Returns whether the words of a quotation occur, not beginning or ending inside a word. An ellipsis may stand for any text.
    pub(super) fn holds_quote(&self, quote: &str) -> bool {
        let quote = canon(quote).replace('…', "...");
        let pieces: Vec<&str> = quote
            .split("...")
            .map(str::trim)
            .filter(|piece| !piece.is_empty())
            .collect();
        let fits = |before: char, after: char| !before.is_alphanumeric() && !after.is_alphanumeric();
        // Each behind the one before, in one fact.
        let holds_all = |line: &str| {
            let mut rest = 0;
            pieces.iter().all(|piece| {
                let end = occurs_in(line, rest, piece, fits);
                rest = end.unwrap_or(rest);
                end.is_some()
            })
        };
        !pieces.is_empty() && self.text.lines().any(holds_all)
    }

    /// Returns whether an address, hash, name or path occurs as a whole: `10.20.4.4` is not in `10.20.4.42`.
    pub(super) fn holds_token(&self, token: &str) -> bool {
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        occurs_in(&self.text, 0, &canon(token), |before, after| {
            !inside(before) && before != '.' && !inside(after)
        })
        .is_some()
    }

    /// Returns whether an indicator occurs, as a whole and however it is written: addresses of version 6 in full or short.
    pub(super) fn holds_indicator(&self, indicator: &str) -> bool {
        if self.holds_token(indicator) {
            return true;
        }
        let Ok(six) = indicator.parse::<Ipv6Addr>() else {
            return false;
        };
        self.six.contains(&six)
            || six
                .to_ipv4_mapped()
                .is_some_and(|four| self.holds_token(&four.to_string()))
    }
}

/// Returns where a needle in canonical spelling ends that occurs behind a byte with fitting neighbours; a blank stands for either
/// end of the text.
fn occurs_in(text: &str, from: usize, needle: &str, fits: impl Fn(char, char) -> bool) -> Option<usize> {
    if needle.is_empty() {
        return None;
    }
    let word_before = needle.starts_with(char::is_alphanumeric);
    let word_after = needle.ends_with(char::is_alphanumeric);
    let mut found = text[from..].match_indices(needle).map(|(at, _)| from + at);
    let at = found.find(|at| {
        let rest = &text[at + needle.len()..];
        let before = text[..*at].chars().next_back().filter(|_| word_before).unwrap_or(' ');
        let mut after = rest.chars().filter(|_| word_after);
        let next = after.next().unwrap_or(' ');
        // A dot ends a sentence, or goes on as in `10.20.4.4.5`.
        let goes_on = next == '.' && after.next().is_some_and(char::is_alphanumeric);
        fits(before, if goes_on { 'x' } else { next })
    });
    at.map(|at| at + needle.len())
}

/// Hives of the registry and how they are called for short.
const HIVES: [(&str, &str); 4] = [
    ("hkey_local_machine", "hklm"),
    ("hkey_current_user", "hkcu"),
    ("hkey_classes_root", "hkcr"),
    ("hkey_users", "hku"),
];

/// Returns the spelling in which words are compared: NFKC, lower case, nothing unseen, no quotation marks, one slash or
/// blank for a run of them, look-alikes and defanged addresses turned back.
pub(super) fn canon(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().filter(|c| !is_unseen(*c)).flat_map(char::to_lowercase) {
        let c = match c {
            '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '‚' | '«' | '»' | '″' | 'ˋ' | '´' | '「' | '」' | '『'
            | '』' => continue,
            '‹' => '<',
            '›' => '>',
            '¦' => '|',
            '⏎' => ' ',
            '\\' | '/' => '/',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c if c.is_whitespace() || c.is_control() => ' ',
            c => c,
        };
        if matches!(c, ' ' | '/') && out.ends_with(c) {
            continue;
        }
        out.push(c);
    }
    let mut out = out.replace("[.]", ".").replace("[:]", ":").replace("hxxp", "http");
    if out.contains("hk") {
        for (long, short) in HIVES {
            out = out.replace(long, short);
        }
        out = out.replace("hklm:/", "hklm/").replace("hkcu:/", "hkcu/");
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fact, FactId, Origin};

    fn known(value: &str) -> Known {
        Known::new(&Evidence {
            facts: vec![Fact {
                id: FactId(1),
                path: "data.x".into(),
                value: value.into(),
                origin: Origin::Alert,
            }],
            ..Evidence::default()
        })
    }

    #[test]
    fn addresses_and_names_are_found_only_as_a_whole() {
        let known = known("from 10.20.4.42 to files.example.com, see 192.0.2.7.");
        assert!(known.holds_token("10.20.4.42"));
        assert!(!known.holds_token("10.20.4.4"));
        assert!(!known.holds_token("0.20.4.42"));
        assert!(known.holds_token("192.0.2.7"));
        assert!(known.holds_token("192[.]0[.]2[.]7"));
        assert!(!known.holds_token("192.0.2"));
        assert!(known.holds_token("files.example.com"));
        assert!(!known.holds_token("example.com"));
        assert!(!known.holds_token("files.example.co"));
    }

    #[test]
    fn spelling_does_not_matter_but_words_do() {
        let known = known(r#"CORP\\j.doe ran "C:\Windows\whoami.exe"  -w hidden"#);
        assert!(known.holds_quote(r"corp\j.doe"));
        assert!(known.holds_quote("C:/Windows/whoami.exe -W Hidden"));
        assert!(known.holds_quote("ran ... -w hidden"));
        assert!(known.holds_quote("corp … whoami.exe ... hidden"));
        assert!(!known.holds_quote("-w hidden ... ran"));
        assert!(!known.holds_quote("data.x ... ran"), "of two lines");
        assert!(known.holds_quote("-ｗ hid\u{200b}den"));
        assert!(!known.holds_quote("-w hid"));
        assert!(!known.holds_quote("..."));
        assert!(!known.holds_quote("net user"));
    }
}
