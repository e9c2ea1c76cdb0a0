//! Names of the internet, told from what only looks like them.

/// Gives a name in one form if it can be a domain of the internet: two labels or more, and no top level of private use.
///
/// The form is the one that is sent to name servers: lower case, no dot at the end, other scripts as `xn--…`.
pub(crate) fn public(name: &str) -> Option<String> {
    let name = name.trim().trim_end_matches('.').to_lowercase();
    // The full stops of East Asian scripts part labels too.
    let name = name.replace(['\u{3002}', '\u{ff0e}', '\u{ff61}'], ".");
    if name.len() > 1_000 || !name.contains('.') {
        return None;
    }
    let labels: Vec<_> = name.split('.').map(ascii).collect::<Option<_>>()?;
    let top = labels.last()?.as_str();
    let sound = top.len() >= 2 && (top.starts_with("xn--") || top.bytes().all(|byte| byte.is_ascii_lowercase()));
    let name = labels.join(".");
    (sound && name.len() <= 253 && !PRIVATE.contains(&top) && !FILES.contains(&top)).then_some(name)
}

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

/// Gives one label as it is sent to name servers; `None` if it is none.
fn ascii(label: &str) -> Option<String> {
    let edges = label.starts_with('-') || label.ends_with('-') || label.is_empty();
    if edges || label.len() > 252 || !label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
        return None;
    }
    let label = if label.is_ascii() {
        label.to_owned()
    } else {
        format!("xn--{}", punycode(label)?)
    };
    (label.len() <= 63).then_some(label)
}

/// Writes a label in Punycode (RFC 3492). A label is short, so its quadratic cost is bounded.
fn punycode(label: &str) -> Option<String> {
    const BASE: u32 = 36;
    const T_MIN: u32 = 1;
    const T_MAX: u32 = 26;
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let all = u32::try_from(label.chars().count()).ok()?;
    let (mut n, mut delta, mut bias, mut handled) = (128_u32, 0_u32, 72_u32, basic);
    while handled < all {
        let next = label.chars().map(u32::from).filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for c in label.chars().map(u32::from) {
            if c < n {
                delta = delta.checked_add(1)?;
            }
            if c != n {
                continue;
            }
            let mut rest = delta;
            let mut k = BASE;
            loop {
                let t = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
                if rest < t {
                    break;
                }
                out.push(letter(t + (rest - t) % (BASE - t)));
                rest = (rest - t) / (BASE - t);
                k += BASE;
            }
            out.push(letter(rest));
            bias = adapted(delta, handled + 1, handled == basic);
            delta = 0;
            handled += 1;
        }
        delta = delta.checked_add(1)?;
        n += 1;
    }
    Some(out)
}

fn letter(value: u32) -> char {
    char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[value as usize % 36])
}

/// RFC 3492, section 6.1.
fn adapted(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
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
        ] {
            assert_eq!(public(written).as_deref(), Some(form), "{written}");
        }
    }
}
