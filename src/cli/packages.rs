//! From a collection to its packages: what `report` and `render` have in common.

use std::path::{Path, PathBuf};

use chrono::Utc;
use serde_json::json;

use super::args::{FormatArg, Package as PackageArgs, Periods, QuarterArg};
use super::fonts::Fonts;
use super::superseded::Superseded;
use super::{Exit, Failure, authority, brand, keys, output, templates, withheld};
use crate::brand::Brand;
use crate::calls::CallCounts;
use crate::collect::Collected;
use crate::evidence::FILE_NAME;
use crate::findings::UNSHOWN;
use crate::package::{self, Contents, Entry, Format, Kept, Place, PlaceError, Rendered};
use crate::period::{Period, Quarter};
use crate::pseudonym::PseudonymKey;
use crate::render::csv;
use crate::render::html::Templates;
use crate::render::ticket;
use crate::report::{AuditReport, Origin, Standing, grouped};
use crate::sign::{Authority, Identity, Responders, Signing};

/// Everything that packages need beside what was collected: had, and found fit, before anything is collected.
pub struct Packages<'a> {
    args: &'a PackageArgs,
    periods: Vec<(Period, Place)>,
    identity: Identity,
    pseudonyms: Option<PseudonymKey>,
    fonts: Fonts,
    templates: Templates,
    brand: Brand,
    superseded: Superseded,
}

/// A report that was written.
struct Written {
    report: AuditReport,
    folder: PathBuf,
    files: Vec<Entry>,
}

impl<'a> Packages<'a> {
    /// Gets everything ready for a package of each period.
    pub fn prepare(args: &'a PackageArgs, periods: &Periods) -> Result<Self, Failure> {
        check_long_term(args)?;
        let periods = self::periods(periods)?;
        if args.timestamp_policy.is_some() && args.timestamp_url.is_none() {
            let words = "a policy to be stamped under is named, but no time-stamp authority; add --timestamp-url";
            return Err(Failure::new(Exit::Usage, words));
        }
        let brand = brand::brand(args)?;
        let identity = keys::identity(args.identity.as_deref(), Utc::now())?;
        let pseudonyms = args.pseudonymise.then(|| keys::pseudonym_key(args.identity.as_deref())).transpose()?;
        let fonts = Fonts::new(args.font_dir.as_deref(), args.system_fonts)?;
        let templates = args.template_dir.as_deref().map_or(Ok(Templates::new()), templates::templates)?;
        let place = |period: Period| match Place::reserve(&args.out, &name_of(&period), args.force) {
            Err(PlaceError::Exists(path)) if args.keep_existing => {
                if !args.quiet {
                    output::say(&format!("`{}` is there already and stays as it is", path.display()));
                }
                Ok(None)
            }
            place => {
                pseudonyms.as_ref().map_or(Ok(()), |_| withheld::check(&args.out, &period, args.force))?;
                Ok(Some((period, place?)))
            }
        };
        let periods = periods.into_iter().filter_map(|period| place(period).transpose());
        let periods = periods.collect::<Result<Vec<_>, Failure>>()?;
        let names = pseudonyms.as_ref().map(PseudonymKey::statement);
        let superseded = Superseded::read(&args.supersedes, &periods, names.as_ref())?;
        Ok(Self { args, periods, identity, pseudonyms, fonts, templates, brand, superseded })
    }

    /// Whether there is nothing to be made: every package is there, and stays.
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    /// Says that nothing is to be made.
    pub fn nothing(&self) -> Result<Exit, Failure> {
        tell(self.args, &[]).map(|()| Exit::Done)
    }

    /// The periods, in the order asked for.
    pub fn periods(&self) -> impl Iterator<Item = &Period> {
        self.periods.iter().map(|(period, _)| period)
    }

    /// Writes a package for each period, with the evidence that is at this path, tells of them, and says how the run ends.
    pub fn write(
        self,
        (collected, counts): (Collected, &CallCounts),
        origin: &Origin,
        evidence: &Path,
    ) -> Result<Exit, Failure> {
        let Self { args, periods, identity, pseudonyms, fonts, templates, brand, superseded } = self;
        let mut written = Vec::new();
        // The last package takes the batches for its own: there may be many.
        let (mut collected, last) = (Some(collected), periods.len().saturating_sub(1));
        for (n, (period, place)) in periods.into_iter().enumerate() {
            let Some(collected) = (if n == last { collected.take() } else { collected.clone() }) else { continue };
            let mut origin = Origin { pseudonym_key: pseudonyms.clone(), ..origin.clone() };
            if let (Some(_), Some(kept)) = (&pseudonyms, &mut origin.evidence) {
                kept.name = withheld::name(&period);
            }
            let report = AuditReport::of_collection(&period, collected, counts, origin)?;
            let report = superseded.stated(report, &period)?.issued_by(brand::issuer(args, &brand));
            let has_pdf = args.format.contains(&FormatArg::Pdf);
            let (report, fonts) = if has_pdf { fonts.fit(report)? } else { (report, Vec::new()) };
            let contents = Contents {
                report: &report,
                formats: &args.format.iter().map(|format| Format::from(*format)).collect::<Vec<_>>(),
                csv: csv::Options { bom: !args.no_bom },
                html_budget: args.html_budget,
                paper: args.paper.into(),
                pdf_rows: args.pdf_rows,
                fonts: &fonts,
                templates: &templates,
                brand: &brand,
            };
            let kept = match pseudonyms {
                None => vec![Kept { name: FILE_NAME.to_owned(), path: evidence.to_owned() }],
                Some(_) => {
                    let path = withheld::write(&args.out, &period, evidence)?;
                    output::say(&format!(
                        "The evidence holds the names, so it stays beside the package: {}",
                        path.display()
                    ));
                    Vec::new()
                }
            };
            let rendered = package::render(&contents, &kept, &place)?;
            // It may be large, and signing wants room of its own.
            let report = report.without_register();
            let files = signed(args, rendered, &place, &identity)?;
            let folder = place.target().to_owned();
            place.commit()?;
            written.push(Written { report, folder, files });
        }
        tell(args, &written)?;
        let drafts = written.iter().any(|written| written.report.standing == Standing::Draft);
        Ok(if drafts { Exit::Unproven } else { Exit::Done })
    }
}

/// The package's folder, in the folder of packages.
fn name_of(period: &Period) -> String {
    format!("batch-audit-{}", period.slug())
}

/// What `--long-term` needs; the settings file may have it.
fn check_long_term(args: &PackageArgs) -> Result<(), Failure> {
    let refused = |words: &str| Err(Failure::new(Exit::Usage, words));
    match args.long_term {
        true if args.timestamp_url.is_none() => {
            refused("--long-term needs a time-stamp authority; name one by --timestamp-url")
        }
        true if !args.format.contains(&FormatArg::Pdf) => {
            refused("--long-term is about the PDF, which is not among the formats; add it by --format")
        }
        _ => Ok(()),
    }
}

fn signed(args: &PackageArgs, rendered: Rendered, place: &Place, identity: &Identity) -> Result<Vec<Entry>, Failure> {
    let ask = |request: &[u8]| match &args.timestamp_url {
        Some(url) => authority::ask(url, request, args.timestamp_wait),
        None => Err("none was named".to_owned()),
    };
    let authority = Authority { ask: &ask, policy: args.timestamp_policy };
    let signing = Signing::new(identity, Utc::now());
    let signing = if args.timestamp_url.is_some() { signing.stamped_by(&authority) } else { signing };
    let fetch = |url: &str, request: Option<&[u8]>| authority::fetch(url, request, args.timestamp_wait);
    let responders = Responders { fetch: &fetch, now: &Utc::now, tell: &output::say };
    let signing = if args.long_term { signing.kept_by(&responders) } else { signing };
    Ok(package::sign(rendered, &signing, place)?)
}

/// The periods that are asked for, each once. The clock says which quarter is the present one.
pub fn periods(args: &Periods) -> Result<Vec<Period>, Failure> {
    let mut periods: Vec<Period> = match (args.from, args.to) {
        (Some(from), Some(to)) => vec![Period::of_range(from, to, args.timezone)?],
        _ => {
            let start = args.fiscal_year_start;
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
        let words = "there is no period to report; name one by --quarter, as --quarter 2024-Q1 or --quarter last, or by --from \
                     and --to";
        return Err(Failure::new(Exit::Usage, words));
    }
    let mut slugs = std::collections::BTreeSet::new();
    periods.retain(|period| slugs.insert(period.slug().to_owned()));
    Ok(periods)
}

fn tell(args: &PackageArgs, written: &[Written]) -> Result<(), Failure> {
    if args.json {
        let packages: Vec<_> = written.iter().map(as_json).collect();
        return output::result(&format!("{:#}", json!({ "packages": packages })));
    }
    for Written { report, folder, files } in written {
        if !args.quiet {
            output::say(&summary(report));
            if let Some(old) = &report.supersedes {
                output::say(&format!("  supersedes {}: {}", old.package, old.restatement.counts()));
            }
            if report.findings.iter().any(|finding| finding.code == UNSHOWN) {
                output::say("  the PDF lacks a font for some names; --font-dir or --system-fonts may add one");
            }
        }
        if args.ticket {
            let named: Vec<_> =
                files.iter().map(|file| ticket::File { name: &file.name, sha256: &file.sha256 }).collect();
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
