//! Audit reports over DialNexa batch calls: a population that is proven complete, totalled per status, and handed over
//! signed.
//!
//! Data flows one way, and `verify` walks it back:
//!
//! ```text
//! api -> collect -> calls -> evidence -> period -> totals, findings -> report -> render -> sign -> package
//! ```

pub mod api;
pub mod batch;
pub mod brand;
pub mod calls;
pub mod cli;
pub mod collect;
pub mod digest;
pub mod evidence;
pub mod findings;
pub mod package;
pub mod pdf;
pub mod period;
pub mod pseudonym;
pub mod render;
pub mod report;
pub mod restatement;
pub mod sample;
pub mod sign;
pub mod spreadsheet;
pub mod totals;
pub mod verify;
pub mod watch;
