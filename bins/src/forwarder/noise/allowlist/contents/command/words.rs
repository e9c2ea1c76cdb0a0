//! What a word of a command is, before a path begins in it.

/// The words behind the last quote, so far as they are read.
#[derive(Default)]
pub(super) struct Words {
    /// PowerShell reads them: an apostrophe is a quote, and what parts words ends an address.
    are_of_powershell: bool,
    open: Open,
    /// What stands behind the quote may all be of one name: `"My Scripts/a.vbs"`.
    are_a_name: bool,
    have_blanks: bool,
    address: Option<Address>,
}

/// Which quotes are open.
#[derive(Default)]
struct Open {
    quotes: bool,
    /// Within quotes or not.
    apostrophes: bool,
}

/// What a web address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Address {
    Web,
    File,
}

impl Words {
    pub(super) fn of(powershell: bool) -> Self {
        Self {
            are_of_powershell: powershell,
            ..Self::default()
        }
    }

    pub(super) fn go_on(&mut self, before: &str, c: char) {
        if c == '"' {
            self.open.quotes = !self.open.quotes;
            self.open.apostrophes = false;
            self.are_a_name = self.open.quotes;
            self.have_blanks = false;
        } else if c == '\'' && self.are_of_powershell {
            self.open.apostrophes = !self.open.apostrophes;
            self.are_a_name = self.open.apostrophes;
            self.have_blanks = false;
        }
        self.have_blanks |= c.is_whitespace();
        // All else may be in the name of a file.
        self.are_a_name &= !":*?<>|".contains(c);
        let parts_words = self.are_of_powershell && ",;'()".contains(c);
        // A way up leads out of what looks like the machine.
        if c.is_whitespace()
            || parts_words
            || "\"&|<>".contains(c)
            || (matches!(c, '/' | '\\') && before.ends_with(".."))
        {
            self.address = None;
        } else if c == '/' && before.ends_with(":/") {
            let before = &before[..before.len() - 2];
            let scheme = before.len() - before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len();
            // Drives have one letter.
            if scheme > 1 && self.address.is_none() {
                let is_file = before[before.len() - scheme..].eq_ignore_ascii_case("file");
                self.address = Some(if is_file { Address::File } else { Address::Web });
            }
        }
    }

    /// The quote in which only what may be one name stands.
    pub(super) fn quote(&self) -> Option<char> {
        let quote = if self.open.apostrophes { '\'' } else { '"' };
        self.are_a_name.then_some(quote)
    }

    /// Whether a blank stands behind the quote that is open.
    pub(super) fn have_blanks_in_quotes(&self) -> bool {
        self.have_blanks && (self.open.quotes || self.open.apostrophes)
    }

    pub(super) fn are_an_address(&self) -> bool {
        self.address == Some(Address::Web)
    }

    pub(super) fn are_an_address_of_a_file(&self) -> bool {
        self.address == Some(Address::File)
    }

    /// Whether the quote that a text ends in opens what follows.
    pub(super) fn are_opened(&self, before: &str) -> bool {
        match before.chars().next_back() {
            Some('"') => self.open.quotes,
            Some('\'') if self.are_of_powershell => self.open.apostrophes,
            Some('\'') => before[..before.len() - 1].ends_with(char::is_whitespace),
            _ => false,
        }
    }
}
