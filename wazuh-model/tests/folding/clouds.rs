//! Calls to clouds: what they were about and what they were told.

use serde_json::{Value, json};

use super::{assert_differ, assert_fold, of, pair};

#[test]
fn what_a_call_to_a_cloud_was_about_is_news() {
    let deleted = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "data": {"aws": {"eventName": "DeleteBucket", "awsRegion": "eu-west-1", "userIdentity": {"arn": "arn:aws:iam::1:user/bob"},
        "requestParameters": {"bucketName": "logs", "clientToken": "a"}, "requestID": "a"}}});
    assert_differ(&deleted, "/data/aws/requestParameters/bucketName", "logs", "payroll");
    assert_differ(&deleted, "/data/aws/awsRegion", "eu-west-1", "ap-south-1");
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

fn called(cloud: &str, call: Value) -> Value {
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
