//! Cuts a command line into words as a shell would, good enough for any shell, and keeps where they stand.

use super::quotes::{self, Pairing};
use super::value;

/// A word of a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'t> {
    /// The word without the quotes round it.
    pub(super) text: &'t str,
    /// Where `text` begins.
    pub(super) start: usize,
    /// Whether the whole word stands in quotes.
    pub(super) quoted: bool,
}

impl Word<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// One simple command, and whether its output goes into the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command<'t> {
    pub(super) words: Vec<Word<'t>>,
    pub(super) piped: bool,
}

/// Cuts a line into simple commands. `offset` is added to every place. Linear.
pub(super) fn commands(line: &str, offset: usize, pairing: Pairing) -> Vec<Command<'_>> {
    let mut commands = Vec::new();
    let mut command = Command::default();
    let mut at = 0;
    // A quote that is never closed is an apostrophe; there is no need to look for its end twice.
    let mut unclosed: Vec<(usize, char)> = Vec::new();
    while at < line.len() {
        let rest = &line[at..];
        let c = rest.chars().next().unwrap_or(' ');
        if c == '\n' || c == ';' || c == '|' || c == '&' && stands_alone(line, at) {
            let mut skip = 1;
            if rest[1..].starts_with(c) && c != ';' {
                skip = 2;
            }
            command.piped = c == '|' && skip == 1;
            if !command.words.is_empty() || command.piped {
                commands.push(std::mem::take(&mut command));
            }
            at += skip;
            continue;
        }
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        // The command goes on in the next line.
        if rest.starts_with("\\\n") {
            at += 2;
            continue;
        }
        if let Some(length) = pairing.lone_close(line, at) {
            if !command.words.is_empty() {
                commands.push(std::mem::take(&mut command));
            }
            at += length;
            continue;
        }
        let end = word_end(line, at, pairing, &mut unclosed);
        command.words.push(bare(line, at, end, offset, pairing));
        at = end;
    }
    if !command.words.is_empty() {
        commands.push(command);
    }
    commands
}

// `&` between blanks, doubled, or at the end joins commands; inside a word it belongs to a link.
fn stands_alone(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    let after = line[at + 1..].chars().next();
    before.is_none_or(|c| c.is_whitespace() || c == '&') || after.is_none_or(|c| c.is_whitespace() || c == '&')
}

fn word_end(line: &str, start: usize, pairing: Pairing, unclosed: &mut Vec<(usize, char)>) -> usize {
    let mut at = start;
    while at < line.len() {
        let rest = &line[at..];
        let c = rest.chars().next().unwrap_or(' ');
        // `<CommandLine>net user bob X</CommandLine>`
        let ends_element = c == '<' && at > start && rest.starts_with("</");
        if c.is_whitespace() || c == ';' || c == '|' || ends_element || c == '&' && stands_alone(line, at) {
            break;
        }
        if matches!(c, '"' | '\'' | '\\' | '“' | '‘')
            && opens_here(line, start, at, c)
            && let Some(quote) = value::opening_quote(rest)
            && !unclosed.contains(&quote.style())
        {
            if at > start && pairing.lone_close(line, at).is_some() {
                break;
            }
            let inside = at + quote.len;
            if let Some(close) = pairing.close(line, inside, &quote) {
                at = inside + close.end;
                continue;
            }
            if pairing == Pairing::Shell && line.len() - inside < quotes::farthest(&quote) {
                unclosed.push(quote.style());
            }
            at = inside;
            continue;
        }
        at += c.len_utf8();
    }
    at.max(start + 1)
}

/// What stands in quotes within a word, and where: `{"cmd":"net user"}` holds `cmd` and `net user`. Linear.
pub(super) fn quoted(word: &str, pairing: Pairing) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut unclosed: Vec<(usize, char)> = Vec::new();
    let mut at = 0;
    while let Some(c) = word[at..].chars().next() {
        let rest = &word[at..];
        if matches!(c, '"' | '\'' | '\\' | '“' | '‘')
            && opens_here(word, 0, at, c)
            && let Some(quote) = value::opening_quote(rest)
            && !unclosed.contains(&quote.style())
        {
            let inside = at + quote.len;
            if let Some(close) = pairing.close(word, inside, &quote) {
                parts.push((inside, &word[inside..inside + close.start]));
                at = inside + close.end;
            } else {
                if pairing == Pairing::Shell {
                    unclosed.push(quote.style());
                }
                at = inside;
            }
            continue;
        }
        at += c.len_utf8();
    }
    parts
}

// `o'neil` is a name: a single quote opens at the start of a word, or behind a sign of an assignment or a switch.
fn opens_here(line: &str, word: usize, at: usize, c: char) -> bool {
    if c != '\'' {
        return true;
    }
    let before = line[..at].chars().next_back();
    at == word || before.is_some_and(|c| !c.is_alphanumeric()) || line[word..at].starts_with('-')
}

fn bare(line: &str, start: usize, end: usize, offset: usize, pairing: Pairing) -> Word<'_> {
    let raw = &line[start..end];
    if let Some(quote) = value::opening_quote(raw)
        && let Some(inner) = pairing.close(raw, quote.len, &quote)
        && quote.len + inner.end == raw.len()
    {
        return Word {
            text: &raw[quote.len..quote.len + inner.start],
            start: offset + start + quote.len,
            quoted: true,
        };
    }
    Word {
        text: raw,
        start: offset + start,
        quoted: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Vec<&str>> {
        commands(line, 0, Pairing::Shell)
            .into_iter()
            .map(|command| command.words.iter().map(|word| word.text).collect())
            .collect()
    }

    #[test]
    fn words_keep_their_quotes_inside_and_lose_those_round_them() {
        assert_eq!(
            words("a \"b c\" -p\"d e\" 'f g'"),
            [vec!["a", "b c", "-p\"d e\"", "f g"]]
        );
        assert_eq!(
            words(r#"net use \\\\S\\c$ \"Pa55 w0rd x\" z"#),
            [vec!["net", "use", r"\\\\S\\c$", "Pa55 w0rd x", "z"]]
        );
        assert_eq!(
            words(r#""C:\Program Files\x.exe" -pw y"#),
            [vec![r"C:\Program Files\x.exe", "-pw", "y"]]
        );
        assert_eq!(words("o'neil said 'yes"), [vec!["o'neil", "said", "'yes"]]);
        assert_eq!(
            words("<C>net user b x</C></D>"),
            [vec!["<C>net", "user", "b", "x", "</C>", "</D>"]]
        );
    }

    #[test]
    fn what_is_quoted_within_a_word_is_known() {
        assert_eq!(
            quoted(r#"{"a":"b c","d":'e f'}"#, Pairing::Shell),
            [(2, "a"), (6, "b c"), (12, "d"), (16, "e f")]
        );
        assert_eq!(quoted("o'neil's \"x", Pairing::Shell), []);
    }

    #[test]
    fn commands_end_where_a_shell_ends_them() {
        assert_eq!(
            words("echo x | sudo -S id && a;b"),
            [vec!["echo", "x"], vec!["sudo", "-S", "id"], vec!["a"], vec!["b"]]
        );
        assert_eq!(
            words("curl http://h/?a=1&b=2 -u x"),
            [vec!["curl", "http://h/?a=1&b=2", "-u", "x"]]
        );
        assert_eq!(words("echo x | \\\n y z"), [vec!["echo", "x"], vec!["y", "z"]]);
        assert!(commands("echo x | y", 0, Pairing::Shell)[0].piped);
        assert!(!commands("echo x || y", 0, Pairing::Shell)[0].piped);
    }
}
