//! The table of signals, by what wrote the log.
//!
//! A line says: what must hold, how much it weighs, which technique it shows, and what it means. From [`super::signals`]: weights
//! add up to 5 for an attack, −2 for ordinary work; 3 and above forbids closing. Texts are lower case; commands come without
//! quotes and carets and with `/` for `\`, URLs percent-decoded.

mod cloud;
mod files;
mod logon;
mod product;
mod unix;
mod web;
mod windows;

use super::signals::Signal;

pub(super) const TABLES: [&[Signal]; 7] = [
    windows::SIGNALS,
    unix::SIGNALS,
    logon::SIGNALS,
    files::SIGNALS,
    web::SIGNALS,
    cloud::SIGNALS,
    product::SIGNALS,
];

/// One line.
const fn line(
    name: &'static str,
    weight: i32,
    technique: &'static str,
    says: &'static str,
    when: &'static [super::signals::Test],
) -> Signal {
    Signal {
        name,
        weight,
        technique,
        says,
        when,
    }
}
