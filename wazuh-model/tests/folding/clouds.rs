//! Calls to clouds: what they were about and what they were told.

use serde_json::{Value, json};

use super::{assert_differ, assert_fold, of, pair};

#[test]
fn what_a_call_to_a_cloud_was_about_is_news() {
    let deleted = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "data": {"aws": {"eventName": "DeleteBucket", "awsRegion": "eu-west-1", "userIdentity": {"arn": "arn:aws:iam::1:user/bob"},
        "requestParameters": {"bucketName": "logs", "clientToken": "a"}, "requestID": "a"}}});
    assert_differ(&deleted, "/data/aws/requestParameters/bucketName", "logs", "payroll");
    assert_differ(&deleted, "/data/aws/awsRegion", "eu-west-1", "ap-south-1");
    for (name, one, other) in [
        ("eventSource", "iam.amazonaws.com", "ec2.amazonaws.com"),
        ("recipientAccountId", "1", "2"),
        ("userIdentity", "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"),
    ] {
        let of = |text: &str| {
            let mut call = deleted.clone();
            if name == "userIdentity" {
                call["data"]["aws"][name]["accessKeyId"] = json!(text);
            } else {
                call["data"]["aws"][name] = json!(text);
            }
            call
        };
        assert!(!super::folds(&of(one), &of(other)), "{name}");
        assert!(super::folds(&of("ASIA1"), &of("ASIA1")), "{name}");
    }
    assert_fold(&deleted, "/data/aws/requestParameters/clientToken", "a", "b");
    assert_fold(&deleted, "/data/aws/requestID", "a", "b");
    let other = pair(
        &deleted,
        "/data/aws/requestParameters/bucketName",
        [json!("logs"), json!("payroll")],
    );
    assert_eq!(of(&other[0]).key, of(&other[1]).key);
    let opened = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "data": {"aws": {"eventName": "AuthorizeSecurityGroupIngress", "userIdentity": {"arn": "arn:aws:iam::1:user/bob"},
        "requestParameters": {"groupId": "sg-1", "ipPermissions": {"items": [{"ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]}}]}}}}});
    assert_differ(
        &opened,
        "/data/aws/requestParameters/ipPermissions/items/0/ipRanges/items/0/cidrIp",
        "10.0.0.0/8",
        "0.0.0.0/0",
    );
    let role = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "data": {"office365": {"Operation": "Add member to role.", "UserId": "b@corp.example",
        "ModifiedProperties": [{"Name": "Role.DisplayName", "NewValue": "Reader"}], "Target": [{"ID": "User_x", "Type": 2}]}}});
    assert_differ(
        &role,
        "/data/office365/ModifiedProperties/0/NewValue",
        "Reader",
        "Global Administrator",
    );
    assert_differ(&role, "/data/office365/Target/0/ID", "User_x", "User_y");
    let defended = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "data": {"ms-graph": {"title": "Malware", "userPrincipalName": "b@corp.example", "evidence": [{"fileDetails": {"fileName": "a.exe"}}]}}});
    assert_differ(
        &defended,
        "/data/ms-graph/evidence/0/fileDetails/fileName",
        "a.exe",
        "b.exe",
    );
    let rule = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "data": {"office365": {"Operation": "New-InboxRule", "UserId": "b@corp.example", "Parameters": [{"Name": "ForwardTo", "Value": "a@evil.example"}]}}});
    assert_differ(
        &rule,
        "/data/office365/Parameters/0/Value",
        "a@evil.example",
        "b@bad.example",
    );
}

pub(super) fn called(cloud: &str, call: Value) -> Value {
    let mut alert = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "data": {}});
    alert["data"][cloud] = call;
    alert
}

fn aws(event: &str, parameters: Value) -> Value {
    let mut call = json!({"eventName": event, "userIdentity": {"arn": "arn:aws:iam::111122223333:user/bob"}});
    call["requestParameters"] = parameters;
    called("aws", call)
}

#[test]
fn what_a_call_to_a_cloud_was_told_is_news_wherever_it_stands() {
    let document = |action: &str, time: &str| format!(r#"{{"Statement":[{{"Action":"{action}","Date":"{time}"}}]}}"#);
    let time = "2026-11-29T04:00:01Z";
    let policy = aws(
        "PutUserPolicy",
        json!({"userName": "bob", "policyName": "p", "policyDocument": "x"}),
    );
    let pointer = "/data/aws/requestParameters/policyDocument";
    assert_differ(&policy, pointer, &document("s3:Get", time), &document("*", time));
    assert_fold(
        &policy,
        pointer,
        &document("s3:Get", time),
        &document("s3:Get", "2026-11-30T05:01:02Z"),
    );
    let trust = aws(
        "UpdateAssumeRolePolicy",
        json!({"roleName": "r", "policyDocument": "x"}),
    );
    assert_differ(
        &trust,
        pointer,
        r#"{"Principal":{"AWS":"arn:aws:iam::111122223333:root"}}"#,
        r#"{"Principal":{"AWS":"arn:aws:iam::444455556666:root"}}"#,
    );
    let bucket = aws(
        "PutBucketAcl",
        json!({"bucketName": "b", "x-amz-acl": "private", "uploadId": "a", "nextToken": "t"}),
    );
    let of_bucket = |name: &str| format!("/data/aws/requestParameters/{name}");
    assert_differ(&bucket, &of_bucket("x-amz-acl"), "private", "public-read-write");
    assert_fold(&bucket, &of_bucket("nextToken"), "t", "u");
    assert_fold(&bucket, &of_bucket("uploadId"), "a", "b");
    let networks = ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"];
    let items: Vec<_> = networks.iter().map(|network| json!({"cidrIp": network})).collect();
    let opened = aws(
        "AuthorizeSecurityGroupIngress",
        json!({"groupId": "sg-1", "ipPermissions": {"items": [{"toPort": "22", "ipRanges": {"items": items}}]}}),
    );
    let of_opened = |name: &str| format!("/data/aws/requestParameters/ipPermissions/items/0/{name}");
    assert_differ(&opened, &of_opened("toPort"), "22", "3389");
    assert_differ(
        &opened,
        &of_opened("ipRanges/items/4/cidrIp"),
        "10.4.0.0/16",
        "0.0.0.0/0",
    );

    let names = ["Name", "From", "MarkAsRead", "MoveToFolder", "ForwardTo"];
    let parameters: Vec<_> = names.iter().map(|name| json!({"Name": name, "Value": "x"})).collect();
    let rule = called(
        "office365",
        json!({"Operation": "New-InboxRule", "UserId": "b@corp.example", "Parameters": parameters}),
    );
    assert_differ(
        &rule,
        "/data/office365/Parameters/4/Value",
        "a@corp.example",
        "a@evil.example",
    );

    let binding = |role: &str| json!({"role": role, "members": ["user:b@corp.example"]});
    let granted = called(
        "gcp",
        json!({"protoPayload": {"methodName": "SetIamPolicy", "authenticationInfo": {"principalEmail": "b@corp.example"},
            "request": {"policy": {"etag": "a", "bindings": [binding("roles/viewer"), binding("roles/browser")]}}}}),
    );
    let of_policy = |name: &str| format!("/data/gcp/protoPayload/request/policy/{name}");
    assert_differ(&granted, &of_policy("bindings/1/role"), "roles/browser", "roles/owner");
    assert_fold(&granted, &of_policy("etag"), "a", "b");
    let firewall = called(
        "gcp",
        json!({"protoPayload": {"methodName": "firewalls.insert", "authenticationInfo": {"principalEmail": "b@corp.example"},
            "request": {"sourceRanges": ["10.0.0.0/8"], "name": "f"}}}),
    );
    assert_differ(
        &firewall,
        "/data/gcp/protoPayload/request/sourceRanges/0",
        "10.0.0.0/8",
        "0.0.0.0/0",
    );
    let [one, other] = pair(
        &policy,
        pointer,
        [json!(document("a", time)), json!(document("b", time))],
    );
    assert_eq!(of(&one).key, of(&other).key, "many are bounded in one window");
}

/// A record with what differs each time, that stands in it in these places.
#[track_caller]
pub(super) fn assert_repeats(alert: &Value, passing: &[(&str, Value, Value)]) {
    let (mut one, mut other) = (alert.clone(), alert.clone());
    for (pointer, here, there) in passing {
        *one.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = here.clone();
        *other.pointer_mut(pointer).unwrap() = there.clone();
    }
    assert!(super::folds(&one, &other), "{:?} {:?}", of(&one), of(&other));
}

const TIME: [&str; 2] = ["2026-11-29T04:00:01", "2026-11-29T04:07:09"];
const GUIDS: [&str; 2] = [
    "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
    "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc",
];

pub(super) fn times(pointer: &str) -> (&str, Value, Value) {
    (pointer, json!(TIME[0]), json!(TIME[1]))
}

pub(super) fn guids(pointer: &str) -> (&str, Value, Value) {
    (pointer, json!(GUIDS[0]), json!(GUIDS[1]))
}

#[test]
fn another_role_of_the_same_target_is_news_in_every_form_of_entra() {
    let targets = json!([
        {"id": "8a7b6c5d-0000-4000-8000-000000000001", "userPrincipalName": "b@corp.example", "modifiedProperties": [
            {"displayName": "Role.DisplayName", "oldValue": "x", "newValue": "\"Reader\""}]}]);
    let record = json!({"category": "AuditLogs", "operationName": "Add member to role", "correlationId": "x", "id": "x", "time": "x", "identity": "a@corp.example",
        "properties": {"id": "x", "activityDateTime": "x", "targetResources": targets}});
    let nested = called("azure", record.clone());
    let mut flat = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "location": "Azure", "data": record});
    flat["data"]["azure_tag"] = json!("azure-log-analytics");
    for (alert, below) in [(nested, "/data/azure"), (flat, "/data")] {
        let at = |name: &str| format!("{below}/properties/targetResources/0/{name}");
        let role = at("modifiedProperties/0/newValue");
        assert_differ(&alert, &role, "\"Reader\"", "\"Global Administrator\"");
        assert_differ(&alert, &at("id"), GUIDS[0], GUIDS[1]);
        assert_repeats(
            &alert,
            &[
                guids(&format!("{below}/correlationId")),
                guids(&format!("{below}/properties/id")),
                times(&format!("{below}/time")),
                times(&format!("{below}/properties/activityDateTime")),
                (&at("modifiedProperties/0/oldValue"), json!("a"), json!("b")),
            ],
        );
    }
    let graph = called(
        "ms-graph",
        json!({"activityDisplayName": "Add member to role", "id": "x", "correlationId": "x", "activityDateTime": "x",
            "initiatedBy": {"user": {"userPrincipalName": "a@corp.example"}}, "targetResources": targets}),
    );
    assert_differ(
        &graph,
        "/data/ms-graph/targetResources/0/modifiedProperties/0/newValue",
        "\"Reader\"",
        "\"Global Administrator\"",
    );
    assert_repeats(
        &graph,
        &[
            guids("/data/ms-graph/id"),
            guids("/data/ms-graph/correlationId"),
            times("/data/ms-graph/activityDateTime"),
        ],
    );
}

#[test]
fn what_google_and_github_were_told_is_news() {
    let dataset = called(
        "gcp",
        json!({"insertId": "x", "timestamp": "x", "protoPayload": {"methodName": "google.iam.v1.IAMPolicy.SetIamPolicy", "authenticationInfo": {"principalEmail": "b@corp.example"},
            "metadata": {"datasetChange": {"bindingDeltas": [{"action": "ADD", "member": "user:a@corp.example", "role": "roles/viewer"}]}, "requestTime": "x"}}}),
    );
    let delta = |name: &str| format!("/data/gcp/protoPayload/metadata/datasetChange/bindingDeltas/0/{name}");
    assert_differ(&dataset, &delta("member"), "user:a@corp.example", "allUsers");
    assert_differ(&dataset, &delta("role"), "roles/viewer", "roles/owner");
    assert_repeats(
        &dataset,
        &[
            times("/data/gcp/timestamp"),
            times("/data/gcp/protoPayload/metadata/requestTime"),
        ],
    );
    let asked = called(
        "gcp",
        json!({"jsonPayload": {"queryName": "a.example.", "responseCode": "NOERROR", "sourceIP": "10.0.0.5", "serverLatency": "x"},
            "resource": {"labels": {"pod_name": "x"}}}),
    );
    assert_fold(&asked, "/data/gcp/jsonPayload/serverLatency", "17", "18");
    assert_differ(&asked, "/data/gcp/jsonPayload/responseCode", "NOERROR", "NXDOMAIN");
    let pod = "/data/gcp/resource/labels/pod_name";
    assert_fold(&asked, pod, "shop-7d9f8b6c5-x2x4z", "shop-6c4d7f9b8-q7r9t");
    assert_differ(&asked, pod, "shop-7d9f8b6c5-x2x4z", "vault-7d9f8b6c5-x2x4z");
    let member = called(
        "github",
        json!({"action": "org.update_member", "actor": "a", "org": "o", "user": "b", "permission": "read", "visibility": "private",
            "@timestamp": 1, "created_at": 1, "_document_id": "x", "actor_ip": "203.0.113.9"}),
    );
    assert_differ(&member, "/data/github/permission", "read", "admin");
    assert_differ(&member, "/data/github/visibility", "private", "public");
    assert_repeats(
        &member,
        &[
            (
                "/data/github/@timestamp",
                json!(1_796_000_000_123_i64),
                json!(1_796_000_100_456_i64),
            ),
            (
                "/data/github/created_at",
                json!(1_796_000_000_123_i64),
                json!(1_796_000_100_456_i64),
            ),
            (
                "/data/github/_document_id",
                json!("q8Zt1xKpAbCd"),
                json!("ffGGhh00112-"),
            ),
        ],
    );
}

#[test]
fn why_a_log_on_to_a_cloud_failed_and_whether_it_took_a_second_factor_is_news() {
    let sign_in = |cloud: &str, record: Value| {
        let mut alert = called(cloud, record);
        alert["data"][cloud]["userPrincipalName"] = json!("b@corp.example");
        alert
    };
    let azure = sign_in("azure", json!({"operationName": "Sign-in activity", "resultType": "0"}));
    assert_differ(&azure, "/data/azure/resultType", "50126", "50076");
    let graph = sign_in("ms-graph", json!({"eventType": "signIn", "status": {"errorCode": 0}}));
    assert_differ(&graph, "/data/ms-graph/status/errorCode", "50126", "50076");
    let console = called(
        "aws",
        json!({"eventName": "ConsoleLogin", "userIdentity": {"arn": "arn:aws:iam::1:user/bob"}, "errorCode": "x",
            "responseElements": {"ConsoleLogin": "Success"}, "additionalEventData": {"MFAUsed": "Yes"}}),
    );
    assert_differ(&console, "/data/aws/additionalEventData/MFAUsed", "Yes", "No");
    assert_differ(
        &console,
        "/data/aws/errorCode",
        "AccessDenied",
        "Client.UnauthorizedOperation",
    );
    let google = called(
        "gcp",
        json!({"protoPayload": {"methodName": "x", "authenticationInfo": {"principalEmail": "b@corp.example"}, "status": {"code": 7}}}),
    );
    assert_differ(&google, "/data/gcp/protoPayload/status/code", "7", "5");
}

#[test]
fn times_marks_and_numbers_of_calls_are_passing_wherever_they_stand() {
    let updated = called(
        "office365",
        json!({"Operation": "Update user.", "UserId": "b@corp.example", "ModifiedProperties": [{"Name": "LastDirSyncTime", "NewValue": "x"}]}),
    );
    let value = "/data/office365/ModifiedProperties/0/NewValue";
    assert_fold(
        &updated,
        value,
        "[\"2026-11-29T04:00:01Z\"]",
        "[\"2026-11-29T05:11:02Z\"]",
    );
    assert_fold(&updated, value, "11/29/2026 4:00:01 AM", "11/29/2026 5:11:02 AM");
    let text = |id: &str, guid: &str| format!("[{{\"{id}\":\"{guid}\",\"State\":\"on\"}}]");
    assert_fold(
        &updated,
        value,
        &text("RequestId", GUIDS[0]),
        &text("RequestId", GUIDS[1]),
    );
    assert_differ(
        &updated,
        value,
        &text("RoleTemplate", GUIDS[0]),
        &text("RoleTemplate", GUIDS[1]),
    );
    assert_differ(
        &updated,
        value,
        &format!("[\"{}\"]", GUIDS[0]),
        &format!("[\"{}\"]", GUIDS[1]),
    );
    let listed = aws(
        "ListObjects",
        json!({"bucketName": "b", "marker": "x", "logStreamName": "x"}),
    );
    let of_call = |name: &str| format!("/data/aws/requestParameters/{name}");
    assert_fold(&listed, &of_call("marker"), "a/1", "b/2");
    assert_fold(
        &listed,
        &of_call("logStreamName"),
        "2026/11/29/[$LATEST]0123456789abcdef0123456789abcdef",
        "2026/11/29/[$LATEST]fedcba98765432100123456789abcdef",
    );
    assert_differ(&listed, &of_call("logStreamName"), "audit", "payroll");
}

#[test]
fn what_clouds_make_up_for_a_call_or_a_job_is_passing() {
    for (name, one, other) in [
        ("X-Amz-Date", "20261129T040001Z", "20261129T051102Z"),
        ("X-Amz-Signature", "aa11", "bb22"),
        ("Expires", "1796000001", "1796000999"),
        ("queryExecutionId", GUIDS[0], GUIDS[1]),
        ("receiptHandle", "q8Zt1xKpM2wR", "Zz3kLm9QxW1r"),
        ("messageDeduplicationId", "q8Zt1xKpM2wR", "Zz3kLm9QxW1r"),
    ] {
        let call = aws("GetObject", json!({"bucketName": "b", name: "x"}));
        assert_fold(&call, &format!("/data/aws/requestParameters/{name}"), one, other);
    }
    for (name, one, other) in [
        ("check_suite_id", "17960000011", "17960000022"),
        ("trigger_id", "17960000011", "17960000022"),
        ("runner_id", "17", "18"),
        ("runner_name", "GitHub Actions 17", "GitHub Actions 18"),
        ("calling_workflow_shas", "aa11", "bb22"),
    ] {
        let run = called(
            "github",
            json!({"action": "workflows.completed_workflow_run", "actor": "bob", "repo": "o/r", name: "x"}),
        );
        assert_fold(&run, &format!("/data/github/{name}"), one, other);
    }
    let run = called(
        "github",
        json!({"action": "workflows.prepared_workflow_job", "actor": "bob", "repo": "o/r", "runner_name": "x"}),
    );
    assert_differ(&run, "/data/github/runner_name", "build-1", "evil");
    let leak = called(
        "office365",
        json!({"Operation": "DLPRuleMatch", "UserId": "b@corp.example", "IncidentId": "x"}),
    );
    assert_fold(&leak, "/data/office365/IncidentId", GUIDS[0], GUIDS[1]);
    let query = called(
        "gcp",
        json!({"protoPayload": {"methodName": "jobservice.insert", "resourceName": "x", "authenticationInfo": {"principalEmail": "b@corp.example"}}}),
    );
    let resource = "/data/gcp/protoPayload/resourceName";
    assert_fold(
        &query,
        resource,
        "projects/p/jobs/bquxjob_3f9a1c7b_18f2a3b4c5d",
        "projects/p/jobs/bquxjob_7b2e0d11_19a3b4c5d6e",
    );
    assert_differ(&query, resource, "projects/p/jobs/nightly", "projects/p/jobs/evil");
}

#[test]
fn which_thing_a_call_was_about_is_news_whatever_its_field_ends_in() {
    let deleted = aws(
        "BatchDeleteImage",
        json!({"imageIds": [{"imageTag": "x"}], "nextToken": "x"}),
    );
    let told = |name: &str| format!("/data/aws/requestParameters/{name}");
    assert_differ(&deleted, &told("imageIds/0/imageTag"), "v1", "prod");
    assert_fold(&deleted, &told("nextToken"), "a", "b");
    for name in ["MFAToken", "nexttoken", "pagetoken", "SMSMessageId", "ETag"] {
        assert_fold(&aws("X", json!({name: "x"})), &told(name), "a", "b");
    }
    let key = called(
        "github",
        json!({"action": "public_key.create", "actor": "bob", "repo": "o/r", "fingerprint": "x"}),
    );
    let print = ["SHA256:q8Zt1xKpM2wR7yLb", "SHA256:Zz3kLm9QxW1rTb6Y"];
    assert_differ(&key, "/data/github/fingerprint", print[0], print[1]);
    let tagged = called(
        "gcp",
        json!({"protoPayload": {"methodName": "v1.compute.instances.setTags", "authenticationInfo": {"principalEmail": "b@corp.example"},
            "request": {"tags": ["web"], "fingerprint": "x", "id": "x"}}}),
    );
    let request = |name: &str| format!("/data/gcp/protoPayload/request/{name}");
    assert_fold(&tagged, &request("fingerprint"), "q8Zt1xKpM2w=", "Zz3kLm9QxW1=");
    let zone = aws("DeleteHostedZone", json!({"id": "x"}));
    for [one, other] in [GUIDS, ["Z06113313M7JJFJ9M7HM8", "Z0348671MYK9UQ2QDBRN"]] {
        assert_differ(&zone, &told("id"), one, other);
        let batch = aws(
            "DeleteMessageBatch",
            json!({"queueUrl": "q", "entries": [{"id": "x", "receiptHandle": "x"}]}),
        );
        assert_fold(&batch, &told("entries/0/id"), one, other);
        assert_differ(&tagged, &request("id"), one, other);
    }
}
