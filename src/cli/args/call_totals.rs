//! When calls are counted, as an argument.

use clap::ValueEnum;

use crate::calls::CallTotals;

/// `--call-totals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CallTotalsArg {
    /// Where the list gives no figure, or only one of attempts
    Auto,
    /// For every batch, and compare the list's figures
    Always,
    /// Not at all
    Never,
}

impl From<CallTotalsArg> for CallTotals {
    fn from(arg: CallTotalsArg) -> Self {
        match arg {
            CallTotalsArg::Auto => Self::Auto,
            CallTotalsArg::Always => Self::Always,
            CallTotalsArg::Never => Self::Never,
        }
    }
}
