//! What a sender is told whose call was not taken.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body;

/// How long a sender is asked to wait when there is no room.
const RETRY_SECONDS: &str = "60";

/// Whoever shows no token keeps no connection from those who do.
pub(super) const LEAVE: [(HeaderName, &str); 1] = [(header::CONNECTION, "close")];

/// Why a call was not taken.
pub(super) enum Refusal {
    NoToken,
    TooLarge(usize),
    TooSlow,
    /// By its announcement, and it is no JSON.
    Encoded(String),
    NotFindings(body::NotFindings),
    NotNow(String),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::NoToken => {
                let text = "show the token of webhook.token as `Authorization: Bearer …`\n";
                let scheme = [(header::WWW_AUTHENTICATE, "Bearer")];
                (StatusCode::UNAUTHORIZED, scheme, LEAVE, text).into_response()
            }
            Self::TooLarge(most) => {
                let text = format!("the body is broken off, or larger than {most} bytes (webhook.max_bytes)\n");
                (StatusCode::PAYLOAD_TOO_LARGE, text).into_response()
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body took too long\n").into_response(),
            Self::NotFindings(why @ body::NotFindings::TooMany) => {
                (StatusCode::PAYLOAD_TOO_LARGE, format!("{why}\n")).into_response()
            }
            Self::Encoded(encoding) => {
                let text = format!(
                    "the body is no JSON, and its Content-Encoding is `{encoding}`: send JSON in UTF-8, as it is\n"
                );
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response()
            }
            Self::NotFindings(why @ body::NotFindings::Encoded(_)) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("{why}\n")).into_response()
            }
            Self::NotFindings(why) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
            Self::NotNow(why) => {
                let headers = [(header::RETRY_AFTER, RETRY_SECONDS)];
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    headers,
                    format!("{why}; send it again later\n"),
                )
                    .into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_body_is_in_the_status() {
        for (why, status) in [
            (body::NotFindings::TooMany, StatusCode::PAYLOAD_TOO_LARGE),
            (body::NotFindings::None, StatusCode::BAD_REQUEST),
            (
                body::NotFindings::Encoded("in UTF-16"),
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ),
        ] {
            assert_eq!(Refusal::NotFindings(why).into_response().status(), status);
        }
        let answer = Refusal::Encoded("gzip".to_owned()).into_response();
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
