//! Rows of a file that came back to those of the signed register: by batch id, else by everything but the id.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::cells::{ColumnKind, Fate, Style};
use super::table::ReturnedTable;
use super::{Difference, Reformatted, Returned, ReturnedError};
use crate::batch::REGISTER;
use crate::spreadsheet::BOM;
use crate::spreadsheet::cell::unescaped;

/// Rows that no id matched are looked at pair by pair only up to so many pairs.
const PAIRS: usize = 250_000;

/// The register as it was signed.
pub struct Signed {
    rows: Vec<Vec<String>>,
}

impl Signed {
    /// Reads the signed file.
    pub fn read(bytes: &[u8]) -> Result<Self, ReturnedError> {
        let mut reader = ::csv::Reader::from_reader(bytes.strip_prefix(BOM).unwrap_or(bytes));
        if reader.headers()?.iter().ne(REGISTER) {
            return Err(ReturnedError::NoRegister("its CSV has other columns than a register".to_owned()));
        }
        let rows = reader.into_records().map(|record| Ok(record?.iter().map(str::to_owned).collect()));
        Ok(Self { rows: rows.collect::<Result<_, ReturnedError>>()? })
    }

    fn id(&self, row: usize) -> Cow<'_, str> {
        self.rows.get(row).and_then(|cells| cells.first()).map_or(Cow::Borrowed(""), |cell| unescaped(cell))
    }
}

/// Where the columns stand in the file that came back.
struct Columns {
    /// For each column of the register its place.
    places: [Option<usize>; REGISTER.len()],
    /// Columns that the register does not have.
    added: Vec<(usize, String)>,
    count: usize,
}

impl Columns {
    fn of(header: &[String]) -> Result<Self, ReturnedError> {
        let mut columns = Self { places: [None; REGISTER.len()], added: Vec::new(), count: header.len() };
        for (place, title) in header.iter().enumerate() {
            match REGISTER.iter().position(|known| known.eq_ignore_ascii_case(title)) {
                Some(known) if columns.places[known].is_some() => {
                    return Err(ReturnedError::ColumnTwice(REGISTER[known].to_owned()));
                }
                Some(known) => columns.places[known] = Some(place),
                None => columns.added.push((place, title.clone())),
            }
        }
        match columns.places[0] {
            Some(_) => Ok(columns),
            None => Err(ReturnedError::NoIds(header.join(",").chars().take(60).collect())),
        }
    }

    /// The register's cells of a row; `None` for those of a column that is not there.
    fn cells<'a>(&self, row: &'a [String]) -> [Option<&'a str>; REGISTER.len()] {
        self.places.map(|place| place.map(|place| row.get(place).map_or("", String::as_str)))
    }

    fn id<'a>(&self, row: &'a [String]) -> &'a str {
        self.cells(row)[0].unwrap_or_default()
    }
}

struct Comparison<'a> {
    signed: &'a Signed,
    table: &'a ReturnedTable,
    columns: Columns,
    style: Style,
    differences: Vec<Difference>,
    reformatted: BTreeMap<(usize, &'static str), Reformatted>,
}

/// Compares the file with the signed register.
pub fn compare(signed: &Signed, table: &ReturnedTable, encoding: &'static str) -> Result<Returned, ReturnedError> {
    let columns = Columns::of(&table.header)?;
    let style = learned(table, &columns);
    let places: Vec<_> = columns.places.iter().flatten().collect();
    let columns_moved = !places.is_sorted();
    let mut work = Comparison { signed, table, columns, style, differences: Vec::new(), reformatted: BTreeMap::new() };
    work.titles();
    let order = work.rows();
    Ok(Returned {
        encoding,
        delimiter: table.delimiter,
        rows: table.rows.len(),
        sorted_anew: !order.is_sorted(),
        columns_moved,
        differences: work.differences,
        reformatted: work.reformatted.into_values().collect(),
        filled: Vec::new(),
    })
}

/// What all cells together report how the file writes.
fn learned(table: &ReturnedTable, columns: &Columns) -> Style {
    let mut style = Style::default();
    for (_, row) in &table.rows {
        for (name, cell) in REGISTER.iter().zip(columns.cells(row)) {
            style.learn(ColumnKind::of(name), cell.unwrap_or_default());
        }
    }
    style
}

impl Comparison<'_> {
    fn titles(&mut self) {
        let missing = REGISTER.iter().zip(&self.columns.places).filter(|(_, place)| place.is_none());
        let missing = missing.map(|(name, _)| Difference::MissingColumn { column: (*name).to_owned() });
        self.differences.extend(missing);
        let added = self.columns.added.iter();
        self.differences.extend(added.map(|(_, title)| Difference::AddedColumn { column: title.clone() }));
    }

    /// Compares every row; the places in the signed register of those that were matched, in the order of the file.
    fn rows(&mut self) -> Vec<usize> {
        let signed = self.signed;
        let by_id: BTreeMap<Cow<'_, str>, usize> = (0..signed.rows.len()).map(|row| (signed.id(row), row)).collect();
        let (mut order, mut strays) = (Vec::new(), Vec::new());
        let mut seen = vec![false; signed.rows.len()];
        for (number, row) in &self.table.rows {
            let id = self.columns.id(row);
            let forms = [id.into(), unescaped(id), id.trim().into(), unescaped(id.trim())];
            let place = forms.iter().find_map(|id| by_id.get(id));
            match place.and_then(|place| Some((*place, seen.get_mut(*place)?))) {
                None => strays.push((*number, row)),
                Some((place, seen)) if *seen => {
                    let batch_id = signed.id(place).into_owned();
                    self.differences.push(Difference::RepeatedRow { row: *number, batch_id });
                }
                Some((place, seen)) => {
                    *seen = true;
                    order.push(place);
                    self.row(place, row);
                }
            }
        }
        let missing: Vec<usize> = seen.iter().enumerate().filter(|(_, seen)| !**seen).map(|(place, _)| place).collect();
        self.strays(missing, strays);
        order
    }

    /// Rows that no id matches and batches that no row has: the same one where all but the id agrees, and no other pair does.
    fn strays(&mut self, mut missing: Vec<usize>, strays: Vec<(u64, &Vec<String>)>) {
        let few = missing.len().saturating_mul(strays.len()) <= PAIRS;
        for (number, row) in strays {
            let fits = |place: &&usize| self.agree_but_for_the_id(**place, row);
            let fitting: Vec<usize> =
                if few { missing.iter().filter(fits).take(2).copied().collect() } else { Vec::new() };
            if let [place] = fitting.as_slice() {
                missing.retain(|other| other != place);
                self.row(*place, row);
            } else {
                self.differences.push(Difference::AddedRow { row: number, cells: row.join(",") });
            }
        }
        let missing = missing.into_iter();
        let gone = missing.map(|place| Difference::MissingRow { batch_id: self.signed.id(place).into_owned() });
        self.differences.extend(gone);
    }

    fn agree_but_for_the_id(&self, place: usize, row: &[String]) -> bool {
        let fates = self.fates(place, row);
        row.len() <= self.columns.count && !fates.iter().skip(1).any(|fate| matches!(fate, Fate::Changed(_)))
    }

    fn fates(&self, place: usize, row: &[String]) -> Vec<Fate> {
        let signed = self.signed.rows.get(place).map_or(&[][..], Vec::as_slice);
        let cells = REGISTER.iter().zip(signed).zip(self.columns.cells(row));
        let fate = |((name, signed), found): ((&&str, &String), Option<&str>)| match found {
            Some(found) => self.style.fate(ColumnKind::of(name), signed, found),
            None => Fate::Same,
        };
        cells.map(fate).collect()
    }

    /// Compares the row of a batch.
    fn row(&mut self, place: usize, row: &[String]) {
        let row = &self.joined(place, row);
        let batch_id = self.signed.id(place).into_owned();
        let found = self.columns.cells(row);
        let signed = self.signed.rows.get(place).map_or(&[][..], Vec::as_slice);
        for (column, fate) in self.fates(place, row).into_iter().enumerate() {
            let (name, found) = (REGISTER[column].to_owned(), found[column].unwrap_or_default().to_owned());
            let signed = signed.get(column).cloned().unwrap_or_default();
            match fate {
                Fate::Same => {}
                Fate::Reformatted(how) => {
                    let first = || Reformatted { column: name, how: how.to_owned(), cells: 0, signed, found };
                    self.reformatted.entry((column, how)).or_insert_with(first).cells += 1;
                }
                Fate::Changed(why) => {
                    let batch_id = batch_id.clone();
                    self.differences.push(Difference::Changed { batch_id, column: name, signed, found, why });
                }
            }
        }
        let added = self.columns.added.iter().filter_map(|(place, title)| {
            let found = row.get(*place).filter(|cell| !cell.trim().is_empty())?;
            Some(Difference::Added { batch_id: batch_id.clone(), column: title.clone(), found: found.clone() })
        });
        self.differences.extend(added);
        let beyond = row.iter().skip(self.columns.count).filter(|cell| !cell.trim().is_empty());
        let beyond = beyond.map(|found| Difference::Added {
            batch_id: batch_id.clone(),
            column: "(without a title)".to_owned(),
            found: found.clone(),
        });
        self.differences.extend(beyond);
    }

    /// A row with more cells than the header, where a text that holds the delimiter has lost its quotes: its parts joined at
    /// the place where the most cells agree.
    fn joined(&self, place: usize, row: &[String]) -> Vec<String> {
        let filled = row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        let Some(more) = filled.checked_sub(self.columns.count).filter(|more| *more > 0) else { return row.to_vec() };
        let delimiter = self.table.delimiter.map_or_else(String::new, String::from);
        let texts =
            REGISTER.iter().zip(self.columns.places).filter(|(name, _)| ColumnKind::of(name) == ColumnKind::Text);
        let candidates = texts.filter_map(|(_, place)| {
            let (before, rest) = row.get(..filled)?.split_at_checked(place?)?;
            let (parts, after) = rest.split_at_checked(more + 1)?;
            Some([before, &[parts.join(&delimiter)], after].concat())
        });
        let wrong =
            |row: &Vec<String>| self.fates(place, row).iter().filter(|fate| matches!(fate, Fate::Changed(_))).count();
        // As it is where joining makes nothing better: then the further cells are an addition.
        let mut best = row.iter().take(filled).cloned().collect();
        let mut fewest = wrong(&best);
        for candidate in candidates {
            let wrong = wrong(&candidate);
            if wrong < fewest {
                (best, fewest) = (candidate, wrong);
            }
        }
        best
    }
}
