//! The tag protocol, as prose and as pure functions.
