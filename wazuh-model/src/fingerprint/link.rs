//! Links: where a console shows an event again, and where somebody is led to.

use super::mask::same_command;
use super::named::is_made_up_id;
use super::varies::{ends_with, name_of};

/// What is told of the URL in a field that is called a link: of a console's the scheme and the machine, as each event has a page of its
/// own there; of any other the page too, without numbers and what was made up.
pub(super) fn told(path: &str, text: &str) -> Option<String> {
    let name = name_of(path);
    let text = text.trim();
    let start = text.get(..4).filter(|_| ends_with(name, "link"))?;
    let (scheme, rest) = text.split_once("://").filter(|_| start.eq_ignore_ascii_case("http"))?;
    let (machine, page) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let machine = format!("{scheme}://{machine}").to_lowercase();
    Some(if is_of_a_console(name) {
        machine
    } else {
        machine + &same_command(&without_ids(page))
    })
}

/// The page and the query of a URL without what was made up for a session, a request or an event.
pub(super) fn without_ids(page: &str) -> String {
    let mut plain = String::with_capacity(page.len());
    for part in page.split_inclusive(['/', '?', '&', '=', ';', '#']) {
        let word = part.trim_end_matches(['/', '?', '&', '=', ';', '#']);
        if is_made_up_id(word) {
            plain.push('#');
        } else {
            plain.push_str(word);
        }
        plain.push_str(&part[word.len()..]);
    }
    plain
}

/// Whether a link leads to where what is told here is shown, or explained.
fn is_of_a_console(name: &str) -> bool {
    const PLACES: [&str; 22] = [
        "alert",
        "case",
        "console",
        "dashboard",
        "deep",
        "detection",
        "doc",
        "event",
        "finding",
        "help",
        "host",
        "incident",
        "investigation",
        "issue",
        "perma",
        "portal",
        "reference",
        "report",
        "result",
        "self",
        "ticket",
        "web",
    ];
    let mut name = name.to_ascii_lowercase();
    name.retain(|c| c.is_ascii_alphanumeric());
    let place = name.strip_suffix("link").unwrap_or_default();
    PLACES.iter().any(|one| place.ends_with(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_link_to_a_console_only_the_machine_is_told() {
        for (path, text, expected) in [
            (
                "data.consoleLink",
                "https://Console.example/17",
                "https://console.example",
            ),
            (
                "data.event.FalconHostLink",
                "https://c.example?x=17",
                "https://c.example",
            ),
            ("data.alert_link", "https://c.example/a/q8Zt1xKp", "https://c.example"),
            ("data.link", "https://News.example", "https://news.example"),
            ("data.link", "http://c2-01.example/a17/17", "http://c2-01.example/a17/#"),
            (
                "data.maliciousLink",
                "HTTP://198.51.100.7/Drop.exe",
                "http://198.51.100.7/drop.exe",
            ),
            (
                "data.link",
                "https://c.example/q8Zt1xKpM2wR7yLb/drop.exe",
                "https://c.example/#/drop.exe",
            ),
            (
                "data.downloadLink",
                "http://a.example?f=x&t=1796000000",
                "http://a.example?f=x&t=#",
            ),
        ] {
            assert_eq!(told(path, text).as_deref(), Some(expected), "{path}={text}");
        }
        for (path, text) in [
            ("data.link", "eth0"),
            ("data.link", "http"),
            ("data.link", "ftp://a.example/x"),
            ("data.linked", "http://a.example/x"),
        ] {
            assert_eq!(told(path, text), None, "{path}={text}");
        }
    }
}
