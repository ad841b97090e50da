//! What kept a request from being answered: what is worth another try, and what never changes.

use std::error::Error;
use std::io;

/// An error with all that caused it: reqwest's own text says the least.
pub fn causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { String::new() };
    for error in chain(error) {
        let words = error.to_string();
        if !text.contains(&words) {
            text = if text.is_empty() { words } else { format!("{text}: {words}") };
        }
    }
    text
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// Whether the system refused a descriptor or memory: `EMFILE`, `ENFILE`, `ENOMEM`.
pub(super) fn is_scarce(error: &reqwest::Error) -> bool {
    let code = |error: &(dyn Error + 'static)| error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
    cfg!(unix) && chain(error).any(|error| matches!(code(error), Some(24 | 23 | 12)))
}

/// Why the server's certificate is not accepted; `None` where something else failed.
pub(super) fn certificate(error: &reqwest::Error) -> Option<String> {
    chain(error).find_map(|error| match of_tls(error)? {
        rustls::Error::InvalidCertificate(why) => Some(why.to_string()),
        rustls::Error::NoCertificatesPresented => Some("it sent none".to_owned()),
        _ => None,
    })
}

/// The error of TLS in an error of input and output, which may be inside another one; its source is only what is below it.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.downcast_ref().or_else(|| of_tls(inside?))
}

/// Whether a proxy opened no tunnel.
pub(super) fn is_refused_by_proxy(error: &reqwest::Error) -> bool {
    let words = ["tunnel error: unsuccessful", "tunnel error: proxy authorization required"];
    chain(error).any(|error| words.contains(&&*error.to_string()))
}
