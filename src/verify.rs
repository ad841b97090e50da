//! The way back from a package to what it proves.

pub mod csv;
pub mod figures;
pub mod file;
pub mod folder;
pub mod html;
mod litter;
pub mod ndjson;
pub mod package;
pub mod pdf;
pub mod register;
mod reproduce;
pub mod signature;
pub mod stated;
mod timestamps;
