//! What a word of a command is, before a path begins in it.

/// The words behind the last quote, so far as they are read.
#[derive(Default)]
pub(super) struct Words {
    in_quotes: bool,
    /// What stands behind the quote may all be of one name: `"My Scripts/a.vbs"`.
    are_a_name: bool,
    in_address: bool,
}

impl Words {
    pub(super) fn go_on(&mut self, before: &str, c: char) {
        if c == '"' {
            self.in_quotes = !self.in_quotes;
            self.are_a_name = self.in_quotes;
        }
        self.are_a_name &= c.is_alphanumeric() || "\" ._-/\\".contains(c);
        // A way up leads out of what looks like the machine.
        if c.is_whitespace() || "\"&|<>".contains(c) || (matches!(c, '/' | '\\') && before.ends_with("..")) {
            self.in_address = false;
        } else if c == '/' && before.ends_with(":/") {
            let scheme = before.bytes().rev().skip(2).take_while(u8::is_ascii_alphanumeric);
            // Drives have one letter.
            self.in_address |= scheme.count() > 1;
        }
    }

    /// The quote in which only what may be one name stands.
    pub(super) fn quote(&self) -> Option<char> {
        self.are_a_name.then_some('"')
    }

    pub(super) fn are_an_address(&self) -> bool {
        self.in_address
    }
}
