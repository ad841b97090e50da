//! Signatures, judged by openssl, pdfsig, pyHanko and qpdf, and attacks on them.

mod accepted;
mod attacks;
mod bench;
mod laws;
mod paper;
mod people;
mod pki;
