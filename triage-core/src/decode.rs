//! Reads what attackers encode: PowerShell's `-EncodedCommand`, Base64 handed to a decoder, percent-encoding.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;

/// How a piece of text was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// The argument of PowerShell's `-EncodedCommand`.
    PowerShell,
    /// Base64 in a line that also decodes it.
    Base64,
    /// Base64 or hexadecimal that nothing in the line asks to decode.
    Bare,
}

/// An encoded piece of a text, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blob {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: String,
    pub(crate) encoding: Encoding,
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
static STANDARD: LazyLock<GeneralPurpose> = LazyLock::new(|| GeneralPurpose::new(&alphabet::STANDARD, LENIENT));
static URL_SAFE: LazyLock<GeneralPurpose> = LazyLock::new(|| GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT));

// PowerShell takes any prefix of `-EncodedCommand`, and `-ec`; with `-`, `/` and three kinds of dash.
static ENCODED_COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)[-/–—―](?:e|ec|en|enc|enco|encod|encode|encoded|encodedc|encodedco|encodedcom|encodedcomm|encodedcomma|encodedcomman|encodedcommand|encodeda\w{0,8})["'\\^]{0,3}[\s:=]["'\\\s]{0,8}([A-Za-z0-9+/]{8,}={0,2})"#,
    )
    .expect("a constant pattern that a test compiles")
});
static DECODER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)base64|b64|\batob\b|-decode\b|frombase|\benc(?:oded)?\b")
        .expect("a constant pattern that a test compiles")
});
static RUN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_-]{16,}={0,2}").expect("a constant pattern that a test compiles"));

/// Finds what is encoded and reads as text, in order, without overlap. Linear.
pub(crate) fn blobs(text: &str) -> Vec<Blob> {
    let mut found = Vec::new();
    if text.len() < 16 {
        return found;
    }
    for captures in ENCODED_COMMAND.captures_iter(text) {
        let Some(blob) = captures.get(1) else { continue };
        if let Some(plain) = STANDARD.decode(blob.as_str()).ok().and_then(|bytes| utf16(&bytes)) {
            found.push(Blob {
                start: blob.start(),
                end: blob.end(),
                text: plain,
                encoding: Encoding::PowerShell,
            });
        }
    }
    let (asked, commands, mut next) = (asks_to_decode(text), found.len(), 0);
    for run in RUN.find_iter(text) {
        while next < commands && found[next].end <= run.start() {
            next += 1;
        }
        if next < commands && found[next].start < run.end() {
            continue;
        }
        if let Some(plain) = read(run.as_str()) {
            let encoding = if asked { Encoding::Base64 } else { Encoding::Bare };
            found.push(Blob {
                start: run.start(),
                end: run.end(),
                text: plain,
                encoding,
            });
        }
    }
    found.sort_by_key(|blob| blob.start);
    found
}

// The name in a mask of ours asks for nothing.
fn asks_to_decode(text: &str) -> bool {
    DECODER.find_iter(text).any(|word| {
        let before = &text[..word.start()];
        let mask = before.rfind("[REDACTED:").map_or("", |at| &before[at + 1..]);
        mask.is_empty() || mask.contains([']', '['])
    })
}

/// Decodes `%41` and, in a query, leaves `+` alone. `None` when nothing is encoded or the bytes are no UTF-8.
pub(crate) fn percent(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let (mut at, mut decoded) = (0, false);
    while at < bytes.len() {
        if let (b'%', Some(&high), Some(&low)) = (bytes[at], bytes.get(at + 1), bytes.get(at + 2))
            && let (Some(high), Some(low)) = (hex_digit(high), hex_digit(low))
        {
            out.push(high << 4 | low);
            (at, decoded) = (at + 3, true);
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    if decoded { String::from_utf8(out).ok() } else { None }
}

/// The value of a hexadecimal digit.
pub(crate) fn hex_digit(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn read(run: &str) -> Option<String> {
    let digits = run.trim_end_matches('=');
    if digits.len() >= 32 && digits.len().is_multiple_of(2) && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        let mut bytes = hex::decode(digits).ok()?;
        // The audit log sets the words of a command off with NUL.
        bytes
            .iter_mut()
            .filter(|byte| **byte == 0)
            .for_each(|byte| *byte = b' ');
        return utf8(&bytes);
    }
    let bytes = if run.contains(['-', '_']) {
        URL_SAFE.decode(run)
    } else {
        STANDARD.decode(run)
    }
    .ok()?;
    utf16(&bytes).or_else(|| utf8(&bytes))
}

fn utf8(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    reads_as_text(text).then(|| text.to_owned())
}

fn utf16(bytes: &[u8]) -> Option<String> {
    if bytes.len() < 4 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let pairs = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let latin = bytes.iter().skip(1).step_by(2).filter(|&&high| high == 0).count();
    // Random bytes are valid UTF-16 more often than not, so most letters must be Latin.
    if latin * 4 < bytes.len() {
        return None;
    }
    let text = char::decode_utf16(pairs).collect::<Result<String, _>>().ok()?;
    reads_as_text(&text).then_some(text)
}

// Readable means: hardly a control character. Random bytes that happen to be UTF-8 are full of them.
fn reads_as_text(text: &str) -> bool {
    let (mut all, mut odd) = (0_usize, 0_usize);
    for c in text.chars() {
        all += 1;
        odd += usize::from(c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    }
    all >= 4 && odd * 20 <= all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str) -> String {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    #[test]
    fn every_spelling_of_encoded_command_is_read() {
        for flag in [
            "-e",
            "-ec",
            "-Enc",
            "/EncodedCommand",
            "-encodedcommand:",
            "–enc",
            "-en",
        ] {
            let line = format!("powershell {flag} {}", encode("whoami /all"));
            let found = blobs(&line);
            assert_eq!(found.len(), 1, "{flag}");
            assert_eq!(found[0].text, "whoami /all");
            assert_eq!(found[0].encoding, Encoding::PowerShell);
        }
    }

    #[test]
    fn hashes_and_identifiers_are_not_read_as_text() {
        for text in [
            "SHA256=31959C926CBA0DAE9DBFAE47AEE2CE00A2D41B0871B150D8551FE54049589D1C base64",
            "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
            "grep -e passwordpassword /etc/x",
        ] {
            assert!(blobs(text).iter().all(|b| b.encoding != Encoding::PowerShell), "{text}");
            assert!(blobs(text).is_empty(), "{text}: {:?}", blobs(text));
        }
    }

    #[test]
    fn percent_encoding_is_read_once() {
        assert_eq!(percent("/q=%3Cscript%3E").as_deref(), Some("/q=<script>"));
        assert_eq!(percent("100% sure"), None);
        assert_eq!(percent("%ff%fe"), None);
    }
}
