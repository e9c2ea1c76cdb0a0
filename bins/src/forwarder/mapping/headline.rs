//! What the title names: the one thing that tells an analyst most.

use std::borrow::Cow;
use std::net::IpAddr;

use wazuh_model::{Endpoint, Generation, User, UserPart};

use super::describe::{Picture, name_of};
use super::installed::is_brought;
use super::neutral::{self, cut, cut_in_front};

/// The longest headline, in bytes, as it is shown: what nobody sees is named there, and grows.
const LONGEST: usize = 100;
/// What of a long text is looked at for one.
const LOOKED_AT: usize = 150;

/// Something that a title may name, as it may be shown. It is told what the title says already.
type Thing = fn(&Picture<'_>, &str) -> Option<String>;

/// What serves a title, the best first: what it was done to, how, by whom.
const THINGS: [Thing; 31] = [
    response,
    executed,
    file,
    command_line,
    |picture, _| picture.shortened("Script"),
    registry,
    object,
    pipe,
    call,
    |picture, _| picture.shortened("Vulnerability"),
    |picture, _| picture.shortened("Package"),
    |picture, _| picture.shortened("Signature"),
    threat_from,
    |picture, _| picture.shortened("Listed"),
    // The stock rule says all of it, and it is a sentence.
    |picture, said| {
        picture.shortened("Check").filter(|_| {
            let check = picture.told("Check").map(neutral::line);
            !check.is_some_and(|check| says(said, &check))
        })
    },
    |picture, _| picture.shortened("Container"),
    task,
    absolute_url,
    logon,
    |picture, _| end(foreign_source(picture)?, false),
    domain,
    far_end,
    |picture, _| picture.shortened("Threat"),
    |picture, _| picture.shortened("Domain"),
    |picture, _| picture.shortened("URL"),
    |picture, _| picture.shortened("Service"),
    |picture, _| picture.shortened("Setting").or_else(|| picture.shortened("Device")),
    started,
    group,
    whom_by_what,
    |picture, _| {
        process(picture)
            .or_else(|| who(picture))
            .or_else(|| picture.shortened("Query"))
    },
];

impl Picture<'_> {
    /// Gives the first thing that what is said already does not hold, else the first of all; as it may be shown.
    pub(super) fn headline(&self, said: &str) -> Option<String> {
        let mut repeated = None;
        for thing in THINGS {
            let Some(value) = thing(self, said) else { continue };
            if !says(said, &value) {
                return Some(value);
            }
            repeated.get_or_insert(value);
        }
        repeated
    }

    fn shortened(&self, label: &str) -> Option<String> {
        self.told(label).map(short)
    }
}

/// A text as it may be shown, and short.
fn short(text: &str) -> String {
    neutral::shortened(neutral::line(&cut(text, LOOKED_AT)), LONGEST)
}

/// The same of a path, which says most at its end.
fn short_path(path: &str) -> String {
    let shown = neutral::line(&cut_in_front(path, LOOKED_AT));
    cut_in_front(&shown, LONGEST).into_owned()
}

/// Says whether a text holds a value as words of its own: `add` is no word of `added`.
fn says(text: &str, value: &str) -> bool {
    let joins = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let mut found = text.match_indices(value);
    found.any(|(at, _)| !joins(text[..at].chars().next_back()) && !joins(text[at + value.len()..].chars().next()))
}

/// A program that answered another alert, and whom or what it was set on.
fn response(picture: &Picture<'_>, _said: &str) -> Option<String> {
    picture.told("Active response")?;
    let program = picture.alert.text("data.parameters.program")?;
    let on = told_to_the_program(&program, picture)
        .or_else(|| far_from_the_program(picture))
        .or_else(|| picture.told("File").map(str::to_owned))
        .or_else(|| whom(picture, ""))
        .or_else(|| who(picture))
        .unwrap_or_default();
    Some(short(format!("{program} {on}").trim_end()))
}

/// Whom or what one of Wazuh's own programs was set on: each reads one thing out of the alert, from the first of these places.
fn told_to_the_program(program: &str, picture: &Picture<'_>) -> Option<String> {
    const OF_ADDRESSES: [&str; 11] = [
        "default-firewall-drop",
        "firewall-drop",
        "firewalld-drop",
        "host-deny",
        "ip-customblock",
        "ipfw",
        "netsh",
        "npf",
        "pf",
        "route-null",
        "win_route-null",
    ];
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let places: &[&str] = match name {
        "disable-account" => &["dstuser"],
        name if OF_ADDRESSES.contains(&name) => &["win.eventdata.ipAddress", "win.eventdata.destinationIp", "srcip"],
        _ => &[],
    };
    let told = places.iter().find_map(|place| {
        let told = picture.alert.text(&format!("data.parameters.alert.data.{place}"))?;
        let told = told.trim();
        (!matches!(told, "" | "-")).then(|| told.to_owned())
    });
    told.map(|told| cut(&told, LOOKED_AT).into_owned())
}

/// The far end in an alert that was answered: what any other program was likely told.
fn far_from_the_program(picture: &Picture<'_>) -> Option<String> {
    let actors = &picture.actors;
    let ends = if is_outbound(picture) {
        &actors.destinations
    } else {
        &actors.sources
    };
    // The program may have been told one address alone.
    let mut far = foreign(ends, picture).into_iter().chain(ends).chain(&actors.sources);
    far.find_map(|far| end(far, false))
}

/// The command of a recorded call, of which the file is the program alone.
fn executed(picture: &Picture<'_>, said: &str) -> Option<String> {
    picture.alert.get("data.audit.execve")?;
    command_line(picture, said)
}

/// A command; of a long one the program without its folders, so that room is left for what it was told.
fn command_line(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let line = picture.told("Command line")?.trim();
    let quoted = line.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    let (program, rest) = quoted.or_else(|| line.split_once(' ')).unwrap_or((line, ""));
    let line = match program.rsplit_once(['\\', '/']) {
        Some((_folders, name)) if line.len() > LONGEST && !name.is_empty() => {
            Cow::Owned(format!("…{name} {}", rest.trim_start()))
        }
        _ => Cow::Borrowed(line),
    };
    Some(short(&line))
}

/// A file, unless it is what else Defender tells beside a command, which says more.
fn file(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let file = picture.told("File")?;
    let is_beside_a_command = file.contains(":_") && picture.told("Command line").is_some();
    (!is_beside_a_command).then(|| short_path(file))
}

/// A key of the registry with the value in it that changed.
fn registry(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let key = picture.told("Registry")?;
    let value = picture.told("Registry value");
    let whole = value.map_or(Cow::Borrowed(key), |value| Cow::Owned(format!("{key}\\{value}")));
    Some(short_path(&whole))
}

/// What was asked for or changed on Windows, and from where, by which program that did not come with the system, or by whom.
fn object(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let object = picture.told("Object")?;
    let from = picture.actors.sources.iter().find(|source| !is_own(source, picture));
    let from = from
        .and_then(|source| end(source, false))
        .map(|from| format!(" from {from}"));
    let by_person = || {
        let person = picture.actors.users.iter().find(is_person(UserPart::Acting))?;
        Some(format!(" by {}", cut(&name_of(person), LONGEST / 2)))
    };
    let whom = from.or_else(|| by_program(picture)).or_else(by_person);
    Some(with_whom(&short_path(object), whom.as_deref()))
}

/// A named pipe, and which program made or opened it.
fn pipe(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let pipe = picture.told("Pipe").filter(|pipe| !pipe.starts_with('<'))?;
    Some(with_whom(&short_path(pipe), by_program(picture).as_deref()))
}

fn by_program(picture: &Picture<'_>) -> Option<String> {
    let image = picture.actors.process.as_ref()?.image.as_deref()?;
    is_brought(image).then(|| format!(" by {}", cut_in_front(&short_path(image), LONGEST / 2)))
}

/// What a title names, cut in front so that there is room for whom it came from.
fn with_whom(what: &str, whom: Option<&str>) -> String {
    let whom = whom.unwrap_or_default();
    let room = LONGEST.saturating_sub(whom.len()).max(LONGEST / 3);
    short(&format!("{}{whom}", cut_in_front(what, room)))
}

/// What a firewall calls what it saw, and from whom, if that is somebody else: else whom it saw says more.
fn threat_from(picture: &Picture<'_>, said: &str) -> Option<String> {
    let threat = short(&super::products::threat_on_the_way(picture.alert)?);
    let from = end(foreign_source(picture)?, false)?;
    let whole = format!("{threat} from {from}");
    (whole.len() <= LONGEST && !says(said, &threat)).then_some(whole)
}

/// A URL with its host, which says where somebody was led. A web server's own log has only what stands behind its name, and where who asked
/// is somebody else, or an account was used there, that says more.
fn absolute_url(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let url = picture.told("URL")?;
    let has_host = || {
        let (host, behind) = url.split_at(url.find(['/', ':']).unwrap_or(url.len()));
        let port = behind
            .strip_prefix(':')
            .map(|behind| behind.split('/').next().unwrap_or_default());
        let is_sound = !behind.is_empty() && port.is_none_or(|port| port.parse::<u16>().is_ok());
        host.contains('.') && !host.contains(['(', '@']) && is_sound
    };
    let is_absolute = url.contains("://") || has_host();
    let is_logon = picture.actors.users.iter().any(|user| user.part == UserPart::Target);
    (is_absolute && !is_logon && foreign_source(picture).is_none()).then(|| short(url))
}

/// A call to a cloud: what, on whom, by whom, from where. What the title says already is left out of it.
fn call(picture: &Picture<'_>, said: &str) -> Option<String> {
    let call = &neutral::line(picture.told("API call")?);
    let is_cloud = picture.alert.generation() == Generation::Four
        || picture.alert.text("wazuh.integration.category").as_deref() == Some("cloud-services");
    if !is_cloud {
        return None;
    }
    let is_said = says(said, call);
    let person = |part| picture.actors.users.iter().find(is_person(part)).map(name_of);
    let acting = person(UserPart::Acting);
    let target = person(UserPart::Target).filter(|target| Some(target) != acting.as_ref());
    let acting = acting.as_deref().map(short_arn);
    let source = foreign_source(picture).or_else(|| picture.actors.sources.first());
    let from = source.and_then(|source| Some(format!("from {}", source.shown_ip()?)));
    let names = |most: usize| {
        // What nobody sees is named, and grows.
        let part = |text: &str| neutral::shortened(neutral::line(&cut(text, most)), most);
        let names = [
            target.as_deref().map(part),
            acting.map(|user| format!("by {}", part(user))),
        ];
        names.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let call = if is_said { "" } else { call.as_str() };
    let with = |call: &str, names: &str| [call, names].join(" ").trim().to_owned();
    // Whoever chooses one of these pushes none of the others out: names are cut first, then the call.
    let room = LONGEST.saturating_sub(from.as_ref().map_or(0, |from| from.len() + 1));
    let mut words = with(&cut(call, LOOKED_AT), &names(LOOKED_AT));
    if words.len() > room {
        let count = 1 + usize::from(target.is_some() && acting.is_some());
        let names = names((room.saturating_sub(call.len() + 5) / count).max(room / 4));
        let room_of_call = room.saturating_sub(names.len() + 1).max(room / 4);
        words = neutral::shortened(with(&cut(call, room_of_call), &names), room);
    }
    let words: Vec<_> = [Some(words).filter(|words| !words.is_empty()), from]
        .into_iter()
        .flatten()
        .collect();
    Some(if words.is_empty() {
        short(picture.told("API call")?)
    } else {
        short(&words.join(" "))
    })
}

/// Of `arn:aws:sts::123456789012:assumed-role/Admin/eve` what tells people apart.
fn short_arn(name: &str) -> &str {
    if !name.starts_with("arn:") {
        return name;
    }
    let name = name.rsplit(':').next().unwrap_or(name);
    ["assumed-role/", "user/"]
        .iter()
        .find_map(|kind| name.strip_prefix(kind))
        .unwrap_or(name)
}

/// An account and where it came from. Of a connection that a program made, the account is the program's own.
fn logon(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let by_program = picture.actors.process.is_some()
        || picture
            .alert
            .text("data.properties.InitiatingProcessAccountName")
            .is_some();
    let user = whom(picture, "").or_else(|| who(picture).filter(|_| !by_program))?;
    let source = foreign_source(picture).and_then(|source| end(source, false));
    let source = source.or_else(|| far_source(picture))?;
    // The name of an account is whatever somebody typed.
    Some(short(&format!("{} from {source}", cut(&user, LONGEST / 2))))
}

/// A name, unless it is what a client of TLS asked a server for that is not known to be somebody else's: then it may be one's own.
fn domain(picture: &Picture<'_>, _said: &str) -> Option<String> {
    const OF_TLS: [&str; 3] = ["data.tls.sni", "data.server_name", "tls.client.server_name"];
    let name = picture.told("Domain")?;
    let is_of_tls = OF_TLS
        .iter()
        .any(|path| picture.alert.text(path).is_some_and(|asked| asked == name));
    let leads_out = || foreign(&picture.actors.destinations, picture).is_some();
    (!is_of_tls || leads_out()).then(|| short(name))
}

/// The end of a connection that is not the machine's own.
fn far_end(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let destinations = &picture.actors.destinations;
    let outside = foreign(destinations, picture).and_then(|to| end(to, true));
    // One that is told beside two ends within is what tells most.
    let beside = || foreign(&picture.actors.addresses, picture).and_then(|one| end(one, false));
    outside.or_else(beside).or_else(|| far_source(picture)).or_else(|| {
        let mut others = destinations.iter().filter(|to| !is_own(to, picture));
        others.find_map(|to| end(to, true))
    })
}

fn far_source(picture: &Picture<'_>) -> Option<String> {
    if is_outbound(picture) {
        return None;
    }
    let sources = picture.actors.sources.iter();
    let mut others = sources.filter(|source| !is_own(source, picture));
    others.find_map(|source| end(source, false))
}

/// Whether the connection was opened from here, as Sysmon, the filter of Windows and findings say it: then no source is the far end.
fn is_outbound(picture: &Picture<'_>) -> bool {
    const DIRECTIONS: [(&str, &[&str]); 3] = [
        ("data.win.eventdata.initiated", &["true"]),
        ("data.win.eventdata.direction", &["%%14593"]),
        ("network.direction", &["egress", "outbound"]),
    ];
    let answered = picture.told("Active response").map(|_| "data.parameters.alert.");
    let text = |path: &str| match answered {
        Some(of) => picture.alert.text(&format!("{of}{path}")),
        None => picture.alert.text(path),
    };
    let says = |(path, words): &(&str, &[&str])| {
        text(path).is_some_and(|said| words.iter().any(|word| said.trim().eq_ignore_ascii_case(word)))
    };
    if !DIRECTIONS.iter().any(says) {
        return false;
    }
    // Windows itself says so; elsewhere whoever writes an event chooses the direction in it, and could take himself out of the title.
    let is_of_windows = picture.alert.generation() == Generation::Four
        && text("decoder.name").is_none_or(|decoder| decoder == "windows_eventchannel");
    is_of_windows || leads_out(picture)
}

/// Says whether the ends themselves lead out: from the organisation to somebody else. A firewall or a sensor tells of others' connections, so
/// that the source need not be the machine itself. One that lies elsewhere may be the true one, whatever stands before it.
fn leads_out(picture: &Picture<'_>) -> bool {
    let actors = &picture.actors;
    let lies_within = |ip: IpAddr| picture.machine.contains(&ip) || !picture.own.scope(ip).is_foreign();
    let from = actors.sources.iter().chain(&actors.addresses);
    let mut from = from.filter_map(Endpoint::address).peekable();
    let leads_elsewhere = |to: &Endpoint<'_>| !is_own(to, picture) && !to.address().is_some_and(lies_within);
    from.peek().is_some() && from.all(lies_within) && actors.destinations.iter().any(leads_elsewhere)
}

fn end(end: &Endpoint<'_>, with_port: bool) -> Option<String> {
    if end.ip.is_none() && end.host.is_none() {
        return None;
    }
    let port = end.port.filter(|_| with_port).map(|port| format!("port {port}"));
    let ip = end.shown_ip();
    let parts = [ip.as_deref(), end.host.as_deref(), port.as_deref()];
    Some(short(&parts.into_iter().flatten().collect::<Vec<_>>().join(" ")))
}

/// The first end in the internet that is not the machine itself, or of its organisation.
fn foreign<'e, 'a>(ends: &'e [Endpoint<'a>], picture: &Picture<'_>) -> Option<&'e Endpoint<'a>> {
    let lies_outside = |end: &&Endpoint<'_>| {
        let ip = end.address();
        ip.is_some_and(|ip| picture.own.scope(ip).is_foreign()) && !is_own(end, picture)
    };
    ends.iter().find(lies_outside)
}

/// The same of where something came from.
fn foreign_source<'e, 'a>(picture: &'e Picture<'a>) -> Option<&'e Endpoint<'a>> {
    let source = foreign(&picture.actors.sources, picture)?;
    (!is_outbound(picture)).then_some(source)
}

/// Says whether an end is the machine that tells of it.
fn is_own(end: &Endpoint<'_>, picture: &Picture<'_>) -> bool {
    let agent = picture.alert.agent();
    match (&end.ip, &end.host) {
        (Some(_), _) => end
            .address()
            .is_some_and(|ip| ip.is_loopback() || picture.machine.contains(&ip)),
        (None, Some(host)) => agent
            .and_then(|agent| agent.name.as_deref())
            .is_some_and(|name| super::host::is_same(name, host)),
        (None, None) => true,
    }
}

/// A program that was started, or that acted on another one: then it is what the alert is about.
fn started(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let actors = &picture.actors;
    let target = actors.target.as_ref().and_then(|target| target.image.as_deref());
    if target.is_none() && actors.parent.is_none() {
        return None;
    }
    let own = process(picture)?;
    Some(match target {
        Some(target) => {
            let name = short_path(target.rsplit(['\\', '/']).next().unwrap_or_default());
            format!(
                "{} → {}",
                cut_in_front(&own, LONGEST / 2),
                cut_in_front(&name, LONGEST / 2)
            )
        }
        None => own,
    })
}

fn process(picture: &Picture<'_>) -> Option<String> {
    let image = picture.actors.process.as_ref()?.image.as_deref()?;
    Some(short_path(image))
}

/// A group, and who came into it or left.
fn group(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let group = picture.told("Group")?;
    let member = whom(picture, "").or_else(|| picture.shortened("Member SID"));
    let whole = member.map_or_else(|| group.to_owned(), |member| format!("{member} in {group}"));
    Some(short(&whole))
}

/// A task, unless the title says it already, and from where it fetches something.
fn task(picture: &Picture<'_>, said: &str) -> Option<String> {
    let task = picture.shortened("Task")?;
    Some(match picture.told("URL") {
        Some(url) if says(said, &task) => short(url),
        Some(url) => short(&format!("{} {url}", cut(&task, LONGEST / 2))),
        None => task,
    })
}

/// The person that something was done to, or with, and the program that did it unless it came with the system.
fn whom_by_what(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let whom = whom(picture, "")?;
    let image = picture
        .actors
        .process
        .as_ref()
        .and_then(|process| process.image.as_deref());
    Some(match image.filter(|image| is_brought(image)) {
        Some(image) => {
            let by = short_path(image);
            let user = cut(&whom, LONGEST / 2);
            format!("{user} by {}", cut_in_front(&by, LONGEST / 2 - " by ".len()))
        }
        None => whom,
    })
}

/// The person that something was done to, or with.
fn whom(picture: &Picture<'_>, _said: &str) -> Option<String> {
    let user = picture.actors.users.iter().find(is_person(UserPart::Target))?;
    Some(short(&name_of(user)))
}

/// Who acted, a person before an account of the system.
fn who(picture: &Picture<'_>) -> Option<String> {
    picture.actors.user().map(|user| short(&name_of(user)))
}

fn is_person(part: UserPart) -> impl Fn(&&User<'_>) -> bool {
    move |user| user.part == part && !user.is_built_in()
}
