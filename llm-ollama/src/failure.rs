//! Whose fault a failed call is, from what the server, a proxy or the network said.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use triage_core::TriageErrorKind::{BadOutput, Busy, Misconfigured, Timeout, TooLarge, Unavailable};
use triage_core::{TriageError, TriageErrorKind};

use crate::cause;
use crate::complaint::{Complaint, is_page};
use crate::reading::Line;

/// Bytes of a server's own words that a message repeats.
const LONGEST_QUOTE: usize = 200;

/// How long a busy server is left alone when it does not say: about one short answer.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// The other side of a conversation, and what its errors must not repeat; so it cannot be printed.
#[derive(Clone, Copy)]
pub(crate) struct Peer<'a> {
    /// What messages call it, such as `Ollama`.
    pub(crate) name: &'a str,
    /// Where it is, without what a person may have typed behind it.
    pub(crate) origin: &'a str,
    /// Whether that is in our own network, where no proxy is asked.
    pub(crate) is_local: bool,
    /// The model that was asked for.
    pub(crate) model: &'a str,
    /// Whether `ollama pull` gets a missing model.
    pub(crate) pulls: bool,
    /// Question, answer and thought: no word of them may appear in an error.
    pub(crate) private: [&'a str; 3],
    /// The key: some servers repeat the one that they refuse.
    pub(crate) key: &'a str,
    /// Our constant prompt: its words are ordinary, its sentences are not repeated.
    pub(crate) constant: &'a str,
}

impl Peer<'_> {
    /// An error of this kind in our own words.
    pub(crate) fn error(&self, kind: TriageErrorKind, what: &str) -> TriageError {
        TriageError::new(kind, format!("{} {what}", self.name))
    }

    /// Names an answer with an error status.
    pub(crate) fn refused(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> TriageError {
        let said = Complaint::read(body);
        let (kind, hint) = self.judge(status, &said);
        let error = self.error(
            kind,
            &format!("answered {}{hint}{}", status.as_u16(), self.quote(&said)),
        );
        match (kind, retry_after(headers)) {
            (Busy | Unavailable, Some(wait)) => error.after(wait),
            (Busy, None) => error.after(BUSY_WAIT),
            _ => error,
        }
    }

    /// Names an error that came in the middle of an answer that had begun with status 200.
    pub(crate) fn broke_off(&self, event: &Value) -> TriageError {
        let said = Complaint::of(event);
        let (kind, hint) = if said.is_too_long() {
            (TooLarge, said.numbers())
        } else if said.is_filtered() {
            (BadOutput, ": a filter withheld it".to_owned())
        } else if said.blames_the_model() {
            (BadOutput, ": the model wrote what it cannot read".to_owned())
        } else {
            // Whatever it names, the request had been accepted: the server is at fault.
            (Unavailable, String::new())
        };
        self.error(kind, &format!("broke off its answer{hint}{}", self.quote(&said)))
    }

    /// Names a line that is none of an answer's.
    pub(crate) fn unreadable(&self, line: Line<'_>) -> TriageError {
        if is_page(line.bytes) {
            return self.error(Misconfigured, "is not at this address: a web page answered");
        }
        if line.unfinished {
            return self.error(Unavailable, "broke off in the middle of a line");
        }
        // Lines are written by the server, and never by the model: whatever the alert is, it is not its fault.
        self.error(Unavailable, "sent a line that is not an answer's")
    }

    /// Names a body that cannot be read because something compressed it.
    pub(crate) fn compressed(&self) -> TriageError {
        let what = "is behind a proxy that compresses its answers, which nobody asked for; switch that off";
        self.error(Misconfigured, what)
    }

    /// Names a failure below HTTP.
    pub(crate) fn unreachable(&self, error: reqwest::Error) -> TriageError {
        // The address may hold what a person typed into it.
        let error = error.without_url();
        let (at, why) = (self.origin, cause::of_connection(&error));
        let start = match (self.is_local, self.pulls) {
            (false, _) => "is it there, and does the proxy let it through, if HTTPS_PROXY or HTTP_PROXY names one?",
            (true, true) => "start `ollama serve` there, or set OLLAMA_URL to where it runs",
            (true, false) => "start it there, or correct its address",
        };
        let (kind, what) = if let Some(certificate) = cause::certificate_fault(&error) {
            (
                Misconfigured,
                format!("at {at} has a certificate that is not trusted ({certificate}); give its CA"),
            )
        } else if error.is_timeout() {
            (
                Unavailable,
                format!("did not accept the connection at {at} in time; {start}"),
            )
        } else if error.is_connect() {
            (Unavailable, format!("cannot be reached at {at}: {why}; {start}"))
        } else if error.is_builder() {
            (Misconfigured, "cannot be asked: the request cannot be built".to_owned())
        } else {
            (Unavailable, format!("broke the connection at {at}: {why}"))
        };
        self.error(kind, &what).caused_by(error)
    }

    fn judge(&self, status: StatusCode, said: &Complaint) -> (TriageErrorKind, String) {
        let plain = |kind, hint: &str| (kind, hint.to_owned());
        // Too many tokens a minute are no fault of one alert.
        if said.is_too_long() && status != StatusCode::TOO_MANY_REQUESTS && !status.is_redirection() {
            return (TooLarge, said.numbers());
        }
        if status.is_client_error() && said.is_filtered() {
            // The attacker writes a part of the prompt: one alert that a filter dislikes must not stop all others.
            return plain(BadOutput, ": its filter does not let this alert through");
        }
        match status.as_u16() {
            401 | 407 => plain(Misconfigured, " (unauthorized): the key is missing or wrong"),
            403 if said.text.is_empty() && !said.is_page => plain(
                Misconfigured,
                " (forbidden): a proxy must send `Host: localhost` and no Origin, or the key lacks a right",
            ),
            404 if said.names_a_model() && self.pulls => (
                Misconfigured,
                format!(": model `{0}` is missing; run `ollama pull {0}`", self.model),
            ),
            404 if said.names_a_model() => (Misconfigured, format!(": it has no model `{}`", self.model)),
            404 | 405 => plain(Misconfigured, ": there is no such API at this address"),
            // 524 is Cloudflare's 504.
            408 | 504 | 524 => plain(
                Timeout,
                ": something in between gave up waiting; raise its read timeout",
            ),
            413 => plain(TooLarge, ": the request is too large"),
            429 if said.code.as_deref() == Some("insufficient_quota") => plain(Misconfigured, ": the quota is used up"),
            429 => plain(Busy, ": too many requests"),
            499 => plain(Unavailable, ": the request was cancelled"),
            503 if said.is_page => plain(Unavailable, ""),
            503 | 529 => plain(Busy, ": busy"),
            300..=399 => plain(Misconfigured, ": it redirects; give the final address"),
            400 | 422 if !self.pulls && said.names_the_form() => plain(
                Misconfigured,
                ": it does not take the form of the answer; set another structure (loose, object or prompt)",
            ),
            400..=499 => plain(Misconfigured, ""),
            500 if said.blames_the_model() => plain(BadOutput, ": the model wrote what it cannot read"),
            500 if said.is_for_ever() => plain(Misconfigured, ""),
            _ => plain(Unavailable, ""),
        }
    }

    /// Repeats what a server said, without a word that is also in the alert or in the answer.
    fn quote(&self, said: &Complaint) -> String {
        if said.is_page {
            return " (a web page, so a proxy's)".to_owned();
        }
        // As a whole and before it is cut: half a key is a secret too.
        let shown = if self.key.len() < 4 {
            said.text.clone()
        } else {
            said.text.replace(self.key, "*")
        };
        let end = shown.floor_char_boundary(LONGEST_QUOTE);
        let text: String = shown[..end]
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if text.trim().is_empty() {
            return String::new();
        }
        if shares_a_sentence(&text, self.constant) {
            return " (its words are withheld: they repeat the prompt)".to_owned();
        }
        let dots = if end < shown.len() { "…" } else { "" };
        format!(
            ", saying \"{}{dots}\"",
            mask(&text, &[self.private[0], self.private[1], self.private[2], self.key])
        )
    }
}

/// Said of an answer whose end is missing because it was too long.
pub(crate) const CUT_OFF: &str = "the answer was cut off at the token limit; be shorter";

/// An answer that arrived whole and is no use.
pub(crate) fn no_use(why: &str) -> TriageError {
    TriageError::new(BadOutput, why)
}

/// Reads how long to stay away; the date form is not worth a clock here.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(3600)))
}

/// Replaces every word that is also in one of the private texts.
fn mask(text: &str, private: &[&str]) -> String {
    let word_char = |c: char| c.is_alphanumeric();
    let long_words: Vec<&str> = private
        .iter()
        .flat_map(|text| text.split(|c| !word_char(c)))
        .filter(|word| word.chars().count() >= 4)
        .collect();
    let is_private = |word: &str| {
        word.chars().count() >= 3
            && (private.iter().any(|text| text.contains(word)) || long_words.iter().any(|part| word.contains(part)))
    };
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !word_char(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        masked.push_str(if is_private(word) { "*" } else { word });
        let next = rest[end..].find(word_char).map_or(rest.len(), |start| end + start);
        masked.push_str(&rest[end..next]);
        rest = &rest[next..];
    }
    masked
}

/// Says whether a run of 24 characters of one text stands in the other.
fn shares_a_sentence(text: &str, constant: &str) -> bool {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    starts
        .iter()
        .zip(starts.iter().skip(24))
        .any(|(&start, &end)| constant.contains(&text[start..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Peer<'static> = Peer {
        name: "Ollama",
        origin: "http://127.0.0.1:11434",
        is_local: true,
        model: "phi4-mini:latest",
        pulls: true,
        private: [
            "powershell.exe -enc CANARY8f3a",
            "{\"summary\":\"exfil by mallory\"}",
            "",
        ],
        key: "sk-s3cr3t-0123456789abcdef",
        constant: "You are a security analyst who triages one alert at a time.",
    };

    fn refused(status: u16, body: &str) -> TriageError {
        PEER.refused(
            StatusCode::from_u16(status).unwrap(),
            &HeaderMap::new(),
            body.as_bytes(),
        )
    }

    #[test]
    fn an_error_in_an_error_in_an_error_is_unwrapped() {
        let inner = r#"{"error":{"code":400,"message":"request (12549 tokens) is odd","type":"exceed_context_size_error","n_prompt_tokens":12549,"n_ctx":4096}}"#;
        let once = serde_json::json!({ "error": inner }).to_string();
        let twice = serde_json::json!({ "error": { "message": once } }).to_string();
        for body in [inner, &once, &twice] {
            let error = refused(400, body);
            assert_eq!(error.kind, TooLarge, "{body}");
            assert!(
                error.message.contains("12549 tokens, the context holds 4096"),
                "{}",
                error.message
            );
        }
    }

    #[test]
    fn a_missing_model_says_what_to_run() {
        for body in [
            r#"{"error":"model 'llama3.2:3b' not found"}"#,
            r#"{"error":"model \"tiny-go\" not found, try pulling it first"}"#,
        ] {
            let error = refused(404, body);
            assert_eq!(error.kind, Misconfigured);
            assert!(
                error.message.contains("run `ollama pull phi4-mini:latest`"),
                "{}",
                error.message
            );
        }
        assert!(!refused(404, "404 page not found").message.contains("pull"));
    }

    #[test]
    fn a_status_and_its_words_say_whose_fault_it_is() {
        for (status, body, kind) in [
            (400, r#"{"error":"invalid model name"}"#, Misconfigured),
            (401, r#"{"error":"unauthorized"}"#, Misconfigured),
            (403, "", Misconfigured),
            (404, "404 page not found", Misconfigured),
            (301, "", Misconfigured),
            (408, "", Timeout),
            (413, "<html>", TooLarge),
            (429, r#"{"error":"slow down"}"#, Busy),
            (
                429,
                r#"{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}"#,
                Misconfigured,
            ),
            (499, r#"{"error":"request canceled"}"#, Unavailable),
            (
                500,
                r#"{"error":"option \"num_ctx\" must be of type integer"}"#,
                Misconfigured,
            ),
            (
                500,
                r#"{"error":"model requires more system memory (5.6 GiB) than is available (3.1 GiB)"}"#,
                Unavailable,
            ),
            (500, r#"{"error":"something new"}"#, Unavailable),
            (
                500,
                r#"{"error":{"code":500,"message":"The model produced output that does not match the expected peg-native format","type":"server_error"}}"#,
                BadOutput,
            ),
            (502, "<html>", Unavailable),
            (503, "<html>", Unavailable),
            (
                503,
                r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
                Busy,
            ),
            (504, "<html>", Timeout),
            (
                400,
                r#"{"object":"error","message":"This model's maximum context length is 4096 tokens.","code":400}"#,
                TooLarge,
            ),
            (
                400,
                r#"{"object":"error","message":"The decoder prompt (length 15983) is longer than the maximum model length of 8192.","code":400}"#,
                TooLarge,
            ),
            (
                400,
                r#"{"error":"Trying to keep the first 10136 tokens when context the overflows. However, the model is loaded with context length of only 7866 tokens, which is not enough."}"#,
                TooLarge,
            ),
            (
                400,
                r#"{"error":{"message":"prompt is too long: 208310 tokens > 200000 maximum"}}"#,
                TooLarge,
            ),
            (
                400,
                r#"[{"error":{"code":400,"message":"The input token count (132478) exceeds the maximum number of tokens allowed (131072)."}}]"#,
                TooLarge,
            ),
            (
                422,
                r#"{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 `inputs` tokens"}"#,
                TooLarge,
            ),
            (500, r#"{"error":"context deadline exceeded"}"#, Unavailable),
            (
                500,
                r#"{"error":"failed to allocate memory for the context: too large"}"#,
                Unavailable,
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit exceeded for long context requests"}}"#,
                Busy,
            ),
        ] {
            assert_eq!(refused(status, body).kind, kind, "{status} {body}");
        }
    }

    #[test]
    fn a_server_that_says_when_to_come_back_is_believed_within_an_hour() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "17".parse().unwrap());
        let error = PEER.refused(StatusCode::SERVICE_UNAVAILABLE, &headers, b"{}");
        assert_eq!((error.kind, error.retry_after), (Busy, Some(Duration::from_secs(17))));
        headers.insert(RETRY_AFTER, "99999999".parse().unwrap());
        let error = PEER.refused(StatusCode::SERVICE_UNAVAILABLE, &headers, b"{}");
        assert_eq!(error.retry_after, Some(Duration::from_hours(1)));
    }

    #[test]
    fn no_word_of_the_alert_or_of_the_answer_comes_back_in_an_error() {
        for body in [
            r#"{"error":"Failed to parse input at pos 3: exfil by mallory"}"#,
            r#"{"error":"bad token near powershell.exe -enc CANARY8f3a"}"#,
            "plain: \\nCANARY8f3a and powersh and -enc",
        ] {
            let message = refused(500, body).message;
            for word in ["mallory", "exfil", "CANARY", "powersh", "enc "] {
                assert!(!message.contains(word), "{message}");
            }
        }
        assert!(
            refused(500, r#"{"error":"disk is gone"}"#)
                .message
                .contains("disk is gone")
        );
        let quoting = r#"{"error":"cannot read: You are a security analyst who triages one"}"#;
        assert!(!refused(500, quoting).message.contains("security analyst"));
    }

    #[test]
    fn a_long_or_binary_complaint_is_cut_at_a_character() {
        let long = format!("{{\"error\":\"{}\"}}", "ü\\u0007".repeat(400));
        let message = refused(500, &long).message;
        assert!(message.len() < 300 && message.ends_with("…\""), "{message}");
        assert!(!message.chars().any(char::is_control));
        assert_eq!(
            PEER.refused(StatusCode::BAD_GATEWAY, &HeaderMap::new(), &[0xff, 0xfe, 0])
                .kind,
            Unavailable
        );
    }
}
