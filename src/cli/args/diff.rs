//! The arguments of `diff`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

pub(super) const DIFF_HELP: &str = "\
Batches added, vanished, recounted and otherwise changed, and the totals before,
adjustment and after. Exit status: 0 nothing differs, 1 something does, 2 the
reports are not over the same source and period, 6 one cannot be read.

Signatures are not checked: run verify first.

Examples:
  dialnexa-audit diff signed-off/batch-audit-2024-Q1 batch-audit-2024-Q1
  dialnexa-audit diff old.json new.json --json";

/// Arguments of `diff`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Diff {
    /// The older report: a package (folder) or its JSON
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The newer one
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Print the restatement as JSON
    #[arg(long)]
    pub json: bool,
}
