//! The pages between the first one and the register: charts, totals, findings, completeness, IPE sheet, provenance,
//! attached files; and the last lines, about the document itself.

use std::collections::HashMap;

use super::book::Book;
use super::canvas::Area;
use super::flow::{Cell, Column};
use super::form::{self, Field, Kind};
use super::grid::{CELL, CELL_BOLD, CELL_LABEL, LINK, MUTED, NOTE, SIDE};
use super::{Options, PdfError, Relationship, chart, superseded, totals};
use crate::findings::Finding;
use crate::period::SpanUnit;
use crate::report::{AuditReport, Breakdown};

/// How many of the batches that a finding concerns are printed.
pub(super) const CONCERNS: usize = 50;

/// What must have room below the heading of a finding: its rule, and the first rows of its table.
const FINDING: f32 = 115.0;

/// The height of one role of the sign-off.
const ROLE: f32 = 106.0;

/// Draws the sections in order; `charted`: the first page shows the calls per week already.
pub(super) fn draw(
    book: &mut Book<'_>,
    report: &AuditReport,
    options: &Options<'_>,
    charted: bool,
) -> Result<Vec<Field>, PdfError> {
    book.break_page()?;
    in_section(book, |book| totals_section(book, report, charted))?;
    for table in report.breakdowns() {
        in_section(book, |book| breakdown(book, report, &table))?;
    }
    if report.compared.is_some() {
        in_section(book, |book| superseded::compared(book, report))?;
    }
    if report.supersedes.is_some() {
        in_section(book, |book| superseded::draw(book, report))?;
    }
    in_section(book, |book| findings(book, report, options))?;
    in_section(book, |book| completeness(book, report))?;
    in_section(book, |book| figures(book, report))?;
    in_section(book, |book| provenance(book, report))?;
    if !options.attachments.is_empty() {
        in_section(book, |book| attachments(book, options))?;
    }
    in_section(book, |book| ipe_sheet(book, report))?;
    in_section(book, sign_off)
}

fn in_section<T>(book: &mut Book<'_>, draw: impl FnOnce(&mut Book<'_>) -> Result<T, PdfError>) -> Result<T, PdfError> {
    book.open("Sect", "");
    let drawn = draw(book)?;
    book.close()?;
    Ok(drawn)
}

fn totals_section(book: &mut Book<'_>, report: &AuditReport, charted: bool) -> Result<(), PdfError> {
    book.section("Totals", 150.0)?;
    let all = &report.totals.all;
    let by_status = report.totals.by_status.iter().map(|entry| (entry.status.to_string(), &entry.sums));
    totals::table(
        book,
        report,
        ("Totals per status", "Status"),
        by_status.chain([("TOTAL".to_owned(), all)]).collect(),
    )?;
    book.paragraph("P", NOTE, &report.footing())?;
    for note in report.footing_notes() {
        book.paragraph("P", NOTE, &note)?;
    }
    series(book, report)?;
    if !charted {
        chart::calls(book, report, 3, chart::COLUMNS)?;
    }
    chart::statuses(book, report)
}

/// The same table per week or month.
fn series(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    let title = match report.series.unit {
        SpanUnit::Week => "Totals per week",
        SpanUnit::Month => "Totals per month",
    };
    book.heading(title, 60.0)?;
    let points = report.series.points.iter().map(|point| (point.first_day.to_string(), &point.sums));
    totals::table(book, report, (title, "From"), points.chain([("TOTAL".to_owned(), &report.totals.all)]).collect())?;
    report.unlisted_spans(report.series.unit).iter().try_for_each(|note| book.paragraph("P", NOTE, note))
}

fn breakdown(book: &mut Book<'_>, report: &AuditReport, table: &Breakdown<'_>) -> Result<(), PdfError> {
    book.section(table.title, 90.0)?;
    let rows = table.rows.iter().map(|(label, sums)| (label.clone(), *sums));
    let rows = rows.chain([("TOTAL".to_owned(), &report.totals.all)]).collect();
    totals::table(book, report, (table.title, table.first), rows)?;
    table.note.iter().try_for_each(|note| book.paragraph("P", NOTE, note))
}

fn findings(book: &mut Book<'_>, report: &AuditReport, options: &Options<'_>) -> Result<(), PdfError> {
    book.section("Findings", if report.findings.is_empty() { 20.0 } else { FINDING + 13.0 })?;
    if report.findings.is_empty() {
        return book.words(report.no_findings());
    }
    if let Some(note) = report.disposition_note() {
        book.words(&note)?;
    }
    let rows = report.concerned_rows();
    let printed = options.rows.printed(report.register.len());
    report.findings.iter().try_for_each(|of| finding(book, report, of, (&rows, printed)))
}

fn finding(
    book: &mut Book<'_>,
    report: &AuditReport,
    finding: &Finding,
    (rows, printed): (&HashMap<&str, usize>, usize),
) -> Result<(), PdfError> {
    book.heading(&finding.title, FINDING)?;
    let count = finding.concerns.len();
    let batches = match count {
        0 => "the collection".to_owned(),
        count => report.batches(count as u64),
    };
    book.page.y += 1.0;
    book.paragraph("P", NOTE, &format!("Severity {} · {} · {batches}", finding.severity.as_str(), finding.code))?;
    book.page.y += 2.0;
    book.words(&finding.rule)?;
    if count == 0 {
        return report
            .disposition(finding, None)
            .map_or(Ok(()), |answer| book.words(&format!("Disposition: {answer}.")));
    }
    let rest = book.width() - 30.0 - 8.0 - 150.0;
    let mut columns = vec![Column::right("Row", 30.0), Column::left("", 8.0), Column::left("Batch", 150.0)];
    match report.dispositions {
        None => columns.push(Column::left("What was found", rest)),
        Some(_) => columns.extend(["What was found", "Disposition"].map(|title| Column::left(title, rest / 2.0))),
    }
    let table = book.open_table(&finding.title, columns, true)?;
    for concern in finding.concerns.iter().take(CONCERNS) {
        let row = rows.get(&*concern.batch_id).copied();
        let number = row.map_or_else(String::new, |row| report.grouped(row as u64));
        // Links where there is something to go to.
        let there = row.filter(|row| *row <= printed);
        let style = if there.is_some() { CELL.in_colour(LINK) } else { CELL };
        let batch = Cell::new(&*concern.batch_id).styled(style).heading().linked(there);
        let mut cells = vec![Cell::new(number), Cell::new(""), batch];
        cells.push(Cell::new(&*concern.detail));
        cells.extend(report.disposition(finding, Some(concern)).map(Cell::new));
        book.row(&table, &cells)?;
    }
    book.close_table()?;
    if count > CONCERNS {
        let left = book.grouping.count((count - CONCERNS) as u64, "more batch is", "more batches are");
        let text = format!("{left} concerned; {}.json lists them all.", report.stem());
        book.words(&text)?;
    }
    Ok(())
}

fn completeness(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    book.section("Completeness and edge proof", 120.0)?;
    book.words(&report.verdict())?;
    book.facts("Completeness", &report.completeness_facts(), 190.0)
}

fn figures(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    book.section("Figures: source and unit", 60.0)?;
    book.facts("Figures: source and unit", &report.figure_facts(), 190.0)
}

fn provenance(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    book.section("Parameters and provenance", 60.0)?;
    let mut facts = report.scope_facts();
    facts.extend(report.provenance_facts());
    book.facts("Parameters and provenance", &facts, 190.0)
}

/// To be filled in and signed by hand.
fn ipe_sheet(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    // Whole on one page, since it is to be printed, filled in and signed.
    book.section("Information produced by the entity (IPE)", 620.0)?;
    book.words("What an auditor asks of a report that the audited company made itself, answered; the last column is the reviewer's.")?;
    let columns = vec![
        Column::left("Demand", 82.0),
        Column::left("Fact", 180.0),
        Column::left("Where to check", book.width() - 82.0 - 180.0 - 70.0),
        Column::left("Checked by, on", 70.0),
    ];
    let table = book.open_table("IPE sheet", columns, true)?;
    for answer in report.ipe_answers() {
        let cells = [
            Cell::new(answer.demand).styled(CELL_BOLD).heading(),
            Cell::new(answer.fact),
            Cell::new(answer.check).styled(CELL_LABEL),
            Cell::new(""),
        ];
        book.row(&table, &cells)?;
    }
    book.close_table()
}

/// Who prepared, reviewed and approved the report: lines to be filled in by hand, and a signature field for each but the
/// first, whose signature is on the first page.
fn sign_off(book: &mut Book<'_>) -> Result<Vec<Field>, PdfError> {
    book.section("Sign-off", 3.0 * ROLE)?;
    book.words(
        "Empty when the report was made. A name or time that is entered later belongs to a later revision of this document.",
    )?;
    let mut fields = Vec::new();
    for (role, kind) in [("Prepared", None), ("Reviewed", Some(Kind::Reviewer)), ("Approved", Some(Kind::Approver))] {
        book.heading(role, ROLE)?;
        let top = book.page.y;
        for label in ["Name", "Function", "Date"] {
            book.page.y += 13.0;
            let y = book.page.y;
            book.page.canvas.rule((SIDE + 52.0, y + 9.0), book.width() / 2.0 - 66.0, 0.5, MUTED);
            book.paragraph("P", CELL_LABEL, label)?;
        }
        let (x, width) = (SIDE + book.width() / 2.0, book.width() / 2.0);
        let area = Area { x, y: top + 6.0, width, height: book.page.y - top + 2.0 };
        match kind {
            Some(kind) => {
                book.page.canvas.frame(area, 0.6, MUTED);
                fields.push(form::place(book, area, kind)?);
            }
            None => {
                book.open("P", "");
                book.begin_content(false);
                book.write((x + 8.0, area.y + 14.0), NOTE, "Signed on the first page.");
                book.end_content(false);
                book.close()?;
            }
        }
        book.page.y += 8.0;
    }
    Ok(fields)
}

fn attachments(book: &mut Book<'_>, options: &Options<'_>) -> Result<(), PdfError> {
    book.section("Files in this document", 90.0)?;
    book.words(
        "They are inside this PDF; a reader lists them as attachments, and they can be saved from it byte for byte.",
    )?;
    let columns = vec![
        Column::left("File", 140.0),
        Column::left("What", book.width() - 140.0 - 52.0 - 150.0 - 8.0),
        Column::right("Bytes", 52.0),
        Column::left("", 8.0),
        Column::left("SHA-256", 150.0),
    ];
    let table = book.open_table("Files in this document", columns, true)?;
    for attachment in options.attachments {
        let kind = match attachment.relationship {
            Relationship::Source => "source",
            Relationship::Data => "data",
        };
        let cells = [
            Cell::new(&*attachment.name).heading(),
            Cell::new(format!("{} ({kind})", attachment.description)),
            Cell::new(book.grouping.grouped(attachment.content.checksum.bytes)),
            Cell::new(""),
            Cell::new(attachment.content.checksum.hex()),
        ];
        book.row(&table, &cells)?;
    }
    book.close_table()
}

/// The fonts that were used, and what could not be shown.
pub(super) fn about(book: &mut Book<'_>) -> Result<(), PdfError> {
    in_section(book, |book| {
        book.section("About this document", 62.0)?;
        let words = match book.missing {
            0 => "Every character of the names was in a font.".to_owned(),
            1 => {
                "1 character is in no font and is shown as \u{FFFD}; the attached files hold it as it came.".to_owned()
            }
            count => format!(
                "{} characters are in no font and are shown as \u{FFFD}; the attached files hold them as they came.",
                book.grouping.grouped(count)
            ),
        };
        book.words(&words)?;
        fonts(book)
    })
}

/// The fonts in use: those of the program in few lines, since its version reports them; further ones with the whole hash.
fn fonts(book: &mut Book<'_>) -> Result<(), PdfError> {
    let faces: Vec<(bool, String, String)> = book
        .embedding
        .places()
        .map(|place| book.shaper.faces.get(place))
        .map(|face| (face.vendored, face.name.clone(), face.sha256()))
        .collect();
    let (own, further): (Vec<_>, Vec<_>) = faces.into_iter().partition(|(vendored, ..)| *vendored);
    let own: Vec<String> =
        own.iter().map(|(_, name, hash)| format!("{name} {}", hash.get(..16).unwrap_or_default())).collect();
    let text = format!("Fonts of the program, each with the first 16 digits of its SHA-256: {}.", own.join(", "));
    book.paragraph("P", NOTE, &text)?;
    further.iter().try_for_each(|(_, name, hash)| {
        book.paragraph("P", NOTE, &format!("Further font, with its SHA-256: {name} {hash}"))
    })
}
