//! Sends one call: the place, the deadline, the attempts, and what the answer means.

use std::{
    error::Error as StdError,
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use reqwest::{
    Method, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::sync::Semaphore;
use tracing::debug;
use url::Url;

use crate::{
    CustomerId, Error, Result, RetryPolicy,
    error::{Failed, classify},
    json,
    skim::{self, Place},
    tls::Refused,
};

/// What is not a success is short: a message, a page of a proxy.
const LARGEST_ERROR: usize = 1 << 20;
/// The longest wish to wait that is taken at its word.
const LONGEST_WAIT: Duration = Duration::from_hours(24);
/// Larger answers are not read: a page of 1,000 full alerts has 2.6 MB.
const LARGEST_ANSWER: usize = 512 << 20;
/// What changes something is answered with that alone, which may be told more than once.
const LARGEST_CHANGE: usize = 16 << 20;
const TIMES_ITS_REQUEST: usize = 8;
/// What most alerts need, in bytes.
const USUAL_BODY: usize = 4 << 10;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) token: SecretString,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) retry: RetryPolicy,
    pub(crate) call_timeout: Duration,
    pub(crate) slots: Semaphore,
}

/// One request, as often as it is sent.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    body: Option<Bytes>,
    /// Whether it may be sent again by itself.
    repeatable: bool,
}

impl Call {
    /// A call that changes nothing.
    pub(crate) fn read(method: Method, path: impl Into<String>) -> Self {
        Self {
            repeatable: true,
            ..Self::write(method, path)
        }
    }

    /// A call that is sent once.
    pub(crate) fn write(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            repeatable: false,
        }
    }

    pub(crate) fn query(mut self, query: Vec<(String, String)>) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self> {
        let mut bytes = Vec::with_capacity(USUAL_BODY);
        serde_json::to_writer(&mut bytes, body).map_err(|_| Error::Invalid {
            fields: std::collections::BTreeMap::new(),
            message: "the body cannot be written as JSON".to_owned(),
        })?;
        self.body = Some(bytes.into());
        Ok(self)
    }

    /// Larger answers to it are not read.
    fn largest_answer(&self) -> usize {
        if self.repeatable {
            return LARGEST_ANSWER;
        }
        let sent = self.body.as_ref().map_or(0, Bytes::len);
        LARGEST_CHANGE + TIMES_ITS_REQUEST * sent
    }

    /// Whether it goes to IRIS 3, which answers with the thing itself instead of an envelope, and 404 where there is none.
    fn is_v3(&self) -> bool {
        self.path.starts_with("/api/v2/")
    }
}

/// A successful answer.
pub(crate) struct Answer {
    status: u16,
    body: Bytes,
    is_v3: bool,
    date: Option<HeaderValue>,
}

impl Answer {
    /// When it was given, by the clock of whoever wrote its head: IRIS, or a proxy in front of it.
    pub(crate) fn date(&self) -> Option<SystemTime> {
        let date = self.date.as_ref()?.to_str().ok()?;
        Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp().into())
    }

    /// What stands under `data` in the envelope of IRIS 2, or the whole body of IRIS 3.
    pub(crate) fn data<T: DeserializeOwned>(&self) -> Result<T> {
        #[derive(serde::Deserialize)]
        struct Envelope<T> {
            data: T,
        }
        if self.is_v3 {
            return self.read::<T>();
        }
        Ok(self.read::<Envelope<T>>()?.data)
    }

    /// The texts of some members of what [`Answer::data`] gives; `None` where it has to be read.
    pub(crate) fn members<const N: usize>(&self, names: [&str; N]) -> Option<[Option<&[u8]>; N]> {
        let place = if self.is_v3 { Place::Whole } else { Place::Data };
        skim::members(&self.body, place, names)
    }

    pub(crate) fn json(&self) -> Result<Value> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        self.read()
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T> {
        json::from_slice(&self.body).map_err(|error| {
            debug!(
                status = self.status,
                line = error.line(),
                column = error.column(),
                "unexpected answer"
            );
            if error.is_data() {
                return Error::NotIris {
                    status: self.status,
                    hint: "the answer has another shape than IRIS's; is this a version that is not supported?"
                        .to_owned(),
                };
            }
            Error::Torn { status: self.status }
        })
    }
}

impl Transport {
    pub(crate) async fn send(&self, call: Call) -> Result<Answer> {
        let mut sent = false;
        let done = tokio::time::timeout(self.call_timeout, self.attempts(&call, &mut sent)).await;
        done.unwrap_or(Err(Error::Timeout { sent }))
    }

    async fn attempts(&self, call: &Call, sent: &mut bool) -> Result<Answer> {
        let mut attempt = 1;
        loop {
            let error = {
                let _slot = self
                    .slots
                    .acquire()
                    .await
                    .map_err(|_| Error::configuration("the client was closed"))?;
                *sent = true;
                match self.attempt(call).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                }
            };
            if !(call.repeatable && error.is_retryable()) {
                return Err(error);
            }
            let Some(delay) = self.retry.delay_after(attempt, random()) else {
                return Err(error);
            };
            let delay = match error.retry_after() {
                Some(wish) if wish > self.retry.cap => return Err(error),
                Some(wish) => delay.max(wish),
                None => delay,
            };
            debug!(attempt, wait_ms = delay.as_millis(), %error, "sending again");
            tokio::time::sleep(delay).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer> {
        let mut url = self.base.clone();
        let path = format!("{}{}", self.base.path().trim_end_matches('/'), call.path);
        url.set_path(&path);
        let mut query = call.query.clone();
        if let Some(customer) = self.customer {
            query.push(("cid".to_owned(), customer.to_string()));
        }
        let mut request = self.http.request(call.method.clone(), url);
        if !query.is_empty() {
            request = request.query(&query);
        }
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", self.token.expose_secret()))
            .map_err(|_| Error::configuration("the API key holds characters that no key of IRIS has"))?;
        bearer.set_sensitive(true);
        request = request.header(AUTHORIZATION, bearer);
        // Always: with it, IRIS 2 answers JSON even to an unknown path.
        request = request.header(CONTENT_TYPE, JSON);
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(|error| from_reqwest(error, None))?;
        self.read_answer(call, response).await
    }

    async fn read_answer(&self, call: &Call, mut response: Response) -> Result<Answer> {
        let status = response.status().as_u16();
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let date = response.headers().get(DATE).cloned();
        let retry_after = header(RETRY_AFTER).and_then(|wish| wait(wish, header(DATE)));
        let is_json = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                value
                    .split(';')
                    .next()
                    .is_some_and(|kind| kind.trim().ends_with("json"))
            });
        let most = if (200..300).contains(&status) {
            call.largest_answer()
        } else {
            LARGEST_ERROR
        };
        let mut body = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| from_reqwest(error, Some(status)))?
        {
            if body.len() + chunk.len() > most {
                // What is wrong is said at the beginning.
                if most == LARGEST_ERROR {
                    break;
                }
                let advice = if call.repeatable {
                    "; ask for fewer alerts per page"
                } else {
                    ""
                };
                return Err(Error::NotIris {
                    status,
                    hint: format!("the answer is larger than any of IRIS's{advice}"),
                });
            }
            body.extend_from_slice(&chunk);
        }
        let answer = Answer {
            status,
            body: body.freeze(),
            is_v3: call.is_v3(),
            date,
        };
        let empty = answer.body.is_empty();
        if (200..300).contains(&status) && (is_json || (empty && status == 204)) {
            return self.check_envelope(call, answer);
        }
        let parsed = is_json.then(|| json::from_slice::<Value>(&answer.body).ok()).flatten();
        Err(self.failed(call, &answer, parsed.as_ref(), retry_after))
    }

    /// A success of IRIS 2 says so in the body, too.
    fn check_envelope(&self, call: &Call, answer: Answer) -> Result<Answer> {
        #[derive(serde::Deserialize)]
        struct Head {
            status: Option<Value>,
        }
        if call.is_v3() {
            return Ok(answer);
        }
        // The usual answer begins like this; the rest is read once, where it is needed.
        let begins = [&br#"{"status": "success","#[..], br#"{"status":"success","#];
        if answer.body.trim_ascii_end().ends_with(b"}") && begins.iter().any(|begin| answer.body.starts_with(begin)) {
            return Ok(answer);
        }
        match json::from_slice::<Head>(&answer.body) {
            Ok(head) if head.status.as_ref().is_some_and(|status| status == "success") => Ok(answer),
            Err(error) if !error.is_data() => Err(Error::Torn { status: answer.status }),
            Ok(_) | Err(_) => Err(self.failed(call, &answer, None, None)),
        }
    }

    fn failed(&self, call: &Call, answer: &Answer, parsed: Option<&Value>, retry_after: Option<Duration>) -> Error {
        let text = String::from_utf8_lossy(&answer.body[..answer.body.len().min(2048)]);
        classify(&Failed {
            status: answer.status,
            json: parsed,
            text: &text,
            retry_after,
            is_v3: call.is_v3(),
            secret: self.token.expose_secret(),
        })
    }
}

/// Makes of an answer what the client makes of it: an alert, a page, or an error that may be shown. For fuzzing.
pub fn read_any_answer(status: u16, is_json: bool, body: &[u8], secret: &str) -> Result<Value> {
    let parsed = is_json.then(|| json::from_slice::<Value>(body).ok()).flatten();
    if let (200..=299, Some(_)) = (status, &parsed) {
        let answer = |is_v3| Answer {
            status,
            body: Bytes::copy_from_slice(body),
            is_v3,
            date: None,
        };
        // Whichever call it was the answer to: every shape is tried, and one has to fit.
        let outcomes = [
            answer(false).data::<crate::Alert>().map(drop),
            crate::Receipt::read(&answer(false)).map(drop),
            answer(false).data::<Vec<crate::Alert>>().map(drop),
            answer(false).data::<Vec<crate::Comment>>().map(drop),
            answer(false).data::<crate::Case>().map(drop),
            answer(false).data::<crate::Graph>().map(drop),
            answer(true).data::<crate::Alert>().map(drop),
        ];
        let mut errors = Vec::new();
        for outcome in outcomes {
            match outcome {
                Ok(()) => return answer(false).json(),
                Err(error) => errors.push(error),
            }
        }
        return errors.pop().map_or_else(|| answer(false).json(), Err);
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(2048)]);
    Err(classify(&Failed {
        status,
        json: parsed.as_ref(),
        text: &text,
        retry_after: None,
        is_v3: status.is_multiple_of(2),
        secret,
    }))
}

/// `Retry-After`: seconds, or a date, which is compared with the server's own so that no two clocks have to agree. At most a day.
fn wait(wish: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = wish.trim().parse() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let until = jiff::fmt::rfc2822::parse(wish).ok()?;
    let now = jiff::fmt::rfc2822::parse(date?).ok()?;
    let wish: Duration = until.duration_since(&now).try_into().unwrap_or_default();
    Some(wish.min(LONGEST_WAIT))
}

/// Says what a failure below HTTP means. `status` is there when the answer had begun.
fn from_reqwest(error: reqwest::Error, status: Option<u16>) -> Error {
    if let Some(refusal) = certificate_refusal(&error) {
        return refusal;
    }
    if error.is_builder() {
        return Error::configuration("the request cannot be built; check the address of IRIS");
    }
    let sent = !error.is_connect();
    if error.is_timeout() {
        return Error::Timeout { sent };
    }
    if let Some(status) = status {
        return Error::Torn { status };
    }
    let reason = reason(&error);
    // The address may hold what an operator typed in wrongly, a password for instance.
    let source = Some(error.without_url().into());
    Error::Network { reason, sent, source }
}

fn reason(error: &reqwest::Error) -> String {
    let mut deepest: &dyn StdError = error;
    while let Some(next) = deepest.source() {
        deepest = next;
    }
    let text = deepest.to_string();
    if error.is_connect() {
        return format!("cannot connect ({text})");
    }
    text
}

/// Finds the refusal of a certificate in the chain of causes; I/O errors hide theirs behind `get_ref`.
fn certificate_refusal(error: &(dyn StdError + 'static)) -> Option<Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            let ours = match why {
                rustls::CertificateError::Other(other) => other.0.downcast_ref::<Refused>(),
                _ => None,
            };
            // Without ours it is the proof of the key that failed, after the certificate itself was accepted.
            let reason =
                || format!("{why} in the handshake; give the server a certificate of X.509 version 3 and its own key");
            return Some(Error::Certificate {
                reason: ours.map_or_else(reason, |refused| refused.reason.clone()),
                fingerprint: ours.map(|refused| refused.fingerprint.clone()),
            });
        }
        let hidden = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .map(|inner| inner as &(dyn StdError + 'static));
        next = hidden.or_else(|| error.source());
    }
    None
}

/// A number in 0..1, for jitter only.
fn random() -> f64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    f64::from(u32::try_from(high >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_call_that_never_gets_its_place_was_not_sent() {
        let builder = crate::IrisClient::builder("http://127.0.0.1:9").token("key".into());
        let client = builder.max_concurrency(1).build().unwrap();
        let _place = client.inner.transport.slots.acquire().await.unwrap();
        let error = client.ping().await.unwrap_err();
        assert!(matches!(error, Error::Timeout { sent: false }), "{error:?}");
        assert!(!error.may_have_been_stored());
    }

    #[test]
    fn a_wish_to_wait_is_seconds_or_a_date() {
        let date = Some("Sun, 22 Nov 2026 10:00:00 GMT");
        let seconds = |wish, date| wait(wish, date).map(|wait| wait.as_secs());
        assert_eq!(seconds("5", None), Some(5));
        assert_eq!(seconds("Sun, 22 Nov 2026 10:01:30 GMT", date), Some(90));
        assert_eq!(
            seconds("Sun, 22 Nov 2026 09:00:00 GMT", date),
            Some(0),
            "a time that has passed"
        );
        assert_eq!(seconds("Sun, 22 Nov 2026 10:01:30 GMT", None), None);
        let day = Some(24 * 60 * 60);
        assert_eq!(seconds("18446744073709551615", None), day);
        assert_eq!(seconds("Fri, 22 Nov 2126 10:01:30 GMT", date), day);
        assert_eq!(seconds("soon", date), None);
        assert_eq!(seconds("-1", date), None);
    }
}
