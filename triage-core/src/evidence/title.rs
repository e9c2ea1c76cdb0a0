//! The words of a title that the author of the rule wrote: a rule may repeat what stands in a field.

use super::AlertFields;

/// What stands for a value that the rule repeats.
const TOLD: &str = "…";
/// Shorter values say nothing.
const SHORTEST: usize = 3;
/// Wazuh cuts a description here, and the rest of a value with it.
const LONGEST: usize = 1000;
/// Folders that no log fills, but Wazuh or Windows itself.
const OURS: [&str; 8] = [
    "rule.",
    "decoder.",
    "manager.",
    "cluster.",
    "input.",
    "data.win.system.",
    "data.sca.",
    "data.vulnerability.",
];
/// Fields with a word out of the product's own list, which is what the rule is about.
const VOCABULARY: [&str; 11] = [
    "data.action",
    "data.aws.eventname",
    "data.aws.source",
    "data.office365.operation",
    "data.docker.action",
    "data.docker.status",
    "data.docker.type",
    "data.gcp.protopayload.methodname",
    "data.azure.operationname",
    "data.virustotal.description",
    "data.dpkg_status",
];

/// Gives the title with every value of a field taken out, and nothing where that cannot be told.
///
/// All leaves count, whole, whether they become facts or not.
pub(super) fn own_words(alert: &AlertFields) -> String {
    if alert.title.len() >= LONGEST {
        return String::new();
    }
    let mut own = plain(&alert.title);
    let mut values: Vec<String> = Vec::new();
    for (path, value) in &alert.fields {
        if is_told(path, value) {
            values.push(plain(value));
        }
    }
    values.retain(|value| value.len() >= SHORTEST && value.len() <= own.len());
    // A shorter value may be a part of a longer one.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values.dedup();
    for value in values {
        take_out(&mut own, &value);
    }
    own
}

fn is_told(path: &str, value: &str) -> bool {
    let path = path.to_lowercase();
    let is_word = !value.contains(char::is_whitespace);
    !(path == "title"
        || OURS.iter().any(|folder| path.starts_with(folder))
        || is_word && VOCABULARY.contains(&path.as_str())
        || value.bytes().all(|b| b.is_ascii_digit()))
}

// Products and rules escape quotes and double backslashes, or do not, each in its own way.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace(r"\\", r"\").replace("\\\"", "\"");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn take_out(own: &mut String, value: &str) {
    let mut from = 0;
    while let Some(at) = own[from..].find(value).map(|at| from + at) {
        let end = at + value.len();
        let joins = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        if joins(own[..at].chars().next_back()) || joins(own[end..].chars().next()) {
            from = end;
        } else {
            own.replace_range(at..end, TOLD);
            from = at + TOLD.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(title: &str, fields: &[(&str, &str)]) -> String {
        own_words(&AlertFields {
            title: title.into(),
            fields: fields
                .iter()
                .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
                .collect(),
            ..AlertFields::default()
        })
    }

    #[test]
    fn a_value_is_taken_out_however_it_is_written() {
        let path = r"C:\Intel\disk space\a.exe";
        for title in [
            r"Value set by C:\Intel\disk space\a.exe",
            r"Value set by C:\\Intel\\disk space\\a.exe",
        ] {
            assert_eq!(own(title, &[("data.win.eventdata.image", path)]), "value set by …");
        }
        let quoted = own(
            r#"Started: x \"session closed\""#,
            &[("data.line", r#"x "session closed""#)],
        );
        assert_eq!(quoted, "started: …");
        assert_eq!(
            own("Upload session closed here", &[("data.name", "session  closed")]),
            "upload … here"
        );
    }

    #[test]
    fn every_leaf_counts_and_no_part_of_one_hides_the_rest() {
        let long = "session closed ".repeat(30);
        for (path, value) in [
            ("data.requestId", "session closed"),
            ("data.id", "session closed"),
            ("data.ticket.description", "session closed"),
            ("data.docker.Action", "session closed"),
            ("data.files[1]", "session closed"),
            ("data.note", long.trim()),
        ] {
            let title = format!("Refused: {value}");
            assert_eq!(
                own(&title, &[("data.first", "session"), (path, value)]),
                "refused: …",
                "{path}"
            );
        }
        assert_eq!(own(&"x".repeat(1200), &[]), "");
    }

    #[test]
    fn what_the_product_calls_its_own_event_stays() {
        let fields = [
            ("data.aws.eventName", "StopLogging"),
            ("data.id", "404"),
            ("decoder.name", "web-accesslog"),
            ("data.srcuser", "logon"),
        ];
        let title = "Web-accesslog 404: StopLogging by logon, logons";
        assert_eq!(own(title, &fields), "web-accesslog 404: stoplogging by …, logons");
    }
}
