//! What a rule writes, as an anchored regular expression. The case of paths of Windows does not matter: of what has a backslash.

mod begins;
mod star;
mod taken;

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, HirKind};
use wazuh_model::markup;

use super::contents::{self, Contents, MARK};
use super::drive;
use super::fields;
use super::reading::has_way_up;
use super::roots::Roots;
use super::shell::Shells;
use begins::Begins;
use star::{About, Ends, is_of_windows_alone, star};
use taken::Stars;

/// What a value must look like.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    /// As a regular expression, without anchors, and with stars that go over whatever is in a path component, or over everything where
    /// there are none.
    text: String,
    /// As the rule has it.
    written: String,
    /// Who reads the values.
    shells: Shells,
    roots: Roots,
    /// Of a glob for commands.
    stars: Option<Box<Stars>>,
    /// How contents are found in values that are compared with and without them.
    compared: Option<Contents>,
    /// What fits may be written otherwise below its root.
    has_other_spellings: bool,
    is_glob: bool,
    is_of_a_service: bool,
    begins: Begins,
    /// Made when first needed: few rules exclude anything.
    loose: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Of what certainly fits, and of what may be meant.
    fn new(regex: Regex, text: String, written: &str) -> Self {
        Self {
            regex,
            text,
            written: written.to_owned(),
            shells: Shells::None,
            roots: Roots::None,
            stars: None,
            compared: None,
            has_other_spellings: false,
            is_glob: false,
            is_of_a_service: false,
            begins: Begins::default(),
            loose: OnceLock::new(),
        }
    }

    /// The same for values of this field.
    pub(super) fn of_field(mut self, path: &str) -> Self {
        self.shells = Shells::of(path);
        self.roots = Roots::of(path);
        self.has_other_spellings = self.roots.has_other_spellings(&self.text);
        self.is_of_a_service = fields::is_of_a_service(path);
        self.compared = contents::are_compared(path).then(|| Contents::of(path));
        self
    }

    /// Who may read the values.
    pub(super) fn shells(&self) -> Shells {
        self.shells
    }

    /// Whether the name in a value has a root of its own, so that no drive is left out before it, or whether that does not matter.
    pub(super) fn has_roots(&self, value: &str) -> bool {
        (self.begins_anywhere() && !drive::begins_in_the_kernel(value))
            || (self.roots.has(value) && self.roots.are_known_to(&self.written, self.begins.anywhere))
    }

    /// Whether it fits behind whatever stands before it, and names no drive that may be left out there: `**\powershell.exe`.
    pub(super) fn begins_anywhere(&self) -> bool {
        self.begins.anywhere && !self.begins.names_drive
    }

    /// Whether it may be for the arguments of a command, and for files in a folder.
    pub(super) fn is_for_paths_of_arguments(&self) -> bool {
        (self.begins.anywhere || self.written.contains(char::is_whitespace)) && self.written.contains(['\\', '/'])
    }

    /// Whether the drive that a value leaves out may be meant though the pattern seems to name none: `.*C.\\Windows`.
    pub(super) fn may_mean_drive(&self, value: &str) -> bool {
        self.begins_anywhere() && !self.begins.at_a_separator && !self.roots.has(value)
    }

    /// Whether the values are programs and drivers of services.
    pub(super) fn is_of_a_service(&self) -> bool {
        self.is_of_a_service
    }

    /// Whether the values are names of shares.
    pub(super) fn is_for_shares(&self) -> bool {
        self.roots == Roots::OfShares
    }

    /// Whether what stands behind a colon in a value is compared too, and does not make it another.
    pub(super) fn compares_contents(&self, value: &str) -> bool {
        let is_plain = |contents: Contents| !contents.make_another(value) || contents.only(value).is_some();
        self.compared.is_some_and(is_plain)
    }

    /// A value without the contents that it names, as if these were a file in a folder, and without their kind.
    pub(super) fn without_contents(&self, value: &str) -> Option<[String; 3]> {
        let (file, contents) = self.compared?.only(value)?;
        let named = format!("{file}:{contents}");
        Some([file.to_owned(), format!(r"{file}\{contents}"), named])
    }

    pub(super) fn is_match(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }

    /// The same, and no star goes over what may be made another by who reads the value.
    pub(super) fn names(&self, value: &str) -> bool {
        self.is_match(value)
            && self.stars.as_ref().is_none_or(|stars| {
                let groups = self.regex.captures(value);
                groups.is_some_and(|groups| stars.took_what_they_may(&groups))
            })
    }

    /// As the rule has it.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// The form of a value that it is written in: who writes entities of XML (`&gt;`) has them from an alert.
    pub(super) fn form<'a>(&self, text: &'a str, stored: &'a str) -> &'a str {
        let has_entities = || self.written.contains('&') && markup::resolved(&self.written).is_some();
        if text != stored && has_entities() { stored } else { text }
    }

    /// Whether its stars are those of a glob.
    pub(super) fn is_glob(&self) -> bool {
        self.is_glob
    }

    /// Whether it is a regular expression that stands for nothing but itself: `^/health`, and not `/health.*`.
    pub(super) fn is_itself_only(&self) -> bool {
        let literal = self.written.trim_start_matches('^').trim_end_matches('$');
        self.text == self.written && !literal.is_empty() && !literal.contains(|c| r"\.+*?()|[]{}^$".contains(c))
    }

    /// Whether a value may be meant, in doubt: in letters of either case, and over the end of a line.
    pub(super) fn may_match(&self, value: &str) -> bool {
        let loose = self.loose.get_or_init(|| {
            RegexBuilder::new(&format!(r"\A(?:{})\z", self.roots.with_all_sets(&self.text)))
                .case_insensitive(true)
                .dot_matches_new_line(true)
                .size_limit(1 << 21)
                .build()
                .ok()
        });
        loose.as_ref().is_none_or(|loose| {
            let other = || self.roots.spellings(value).iter().any(|value| loose.is_match(value));
            loose.is_match(value) || (self.has_other_spellings && other())
        })
    }
}

/// The text and nothing else.
pub(super) fn exactly(text: &str, fold_case: bool) -> Result<Pattern, String> {
    let escaped = regex::escape(text);
    let regex = anchored(&escaped, fold_case || text.contains('\\'), Colons::AreThemselves)?;
    Ok(Pattern::new(regex, escaped, text))
}

/// `*` and `?` stay within one path component, `**` does not.
pub(super) fn glob(path: &str, text: &str, fold_case: bool) -> Result<Pattern, String> {
    let fold_case = fold_case || text.contains('\\');
    let about = About::of(path, text);
    let ends = Ends::of(path, text, about);
    // In doubt a slash is no separator where it may be a part of an argument, a text or an address.
    let any = if fields::is_path(path) {
        let of_a_name = if is_of_windows_alone(path, text) {
            r"\\"
        } else {
            ends.of_a_name
        };
        format!("[^{of_a_name}]")
    } else {
        "(?s:.)".to_owned()
    };
    let (mut strict, mut wide) = (String::new(), String::new());
    let is_read = about == About::Commands || fields::is_read_by_windows(path);
    let mut stars = is_read.then(|| Stars::of(path, text, ends.has_switches)).flatten();
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '*' if rest.peek().is_some_and(|(_, next)| *next == '*') => {
                rest.next();
                strict.push_str(ANYTHING);
                wide.push_str("(?s:.)*");
            }
            '*' => {
                let star = star(&text[..at], &text[at + 1..], about, &ends);
                if let Some(stars) = &mut stars {
                    stars.add(&text[..at]);
                    strict.push_str(&["(", &star, ")"].concat());
                } else {
                    strict.push_str(&star);
                }
                wide.push_str(&any);
                wide.push('*');
            }
            '?' => {
                let dollar = if about == About::Commands { "$" } else { "" };
                let one = ["[^", ends.of_a_name, ends.of_a_command, dollar, r"\x{FDD2}]"].concat();
                if let Some(stars) = &mut stars {
                    stars.add(&text[..at]);
                    strict.push_str(&["(", &one, ")"].concat());
                } else {
                    strict.push_str(&one);
                }
                wide.push_str(&any);
            }
            other => {
                for pattern in [&mut strict, &mut wide] {
                    push(pattern, other);
                }
            }
        }
    }
    let regex = anchored(&strict, fold_case, Colons::AreThemselves)?;
    Ok(Pattern {
        stars: stars.map(Box::new),
        is_glob: true,
        begins: Begins::of_glob(text, &wide),
        ..Pattern::new(regex, wide, text)
    })
}

/// Whatever may stand there, but no contents of a file that the pattern does not name.
const ANYTHING: &str = r"[^\x{FDD2}]*";

/// The text, and whatever may follow.
pub(super) fn prefix(text: &str, fold_case: bool) -> Result<Pattern, String> {
    let mut pattern = String::new();
    for c in text.chars() {
        push(&mut pattern, c);
    }
    let strict = pattern.clone() + ANYTHING;
    let regex = anchored(&strict, fold_case || text.contains('\\'), Colons::AreThemselves)?;
    Ok(Pattern::new(regex, pattern + "(?s:.*)", text))
}

/// The character itself, of a separator also the one with which an argument begins, and of a colon the one before contents.
fn push(pattern: &mut String, c: char) {
    match c {
        '/' => pattern.push_str(r"[/\x{FDD0}\x{FDD3}]"),
        '\\' => pattern.push_str(r"[\\\x{FDD1}\x{FDD4}]"),
        ':' => pattern.push_str(r"[:\x{FDD2}]"),
        other => pattern.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
    }
}

/// A regular expression as the rule has it.
pub(super) fn regex(path: &str, text: &str, fold_case: bool) -> Result<Pattern, String> {
    let names_backslash = || regex_syntax::parse(text).is_ok_and(|pattern| names_backslash(&pattern));
    let colons = match Contents::of(path) {
        Contents::Nowhere => Colons::AreThemselves,
        _ => Colons::NameContents,
    };
    let regex = anchored(text, fold_case || names_backslash(), colons)?;
    Ok(Pattern {
        begins: Begins::of_regex(text),
        ..Pattern::new(regex, text.to_owned(), text)
    })
}

/// Whether a backslash is meant somewhere, and not merely among all that may stand there.
fn names_backslash(pattern: &Hir) -> bool {
    match pattern.kind() {
        HirKind::Literal(literal) => literal.0.contains(&b'\\'),
        HirKind::Class(Class::Unicode(class)) => {
            let few = class.ranges().iter().map(ClassUnicodeRange::len).sum::<usize>() <= FEW;
            few && class
                .ranges()
                .iter()
                .any(|range| (range.start()..=range.end()).contains(&'\\'))
        }
        HirKind::Repetition(repetition) => names_backslash(&repetition.sub),
        HirKind::Capture(capture) => names_backslash(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(names_backslash),
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => false,
    }
}

/// A set of so few characters names each of them: `[\\/]`.
const FEW: usize = 4;

/// Whether whatever fits has a way up (`..`) in it.
pub(super) fn always_leads_up(pattern: &Pattern) -> bool {
    parsed(pattern).is_some_and(|pattern| leads_up(&pattern))
}

fn leads_up(pattern: &Hir) -> bool {
    match pattern.kind() {
        HirKind::Literal(literal) => str::from_utf8(&literal.0).is_ok_and(has_way_up),
        HirKind::Repetition(repetition) => repetition.min > 0 && leads_up(&repetition.sub),
        HirKind::Capture(capture) => leads_up(&capture.sub),
        HirKind::Concat(parts) => parts.iter().any(leads_up),
        HirKind::Alternation(parts) => parts.iter().all(leads_up),
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => false,
    }
}

/// Whether it ends in whatever may follow, but no further than the line goes: `.*`.
pub(super) fn ends_with_the_line(pattern: &Pattern) -> bool {
    let Some(pattern) = parsed(pattern) else { return false };
    let last = match pattern.kind() {
        HirKind::Concat(parts) => parts.last().unwrap_or(&pattern),
        _ => &pattern,
    };
    matches!(last.kind(), HirKind::Repetition(repetition) if repetition.max.is_none() && is_dot(&repetition.sub))
}

/// Whether it stands for every character but that which ends a line.
fn is_dot(pattern: &Hir) -> bool {
    *pattern == Hir::dot(Dot::AnyCharExceptLF) || *pattern == Hir::dot(Dot::AnyCharExceptCRLF)
}

/// What a pattern of ours means.
fn parsed(pattern: &Pattern) -> Option<Hir> {
    regex_syntax::parse(&pattern.text).ok()
}

/// What a colon in a pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colons {
    /// Itself, and the pattern says by itself what the mark fits.
    AreThemselves,
    /// Itself, and the one before contents; nothing else fits that.
    NameContents,
}

fn anchored(pattern: &str, fold_case: bool, colons: Colons) -> Result<Regex, String> {
    let meant = meant(pattern, fold_case, colons);
    let pattern = meant.as_deref().unwrap_or(pattern);
    // A set without the mark takes more than one with it.
    let size = match colons {
        Colons::AreThemselves => 1 << 20,
        Colons::NameContents => 3 << 19,
    };
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .size_limit(size)
        .build()
        .map_err(|error| {
            format!(
                "the pattern is not valid: {}",
                error.to_string().lines().last().unwrap_or("")
            )
        })
}

/// The pattern without regard to case, as file systems see that (`K` is `k`, but the sign for kelvin is another letter), and with what its
/// colons stand for. `None` where it stays as it is.
fn meant(pattern: &str, fold_case: bool, colons: Colons) -> Option<String> {
    let may_fold = fold_case || pattern.contains("(?");
    if !may_fold && colons == Colons::AreThemselves {
        return None;
    }
    let parsed = ParserBuilder::new().case_insensitive(fold_case).build().parse(pattern);
    let mut hir = parsed.ok()?;
    if may_fold {
        hir = without_look_alikes(hir, pattern);
    }
    if colons == Colons::NameContents {
        hir = with_marks(hir);
    }
    Some(hir.to_string())
}

/// With the mark beside each colon that it names, and nowhere else.
fn with_marks(hir: Hir) -> Hir {
    let mark = || ClassUnicode::new([ClassUnicodeRange::new(MARK, MARK)]);
    rewritten(hir, &|kind| match kind {
        HirKind::Class(Class::Unicode(mut class)) => {
            class.difference(&mark());
            Hir::class(Class::Unicode(class))
        }
        HirKind::Literal(literal) if literal.0.contains(&b':') => {
            let mut colon = mark();
            colon.push(ClassUnicodeRange::new(':', ':'));
            let colon = || Hir::class(Class::Unicode(colon.clone()));
            let mut parts = Vec::new();
            for (at, text) in literal.0.split(|byte| *byte == b':').enumerate() {
                if at > 0 {
                    parts.push(colon());
                }
                parts.push(Hir::literal(text));
            }
            Hir::concat(parts)
        }
        other => of_kind(other),
    })
}

/// Without the letters that only folding put into it.
fn without_look_alikes(hir: Hir, named: &str) -> Hir {
    rewritten(hir, &|kind| match kind {
        HirKind::Class(Class::Unicode(class)) => {
            let only_folded = |c: char| is_look_alike(c) && !named.contains(c);
            let kept = class.ranges().iter().copied();
            let kept = kept.filter(|range| range.len() > FEW || !(range.start()..=range.end()).all(only_folded));
            Hir::class(Class::Unicode(ClassUnicode::new(kept)))
        }
        other => of_kind(other),
    })
}

/// With what has no parts replaced.
fn rewritten(hir: Hir, replace: &impl Fn(HirKind) -> Hir) -> Hir {
    let each = |parts: Vec<Hir>| parts.into_iter().map(|part| rewritten(part, replace)).collect();
    match hir.into_kind() {
        HirKind::Repetition(mut repetition) => {
            repetition.sub = Box::new(rewritten(*repetition.sub, replace));
            Hir::repetition(repetition)
        }
        HirKind::Capture(mut capture) => {
            capture.sub = Box::new(rewritten(*capture.sub, replace));
            Hir::capture(capture)
        }
        HirKind::Concat(parts) => Hir::concat(each(parts)),
        HirKind::Alternation(parts) => Hir::alternation(each(parts)),
        single => replace(single),
    }
}

/// What has no parts, as it was.
fn of_kind(kind: HirKind) -> Hir {
    match kind {
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Empty
        | HirKind::Repetition(_)
        | HirKind::Capture(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => Hir::empty(),
    }
}

/// Whether it is the lower or upper case of a letter without being what that letter becomes: the long s, the signs for kelvin and
/// ångström. Windows tells these apart; the final sigma it does not.
fn is_look_alike(c: char) -> bool {
    let lower = |c: char| single(c.to_lowercase(), c);
    let upper = |c: char| single(c.to_uppercase(), c);
    !c.is_ascii() && c != '\u{3c2}' && c != upper(lower(c)) && c != lower(upper(c))
}

fn single(mut letters: impl ExactSizeIterator<Item = char>, otherwise: char) -> char {
    match letters.len() {
        1 => letters.next().unwrap_or(otherwise),
        _ => otherwise,
    }
}
