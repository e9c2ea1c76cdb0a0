//! Colons before contents, found for certain or in doubt.

/// Colons before contents, so far as the command is read.
#[derive(Default)]
pub(super) struct Found {
    pub(super) certain: Vec<usize>,
    /// Those that are only where the contents have a name like that of a file: `Scripts\a.txt:evil.vbs`.
    doubtful: Vec<usize>,
}

impl Found {
    pub(super) fn add(&mut self, at: usize, is_doubtful: bool) {
        if is_doubtful {
            self.doubtful.push(at);
        } else {
            self.certain.push(at);
        }
    }

    /// What stands behind them looks like the name of a file.
    pub(super) fn confirm(&mut self) {
        self.certain.append(&mut self.doubtful);
    }

    /// Their path has ended.
    pub(super) fn forget(&mut self) {
        self.doubtful.clear();
    }
}
