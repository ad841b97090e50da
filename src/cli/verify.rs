//! `verify`: reads packages and files, and states of each what was found, then one bottom line. Needs no network and no
//! configuration.

use std::path::{Path, PathBuf};

use chrono::Utc;
use serde_json::{Value, json};

use super::args::Verify as VerifyArgs;
use super::{Exit, Failure, output};
use crate::machine;
use crate::package::{SIGNATURE, Subject};
use crate::run::files::{read, read_folder};
use crate::verify::file::{self, FileKind, FileVerdict};
use crate::verify::folder::Folder;
use crate::verify::package;
use crate::verify::signature::{Signer, Trust};
use crate::verify::signoff::{self, SignOffVerdict};

pub(super) mod beside;
pub(super) mod bounded;
mod drawn;
mod returned;
mod words;

use beside::Beside;
pub use beside::font_finder;
use bounded::Ended;
pub(super) use words::bottom_line;
use words::print_found;

/// The form of what `--json` prints; its schema is `samples/verdict.schema.json`.
const FORMAT: &str = "dialnexa-audit-verdict/2";

/// What was found of one path.
pub(super) struct FoundPath {
    path: String,
    /// The facts about each file.
    pub(super) files: Vec<FileVerdict>,
    subject: Option<Subject>,
    signer: Option<Signer>,
    /// Who signed it off, the reviewer first.
    sign_offs: Vec<SignOffVerdict>,
    problems: Vec<String>,
    notes: Vec<String>,
    /// The package as it was opened, so that nothing is read of another one.
    pub(super) folder: Option<Folder>,
}

impl FoundPath {
    /// The verdict on a path of which nothing could be checked.
    fn refused(path: String, why: String) -> Self {
        let (files, sign_offs, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { path, files, subject: None, signer: None, sign_offs, problems: vec![why], notes, folder: None }
    }

    /// Whether nothing that was checked fails; some files may not have been compared.
    pub(super) fn holds(&self) -> bool {
        self.problems.is_empty() && !self.files.is_empty() && self.files.iter().all(FileVerdict::holds)
    }

    fn accepted(&self) -> bool {
        let signed_off = self.sign_offs.iter().all(SignOffVerdict::accepted);
        self.problems.is_empty() && !self.files.is_empty() && self.files.iter().all(FileVerdict::accepted) && signed_off
    }
}

/// Runs the subcommand.
pub fn run(args: &VerifyArgs) -> Result<Exit, Failure> {
    if bounded::is_here() {
        bounded::limit(&read_paths(args));
        machine::few_workers();
        machine::workers()?;
        let trust = trust(args)?;
        if args.returned.is_some() || args.drawn.is_some() {
            only_package(args)?;
        }
        let beside = Beside::of(args)?;
        let mut found = args.paths.iter().map(|path| look(path, &trust, &beside)).collect::<Result<Vec<_>, _>>()?;
        // A package that does not hold is nothing to compare with.
        let sample = match &args.drawn {
            Some(path) => Some(drawn::look(path, (&args.paths, &found), &trust)?),
            None => None,
        };
        let package = found.iter().find_map(|found| found.folder.as_ref().filter(|_| found.accepted()));
        let returned = match (&args.returned, package) {
            (Some(file), Some(folder)) => match sample.as_ref().map(|sample| &sample.worksheet) {
                None => Some(returned::look(file, folder)?),
                Some(Some(worksheet)) => Some(returned::look_at_worksheet(file, worksheet)?),
                // A sample that does not hold is nothing to compare with either.
                Some(None) => None,
            },
            _ => None,
        };
        found.extend(sample.map(|sample| sample.found));
        return print(args, &found, returned.as_ref());
    }
    match bounded::again().map_err(bounded::not_started)? {
        Ended::With(exit) => Ok(exit),
        Ended::Without(how) if bounded::is_tight(&read_paths(args)) => Err(bounded::tight(&how)),
        Ended::Without(how) => print(args, &too_costly(args, &how), None),
    }
}

/// All that is read.
fn read_paths(args: &VerifyArgs) -> Vec<PathBuf> {
    args.paths.iter().chain(&args.drawn).chain(&args.returned).cloned().collect()
}

/// The verdict on files that could not be read to the end.
fn too_costly(args: &VerifyArgs, how: &str) -> Vec<FoundPath> {
    let why = format!(
        "checking took more memory or time than a report of this size ever does ({how}); check its files one by one to \
         find which it is"
    );
    let found = |path: &PathBuf| FoundPath::refused(path.display().to_string(), why.clone());
    args.paths.iter().map(found).collect()
}

fn print(args: &VerifyArgs, found: &[FoundPath], returned: Option<&returned::Outcome>) -> Result<Exit, Failure> {
    let accepted = found.iter().all(FoundPath::accepted);
    if args.json {
        let paths: Vec<_> = found.iter().map(as_json).collect();
        let mut verdict =
            json!({ "format": FORMAT, "accepted": accepted, "bottom_line": bottom_line(found), "paths": paths });
        if let Some(outcome) = returned {
            verdict["returned"] = outcome.as_json();
        }
        output::json(&verdict)?;
    } else {
        found.iter().try_for_each(print_found)?;
        output::result(&bottom_line(found))?;
        returned.map_or(Ok(()), returned::Outcome::print)?;
    }
    let good = accepted && returned.is_none_or(returned::Outcome::harmless);
    Ok(if good { Exit::Done } else { Exit::Differs })
}

/// The one package that a file that came back is compared with.
fn only_package(args: &VerifyArgs) -> Result<(), Failure> {
    match args.paths.as_slice() {
        [path] if path.is_dir() => Ok(()),
        _ => Err(Failure::new(Exit::Usage, "--returned and --drawn compare with one package")
            .with_remedy("name its folder, and nothing else")),
    }
}

fn trust(args: &VerifyArgs) -> Result<Trust, Failure> {
    let mut trust = Trust::at(Utc::now());
    if let Some(path) = &args.trust {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let what = format_args!("cannot read the trusted certificates `{}`", path.display());
            Failure::new(Exit::Usage, what).because(error)
        })?;
        let unusable = |error| Failure::new(Exit::Usage, format_args!("`{}`", path.display())).because(error);
        trust = trust.and_pem(&text).map_err(unusable)?;
    }
    if args.system_roots {
        trust = system_roots(trust)?;
    }
    args.fingerprint
        .iter()
        .try_fold(trust, |trust, fingerprint| trust.and_fingerprint(fingerprint))
        .map_err(|error| Failure::of(Exit::Usage, &error))
}

/// Trust in the roots of this system as well. One that cannot be read is skipped: it vouches for no certificate.
fn system_roots(trust: Trust) -> Result<Trust, Failure> {
    let found = rustls_native_certs::load_native_certs();
    let roots: Vec<&[u8]> = found.certs.iter().map(|root| root.as_ref()).collect();
    let why = found.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
    trust.and_roots(&roots).map_err(|_| {
        Failure::new(Exit::Usage, "the system's roots cannot be read")
            .because(why)
            .with_remedy("install them (on Debian: ca-certificates) or name a file by --trust")
    })
}

pub(super) fn look(path: &Path, trust: &Trust, beside: &Beside) -> Result<FoundPath, Failure> {
    let name = path.display().to_string();
    if path.is_dir() {
        let folder = read_folder(path)?;
        let verdict = package::verify_with(&folder, trust, &beside.aids());
        return Ok(FoundPath {
            path: name,
            files: verdict.files,
            subject: verdict.subject,
            signer: verdict.signer,
            sign_offs: verdict.sign_offs,
            problems: verdict.problems,
            notes: verdict.notes,
            folder: Some(folder),
        });
    }
    if let Some(why) = packed(path) {
        return Ok(FoundPath::refused(name, why));
    }
    // A detached signature is checked with what it signs.
    let text = path.to_string_lossy();
    let signed = text.strip_suffix(SIGNATURE).map(Path::new);
    if let Some(signed) = signed.filter(|signed| path.is_file() && !signed.is_file()) {
        let why = format!("it is a signature, and the file that it signs, {}, is not beside it", signed.display());
        return Ok(FoundPath::refused(name, why));
    }
    let content = signed.unwrap_or(path);
    let bytes = read(content)?;
    let file_name = content.file_name().map_or_else(|| name.clone(), |name| name.to_string_lossy().into_owned());
    let p7s = content.with_file_name(format!("{file_name}{SIGNATURE}"));
    let p7s = match file::kind(&file_name, &bytes) {
        FileKind::Other if p7s.is_file() => Some(read(&p7s)?),
        _ => None,
    };
    let verdict = file::verify_alone(&file_name, &bytes, p7s.as_deref(), trust);
    let signer = verdict.signature.as_ref().and_then(|signature| signature.signer.clone());
    let (problems, notes, sign_offs) = (Vec::new(), Vec::new(), signoff::inside(&verdict));
    Ok(FoundPath { path: name, files: vec![verdict], subject: None, signer, sign_offs, problems, notes, folder: None })
}

/// Why an archive is not looked at.
fn packed(path: &Path) -> Option<String> {
    const ARCHIVES: [&str; 9] = [".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar.zst", ".7z", ".rar"];
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let is_archive = ARCHIVES.iter().any(|end| name.ends_with(end)) && path.is_file();
    is_archive.then(|| "it is an archive: unpack it first, and verify the folder that was in it".to_owned())
}

fn as_json(found: &FoundPath) -> Value {
    let files: Vec<_> = found
        .files
        .iter()
        .map(|file| {
            let mut value = json!(file);
            value["accepted"] = json!(file.accepted());
            value["reasons"] = json!(file.reasons());
            value
        })
        .collect();
    let sign_offs: Vec<_> = found
        .sign_offs
        .iter()
        .map(|sign_off| {
            let mut value = json!(sign_off);
            value["accepted"] = json!(sign_off.accepted());
            value["reasons"] = json!(sign_off.reasons());
            value
        })
        .collect();
    json!({
        "path": found.path,
        "accepted": found.accepted(),
        "subject": found.subject,
        "signer": found.signer,
        "sign_offs": sign_offs,
        "problems": found.problems,
        "notes": found.notes,
        "files": files,
    })
}
