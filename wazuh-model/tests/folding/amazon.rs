//! Calls to Amazon: what they were refused, and what they reached beside what they were told.

use serde_json::{Value, json};
use wazuh_model::Outcome;

use super::clouds::{called, guids, times};
use super::{assert_differ, assert_fold, folds, of};

fn step(name: &str, fields: &Value) -> Value {
    let mut call = json!({"eventName": name, "eventSource": "signin.amazonaws.com", "sourceIPAddress": "203.0.113.9",
        "userIdentity": {"type": "IdentityCenterUser", "accountId": "1", "onBehalfOf": {"userId": "u-1"}}, "requestParameters": null});
    call.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    called("aws", call)
}

#[test]
fn every_step_of_a_log_on_says_under_its_own_name_how_it_ended() {
    for (name, below) in [
        ("ConsoleLogin", "responseElements"),
        ("SwitchRole", "responseElements"),
        ("CheckMfa", "responseElements"),
        ("CredentialVerification", "serviceEventDetails"),
        ("UserAuthentication", "serviceEventDetails"),
    ] {
        let ended = |word: &str| step(name, &json!({below: {name: word}}));
        let (failed, worked) = (ended("Failure"), ended("Success"));
        assert_eq!(of(&failed).outcome, Some(Outcome::Failure), "{name}");
        assert_eq!(of(&worked).outcome, Some(Outcome::Success), "{name}");
        assert!(!folds(&failed, &worked), "{name}");
        assert!(folds(&failed, &failed) && folds(&worked, &worked), "{name}");
    }
    // A call that is called otherwise says nothing with the same word.
    let other = step("ListUsers", &json!({"responseElements": {"ConsoleLogin": "Failure"}}));
    assert_eq!(of(&other).outcome, Some(Outcome::Success));
    let refused = step(
        "SwitchRole",
        &json!({"errorMessage": "Invalid information in one or more fields"}),
    );
    assert_eq!(of(&refused).outcome, Some(Outcome::Failure));
    let proved = step(
        "CredentialVerification",
        &json!({"serviceEventDetails": {"CredentialVerification": "Failure", "CredentialType": "x"},
            "additionalEventData": {"AuthWorkflowID": "x"}, "eventTime": "x", "eventID": "x"}),
    );
    let kind = "/data/aws/serviceEventDetails/CredentialType";
    assert_differ(&proved, kind, "PASSWORD", "TOTP");
    super::clouds::assert_repeats(
        &proved,
        &[
            guids("/data/aws/additionalEventData/AuthWorkflowID"),
            guids("/data/aws/eventID"),
            times("/data/aws/eventTime"),
        ],
    );
}

#[test]
fn which_thing_a_call_reached_is_news_where_only_the_record_says_it() {
    let key = |id: &str| format!("arn:aws:kms:eu-central-1:1:key/{id}");
    let decrypted = step(
        "Decrypt",
        &json!({"requestParameters": {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}, "requestID": "x",
            "resources": [{"accountId": "1", "type": "AWS::KMS::Key", "ARN": "x"}]}),
    );
    let arn = "/data/aws/resources/0/ARN";
    assert_differ(&decrypted, arn, &key("mrk-logs"), &key("mrk-payroll"));
    let many: Vec<_> = (0..6).map(|n| json!({"ARN": key(&format!("mrk-{n}"))})).collect();
    let several = step("Decrypt", &json!({"resources": many}));
    assert_differ(
        &several,
        "/data/aws/resources/5/ARN",
        &key("mrk-logs"),
        &key("mrk-payroll"),
    );
    let session = |id: &str| format!("arn:aws:sts::1:assumed-role/node/i-{id}");
    assert_fold(
        &decrypted,
        arn,
        &session("0a1b2c3d4e5f60718"),
        &session("0fedcba9876543210"),
    );
    assert_fold(
        &decrypted,
        "/data/aws/requestID",
        "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
        "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc",
    );
}

#[test]
fn what_a_call_was_refused_is_news_and_what_is_of_that_call_alone_is_not() {
    let refused = step(
        "GetSecretValue",
        &json!({"errorCode": "AccessDenied", "errorMessage": "x"}),
    );
    let message = "/data/aws/errorMessage";
    let denied = |session: &str, secret: &str| {
        format!(
            "User: arn:aws:sts::1:assumed-role/node/i-{session} is not authorized to perform: secretsmanager:GetSecretValue on resource: {secret}"
        )
    };
    let sessions = ["0a1b2c3d4e5f60718", "0fedcba9876543210"];
    assert_differ(
        &refused,
        message,
        &denied(sessions[0], "prod/wiki"),
        &denied(sessions[0], "prod/payroll"),
    );
    for (one, other) in [
        (denied(sessions[0], "prod/wiki"), denied(sessions[1], "prod/wiki")),
        (
            "You are not authorized. Encoded authorization failure message: q8Zt1xKpM2wR7yLb".to_owned(),
            "You are not authorized. Encoded authorization failure message: Zz3kLm9QxW1rTb6Y".to_owned(),
        ),
        (
            "Signature expired: 20261129T040001Z is now earlier than 20261129T041501Z (20261129T042001Z - 5 min.)"
                .to_owned(),
            "Signature expired: 20261129T050001Z is now earlier than 20261129T051501Z (20261129T052001Z - 5 min.)"
                .to_owned(),
        ),
        (
            "Access Denied (Service: Amazon S3; Request ID: 4Z9QGZ3X8HJK2M1N; S3 Extended Request ID: q8Zt1xKp/M2wR7yLb=)".to_owned(),
            "Access Denied (Service: Amazon S3; Request ID: 7B2E0D11XKPM2WR7; S3 Extended Request ID: Zz3kLm9Q/xW1rTb6Y=)".to_owned(),
        ),
        (
            "Internal error (Request ID: 5770385f-c22a-43e0-bf4c-06f5698ffbd9)".to_owned(),
            "Internal error (Request ID: 0b1c2d3e-aaaa-4bbb-8ccc-123456789abc)".to_owned(),
        ),
    ] {
        assert_fold(&refused, message, &one, &other);
    }
    assert_eq!(of(&refused).outcome, Some(Outcome::Failure));
}

#[test]
fn a_reason_that_is_of_one_call_alone_hides_no_other_result() {
    let refused = |code: &str, message: &str| {
        called(
            "aws",
            json!({"eventName": "CreateLogStream", "eventSource": "logs.amazonaws.com", "sourceIPAddress": "203.0.113.9",
                "userIdentity": {"arn": "arn:aws:iam::1:user/bob"}, "requestParameters": null, "errorCode": code, "errorMessage": message}),
        )
    };
    let expired = |now: u32, end: u32| {
        let text = format!("Token expired: current date/time {now} must be before the expiration date/time {end}");
        refused("ExpiredTokenException", &text)
    };
    assert!(folds(
        &expired(1_796_000_000, 1_795_990_000),
        &expired(1_796_000_020, 1_795_990_001)
    ));
    let denied = |stream: &str| {
        let on = format!("arn:aws:logs:eu-central-1:1:log-group:/aws/lambda/fn:log-stream:{stream}");
        refused(
            "AccessDenied",
            &format!("User: bob is not authorized on resource: {on} because no policy allows it"),
        )
    };
    assert!(folds(
        &denied("2026/11/29/[$LATEST]0f3c9a7be1d24c5f8a6b7c8d9e0f1a2b"),
        &denied("2026/11/29/[$LATEST]7b2e0d119c3a4f5e8d6c7b8a9f0e1d2c"),
    ));
    assert!(!folds(&denied("audit"), &denied("payroll")));
    // A port or a number of somebody is no time.
    for [one, other] in [
        ["runtime 111122223333x", "runtime 444455556666x"],
        ["user 111122223333", "user 444455556666"],
    ] {
        assert!(!folds(&refused("AccessDenied", one), &refused("AccessDenied", other)));
    }
    let kinds = |alert: &Value| {
        let of = |name: &str| of(alert).distinct.iter().filter(|(kind, _)| *kind == name).count();
        (of("result"), of("reason"))
    };
    assert_eq!(kinds(&refused("AccessDenied", "no")), (1, 1), "each kind is bounded");
}
