//! From a request on the wire to an answer on the wire, through whatever is made to go wrong.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Response,
    body::{Frame, Incoming},
};
use tokio::time::sleep;

use super::{
    auth::Caller,
    control,
    exchange::{Answer, Request},
    fault::Kind,
    postgres, routes,
    server::Shared,
    ui,
};

/// What nginx in front of IRIS lets through.
const LARGEST_BODY: usize = 100 << 20;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
pub(super) struct Closed;

pub(super) async fn serve(request: hyper::Request<Incoming>, shared: &Arc<Shared>) -> Result<Response<Body>, Closed> {
    let (parts, body) = request.into_parts();
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let mut request = Request {
        method: parts.method.to_string(),
        path: percent_decoded(parts.uri.path()),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        authorization: header("authorization"),
        iris_auth: header("x-iris-auth"),
        content_type: header("content-type"),
        body: Vec::new(),
    };
    match read(body).await {
        Ok(Some(body)) => request.body = body,
        Ok(None) => {
            let page = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n\
                        <center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
            return Ok(whole(Answer::page(413, page.to_owned())));
        }
        Err(_) => return Err(Closed),
    }
    if let Some(answer) = control::answer(shared, &request) {
        return Ok(whole(answer));
    }
    if let Some(answer) = ui::answer(shared, &request) {
        return Ok(whole(answer));
    }
    // A task of its own: a client that gives up does not stop IRIS from carrying out what it asked for.
    let task = tokio::spawn(answer(request, shared.clone()));
    match task.await {
        Ok(Outcome::Answer(response)) => Ok(response),
        Ok(Outcome::Silence) => std::future::pending().await,
        Ok(Outcome::Close) | Err(_) => Err(Closed),
    }
}

/// What becomes of a request.
enum Outcome {
    Answer(Response<Body>),
    /// The connection stays open, and nothing is said.
    Silence,
    Close,
}

async fn answer(request: Request, shared: Arc<Shared>) -> Outcome {
    let under_way = UnderWay::begin(&shared);
    let outcome = api(&request, &shared).await;
    drop(under_way);
    let status = match &outcome {
        Outcome::Answer(response) => response.status().as_u16(),
        Outcome::Silence | Outcome::Close => 0,
    };
    shared.log().note(&request, status);
    outcome
}

/// Reads a body, or to its end without keeping it if it is too large: who is cut off while sending may never see the answer.
async fn read(mut body: Incoming) -> hyper::Result<Option<Vec<u8>>> {
    let mut bytes = Some(Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        bytes = bytes.filter(|bytes| bytes.len() + data.len() <= LARGEST_BODY);
        if let Some(bytes) = &mut bytes {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

/// Counts a request for as long as it is being worked on.
struct UnderWay<'a>(&'a Shared);

impl<'a> UnderWay<'a> {
    fn begin(shared: &'a Shared) -> Self {
        shared.begin();
        Self(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

async fn api(request: &Request, shared: &Shared) -> Outcome {
    let hits = shared.faults().hit(request);
    for fault in hits {
        if let Kind::Latency(time) = fault.kind {
            sleep(time).await;
            continue;
        }
        let carried_out = if fault.after_commit {
            Some(handle(request, shared).await)
        } else {
            None
        };
        if let Some(answer) = fault.answer() {
            return Outcome::Answer(whole(answer));
        }
        match fault.kind {
            Kind::Hang => return Outcome::Silence,
            Kind::Close => return Outcome::Close,
            Kind::Torn => {
                return Outcome::Answer(torn(&done(carried_out, request, shared).await));
            }
            Kind::SlowBody(over) => {
                return Outcome::Answer(slow(&done(carried_out, request, shared).await, over));
            }
            Kind::ContentType => {
                let answer = done(carried_out, request, shared).await;
                return Outcome::Answer(whole(Answer {
                    content_type: "text/html; charset=utf-8",
                    ..answer
                }));
            }
            Kind::Latency(_)
            | Kind::Refuse(_)
            | Kind::Status(..)
            | Kind::BadGateway
            | Kind::LoginPage
            | Kind::Redirect
            | Kind::TagRace => {}
        }
    }
    Outcome::Answer(whole(handle(request, shared).await))
}

async fn done(carried_out: Option<Answer>, request: &Request, shared: &Shared) -> Answer {
    match carried_out {
        Some(answer) => answer,
        None => handle(request, shared).await,
    }
}

/// Answers as IRIS would. With a service time, requests overlap, and two first uses of a tag meet.
async fn handle(request: &Request, shared: &Shared) -> Answer {
    let Some(time) = shared.service_time.filter(|_| request.method == "POST") else {
        return routes::answer(&mut shared.state(), request);
    };
    let mine = first_uses(request, shared);
    sleep(time).await;
    let answer = match &mine {
        Err(tag) => Answer::error(postgres::tag_race(tag)),
        Ok(_) => routes::answer(&mut shared.state(), request),
    };
    if let Ok(mine) = mine {
        shared.new_tags().retain(|tag| !mine.contains(tag));
    }
    answer
}

/// Tags that this request uses first, or the one that another is using first right now.
fn first_uses(request: &Request, shared: &Shared) -> Result<Vec<String>, String> {
    let state = shared.state();
    if Caller::of(&state, request).is_err() {
        return Ok(Vec::new());
    }
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let tags = body
        .get("alert_tags")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    let mut being_used = shared.new_tags();
    let mut mine = Vec::new();
    for tag in tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if state.tags.contains(tag) || mine.iter().any(|own| own == tag) {
            continue;
        }
        if being_used.contains(tag) {
            being_used.retain(|tag| !mine.contains(tag));
            return Err(tag.to_owned());
        }
        being_used.insert(tag.to_owned());
        mine.push(tag.to_owned());
    }
    Ok(mine)
}

fn whole(mut answer: Answer) -> Response<Body> {
    let body = std::mem::take(&mut answer.body);
    response(&answer, full(body.into()))
}

/// Half of the answer, then the end of the connection.
fn torn(answer: &Answer) -> Response<Body> {
    let half = Bytes::copy_from_slice(&answer.body[..answer.body.len() / 2]);
    let first = stream::iter([Ok(Frame::data(half))]);
    // What is written must leave before the error ends the connection.
    let then = stream::once(async {
        sleep(Duration::from_millis(10)).await;
        Err(std::io::ErrorKind::ConnectionReset.into())
    });
    let mut response = response(answer, BodyExt::boxed_unsync(StreamBody::new(first.chain(then))));
    response
        .headers_mut()
        .insert("content-length", answer.body.len().into());
    response
}

/// Twenty pieces, evenly.
fn slow(answer: &Answer, over: Duration) -> Response<Body> {
    let size = answer.body.len().div_ceil(20).max(1);
    let pieces: Vec<Bytes> = answer.body.chunks(size).map(Bytes::copy_from_slice).collect();
    let drip = stream::unfold(pieces.into_iter(), move |mut pieces| async move {
        let piece = pieces.next()?;
        sleep(over / 20).await;
        Some((Ok(Frame::data(piece)), pieces))
    });
    let mut response = response(answer, BodyExt::boxed_unsync(StreamBody::new(drip)));
    response
        .headers_mut()
        .insert("content-length", answer.body.len().into());
    response
}

fn response(answer: &Answer, body: Body) -> Response<Body> {
    let mut builder = Response::builder()
        .status(answer.status)
        .header("content-type", answer.content_type);
    for (name, value) in &answer.headers {
        builder = builder.header(*name, value);
    }
    builder.body(body).unwrap_or_else(|_| Response::new(full(Bytes::new())))
}

fn full(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

fn percent_decoded(path: &str) -> String {
    // A `+` is itself in a path, unlike in a query.
    let plus_safe = path.replace('+', "%2B");
    url::form_urlencoded::parse(format!("p={}", plus_safe.replace('&', "%26").replace('=', "%3D")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
