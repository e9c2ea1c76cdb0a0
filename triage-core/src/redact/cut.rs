//! Shortens what is too long, after masking: head and tail stay, because a payload may sit at either end, and the cut is named.

use super::spans;

/// How the name of a cut begins; the number of bytes and `]` follow.
pub(super) const CUT: &str = "[cut ";

/// Shortens a text to about `head + tail` bytes if it has more than `most`. Never cuts a mask, the name of a cut or a character in two.
pub(super) fn middle(text: &str, most: usize, head: usize, tail: usize) -> Option<String> {
    if text.len() <= most {
        return None;
    }
    let cuts = cuts(text);
    let mut first = spans::floor(text, head.min(text.len()));
    let mut last = spans::ceil(text, text.len().saturating_sub(tail).max(first));
    let marks = cuts.iter().map(|&(start, end, _)| (start, end));
    for (start, end) in spans::masks(text).into_iter().chain(marks) {
        if start < first && first < end {
            first = start;
        }
        if start < last && last < end {
            last = end;
        }
    }
    if last <= first {
        return None;
    }
    // What was cut before is gone as well, in the place of its name.
    let gone = cuts
        .iter()
        .filter(|&&(start, end, _)| first <= start && end <= last)
        .fold(last - first, |gone, &(start, end, number)| {
            (gone - (end - start)).saturating_add(number)
        });
    Some(format!("{} {} {}", &text[..first], named(gone), &text[last..]))
}

/// What stands for a text of which nothing stays.
pub(super) fn whole(text: &str) -> String {
    named(text.len())
}

fn named(bytes: usize) -> String {
    format!("{CUT}{}]", thousands(bytes))
}

/// Start, end and number of every cut that a text names.
pub(super) fn cuts(text: &str) -> Vec<(usize, usize, usize)> {
    let named = |(start, _): (usize, &str)| {
        let number = &text[start + CUT.len()..];
        let length = number
            .bytes()
            .take(26)
            .take_while(|b| b.is_ascii_digit() || *b == b',')
            .count();
        let bytes = number[..length].replace(',', "").parse().ok()?;
        number[length..]
            .starts_with(']')
            .then_some((start, start + CUT.len() + length + 1, bytes))
    };
    text.match_indices(CUT).filter_map(named).collect()
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_tail_stay_and_the_cut_is_named() {
        let text = format!("{}{}", "a".repeat(3000), "z".repeat(670));
        let short = middle(&text, 600, 400, 150).unwrap();
        assert!(short.starts_with("aaaa") && short.ends_with("zzzz"));
        assert!(short.contains(" [cut 3,120] "), "{short}");
        assert!(short.len() <= 600);
        assert_eq!(middle(&short, 600, 400, 150), None);
    }

    #[test]
    fn a_mask_is_never_cut_in_two() {
        let text = format!("{} [REDACTED:password] {}", "a".repeat(395), "b".repeat(900));
        let short = middle(&text, 600, 400, 150).unwrap();
        assert!(
            short.matches("[REDACTED:").count() == short.matches("[REDACTED:password]").count(),
            "{short}"
        );
    }

    #[test]
    fn a_second_cut_takes_the_first_along_and_names_both() {
        let once = middle(&format!("{}{}", "a".repeat(3000), "z".repeat(670)), 600, 400, 150).unwrap();
        let longer = format!("{}{once}", "b".repeat(200));
        let twice = middle(&longer, 600, 400, 150).unwrap();
        assert_eq!(twice.matches(CUT).count(), 1, "{twice}");
        assert!(twice.contains(" [cut 3,322] "), "{twice}");
        let inside = format!("{} [cut 3,120] {}", "a".repeat(390), "z".repeat(300));
        let twice = middle(&inside, 600, 400, 150).unwrap();
        assert_eq!(twice.matches(CUT).count(), 1, "{twice}");
    }
}
