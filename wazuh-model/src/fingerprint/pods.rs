//! Pods of Kubernetes, which are made anew all day: what they are known by is the set that each is one of.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use memchr::memchr_iter;

use super::mask::same_path;

/// How many letters the word for a pod has, and that for its set.
const OF_POD: RangeInclusive<usize> = 5..=5;
const OF_SET: RangeInclusive<usize> = 8..=10;

/// The name of a container without what is made up for each: that of a pod ends in words for its set and for itself.
pub(super) fn container(name: &str) -> String {
    let Some(pod) = name.strip_prefix("k8s_") else {
        return same_path(name);
    };
    let mut parts: Vec<_> = pod.split('_').take(3).collect();
    if let Some(pod) = parts.get_mut(1) {
        *pod = without_made_up_end(without_made_up_end(pod, OF_POD), OF_SET);
    }
    same_path(&format!("k8s_{}", parts.join("_")))
}

/// The name of what a pod is one of, if a text is that of a pod: `shop` of `shop-7d9f8b6c5-x2x4z`.
pub(super) fn set_of(text: &str) -> Option<&str> {
    match with_sets(text) {
        Cow::Owned(set) if text.starts_with(&set) && !set.contains(char::is_whitespace) => Some(&text[..set.len()]),
        _ => None,
    }
}

/// A text with the sets that its pods are of in their places: `pod=default/shop` for `pod=default/shop-7d9f8b6c5-x2x4z`.
pub(super) fn with_sets(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let (mut out, mut end) = (String::new(), 0);
    for dash in memchr_iter(b'-', bytes) {
        let after = dash + 1 + OF_POD.end();
        let ends = bytes
            .get(after)
            .is_none_or(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'-');
        let pod = bytes.get(dash + 1..after);
        // The end of a security id is digits.
        let is_pod = |pod: &[u8]| pod.iter().copied().all(is_made_up) && pod.iter().any(u8::is_ascii_alphabetic);
        if !ends || !pod.is_some_and(is_pod) {
            continue;
        }
        let before = &bytes[end..dash];
        let Some(set) = before.iter().rposition(|byte| !byte.is_ascii_alphanumeric()) else {
            continue;
        };
        let word = &before[set + 1..];
        let is_word = word.iter().copied().all(is_made_up) || word.iter().all(u8::is_ascii_digit);
        if before[set] == b'-' && OF_SET.contains(&word.len()) && is_word {
            out.push_str(&text[end..end + set]);
            end = after;
        }
    }
    if end == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[end..]);
    Cow::Owned(out)
}

/// A URL with the set of the pod that it names, which stands behind `/pods/` in those of Kubernetes; elsewhere somebody chose the name.
pub(super) fn in_url(url: &str) -> Cow<'_, str> {
    const PODS: &str = "/pods/";
    let Some(at) = url.find(PODS).map(|at| at + PODS.len()) else {
        return Cow::Borrowed(url);
    };
    let end = url[at..].find(['/', '?', '#', ' ']).map_or(url.len(), |end| at + end);
    match set_of(&url[at..end]) {
        Some(set) => Cow::Owned(format!("{}{set}{}", &url[..at], &url[end..])),
        None => Cow::Borrowed(url),
    }
}

/// A name without the last of its words where that is as long and of the letters and digits that Kubernetes makes words up from.
pub(super) fn without_made_up_end(name: &str, lengths: RangeInclusive<usize>) -> &str {
    match name.rsplit_once('-') {
        Some((stem, end)) if lengths.contains(&end.len()) && end.bytes().all(is_made_up) => stem,
        _ => name,
    }
}

/// Whether Kubernetes makes words up from it: no vowel, and no digit that looks like one.
fn is_made_up(byte: u8) -> bool {
    b"bcdfghjklmnpqrstvwxz2456789".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_known_by_their_sets_wherever_they_stand() {
        for (text, expected) in [
            ("shop-7d9f8b6c5-x2x4z", "shop"),
            ("a shop-7d9f8b6c5-x2x4z, b", "a shop, b"),
            ("k8s_shop_shop-7d9f8b6c5-x2x4z_default_0", "k8s_shop_shop_default_0"),
            (r#"pod="default/shop-7d9f8b6c5-x2x4z""#, r#"pod="default/shop""#),
            ("/pods/my-shop-7d9f8b6c5-x2x4z/exec?c=x", "/pods/my-shop/exec?c=x"),
            ("a-7d9f8b6c5-x2x4z b-6c4d7f9b8-q7r9t", "a b"),
            ("backup-28374650-x2x4z", "backup"),
        ] {
            assert_eq!(with_sets(text), expected);
        }
        for text in [
            "shop",
            "shop-x2x4z",
            "x2x4z-7d9f8b6c5",
            "shop-7d9f8b6c5-x2x4zz",
            "shop-7d9f8b6c5-x2x4z-a",
            "shop-7d9f8b6c5-admin",
            "shop-account-x2x4z",
            "é-7d9f8b6c5-x2x4zé",
            "S-1-5-21-3623811015-3361044348-1030300820-24567",
            "pc-20261129-24567",
            "-",
            "",
        ] {
            assert_eq!(with_sets(text), text);
        }
        assert_eq!(set_of("shop-7d9f8b6c5-x2x4z"), Some("shop"));
        assert_eq!(set_of("a shop-7d9f8b6c5-x2x4z"), None);
        assert_eq!(set_of("shop-7d9f8b6c5-x2x4z/a"), None);
    }

    #[test]
    fn a_pod_in_a_url_is_what_stands_behind_its_kind() {
        for (url, expected) in [
            (
                "/api/v1/namespaces/x/pods/shop-7d9f8b6c5-x2x4z/exec?c=x",
                "/api/v1/namespaces/x/pods/shop/exec?c=x",
            ),
            ("/api/v1/pods/shop-7d9f8b6c5-x2x4z", "/api/v1/pods/shop"),
        ] {
            assert_eq!(in_url(url), expected);
        }
        for url in [
            "http://a.example/drop-7d9f8b6c5-x2x4z.elf",
            "http://a.example/drop-7d9f8b6c5-x2x4z",
            "http://a.example/pods/drop-7d9f8b6c5-x2x4z.elf",
            "http://a.example/pods/",
        ] {
            assert_eq!(in_url(url), url);
        }
    }
}
