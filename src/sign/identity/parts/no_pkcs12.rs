//! PKCS#12 in a build that cannot read it: every file is refused.

use secrecy::SecretString;

use super::IdentityParts;
use crate::sign::SignError;

/// Refuses the file.
pub(super) fn add(_: &mut IdentityParts, _: &[u8], _: Option<&SecretString>) -> Result<(), SignError> {
    Err(SignError::NoPkcs12)
}
