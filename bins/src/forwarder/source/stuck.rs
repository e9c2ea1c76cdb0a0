//! What lies in the spool and cannot be dealt with.

use std::io;
use std::path::Path;

/// How much that is, and the first of it.
#[derive(Debug, Default)]
pub(super) struct Stuck {
    count: usize,
    first: Option<(String, io::ErrorKind, String)>,
}

impl Stuck {
    /// This file cannot be dealt with.
    pub(super) fn add(&mut self, name: &str, error: &io::Error) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some((name.to_owned(), error.kind(), error.to_string()));
        }
    }

    /// Whether this is more than that.
    pub(super) fn is_more_than(&self, other: &Self) -> bool {
        self.count > other.count
    }

    /// One line that says how much that is, what is wrong with it, and what to do; nothing where there is nothing.
    pub(super) fn line(&self, wrong: &str, root: &Path) -> Option<String> {
        let (name, kind, error) = self.first.as_ref()?;
        let files = match self.count {
            1 => "1 file of the spool".to_owned(),
            few @ ..10 => format!("{few} files of the spool"),
            // Whoever says this says it again when it changes: not for each file.
            many => format!("{} files of the spool or more", 10_usize.pow(many.ilog10())),
        };
        let hint = match kind {
            io::ErrorKind::PermissionDenied => {
                let uid = rustix::process::geteuid().as_raw();
                format!("; as root: chown -R {uid} {}", root.display())
            }
            _ => String::new(),
        };
        Some(format!("{files} {wrong}, such as {name:?}: {error}{hint}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_are_said_in_the_words_of_a_few_more() {
        let line = |count: usize| {
            let mut stuck = Stuck::default();
            for number in 0..count {
                stuck.add(&number.to_string(), &io::ErrorKind::PermissionDenied.into());
            }
            stuck.line("cannot be read", Path::new("/state"))
        };
        assert_eq!(line(0), None);
        assert!(line(9).unwrap().starts_with("9 files"));
        assert_eq!(line(100), line(999));
        assert_ne!(line(999), line(1000));
        let said = line(1).unwrap();
        assert!(said.starts_with("1 file of") && said.contains("chown -R"), "{said}");
    }
}
