//! Signatures, judged by openssl, pdfsig, pyHanko and qpdf, and attacks on them.
//! A test may stop at what is not there, and prints what others say.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod accepted;
mod appended;
mod attacks;
mod authority;
mod bench;
mod beside;
mod commands;
mod constrained;
mod countersigned;
mod forged;
mod forged_documents;
mod handed_over;
mod handouts;
mod identities;
mod large;
mod lasting;
mod lasting_attacks;
mod laws;
mod mutations;
mod names;
mod opened;
mod packages;
mod paper;
mod people;
mod pki;
mod refused;
mod responders;
mod sign_off;
mod stamped;
mod stamps;
mod superseding;
mod times;
#[cfg(feature = "pkcs11")]
mod tokens;
mod unverified;
mod verdicts;
