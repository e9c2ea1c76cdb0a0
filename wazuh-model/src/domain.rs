//! Names of the internet, told from what only looks like them.

/// Gives a name in one form if it can be a domain of the internet: two labels or more, and no top level of private use.
///
/// The form is the one that is sent to name servers: lower case, no dot at the end, other scripts as `xn--…`.
pub(crate) fn public(name: &str) -> Option<String> {
    let name = form(name)?;
    let (_, top) = name.rsplit_once('.')?;
    let top_level = top.len() >= 2 && (top.starts_with("xn--") || top.bytes().all(|byte| byte.is_ascii_lowercase()));
    let sound = name.len() <= 253 && name.split('.').all(is_label);
    (top_level && sound && !PRIVATE.contains(&top) && !FILES.contains(&top)).then_some(name)
}

/// Gives a name as browsers ask for it: letters of other widths as ours, other scripts as `xn--…`, what is not seen left out.
pub(crate) fn form(name: &str) -> Option<String> {
    let name = name.trim();
    if name.len() > LONGEST {
        return None;
    }
    let name = if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(name).ok()?
    };
    Some(name.trim_end_matches('.').to_owned())
}

/// Longest name that is read, in bytes: in other scripts one has more of them than name servers are sent.
const LONGEST: usize = 1_000;

/// Top levels that lead to nobody, or to one's own machines.
const PRIVATE: [&str; 15] = [
    "local",
    "localdomain",
    "localhost",
    "lan",
    "internal",
    "intranet",
    "private",
    "home",
    "corp",
    "domain",
    "workgroup",
    "arpa",
    "invalid",
    "test",
    "svc",
];

/// Ends of file names that are no top level of the internet; those that are one (`zip`, `sh`) may be a domain.
const FILES: [&str; 60] = [
    "asp", "aspx", "bak", "bat", "bin", "cfg", "cgi", "class", "cmd", "conf", "cpl", "css", "csv", "dat", "db", "dll",
    "dmp", "doc", "docm", "docx", "drv", "efi", "elf", "etl", "evtx", "exe", "gif", "gz", "hta", "htm", "html", "img",
    "ini", "iso", "jar", "jpeg", "jpg", "js", "json", "jsp", "key", "lnk", "log", "msi", "ocx", "pdf", "pem", "php",
    "png", "pptx", "rar", "reg", "scr", "service", "sys", "tmp", "txt", "vbs", "xls", "xlsx",
];

fn is_label(label: &str) -> bool {
    let edges = label.is_empty() || label.starts_with('-') || label.ends_with('-');
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !edges && label.len() <= 63 && label.bytes().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_private_use_and_of_files_are_none() {
        for none in [
            "wpad",
            "dc01.corp.local",
            "1.0.0.127.in-addr.arpa",
            "host.lan",
            "a..b",
            "-",
            "x.1",
            "_ldap._tcp.dc.internal",
            "",
            "invoice.pdf",
            "kernel32.dll",
            "setup.EXE.",
            "evil.example:8080",
            "10.0.19041.746",
        ] {
            assert_eq!(public(none), None, "{none}");
        }
    }

    #[test]
    fn one_domain_has_one_form() {
        for (written, form) in [
            ("Evil.Example.COM.", "evil.example.com"),
            ("B\u{fc}cher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            (
                "\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}.\u{440}\u{444}",
                "xn--e1afmkfd.xn--p1ai",
            ),
            ("\u{4f8b}\u{5b50}\u{3002}example", "xn--fsqu00a.example"),
            ("_dmarc.evil.example", "_dmarc.evil.example"),
            ("\u{ff45}\u{ff56}\u{ff49}\u{ff4c}\u{ff0e}example", "evil.example"),
            ("\u{1d41e}\u{1d42f}\u{1d422}\u{1d425}.example", "evil.example"),
            ("ev\u{ad}il.exam\u{200b}ple", "evil.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            (
                "\u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940}.example",
                "xn--j2bd4cyah0f.example",
            ),
        ] {
            assert_eq!(public(written).as_deref(), Some(form), "{written}");
        }
    }
}
