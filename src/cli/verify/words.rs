//! A verdict in words: a table of the facts that differ from file to file, then those that a package has in common.

use super::FoundPath;
use crate::batch::rfc3339;
use crate::cli::columns::{self, between_words};
use crate::cli::keys::colons;
use crate::cli::output::shown;
use crate::cli::{Failure, output};
use crate::package::{Role, Subject};
use crate::report::moment;
use crate::verify::file::FileVerdict;
use crate::verify::reproduced::Reproduced;
use crate::verify::signature::{DocumentStamp, Fact, SignatureVerdict, Signer, Timed};
use crate::verify::signoff::SignOffVerdict;

/// The columns of the table: what each fact is called, and where it is explained in the help.
const COLUMNS: [&str; 5] = ["intact", "valid", "whole", "listed", "reproduced"];

/// Prints what was found of one path.
pub fn print_found(found: &FoundPath) -> Result<(), Failure> {
    output::result(&shown(&found.path))?;
    print_subject(found)?;
    // Detached signatures and certificates are worth a line only where something is wrong with them.
    let shown_files = || found.files.iter().filter(|file| file.signature.is_some() || !file.accepted());
    let width = shown_files().map(|file| file.name.chars().count()).max().unwrap_or(0);
    if width > 0 {
        output::result(&format!(" {:width$}{}", "", COLUMNS.map(|name| format!(" {name:>6}")).concat()))?;
    }
    for file in shown_files() {
        output::result(&format!(" {:width$}{}", shown(&file.name), facts(file)))?;
        for line in file.reasons().iter().chain(&apart(head(found), file)) {
            output::result(&format!("      {}", shown(line)))?;
        }
    }
    for note in &found.notes {
        let lines = between_words(&format!("note: {}", shown(note)), 76);
        output::result(&format!("  {}", lines.replace('\n', "\n  ")))?;
    }
    for problem in &found.problems {
        output::result(&format!("  {}", shown(problem)))?;
    }
    print_common(found)
}

/// `yes`, `NO`, or `-` for what was not checked, under each of [`COLUMNS`].
fn facts(file: &FileVerdict) -> String {
    let signature = file.signature.as_ref();
    let facts = [
        signature.map(|signature| &signature.intact),
        signature.map(|signature| &signature.valid),
        signature.map(|signature| &signature.covers_whole),
        Some(&file.listed),
    ];
    let word = |fact: Option<&Fact>| match fact {
        Some(Fact::Yes) => "yes",
        Some(Fact::No(_)) => "NO",
        Some(Fact::NotChecked(_)) | None => "-",
    };
    let words = facts.map(word).map(|word| format!(" {word:>6}")).concat();
    format!("{words} {:>10}", file.reproduced.word())
}

/// What the package is of, before anything else is said of it.
fn print_subject(found: &FoundPath) -> Result<(), Failure> {
    let Some(Subject { period, standing, source }) = &found.subject else { return Ok(()) };
    let as_of = period.as_of.map_or_else(String::new, |at| format!(", as of {}", moment(at)));
    let line = format!("  Period    {}: {}{as_of}", shown(&period.label), period.bounds());
    output::result(&between_words(&line, columns::COLUMNS))?;
    output::result(&format!("  Standing  {}", standing.mark()))?;
    let workspace = source.workspace.as_ref().map(|name| shown(name));
    let named = workspace.as_deref().unwrap_or(if source.sample { "the built-in sample" } else { &source.host });
    output::result(&format!("  Source    {}\n            {}", shown(named), shown(&source.endpoint)))
}

/// The signature whose facts are reported for all: that of the manifest, or of the only file.
fn head(found: &FoundPath) -> Option<&SignatureVerdict> {
    found.files.first().and_then(|file| file.signature.as_ref())
}

/// What is reported below the table does not hold for this file: it is trusted or timed otherwise than the first.
fn apart(head: Option<&SignatureVerdict>, file: &FileVerdict) -> Vec<String> {
    let Some((head, own)) = head.zip(file.signature.as_ref()) else { return Vec::new() };
    let mut lines = Vec::new();
    if own.signer.is_some() && own.trusted != head.trusted {
        lines.push(format!("trusted: {}", answer(&own.trusted)));
    }
    let alike = match (&own.timed, &head.timed) {
        (
            Timed::Stamped { by, trusted, document: None, .. },
            Timed::Stamped { by: other, trusted: known, document: None, .. },
        ) => by == other && trusted == known,
        // The PDF alone has such a stamp.
        (Timed::Stamped { document: Some(_), .. }, Timed::Stamped { .. }) => false,
        (
            Timed::Stated { stamp: Some(own), in_future, .. },
            Timed::Stated { stamp: Some(head), in_future: other, .. },
        ) => in_future == other && (&own.by, &own.trusted, &own.document) == (&head.by, &head.trusted, &head.document),
        (Timed::Stated { stamp, in_future, .. }, Timed::Stated { stamp: head, in_future: other, .. }) => {
            stamp.is_none() && head.is_none() && in_future == other
        }
        (own, head) => std::mem::discriminant(own) == std::mem::discriminant(head),
    };
    if own.signer.is_some() && !alike {
        lines.push(format!("signed: {}", timed(&own.timed)));
    }
    lines
}

fn print_common(found: &FoundPath) -> Result<(), Failure> {
    if let Some(signer) = &found.signer {
        let role = if found.subject.is_some() { "Preparer" } else { "Signer" };
        output::result(&format!("  {role:<8}  {} ({})", shown(&signer.name), signer.key))?;
        print_fingerprint(signer)?;
    }
    if let Some(signature) = head(found).filter(|signature| signature.signer.is_some()) {
        print_trust(signature)?;
    }
    print_sign_offs(found)
}

fn print_fingerprint(signer: &Signer) -> Result<(), Failure> {
    let digits = colons(&signer.fingerprint);
    let (first, second) = digits.split_at_checked(48).unwrap_or((&digits, ""));
    output::result(&format!("  SHA-256   {first}\n            {second}"))
}

fn print_trust(signature: &SignatureVerdict) -> Result<(), Failure> {
    output::result(&format!("  Trusted   {}", shown(&answer(&signature.trusted))))?;
    output::result(&format!("  Signed    {}", shown(&timed(&signature.timed))))
}

/// Who reviewed and who approved a package, and which of them has not; of a file without its package only who did.
fn print_sign_offs(found: &FoundPath) -> Result<(), Failure> {
    for role in Role::ALL {
        let label = if role == Role::Reviewer { "Reviewer" } else { "Approver" };
        match found.sign_offs.iter().find(|sign_off| sign_off.role == role) {
            Some(sign_off) => print_sign_off(label, sign_off)?,
            None if found.subject.is_some() => output::result(&format!("  {label}  missing: not signed by one yet"))?,
            None => {}
        }
    }
    Ok(())
}

fn print_sign_off(label: &str, sign_off: &SignOffVerdict) -> Result<(), Failure> {
    let person = sign_off.name.as_deref().or(sign_off.reason.as_deref()).unwrap_or("not known");
    output::result(&format!("  {label}  {}", shown(person)))?;
    if let Some(comment) = &sign_off.comment {
        let lines = between_words(&format!("  Comment   {}", shown(comment)), columns::COLUMNS);
        output::result(&lines)?;
    }
    if let Some(signer) = &sign_off.signature.signer {
        output::result(&format!("  Signer    {} ({})", shown(&signer.name), signer.key))?;
        if sign_off.same_key {
            output::result("            THE SAME KEY AS OF ANOTHER SIGNATURE HERE: no second person is proven")?;
        }
        print_fingerprint(signer)?;
        print_trust(&sign_off.signature)?;
    }
    sign_off.reasons().iter().try_for_each(|why| output::result(&format!("      {}", shown(why))))
}

fn answer(fact: &Fact) -> String {
    match fact {
        Fact::Yes => "yes".to_owned(),
        Fact::No(why) => format!("NO: {why}"),
        Fact::NotChecked(why) => format!("not checked: {why}"),
    }
}

fn timed(timed: &Timed) -> String {
    match timed {
        Timed::Stated { at, in_future, stamp } => {
            let future = if *in_future { ", WHICH IS IN THE FUTURE" } else { "" };
            let stamp = stamp.as_ref().map_or_else(
                || "no timestamp".to_owned(),
                |stamp| {
                    format!(
                        "beside it, proving nothing, {}, stamped by {} ({}){}",
                        rfc3339(stamp.at),
                        stamp.by,
                        known(&stamp.trusted),
                        document(stamp.document.as_ref())
                    )
                },
            );
            format!("{} by the signer's own clock{future}; {stamp}", rfc3339(*at))
        }
        Timed::Stamped { at, by, trusted, document: whole } => {
            format!("{}, stamped by {by} ({}){}", rfc3339(*at), known(trusted), document(whole.as_ref()))
        }
        Timed::Unknown => "not known".to_owned(),
    }
}

/// The stamp on the whole document.
fn document(stamp: Option<&DocumentStamp>) -> String {
    stamp.map_or_else(String::new, |stamp| {
        format!("; the whole document {}, by {} ({})", rfc3339(stamp.at), stamp.by, known(&stamp.trusted))
    })
}

/// Whether an authority is trusted.
fn known(trusted: &Fact) -> String {
    match trusted {
        Fact::Yes => "trusted".to_owned(),
        Fact::No(why) => format!("NOT TRUSTED: {why}"),
        Fact::NotChecked(_) => "not checked".to_owned(),
    }
}

/// The verdict on all paths together, in one line.
pub fn bottom_line(found: &[FoundPath]) -> String {
    let failed: usize = found
        .iter()
        .map(|found| {
            found.problems.len()
                + found.files.iter().filter(|file| !file.holds()).count()
                + found.sign_offs.iter().filter(|sign_off| !sign_off.accepted()).count()
                + usize::from(found.files.is_empty() && found.problems.is_empty())
        })
        .sum();
    if failed > 0 {
        let things =
            if failed == 1 { "1 thing does not hold".to_owned() } else { format!("{failed} things do not hold") };
        return format!("FAILED: {things}; do not rely on these files");
    }
    let files = || found.iter().flat_map(|found| &found.files);
    let open: Vec<&str> = files().filter(|file| file.reproduced.is_open()).map(|file| file.name.as_str()).collect();
    if !open.is_empty() {
        return format!("IN PART: unchanged since it was signed, but not compared: {}", shown(&open.join(", ")));
    }
    let sign_offs = || found.iter().flat_map(|found| &found.sign_offs);
    let signatures = files().filter_map(|file| file.signature.as_ref());
    let mut signatures = signatures.chain(sign_offs().map(|sign_off| &sign_off.signature));
    let who = match signatures.all(|signature| signature.trusted.holds()) {
        true => "by a signer that you trust",
        false => "who signed it was not checked",
    };
    let separator = if who.starts_with("by") { "," } else { ";" };
    let own = files().any(|file| file.reproduced == Reproduced::OwnTemplates);
    let templates = if own { "; the page is made by the package's own templates and says what they say" } else { "" };
    let signed_off: Vec<_> = match found {
        [only] => only.sign_offs.iter().map(|sign_off| format!("by its {}", sign_off.role.as_str())).collect(),
        _ => Vec::new(),
    };
    let signed_off = match signed_off.as_slice() {
        [] => String::new(),
        roles => format!("; signed off {}", roles.join(" and ")),
    };
    format!("VERIFIED: unchanged since it was signed{separator} {who}{templates}{signed_off}")
}
