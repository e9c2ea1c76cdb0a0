//! Calls to clouds as Wazuh 5 tells of them.

use serde_json::{Value, json};

use super::clouds::{assert_repeats, guids, times};
use super::{assert_differ, assert_fold, folds};

pub(super) fn finding(fields: &Value) -> Value {
    let mut alert = json!({"@timestamp": "2026-11-29T10:00:00Z",
        "wazuh": {"rule": {"id": "5770385f-c22a-43e0-bfac-06f5698ffbd9", "level": "high", "title": "t"}, "agent": {"id": "001", "name": "a"}, "integration": {"category": "cloud-services", "name": "aws"}},
        "event": {"action": "x", "outcome": "success", "doc_id": "d", "ingested": "x", "duration": 1},
        "user": {"name": "bob"}, "source": {"ip": "203.0.113.9", "port": 41017}, "user_agent": {"original": "x"}});
    alert
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    alert
}

#[test]
fn what_a_call_was_told_is_news_in_a_finding_too() {
    let amazon = finding(
        &json!({"cloud": {"region": "x", "account": {"id": "x"}}, "aws": {"cloudtrail": {"error_code": "x", "request_parameters": "x", "user_identity": {"arn": "x"}, "resources": [{"arn": "x"}]}}}),
    );
    let google = finding(
        &json!({"gcp": {"audit": {"resource_name": "x", "request": {"policy": {"bindings": [{"role": "x", "members": ["user:a@corp.example"]}]}}}}}),
    );
    let office = finding(&json!({"o365": {"audit": {"Parameters": {"ForwardTo": "x"}, "ObjectId": "x"}}}));
    let hub = finding(&json!({"github": {"repo": "x", "permission": "x"}}));
    let azure = finding(
        &json!({"azure": {"platformlogs": {"category": "ApplicationGatewayFirewallLog", "properties": {"ruleId": "x", "action": "x"}}, "resource": {"id": "x"}}}),
    );
    for (alert, pointer, one, other) in [
        (&amazon, "/cloud/region", "eu-central-1", "us-east-1"),
        (&amazon, "/cloud/account/id", "111122223333", "444455556666"),
        (&amazon, "/aws/cloudtrail/error_code", "AccessDenied", "Throttling"),
        (
            &amazon,
            "/aws/cloudtrail/request_parameters",
            "{userName=eve, policyArn=arn:aws:iam::aws:policy/ReadOnlyAccess}",
            "{userName=eve, policyArn=arn:aws:iam::aws:policy/AdministratorAccess}",
        ),
        (
            &amazon,
            "/aws/cloudtrail/request_parameters",
            r#"{"userName":"eve"}"#,
            r#"{"userName":"mallory"}"#,
        ),
        (
            &amazon,
            "/aws/cloudtrail/request_parameters",
            "{groupId=sg-1, toPort=22}",
            "{groupId=sg-1, toPort=3389}",
        ),
        (
            &amazon,
            "/aws/cloudtrail/user_identity/arn",
            "arn:aws:sts::1:assumed-role/reader/bob",
            "arn:aws:sts::1:assumed-role/admin/bob",
        ),
        (
            &amazon,
            "/aws/cloudtrail/resources/0/arn",
            "arn:aws:kms:e:1:key/mrk-logs",
            "arn:aws:kms:e:1:key/mrk-payroll",
        ),
        (
            &google,
            "/gcp/audit/resource_name",
            "projects/p/secrets/wiki",
            "projects/p/secrets/payroll",
        ),
        (
            &google,
            "/gcp/audit/request/policy/bindings/0/role",
            "roles/viewer",
            "roles/owner",
        ),
        (
            &office,
            "/o365/audit/Parameters/ForwardTo",
            "a@corp.example",
            "a@evil.example",
        ),
        (&office, "/o365/audit/ObjectId", "a", "b"),
        (&hub, "/github/repo", "o/site", "o/payroll"),
        (&hub, "/github/permission", "read", "admin"),
        (&azure, "/azure/platformlogs/properties/ruleId", "942100", "932130"),
        (&azure, "/azure/platformlogs/properties/action", "Blocked", "Allowed"),
        (&azure, "/azure/resource/id", "/S/GW1", "/S/GW2"),
    ] {
        assert_differ(alert, pointer, one, other);
    }
}

#[test]
fn what_is_of_one_call_alone_is_passing_in_a_finding_too() {
    let amazon = finding(
        &json!({"aws": {"cloudtrail": {"request_id": "x", "event_id": "x", "shared_event_id": "x", "response_elements": "x", "request_parameters": "x", "additional_eventdata": "x",
            "user_identity": {"arn": "x", "access_key_id": "x", "session_context": {"creation_date": "x"}}, "error_message": "x", "flattened": {"response_elements": {"id": "x"}}},
            "s3": {"object": {"key": "x"}}}, "log": {"offset": 1}, "source": {"ip": "203.0.113.9", "port": 1, "geo": {"location": {"lat": 1}}}}),
    );
    assert_repeats(
        &amazon,
        &[
            guids("/aws/cloudtrail/request_id"),
            guids("/aws/cloudtrail/event_id"),
            guids("/aws/cloudtrail/shared_event_id"),
            times("/aws/cloudtrail/user_identity/session_context/creation_date"),
            times("/event/ingested"),
            times("/@timestamp"),
            ("/event/doc_id", json!("q8Zt1xKpM2wR"), json!("Zz3kLm9QxW1r")),
            ("/event/duration", json!(17_000), json!(118_000)),
            ("/log/offset", json!(17), json!(4711)),
            ("/source/port", json!(41_017), json!(51_234)),
            ("/source/geo/location/lat", json!(50.1), json!(50.2)),
            ("/user_agent/original", json!("aws-cli/2.1.0"), json!("aws-cli/2.1.1")),
            (
                "/aws/s3/object/key",
                json!("AWSLogs/20261129T0400Z_a.json.gz"),
                json!("AWSLogs/20261129T0405Z_b.json.gz"),
            ),
        ],
    );
    for (name, one, other) in [
        (
            "response_elements",
            "{credentials={accessKeyId=ASIAIOSFODNN7EXAMPLE, expiration=Nov 29, 2026 4:00:01 AM}}",
            "{credentials={accessKeyId=ASIAI44QH8DHBEXAMPLE, expiration=Nov 29, 2026 5:11:02 AM}}",
        ),
        (
            "request_parameters",
            "{roleArn=arn:aws:iam::1:role/r, roleSessionName=botocore-session-1796000001, clientToken=q8Zt1xKp}",
            "{roleArn=arn:aws:iam::1:role/r, roleSessionName=botocore-session-1796000999, clientToken=Zz3kLm9Q}",
        ),
        (
            "request_parameters",
            r#"{"bucketName":"b","X-Amz-Date":"20261129T040001Z","uploadId":"q8Zt1xKp","filter":{"startTime":"2026-11-29T04:00:01Z"}}"#,
            r#"{"bucketName":"b","X-Amz-Date":"20261129T051102Z","uploadId":"Zz3kLm9Q","filter":{"startTime":"2026-11-29T05:11:02Z"}}"#,
        ),
        (
            "request_parameters",
            "{requestId=5770385f-c22a-43e0-bf4c-06f5698ffbd9, name=a}",
            "{requestId=0b1c2d3e-aaaa-4bbb-8ccc-123456789abc, name=a}",
        ),
        (
            "additional_eventdata",
            "{bytesTransferredOut=276.0, x-amz-id-2=q8Zt1xKpM2wR7yLb, MFAUsed=No}",
            "{bytesTransferredOut=840.0, x-amz-id-2=Zz3kLm9QxW1rTb6Y, MFAUsed=No}",
        ),
        (
            "error_message",
            "User: arn:aws:sts::1:assumed-role/node/i-0a1b2c3d4e5f60718 is not authorized on resource: a",
            "User: arn:aws:sts::1:assumed-role/node/i-0fedcba9876543210 is not authorized on resource: a",
        ),
    ] {
        assert_fold(&amazon, &format!("/aws/cloudtrail/{name}"), one, other);
    }
    let identity = |name: &str| format!("/aws/cloudtrail/user_identity/{name}");
    assert_fold(
        &amazon,
        &identity("access_key_id"),
        "ASIAIOSFODNN7EXAMPLE",
        "ASIAI44QH8DHBEXAMPLE",
    );
    assert_differ(
        &amazon,
        &identity("access_key_id"),
        "AKIAIOSFODNN7EXAMPLE",
        "AKIAI44QH8DHBEXAMPLE",
    );
    assert_fold(
        &amazon,
        &identity("arn"),
        "arn:aws:sts::1:assumed-role/node/i-0a1b2c3d4e5f60718",
        "arn:aws:sts::1:assumed-role/node/i-0fedcba9876543210",
    );
    assert_differ(
        &amazon,
        "/aws/cloudtrail/additional_eventdata",
        "{MFAUsed=Yes}",
        "{MFAUsed=No}",
    );
}

#[test]
fn records_of_other_clouds_repeat_in_a_finding_too() {
    let google = finding(
        &json!({"gcp": {"audit": {"resource_name": "x", "num_response_items": 1, "insert_id": "x", "request_metadata": {"caller_supplied_user_agent": "x"}, "operation": {"id": "x"},
            "request": {"policy": {"etag": "x"}, "requestId": "x"}, "response": {"etag": "x"}}}}),
    );
    let audit = |name: &str| format!("/gcp/audit/{name}");
    assert_fold(
        &google,
        &audit("resource_name"),
        "projects/p/jobs/bquxjob_3f9a1c7b_18f2a3b4c5d",
        "projects/p/jobs/bquxjob_7b2e0d11_19a3b4c5d6e",
    );
    for (name, one, other) in [
        ("num_response_items", json!(1), json!(17)),
        ("insert_id", json!("q8zt1xkp4m2wr"), json!("7k2m9q4xb1vt6")),
        (
            "request_metadata/caller_supplied_user_agent",
            json!("a/1"),
            json!("a/2"),
        ),
        (
            "operation/id",
            json!("operation-1796000001-a"),
            json!("operation-1796000999-b"),
        ),
        ("request/policy/etag", json!("BwYa"), json!("BwYb")),
        ("response/etag", json!("BwYa"), json!("BwYb")),
    ] {
        let [one, other] = super::pair(&google, &audit(name), [one, other]);
        assert!(folds(&one, &other), "{name}");
    }
    let office = finding(
        &json!({"o365": {"audit": {"Id": "x", "CreationTime": "x", "SessionId": "x", "Version": "1", "ClientVersion": "x", "AppAccessContext": {"UniqueTokenId": "x", "CorrelationId": "x"},
            "ExtendedProperties": {"UserAgent": "x"}, "Parameters": {"Identity": "a"}}}}),
    );
    let audit = |name: &str| format!("/o365/audit/{name}");
    assert_repeats(
        &office,
        &[
            guids(&audit("Id")),
            guids(&audit("SessionId")),
            guids(&audit("AppAccessContext/CorrelationId")),
            times(&audit("CreationTime")),
            (
                &audit("AppAccessContext/UniqueTokenId"),
                json!("q8Zt1xKp"),
                json!("Zz3kLm9Q"),
            ),
            (&audit("ExtendedProperties/UserAgent"), json!("a/1"), json!("a/2")),
            (&audit("ClientVersion"), json!("15.20.1"), json!("15.20.2")),
        ],
    );
    let entra = finding(
        &json!({"azure": {"signinlogs": {"result_type": "0", "properties": {"id": "x", "created_at": "x", "processing_time_ms": 1, "unique_token_identifier": "x", "app_display_name": "x"}},
            "activitylogs": {"identity": {"claims": {"uti": "x"}}, "properties": {"requestbody": "x"}}}}),
    );
    let properties = |name: &str| format!("/azure/signinlogs/properties/{name}");
    assert_repeats(
        &entra,
        &[
            guids(&properties("id")),
            times(&properties("created_at")),
            (&properties("processing_time_ms"), json!(17), json!(118)),
            (
                &properties("unique_token_identifier"),
                json!("q8Zt1xKp"),
                json!("Zz3kLm9Q"),
            ),
            (
                "/azure/activitylogs/identity/claims/uti",
                json!("q8Zt1xKp"),
                json!("Zz3kLm9Q"),
            ),
        ],
    );
    assert_differ(&entra, &properties("app_display_name"), "Outlook", "Azure PowerShell");
    assert_differ(&entra, "/azure/activitylogs/properties/requestbody", "small", "large");
}

#[test]
fn what_a_finding_says_beside_what_was_asked_is_passing() {
    let alert = finding(
        &json!({"dns": {"id": "x", "question": {"name": "x"}, "response_code": "x"}, "source": {"ip": "203.0.113.9", "nat": {"port": 1}},
            "faas": {"name": "f", "execution": "x"}, "gcp": {"audit": {"request": {"tags": ["web"], "fingerprint": "x"}}},
            "aws": {"waf": {"ja3_fingerprint": "x", "rule": "x"}}, "http": {"request": {"method": "x"}}}),
    );
    assert_repeats(
        &alert,
        &[
            ("/dns/id", json!("1037"), json!("1074")),
            ("/source/nat/port", json!(40_001), json!(40_002)),
            guids("/faas/execution"),
            (
                "/gcp/audit/request/fingerprint",
                json!("q8Zt1xKpM2w="),
                json!("Zz3kLm9QxW1="),
            ),
            ("/aws/waf/ja3_fingerprint", json!("aa11"), json!("bb22")),
        ],
    );
    for (pointer, one, other) in [
        ("/dns/question/name", "a.example", "b.example"),
        ("/dns/response_code", "NOERROR", "NXDOMAIN"),
        ("/gcp/audit/request/tags/0", "web", "admin"),
        ("/aws/waf/rule", "a", "b"),
        ("/http/request/method", "GET", "DELETE"),
    ] {
        assert_differ(&alert, pointer, one, other);
    }
}
