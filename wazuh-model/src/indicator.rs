//! What an alert offers to look for elsewhere.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::role::{Role, Side, role};
use crate::{Alert, OwnNetworks, Scope, address, path, scan};

/// Longest URL that is worth looking for elsewhere, in bytes. Of a longer one its host is still told.
const MAX_URL: usize = 2_000;

/// Something to look for elsewhere: an indicator of compromise, if the alert is right.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Indicator {
    /// What it is.
    pub kind: IndicatorKind,
    /// Its value in one form: addresses canonical, names and hashes in lower case, file names without folders.
    pub value: String,
    /// Where the address lies; `None` for what is no address.
    pub scope: Option<Scope>,
    /// Dotted path of the field that it was found in first.
    pub path: String,
}

/// Kind of an indicator, as fine as IRIS tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum IndicatorKind {
    /// Address that something came from.
    IpSrc,
    /// Address that something went to.
    IpDst,
    /// Address at an unknown end.
    Ip,
    /// Domain or host name of the internet.
    Domain,
    /// Absolute URL.
    Url,
    /// MD5 of a file.
    Md5,
    /// SHA-1 of a file.
    Sha1,
    /// SHA-256 of a file.
    Sha256,
    /// Import hash of a Windows program.
    Imphash,
    /// Address of a mail's sender.
    Email,
    /// Name of a file, without its folder.
    Filename,
}

impl IndicatorKind {
    /// Gives the name of the IOC type that every fresh IRIS has for it.
    pub fn iris_type_name(self) -> &'static str {
        match self {
            Self::IpSrc => "ip-src",
            Self::IpDst => "ip-dst",
            Self::Ip => "ip-any",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Imphash => "imphash",
            Self::Email => "email",
            Self::Filename => "filename",
        }
    }
}

pub(crate) fn indicators(alert: &Alert, own: &OwnNetworks) -> Vec<Indicator> {
    let mut search = Search {
        own,
        agent: alert
            .agent()
            .and_then(|agent| address::parse(agent.ip.as_deref()?))
            .map(|(ip, _)| ip),
        machines: OwnNetworks::new([], domain_of_the_machine(alert)),
        serves_itself: serves_itself(alert, own),
        new_file: alert.text_of("syscheck.event") == Some("added") || alert.text_of("event.action") == Some("added"),
        seen: HashSet::new(),
        found: Vec::new(),
    };
    path::visit(alert.body(), &mut |path, text| search.field(path, &text));
    request(alert, &mut search);
    search.found
}

/// A Windows machine tells its own domain; `com` alone would be none.
fn domain_of_the_machine(alert: &Alert) -> Option<&str> {
    let (_, domain) = alert.text_of("data.win.system.computer")?.split_once('.')?;
    domain.contains('.').then_some(domain)
}

/// Says whether the server that a sensor saw a request to is the organisation's own: then the name in the request is its name.
fn serves_itself(alert: &Alert, own: &OwnNetworks) -> bool {
    let end = |ip: &str, port: &str| {
        let (ip, _) = address::parse(&alert.text(ip)?)?;
        Some((alert.text(port)?.parse::<u16>().ok()?, ip))
    };
    let ends = (
        end("data.src_ip", "data.src_port"),
        end("data.dest_ip", "data.dest_port"),
    );
    let (Some(source), Some(destination)) = ends else {
        return false;
    };
    // Packets are seen both ways; the server is the end with the lower port.
    let (_, server) = source.min(destination);
    !own.scope(server).is_foreign()
}

/// Suricata gives host and path of a request apart.
fn request(alert: &Alert, search: &mut Search<'_>) {
    if search.serves_itself {
        return;
    }
    let (Some(host), Some(path)) = (alert.text("data.http.hostname"), alert.text("data.http.url")) else {
        return;
    };
    if path.starts_with('/') {
        search.url("data.http.url", &format!("http://{host}{path}"));
    }
}

struct Search<'a> {
    own: &'a OwnNetworks,
    agent: Option<IpAddr>,
    /// Domain of the machine itself: names in it are the organisation's own.
    machines: OwnNetworks,
    serves_itself: bool,
    new_file: bool,
    seen: HashSet<(u8, String)>,
    found: Vec<Indicator>,
}

impl Search<'_> {
    fn field(&mut self, path: &str, text: &str) {
        let Some(role) = role(path) else { return };
        if self.serves_itself && matches!(path, "data.http.hostname" | "data.tls.sni") {
            return;
        }
        match role {
            Role::Ip(side) => {
                for word in text.split([',', ';', ' ', '|']) {
                    if let Some((ip, _)) = address::parse(word) {
                        self.ip(path, ip, side);
                    }
                }
            }
            Role::Domain => {
                if let Some((ip, _)) = address::parse(text) {
                    self.ip(path, ip, Side::Destination);
                } else {
                    self.domain(path, text);
                }
            }
            Role::Url | Role::CommandLine(_) | Role::Script => self.scan(path, text, role),
            Role::Hash => self.hashes(path, text),
            Role::Sender => self.email(path, text),
            Role::File => self.file(path, text),
            Role::Port(_)
            | Role::Host(_)
            | Role::User(_)
            | Role::UserDomain(_)
            | Role::Image(_)
            | Role::ProcessId(_)
            | Role::Registry => {}
        }
    }

    /// Notes an address, and says whether it is somebody else's.
    fn ip(&mut self, path: &str, ip: IpAddr, side: Side) -> bool {
        let scope = self.own.scope(ip);
        if !scope.is_foreign() || self.agent == Some(ip) {
            return false;
        }
        let kind = match side {
            Side::Source => IndicatorKind::IpSrc,
            Side::Destination => IndicatorKind::IpDst,
            Side::Unknown => IndicatorKind::Ip,
        };
        self.add(kind, ip.to_string(), Some(scope), path);
        true
    }

    /// Notes a name, and says whether it is somebody else's.
    fn domain(&mut self, path: &str, name: &str) -> bool {
        let Some(name) = scan::public_domain(name) else {
            return false;
        };
        if self.own.owns_domain(&name) || self.machines.owns_domain(&name) {
            return false;
        }
        self.add(IndicatorKind::Domain, name, None, path);
        true
    }

    fn scan(&mut self, path: &str, text: &str, role: Role) {
        // Windows hands XML over: `&` in a command line is still `&amp;`.
        let text = text.replace("&amp;", "&");
        for url in scan::urls(&text) {
            self.url(path, url);
        }
        if role != Role::Url {
            for (ip, _) in scan::addresses(&text) {
                self.ip(path, ip, Side::Destination);
            }
        }
    }

    fn url(&mut self, path: &str, url: &str) {
        let Some(host) = scan::host(url) else { return };
        let foreign = if let Some((ip, _)) = address::parse(host) {
            self.ip(path, ip, Side::Destination)
        } else {
            self.domain(path, host)
        };
        if foreign && url.len() <= MAX_URL {
            self.add(IndicatorKind::Url, url.to_owned(), None, path);
        }
    }

    fn hashes(&mut self, path: &str, text: &str) {
        let imphash = path.to_ascii_lowercase().contains("imphash");
        for word in text.split([',', ' ', ';', '|']) {
            let (name, digits) = word.split_once(['=', ':']).unwrap_or(("", word));
            let Some(kind) = scan::hash_kind(digits) else { continue };
            let name = name.to_ascii_uppercase();
            let kind = match kind {
                IndicatorKind::Md5 if imphash || name == "IMPHASH" => IndicatorKind::Imphash,
                // A digest of another kind with the same length is not what it looks like.
                _ if !matches!(name.as_str(), "" | "MD5" | "SHA1" | "SHA256") => continue,
                kind => kind,
            };
            self.add(kind, digits.to_ascii_lowercase(), None, path);
        }
    }

    fn email(&mut self, path: &str, text: &str) {
        for word in text.split([',', ';', ' ', '<', '>', '"']) {
            let Some((user, domain)) = word.split_once('@') else {
                continue;
            };
            let plain = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
            let Some(domain) = scan::public_domain(domain) else {
                continue;
            };
            if !user.is_empty() && user.len() <= 64 && user.chars().all(plain) && !self.own.owns_domain(&domain) {
                self.add(IndicatorKind::Email, format!("{user}@{domain}"), None, path);
            }
        }
    }

    fn file(&mut self, path: &str, text: &str) {
        // Files that were merely changed, loaded or scanned have common names; only new ones say something elsewhere.
        let telling = match path {
            "syscheck.path" | "file.path" => self.new_file && !text.starts_with("HKEY_"),
            "data.virustotal.source.file" => true,
            // Documents that people of the organisation work on.
            other if other.starts_with("data.office365.") => false,
            other => other.to_ascii_lowercase().ends_with("filename"),
        };
        let name = text.rsplit(['\\', '/']).next().unwrap_or_default().trim();
        // Windows PowerShell writes a file of random name at every start to learn whether scripts may run.
        if telling && !name.is_empty() && name.len() <= 255 && !name.starts_with("__PSScriptPolicyTest_") {
            self.add(IndicatorKind::Filename, name.to_owned(), None, path);
        }
    }

    fn add(&mut self, kind: IndicatorKind, value: String, scope: Option<Scope>, path: &str) {
        // One address is one indicator, at whichever end it stood first.
        let class = match kind {
            IndicatorKind::IpSrc | IndicatorKind::IpDst | IndicatorKind::Ip => 0,
            IndicatorKind::Domain => 1,
            IndicatorKind::Url => 2,
            IndicatorKind::Md5 | IndicatorKind::Sha1 | IndicatorKind::Sha256 | IndicatorKind::Imphash => 3,
            IndicatorKind::Email => 4,
            IndicatorKind::Filename => 5,
        };
        if self.seen.insert((class, value.clone())) {
            let path = path.to_owned();
            self.found.push(Indicator {
                kind,
                value,
                scope,
                path,
            });
        }
    }
}
