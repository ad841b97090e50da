//! Certificates put in order, from the signer's up to whoever vouches for all.

use x509_cert::Certificate;

use super::algorithm::AlgorithmError;
use super::certificate::{display_name, is_self_issued, issued_by};

/// Why certificates are not one chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A certificate that issued none of the others.
    #[error("the certificate of `{0}` is not part of the signer's chain")]
    Stray(String),
    /// A root whose own signature is wrong.
    #[error("the certificate of `{0}` is broken: {1}")]
    Broken(String, AlgorithmError),
}

/// The chain from `signer` through `pool`. Each must have issued the one before it, all of the pool must be used, and a
/// certificate that says that it issued itself must have done so.
///
/// # Errors
/// When a certificate is left over or a root is broken.
pub fn in_order(signer: Certificate, mut pool: Vec<Certificate>) -> Result<Vec<Certificate>, ChainError> {
    let mut chain = vec![signer];
    while let Some(last) = chain.last().filter(|last| !is_self_issued(last)) {
        let Some(place) = pool.iter().position(|entry| issued_by(last, entry).is_ok()) else { break };
        let next = pool.swap_remove(place);
        chain.push(next);
    }
    let name = |entry: &Certificate| display_name(entry.tbs_certificate().subject());
    if let Some(stray) = pool.first() {
        return Err(ChainError::Stray(name(stray)));
    }
    if let Some(root) = chain.last().filter(|last| is_self_issued(last)) {
        issued_by(root, root).map_err(|why| ChainError::Broken(name(root), why))?;
    }
    Ok(chain)
}
