//! Audit reports over DialNexa batch calls: a population that is proven complete, totalled per status, and handed over
//! signed.
//!
//! Data flows one way, and `verify` walks it back:
//!
//! ```text
//! api -> collect -> calls -> evidence -> period -> totals, findings -> report -> render -> sign -> package
//! ```
//!
//! The use cases are in [`run`]; the program only reads its arguments and calls them. Collected from the built-in sample API,
//! proven complete and written as a signed package:
//!
//! ```
//! use std::sync::Arc;
//!
//! use dialnexa_audit::period::{FiscalYearStart, Period};
//! use dialnexa_audit::run::{self, ApiSource, Gathering, Listener, Packages, Silent, WantedPackages};
//! use dialnexa_audit::sample::{self, SampleApi};
//! use dialnexa_audit::sign::{Algorithm, Identity, Subject};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let out = folder.path();
//! let api = SampleApi::start(sample::Options::default())?;
//! let source = ApiSource::of_sample(&api)?;
//! let quarter = Period::of_quarter("2024-Q1".parse()?, FiscalYearStart::JANUARY, chrono_tz::UTC)?;
//! let signer = Subject { name: "Audit desk".to_owned(), organization: None, email: None };
//! let identity = Identity::create(&signer, Algorithm::P256, chrono::Utc::now(), 1)?;
//! // Whatever can be refused is refused before the API is asked.
//! let packages = Packages::prepare(WantedPackages::new(out), vec![quarter.clone()], identity, None)?;
//!
//! let listener: Arc<dyn Listener> = Arc::new(Silent);
//! let gathered = run::gather(&Gathering::new(out), &[&quarter], quarter.slug(), &source, &listener)?;
//! assert!(gathered.collected.proof.is_ok(), "what is not proven is not reported");
//! let (origin, evidence) = (gathered.origin(), gathered.partial.evidence());
//! let written = packages.write((gathered.collected, &gathered.counts), &origin, &evidence, &|_| ())?;
//! gathered.partial.remove()?;
//!
//! assert_eq!(written[0].report.mark(), "COMPLETE");
//! assert!(written[0].folder.join("batch-audit-2024-Q1.pdf").exists());
//! # Ok(())
//! # }
//! ```

pub mod api;
pub mod batch;
pub mod brand;
pub mod calls;
pub mod cli;
pub mod collect;
pub mod defect;
pub mod digest;
pub mod dispositions;
pub mod draw;
pub mod durable;
pub mod evidence;
pub mod figures;
pub mod findings;
pub mod machine;
pub mod package;
pub mod pdf;
pub mod period;
pub mod pseudonym;
pub mod remedy;
pub mod render;
pub mod report;
pub mod restatement;
pub mod run;
pub mod sample;
pub mod sign;
pub mod spreadsheet;
pub mod totals;
pub mod verify;
pub mod watch;
