//! Audit samples: which batches of a register are drawn by a seed, so that the same register and seed give the same sample to
//! whoever draws it. Pure: no file, no clock, no randomness but the seed.
//!
//! - `random`: the batches with the lowest SHA-256 of `SEED:ID`. Each batch is drawn with the same probability, and a larger sample
//!   holds every smaller one.
//! - `interval` and `mus`: the units of the population are numbered from 0 in the order of the register; a unit is a batch, or one of
//!   the figure that `mus` is by. Of T units and n points, point i is `(start + i * T) / n`, rounded down, with a start below T
//!   that the seed gives. A batch is drawn where a point is one of its units.
//!
//! *Each unit is drawn with the same probability, n / T.* Over all starts below T, `start + i * T` takes each value below n * T
//! once, and n of these have the same quotient by n. *A batch of T / n units or more is certainly drawn*, since points are T / n apart.
//!
//! Key items are taken whole and apart: they are no part of what is drawn from, so none is drawn as well.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Column};
use crate::digest::sha256;
use crate::findings::Severity;
use crate::remedy::Remedy;
use crate::report::{AuditReport, PeriodStatement, Scope, Standing};

mod advice;
mod seed;
#[cfg(test)]
mod tests;
mod words;

pub use advice::{ADVICE, advised};
pub use seed::{Seed, SeedError};

/// The value of [`Sample::format`] that this version writes and reads.
pub const FORMAT: &str = "dialnexa-audit-sample/1";
/// The number of the form of the data: it grows with every change after which the same register and seed give other bytes.
pub const FORM: u32 = 1;

/// How batches are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Each batch with the same probability, by its hash.
    Random,
    /// Batches at the same distance from one another in the register.
    Interval,
    /// Monetary-unit sampling: each unit of a figure with the same probability.
    Mus,
}

impl Method {
    /// The word in arguments and in data.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Interval => "interval",
            Self::Mus => "mus",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// The figure that [`Method::Mus`] is by.
    pub by: Column,
    /// How many batches, or points; `None` where the advised number is wanted.
    pub size: Option<u64>,
    /// By which seed.
    pub seed: Seed,
    /// The severities of findings whose batches are taken whole.
    pub key_items: BTreeSet<Severity>,
}

/// Which package a sample is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageStatement {
    /// Its name: `batch-audit-2024-Q1`.
    pub name: String,
    /// SHA-256 of its manifest, in hex.
    pub manifest_sha256: String,
    /// The period.
    pub period: PeriodStatement,
    /// What the report may be taken for.
    pub standing: Standing,
    /// Whose batches, from where.
    pub source: Scope,
    /// The hash total of the register.
    pub hash_total: String,
}

/// What is drawn from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Population {
    /// How many batches the register has.
    pub batches: u64,
    /// How many of them are key items.
    pub key_items: u64,
    /// How many are drawn from: the others.
    pub drawn_from: u64,
    /// How many units these have: batches, or the sum of the figure that `mus` is by.
    pub units: u64,
    /// The batches that no unit is of: their figure is 0 or not reported, so that `mus` cannot draw them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_units: Vec<String>,
}

/// Why a batch is in the sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "selected_as", rename_all = "kebab-case")]
pub enum Selection {
    /// It is taken whole.
    KeyItem {
        /// The codes of the findings that concern it.
        findings: Vec<String>,
    },
    /// Its hash is one of the lowest.
    Hash {
        /// SHA-256 of `SEED:ID`, in hex.
        sha256: String,
    },
    /// Points are among its units.
    Points {
        /// Its first unit.
        first_unit: u64,
        /// How many units it has.
        units: u64,
        /// The points.
        points: Vec<u64>,
        /// Whether it has so many units that every start draws it.
        certain: bool,
    },
}

/// A batch of the sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number in the sample, from 1.
    pub item: u64,
    /// The batch.
    pub batch_id: String,
    /// Its number in the register, from 1.
    pub register_row: u64,
    /// Why it is in the sample.
    #[serde(flatten)]
    pub selection: Selection,
}

/// A sample, with everything that it takes to draw it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// [`FORMAT`].
    pub format: String,
    /// The version that drew it.
    pub version: String,
    /// The number of the form of each file.
    pub forms: BTreeMap<String, u32>,
    /// The package.
    pub package: PackageStatement,
    /// How it was drawn.
    pub method: Method,
    /// The figure that `mus` is by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The seed.
    pub seed: Seed,
    /// How many batches, or points, were asked for.
    pub size: u64,
    /// Whether that is the advised number, because none was asked for.
    pub size_is_advised: bool,
    /// The severities whose batches are taken whole.
    pub key_items: BTreeSet<Severity>,
    /// What was drawn from.
    pub population: Population,
    /// Where the points begin; `None` for `random`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    /// How many points there are, or batches with the lowest hashes: the size, as far as there are units.
    pub points: u64,
    /// Key items in the order of the register, then what was drawn: by hash, or in the order of the register.
    pub items: Vec<Item>,
}

/// Why nothing can be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DrawError {
    /// There is no batch.
    #[error("there is nothing to draw from: the register has no batch")]
    Empty,
    /// No batch has a unit.
    #[error("there is nothing to draw from: no batch reports {0} above 0")]
    NoUnits(&'static str),
    /// The sum of units does not fit.
    #[error("the sum of {0} over the batches passes 64 bits")]
    TooLarge(&'static str),
}

impl Remedy for DrawError {
    fn remedy(&self) -> Option<std::borrow::Cow<'static, str>> {
        match self {
            Self::NoUnits(_) => Some("draw by --method random, or name another figure with --by".into()),
            Self::Empty | Self::TooLarge(_) => None,
        }
    }
}

/// A batch that is drawn from, with its number in the register.
type Numbered<'a> = (u64, &'a Batch);

impl Sample {
    /// Draws from the register of `report`, in whatever order that is. `forms` are those of the files made of the sample.
    ///
    /// # Errors
    /// Where there is nothing to draw from.
    pub fn draw(
        report: &AuditReport,
        manifest_sha256: &str,
        request: &Request,
        forms: BTreeMap<String, u32>,
    ) -> Result<Self, DrawError> {
        let mut register: Vec<&Batch> = report.register.iter().collect();
        register.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        if register.is_empty() {
            return Err(DrawError::Empty);
        }
        let key = key_items(report, &request.key_items);
        let (taken, rest): (Vec<Numbered<'_>>, Vec<_>) =
            (1..).zip(register.iter().copied()).partition(|(_, batch)| key.contains_key(&*batch.id));
        let size = request.size.unwrap_or_else(|| advised(rest.len() as u64));
        let drawn = drawn(&rest, request, size)?;
        let selected_as_key =
            |batch: &Batch| Selection::KeyItem { findings: key.get(&*batch.id).cloned().unwrap_or_default() };
        let taken_items = taken.iter().map(|(row, batch)| (*row, *batch, selected_as_key(batch)));
        let items = (1..).zip(taken_items.chain(drawn.items));
        let items = items.map(|(item, (register_row, batch, selection))| Item {
            item,
            batch_id: batch.id.to_string(),
            register_row,
            selection,
        });
        Ok(Self {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            forms,
            package: PackageStatement {
                name: report.stem(),
                manifest_sha256: manifest_sha256.to_owned(),
                period: report.period.clone(),
                standing: report.standing,
                source: report.scope.clone(),
                hash_total: report.hash_total.clone(),
            },
            method: request.method,
            by: (request.method == Method::Mus).then(|| request.by.as_str().to_owned()),
            seed: request.seed.clone(),
            size,
            size_is_advised: request.size.is_none(),
            key_items: request.key_items.clone(),
            population: Population {
                batches: register.len() as u64,
                key_items: taken.len() as u64,
                drawn_from: rest.len() as u64,
                units: drawn.units,
                without_units: drawn.without_units,
            },
            start: drawn.start,
            points: drawn.points,
            items: items.collect(),
        })
    }

    /// What was asked for, so that it can be asked for again; `None` where the figure is of no name that is known.
    pub fn request(&self) -> Option<Request> {
        let by = match &self.by {
            None => Column::TotalCalls,
            Some(name) => Column::ALL.into_iter().find(|column| column.as_str() == name)?,
        };
        Some(Request {
            method: self.method,
            by,
            size: (!self.size_is_advised).then_some(self.size),
            seed: self.seed.clone(),
            key_items: self.key_items.clone(),
        })
    }

    /// Its own bytes.
    ///
    /// # Errors
    /// Where it cannot be JSON, which is a mistake of the program.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }

    /// The start of the names of its files, and the name of its folder: `batch-audit-2024-Q1-sample`.
    pub fn stem(&self) -> String {
        format!("{}-sample", self.package.name)
    }
}

/// The batches that findings of these severities concern, with the codes of these findings.
fn key_items<'a>(report: &'a AuditReport, severities: &BTreeSet<Severity>) -> BTreeMap<&'a str, Vec<String>> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| severities.contains(&finding.severity)) {
        for concern in &finding.concerns {
            found.entry(&*concern.batch_id).or_default().push(finding.code.clone());
        }
    }
    found
}

/// What was drawn.
struct Drawn<'a> {
    units: u64,
    start: Option<u64>,
    points: u64,
    without_units: Vec<String>,
    items: Vec<(u64, &'a Batch, Selection)>,
}

fn drawn<'a>(from: &[Numbered<'a>], request: &Request, size: u64) -> Result<Drawn<'a>, DrawError> {
    match request.method {
        Method::Random => Ok(lowest(from, &request.seed, size)),
        Method::Interval => at_points(from, |_| 1, (&request.seed, size), "batches"),
        Method::Mus => {
            let name = request.by.as_str();
            let units = |batch: &Batch| request.by.of(batch).unwrap_or(0);
            if !from.is_empty() && from.iter().all(|(_, batch)| units(batch) == 0) {
                return Err(DrawError::NoUnits(name));
            }
            at_points(from, units, (&request.seed, size), name)
        }
    }
}

/// The batches with the lowest hashes, the lowest first.
fn lowest<'a>(from: &[Numbered<'a>], seed: &Seed, size: u64) -> Drawn<'a> {
    let hash = |batch: &Batch| sha256(format!("{}:{}", seed.as_str(), batch.id).as_bytes());
    let mut hashed: Vec<_> = from.iter().map(|(row, batch)| (hash(batch), *row, *batch)).collect();
    hashed.sort_by(|a, b| (&a.0, &a.2.id).cmp(&(&b.0, &b.2.id)));
    hashed.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let items = hashed.into_iter().map(|(sha256, row, batch)| (row, batch, Selection::Hash { sha256 }));
    let items: Vec<_> = items.collect();
    Drawn { units: from.len() as u64, start: None, points: items.len() as u64, without_units: Vec::new(), items }
}

/// The batches among whose units are points.
fn at_points<'a>(
    from: &[Numbered<'a>],
    units: impl Fn(&Batch) -> u64,
    (seed, size): (&Seed, u64),
    what: &'static str,
) -> Result<Drawn<'a>, DrawError> {
    let all = from.iter().try_fold(0_u64, |sum, (_, batch)| sum.checked_add(units(batch)));
    let all = all.ok_or(DrawError::TooLarge(what))?;
    let (start, count) = (seed.below(all), size.min(all));
    let point = |i: u64| point(i, start, (all, count));
    let (mut next, mut before) = (0, 0_u64);
    let (mut items, mut without_units) = (Vec::new(), Vec::new());
    for (row, batch) in from {
        let own = units(batch);
        if own == 0 {
            without_units.push(batch.id.to_string());
            continue;
        }
        let (first_unit, end) = (before, before + own);
        let mut points = Vec::new();
        while next < count && point(next) < end {
            points.push(point(next));
            next += 1;
        }
        before = end;
        if !points.is_empty() {
            let certain = u128::from(own) * u128::from(count) >= u128::from(all);
            items.push((*row, *batch, Selection::Points { first_unit, units: own, points, certain }));
        }
    }
    Ok(Drawn { units: all, start: Some(start), points: count, without_units, items })
}

/// The unit of point `i` of `count` over `all` units: below `all`, where `start` is and `i` is below `count`.
fn point(i: u64, start: u64, (all, count): (u64, u64)) -> u64 {
    let place = u128::from(start) + u128::from(i) * u128::from(all);
    u64::try_from(place / u128::from(count.max(1))).unwrap_or(u64::MAX)
}
