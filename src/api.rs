//! The vendor's API as it is: requests, pacing and retries in [`client`], the forms of the answer in [`wire`].

pub mod client;
pub mod endpoint;
mod error;
pub mod exchange;
pub mod key;
mod pace;
mod read;
mod remedy;
mod retry;
pub mod wire;

pub use error::{ApiError, Subject};
pub use read::{count, read};
