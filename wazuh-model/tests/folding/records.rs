//! Records of Microsoft 365.

use serde_json::{Value, json};

use super::assert_differ;
use super::clouds::{assert_repeats, called, guids, times};

/// A record of Microsoft 365 with what each of them has.
fn office365(record: &Value) -> Value {
    let mut call = json!({"CreationTime": "x", "Id": "x", "ClientIP": "203.0.113.9", "UserId": "b@corp.example", "OrganizationId": "8a7b6c5d-0000-4000-8000-000000000001",
        "AppAccessContext": {"CorrelationId": "x", "UniqueTokenId": "x"}, "SessionId": "x", "Subscription": "Audit.General"});
    for (name, value) in record.as_object().unwrap() {
        call[name] = value.clone();
    }
    called("office365", call)
}

#[test]
fn every_field_of_a_record_of_microsoft_365_is_news_but_for_those_of_the_record() {
    let of = |name: &str| format!("/data/office365/{name}");
    let shared = office365(
        &json!({"Operation": "SharingSet", "ObjectId": "https://corp.example/x.docx", "TargetUserOrGroupName": "a", "UniqueSharingId": "x"}),
    );
    assert_differ(&shared, &of("TargetUserOrGroupName"), "a@corp.example", "Everyone");
    let alert = office365(
        &json!({"Operation": "AlertTriggered", "Name": "a", "AlertId": "x", "AlertEntityId": "x", "Severity": "Low",
        "Data": "{\"f3u\":\"b@corp.example\",\"ts\":\"2026-11-29T04:00:01.0000000Z\"}"}),
    );
    assert_differ(
        &alert,
        &of("Name"),
        "Phish delivered",
        "Elevation of Exchange admin privilege",
    );
    assert_repeats(
        &alert,
        &[
            guids("/data/office365/AlertId"),
            (
                "/data/office365/Data",
                json!("{\"f3u\":\"b@corp.example\",\"ts\":\"2026-11-29T04:00:01.0000000Z\"}"),
                json!("{\"f3u\":\"b@corp.example\",\"ts\":\"2026-11-29T05:01:02.0000000Z\"}"),
            ),
        ],
    );
    let mail = office365(
        &json!({"Operation": "TIMailData", "Verdict": "Phish", "P1Sender": "x@evil.example", "P2Sender": "y", "Subject": "Invoice",
        "NetworkMessageId": "x", "InternetMessageId": "x", "MessageTime": "x", "EventDeepLink": "x"}),
    );
    assert_differ(&mail, &of("Verdict"), "Phish", "Malware");
    assert_differ(&mail, &of("P2Sender"), "x@evil.example", "y@bad.example");
    assert_repeats(
        &mail,
        &[
            guids("/data/office365/NetworkMessageId"),
            times("/data/office365/MessageTime"),
            (
                "/data/office365/InternetMessageId",
                json!("<a1@mx.evil.example>"),
                json!("<b2@mx.evil.example>"),
            ),
            (
                "/data/office365/EventDeepLink",
                json!("https://security.microsoft.com/?f=a"),
                json!("https://security.microsoft.com/?f=b"),
            ),
        ],
    );
    for record in [shared, alert, mail] {
        assert_repeats(&record, &of_every_record());
    }
}

#[test]
fn another_folder_that_was_read_and_another_reason_of_a_failure_are_news() {
    let of = |name: &str| format!("/data/office365/{name}");
    let accessed = office365(
        &json!({"Operation": "MailItemsAccessed", "OperationCount": 1, "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}],
        "OriginatingServer": "x", "ClientRequestId": "x", "Folders": [{"Path": "\\Inbox", "FolderItems": [{"InternetMessageId": "x", "SizeInBytes": 5}]}]}),
    );
    assert_differ(&accessed, &of("Folders/0/Path"), "\\Inbox", "\\Board");
    assert_repeats(
        &accessed,
        &[
            ("/data/office365/OperationCount", json!(1), json!(7)),
            (
                "/data/office365/Folders/0/FolderItems/0/SizeInBytes",
                json!(5),
                json!(6),
            ),
            (
                "/data/office365/Folders/0/FolderItems/0/InternetMessageId",
                json!("<a1@corp.example>"),
                json!("<b2@corp.example>"),
            ),
            (
                "/data/office365/OriginatingServer",
                json!("DB8PR08 (15.20.1)"),
                json!("AM0PR04 (15.20.1)"),
            ),
        ],
    );
    let logged_in = office365(
        &json!({"Operation": "UserLoginFailed", "ResultStatus": "Failed", "ErrorNumber": "50126", "InterSystemsId": "x", "IntraSystemId": "x",
        "DeviceProperties": [{"Name": "OS", "Value": "Windows"}, {"Name": "SessionId", "Value": "x"}]}),
    );
    assert_differ(&logged_in, &of("ErrorNumber"), "50126", "50076");
    for record in [&accessed, &logged_in] {
        assert_repeats(record, &of_every_record());
    }
    assert_repeats(
        &logged_in,
        &[
            guids("/data/office365/InterSystemsId"),
            guids("/data/office365/IntraSystemId"),
            guids("/data/office365/DeviceProperties/1/Value"),
        ],
    );
}

/// What differs in each record.
fn of_every_record() -> Vec<(&'static str, Value, Value)> {
    vec![
        times("/data/office365/CreationTime"),
        guids("/data/office365/Id"),
        guids("/data/office365/SessionId"),
        guids("/data/office365/AppAccessContext/CorrelationId"),
        (
            "/data/office365/AppAccessContext/UniqueTokenId",
            json!("aBc_1"),
            json!("dEf_2"),
        ),
    ]
}
