//! What analysts meet, family by family: borrowed from the alert, optional field by field.

mod aws;
mod cloud;
mod ecs;
mod fields;
mod fim;
mod linux;
mod modules;
mod network;
mod sysmon;
mod vulnerability;
mod windows;

pub use aws::{CloudTrail, GuardDuty};
pub(crate) use cloud::flat_azure;
pub use cloud::{Azure, Gcp, GitHub, Graph, Office365};
pub use ecs::Ecs;
pub use fim::{Attributes, Fim, Whodata};
pub(crate) use linux::audit_arguments;
pub use linux::{Audit, Login};
pub use modules::{Docker, Osquery, Rootcheck, Sca, VirusTotal};
pub(crate) use modules::{docker_command, rootcheck_file};
pub(crate) use network::zeek_server_name;
pub use network::{Suricata, WebRequest};
pub use sysmon::{Hashes, Sysmon, SysmonEvent, SysmonProcess};
pub use vulnerability::Vulnerability;
pub(crate) use windows::log_cleared_by;
pub use windows::{
    AccountChange, Credentials, GroupChange, LogCleared, Logon, PowerShell, ProcessCreation, ScheduledTask, Service,
    Subject, Windows, WindowsEvent,
};

use crate::{Alert, Generation};

/// One alert as its family sees it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum View<'a> {
    /// Sysmon on Windows.
    Sysmon(Sysmon<'a>),
    /// Any other Windows event channel.
    Windows(Windows<'a>),
    /// A file or a registry entry that changed.
    Fim(Box<Fim<'a>>),
    /// A configuration check, or the summary of a scan.
    Sca(Sca<'a>),
    /// A package with a known vulnerability.
    Vulnerability(Vulnerability<'a>),
    /// A sign of a rootkit or of a bad policy.
    Rootcheck(Rootcheck<'a>),
    /// A record of Linux's audit daemon.
    Audit(Audit<'a>),
    /// SSH, PAM, sudo and su.
    Login(Login<'a>),
    /// A request to a web server.
    Web(WebRequest<'a>),
    /// A call to Amazon's interface.
    CloudTrail(CloudTrail<'a>),
    /// A finding of Amazon's threat detection.
    GuardDuty(GuardDuty<'a>),
    /// An audit record of Microsoft 365.
    Office365(Office365<'a>),
    /// An activity or sign-in of Azure.
    Azure(Azure<'a>),
    /// An alert or audit record of Microsoft Graph.
    Graph(Graph<'a>),
    /// An audit record of GitHub.
    GitHub(GitHub<'a>),
    /// An audit record or a DNS query of Google Cloud.
    Gcp(Gcp<'a>),
    /// An event of a Docker host.
    Docker(Docker<'a>),
    /// An alert of a network sensor.
    Suricata(Suricata<'a>),
    /// What VirusTotal knows of a file that changed.
    VirusTotal(VirusTotal<'a>),
    /// A row of an osquery result.
    Osquery(Osquery<'a>),
    /// A finding of Wazuh 5, in its common schema.
    Ecs(Box<Ecs<'a>>),
    /// None of these: read it through [`Alert::leaves`].
    Other,
}

pub(crate) fn view(alert: &Alert) -> View<'_> {
    if alert.generation() == Generation::Five {
        return View::Ecs(Box::new(Ecs::read(alert)));
    }
    // The most telling fields first: an alert may carry fields of two families.
    sysmon::read(alert)
        .map(View::Sysmon)
        .or_else(|| windows::read(alert).map(View::Windows))
        .or_else(|| fim::read(alert).map(|fim| View::Fim(Box::new(fim))))
        .or_else(|| vulnerability::read(alert).map(View::Vulnerability))
        .or_else(|| aws::guard_duty(alert).map(View::GuardDuty))
        .or_else(|| aws::cloud_trail(alert).map(View::CloudTrail))
        .or_else(|| cloud::office365(alert).map(View::Office365))
        .or_else(|| cloud::graph(alert).map(View::Graph))
        .or_else(|| cloud::azure(alert).map(View::Azure))
        .or_else(|| cloud::github(alert).map(View::GitHub))
        .or_else(|| cloud::gcp(alert).map(View::Gcp))
        .or_else(|| modules::sca(alert).map(View::Sca))
        .or_else(|| modules::docker(alert).map(View::Docker))
        .or_else(|| modules::virustotal(alert).map(View::VirusTotal))
        .or_else(|| modules::osquery(alert).map(View::Osquery))
        .or_else(|| network::suricata(alert).map(View::Suricata))
        .or_else(|| modules::rootcheck(alert).map(View::Rootcheck))
        .or_else(|| linux::audit(alert).map(View::Audit))
        .or_else(|| network::web(alert).map(View::Web))
        .or_else(|| linux::login(alert).map(View::Login))
        .unwrap_or(View::Other)
}
