//! Why bytes are not an alert.

/// Bytes that are not one alert. The caller still has them: nothing is taken from the slice that was given.
///
/// No variant quotes the input: an alert's text never reaches a log through an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but blanks, a byte order mark or NUL bytes (a sparse file after a crash). Drop it, or wait for the writer.
    #[error("the alert is empty")]
    Empty,
    /// integratord's shell-like text. The integration block needs one more line.
    #[error(
        "the alert is integratord's plain text, not JSON: add <alert_format>json</alert_format> to the <integration> block"
    )]
    IntegratordText,
    /// Cut off, two values on one line, or no JSON at all. Keep the bytes for a person.
    #[error("the alert is not JSON: {what} at byte {offset} (line {line}, column {column})")]
    NotJson {
        /// Bytes before the fault, counted from the first byte that was given.
        offset: usize,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault in bytes, from 1.
        column: usize,
        /// What was found or missed, in words of ours.
        what: &'static str,
    },
    /// JSON, but a list, a string, a number or `null`.
    #[error("the alert is JSON, but not an object")]
    NotAnObject,
}
