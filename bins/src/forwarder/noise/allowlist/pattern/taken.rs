//! What the stars and question marks of a glob for commands took: no variable in the name of a file, and behind that no path without a separator.

use std::ops::Range;

use regex::Captures;

use super::super::fields;
use super::super::path::has_drive;
use super::super::shell::{has_name_between, is_escape, is_of_a_format};

/// The stars of a pattern, in their order, each of them a group.
#[derive(Debug)]
pub(super) struct Stars {
    places: Vec<Place>,
    /// In arguments of Windows a drive begins a path.
    on_windows: bool,
    readers: Vec<Reader>,
    /// The pattern itself does, so that wildcards are read too.
    names_shell_of_unix: bool,
    /// Whether the pattern names a shell that looks for variables within words.
    reads_words: bool,
}

/// Where a star stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the name of the program, so that whatever arguments follow are meant: `**\defrag.exe*`.
    Program,
    /// In the name of another file.
    Path,
    Elsewhere,
}

/// Who reads a command, as far as the pattern says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Cmd,
    PowerShell,
    ShellOfUnix,
    /// Windows, for a service or a value of the registry.
    Windows,
}

impl Reader {
    /// All that do: a shell may run another. Where none does, what a program is given stays as it is.
    fn of(field: &str, pattern: &str, on_windows: bool) -> Vec<Self> {
        let mut readers = Self::named(pattern);
        if fields::is_command(field) && !on_windows {
            readers.push(Self::ShellOfUnix);
        }
        if fields::is_read_by_windows(field) {
            readers.push(Self::Windows);
        }
        readers
    }

    fn named(pattern: &str) -> Vec<Self> {
        let pattern = pattern.to_ascii_lowercase();
        // A star may stand for the blanks between words.
        let words = pattern.split(|c: char| c.is_whitespace() || "\"'`&|;<>()=,{}*?".contains(c));
        words.filter_map(Self::called).collect()
    }

    /// The shell whose program, or whose script, a word names. Between `cmd` and its first switch there need be no blank.
    fn called(word: &str) -> Option<Self> {
        let path = word.rsplit('\\').next()?;
        [path.split('/').next()?, path.rsplit('/').next()?]
            .iter()
            .find_map(|name| match name.strip_suffix(".exe").unwrap_or(name) {
                "cmd" | "%comspec%" => Some(Self::Cmd),
                "powershell" | "pwsh" | "pwsh-preview" => Some(Self::PowerShell),
                "sh" | "bash" | "dash" | "ksh" | "zsh" => Some(Self::ShellOfUnix),
                // What they are given, Windows reads later.
                "schtasks" | "sc" | "reg" | "winrs" | "explorer" => Some(Self::Windows),
                script => matches!(script.rsplit_once('.'), Some((_, "bat" | "cmd"))).then_some(Self::Cmd),
            })
    }
}

impl Stars {
    /// None where nobody reads what they take, as in a link with blanks in it; what begins like a path may be a command in any field.
    pub(super) fn of(field: &str, pattern: &str, on_windows: bool) -> Option<Self> {
        let (readers, named) = (Reader::of(field, pattern, on_windows), Reader::named(pattern));
        // In a field that nobody knows it may be a command all the same.
        let names_path = pattern.starts_with(['/', '\\', '"']) || pattern.starts_with("**") || has_drive(pattern);
        (fields::is_command(field) || !readers.is_empty() || names_path).then_some(Self {
            places: Vec::new(),
            on_windows,
            names_shell_of_unix: named.contains(&Reader::ShellOfUnix),
            reads_words: named.contains(&Reader::ShellOfUnix)
                || (named.contains(&Reader::PowerShell) && !pattern.to_ascii_lowercase().contains("-file")),
            readers,
        })
    }

    /// Adds one behind this part of the pattern.
    pub(super) fn add(&mut self, before: &str) {
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        // The value of a switch, `/out:C:\x\*`, and none such as `/t:*`.
        let path = word.trim_start_matches(['/', '"', '\'']);
        let is_in_path =
            !word.contains("://") && (path.contains(['\\', '/']) || (!self.on_windows && word.contains('/')));
        self.places.push(match (is_in_path, is_program(before)) {
            (false, _) => Place::Elsewhere,
            (true, true) => Place::Program,
            (true, false) => Place::Path,
        });
    }

    /// Whether each took no more than it may, of a value that fits.
    pub(super) fn took_what_they_may(&self, groups: &Captures<'_>) -> bool {
        let command = &groups[0];
        let has = |reader| self.readers.contains(&reader);
        let signs = |sign: char, is_read: bool| {
            if is_read {
                Signs::of(command, sign)
            } else {
                Signs::default()
            }
        };
        let percents = signs('%', has(Reader::Cmd) || has(Reader::Windows));
        let marks = signs('!', has(Reader::Cmd));
        let taken = self.places.iter().zip(groups.iter().skip(1));
        taken
            .filter_map(|(place, group)| Some((*place, group?)))
            .all(|(place, group)| {
                let (text, range) = (group.as_str(), group.range());
                let name = match place {
                    Place::Program | Place::Path => text.split(char::is_whitespace).next().unwrap_or_default(),
                    Place::Elsewhere => "",
                };
                let of_name = range.start..range.start + name.len();
                !(percents.are_paired_in(command, &of_name)
                    || marks.enclose_a_word_in(command, &of_name)
                    || self.has_dollar(command, &of_name)
                    || (has(Reader::Cmd)
                        && (has_name_between(text, '%')
                            || (place != Place::Program && percents.name_something_in(command, &range))))
                    || (place == Place::Path && self.takes_a_path(&text[name.len()..])))
            })
    }

    /// Whether the name of a file, so far as a star took it, has a variable in it, or the sign for one that the pattern goes on with.
    fn has_dollar(&self, command: &str, name: &Range<usize>) -> bool {
        let on_unix = self.readers.contains(&Reader::ShellOfUnix);
        let begins_name = |c: char| c.is_alphanumeric() || c == '_' || (on_unix && "@*".contains(c));
        (on_unix || self.readers.contains(&Reader::PowerShell))
            && command[name.clone()]
                .match_indices('$')
                .any(|(at, _)| command[name.start + at + 1..].starts_with(begins_name))
    }

    fn takes_a_path(&self, arguments: &str) -> bool {
        arguments.contains(['.', '~', '$', ':']) && arguments.split_whitespace().any(|argument| self.is_path(argument))
    }

    /// Whether one of them takes commas for ends of arguments or for those of a list.
    fn splits_arguments(&self) -> bool {
        self.readers.contains(&Reader::Cmd) || self.readers.contains(&Reader::PowerShell)
    }

    /// Whether an argument, or a part of one, is a path that needs no separator (`..`, `~root`, `D:Finance`), or a variable for one, also
    /// once a shell has taken quotes and carets out of it.
    fn is_path(&self, argument: &str) -> bool {
        let on_unix = self.readers.contains(&Reader::ShellOfUnix);
        let has_homes = on_unix || self.readers.contains(&Reader::PowerShell);
        let stands_for_dots = |word: &str| word.starts_with('.') && word[1..].starts_with(['?', '*', '[', '{', '$']);
        if self.names_shell_of_unix && argument.split(['=', ',']).any(stands_for_dots) {
            return true;
        }
        let argument = argument.replace(['"', '\'', '^'], "");
        let begins_on_drive = || has_drive(argument.trim_start_matches([',', ';', '=']));
        let goes_on_to_drive = || {
            // cmd takes `=` for the end of an argument, too.
            let splits = |c: char| matches!(c, ',' | ';') || (c == '=' && self.readers.contains(&Reader::Cmd));
            let mut behind = argument.split(splits).skip(1);
            !argument.contains('{') && behind.any(|part| has_drive(part) && is_on_drive(&part[2..]))
        };
        // Within a word it is one only where a shell is known to read it: `-name foo$bar`.
        let is_variable = |part: &str| (part.starts_with('$') || self.reads_words) && has_variable(part);
        let separators = if self.on_windows { ",;={}:" } else { ",={}" };
        (self.on_windows && (begins_on_drive() || (self.splits_arguments() && goes_on_to_drive())))
            || argument
                .split(|c: char| separators.contains(c))
                .any(|part| part == ".." || (has_homes && (part.starts_with('~') || is_variable(part))))
    }
}

/// Whether what stands behind a drive is a file on it, and no number: `D:Finance`, and not `b:1`.
fn is_on_drive(path: &str) -> bool {
    path.contains(|c: char| !c.is_ascii_digit())
}

/// Whether a `$` begins a name there that is not that of a constant. Two of them stand for a number or a word.
fn has_variable(part: &str) -> bool {
    const CONSTANTS: [&str; 3] = ["$true", "$false", "$null"];
    let begins_name = |c: char| c.is_alphanumeric() || "_@*".contains(c);
    let is_constant = || CONSTANTS.iter().any(|constant| part.eq_ignore_ascii_case(constant));
    let mut names = part.split("$$").flat_map(|rest| rest.split('$').skip(1));
    names.any(|name| name.starts_with(begins_name)) && !is_constant()
}

/// Where a sign stands in a command that begins and ends names of variables, whatever stands between two of them.
#[derive(Debug, Default)]
struct Signs(Vec<usize>);

impl Signs {
    fn of(command: &str, sign: char) -> Self {
        Self(command.match_indices(sign).map(|(at, _)| at).collect())
    }

    /// Pairs with something between them, of which one is within this range.
    fn pairs(&self, range: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let first = self.0.partition_point(|at| *at < range.start);
        let end = self.0.partition_point(|at| *at < range.end);
        let near = if first < end {
            &self.0[first.saturating_sub(1)..self.0.len().min(end + 1)]
        } else {
            &[]
        };
        near.windows(2)
            .filter_map(|pair| Some(*pair.first()? + 1..*pair.last()?))
            .filter(|between| !between.is_empty())
    }

    /// Whether a pair has a name between its signs. One with separators in it is rare, and folders stand between two variables.
    fn are_paired_in(&self, command: &str, range: &Range<usize>) -> bool {
        self.pairs(range).any(|between| !command[between].contains(['\\', '/']))
    }

    /// The same of a name without blanks: `wow!.bat -m done!` has none.
    fn enclose_a_word_in(&self, command: &str, range: &Range<usize>) -> bool {
        self.pairs(range)
            .any(|between| !command[between].contains(|c: char| c.is_whitespace() || "\\/".contains(c)))
    }

    /// Whether a pair names what no ordinary argument has between two: not `-w 10% -c 5%`, `--format=%h-%s` or `https://a/M%C3%BCller`.
    fn name_something_in(&self, command: &str, range: &Range<usize>) -> bool {
        if self.0.len() < 2 {
            return false;
        }
        let address = command.find("://").unwrap_or(command.len());
        self.pairs(range).any(|between| {
            let (from, name) = (between.start, &command[between]);
            let is_figure =
                || command[..from - 1].ends_with(|c: char| c.is_ascii_digit()) && !name.contains(char::is_alphabetic);
            let is_ordinary = name.contains(|c: char| c.is_whitespace() || "\\/".contains(c))
                || is_of_a_format(name)
                || address < from && is_escape(name)
                || is_figure();
            !is_ordinary
        })
    }
}

/// Whether a command, so far as it is written, goes no further than its program, or than the script that one runs.
fn is_program(command: &str) -> bool {
    let command = command.trim_start();
    if command.match_indices('*').any(|(at, _)| may_end_a_name(&command[..at])) {
        return false;
    }
    let rest = match command.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').map_or("", |(_, rest)| rest),
        None => command,
    };
    !rest.contains(char::is_whitespace) || is_program_with_blanks(command) || is_script(command)
}

/// Whether a star behind this may stand for arguments: behind `cmd`, `**cmd` and `C:\x.exe`, and not behind `C:\Tools\v`.
fn may_end_a_name(before: &str) -> bool {
    let before = before.to_ascii_lowercase();
    let name = before.rsplit(['\\', '/', '*', '?']).next().unwrap_or_default();
    let name = name.trim_matches('"');
    let has_folder = before.contains(['\\', '/']);
    let is_executable = || name.strip_suffix(".exe").is_some();
    !name.is_empty() && (!has_folder || is_executable() || Reader::called(name).is_some())
}

/// Whether it is a path up to an ending, without quotes around its blanks: `C:\Program Files\Acme\defrag.exe`.
fn is_program_with_blanks(command: &str) -> bool {
    const ENDINGS: [&str; 4] = [".exe", ".com", ".bat", ".cmd"];
    let command = command.to_ascii_lowercase();
    let mut words = command.split_whitespace();
    let begins = words.next().is_some_and(|first| first.contains('\\'));
    // Of another program these would be arguments: `C:\Windows\System32\cmd /c del C:\Temp\a.exe`.
    let mut goes_on = words.all(|word| !word.starts_with(['/', '-', '+', '"', '\'', '\\']) && !has_drive(word));
    goes_on &= Reader::named(&command).is_empty();
    let path = command.trim_end_matches('"').strip_suffix(".exe");
    begins && goes_on && path.is_some_and(|path| !ENDINGS.iter().any(|ending| path.contains(ending)))
}

/// Whether it ends in the script that PowerShell runs with arguments as they stand: `powershell.exe -File C:\Check\check_disk.ps1`.
fn is_script(command: &str) -> bool {
    let command = command.to_ascii_lowercase();
    if !Reader::named(&command).contains(&Reader::PowerShell) {
        return false;
    }
    let script = command.trim_end_matches('"').strip_suffix(".ps1");
    let script = script.and_then(|script| script.rsplit_once(" -file "));
    script.is_some_and(|(_, path)| match path.strip_prefix('"') {
        Some(quoted) => !quoted.contains('"'),
        None => !path.contains(char::is_whitespace),
    })
}
