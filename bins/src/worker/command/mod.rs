//! A triager in any language: a child process that speaks JSON lines.
//!
//! ```text
//! child  {"v":[1],"name":"acme-rules","version":"1.0"}                                first, once; name and version are optional
//! worker {"v":1,"id":1,"deadline_ms":…,"evidence":{…},"system":…,"user":…,"schema":{…},"repair":null}
//! child  {"id":1,"answer":{…}}  or  {"id":1,"error":{"kind":"busy","message":…,"retry_after_seconds":5}}
//! ```

mod child;
mod restarts;
mod triager;
mod veil;
mod wire;

pub use triager::CommandTriager;
