//! Lines from bytes that arrive in pieces.

/// Cuts a stream of bytes into lines, whatever the pieces are: a character may be split between two of them.
#[derive(Debug)]
pub(crate) struct Lines {
    pending: Vec<u8>,
    /// Where the next line begins in `pending`: what lies before has been given away, and is dropped with the next piece.
    start: usize,
    /// Up to where there is no line end, so that a long line is searched once.
    searched: usize,
    longest: usize,
    left: usize,
}

/// A peer that would not stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooMuch {
    Line,
    Stream,
}

impl Lines {
    /// Accepts lines of at most `longest` bytes, and at most `whole` bytes altogether.
    pub(crate) fn new(longest: usize, whole: usize) -> Self {
        Self {
            pending: Vec::new(),
            start: 0,
            searched: 0,
            longest,
            left: whole,
        }
    }

    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), TooMuch> {
        self.left = self.left.checked_sub(piece.len()).ok_or(TooMuch::Stream)?;
        self.pending.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.pending.extend_from_slice(piece);
        Ok(())
    }

    /// Gives the next whole line, without its end; blank lines are kept, because they mean something to some protocols.
    pub(crate) fn next_line(&mut self) -> Result<Option<Vec<u8>>, TooMuch> {
        let Some(length) = self.pending[self.searched..].iter().position(|&byte| byte == b'\n') else {
            self.searched = self.pending.len();
            let waiting = self.searched - self.start;
            return if waiting > self.longest {
                Err(TooMuch::Line)
            } else {
                Ok(None)
            };
        };
        let end = self.searched + length;
        let mut line = self.pending[self.start..end].to_vec();
        self.start = end + 1;
        self.searched = self.start;
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if line.len() > self.longest {
            Err(TooMuch::Line)
        } else {
            Ok(Some(line))
        }
    }

    /// Gives what came after the last line end.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let rest = self.pending.split_off(self.start);
        *self = Self::new(self.longest, self.left);
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(100, 1000);
        let mut found = Vec::new();
        for piece in pieces {
            lines.push(piece).unwrap();
            while let Some(line) = lines.next_line().unwrap() {
                found.push(line);
            }
        }
        found.push(lines.rest());
        found
    }

    #[test]
    fn any_cut_gives_the_same_lines() {
        let whole = "{\"a\":\"ü\u{1F600}\"}\r\n\n{\"b\":1}\nrest".as_bytes();
        let expected = lines_of(&[whole]);
        assert_eq!(
            expected,
            ["{\"a\":\"ü\u{1F600}\"}".as_bytes(), b"", b"{\"b\":1}", b"rest"]
        );
        for cut in 0..whole.len() {
            for second in cut..whole.len() {
                assert_eq!(
                    lines_of(&[&whole[..cut], &whole[cut..second], &whole[second..]]),
                    expected
                );
            }
        }
    }

    #[test]
    fn a_line_that_never_ends_is_refused_before_it_is_stored() {
        let mut lines = Lines::new(10, 1_000_000);
        lines.push(b"0123456789").unwrap();
        assert_eq!(lines.next_line(), Ok(None));
        lines.push(b"0").unwrap();
        assert_eq!(lines.next_line(), Err(TooMuch::Line));
    }

    #[test]
    fn many_lines_in_one_piece_are_cut_in_one_pass() {
        let mut lines = Lines::new(10, 4 << 20);
        lines.push(&b"x\n".repeat(1 << 20)).unwrap();
        let mut count = 0;
        while lines.next_line().unwrap().is_some() {
            count += 1;
        }
        // Quadratic, this would be a terabyte moved: the test would not end.
        assert_eq!(count, 1 << 20);
    }

    #[test]
    fn a_stream_that_never_ends_is_refused() {
        let mut lines = Lines::new(10, 25);
        for _ in 0..2 {
            lines.push(b"123456789\n").unwrap();
            assert_eq!(lines.next_line().unwrap().unwrap(), b"123456789");
        }
        assert_eq!(lines.push(b"123456789\n"), Err(TooMuch::Stream));
    }
}
