//! The way back from a package to what it proves.

pub mod csv;
pub mod html;
pub mod pdf;
pub mod signature;
pub mod stated;
