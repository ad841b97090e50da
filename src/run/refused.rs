//! What to do where completeness could not be established.

use std::borrow::Cow;

use crate::collect::Refusal;
use crate::remedy::Remedy;

impl Remedy for Refusal {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotTiedOut { .. } | Self::NeverTheSame { .. } => Some("run again at a quieter time".into()),
            Self::TooMany => Some("name a shorter period".into()),
            Self::Unfinished { .. } => Some("run the same command again; it resumes".into()),
            Self::NotFound { .. } | Self::NoProgress { .. } => {
                Some("run again at a quieter time; where it fails again, the API does not page as documented".into())
            }
            Self::Stale { .. } => Some("run again later, or by a way to the API that no cache is in".into()),
            Self::Defect(defect) => defect.remedy(),
            Self::WrongPage { .. } | Self::HiddenRows { .. } | Self::NotBegun { .. } => None,
        }
    }
}
