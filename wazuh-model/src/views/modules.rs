//! Wazuh's own modules: configuration checks, rootcheck, Docker, VirusTotal, osquery.

use std::borrow::Cow;

use super::fields::Fields;
use crate::Alert;

/// A configuration check, or the summary of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sca<'a> {
    /// `check` or `summary`.
    pub kind: Option<Cow<'a, str>>,
    /// Name of the policy.
    pub policy: Option<Cow<'a, str>>,
    /// Id of the policy, such as `cis_debian12`; only in a summary.
    pub policy_id: Option<Cow<'a, str>>,
    /// Number of the check.
    pub check_id: Option<u64>,
    /// What is checked.
    pub title: Option<Cow<'a, str>>,
    /// `passed`, `failed`, `not applicable`.
    pub result: Option<Cow<'a, str>>,
    /// What the check is about, at length.
    pub description: Option<Cow<'a, str>>,
    /// Files that were looked at.
    pub files: Vec<Cow<'a, str>>,
    /// Commands that were run.
    pub commands: Vec<Cow<'a, str>>,
    /// Result of the scan before.
    pub previous_result: Option<Cow<'a, str>>,
    /// Why it matters.
    pub rationale: Option<Cow<'a, str>>,
    /// What to do.
    pub remediation: Option<Cow<'a, str>>,
    /// Why the check could not be made.
    pub reason: Option<Cow<'a, str>>,
    /// Summary: share of passed checks, 0 to 100.
    pub score: Option<u64>,
    /// Summary: number of passed checks.
    pub passed: Option<u64>,
    /// Summary: number of failed checks.
    pub failed: Option<u64>,
    /// Summary: number of checks that do not apply.
    pub invalid: Option<u64>,
    /// Summary: number of checks.
    pub total: Option<u64>,
}

/// A sign of a rootkit or of a bad policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rootcheck<'a> {
    /// What was found.
    pub title: Option<Cow<'a, str>>,
    /// Where, if it is a file; also where only the title names it.
    pub file: Option<Cow<'a, str>>,
}

/// An event of a Docker host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Docker<'a> {
    /// `container`, `image`, `network`, `volume`.
    pub kind: Option<Cow<'a, str>>,
    /// What happened: `start`, `die`, `exec_create: <command>`.
    pub action: Option<Cow<'a, str>>,
    /// Id of the container or image.
    pub id: Option<Cow<'a, str>>,
    /// Name of the container.
    pub name: Option<Cow<'a, str>>,
    /// Image that it runs.
    pub image: Option<Cow<'a, str>>,
    /// Exit code of a container that ended.
    pub exit_code: Option<u64>,
    /// Command that was run inside of a container (`exec_create`, `exec_start`).
    pub command: Option<Cow<'a, str>>,
}

/// What VirusTotal knows of a file that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VirusTotal<'a> {
    /// Whether it knows the file.
    pub found: Option<bool>,
    /// Whether any engine calls it malicious.
    pub malicious: Option<bool>,
    /// Number of engines that call it malicious.
    pub positives: Option<u64>,
    /// Number of engines.
    pub total: Option<u64>,
    /// Path of the file.
    pub file: Option<Cow<'a, str>>,
    /// Its MD5.
    pub md5: Option<Cow<'a, str>>,
    /// Its SHA-1.
    pub sha1: Option<Cow<'a, str>>,
    /// Id of the alert that made Wazuh ask.
    pub source_alert: Option<Cow<'a, str>>,
    /// Page about it.
    pub permalink: Option<Cow<'a, str>>,
    /// When VirusTotal looked at it, UTC.
    pub scan_date: Option<Cow<'a, str>>,
    /// What went wrong instead, such as a used-up quota.
    pub error: Option<Cow<'a, str>>,
}

/// A row of an osquery result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Osquery<'a> {
    /// Name of the query, as `pack_<pack>_<query>`.
    pub name: Option<Cow<'a, str>>,
    /// `added`, `removed`, `snapshot`.
    pub action: Option<Cow<'a, str>>,
    /// When the query ran, seconds since 1970.
    pub unix_time: Option<u64>,
    /// Machine that the query ran on.
    pub host: Option<Cow<'a, str>>,
    /// Columns of the row.
    pub columns: Vec<(String, String)>,
}

pub(super) fn sca(alert: &Alert) -> Option<Sca<'_>> {
    let data = Fields::below(alert, "data.sca")?;
    Some(Sca {
        kind: data.text("type"),
        policy: data.text("policy"),
        policy_id: data.text("policy_id"),
        check_id: data.number("check.id"),
        title: data.text("check.title"),
        result: data.first(&["check.result", "check.status"]),
        description: data.first(&["check.description", "description"]),
        files: data.list("check.file"),
        commands: data.list("check.command"),
        previous_result: data.text("check.previous_result"),
        rationale: data.text("check.rationale"),
        remediation: data.text("check.remediation"),
        reason: data.text("check.reason"),
        score: data.number("score"),
        passed: data.number("passed"),
        failed: data.number("failed"),
        invalid: data.number("invalid"),
        total: data.number("total_checks"),
    })
}

pub(super) fn rootcheck(alert: &Alert) -> Option<Rootcheck<'_>> {
    if alert.location() != Some("rootcheck") && alert.decoder() != Some("rootcheck") {
        return None;
    }
    Some(Rootcheck {
        title: alert.text("data.title"),
        file: alert
            .text("data.file")
            .or_else(|| rootcheck_file(alert).map(Cow::Borrowed)),
    })
}

/// Gives the file that rootcheck names only in its sentence: `Anomaly detected in file '/tmp/x'.`
pub(crate) fn rootcheck_file(alert: &Alert) -> Option<&str> {
    if alert.location() != Some("rootcheck") && alert.decoder() != Some("rootcheck") {
        return None;
    }
    let (_, after) = alert.text_of("data.title")?.split_once("file '")?;
    let (file, _) = after.split_once('\'')?;
    (!file.is_empty()).then_some(file)
}

/// Gives the command that was run inside of a container.
pub(crate) fn docker_command(alert: &Alert) -> Option<Cow<'_, str>> {
    let action = alert
        .text_of("data.docker.Action")
        .or_else(|| alert.text_of("data.docker.status"))?;
    let (kind, command) = action.split_once(": ")?;
    kind.starts_with("exec_").then_some(Cow::Borrowed(command))
}

pub(super) fn docker(alert: &Alert) -> Option<Docker<'_>> {
    let data = Fields::below(alert, "data.docker")?;
    Some(Docker {
        kind: data.text("Type"),
        action: data.first(&["Action", "status"]),
        id: data.first(&["Actor.ID", "id"]),
        name: data.text("Actor.Attributes.name"),
        image: data.first(&["Actor.Attributes.image", "from"]),
        exit_code: data.number("Actor.Attributes.exitCode"),
        command: docker_command(alert),
    })
}

pub(super) fn virustotal(alert: &Alert) -> Option<VirusTotal<'_>> {
    let data = Fields::below(alert, "data.virustotal")?;
    Some(VirusTotal {
        found: data.flag("found"),
        malicious: data.flag("malicious"),
        positives: data.number("positives"),
        total: data.number("total"),
        file: data.text("source.file"),
        md5: data.text("source.md5"),
        sha1: data.first(&["source.sha1", "sha1"]),
        source_alert: data.text("source.alert_id"),
        permalink: data.text("permalink"),
        scan_date: data.text("scan_date"),
        error: data.text("description"),
    })
}

pub(super) fn osquery(alert: &Alert) -> Option<Osquery<'_>> {
    if alert.location() != Some("osquery") && alert.text("data.osquery.name").is_none() {
        return None;
    }
    let data = Fields::below(alert, "data.osquery").or_else(|| Fields::below(alert, "data"))?;
    let columns = alert.get("data.osquery.columns").or_else(|| alert.get("data.columns"));
    Some(Osquery {
        name: data.text("name"),
        action: data.text("action"),
        unix_time: data.number("unixTime"),
        host: data.text("hostIdentifier"),
        columns: columns.map(crate::path::leaves).unwrap_or_default(),
    })
}
