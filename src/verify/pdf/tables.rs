//! From tables as printed to what they state.

use super::content::Text;
use super::structure::{Table, Tree};
use super::{ReadError, foreign};
use crate::render::pdf::{LEFT_OUT, TOTALS_HEAD};
use crate::report::{NOT_REPORTED, grouped};
use crate::totals::Sums;
use crate::verify::stated::{Figure, Stated, StatedRow, StatedTotals};

/// Puts together what the tables of the document state, but for the rows of the register.
pub(super) fn stated(tree: &Tree) -> Result<Stated, ReadError> {
    let totals = one(tree, &TOTALS_HEAD)?.ok_or_else(|| foreign("it shows no totals"))?;
    let left_out = fact(tree, LEFT_OUT).ok_or_else(|| foreign("it does not say how much of the register it shows"))?;
    Ok(Stated {
        period: fact(tree, "Period").map(|text| text.text.clone()),
        mark: mark(tree)?,
        totals: totals.rows.iter().map(|row| totals_row(row)).collect::<Result<_, _>>()?,
        rows: Vec::new(),
        left_out: count(left_out)?,
    })
}

/// The one table with this head, if there is any.
fn one<'a>(tree: &'a Tree, head: &[&str]) -> Result<Option<&'a Table>, ReadError> {
    let mut tables = tree.tables.iter().filter(|table| table.head == head);
    let first = tables.next();
    if tables.next().is_some() {
        return Err(foreign(format!("it shows two tables of {}", head.join(", "))));
    }
    Ok(first)
}

/// What stands beside a label, in the first table of facts that has it.
fn fact<'a>(tree: &'a Tree, label: &str) -> Option<&'a Text> {
    let facts = tree.tables.iter().filter(|table| table.head.is_empty()).flat_map(|table| &table.rows);
    facts.into_iter().find_map(|row| match row.as_slice() {
        [name, value] if name.text == label => Some(value),
        _ => None,
    })
}

fn mark(tree: &Tree) -> Result<Option<String>, ReadError> {
    match tree.titled.get("Verdict").map(Vec::as_slice) {
        None => Ok(None),
        Some([mark]) => Ok(Some(mark.clone())),
        Some(_) => Err(foreign("it shows two verdicts")),
    }
}

fn totals_row(row: &[Text]) -> Result<StatedTotals, ReadError> {
    let [status, batches, total, completed, failed, other, lacking, without, above, rest] = row else {
        return Err(foreign("a row of the totals lacks a cell"));
    };
    Ok(StatedTotals {
        status: status.text.clone(),
        sums: Sums {
            batches: count(batches)?,
            total_calls: figure(total)?,
            completed_calls: figure(completed)?,
            failed_calls: figure(failed)?,
            other_calls: figure(other)?,
            not_reported: count(lacking)?,
            without_total: count(without)?,
            above_total: count(above)?,
            unallocated: count(rest)?,
        },
    })
}

/// A row of the register.
pub(super) fn register_row(row: &[Text]) -> Result<StatedRow, ReadError> {
    let [id, _name, status, _created, _agent, total, completed, failed] = row else {
        return Err(foreign("a row of the register lacks a cell"));
    };
    Ok(StatedRow {
        batch_id: id.text.clone(),
        status: status.text.clone(),
        calls: [figure(total)?, figure(completed)?, figure(failed)?],
    })
}

fn count(cell: &Text) -> Result<u64, ReadError> {
    figure(cell)?.ok_or_else(|| foreign("a count is not given"))
}

/// A figure exactly as this program writes one.
fn figure(cell: &Text) -> Result<Figure, ReadError> {
    let text = &cell.text;
    if cell.told {
        return Err(foreign(format!("the figure {text} is told beside its glyphs")));
    }
    if text == NOT_REPORTED {
        return Ok(None);
    }
    let plain = text.replace('\u{2009}', "");
    let value = plain.parse::<u64>().ok().filter(|value| grouped(*value) == *text);
    value.map(Some).ok_or_else(|| foreign(format!("`{text}` stands where a figure should")))
}
