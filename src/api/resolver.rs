//! Host names to addresses, by the system's resolver.
//!
//! It blocks, so a thread of its own asks it. reqwest's default does so too, but panics where the system gives it no thread.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::vec::IntoIter;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

/// The system's resolver. Where no thread can be had, the caller's own waits for the answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (hand_over, answer) = oneshot::channel();
        let host = name.as_str().to_owned();
        let asking = std::thread::Builder::new().name("resolver".to_owned()).spawn(move || {
            // If the request was given up, its answer is not wanted.
            drop(hand_over.send(addresses(&host)));
        });
        let is_asking = asking.is_ok();
        Box::pin(async move {
            let found = if is_asking {
                answer.await.unwrap_or_else(|_| Err(io::Error::other("the resolver gave no answer")))
            } else {
                addresses(name.as_str())
            };
            Ok(Box::new(found?) as Addrs)
        })
    }
}

/// The addresses of `host`; the port is filled in later.
fn addresses(host: &str) -> io::Result<IntoIter<SocketAddr>> {
    (host, 0).to_socket_addrs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_resolved_or_the_systems_reason_is_given() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ask = |host: &str| runtime.block_on(Resolver.resolve(host.parse().unwrap()));
        assert!(ask("localhost").unwrap().all(|address| address.ip().is_loopback()));
        assert!(ask("no-such-host.invalid").is_err());
    }
}
