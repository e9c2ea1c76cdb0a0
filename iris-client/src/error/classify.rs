//! Tells the failures of IRIS apart. Every rule here stands on a recording of a real 2.4.20 or on the source of 3.0.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::{
    Error, clean,
    python::{complaints, complaints_of_json},
    wording::{clean_field, database_error, without},
};

/// An answer that is no success.
pub(crate) struct Failed<'a> {
    pub(crate) status: u16,
    /// The body, if it was JSON.
    pub(crate) json: Option<&'a Value>,
    /// The start of the body, if it was not.
    pub(crate) text: &'a str,
    pub(crate) retry_after: Option<Duration>,
    /// Whether a route of IRIS 3 was asked, where 404 means that a thing does not exist.
    pub(crate) is_v3: bool,
    /// Never repeated, not even if the server does.
    pub(crate) secret: &'a str,
}

/// Says what an answer means to the caller.
pub(crate) fn classify(answer: &Failed<'_>) -> Error {
    let message = answer.message().map(|message| without(message, answer.secret));
    let message = message.as_deref();
    match (answer.status, message) {
        (429, _) => Error::RateLimited {
            retry_after: answer.retry_after,
        },
        (413, _) => Error::TooLarge,
        // A proxy that gives up on IRIS may have passed the request on.
        (408 | 425 | 500.., _) => from_server_error(answer, message),
        (401, Some(_)) => Error::Unauthorized,
        (403, Some(message)) => from_forbidden(message, answer.secret),
        (404, _) if answer.is_v3 && answer.is_about_a_thing() => Error::NotFound,
        (400, Some(message)) => from_message(answer, message),
        (300..=399, _) => {
            answer.not_iris("it redirects elsewhere; check that the base URL is the address of IRIS itself, with https")
        }
        (401 | 403 | 407, None) => answer.not_iris("a proxy or login page in front of IRIS refuses the request"),
        (404 | 405, _) => {
            answer.not_iris("there is no such path; check that the base URL is the address of IRIS itself")
        }
        (400, None) if answer.text.contains("HTTPS port") => answer.not_iris("the port expects https"),
        (200..=299, _) => {
            answer.not_iris("the answer is not one of IRIS; a proxy, a login page or another web site may stand there")
        }
        (status, message) => Error::Rejected {
            status,
            message: clean(message.unwrap_or("malformed request"), answer.secret),
        },
    }
}

impl Failed<'_> {
    /// What IRIS says: `{"status":"error","message":…}` in 2.4, `{"message":…}` in 3.
    fn message(&self) -> Option<&str> {
        self.json?.get("message")?.as_str()
    }

    /// A 404 of a route has a page, or the message of the framework; one of a thing is empty or says something else.
    fn is_about_a_thing(&self) -> bool {
        match self.message() {
            Some(message) => message != "Resource not found",
            None => self.text.is_empty(),
        }
    }

    fn not_iris(&self, hint: &str) -> Error {
        Error::NotIris {
            status: self.status,
            hint: hint.to_owned(),
        }
    }
}

fn from_server_error(answer: &Failed<'_>, message: Option<&str>) -> Error {
    // IRIS 3 lost the catch-all that turned database errors into 400.
    if let Some(error) = message.and_then(from_database) {
        return error;
    }
    Error::Unavailable {
        status: answer.status,
        retry_after: answer.retry_after,
    }
}

fn from_forbidden(message: &str, secret: &str) -> Error {
    if message.starts_with("User not entitled") {
        return Error::CustomerDenied;
    }
    Error::Forbidden {
        message: clean(message, secret),
    }
}

/// The 400s, which in IRIS 2.4 are everything.
fn from_message(answer: &Failed<'_>, message: &str) -> Error {
    if let Some(error) = from_database(message) {
        return error;
    }
    if let Some(fields) = complaints(message).or_else(|| complaints_of_json(answer.json?.get("data")?)) {
        return Error::Invalid {
            fields: cleaned(fields, answer.secret),
            message: String::new(),
        };
    }
    if message.starts_with("User not entitled") {
        return Error::CustomerDenied;
    }
    if is_not_found(message) {
        return Error::NotFound;
    }
    // The similarity cache reads these after the commit, and a `KeyError` prints as its key in quotes.
    if matches!(
        message,
        "'ioc_type_id'" | "'ioc_value'" | "'asset_type_id'" | "'asset_name'"
    ) {
        return Error::StoredThenFailed;
    }
    if message.starts_with("You are not allowed to") {
        return Error::Forbidden {
            message: clean(message, answer.secret),
        };
    }
    if is_passing(message) {
        return Error::Unavailable {
            status: answer.status,
            retry_after: answer.retry_after,
        };
    }
    // `DELETE statement on table … expected to delete 1 row(s); Only 0 were matched`: somebody else was faster.
    if message.contains("expected to delete") || message.contains("expected to update") {
        return Error::Conflict;
    }
    if is_refusal(message) {
        return Error::Invalid {
            fields: BTreeMap::new(),
            message: clean(message, answer.secret),
        };
    }
    Error::Rejected {
        status: answer.status,
        message: clean(message, answer.secret),
    }
}

fn from_database(message: &str) -> Option<Error> {
    let class = database_error(message)?;
    match class {
        // By the name that the database gives, in its own place: the text below it holds values, which an attacker chooses.
        "UniqueViolation" => match named(message.lines().next().unwrap_or_default(), "unique constraint \"", "\"") {
            Some("alerts_alert_uuid_key") => Some(Error::AlreadyExists),
            Some("tags_tag_title_key") => Some(Error::Conflict),
            Some(_) | None => None,
        },
        "DeadlockDetected" | "SerializationFailure" | "LockNotAvailable" => Some(Error::Conflict),
        "ForeignKeyViolation" => Some(Error::UnknownId {
            field: detail(message)
                .and_then(|line| named(line, "Key (", ")"))
                .map_or_else(|| "unknown".to_owned(), clean_field),
        }),
        "ProgramLimitExceeded" => {
            let index = named(message.lines().next().unwrap_or_default(), "for index \"", "\"");
            // Beyond a page of the database, it no longer says which index.
            let fields: &[&str] = match index {
                Some("idx_alerts_title") => &["alert_title"],
                Some("idx_alert_source_ref") => &["alert_source_ref"],
                Some(_) => &["unknown"],
                None => &["alert_title", "alert_source_ref"],
            };
            let complaint = if fields.len() == 1 {
                "Too long to be indexed."
            } else {
                "May be the one that is too long to be indexed."
            };
            let complaints = fields
                .iter()
                .map(|&field| (field.to_owned(), vec![complaint.to_owned()]));
            Some(Error::Invalid {
                fields: complaints.collect(),
                message: String::new(),
            })
        }
        "OperationalError" | "InterfaceError" | "AdminShutdown" | "TooManyConnections" => Some(Error::Unavailable {
            status: 400,
            retry_after: None,
        }),
        _ => None,
    }
}

/// The line in which the database says which row, as it stands right below the first one: further down there are values.
fn detail(message: &str) -> Option<&str> {
    message.lines().nth(1)?.trim_start().strip_prefix("DETAIL:")
}

/// The text between two marks, if it is a plain name.
fn named<'a>(message: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(from)?;
    let (name, _) = rest.split_once(to)?;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (plain && name.len() <= 63).then_some(name)
}

fn is_not_found(message: &str) -> bool {
    matches!(
        message,
        "Alert not found" | "Invalid alert ID" | "Invalid comment ID" | "Target case not found" | "Not found"
    ) || (message.starts_with("Alert with ID ") && message.ends_with(" not found"))
        || (message.starts_with("Case ") && message.contains(" not linked with alert "))
}

fn is_passing(message: &str) -> bool {
    message.starts_with("QueuePool limit of size")
        || message.starts_with("This Session's transaction has been rolled back")
}

fn is_refusal(message: &str) -> bool {
    const WHOLE: [&str; 9] = [
        "No JSON data provided",
        "No alert IDs provided",
        "No alert ids provided",
        "No target case id provided",
        "Invalid request",
        "Invalid alert id",
        "Invalid alert asset",
        "Invalid alert ioc",
        "Filtering error",
    ];
    WHOLE.contains(&message)
        || message.starts_with("Unsupported operator")
        || message.starts_with("Unknown relationship")
        || (message.starts_with("Field '") && message.contains("' not found in"))
        || message.starts_with("A string literal cannot contain NUL")
        || message.ends_with("surrogates not allowed")
}

fn cleaned(fields: BTreeMap<String, Vec<String>>, secret: &str) -> BTreeMap<String, Vec<String>> {
    fields
        .into_iter()
        .map(|(field, texts)| {
            let texts = texts.iter().map(|text| clean(text, secret)).collect();
            (clean_field(&field), texts)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &str) -> Error {
        let json = serde_json::json!({"status": "error", "message": message, "data": []});
        classify(&Failed {
            status: 400,
            json: Some(&json),
            text: "",
            retry_after: None,
            is_v3: false,
            secret: "sesame",
        })
    }

    #[test]
    fn a_text_longer_than_a_page_of_the_database_is_one_of_two() {
        // A real 2.4.20 said this to a title of 8,200 bytes.
        let said = "(psycopg2.errors.ProgramLimitExceeded) index row requires 8216 bytes, maximum size is 8191\n\n[SQL: INSERT INTO alerts \
                    (alert_title) VALUES (%(alert_title)s) for index \"idx_alerts_title\"]";
        let Error::Invalid { fields, .. } = of(said) else {
            panic!("{:?}", of(said));
        };
        assert_eq!(
            fields.into_keys().collect::<Vec<_>>(),
            ["alert_source_ref", "alert_title"]
        );
    }

    #[test]
    fn the_field_of_an_unknown_id_stands_below_the_first_line_and_nowhere_else() {
        let said = "(psycopg2.errors.ForeignKeyViolation) insert or update\nDETAIL:  Key (alert_owner_id)=(-1) is not present.";
        assert!(matches!(of(said), Error::UnknownId { field } if field == "alert_owner_id"));
        let forged = "(psycopg2.errors.ForeignKeyViolation) insert\n\n[parameters: {'t': 'Key (hunter)'}]";
        assert!(matches!(of(forged), Error::UnknownId { field } if field == "unknown"));
    }
}
