//! The report as bytes, one room a format. No files, no clock, no keys.

pub mod csv;
pub mod html;
pub mod json;
pub mod ndjson;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "render/parquet/absent.rs"]
pub mod parquet;
pub mod pdf;
pub mod ticket;
