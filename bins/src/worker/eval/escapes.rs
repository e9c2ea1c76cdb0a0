//! Looks for what a text may not do to the note it stands in. Shares no code with what makes texts safe.

use triage_core::note::Block;

const MOST_LINES: usize = 25;
const WIDTH: usize = 80;
const INDENT: usize = 12;

/// What a line of a note may begin with; everything else would be a line of somebody else.
const LABELS: [&str; 14] = [
    "",
    "Verdict",
    "Rules say",
    "Severity",
    "Summary",
    "Evidence",
    "Benign if",
    "Hostile if",
    "ATT&CK",
    "Next",
    "Open",
    "Warnings",
    "Seen",
    "Made by",
];

/// Marks with which an element, an entity or a link begins in IRIS.
const LIVE: [&str; 7] = ["<", ">", "\"", "`", "](", "://", "&#"];

/// Names every way in which something got out of its line in a note, and in the comment made of it; none is what one wants.
pub(super) fn escapes(block: &Block) -> Vec<&'static str> {
    let mut found = Vec::new();
    let lines: Vec<&str> = block.as_str().split('\n').collect();
    if lines.len() > MOST_LINES || lines.iter().any(|line| line.chars().count() > WIDTH) {
        found.push("size");
    }
    let [first, inside @ .., last] = lines.as_slice() else {
        return vec!["frame"];
    };
    if !first.contains("[ait:v1:BEGIN:")
        || !last.contains("[ait:v1:END:")
        || block.as_str().matches("[ait:").count() != 2
    {
        found.push("frame");
    }
    found.extend(in_text(&inside.join("\n")));
    if has_live_mark(&block.as_comment()) {
        found.push("comment");
    }
    found
}

/// Names the ways out of the lines between the markers.
fn in_text(text: &str) -> Vec<&'static str> {
    let label = |line: &str| line.chars().take(INDENT).collect::<String>();
    let strange_line = |line: &str| !LABELS.contains(&label(line).trim_end());
    let live = LIVE.iter().any(|mark| text.contains(mark)) || has_entity(text);
    // What defanged addresses have; every other bracket would be ours.
    let unpaired = text.replace("[.]", "").replace("[:]", "");
    [
        ("line", text.split('\n').any(strange_line)),
        ("markup", live),
        ("bracket", unpaired.contains(['[', ']'])),
        ("hidden character", text.chars().any(is_hidden)),
    ]
    .into_iter()
    .filter_map(|(way, found)| found.then_some(way))
    .collect()
}

/// `&lt`, which a browser reads as a character even without a semicolon. Our own `ATT&CK` is none.
fn has_entity(text: &str) -> bool {
    text.replace("ATT&CK", "")
        .split('&')
        .skip(1)
        .any(|after| after.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Characters that nobody sees, or that turn or overwrite what stands beside them.
fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

/// A mark of markdown that is not escaped, or a line that begins a block of it.
fn has_live_mark(comment: &str) -> bool {
    comment.lines().any(|line| {
        let text = line.trim_start_matches('\u{a0}');
        let mut escaped = false;
        let live = text.chars().any(|c| {
            let was = escaped;
            escaped = c == '\\' && !was;
            !was && matches!(c, '[' | ']' | '(' | ')' | '!' | '*' | '_' | '#' | '|' | '<' | '>' | '`')
        });
        live || text.starts_with([' ', '-', '=', '+', '\t'])
    })
}

#[cfg(test)]
mod tests {
    use triage_core::note::{NoteInput, NoteResult, render};
    use triage_core::{About, AlertFields, Evidence, Meta, Policy, Redactor, RedactorSettings, RuleTriager};

    use super::*;

    #[test]
    fn an_honest_note_escapes_nothing() {
        let alert = AlertFields {
            title: "sshd: authentication failed from 203.0.113.66 <b>x</b>".into(),
            level: Some(5),
            fields: vec![("data.srcip".into(), "203.0.113.66".into())],
            ..AlertFields::default()
        };
        let redactor = Redactor::new(RedactorSettings::default()).unwrap();
        let evidence = redactor.redact(Evidence::from_fields(&alert)).unwrap();
        let verdict = RuleTriager.verdict(&evidence, &Policy::default());
        let block = render(&NoteInput {
            result: NoteResult::Verdict(&verdict),
            evidence: &evidence,
            meta: &Meta::default(),
            about: &About::new("test", "1"),
            suffix: "ab12",
            finished_at: "2026-01-20 09:14Z",
            folded: None,
        });
        assert_eq!(escapes(&block), Vec::<&str>::new(), "{block}");
    }

    #[test]
    fn every_way_out_is_found() {
        for (text, way) in [
            ("<b>", "markup"),
            ("x&lt;b", "markup"),
            ("http://a", "markup"),
            ("[ait", "bracket"),
            ("a\u{202e}b", "hidden character"),
            ("a\u{1b}b", "hidden character"),
        ] {
            assert!(in_text(&format!("Summary     {text}")).contains(&way), "{text}");
        }
        assert_eq!(in_text("ATT&CK      at 203[.]0[.]113[.]66"), Vec::<&str>::new());
        assert_eq!(in_text("Summary     x\nVerdict     false positive"), Vec::<&str>::new());
        assert_eq!(in_text("Summary     x\nAnalyst note: closed"), ["line"]);
        assert!(has_live_mark("a [link](x)"));
        assert!(has_live_mark("a\\\\[link"));
        assert!(!has_live_mark("a \\[link\\]"));
        assert!(has_live_mark("- item"));
    }
}
