//! All else that an alert says, as one value that is news when it is another.

use super::link;
use super::mask::same_path;
use super::news::{self, News, first};
use super::subject::Subject;
use super::{same_name, template::is_of_a_shell};
use crate::{Actors, Alert, Generation};

/// What stands beside who logged on and from where: a role, an application, a second factor. Of an event of Windows its known fields
/// tell, unless it names nobody.
pub(super) fn beside_account(alert: &Alert, actors: &Actors<'_>) -> News {
    let known = alert.get("data.win").is_some() && !actors.users.is_empty();
    // Without a source all of it is in the key.
    if known || actors.sources.is_empty() {
        return News::new();
    }
    let mut news = hashed(Subject::beside_account(alert, actors));
    news.extend(reached(actors, logged_on_at));
    news.extend(news::hashes(actors));
    news
}

/// What stands beside a command: which rule of a sensor it met, what became of it, whom and what it reached. Windows, the audit daemon and
/// sudo say so in fields of their own.
pub(super) fn beside_command(alert: &Alert, actors: &Actors<'_>) -> News {
    // As Wazuh 5 calls the two.
    const KNOWN: [&str; 5] = ["windows", "sysmon", "auditd", "linux-auditd", "audit"];
    let known = match alert.generation() {
        Generation::Four => ["data.win", "data.audit"].iter().any(|path| alert.get(path).is_some()),
        Generation::Five => alert.decoder().is_some_and(|name| KNOWN.contains(&name)),
    };
    if known || is_of_a_shell(alert) {
        return News::new();
    }
    let process = actors.process.as_ref();
    let command = process.and_then(|process| process.command_line.as_deref());
    let mut news = hashed(Subject::beside_command(alert, command));
    news.extend(news::destinations(actors));
    news.extend(reached(actors, news::same_url));
    news
}

/// Names, files and URLs that it reached.
fn reached(actors: &Actors<'_>, same_url: impl Fn(&str) -> String) -> News {
    let mut news = first("domain", actors.domains.iter().map(|name| same_name(name)));
    news.extend(first("file", actors.files.iter().map(|file| same_path(file))));
    news.extend(first("url", actors.urls.iter().map(|url| same_url(url))));
    news
}

/// A URL without what is made up for each log-on: pages and queries carry that from one to the next.
fn logged_on_at(url: &str) -> String {
    let (machine, page) = url.split_at(url.find("://").map_or(0, |at| at + "://".len()));
    news::same_url(&format!("{machine}{}", link::without_ids(page)))
}

fn hashed(mut subject: Subject) -> News {
    let mut news = subject.news();
    let text = subject.text.iter().map(String::as_str);
    news.extend(subject.text.is_some().then(|| ("told", news::hash(text))));
    news
}
