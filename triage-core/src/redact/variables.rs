//! Secrets that a variable carries: `$p='X'; … -Password $p`. Where a secret should stand there is a name, and its value is the secret.

use super::keys::Announces;
use super::spans::{self, Kind, Span};
use super::value::{self, Joint};

/// What a mark is called, which never becomes a mask.
pub(super) const USED: &str = "variable";
/// Variables of one text that are followed.
const MOST: usize = 8;
/// Assignments to one of them that are looked at.
const ASSIGNMENTS: usize = 64;
/// Blanks round the sign of an assignment.
const BLANKS: usize = 4;

/// Leaves a mark for [`follow`] if a variable stands where a secret should.
pub(super) fn mark(text: &str, start: usize, out: &mut Vec<Span>) {
    if name_in(text).is_some() {
        out.push(Span::new(start, start + text.len(), USED));
    }
}

/// Puts what the variables hold in the place of the marks that rules left where such a one is used. Linear.
pub(super) fn follow(text: &str, found: &mut Vec<Span>) {
    let mut names: Vec<String> = Vec::new();
    found.retain(|span| {
        if span.kind != Kind::BuiltIn(USED) {
            return true;
        }
        let name = text
            .get(span.start..span.end)
            .and_then(name_in)
            .map(str::to_ascii_lowercase);
        names.extend(name.filter(|name| names.len() < MOST && !names.contains(name)));
        false
    });
    if names.is_empty() {
        return;
    }
    // PowerShell and cmd do not care; a shell that does has no second variable of that name.
    let lower = text.to_ascii_lowercase();
    for name in names {
        let sets = |&(at, _): &(usize, &str)| {
            let rest = &text[at + name.len()..];
            rest.trim_start_matches(' ').starts_with('=') || rest.starts_with(" in ")
        };
        for (at, _) in lower.match_indices(&name).filter(sets).take(ASSIGNMENTS) {
            found.extend(assigned(text, at, at + name.len()));
            listed(text, at, at + name.len(), found);
        }
    }
}

/// Finds what PowerShell's `$p` holds where it looks like a password; a path, a process or a port does not. Linear.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    for (at, _) in text.match_indices('$') {
        let name = &text[at + 1..];
        if name.starts_with(['p', 'P'])
            && let Some(span) = assigned(text, at + 1, at + 2)
            && looks_chosen(&text[span.start..span.end])
        {
            out.push(span);
        }
    }
}

/// Says whether a text has three of the four kinds of signs that rules for passwords ask for, and none that paths and addresses have.
pub(super) fn looks_chosen(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| usize::from(value.as_bytes().iter().any(test));
    let kinds = has(u8::is_ascii_lowercase)
        + has(u8::is_ascii_uppercase)
        + has(u8::is_ascii_digit)
        + has(|b| b"!@#$%^&*?+=".contains(b));
    (8..=64).contains(&value.len()) && kinds >= 3 && !value.contains(['/', '\\', ':', '.', '_', ' ', ','])
}

/// The name of the variable that a text consists of: `$p`, `${p}`, `$env:p`, `%p%`, `!p!`.
pub(super) fn name_in(text: &str) -> Option<&str> {
    let name = if let Some(name) = text.strip_prefix('$') {
        let name = name
            .strip_prefix('{')
            .map_or(Some(name), |name| name.strip_suffix('}'))?;
        let scope = ["env:", "global:", "script:"].iter().find(|scope| {
            name.get(..scope.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scope))
        });
        &name[scope.map_or(0, |scope| scope.len())..]
    } else {
        let sign = text.chars().next().filter(|c| matches!(c, '%' | '!'))?;
        text[1..].strip_suffix(sign)?
    };
    let word = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (word && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')).then_some(name)
}

// What is assigned to the name that stands here.
fn assigned(text: &str, start: usize, end: usize) -> Option<Span> {
    let before = &text[..start];
    let dollar = before.ends_with(['$', ':']);
    let begins = before
        .chars()
        .next_back()
        .is_none_or(|c| c.is_whitespace() || matches!(c, '$' | ':' | ';' | '&' | '|' | '(' | '{' | '"' | '\''));
    // `set /p x=` asks for it.
    if !begins || before.ends_with("/p ") || before.ends_with("/P ") {
        return None;
    }
    let mut at = end;
    if dollar {
        at += blanks(text, at);
    }
    if !text[at..].starts_with('=') || text[at..].starts_with("==") {
        return None;
    }
    at += 1;
    if dollar {
        at += blanks(text, at);
    }
    // Without quotes PowerShell takes it for a command; what stands between backticks is one.
    if dollar && value::opening_quote(&text[at..]).is_none() || text[at..].starts_with('`') {
        return None;
    }
    let value = value::extent(text, at, Joint::Equals)?;
    let secret = &text[value.start..value.end];
    value::is_secret(secret, Announces::Password, Joint::Equals).then(|| {
        let value = value::whole(text, value, Joint::Equals);
        Span::new(value.start, value.end, "password")
    })
}

// `for p in A B; do …`: each of them in turn.
fn listed(text: &str, start: usize, end: usize, found: &mut Vec<Span>) {
    let Some(list) = text[end..]
        .strip_prefix(" in ")
        .filter(|_| text[..start].ends_with("for "))
    else {
        return;
    };
    let end_of_list = list.find([';', '\n']).unwrap_or(list.len());
    let list = &list[..spans::floor(list, end_of_list.min(value::LONGEST))];
    let mut at = end + " in ".len();
    for word in list.split(' ') {
        let bare = word.trim_matches(['"', '\'']);
        let from = at + (word.len() - word.trim_start_matches(['"', '\'']).len());
        if value::is_secret(bare, Announces::Password, Joint::Equals) && name_in(bare).is_none() {
            found.push(Span::new(from, from + bare.len(), "password"));
        }
        at += word.len() + 1;
    }
}

fn blanks(text: &str, at: usize) -> usize {
    text[at..].bytes().take(BLANKS).take_while(|&b| b == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_known_in_every_notation() {
        for text in ["$p1", "${p1}", "$env:p1", "$Env:p1", "%p1%", "!p1!", "$script:p1"] {
            assert_eq!(name_in(text), Some("p1"), "{text}");
        }
        for text in ["$", "$1", "${p1", "%p1", "p1", "$(p1)", "$p1!", "%%", "$p.x"] {
            assert_eq!(name_in(text), None, "{text}");
        }
    }

    #[test]
    fn a_variable_called_p_holds_a_password_if_it_looks_like_one() {
        let found = |text| {
            let mut found = Vec::new();
            find(text, &mut found);
            found.len()
        };
        for text in ["$p='Dingo88xY'", "x; $P = \"dingo88!\"", "($p=\"Top5ecretX\")"] {
            assert_eq!(found(text), 1, "{text}");
        }
        for text in [
            "$p='notepad'",
            "$p='Win32_Process'",
            "$p='C:\\Tools9\\x'",
            "$p='10.0.0.1'",
            "$p=Dingo88xY",
            "$path='Dingo88xY'",
            "$p.Name='Dingo88xY'",
        ] {
            assert_eq!(found(text), 0, "{text}");
        }
    }

    #[test]
    fn what_was_assigned_to_a_variable_in_the_place_of_a_secret_is_one() {
        for (text, secrets) in [
            ("$p='Dingo88'; x -Password $p", vec!["Dingo88"]),
            ("p=Dingo88; x -Password $p", vec!["Dingo88"]),
            ("set p=Dingo88& x -Password $p", vec!["Dingo88"]),
            ("$P = \"Din go\"; x -Password $p", vec!["Din go"]),
            ("$env:p='Dingo88'; x -Password $p", vec!["Dingo88"]),
            ("$p = Get-Content x; x -Password $p", vec![]),
            ("set /p p=Dingo88: & x -Password $p", vec![]),
            ("p=`cat x`; x -Password $p", vec![]),
            ("p=$(cat x); up=Dingo88; x -Password $p", vec![]),
            ("if ($p -eq 'a' -or p == 'b') { x -Password $p }", vec![]),
        ] {
            let at = text.rfind("$p").unwrap();
            let mut found = vec![Span::new(at, at + 2, USED)];
            follow(text, &mut found);
            let values: Vec<_> = found.iter().map(|span| &text[span.start..span.end]).collect();
            assert_eq!(values, secrets, "{text}");
        }
    }
}
