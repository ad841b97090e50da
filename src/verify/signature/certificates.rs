//! Certificates that came with a signature, put in order and leading from the signer up.

use x509_cert::Certificate;

use crate::sign::certificate::{display_name, is_self_issued, issued_by};

/// The chain from `signer` through `pool`. Each must have issued the one before it, all of the pool must be used, and a
/// certificate that says that it issued itself must have done so.
pub(super) fn in_order(signer: Certificate, mut pool: Vec<Certificate>) -> Result<Vec<Certificate>, String> {
    let mut chain = vec![signer];
    while let Some(last) = chain.last().filter(|last| !is_self_issued(last)) {
        let Some(place) = pool.iter().position(|entry| issued_by(last, entry).is_ok()) else { break };
        let next = pool.swap_remove(place);
        chain.push(next);
    }
    if let Some(stray) = pool.first() {
        let name = display_name(stray.tbs_certificate().subject());
        return Err(format!("the certificate of `{name}` in it is not part of the signer's chain"));
    }
    match chain.last().filter(|last| is_self_issued(last)) {
        Some(root) => issued_by(root, root).map(|()| chain.clone()).map_err(|why| {
            format!("the certificate of `{}` is broken: {why}", display_name(root.tbs_certificate().subject()))
        }),
        None => Ok(chain),
    }
}
