//! `draw`: an audit sample of a package, drawn so that anybody can draw it again. Needs no network and no key of the API.

use std::path::PathBuf;

use chrono::Utc;
use serde_json::json;

use super::args::Draw as DrawArgs;
use super::verify::bounded::{self, Ended};
use super::verify::{bottom_line, look};
use super::{Exit, Failure, foreign, keys, output};
use crate::draw::{Request, Sample};
use crate::machine;
use crate::report::Standing;
use crate::run::authority;
use crate::run::draw::{SampleError, Source, WrittenSample, seed, write};
use crate::sign::Signing;
use crate::sign::timestamp::Authority;
use crate::verify::signature::Trust;

/// Runs the subcommand. The package is untrusted input: it is read by a process whose memory and time are
/// limited, as `verify` reads it.
pub fn run(args: &DrawArgs) -> Result<Exit, Failure> {
    let paths = [args.package.clone()];
    if bounded::is_here() {
        bounded::limit(&paths);
        machine::few_workers();
        machine::workers()?;
        return draw(args);
    }
    match bounded::again().map_err(bounded::not_started)? {
        Ended::With(exit) => Ok(exit),
        Ended::Without(how) => Err(bounded::too_costly(&paths, &how)),
    }
}

fn draw(args: &DrawArgs) -> Result<Exit, Failure> {
    let source = verified(args)?;
    let is_given = args.seed.is_some();
    let request = Request {
        method: args.method.into(),
        by: args.by.into(),
        size: args.size,
        seed: args.seed.clone().map_or_else(seed, Ok)?,
        key_items: args.key_items.iter().map(|severity| (*severity).into()).collect(),
    };
    let sample = source.draw(&request)?;
    let now = Utc::now();
    let identity = keys::identity(args.identity.as_deref(), now)?;
    let ask = |request: &[u8]| match &args.stamping.timestamp_url {
        Some(url) => authority::ask(url, request, args.stamping.timestamp_wait),
        None => Err("none was named".to_owned()),
    };
    let authority = Authority { ask: &ask, policy: args.stamping.timestamp_policy };
    let signing = Signing::new(&identity, now);
    let signing = if args.stamping.timestamp_url.is_some() { signing.stamped_by(&authority) } else { signing };
    let written = write(&source, &sample, (&args.out, args.force), &signing)?;
    print(args, &source, (&sample, is_given), &written)?;
    Ok(Exit::Done)
}

/// What is drawn from: the package, which must hold, and whose data must be what it is made from.
fn verified(args: &DrawArgs) -> Result<Source, Failure> {
    let name = args.package.display();
    if !args.package.is_dir() {
        let words = format!("cannot draw from `{name}`: it is not the folder of a package");
        return Err(Failure::new(Exit::Usage, words).with_remedy("name the folder that holds manifest.json"));
    }
    let beside = super::verify::beside::Beside::with_fonts(args.font_dir.as_deref())?;
    let found = look(&args.package, &Trust::at(Utc::now()), &beside)?;
    let data = |name: &str| name.starts_with("batch-audit-") && name.ends_with(".json");
    let is_open = found.files.iter().any(|file| data(&file.name) && !file.accepted());
    let line = bottom_line(std::slice::from_ref(&found));
    let folder = found.folder.as_ref().filter(|_| found.holds() && !is_open);
    let Some(folder) = folder else {
        let words = format!("the package `{name}` does not hold, so nothing is drawn from it");
        let remedy = "run `dialnexa-audit verify` on it; it states what does not hold";
        return Err(Failure::new(Exit::Differs, words).because(line).with_remedy(remedy));
    };
    output::say(&format!("{}: {line}", output::shown(&name.to_string())));
    Ok(Source::read(&args.package, folder)?)
}

fn print(
    args: &DrawArgs,
    source: &Source,
    (sample, seed_is_given): (&Sample, bool),
    written: &WrittenSample,
) -> Result<(), Failure> {
    let grouping = source.report.grouping();
    let (key, drawn) = sample.counts();
    let key_items =
        if sample.key_items.is_empty() { String::new() } else { format!("{} as key items, ", grouping.batches(key)) };
    output::say(&format!("Audit sample of {}: {key_items}{} drawn", sample.package.name, grouping.batches(drawn)));
    output::say(&format!("  {}", sample.drawn_by()));
    if sample.package.standing != Standing::Complete {
        output::say(&format!("  the population is {}", sample.package.standing.mark()));
    }
    if !seed_is_given {
        output::say(&format!(
            "  the seed was drawn at random; --seed {} draws the same sample again",
            sample.seed.as_str()
        ));
    }
    if sample.size_is_advised {
        output::say(&format!("  no size was given: {} is what practice advises for this population", sample.size));
    }
    if !sample.population.without_units.is_empty() {
        let count = sample.population.without_units.len() as u64;
        output::say(&format!(
            "  {} cannot be drawn by this figure, which is 0 or not reported; the worksheet names them",
            grouping.batches(count)
        ));
    }
    if args.json {
        return output::json(&json!({
            "sample": written.folder,
            "package": sample.package.name,
            "manifest_sha256": sample.package.manifest_sha256,
            "method": sample.method,
            "seed": sample.seed,
            "size": sample.size,
            "size_is_advised": sample.size_is_advised,
            "key_items": key,
            "drawn": drawn,
            "files": written.files,
        }));
    }
    let paths = written.files.iter().map(|file| written.folder.join(&file.name));
    paths.into_iter().try_for_each(|path: PathBuf| output::result(&foreign::path(&path)))
}

impl From<SampleError> for Failure {
    fn from(error: SampleError) -> Self {
        match error {
            SampleError::Package(error) => error.into(),
            SampleError::Draw(_) => Self::of(Exit::Usage, &error),
            _ => Self::of(Exit::Local, &error),
        }
    }
}
