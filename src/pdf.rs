//! The syntax of PDF, read and appended to, for whoever signs and whoever checks: objects and how they are written, the
//! cross-reference sections from the last to the first, streams, the operations of a page, and revisions to be appended.
//! What a document means, and the writing of a new one, are left to others.
//!
//! Untrusted input: sizes, depths and counts are limited, and what two readers could read in two ways (such as a key twice
//! in one dictionary) is refused.

mod document;
mod form;
mod increment;
mod inflate;
mod lexer;
mod object;
mod operations;
mod packed;
mod pages;
mod text;
mod xref;

pub use document::Pdf;
pub use form::SignatureField;
pub use increment::Increment;
pub use object::{Dictionary, Id, Object, Span};
pub use operations::{Operation, Operations};
pub use text::{text_string, utf16};

/// Why a PDF cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// It does not begin as a PDF.
    #[error("it does not begin with %PDF-")]
    NotPdf,
    /// The syntax is broken at a place.
    #[error("at byte {at}: {what}")]
    Syntax {
        /// The offset from the file's start.
        at: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// A structure that should be there is not.
    #[error("{0} is missing or not as it should be")]
    Missing(&'static str),
    /// Larger or deeper than any honest file.
    #[error("{0} is beyond what is read")]
    TooMuch(&'static str),
    /// Encrypted files are not handled.
    #[error("it is encrypted")]
    Encrypted,
    /// There is no field to sign.
    #[error("it has no empty signature field")]
    NoField,
    /// It is signed.
    #[error("it is signed already")]
    AlreadySigned,
}
