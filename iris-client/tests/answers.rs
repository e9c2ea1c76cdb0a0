//! Whatever answers: the client neither panics nor repeats a secret, an alert or SQL.

#![allow(clippy::unwrap_used, reason = "tests")]

use iris_client::fuzzing::read_any_answer;
use proptest::prelude::*;
use serde_json::{Value, json};

const SECRET: &str = "SesameSesameSesame";

fn shown(status: u16, is_json: bool, body: &[u8]) -> String {
    match read_any_answer(status, is_json, body, SECRET) {
        Ok(_) => String::new(),
        Err(error) => {
            let (_, _) = (error.is_retryable(), error.may_have_been_stored());
            format!("{error} {error:?}")
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = prop_oneof![
            Just("data".to_owned()),
            Just("message".to_owned()),
            Just("alert_id".to_owned()),
            "[a-z_]{1,12}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_survived(status in 100_u16..600, is_json: bool, body: Vec<u8>) {
        shown(status, is_json, &body);
    }

    #[test]
    fn any_json_is_survived(status in 100_u16..600, body in any_json()) {
        shown(status, true, body.to_string().as_bytes());
    }

    #[test]
    fn any_json_that_is_cut_off_is_survived(body in any_json(), cut in 0_usize..200) {
        let text = body.to_string();
        shown(200, true, &text.as_bytes()[..cut.min(text.len())]);
    }

    #[test]
    fn an_error_never_shows_our_key_or_what_stands_in_quotes(before in "[a-zA-Z ]{0,20}", secret in "[A-Z][a-zA-Z0-9 ]{8,30}", quote in "['\"]") {
        for status in [400, 403, 409, 500] {
            let message = format!("{before} {quote}{secret}{quote} {SECRET}\n[SQL: INSERT {secret}]");
            let said = shown(status, true, json!({"status": "error", "message": message, "data": []}).to_string().as_bytes());
            prop_assert!(!said.contains(&secret) && !said.contains(SECRET) && !said.contains("INSERT"), "{}", said);
        }
    }

    #[test]
    fn sql_never_shows(class in "[A-Z][a-zA-Z]{3,20}", secret in "[a-z]{6,30}") {
        for status in [400, 500] {
            let message = format!("(psycopg2.errors.{class}) {secret}\nDETAIL: {secret}\n[parameters: {{'x': '{secret}'}}]");
            let said = shown(status, true, json!({"status": "error", "message": message, "data": []}).to_string().as_bytes());
            prop_assert!(!said.contains(&secret) || class.contains(&secret), "{}", said);
        }
    }

    #[test]
    fn an_error_never_shows_a_word_that_is_not_one_of_iris(before in "(User|Alert|Invalid|cannot|'case'|field:) ", secret in "[a-z]{4}[0-9][a-z_]{4,20}", after in "( not found)?") {
        for (status, is_json) in [(400, true), (403, true), (409, true), (500, true), (400, false)] {
            for message in [format!("{before}{secret}{after}"), format!("{secret} {before}"), format!("{{'{secret}': ['{secret}']}}")] {
                let body = json!({"status": "error", "message": message, "data": {"x": [secret]}});
                let said = shown(status, is_json, body.to_string().as_bytes());
                prop_assert!(!said.contains(&secret), "{}", said);
            }
        }
    }
}
