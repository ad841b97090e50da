//! The logo and colours that the arguments name, read and found fit, and what the report states of them.

use super::Failure;
use super::args::Package;
use crate::brand::{Brand, Logo};
use crate::report::Issuer;
use crate::run::logo::logo;

/// The brand of a package, before the API is asked.
pub fn brand(args: &Package) -> Result<Brand, Failure> {
    let logo = args.logo.as_deref().map(logo).transpose()?;
    Ok(Brand { logo, accent: args.accent, accent_dark: args.accent_dark })
}

/// What the report states of who hands it over, and of how it looks.
pub fn issuer(args: &Package, brand: &Brand) -> Issuer {
    Issuer {
        organisation: args.organisation.clone(),
        retention: args.retention.clone(),
        logo_sha256: brand.logo.as_ref().map(Logo::sha256),
        accent: brand.accent.map(|accent| accent.colour().to_string()),
        accent_dark: brand.accent_dark.map(|accent| accent.colour().to_string()),
    }
}
