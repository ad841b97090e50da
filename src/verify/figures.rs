//! Whether the files of a package state the same figures, and what the first difference is.

use std::collections::BTreeMap;

use super::folder::Folder;
use super::reproduce::{KeptEvidence, first_difference, reproduce};
use super::signature::Fact;
use super::stated::{Stated, StatedRow, StatedTotals};
use super::{csv, html, ndjson, pdf};
use crate::batch::Column;
use crate::evidence::FILE_NAME;
use crate::render;
use crate::render::csv::TOTALS;
use crate::render::html::text::visible;
use crate::render::parquet;
use crate::report::{AuditReport, FORMAT, hash_total};
use crate::totals::{Sums, Totals};

/// Why the figures of some files are not looked at.
pub(super) const NO_FIGURES: &str = "it states no figures of its own";

/// What the report's data states; everything else is held against it.
#[derive(Debug)]
pub(super) struct Reference {
    name: String,
    report: Option<AuditReport>,
    stated: Option<Stated>,
    /// What is wrong with the data itself.
    pub problem: Option<String>,
    /// The report as the evidence gives it, where that is another one.
    again: Option<Box<Reference>>,
    /// Whether the evidence gives the report.
    pub reproduced: Fact,
}

impl Reference {
    /// The report's JSON among the files of a package.
    pub fn of_package(package: &str, folder: &Folder) -> Self {
        let name = format!("{package}.json");
        let mut reference = Self::of_files(name, &folder.held);
        if reference.report.as_ref().is_some_and(|report| report.pseudonyms.is_some()) {
            let why = "names are replaced, and the evidence, which holds them, is not part of the package";
            reference.reproduced = Fact::NotChecked(why.to_owned());
        }
        let held = folder.held.get(FILE_NAME).map(|bytes| KeptEvidence::Held(bytes));
        let evidence = held.or(folder.evidence.as_deref().map(KeptEvidence::File));
        if let (Some(claimed), Some(evidence)) = (&reference.report, evidence) {
            (reference.reproduced, reference.again) = reference.reproduce(evidence, claimed);
        }
        reference
    }

    fn of_files(name: String, files: &BTreeMap<String, Vec<u8>>) -> Self {
        match files.get(&name).map(|bytes| read(bytes)) {
            None => Self { problem: Some(format!("{name} is not in the package")), ..Self::none(name) },
            Some(Err(why)) => Self { problem: Some(format!("{name}: {why}")), ..Self::none(name) },
            Some(Ok(report)) => {
                let problem = contradiction(&report).map(|why| format!("{name}: {why}"));
                let stated = Some(Stated::by_report(&report));
                Self { stated, report: Some(report), problem, ..Self::none(name) }
            }
        }
    }

    /// The report's JSON that a PDF carries, by its name; `None` where it carries none.
    pub fn of_attachment(data: Option<(String, Vec<u8>)>) -> Self {
        let Some((name, bytes)) = data else {
            return Self { problem: Some("it carries no data".to_owned()), ..Self::none(String::new()) };
        };
        let folder = BTreeMap::from([(name.clone(), bytes)]).into();
        Self::of_package(name.trim_end_matches(".json"), &folder)
    }

    fn none(name: String) -> Self {
        let reproduced = Fact::NotChecked("there is no evidence to make the report again from".to_owned());
        Self { name, report: None, stated: None, problem: None, again: None, reproduced }
    }

    /// Makes the report again; another one than the package's is what its files are then held against.
    fn reproduce(&self, evidence: KeptEvidence<'_>, claimed: &AuditReport) -> (Fact, Option<Box<Self>>) {
        match reproduce(evidence, claimed) {
            Err(why) => (Fact::No(format!("it cannot be made again from {FILE_NAME}: {why}")), None),
            Ok(report) => match first_difference(claimed, &report) {
                None => (Fact::Yes, None),
                Some(difference) => {
                    let stated = Some(Stated::by_report(&report));
                    let again = Self { stated, report: Some(report), ..Self::none(self.name.clone()) };
                    (Fact::No(format!("{difference} (as made again from {FILE_NAME})")), Some(Box::new(again)))
                }
            },
        }
    }

    /// Whether a file states what the evidence gives; `figures` is what comparing it with the data has told.
    pub fn reproduces(&self, name: &str, bytes: &[u8], figures: &Fact) -> Fact {
        match &self.again {
            _ if name == self.name => self.reproduced.clone(),
            Some(again) => again.compare(name, bytes),
            None if self.reproduced.holds() => figures.clone(),
            None => Fact::NotChecked("the report was not made again".to_owned()),
        }
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
            _ if name.ends_with(".ndjson") => ndjson::stated(bytes).map_err(|error| error.to_string()),
            _ if name.ends_with(".parquet") => return self.compare_parquet(bytes),
            _ if name.ends_with(".html") => {
                let found = html::stated(bytes).map_err(|error| error.to_string());
                return as_fact(found.and_then(|found| compared(&as_shown(expected), &found)), &self.name);
            }
            _ if name.ends_with(".pdf") => return self.compare_pdf(bytes),
            _ => return Fact::NotChecked(NO_FIGURES.to_owned()),
        };
        as_fact(found.and_then(|found| compared(expected, &found)), &self.name)
    }

    /// A Parquet file is not read: the same data must give the same bytes, and no reader needs to be trusted with bytes that
    /// may be hostile. Another version may lay them out otherwise, which says nothing about the figures.
    fn compare_parquet(&self, bytes: &[u8]) -> Fact {
        let Some(report) = &self.report else {
            return Fact::NotChecked("there is no data to compare with".to_owned());
        };
        let (made_by, this) = (&report.provenance.version, env!("CARGO_PKG_VERSION"));
        match render::bytes(|out| parquet::write(report, &parquet::Options::default(), out)) {
            Err(why) if !cfg!(feature = "parquet") => Fact::NotChecked(why.to_string()),
            Err(why) => Fact::No(why.to_string()),
            Ok(again) if again == bytes => Fact::Yes,
            Ok(_) if made_by == this => Fact::No(format!("it is not the table that {} gives", self.name)),
            Ok(_) => Fact::NotChecked(format!(
                "it was made by version {made_by}, and version {this} does not give the same bytes; compare by that version"
            )),
        }
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
        as_fact(self.printed(expected, bytes).and_then(|()| self.carried(bytes)), &self.name)
    }

    /// Whether the pages of a PDF state the figures; its rows are compared as they are read.
    fn printed(&self, expected: &Stated, pdf: &[u8]) -> Result<(), String> {
        let mut rows = Rows::of(expected);
        let found = pdf::stated_but_rows(pdf, &mut |row| rows.compare(&row)).map_err(|error| error.to_string())?;
        difference_but_rows(expected, &found).or_else(|| rows.difference(&found)).map_or(Ok(()), Err)
    }

    /// Whether the files that a PDF carries are the report and state its figures.
    fn carried(&self, pdf: &[u8]) -> Result<(), String> {
        let mut result = Ok(());
        let same = |name: &str, bytes: &[u8]| {
            if name == self.name {
                let carried = read(bytes)?;
                return match self.report.as_ref() == Some(&carried) {
                    true => Ok(()),
                    false => Err("its data is not the package's".to_owned()),
                };
            }
            match self.compare(name, bytes) {
                Fact::No(why) => Err(why),
                _ => Ok(()),
            }
        };
        let read = pdf::each_attachment(
            pdf,
            |_| true,
            |name, bytes| {
                if result.is_ok() {
                    result = same(name, &bytes).map_err(|why| format!("attached {name}: {why}"));
                }
            },
        );
        read.map_err(|error| error.to_string()).and(result)
    }
}

fn compared(expected: &Stated, found: &Stated) -> Result<(), String> {
    difference(expected, found).map_or(Ok(()), Err)
}

/// The same statements as a page shows them: control characters in ids and statuses are pictures there.
fn as_shown(stated: &Stated) -> Stated {
    let mut shown = stated.clone();
    shown.rows.iter_mut().flat_map(|row| [&mut row.batch_id, &mut row.status]).for_each(|text| *text = visible(text));
    shown.totals.iter_mut().for_each(|line| line.status = visible(&line.status));
    shown
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

/// The report in a JSON file, if its totals, number and hash total follow from its register; why not, otherwise.
///
/// # Errors
/// Where the bytes are no report of this version's format, or one that contradicts itself.
pub fn consistent(bytes: &[u8]) -> Result<AuditReport, String> {
    let report = read(bytes)?;
    contradiction(&report).map_or(Ok(report), Err)
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
    if let Some(why) = report.sources_contradiction() {
        return Some(why.to_owned());
    }
    if let Some(why) = report.supersedes.as_ref().and_then(|old| old.contradiction(report)) {
        return Some(why.to_owned());
    }
    let outside = report.register.iter().find(|batch| {
        !(report.period.start..report.period.as_of.unwrap_or(report.period.end)).contains(&batch.created_at)
    });
    outside.map(|batch| format!("batch `{}` is not dated in the period", batch.id))
}

/// The first difference, if there is one. What `found` leaves out as a whole (its totals, its register) is not compared.
pub fn difference(expected: &Stated, found: &Stated) -> Option<String> {
    let mut rows = Rows::of(expected);
    found.rows.iter().for_each(|row| rows.compare(row));
    difference_but_rows(expected, found).or_else(|| rows.difference(found))
}

fn difference_but_rows(expected: &Stated, found: &Stated) -> Option<String> {
    let named = |what: &str, expected: &Option<String>, found: &Option<String>| {
        let found = found.as_ref()?;
        (expected.as_ref() != Some(found))
            .then(|| format!("{what} `{found}` instead of `{}`", expected.as_deref().unwrap_or("")))
    };
    named("period", &expected.period, &found.period)
        .or_else(|| named("verdict", &expected.mark, &found.mark))
        .or_else(|| if found.totals.is_empty() { None } else { totals_difference(&expected.totals, &found.totals) })
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
    let [_, names @ ..] = TOTALS;
    let row = sums.row();
    std::array::from_fn(|place| (names[place], row[place]))
}

fn cell(place: &str, column: &str, found: Option<u64>, expected: Option<u64>) -> String {
    let text = |figure: Option<u64>| figure.map_or_else(|| "not reported".to_owned(), |figure| figure.to_string());
    format!("{place}, {column}: {} instead of {}", text(found), text(expected))
}

/// Rows as they are found, held against the register: they must be its rows, in its order, and with those left out they
/// must be all.
struct Rows<'a> {
    register: std::slice::Iter<'a, StatedRow>,
    of: u64,
    shown: u64,
    first: Option<String>,
}

impl<'a> Rows<'a> {
    fn of(expected: &'a Stated) -> Self {
        Self { register: expected.rows.iter(), of: expected.rows.len() as u64, shown: 0, first: None }
    }

    fn compare(&mut self, row: &StatedRow) {
        self.shown += 1;
        if self.first.is_none() {
            self.first = match self.register.find(|expected| expected.batch_id == row.batch_id) {
                Some(expected) => row_difference(expected, row),
                None => Some(format!("batch {} is not in the register at that place", row.batch_id)),
            };
        }
    }

    /// The first difference; `found` is what was stated beside the rows.
    fn difference(self, found: &Stated) -> Option<String> {
        // A table of totals alone shows no rows and says nothing of any.
        if self.shown == 0 && found.left_out == 0 && found.period.is_none() && !found.totals.is_empty() {
            return None;
        }
        if self.shown.checked_add(found.left_out) != Some(self.of) {
            return Some(format!(
                "{} rows shown and {} left out, of a register of {}",
                self.shown, found.left_out, self.of
            ));
        }
        self.first
    }
}

fn row_difference(expected: &StatedRow, found: &StatedRow) -> Option<String> {
    let place = format!("batch {}", found.batch_id);
    if expected.status != found.status {
        return Some(format!("{place}, status: {} instead of {}", found.status, expected.status));
    }
    let columns = Column::ALL.map(Column::as_str);
    let differs = columns.into_iter().zip(expected.calls).zip(found.calls).find(|((_, one), other)| one != other);
    differs.map(|((column, expected), found)| cell(&place, column, found, expected))
}
