//! Amazon Web Services.

use std::borrow::Cow;

use super::fields::Fields;
use crate::Alert;

/// A call to Amazon's interface.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloudTrail<'a> {
    /// Service, such as `iam.amazonaws.com`.
    pub event_source: Option<Cow<'a, str>>,
    /// Call, such as `StopLogging`.
    pub event_name: Option<Cow<'a, str>>,
    /// When it was made, RFC 3339 in UTC.
    pub event_time: Option<Cow<'a, str>>,
    /// Region.
    pub region: Option<Cow<'a, str>>,
    /// Account that the call was made in.
    pub account: Option<Cow<'a, str>>,
    /// `IAMUser`, `AssumedRole`, `Root`, `AWSService`, …
    pub identity_type: Option<Cow<'a, str>>,
    /// Name of the user; absent for roles and for the root account.
    pub user_name: Option<Cow<'a, str>>,
    /// Full name of who called.
    pub arn: Option<Cow<'a, str>>,
    /// Id of the access key, to revoke it. Not a secret.
    pub access_key_id: Option<Cow<'a, str>>,
    /// Service that called on somebody's behalf.
    pub invoked_by: Option<Cow<'a, str>>,
    /// Address of the caller, or the name of a service.
    pub source_ip: Option<Cow<'a, str>>,
    /// User agent of the caller.
    pub user_agent: Option<Cow<'a, str>>,
    /// Why it was refused, such as `AccessDenied`; absent when it worked.
    pub error_code: Option<Cow<'a, str>>,
    /// The same in words.
    pub error_message: Option<Cow<'a, str>>,
    /// Whether the call changes nothing.
    pub read_only: Option<bool>,
    /// Whether a second factor was used (console log-ons).
    pub mfa_used: Option<bool>,
    /// `Success` or `Failure` of a console log-on.
    pub console_login: Option<Cow<'a, str>>,
}

/// A finding of Amazon's threat detection.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GuardDuty<'a> {
    /// Kind, such as `UnauthorizedAccess:EC2/SSHBruteForce`.
    pub kind: Option<Cow<'a, str>>,
    /// Title.
    pub title: Option<Cow<'a, str>>,
    /// What was seen.
    pub description: Option<Cow<'a, str>>,
    /// 1 to 8.9; 7 and more is high.
    pub severity: Option<f64>,
    /// Account.
    pub account: Option<Cow<'a, str>>,
    /// Region.
    pub region: Option<Cow<'a, str>>,
    /// `Instance`, `AccessKey`, `S3Bucket`, …
    pub resource_type: Option<Cow<'a, str>>,
    /// Instance that it is about.
    pub instance_id: Option<Cow<'a, str>>,
    /// Account name that it is about.
    pub user_name: Option<Cow<'a, str>>,
    /// `NETWORK_CONNECTION`, `PORT_PROBE`, `AWS_API_CALL`, `DNS_REQUEST`, …
    pub action_type: Option<Cow<'a, str>>,
    /// `INBOUND` or `OUTBOUND`.
    pub direction: Option<Cow<'a, str>>,
    /// Address of the other end.
    pub remote_ip: Option<Cow<'a, str>>,
    /// Name that was looked up (`DNS_REQUEST`).
    pub domain: Option<Cow<'a, str>>,
    /// Country of the other end, by Amazon's table.
    pub remote_country: Option<Cow<'a, str>>,
    /// Port of one's own end.
    pub local_port: Option<u16>,
    /// How often it was seen.
    pub count: Option<u64>,
    /// First time, RFC 3339.
    pub first_seen: Option<Cow<'a, str>>,
    /// Last time, RFC 3339.
    pub last_seen: Option<Cow<'a, str>>,
}

pub(super) fn cloud_trail(alert: &Alert) -> Option<CloudTrail<'_>> {
    let aws = Fields::below(alert, "data.aws")?;
    aws.text("eventName")?;
    Some(CloudTrail {
        event_source: aws.text("eventSource"),
        event_name: aws.text("eventName"),
        event_time: aws.text("eventTime"),
        region: aws.text("awsRegion"),
        account: aws.first(&["recipientAccountId", "aws_account_id", "userIdentity.accountId"]),
        identity_type: aws.text("userIdentity.type"),
        user_name: aws.text("userIdentity.userName"),
        arn: aws.text("userIdentity.arn"),
        access_key_id: aws.text("userIdentity.accessKeyId"),
        invoked_by: aws.text("userIdentity.invokedBy"),
        source_ip: aws.first(&["sourceIPAddress", "source_ip_address"]),
        user_agent: aws.text("userAgent"),
        error_code: aws.text("errorCode"),
        error_message: aws.text("errorMessage"),
        read_only: aws.flag("readOnly"),
        mfa_used: aws
            .flag("additionalEventData.MFAUsed")
            .or_else(|| aws.flag("userIdentity.sessionContext.attributes.mfaAuthenticated")),
        console_login: aws.text("responseElements.ConsoleLogin"),
    })
}

pub(super) fn guard_duty(alert: &Alert) -> Option<GuardDuty<'_>> {
    let aws = Fields::below(alert, "data.aws")?;
    let named = aws.text("source").is_some_and(|source| source == "guardduty")
        || aws.text("service.serviceName").is_some_and(|name| name == "guardduty");
    if !named {
        return None;
    }
    let actions = [
        "networkConnectionAction",
        "awsApiCallAction",
        "portProbeAction.portProbeDetails.0",
        "kubernetesApiCallAction",
    ];
    let in_action = |tail: &str| {
        actions
            .iter()
            .find_map(|action| aws.text(&format!("service.action.{action}.{tail}")))
    };
    Some(GuardDuty {
        kind: aws.text("type"),
        title: aws.text("title"),
        description: aws.text("description"),
        severity: aws.decimal("severity"),
        account: aws.text("accountId"),
        region: aws.text("region"),
        resource_type: aws.text("resource.resourceType"),
        instance_id: aws.text("resource.instanceDetails.instanceId"),
        user_name: aws.text("resource.accessKeyDetails.userName"),
        action_type: aws.text("service.action.actionType"),
        direction: in_action("connectionDirection"),
        remote_ip: in_action("remoteIpDetails.ipAddressV4"),
        domain: aws.text("service.action.dnsRequestAction.domain"),
        remote_country: in_action("remoteIpDetails.country.countryName"),
        local_port: in_action("localPortDetails.port").and_then(|port| port.parse().ok()),
        count: aws.number("service.count"),
        first_seen: aws.text("service.eventFirstSeen"),
        last_seen: aws.text("service.eventLastSeen"),
    })
}
