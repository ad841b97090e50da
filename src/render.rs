//! The report as bytes, one room a format. No files, no clock, no keys.

pub mod csv;
pub mod html;
pub mod json;
pub mod ndjson;
pub mod parquet;
pub mod pdf;
pub mod ticket;
