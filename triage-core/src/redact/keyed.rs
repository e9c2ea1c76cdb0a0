//! Secrets behind their names: `password=…`, `"token": "…"`, `--api-key …`, `<secret>…</secret>`, in any language and quoting.

use super::keys::{self, Announces};
use super::payload;
use super::plural;
use super::residual;
use super::spans::{self, Span};
use super::value::{self, Joint, Value};
use super::variables;
use crate::text;

/// Longest name that is looked at, in bytes.
const LONGEST_NAME: usize = 80;
/// Deepest indentation of a line that counts as `name: value`.
const INDENT: usize = 24;
/// How far behind the number of what passed that of what failed is looked for.
const COUNTERS: usize = 24;
/// Longest line that is one value.
const LONGEST_LINE: usize = 256;

/// Finds every value whose name announces a secret. Linear.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    let mut done = 0;
    let mut listed = 0;
    let folded = text::caseless_in_place(text);
    for piece in keys::PIECES.find_iter(folded.as_deref().unwrap_or(text)) {
        if piece.start() < done {
            continue;
        }
        let (start, end) = name_around(text, piece.start(), piece.end());
        if start >= listed
            && let Some(end) = plural::find(text, start, end, out)
        {
            listed = end;
        }
        // A name that goes on beyond what is looked at may hold another piece there.
        done = if end - piece.end() < LONGEST_NAME {
            end
        } else {
            piece.end()
        };
        if let Some((value, announces)) = behind(text, start, end, out) {
            done = done.max(value.end);
            out.push(Span::new(value.start, value.end, announces.kind()));
        }
    }
}

// A name may hold letters, digits and `_-.$@`; its start may lie before the piece that was found.
fn name_around(text: &str, start: usize, end: usize) -> (usize, usize) {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '@');
    let first = text[..start]
        .char_indices()
        .rev()
        .take_while(|&(at, c)| is_name(c) && start - at <= LONGEST_NAME)
        .last()
        .map_or(start, |(at, _)| at);
    // Without blanks between its words, a sentence goes on where the name ends.
    if says_is(&text[end..]).is_some() {
        return (first, end);
    }
    let last = text[end..]
        .char_indices()
        .take_while(|&(at, c)| is_name(c) && at < LONGEST_NAME)
        .last()
        .map_or(end, |(at, c)| end + at + c.len_utf8());
    (first, last)
}

fn behind(text: &str, start: usize, end: usize, out: &mut Vec<Span>) -> Option<(Value, Announces)> {
    let name = &text[start..end];
    let before = &text[..start];
    let flag = name.starts_with('-')
        || before.ends_with('/')
            && before[..before.len() - 1]
                .chars()
                .next_back()
                .is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\''));
    // A name ends before a full stop or a dash of the sentence.
    let full = with_words_before(before, name);
    if keys::is_public(&full) {
        return None;
    }
    let Some(announces) = keys::announces(&full).or_else(|| keys::announces(name)) else {
        return made_behind(text, start, end);
    };
    if flag && text[end..].starts_with([' ', '\t']) {
        return behind_flag(text, end, name, announces, out);
    }
    let (at, joint) = joint(text, start, end)?;
    if !flag && !speaks_of_a_value(text, start, end, at, joint, announces) {
        return None;
    }
    let mut value = value::extent(text, at, joint)?;
    if name == "--secret" && value::names_secret(&text[value.start..value.end]) {
        return None;
    }
    // `password: str = "…"`, `Authorization: Bearer …`: what matters stands one word further.
    if let Some(further) = past_first_word(text, &value) {
        value = further;
    }
    if joint == Joint::Colon || joint == Joint::Equals {
        // `$pass = Start-Process …`: without quotes PowerShell runs it; `PASSWORD=`curl …``: a shell does.
        let word = &text[value.start..value.end];
        if joint == Joint::Equals && is_run(text, name, at, word, &value) {
            return None;
        }
        let tight = &text[end..at] == "=";
        // A token holds no blank, and is set for the command behind it: `API_TOKEN=… ./deploy`.
        if announces == Announces::Password || !tight {
            value = whole_line(text, start, value, tight && is_identifier(name));
        }
    }
    let content = &text[value.start..value.end];
    // `self.password = password`, `token = req.headers.authorization` of program code.
    if joint == Joint::Equals && text[end..at].contains(' ') && !value.quoted {
        let last = name.rsplit(['.', '_', '>']).next().unwrap_or(name);
        if last.eq_ignore_ascii_case(content) || value::is_member(content) {
            return None;
        }
    }
    // `String password = request.getParameter("x")`, `password: yup.string().min(8)`
    let apart = matches!(joint, Joint::Equals | Joint::Colon) && text[..at].ends_with([' ', '\t']);
    if apart && !value.quoted && value::is_expression(content) {
        return None;
    }
    variables::mark(content, value.start, out);
    // `?token=%24%7Bjndi…`
    let parameter = &text[end..at] == "=" && !value.quoted && before.ends_with(['?', '&']);
    let secret = value::is_secret(content, announces, joint)
        && !is_prose(text, end, at, content, announces, joint, &value)
        && !(parameter && payload::is_attack(content));
    (secret || plainly_made(name, content)).then(|| (value::whole(text, value, joint), announces))
}

// What the detector would find is found here, whatever speaks against it.
fn plainly_made(name: &str, content: &str) -> bool {
    residual::announces(name).is_some() && residual::begins_random(content)
}

// `max-password=` announces a number, unless what stands there plainly is none.
fn made_behind(text: &str, start: usize, end: usize) -> Option<(Value, Announces)> {
    let (at, joint) = joint(text, start, end)?;
    let quote = value::opening_quote(&text[at..]).map_or(0, |quote| quote.len);
    if !residual::begins_random(&text[at + quote..]) {
        return None;
    }
    let announces = residual::announces(&text[start..end]).and_then(keys::announces)?;
    let value = value::extent(text, at, joint)?;
    residual::begins_random(&text[value.start..value.end]).then(|| (value::whole(text, value, joint), announces))
}

// `api key`, `mot de passe`, `shared secret key`: the words before belong to the name where the piece alone says little.
fn with_words_before(before: &str, name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if !matches!(
        lower.as_str(),
        "key" | "passe" | "phrase" | "word" | "passphrase" | "token"
    ) || !before.ends_with([' ', '-', '_'])
    {
        return name.to_owned();
    }
    let mut words: Vec<&str> = before.trim_end().rsplit(' ').take(2).collect();
    words.reverse();
    words.retain(|word| word.len() <= 20);
    format!("{} {name}", words.join(" "))
}

fn behind_flag(
    text: &str,
    end: usize,
    name: &str,
    announces: Announces,
    out: &mut Vec<Span>,
) -> Option<(Value, Announces)> {
    let at = end + text[end..].bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let rest = &text[at..];
    if rest.is_empty()
        || rest.starts_with("HTTP/")
        || rest.starts_with(['-', '(', '|', '&', '>', '<', ';'])
        || rest.starts_with('/') && !rest[1..].starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    // `--password = x` and `--password: x` are written too.
    if let Some(after) = rest.strip_prefix(['=', ':']) {
        let at = at + 1 + after.len() - after.trim_start_matches([' ', '\t']).len();
        let value = value::extent(text, at, Joint::Equals)?;
        let content = &text[value.start..value.end];
        let secret = value::is_secret(content, announces, Joint::Equals) || plainly_made(name, content);
        return secret.then_some((value, announces));
    }
    // `-pass`, `-key` and such are switches of many tools; long names are not.
    let bare = name.trim_start_matches('-');
    // A digit in it means that a value is glued to a short switch: `-hpArchivePass99`.
    if bare.len() < 3 || bare.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = value::extent(text, at, Joint::Flag)?;
    if bare == "secret" && value::names_secret(&text[value.start..value.end]) {
        return None;
    }
    variables::mark(&text[value.start..value.end], value.start, out);
    value::is_secret(&text[value.start..value.end], announces, Joint::Flag)
        .then(|| (value::whole(text, value, Joint::Flag), announces))
}

fn joint(text: &str, start: usize, end: usize) -> Option<(usize, Joint)> {
    if let Some(at) = element(text, start, end) {
        return Some((inner_element(text, at), Joint::Element));
    }
    let rest = &text[end..];
    if let Some(at) = element_behind(text, start, end) {
        return Some((at, Joint::Element));
    }
    let closers = rest
        .bytes()
        .take(8)
        .take_while(|b| matches!(b, b'"' | b'\'' | b'\\' | b']' | b'`' | b'*' | b')'))
        .count();
    let at = skip_leader(text, skip_blanks(text, end + closers));
    let rest = &text[at..];
    let (length, joint) =
        if rest.starts_with("=>") || rest.starts_with(":=") || rest.starts_with("==") || rest.starts_with("+=") {
            (2, Joint::Equals)
        } else if rest.starts_with('=') {
            (1, Joint::Equals)
        } else if at > end && rest.starts_with("-> ") && !rest[3..].split(' ').next().is_none_or(value::is_word) {
            (2, Joint::Colon)
        } else if rest.starts_with(":: ") {
            // LDIF sets what is Base64 off so.
            (2, Joint::Equals)
        } else if rest.starts_with("(\"") && sets_by_call(text, start, end) {
            (1, Joint::Equals)
        } else if rest.starts_with("::") || rest.starts_with("://") {
            return None;
        } else if rest.starts_with(':') {
            (1, Joint::Colon)
        } else if let Some(is) = says_is(rest) {
            (is, Joint::Colon)
        } else {
            return blank_joint(text, start, end);
        };
    let at = skip_blanks(text, at + length);
    let stars = text[at..].bytes().take(3).take_while(|&b| b == b'*').count();
    let starred = if stars == 2 { skip_blanks(text, at + 2) } else { at };
    Some((starred, joint))
}

// `<password>X`, `<ns1:password xsi:type="…">X`: where what the element holds begins.
fn element(text: &str, start: usize, end: usize) -> Option<usize> {
    let before = &text[..start];
    let opens = before.ends_with('<')
        || before.strip_suffix(':').is_some_and(|before| {
            let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
            let prefix = before.bytes().rev().take(LONGEST_NAME).take_while(is_name).count();
            prefix > 0 && before[..before.len() - prefix].ends_with('<')
        });
    let rest = &text[end..];
    if !opens || rest.starts_with('>') {
        return opens.then_some(end + 1);
    }
    let attributes = &rest[..spans::floor(rest, LONGEST_LINE)];
    let close = attributes.find(['<', '>'])?;
    let (attributes, tail) = attributes.split_at(close);
    let has_value = attributes.starts_with(char::is_whitespace) && attributes.contains('=');
    (has_value && !attributes.ends_with('/') && tail.starts_with('>')).then_some(end + close + 1)
}

// `<property name="…password">X</property>`, `<key>Password</key><string>X</string>`, `<name>db.password</name> <value>X</value>`
fn element_behind(text: &str, start: usize, end: usize) -> Option<usize> {
    let rest = &text[end..];
    if rest.starts_with(['"', '\'']) && rest[1..].starts_with('>') && text[..start].contains('<') {
        return Some(inner_element(text, end + 2));
    }
    let closed = rest.strip_prefix("</")?;
    let name = closed.bytes().take(24).take_while(u8::is_ascii_alphanumeric).count();
    let behind = closed[name..].strip_prefix('>')?.trim_start();
    let at = text.len() - behind.len();
    let inner = inner_element(text, at);
    (inner > at).then_some(inner)
}

// `<Value>X`, `<![CDATA[X`: what matters stands one element further in.
fn inner_element(text: &str, at: usize) -> usize {
    let blanks = text[at..].bytes().take(32).take_while(u8::is_ascii_whitespace).count();
    let Some(rest) = text[at + blanks..].strip_prefix('<') else {
        return at;
    };
    let tag = rest.strip_prefix("![CDATA[").map(|_| "![CDATA[".len()).or_else(|| {
        let name = rest
            .bytes()
            .take(24)
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b':')
            .count();
        (name > 0 && rest[name..].starts_with('>')).then_some(name + 1)
    });
    tag.map_or(at, |tag| at + blanks + 1 + tag)
}

// `密码是X`, `パスワードはX`: what follows in the same script is a sentence about a password.
fn says_is(text: &str) -> Option<usize> {
    let is = text
        .chars()
        .next()
        .filter(|c| matches!(c, '是' | '为' | '為' | 'は' | '는' | '은'))?;
    let value = text[is.len_utf8()..].trim_start();
    value
        .starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '"' | '\'' | '“'))
        .then_some(is.len_utf8())
}

// `aws configure set aws_secret_access_key wJal…`: a name with underscores, a blank, and something that a machine made.
fn blank_joint(text: &str, start: usize, end: usize) -> Option<(usize, Joint)> {
    let name = &text[start..end];
    let at = skip_blanks(text, end);
    if at == end || at >= text.len() || name.starts_with('-') {
        return None;
    }
    // `ENV DB_PASSWORD x` of a Dockerfile, `setenv` of csh, `set SMBPass x` of consoles.
    let verb = text[..start]
        .trim_end_matches(' ')
        .rsplit([' ', '\n', ';', '"', '\''])
        .next();
    let sets = verb.is_some_and(|verb| matches!(verb, "ENV" | "ARG" | "setenv" | "set" | "setg" | "SET"))
        && name.bytes().any(|b| b == b'_' || b.is_ascii_uppercase());
    if !sets && !name.contains('_') && !keys::is_bare(&name.to_ascii_lowercase()) {
        return None;
    }
    let word = text[at..].split_whitespace().next()?;
    // A column of a table, a word of a sentence: only what can hardly be anything else.
    if keys::is_bare(&name.to_ascii_lowercase()) {
        let sign = word.bytes().any(|b| b"!#$%^&*@+?".contains(&b)) && word.bytes().any(|b| b.is_ascii_digit());
        return (sign && variables::looks_chosen(word)).then_some((at, Joint::Blank));
    }
    (name.contains('_') || sets).then_some(())?;
    // `type=USER_AUTH msg=audit(1364475353.159:24270): …`: a name is no name of a value there, nor is a pair a value.
    let pair = word.contains('(') || word.trim_end_matches('=').contains('=');
    if !sets && (pair || text[..start].ends_with("type=")) {
        return None;
    }
    (value::looks_made(word, if sets { 6 } else { 12 }) && word.bytes().any(|b| b.is_ascii_digit()))
        .then_some((at, Joint::Blank))
}

// `Password ....... : X`, `Unseal Key 1: X`: dots and numbers before the sign.
fn skip_leader(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    let run = |test: fn(&u8) -> bool| rest.iter().take(64).take_while(|b| test(b)).count();
    let (dots, digits) = (run(|&b| b == b'.' || b == b' '), run(u8::is_ascii_digit));
    let length = if rest.starts_with(b"..") {
        dots
    } else if digits <= 2 {
        digits
    } else {
        0
    };
    // `password 1: too short` is a sentence.
    let said = || {
        let behind = text.get(at + length + 1..).unwrap_or_default();
        digits > 0 && behind.split_whitespace().next().is_none_or(value::is_word)
    };
    let is_sign = rest.get(length) == Some(&b':') && rest.get(length + 1) == Some(&b' ') && !said();
    at + if length > 0 && is_sign && text[..at].ends_with(' ') {
        length
    } else {
        0
    }
}

// `.password("X")`, `withPassword("X")` of builders; `getPassword("db")` asks for one.
fn sets_by_call(text: &str, start: usize, end: usize) -> bool {
    let name = text[start..end].rsplit('.').next().unwrap_or_default();
    let member = text[start..end].contains('.') || text[..start].ends_with('>');
    let lower = name.to_ascii_lowercase();
    // `form.password("password")` names a field.
    let given = text[end..].strip_prefix("(\"").unwrap_or_default();
    let named = given
        .get(..name.len())
        .is_some_and(|given| given.eq_ignore_ascii_case(name));
    (lower.starts_with("with") || lower.starts_with("set") || member && keys::is_bare(&lower))
        && !(named && given[name.len()..].starts_with('"'))
}

fn skip_blanks(text: &str, at: usize) -> usize {
    at + text[at..]
        .bytes()
        .take(64)
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}

fn past_first_word(text: &str, value: &Value) -> Option<Value> {
    if value.quoted {
        let content = &text[value.start..value.end];
        let (scheme, rest) = content.split_once(' ')?;
        let skip = content.len() - rest.trim_start().len();
        return is_scheme(scheme).then_some(Value {
            start: value.start + skip,
            ..*value
        });
    }
    let word = &text[value.start..value.end];
    // `password: &'static str = "…"` of Rust.
    if word.is_empty()
        && let Some(kind) = text[value.start..].strip_prefix('&')
    {
        let kind = kind.strip_prefix("'static ").unwrap_or(kind);
        let sign = kind.strip_prefix("str")?.trim_start_matches(' ').strip_prefix('=')?;
        return value::extent(text, skip_blanks(text, text.len() - sign.len()), Joint::Equals);
    }
    // `"password": {"value": "X"}` that stays text.
    if let Some(object) = text[value.start..].strip_prefix('{') {
        let inner = object.trim_start();
        let name = inner.strip_prefix('"')?;
        let part = ["value", "current", "new", "plain", "plaintext"]
            .iter()
            .find(|part| name.starts_with(**part) && name[part.len()..].starts_with('"'))?;
        let behind = name[part.len() + 1..].trim_start().strip_prefix(':')?.trim_start();
        // `{"password": {"new": "must match"}}`
        if let Some((first, _)) = behind.strip_prefix('"')?.split_once([' ', '"'])
            && behind[1 + first.len()..].starts_with(' ')
            && value::says_state(first)
        {
            return None;
        }
        return behind
            .starts_with('"')
            .then(|| value::extent(text, text.len() - behind.len(), Joint::Equals))
            .flatten();
    }
    // A block of YAML: the value is the next line.
    if matches!(word, "|" | ">" | ">-" | "|-" | ">+" | "|+") || word.is_empty() {
        let sign = text[value.start..]
            .bytes()
            .take(2)
            .take_while(|b| matches!(b, b'|' | b'>' | b'-' | b'+'))
            .count();
        let line = text[value.start + sign..].strip_prefix('\n')?;
        let blanks = line.bytes().take(INDENT).take_while(|b| *b == b' ').count();
        let alone = || {
            let word = line[blanks..].lines().next().unwrap_or_default().trim_end();
            variables::looks_chosen(word)
        };
        return (sign > 0 && blanks > 0 || sign == 0 && alone())
            .then(|| value::extent(text, value.start + sign + 1 + blanks, Joint::Equals))
            .flatten();
    }
    let at = skip_blanks(text, value.end);
    // `new String("…")`
    if word == "new" && at > value.end {
        let inner = text[at..]
            .bytes()
            .take(48)
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'.')
            .count();
        return text[at + inner..]
            .starts_with("(\"")
            .then(|| value::extent(text, at + inner + 1, Joint::Equals))
            .flatten();
    }
    if is_scheme(word) && at > value.end {
        return value::extent(text, at, Joint::Equals);
    }
    if is_type(word) && text[at..].starts_with('=') {
        return value::extent(text, skip_blanks(text, at + 1), Joint::Equals);
    }
    None
}

fn is_scheme(word: &str) -> bool {
    [
        "bearer",
        "basic",
        "token",
        "apikey",
        "digest",
        "ntlm",
        "negotiate",
        "key",
        "!!binary",
        "!!str",
    ]
    .iter()
    .any(|scheme| word.eq_ignore_ascii_case(scheme))
}

fn is_type(word: &str) -> bool {
    matches!(
        word,
        "str" | "string" | "String" | "char" | "bytes" | "SecureString" | "Optional[str]" | "any" | "const"
    )
}

// Whether this value is the first word of a command whose output is the secret.
fn is_run(text: &str, name: &str, at: usize, word: &str, value: &Value) -> bool {
    if value.quoted {
        return text[at..].starts_with('`') && text[..at].ends_with('=') && payload::runs(word);
    }
    let rest = &text[value.end..spans::floor(text, value.end + LONGEST_LINE)];
    let rest = rest.split('\n').next().unwrap_or_default();
    name.starts_with('$')
        && rest.starts_with([' ', '\t'])
        && payload::is_program(word)
        && !payload::says(rest)
        && !payload::names_what_looks_made(rest)
}

// `DB_PASSWORD`: what a shell can set.
fn is_identifier(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

// In a text of several lines, a name at the start of its line has the rest of the line as its value, or a command that it is set for.
fn whole_line(text: &str, start: usize, value: Value, set: bool) -> Value {
    let margin = &text[spans::ceil(text, start.saturating_sub(INDENT))..start];
    let first_line = !margin.contains('\n') && start <= INDENT;
    let Some(line_start) = margin
        .rfind('\n')
        .map(|at| start - margin.len() + at + 1)
        .or(first_line.then_some(0))
    else {
        return value;
    };
    if value.quoted
        || !text[line_start..start]
            .chars()
            .all(|c| c.is_whitespace() || matches!(c, '-' | '"' | '\''))
    {
        return value;
    }
    let window = &text[value.start..spans::floor(text, value.start + LONGEST_LINE)];
    let line_end = match window.find('\n') {
        Some(at) => value.start + at,
        None if !first_line && window.len() < LONGEST_LINE => text.len(),
        None => return value,
    };
    let line = &text[value.start..line_end];
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    let another = line.contains('=') || line.contains(": ") || line.contains(';') || line.contains(['|', '&']);
    if another || line.split(' ').count() > 8 || line.is_empty() {
        return value;
    }
    // `PASS=… nc 203.0.113.9 443`: a command that it is set for.
    if set
        && let Some((first, rest)) = line.split_once(' ')
        && payload::is_command(first, rest)
    {
        return value;
    }
    Value {
        end: value.start + line.len(),
        ..value
    }
}

// Things that stand before a colon and are no name of a value: PAM types, parts of an ARN, programs, counters.
fn speaks_of_a_value(text: &str, start: usize, end: usize, at: usize, joint: Joint, announces: Announces) -> bool {
    let name = &text[start..end];
    let before = text[..start].chars().next_back();
    if announces == Announces::Signature && joint != Joint::Element {
        let lower = name.to_ascii_lowercase();
        return joint == Joint::Equals && (matches!(before, Some('?' | '&' | ';')) || lower.starts_with("x-"));
    }
    if joint != Joint::Colon {
        return true;
    }
    let tight = text[..at].ends_with(':');
    let bare_before = matches!(before, Some(':' | '/' | '\\' | '.'));
    if tight && bare_before {
        // `registry/secret:1.2.3` is a place; what stands in quotes is none, nor what the detector would find.
        let quoted = value::opening_quote(&text[at..]).is_some();
        return before != Some(':') && (quoted || residual::begins_random(&text[at..]));
    }
    // `pam_unix(passwd:chauthtok)`
    if tight && before == Some('(') {
        let inner = text[at..].split(')').next().unwrap_or_default();
        if !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return false;
        }
    }
    true
}

// `Pass: 12, Fail: 3` and `pass=3 fail=0` count; `grep -r password: /etc` searches; `token: expected identifier` complains.
fn is_prose(
    text: &str,
    end: usize,
    at: usize,
    content: &str,
    announces: Announces,
    joint: Joint,
    value: &Value,
) -> bool {
    let last = text[..end]
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let number = content.strip_suffix('%').unwrap_or(content);
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    if digits && last.eq_ignore_ascii_case("pass") && !value.quoted {
        let share = number.len() < content.len() && number.len() <= 3;
        if content.len() <= 2 || share || counts_others(&text[value.end..spans::floor(text, value.end + COUNTERS)]) {
            return true;
        }
    }
    if joint != Joint::Colon || value.quoted || text[..at].ends_with(':') && at == end + 1 {
        return false;
    }
    let short = ["pass", "pw", "clave", "parola", "secret"]
        .iter()
        .any(|short| last.eq_ignore_ascii_case(short));
    let plain = content
        .bytes()
        .all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'.' | b','));
    short && (digits || plain) || matches!(announces, Announces::Token | Announces::Request) && plain
}

// ` fail=3`, `, "skipped": 1`: another counter. `pass=123456 failed` is an attempt to log in.
fn counts_others(behind: &str) -> bool {
    const ENDINGS: [&str; 7] = ["", "s", "ed", "ped", "ure", "ures", "count"];
    let behind = behind.to_ascii_lowercase();
    ["fail", "skip", "error"].iter().any(|other| {
        behind.split(other).skip(1).any(|rest| {
            let ending = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
            let number = rest[ending..].trim_start_matches('"').trim_start();
            let number = number.strip_prefix(['=', ':']).map_or("", str::trim_start);
            ENDINGS.contains(&&rest[..ending]) && number.starts_with(|c: char| c.is_ascii_digit())
        })
    })
}
