//! Whether the files of a package state the same figures, and what the first difference is.

use std::collections::BTreeMap;

use super::signature::Fact;
use super::stated::{Stated, StatedRow, StatedTotals};
use super::{csv, html, pdf};
use crate::package::Manifest;
use crate::report::{AuditReport, FORMAT, hash_total};
use crate::totals::{Sums, Totals};

/// What the report's data states; everything else is held against it.
#[derive(Debug)]
pub(super) struct Reference {
    name: String,
    report: Option<AuditReport>,
    stated: Option<Stated>,
    /// What is wrong with the data itself.
    pub problem: Option<String>,
}

impl Reference {
    /// The report's JSON among the files of a package.
    pub fn of_package(manifest: &Manifest, files: &BTreeMap<String, Vec<u8>>) -> Self {
        let name = format!("{}.json", manifest.package);
        match files.get(&name).map(|bytes| read(bytes)) {
            None => Self { problem: Some(format!("{name} is not in the package")), ..Self::none(name) },
            Some(Err(why)) => Self { problem: Some(format!("{name}: {why}")), ..Self::none(name) },
            Some(Ok(report)) => {
                let problem = contradiction(&report).map(|why| format!("{name}: {why}"));
                Self { name, stated: Some(Stated::by_report(&report)), report: Some(report), problem }
            }
        }
    }

    /// The report's JSON that a PDF carries.
    pub fn of_attachments(attachments: &[(String, Vec<u8>)]) -> Self {
        let Some((name, bytes)) =
            attachments.iter().find(|(name, _)| name.ends_with(".json") && !name.contains("metadata"))
        else {
            return Self { problem: Some("it carries no data".to_owned()), ..Self::none(String::new()) };
        };
        let files = BTreeMap::from([(name.clone(), bytes.clone())]);
        let package = name.trim_end_matches(".json").to_owned();
        Self::of_package(&Manifest { format: String::new(), package, files: Vec::new() }, &files)
    }

    fn none(name: String) -> Self {
        Self { name, report: None, stated: None, problem: None }
    }

    /// Whether a file states the reference's figures.
    pub fn compare(&self, name: &str, bytes: &[u8]) -> Fact {
        let Some(expected) = &self.stated else {
            return Fact::NotChecked("there is no data to compare with".to_owned());
        };
        let found = match name {
            _ if *name == *self.name => return Fact::NotChecked("it is what the others are compared with".to_owned()),
            _ if name.ends_with("-totals.csv") => {
                csv::totals_of(bytes, expected.totals.len()).map_err(|error| error.to_string())
            }
            _ if name.ends_with(".csv") => {
                csv::register_of(bytes, expected.rows.len()).map_err(|error| error.to_string())
            }
            _ if name.ends_with(".html") => html::stated(bytes).map_err(|error| error.to_string()),
            _ if name.ends_with(".pdf") => return self.compare_pdf(bytes),
            _ => return Fact::NotChecked("it states no figures of its own".to_owned()),
        };
        as_fact(found.and_then(|found| difference(expected, &found).map_or(Ok(()), Err)), &self.name)
    }

    /// Whether the pages of the PDF that carries the reference state its figures.
    pub fn compare_carrier(&self, pdf: &[u8]) -> Fact {
        match &self.problem {
            Some(why) => Fact::No(why.clone()),
            None => self.compare_pdf(pdf),
        }
    }

    /// The pages, and the files that the PDF carries.
    fn compare_pdf(&self, bytes: &[u8]) -> Fact {
        let Some(expected) = &self.stated else {
            return Fact::NotChecked("there is no data to compare with".to_owned());
        };
        let printed = pdf::stated(bytes).map_err(|error| error.to_string());
        let printed = printed.and_then(|found| difference(expected, &found).map_or(Ok(()), Err));
        let carried = || -> Result<(), String> {
            for (name, bytes) in pdf::attachments(bytes).map_err(|error| error.to_string())? {
                let same = if name == self.name {
                    let carried = read(&bytes)?;
                    (self.report.as_ref() == Some(&carried))
                        .then_some(())
                        .ok_or("its data is not the package's".to_owned())
                } else {
                    match self.compare(&name, &bytes) {
                        Fact::No(why) => Err(why),
                        _ => Ok(()),
                    }
                };
                same.map_err(|why| format!("attached {name}: {why}"))?;
            }
            Ok(())
        };
        as_fact(printed.and_then(|()| carried()), &self.name)
    }
}

fn as_fact(result: Result<(), String>, reference: &str) -> Fact {
    match result {
        Ok(()) => Fact::Yes,
        Err(why) => Fact::No(format!("{why} (compared with {reference})")),
    }
}

fn read(bytes: &[u8]) -> Result<AuditReport, String> {
    let report: AuditReport = serde_json::from_slice(bytes).map_err(|error| format!("it cannot be read: {error}"))?;
    if report.format == FORMAT {
        Ok(report)
    } else {
        Err(format!("it is of the format `{}`, this version reads {FORMAT}", report.format))
    }
}

/// Whether the data contradicts itself: totals, number and hash total must follow from the register.
fn contradiction(report: &AuditReport) -> Option<String> {
    match Totals::over(&report.register) {
        Err(overflow) => return Some(overflow.to_string()),
        Ok(totals) if totals != report.totals => return Some("its totals are not the sums of its register".to_owned()),
        Ok(_) => {}
    }
    let count = report.register.len() as u64;
    if report.completeness.reported != count {
        return Some(format!("it says that {} batches are reported and lists {count}", report.completeness.reported));
    }
    if report.hash_total != hash_total(report.register.iter().map(|batch| &*batch.id)) {
        return Some("its hash total is not that of its register's ids".to_owned());
    }
    let outside = report.register.iter().find(|batch| {
        !(report.period.start..report.period.as_of.unwrap_or(report.period.end)).contains(&batch.created_at)
    });
    outside.map(|batch| format!("batch `{}` is not dated in the period", batch.id))
}

/// The first difference, if there is one. What `found` leaves out as a whole (its totals, its register) is not compared.
pub fn difference(expected: &Stated, found: &Stated) -> Option<String> {
    let named = |what: &str, expected: &Option<String>, found: &Option<String>| {
        let found = found.as_ref()?;
        (expected.as_ref() != Some(found))
            .then(|| format!("{what} `{found}` instead of `{}`", expected.as_deref().unwrap_or("")))
    };
    named("period", &expected.period, &found.period)
        .or_else(|| named("verdict", &expected.mark, &found.mark))
        .or_else(|| if found.totals.is_empty() { None } else { totals_difference(&expected.totals, &found.totals) })
        .or_else(|| rows_difference(expected, found))
}

fn totals_difference(expected: &[StatedTotals], found: &[StatedTotals]) -> Option<String> {
    if expected.len() != found.len() {
        return Some(format!("{} lines of totals instead of {}", found.len(), expected.len()));
    }
    expected.iter().zip(found).find_map(|(expected, found)| {
        if expected.status != found.status {
            return Some(format!("totals of `{}` instead of `{}`", found.status, expected.status));
        }
        let (one, other) = (figures(&expected.sums), figures(&found.sums));
        let differs = one.into_iter().zip(other).find(|(one, other)| one != other)?;
        Some(cell(&format!("totals of {}", expected.status), differs.0.0, differs.1.1, differs.0.1))
    })
}

fn figures(sums: &Sums) -> [(&'static str, Option<u64>); 6] {
    [
        ("batches", Some(sums.batches)),
        ("total_calls", sums.total_calls),
        ("completed_calls", sums.completed_calls),
        ("failed_calls", sums.failed_calls),
        ("other_calls", sums.other_calls),
        ("not_reported", Some(sums.not_reported)),
    ]
}

fn cell(place: &str, column: &str, found: Option<u64>, expected: Option<u64>) -> String {
    let text = |figure: Option<u64>| figure.map_or_else(|| "not reported".to_owned(), |figure| figure.to_string());
    format!("{place}, {column}: {} instead of {}", text(found), text(expected))
}

/// The rows shown must be those of the register, in its order, and with those left out they must be all.
fn rows_difference(expected: &Stated, found: &Stated) -> Option<String> {
    // A table of totals alone shows no rows and says nothing of any.
    if found.rows.is_empty() && found.left_out == 0 && found.period.is_none() && !found.totals.is_empty() {
        return None;
    }
    let shown = found.rows.len() as u64;
    if shown.checked_add(found.left_out) != Some(expected.rows.len() as u64) {
        return Some(format!(
            "{shown} rows shown and {} left out, of a register of {}",
            found.left_out,
            expected.rows.len()
        ));
    }
    let mut register = expected.rows.iter();
    found.rows.iter().find_map(|row| match register.find(|expected| expected.batch_id == row.batch_id) {
        Some(expected) => row_difference(expected, row),
        None => Some(format!("batch {} is not in the register at that place", row.batch_id)),
    })
}

fn row_difference(expected: &StatedRow, found: &StatedRow) -> Option<String> {
    let place = format!("batch {}", found.batch_id);
    if expected.status != found.status {
        return Some(format!("{place}, status: {} instead of {}", found.status, expected.status));
    }
    let columns = ["total_calls", "completed_calls", "failed_calls"];
    let differs = columns.into_iter().zip(expected.calls).zip(found.calls).find(|((_, one), other)| one != other);
    differs.map(|((column, expected), found)| cell(&place, column, found, expected))
}
