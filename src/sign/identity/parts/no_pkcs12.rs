//! PKCS#12 in a build that cannot read it: every file is refused.

use secrecy::SecretString;

use super::Parts;
use crate::sign::SignError;

/// Refuses the file.
pub(super) fn add(_: &mut Parts, _: &[u8], _: Option<&SecretString>) -> Result<(), SignError> {
    Err(SignError::NoPkcs12)
}
