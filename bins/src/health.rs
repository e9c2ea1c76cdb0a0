//! `/healthz`, `/readyz` and `/metrics` of a long-running process.

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::{Router, routing::get};
use tokio::task::JoinHandle;

use crate::server;

/// Connections that are open at once; the others wait. Each takes a handle that the process needs for its own work.
const CONNECTIONS: usize = 16;
/// How long a client may take for its request, and how long its connection may lie idle.
const PATIENCE: Duration = Duration::from_secs(20);
/// Pause before an address that could not be had is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// Why an address cannot be had, for people, and what to do.
pub(crate) fn advice(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return "only root may listen on a port below 1024: set another one, or none";
    }
    "another process has that address, or it is none of this machine: set another one, or none (custom-iris and ai-worker read the same \
     settings file)"
}

/// What the process last said of itself.
#[derive(Debug, Clone)]
pub(crate) struct Board(Arc<RwLock<Posted>>);

#[derive(Debug)]
struct Posted {
    not_ready: Option<String>,
    metrics: String,
    /// A line for people about the work that waits; empty where there is nothing to say.
    state: String,
}

impl Board {
    /// A board on which nothing stands yet.
    pub(crate) fn new() -> Self {
        Self(Arc::new(RwLock::new(Posted {
            not_ready: Some("starting".to_owned()),
            metrics: String::new(),
            state: String::new(),
        })))
    }

    /// Puts up the state of now; `not_ready` says why the process cannot do its work.
    pub(crate) fn post(&self, not_ready: Option<String>, metrics: Metrics) {
        let mut posted = self.0.write().unwrap_or_else(PoisonError::into_inner);
        posted.not_ready = not_ready;
        posted.metrics = metrics.0;
    }

    /// Says why the process cannot do its work, until the next post; its metrics stay as they were.
    pub(crate) fn not_ready(&self, why: String) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).not_ready = Some(why);
    }

    /// Says whether it can, and why not; its metrics stay as they were.
    pub(crate) fn ready_unless(&self, not_ready: Option<String>) {
        let is_known = self.0.read().unwrap_or_else(PoisonError::into_inner).not_ready == not_ready;
        if !is_known {
            self.0.write().unwrap_or_else(PoisonError::into_inner).not_ready = not_ready;
        }
    }

    /// Puts up a line about the work that waits, for people.
    pub(crate) fn say(&self, state: String) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).state = state;
    }

    /// Serves the board in the background, as soon as the address can be had: no work waits for whoever looks on.
    pub(crate) async fn serve_when_free(&self, listen: Option<SocketAddr>) {
        let Err(error) = self.serve(listen).await else { return };
        tracing::error!(
            "{error}; the work goes on all the same, and it is tried again every {} s: {}",
            AGAIN.as_secs(),
            advice(&error)
        );
        let board = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(AGAIN).await;
                if board.serve(listen).await.is_ok() {
                    return tracing::info!("the state is shown now (health.listen)");
                }
            }
        });
    }

    /// Serves the board in the background, if an address is given; who ends that may end it by this task.
    pub(crate) async fn serve(&self, listen: Option<SocketAddr>) -> io::Result<Option<JoinHandle<()>>> {
        let Some(address) = listen else { return Ok(None) };
        let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("cannot listen on {address} (health.listen): {error}"),
            )
        })?;
        let routes = Router::new()
            .route("/healthz", get(alive))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self.clone());
        Ok(Some(tokio::spawn(server::serve(
            listener,
            routes,
            CONNECTIONS,
            PATIENCE,
        ))))
    }
}

async fn alive(State(board): State<Board>) -> impl IntoResponse {
    let posted = board.0.read().unwrap_or_else(PoisonError::into_inner);
    format!("ok\n{}", line(&posted.state))
}

fn line(state: &str) -> String {
    if state.is_empty() {
        String::new()
    } else {
        format!("{state}\n")
    }
}

async fn ready(State(board): State<Board>) -> impl IntoResponse {
    let posted = board.0.read().unwrap_or_else(PoisonError::into_inner);
    match &posted.not_ready {
        None => (StatusCode::OK, format!("ready\n{}", line(&posted.state))),
        Some(why) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {why}\n{}", line(&posted.state)),
        ),
    }
}

async fn metrics(State(board): State<Board>) -> impl IntoResponse {
    let posted = board.0.read().unwrap_or_else(PoisonError::into_inner);
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        posted.metrics.clone(),
    )
}

/// Metrics in the text form of Prometheus.
#[derive(Debug, Default)]
pub(crate) struct Metrics(String);

impl Metrics {
    /// Adds a counter with one value per label value.
    pub(crate) fn counters<'a>(
        self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'a str, u64)>,
    ) -> Self {
        self.family("counter", name, help, label, values)
    }

    /// Adds a gauge with one value per label value.
    pub(crate) fn gauges<'a>(
        self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'a str, u64)>,
    ) -> Self {
        self.family("gauge", name, help, label, values)
    }

    fn family<'a>(
        mut self,
        kind: &str,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'a str, u64)>,
    ) -> Self {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (word, value) in values {
            // A rule's id may come from an alert.
            let word = word.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
            let _ = writeln!(self.0, "{name}{{{label}=\"{word}\"}} {value}");
        }
        self
    }

    /// Adds a counter.
    pub(crate) fn counter(mut self, name: &str, help: &str, value: u64) -> Self {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}");
        self
    }

    /// Adds a gauge.
    pub(crate) fn gauge(mut self, name: &str, help: &str, value: u64) -> Self {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// What begins with one of our two prefixes behind this sign.
    fn names(text: &str, sign: char) -> BTreeSet<String> {
        let name = |part: &str| {
            let name: String = part
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            let is_ours = |of| name.len() > str::len(of) && name.starts_with(of);
            (is_ours("wazuh_iris_forwarder_") || is_ours("wazuh_iris_worker_")).then_some(name)
        };
        text.split(sign).filter_map(name).collect()
    }

    fn of_sources(folder: &Path) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all.extend(of_sources(&path));
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                all.extend(names(&std::fs::read_to_string(&path).unwrap(), '"'));
            }
        }
        all
    }

    #[test]
    fn every_metric_stands_in_the_page_on_operations_and_no_other_does() {
        let printed = of_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        let told = names(include_str!("../../docs/operations.md"), '`');
        assert!(printed.len() > 20, "{printed:?}");
        let [untold, unknown] = [printed.difference(&told), told.difference(&printed)].map(Iterator::collect::<Vec<_>>);
        assert!(
            untold.is_empty() && unknown.is_empty(),
            "not told: {untold:?}; not printed: {unknown:?}"
        );
    }

    #[test]
    fn a_label_that_came_from_an_alert_cannot_end_its_line() {
        let metrics = Metrics::default().gauges("x", "Things.", "rule", [("1\"} 9\ny\\", 2)]);
        assert!(metrics.0.ends_with("x{rule=\"1\\\"} 9\\ny\\\\\"} 2\n"), "{}", metrics.0);
    }

    #[test]
    fn counters_have_one_line_per_word() {
        let metrics = Metrics::default()
            .counters("x_total", "Things.", "door", [("delivered", 2), ("gated", 1)])
            .gauge("y", "Now.", 3);
        let expected = "# HELP x_total Things.\n# TYPE x_total counter\nx_total{door=\"delivered\"} 2\nx_total{door=\"gated\"} 1\n\
                        # HELP y Now.\n# TYPE y gauge\ny 3\n";
        assert_eq!(metrics.0, expected);
    }
}
