//! A path in a command, and the name in it that is read.

use super::super::is_separator;

/// A path, so far as it is read.
#[derive(Default)]
pub(super) struct Path {
    /// Within which, if any, it stands.
    pub(super) quote: Option<char>,
    pub(super) slashes: Slashes,
    /// It begins with this, and no separator has followed yet.
    pub(super) sign: Option<char>,
    /// It may as well be an account.
    pub(super) begins_with_a_name: bool,
    /// The command begins with it.
    pub(super) is_first: bool,
    /// It is what is given to a switch, or to a name in a list: `--dir=C:\data`, `{"dir":"C:\data"}`.
    pub(super) is_value: bool,
}

impl Path {
    /// Goes over a quote: into or out of what is quoted, unless that has quotes of the other kind.
    pub(super) fn turn(&mut self, quote: char) {
        match self.quote {
            None => self.quote = Some(quote),
            Some(open) if open == quote => self.quote = None,
            Some(_) => {}
        }
    }

    /// Whether the path ends with this.
    pub(super) fn ends_at(&self, c: char) -> bool {
        let in_no_variable = match self.sign {
            // What is put into one is no part of its path: `$x='Stop'; …`.
            Some('$') => c == '=' || c == ';',
            Some('.' | '~') => c.is_whitespace(),
            _ => false,
        };
        ends_name(c) || in_no_variable || (self.begins_with_a_name && self.quote.is_none() && c.is_whitespace())
    }

    /// Whether contents of this name are some only where they look like a file, between what stands before and behind their colon. An
    /// argument that begins with its path has no list behind that: whoever calls a file `a=b` may call its contents `1`.
    pub(super) fn is_in_doubt(&self, name: &Name, before: &str, contents: &str) -> bool {
        self.is_by_name(name) || (name.is_of_a_list && is_element(before, contents, self.is_value))
    }

    /// Whether nothing says that this name is one of a file but the separator before it.
    pub(super) fn is_by_name(&self, name: &Name) -> bool {
        self.begins_with_a_name || (self.slashes == Slashes::InDoubt && name.follows == Some('/'))
    }

    /// Whether this is the name of a file or folder in it.
    pub(super) fn may_end_in(&self, name: &Name) -> bool {
        name.len > 0
            && name
                .follows
                .is_some_and(|separator| separator == '\\' || self.slashes != Slashes::None)
            && (self.quote.is_some() || !name.is_of_a_command)
    }
}

/// What stands between two separators, so far as it is read.
#[derive(Default)]
pub(super) struct Name {
    pub(super) len: usize,
    pub(super) follows: Option<char>,
    pub(super) is_of_a_command: bool,
    /// It has an end that may be one of an element of a list: `C:\a;HOST=h:80`.
    pub(super) is_of_a_list: bool,
    /// It has what stands in the name of no file.
    pub(super) is_of_no_file: bool,
}

impl Name {
    /// Takes this into the name.
    pub(super) fn go_on(&mut self, c: char, in_quotes: bool) {
        self.len += c.len_utf8();
        self.is_of_a_list |= !in_quotes && ",;=".contains(c);
        self.is_of_no_file |= matches!(c, ':' | '*');
    }

    /// Whether it may be that of a file before these contents, where nothing but its separator says so: `Scripts/a:evil.vbs`, and not
    /// `http/10.0.0.1:80:www.example`.
    pub(super) fn may_be_a_file(&self, contents: &str) -> bool {
        self.follows == Some('\\') || (!self.is_of_no_file && !has_another_colon(contents))
    }
}

/// Whether a slash is a separator of paths in one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Slashes {
    /// It is that of an address or of an image: `C:\x.exe http://host:80`.
    #[default]
    None,
    /// The word may be a path of its own: `C:\x Scripts/a.txt`.
    InDoubt,
    Certain,
}

/// Whether contents have another colon than that of their kind: `80:www.example`, and not `a.vbs:$DATA`.
fn has_another_colon(contents: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || is_separator(c) || ":,;\"'".contains(c);
    let end = contents.find(ends).map(|at| &contents[at..]);
    end.is_some_and(|end| end.starts_with(':') && !end.starts_with(":$"))
}

/// Whether a colon stands in an element of a list: before a port, with a machine before it or not (`HOST=h:443`, `tcp:db,1433`), or
/// between texts in quotes. Contents have no other colon behind them: `0.0.0.0:8080:C:\config.yml`.
fn is_element(before: &str, contents: &str, is_value: bool) -> bool {
    let of_a_machine = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let is_port = |text: &str| {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let has_another_colon = rest.starts_with(':') && !rest.starts_with("::") && !rest.starts_with(":$");
        let ends = rest.is_empty() || rest.starts_with(|c: char| c == '"' || c.is_whitespace());
        rest.len() < text.len() && (has_another_colon || (is_value && ends))
    };
    if before.ends_with('"') {
        return is_value && contents.starts_with('"');
    }
    let is_machine = before.trim_end_matches(of_a_machine).ends_with([',', ';', '=', '"']);
    let behind_machine = contents.trim_start_matches(of_a_machine);
    is_machine && (is_port(contents) || behind_machine.strip_prefix(',').is_some_and(is_port))
}

/// Whether no name has this.
pub(super) fn ends_name(c: char) -> bool {
    "<>|".contains(c)
}
