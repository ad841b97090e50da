//! `report`: collects, reports, signs, writes. Everything that can be refused is refused before the API is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Utc;
use serde_json::json;

use super::args::Report as ReportArgs;
use super::progress::Progress;
use super::{Exit, Failure, authority, keys, output, templates};
use crate::api::client::{Client, Settings};
use crate::api::endpoint::Endpoint;
use crate::api::key::ApiKey;
use crate::api::{self};
use crate::batch::ApiForm;
use crate::collect::{self, Collected, Collector};
use crate::digest::sha256;
use crate::package::{self, Contents, File, Format, Place};
use crate::period::Period;
use crate::pseudonym::PseudonymKey;
use crate::render::csv;
use crate::render::html::Templates;
use crate::render::pdf::ExtraFont;
use crate::render::ticket;
use crate::report::{AuditReport, Origin, Parameters, Scope, Standing, grouped};
use crate::sample::{self, SampleApi};
use crate::sign::{Authority, Identity, Signing};

/// Where the batches are read from; a sample API lives as long as this does.
struct Source {
    endpoint: Endpoint,
    key: ApiKey,
    sample: Option<SampleApi>,
}

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
    let source = source(args)?;
    let identity = keys::identity(args.identity.as_deref(), Utc::now())?;
    let pseudonyms = args.pseudonymise.then(|| keys::pseudonym_key(args.identity.as_deref())).transpose()?;
    let look = Look {
        fonts: args.font_dir.as_deref().map_or(Ok(Vec::new()), fonts)?,
        templates: args.template_dir.as_deref().map_or(Ok(Templates::new()), templates::templates)?,
    };
    let mut places = Vec::new();
    for period in &periods {
        places.push(Place::reserve(&args.out, &format!("batch-audit-{}", period.slug()), args.force)?);
    }
    let mut exit = Exit::Done;
    let mut written = Vec::new();
    for (period, place) in periods.iter().zip(places) {
        let report = report(args, period, &source, pseudonyms.clone())?;
        if report.standing == Standing::Draft {
            exit = Exit::Unproven;
        }
        written.push(write(args, report, place, &identity, &look)?);
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

fn source(args: &ReportArgs) -> Result<Source, Failure> {
    if !args.sample {
        let endpoint = Endpoint::new(&args.base_url)?;
        return Ok(Source { endpoint, key: keys::api_key(args.api_key_file.as_deref())?, sample: None });
    }
    let options = sample::Options { form: args.form.unwrap_or(ApiForm::Leads), ..sample::Options::default() };
    let api = SampleApi::start(options)
        .map_err(|error| Failure::new(Exit::Local, format_args!("cannot start the sample API: {error}")))?;
    Ok(Source { endpoint: Endpoint::new(&api.base_url())?, key: ApiKey::new(sample::KEY)?, sample: Some(api) })
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

/// Collects one period and reports over it; a refusal is a failure unless a draft is wanted.
fn report(
    args: &ReportArgs,
    period: &Period,
    source: &Source,
    pseudonym_key: Option<PseudonymKey>,
) -> Result<AuditReport, Failure> {
    let progress = Arc::new(Progress::new(args.quiet));
    let collected = collect(args, period, source, &progress);
    if collected.is_err() {
        progress.clear();
    }
    let collected = collected?;
    if let Err(refusal) = &collected.proof
        && !args.draft
    {
        progress.clear();
        return Err(refusal.clone().into());
    }
    let traffic = progress.traffic();
    progress.done(&format!(
        "{}: {} batches, {} of them in the period; {} requests ({} repeated), {} readings, {}",
        period.label(),
        collected.tally.distinct,
        collected.batches.len(),
        traffic.requests,
        traffic.retries,
        collected.tally.readings,
        if collected.proof.is_ok() { "tied out" } else { "NOT ESTABLISHED" },
    ));
    let origin = Origin {
        scope: Scope {
            workspace: source.sample.as_ref().map(|_| "Sample workspace".to_owned()),
            host: source.endpoint.host(),
            endpoint: source.endpoint.batch_calls(),
            key_fingerprint: source.key.fingerprint(),
            sample: source.sample.is_some(),
        },
        parameters: Parameters { command: command(), assurance: collect::Assurance::from(args.assurance).to_string() },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: option_env!("DIALNEXA_AUDIT_COMMIT").map(str::to_owned),
        traffic,
        pseudonym_key,
    };
    Ok(AuditReport::of_collection(period, collected, origin)?)
}

fn collect(
    args: &ReportArgs,
    period: &Period,
    source: &Source,
    progress: &Arc<Progress>,
) -> Result<Collected, Failure> {
    let options = collect::Options {
        assurance: args.assurance.into(),
        concurrency: usize::from(args.concurrency),
        ..collect::Options::default()
    };
    let mut collector = Collector::new(period.start()..period.end(), options);
    let settings = Settings { max_wait: args.max_wait, ..Settings::default() };
    let client = Client::new(source.endpoint.clone(), source.key.clone(), settings, Arc::clone(progress) as Arc<_>)?;
    let failed = |error| Failure::new(Exit::Local, format_args!("cannot start the network runtime: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        tokio::select! {
            read = api::read(Arc::new(client), &mut collector, |collector| progress.page(collector)) => read.map_err(Failure::from),
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Unreadable, "interrupted; nothing was written; run the command again")),
        }
    })?;
    runtime.shutdown_background();
    Ok(collector.finish())
}

/// The command as it was given, quoted for a shell.
fn command() -> String {
    let arguments = std::env::args_os().skip(1).map(|argument| quoted(&argument.to_string_lossy()));
    std::iter::once("dialnexa-audit".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

fn write(
    args: &ReportArgs,
    report: AuditReport,
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
        // The evidence holds the names: it may not go into a package whose names are replaced.
        evidence: None,
    };
    let ask = |request: &[u8]| match &args.timestamp_url {
        Some(url) => authority::ask(url, request),
        None => Err("none was named".to_owned()),
    };
    let authority = Authority { ask: &ask, policy: None };
    let signing = Signing::new(identity, Utc::now());
    let signing = if args.timestamp_url.is_some() { signing.stamped_by(&authority) } else { signing };
    let files = package::build(&contents, Vec::new(), &signing)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_for_a_shell() {
        assert_eq!(quoted("--quarter=2024-Q1"), "--quarter=2024-Q1");
        assert_eq!([quoted("a b"), quoted(""), quoted("it's")], ["'a b'", "''", r"'it'\''s'"]);
    }
}
