//! `sync`: one table a quarter for a warehouse.

use std::sync::Arc;

use serde_json::json;

use super::args::Sync as SyncArgs;
use super::progress::Progress;
use super::source::{self, Way};
use super::{Exit, Failure, arguments, foreign, interrupt, output};
use crate::run::sync::{Folder, Kept, Tables};
use crate::run::{Gathering, Listener};

/// Runs the subcommand.
pub fn run(args: &SyncArgs) -> Result<Exit, Failure> {
    let (source, _sample) = source::open(&Way {
        sample: args.access.sample,
        form: args.access.form,
        base_url: &args.access.base_url,
        key_file: args.access.api_key_file.as_deref(),
        key_source: args.access.key_source.as_ref(),
    })?;
    let tables = Tables {
        to: args.to.clone(),
        format: args.format.into(),
        since: args.since,
        timezone: args.timezone,
        fiscal_year_start: args.fiscal_year_start,
    };
    let gathering = Gathering {
        out: args.to.clone(),
        force: false,
        draft: false,
        workspace: args.access.workspaces.workspace.clone(),
        arguments: arguments(&args.access.workspaces),
        assurance: args.assurance.into(),
        concurrency: usize::from(args.concurrency),
        call_totals: args.call_totals.into(),
        max_wait: args.access.max_wait,
    };
    let folder = Folder::open(&tables, &source)?;
    interrupt::is_heard_elsewhere();
    let progress: Arc<dyn Listener> = Arc::new(Progress::new(args.access.quiet));
    tell(args, &folder.keep(&gathering, &source, &progress)?)?;
    Ok(Exit::Done)
}

fn tell(args: &SyncArgs, all: &[Kept]) -> Result<(), Failure> {
    let mut written = all.iter().filter(|kept| kept.written);
    if args.json {
        let quarter = |kept: &Kept| json!({ "written": kept.written, "quarter": kept.entry });
        let quarters: Vec<_> = all.iter().map(quarter).collect();
        return output::json(&json!({ "folder": args.to, "quarters": quarters }));
    }
    if !args.access.quiet {
        let rows: u64 = all.iter().map(|kept| kept.entry.rows()).sum();
        output::say(&format!(
            "{rows} batches in {} quarters, {} of them written: proven complete",
            all.len(),
            written.clone().count()
        ));
    }
    written.try_for_each(|kept| output::result(&foreign::path(&args.to.join(kept.entry.file()))))
}
