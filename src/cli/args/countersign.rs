//! The arguments of `countersign`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::stamping::StampingArgs;
use super::values::{parsed, person};
use crate::package::Role;

/// The usage on one line.
pub(super) const COUNTERSIGN_USAGE: &str = "dialnexa-audit countersign [OPTIONS] --role ROLE --name NAME PACKAGE";

pub(super) const COUNTERSIGN_HELP: &str = "\
It verifies the package first and refuses one that does not hold. Then it adds
the person's signature to the PDF, in the field of that role, and a statement
over the manifest's SHA-256: signoff-reviewer.json with its .p7s. Nothing that
was signed before changes. The package is replaced whole or not at all.

Reviewer and approver sign in any order, each with a key of their own. A key
that has signed the package already is refused unless --same-key says so; verify
then shows it. Exit status: 1 where the package does not hold, 6 where that role
has signed it.

Examples:
  dialnexa-audit countersign batch-audit-2024-Q1 --role reviewer \\
      --name 'Internal Audit' --identity reviewer.pem
  dialnexa-audit countersign batch-audit-2024-Q1 --role approver \\
      --name 'Head of Compliance' --comment 'Released for the auditors'";

/// Arguments of `countersign`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Countersign {
    /// The package (folder)
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
    /// What you sign it as
    #[arg(long, value_name = "ROLE")]
    pub role: RoleArg,
    /// Your name, as it is shown
    #[arg(long, value_name = "NAME", value_parser = parsed(person))]
    pub name: String,
    /// What you add to it, in a sentence
    #[arg(long, value_name = "WORDS", value_parser = parsed(person))]
    pub comment: Option<String>,
    /// Signing identity, a PEM file or a key on a token (pkcs11:...) [default: the user's own]
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// Sign although this key has signed the package already; this is shown
    #[arg(long)]
    pub same_key: bool,
    /// How the signature is stamped.
    #[command(flatten)]
    pub stamping: StampingArgs,
    /// Folder with fonts that the PDF was set in and that the package does not hold
    #[arg(long, value_name = "DIR")]
    pub font_dir: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `--role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// You checked the report
    Reviewer,
    /// You release the report
    Approver,
}

impl From<RoleArg> for Role {
    fn from(arg: RoleArg) -> Self {
        match arg {
            RoleArg::Reviewer => Self::Reviewer,
            RoleArg::Approver => Self::Approver,
        }
    }
}
