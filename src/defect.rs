//! A broken rule of the program's own.

use std::borrow::Cow;

use crate::remedy::Remedy;

/// A state that the program's own rules exclude, whatever its input is. It ends what is being done: nothing is signed or
/// reported that rests on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this program contradicts itself: {0}")]
pub struct Defect(
    /// What cannot be, as a clause: `the signature lies outside its file`.
    pub &'static str,
);

impl Remedy for Defect {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        Some("nothing was signed; report this defect with the command and the version that --version prints".into())
    }
}
