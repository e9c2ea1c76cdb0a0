//! Reads a streamed answer line by line, with a limit for every kind of waiting and of size.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use tokio::time::{Instant, timeout, timeout_at};
use triage_core::{TriageError, TriageErrorKind};

use crate::failure::{Peer, no_use};
use crate::http::{error_body, is_compressed};
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

/// What a line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Took {
    /// Nothing of the answer: it only keeps the connection open, as a proxy's blank line or a comment does.
    Nothing,
    /// A part of the answer.
    Token,
    /// The end of the answer.
    End,
}

/// How a stream ended, and when it began to say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Whether `take` took the end; otherwise the answer broke off.
    pub(crate) in_order: bool,
    /// From the request to the first token.
    pub(crate) first_token: Option<Duration>,
}

/// Sends a request and hands every line of its answer to `take`, until that has taken the end or the answer breaks off.
///
/// Limits count from token to token, not from byte to byte: a server that drips bytes, or sends signs of life and no word, is as
/// silent as one that sends nothing.
pub(crate) async fn each_line(
    request: RequestBuilder,
    patience: Patience,
    peer: &Peer<'_>,
    mut take: impl FnMut(Line<'_>) -> Result<Took, TriageError>,
) -> Result<Ended, TriageError> {
    let begun = Instant::now();
    let mut first_token = None;
    let mut limit = patience
        .first
        .map(|length| Limit::new("sent no first token within", length));
    let mut response = open(request, limit, patience, peer).await?;
    let compressed = is_compressed(&response);
    let mut lines = Lines::new(LONGEST_LINE, LONGEST_STREAM);
    loop {
        let waited = match limit {
            Some(limit) => timeout_at(limit.end, response.chunk())
                .await
                .map_err(|_| limit.over(peer))?,
            None => response.chunk().await,
        };
        let Some(piece) = waited.map_err(|error| peer.unreachable(error))? else {
            break;
        };
        lines.push(&piece).map_err(too_much)?;
        while let Some(line) = lines.next_line().map_err(too_much)? {
            if compressed && std::str::from_utf8(&line).is_err() {
                return Err(peer.compressed());
            }
            let line = Line {
                bytes: &line,
                unfinished: false,
            };
            let took = take(line)?;
            if took != Took::Nothing {
                first_token.get_or_insert_with(|| begun.elapsed());
            }
            match took {
                Took::Nothing => {}
                Took::Token => {
                    limit = patience
                        .between
                        .map(|length| Limit::new("sent nothing more for", length));
                }
                Took::End => {
                    return Ok(Ended {
                        in_order: true,
                        first_token,
                    });
                }
            }
        }
    }
    let rest = lines.rest();
    if rest.is_empty() {
        return Ok(Ended {
            in_order: false,
            first_token,
        });
    }
    if compressed && std::str::from_utf8(&rest).is_err() {
        return Err(peer.compressed());
    }
    let took = take(Line {
        bytes: &rest,
        unfinished: true,
    })?;
    Ok(Ended {
        in_order: took == Took::End,
        first_token: first_token.or_else(|| Some(begun.elapsed())),
    })
}

/// Until when what is waited for.
#[derive(Debug, Clone, Copy)]
struct Limit {
    what: &'static str,
    length: Duration,
    end: Instant,
}

impl Limit {
    fn new(what: &'static str, length: Duration) -> Self {
        Self {
            what,
            length,
            end: after(length),
        }
    }

    fn over(&self, peer: &Peer<'_>) -> TriageError {
        let what = format!("{} {}", self.what, seconds(self.length));
        peer.error(TriageErrorKind::Timeout, &what)
    }
}

/// Waits for the head of the answer; an error status ends the call.
async fn open(
    request: RequestBuilder,
    first: Option<Limit>,
    patience: Patience,
    peer: &Peer<'_>,
) -> Result<Response, TriageError> {
    let answered = match first {
        Some(limit) => timeout_at(limit.end, request.send())
            .await
            .map_err(|_| limit.over(peer))?,
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
