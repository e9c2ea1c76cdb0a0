//! Logs that resources of Azure write of themselves, and risks that Entra sees.

use serde_json::{Value, json};

use super::clouds::{assert_repeats, called, guids, times};
use super::{assert_differ, assert_fold};

/// The same record below `data.azure` and in `data` itself.
fn logged(category: &str, properties: &Value) -> [(Value, &'static str); 2] {
    let record = json!({"category": category, "operationName": "x", "resourceId": "/SUBSCRIPTIONS/S/GW", "time": "x", "correlationId": "x", "properties": properties});
    let mut flat = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "location": "Azure", "data": record});
    flat["data"]["azure_tag"] = json!("azure-storage");
    [
        (called("azure", record), "/data/azure/properties"),
        (flat, "/data/properties"),
    ]
}

fn records() -> [Value; 4] {
    let firewall = json!({"clientIp": "203.0.113.9", "requestUri": "/api", "ruleId": "x", "message": "x", "action": "x", "transactionId": "x", "instanceId": "x", "details": {"message": "x"}});
    let idps = json!({"SourceIp": "203.0.113.9", "SourcePort": "x", "DestinationIp": "10.0.0.5", "SignatureId": "x", "Description": "x", "Action": "x"});
    let database = json!({"server_principal_name": "app", "client_ip": "203.0.113.9", "database_name": "x", "statement": "x", "event_time": "x", "session_id": "x",
        "sequence_group_id": "x", "duration_milliseconds": "x", "affected_rows": "x"});
    let bucket = json!({"accountName": "a", "objectKey": "x", "userAgentHeader": "x", "etag": "x", "serverLatencyMs": "x", "requestBodySize": "x", "lastModifiedTime": "x", "callerIpAddress": "203.0.113.9"});
    [firewall, idps, database, bucket]
}

#[test]
fn what_a_resource_of_azure_logs_is_news_whoever_is_named_beside_it() {
    let [firewall, idps, database, bucket] = records();
    for (category, properties, told) in [
        (
            "ApplicationGatewayFirewallLog",
            &firewall,
            [
                ("ruleId", "942100", "932130"),
                ("message", "SQL injection", "Remote command execution"),
                ("action", "Blocked", "Allowed"),
            ],
        ),
        (
            "AZFWIdpsSignature",
            &idps,
            [
                ("SignatureId", "2024001", "2034647"),
                ("Action", "deny", "alert"),
                ("DestinationIp", "10.0.0.5", "10.0.0.6"),
            ],
        ),
        (
            "SQLSecurityAuditEvents",
            &database,
            [
                ("statement", "SELECT name FROM shops", "DROP TABLE salaries"),
                ("database_name", "shop", "hr"),
                ("server_principal_name", "app", "sa"),
            ],
        ),
        (
            "StorageRead",
            &bucket,
            [
                ("objectKey", "/a/public/logo.png", "/a/hr/salaries.xlsx"),
                ("accountName", "a", "b"),
                ("callerIpAddress", "203.0.113.9", "203.0.113.10"),
            ],
        ),
    ] {
        for (alert, below) in logged(category, properties) {
            for (name, one, other) in told {
                assert_differ(&alert, &format!("{below}/{name}"), one, other);
            }
        }
    }
}

#[test]
fn what_a_resource_of_azure_makes_up_for_a_record_is_passing() {
    let [firewall, idps, database, bucket] = records();
    for (category, properties, passing) in [
        (
            "ApplicationGatewayFirewallLog",
            &firewall,
            vec![
                (
                    "transactionId",
                    "16afba5c5c43e07c9e3e5e2e544e95df",
                    "26afba5c5c43e07c9e3e5e2e544e95de",
                ),
                ("instanceId", "appgw_1", "appgw_2"),
            ],
        ),
        ("AZFWIdpsSignature", &idps, vec![("SourcePort", "41017", "51234")]),
        (
            "SQLSecurityAuditEvents",
            &database,
            vec![
                ("event_time", "2026-11-29T04:00:01.123Z", "2026-11-29T05:11:02.456Z"),
                ("session_id", "57", "63"),
                (
                    "sequence_group_id",
                    "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
                    "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc",
                ),
                ("duration_milliseconds", "17", "118"),
                ("affected_rows", "1", "17"),
                (
                    "statement",
                    "SELECT name FROM shops WHERE id = 17",
                    "SELECT name FROM shops WHERE id = 18",
                ),
            ],
        ),
        (
            "StorageRead",
            &bucket,
            vec![
                ("userAgentHeader", "azcopy 10.1", "azcopy 10.2"),
                ("etag", "0x8DC0A1B2C3D4E5F", "0x8DC1F2E3D4C5B6A"),
                ("serverLatencyMs", "17", "118"),
                ("requestBodySize", "840", "1200"),
                (
                    "lastModifiedTime",
                    "2026/11/29 04:00:01.1234567",
                    "2026/11/29 05:11:02.7654321",
                ),
            ],
        ),
    ] {
        for (alert, below) in logged(category, properties) {
            for (name, one, other) in &passing {
                assert_fold(&alert, &format!("{below}/{name}"), one, other);
            }
            let record = below.trim_end_matches("/properties");
            assert_repeats(
                &alert,
                &[
                    times(&format!("{record}/time")),
                    guids(&format!("{record}/correlationId")),
                ],
            );
        }
    }
}

#[test]
fn what_kubernetes_writes_into_one_field_is_read_as_a_record() {
    let event = |name: &str, id: &str, version: &str, time: &str| {
        json!({"auditID": id, "verb": "get", "requestURI": "/x", "stageTimestamp": time, "userAgent": "kubectl/1.0",
            "objectRef": {"resource": "secrets", "name": name, "resourceVersion": version}})
        .to_string()
    };
    let ids = [
        "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
        "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc",
    ];
    let times = ["2026-11-29T04:00:01.123456Z", "2026-11-29T05:11:02.654321Z"];
    for (alert, below) in logged("kube-audit", &json!({"log": "x", "clientIp": "203.0.113.9"})) {
        let log = format!("{below}/log");
        assert_fold(
            &alert,
            &log,
            &event("db", ids[0], "4711", times[0]),
            &event("db", ids[1], "4712", times[1]),
        );
        assert_differ(
            &alert,
            &log,
            &event("db", ids[0], "4711", times[0]),
            &event("payroll", ids[0], "4711", times[0]),
        );
    }
}

#[test]
fn which_risk_entra_sees_is_news() {
    let risk = json!({"riskEventType": "x", "riskLevel": "high", "ipAddress": "203.0.113.9", "userPrincipalName": "bob@corp.example",
        "id": "x", "requestId": "x", "detectedDateTime": "x", "additionalInfo": "x"});
    for (alert, below) in logged("UserRiskEvents", &risk) {
        assert_differ(
            &alert,
            &format!("{below}/riskEventType"),
            "unfamiliarFeatures",
            "leakedCredentials",
        );
        assert_repeats(
            &alert,
            &[
                guids(&format!("{below}/id")),
                guids(&format!("{below}/requestId")),
                times(&format!("{below}/detectedDateTime")),
            ],
        );
    }
    let graph = called(
        "ms-graph",
        json!({"id": "x", "riskEventType": "x", "userPrincipalName": "bob@corp.example", "ipAddress": "203.0.113.9"}),
    );
    assert_differ(
        &graph,
        "/data/ms-graph/riskEventType",
        "unfamiliarFeatures",
        "leakedCredentials",
    );
    assert_repeats(&graph, &[guids("/data/ms-graph/id")]);
    for (cloud, name) in [("ms-graph", "riskEventTypes_v2"), ("azure", "riskEventTypes_v2")] {
        let mut signed_in = json!({"operationName": "Sign-in activity", "eventType": "signIn", "userPrincipalName": "bob@corp.example"});
        signed_in[name] = json!(["x"]);
        let alert = called(cloud, signed_in);
        let pointer = format!("/data/{cloud}/{name}/0");
        assert_differ(&alert, &pointer, "unfamiliarFeatures", "leakedCredentials");
    }
}

#[test]
fn the_token_of_whoever_called_the_management_says_nothing() {
    for category in ["Administrative", "Policy"] {
        let call = called(
            "azure",
            json!({"category": category, "operationName": "Microsoft.Compute/virtualMachines/write", "caller": "bob@corp.example", "eventDataId": "x",
                "operationId": "x", "identity": {"claims": {"iat": "1", "uti": "x"}}, "properties": {"requestbody": "x", "statusCode": "Created"}}),
        );
        assert_differ(&call, "/data/azure/properties/requestbody", "small", "large");
        assert_fold(&call, "/data/azure/identity/claims/iat", "1796000001", "1796000999");
        assert_fold(&call, "/data/azure/identity/claims/uti", "q8Zt1xKpM2w", "Zz3kLm9QxW1");
        assert_repeats(
            &call,
            &[guids("/data/azure/eventDataId"), guids("/data/azure/operationId")],
        );
    }
}

#[test]
fn a_line_that_a_resource_wrote_is_the_same_from_another_port_and_process() {
    for (alert, below) in logged(
        "Syslog",
        &json!({"clientIp": "203.0.113.9", "msg": "x", "Cookie": "x", "CsUriQuery": "x"}),
    ) {
        let message = format!("{below}/msg");
        let failed = |user: &str, pid: u32, port: u32| {
            format!("sshd[{pid}]: Failed password for {user} from 203.0.113.9 port {port} ssh2")
        };
        assert_fold(
            &alert,
            &message,
            &failed("root", 4711, 41_017),
            &failed("root", 4715, 51_234),
        );
        assert_differ(
            &alert,
            &message,
            &failed("root", 4711, 41_017),
            &failed("oracle", 4711, 41_017),
        );
        let sent = |near: u32, far: u32, action: &str| {
            format!("TCP request from 10.0.0.4:{near} to 203.0.113.9:{far}. Action: {action}")
        };
        assert_fold(&alert, &message, &sent(41_017, 443, "Deny"), &sent(51_234, 443, "Deny"));
        assert_differ(&alert, &message, &sent(41_017, 443, "Deny"), &sent(41_017, 22, "Deny"));
        assert_differ(
            &alert,
            &message,
            &sent(41_017, 443, "Deny"),
            &sent(41_017, 443, "Allow"),
        );
        assert_fold(&alert, &format!("{below}/Cookie"), "a=17", "a=18");
        let query = format!("{below}/CsUriQuery");
        assert_fold(&alert, &query, "id=17", "id=18");
        assert_differ(&alert, &query, "id=17", "id=17 union select password from users");
    }
}

/// A record as Azure's own tables have it: nested fields are texts.
fn in_a_table(record: &Value) -> Value {
    let mut alert = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "location": "Azure", "data": record});
    alert["data"]["azure_tag"] = json!("azure-log-analytics");
    alert
}

#[test]
fn what_a_table_of_azure_holds_as_a_text_counts_as_fields_do() {
    let properties = |size: &str, id: &str| format!(r#"{{"requestbody":"{size}","eventDataId":"{id}"}}"#);
    let targets = |role: &str, old: &str| {
        format!(
            r#"[{{"id":"a","modifiedProperties":[{{"displayName":"Role.DisplayName","oldValue":"{old}","newValue":"{role}"}}]}}]"#
        )
    };
    let ids = [
        "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
        "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc",
    ];
    for category in ["Administrative", "Policy"] {
        let call = in_a_table(
            &json!({"CategoryValue": category, "OperationName": "Create", "Caller": "bob@corp.example", "_ResourceId": "x", "Properties": "x", "Claims": "x", "EventDataId": "x"}),
        );
        let [one, other] = ids;
        assert_differ(
            &call,
            "/data/Properties",
            &properties("small", one),
            &properties("large", one),
        );
        assert_fold(
            &call,
            "/data/Properties",
            &properties("small", one),
            &properties("small", other),
        );
        assert_fold(&call, "/data/Claims", r#"{"iat":"17"}"#, r#"{"iat":"18"}"#);
        assert_differ(&call, "/data/_ResourceId", "/s/vm1", "/s/vm2");
        assert_repeats(&call, &[guids("/data/EventDataId")]);
    }
    let audit = in_a_table(
        &json!({"Category": "AuditLogs", "OperationName": "Add member to role", "identity": "bob@corp.example", "TargetResources": "x"}),
    );
    let pointer = "/data/TargetResources";
    assert_differ(
        &audit,
        pointer,
        &targets("Reader", "a"),
        &targets("Global Administrator", "a"),
    );
    assert_fold(&audit, pointer, &targets("Reader", "a"), &targets("Reader", "b"));
}

#[test]
fn which_secret_was_read_and_by_whose_token_is_news() {
    let read = called(
        "azure",
        json!({"category": "AuditEvent", "operationName": "SecretGet", "callerIpAddress": "203.0.113.9", "identity": {"claim": {"oid": "x", "uti": "x"}},
            "properties": {"id": "x", "clientInfo": "x"}}),
    );
    let secret = |name: &str| format!("https://v.vault.azure.net/secrets/{name}");
    assert_differ(&read, "/data/azure/properties/id", &secret("wiki"), &secret("payroll"));
    assert_differ(
        &read,
        "/data/azure/identity/claim/oid",
        "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
        "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc",
    );
    assert_fold(&read, "/data/azure/identity/claim/uti", "q8Zt1xKpM2w", "Zz3kLm9QxW1");
    assert_fold(&read, "/data/azure/properties/clientInfo", "az/2.1", "az/2.2");
}

#[test]
fn what_a_finding_of_graph_rests_on_is_news_in_its_older_form_too() {
    let found = called(
        "ms-graph",
        json!({"title": "Malware", "id": "x", "detectorId": "x", "threatDisplayName": "x", "lastModifiedDateTime": "x",
            "userStates": [{"userPrincipalName": "bob@corp.example", "logonId": "x"}], "fileStates": [{"name": "x"}], "processes": [{"commandLine": "x", "processId": 17}]}),
    );
    for (name, one, other) in [
        ("fileStates/0/name", "a.exe", "b.exe"),
        ("processes/0/commandLine", "a.exe /all", "vssadmin delete shadows"),
        ("threatDisplayName", "Wannacry", "Emotet"),
    ] {
        assert_differ(&found, &format!("/data/ms-graph/{name}"), one, other);
    }
    assert_repeats(
        &found,
        &[
            guids("/data/ms-graph/id"),
            times("/data/ms-graph/lastModifiedDateTime"),
            ("/data/ms-graph/userStates/0/logonId", json!("0x3e7"), json!("0x4f8")),
            ("/data/ms-graph/processes/0/processId", json!(17), json!(4711)),
        ],
    );
}

#[test]
fn how_often_a_rule_was_met_and_with_which_numbers_is_passing() {
    let properties = json!({"clientIp": "203.0.113.9", "matchedConnections": "x", "downloadRange": "x", "totalTimeMs": "x", "location": {"geoCoordinates": {"latitude": "x"}},
        "details": {"matches": [{"matchVariableValue": "x"}]}});
    for (alert, below) in logged("FrontDoorWebApplicationFirewallLog", &properties) {
        for (name, one, other) in [
            ("matchedConnections", "17", "4711"),
            ("downloadRange", "bytes=0-17", "bytes=18-35"),
            ("totalTimeMs", "17", "118"),
            ("location/geoCoordinates/latitude", "50.1", "50.2"),
            ("details/matches/0/matchVariableValue", "id=17", "id=18"),
        ] {
            assert_fold(&alert, &format!("{below}/{name}"), one, other);
        }
        let value = format!("{below}/details/matches/0/matchVariableValue");
        assert_differ(&alert, &value, "id=17", "id=17 union select password from users");
    }
}

#[test]
fn what_the_management_was_asked_to_do_counts_to_the_last_number() {
    let bodies = [
        [r#"{"properties":{"count":3}}"#, r#"{"properties":{"count":500}}"#],
        [
            r#"{"properties":{"scheduleInfo":{"expiration":{"duration":"PT1H"}}}}"#,
            r#"{"properties":{"scheduleInfo":{"expiration":{"duration":"P365D"}}}}"#,
        ],
        [
            r#"{"properties":{"value":"<policies><set-backend-service base-url=\"https://pay1.azurewebsites.net\"/></policies>"}}"#,
            r#"{"properties":{"value":"<policies><set-backend-service base-url=\"https://pay2.azurewebsites.net\"/></policies>"}}"#,
        ],
        [
            r#"{"properties":{"containers":[{"args":"--listen 22"}]}}"#,
            r#"{"properties":{"containers":[{"args":"--listen 4444"}]}}"#,
        ],
        [
            r#"{"properties":{"description":"opens the machine on 22"}}"#,
            r#"{"properties":{"description":"opens the machine on 3389"}}"#,
        ],
    ];
    let table = in_a_table(
        &json!({"CategoryValue": "Administrative", "OperationName": "Create", "Caller": "bob@corp.example", "_ResourceId": "x", "Properties": "x"}),
    );
    let finding = json!({"@timestamp": "2026-11-29T10:00:00Z",
        "wazuh": {"rule": {"id": "1", "level": "high", "title": "t"}, "agent": {"id": "001"}, "integration": {"category": "cloud-services", "name": "azure"}},
        "event": {"action": "x"}, "user": {"name": "bob"}, "source": {"ip": "203.0.113.9"},
        "azure": {"activitylogs": {"properties": {"requestbody": "x"}}}, "aws": {"cloudtrail": {"request_parameters": "x"}}});
    for [one, other] in bodies {
        for (alert, below) in logged("Administrative", &json!({"requestbody": "x"})) {
            assert_differ(&alert, &format!("{below}/requestbody"), one, other);
        }
        let column = |body: &str| json!({ "requestbody": body }).to_string();
        assert_differ(&table, "/data/Properties", &column(one), &column(other));
        assert_differ(&finding, "/azure/activitylogs/properties/requestbody", one, other);
    }
    // What Amazon was told is read as fields, and each counts to the last number.
    let told = |port: u32| format!("{{groupId=sg-1, description=opens the machine on {port}}}");
    assert_differ(&finding, "/aws/cloudtrail/request_parameters", &told(22), &told(3389));
    let roles = |role: &str| format!(r#"[{{"displayName":"Role","newValue":"{role}"}}]"#);
    let audit = called(
        "azure",
        json!({"category": "AuditLogs", "identity": "bob@corp.example", "properties": {"targetResources": [{"id": "a", "modifiedProperties": [{"displayName": "x", "newValue": "x"}]}]}}),
    );
    let value = "/data/azure/properties/targetResources/0/modifiedProperties/0/newValue";
    assert_differ(&audit, value, &roles("count 3"), &roles("count 500"));
}

#[test]
fn what_another_than_entra_calls_an_audit_is_news() {
    let audit = |properties: Value| {
        called(
            "azure",
            json!({"category": "Audit", "operationName": "x", "identity": "bob@corp.example", "callerIpAddress": "203.0.113.9", "properties": properties}),
        )
    };
    let query = audit(json!({"QueryText": "x"}));
    let pointer = "/data/azure/properties/QueryText";
    assert_differ(&query, pointer, "Heartbeat | take 1", "SecurityEvent | project Account");
    let role = audit(json!({"targetResources": [{"displayName": "x"}], "note": "x"}));
    assert_differ(&role, "/data/azure/properties/targetResources/0/displayName", "a", "b");
    assert_fold(&role, "/data/azure/properties/note", "a", "b");
}

#[test]
fn an_account_is_no_count() {
    for (alert, below) in logged(
        "X",
        &json!({"clientIp": "203.0.113.9", "storageAccount": "x", "retryCount": "x", "log": "x"}),
    ) {
        assert_differ(&alert, &format!("{below}/storageAccount"), "logs", "payroll");
        assert_fold(&alert, &format!("{below}/retryCount"), "17", "18");
        let pod =
            |name: &str| json!({"verb": "create", "requestObject": {"spec": {"serviceAccount": name}}}).to_string();
        assert_differ(&alert, &format!("{below}/log"), &pod("default"), &pod("cluster-admin"));
    }
}

#[test]
fn a_column_that_names_its_type_is_the_field_that_it_was() {
    let database = in_a_table(
        &json!({"Type": "AzureDiagnostics", "Category": "SQLSecurityAuditEvents", "OperationName": "AuditEvent", "ResourceId": "/S/DB",
            "server_principal_name_s": "x", "client_ip_s": "203.0.113.9", "statement_s": "x", "transaction_id_d": "x", "event_id_g": "x",
            "duration_milliseconds_d": "x", "event_time_t": "x", "clientIp_s": "x", "clientPort_d": "x", "succeeded_b": "x", "log_s": "x"}),
    );
    for (name, one, other) in [
        ("statement_s", "SELECT 1", "DROP TABLE salaries"),
        ("server_principal_name_s", "app", "sa"),
        ("client_ip_s", "203.0.113.9", "203.0.113.10"),
        ("clientIp_s", "203.0.113.9", "203.0.113.10"),
        ("succeeded_b", "true", "false"),
        ("log_s", r#"{"verb":"get"}"#, r#"{"verb":"delete"}"#),
    ] {
        assert_differ(&database, &format!("/data/{name}"), one, other);
    }
    assert_repeats(
        &database,
        &[
            guids("/data/event_id_g"),
            times("/data/event_time_t"),
            ("/data/transaction_id_d", json!("1017"), json!("1018")),
            ("/data/duration_milliseconds_d", json!("17"), json!("118")),
            ("/data/clientPort_d", json!("41017"), json!("51234")),
            ("/data/statement_s", json!("SELECT 17"), json!("SELECT 18")),
            ("/data/log_s", json!(r#"{"auditID":"a"}"#), json!(r#"{"auditID":"b"}"#)),
        ],
    );
}

#[test]
fn the_number_of_a_run_or_a_tunnel_is_passing_and_that_of_a_thing_is_not() {
    let made_up = ["085852875541773349568538596CU01", "085852875541773349568538597CU12"];
    let ids = [
        "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
        "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc",
    ];
    for (name, one, other) in [
        ("runId", made_up[0], made_up[1]),
        ("pipelineRunId", ids[0], ids[1]),
        ("functionInvocationId", ids[0], ids[1]),
        ("tunnelId", "q8Zt1xKpM2w", "Zz3kLm9QxW1"),
        ("clientOperationId", "17", "18"),
        ("requestCharge", "2.17", "3.4"),
        ("contentLengthHeader", "17", "4711"),
        ("authenticationHash", "q8Zt1xKp", "Zz3kLm9Q"),
        ("alertUri", "https://a.example/1", "https://a.example/2"),
        ("podName", "shop-7d9f8b6c5-x2x4z", "shop-6c4d7f9b8-q7r9t"),
    ] {
        for (alert, below) in logged("X", &json!({"clientIp": "203.0.113.9", name: "x"})) {
            assert_fold(&alert, &format!("{below}/{name}"), one, other);
        }
    }
    for name in [
        "roleDefinitionId",
        "templateId",
        "policyAssignmentId",
        "ruleId",
        "subscriptionId",
        "managedIdentityId",
        "principalId",
        "oid",
    ] {
        for (alert, below) in logged("X", &json!({"clientIp": "203.0.113.9", name: "x"})) {
            assert_differ(&alert, &format!("{below}/{name}"), ids[0], ids[1]);
        }
    }
    for (alert, below) in logged("X", &json!({"clientIp": "203.0.113.9", "runId": "x"})) {
        assert_differ(&alert, &format!("{below}/runId"), "nightly", "payroll");
    }
    // Of what was asked every number counts.
    for (alert, below) in logged("Policy", &json!({"requestbody": {"runId": "x"}})) {
        assert_differ(&alert, &format!("{below}/requestbody/runId"), ids[0], ids[1]);
    }
}
