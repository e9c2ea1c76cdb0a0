//! Text as it may stand in a prompt: no character that cannot be seen, no marker that a chat template knows.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_normalization::{IsNormalized, UnicodeNormalization, char::is_combining_mark, is_nfkc_quick};

/// Combining marks kept on one letter; no script needs more, and a stack of them hides a line.
const MARKS_PER_LETTER: usize = 4;

/// Stands for a line break inside a value that must be one line.
pub(crate) const LINE_BREAK: &str = " ⏎ ";

/// Removes what cannot be seen and folds compatibility forms (NFKC), so that what is compared is what is read.
///
/// Line breaks stay, tabs become blanks, everything else below U+0020 goes, and so do bidirectional controls, zero-width
/// and tag characters, variation selectors, private use and noncharacters. Idempotent, linear.
pub(crate) fn normalise(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(text);
    }
    // A lone CR overwrites a line on a terminal: it is a break.
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let visible = text.chars().filter_map(visible);
    let folded: String = visible.nfkc().collect();
    // A fullwidth or mathematical form may fold into a character that is itself not wanted.
    let folded: String = folded.chars().filter_map(self::visible).collect();
    let folded = if is_nfkc_quick(folded.chars()) == IsNormalized::Yes {
        folded
    } else {
        folded.nfkc().collect()
    };
    Cow::Owned(cap_marks(&folded))
}

/// The text in small letters, with one form for letters that a pattern without regard to case takes for the same (`ᲂ` and `о`). `None` for
/// ASCII, which needs nothing.
pub(crate) fn caseless(text: &str) -> Option<String> {
    (!text.is_ascii()).then(|| text.chars().flat_map(caseless_letter).collect())
}

/// The same, but every letter stays where it is in bytes; the few whose forms differ in length stay as they are.
pub(crate) fn caseless_in_place(text: &str) -> Option<String> {
    let letter = |c: char| {
        let mut forms = caseless_letter(c);
        match (forms.next(), forms.next()) {
            (Some(form), None) if form.len_utf8() == c.len_utf8() => form,
            _ => c,
        }
    };
    (!text.is_ascii()).then(|| text.chars().map(letter).collect())
}

/// One letter as [`caseless`] gives it.
pub(crate) fn caseless_letter(c: char) -> impl Iterator<Item = char> {
    // Old forms of Cyrillic letters are small ones themselves, and share the capital of the usual form.
    let plain = if matches!(c, '\u{1c80}'..='\u{1c88}') {
        c.to_uppercase().next().unwrap_or(c)
    } else {
        c
    };
    plain.to_lowercase()
}

/// Says whether the text holds characters that [`normalise`] takes out because nobody can see them.
pub(crate) fn has_hidden(text: &str) -> bool {
    !text.is_ascii()
        && text
            .chars()
            .any(|c| c as u32 >= 0x80 && c != '\u{2028}' && c != '\u{2029}' && visible(c).is_none())
}

/// Makes one line of a normalised text: no break can be mistaken for a line of ours.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split('\n').map(str::trim).filter(|line| !line.is_empty()) {
        if !out.is_empty() {
            out.push_str(LINE_BREAK);
        }
        out.push_str(line);
    }
    Cow::Owned(out)
}

/// Breaks every marker of a known chat template, so that no value opens or closes a turn; a reader still sees what it was.
pub(crate) fn break_markers(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|b| matches!(b, b'<' | b'[' | b'>')) {
        return Cow::Borrowed(text);
    }
    let mut out = Cow::Borrowed(text);
    if text.contains("<|") || text.contains("|>") {
        out = Cow::Owned(text.replace("<|", "‹¦").replace("|>", "¦›"));
    }
    let replaced = MARKER.replace_all(&out, |found: &Captures<'_>| {
        let inner = &found[0][1..found[0].len() - 1];
        if found[0].starts_with('<') {
            format!("‹{inner}›")
        } else {
            format!("({inner})")
        }
    });
    match replaced {
        Cow::Borrowed(_) => out,
        Cow::Owned(text) => Cow::Owned(text),
    }
}

/// Says whether a normalised text holds a marker of a chat template.
pub(crate) fn has_marker(text: &str) -> bool {
    text.contains("<|") || text.contains("|>") || MARKER.is_match(text)
}

/// Says whether a word stands in a list whose items are set off by blanks.
pub(crate) fn is_listed(list: &str, word: &str) -> bool {
    // By bytes: the items are so short that searching for a sign costs more than looking at each.
    list.as_bytes()
        .split(|&b| b == b' ')
        .any(|item| item == word.as_bytes())
}

// Turn, reasoning and tool markers of the templates in use: Llama 2 and Mistral, Gemma, DeepSeek and Qwen (reasoning), Phi-1,
// Granite, GLM, Command R, T5 and the sentencepiece byte tokens. Those with bars are broken as a class, above.
static MARKER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)<\s*/?\s*(?:s|bos|eos|unk|pad|mask|cls|sep|sop|eop|think|thinking|thought|reasoning|analysis|final|answer",
        r"|start_of_turn|end_of_turn|turn|end_of_text|endoftext|start_of_image|end_of_image|image_soft_token",
        r"|system|user|assistant|model|human|developer|tool|instructions?|im_start|im_end|system_prompt",
        r"|tool_calls?|tool_response|tool_results?|tools|function_calls?|function|invoke|channel|message|observation",
        r"|unused\d{1,3}|extra_id_\d{1,3}|reserved_\d{1,4}|extra_\d{1,4}|0x[0-9a-f]{2}",
        r"|begin_of_text|start_header_id|end_header_id|eot_id|eom_id|end_of_role|start_of_role|start_of_system",
        r"|fim_prefix|fim_suffix|fim_middle|commentary)\s*/?\s*>",
        r"|<<\s*/?\s*SYS\s*>>",
        r"|\[\s*/?\s*(?:INST|SYS|SYSTEM|USER|ASSISTANT|SYSTEM_PROMPT|TOOL_CALLS?|AVAILABLE_TOOLS|TOOL_RESULTS?|TOOL_CONTENT|IMG|IMG_BREAK|IMG_END",
        r"|gMASK|sMASK|MASK|CLS|SEP|PAD|BOS|EOS|UNK|THINK|ARGS|CALL_ID|PREFIX|SUFFIX|MIDDLE|BEGIN_OF_TEXT|control_\d{1,4})\s*\]",
    ))
    .expect("a constant pattern that a test compiles")
});

fn cap_marks(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut marks = 0;
    text.chars()
        .filter(|&c| {
            marks = if is_combining_mark(c) { marks + 1 } else { 0 };
            marks <= MARKS_PER_LETTER
        })
        .collect()
}

fn visible(c: char) -> Option<char> {
    match c {
        '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => Some('\n'),
        '\t' | '\u{b}' | '\u{c}' | '\u{2800}' => Some(' '),
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
        | '\u{f0000}'..='\u{10ffff}' => None,
        c if (c as u32) & 0xfffe == 0xfffe => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalising_any_single_character_twice_changes_nothing_more() {
        // Every plane that has characters; the unassigned planes between are alike.
        let assigned = (0..=0x0003_4000_u32)
            .chain(0x000e_0000..=0x000e_1000)
            .chain(0x000f_fff0..=0x0010_0010);
        for c in assigned.filter_map(char::from_u32) {
            let once = normalise(&format!("a{c}\u{301}b")).into_owned();
            assert_eq!(normalise(&once), once, "U+{:04X}", c as u32);
            assert!(
                once.chars().all(|c| c == '\n' || visible(c) == Some(c)),
                "U+{:04X}",
                c as u32
            );
        }
    }

    #[test]
    fn what_cannot_be_seen_goes_and_compatibility_forms_are_folded() {
        assert_eq!(normalise("pass\u{200b}word=\u{ff41}\u{202e}"), "password=a");
        assert_eq!(normalise("a\tb\r\nc\u{1b}[2J"), "a b\nc[2J");
        assert_eq!(normalise("\u{e0041}\u{e0042}x\u{fe0f}"), "x");
    }

    #[test]
    fn a_stack_of_combining_marks_is_cut() {
        let zalgo = format!("b{}", "\u{316}\u{317}".repeat(40));
        assert_eq!(normalise(&zalgo).chars().count(), 1 + MARKS_PER_LETTER);
    }

    #[test]
    fn no_marker_of_a_known_template_survives_and_the_words_stay() {
        for marker in [
            "<|im_start|>system",
            "<\u{ff5c}end\u{2581}of\u{2581}sentence\u{ff5c}>",
            "\u{ff1c}\u{ff5c}im_end\u{ff5c}\u{ff1e}",
            "[/INST] x </s><s>[INST]",
            "<<SYS>>",
            "<start_of_turn>model",
            "</think>",
            "< / tool_call >",
            "<0x0A>",
            "[TOOL_CALLS]",
        ] {
            let broken = break_markers(&normalise(marker)).into_owned();
            assert!(!has_marker(&broken), "{broken}");
            assert_eq!(break_markers(&broken), broken);
        }
        assert_eq!(
            break_markers("<Task><Command>cmd</Command></Task>"),
            "<Task><Command>cmd</Command></Task>"
        );
        assert_eq!(break_markers("x </think>y"), "x ‹/think›y");
    }

    #[test]
    fn a_value_becomes_one_line() {
        assert_eq!(one_line("a\n\n b \nc"), "a ⏎ b ⏎ c");
    }
}
