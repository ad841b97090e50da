//! Why a package could not be made.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use super::PlaceError;
use crate::defect::Defect;
use crate::remedy::Remedy;
use crate::render::csv::CsvError;
use crate::render::handout::HandoutError;
use crate::render::html::HtmlError;
use crate::render::json::JsonError;
use crate::render::ndjson::NdjsonError;
use crate::render::parquet::ParquetError;
use crate::render::pdf::PdfError;
use crate::render::xlsx::XlsxError;
use crate::sign::SignError;

/// Why a package could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The CSV files could not be made.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// The JSON could not be made.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The NDJSON could not be made.
    #[error(transparent)]
    Ndjson(#[from] NdjsonError),
    /// The Parquet file could not be made.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The workbook could not be made.
    #[error(transparent)]
    Xlsx(#[from] XlsxError),
    /// The HTML could not be made.
    #[error(transparent)]
    Html(#[from] HtmlError),
    /// The README or the letter could not be made.
    #[error(transparent)]
    Handout(#[from] HandoutError),
    /// The PDF could not be made.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// A file could not be written.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A file that is there could not be read.
    #[error("cannot read `{}`: {error}", .path.display())]
    Kept {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// Something could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The manifest could not be made.
    #[error("cannot make the manifest: {0}")]
    Manifest(serde_json::Error),
    /// The program contradicts itself.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl Remedy for BuildError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Html(error) => error.remedy(),
            Self::Pdf(error) => error.remedy(),
            Self::Xlsx(error) => error.remedy(),
            Self::Place(error) => error.remedy(),
            Self::Sign(error) => error.remedy(),
            Self::Defect(defect) => defect.remedy(),
            Self::Csv(_)
            | Self::Handout(_)
            | Self::Json(_)
            | Self::Ndjson(_)
            | Self::Parquet(_)
            | Self::Kept { .. }
            | Self::Manifest(_) => None,
        }
    }
}

impl Remedy for PdfError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Defect(defect) => defect.remedy(),
            _ => None,
        }
    }
}
