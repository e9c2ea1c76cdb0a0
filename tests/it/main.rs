//! The executables from the outside: real processes, a real file system, and an IRIS that behaves as the recordings do.

mod corpus;
mod faults;
mod hook;
mod stage;
mod street;
mod worker;
