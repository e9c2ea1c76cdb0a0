//! Shortens what is too long, after masking: head and tail stay, because a payload may sit at either end, and the cut is named.

use super::spans;

/// Shortens a text to about `head + tail` bytes if it has more than `most`. Never cuts a mask or a character in two.
pub(super) fn middle(text: &str, most: usize, head: usize, tail: usize) -> Option<String> {
    if text.len() <= most {
        return None;
    }
    let masks = spans::masks(text);
    let mut first = spans::floor(text, head.min(text.len()));
    let mut last = spans::ceil(text, text.len().saturating_sub(tail).max(first));
    for (start, end) in masks {
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
    Some(format!(
        "{} [cut {}] {}",
        &text[..first],
        thousands(last - first),
        &text[last..]
    ))
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
}
