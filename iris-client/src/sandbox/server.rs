//! The wire: a thread of its own with sockets that can be closed at will.

use std::{
    collections::HashSet,
    convert::Infallible,
    net::{SocketAddr, TcpListener as StdListener},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Response,
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::mpsc,
    task::JoinSet,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

use super::{
    auth::Caller,
    control,
    exchange::{Answer, Request},
    fault::{Fault, Faults, Kind},
    log::Log,
    postgres, routes,
    state::State,
    ui,
};

/// What nginx in front of IRIS lets through.
const LARGEST_BODY: usize = 100 << 20;

/// What the thread and the handle share.
pub(super) struct Shared {
    state: Mutex<State>,
    faults: Mutex<Faults>,
    log: Mutex<Log>,
    /// How long a write takes; with it, requests overlap as they do in a real one.
    pub(super) service_time: Option<Duration>,
    pub(super) keep_alive: Option<Duration>,
    /// Tags that are being used for the first time at this moment.
    new_tags: Mutex<HashSet<String>>,
    under_way: AtomicUsize,
    most_at_once: AtomicUsize,
    commands: mpsc::UnboundedSender<Command>,
}

/// What the thread is told.
pub(super) enum Command {
    /// Close the socket and every connection; open it again after a while, or when told.
    Refuse(Option<Duration>),
    Listen,
    Stop,
}

impl Shared {
    pub(super) fn new(state: State, commands: mpsc::UnboundedSender<Command>) -> Self {
        Self {
            state: Mutex::new(state),
            faults: Mutex::default(),
            log: Mutex::default(),
            service_time: None,
            keep_alive: None,
            new_tags: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            commands,
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        locked(&self.faults)
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        locked(&self.log)
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::Relaxed)
    }

    pub(super) fn command(&self, command: Command) {
        // Nobody listens after the end, and then there is nothing to do.
        let _ = self.commands.send(command);
    }

    /// Switches a fault on.
    pub(super) fn fault(&self, fault: Fault) {
        if let Kind::Refuse(time) = fault.kind {
            self.command(Command::Refuse(time));
            return;
        }
        self.faults().add(fault);
    }

    pub(super) fn clear_faults(&self) {
        self.faults().clear();
        self.command(Command::Listen);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves until it is told to stop; when this returns, every socket is closed.
pub(super) fn run(
    listener: StdListener,
    tls: Option<&TlsAcceptor>,
    shared: &Arc<Shared>,
    mut commands: mpsc::UnboundedReceiver<Command>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let address = listener.local_addr()?;
        let mut listener = Some(TcpListener::from_std(listener)?);
        loop {
            let command = match listener.take() {
                Some(listener) => listen(listener, tls, shared, &mut commands).await,
                None => commands.recv().await.unwrap_or(Command::Stop),
            };
            match command {
                Command::Stop => return Ok(()),
                Command::Listen => listener = Some(bind(address).await?),
                Command::Refuse(time) => {
                    listener = closed(address, time, &mut commands).await?;
                    if listener.is_none() {
                        return Ok(());
                    }
                }
            }
        }
    })
}

/// Accepts until something else is wanted; connections end with it.
async fn listen(
    listener: TcpListener,
    tls: Option<&TlsAcceptor>,
    shared: &Arc<Shared>,
    commands: &mut mpsc::UnboundedReceiver<Command>,
) -> Command {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let (shared, tls) = (shared.clone(), tls.cloned());
                connections.spawn(async move {
                    match tls {
                        None => connection(stream, shared).await,
                        Some(tls) => if let Ok(stream) = tls.accept(stream).await {
                            connection(stream, shared).await;
                        },
                    }
                });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            command = commands.recv() => match command {
                Some(Command::Listen) => {}
                Some(command) => return command,
                None => return Command::Stop,
            }
        }
    }
}

/// Waits with the socket closed; `None` if it is to stay so.
async fn closed(
    address: SocketAddr,
    time: Option<Duration>,
    commands: &mut mpsc::UnboundedReceiver<Command>,
) -> std::io::Result<Option<TcpListener>> {
    let until = async {
        match time {
            Some(time) => sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(until);
    loop {
        tokio::select! {
            () = &mut until => return bind(address).await.map(Some),
            command = commands.recv() => match command {
                Some(Command::Listen) => return bind(address).await.map(Some),
                Some(Command::Refuse(_)) => {}
                Some(Command::Stop) | None => return Ok(None),
            }
        }
    }
}

/// The port may be taken for a moment by a connection that is still closing.
async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let mut last = None;
    for _ in 0..50 {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
        sleep(Duration::from_millis(20)).await;
    }
    Err(last.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into()))
}

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
struct Closed;

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>) {
    let mut http = http1::Builder::new();
    if let Some(limit) = shared.keep_alive {
        http.timer(TokioTimer::new()).header_read_timeout(limit);
    }
    let service = service_fn(|request| serve(request, &shared));
    // Ends with the client, or with a fault.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

async fn serve(request: hyper::Request<Incoming>, shared: &Shared) -> Result<Response<Body>, Closed> {
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
    let under_way = UnderWay::begin(shared);
    let response = api(&request, shared).await;
    drop(under_way);
    let status = response.as_ref().map_or(0, |response| response.status().as_u16());
    shared.log().note(&request, status);
    response
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

/// Counts a request for as long as it lives, also if its connection goes away.
struct UnderWay<'a>(&'a Shared);

impl<'a> UnderWay<'a> {
    fn begin(shared: &'a Shared) -> Self {
        let now = shared.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        shared.most_at_once.fetch_max(now, Ordering::Relaxed);
        Self(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn api(request: &Request, shared: &Shared) -> Result<Response<Body>, Closed> {
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
            return Ok(whole(answer));
        }
        match fault.kind {
            Kind::Hang => std::future::pending::<()>().await,
            Kind::Close => return Err(Closed),
            Kind::Torn => return Ok(torn(&done(carried_out, request, shared).await)),
            Kind::SlowBody(over) => return Ok(slow(&done(carried_out, request, shared).await, over)),
            Kind::ContentType => {
                let answer = done(carried_out, request, shared).await;
                return Ok(whole(Answer {
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
    Ok(whole(handle(request, shared).await))
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
        locked(&shared.new_tags).retain(|tag| !mine.contains(tag));
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
    let mut being_used = locked(&shared.new_tags);
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
