//! Which requests came.

use std::collections::{BTreeMap, VecDeque};

use super::exchange::Request;

/// How many requests are remembered one by one.
const KEPT: usize = 100_000;

/// How many paths are counted one by one, and where the rest is counted.
const PATHS: usize = 1000;
const OTHERS: &str = "others";

/// A request that came.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{IrisClient, sandbox::Sandbox};
/// # let iris = Sandbox::builder().start().await.unwrap();
/// # let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// client.ping().await.unwrap();
/// let last = iris.requests().pop().unwrap();
/// assert_eq!((last.method.as_str(), last.path.as_str(), last.status), ("GET", "/api/ping", 200));
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Its method.
    pub method: String,
    /// Its path without the query.
    pub path: String,
    /// Status of the answer; 0 if there was none.
    pub status: u16,
}

#[derive(Default)]
pub(super) struct Log {
    requests: VecDeque<LoggedRequest>,
    total: u64,
    per_path: BTreeMap<String, u64>,
    per_status: BTreeMap<u16, u64>,
}

impl Log {
    pub(super) fn note(&mut self, request: &Request, status: u16) {
        self.total += 1;
        let parts = request.path.split('/');
        let general: Vec<_> = parts
            .map(|part| {
                let number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
                if number { "<id>" } else { part }
            })
            .collect();
        let path = format!("{} {}", request.method, general.join("/"));
        // A scanner must not fill the memory.
        let is_full = self.per_path.len() >= PATHS;
        match self.per_path.get_mut(&path) {
            Some(count) => *count += 1,
            None if is_full => *self.per_path.entry(OTHERS.to_owned()).or_default() += 1,
            None => {
                self.per_path.insert(path, 1);
            }
        }
        *self.per_status.entry(status).or_default() += 1;
        if self.requests.len() == KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(LoggedRequest {
            method: request.method.clone(),
            path: request.path.clone(),
            status,
        });
    }

    pub(super) fn requests(&self) -> Vec<LoggedRequest> {
        self.requests.iter().cloned().collect()
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn per_path(&self) -> &BTreeMap<String, u64> {
        &self.per_path
    }

    pub(super) fn per_status(&self) -> &BTreeMap<u16, u64> {
        &self.per_status
    }
}
