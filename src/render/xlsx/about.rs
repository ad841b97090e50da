//! What the workbook is of, how it was made, how to check it, and what it does not claim.

use rust_xlsxwriter::XlsxError;

use super::sheet::Sheet;
use crate::report::AuditReport;

pub(super) fn draw(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    let stem = report.stem();
    sheet.columns(&[50.0, 90.0, 2.0])?;
    sheet.text(0, "About this workbook", &styles.title)?;
    sheet.sheet.set_row_height(0, 28)?;
    sheet.row += 1;
    sheet.across(0, report.scope_sentence(), &styles.words)?;
    sheet.section("How to check it")?;
    for words in [
        format!(
            "Its signature is the file {stem}.xlsx.p7s beside it. A copy that was saved again is another file: keep the one that was signed."
        ),
        "dialnexa-audit verify, on the package, makes this workbook again and compares every byte.".to_owned(),
        format!(
            "openssl cms -verify -binary -inform DER -in {stem}.xlsx.p7s -content {stem}.xlsx -CAfile signer.pem -out /dev/null"
        ),
        "dialnexa-audit verify with --returned compares a workbook that was edited with the signed register."
            .to_owned(),
    ] {
        sheet.across(0, &words, &styles.words)?;
    }
    sheet.section("How to read it")?;
    let zone = report.period.timezone.name();
    for (column, words) in [
        ("batch_id, name, status, agent_id", "As the API gave them, as text. A text is never a formula."),
        ("created_at", "When the batch was created, a date in UTC, to the millisecond."),
        ("created_at_local", &*format!("The same instant in {zone}, in which the period's days are.")),
        ("total_calls, completed_calls, failed_calls", "Figures; an empty cell is not reported, which is not 0."),
        (
            "Totals by formula",
            "Computed by the spreadsheet from the rows, beside the values that are signed in every other file.",
        ),
        (
            "What a cell cannot hold",
            "Figures of more than 15 digits and dates before March 1900 are text; a text of more than 32,767 characters is stated by its SHA-256.",
        ),
    ] {
        sheet.fact(column, words)?;
    }
    sheet.section("Figures: source and unit")?;
    sheet.facts(&report.figure_facts())?;
    sheet.section("Scope")?;
    sheet.facts(&report.scope_facts())?;
    sheet.section("Completeness")?;
    sheet.facts(&report.completeness_facts())?;
    sheet.section("Parameters and provenance")?;
    sheet.facts(&report.provenance_facts())
}
