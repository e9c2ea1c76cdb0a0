//! Links: where a console shows an event again, and where somebody is led to.

use super::mask::same_command;
use super::named::is_made_up_id;
use super::varies::{ends_with, name_of};

/// What is told of the URL in a field that is called a link: the scheme and the machine, as consoles give each event a page of its own;
/// of one that somebody is led to, the page too.
pub(super) fn told(path: &str, text: &str) -> Option<String> {
    let name = name_of(path);
    let text = text.trim();
    let start = text.get(..4).filter(|_| ends_with(name, "link"))?;
    let (scheme, rest) = text.split_once("://").filter(|_| start.eq_ignore_ascii_case("http"))?;
    if leads_somebody(name) {
        return Some(place(text));
    }
    let machine = rest.split(['/', '?', '#']).next().unwrap_or_default();
    Some(format!("{scheme}://{machine}").to_lowercase())
}

/// The scheme, the machine and the page of a URL without numbers and what was made up for a session, a request or an event: what stands
/// behind a page is.
pub(super) fn place(url: &str) -> String {
    const LONGEST: usize = 128;
    let start = url.find("://").map_or(0, |at| at + "://".len());
    let rest = &url[start..];
    let (machine, page) = rest.split_at(rest.find(['/', '?', ';', '#']).unwrap_or(rest.len()));
    let page = page.split(['?', ';', '#']).next().unwrap_or_default();
    let is_made_up = |part: &str| part.len() > LONGEST || part.split(['.', '%']).any(is_made_up_id);
    let parts: Vec<_> = page
        .split('/')
        .map(|part| if is_made_up(part) { "#" } else { part })
        .collect();
    format!("{}{machine}", &url[..start]).to_lowercase() + &same_command(&parts.join("/"))
}

/// Whether a field is a link that somebody is led to, and not one to where what is told here is shown, or explained.
fn leads_somebody(name: &str) -> bool {
    const KINDS: [&str; 4] = ["malicious", "phish", "download", "email"];
    let mut name = name.to_ascii_lowercase();
    name.retain(|c| c.is_ascii_alphanumeric());
    name == "link" || KINDS.iter().any(|kind| name.starts_with(kind))
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
                "http://a.example",
            ),
            (
                "data.link",
                "http://a.example/x;jsessionid=17.node1#a",
                "http://a.example/x",
            ),
            ("data.viewLink", "https://c.example/a", "https://c.example"),
            ("data.evidence_link", "https://c.example/a", "https://c.example"),
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
