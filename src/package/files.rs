//! Each file of a package, from the report to its bytes. `report` writes them, and `verify` makes them again and compares: both
//! by these functions, so that there is one way in which a file is made.

use std::io::Write;

use super::error::BuildError;
use super::layout::Layout;
use crate::defect::Defect;
use crate::digest::Checksum;
use crate::render::csv::{self, Table};
use crate::render::handout::{self, README, SignedBy};
use crate::render::html;
use crate::render::json;
use crate::render::ndjson;
use crate::render::parquet;
use crate::render::pdf::{self, Attachment, Content, Relationship};
use crate::render::xlsx;
use crate::render::{self, Out};
use crate::report::AuditReport;

/// What goes into a package, and how it is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// The report.
    pub report: &'a AuditReport,
    /// How its files look.
    pub layout: Layout<'a>,
}

/// A file that is written row by row, or at once, and needs no other file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The register as CSV.
    Register,
    /// The totals as CSV.
    Totals,
    /// The metadata of both.
    Metadata {
        /// The checksum of the register.
        register: &'a Checksum,
        /// The checksum of the totals.
        totals: &'a Checksum,
    },
    /// The whole report.
    Json,
    /// The register, one JSON object a line.
    Ndjson,
    /// The register in typed columns.
    Parquet,
    /// What whoever receives the package reads first; it names the signer.
    Readme(&'a SignedBy),
    /// The letter as plain text, where the package has one.
    Letter(&'a SignedBy),
    /// The workbook.
    Xlsx,
}

impl Piece<'_> {
    /// The file's name in the package `stem`.
    pub fn name(self, stem: &str) -> String {
        match self {
            Self::Register => format!("{stem}.csv"),
            Self::Totals => format!("{stem}-totals.csv"),
            Self::Metadata { .. } => format!("{stem}.csv-metadata.json"),
            Self::Json => format!("{stem}.json"),
            Self::Ndjson => format!("{stem}.ndjson"),
            Self::Parquet => format!("{stem}.parquet"),
            Self::Readme(_) => README.to_owned(),
            Self::Letter(_) => format!("{stem}-letter.txt"),
            Self::Xlsx => format!("{stem}.xlsx"),
        }
    }
}

impl Contents<'_> {
    /// Writes one file.
    ///
    /// # Errors
    /// Where it cannot be made, or `out` takes no more.
    pub fn write(&self, piece: Piece<'_>, out: &mut Out<'_>) -> Result<(), BuildError> {
        let report = self.report;
        let table = |table| csv::Options { table, bom: self.layout.look.bom };
        match piece {
            Piece::Register => csv::write(report, &table(Table::Register), out)?,
            Piece::Totals => csv::write(report, &table(Table::Totals), out)?,
            Piece::Metadata { register, totals } => {
                csv::write(report, &table(Table::Metadata { register, totals }), out)?;
            }
            Piece::Json => json::write(report, &json::Options::default(), out)?,
            Piece::Ndjson => ndjson::write(report, &ndjson::Options::default(), out)?,
            Piece::Parquet => parquet::write(report, &parquet::Options::default(), out)?,
            Piece::Readme(signer) => handout::readme(report, &self.handout(signer, &self.formats()), out)?,
            Piece::Letter(signer) => {
                let language = self.layout.look.letter.ok_or(Defect("a letter in no language"))?;
                handout::letter(report, (language, &self.handout(signer, &self.formats())), out)?;
            }
            Piece::Xlsx => xlsx::write(report, &xlsx::Options::on(self.layout.look.paper), out)?,
        }
        Ok(())
    }

    fn formats(&self) -> Vec<&'static str> {
        self.layout.look.formats.iter().map(|format| format.as_str()).collect()
    }

    fn handout<'b>(&'b self, signer: &'b SignedBy, formats: &'b [&'static str]) -> handout::Options<'b> {
        let look = self.layout.look;
        handout::Options { signer, formats, letter: look.letter, templates: &look.templates }
    }

    /// Writes the letter as a PDF, not signed yet.
    ///
    /// # Errors
    /// Where it cannot be made, or `out` takes no more.
    pub fn letter(&self, signer: &SignedBy, out: &mut dyn Write) -> Result<(), BuildError> {
        let Layout { look, fonts } = self.layout;
        let language = look.letter.ok_or(Defect("a letter in no language"))?;
        let formats = self.formats();
        handout::letter_pdf(self.report, (language, &self.handout(signer, &formats)), (look.paper, fonts), out)?;
        Ok(())
    }

    /// The page, not signed yet; it names the register's file and its SHA-256.
    ///
    /// # Errors
    /// Where a template is wrong.
    pub fn page(&self, register: &Checksum) -> Result<String, BuildError> {
        let (name, digest) = (Piece::Register.name(&self.report.stem()), register.hex());
        let options = html::Options {
            budget: self.layout.look.html_budget,
            templates: self.layout.look.templates.clone(),
            brand: self.layout.look.brand.clone(),
            ..html::Options::new(&name, &digest)
        };
        let page = String::from_utf8(render::bytes(|out| html::write(self.report, &options, out))?);
        Ok(page.map_err(|_| Defect("the page is not a text"))?)
    }

    /// Writes the document, not signed yet; it carries `data`, in this order.
    ///
    /// # Errors
    /// Where it cannot be made, or `out` takes no more.
    pub fn document(&self, data: Vec<(String, Content)>, out: &mut dyn Write) -> Result<(), BuildError> {
        let attachments: Vec<_> = data.into_iter().map(|file| attachment(self.report, file)).collect();
        let options = pdf::Options {
            paper: self.layout.look.paper,
            rows: self.layout.look.pdf_rows,
            attachments: &attachments,
            evidence_sha256: self.report.evidence.as_ref().map(|kept| kept.sha256.clone()),
            fonts: self.layout.fonts,
            brand: Some(&self.layout.look.brand),
        };
        pdf::write(self.report, &options, out)?;
        Ok(())
    }
}

fn attachment(report: &AuditReport, (name, content): (String, Content)) -> Attachment {
    let (media_type, description, relationship) = match name.as_str() {
        name if name.ends_with("-totals.csv") => ("text/csv", "Totals per status", Relationship::Data),
        name if name.ends_with(".csv") => ("text/csv", "Register, one row per batch", Relationship::Data),
        name if name.ends_with(".csv-metadata.json") => {
            ("application/csvm+json", "Meaning of the columns, and control totals", Relationship::Data)
        }
        _ => ("application/json", "The whole report as data", Relationship::Source),
    };
    Attachment {
        name,
        media_type: media_type.to_owned(),
        description: description.to_owned(),
        relationship,
        content,
        modified: report.provenance.ended,
    }
}
