//! What crosses the network: requests to web servers, and what a sensor saw.

use std::borrow::Cow;

use super::fields::Fields;
use crate::Alert;

/// A request to a web server, from its access log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebRequest<'a> {
    /// Address of the client; of the last proxy, if there is one.
    pub source_ip: Option<Cow<'a, str>>,
    /// `GET`, `POST`, …
    pub method: Option<Cow<'a, str>>,
    /// Path and query, as they were sent.
    pub url: Option<Cow<'a, str>>,
    /// HTTP status; 2xx says that the server answered, not that an attack worked.
    pub status: Option<u64>,
    /// Account, if the server asked for one.
    pub user: Option<Cow<'a, str>>,
    /// Page that the client says it came from; from the log line. Whoever asks chooses it.
    pub referrer: Option<Cow<'a, str>>,
    /// User agent, from the log line. Whoever asks chooses it.
    pub user_agent: Option<Cow<'a, str>>,
}

/// An event of Suricata.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suricata<'a> {
    /// `alert`, `dns`, `tls`, `fileinfo`, …
    pub event_type: Option<Cow<'a, str>>,
    /// Address that the packet came from; in an answer that is the server.
    pub source_ip: Option<Cow<'a, str>>,
    /// Port that the packet came from.
    pub source_port: Option<u16>,
    /// Address that the packet went to.
    pub destination_ip: Option<Cow<'a, str>>,
    /// Port that the packet went to.
    pub destination_port: Option<u16>,
    /// `TCP`, `UDP`, `ICMP`.
    pub protocol: Option<Cow<'a, str>>,
    /// Protocol of the application, such as `http`.
    pub app_protocol: Option<Cow<'a, str>>,
    /// Number of the signature.
    pub signature_id: Option<u64>,
    /// Name of the signature.
    pub signature: Option<Cow<'a, str>>,
    /// Class of the signature.
    pub category: Option<Cow<'a, str>>,
    /// 1 is the most severe, 4 the least: the other way round than Wazuh's levels.
    pub severity: Option<u64>,
    /// `allowed` or `blocked`.
    pub action: Option<Cow<'a, str>>,
    /// Host that the request names.
    pub hostname: Option<Cow<'a, str>>,
    /// Path and query of the request.
    pub url: Option<Cow<'a, str>>,
    /// `GET`, `POST`, …
    pub method: Option<Cow<'a, str>>,
    /// HTTP status of the answer.
    pub status: Option<u64>,
    /// `to_server` or `to_client`: which way the packet went.
    pub direction: Option<Cow<'a, str>>,
    /// User agent of the request.
    pub user_agent: Option<Cow<'a, str>>,
    /// Name that a DNS query asks for.
    pub dns_query: Option<Cow<'a, str>>,
    /// Name that a TLS client asks for.
    pub tls_name: Option<Cow<'a, str>>,
}

/// The name that a TLS client asked for, as Zeek tells it. A web server calls itself so in its own log.
pub(crate) fn zeek_server_name(alert: &Alert) -> Option<Cow<'_, str>> {
    alert.get("data.id.resp_h")?;
    alert.text("data.server_name")
}

pub(super) fn web(alert: &Alert) -> Option<WebRequest<'_>> {
    let data = Fields::below(alert, "data")?;
    let decoder = alert
        .decoder()
        .is_some_and(|decoder| decoder.starts_with("web-accesslog") || decoder.contains("iis"));
    let in_group = ["web", "accesslog"].iter().any(|group| alert.rule().in_group(group));
    if !(decoder || in_group && data.text("url").is_some()) {
        return None;
    }
    Some(WebRequest {
        source_ip: data.text("srcip"),
        // Wazuh's decoder puts the method into the field for protocols.
        method: data.text("protocol"),
        url: data.text("url"),
        status: data.number("id"),
        user: data.first(&["srcuser", "dstuser"]),
        referrer: in_quotes(alert, 1),
        user_agent: in_quotes(alert, 0),
    })
}

/// The last but `from_end` text in quotation marks of an access log's line in the combined format: `"GET / HTTP/1.1" 200 1 "-" "curl/8"`.
fn in_quotes(alert: &Alert, from_end: usize) -> Option<Cow<'_, str>> {
    let line = alert.full_log()?.trim_end().strip_suffix('"')?;
    let (head, agent) = line.rsplit_once("\" \"")?;
    let text = match from_end {
        0 => agent,
        // Without a number between them it is the request itself that stands before.
        _ => head.rsplit_once(" \"")?.1,
    };
    (!matches!(text, "" | "-")).then_some(Cow::Borrowed(text))
}

pub(super) fn suricata(alert: &Alert) -> Option<Suricata<'_>> {
    let data = Fields::below(alert, "data")?;
    data.text("event_type")?;
    data.first(&["src_ip", "flow_id"])?;
    Some(Suricata {
        event_type: data.text("event_type"),
        source_ip: data.text("src_ip"),
        source_port: data.port("src_port"),
        destination_ip: data.text("dest_ip"),
        destination_port: data.port("dest_port"),
        protocol: data.text("proto"),
        app_protocol: data.text("app_proto"),
        signature_id: data.number("alert.signature_id"),
        signature: data.text("alert.signature"),
        category: data.text("alert.category"),
        severity: data.number("alert.severity"),
        action: data.text("alert.action"),
        hostname: data.text("http.hostname"),
        url: data.text("http.url"),
        method: data.text("http.http_method"),
        status: data.number("http.status"),
        direction: data.text("direction"),
        user_agent: data.text("http.http_user_agent"),
        dns_query: data.first(&["dns.rrname", "dns.query.0.rrname", "dns.queries.0.rrname"]),
        tls_name: data.text("tls.sni"),
    })
}
