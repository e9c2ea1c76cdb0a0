//! A receiver for what Wazuh 5 pushes: findings go into the spool, and are durable there before the answer says so.
//!
//! Wazuh 5 has no integratord and no alerts.json. A monitor on its findings sends them through the custom webhook of the
//! Notifications plug-in; other senders may post findings as they are, one, a list, or one a line.

mod body;
mod refusal;
mod text;

use std::io;
use std::mem::{self, Discriminant};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::Route;
use crate::forwarder::spool::{DestinationId, Entry, Limits, Room, Spool};
use crate::server;
use refusal::{LEAVE, Refusal};

/// Bodies that are read at once; the others wait, so that memory is bounded.
const BODIES: usize = 4;
/// Connections that are open at once; the others wait. Each takes a handle that the courier needs for its own files.
const CONNECTIONS: usize = 64;
/// How long a sender may take for its head, for its body and to take the answer, how long its connection may lie idle, and how long it may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many findings share one sync; there is a look for room before each.
const SYNCED: usize = 256;
/// What came of the calls so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// Findings that were stored.
    pub stored: AtomicU64,
    /// Calls that were refused for what they sent: no token, too large, not a finding.
    pub refused: AtomicU64,
    /// Calls that were turned away for want of room, or of a word where IRIS is.
    pub turned_away: AtomicU64,
}

/// The receiver.
#[derive(Clone)]
pub struct Receiver(Arc<Inner>);

struct Inner {
    spool: Spool,
    route: Mutex<Route>,
    terms: Mutex<Terms>,
    turns: Arc<Semaphore>,
    /// Whoever stores holds it; true when nothing more is stored.
    is_closed: RwLock<bool>,
    /// It turns findings away because nobody has said where IRIS is, and has said so.
    unnamed: AtomicBool,
    /// Why bodies were refused, so far as it was said.
    said: Mutex<Vec<Discriminant<body::NotFindings>>>,
    tally: Tally,
}

/// What a sender has to keep to.
#[derive(Clone, Copy)]
struct Terms {
    token: [u8; 32],
    max_bytes: usize,
}

impl Receiver {
    /// A receiver that stores in this spool.
    pub fn new(spool: Spool, route: Route, token: &SecretString, max_bytes: usize) -> Self {
        Self(Arc::new(Inner {
            spool,
            route: Mutex::new(route),
            terms: Mutex::new(Terms::new(token, max_bytes)),
            turns: Arc::new(Semaphore::new(BODIES)),
            is_closed: RwLock::new(false),
            unnamed: AtomicBool::new(false),
            said: Mutex::default(),
            tally: Tally::default(),
        }))
    }

    /// What came of the calls so far.
    pub fn tally(&self) -> &Tally {
        &self.0.tally
    }

    /// From now on findings go where this route says.
    pub fn go_by(&self, route: Route) {
        *self.0.route.lock().unwrap_or_else(PoisonError::into_inner) = route;
    }

    /// From now on a sender must show this token, and may send no more than this at once.
    pub fn ask_for(&self, token: &SecretString, max_bytes: usize) {
        *self.0.terms.lock().unwrap_or_else(PoisonError::into_inner) = Terms::new(token, max_bytes);
    }

    /// Stores nothing more: when this returns, all that ever will be is stored. A sender whose call is under way is asked to come again.
    pub fn close(&self) {
        *self.0.is_closed.write().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Receives in the background from now on; who ends that ends it by this task.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<JoinHandle<()>> {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            let text = format!("cannot listen on {address} (webhook.listen): {error}");
            io::Error::new(error.kind(), text)
        })?;
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "the webhook listens beyond this machine, and without TLS: put a proxy with a certificate in front of it"
            );
        }
        Ok(tokio::spawn(server::serve(
            listener,
            self.routes(),
            CONNECTIONS,
            PATIENCE,
        )))
    }

    fn routes(&self) -> Router {
        let nowhere = (StatusCode::NOT_FOUND, LEAVE, "post findings to /findings\n");
        Router::new()
            .route("/", post(receive))
            .route("/findings", post(receive))
            .fallback(|| async { nowhere })
            .method_not_allowed_fallback(|| async { (StatusCode::METHOD_NOT_ALLOWED, LEAVE, "post findings\n") })
            .with_state(self.clone())
    }

    async fn take(&self, request: Request) -> Result<u64, Refusal> {
        let inner = &self.0;
        let Terms { token, max_bytes } = *inner.terms.lock().unwrap_or_else(PoisonError::into_inner);
        // First of all: whoever has no token costs us nothing.
        if !shows(request.headers(), token) {
            return Err(Refusal::NoToken);
        }
        let encoding = encoding(request.headers());
        let announced = request.headers().get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > max_bytes) {
            return Err(Refusal::TooLarge(max_bytes));
        }
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&inner.turns).acquire_owned());
        let Ok(Ok(turn)) = turn.await else {
            return Err(Refusal::NotNow("too many calls at once".to_owned()));
        };
        let body = axum::body::to_bytes(request.into_body(), max_bytes);
        let body = match tokio::time::timeout(PATIENCE, body).await {
            Err(_) => return Err(Refusal::TooSlow),
            // A body of another fault than its size is the sender's too: it broke off.
            Ok(Err(_)) => return Err(Refusal::TooLarge(max_bytes)),
            Ok(Ok(body)) => body,
        };
        let receiver = self.clone();
        // The turn ends with the work, which a sender that leaves does not end.
        let work = move || (receiver.store(&body), drop(turn)).0;
        let stored = tokio::task::spawn_blocking(work).await;
        match (stored, encoding) {
            // What is JSON all the same is taken, whatever its sender says of it.
            (Ok(Err(Refusal::NotFindings(body::NotFindings::NotJson { .. }))), Some(encoding)) => {
                Err(Refusal::Encoded(encoding))
            }
            (Ok(stored), _) => stored,
            (Err(_), _) => Err(Refusal::NotNow("an error of our own; please report it".to_owned())),
        }
    }

    /// Whether no body was refused for such a reason before.
    fn is_news(&self, why: &body::NotFindings) -> bool {
        let mut said = self.0.said.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = mem::discriminant(why);
        let is_news = !said.contains(&reason);
        if is_news {
            said.push(reason);
        }
        is_news
    }

    /// Stores every finding of a body, each durable, in their order.
    fn store(&self, body: &Bytes) -> Result<u64, Refusal> {
        let findings = body::findings(body).map_err(Refusal::NotFindings)?;
        let root = self.0.spool.root();
        self.store_all(findings, || Limits::read(root).room(root))
    }

    /// Where findings go, if somebody has said it: stored for nowhere they would stay there, whatever the hook says later.
    fn destination(&self) -> Result<DestinationId, Refusal> {
        const UNNAMED: &str = "nobody has said where IRIS is, or which of several is meant: set iris.base_url";
        let inner = &self.0;
        let named = inner.route.lock().unwrap_or_else(PoisonError::into_inner).named_own();
        if inner.unnamed.swap(named.is_none(), Ordering::Relaxed) != named.is_none() {
            if named.is_none() {
                tracing::error!("the webhook turns findings away: {UNNAMED}");
            } else {
                tracing::info!("the webhook knows where IRIS is; it takes findings");
            }
        }
        named.ok_or_else(|| Refusal::NotNow(UNNAMED.to_owned()))
    }

    fn store_all(&self, findings: Vec<Vec<u8>>, mut room: impl FnMut() -> Room) -> Result<u64, Refusal> {
        let inner = &self.0;
        let destination = self.destination()?;
        let mut findings = findings.into_iter();
        let mut stored = 0;
        loop {
            let some = findings.by_ref().take(SYNCED);
            let entry = |finding| Entry::new(destination, finding).known_by_text();
            let entries: Vec<Entry> = some.map(entry).collect();
            if entries.is_empty() {
                return Ok(stored);
            }
            match room() {
                Room::Enough => {}
                room => return Err(not_now(format!("too little room at the receiver ({room:?})"), stored)),
            }
            let is_closed = inner.is_closed.read().unwrap_or_else(PoisonError::into_inner);
            if *is_closed {
                return Err(not_now("the receiver ends".to_owned(), stored));
            }
            let put = match entries.as_slice() {
                // Alone it need not sync what others have written.
                [entry] => inner.spool.put(entry).map(drop),
                entries => inner.spool.put_all(entries),
            };
            put.map_err(|error| {
                tracing::error!(%error, stored, "cannot store what the webhook received; its sender is told");
                not_now("cannot store it".to_owned(), stored)
            })?;
            let count = entries.len() as u64;
            stored += count;
            inner.tally.stored.fetch_add(count, Ordering::Relaxed);
        }
    }
}

impl Terms {
    fn new(token: &SecretString, max_bytes: usize) -> Self {
        Self {
            token: digest(token.expose_secret().as_bytes()),
            max_bytes,
        }
    }
}

/// Whether a call shows the token of this digest.
fn shows(headers: &HeaderMap, token: [u8; 32]) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .map_or(&b""[..], |value| value.as_bytes());
    let given = match given.split_at_checked(7) {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case(b"bearer ") => given.trim_ascii(),
        _ => return false,
    };
    // Digests have one length, so neither content nor length of the token can be timed.
    digest(given).ct_eq(&token).into()
}

/// What a sender says that a body is packed by.
fn encoding(headers: &HeaderMap) -> Option<String> {
    let encoding = headers.get(header::CONTENT_ENCODING)?.as_bytes().trim_ascii();
    let says_nothing = |part: &[u8]| part.is_empty() || part.eq_ignore_ascii_case(b"identity");
    let is_plain = encoding
        .split(|byte| *byte == b',')
        .all(|part| says_nothing(part.trim_ascii()));
    (!is_plain).then(|| encoding.escape_ascii().take(40).map(char::from).collect())
}

fn not_now(why: String, stored: u64) -> Refusal {
    Refusal::NotNow(match stored {
        0 => why,
        stored => format!("{why}; {stored} are stored, and may be sent again"),
    })
}

async fn receive(State(receiver): State<Receiver>, request: Request) -> Response {
    match receiver.take(request).await {
        Ok(stored) => axum::Json(serde_json::json!({ "stored": stored })).into_response(),
        Err(refusal) => {
            let count = match refusal {
                Refusal::NotNow(_) => &receiver.tally().turned_away,
                _ => &receiver.tally().refused,
            };
            count.fetch_add(1, Ordering::Relaxed);
            if let Refusal::NotFindings(why) = &refusal
                && receiver.is_news(why)
            {
                tracing::error!(
                    "the webhook has refused a body: {why}; its sender is told, nothing of it is stored, and this is said once"
                );
            }
            refusal.into_response()
        }
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver")
            .field("tally", &self.0.tally)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::forwarder::spool::{Destination, Taken};
    use crate::settings::{Settings, Source};

    #[test]
    fn a_body_of_many_findings_is_taken_as_far_as_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        let mut settings = Settings::parse(&Source::default()).unwrap();
        settings.iris.base_url = Some("https://iris.example".to_owned());
        let route = Route::new(folder.path().to_owned(), &settings);
        let receiver = Receiver::new(spool.clone(), route, &"t".to_owned().into(), 1 << 20);
        let findings = |count| vec![br#"{"wazuh":{"rule":{}}}"#.to_vec(); count];
        let mut looks = 0;
        let taken = receiver.store_all(findings(2 * SYNCED + 1), || {
            looks += 1;
            if looks > 2 { Room::QueueFull } else { Room::Enough }
        });
        let Err(Refusal::NotNow(why)) = taken else {
            panic!("there was no room for the last");
        };
        assert!(why.contains("512 are stored"), "{why}");
        let there = || {
            (
                spool.names().unwrap().len(),
                receiver.tally().stored.load(Ordering::Relaxed),
            )
        };
        assert_eq!(there(), (512, 512));
        assert!(matches!(
            receiver.store_all(findings(SYNCED + 1), || Room::Enough),
            Ok(257)
        ));
        assert_eq!(there(), (769, 769));
    }

    #[test]
    fn a_receiver_that_was_closed_stores_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        let mut settings = Settings::parse(&Source::default()).unwrap();
        settings.iris.base_url = Some("https://iris.example".to_owned());
        let route = Route::new(folder.path().to_owned(), &settings);
        let receiver = Receiver::new(spool.clone(), route, &"t".to_owned().into(), 1 << 20);
        let finding = Bytes::from_static(br#"{"wazuh":{"rule":{"id":"1","title":"t"}}}"#);
        assert!(matches!(receiver.store(&finding), Ok(1)));
        receiver.close();
        assert!(matches!(receiver.store(&finding), Err(Refusal::NotNow(_))));
        assert_eq!(spool.names().unwrap().len(), 1);
    }

    #[test]
    fn a_reason_for_which_bodies_are_refused_is_news_once() {
        let folder = tempfile::tempdir().unwrap();
        let route = Route::new(folder.path().to_owned(), &Settings::parse(&Source::default()).unwrap());
        let receiver = Receiver::new(Spool::at(folder.path()), route, &"t".to_owned().into(), 1 << 20);
        assert!(receiver.is_news(&body::NotFindings::NotJson { line: 1 }));
        assert!(receiver.is_news(&body::NotFindings::None));
        assert!(!receiver.is_news(&body::NotFindings::NotJson { line: 2 }));
    }

    #[tokio::test]
    async fn what_is_said_of_a_body_counts_only_where_it_is_no_json() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        let mut settings = Settings::parse(&Source::default()).unwrap();
        settings.iris.base_url = Some("https://iris.example".to_owned());
        let route = Route::new(folder.path().to_owned(), &settings);
        let receiver = Receiver::new(spool, route, &"t".to_owned().into(), 1 << 20);
        let took = async |encoding: &str, body: &'static str| {
            let request = axum::http::Request::post("/findings")
                .header(header::AUTHORIZATION, "Bearer t")
                .header(header::CONTENT_ENCODING, encoding);
            receiver.take(request.body(body.into()).unwrap()).await
        };
        for encoding in ["utf-8", "identity, identity", "Identity", "", "gzip"] {
            let json = took(encoding, r#"{"wazuh":{}}"#).await;
            assert!(matches!(json, Ok(1)), "{encoding}");
        }
        for encoding in ["br", "identity, deflate"] {
            let packed = took(encoding, "\u{b}packed").await;
            assert!(matches!(packed, Err(Refusal::Encoded(said)) if said == encoding));
        }
        for encoding in ["identity , Identity", ""] {
            let text = took(encoding, "no JSON").await;
            assert!(
                matches!(text, Err(Refusal::NotFindings(body::NotFindings::NotJson { .. }))),
                "{encoding}"
            );
        }
    }

    #[tokio::test]
    async fn whoever_shows_no_token_is_answered_once_and_keeps_no_connection() {
        let folder = tempfile::tempdir().unwrap();
        let route = Route::new(folder.path().to_owned(), &Settings::parse(&Source::default()).unwrap());
        let receiver = Receiver::new(Spool::at(folder.path()), route, &"t".to_owned().into(), 1 << 20);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hours = Duration::from_hours(1);
        tokio::spawn(server::serve(listener, receiver.routes(), CONNECTIONS, hours));
        for (request, answer) in [
            (
                "POST /findings HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 401",
            ),
            ("GET /x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404"),
            ("GET /findings HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405"),
            ("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405"),
            ("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405"),
        ] {
            let mut stranger = tokio::net::TcpStream::connect(address).await.unwrap();
            stranger.write_all(request.as_bytes()).await.unwrap();
            let mut told = String::new();
            let closed = tokio::time::timeout(PATIENCE, stranger.read_to_string(&mut told)).await;
            assert!(closed.is_ok() && told.starts_with(answer), "{told}");
        }
    }

    #[tokio::test]
    async fn a_sender_must_keep_to_the_terms_of_now() {
        let folder = tempfile::tempdir().unwrap();
        let route = Route::new(folder.path().to_owned(), &Settings::parse(&Source::default()).unwrap());
        let receiver = Receiver::new(Spool::at(folder.path()), route, &"old".to_owned().into(), 1 << 20);
        let refused = async |token: &str| {
            let request =
                axum::http::Request::post("/findings").header(header::AUTHORIZATION, format!("Bearer {token}"));
            let request = request
                .header(header::CONTENT_LENGTH, 4096)
                .body("x".repeat(4096).into());
            receiver.take(request.unwrap()).await.unwrap_err()
        };
        assert!(matches!(refused("old").await, Refusal::NotFindings(_)));
        assert!(matches!(refused("new").await, Refusal::NoToken));
        receiver.ask_for(&"new".to_owned().into(), 1024);
        assert!(matches!(refused("old").await, Refusal::NoToken));
        assert!(matches!(refused("new").await, Refusal::TooLarge(1024)));
    }

    #[test]
    fn findings_are_turned_away_until_somebody_has_said_where_iris_is() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path().join("state"));
        spool.create().unwrap();
        let mut settings = Settings::parse(&Source::default()).unwrap();
        settings.ossec_conf = folder.path().join("none");
        let route = Route::new(spool.root().to_owned(), &settings);
        let receiver = Receiver::new(spool.clone(), route, &"t".to_owned().into(), 1 << 20);
        let finding = Bytes::from_static(br#"{"wazuh":{"rule":{"id":"1","title":"t"}}}"#);
        let Err(Refusal::NotNow(why)) = receiver.store(&finding) else {
            panic!("it would wait for an IRIS that has no address");
        };
        assert!(why.contains("iris.base_url"), "{why}");
        assert!(spool.names().unwrap().is_empty());
        let block = Destination {
            url: "https://iris.example/alerts/add".to_owned(),
            key: Some("k".to_owned().into()),
            options: String::new(),
        };
        let block = block.remember(spool.root()).unwrap();
        assert!(matches!(receiver.store(&finding), Ok(1)));
        let name = spool.names().unwrap().remove(0);
        let taken = spool.take(&name, std::time::SystemTime::now()).unwrap();
        assert!(matches!(taken, Taken::Entry(entry) if entry.destination() == block));
    }

    #[test]
    fn findings_go_where_the_settings_of_now_say() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path().join("state"));
        spool.create().unwrap();
        let block = Destination {
            url: "https://iris.example/alerts/add".to_owned(),
            key: Some("k".to_owned().into()),
            options: String::new(),
        };
        let block = block.remember(spool.root()).unwrap();
        let route = |url: &str| {
            let mut settings = Settings::parse(&Source::default()).unwrap();
            settings.ossec_conf = folder.path().join("none");
            settings.iris.base_url = Some(url.to_owned());
            settings.iris.bearer = Some("k".to_owned().into());
            Route::new(spool.root().to_owned(), &settings)
        };
        let receiver = Receiver::new(
            spool.clone(),
            route("https://other.example"),
            &"t".to_owned().into(),
            1 << 20,
        );
        let finding = Bytes::from_static(br#"{"wazuh":{"rule":{"id":"1","title":"t"}}}"#);
        assert!(receiver.store(&finding).is_ok());
        receiver.go_by(route("https://iris.example"));
        assert!(receiver.store(&finding).is_ok());
        let destinations: Vec<_> = spool
            .names()
            .unwrap()
            .iter()
            .map(|name| match spool.take(name, std::time::SystemTime::now()).unwrap() {
                Taken::Entry(entry) => entry.destination(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(destinations, [DestinationId::SETTINGS, block]);
    }
}
