//! What Microsoft's virus scanner found, in its own lists: `file:_C:\a.exe; containerfile:_C:\b.zip; webfile:_C:\c|http://…|pid:…`.

use crate::{path, url};

/// Says whether a field holds such a list. In any other the same is the name of a file, which somebody chose.
pub(crate) fn is_list(path: &str, text: &str) -> bool {
    path::of_the_occasion(path) == "data.win.eventdata.path" && text.contains("file:_")
}

/// The files in a list.
pub(crate) fn files(list: &str) -> impl Iterator<Item = &str> {
    list.split(';').filter_map(|one| {
        let (_, file) = one.split_once("file:_")?;
        let end = file.find('|').or_else(|| file.find("->")).unwrap_or(file.len());
        Some(file[..end].trim())
    })
}

/// From where files in a list were fetched.
pub(crate) fn urls(list: &str) -> impl Iterator<Item = &str> {
    // Not by element: a URL may have a semicolon in it.
    let behind_a_mark = list.split("webfile:_").skip(1);
    behind_a_mark.filter_map(|one| url::all(one.split('|').nth(1)?).next())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(!is_list("syscheck.path", list) && !is_list("data.win.eventdata.targetFilename", list));
    }
}
