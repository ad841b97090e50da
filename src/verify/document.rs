//! A PDF without its package: made again from the data that it carries. Where it cannot be, it is at least looked over for what no
//! document of this program has.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attached::{each_attachment, unwanted};
use super::consistent::consistent;
use super::folder::Held;
use super::remake::Remaking;
use super::reproduced::Reproduced;
use super::signature::signed_as_made;
use super::subject::says_otherwise;
use crate::digest::Checksum;
use crate::package::{FoundInputs, Materials};
use crate::render::handout::SignedBy;
use crate::report::{AuditReport, Issuer};

/// Whether the PDF is, to the byte, what the data in it gives.
pub(super) fn alone(name: &str, bytes: &[u8]) -> Reproduced {
    match data(bytes).and_then(|report| named(report, name)) {
        Err(why) => Reproduced::No(why),
        Ok(report) => match materials(&report) {
            Err(why) => not_compared(bytes, why),
            Ok(materials) => made_again(name, bytes, report, materials),
        },
    }
}

/// The verdict on a PDF that is not compared.
pub(super) fn not_compared(bytes: &[u8], why: String) -> Reproduced {
    match unwanted(bytes) {
        Ok(None) => Reproduced::NotCompared(why),
        Ok(Some(what)) => Reproduced::No(format!("it holds {what}, which no document of this program does")),
        Err(error) => Reproduced::No(error.to_string()),
    }
}

/// The report in the PDF, which does not contradict itself.
fn data(bytes: &[u8]) -> Result<AuditReport, String> {
    // The first JSON file is the report; the description of the CSV, which is JSON too, is not.
    let is_report = |name: &str| name.ends_with(".json") && !name.contains("metadata");
    let mut data = None;
    let read = each_attachment(bytes, is_report, |_, bytes| {
        data.get_or_insert(bytes);
    });
    read.map_err(|error| format!("the files that it carries cannot be read: {error}"))?;
    consistent(&data.ok_or("it carries no data")?).map_err(|why| format!("the data that it carries: {why}"))
}

fn named(report: AuditReport, name: &str) -> Result<AuditReport, String> {
    let stem = report.stem();
    if says_otherwise(name, &stem) { Err(format!("the file is named `{name}`, and is of {stem}")) } else { Ok(report) }
}

/// What the document takes beside its data; the page's templates are none of it.
fn materials(report: &AuditReport) -> Result<Materials, String> {
    let mut made = report.made.clone().ok_or("its data does not state how it was made: it is of an older version")?;
    made.templates = BTreeMap::new();
    // A drawing is shown on the page only.
    let is_drawing = made.logo.as_ref().is_some_and(|logo| logo.file.ends_with(".svg"));
    let issuer = if is_drawing {
        made.logo = None;
        report.issuer.clone().map(|issuer| Issuer { logo_sha256: None, ..issuer })
    } else {
        report.issuer.clone()
    };
    made.fonts.iter_mut().for_each(|font| font.file = None);
    let materials = Materials::of(&made, issuer.as_ref(), &mut Nothing)?;
    match materials.lacking.as_slice() {
        [] => Ok(materials),
        fonts => Err(format!("its fonts are not at hand ({}); verify its package", fonts.join(", "))),
    }
}

/// Nothing is at hand beside the file.
struct Nothing;

impl FoundInputs for Nothing {
    fn file(&mut self, name: &str) -> Result<Vec<u8>, String> {
        Err(format!("it is made with {name} of its package; verify the package"))
    }

    fn font(&mut self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

fn made_again(name: &str, bytes: &[u8], report: AuditReport, materials: Materials) -> Reproduced {
    if let Err(error) = crate::machine::workers() {
        return Reproduced::NotCompared(error.to_string());
    }
    let (report, materials) = (Arc::new(report), Arc::new(materials));
    let remaking = Remaking { report, materials, good: Reproduced::Data, signer: SignedBy::default() };
    let (held, sum) = (Held::Bytes(Arc::new(bytes.to_vec())), Checksum::of(bytes));
    let compared = remaking.carried().map_err(Reproduced::No);
    let compared = compared.and_then(|carried| remaking.judge_document(name, (&held, &sum), carried));
    match compared {
        Err(Reproduced::NotCompared(why)) => not_compared(bytes, why),
        Err(verdict) => verdict,
        Ok(document) => signed(bytes, document.unsigned, &document.reason, Reproduced::Data),
    }
}

/// The verdict on a document that is the same up to its signature: that must be what signing it adds.
pub(super) fn signed(bytes: &[u8], unsigned: u64, reason: &str, good: Reproduced) -> Reproduced {
    let unsigned = usize::try_from(unsigned).unwrap_or(usize::MAX);
    signed_as_made(bytes, unsigned, reason).map_or_else(Reproduced::No, |()| good)
}
