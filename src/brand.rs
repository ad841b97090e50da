//! What a company puts on its reports: its logo and its colours. Words and figures are the report's own; this is only what
//! they look like, and it is checked here once for all formats.

mod colour;
mod logo;

pub use colour::{Accent, Colour, ColourError, Scheme};
pub use logo::{LARGEST, Logo, LogoError, Picture};

/// How a report looks beside its words. The default is the program's own look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brand {
    /// The logo, where there is one.
    pub logo: Option<Logo>,
    /// The colour of links, headings and rules on light ground, and on paper.
    pub accent: Option<Accent>,
    /// The same on dark ground.
    pub accent_dark: Option<Accent>,
}
