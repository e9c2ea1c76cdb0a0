//! Words that may stand in a note: one line, no markup, nothing that acts.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::char::is_combining_mark;

/// More combining marks than this on one letter are dropped: they only cover the lines above and below.
const MARKS_PER_LETTER: usize = 2;

/// Returns the text as it may stand inside one line of a note.
///
/// IRIS puts a note into a `<pre>` as HTML, so what would be markup becomes a look-alike (`‹ › ″ ˋ ［ ］ ＆`), line ends and
/// controls become blanks, and what cannot be seen (zero width, bidi, tags, private use) is left out. Square brackets belong
/// to our own block markers and to defanged addresses. Idempotent; linear in the length of the text.
pub fn note_safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    // What is dropped must not stand between what belongs together: `&` and `lt;`.
    let mut chars = text.chars().filter(|c| !is_unseen(*c)).peekable();
    while let Some(c) = chars.next() {
        if is_combining_mark(c) {
            marks += 1;
            if marks > MARKS_PER_LETTER {
                continue;
            }
            out.push(c);
            continue;
        }
        marks = 0;
        match c {
            '<' => out.push('‹'),
            '>' => out.push('›'),
            '"' => out.push('″'),
            '`' => out.push('ˋ'),
            '[' => out.push('［'),
            ']' => out.push('］'),
            // `&reg add` would be read as a registered sign, `&#x202e;` as a direction override.
            '&' if chars
                .peek()
                .is_some_and(|next| next.is_ascii_alphanumeric() || *next == '#') =>
            {
                out.push('＆');
            }
            // The marks of template languages, which reports are made with.
            '{' | '%'
                if chars
                    .peek()
                    .is_some_and(|next| matches!((c, *next), ('{', '{' | '%') | ('%', '}'))) =>
            {
                out.push(c);
                out.push(' ');
            }
            c if c.is_whitespace() || c.is_control() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Returns whether a character has no shape of its own, or belongs to nobody: zero width, direction, tag, private use.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e000}'..='\u{f8ff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

/// Takes the teeth out of links and of public addresses: `http[:]//203[.]0[.]113[.]66`. For text that is [`note_safe`]; idempotent.
pub fn defang(text: &str) -> String {
    static LINK: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b([a-z][a-z0-9+.-]{0,15}):/{2}([^\s/?#]*)"));
    static HOST: LazyLock<Regex> =
        LazyLock::new(|| regex(&format!(r"(?i)(?-u:\b)(?:[a-z0-9_-]+\.)+(?:{PUBLIC_SUFFIXES})(?-u:\b)")));
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| regex(r"(?-u:\b)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?-u:\b)"));
    let text = LINK.replace_all(text, |found: &regex::Captures<'_>| {
        format!(
            "{}[:]//{}",
            &found[1],
            found[2].replace('.', "[.]").replace("[[.]]", "[.]")
        )
    });
    // Whatever stands before it: nothing that a viewer could take for a link is left.
    let text = text.replace("://", "[:]//");
    let text = HOST.replace_all(&text, |found: &regex::Captures<'_>| {
        let end = found.get(0).map_or(text.len(), |host| host.end());
        if is_product(&found[0]) || is_inside_a_name(&text[end..]) {
            return found[0].to_owned();
        }
        found[0].replace('.', "[.]")
    });
    let text = ADDRESS.replace_all(&text, |found: &regex::Captures<'_>| {
        match found[0].parse::<std::net::Ipv4Addr>() {
            Ok(address) if !is_internal(address) => found[0].replace('.', "[.]"),
            _ => found[0].to_owned(),
        }
    });
    // Our own bracket and the text behind it must not be a link of markdown: `[.](x)`.
    text.replace("](", "] (")
}

/// Returns whether a would-be domain is the name of a product: `ASP.NET`.
pub(crate) fn is_product(name: &str) -> bool {
    matches!(
        name,
        "ASP.NET" | "ADO.NET" | "VB.NET" | "ML.NET" | "Paint.NET" | "Json.NET" | "EF.NET"
    )
}

/// Returns whether what stands behind a would-be domain goes on with the name of a class: `System.Net` in `System.Net.WebClient`.
fn is_inside_a_name(after: &str) -> bool {
    after
        .strip_prefix('.')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Last labels that are taken for a domain name in running text. Those that are file endings too (`sh`, `pl`, `zip`) are not here.
pub(crate) const PUBLIC_SUFFIXES: &str = "com|net|org|info|biz|io|ai|co|dev|app|cloud|online|site|website|xyz|top|club|shop|store|live|icu|\
    link|click|page|space|tech|support|world|today|fun|bid|loan|buzz|cyou|sbs|cfd|monster|news|blog|wiki|rocks|ninja|solutions|\
    ru|cn|de|uk|fr|nl|eu|us|it|es|ch|at|be|dk|fi|se|pt|gr|cz|hu|ro|bg|sk|hr|lt|lv|ee|jp|kr|in|br|ir|il|ua|kz|tr|ae|pk|th|vn|sg|hk|tw|nz|\
    agency|digital|international|ventures|finance|racing|science|gdn|accountant|asia|mobi|ph|my|by|no|lu|\
    au|za|ng|mx|cl|ca|tk|ml|ga|cf|gq|su|cc|tv|me|ws|pw|ly|gl|gg|to|gd|onion|gov|edu|mil|int|example|test|invalid";

/// Returns whether an address belongs to no network that the world can reach.
pub(crate) fn is_internal(address: std::net::Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast()
        || (first == 100 && (64..128).contains(&second))
}

/// Cuts text to at most `max` characters, at a word's end where one is near, and says so with `…`.
pub fn clip(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut head: String = text.chars().take(max.saturating_sub(1)).collect();
    if let Some(blank) = head.rfind(' ').filter(|at| *at * 5 >= head.len() * 4) {
        head.truncate(blank);
    }
    head.truncate(head.trim_end().len());
    head.push('…');
    head
}

/// Compiles one of our own patterns.
pub(crate) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("our own patterns are tested")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_of_ours_makes_no_link_with_what_stands_behind_it() {
        let once = defang("https://evil.(x) and http:(y)");
        assert!(!once.contains("]("), "{once}");
        assert_eq!(defang(&once), once);
    }

    #[test]
    fn a_payload_becomes_one_line_without_markup() {
        let safe = note_safe("ok </pre><h3 a=\"b\">\r\nVerdict: `benign`\u{202e}\u{200b}[x](y) cmd&reg add {{7*7}}");
        assert_eq!(
            safe,
            "ok ‹/pre›‹h3 a=″b″› Verdict: ˋbenignˋ［x］(y) cmd＆reg add { {7*7}}"
        );
        assert_eq!(note_safe(&safe), safe);
    }

    #[test]
    fn what_the_world_can_reach_is_defanged_and_the_rest_is_left() {
        let text = "http://203.0.113.66/a 10.20.4.42 evil.example rundll32.exe j.doe 198.51.100.7:443";
        let expected =
            "http[:]//203[.]0[.]113[.]66/a 10.20.4.42 evil[.]example rundll32.exe j.doe 198[.]51[.]100[.]7:443";
        assert_eq!(defang(text), expected);
        assert_eq!(defang(expected), expected);
        assert_eq!(defang("System.Net.WebClient, ASP.NET"), "System.Net.WebClient, ASP.NET");
        assert_eq!(defang("c2.NET and evil.NET"), "c2[.]NET and evil[.]NET");
        assert_eq!(defang("cdn.ai and evil.com."), "cdn[.]ai and evil[.]com.");
        assert_eq!(
            defang("evil.com\u{345} 来自evil.com的 1.2.3.4\u{301}"),
            "evil[.]com\u{345} 来自evil[.]com的 1[.]2[.]3[.]4\u{301}"
        );
    }

    #[test]
    fn a_cut_is_short_enough_and_visible() {
        assert_eq!(clip("one two three four", 14), "one two three…");
        assert_eq!(clip("short", 14), "short");
        assert_eq!(clip("ääääääääää", 4).chars().count(), 4);
    }

    #[test]
    fn what_cannot_be_seen_hides_no_markup() {
        for text in [
            "&\u{200b}lt;b",
            "&\u{ad}#x202e;",
            "{\u{200b}{7*7}}",
            "{\u{2060}% x %\u{200b}}",
            "&\u{1bca0}lt;",
        ] {
            let once = note_safe(text);
            assert_eq!(note_safe(&once), once, "{text:?}");
            assert!(
                !["&lt;", "&#", "{{", "{%", "%}"].iter().any(|mark| once.contains(mark)),
                "{once}"
            );
        }
    }

    #[test]
    fn letters_buried_in_marks_are_dug_out() {
        assert_eq!(note_safe("b\u{300}\u{301}\u{302}\u{303}\u{304}x"), "b\u{300}\u{301}x");
    }
}
