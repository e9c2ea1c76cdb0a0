//! What the fields of one alert mean: most say it by their names, some only together with who wrote them.

pub(crate) mod products;

use crate::role::{Part, Role, Side, role, role_as_told};
use crate::{Alert, path};

/// How the fields of one alert are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    is_response: bool,
    /// Whether names are all that counts.
    by_names: bool,
    /// Whether the manager brought it itself: nobody on a machine chose the names of its fields.
    is_fetched: bool,
    writer: Option<Writer>,
}

/// Who calls fields otherwise than all others do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// `ClamAV`, whose decoder puts the file and its hash into fields for a URL and an id.
    ClamAv,
    /// Unbound, whose decoder puts the name into the field for a URL.
    Unbound,
    /// Remote desktop where it tells of an account (event 1149), whose values have numbers.
    RemoteDesktop,
    /// Windows PowerShell, whose classic events have all in one value.
    PowerShell,
}

impl Reading {
    /// Looks at who wrote an alert.
    pub(crate) fn of(alert: &Alert) -> Self {
        Self {
            is_response: alert.is_response(),
            by_names: false,
            is_fetched: alert.agent().is_none_or(crate::Agent::is_manager),
            writer: writer(alert),
        }
    }

    /// Takes fields for what their names say, whoever wrote them: so folding tells them apart.
    pub(crate) fn by_names(alert: &Alert) -> Self {
        Self {
            is_response: alert.is_response(),
            by_names: true,
            is_fetched: false,
            writer: None,
        }
    }

    /// Says whether names are all that counts.
    pub(crate) fn is_by_names(self) -> bool {
        self.by_names
    }

    /// Says whether a program tells that it answered another alert.
    pub(crate) fn is_response(self) -> bool {
        self.is_response
    }

    /// Says what a field means. Only in a response the fields of the alert that it answers mean what they meant there; elsewhere one that
    /// is called so is a field like others.
    pub(crate) fn role(self, path: &str) -> Option<Role> {
        if let Some(role) = self.writer.and_then(|writer| writer.role(path)) {
            return Some(role);
        }
        let (named, path) = if self.is_response || !path::is_of_the_occasion(path) {
            (role(path), path::of_the_occasion(path))
        } else {
            (role_as_told(path), path)
        };
        if self.by_names {
            return named;
        }
        let role = named.or_else(|| by_value(path)).or_else(|| products::role(path))?;
        (!(self.is_fetched && products::is_of_the_machine(path))).then_some(role)
    }
}

impl Writer {
    fn role(self, path: &str) -> Option<Role> {
        match (self, path) {
            (Self::ClamAv, "data.url") => Some(Role::File),
            (Self::ClamAv, "data.id") => Some(Role::Hash),
            (Self::Unbound, "data.url") => Some(Role::Domain),
            (Self::RemoteDesktop, "data.win.eventXML.param1") => Some(Role::User(Part::Target)),
            (Self::PowerShell, "data.win.eventdata.data") => Some(Role::Script),
            _ => None,
        }
    }
}

fn writer(alert: &Alert) -> Option<Writer> {
    match alert.decoder() {
        Some("clamd") => return Some(Writer::ClamAv),
        Some("unbound") => return Some(Writer::Unbound),
        _ => {}
    }
    let is_event = |id: &str| alert.text("data.win.system.eventID").is_some_and(|event| event == id);
    match alert.text_of("data.win.system.providerName")? {
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager" if is_event("1149") => Some(Writer::RemoteDesktop),
        "PowerShell" => Some(Writer::PowerShell),
        _ => None,
    }
}

/// What firewalls, sensors and scanners call in short. A field that is called so may hold an interface or a link as well, which only its
/// value shows.
fn by_value(path: &str) -> Option<Role> {
    match path.strip_prefix("data.")?.rsplit('.').next()? {
        "src" => Some(Role::Ip(Side::Source)),
        "dst" => Some(Role::Ip(Side::Destination)),
        "yara_scanned_file" => Some(Role::File),
        _ => None,
    }
}
