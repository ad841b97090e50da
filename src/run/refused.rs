//! What to do where completeness could not be established.

use crate::collect::Refusal;
use crate::remedy::Remedy;

impl Remedy for Refusal {}
