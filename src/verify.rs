//! The way back from a package to what it proves.

pub mod csv;
pub mod figures;
pub mod file;
pub mod html;
pub mod ndjson;
pub mod package;
pub mod pdf;
mod reproduce;
pub mod returned;
pub mod signature;
pub mod stated;
