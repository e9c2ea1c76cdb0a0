//! Reads a streamed answer line by line, with a limit for every kind of waiting and of size.

use std::ops::ControlFlow;
use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use tokio::time::{Instant, timeout, timeout_at};
use triage_core::{TriageError, TriageErrorKind};

use crate::failure::{Peer, no_use};
use crate::http::error_body;
use crate::lines::{Lines, TooMuch};

/// One token is a line of about 150 bytes; a megabyte is nothing that a model server sends.
pub(crate) const LONGEST_LINE: usize = 1 << 20;
/// Every token of a long thought as a line of its own, and some room.
const LONGEST_STREAM: usize = 32 << 20;

/// For the small calls, which no model is needed for.
pub(crate) const SMALL_CALL: Duration = Duration::from_secs(10);

/// How long to wait for what; `None` waits for ever, as a warm-up must.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) first: Option<Duration>,
    pub(crate) between: Option<Duration>,
}

/// One line, and whether the stream ended before its line end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) unfinished: bool,
}

/// Sends a request and hands every line of its answer to `take`, until that breaks or the answer ends. Says whether it broke.
pub(crate) async fn each_line(
    request: RequestBuilder,
    patience: Patience,
    peer: &Peer<'_>,
    mut take: impl FnMut(Line<'_>) -> Result<ControlFlow<()>, TriageError>,
) -> Result<ControlFlow<()>, TriageError> {
    let first = patience.first.map(|limit| (after(limit), limit));
    let mut response = open(request, first, patience, peer).await?;
    let mut lines = Lines::new(LONGEST_LINE, LONGEST_STREAM);
    let mut begun = false;
    loop {
        let waited = match (begun, first, patience.between) {
            (false, Some((deadline, limit)), _) => timeout_at(deadline, response.chunk())
                .await
                .map_err(|_| silent(peer, "sent no first token within", limit)),
            (true, _, Some(limit)) => timeout(limit, response.chunk())
                .await
                .map_err(|_| silent(peer, "sent nothing more for", limit)),
            _ => Ok(response.chunk().await),
        };
        let Some(piece) = waited?.map_err(|error| peer.unreachable(error))? else {
            break;
        };
        lines.push(&piece).map_err(too_much)?;
        while let Some(line) = lines.next_line().map_err(too_much)? {
            begun = true;
            let line = Line {
                bytes: &line,
                unfinished: false,
            };
            if take(line)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    let rest = lines.rest();
    if rest.is_empty() {
        return Ok(ControlFlow::Continue(()));
    }
    take(Line {
        bytes: &rest,
        unfinished: true,
    })
}

/// Waits for the head of the answer; an error status ends the call.
async fn open(
    request: RequestBuilder,
    first: Option<(Instant, Duration)>,
    patience: Patience,
    peer: &Peer<'_>,
) -> Result<Response, TriageError> {
    let answered = match first {
        Some((deadline, limit)) => timeout_at(deadline, request.send())
            .await
            .map_err(|_| silent(peer, "sent no first token within", limit))?,
        None => request.send().await,
    };
    let response = answered.map_err(|error| peer.unreachable(error))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let headers = response.headers().clone();
    // An error whose text hangs is still an error.
    let patience = patience.between.unwrap_or(Duration::from_secs(10));
    let body = timeout(patience, error_body(response)).await.unwrap_or_default();
    Err(peer.refused(status, &headers, &body))
}

fn silent(peer: &Peer<'_>, what: &str, limit: Duration) -> TriageError {
    peer.error(TriageErrorKind::Timeout, &format!("{what} {}", seconds(limit)))
}

/// Gives the moment at which a limit is over; one without an end is a year away.
pub(crate) fn after(limit: Duration) -> Instant {
    Instant::now() + limit.min(Duration::from_hours(365 * 24))
}

/// Writes a limit as people set it.
pub(crate) fn seconds(limit: Duration) -> String {
    if limit.subsec_millis() == 0 {
        format!("{} s", limit.as_secs())
    } else {
        format!("{} ms", limit.as_millis())
    }
}

fn too_much(what: TooMuch) -> TriageError {
    no_use(match what {
        TooMuch::Line => "the answer held a line of more than 1 MiB",
        TooMuch::Stream => "the answer was longer than 32 MiB",
    })
}
