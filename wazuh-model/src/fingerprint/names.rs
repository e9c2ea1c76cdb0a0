//! Numbers that are names: they tell what a thing is and not which time it happened.

use super::mask::is_hexadecimal;

/// What a value is by the word before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// An account or a group, by its name.
    Account,
    /// A group of accounts or, in a log, of anything.
    Group,
    /// An account or a group, by its number.
    Number,
    /// What happened, by its number.
    Code,
    /// A session.
    Session,
    /// What is in a file.
    Hash,
    /// Something else that has a number of its own each time.
    Id,
}

/// What the word before a value says that it is: `user` in `user=`, in `"user": "` and in `user `.
pub(super) fn label(before: &str) -> Option<Label> {
    const HASHES: [&str; 15] = [
        "md5",
        "sha1",
        "sha256",
        "sha512",
        "sha",
        "hash",
        "digest",
        "checksum",
        "ntlm",
        "fingerprint",
        "thumbprint",
        "malware",
        "virus",
        "sample",
        "file",
    ];
    const ACCOUNTS: [&str; 8] = [
        "user",
        "username",
        "account",
        "acct",
        "localgroup",
        "useradd",
        "userdel",
        "usermod",
    ];
    // What stands in brackets behind them is the number of their process.
    const PROGRAMS: [&str; 5] = ["useradd", "userdel", "usermod", "adduser", "deluser"];
    const NUMBERS: [&str; 5] = ["uid", "gid", "userid", "accountid", "mode"];
    const CODES: [&str; 4] = ["code", "status", "errno", "eventid"];
    const IDS: [&str; 21] = [
        "requestid",
        "reqid",
        "operationid",
        "traceparent",
        "csrf",
        "jti",
        "request",
        "traceid",
        "trace",
        "spanid",
        "span",
        "messageid",
        "msgid",
        "connectionid",
        "correlationid",
        "transactionid",
        "transaction",
        "containerid",
        "container",
        "token",
        "nonce",
    ];
    // The longest word, and what stands between it and the value: looking back costs the same however long the text is.
    const MOST: usize = 32;
    let before = &before[before.ceil_char_boundary(before.len().saturating_sub(MOST))..];
    let in_brackets = before
        .strip_suffix('[')
        .is_some_and(|name| name.ends_with(char::is_alphanumeric));
    let before = before.trim_end_matches([' ', '=', ':', '"', '\'', '\\', '(', '[', '{', '<']);
    let mut parts = before.rsplit(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'));
    let mut word = parts.next()?.to_ascii_lowercase();
    word.retain(char::is_alphanumeric);
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    Some(match word.as_str() {
        // An `image_tag` is none of the last.
        "uuid" | "guid" | "id" | "etag" => Label::Id,
        "sid" | "ses" | "sess" => Label::Session,
        // Of processes; and words and programs that only end in `uid`.
        "pid" | "ppid" | "tid" | "pgid" | "tgid" | "squid" | "druid" | "fluid" | "liquid" => return None,
        "group" => Label::Group,
        _ if ends(&HASHES) => Label::Hash,
        _ if ends(&CODES) => Label::Code,
        _ if ends(&["session", "sessionid", "sessid"]) => Label::Session,
        _ if ends(&["uuid", "guid", "fuid", "msgid"]) => Label::Id,
        _ if in_brackets && ends(&PROGRAMS) => return None,
        _ if ends(&ACCOUNTS) => Label::Account,
        _ if ends(&NUMBERS) => Label::Number,
        _ if ends(&IDS) || word.ends_with("id") => Label::Id,
        _ => return None,
    })
}

/// Whether a word is as long as a hash of a file, and hexadecimal: MD5, SHA-1, SHA-256, SHA-512.
pub(super) fn is_hash(word: &str) -> bool {
    matches!(word.len(), 32 | 40 | 64 | 128) && is_hexadecimal(word)
}

/// Whether a word with a number names a kind of hash: what it stands before is to be told by it.
pub(super) fn is_name_of_hash(word: &str) -> bool {
    const NAMES: [&str; 5] = ["md5", "sha1", "sha256", "sha384", "sha512"];
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(word))
}

/// Whether a word, with what comes after it, is a measure and no code: `17ms`, `33 ms`, `12%`.
pub(super) fn is_measure(word: &str, after: &str) -> bool {
    const UNITS: [&str; 17] = [
        "ns", "us", "ms", "s", "sec", "secs", "seconds", "min", "minutes", "b", "kb", "mb", "gb", "bytes", "packets",
        "pkts", "percent",
    ];
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if unit.len() == word.len() {
        return false;
    }
    let after = after.strip_prefix(' ').unwrap_or(after);
    let after = if unit.is_empty() { after } else { unit };
    let end = after.find(|c: char| !c.is_alphanumeric()).unwrap_or(after.len());
    after.starts_with('%') || UNITS.iter().any(|unit| unit.eq_ignore_ascii_case(&after[..end]))
}

/// A number at the start of a text by which a thing is known: `CVE-2021-44228`, `MS17-010`, `KB5005565`, `T1059.001`, `ORA-01017`,
/// `%ASA-4-106023`, and the number of a text of Windows, `%%1537`.
pub(super) fn code<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    // How their numbers begin: more digits may follow.
    const LISTS: [(&str, &str); 11] = [
        ("cve", "-0000-0000"),
        ("cwe", "-0"),
        ("capec", "-0"),
        ("kb", "000000"),
        ("ora", "-00000"),
        ("tns", "-00000"),
        ("rhsa", "-0000"),
        ("usn", "-0000-0"),
        ("dsa", "-0000"),
        ("ah", "00000"),
        ("ms", "00-000"),
    ];
    // The longest is shorter.
    const MOST: usize = 32;
    let count = |text: &str, wanted: fn(u8) -> bool| text.bytes().take(MOST).take_while(|byte| wanted(*byte)).count();
    let digit = |byte: u8| byte.is_ascii_digit();
    if let Some(message) = text.strip_prefix('%') {
        if let Some(number) = message.strip_prefix('%') {
            let digits = count(number, digit);
            return (digits > 0).then(|| &text[..2 + digits]);
        }
        // `%FACILITY-SEVERITY-MNEMONIC`, as switches and firewalls write.
        let length = count(message, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
        });
        let mut parts = message[..length].splitn(3, '-');
        let (facility, severity, mnemonic) = (parts.next()?, parts.next()?, parts.next()?);
        let told = !facility.is_empty() && severity.len() == 1 && severity.bytes().all(digit) && !mnemonic.is_empty();
        return told.then(|| &text[..=length]);
    }
    let letters = count(text, |byte| byte.is_ascii_alphabetic());
    let numbers = count(&text[letters..], |byte| {
        byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
    });
    let code = text[..letters + numbers].trim_end_matches(['-', '.']);
    let number = code.get(letters..).filter(|number| !number.is_empty())?;
    if text[code.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let list = &text[..letters];
    let begins = |shape: &str| {
        let fits = |(own, wanted): (u8, u8)| if wanted == b'0' { digit(own) } else { own == wanted };
        number.len() >= shape.len() && number.bytes().zip(shape.bytes()).all(fits)
    };
    let known = LISTS
        .iter()
        .any(|(name, shape)| name.eq_ignore_ascii_case(list) && begins(shape))
        && !number.contains('.');
    (known || (list == "T" && is_technique(number, before))).then_some(code)
}

/// Whether a value is a technique of ATT&CK by the name of its field: `threat.technique.id`.
pub(super) fn is_of_a_technique(path: &str, text: &str) -> bool {
    let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.strip_prefix('T').is_some_and(is_number) && path.contains("echnique")
}

/// Whether `T` and this number are a technique of ATT&CK: by its part, or where the text says so. A thread may be `T1007`.
fn is_technique(number: &str, before: &str) -> bool {
    const WORDS: [&str; 5] = ["technique", "tactic", "mitre", "att&ck", "attack"];
    const MOST: usize = 32;
    match number.len() {
        8 => number.as_bytes()[4] == b'.',
        4 if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            let before = &before[before.ceil_char_boundary(before.len().saturating_sub(MOST))..];
            let before = before.to_lowercase();
            before.ends_with(['[', '(']) || WORDS.iter().any(|word| before.contains(word))
        }
        _ => false,
    }
}

/// A security id at the start of a text: it names an account or a group, so it is never noise.
pub(super) fn sid(text: &str) -> Option<&str> {
    let digits = text.strip_prefix("S-1-").or_else(|| text.strip_prefix("s-1-"))?;
    let length = digits
        .find(|c: char| !c.is_ascii_digit() && c != '-')
        .unwrap_or(digits.len());
    (length > 0).then(|| &text[..4 + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_known_list_is_a_code_up_to_its_end() {
        for (text, expected) in [
            ("CVE-2021-44228: x", "CVE-2021-44228"),
            ("cve-2021-44228.", "cve-2021-44228"),
            ("MS17-010)", "MS17-010"),
            ("KB5005565.msu", "KB5005565"),
            ("T1059.001 x", "T1059.001"),
            ("USN-1234-1: x", "USN-1234-1"),
            ("AH00126: x", "AH00126"),
            ("ORA-01017: x", "ORA-01017"),
            ("%ASA-4-106023: x", "%ASA-4-106023"),
            ("%SEC_LOGIN-5-LOGIN_SUCCESS: x", "%SEC_LOGIN-5-LOGIN_SUCCESS"),
            ("%%1537 x", "%%1537"),
        ] {
            assert_eq!(code(text, ""), Some(expected), "{text}");
        }
        for text in [
            "web01",
            "conn-5001",
            "ms17",
            "MS1234",
            "t12",
            "T12",
            "T10591",
            "CVE",
            "CVE-",
            "KB12x",
            "KB12",
            "T1007",
            "usn7",
            "ora7",
            "ah12",
            "cve-7",
            "100%",
            "%20",
            "%%",
            "%a-b-c",
            "",
        ] {
            assert_eq!(code(text, ""), None, "{text}");
        }
        for before in ["technique: ", "mitre_id=", "by technique T1003, ", "run ("] {
            assert_eq!(code("T1059 x", before), Some("T1059"), "{before}");
        }
        assert_eq!(code("T1059 x", "thread "), None);
    }

    #[test]
    fn a_number_with_a_unit_is_a_measure() {
        for (word, after) in [
            ("17ms", ""),
            ("33", " ms"),
            ("12", "%"),
            ("5", " bytes, x"),
            ("7KB", "."),
        ] {
            assert!(is_measure(word, after), "{word}{after}");
        }
        for (word, after) in [
            ("5", ""),
            ("5", " msgs"),
            ("200", " OK"),
            ("ms", ""),
            ("a5", "ms"),
            ("0x5", ""),
        ] {
            assert!(!is_measure(word, after), "{word}{after}");
        }
    }

    #[test]
    fn the_word_before_a_value_tells_what_it_is() {
        for (before, expected) in [
            ("net user ", Some(Label::Account)),
            (r#"{"userName": ""#, Some(Label::Account)),
            ("/user:", Some(Label::Account)),
            ("user[", Some(Label::Account)),
            ("useradd ", Some(Label::Account)),
            ("usermod[", None),
            ("/usr/sbin/adduser[", None),
            ("(uid=", Some(Label::Number)),
            ("auid=", Some(Label::Number)),
            ("New session ", Some(Label::Session)),
            ("PHPSESSID=", Some(Label::Session)),
            ("operation_Id: ", Some(Label::Id)),
            ("consumer group ", Some(Label::Group)),
            ("mode ", Some(Label::Number)),
            ("sid=", Some(Label::Session)),
            ("MD5: ", Some(Label::Hash)),
            ("exit code ", Some(Label::Code)),
            ("http_status=", Some(Label::Code)),
            ("sha256:", Some(Label::Hash)),
            ("x-request-id=", Some(Label::Id)),
            ("uuid=", Some(Label::Id)),
            ("ETag: ", Some(Label::Id)),
            ("squid[", None),
            ("squid: ", None),
            ("image_tag=", None),
            ("pid=", None),
            ("pgid=", None),
            ("port ", None),
            ("é ", None),
            ("", None),
        ] {
            assert_eq!(label(before), expected, "{before}");
        }
        assert_eq!(label(&format!("{}user=", "é".repeat(40))), Some(Label::Account));
    }
}
