//! The vendor's API as it is: requests, pacing and retries in [`client`], what an exchange is
//! as an answer in [`answer`], the forms of the answer in [`wire`].

pub mod allowance;
pub mod answer;
pub mod client;
mod coding;
pub mod endpoint;
mod error;
pub mod exchange;
pub mod key;
mod pace;
mod proxy;
mod read;
mod remedy;
mod resolver;
mod retry;
pub mod wire;

pub use error::{ApiError, Subject};
pub use proxy::{ProxyError, applied};
pub use read::{count, read};
pub use resolver::Resolver;
pub use retry::{Trouble, Verdict};
