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
    news.extend(domains(actors));
    let urls = actors.urls.iter().map(|url| link::place(url));
    news.extend(first("url", urls));
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
    news.extend(domains(actors));
    news.extend(first("file", actors.files.iter().map(|file| same_path(file))));
    news.extend(first("url", actors.urls.iter().map(|url| news::same_url(url))));
    news
}

/// Names that it reached.
fn domains(actors: &Actors<'_>) -> News {
    first("domain", actors.domains.iter().map(|name| same_name(name)))
}

fn hashed(mut subject: Subject) -> News {
    let mut news = subject.news();
    let text = subject.text.iter().map(String::as_str);
    news.extend(subject.text.is_some().then(|| ("told", news::hash(text))));
    news
}
