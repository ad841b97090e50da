//! What the files of a package were made with beside the evidence. With it, `verify` and any other reader of the package can
//! make each file again and compare the bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AuditReport, Compared, EvidenceStatement, Grouping, Issuer, PeriodStatement, Scope, Standing, Supersedes};
use crate::pseudonym::Pseudonyms;

/// How the files were made. It states no figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The number of each format's form, by the format's name. Files of one form are the same bytes whichever version makes them.
    pub forms: BTreeMap<String, u32>,
    /// The version of the program that rendered them, which need not be the one that collected.
    pub version: String,
    /// The commit that it was built from, where that is known.
    pub commit: Option<String>,
    /// The formats that were asked for, in that order.
    pub formats: Vec<String>,
    /// Whether CSV files begin with a byte order mark.
    pub bom: bool,
    /// How many bytes the HTML may have.
    pub html_budget: u64,
    /// The PDF's paper: `a4` or `letter`.
    pub paper: String,
    /// The rows of the register that the PDF prints: `auto`, `all` or a number.
    pub pdf_rows: String,
    /// How digits are grouped for people. A report of a version before this statement had thin spaces.
    #[serde(default = "thin")]
    pub grouping: Grouping,
    /// The language of the cover letter: `en` or `hi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<String>,
    /// The fonts beside the built-in ones, in the order in which a character is looked for in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fonts: Vec<MadeFont>,
    /// The templates that take the place of built-in ones, by the name of the built-in one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub templates: BTreeMap<String, MadeFile>,
    /// The logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<MadeFile>,
    /// What was taken of the package that the report supersedes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded: Option<MadePackage>,
    /// What was taken of the package of an earlier period that the report is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<MadePackage>,
    /// The company's answers to findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispositions: Option<MadeFile>,
    /// Whether the evidence had no signature when the report was made from it: then its maker alone answers for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsigned_evidence: bool,
}

impl Made {
    /// The files of `inputs/` that it names, each with its SHA-256 in hex.
    pub fn inputs(&self) -> BTreeMap<&str, &str> {
        let packages = self.superseded.iter().chain(&self.compared).flat_map(MadePackage::files);
        let named = self.templates.values().chain(&self.logo).chain(&self.dispositions).chain(packages);
        let fonts = self.fonts.iter().filter_map(|font| Some((font.file.as_deref()?, font.sha256.as_str())));
        named.map(|file| (file.file.as_str(), file.sha256.as_str())).chain(fonts).collect()
    }
}

fn thin() -> Grouping {
    Grouping::Thin
}

/// A font that the PDF was set in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFont {
    /// The name of its file on the machine that rendered, with the face's number where the file holds several.
    pub name: String,
    /// The face in a collection; 0 in a file with one face.
    pub index: u32,
    /// SHA-256 of the font file, in hex.
    pub sha256: String,
    /// Its file in the package; `None` where its maker does not allow it to be handed out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// A file of the package that others were made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFile {
    /// Its name in the package.
    pub file: String,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// What was taken of another package: the data of its report, and what proves that it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadePackage {
    /// Its manifest.
    pub manifest: MadeFile,
    /// The signature of that.
    pub manifest_signature: MadeFile,
    /// The JSON of its report.
    pub report: MadeFile,
    /// The signature of that.
    pub report_signature: MadeFile,
}

impl MadePackage {
    /// All four.
    pub fn files(&self) -> [&MadeFile; 4] {
        [&self.manifest, &self.manifest_signature, &self.report, &self.report_signature]
    }
}

/// What a report's data states before its findings and its register, which may be long and are not read for this.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Head {
    /// The form of the data: [`super::FORMAT`].
    pub format: String,
    /// What the report may be taken for.
    pub standing: Standing,
    /// The period.
    pub period: PeriodStatement,
    /// Whose batches.
    pub scope: Scope,
    /// How names are replaced, where they are.
    #[serde(default)]
    pub pseudonyms: Option<Pseudonyms>,
    /// Who hands the report over.
    #[serde(default)]
    pub issuer: Option<Issuer>,
    /// What it supersedes.
    #[serde(default)]
    pub supersedes: Option<Supersedes>,
    /// What it is compared with.
    #[serde(default)]
    pub compared: Option<Compared>,
    /// What it was made from.
    pub evidence: Option<EvidenceStatement>,
    /// How the package's files were made; a version before this statement wrote none.
    #[serde(default)]
    pub made: Option<Made>,
}

impl AuditReport {
    /// The same report with the statement of how its files are made.
    #[must_use]
    pub fn made_by(self, made: Made) -> Self {
        Self { made: Some(made), ..self }
    }
}
