//! `countersign`: a second person's signature on a package, beside its preparer's.

use chrono::Utc;
use serde_json::json;

use super::args::Countersign as CountersignArgs;
use super::verify::font_finder;
use super::{Exit, Failure, foreign, keys, output};
use crate::machine;
use crate::package::Role;
use crate::run::countersign::{Countersigned, Countersigning};
use crate::run::packages::Stamping;
use crate::verify::remade::Aids;

/// Runs the subcommand.
pub fn run(args: &CountersignArgs) -> Result<Exit, Failure> {
    machine::workers()?;
    let now = Utc::now();
    let fonts = font_finder(args.font_dir.as_deref())?;
    let stamping = args.stamping.timestamp_url.as_ref().map(|url| Stamping {
        url: url.clone(),
        policy: args.stamping.timestamp_policy,
        wait: args.stamping.timestamp_wait,
    });
    let wanted = Countersigning {
        package: &args.package,
        role: args.role.into(),
        name: &args.name,
        comment: args.comment.as_deref(),
        same_key: args.same_key,
        stamping: stamping.as_ref(),
        aids: &Aids { fonts: Some(&*fonts), ..Aids::default() },
    };
    // What is not there is said before an identity is made.
    wanted.target()?;
    let identity = keys::identity(args.identity.as_deref(), now)?;
    let signed = wanted.sign(&identity, now.max(Utc::now()))?;
    print(args, &signed)?;
    Ok(Exit::Done)
}

fn print(args: &CountersignArgs, signed: &Countersigned) -> Result<(), Failure> {
    let Countersigned { folder, subject, sign_off, files, missing } = signed;
    if args.json {
        return output::json(&json!({
            "package": folder,
            "subject": subject,
            "sign_off": sign_off,
            "files": files,
            "missing": missing,
        }));
    }
    if let Some(subject) = subject {
        let line = format!("{}, {}: {}", subject.period.label, subject.period.bounds(), subject.standing.mark());
        output::say(&output::shown(&line));
    }
    output::say(&output::shown(&sign_off.reason()));
    match missing.as_slice() {
        [] => output::say("Both reviewer and approver have signed."),
        missing => {
            let missing: Vec<_> = missing.iter().map(|role| Role::as_str(*role)).collect();
            output::say(&format!("Not signed yet by: {}", missing.join(", ")));
        }
    }
    files.iter().try_for_each(|name| output::result(&foreign::path(&folder.join(name))))
}
