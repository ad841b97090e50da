//! What to do where the API could not be read.

use std::borrow::Cow;

use super::error::ApiError;
use crate::remedy::Remedy;

impl Remedy for ApiError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Refused { remedy, .. } => Some((*remedy).into()),
            _ => None,
        }
    }
}
