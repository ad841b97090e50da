//! The PDF, judged by veraPDF, poppler, qpdf and MuPDF. A missing program skips its test, except where `CI` is set.

mod archive;
mod bench;
mod people;
mod signed;
