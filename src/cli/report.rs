//! `report`: collects, reports, signs, writes. Everything that can be refused is refused before the API is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Utc;
use serde_json::json;

use super::args::Report as ReportArgs;
use super::gather::{Gathered, Source, gather};
use super::progress::Progress;
use super::{Exit, Failure, authority, keys, output, templates, withheld};
use crate::api::endpoint::Endpoint;
use crate::api::key::ApiKey;
use crate::batch::ApiForm;
use crate::collect::Refusal;
use crate::digest::sha256;
use crate::evidence::FILE_NAME;
use crate::package::{self, Contents, File, Format, Place};
use crate::period::Period;
use crate::pseudonym::PseudonymKey;
use crate::render::csv;
use crate::render::html::Templates;
use crate::render::pdf::ExtraFont;
use crate::render::ticket;
use crate::report::{AuditReport, Origin, Standing, grouped};
use crate::sample::{self, SampleApi};
use crate::sign::{Authority, Identity, Signing};

/// What the user brought for the looks of it.
struct Look {
    fonts: Vec<ExtraFont>,
    templates: Templates,
}

/// A report that was written.
struct Written {
    report: AuditReport,
    folder: PathBuf,
    files: Vec<File>,
}

/// Runs the subcommand.
pub fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let periods = periods(args)?;
    let (source, _sample) = source(args)?;
    let identity = keys::identity(args.identity.as_deref(), Utc::now())?;
    let pseudonyms = args.pseudonymise.then(|| keys::pseudonym_key(args.identity.as_deref())).transpose()?;
    let look = Look {
        fonts: args.font_dir.as_deref().map_or(Ok(Vec::new()), fonts)?,
        templates: args.template_dir.as_deref().map_or(Ok(Templates::new()), templates::templates)?,
    };
    let mut places = Vec::new();
    for period in &periods {
        places.push(Place::reserve(&args.out, &format!("batch-audit-{}", period.slug()), args.force)?);
        pseudonyms.as_ref().map_or(Ok(()), |_| withheld::check(&args.out, period, args.force))?;
    }
    let gathered = gathered(args, &periods, &source)?;
    let evidence = std::fs::read(gathered.partial.evidence())
        .map_err(|error| Failure::new(Exit::Local, format_args!("cannot read the evidence: {error}")))?;
    let mut exit = Exit::Done;
    let mut written = Vec::new();
    for (period, place) in periods.iter().zip(places) {
        let origin = origin(&gathered, period, pseudonyms.clone());
        let report = AuditReport::of_collection(period, gathered.collected.clone(), origin)?;
        if report.standing == Standing::Draft {
            exit = Exit::Unproven;
        }
        let files = match &pseudonyms {
            None => vec![File { name: FILE_NAME.to_owned(), bytes: evidence.clone() }],
            Some(_) => {
                let path = withheld::write(&args.out, period, &evidence)?;
                if !args.quiet {
                    output::say(&format!("The evidence holds the names; it is kept in {}", path.display()));
                }
                Vec::new()
            }
        };
        written.push(write(args, report, files, place, &identity, &look)?);
    }
    if let Err(error) = gathered.partial.remove() {
        output::say(&format!("The packages are whole, but what is no longer needed stays: {error}"));
    }
    tell(args, &written)?;
    Ok(exit)
}

fn periods(args: &ReportArgs) -> Result<Vec<Period>, Failure> {
    let mut periods: Vec<Period> = match (args.from, args.to) {
        (Some(from), Some(to)) => vec![Period::of_range(from, to, args.timezone)?],
        _ => {
            let quarters = args.quarter.iter();
            let period = |quarter: &_| Period::of_quarter(*quarter, args.fiscal_year_start, args.timezone);
            quarters.map(period).collect::<Result<_, _>>()?
        }
    };
    let mut slugs = std::collections::BTreeSet::new();
    periods.retain(|period| slugs.insert(period.slug().to_owned()));
    Ok(periods)
}

/// The API, and the sample API that serves as long as it is not dropped.
fn source(args: &ReportArgs) -> Result<(Source, Option<SampleApi>), Failure> {
    if !args.sample {
        let endpoint = Endpoint::new(&args.base_url)?;
        return Ok((Source { endpoint, key: keys::api_key(args.api_key_file.as_deref())?, sample: false }, None));
    }
    let options = sample::Options { form: args.form.unwrap_or(ApiForm::Leads), ..sample::Options::default() };
    let api = SampleApi::start(options)
        .map_err(|error| Failure::new(Exit::Local, format_args!("cannot start the sample API: {error}")))?;
    let source = Source { endpoint: Endpoint::new(&api.base_url())?, key: ApiKey::new(sample::KEY)?, sample: true };
    Ok((source, Some(api)))
}

/// Every font file of a folder, in the order of their names.
fn fonts(folder: &Path) -> Result<Vec<ExtraFont>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Local, format_args!("cannot read the fonts in `{}`: {error}", folder.display()))
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let kind = path.extension().map(|kind| kind.to_ascii_lowercase());
        if kind.is_some_and(|kind| ["ttf", "otf", "ttc"].iter().any(|known| kind == *known)) {
            paths.push(path);
        }
    }
    paths.sort();
    let font = |path: PathBuf| {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Ok(ExtraFont { name, bytes: Arc::new(std::fs::read(&path).map_err(failed)?), index: 0 })
    };
    paths.into_iter().map(font).collect()
}

/// One collection for all periods: the range from the first to the last. A refusal is a failure unless a draft is wanted.
fn gathered(args: &ReportArgs, periods: &[Period], source: &Source) -> Result<Gathered, Failure> {
    let (Some(first), Some(last)) =
        (periods.iter().min_by_key(|period| period.start()), periods.iter().max_by_key(|period| period.end()))
    else {
        return Err(Failure::new(Exit::Usage, "there is no period to report"));
    };
    let slug = if periods.len() == 1 { first.slug().to_owned() } else { format!("{}_{}", first.slug(), last.slug()) };
    let progress = Arc::new(Progress::new(args.quiet));
    let gathered = gather(args, first.start()..last.end(), &slug, source, &progress)?;
    let (collected, traffic) = (&gathered.collected, gathered.traffic);
    match &collected.proof {
        Err(refusal) if !args.draft || matches!(refusal, Refusal::NotBegun { .. }) => {
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

fn origin(gathered: &Gathered, period: &Period, pseudonym_key: Option<PseudonymKey>) -> Origin {
    let mut evidence = gathered.evidence.clone();
    if pseudonym_key.is_some() {
        evidence.name = withheld::name(period);
    }
    Origin { pseudonym_key, ..Origin::of_run(&gathered.info, gathered.traffic, evidence) }
}

fn write(
    args: &ReportArgs,
    report: AuditReport,
    others: Vec<File>,
    place: Place,
    identity: &Identity,
    look: &Look,
) -> Result<Written, Failure> {
    let formats: Vec<Format> = args.format.iter().map(|format| Format::from(*format)).collect();
    let contents = Contents {
        report: &report,
        formats: &formats,
        csv: csv::Options { bom: !args.no_bom },
        html_budget: args.html_budget,
        paper: args.paper.into(),
        pdf_rows: args.pdf_rows,
        fonts: &look.fonts,
        templates: &look.templates,
    };
    let ask = |request: &[u8]| match &args.timestamp_url {
        Some(url) => authority::ask(url, request, args.timestamp_wait),
        None => Err("none was named".to_owned()),
    };
    let authority = Authority { ask: &ask, policy: args.timestamp_policy };
    let signing = Signing::new(identity, Utc::now());
    let signing = if args.timestamp_url.is_some() { signing.stamped_by(&authority) } else { signing };
    let files = package::build(&contents, others, &signing)?;
    let folder = place.target().to_owned();
    place.commit(&files)?;
    Ok(Written { report, folder, files })
}

fn tell(args: &ReportArgs, written: &[Written]) -> Result<(), Failure> {
    if args.json {
        let packages: Vec<_> = written.iter().map(as_json).collect();
        return output::result(&format!("{:#}", json!({ "packages": packages })));
    }
    for Written { report, folder, files } in written {
        if !args.quiet {
            output::say(&summary(report));
        }
        if args.ticket {
            let digests: Vec<_> = files.iter().map(|file| (&file.name, sha256(&file.bytes))).collect();
            let named: Vec<_> = digests.iter().map(|(name, sha256)| ticket::File { name, sha256 }).collect();
            output::result(ticket::ticket(report, &named).trim_end())?;
        } else {
            for file in files {
                output::result(&folder.join(&file.name).display().to_string())?;
            }
        }
    }
    Ok(())
}

fn summary(report: &AuditReport) -> String {
    let all = &report.totals.all;
    let figure = |figure: Option<u64>| crate::report::figure(figure);
    let findings = report.findings_by_severity();
    let findings: Vec<_> = findings.iter().map(|(severity, count)| format!("{count} {}", severity.as_str())).collect();
    format!(
        "{}: {}\n  {} batches; calls: {} total, {} completed, {} failed\n  findings: {}",
        report.title(),
        report.mark(),
        grouped(all.batches),
        figure(all.total_calls),
        figure(all.completed_calls),
        figure(all.failed_calls),
        if findings.is_empty() { "none".to_owned() } else { findings.join(", ") },
    )
}

fn as_json(written: &Written) -> serde_json::Value {
    let report = &written.report;
    let files: Vec<_> = written.files.iter().map(|file| package::Entry::of(&file.name, &file.bytes)).collect();
    json!({
        "package": written.folder,
        "period": report.period,
        "standing": report.standing,
        "totals": report.totals.all,
        "findings": report.findings.iter().map(|f| json!({ "code": f.code, "severity": f.severity, "batches": f.concerns.len() })).collect::<Vec<_>>(),
        "files": files,
    })
}
