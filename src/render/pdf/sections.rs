//! The pages between the first one and the register: charts, totals, findings, completeness, IPE sheet, provenance,
//! attached files; and the last lines, about the document itself.

use super::book::Book;
use super::flow::{Cell, Column};
use super::grid::{CELL, CELL_BOLD, CELL_LABEL, MUTED, NOTE, SIDE};
use super::{Options, PdfError, Relationship, chart, superseded};
use crate::findings::Finding;
use crate::period::SpanUnit;
use crate::report::{AuditReport, figure, grouped};
use crate::totals::{Sums, TOTALS_WORDS};

/// How many of the batches that a finding concerns are printed.
pub(super) const CONCERNS: usize = 50;

/// What must have room below the heading of a finding: its rule, and the first rows of its table.
const FINDING: f32 = 115.0;

/// The width of the first column of the totals, and how the others share the rest: no head may break within a word.
const STATUS: f32 = 72.0;
const SHARES: [f32; TOTALS_WORDS.len()] = [36.0, 46.0, 52.0, 44.0, 44.0, 46.0, 48.0, 44.0, 60.0];

/// Draws the sections in order; `charted`: the first page shows the calls per week already.
pub(super) fn draw(
    book: &mut Book<'_>,
    report: &AuditReport,
    options: &Options<'_>,
    charted: bool,
) -> Result<(), PdfError> {
    book.break_page()?;
    in_section(book, |book| totals(book, report, charted))?;
    if report.supersedes.is_some() {
        in_section(book, |book| superseded::draw(book, report))?;
    }
    in_section(book, |book| findings(book, report))?;
    in_section(book, |book| completeness(book, report))?;
    in_section(book, |book| figures(book, report))?;
    in_section(book, |book| provenance(book, report))?;
    if !options.attachments.is_empty() {
        in_section(book, |book| attachments(book, options))?;
    }
    in_section(book, |book| ipe_sheet(book, report))
}

fn in_section(book: &mut Book<'_>, draw: impl FnOnce(&mut Book<'_>) -> Result<(), PdfError>) -> Result<(), PdfError> {
    book.open("Sect", "");
    draw(book)?;
    book.close()
}

fn totals(book: &mut Book<'_>, report: &AuditReport, charted: bool) -> Result<(), PdfError> {
    book.section("Totals", 150.0)?;
    let columns = totals_columns(book, "Status");
    let table = book.open_table("Totals per status", columns, true)?;
    for entry in &report.totals.by_status {
        book.row(&table, &totals_row(entry.status.as_str(), &entry.sums, false))?;
    }
    book.row(&table, &totals_row("TOTAL", &report.totals.all, true))?;
    book.close_table()?;
    book.paragraph("P", NOTE, &report.totals.all.footing())?;
    for note in report.footing_notes() {
        book.paragraph("P", NOTE, &note)?;
    }
    series(book, report)?;
    if !charted {
        chart::calls(book, report, 3, chart::COLUMNS)?;
    }
    chart::statuses(book, report)
}

fn totals_columns(book: &Book<'_>, first: &'static str) -> Vec<Column> {
    let unit = (book.width() - STATUS) / SHARES.iter().sum::<f32>();
    let figures = TOTALS_WORDS.iter().zip(SHARES).map(|(title, share)| Column::right(title, share * unit));
    [Column::left(first, STATUS)].into_iter().chain(figures).collect()
}

/// The same columns per week or month.
fn series(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    let title = match report.series.unit {
        SpanUnit::Week => "Totals per week",
        SpanUnit::Month => "Totals per month",
    };
    book.heading(title, 60.0)?;
    let columns = totals_columns(book, "From");
    let table = book.open_table(title, columns, true)?;
    for point in &report.series.points {
        book.row(&table, &totals_row(&point.first_day.to_string(), &point.sums, false))?;
    }
    book.row(&table, &totals_row("TOTAL", &report.totals.all, true))?;
    book.close_table()
}

fn totals_row(status: &str, sums: &Sums, last: bool) -> Vec<Cell> {
    let style = if last { CELL_BOLD } else { CELL };
    let figures = sums.row().map(figure);
    let mut row = vec![Cell::new(status).styled(style).heading()];
    row.extend(figures.map(|figure| Cell::new(figure).styled(style)));
    row
}

fn findings(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    book.section("Findings", if report.findings.is_empty() { 20.0 } else { FINDING + 13.0 })?;
    if report.findings.is_empty() {
        return book.words("Every rule was met by every batch.");
    }
    report.findings.iter().try_for_each(|of| finding(book, report, of))
}

fn finding(book: &mut Book<'_>, report: &AuditReport, finding: &Finding) -> Result<(), PdfError> {
    book.heading(&finding.title, FINDING)?;
    let count = finding.concerns.len();
    let batches = match count {
        0 => "the collection".to_owned(),
        1 => "1 batch".to_owned(),
        count => format!("{} batches", grouped(count as u64)),
    };
    book.page.y += 1.0;
    book.paragraph("P", NOTE, &format!("Severity {} · {} · {batches}", finding.severity.as_str(), finding.code))?;
    book.page.y += 2.0;
    book.words(&finding.rule)?;
    if count == 0 {
        return Ok(());
    }
    let columns = vec![Column::left("Batch", 170.0), Column::left("What was found", book.width() - 170.0)];
    let table = book.open_table(&finding.title, columns, true)?;
    for concern in finding.concerns.iter().take(CONCERNS) {
        book.row(&table, &[Cell::new(&*concern.batch_id).heading(), Cell::new(&*concern.detail)])?;
    }
    book.close_table()?;
    if count > CONCERNS {
        let left = grouped((count - CONCERNS) as u64);
        let text = format!("{left} more batches are concerned; {}.json lists them all.", report.stem());
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
    book.section("Information produced by the entity (IPE)", 400.0)?;
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
    book.close_table()?;
    reviewer(book)
}

/// Empty lines to be filled in by hand.
fn reviewer(book: &mut Book<'_>) -> Result<(), PdfError> {
    book.heading("Reviewer", 4.0 * 34.0)?;
    for label in ["Name and function", "Conclusion", "Place and date", "Signature"] {
        book.page.y += 22.0;
        let y = book.page.y;
        book.page.canvas.rule((SIDE + 110.0, y + 9.0), book.width() - 110.0, 0.5, MUTED);
        book.paragraph("P", CELL_LABEL, label)?;
    }
    Ok(())
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
            Cell::new(grouped(attachment.content.checksum.bytes)),
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
                grouped(count)
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
