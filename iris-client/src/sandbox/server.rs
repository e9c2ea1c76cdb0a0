//! The wire: a thread of its own with sockets that can be closed at will.

use std::{
    collections::HashSet,
    net::{SocketAddr, TcpListener as StdListener},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
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
    fault::{Fault, Faults, Kind},
    log::Log,
    service,
    state::State,
};

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

    pub(super) fn new_tags(&self) -> MutexGuard<'_, HashSet<String>> {
        locked(&self.new_tags)
    }

    /// A request begins to be worked on.
    pub(super) fn begin(&self) {
        let now = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(now, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
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

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>) {
    let mut http = http1::Builder::new();
    if let Some(limit) = shared.keep_alive {
        http.timer(TokioTimer::new()).header_read_timeout(limit);
    }
    let answer = service_fn(|request| service::serve(request, &shared));
    // Ends with the client, or with a fault.
    let _ = http.serve_connection(TokioIo::new(stream), answer).await;
}
