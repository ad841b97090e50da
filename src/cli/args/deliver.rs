//! The arguments of `deliver`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::Workspaces;
use super::values::parsed;
use crate::run::deliver::Target;

pub(super) const DELIVER_HELP: &str = "\
It verifies the package first and refuses one that does not verify, and a draft.
The files come first, the manifest last, each below the package's name: a reader
finds a manifest only where everything else is there. Each is read back and its
SHA-256 compared. An object that is there already is never replaced: with the
same content it counts as delivered, so the same command resumes; with another
content it ends with exit status 7.

report and sync --packages deliver what they write to the [[deliver]] targets of
the settings file. Credentials come from the environment, as the stores' own
tools read them:
  s3://  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL
  gs://  GOOGLE_APPLICATION_CREDENTIALS
  az://  AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY

Examples:
  dialnexa-audit deliver batch-audit-2024-Q1
  dialnexa-audit deliver batch-audit-2024-Q1 --to s3://audit/quarters
  dialnexa-audit deliver batch-audit-2024-Q1 --to /mnt/auditors";

/// Arguments of `deliver`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Deliver {
    /// The packages (folders)
    #[arg(value_name = "PACKAGE", required = true)]
    pub packages: Vec<PathBuf>,
    /// Where to, as s3://bucket/prefix, gs://, az:// or a folder; may repeat [default: the settings' deliver]
    #[arg(long, value_name = "TARGET", value_parser = parsed(str::parse::<Target>))]
    pub to: Vec<Target>,
    /// Where the configuration says that packages are delivered to.
    #[arg(skip)]
    pub deliver: Vec<Target>,
    /// Folder with fonts that the PDF was set in and that the package does not hold
    #[arg(long, value_name = "DIR")]
    pub font_dir: Option<PathBuf>,
    /// Which workspaces.
    #[command(flatten)]
    pub workspaces: Workspaces,
    /// Print what was delivered where as JSON
    #[arg(long)]
    pub json: bool,
    /// Say nothing but errors on standard error
    #[arg(long, short)]
    pub quiet: bool,
}
