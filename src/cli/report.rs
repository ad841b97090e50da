//! `report`: collects, reports, signs, writes. Everything that can be refused is refused before the API is asked.

use std::sync::Arc;

use super::args::Report as ReportArgs;
use super::gather::{Gathered, Gathering, Source, gather};
use super::packages::Packages;
use super::progress::Progress;
use super::source::{self, Way};
use super::{Exit, Failure, output};
use crate::collect::Refusal;
use crate::period::Period;
use crate::report::Origin;
use crate::sample::SampleApi;

/// Runs the subcommand.
pub fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let (source, _sample) = source(args)?;
    let packages = Packages::prepare(&args.package, &args.period)?;
    if packages.is_empty() {
        return packages.nothing();
    }
    let gathered = gathered(args, &packages.periods().collect::<Vec<_>>(), &source)?;
    let origin = Origin::of_run(&gathered.info, gathered.traffic, gathered.evidence);
    let exit = packages
        .write((gathered.collected, &gathered.counts), &origin, &gathered.partial.evidence())
        .map_err(|failure| failure.with_evidence(&gathered.partial))?;
    if let Err(error) = gathered.partial.remove() {
        output::say(&format!("The packages are whole, but what is no longer needed stays: {error}"));
    }
    Ok(exit)
}

/// The API, and the sample API that serves as long as it is not dropped.
pub fn source(args: &ReportArgs) -> Result<(Source, Option<SampleApi>), Failure> {
    source::open(&Way {
        sample: args.sample,
        form: args.form,
        base_url: &args.base_url,
        key_file: args.api_key_file.as_deref(),
        key_source: args.key_source.as_ref(),
    })
}

/// One collection for all periods: the range from the first to the last. A refusal is a failure unless a draft is wanted.
fn gathered(args: &ReportArgs, periods: &[&Period], source: &Source) -> Result<Gathered, Failure> {
    let (Some(first), Some(last)) =
        (periods.iter().min_by_key(|period| period.start()), periods.iter().max_by_key(|period| period.end()))
    else {
        return Err(Failure::new(Exit::Usage, "there is no period to report"));
    };
    let slug = if periods.len() == 1 { first.slug().to_owned() } else { format!("{}_{}", first.slug(), last.slug()) };
    let progress = Arc::new(Progress::new(args.package.quiet));
    let gathered = gather(&Gathering::from(args), periods, &slug, source, &progress)?;
    let (collected, traffic) = (&gathered.collected, gathered.traffic);
    match &collected.proof {
        Err(refusal @ Refusal::NotBegun { .. }) => {
            // Nothing was read that anybody could use.
            let _ = gathered.partial.remove();
            return Err(refusal.clone().into());
        }
        Err(refusal) if !args.package.draft => {
            let failure: Failure = refusal.clone().into();
            return Err(failure.with_evidence(&gathered.partial));
        }
        proof => progress.done(&format!(
            "Read {} batches, {} of them in the range; {} requests ({} repeated), {} readings: {}",
            collected.tally.distinct,
            collected.batches.len(),
            traffic.requests,
            traffic.retries,
            collected.tally.readings,
            if proof.is_ok() { "tied out" } else { "NOT ESTABLISHED" },
        )),
    }
    Ok(gathered)
}
