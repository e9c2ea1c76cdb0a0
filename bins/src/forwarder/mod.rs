//! custom-iris, the forwarder: a hook that stores, and a courier that delivers.
//!
//! ```text
//! hook      bytes ─Spool::put→ Entry (durable)
//! courier   Entry ─Alert::from_slice→ Alert ─noise::judge→ Decision ─Queue::take_in→ waiting, or out by a door
//!           Due ─mapping::to_new_alert→ NewAlert ─delivery::deliver→ Attempt ─Queue::settle→ delivered or parked
//! ```

mod allow;
pub mod breaker;
mod cli;
pub mod courier;
pub mod delivery;
mod doctor;
pub mod door;
mod explain;
pub mod hook;
pub mod ids;
mod install;
pub mod launch;
pub mod mapping;
pub mod noise;
mod ossec_conf;
mod pace;
mod place;
pub mod queue;
mod redirect;
mod replay;
mod report;
pub mod source;
pub mod spool;
pub mod target;

pub use cli::{main, subcommand};
