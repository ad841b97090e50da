//! Packages as the arguments want them, and what is said of them: what `report` and `render` have in common.

use std::path::PathBuf;

use chrono::Utc;
use serde_json::json;

use super::args::{Package as PackageArgs, Periods, QuarterArg};
use super::deliver::Deliveries;
use super::{Exit, Failure, brand, foreign, keys, output};
use crate::findings::UNSHOWN;
use crate::package::{Format, Look};
use crate::period::{FiscalYearStart, Period, Quarter};
use crate::render::html::Templates;
use crate::render::{bytes, ticket};
use crate::report::{AuditReport, Standing};
use crate::run::Packages;
use crate::run::fonts::Fonts;
use crate::run::packages::{Stamping, WantedPackages, Written};
use crate::run::templates;

/// What packages are made from, as far as it is known before anything is read.
pub struct MadeFrom {
    /// The list, as [`WantedPackages::source`].
    pub source: Option<String>,
    /// Evidence that may be there already.
    pub evidence: PathBuf,
}

/// Gets everything ready for a package of each of these periods.
pub fn prepare(args: &PackageArgs, periods: Vec<Period>, from: MadeFrom) -> Result<Packages, Failure> {
    if args.timestamp_policy.is_some() && args.timestamp_url.is_none() {
        let words = "a policy to be stamped under is named, but no timestamp authority";
        return Err(Failure::new(Exit::Usage, words).with_remedy("add --timestamp-url"));
    }
    let wanted = WantedPackages { source: from.source, evidence: Some(from.evidence), ..wanted(args)? };
    wanted.check()?;
    let identity = keys::identity(args.identity.as_deref(), Utc::now())?;
    let pseudonyms = args.pseudonymise.then(|| keys::pseudonym_key(args.identity.as_deref())).transpose()?;
    let packages = Packages::prepare(wanted, periods, identity, pseudonyms)?;
    if !args.quiet {
        for path in packages.existing() {
            output::say(&format!("`{}` is there already and stays as it is", foreign::path(path)));
        }
    }
    Ok(packages)
}

fn wanted(args: &PackageArgs) -> Result<WantedPackages, Failure> {
    let brand = brand::brand(args)?;
    let stamping =
        |url: &reqwest::Url| Stamping { url: url.clone(), policy: args.timestamp_policy, wait: args.timestamp_wait };
    Ok(WantedPackages {
        out: args.out.clone(),
        force: args.force,
        keep_existing: args.keep_existing,
        issuer: brand::issuer(args, &brand),
        look: Look {
            formats: args.format.iter().map(|format| Format::from(*format)).collect(),
            bom: !args.no_bom,
            html_budget: args.html_budget,
            templates: args.template_dir.as_deref().map_or_else(|| Ok(Templates::new()), templates::templates)?,
            brand,
            paper: args.paper.into(),
            pdf_rows: args.pdf_rows,
            grouping: args.grouping.into(),
            letter: args.letter.map(Into::into),
        },
        fonts: Fonts::new(args.font_dir.as_deref(), args.system_fonts)?,
        supersedes: args.supersedes.clone(),
        compare_with: args.compare_with.clone(),
        dispositions: args.dispositions.clone(),
        stamping: args.timestamp_url.as_ref().map(stamping),
        long_term: args.long_term,
        ..WantedPackages::new(&args.out)
    })
}

/// The periods that are asked for, each once. The clock says which quarter is the present one.
pub fn periods(args: &Periods) -> Result<Vec<Period>, Failure> {
    let mut periods: Vec<Period> = match (args.from, args.to) {
        (Some(from), Some(to)) => vec![Period::of_range(from, to, args.timezone)?],
        _ => {
            let named = args.quarter.iter().filter_map(|quarter| match quarter {
                QuarterArg::Named(quarter) => Some(*quarter),
                QuarterArg::Current | QuarterArg::Last => None,
            });
            let start = fiscal_year_start(args.fiscal_year_start, named)?;
            let present = Quarter::of_day(Utc::now().with_timezone(&args.timezone).date_naive(), start);
            let named = args.quarter.iter().map(|quarter| match quarter {
                QuarterArg::Named(quarter) => *quarter,
                QuarterArg::Current => present,
                QuarterArg::Last => present.before(),
            });
            named.map(|quarter| Period::of_quarter(quarter, start, args.timezone)).collect::<Result<_, _>>()?
        }
    };
    if periods.is_empty() {
        let remedy = "name one by --quarter, as --quarter 2024-Q1 or --quarter last, or by --from and --to";
        return Err(Failure::new(Exit::Usage, "there is no period to report").with_remedy(remedy));
    }
    let mut slugs = std::collections::BTreeSet::new();
    periods.retain(|period| slugs.insert(period.slug().to_owned()));
    Ok(periods)
}

/// The month in which the fiscal year begins. Without one, fiscal quarters are not known: an assumed one would give the wrong
/// days the right name.
pub fn fiscal_year_start(
    month: Option<FiscalYearStart>,
    mut quarters: impl Iterator<Item = Quarter>,
) -> Result<FiscalYearStart, Failure> {
    match (month, quarters.find(|quarter| quarter.is_fiscal())) {
        (None, Some(quarter)) => {
            let words =
                format!("the days of {quarter} are not known: in which month the fiscal year begins is not given");
            Err(Failure::new(Exit::Usage, words).with_remedy(
                "add --fiscal-year-start MONTH (4 for April) or set fiscal_year_start; FY2024 is the fiscal year that ends in \
                 2024, and for any other days there are --from and --to",
            ))
        }
        _ => Ok(month.unwrap_or(FiscalYearStart::JANUARY)),
    }
}

/// Says what was written, and how the run ends.
pub fn print(args: &PackageArgs, written: &[Written], delivered: &Deliveries) -> Result<Exit, Failure> {
    for path in written.iter().filter_map(|written| written.withheld.as_ref()) {
        output::say(&format!("The evidence holds the names, so it stays beside the package: {}", foreign::path(path)));
    }
    let reported = if args.json {
        output::json(&result(written, delivered))
    } else {
        written.iter().try_for_each(|written| print_one(args, written))
    };
    // They are there all the same.
    reported
        .map_err(|failure| written.iter().fold(failure, |failure, written| failure.with_package(&written.folder)))?;
    if output::is_unread() {
        written
            .iter()
            .for_each(|written| output::say(&format!("The package `{}` is whole.", written.folder.display())));
    }
    let drafts = written.iter().any(|written| written.report.standing == Standing::Draft);
    let fails = args.fail_on.is_some_and(|least| {
        let findings = written.iter().flat_map(|written| &written.report.findings);
        // The most severe comes first.
        findings.map(|finding| finding.severity).any(|severity| severity <= least.into())
    });
    Ok(match (drafts, fails) {
        (true, _) => Exit::Unproven,
        (false, true) => Exit::Differs,
        (false, false) => Exit::Done,
    })
}

fn print_one(args: &PackageArgs, written: &Written) -> Result<(), Failure> {
    let Written { report, folder, files, .. } = written;
    if !args.quiet {
        output::say(&summary(report));
        if let Some(old) = &report.supersedes {
            output::say(&format!(
                "  supersedes {}: {}",
                output::shown(&old.package),
                old.restatement.counts(report.grouping())
            ));
        }
        if report.findings.iter().any(|finding| finding.code == UNSHOWN) {
            output::say("  the PDF lacks a font for some names; --font-dir or --system-fonts may add one");
        }
    } else if report.high_findings() > 0 {
        output::say(&format!("{}: {}", report.title(), report.marks()));
    }
    if let Some(notation) = args.ticket {
        let named: Vec<_> = files.iter().map(|file| ticket::File { name: &file.name, sha256: &file.sha256 }).collect();
        let failed = |error: std::io::Error| Failure::new(Exit::Local, "cannot make the ticket").because(error);
        let options = ticket::Options { files: &named, notation: notation.into() };
        let text = bytes(|out| ticket::write(report, &options, out)).map_err(failed)?;
        output::result(String::from_utf8_lossy(&text).trim_end())?;
    } else {
        for file in files {
            output::result(&foreign::path(&folder.join(&file.name)))?;
        }
    }
    Ok(())
}

fn summary(report: &AuditReport) -> String {
    let all = &report.totals.all;
    let findings = report.findings_by_severity();
    let findings: Vec<_> = findings.iter().map(|(severity, count)| format!("{count} {}", severity.as_str())).collect();
    format!(
        "{}: {}\n  {}\n  {}. {}\n  figures: {}\n  findings: {}",
        output::shown(&report.title()),
        report.mark(),
        report.bounds(),
        report.batches(all.batches),
        report.footing(),
        report.figures_mark(),
        if findings.is_empty() { "none".to_owned() } else { findings.join(", ") },
    )
}

/// What was written, as JSON.
pub fn result(written: &[Written], delivered: &Deliveries) -> serde_json::Value {
    json!({ "packages": written.iter().map(as_json).collect::<Vec<_>>(), "deliveries": delivered.to_json() })
}

fn as_json(written: &Written) -> serde_json::Value {
    let report = &written.report;
    json!({
        "package": written.folder,
        "workspace": report.scope.workspace,
        "period": report.period,
        "standing": report.standing,
        "totals": report.totals.all,
        "supersedes": report.supersedes.as_ref().map(|old| json!({ "package": old.package, "manifest_sha256": old.manifest_sha256 })),
        "findings": report.findings.iter().map(|f| json!({ "code": f.code, "severity": f.severity, "batches": f.concerns.len() })).collect::<Vec<_>>(),
        "files": written.files,
    })
}
