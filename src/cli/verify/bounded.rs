//! Files under check may be made by an attacker. So they are read by a second process of this program, whose
//! memory and time are limited; when it does not live to a verdict, that is one.

use std::path::{Path, PathBuf};

use crate::cli::{Exit, Failure, limits};
use crate::machine;
use crate::package::INPUTS;

/// Set for the second process.
const MARK: &str = "DIALNEXA_AUDIT_BOUNDED";

/// How the second process ended.
pub enum Ended {
    /// It said its verdict.
    With(Exit),
    /// It did not.
    Without(String),
}

/// Whether this is the second process, or there can be none.
pub fn is_here() -> bool {
    std::env::var_os(MARK).is_some() || machine::this_program().is_err()
}

/// Limits this process to what looking at `paths` may cost.
pub fn limit(paths: &[PathBuf]) {
    limits::for_reading(sizes(paths));
}

/// Whether this process may use less memory than looking at `paths` may cost, by a limit that is not this program's.
pub fn is_tight(paths: &[PathBuf]) -> bool {
    limits::is_tight_for_reading(sizes(paths))
}

fn sizes(paths: &[PathBuf]) -> u64 {
    paths.iter().map(|path| size(path)).fold(0, u64::saturating_add)
}

/// Runs this program again with the same arguments.
pub fn again() -> std::io::Result<Ended> {
    let arguments = std::env::args_os().skip(1);
    let status = machine::this_program()?.args(arguments).env(MARK, "1").status()?;
    let known = [Exit::Done, Exit::Differs, Exit::Usage, Exit::Local];
    let exit = known.into_iter().find(|exit| status.code() == Some(*exit as i32));
    Ok(exit.map_or_else(|| Ended::Without(status.to_string()), Ended::With))
}

/// Why the second process was not started.
pub fn not_started(error: std::io::Error) -> Failure {
    let failure = Failure::new(Exit::Local, "cannot start the process that checks");
    Failure { remedy: machine::remedy(&error).map(Into::into), ..failure.because(error) }
}

/// Why a second process without a verdict is none, where it may use less memory than it may need.
pub fn tight(how: &str) -> Failure {
    Failure::new(Exit::Local, format_args!("checking needs more memory than this process may use ({how})"))
        .with_remedy("raise the limit of the address space (ulimit -v)")
}

/// Why nothing is done with `paths`, which could not be looked at to the end.
pub fn too_costly(paths: &[PathBuf], how: &str) -> Failure {
    if is_tight(paths) {
        return tight(how);
    }
    let words = format_args!("checking took more memory or time than a report of this size ever does ({how})");
    Failure::new(Exit::Differs, words).with_remedy("run `dialnexa-audit verify` on its files one by one")
}

/// The bytes of a file, or of the files of a package and of the folder in it.
fn size(path: &Path) -> u64 {
    let inner = path.join(INPUTS);
    [path, &inner].into_iter().map(size_of_one).fold(0, u64::saturating_add)
}

fn size_of_one(path: &Path) -> u64 {
    let own = |path: &Path| std::fs::metadata(path).map_or(0, |data| if data.is_file() { data.len() } else { 0 });
    let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| own(&entry.path())).fold(own(path), u64::saturating_add)
}
