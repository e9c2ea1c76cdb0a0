//! Who called a cloud, and what a call was told by names that are much alike.

use serde_json::{Value, json};

use super::clouds::{assert_repeats, called, guids};
use super::five::finding;
use super::{assert_differ, assert_fold};

const GUIDS: [&str; 2] = [
    "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
    "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc",
];

fn in_a_table(record: &Value) -> Value {
    let mut alert = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "location": "Azure", "data": record});
    alert["data"]["azure_tag"] = json!("azure-log-analytics");
    alert
}

#[test]
fn whose_number_stands_in_what_a_call_was_told_is_news() {
    let entra = called(
        "azure",
        json!({"category": "AuditLogs", "operationName": "Update application", "identity": "bob@corp.example",
            "properties": {"targetResources": [{"id": "a", "modifiedProperties": [{"displayName": "RequiredResourceAccess", "newValue": "x"}]}]}}),
    );
    let management = called(
        "azure",
        json!({"category": "Administrative", "operationName": "X/WRITE", "caller": "bob@corp.example", "properties": {"requestbody": "x"}}),
    );
    let office = called(
        "office365",
        json!({"Operation": "Update application.", "UserId": "bob@corp.example", "ModifiedProperties": [{"Name": "x", "NewValue": "x"}]}),
    );
    for name in [
        "EntitlementId",
        "objectId",
        "principalId",
        "roleDefinitionId",
        "managedByTenantId",
        "groupId",
        "sid",
    ] {
        let text = |id: &str| format!(r#"[{{"{name}":"{id}","Access":true}}]"#);
        let [one, other] = GUIDS.map(text);
        for (alert, pointer) in [
            (
                &entra,
                "/data/azure/properties/targetResources/0/modifiedProperties/0/newValue",
            ),
            (&management, "/data/azure/properties/requestbody"),
            (&office, "/data/office365/ModifiedProperties/0/NewValue"),
        ] {
            assert_differ(alert, pointer, &one, &other);
        }
    }
}

#[test]
fn who_called_the_management_is_told_by_his_token_where_nothing_else_names_him() {
    let call = |claims: Value| {
        in_a_table(
            &json!({"category": "Administrative", "operationName": "X/WRITE", "resourceId": "/S/VM", "callerIpAddress": "203.0.113.9",
            "identity": {"authorization": {"scope": "/S/VM"}, "claims": claims}}),
        )
    };
    let apart = call(
        json!({"appid": "a", "iat": "1", "http://schemas": {"xmlsoap": {"org/ws/2005/05/identity/claims/upn": "x"}}}),
    );
    let claim = "/data/identity/claims/http:~1~1schemas/xmlsoap/org~1ws~12005~105~1identity~1claims~1upn";
    assert_differ(&apart, claim, "alice@corp.example", "mallory@corp.example");
    assert_fold(&apart, "/data/identity/claims/iat", "1796000001", "1796000999");
    let one_name = |name: &str| {
        call(json!({"name": "n", "http://schemas.microsoft.com/identity/claims/objectidentifier": name, "uti": "x"}))
    };
    assert!(!super::folds(&one_name(GUIDS[0]), &one_name(GUIDS[1])));
    let app = call(json!({"appid": "x", "aio": "x"}));
    assert_differ(&app, "/data/identity/claims/appid", GUIDS[0], GUIDS[1]);
    assert_fold(&app, "/data/identity/claims/aio", "a", "b");
    // Another record than that of a call has them beside what it tells.
    let policy = called(
        "azure",
        json!({"category": "Policy", "operationName": "audit", "caller": "bob@corp.example", "identity": {"claims": {"appid": "x", "iat": "x"}}}),
    );
    assert_differ(&policy, "/data/azure/identity/claims/appid", GUIDS[0], GUIDS[1]);
    assert_fold(&policy, "/data/azure/identity/claims/iat", "1796000001", "1796000999");
}

#[test]
fn which_program_signed_in_and_by_which_key_is_news() {
    let signed_in = called(
        "azure",
        json!({"operationName": "Sign-in activity", "category": "ServicePrincipalSignInLogs", "resultType": "0", "callerIpAddress": "203.0.113.9",
            "properties": {"id": "x", "appId": "x", "servicePrincipalId": "x", "servicePrincipalName": "x", "servicePrincipalCredentialKeyId": "x"}}),
    );
    for name in [
        "appId",
        "servicePrincipalId",
        "servicePrincipalName",
        "servicePrincipalCredentialKeyId",
    ] {
        assert_differ(
            &signed_in,
            &format!("/data/azure/properties/{name}"),
            GUIDS[0],
            GUIDS[1],
        );
    }
    assert_repeats(&signed_in, &[guids("/data/azure/properties/id")]);
}

#[test]
fn whoever_a_record_is_of_keeps_his_number() {
    let resource = |name: &str| {
        called(
            "azure",
            json!({"category": "X", "operationName": "x", "resourceId": "/S/R", "callerIpAddress": "203.0.113.9", "properties": {name: "x"}}),
        )
    };
    for name in [
        "creatorId",
        "callerId",
        "requesterId",
        "userGuid",
        "objectGuid",
        "EntityId",
        "SensitivityLabelId",
    ] {
        assert_differ(
            &resource(name),
            &format!("/data/azure/properties/{name}"),
            GUIDS[0],
            GUIDS[1],
        );
    }
    for name in ["pipelineRunId", "jobId", "activity_run_id", "executionId"] {
        assert_repeats(&resource(name), &[guids(&format!("/data/azure/properties/{name}"))]);
    }
    let secret = in_a_table(
        &json!({"Type": "AzureDiagnostics", "Category": "AuditEvent", "OperationName": "SecretGet", "ResourceId": "/S/V", "CallerIPAddress": "203.0.113.9",
            "identity_claim_oid_g": "x", "CorrelationId": "x"}),
    );
    assert_differ(&secret, "/data/identity_claim_oid_g", GUIDS[0], GUIDS[1]);
    assert_repeats(&secret, &[guids("/data/CorrelationId")]);
    let storage = in_a_table(
        &json!({"Type": "StorageBlobLogs", "Category": "StorageRead", "OperationName": "GetBlob", "CallerIpAddress": "203.0.113.9:1", "AuthenticationHash": "x"}),
    );
    assert_differ(&storage, "/data/AuthenticationHash", "key1(AAAAAAAA)", "key2(BBBBBBBB)");
    assert_fold(&storage, "/data/AuthenticationHash", "q8Zt1xKp", "Zz3kLm9Q");
}

#[test]
fn every_set_of_a_finding_tells_of_the_call() {
    let alert = finding(
        &json!({"group": {"name": "x"}, "user": {"name": "bob", "target": {"name": "eve", "domain": "x", "roles": ["x"]}},
            "cloud": {"provider": "aws", "instance": {"id": "x"}, "project": {"id": "x"}, "service": {"name": "x"}},
            "process": {"name": "powershell.exe", "pid": 1, "parent": {"executable": "x", "command_line": "x", "pid": 1}},
            "host": {"name": "x", "uptime": 1, "ip": "10.0.0.1"}, "source": {"ip": "203.0.113.9", "port": 41017, "domain": "x", "nat": {"port": 1}},
            "service": {"name": "x"}, "policy": {"name": "x"}, "email": {"to": {"address": ["x"]}}, "container": {"image": {"name": "x"}}, "device": {"id": "x"},
            "threat": {"enrichments": [{"indicator": {"software": {"name": "x"}}}]}, "dns": {"id": "x"}, "faas": {"execution": "x"}}),
    );
    for (pointer, one, other) in [
        ("/group/name", "Readers", "Domain Admins"),
        ("/user/target/roles/0", "Reader", "Global Administrator"),
        ("/user/target/domain", "CORP", "DMZ"),
        ("/cloud/instance/id", "i-0a1b2c3d4e5f60718", "i-0fedcba9876543210"),
        ("/cloud/project/id", "dev", "prod"),
        ("/cloud/service/name", "s3", "iam"),
        ("/process/name", "powershell.exe", "mimikatz.exe"),
        ("/process/parent/executable", "explorer.exe", "winword.exe"),
        ("/process/parent/command_line", "explorer.exe", "winword.exe /q a.docm"),
        ("/host/name", "ws1", "dc1"),
        ("/source/domain", "ws1.corp.example", "kali.example"),
        ("/service/name", "a", "b"),
        ("/policy/name", "a", "b"),
        ("/email/to/address/0", "a@corp.example", "b@evil.example"),
        ("/container/image/name", "shop", "miner"),
        ("/device/id", "a", "b"),
        (
            "/threat/enrichments/0/indicator/software/name",
            "unknown",
            "Cobalt Strike",
        ),
    ] {
        assert_differ(&alert, pointer, one, other);
    }
    assert_repeats(
        &alert,
        &[
            ("/source/port", json!(41_017), json!(1_234)),
            ("/source/nat/port", json!(40_001), json!(40_002)),
            ("/process/pid", json!(17), json!(4711)),
            ("/process/parent/pid", json!(17), json!(4711)),
            ("/host/uptime", json!(17), json!(4711)),
            ("/host/ip", json!("10.0.0.1"), json!("10.0.0.2")),
            ("/dns/id", json!("1037"), json!("1074")),
            guids("/faas/execution"),
        ],
    );
}

#[test]
fn a_finding_of_a_state_folds_although_nobody_acted() {
    let of = |code: &str, host: &str, id: &str| {
        let mut alert = finding(&json!({"host": {"name": host}, "user": {"name": "Wazuh"}}));
        alert["event"] = json!({"kind": "state", "dataset": "azure.intune_device", "outcome": "failure", "doc_id": id});
        if !code.is_empty() {
            alert["event"]["code"] = json!(code);
        }
        alert
    };
    for code in ["noncompliant", ""] {
        assert!(super::folds(&of(code, "W1", "a"), &of(code, "W1", "b")));
        assert!(!super::folds(&of(code, "W1", "a"), &of(code, "W2", "a")));
    }
    assert!(!super::folds(
        &of("noncompliant", "W1", "a"),
        &of("jailbroken", "W1", "a")
    ));
}

#[test]
fn what_no_part_of_a_call_is_told_by_counts_in_it() {
    let found = called(
        "ms-graph",
        json!({"title": "Suspicious logon", "severity": "high", "evidence": [{"userAccount": {"accountName": "bob", "domainName": "x", "userPrincipalName": "bob@corp.example"}}]}),
    );
    assert_differ(
        &found,
        "/data/ms-graph/evidence/0/userAccount/domainName",
        "CORP",
        "WS9",
    );
    let table = |fields: Value| {
        let mut alert =
            in_a_table(&json!({"Type": "T", "Category": "x", "OperationName": "x", "CallerIpAddress": "203.0.113.9"}));
        alert["data"]
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        alert
    };
    let started =
        table(json!({"NewProcessName": "C:\\W\\powershell.exe", "ParentProcessName": "x", "ParentProcessId": "0x1f"}));
    assert_differ(
        &started,
        "/data/ParentProcessName",
        "C:\\W\\explorer.exe",
        "C:\\W\\winword.exe",
    );
    assert_fold(&started, "/data/ParentProcessId", "0x1f4", "0x2a0");
    let connected = table(
        json!({"DeviceName": "ws1", "RemoteIP": "198.51.100.7", "RemotePort": "x", "LocalPort": "x", "SourceHostName": "x"}),
    );
    assert_differ(&connected, "/data/RemotePort", "443", "4444");
    assert_fold(&connected, "/data/RemotePort", "41017", "51234");
    assert_differ(&connected, "/data/SourceHostName", "WS1", "KALI");
    let seen = called(
        "aws",
        json!({"source": "guardduty", "type": "x", "severity": "8", "accountId": "1", "resource": {"instanceDetails": {"instanceId": "i-1"}},
            "service": {"runtimeDetails": {"process": {"name": "x", "pid": 1, "uuid": "x", "parentUuid": "x", "executablePath": "x", "lineage": [{"uuid": "x", "pid": 1, "parentProcessName": "x"}]}}}}),
    );
    let process = |name: &str| format!("/data/aws/service/runtimeDetails/process/{name}");
    assert_differ(&seen, &process("lineage/0/parentProcessName"), "bash", "nginx");
    assert_differ(&seen, &process("executablePath"), "/bin/sh", "/tmp/x");
    assert_repeats(
        &seen,
        &[
            guids(&process("uuid")),
            guids(&process("parentUuid")),
            guids(&process("lineage/0/uuid")),
            (&process("lineage/0/pid"), json!(17), json!(4711)),
        ],
    );
}

#[test]
fn which_stream_of_a_log_a_call_was_about_is_news() {
    let call = called(
        "aws",
        json!({"eventName": "DeleteLogStream", "eventSource": "logs.amazonaws.com", "userIdentity": {"arn": "arn:aws:iam::1:user/bob"},
            "requestParameters": {"logGroupName": "g", "logStreamName": "x"}}),
    );
    let denied = called(
        "aws",
        json!({"eventName": "DeleteLogStream", "eventSource": "logs.amazonaws.com", "userIdentity": {"arn": "arn:aws:iam::1:user/bob"},
            "errorCode": "AccessDenied", "errorMessage": "x"}),
    );
    let told = finding(&json!({"aws": {"cloudtrail": {"request_parameters": "x"}}}));
    let refused = |name: &str| {
        format!(
            "User: bob is not authorized to perform: logs:DeleteLogStream on resource: arn:aws:logs:eu:1:log-group:g:log-stream:{name} because no policy allows it"
        )
    };
    let parameters = |name: &str| format!("{{logGroupName=g, logStreamName={name}}}");
    let both = |one: &str, other: &str, assert: fn(&Value, &str, &str, &str)| {
        assert(&call, "/data/aws/requestParameters/logStreamName", one, other);
        assert(&denied, "/data/aws/errorMessage", &refused(one), &refused(other));
        assert(
            &told,
            "/aws/cloudtrail/request_parameters",
            &parameters(one),
            &parameters(other),
        );
    };
    for (one, other) in [
        ("o-abc_111122223333_CloudTrail_eu", "o-abc_444455556666_CloudTrail_eu"),
        (
            "web/app/0f3c9a7be1d24c5f8a6b7c8d9e0f1a2b",
            "payroll/app/0f3c9a7be1d24c5f8a6b7c8d9e0f1a2b",
        ),
        ("i-0a1b2c3d4e5f60718", "i-0fedcba9876543210"),
        ("eni-0a1b2c3d4e5f60718-all", "eni-0fedcba9876543210-all"),
    ] {
        both(one, other, assert_differ);
    }
    for (one, other) in [
        (
            "web/app/0f3c9a7be1d24c5f8a6b7c8d9e0f1a2b",
            "web/app/7b2e0d119c3a4f5e8d6c7b8a9f0e1d2c",
        ),
        (
            "2026/11/29/[$LATEST]0123456789abcdef0123456789abcdef",
            "2026/11/30/[$LATEST]fedcba98765432100123456789abcdef",
        ),
        (GUIDS[0], GUIDS[1]),
    ] {
        both(one, other, assert_fold);
    }
}

#[test]
fn ports_and_tokens_in_columns_are_passing() {
    let gateway = in_a_table(
        &json!({"Category": "ApplicationGatewayFirewallLog", "OperationName": "x", "ResourceId": "/S/GW", "clientIp_s": "203.0.113.9",
            "upstreamSourcePort_s": "x", "details_data_s": "x", "details_message_s": "x", "httpStatus_d": "x"}),
    );
    let found = |what: &str| format!("Matched Data: x found within ARGS:id: {what}");
    for name in ["details_data_s", "details_message_s"] {
        assert_fold(&gateway, &format!("/data/{name}"), &found("17"), &found("18"));
        assert_differ(
            &gateway,
            &format!("/data/{name}"),
            &found("17"),
            &found("union select password"),
        );
    }
    assert_fold(&gateway, "/data/upstreamSourcePort_s", "40001", "1234");
    assert_differ(&gateway, "/data/httpStatus_d", "200", "403");
    let policy = in_a_table(
        &json!({"CategoryValue": "Policy", "OperationName": "audit", "Caller": "bob@corp.example", "_ResourceId": "/s/v", "Claims_d": "x", "C_Iat": "x"}),
    );
    let claims = |iat: &str, app: &str| format!(r#"{{"iat":"{iat}","uti":"q{iat}","appid":"{app}"}}"#);
    assert_fold(
        &policy,
        "/data/Claims_d",
        &claims("1796000001", "a"),
        &claims("1796000999", "a"),
    );
    assert_differ(
        &policy,
        "/data/Claims_d",
        &claims("1796000001", "a"),
        &claims("1796000001", "b"),
    );
    assert_fold(&policy, "/data/C_Iat", "1796000001", "1796000999");
}

#[test]
fn why_a_database_refused_is_news_in_its_xml() {
    let audit = called(
        "azure",
        json!({"category": "SQLSecurityAuditEvents", "operationName": "AuditEvent", "resourceId": "/S/DB", "properties": {"client_ip": "203.0.113.9", "additional_information": "x"}}),
    );
    let refused = |code: &str, state: &str, time: &str| {
        format!(
            "<login_information><error_code>{code}</error_code><error_state>{state}</error_state><time_ms>{time}</time_ms></login_information>"
        )
    };
    let field = "/data/azure/properties/additional_information";
    assert_differ(
        &audit,
        field,
        &refused("18456", "8", "17"),
        &refused("40615", "8", "17"),
    );
    assert_differ(
        &audit,
        field,
        &refused("18456", "8", "17"),
        &refused("18456", "5", "17"),
    );
    assert_fold(
        &audit,
        field,
        &refused("18456", "8", "17"),
        &refused("18456", "8", "118"),
    );
}

#[test]
fn no_mark_in_what_was_told_hides_what_stands_behind_it() {
    let told = finding(&json!({"aws": {"cloudtrail": {"request_parameters": "x"}}}));
    let pointer = "/aws/cloudtrail/request_parameters";
    for end in [" ", "&&", "|", ";", "$(", "`"] {
        let text = |run: &str| {
            format!("{{name=doc, content=mainSteps: [{{inputs: {{runCommand: [echo a, marker=1{end}{run}]}}}}]}}")
        };
        assert_differ(&told, pointer, &text("id"), &text("/tmp/x"));
    }
    let listed = |marker: &str| format!("{{bucketName=b, marker={marker}}}");
    assert_fold(&told, pointer, &listed("a/1"), &listed("q8Zt1xKp=="));
    let management = |category: &str| {
        called(
            "azure",
            json!({"category": category, "operationName": "X/WRITE", "caller": "bob@corp.example", "properties": {"requestbody": {"properties": {"count": 3, "duration": "PT1H", "token": "a", "marker": "a"}}}}),
        )
    };
    for category in ["Administrative", "Policy"] {
        for name in ["count", "duration", "token", "marker"] {
            let pointer = format!("/data/azure/properties/requestbody/properties/{name}");
            assert_differ(&management(category), &pointer, "3", "500");
        }
    }
}

#[test]
fn how_long_somebody_asked_for_is_news() {
    let call = called(
        "azure",
        json!({"category": "Administrative", "operationName": "X/LISTACCOUNTSAS/ACTION", "caller": "bob@corp.example", "properties": {"requestbody": "x"}}),
    );
    let until = |time: &str| format!(r#"{{"signedPermission":"rwdl","signedExpiry":"{time}"}}"#);
    let pointer = "/data/azure/properties/requestbody";
    assert_differ(
        &call,
        pointer,
        &until("2026-11-30T00:00:00Z"),
        &until("2099-12-31T00:00:00Z"),
    );
    assert_fold(
        &call,
        pointer,
        &until("2026-11-29T04:00:01Z"),
        &until("2026-11-30T05:11:02Z"),
    );
}

#[test]
fn by_which_token_of_somebody_a_repository_was_asked_is_news() {
    let cloned = |kind: &str| {
        called(
            "github",
            json!({"action": "git.clone", "actor": "bob", "repo": "o/r", "programmatic_access_type": kind, "hashed_token": "x"}),
        )
    };
    let tokens = ["q8Zt1xKpM2wR7yLb=", "Zz3kLm9QxW1rTb6Y="];
    let pointer = "/data/github/hashed_token";
    assert_differ(
        &cloned("Personal access token (classic)"),
        pointer,
        tokens[0],
        tokens[1],
    );
    assert_fold(
        &cloned("GitHub App server-to-server token"),
        pointer,
        tokens[0],
        tokens[1],
    );
}
