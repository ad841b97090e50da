//! How cells look: few faces, one colour for heads, one for what is to be filled in.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::report::Grouping;

const INK: Color = Color::RGB(0x1f_2933);
const MUTED: Color = Color::RGB(0x5a_6772);
const HEAD: Color = Color::RGB(0x1f_4e5f);
const TINT: Color = Color::RGB(0xee_f3f5);
const RULE: Color = Color::RGB(0xc4_ced4);
const INPUT: Color = Color::RGB(0xff_f8e1);
const WARNING: Color = Color::RGB(0x9c_2b00);

/// The formats of all sheets.
pub(in crate::render) struct Styles {
    /// The name of the report.
    pub title: Format,
    /// What the report may be taken for.
    pub mark: Format,
    /// The same where it is not complete.
    pub warning: Format,
    /// The heading of a part of a sheet.
    pub section: Format,
    /// The head of a column.
    pub head: Format,
    /// The head of a column of figures.
    pub head_right: Format,
    /// The head of a column that is to be filled in.
    pub head_input: Format,
    /// What a fact is about.
    pub label: Format,
    /// A text that may take several lines.
    pub words: Format,
    /// A remark in one line, beside a figure.
    pub remark: Format,
    /// A text that no reader shall overlook.
    pub caution: Format,
    /// A remark.
    pub note: Format,
    /// A text of the API's: shown as it is, also after it was edited.
    pub text: Format,
    /// The same in several lines.
    pub wrapped: Format,
    /// A figure.
    pub figure: Format,
    /// A figure in a row of totals.
    pub total: Format,
    /// The label of a row of totals.
    pub total_label: Format,
    /// A date with its time.
    pub moment: Format,
    /// A cell to be filled in.
    pub input: Format,
    /// A cell to be filled in with a day.
    pub input_day: Format,
}

impl Styles {
    /// With figures grouped so.
    pub(in crate::render) fn new(grouping: Grouping) -> Self {
        let base = || Format::new().set_font_name("Calibri").set_font_size(10).set_font_color(INK);
        let top = || base().set_align(FormatAlign::Top);
        let ruled = || top().set_border_bottom(FormatBorder::Thin).set_border_bottom_color(RULE);
        let head = || {
            base()
                .set_bold()
                .set_font_color(Color::White)
                .set_background_color(HEAD)
                .set_align(FormatAlign::VerticalCenter)
                .set_text_wrap()
        };
        let total = || base().set_bold().set_background_color(TINT);
        let input =
            || top().set_background_color(INPUT).set_border(FormatBorder::Thin).set_border_color(RULE).set_text_wrap();
        let number = number(grouping);
        // An apostrophe that is not part of the text, and a format of texts: no program makes a formula of it, nor when it is edited.
        let text = || ruled().set_align(FormatAlign::Left).set_num_format("@").set_quote_prefix().set_indent(1);
        Self {
            title: base().set_bold().set_font_size(18),
            mark: base().set_bold().set_font_size(12).set_font_color(HEAD),
            warning: base().set_bold().set_font_size(12).set_font_color(WARNING),
            section: base().set_bold().set_font_size(12).set_font_color(HEAD),
            head: head().set_indent(1),
            head_right: head().set_align(FormatAlign::Right),
            head_input: head().set_indent(1).set_background_color(Color::RGB(0x8a_6d00)),
            label: top().set_font_color(MUTED),
            words: top().set_text_wrap(),
            remark: top().set_align(FormatAlign::Left).set_font_color(MUTED).set_indent(1),
            caution: top().set_text_wrap().set_bold().set_font_color(WARNING),
            note: top().set_font_color(MUTED).set_text_wrap(),
            text: text(),
            wrapped: text().set_text_wrap(),
            figure: ruled().set_num_format(number),
            total: total().set_num_format(number),
            total_label: total(),
            moment: ruled().set_num_format("yyyy\\-mm\\-dd hh:mm:ss.000").set_align(FormatAlign::Left).set_indent(1),
            input: input().set_num_format("@"),
            input_day: input().set_num_format("yyyy\\-mm\\-dd"),
        }
    }
}

/// The spreadsheet's own writing of [`Grouping`], of figures of up to 15 digits.
fn number(grouping: Grouping) -> &'static str {
    match grouping {
        Grouping::Comma => "#,##0",
        Grouping::Thin => "#\\\u{202f}###\\\u{202f}###\\\u{202f}###\\\u{202f}##0",
        Grouping::Indian => "[>=10000000]##\\,##\\,##\\,##0;[>=100000]##\\,##\\,##0;##,##0",
        Grouping::None => "0",
    }
}
