//! Microsoft's, Google's and GitHub's clouds.

use std::borrow::Cow;

use super::fields::Fields;
use crate::Alert;

/// An audit record of Microsoft 365.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Office365<'a> {
    /// What was done, such as `UserLoggedIn`, `New-InboxRule`.
    pub operation: Option<Cow<'a, str>>,
    /// `AzureActiveDirectory`, `Exchange`, `SharePoint`, …
    pub workload: Option<Cow<'a, str>>,
    /// Who did it: a mail address, or an id of a service.
    pub user: Option<Cow<'a, str>>,
    /// Address, at times with a port.
    pub client_ip: Option<Cow<'a, str>>,
    /// `Success`, `Succeeded`, `Failed`, …
    pub result: Option<Cow<'a, str>>,
    /// Mailbox, file or account that it was done to.
    pub object: Option<Cow<'a, str>>,
    /// Number of the kind of record.
    pub record_type: Option<u64>,
    /// When it was done, UTC without a zone.
    pub creation_time: Option<Cow<'a, str>>,
    /// User agent.
    pub user_agent: Option<Cow<'a, str>>,
    /// Name of the file.
    pub file_name: Option<Cow<'a, str>>,
    /// Why a log-on failed, such as `InvalidUserNameOrPassword`.
    pub logon_error: Option<Cow<'a, str>>,
}

/// An activity or a sign-in of Azure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Azure<'a> {
    /// What was done.
    pub operation: Option<Cow<'a, str>>,
    /// Who did it.
    pub caller: Option<Cow<'a, str>>,
    /// Address of the caller.
    pub caller_ip: Option<Cow<'a, str>>,
    /// What it was done to.
    pub resource: Option<Cow<'a, str>>,
    /// Result.
    pub status: Option<Cow<'a, str>>,
    /// `Administrative`, `SignInLogs`, `AuditLogs`, …
    pub category: Option<Cow<'a, str>>,
}

/// An alert or an audit record of Microsoft Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Graph<'a> {
    /// `security` or `deviceManagement`, …
    pub resource: Option<Cow<'a, str>>,
    /// `alerts_v2`, `incidents`, `auditEvents`, …
    pub relationship: Option<Cow<'a, str>>,
    /// Title, or the name of the activity.
    pub title: Option<Cow<'a, str>>,
    /// `informational` to `high`.
    pub severity: Option<Cow<'a, str>>,
    /// What was seen, at length.
    pub description: Option<Cow<'a, str>>,
    /// Kind of attack, such as `Execution`.
    pub category: Option<Cow<'a, str>>,
    /// ATT&CK technique ids that Microsoft names.
    pub techniques: Vec<Cow<'a, str>>,
    /// `new`, `inProgress`, `resolved`.
    pub status: Option<Cow<'a, str>>,
    /// What found it, such as `microsoftDefenderForEndpoint`.
    pub detection_source: Option<Cow<'a, str>>,
    /// Who did it.
    pub user: Option<Cow<'a, str>>,
    /// Address that it came from.
    pub ip: Option<Cow<'a, str>>,
    /// Page about it.
    pub web_url: Option<Cow<'a, str>>,
}

/// An audit record of GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GitHub<'a> {
    /// What was done, such as `repo.destroy`.
    pub action: Option<Cow<'a, str>>,
    /// Who did it.
    pub actor: Option<Cow<'a, str>>,
    /// Address that it came from; absent unless the organisation asks for it.
    pub actor_ip: Option<Cow<'a, str>>,
    /// Country that it came from.
    pub country: Option<Cow<'a, str>>,
    /// Organisation.
    pub organisation: Option<Cow<'a, str>>,
    /// Repository, as `owner/name`.
    pub repository: Option<Cow<'a, str>>,
    /// Account that it was done to.
    pub user: Option<Cow<'a, str>>,
}

/// An audit record or a DNS query of Google Cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gcp<'a> {
    /// Service, such as `iam.googleapis.com`.
    pub service: Option<Cow<'a, str>>,
    /// Call, such as `google.iam.admin.v1.CreateServiceAccountKey`.
    pub method: Option<Cow<'a, str>>,
    /// What it was done to.
    pub resource: Option<Cow<'a, str>>,
    /// Who did it.
    pub principal: Option<Cow<'a, str>>,
    /// Address of the caller.
    pub caller_ip: Option<Cow<'a, str>>,
    /// User agent of the caller.
    pub user_agent: Option<Cow<'a, str>>,
    /// `INFO`, `NOTICE`, `WARNING`, `ERROR`, …
    pub severity: Option<Cow<'a, str>>,
    /// Project.
    pub project: Option<Cow<'a, str>>,
    /// Result; 0 is success, 7 is "permission denied".
    pub status_code: Option<u64>,
    /// Name that a DNS query asks for.
    pub query: Option<Cow<'a, str>>,
    /// Machine that asked.
    pub source_ip: Option<Cow<'a, str>>,
}

pub(super) fn office365(alert: &Alert) -> Option<Office365<'_>> {
    let data = Fields::below(alert, "data.office365")?;
    Some(Office365 {
        operation: data.text("Operation"),
        workload: data.text("Workload"),
        user: data.text("UserId"),
        client_ip: data.first(&["ClientIP", "ClientIPAddress", "ActorIpAddress"]),
        result: data.text("ResultStatus"),
        object: data.text("ObjectId"),
        record_type: data.number("RecordType"),
        creation_time: data.text("CreationTime"),
        user_agent: data.first(&["UserAgent", "ClientInfoString"]),
        file_name: data.text("SourceFileName"),
        logon_error: data.text("LogonError"),
    })
}

pub(super) fn azure(alert: &Alert) -> Option<Azure<'_>> {
    // The log-analytics and storage modules write plain names, others put them below `azure`.
    let flat = || flat_azure(alert).then(|| Fields::below(alert, "data")).flatten();
    let data = Fields::below(alert, "data.azure").or_else(flat)?;
    Some(Azure {
        operation: data.first(&[
            "operationName",
            "OperationName",
            "activityDisplayName",
            "operationName.value",
        ]),
        caller: data.first(&[
            "caller",
            "Caller",
            "identity",
            "properties.userPrincipalName",
            "userPrincipalName",
            "initiatedBy.user.userPrincipalName",
        ]),
        caller_ip: data.first(&[
            "callerIpAddress",
            "CallerIpAddress",
            "properties.ipAddress",
            "ipAddress",
            "initiatedBy.user.ipAddress",
        ]),
        resource: data.first(&[
            "resourceId",
            "ResourceId",
            "_ResourceId",
            "targetResources.0.displayName",
        ]),
        status: data.first(&[
            "status",
            "resultType",
            "ActivityStatusValue",
            "result",
            "status.errorCode",
        ]),
        category: data.first(&["category", "Category", "CategoryValue"]),
    })
}

/// Says whether the fields of Azure stand directly in `data`.
pub(crate) fn flat_azure(alert: &Alert) -> bool {
    let ours = alert
        .location()
        .is_some_and(|location| location.eq_ignore_ascii_case("azure") || location.starts_with("azure-"));
    let tags = ["data.azure_tag", "data.azure_aad_tag", "data.azure_storage_tag"];
    let tagged = || tags.iter().any(|tag| alert.text(tag).is_some());
    alert.get("data").is_some_and(serde_json::Value::is_object) && (ours || tagged())
}

pub(super) fn graph(alert: &Alert) -> Option<Graph<'_>> {
    let data = Fields::below(alert, "data.ms-graph")?;
    Some(Graph {
        resource: data.text("resource"),
        relationship: data.text("relationship"),
        title: data.first(&["title", "displayName", "activityDisplayName", "activity"]),
        severity: data.text("severity"),
        status: data.text("status"),
        description: data.text("description"),
        category: data.text("category"),
        techniques: data.list("mitreTechniques"),
        detection_source: data.first(&["detectionSource", "serviceSource"]),
        user: data.first(&[
            "actor.userPrincipalName",
            "userPrincipalName",
            "initiatedBy.user.userPrincipalName",
            "evidence.0.userAccount.userPrincipalName",
        ]),
        ip: data.first(&["ipAddress", "actor.ipAddress", "initiatedBy.user.ipAddress"]),
        web_url: data.first(&["alertWebUrl", "incidentWebUrl"]),
    })
}

pub(super) fn github(alert: &Alert) -> Option<GitHub<'_>> {
    let data = Fields::below(alert, "data.github")?;
    Some(GitHub {
        action: data.text("action"),
        actor: data.text("actor"),
        actor_ip: data.text("actor_ip"),
        country: data.first(&["actor_location.country_code", "country_code"]),
        organisation: data.text("org"),
        repository: data.first(&["repo", "repository"]),
        user: data.text("user"),
    })
}

pub(super) fn gcp(alert: &Alert) -> Option<Gcp<'_>> {
    let data = Fields::below(alert, "data.gcp")?;
    Some(Gcp {
        service: data.text("protoPayload.serviceName"),
        method: data.text("protoPayload.methodName"),
        resource: data.first(&[
            "protoPayload.resourceName",
            "resource.labels.instance_id",
            "resource.type",
        ]),
        principal: data.text("protoPayload.authenticationInfo.principalEmail"),
        caller_ip: data.text("protoPayload.requestMetadata.callerIp"),
        user_agent: data.text("protoPayload.requestMetadata.callerSuppliedUserAgent"),
        severity: data.text("severity"),
        project: data.first(&["resource.labels.project_id", "jsonPayload.project_id"]),
        status_code: data.number("protoPayload.status.code"),
        query: data.text("jsonPayload.queryName"),
        source_ip: data.text("jsonPayload.sourceIP"),
    })
}
