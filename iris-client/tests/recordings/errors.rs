//! Which error the client makes of each recorded failure.

use std::collections::BTreeMap;

use iris_client::Error;

use crate::{
    decode::{Outcome, outcome},
    fixture::Recording,
};

/// What each failure is to the caller. `batch/update` and `batch/merge` are called like the others.
const TABLE: [(&str, &[u32]); 16] = [
    ("unauthorized", &[21, 22, 81, 82, 176]),
    ("forbidden", &[35, 83, 84, 108, 127, 174, 183, 193, 194, 213]),
    ("customer denied", &[52, 53, 85, 126, 138, 182, 199]),
    (
        "not found",
        &[106, 107, 125, 134, 181, 188, 190, 198, 203, 206, 211, 215],
    ),
    ("already exists", &[87, 909]),
    (
        "invalid fields",
        &[
            42, 43, 44, 45, 46, 47, 56, 58, 59, 60, 69, 70, 71, 88, 90, 91, 97, 98, 121, 122, 129, 132, 180,
        ],
    ),
    (
        "invalid",
        &[13, 15, 61, 63, 76, 124, 128, 136, 149, 150, 151, 158, 165, 204],
    ),
    ("unknown id", &[49, 50, 51, 54, 55, 94, 120]),
    ("conflict", &[911]),
    ("stored then failed", &[95]),
    ("too large", &[910]),
    ("unavailable", &[184, 902, 903, 904, 905, 908]),
    ("not iris", &[36, 37, 38]),
    (
        "rejected",
        &[64, 65, 74, 75, 77, 78, 79, 80, 99, 100, 114, 131, 152, 196, 200, 207],
    ),
    ("network", &[]),
    ("no permission", &[28]),
];

fn word(error: &Error) -> &'static str {
    match error {
        Error::Unauthorized => "unauthorized",
        Error::Forbidden { .. } => "forbidden",
        Error::CustomerDenied => "customer denied",
        Error::NotFound => "not found",
        Error::AlreadyExists => "already exists",
        Error::Invalid { fields, .. } if fields.is_empty() => "invalid",
        Error::Invalid { .. } => "invalid fields",
        Error::UnknownId { .. } => "unknown id",
        Error::Conflict => "conflict",
        Error::StoredThenFailed => "stored then failed",
        Error::TooLarge => "too large",
        Error::RateLimited { .. } => "rate limited",
        Error::Unavailable { .. } => "unavailable",
        Error::Network { .. } => "network",
        Error::Timeout { .. } => "timeout",
        Error::Torn { .. } => "torn",
        Error::Certificate { .. } => "certificate",
        Error::NotIris { .. } => "not iris",
        Error::UnknownName { .. } => "unknown name",
        Error::Configuration { .. } => "configuration",
        Error::Rejected { .. } => "rejected",
    }
}

#[tokio::test]
async fn every_recorded_failure_is_told_apart() {
    let mut table: BTreeMap<u32, &str> = BTreeMap::new();
    for (word, numbers) in TABLE {
        for number in numbers {
            assert_eq!(table.insert(*number, word), None, "{number} stands twice");
        }
    }
    let mut wrong = Vec::new();
    for recording in Recording::all() {
        let Some(outcome) = outcome(&recording).await else {
            continue;
        };
        let wanted = table.remove(&recording.no());
        let got = match &outcome {
            Outcome::Failed(error) => Some(word(error)),
            // The typed call answers the question with "no".
            Outcome::Read(read) if recording.no() == 28 => (*read == false).then_some("no permission"),
            Outcome::Read(_) => None,
        };
        if got != wanted {
            wrong.push(format!(
                "{}: {got:?} instead of {wanted:?}: {outcome:?}",
                recording.file
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(table.is_empty(), "{table:?} are no recordings");
}

#[tokio::test]
async fn fields_are_named_in_the_words_of_iris() {
    for (number, field, complaint) in [
        (46, "alert_status_id", "Missing data for required field."),
        (90, "0.ioc_value", "Missing data for required field."),
        (59, "alert_title", "Too long to be indexed."),
        (60, "alert_source_ref", "Too long to be indexed."),
        (180, "comment_text", "Not a valid string."),
    ] {
        let Some(Outcome::Failed(Error::Invalid { fields, .. })) = outcome(&Recording::number(number)).await else {
            panic!("{number} is no invalid request");
        };
        assert_eq!(fields[field], [complaint], "{number}");
    }
    let Some(Outcome::Failed(Error::UnknownId { field })) = outcome(&Recording::number(94)).await else {
        panic!("94 is no unknown id");
    };
    assert_eq!(field, "ioc_tlp_id");
}

#[tokio::test]
async fn what_may_have_been_stored_is_said() {
    for (number, stored) in [
        (95, true),
        (87, true),
        (903, true),
        (64, true),
        (911, false),
        (42, false),
        // Denied to this customer: IRIS 2 says so before it stores, IRIS 3 afterwards.
        (52, true),
        (83, false),
    ] {
        let Some(Outcome::Failed(error)) = outcome(&Recording::number(number)).await else {
            panic!("{number} is no failure");
        };
        assert_eq!(error.may_have_been_stored(), stored, "{number}: {error}");
    }
}

#[tokio::test]
async fn no_error_repeats_sql_or_the_text_of_an_alert() {
    for recording in Recording::all() {
        let Some(Outcome::Failed(error)) = outcome(&recording).await else {
            continue;
        };
        let said = format!("{error} {error:?}");
        for secret in [
            "INSERT",
            "UPDATE",
            "SELECT",
            "parameters",
            "SSH brute",
            "client gave up",
            "sesame-key",
            "brand-new-tag",
        ] {
            assert!(!said.contains(secret), "{}: {said}", recording.file);
        }
        assert!(said.len() < 600, "{}: {said}", recording.file);
    }
}
