//! An IRIS in this process, which behaves as recordings of a real 2.4.20 do: for tests, demonstrations, other teams.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use iris_client::{CustomerId, IrisClient, NewAlert, sandbox::{Fault, Sandbox}};
//!
//! let iris = Sandbox::builder().start().await.unwrap();
//! let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
//!
//! let high = client.catalog().severity("high").await.unwrap();
//! let new = client.catalog().status("New").await.unwrap();
//! let alert = client.alerts().add(&NewAlert::new("sshd: brute force", high, new, CustomerId(1))).await.unwrap();
//! assert_eq!(iris.alert(alert.id).unwrap().title, "sshd: brute force");
//!
//! iris.fault(Fault::server_error().once());
//! assert!(client.alerts().comment(alert.id, "hello").await.unwrap_err().is_retryable());
//! # });
//! ```
//!
//! It keeps everything in memory, on a thread of its own, and answers as IRIS does: the same states and messages, ownership
//! taken by whoever updates an alert that nobody owns, notes and tags replaced as a whole, filters that match parts of words,
//! unique uuids, numbers spent by inserts that fail. A page for people is at `/`, one per alert at `/ui/alerts/<id>`.
//!
//! # Differences from a real one
//! - Nobody else runs in it: no modules, no hooks, no search index. Requests are handled one at a time unless
//!   [`SandboxBuilder::service_time`] lets them overlap; only then two first uses of a tag meet by themselves.
//! - Objects of related rows in a body (`severity: {…}`) are checked for null and otherwise ignored; IRIS would write through.
//! - Descriptions of IOC types and classifications are their names; a classification's long name is made from its short one.
//! - There are no case templates, no timelines and no import of indicators into cases.
//! - Dates of a filter are read in ISO 8601, `dd.mm.yyyy`, `dd/mm/yyyy` and seconds or milliseconds since 1970; IRIS tries forty
//!   more formats. `fields` takes top-level names.
//! - PostgreSQL's compression of long titles is estimated.
//!
//! # Held to a real one
//! `examples/check_server` is a list of checks that a real 2.4.20 and the sandbox both pass; the test `check_server` runs it.
//!
//! # Recordings that are not followed
//! None: the test `recordings` replays all 227 in order and compares status, kind of content, session cookie, message and data.
//! Ids, uuids that the server chooses, times, SQL behind a message, and descriptions of types and classifications are not
//! compared; of HTML pages, the title is. What the recordings do not hold was put in between: alerts 28 to 32, and the reset
//! after 139. Outages of things that the sandbox does not have (902 to 908: its database, a proxy in front) are replayed with
//! [`Fault`]s.

mod alerts;
mod auth;
mod builder;
mod cases;
mod comments;
mod condition;
mod control;
mod exchange;
mod fault;
mod filter;
mod index;
mod like;
mod log;
mod lone;
mod manage;
mod postgres;
mod printed;
mod python;
mod routes;
mod schema;
mod seed;
mod server;
mod service;
mod similar;
mod state;
mod stored;
mod time;
mod ui;

pub use builder::{Sandbox, SandboxBuilder, User};
pub use fault::Fault;
pub use log::LoggedRequest;
pub use stored::{StoredAlert, StoredAsset, StoredComment, StoredIoc};
