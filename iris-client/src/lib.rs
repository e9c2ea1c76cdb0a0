#![doc = include_str!("../README.md")]

mod account;
mod alerts;
mod catalog;
mod client;
mod error;
mod ids;
mod json;
mod manage;
mod page;
mod retry;
mod skim;
mod spki;
mod tls;
mod transport;

#[cfg(feature = "sandbox")]
pub mod sandbox;

/// For the fuzz target alone: makes of an answer what the client makes of it.
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::transport::read_any_answer;
}

pub use account::{Account, ApiVersion, Permission, Versions};
pub use alerts::{
    Added, Alert, AlertFilter, AlertPatch, Alerts, Asset, Case, Comment, Escalation, Graph, Ioc, Merge, NewAlert,
    NewAsset, NewIoc, Op, OwnerChange, Receipt, Similarities, Sort,
};
pub use catalog::Catalog;
pub use client::{IrisClient, IrisClientBuilder, RawRequest};
pub use error::{Error, Result};
pub use ids::{AlertId, CaseId, CommentId, CustomerId};
pub use manage::{Manage, Named};
pub use page::Page;
pub use retry::RetryPolicy;
pub use tls::TlsMode;
// What a caller hands in or gets out of our types.
pub use secrecy::SecretString;
pub use url::Url;
