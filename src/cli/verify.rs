//! `verify`: reads packages and files, and tells of each what was found, then one bottom line. Needs no network and no
//! configuration.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use chrono::Utc;
use serde_json::{Value, json};

use super::args::Verify as VerifyArgs;
use super::keys::colons;
use super::{Exit, Failure, output};
use crate::batch::rfc3339;
use crate::package::SIGNATURE;
use crate::verify::file::{self, FileVerdict, Kind};
use crate::verify::package;
use crate::verify::signature::{Fact, SignatureVerdict, Signer, Timed, Trust};

mod returned;

/// No file of a package is larger.
const LARGEST: u64 = 2 << 30;

/// What was found of one path.
struct Found {
    path: String,
    files: Vec<FileVerdict>,
    signer: Option<Signer>,
    problems: Vec<String>,
}

impl Found {
    fn accepted(&self) -> bool {
        self.problems.is_empty() && !self.files.is_empty() && self.files.iter().all(FileVerdict::accepted)
    }
}

/// Runs the subcommand.
pub fn run(args: &VerifyArgs) -> Result<Exit, Failure> {
    let trust = trust(args)?;
    let package = args.returned.as_ref().map(|_| only_package(args)).transpose()?;
    let found: Vec<Found> = args.paths.iter().map(|path| look(path, &trust)).collect::<Result<_, _>>()?;
    let accepted = found.iter().all(Found::accepted);
    // A package that does not hold is nothing to compare with.
    let outcome = match (&args.returned, package) {
        (Some(file), Some(folder)) if accepted => Some(returned::look(file, folder)?),
        _ => None,
    };
    if args.json {
        let paths: Vec<_> = found.iter().map(as_json).collect();
        let mut told = json!({ "accepted": accepted, "paths": paths });
        if let Some(outcome) = &outcome {
            told["returned"] = outcome.as_json();
        }
        output::result(&format!("{told:#}"))?;
    } else {
        for found in &found {
            tell(found)?;
        }
        output::result(&bottom_line(&found))?;
        outcome.as_ref().map_or(Ok(()), returned::Outcome::tell)?;
    }
    let good = accepted && outcome.is_none_or(|outcome| outcome.harmless());
    Ok(if good { Exit::Done } else { Exit::Differs })
}

/// The one package that a file that came back is compared with.
fn only_package(args: &VerifyArgs) -> Result<&Path, Failure> {
    match args.paths.as_slice() {
        [path] if path.is_dir() => Ok(path),
        _ => Err(Failure::new(Exit::Usage, "--returned compares with one package: name its folder, and nothing else")),
    }
}

fn trust(args: &VerifyArgs) -> Result<Trust, Failure> {
    let unusable = |error: &dyn std::fmt::Display| Failure::new(Exit::Usage, error);
    let mut trust = Trust::at(Utc::now());
    if let Some(path) = &args.trust {
        let text = std::fs::read_to_string(path).map_err(|error| {
            unusable(&format_args!("cannot read the trusted certificates `{}`: {error}", path.display()))
        })?;
        trust = trust.and_pem(&text).map_err(|error| unusable(&format_args!("`{}`: {error}", path.display())))?;
    }
    match &args.fingerprint {
        Some(fingerprint) => trust.and_fingerprint(fingerprint).map_err(|error| unusable(&error)),
        None => Ok(trust),
    }
}

fn look(path: &Path, trust: &Trust) -> Result<Found, Failure> {
    let name = path.display().to_string();
    if path.is_dir() {
        let verdict = package::verify(&read_folder(path)?, trust);
        return Ok(Found { path: name, files: verdict.files, signer: verdict.signer, problems: verdict.problems });
    }
    // A detached signature is checked with what it signs.
    let text = path.to_string_lossy();
    let content = text.strip_suffix(SIGNATURE).map(Path::new).filter(|content| content.is_file()).unwrap_or(path);
    let bytes = read(content)?;
    let file_name = content.file_name().map_or_else(|| name.clone(), |name| name.to_string_lossy().into_owned());
    let beside = content.with_file_name(format!("{file_name}{SIGNATURE}"));
    let p7s = match file::kind(&file_name, &bytes) {
        Kind::Other if beside.is_file() => Some(read(&beside)?),
        _ => None,
    };
    let verdict = file::verify_alone(&file_name, &bytes, p7s.as_deref(), trust);
    let signer = verdict.signature.as_ref().and_then(|signature| signature.signer.clone());
    Ok(Found { path: name, files: vec![verdict], signer, problems: Vec::new() })
}

fn read_folder(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Local, format_args!("cannot read the package `{}`: {error}", folder.display()))
    };
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        // A folder in a package is listed nowhere; it is reported as a file that is too many.
        let bytes = if path.is_dir() { Vec::new() } else { read(&path)? };
        files.insert(name, bytes);
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(Exit::Local, format_args!("cannot read `{}`: {error}", path.display()))
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(failed(&"it is larger than 2 GiB, no file of a report is"));
    }
    Ok(bytes)
}

/// The columns of the table: what each fact is called, and where it is explained in the help.
const COLUMNS: [&str; 6] = ["intact", "valid", "whole", "listed", "agrees", "again"];

fn tell(found: &Found) -> Result<(), Failure> {
    output::result(&found.path)?;
    // Detached signatures and certificates are worth a line only where something is wrong with them.
    let shown_files = || found.files.iter().filter(|file| file.signature.is_some() || !file.accepted());
    let width = shown_files().map(|file| file.name.chars().count()).max().unwrap_or(0);
    if width > 0 {
        output::result(&format!("  {:width$}{}", "", COLUMNS.map(|name| format!(" {name:>6}")).concat()))?;
    }
    for file in shown_files() {
        output::result(&format!("  {:width$}{}", shown(&file.name), facts(file)))?;
        for reason in file.reasons() {
            output::result(&format!("      {}", shown(&reason)))?;
        }
    }
    for problem in &found.problems {
        output::result(&format!("  {}", shown(problem)))?;
    }
    match &found.signer {
        Some(signer) => tell_signer(signer, found.files.first().and_then(|file| file.signature.as_ref())),
        None => Ok(()),
    }
}

/// `yes`, `NO`, or `-` for what was not checked, under each of [`COLUMNS`].
fn facts(file: &FileVerdict) -> String {
    let signature = file.signature.as_ref();
    let facts = [
        signature.map(|signature| &signature.intact),
        signature.map(|signature| &signature.valid),
        signature.map(|signature| &signature.covers_whole),
        Some(&file.listed),
        Some(&file.figures),
        Some(&file.reproduced),
    ];
    let word = |fact: Option<&Fact>| match fact {
        Some(Fact::Yes) => "yes",
        Some(Fact::No(_)) => "NO",
        Some(Fact::NotChecked(_)) | None => "-",
    };
    facts.map(|fact| format!(" {:>6}", word(fact))).concat()
}

fn tell_signer(signer: &Signer, signature: Option<&SignatureVerdict>) -> Result<(), Failure> {
    let digits = colons(&signer.fingerprint);
    let (first, second) = digits.split_at_checked(48).unwrap_or((&digits, ""));
    output::result(&format!("  Signer    {} ({})", shown(&signer.name), signer.key))?;
    output::result(&format!("  SHA-256   {first}\n            {second}"))?;
    let trusted = match signature.map(|signature| &signature.trusted) {
        Some(Fact::Yes) => "yes".to_owned(),
        Some(Fact::No(why)) => format!("NO: {why}"),
        Some(Fact::NotChecked(why)) => format!("not checked: {why}"),
        None => "not checked".to_owned(),
    };
    output::result(&format!("  Trusted   {}", shown(&trusted)))?;
    let timed = match signature.map(|signature| &signature.timed) {
        Some(Timed::Stated { at }) => format!("{} by the signer's own clock; no time stamp", rfc3339(*at)),
        Some(Timed::Stamped { at, by, trusted }) => {
            let known = match trusted {
                Fact::Yes => "trusted".to_owned(),
                Fact::No(why) => format!("NOT TRUSTED: {why}"),
                Fact::NotChecked(_) => "not checked".to_owned(),
            };
            format!("{}, stamped by {} ({known})", rfc3339(*at), shown(by))
        }
        Some(Timed::Unknown) | None => "not known".to_owned(),
    };
    output::result(&format!("  Signed    {timed}"))
}

/// Text from a file under check, fit for a terminal.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn bottom_line(found: &[Found]) -> String {
    let failed: usize = found
        .iter()
        .map(|found| {
            found.problems.len()
                + found.files.iter().filter(|file| !file.accepted()).count()
                + usize::from(found.files.is_empty() && found.problems.is_empty())
        })
        .sum();
    if failed > 0 {
        let things =
            if failed == 1 { "1 thing does not hold".to_owned() } else { format!("{failed} things do not hold") };
        return format!("FAILED: {things}; do not rely on these files");
    }
    let signatures = || found.iter().flat_map(|found| &found.files).filter_map(|file| file.signature.as_ref());
    if signatures().all(|signature| signature.trusted.holds()) {
        "VERIFIED: unchanged since it was signed, by a signer that you trust".to_owned()
    } else {
        "VERIFIED: unchanged since it was signed; who signed it was not checked".to_owned()
    }
}

fn as_json(found: &Found) -> Value {
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
    json!({ "path": found.path, "accepted": found.accepted(), "signer": found.signer, "problems": found.problems, "files": files })
}
