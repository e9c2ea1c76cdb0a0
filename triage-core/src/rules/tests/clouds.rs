//! Calls to clouds that only sound as if they looked.

use super::*;

fn call(name: &str, more: &[(&str, &str)]) -> Disposition {
    let mut fields = vec![
        ("data.aws.eventName", name),
        ("data.aws.sourceIPAddress", "203.0.113.9"),
    ];
    fields.extend(more);
    let title = format!("AWS Cloudtrail: service - {name}.");
    said_under(&title, 3, "amazon aws aws_cloudtrail", &fields)
}

#[test]
fn a_call_that_gives_keys_or_data_away_does_not_only_look() {
    for name in ["DescribeInstances", "ListBuckets", "GetBucketLocation"] {
        assert!(call(name, &[]).is_benign(), "{name}");
    }
    for name in [
        "GetSessionToken",
        "GetRoleCredentials",
        "GetCredentialsForIdentity",
        "GetDataKeyPair",
        "GetLoginProfile",
        "ListItemDeleted",
        "SearchExportDownloaded",
    ] {
        assert!(!call(name, &[]).is_benign(), "{name}");
    }
}

#[test]
fn the_end_of_a_trail_is_seen_though_another_name_stands_in_the_event() {
    for event in ["StopLogging", "reviewed and closed by the desk"] {
        let fields = [
            ("data.aws.eventName", event),
            ("data.aws.sourceIPAddress", "203.0.113.9"),
        ];
        let title = "AWS Cloudtrail: cloudtrail.amazonaws.com - StopLogging.";
        let said = said_under(title, 3, "amazon aws aws_cloudtrail", &fields);
        assert_eq!(said, Disposition::TruePositive, "{event}");
    }
}

#[test]
fn copies_and_stores_given_to_others_are_an_attack() {
    let account = "data.aws.requestParameters.createVolumePermission.add.items.userId";
    assert_eq!(
        call("ModifySnapshotAttribute", &[(account, "999988887777")]),
        Disposition::TruePositive
    );
    let fields = [
        ("data.gcp.protoPayload.methodName", "storage.setIamPermissions"),
        (
            "data.gcp.protoPayload.serviceData.policyDelta.bindingDeltas.member",
            "allUsers",
        ),
    ];
    assert_eq!(
        said_under("GCP notice event", 3, "gcp", &fields),
        Disposition::TruePositive
    );
}

#[test]
fn a_program_of_the_cluster_is_one_only_from_inside() {
    let reads = |address: &str| {
        let fields = [
            ("data.user.username", "system:serviceaccount:prod:shop"),
            ("data.verb", "get"),
            ("data.objectRef.resource", "pods"),
            ("data.sourceIPs", address),
        ];
        said_under("Kubernetes audit", 3, "k8s_audit", &fields)
    };
    assert!(reads("10.42.1.9").is_benign());
    assert!(!reads("203.0.113.9").is_benign());
    assert!(!reads("10.42.1.9, 203.0.113.9").is_benign());
}

#[test]
fn who_signs_on_and_looks_like_somebody_else_is_looked_at() {
    let signed_on = |path: &str, value: &str| {
        let fields = [
            ("data.okta.eventType", "user.authentication.sso"),
            ("data.okta.outcome.result", "SUCCESS"),
            (path, value),
        ];
        said_under("Okta: User single sign on to app", 3, "okta", &fields)
    };
    for (path, value) in [
        ("data.okta.client.ipAddress", "203.0.113.5"),
        ("data.okta.securityContext.isProxy", "false"),
        ("data.okta.debugContext.debugData.threatSuspected", "false"),
        ("data.okta.debugContext.debugData.risk", "{level=LOW}"),
        (
            "data.okta.debugContext.debugData.behaviors",
            "{New Device=NEGATIVE, New IP=POSITIVE, Velocity=NEGATIVE}",
        ),
    ] {
        assert!(signed_on(path, value).is_benign(), "{path}");
    }
    for (path, value) in [
        ("data.okta.securityContext.isProxy", "true"),
        ("data.okta.debugContext.debugData.threatSuspected", "true"),
        (
            "data.okta.debugContext.debugData.risk",
            "{level=HIGH, reasons=Anomalous Device}",
        ),
        ("data.okta.debugContext.debugData.riskLevel", "HIGH"),
        (
            "data.okta.debugContext.debugData.logOnlySecurityData",
            r#"{"risk":{"level":"HIGH"}}"#,
        ),
        (
            "data.okta.debugContext.debugData.behaviors",
            "{New IP=POSITIVE, New Device=POSITIVE}",
        ),
    ] {
        assert!(!signed_on(path, value).is_benign(), "{path}");
    }
}
