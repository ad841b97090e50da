//! `deliver`, and what `report` and `sync` deliver of what they wrote: each package is verified, then put into each target.

use std::path::{Path, PathBuf};

use chrono::Utc;
use serde_json::{Value, json};

use super::args::Deliver as DeliverArgs;
use super::verify::font_finder;
use super::{Exit, Failure, foreign, interrupt, output};
use crate::figures::Grouping;
use crate::machine;
use crate::run::deliver::{Environment, Object, Patience, Target, Verified};
use crate::verify::remade::Aids;

/// Runs the subcommand.
pub fn run(args: &DeliverArgs) -> Result<Exit, Failure> {
    let to = if args.to.is_empty() { &args.deliver } else { &args.to };
    let targets = targets(to, false)?;
    if targets.is_empty() {
        let remedy = "name a target by --to, or in the settings: [[deliver]] with to = \"s3://bucket/prefix\"";
        return Err(Failure::new(Exit::Usage, "there is nowhere to deliver to").with_remedy(remedy));
    }
    let workspace = args.workspaces.workspace.as_deref();
    let with = With { font_dir: args.font_dir.as_deref(), workspace, to: &args.to, quiet: args.quiet };
    let delivered = all(args.packages.iter().map(PathBuf::as_path), targets, with);
    if args.json {
        output::json(&json!({ "deliveries": delivered.to_json() }))?;
    }
    match delivered.only_failure() {
        // What is wrong with the package, and not with a delivery of it, has a status of its own.
        Some(failure) => Err(failure),
        None => delivered.end().map(|()| Exit::Done),
    }
}

/// The targets, each of which can be opened by what the environment says. What the sample API serves is nothing to deliver: its
/// package has the name of the true one, which could not be delivered any more.
pub fn targets(targets: &[Target], sample: bool) -> Result<&[Target], Failure> {
    if sample {
        return Ok(&[]);
    }
    targets
        .iter()
        .try_for_each(|target| target.check(&environment()))
        .map_err(|error| Failure::of(Exit::Usage, &error))?;
    Ok(targets)
}

/// The variables that the stores' own tools read.
pub fn environment() -> Environment {
    Environment::of(std::env::vars_os())
}

/// What deliveries have in common.
#[derive(Debug, Clone, Copy)]
pub struct With<'a> {
    /// Fonts that packages do not hold.
    pub font_dir: Option<&'a Path>,
    /// The workspace whose targets they are.
    pub workspace: Option<&'a str>,
    /// Targets that were given as arguments.
    pub to: &'a [Target],
    /// Whether nothing but errors is to be said.
    pub quiet: bool,
}

/// One package to one target.
struct Delivery {
    package: PathBuf,
    to: String,
    end: Result<Vec<Object>, Failure>,
}

/// What came of all.
pub struct Deliveries(Vec<Delivery>);

/// Delivers each package to each target; one that fails does not stop the rest.
pub fn all<'a>(packages: impl Iterator<Item = &'a Path>, targets: &[Target], with: With<'_>) -> Deliveries {
    let packages = if targets.is_empty() { Vec::new() } else { packages.collect() };
    let one = |package: &Path| {
        let words = format!("interrupted while `{}` was being delivered", package.display());
        let interrupted = Failure::new(Exit::Undelivered, words).with_package(package);
        interrupt::ends_the_process(interrupted.with_remedy(again(package, with)));
        let verified = verified(package, with.font_dir);
        let to = |target: &Target| {
            let end = match &verified {
                Ok(verified) => verified.deliver(target, &environment(), Patience::default()).map_err(Failure::from),
                Err(failure) => Err(failure.clone()),
            };
            let delivery = Delivery { package: package.to_owned(), to: target.to_string(), end };
            delivery.say(with);
            delivery.with_remedy(with)
        };
        targets.iter().map(to).collect::<Vec<_>>()
    };
    Deliveries(packages.into_iter().flat_map(one).collect())
}

/// The command that goes on with a delivery.
fn again(package: &Path, with: With<'_>) -> String {
    let workspace = with.workspace.map_or_else(String::new, |name| format!(" --workspace {name}"));
    let to: String = with.to.iter().map(|target| format!(" --to {target}")).collect();
    let command = format!("dialnexa-audit deliver {}{workspace}{to}", package.display());
    format!("run `{command}`: it resumes, and no new report is needed")
}

fn verified(package: &Path, font_dir: Option<&Path>) -> Result<Verified, Failure> {
    machine::workers()?;
    let fonts = font_finder(font_dir)?;
    Ok(Verified::of(package, &Aids { fonts: Some(&*fonts), ..Aids::default() }, Utc::now())?)
}

impl Delivery {
    fn say(&self, with: With<'_>) {
        let Ok(objects) = &self.end else { return };
        if with.quiet {
            return;
        }
        let there = objects.iter().filter(|object| object.was_there).count() as u64;
        let there = match there {
            0 => String::new(),
            some => format!(", {} of them already there", Grouping::default().grouped(some)),
        };
        let files = Grouping::default().count(objects.len() as u64, "file", "files");
        output::say(&format!(
            "Delivered {} to {}: {files} read back and compared{there}",
            foreign::path(&self.package),
            output::shown(&self.to)
        ));
    }

    /// The same; where it failed, with the command that goes on.
    fn with_remedy(mut self, with: With<'_>) -> Self {
        if let Err(failure) = &mut self.end
            && failure.exit == Exit::Undelivered
        {
            let first = failure.remedy.take().map_or_else(String::new, |remedy| format!("{remedy}; then "));
            failure.remedy = Some(format!("{first}{}", again(&self.package, with)));
        }
        self
    }

    /// Why it was not delivered, where that is so.
    fn failure(&self) -> Option<Failure> {
        let failure = self.end.as_ref().err()?;
        let message = format!("not delivered to `{}`: {}", self.to, failure.message);
        let reported = Failure { exit: Exit::Undelivered, message, ..failure.clone() };
        // One that does not verify is not whole.
        let is_whole = failure.exit == Exit::Undelivered;
        Some(if is_whole { reported.with_package(&self.package) } else { reported })
    }

    fn to_json(&self) -> Value {
        let objects = self.end.as_ref().map(Vec::as_slice).unwrap_or_default();
        json!({
            "package": self.package,
            "to": self.to,
            "delivered": self.end.is_ok(),
            "objects": objects,
            "error": self.failure().map(|failure| failure.as_json()),
        })
    }
}

impl Deliveries {
    /// None.
    pub const NONE: Self = Self(Vec::new());

    /// As data.
    pub fn to_json(&self) -> Vec<Value> {
        self.0.iter().map(Delivery::to_json).collect()
    }

    /// Says of each that failed why.
    pub fn complain(&self) {
        self.0.iter().filter_map(Delivery::failure).for_each(|failure| output::complain(&failure));
    }

    /// The first failure; the others are said.
    pub fn end(&self) -> Result<(), Failure> {
        let mut failures = self.0.iter().filter_map(Delivery::failure);
        let first = failures.next();
        failures.for_each(|failure| output::complain(&failure));
        first.map_or(Ok(()), Err)
    }

    /// Why the only delivery failed, where that is no matter of the target.
    fn only_failure(&self) -> Option<Failure> {
        match self.0.as_slice() {
            [Delivery { end: Err(failure), .. }] if failure.exit != Exit::Undelivered => Some(failure.clone()),
            _ => None,
        }
    }
}
