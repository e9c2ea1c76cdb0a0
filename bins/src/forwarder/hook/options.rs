//! The text of `<options>`, which integratord hands over in a file of its own.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::shown;
use crate::forwarder::spool::{Destination, DestinationId};

/// Reads the file; Wazuh cuts what is longer.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(1 << 16).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The options to go by where the file cannot be read, which is no reason to lose the alert: those that this address was called with
/// before with this key, where they were always the same; they may say whose the alert is. Says what it did.
///
/// Not inlined: what it keeps on the stack, and its code, would cost each call of the hook a page.
#[cold]
#[inline(never)]
pub(super) fn of_before(path: &Path, error: &io::Error, call: &Destination, root: &Path, log: &dyn Fn(&str)) -> String {
    let before: BTreeSet<String> = DestinationId::known(root)
        .into_iter()
        .filter_map(|id| Destination::recall(root, id).ok())
        .filter(|known| {
            let of_call = Destination {
                options: known.options.clone(),
                ..call.clone()
            };
            known.says_the_same(&of_call)
        })
        .map(|known| known.options)
        .collect();
    let (what, options) = match before.len() {
        1 => (
            "it goes by those that this address and key have always come with",
            before.into_iter().next().unwrap_or_default(),
        ),
        0 => (
            "it goes without: to the customer of the settings, and with no tags of the block",
            String::new(),
        ),
        _ => (
            "several are known for this address and key, so it goes without: to the customer of the settings, and with no tags of a block",
            String::new(),
        ),
    };
    log(&format!(
        "the <options> of an alert cannot be read from {}: {error}. The alert is kept; {what}. Is /tmp full on the Wazuh manager?",
        shown(path)
    ));
    options
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::forwarder::spool::Spool;

    const IRIS: &str = "https://iris:8443/alerts/add";

    fn destination(url: &str, key: &str, options: &str) -> Destination {
        Destination {
            url: url.to_owned(),
            key: Some(key.to_owned().into()),
            options: options.to_owned(),
        }
    }

    #[test]
    fn options_that_cannot_be_read_are_those_of_before_where_only_one_can_be_meant() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        Spool::at(root).create().unwrap();
        let said = RefCell::new(Vec::new());
        let log = |line: &str| said.borrow_mut().push(line.to_owned());
        let call = destination(IRIS, "k", "");
        let path = root.join("none.options");
        let found = || of_before(&path, &read(&path).unwrap_err(), &call, root, &log);
        assert_eq!(found(), "");
        destination("https://other", "k", "{\"customer_id\": 4}")
            .remember(root)
            .unwrap();
        destination(IRIS, "another key", "{\"customer_id\": 5}")
            .remember(root)
            .unwrap();
        assert_eq!(found(), "");
        destination(IRIS, "k", "{\"customer_id\": 2}").remember(root).unwrap();
        assert_eq!(found(), "{\"customer_id\": 2}");
        destination(IRIS, "k", "").remember(root).unwrap();
        assert_eq!(found(), "", "either may be meant");
        let said = said.borrow();
        assert_eq!(said.len(), 4, "one line each: {said:?}");
        assert!(
            said.iter()
                .all(|line| line.contains("none.options") && line.contains("No such file"))
        );
    }
}
