//! One sheet, written row by row: what a cell can hold, and what is stated where it cannot.

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError};

use super::Paper;
use super::styles::Styles;
use crate::batch::rfc3339_local;
use crate::digest::sha256;
use crate::report::{AuditReport, Fact, NOT_REPORTED, Standing};
use crate::spreadsheet::NOT_COMPUTED;

/// How long a text in a cell may be, in UTF-16 units.
const LONGEST: usize = 32_767;
/// The first figure of more digits than a spreadsheet keeps.
pub(in crate::render) const TOO_LARGE: u64 = 1_000_000_000_000_000;
/// Spreadsheets count days from 1900, and have a day too many before this one.
const FIRST_DAY: (i32, u32) = (1900, 3);

/// A sheet, and the next row of it.
pub(in crate::render) struct Sheet<'a> {
    pub sheet: &'a mut Worksheet,
    pub styles: &'a Styles,
    pub row: u32,
    /// The widths of its columns, in characters.
    widths: Vec<f64>,
}

/// A table of sums: for each column of figures, where its parts are and what they come to.
pub(in crate::render) struct Footing<'a> {
    /// The first and last row of the parts, from 0; `None` where there are none.
    pub rows: Option<(u32, u32)>,
    /// The first column of figures.
    pub column: u16,
    /// The signed values, by column.
    pub signed: &'a [Option<u64>],
    /// Whether a part of the column has more digits than a spreadsheet keeps, by column.
    pub too_large: &'a [bool],
    /// The labels of the rows: by formula, as signed, difference.
    pub labels: [&'a str; 3],
    /// The first column of the labels, of which the others up to the figures are filled.
    pub label_column: u16,
}

impl<'a> Sheet<'a> {
    /// A new sheet, which prints with the report's title and mark at its head.
    pub(in crate::render) fn new(
        workbook: &'a mut Workbook,
        name: &str,
        (report, styles, paper): (&AuditReport, &'a Styles, Paper),
    ) -> Result<Self, XlsxError> {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        let code = match paper {
            Paper::A4 => 9,
            Paper::Letter => 1,
        };
        // What a header would take for a command is doubled.
        let plain = |text: &str| text.replace('&', "&&");
        sheet
            .set_paper_size(code)
            .set_print_fit_to_pages(1, 0)
            .set_margins(0.5, 0.5, 0.75, 0.6, 0.3, 0.3)
            .set_header(format!("&L&9{}&R&9{}", plain(&report.title()), plain(report.mark())))
            .set_footer("&L&9&A&R&9Page &P of &N")
            .set_screen_gridlines(false);
        if report.standing != Standing::Complete {
            sheet.set_tab_color("#9C2B00");
        }
        Ok(Self { sheet, styles, row: 0, widths: Vec::new() })
    }

    /// Sets the widths of the columns, in characters.
    pub(in crate::render) fn columns(&mut self, widths: &[f64]) -> Result<(), XlsxError> {
        self.widths = widths.to_vec();
        (0..).zip(widths).try_for_each(|(column, width)| self.sheet.set_column_width(column, *width).map(|_| ()))
    }

    /// A text of the program's own, or of the API's: never a formula, a number or a link.
    pub(in crate::render) fn text(&mut self, column: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
        if text.encode_utf16().count() > LONGEST {
            let stated = format!(
                "[{} characters, more than a cell holds; SHA-256 {}; whole in the JSON and the CSV]",
                text.chars().count(),
                sha256(text.as_bytes())
            );
            self.sheet.write_string_with_format(self.row, column, stated, format)?;
        } else if text.is_empty() {
            self.sheet.write_blank(self.row, column, format)?;
        } else {
            self.sheet.write_string_with_format(self.row, column, text, format)?;
        }
        Ok(())
    }

    /// A figure as a number; as a text where a spreadsheet would round it.
    pub(in crate::render) fn number(&mut self, column: u16, figure: u64, format: &Format) -> Result<(), XlsxError> {
        if figure >= TOO_LARGE {
            return self.text(column, &figure.to_string(), format);
        }
        // Exact: below 2^53.
        self.sheet.write_number_with_format(self.row, column, figure as f64, format)?;
        Ok(())
    }

    /// A figure in a table for people.
    pub(in crate::render) fn figure(
        &mut self,
        column: u16,
        figure: Option<u64>,
        format: &Format,
    ) -> Result<(), XlsxError> {
        match figure {
            Some(figure) => self.number(column, figure, format),
            None => self.text(column, NOT_REPORTED, format),
        }
    }

    /// A formula with what it comes to, for programs that do not compute.
    pub(in crate::render) fn formula(
        &mut self,
        column: u16,
        formula: &str,
        result: i128,
        format: &Format,
    ) -> Result<(), XlsxError> {
        let formula = Formula::new(formula).set_result(result.to_string());
        self.sheet.write_formula_with_format(self.row, column, formula, format)?;
        Ok(())
    }

    /// An instant as a date in that zone, to the millisecond; as a text where a spreadsheet has no such date.
    pub(in crate::render) fn moment(&mut self, column: u16, at: DateTime<Utc>, zone: Tz) -> Result<(), XlsxError> {
        let styles = self.styles;
        let local = at.with_timezone(&zone);
        let year = u16::try_from(local.year()).ok().filter(|year| *year <= 9999);
        let known = year.filter(|_| (local.year(), local.month()) >= FIRST_DAY);
        let Some(year) = known else { return self.text(column, &rfc3339_local(at, zone), &styles.text) };
        let date = ExcelDateTime::from_ymd(year, local.month() as u8, local.day() as u8)?;
        let milliseconds = (local.nanosecond() / 1_000_000).min(999) as u16;
        let date = date.and_hms_milli(local.hour() as u16, local.minute() as u8, local.second() as u8, milliseconds)?;
        self.sheet.write_datetime_with_format(self.row, column, &date, &styles.moment)?;
        Ok(())
    }

    /// Makes the row as high as the highest of these texts, each in its own column.
    pub(in crate::render) fn fit(&mut self, texts: &[(u16, &str)]) -> Result<(), XlsxError> {
        let width = |column: u16| self.widths.get(usize::from(column)).copied().unwrap_or(10.0);
        let lines = texts.iter().map(|(column, text)| lines_of(text, width(*column))).fold(1.0, f64::max);
        if lines > 1.0 {
            self.sheet.set_row_height(self.row, height(lines))?;
        }
        Ok(())
    }

    /// A text over columns up to the last, in as many lines as it takes; the next row.
    pub(in crate::render) fn across(&mut self, column: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
        let last = u16::try_from(self.widths.len().saturating_sub(1)).unwrap_or_default();
        let width: f64 = self.widths.iter().skip(column.into()).sum();
        if text.encode_utf16().count() <= LONGEST && last > column {
            self.sheet.set_row_height(self.row, height(lines_of(text, width)))?;
            self.sheet.merge_range(self.row, column, self.row, last, text, format)?;
        } else {
            self.text(column, text, format)?;
        }
        self.row += 1;
        Ok(())
    }

    /// The heading of a part, after a blank row.
    pub(in crate::render) fn section(&mut self, text: &str) -> Result<(), XlsxError> {
        let styles = self.styles;
        self.row += 1;
        self.sheet.set_row_height(self.row, 20)?;
        self.text(0, text, &styles.section)?;
        self.row += 1;
        Ok(())
    }

    /// Labels and what is stated under each.
    pub(in crate::render) fn facts(&mut self, facts: &[Fact]) -> Result<(), XlsxError> {
        facts.iter().try_for_each(|fact| self.fact(fact.label, &fact.value))
    }

    /// A label and what is stated under it.
    pub(in crate::render) fn fact(&mut self, label: &str, value: &str) -> Result<(), XlsxError> {
        let styles = self.styles;
        self.text(0, label, &styles.label)?;
        self.across(1, value, &styles.words)
    }

    /// The head of a table: of these, the first `texts` columns are of texts, the others of figures.
    pub(in crate::render) fn head(&mut self, titles: &[&str], texts: usize) -> Result<(), XlsxError> {
        let styles = self.styles;
        let width = |column: usize| self.widths.get(column).copied().unwrap_or(10.0);
        let lines = titles.iter().enumerate().map(|(column, title)| lines_of(title, width(column) * 0.85));
        let lines = lines.fold(1.0, f64::max);
        self.sheet.set_row_height(self.row, height(lines) + 3.0)?;
        for (column, title) in (0..).zip(titles) {
            let format = if usize::from(column) < texts { &styles.head } else { &styles.head_right };
            self.text(column, title, format)?;
        }
        self.row += 1;
        Ok(())
    }

    /// The sums of a table by formula, the signed values, and the difference of both.
    pub(in crate::render) fn footing(&mut self, of: &Footing<'_>) -> Result<(), XlsxError> {
        let styles = self.styles;
        let first = self.row;
        for (row, label) in (first..).zip(of.labels) {
            self.row = row;
            for column in of.label_column..of.column {
                self.text(column, if column == of.label_column { label } else { "" }, &styles.total_label)?;
            }
            for ((column, signed), too_large) in (of.column..).zip(of.signed).zip(of.too_large) {
                let name = letter(column);
                let is_kept = !too_large && signed.is_none_or(|signed| signed < TOO_LARGE);
                match (row - first, of.rows, signed) {
                    (1, _, _) => self.figure(column, *signed, &styles.total)?,
                    (_, None, _) | (2, _, None) => self.text(column, "", &styles.total)?,
                    _ if !is_kept => self.text(column, NOT_COMPUTED, &styles.total)?,
                    (0, Some((from, to)), signed) => {
                        let sum = format!("=SUM({name}{}:{name}{})", from + 1, to + 1);
                        self.formula(column, &sum, signed.unwrap_or(0).into(), &styles.total)?;
                    }
                    _ => {
                        self.formula(column, &format!("={name}{}-{name}{}", first + 1, first + 2), 0, &styles.total)?
                    }
                }
            }
        }
        self.row = first + 3;
        Ok(())
    }
}

/// The letter of a column.
pub(in crate::render) fn letter(column: u16) -> String {
    rust_xlsxwriter::utility::column_number_to_name(column)
}

/// How many lines a text takes in a column of that width.
fn lines_of(text: &str, width: f64) -> f64 {
    text.split('\n').map(|line| (width_of(line) / width).ceil().max(1.0)).sum()
}

/// How high a row of so many lines is, in points; no row is higher than 409.
fn height(lines: f64) -> f64 {
    (lines * 13.5 + 1.5).min(400.0)
}

/// How many characters of Latin a text takes in a line, wide ones twice.
fn width_of(text: &str) -> f64 {
    // Letters of a proportional face are a little narrower than the digits that widths are counted in.
    unicode_width::UnicodeWidthStr::width(text) as f64 * 0.92 + 1.0
}
