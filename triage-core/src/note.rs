//! The note that analysts read: plain text for IRIS's `<pre>`, at most 25 lines of 80 columns, between two markers of ours.
//!
//! Only this module begins lines, and only it writes square brackets, so nothing that an attacker or a model writes can close the
//! block or forge a line of it.

mod reading;

use std::{ops::Range, sync::LazyLock, time::Duration};

use regex::Regex;

use crate::{
    About, Cited, Disposition, Evidence, GivenBy, Meta, Redacted, Verdict, Warning,
    safe::{clip, defang, note_safe, regex},
};

const WIDTH: usize = 80;
const MAX_LINES: usize = 25;
/// Where the text of a line begins, after its label.
const INDENT: usize = 12;

pub use reading::{Reading, Source, read};

/// Everything that a note is made of.
#[derive(Debug, Clone, Copy)]
pub struct NoteInput<'a> {
    /// What came out.
    pub result: NoteResult<'a>,
    /// What was judged.
    pub evidence: &'a Redacted<Evidence>,
    /// How the draft was made.
    pub meta: &'a Meta,
    /// Who judged.
    pub about: &'a About,
    /// Random hex digits, new for every note: they bind the end marker to the begin marker.
    pub suffix: &'a str,
    /// When it was finished, in words for people, such as `2026-01-20 09:14Z`.
    pub finished_at: &'a str,
    /// What else this alert stands for.
    pub folded: Option<Folded>,
}

/// What came out of a triage.
#[derive(Debug, Clone, Copy)]
pub enum NoteResult<'a> {
    /// A verdict.
    Verdict(&'a Verdict),
    /// No verdict of the triager; the one of [`crate::RuleTriager`] stands in, labelled as such.
    Fallback {
        /// Why, in our own words: a [`crate::Rejection`] or the kind of a [`crate::TriageError`].
        reason: &'a str,
        /// The verdict without a model.
        rules: &'a Verdict,
    },
    /// No triager could be asked yet; the verdict of [`crate::RuleTriager`] stands in until one can. Such a block does not count as
    /// finished, and the next one takes its place.
    Interim {
        /// Why, in our own words.
        reason: &'a str,
        /// The verdict without a model.
        rules: &'a Verdict,
    },
}

/// How many more of the same were folded into this alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folded {
    /// Alerts besides the first.
    pub count: u64,
    /// From the first to the last of them.
    pub over: Duration,
    /// Distinct sources.
    pub sources: usize,
    /// Distinct users.
    pub users: usize,
}

/// A finished block for a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block(String);

impl std::fmt::Display for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Block {
    /// Returns the block as text, without a line end at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the block for a comment, which IRIS renders as markdown: every mark is escaped, every line stays a line.
    pub fn as_comment(&self) -> String {
        let mut out = String::with_capacity(self.0.len() * 2);
        for line in self.0.lines() {
            let text = line.trim_start_matches(' ');
            // Four blanks would begin a code block, in which escapes stand as they are.
            out.extend(std::iter::repeat_n('\u{a0}', line.len() - text.len()));
            let mut rest = text.chars().peekable();
            while let Some(c) = rest.next() {
                // IRIS's renderer makes pictures of `:tada:`, and shows a backslash before a colon.
                if c == ':' && rest.peek().is_some_and(|next| !next.is_whitespace()) {
                    out.push_str("&colon;");
                    continue;
                }
                if matches!(
                    c,
                    '\\' | '*'
                        | '_'
                        | '{'
                        | '}'
                        | '['
                        | ']'
                        | '('
                        | ')'
                        | '#'
                        | '+'
                        | '-'
                        | '.'
                        | '!'
                        | '|'
                        | '~'
                        | '='
                ) {
                    out.push('\\');
                }
                out.push(c);
            }
            out.push_str("  \n");
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// How much of each part is shown; tried from generous to tight until the note fits.
struct Room {
    summary: usize,
    evidence: usize,
    value: usize,
    text: usize,
    steps: usize,
    questions: usize,
    warnings: usize,
}

const ROOMS: [Room; 5] = [
    Room {
        summary: 5,
        evidence: 4,
        value: 3,
        text: 3,
        steps: 4,
        questions: 3,
        warnings: 8,
    },
    Room {
        summary: 4,
        evidence: 4,
        value: 1,
        text: 2,
        steps: 4,
        questions: 2,
        warnings: 5,
    },
    Room {
        summary: 3,
        evidence: 3,
        value: 1,
        text: 1,
        steps: 3,
        questions: 1,
        warnings: 4,
    },
    Room {
        summary: 2,
        evidence: 3,
        value: 1,
        text: 1,
        steps: 2,
        questions: 1,
        warnings: 3,
    },
    Room {
        summary: 1,
        evidence: 2,
        value: 1,
        text: 1,
        steps: 1,
        questions: 1,
        warnings: 1,
    },
];

/// Writes the block of one alert.
pub fn render(input: &NoteInput<'_>) -> Block {
    let mut lines = Vec::new();
    for room in &ROOMS {
        lines = Lines::of(input, room).0;
        if lines.len() <= MAX_LINES {
            break;
        }
    }
    debug_assert!(lines.len() <= MAX_LINES, "the tightest room always fits");
    Block(lines.join("\n"))
}

/// The lines of a block.
struct Lines(Vec<String>);

impl Lines {
    fn of(input: &NoteInput<'_>, room: &Room) -> Self {
        let mut lines = Self(Vec::new());
        let suffix = plain_suffix(input.suffix);
        let verdict = match input.result {
            NoteResult::Verdict(verdict) => verdict,
            NoteResult::Fallback { rules, .. } | NoteResult::Interim { rules, .. } => rules,
        };
        let mark = match input.result {
            NoteResult::Verdict(_) | NoteResult::Fallback { .. } => "BEGIN",
            NoteResult::Interim { .. } => "INTERIM",
        };
        lines.marked(
            "== AI TRIAGE - machine generated, verify before acting ==",
            &format!("[ait:v1:{mark}:{suffix}]"),
        );
        lines.judgement(input, verdict);
        lines.part("Summary", verdict.summary(), room.summary);
        lines.evidence(verdict.evidence(), room);
        lines.part("Benign if", verdict.if_benign(), room.text);
        lines.part("Hostile if", verdict.if_malicious(), room.text);
        lines.part("ATT&CK", &techniques(verdict), 2);
        lines.list("Next", verdict.next_steps(), room.steps, room.text, true);
        lines.list("Open", verdict.questions(), room.questions, room.text, false);
        lines.list("Warnings", &warnings(verdict), room.warnings, 2, false);
        if let Some(folded) = input.folded {
            lines.part("Seen", &seen(folded), 1);
        }
        lines.made_by(input);
        lines.marked("==", &format!("[ait:v1:END:{suffix}]"));
        lines
    }

    /// A line of ours with its marker at the right edge.
    fn marked(&mut self, text: &str, marker: &str) {
        let blanks = WIDTH.saturating_sub(text.len() + marker.len()).max(1);
        self.0.push(format!("{text}{}{marker}", " ".repeat(blanks)));
    }

    fn judgement(&mut self, input: &NoteInput<'_>, verdict: &Verdict) {
        let level = input
            .evidence
            .level
            .map_or_else(String::new, |level| format!(" (rule level {level})"));
        let words = format!("{} (confidence {})", verdict.disposition(), verdict.confidence());
        let severity = format!("{}{level}", verdict.severity());
        let label = match input.result {
            NoteResult::Verdict(_) => "Verdict",
            NoteResult::Fallback { reason, .. } => {
                let reason = defang(&note_safe(reason));
                self.part("Verdict", &format!("none: no usable answer ({reason})"), 2);
                "Rules say"
            }
            NoteResult::Interim { reason, .. } => {
                let reason = defang(&note_safe(reason));
                self.part("Verdict", &format!("none yet: by rules alone ({reason})"), 2);
                "Rules say"
            }
        };
        let both = format!("{words}     Severity  {severity}");
        if both.len() + INDENT <= WIDTH {
            self.labelled(label, &[both]);
        } else {
            self.labelled(label, &[words]);
            self.labelled("Severity", &[severity]);
        }
    }

    /// Facts with their values, which only our code prints.
    fn evidence(&mut self, cited: &[Cited], room: &Room) {
        if cited.is_empty() {
            self.labelled("Evidence", &["none that could be verified".to_owned()]);
        }
        for (index, cited) in cited.iter().take(room.evidence).enumerate() {
            let value = format!(
                "{} {}: {}",
                index + 1,
                short_path(&cited.path),
                defang(&note_safe(&cited.value))
            );
            let mut lines = wrapped(&value, WIDTH - INDENT, room.value);
            if !cited.shows.is_empty() {
                lines.extend(wrapped(
                    &format!("  → {}", cited.shows),
                    WIDTH - INDENT,
                    room.text.min(2),
                ));
            }
            self.labelled(if index == 0 { "Evidence" } else { "" }, &lines);
        }
    }

    /// A text under a label; nothing where the text is empty.
    fn part(&mut self, label: &str, text: &str, most: usize) {
        if !text.is_empty() {
            self.labelled(label, &wrapped(text, WIDTH - INDENT, most));
        }
    }

    fn list(&mut self, label: &str, items: &[String], most: usize, lines_each: usize, numbered: bool) {
        for (index, item) in items.iter().take(most).enumerate() {
            let item = if numbered {
                format!("{} {item}", index + 1)
            } else {
                item.clone()
            };
            self.part(if index == 0 { label } else { "" }, &item, lines_each);
        }
        if items.len() > most && !numbered {
            self.part("", &format!("and {} more", items.len() - most), 1);
        }
    }

    fn labelled(&mut self, label: &str, lines: &[String]) {
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            self.0.push(format!("{label:INDENT$}{line}").trim_end().to_owned());
        }
    }

    fn made_by(&mut self, input: &NoteInput<'_>) {
        let meta = input.meta;
        let mut who = vec![format!("{} {}", input.about.name, input.about.version)];
        who.extend(meta.model.clone());
        who.extend(
            meta.digest
                .as_deref()
                .map(|digest| digest.trim_start_matches("sha256:").chars().take(12).collect()),
        );
        who.extend(
            meta.prompt_version
                .as_deref()
                .map(|version| format!("prompt {version}")),
        );
        who.extend(meta.server.clone());
        self.part("Made by", &clean(&who.join(" | ")), 2);
        let report = input.evidence.report();
        let facts = input.evidence.facts.len();
        let mut how = vec![format!(
            "{facts} facts of {} fields, {} masked, {} cut",
            report.leaves, report.masked, report.cut
        )];
        if let (Some(prompt), Some(output)) = (meta.prompt_tokens, meta.output_tokens) {
            how.push(format!("{prompt} + {output} tokens"));
        }
        how.extend(meta.total.map(|total| format!("{:.1} s", total.as_secs_f64())));
        how.push(input.finished_at.to_owned());
        self.part("", &clean(&how.join(" | ")), 1);
    }
}

fn clean(text: &str) -> String {
    defang(&note_safe(text))
}

/// The last part of a path says enough, unless it is as short as `id` or `name`. Keys come from the alert like values: of one that
/// is no plain name, such as a link, only the first plain piece is shown.
fn short_path(path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    let short = if last.len() > 4 {
        last
    } else {
        path.rmatch_indices('.').nth(1).map_or(path, |(at, _)| &path[at + 1..])
    };
    let foreign = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let plain = short.split(foreign).find(|piece| !piece.is_empty()).unwrap_or("");
    defang(&clip(&note_safe(plain), 30))
}

fn techniques(verdict: &Verdict) -> String {
    let all = verdict.mitre().iter().map(|technique| {
        let by = match technique.given_by {
            GivenBy::Rule => "rule",
            GivenBy::Model => "triager",
        };
        format!("{} {} ({by})", technique.id, technique.name)
    });
    all.collect::<Vec<_>>().join(" | ")
}

/// What raised the verdict comes first, then what was changed.
fn warnings(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    if !verdict.floors().is_empty() {
        let floors: Vec<String> = verdict.floors().iter().map(ToString::to_string).collect();
        let said: Disposition = verdict.said();
        lines.push(format!("verdict raised from {said} by floor: {}", floors.join(", ")));
    }
    lines.extend(verdict.warnings().iter().map(|Warning { text, .. }| text.clone()));
    lines
}

fn seen(folded: Folded) -> String {
    let minutes = folded.over.as_secs().div_ceil(60).max(1);
    let Folded {
        count, sources, users, ..
    } = folded;
    format!("{count} more of the same in {minutes} min, {sources} sources, {users} users (folded)")
}

/// Breaks text into lines of at most `width` characters, and cuts it after `most` of them.
fn wrapped(text: &str, width: usize, most: usize) -> Vec<String> {
    let indent = text.len() - text.trim_start().len();
    let mut lines: Vec<String> = vec![" ".repeat(indent)];
    let mut length = indent;
    let mut open = true;
    for word in text.split_whitespace() {
        let letters = word.chars().count();
        // A word that fits no line is broken where it stands.
        if !open && length + 1 + letters > width && letters <= width / 2 {
            lines.push(" ".repeat(indent + 2 * usize::from(indent > 0)));
            length = lines.last().map_or(0, String::len);
            open = true;
        }
        for c in (!open).then_some(' ').into_iter().chain(word.chars()) {
            // Never inside `[.]`: a defanged address stays one.
            if length == width || (c == '[' && length + 3 > width) {
                lines.push(String::new());
                length = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            length += 1;
        }
        open = false;
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            let kept: String = last.chars().take(width - 1).collect();
            let whole = ["[.", "[:", "["]
                .iter()
                .find_map(|half| kept.strip_suffix(half))
                .unwrap_or(&kept);
            *last = format!("{}…", whole.trim_end());
        }
    }
    lines
}

fn plain_suffix(suffix: &str) -> String {
    let plain: String = suffix.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    if plain.is_empty() { "0".into() } else { plain }
}

/// Puts a block into a note: where a block of ours stands it is replaced, otherwise it is appended after a blank line. What
/// people wrote stays as it is, byte for byte.
pub fn merge(existing: Option<&str>, block: &Block) -> String {
    let existing = existing.unwrap_or("");
    let blocks = blocks(existing, &ANY);
    let Some(first) = blocks.first() else {
        let gap = match existing {
            "" => "",
            text if text.ends_with("\n\n") => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        return format!("{existing}{gap}{block}");
    };
    let mut merged = String::with_capacity(existing.len() + block.0.len());
    merged.push_str(&existing[..first.start]);
    merged.push_str(&block.0);
    // A second block is left from two workers that wrote at once.
    let mut from = first.end;
    for other in &blocks[1..] {
        merged.push_str(&existing[from..other.start]);
        from = other.end;
    }
    merged.push_str(&existing[from..]);
    merged
}

/// Returns whether a finished block of ours stands in the note: then the alert is done, whatever its tags say.
pub fn finished_block(note: &str) -> bool {
    !blocks(note, &FINISHED).is_empty()
}

/// Returns whether a block stands in the note that says what the rules say until a triager can be asked.
pub fn interim_block(note: &str) -> bool {
    !blocks(note, &INTERIM).is_empty()
}

static ANY: LazyLock<Regex> = LazyLock::new(|| begin("BEGIN|INTERIM"));
static FINISHED: LazyLock<Regex> = LazyLock::new(|| begin("BEGIN"));
static INTERIM: LazyLock<Regex> = LazyLock::new(|| begin("INTERIM"));

fn begin(marks: &str) -> Regex {
    regex(&format!(r"(?m)^==[^\n]*\[ait:v\d+:(?:{marks}):([0-9A-Za-z]{{1,16}})\]"))
}

/// Returns where blocks of ours stand, from the first character of the begin line to the end marker.
fn blocks(note: &str, begin: &Regex) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut from = 0;
    while let Some(found) = begin.captures_at(note, from) {
        let whole = found.get(0).expect("group 0 is the match").range();
        let end = format!(":END:{}]", &found[1]);
        let Some(at) = note[whole.end..].find(&end) else {
            // Cut by a person: theirs from here on.
            from = whole.end;
            continue;
        };
        let end = whole.end + at + end.len();
        blocks.push(whole.start..end);
        from = end;
    }
    blocks
}

#[cfg(test)]
mod tests;
