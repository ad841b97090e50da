//! What to do about an error, kept apart from what it says: so that no text of a server or a file is ever shown as advice.

use std::borrow::Cow;
use std::fmt::Display;

/// An error that may know a remedy. Its message never holds it.
pub trait Remedy: Display {
    /// What to do, as an imperative; `None` where the message says all that is known.
    fn remedy(&self) -> Option<Cow<'static, str>> {
        None
    }
}

impl Remedy for std::io::Error {}
impl Remedy for serde_json::Error {}
