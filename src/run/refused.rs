//! What to do where completeness could not be established.

use std::borrow::Cow;

use crate::collect::Refusal;
use crate::remedy::Remedy;

impl Remedy for Refusal {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Defect(defect) => defect.remedy(),
            _ => None,
        }
    }
}
