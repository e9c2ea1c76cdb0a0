//! custom-iris, the forwarder: a hook that stores, and a courier that delivers.

pub mod hook;
pub mod launch;
pub mod spool;
