//! The logo and colours that the arguments name, read and found fit, and what the report states of them.

use super::args::Package;
use super::{Exit, Failure};
use crate::brand::{Brand, LARGEST, Logo};
use crate::report::Issuer;

/// The brand of a package, before the API is asked.
pub fn brand(args: &Package) -> Result<Brand, Failure> {
    let logo = args.logo.as_deref().map(|path| {
        let failed = |why: &dyn std::fmt::Display| {
            Failure::new(Exit::Usage, format_args!("cannot use the logo `{}`: {why}", path.display()))
        };
        let length = std::fs::metadata(path).map_err(|error| failed(&error))?.len();
        if length > LARGEST as u64 {
            return Err(failed(&format_args!("it has {length} bytes, and may have {LARGEST}; make it smaller")));
        }
        Logo::new(std::fs::read(path).map_err(|error| failed(&error))?).map_err(|error| failed(&error))
    });
    Ok(Brand { logo: logo.transpose()?, accent: args.accent, accent_dark: args.accent_dark })
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
