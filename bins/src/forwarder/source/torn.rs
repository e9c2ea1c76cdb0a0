//! What a line of alerts.json says, where a manager died in the middle of one.

/// The texts that a line is handed over as, by every source alike: what is no alert is known by its text, so that text must be the same.
///
/// A manager that died in the middle of a line and then went on in the same file has left half an alert in front of a whole one: these
/// are two. Blanks around a text are no part of it, and a blank line is none.
pub(crate) fn texts(mut line: Vec<u8>) -> Vec<Vec<u8>> {
    trim(&mut line);
    let Some(at) = whole_behind_half(&line) else {
        return if line.is_empty() { Vec::new() } else { vec![line] };
    };
    let alert = line.split_off(at);
    trim(&mut line);
    vec![line, alert]
}

/// Whether this can be read as an alert.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    wazuh_model::Alert::from_slice(bytes).is_ok()
}

/// Where the whole alert begins of a line that is none.
fn whole_behind_half(line: &[u8]) -> Option<usize> {
    const BEGINNING: &[u8] = b"{\"timestamp\":\"";
    // What an alert tells of may begin as alerts do; to look at more than a few costs time.
    const LOOKED_AT: usize = 8;
    let from_the_end = memchr::memmem::rfind_iter(line, BEGINNING).take_while(|at| *at > 0);
    let from_the_front = memchr::memmem::find_iter(line, BEGINNING).skip_while(|at| *at == 0);
    // The one that tells of more stands near the front.
    let mut beginnings = from_the_end
        .take(LOOKED_AT)
        .chain(from_the_front.take(LOOKED_AT))
        .peekable();
    if beginnings.peek().is_none() || is_whole(line) {
        return None;
    }
    beginnings.find(|at| is_whole(&line[*at..]))
}

fn trim(text: &mut Vec<u8>) {
    text.truncate(text.trim_ascii_end().len());
    let blanks = text.len() - text.trim_ascii_start().len();
    text.drain(..blanks);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERT: &str = r#"{"timestamp":"2026-01-20T09:02:17.037+0000","id":"1.2","full_log":"b"}"#;

    #[test]
    fn a_whole_alert_behind_half_a_one_is_a_text_of_its_own() {
        for (half, behind) in [
            (&ALERT[..40], ""),
            ("no alert ", " \r"),
            (ALERT, ""),
            (&ALERT[..5], "\n"),
        ] {
            assert_eq!(
                texts(format!(" {half}{ALERT}{behind}").into_bytes()),
                [half.trim().as_bytes(), ALERT.as_bytes()],
                "{half}"
            );
        }
    }

    #[test]
    fn everything_else_is_one_text_without_the_blanks_around_it() {
        let told =
            serde_json::json!({ "timestamp": "x", "full_log": ALERT, "inner": { "timestamp": "y" } }).to_string();
        let half = &ALERT[..40];
        for text in [
            ALERT,
            &told,
            half,
            &format!("{half}{half}"),
            "garbage  line",
            r#"{"a":1}{"b":2}"#,
            "[1]",
            "\0",
        ] {
            for line in [text.to_owned(), format!("  {text} \r\n"), format!("\t{text}")] {
                assert_eq!(texts(line.into_bytes()), [text.as_bytes()]);
            }
        }
        for blank in ["", " ", "\r", " \t\r\n"] {
            assert!(texts(blank.into()).is_empty());
        }
    }
}
