//! The first page, for a reader in a hurry: verdict, period, totals, completed against failed, findings, signature panel.
//! And the running head and foot of every page.

use super::book::Book;
use super::canvas::Area;
use super::flow::{Cell, Column};
use super::form::{self, Field};
use super::grid::{
    BIG, BODY, BOTTOM, CELL_BOLD, COLUMN, INK, MARK, MUTED, NOTE, RUNNING, RUNNING_BOLD, SIDE, STAMP, TINT, TITLE, TOP,
    WARNING,
};
use super::{Options, PdfError, chart, logo};
use crate::brand::Brand;
use crate::findings::Severity;
use crate::report::{AuditReport, Fact, NOT_ESTABLISHED, Standing, moment};

/// The height of the signature panel, a good 30 mm, and of its label.
const PANEL: f32 = 86.0;
const PANEL_LABEL: f32 = 16.0;
/// Both.
pub(super) const SIGNED: f32 = PANEL + PANEL_LABEL;

/// The height of the scope's sentence.
const SCOPE: f32 = 42.0;
/// Columns lower than this are left to the section of the totals.
const LEAST_COLUMNS: f32 = 26.0;

/// What the first page holds that other rooms ask about.
pub(super) struct Front {
    /// Where the signature goes.
    pub(super) field: Field,
    /// Whether there was room for the calls per week or month.
    pub(super) charted: bool,
}

/// Draws the first page.
pub(super) fn draw(book: &mut Book<'_>, report: &AuditReport, brand: Option<&Brand>) -> Result<Front, PdfError> {
    book.page.limit -= SIGNED;
    book.bookmark(1, "Summary");
    book.open("Sect", "");
    if let Some(picture) = brand.and_then(|brand| brand.logo.as_ref()?.picture()) {
        logo::draw(book, picture, report.organisation().unwrap_or("Logo"))?;
    }
    book.paragraph("P", NOTE, &report.of())?;
    book.page.y += 1.0;
    book.paragraph("H1", TITLE, &report.title())?;
    if let Some(words) = report.superseding_words() {
        book.paragraph("P", BODY, &words)?;
    }
    if report.scope.sample {
        book.paragraph(
            "P",
            BODY.in_colour(WARNING),
            "Made-up data: this is the sample API that is built into the program.",
        )?;
    }
    // Short paper has less between its parts, so that the course over time finds its place on it, too.
    let gap = if book.height() < 800.0 { 0.5 } else { 1.0 };
    book.page.y += 7.0 * gap;
    verdict(book, report)?;
    let field = panel(book, "Signature")?;
    book.page.y += 10.0 * gap;
    book.facts("The period", &report.period_facts(), 150.0)?;
    book.page.y += 10.0 * gap;
    figures(book, report)?;
    book.page.y += 4.0 * gap;
    chart::outcome_bar(book, &report.totals.all)?;
    book.page.y += 8.0 * gap;
    findings(book, report)?;
    book.page.y += 4.0 * gap;
    book.facts("Completeness", &completeness(report), 150.0)?;
    // The course over time gets what is left above the signature.
    let room = book.page.limit - book.page.y - chart::AROUND_COLUMNS - SCOPE;
    let charted = room >= LEAST_COLUMNS;
    if charted {
        chart::calls(book, report, 2, room.min(chart::COLUMNS))?;
    }
    book.page.y += 4.0;
    book.paragraph("P", NOTE, report.scope_sentence())?;
    book.close()?;
    Ok(Front { field, charted })
}

/// The mark and the sentence beside a bar; the bar is the heavier the less the report may be relied on.
fn verdict(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    let (top, page) = (book.page.y, book.page.object);
    let inner = (SIDE + 16.0, book.width() - 28.0);
    let (bar, colour) = match report.standing {
        Standing::Complete => (4.0, book.accent),
        Standing::NothingLeftOut => (5.0, WARNING),
        Standing::Provisional => (6.0, WARNING),
        Standing::Draft => (9.0, WARNING),
    };
    book.page.y += 8.0;
    // Read back under this title by `verify`.
    book.open("P", "/T(Verdict)");
    let lines = book.shaper.wrap(&format!("Population: {}", report.mark()), MARK.setting, MARK.ems(inner.1), 3);
    book.lines(inner.0, MARK.in_colour(if report.standing == Standing::Complete { INK } else { WARNING }), &lines);
    book.close()?;
    book.paragraph_in("P", BODY, &format!("Figures: {}", report.figures_mark()), inner)?;
    book.paragraph_in("P", BODY, &report.verdict(), inner)?;
    book.page.y += 8.0;
    if book.page.object == page {
        let area = Area { x: SIDE, y: top, width: book.width(), height: book.page.y - top };
        book.page.canvas.tint(area, TINT);
        book.page.canvas.tint(Area { width: bar, ..area }, colour);
    }
    Ok(())
}

/// The field at the foot of the page, with that label above it.
pub(super) fn panel(book: &mut Book<'_>, label: &str) -> Result<Field, PdfError> {
    let bottom = book.height() - BOTTOM;
    let area = Area { x: SIDE, y: bottom - PANEL, width: book.width(), height: PANEL };
    book.open("P", "");
    book.begin_content(false);
    book.write((SIDE, area.y - 5.0), COLUMN, label);
    book.end_content(false);
    book.close()?;
    book.page.canvas.frame(area, 0.6, MUTED);
    form::place(book, area, form::Kind::Maker)
}

/// Batches and calls in large figures, as a table of one row.
fn figures(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    let all = &report.totals.all;
    let shown = report.headline();
    let width = book.width() / shown.len() as f32;
    book.need(52.0)?;
    let top = book.page.y;
    book.open("Table", "");
    book.open("TR", "");
    for (n, (label, _)) in shown.iter().enumerate() {
        book.open("TH", "/A<</O/Table/Scope/Column>>");
        book.begin_content(false);
        book.write((SIDE + n as f32 * width, top + 8.0), COLUMN, label);
        book.end_content(false);
        book.close()?;
    }
    book.close()?;
    book.open("TR", "");
    for (n, (_, value)) in shown.iter().enumerate() {
        let style = book.fitting(BIG, value, width - 8.0);
        book.open("TD", "");
        book.begin_content(false);
        book.write((SIDE + n as f32 * width, top + 29.0), style, value);
        book.end_content(false);
        book.close()?;
    }
    book.close()?;
    book.close()?;
    book.page.y = top + 38.0;
    book.paragraph("P", NOTE, &report.footing())?;
    for note in report.unit_notes() {
        book.paragraph("P", NOTE, &note)?;
    }
    if all.not_reported > 0 {
        let text = format!(
            "{} a figure that is not reported; the sums leave it out.",
            report.grouping().count(all.not_reported, "batch has", "batches have")
        );
        book.paragraph("P", NOTE, &text)?;
    }
    Ok(())
}

/// What ties the population out, in three lines; a section of its own has the rest.
fn completeness(report: &AuditReport) -> Vec<Fact> {
    let stated = &report.completeness;
    let fact = |label, value| Fact { label, value };
    if report.is_unread() {
        return vec![fact("Batches read in the period", NOT_ESTABLISHED.to_owned())];
    }
    let mut facts = Vec::new();
    let read = match stated.gone {
        0 => report.grouped(stated.in_period),
        gone => {
            format!("{}, of these gone before the proof: {}", report.grouped(stated.in_period), report.grouped(gone))
        }
    };
    facts.push(fact("Batches read in the period", read));
    let register = match stated.exact_from {
        Some(at) => format!("{}, exact at {} ({})", report.grouped(stated.reported), moment(at), stated.assurance),
        None => format!("{} ({})", report.grouped(stated.reported), stated.assurance),
    };
    facts.push(fact("Batches in the register", register));
    facts.push(fact("Hash total of the ids", report.hash_total.clone()));
    facts
}

fn findings(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    let columns = vec![
        Column::left("Severity", 62.0),
        Column::left("Findings", 52.0),
        Column::left("Which, and batches concerned", book.width() - 114.0),
    ];
    let table = book.open_table("Findings by severity", columns, true)?;
    for severity in [Severity::High, Severity::Medium, Severity::Low] {
        let of: Vec<_> = report.findings.iter().filter(|finding| finding.severity == severity).collect();
        let titles: Vec<String> = of
            .iter()
            .map(|finding| match finding.concerns.len() as u64 {
                0 => finding.title.clone(),
                count => format!("{} ({})", finding.title, report.grouped(count)),
            })
            .collect();
        let word = match severity {
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
        };
        let words = if titles.is_empty() { "none".to_owned() } else { titles.join("; ") };
        let count = Cell::new(report.grouped(of.len() as u64)).styled(CELL_BOLD);
        book.row(&table, &[Cell::new(word).heading(), count, Cell::new(words)])?;
    }
    book.close_table()
}

/// The running head and foot of one page.
pub(super) fn furniture(
    book: &mut Book<'_>,
    report: &AuditReport,
    options: &Options<'_>,
    (page, of): (usize, usize),
) -> Result<(), PdfError> {
    let (right, bottom) = (SIDE + book.width(), book.height());
    let plain = report.standing == Standing::Complete;
    let mark = if plain { RUNNING_BOLD } else { STAMP };
    book.page.canvas.begin_artifact("Pagination");
    // The first page says all this in large letters.
    if page > 1 || !plain {
        let mark_width = book.measure(mark, report.mark());
        let title =
            book.shaper.wrap(&report.title(), RUNNING.setting, RUNNING.ems(right - SIDE - mark_width - 20.0), 1);
        for line in title.iter().filter(|_| page > 1) {
            book.show((SIDE, TOP - 24.0), RUNNING, line);
        }
        book.write_to((right - if plain { 0.0 } else { 6.0 }, TOP - 24.0), mark, report.mark());
        if !plain {
            let area = Area { x: right - mark_width - 12.0, y: TOP - 36.0, width: mark_width + 12.0, height: 17.0 };
            book.page.canvas.frame(area, 1.0, WARNING);
        }
    }
    let baseline = bottom - BOTTOM + 27.0;
    let evidence = options.evidence_sha256.as_deref().map(|hash| hash.chars().take(16).collect::<String>());
    if let Some(evidence) = evidence {
        book.write((SIDE, baseline), RUNNING, &format!("Evidence SHA-256 {evidence}…"));
    }
    book.write_to((right, baseline), RUNNING, &format!("Page {page} of {of}"));
    book.page.canvas.end_mark(false);
    book.page.canvas.rule((SIDE, bottom - BOTTOM + 16.0), right - SIDE, 0.4, MUTED);
    Ok(())
}
