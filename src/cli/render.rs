//! `render`: the same report again, offline, from kept evidence.

use std::fs;

use super::args::Render as RenderArgs;
use super::packages::Packages;
use super::{Exit, Failure};
use crate::evidence::Evidence;
use crate::package::Entry;
use crate::report::{EvidenceStatement, Origin};

/// Runs the subcommand.
pub fn run(args: &RenderArgs) -> Result<Exit, Failure> {
    let path = args.evidence.display().to_string();
    let failed = |exit, error: &dyn std::fmt::Display| Failure::new(exit, format_args!("`{path}`: {error}"));
    let open = || fs::File::open(&args.evidence).map_err(|error| failed(Exit::Local, &error));
    let file = open()?;
    let packages = Packages::prepare(&args.package, &args.period)?;
    if packages.is_empty() {
        return packages.nothing();
    }
    let evidence = Evidence::open(file).map_err(|error| failed(Exit::Local, &error))?;
    if let (Some(asked), Some(read), false) =
        (&args.workspaces.workspace, &evidence.info().workspace, evidence.info().sample)
        && asked != read
    {
        let words = format!("the evidence is of the workspace `{read}`, not of `{asked}`; choose it by --workspace");
        return Err(failed(Exit::Usage, &words));
    }
    let (info, mut collector) = (evidence.info().clone(), evidence.collector());
    let replayed = evidence.replay(&mut collector).map_err(|error| failed(Exit::Local, &error))?;
    let interrupted = "the evidence is of a collection that was interrupted; take that up first, or write a --draft";
    if !collector.has_ended() && !args.package.draft {
        return Err(failed(Exit::Unproven, &interrupted));
    }
    let collected = collector.finish();
    if let Err(refusal) = &collected.proof
        && !args.package.draft
    {
        return Err(refusal.clone().into());
    }
    let counts = replayed.counting.finish();
    if collected.proof.is_ok() && !counts.is_complete() {
        // A draft says that batches may be missing; it has no word for counts that are.
        let words = "the evidence is of a counting of calls that was interrupted; take that up first";
        return Err(failed(Exit::Unproven, &words));
    }
    for period in packages.periods() {
        let ends_inside = period.end() <= info.end;
        let has_begun = collected.as_of.is_none_or(|as_of| period.start() < as_of);
        if period.start() < info.start || !ends_inside || !has_begun {
            let words = format!("the evidence does not cover {}; it was collected for another period", period.label());
            return Err(failed(Exit::Unproven, &words));
        }
    }
    let file = Entry::of_reader(crate::evidence::FILE_NAME, open()?).map_err(|error| failed(Exit::Local, &error))?;
    let statement = EvidenceStatement { name: file.name, bytes: file.bytes, sha256: file.sha256 };
    packages.write((collected, &counts), &Origin::of_run(&info, replayed.traffic, statement), &args.evidence)
}
