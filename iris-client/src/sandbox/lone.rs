//! Half surrogate pairs. Python strings hold them and Rust strings cannot, so inside the sandbox each of the 2,048 is a
//! character of the last private plane, and becomes an escape again when an answer is printed.

const FIRST: u32 = 0x10_F800;

/// The character that stands for a half pair.
pub(super) fn stand_in(unit: u16) -> char {
    char::from_u32(FIRST + u32::from(unit) - 0xD800).unwrap_or('\u{fffd}')
}

/// Place and unit of the first half pair of a text.
pub(super) fn first(text: &str) -> Option<(usize, u16)> {
    text.chars().enumerate().find_map(|(at, c)| Some((at, unit(c)?)))
}

/// Prints half pairs as escapes, in text that is JSON already.
pub(super) fn escape(json: String) -> String {
    // The plane begins with this byte, which is rarer than what it leads to.
    if !json.as_bytes().contains(&0xF4) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match unit(c) {
            Some(unit) => out.extend(format!("\\u{unit:04x}").chars()),
            None => out.push(c),
        }
    }
    out
}

fn unit(c: char) -> Option<u16> {
    let offset = u32::from(c).checked_sub(FIRST)?;
    u16::try_from(offset + 0xD800).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_pair_has_a_stand_in() {
        for unit in 0xD800..=0xDFFF {
            let text = format!("a{}", stand_in(unit));
            assert_eq!(first(&text), Some((1, unit)));
            assert_eq!(escape(text), format!("a\\u{unit:04x}"));
        }
        assert_eq!(first("plain 😀"), None);
    }
}
