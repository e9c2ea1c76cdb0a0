//! What gzip has packed.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Unpacks a stream of one member or several. Zeros behind a member are padding, as for `gzip -d`: a tape or a disk image leaves them.
#[derive(Debug)]
pub(crate) struct Members<R> {
    /// Taken only to put the next one in its place.
    member: Option<GzDecoder<R>>,
    /// Everything is unpacked, or it is damaged and that has been said.
    ended: bool,
}

impl<R: BufRead> Members<R> {
    pub(crate) fn new(stream: R) -> Self {
        Self {
            member: Some(GzDecoder::new(stream)),
            ended: false,
        }
    }

    /// Goes to the next member; `false` where there is none.
    fn next(&mut self) -> io::Result<bool> {
        let Some(member) = &mut self.member else {
            return Ok(false);
        };
        loop {
            let rest = member.get_mut().fill_buf()?;
            if rest.is_empty() {
                return Ok(false);
            }
            let zeros = rest.iter().take_while(|byte| **byte == 0).count();
            let is_padding = zeros == rest.len();
            member.get_mut().consume(zeros);
            if !is_padding {
                break;
            }
        }
        self.member = self.member.take().map(|member| GzDecoder::new(member.into_inner()));
        Ok(true)
    }
}

impl<R> Members<R> {
    /// The stream that is unpacked.
    pub(crate) fn get_ref(&self) -> &R {
        let member = self.member.as_ref();
        member.expect("another is put in its place at once").get_ref()
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            let read = match &mut self.member {
                Some(member) => member.read(buffer),
                None => Ok(0),
            };
            match read {
                Ok(0) => self.ended = !self.next()?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
                read => return read,
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    }

    fn unpacked(bytes: &[u8]) -> (String, bool) {
        let mut text = String::new();
        let mut members = Members::new(io::BufReader::with_capacity(7, bytes));
        let whole = members.read_to_string(&mut text).is_ok();
        assert_eq!(
            members.read(&mut [0; 8]).unwrap(),
            0,
            "nothing behind the end, or behind damage"
        );
        (text, whole)
    }

    #[test]
    fn members_are_unpacked_one_after_the_other_and_zeros_behind_them_are_nothing() {
        let (one, two) = (packed("one\n"), packed("two\n"));
        let zeros = vec![0; 1000];
        for (bytes, text) in [
            (one.clone(), "one\n"),
            ([&one[..], &two].concat(), "one\ntwo\n"),
            ([&one[..], &zeros].concat(), "one\n"),
            ([&one[..], &zeros, &two, &zeros[..3]].concat(), "one\ntwo\n"),
            ([&one[..], &packed(""), &two].concat(), "one\ntwo\n"),
        ] {
            assert_eq!(unpacked(&bytes), (text.to_owned(), true));
        }
    }

    #[test]
    fn what_is_cut_or_changed_or_followed_by_something_else_is_damaged() {
        let one = packed("one\n");
        let mut changed = one.clone();
        let sum = changed.len() - 8;
        changed[sum] ^= 1;
        for bytes in [
            one[..one.len() - 1].to_vec(),
            changed,
            [&one[..], b"\0\0else"].concat(),
            [&one[..], &one[..5]].concat(),
            vec![0; 100],
            Vec::new(),
        ] {
            assert!(!unpacked(&bytes).1, "{bytes:?}");
        }
    }
}
