//! One request and one answer, without the wire.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};

use super::lone;

/// A request, read.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) authorization: Option<String>,
    pub(super) iris_auth: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Value of a query parameter; the first one counts.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Value of a parameter that must be a whole number; anything else is as if it were not there.
    pub(super) fn int_param(&self, name: &str) -> Option<i64> {
        self.param(name)?.trim().parse().ok()
    }

    pub(super) fn is_json(&self) -> bool {
        let kind = self.content_type.as_deref().unwrap_or_default();
        kind.split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    }

    /// The body, as Flask's `request.json` gives it or refuses it.
    pub(super) fn json(&self) -> Result<Value, Answer> {
        if !self.is_json() {
            return Err(Answer::html(
                415,
                "Unsupported Media Type",
                "Did not attempt to load JSON data because the request Content-Type was not &#39;application/json&#39;.",
            ));
        }
        crate::json::from_slice_with(&self.body, lone::stand_in).map_err(|_| {
            Answer::html(
                400,
                "Bad Request",
                "The browser (or proxy) sent a request that this server could not understand.",
            )
        })
    }
}

/// An answer, to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// `response_success`.
    pub(super) fn success(message: &str, data: impl Serialize) -> Self {
        Self::envelope(200, "success", message, data)
    }

    /// `response_success` without data, which prints as an empty list.
    pub(super) fn done(message: &str) -> Self {
        Self::success(message, json!([]))
    }

    /// `response_error`, with status 400.
    pub(super) fn error(message: impl AsRef<str>) -> Self {
        Self::refused(400, message)
    }

    /// `response_error` with another status.
    pub(super) fn refused(status: u16, message: impl AsRef<str>) -> Self {
        Self::envelope(status, "error", message.as_ref(), json!([]))
    }

    pub(super) fn envelope(status: u16, word: &str, message: &str, data: impl Serialize) -> Self {
        #[derive(Serialize)]
        struct Envelope<'a, T> {
            status: &'a str,
            message: &'a str,
            data: T,
        }
        let body = Envelope {
            status: word,
            message,
            data,
        };
        Self::json(status, &body)
    }

    pub(super) fn json(status: u16, body: &impl Serialize) -> Self {
        // Nothing that is printed here can fail to be: keys are texts, and there is no I/O.
        let text = serde_json::to_string(body).unwrap_or_default();
        Self {
            status,
            content_type: "application/json",
            headers: Vec::new(),
            body: lone::escape(text).into_bytes(),
        }
    }

    /// A page of the framework.
    pub(super) fn html(status: u16, title: &str, text: &str) -> Self {
        let mut body = String::from("<!doctype html>\n<html lang=en>\n");
        let _ = write!(
            body,
            "<title>{status} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
        );
        Self::page(status, body)
    }

    pub(super) fn page(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "text/html; charset=utf-8",
            headers: Vec::new(),
            body: body.into_bytes(),
        }
    }

    /// A crash of IRIS.
    pub(super) fn crash() -> Self {
        Self::html(
            500,
            "Internal Server Error",
            "The server encountered an internal error and was unable to complete your request. Either the server is overloaded or \
             there is an error in the application.",
        )
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
