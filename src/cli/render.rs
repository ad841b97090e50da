//! `render`: the same report again, offline, from kept evidence.

use super::args::Render as RenderArgs;
use super::deliver::Deliveries;
use super::packages::{MadeFrom, periods, prepare, print};
use super::{Exit, Failure, output};
use crate::run::replay::{KeptEvidence, ReplayError};

/// Runs the subcommand.
pub fn run(args: &RenderArgs) -> Result<Exit, Failure> {
    let failed = |error: ReplayError| {
        let failure = Failure::from(error);
        let message = format!("`{}`: {}", args.evidence.display(), failure.message);
        Failure { message, ..failure }
    };
    // What is not there is said before an identity is made.
    std::fs::File::open(&args.evidence).map_err(|error| failed(ReplayError::Io(error)))?;
    let from = MadeFrom { source: None, evidence: args.evidence.clone() };
    let packages = prepare(&args.package, periods(&args.period)?, from)?;
    if packages.is_empty() {
        return print(&args.package, &[], &Deliveries::NONE);
    }
    let workspace = args.workspaces.workspace.as_deref();
    let kept = KeptEvidence::open(&args.evidence, workspace, args.package.draft).map_err(failed)?;
    packages.periods().try_for_each(|period| kept.covers(period)).map_err(failed)?;
    if !kept.is_signed {
        output::say("note: the evidence has no signature; the report states that it was made from unsigned evidence");
    }
    let origin = kept.origin();
    let written = packages.write((kept.collected, &kept.counts), &origin, &args.evidence, &output::say)?;
    print(&args.package, &written, &Deliveries::NONE)
}
