//! What can go wrong on demand.

use std::{str::FromStr, time::Duration};

use super::exchange::{Answer, Request};

/// Something that goes wrong, for which requests, and how often.
///
/// ```
/// use iris_client::sandbox::Fault;
/// # use std::time::Duration;
/// let busy = Fault::rate_limited(Some(Duration::from_secs(2))).on("/alerts/add").times(3);
/// assert_eq!("429:2*3@/alerts/add".parse::<Fault>().unwrap(), busy);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub(super) kind: Kind,
    path: Option<String>,
    text: Option<String>,
    times: Option<u32>,
    skip: u32,
    pub(super) after_commit: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Latency(Duration),
    /// Nobody listens; `None` until cleared.
    Refuse(Option<Duration>),
    Hang,
    Close,
    Status(u16, Option<Duration>),
    BadGateway,
    Torn,
    ContentType,
    SlowBody(Duration),
    LoginPage,
    Redirect,
    TagRace,
}

impl Fault {
    /// Answers later than it would.
    pub fn latency(by: Duration) -> Self {
        Self::new(Kind::Latency(by))
    }

    /// Listens no longer, and closes every connection, until [`super::Sandbox::clear_faults`].
    pub fn refuse() -> Self {
        Self::new(Kind::Refuse(None))
    }

    /// Listens no longer, and closes every connection, for a while.
    pub fn refuse_for(time: Duration) -> Self {
        Self::new(Kind::Refuse(Some(time)))
    }

    /// Never answers.
    pub fn hang() -> Self {
        Self::new(Kind::Hang)
    }

    /// Closes the connection instead of answering.
    pub fn close() -> Self {
        Self::new(Kind::Close)
    }

    /// Answers 429, with or without `Retry-After` in whole seconds.
    pub fn rate_limited(retry_after: Option<Duration>) -> Self {
        Self::new(Kind::Status(429, retry_after))
    }

    /// Answers 503, with or without `Retry-After` in whole seconds.
    pub fn unavailable(retry_after: Option<Duration>) -> Self {
        Self::new(Kind::Status(503, retry_after))
    }

    /// Answers 500 with the page of the framework.
    pub fn server_error() -> Self {
        Self::new(Kind::Status(500, None))
    }

    /// Answers 502 with the page of the proxy in front.
    pub fn bad_gateway() -> Self {
        Self::new(Kind::BadGateway)
    }

    /// Answers 401, as after the key was renewed.
    pub fn unauthorized() -> Self {
        Self::new(Kind::Status(401, None))
    }

    /// Answers 403, as after a permission was taken away.
    pub fn forbidden() -> Self {
        Self::new(Kind::Status(403, None))
    }

    /// Does what was asked and breaks off in the middle of the answer.
    pub fn torn() -> Self {
        Self::new(Kind::Torn)
    }

    /// Does what was asked and calls the answer `text/html`.
    pub fn wrong_content_type() -> Self {
        Self::new(Kind::ContentType)
    }

    /// Does what was asked and lets the answer drip for this long.
    pub fn slow_body(over: Duration) -> Self {
        Self::new(Kind::SlowBody(over))
    }

    /// Answers 200 with a login page.
    pub fn login_page() -> Self {
        Self::new(Kind::LoginPage)
    }

    /// Answers 302 to a login page.
    pub fn redirect() -> Self {
        Self::new(Kind::Redirect)
    }

    /// Answers 400 as when another request uses a new tag at the same moment; nothing is stored.
    pub fn tag_race() -> Self {
        Self::new(Kind::TagRace)
    }

    /// Only for requests whose path begins like this.
    #[must_use]
    pub fn on(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// Only for requests whose body holds this text: one alert that a server cannot stand among others.
    #[must_use]
    pub fn holding(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    /// Only for this many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only for one request.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Not for the first requests that would be hit.
    #[must_use]
    pub fn skip(mut self, first: u32) -> Self {
        self.skip = first;
        self
    }

    /// Does what was asked first: the caller cannot tell, and must not believe that nothing was stored.
    #[must_use]
    pub fn after_commit(mut self) -> Self {
        self.after_commit = true;
        self
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            path: None,
            text: None,
            times: None,
            skip: 0,
            after_commit: false,
        }
    }

    /// The answer that stands in for the real one, where there is one.
    pub(super) fn answer(&self) -> Option<Answer> {
        match &self.kind {
            Kind::Status(401, _) => Some(Answer::refused(401, "Authentication required")),
            Kind::Status(403, _) => Some(Answer::refused(403, "Permission denied")),
            Kind::Status(500, _) => Some(Answer::crash()),
            Kind::Status(status, retry_after) => {
                let answer = Answer::html(*status, "Slow down", "The server is busy.");
                Some(match retry_after {
                    Some(wait) => answer.with_header("retry-after", wait.as_secs().to_string()),
                    None => answer,
                })
            }
            Kind::BadGateway => {
                let page = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>An error occurred.</h1></body></html>\n";
                Some(Answer::page(502, page.to_owned()))
            }
            Kind::LoginPage => Some(Answer::page(
                200,
                "<!doctype html><title>IRIS - Login</title><form method=post></form>\n".to_owned(),
            )),
            Kind::Redirect => Some(Answer::html(302, "Redirecting...", "").with_header("location", "/login?next=%2F")),
            Kind::TagRace => Some(Answer::error(super::postgres::tag_race("new-tag"))),
            Kind::Latency(_)
            | Kind::Refuse(_)
            | Kind::Hang
            | Kind::Close
            | Kind::Torn
            | Kind::ContentType
            | Kind::SlowBody(_) => None,
        }
    }
}

/// `kind[:value][*times][+skip][!][@path]`: `latency:200ms`, `refuse:10s`, `hang`, `close`, `429`, `429:5`, `503:2`, `500`, `502`,
/// `401`, `403`, `torn`, `content-type`, `slow:3s`, `login`, `redirect`, `tag-race`; `!` is after the commit.
impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (head, path) = match text.trim().split_once('@') {
            Some((head, path)) => (head, Some(path)),
            None => (text.trim(), None),
        };
        let after_commit = head.ends_with('!');
        let head = head.trim_end_matches('!');
        let (head, skip) = suffix(head, '+')?;
        let (head, times) = suffix(head, '*')?;
        let (name, value) = match head.split_once(':') {
            Some((name, value)) => (name, Some(duration(value)?)),
            None => (head, None),
        };
        let needed = || value.ok_or_else(|| format!("`{name}` needs a time, such as `{name}:200ms`"));
        let kind = match name {
            "latency" => Kind::Latency(needed()?),
            "refuse" => Kind::Refuse(Some(needed()?)),
            "hang" => Kind::Hang,
            "close" => Kind::Close,
            "torn" => Kind::Torn,
            "content-type" => Kind::ContentType,
            "slow" => Kind::SlowBody(needed()?),
            "login" => Kind::LoginPage,
            "redirect" => Kind::Redirect,
            "tag-race" => Kind::TagRace,
            "502" => Kind::BadGateway,
            "401" | "403" | "429" | "500" | "503" | "504" => Kind::Status(name.parse().unwrap_or(500), value),
            _ => {
                return Err(format!(
                    "`{name}` is no fault; see the list in the README of iris-client"
                ));
            }
        };
        let mut fault = Self::new(kind);
        fault.path = path.map(str::to_owned);
        fault.times = times;
        fault.skip = skip.unwrap_or_default();
        fault.after_commit = after_commit;
        Ok(fault)
    }
}

fn suffix(text: &str, mark: char) -> Result<(&str, Option<u32>), String> {
    let Some((head, number)) = text.split_once(mark) else {
        return Ok((text, None));
    };
    let number = number
        .parse()
        .map_err(|_| format!("`{number}` behind `{mark}` is no whole number"))?;
    Ok((head, Some(number)))
}

/// `5` and `5s` are seconds, `200ms` milliseconds.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = |_| format!("`{text}` is no time; write `200ms` or `3s`");
    if let Some(number) = text.strip_suffix("ms") {
        return number.parse().map(Duration::from_millis).map_err(wrong);
    }
    text.trim_end_matches('s')
        .parse()
        .map(Duration::from_secs)
        .map_err(wrong)
}

/// The faults that are on.
#[derive(Default)]
pub(super) struct Faults {
    active: Vec<Fault>,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.active.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.active.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.active.len()
    }

    /// The faults that hit this request: every latency, and the first of the others. Counts them.
    pub(super) fn hit(&mut self, request: &Request) -> Vec<Fault> {
        let mut hits: Vec<Fault> = Vec::new();
        for fault in &mut self.active {
            let holds = |text: &String| {
                request
                    .body
                    .windows(text.len().max(1))
                    .any(|part| part == text.as_bytes())
            };
            let elsewhere = fault
                .path
                .as_ref()
                .is_some_and(|path| !request.path.starts_with(path.as_str()))
                || fault.text.as_ref().is_some_and(|text| !holds(text));
            let is_latency = matches!(fault.kind, Kind::Latency(_));
            let second = !is_latency && hits.iter().any(|hit| !matches!(hit.kind, Kind::Latency(_)));
            if elsewhere || second || matches!(fault.kind, Kind::Refuse(_)) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if let Some(times) = &mut fault.times {
                *times = times.saturating_sub(1);
            }
            hits.push(fault.clone());
        }
        self.active.retain(|fault| fault.times != Some(0));
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_says_what_the_builder_says() {
        for (spec, fault) in [
            ("latency:200ms", Fault::latency(Duration::from_millis(200))),
            (
                "500*2+1!@/alerts/add",
                Fault::server_error().times(2).skip(1).after_commit().on("/alerts/add"),
            ),
            ("502", Fault::bad_gateway()),
            ("503:2", Fault::unavailable(Some(Duration::from_secs(2)))),
            ("refuse:10s", Fault::refuse_for(Duration::from_secs(10))),
            ("torn*1", Fault::torn().once()),
        ] {
            assert_eq!(spec.parse::<Fault>().unwrap(), fault, "{spec}");
        }
        for wrong in ["", "latency", "latency:soon", "500*x", "nope"] {
            assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
        }
    }
}
