//! What lies below a failed call: causes of causes.

use std::error::Error;
use std::io;

/// Longest cause that a message repeats, in characters.
const LONGEST: usize = 120;

/// Finds what is wrong with a certificate, which no amount of waiting mends.
pub(crate) fn certificate_fault(error: &reqwest::Error) -> Option<String> {
    causes(error).find_map(|cause| match cause.downcast_ref() {
        Some(rustls::Error::InvalidCertificate(why)) => Some(format!("{why:?}").chars().take(80).collect()),
        _ => None,
    })
}

/// Says what kept a connection from coming about, or broke it: the name, the port, TLS.
pub(crate) fn of_connection(error: &reqwest::Error) -> String {
    if causes(error).any(|cause| matches!(cause.downcast_ref(), Some(rustls::Error::InvalidMessage(_)))) {
        return "what answers there does not speak TLS".to_owned();
    }
    let Some(deepest) = causes(error).last() else {
        return "no cause is known".to_owned();
    };
    let text = deepest.to_string();
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| {
        // An io::Error does not give what it wraps as its source, only that one's source.
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => cause.source(),
        }
    })
}
