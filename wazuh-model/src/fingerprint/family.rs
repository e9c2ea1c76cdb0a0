//! Families of alerts that are folded by the same fields.

use crate::{Actors, Alert, Process, views};

/// A family of alerts that are folded by the same fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Family {
    /// Somebody logged on, or tried to.
    Auth,
    /// A file or a registry entry changed.
    Fim,
    /// A program ran, or did something.
    Process,
    /// A package has a known vulnerability.
    Vulnerability,
    /// A request to a web server.
    Web,
    /// A call to a cloud's interface.
    Cloud,
    /// Everything else.
    Default,
}

impl Family {
    /// Names the family in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Fim => "fim",
            Self::Process => "process",
            Self::Vulnerability => "vulnerability",
            Self::Web => "web",
            Self::Cloud => "cloud",
            Self::Default => "default",
        }
    }

    pub(super) fn of(alert: &Alert, actors: &Actors<'_>) -> Self {
        let has = |path: &str| alert.get(path).is_some_and(|value| !value.is_null());
        let category = alert.text_of("wazuh.integration.category").unwrap_or_default();
        if has("data.vulnerability.cve") || has("vulnerability.id") {
            return Self::Vulnerability;
        }
        if has("syscheck.path") || (has("file.path") && alert.decoder() == Some("wazuh-fim")) {
            return Self::Fim;
        }
        // A log-on to a cloud is a call to it first: there is no source host whose log-ons belong together.
        let clouds = [
            "data.aws",
            "data.office365",
            "data.gcp",
            "data.azure",
            "data.ms-graph",
            "data.github",
        ];
        if clouds.iter().any(|cloud| has(cloud)) || views::flat_azure(alert) || category == "cloud-services" {
            return Self::Cloud;
        }
        if is_web(alert) {
            return Self::Web;
        }
        if is_auth(alert) {
            return Self::Auth;
        }
        // A number of a process alone, which any log may have, tells of no program.
        let named = |process: &Process<'_>| process.image.is_some() || process.command_line.is_some();
        if actors.process.as_ref().is_some_and(named) || has("data.win.eventdata.scriptBlockText") {
            return Self::Process;
        }
        Self::Default
    }
}

fn is_web(alert: &Alert) -> bool {
    let groups = ["web", "accesslog", "web_scan", "web-log", "apache", "nginx", "iis"];
    let request = alert.text_of("data.url").is_some() && alert.text_of("data.srcip").is_some();
    alert
        .decoder()
        .is_some_and(|decoder| decoder.starts_with("web-accesslog"))
        || (request && groups.iter().any(|group| alert.rule().in_group(group)))
        || alert.get("http.response.status_code").is_some()
}

fn is_auth(alert: &Alert) -> bool {
    const EVENTS: [&str; 14] = [
        "4624", "4625", "4634", "4647", "4648", "4672", "4740", "4768", "4769", "4770", "4771", "4776", "4778", "4779",
    ];
    let group = |group: &String| {
        [
            "authentication_",
            "win_authentication_",
            "invalid_login",
            "login_",
            "account_lock",
        ]
        .iter()
        .any(|start| group.starts_with(start))
    };
    let channel = alert
        .text_of("data.win.system.channel")
        .is_some_and(|channel| channel.eq_ignore_ascii_case("security"));
    let event = alert.text("data.win.system.eventID").unwrap_or_default();
    let said = alert
        .text("event.category")
        .is_some_and(|categories| categories.split(", ").any(|one| one == "authentication"));
    alert.rule().groups.iter().any(group) || (channel && EVENTS.contains(&event.as_ref())) || said
}
