//! The text of `<options>`, which integratord hands over in a file of its own.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::shown;

/// What the file says; Wazuh cuts what is longer. Without what cannot be read the alert goes on: it is no reason to lose that, and whose
/// it may be is nobody's guess; `log` takes a line that says so.
pub(super) fn of(path: &Path, log: &dyn Fn(&str)) -> String {
    read(path).unwrap_or_else(|error| {
        say(path, &error, log);
        String::new()
    })
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(1 << 16).read_to_end(&mut bytes)?;
    // Where a block has none, integratord names no file.
    if bytes.is_empty() {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is empty"));
    }
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// Not inlined: what it keeps on the stack, and its code, would cost each call of the hook a page.
#[cold]
#[inline(never)]
fn say(path: &Path, error: &io::Error, log: &dyn Fn(&str)) {
    log(&format!(
        "the options file {} could not be read, so the alert goes to the customer of the settings, with no tags of its block: {error}. Is \
         /tmp full on the Wazuh manager?",
        shown(path)
    ));
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_no_options_and_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("custom-iris-1-2.options");
        let said = RefCell::new(Vec::new());
        let found = |text: Option<&str>| {
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            of(&path, &|line| said.borrow_mut().push(line.to_owned()))
        };
        assert_eq!(found(None), "");
        assert_eq!(found(Some("")), "", "a full disk leaves it so");
        assert_eq!(found(Some("{\"customer_id\": 2}\n")), "{\"customer_id\": 2}");
        assert_eq!(found(Some(" \n")), "");
        let said = said.take();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("1-2.options could not be read") && said[0].contains("No such file"));
        assert!(said[1].contains("it is empty"));
    }
}
