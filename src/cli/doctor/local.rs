//! The time zone, the period, fonts, appearance and the folder that packages go to.

use std::collections::BTreeSet;

use super::check::Check;
use crate::cli::args::{Package, Periods, Report};
use crate::cli::{Exit, Failure, brand, deliver, packages};
use crate::report::PeriodStatement;
use crate::run::deliver::Target;
use crate::run::fonts::Fonts;
use crate::run::templates::templates;

/// Scripts by a few of their letters.
const SCRIPTS: [(&str, &str); 20] = [
    ("Latin", "Aéß"),
    ("Greek", "Ωλ"),
    ("Cyrillic", "Жд"),
    ("Devanagari", "कह"),
    ("Bengali", "কহ"),
    ("Gurmukhi", "ਕਹ"),
    ("Gujarati", "કહ"),
    ("Odia", "କହ"),
    ("Tamil", "கஹ"),
    ("Telugu", "కహ"),
    ("Kannada", "ಕಹ"),
    ("Malayalam", "കഹ"),
    ("Sinhala", "කහ"),
    ("Arabic and Urdu", "عڑ"),
    ("Hebrew", "שׁ"),
    ("Thai", "กฮ"),
    ("Chinese", "中国"),
    ("Japanese", "あア"),
    ("Korean", "한글"),
    ("symbols", "✓🎉"),
];

/// Time zone, period, fonts, logo and templates, folder.
pub fn checks(args: &Report) -> Vec<Check> {
    let period = period(&args.period);
    std::iter::once(zone(&args.period))
        .chain(period)
        .chain([fonts(&args.package), appearance(&args.package), folder(args)])
        .chain(args.deliver.iter().map(delivery))
        .collect()
}

/// A target of deliveries, which is sent nothing: any object that could be tried with would stay there.
fn delivery(target: &Target) -> Check {
    match target.check(&deliver::environment()) {
        Ok(()) => Check::skipped("delivery", format!("packages are delivered to {target}; nothing was sent there")),
        Err(error) => Check::failed("delivery", Failure::of(Exit::Usage, &error)),
    }
}

/// Where a day, and so a quarter, begins.
fn zone(args: &Periods) -> Check {
    let check = Check::ok("time zone", format!("days and quarters are those of {}", args.timezone.name()));
    if args.timezone == chrono_tz::UTC {
        return check.or_remedy("where the company's days are others: --timezone, or the setting `timezone`");
    }
    check
}

/// The periods, where some are asked for.
fn period(args: &Periods) -> Option<Check> {
    if args.quarter.is_empty() && args.from.is_none() {
        return None;
    }
    Some(match packages::periods(args) {
        Err(failure) => Check::failed("period", failure).or_remedy("name another by --quarter, or by --from and --to"),
        Ok(periods) => {
            let reported = periods
                .iter()
                .map(|period| format!("{}: {}", period.label(), PeriodStatement::new(period, None).bounds()));
            Check::ok("period", reported.collect::<Vec<_>>().join("; "))
        }
    })
}

fn fonts(args: &Package) -> Check {
    let covered = Fonts::new(args.font_dir.as_deref(), args.system_fonts).and_then(|fonts| {
        let wanted: BTreeSet<char> = SCRIPTS.iter().flat_map(|(_, letters)| letters.chars()).collect();
        fonts.uncovered(&wanted)
    });
    let uncovered = match covered {
        Ok(uncovered) => uncovered,
        Err(failure) => {
            return Check::failed("fonts", failure.into())
                .or_remedy("name a folder with .ttf, .otf or .ttc files by --font-dir");
        }
    };
    let (shown, not): (Vec<_>, Vec<_>) =
        SCRIPTS.iter().partition(|(_, letters)| !letters.chars().any(|c| uncovered.contains(&c)));
    let names = |scripts: Vec<&(&str, &str)>| scripts.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let check = Check::ok("fonts", format!("the PDF shows {}", names(shown)));
    if not.is_empty() {
        return check;
    }
    let remedy = format!("for {}: --font-dir with fonts of them, or --system-fonts", names(not));
    check.or_remedy(&remedy)
}

fn appearance(args: &Package) -> Check {
    let templates = args.template_dir.as_deref().map_or(Ok(()), |folder| templates(folder).map(drop));
    match templates.map_err(Failure::from).and_then(|()| brand::brand(args)) {
        Err(failure) => Check::failed("appearance", failure).or_remedy("mend the file, or leave the setting out"),
        Ok(brand) => {
            let parts = [
                args.organisation.as_ref().map(|_| "name"),
                brand.logo.as_ref().map(|_| "logo"),
                brand.accent.or(brand.accent_dark).map(|_| "colours"),
                args.template_dir.as_ref().map(|_| "templates"),
            ];
            let parts: Vec<&str> = parts.into_iter().flatten().collect();
            let words = if parts.is_empty() {
                "the program's own".to_owned()
            } else {
                format!("{} of the company", parts.join(", "))
            };
            Check::ok("appearance", words)
        }
    }
}

/// A file is made where a package would be, and goes again.
fn folder(args: &Report) -> Check {
    // Of folders that are not there yet, report makes all.
    let there = args.package.out.ancestors().find(|folder| folder.symlink_metadata().is_ok());
    let out = there.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    match tempfile::tempfile_in(out) {
        Ok(_) => {
            let made = if args.package.out.exists() { "" } else { ", which report makes" };
            Check::ok("folder", format!("packages can be written to `{}`{made}", args.package.out.display()))
        }
        Err(error) => {
            let failure = Failure::new(Exit::Local, format_args!("cannot write to `{}`", out.display())).because(error);
            Check::failed("folder", failure).or_remedy("make the folder, or name another by --out")
        }
    }
}
