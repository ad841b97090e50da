//! Signatures, judged by openssl, pdfsig, pyHanko and qpdf, and attacks on them.

mod accepted;
mod bench;
mod paper;
