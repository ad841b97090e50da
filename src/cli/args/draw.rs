//! The arguments of `draw`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::stamping::StampingArgs;
use super::values::{SeverityArg, local_folder, parsed};
use crate::batch::Column;
use crate::draw::{Method, Seed};

/// What follows the arguments of `draw`.
pub const DRAW_HELP: &str = "\
The package is verified first; one that does not hold is refused. The sample is
a folder, batch-audit-2024-Q1-sample: the signed worksheet as XLSX and CSV, with
columns to fill in, and a JSON by which the same sample is drawn again:
  dialnexa-audit verify PACKAGE --drawn batch-audit-2024-Q1-sample

Methods:
  random    the batches with the lowest SHA-256 of SEED:BATCH_ID; anybody can
            repeat it with sha256sum
  interval  batches at equal distances, from a start that the seed gives
  mus       monetary-unit sampling: each unit of the figure --by is drawn with
            the same probability, and a batch of an interval or more certainly

Key items, the batches that findings of --key-items concern, are taken whole and
apart; the sample is drawn from the others.

Size: ISA 530 leaves it to the auditor's judgment. As advice, what practice and
the AICPA guide use for tests of controls, by the number of batches, if no
exception is expected. Without --size this one is drawn, as the worksheet says:
  1: 1    2 to 4: 2    5 to 12: 4    13 to 24: 8    25 to 52: 9
  53 to 250: 25    more: 60

Examples:
  dialnexa-audit draw batch-audit-2024-Q1 --size 25
  dialnexa-audit draw batch-audit-2024-Q1 --size 40 --seed 7f3a91 \\
      --method mus --by total_calls --key-items high,medium";

/// Arguments of `draw`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Draw {
    /// The package (folder) to draw from
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
    /// How many batches to draw, key items not counted; for mus how many points [default: advised, see below]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub size: Option<u64>,
    /// What decides which: letters, digits, dots, underscores, hyphens [default: drawn at random, and stated]
    #[arg(long, value_name = "S", value_parser = parsed(str::parse::<Seed>))]
    pub seed: Option<Seed>,
    /// How batches are drawn
    #[arg(long, value_name = "METHOD", default_value = "random")]
    pub method: MethodArg,
    /// The figure that mus is over
    #[arg(long, value_name = "FIGURE", default_value = "total_calls")]
    pub by: ColumnArg,
    /// Take every batch that findings of these severities concern
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub key_items: Vec<SeverityArg>,
    /// Folder in which the sample is written; made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".", value_parser = local_folder())]
    pub out: PathBuf,
    /// Replace a sample that is there already
    #[arg(long)]
    pub force: bool,
    /// Signing identity of whoever draws, a PEM file or a key on a token (pkcs11:...) [default: made on first use]
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
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

/// `--method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MethodArg {
    /// Each batch with the same probability
    Random,
    /// Batches at equal distances
    Interval,
    /// Each unit of a figure with the same probability
    Mus,
}

impl From<MethodArg> for Method {
    fn from(arg: MethodArg) -> Self {
        match arg {
            MethodArg::Random => Self::Random,
            MethodArg::Interval => Self::Interval,
            MethodArg::Mus => Self::Mus,
        }
    }
}

/// `--by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ColumnArg {
    /// Calls in all
    TotalCalls,
    /// Completed calls
    CompletedCalls,
    /// Failed calls
    FailedCalls,
}

impl From<ColumnArg> for Column {
    fn from(arg: ColumnArg) -> Self {
        match arg {
            ColumnArg::TotalCalls => Self::TotalCalls,
            ColumnArg::CompletedCalls => Self::CompletedCalls,
            ColumnArg::FailedCalls => Self::FailedCalls,
        }
    }
}
