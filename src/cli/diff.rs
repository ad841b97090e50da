//! `diff`: what changed from an older report to a newer one over the same period. Needs no network and no key.

use serde_json::{Value, json};

use super::args::Diff as DiffArgs;
use super::{Exit, Failure, output};
use crate::report::Comparison;
use crate::run::earlier::Earlier;

mod words;

/// The form of what `--json` prints; its schema is `samples/restatement.schema.json`.
const FORMAT: &str = "dialnexa-audit-restatement/1";

/// Runs the subcommand.
pub fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let (old, new) = (Earlier::read(&args.old)?, Earlier::read(&args.new)?);
    let comparison = new.report.compared_with(&old.report)?;
    if args.json {
        output::json(&as_json(&old, &new, &comparison))?;
    } else {
        words::lines(&old, &new, &comparison).iter().try_for_each(|line| output::result(line))?;
    }
    Ok(if comparison.restatement.is_empty() { Exit::Done } else { Exit::Differs })
}

fn as_json(old: &Earlier, new: &Earlier, comparison: &Comparison) -> Value {
    json!({
        "format": FORMAT,
        "differs": !comparison.restatement.is_empty(),
        "old": side(old),
        "new": side(new),
        "notes": comparison.notes,
        "restatement": comparison.restatement,
    })
}

fn side(earlier: &Earlier) -> Value {
    json!({
        "path": earlier.path,
        "sha256": earlier.sha256,
        "manifest_sha256": earlier.manifest_sha256,
        "standing": earlier.report.standing,
        "period": earlier.report.period,
        "sign_offs": earlier.sign_offs,
        "hash_total": earlier.report.hash_total,
        "provenance": earlier.report.provenance,
    })
}
