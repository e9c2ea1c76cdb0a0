//! Names that begin with a backslash and are no paths of files: of tasks, pipes and keys.

use super::fields;

/// Whether names in a field begin at a root of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Roots {
    /// A backslash is that of a drive that is left out.
    None,
    /// But for keys of the registry.
    OfKeys,
    /// Tasks, pipes and files in a share: all of them.
    All,
}

impl Roots {
    pub(super) fn of(path: &str) -> Self {
        let name = path.strip_prefix("data.win.eventdata.").unwrap_or_default();
        if ["taskName", "pipeName", "relativeTargetName"].contains(&name) {
            Self::All
        } else if fields::is_command(path) || fields::is_prose(path) {
            Self::None
        } else {
            Self::OfKeys
        }
    }

    /// Whether this value does.
    pub(super) fn has(self, value: &str) -> bool {
        const KEYS: &str = r"\REGISTRY\";
        match self {
            Self::None => false,
            Self::OfKeys => value
                .get(..KEYS.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(KEYS)),
            Self::All => true,
        }
    }
}
