//! The text of `<options>`, which integratord hands over in a file of its own.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use super::{Space, shown};
use crate::forwarder::spool::open_to_read;

/// What the file says; Wazuh cuts what is longer. Without what cannot be read the alert goes on: it is no reason to lose that, and whose
/// it may be is nobody's guess; `log` takes a line that says so.
pub(super) fn of<'a>(path: &Path, space: &mut Space<'a>, log: &dyn Fn(&str)) -> Cow<'a, str> {
    read(path, space).unwrap_or_else(|error| {
        say(path, &error, log);
        Cow::Borrowed("")
    })
}

fn read<'a>(path: &Path, space: &mut Space<'a>) -> io::Result<Cow<'a, str>> {
    let bytes = space.read(open_to_read(path)?, 1 << 16, || 1 << 16)?;
    // Where a block has none, integratord names no file.
    if bytes.is_empty() {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is empty"));
    }
    Ok(match bytes {
        Cow::Borrowed(bytes) => match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => trimmed(&text),
        },
        Cow::Owned(bytes) => trimmed(&String::from_utf8_lossy(&bytes)),
    })
}

#[cold]
#[inline(never)]
fn trimmed(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.trim().to_owned())
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
            Space::with(|mut space| of(&path, &mut space, &|line| said.borrow_mut().push(line.to_owned())).into_owned())
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
