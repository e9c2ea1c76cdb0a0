//! What holds no lines as it stands: packed by another program than gzip, or in another encoding than UTF-8.

use std::path::Path;

use super::input::quoted;

/// How many of its first bytes tell it.
pub(in crate::forwarder) const HEAD: usize = 10;

/// What a file is, by its first bytes, and the program that makes lines of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::forwarder) struct Foreign {
    what: &'static str,
    reads: &'static str,
}

impl Foreign {
    /// Says what these are the first bytes of, where no text begins like that.
    pub(in crate::forwarder) fn of(head: &[u8]) -> Option<Self> {
        let (what, reads) = match *head {
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => ("packed by xz", "xz -dc"),
            // A block, or the end of a file that holds nothing.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => {
                ("packed by bzip2", "bzip2 -dc")
            }
            // What several processors packed begins with a note on it.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => ("packed by zstd", "zstd -dc"),
            [b'P', b'K', 3, 4, _, 0, ..] => ("a zip archive", "unzip -p"),
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => ("in UTF-32", "iconv -f UTF-32 -t UTF-8"),
            // Every letter of ASCII has one.
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] if head.contains(&0) => ("in UTF-16", "iconv -f UTF-16 -t UTF-8"),
            [b'{', 0, b'"', 0, ..] => ("in UTF-16", "iconv -f UTF-16LE -t UTF-8"),
            [0, b'{', 0, b'"', ..] => ("in UTF-16", "iconv -f UTF-16BE -t UTF-8"),
            _ => return None,
        };
        Some(Self { what, reads })
    }

    /// What is wrong with a file, and how its lines come to a command of ours that takes them on standard input.
    pub(in crate::forwarder) fn refused(self, path: &Path, command: &str) -> String {
        let Self { what, reads } = self;
        let verb = if reads.starts_with("iconv") {
            "convert"
        } else {
            "unpack"
        };
        let file = if path == Path::new("-") {
            "FILE".to_owned()
        } else {
            quoted(path)
        };
        format!("it is {what}\nhint: {verb} it: `{reads} {file} | custom-iris {command} -`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_text_begins_with_is_named_with_what_reads_it() {
        let zip = [b'P', b'K', 3, 4, 20, 0, 0, 0];
        for (head, reads) in [
            (&b"\xfd7zXZ\0\0\x04"[..], "xz -dc"),
            (b"BZh91AY&SY", "bzip2 -dc"),
            (b"BZh1\x17rE8P\x90", "bzip2 -dc"),
            (b"\x28\xb5\x2f\xfd\x04", "zstd -dc"),
            (b"\x50\x2a\x4d\x18\x04", "zstd -dc"),
            (&zip, "unzip -p"),
            (b"\xff\xfe{\0", "iconv -f UTF-16 "),
            (b"\xfe\xff\0{", "iconv -f UTF-16 "),
            (b"\xff\xfe\0\0{", "iconv -f UTF-32 "),
            (b"\0\0\xfe\xff", "iconv -f UTF-32 "),
            (b"{\0\"\0t\0", "iconv -f UTF-16LE "),
            (b"\0{\0\"\0t", "iconv -f UTF-16BE "),
        ] {
            let said = Foreign::of(head)
                .unwrap()
                .refused(Path::new("/tmp/old alerts"), "replay --dry-run");
            let pipe = "'/tmp/old alerts' | custom-iris replay --dry-run -`";
            assert!(said.contains(&format!("`{reads}")) && said.ends_with(pipe), "{said}");
        }
        let said = Foreign::of(&zip).unwrap().refused(Path::new("-"), "replay");
        assert!(said.ends_with("`unzip -p FILE | custom-iris replay -`"), "{said}");
    }

    #[test]
    fn lines_are_read_however_odd_the_first_of_them_is() {
        for head in [
            &b""[..],
            b"{",
            b"{\"timesta",
            b"\xef\xbb\xbf{",
            b"\0\0\0\0\0\0",
            b"\0\0\0{\"a\":1",
            b"\xff{\"a\":1}",
            b"{\0\0\0\0",
            b"\xff\xfe\n{\"timest",
            b"\xfe\xff{\"timesta",
            b"BZh9 is no",
            b"PK and so",
            b"PK\x03\x04\n{\"time",
            b"(\xb5/",
            b"\x1f\x8b",
        ] {
            assert_eq!(Foreign::of(head), None, "{head:?}");
        }
    }
}
