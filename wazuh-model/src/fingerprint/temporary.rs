//! Names of temporary files: most are made up for one run, and some are chosen.

use super::varies::words;

/// What stands directly below folders for temporary files.
struct Found<'a> {
    /// The text up to and with the folder, from the end of the name before.
    before: &'a str,
    name: &'a str,
    /// Whether it is a folder itself.
    folder: bool,
}

/// Calls back for each, and gives what comes behind the last. The case of letters says nothing.
fn each<'a>(text: &'a str, mut found: impl FnMut(Found<'a>)) -> &'a str {
    const FOLDERS: [&str; 5] = ["\\temp\\", "/tmp/", "\\tmp\\", "/var/tmp/", "/dev/shm/"];
    if !text.contains(['/', '\\']) {
        return text;
    }
    let lower = text.to_ascii_lowercase();
    // Where each folder comes next: one that lies ahead, or comes no more, is not looked for again.
    let mut next = FOLDERS.map(|folder| lower.find(folder));
    let mut at = 0;
    loop {
        for (folder, next) in FOLDERS.iter().zip(&mut next) {
            if next.is_some_and(|next| next < at) {
                *next = lower[at..].find(folder).map(|ahead| at + ahead);
            }
        }
        let places = FOLDERS.iter().zip(next);
        let Some((folder, length)) = places.filter_map(|(folder, next)| Some((next?, folder.len()))).min() else {
            return &text[at..];
        };
        let start = folder + length;
        let rest = &text[start..];
        let length = rest
            .find(|c: char| c.is_whitespace() || "\\/\"',;|&<>()".contains(c))
            .unwrap_or(rest.len());
        found(Found {
            before: &text[at..start],
            name: &rest[..length],
            folder: rest[length..].starts_with(['/', '\\']),
        });
        at = start + length;
    }
}

/// Replaces what stands directly below a folder for temporary files, except its extension.
pub(super) fn without_names(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let rest = each(text, |found| {
        out.push_str(found.before);
        if !found.name.is_empty() {
            out.push('#');
            if let Some((_, extension)) = found.name.rsplit_once('.')
                && !found.folder
                && extension.len() <= 5
            {
                out.push('.');
                out.push_str(extension);
            }
        }
    });
    out.push_str(rest);
    out
}

/// The names there that somebody chose, without what is made up in them: `rootkit.sh`, and `pip build` of `pip-build-k7h2j`.
pub(super) fn names(text: &str) -> Vec<String> {
    // Whoever writes a longer command hides no name: that is in what is left of it.
    const HEAD: usize = 4_096;
    let mut names = Vec::new();
    each(crate::text::cut(text, HEAD), |found| names.extend(chosen(found.name)));
    names
}

fn chosen(name: &str) -> Option<String> {
    // What PowerShell and programs in Python call theirs.
    const MADE_UP: [&str; 2] = ["__PSScriptPolicyTest_", "tmp"];
    if MADE_UP.iter().any(|start| name.starts_with(start)) {
        return None;
    }
    // `tmp.Ab12` ends in no extension.
    let is_extension = |text: &str| {
        let (upper, lower) = (u8::is_ascii_uppercase, u8::is_ascii_lowercase);
        (1..=5).contains(&text.len())
            && !(text.bytes().any(|byte| upper(&byte)) && text.bytes().any(|byte| lower(&byte)))
    };
    let (stem, extension) = name
        .rsplit_once('.')
        .filter(|(stem, extension)| !matches!(*stem, "" | "tmp" | "temp") && is_extension(extension))
        .map_or((name, None), |(stem, extension)| {
            (stem, Some(extension.to_ascii_lowercase()))
        });
    let mut words: Vec<_> = words(stem)
        .filter(|word| is_spoken(word))
        .map(str::to_ascii_lowercase)
        .collect();
    let short = || is_short(stem) && extension.as_deref() != Some("tmp");
    if words.is_empty() && (short() || is_joined(stem)) {
        words.push(stem.to_ascii_lowercase());
    }
    let words = (!words.is_empty()).then(|| words.join(" "))?;
    Some(extension.map_or_else(|| words.clone(), |extension| format!("{words}.{extension}")))
}

/// Nobody makes up `x`, `nc` and `nc64` by chance: what is made up is longer.
fn is_short(stem: &str) -> bool {
    let letters = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    (1..=3).contains(&letters.len()) && stem.len() <= 5 && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether letters can be spoken: with a vowel, and without many consonants in a row.
pub(super) fn is_spoken(word: &str) -> bool {
    const MOST: usize = 4;
    let mut parts = word.split(|c: char| "aeiouyAEIOUY".contains(c));
    word.len() > MOST - 2 && parts.clone().nth(1).is_some() && parts.all(|part| part.len() <= MOST)
}

/// Whether it is words that begin with capitals: `SharpHound`.
fn is_joined(stem: &str) -> bool {
    !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_alphabetic()) && joined(stem).all(is_spoken)
}

/// The words that a text without separators is joined of: each begins with the capital behind a small letter.
pub(super) fn joined(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let bytes = rest.as_bytes();
        let begins = |at: &usize| bytes[*at].is_ascii_uppercase() && bytes[*at - 1].is_ascii_lowercase();
        let end = (1..bytes.len()).find(begins).unwrap_or(bytes.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_somebody_chose_are_told_from_those_that_are_made_up() {
        for (text, expected) in [
            ("bash /tmp/rootkit.sh", "rootkit.sh"),
            ("/tmp/a.sh", "a.sh"),
            ("/dev/shm/nc64 -l", "nc64"),
            (r"C:\Windows\TEMP\Evil.exe", "evil.exe"),
            (r"C:\Users\x\AppData\Local\Temp\SharpHound.exe", "sharphound.exe"),
            ("/tmp/pip-build-k7h2j/setup.py", "build"),
            (r"C:\Temp\scoped_dir1234_567\x.dll", "scoped"),
        ] {
            assert_eq!(names(text), [expected], "{text}");
        }
        for text in [
            "sh /tmp/tmp.aBcDeFgHiJ/run.sh",
            "sh /tmp/tmp.Ab12",
            r"C:\Windows\Temp\xk3f.tmp",
            r"C:\Temp\nsu4A3F.tmp",
            r"C:\Temp\{5770385F-C22A-43E0-BF4C-06F5698FFBD9}.tmp",
            "/tmp/tmp_k3j2h1x9",
            "/tmp/tmpmorelike",
            r"C:\Temp\__PSScriptPolicyTest_morelike.abc.ps1",
            "/tmp/bcdfghjk.ps1",
            "/tmp/",
            "/srv/rootkit.sh",
        ] {
            assert_eq!(names(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn letters_that_are_longer_in_lower_case_break_nothing() {
        assert_eq!(without_names("İ/tmp/İ.sh x"), "İ/tmp/#.sh x");
        assert_eq!(names("ȺȺ/tmp/rootkit Ⱥ"), ["rootkit"]);
    }
}
