//! Character references of HTML: what a browser makes another character of, wherever text becomes HTML.

use std::sync::LazyLock;

/// Names that a browser decodes without a semicolon, and with anything behind them: `&copy=2`, `&notify`.
const LEGACY: &str = "AElig AMP Aacute Acirc Agrave Aring Atilde Auml COPY Ccedil ETH Eacute Ecirc Egrave Euml GT Iacute Icirc Igrave Iuml LT \
    Ntilde Oacute Ocirc Ograve Oslash Otilde Ouml QUOT REG THORN Uacute Ucirc Ugrave Uuml Yacute aacute acirc acute aelig \
    agrave amp aring atilde auml brvbar ccedil cedil cent copy curren deg divide eacute ecirc egrave eth euml frac12 frac14 \
    frac34 gt iacute icirc iexcl igrave iquest iuml laquo lt macr micro middot nbsp not ntilde oacute ocirc ograve ordf ordm \
    oslash otilde ouml para plusmn pound quot raquo reg sect shy sup1 sup2 sup3 szlig thorn times uacute ucirc ugrave uml \
    uuml yacute yen yuml";
static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| LEGACY.split(' ').collect());
/// The longest name of a reference, in bytes.
const LONGEST: usize = 31;

/// Whether a browser would decode an `&` with this behind it. Of the names with a semicolon, which are thousands, it goes by the form.
pub(super) fn begins(after: &str) -> bool {
    let bytes = after.as_bytes();
    match bytes {
        [b'#', b'x' | b'X', digit, ..] => digit.is_ascii_hexdigit(),
        [b'#', digit, ..] => digit.is_ascii_digit(),
        [first, ..] if first.is_ascii_alphabetic() => {
            let name = bytes
                .iter()
                .take(LONGEST + 1)
                .take_while(|byte| byte.is_ascii_alphanumeric())
                .count();
            // A first letter tells most of them apart.
            let is_it = |name: &&str| name.as_bytes().first() == Some(first) && after.starts_with(*name);
            name > 1 && bytes.get(name) == Some(&b';') || NAMES.iter().any(is_it)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_decodes_begins_a_reference_and_nothing_else_does() {
        for decoded in [
            "#60",
            "#x3C;",
            "#X3c",
            "lt",
            "ltx",
            "AMP=1",
            "timestamp=1",
            "nGtv;",
            "frac12",
            "CounterClockwiseContourIntegral;",
        ] {
            assert!(begins(decoded), "{decoded}");
        }
        for plain in [
            "",
            "&",
            " lt",
            "#",
            "#;",
            "#x",
            "#xg",
            "Copy=1",
            "user=1",
            "a;",
            "1;",
            "b2 ;",
            "é;",
            "noSuchNameIsThisLongSinceNoneIsLonger;",
        ] {
            assert!(!begins(plain), "{plain}");
        }
    }

    #[test]
    fn every_legacy_name_is_one_word_of_letters_and_digits() {
        assert_eq!(NAMES.len(), 106);
        assert!(
            NAMES
                .iter()
                .all(|name| name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        );
    }
}
