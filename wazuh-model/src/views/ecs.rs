//! A finding of Wazuh 5, in its common schema.

use std::borrow::Cow;

use super::fields::Fields;
use crate::Alert;

/// A finding of Wazuh 5: the event that a rule matched, in Wazuh's common schema, which follows the Elastic Common Schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ecs<'a> {
    /// What happened, such as `deleted`.
    pub action: Option<Cow<'a, str>>,
    /// `authentication`, `file`, `process`, `network`, …
    pub categories: Vec<Cow<'a, str>>,
    /// `success`, `failure`, `unknown`.
    pub outcome: Option<Cow<'a, str>>,
    /// Number of the event where it came from, such as a Windows event id.
    pub code: Option<Cow<'a, str>>,
    /// Integration that read the event, such as `wazuh-fim`.
    pub integration: Option<Cow<'a, str>>,
    /// `security`, `system-activity`, `cloud-services`, …: the end of the stream's name.
    pub category: Option<Cow<'a, str>>,
    /// Account that acted.
    pub user: Option<Cow<'a, str>>,
    /// Windows domain or directory of the account.
    pub user_domain: Option<Cow<'a, str>>,
    /// Account that it was done to.
    pub target_user: Option<Cow<'a, str>>,
    /// Address that it came from.
    pub source_ip: Option<Cow<'a, str>>,
    /// Port that it came from.
    pub source_port: Option<u16>,
    /// Address that it went to.
    pub destination_ip: Option<Cow<'a, str>>,
    /// Port that it went to.
    pub destination_port: Option<u16>,
    /// Name of the machine that it went to.
    pub destination_host: Option<Cow<'a, str>>,
    /// Protocol, such as `tcp` or `http`.
    pub protocol: Option<Cow<'a, str>>,
    /// `GET`, `POST`, …
    pub method: Option<Cow<'a, str>>,
    /// User agent, as it was sent.
    pub user_agent: Option<Cow<'a, str>>,
    /// Cloud, such as `aws`.
    pub cloud_provider: Option<Cow<'a, str>>,
    /// Account or organisation in the cloud.
    pub cloud_account: Option<Cow<'a, str>>,
    /// Region of the cloud.
    pub cloud_region: Option<Cow<'a, str>>,
    /// Path of the program, or its name.
    pub process: Option<Cow<'a, str>>,
    /// Command line.
    pub command_line: Option<Cow<'a, str>>,
    /// Process id.
    pub process_id: Option<u64>,
    /// Program that started it.
    pub parent: Option<Cow<'a, str>>,
    /// Command line of the program that started it.
    pub parent_command_line: Option<Cow<'a, str>>,
    /// Process id of the program that started it.
    pub parent_id: Option<u64>,
    /// Path of the file.
    pub file: Option<Cow<'a, str>>,
    /// MD5 of the file, or of the program.
    pub md5: Option<Cow<'a, str>>,
    /// SHA-1 of the file, or of the program.
    pub sha1: Option<Cow<'a, str>>,
    /// SHA-256 of the file, or of the program.
    pub sha256: Option<Cow<'a, str>>,
    /// Registry path.
    pub registry: Option<Cow<'a, str>>,
    /// Name that was looked up.
    pub dns_query: Option<Cow<'a, str>>,
    /// URL, as it was sent.
    pub url: Option<Cow<'a, str>>,
    /// HTTP status.
    pub status: Option<u64>,
    /// Name of a vulnerability.
    pub vulnerability: Option<Cow<'a, str>>,
    /// Package that it is in.
    pub package: Option<Cow<'a, str>>,
    /// Id of the event that the rule matched; several findings may share it.
    pub event_id: Option<Cow<'a, str>>,
    /// Index of that event.
    pub event_index: Option<Cow<'a, str>>,
}

impl<'a> Ecs<'a> {
    pub(super) fn read(alert: &'a Alert) -> Self {
        let fields = Fields::whole(alert);
        Self {
            action: fields.text("event.action"),
            categories: fields.list("event.category"),
            outcome: fields.text("event.outcome"),
            code: fields.text("event.code"),
            integration: fields.text("wazuh.integration.name"),
            category: fields.text("wazuh.integration.category"),
            user: fields.first(&["user.name", "source.user.name", "client.user.name"]),
            user_domain: fields.first(&["user.domain", "source.user.domain", "client.user.domain"]),
            target_user: fields.first(&["user.target.name", "destination.user.name", "user.changes.name"]),
            source_ip: fields.first(&["source.ip", "client.ip", "source.address"]),
            source_port: fields.port("source.port").or_else(|| fields.port("client.port")),
            destination_ip: fields.first(&["destination.ip", "server.ip", "destination.address"]),
            destination_port: fields.port("destination.port").or_else(|| fields.port("server.port")),
            destination_host: fields.first(&["destination.domain", "server.domain"]),
            protocol: fields.first(&["network.protocol", "network.transport"]),
            method: fields.text("http.request.method"),
            user_agent: fields.text("user_agent.original"),
            cloud_provider: fields.text("cloud.provider"),
            cloud_account: fields.text("cloud.account.id"),
            cloud_region: fields.text("cloud.region"),
            process: fields.first(&["process.executable", "process.name"]),
            command_line: fields.text("process.command_line"),
            process_id: fields.number("process.pid"),
            parent: fields.first(&["process.parent.executable", "process.parent.name"]),
            parent_command_line: fields.text("process.parent.command_line"),
            parent_id: fields.number("process.parent.pid"),
            file: fields.text("file.path"),
            md5: fields.first(&["file.hash.md5", "process.hash.md5"]),
            sha1: fields.first(&["file.hash.sha1", "process.hash.sha1"]),
            sha256: fields.first(&["file.hash.sha256", "process.hash.sha256"]),
            registry: fields.text("registry.path"),
            dns_query: fields.text("dns.question.name"),
            url: fields.first(&["url.full", "url.original", "url.path"]),
            status: fields.number("http.response.status_code"),
            vulnerability: fields.text("vulnerability.id"),
            package: fields.text("package.name"),
            event_id: fields.text("event.doc_id"),
            event_index: fields.text("event.index"),
        }
    }
}
