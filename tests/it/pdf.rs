//! The PDF, judged by veraPDF, poppler, qpdf and MuPDF. A missing program skips its test, except where `CI` is set.

pub mod archive;
pub mod bench;
mod people;
mod signed;
