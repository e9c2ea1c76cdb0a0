#![doc = include_str!("../README.md")]

mod actors;
mod address;
mod agent;
mod alert;
mod asset;
mod defender;
mod domain;
mod error;
mod fingerprint;
mod identity;
mod indicator;
mod json;
mod log_line;
pub mod markup;
mod path;
mod reading;
mod role;
mod rule;
mod scan;
mod text;
mod time;
mod url;

pub mod views;

pub use actors::{Actors, Endpoint, Process, User, UserPart};
pub use address::{OwnNetworks, Scope};
pub use agent::Agent;
pub use alert::{Alert, Generation};
pub use asset::{Asset, Os};
pub use error::ParseError;
pub use fingerprint::{Family, Fingerprint, Outcome, same_line};
pub use identity::ALERT_NAMESPACE;
pub use indicator::{Indicator, IndicatorKind};
pub use json::MAX_DEPTH;
pub use rule::{Band, Mitre, Rule};
pub use views::View;
