//! The use cases: gathering with evidence, packages, tables for a warehouse, the latest batches, the state of a watch, delivery.
//!
//! Each takes what it needs as values, returns facts or an error of its own, and reports progress through [`Listener`]. None
//! of them prints, reads an argument or a variable, or decides how a process ends: that is left to the command line.

pub mod authority;
pub mod countersign;
pub mod deliver;
pub mod dispositions;
pub mod draw;
pub mod earlier;
mod existing;
pub mod files;
pub mod fonts;
pub mod gather;
pub mod held;
mod listener;
pub mod logo;
pub mod packages;
mod partial;
pub mod recent;
mod refused;
pub mod replay;
pub mod superseded;
pub mod sync;
pub mod taken;
pub mod templates;
pub mod watch;
pub mod withheld;

pub use gather::{ApiSource, ApiSourceError, GatherError, Gathered, Gathering, gather};
pub use listener::{Listener, Silent, Stop};
pub use packages::{Packages, PackagesError, WantedPackages};
pub use partial::{Held, Partial};
