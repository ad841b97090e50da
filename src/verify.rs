//! The way back from a package to what it proves: every file is made again, from the evidence or from the report's data, and its
//! bytes are compared. No reader of a page or a document decides what it shows.

pub mod attached;
mod compare;
pub mod consistent;
mod document;
pub mod drawn;
pub mod file;
pub mod folder;
mod handed;
mod line_ends;
mod litter;
mod older;
pub mod package;
mod recomputed;
pub mod register;
pub mod remade;
mod remake;
mod reproduce;
pub mod reproduced;
pub mod signature;
pub mod signoff;
pub mod subject;
mod timestamps;
