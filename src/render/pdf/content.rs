//! Operations as a content stream. printpdf makes it; pages of text and rules alone, of which a register has thousands, are
//! written here, in the same operations and fewer bytes.

use std::io::Write as _;

use printpdf::{Color, DictItem, Mm, Op, PaintMode, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Pt, Rect};
use printpdf::{TextMatrix, WindingOrder};

use super::PdfError;

/// The content stream of a page of that size.
pub(super) fn content(ops: Vec<Op>, size: (f32, f32)) -> Result<Vec<u8>, PdfError> {
    match written(&ops) {
        Some(bytes) => Ok(bytes),
        None => printed(ops, size),
    }
}

/// The stream as printpdf makes it.
fn printed(ops: Vec<Op>, (width, height): (f32, f32)) -> Result<Vec<u8>, PdfError> {
    let paper = Rect::from_wh(Pt(width), Pt(height));
    let mut page = PdfPage::new(Mm(0.0), Mm(0.0), ops);
    (page.media_box, page.trim_box, page.crop_box) = (paper.clone(), paper.clone(), paper);
    let mut document = PdfDocument::new("");
    document.with_pages(vec![page]);
    // `secure` would leave out the operators that it has no name for.
    let options = PdfSaveOptions { optimize: false, subset_fonts: false, secure: false, image_optimization: None };
    let mut finished = document.to_lopdf_document(&options, &mut Vec::new());
    let contents = finished.page_iter().next().and_then(|page| finished.get_page_contents(page).first().copied());
    let stream = contents.and_then(|id| finished.objects.remove(&id));
    match stream {
        Some(lopdf::Object::Stream(stream)) => Ok(stream.content),
        _ => Err(PdfError::Content),
    }
}

/// The stream written here; `None` where an operation is none of those that text and rules need.
fn written(ops: &[Op]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(ops.len() * 24);
    ops.iter().all(|op| write_op(&mut out, op).is_some()).then_some(out)
}

fn write_op(out: &mut Vec<u8>, op: &Op) -> Option<()> {
    match op {
        Op::StartTextSection => operator(out, "BT"),
        Op::EndTextSection => operator(out, "ET"),
        Op::EndMarkedContent => operator(out, "EMC"),
        Op::BeginMarkedContent { tag } => {
            write_name(out, tag.as_bytes());
            operator(out, "BMC");
        }
        Op::BeginMarkedContentWithProperties { tag, properties } => {
            write_name(out, tag.as_bytes());
            write_item(out, properties)?;
            operator(out, "BDC");
        }
        Op::SetFont { font: PdfFontHandle::External(font), size } => {
            write_name(out, font.0.as_bytes());
            numbers(out, &[size.0], "Tf");
        }
        Op::SetTextMatrix { matrix: TextMatrix::Raw(matrix) } => numbers(out, matrix, "Tm"),
        Op::SetLineOffset { multiplier } => numbers(out, &[*multiplier], "Ts"),
        Op::SetFillColor { col: Color::Rgb(colour) } => numbers(out, &[colour.r, colour.g, colour.b], "rg"),
        Op::DrawRectangle { rectangle } => {
            let Rect { x, y, width, height, mode, winding_order } = rectangle;
            if (mode, winding_order) != (&Some(PaintMode::Fill), &Some(WindingOrder::NonZero)) {
                return None;
            }
            numbers(out, &[x.0, y.0, width.0, height.0], "re");
            operator(out, "f");
        }
        Op::Unknown { key, value } => {
            value.iter().try_for_each(|item| write_item(out, item))?;
            operator(out, key);
        }
        _ => return None,
    }
    Some(())
}

fn operator(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
}

fn numbers(out: &mut Vec<u8>, values: &[f32], name: &str) {
    for value in values {
        write_number(out, *value);
        out.push(b' ');
    }
    operator(out, name);
}

/// As short as it can be read back. Most are hundredths.
fn write_number(out: &mut Vec<u8>, value: f32) {
    let hundredths = (value * 100.0).round();
    // Writing to a Vec cannot fail.
    let _ = if hundredths.abs() < 1e6 && hundredths / 100.0 == value {
        let hundredths = hundredths as i32;
        let (sign, whole, part) =
            (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
        match (part / 10, part % 10) {
            (0, 0) => write!(out, "{sign}{whole}"),
            (tenths, 0) => write!(out, "{sign}{whole}.{tenths}"),
            (tenths, hundredths) => write!(out, "{sign}{whole}.{tenths}{hundredths}"),
        }
    } else {
        write!(out, "{value}")
    };
}

fn write_item(out: &mut Vec<u8>, item: &DictItem) -> Option<()> {
    match item {
        DictItem::Int(value) => {
            let _ = write!(out, "{value} ");
        }
        DictItem::Real(value) => {
            write_number(out, *value);
            out.push(b' ');
        }
        DictItem::Name(name) => write_name(out, name),
        DictItem::Bytes(bytes) => write_string(out, bytes),
        DictItem::Array(items) => {
            out.push(b'[');
            items.iter().try_for_each(|item| write_item(out, item))?;
            out.push(b']');
        }
        DictItem::Dict { map } => {
            out.extend_from_slice(b"<<");
            for (name, item) in map {
                write_name(out, name.as_bytes());
                write_item(out, item)?;
            }
            out.extend_from_slice(b">>");
        }
        _ => return None,
    }
    Some(())
}

fn write_name(out: &mut Vec<u8>, name: &[u8]) {
    out.push(b'/');
    for byte in name {
        if byte.is_ascii_alphanumeric() || b"-_.+".contains(byte) {
            out.push(*byte);
        } else {
            let _ = write!(out, "#{byte:02X}");
        }
    }
    out.push(b' ');
}

fn write_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'(');
    for byte in bytes {
        match byte {
            b'(' | b')' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => out.push(*byte),
        }
    }
    out.push(b')');
}

#[cfg(test)]
mod tests {
    use lopdf::content::Content;
    use printpdf::{FontId, Rgb};
    use proptest::prelude::*;

    use super::*;

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![any::<u8>(), Just(b'('), Just(b')'), Just(b'\\'), Just(b'\r')], 0..12)
    }

    fn hundredth() -> impl Strategy<Value = f32> {
        (-100_000..100_000_i32).prop_map(|hundredths| hundredths as f32 / 100.0)
    }

    fn op() -> impl Strategy<Value = Op> {
        let number = || prop_oneof![hundredth(), (0..1000_i32).prop_map(|part| part as f32 / 1000.0)];
        prop_oneof![
            Just(Op::StartTextSection),
            Just(Op::EndTextSection),
            Just(Op::EndMarkedContent),
            Just(Op::BeginMarkedContent { tag: "Artifact".to_owned() }),
            (any::<u16>(), bytes()).prop_map(|(mark, text)| {
                let map = [("MCID", DictItem::Int(mark.into())), ("ActualText", DictItem::Bytes(text))];
                let map = map.map(|(name, item)| (name.to_owned(), item)).into();
                Op::BeginMarkedContentWithProperties { tag: "Span".to_owned(), properties: DictItem::Dict { map } }
            }),
            number().prop_map(|size| {
                Op::SetFont { font: PdfFontHandle::External(FontId("T0".to_owned())), size: Pt(size) }
            }),
            (hundredth(), hundredth())
                .prop_map(|(x, y)| Op::SetTextMatrix { matrix: TextMatrix::Raw([1.0, 0.0, 0.0, 1.0, x, y]) }),
            number().prop_map(|multiplier| Op::SetLineOffset { multiplier }),
            number().prop_map(|r| Op::SetFillColor { col: Color::Rgb(Rgb { r, g: 0.5, b: 1.0, icc_profile: None }) }),
            (hundredth(), number()).prop_map(|(x, y)| Op::DrawRectangle {
                rectangle: Rect {
                    x: Pt(x),
                    y: Pt(y),
                    width: Pt(x),
                    height: Pt(y),
                    mode: Some(PaintMode::Fill),
                    winding_order: Some(WindingOrder::NonZero),
                }
            }),
            bytes().prop_map(|text| Op::Unknown { key: "Tj".to_owned(), value: vec![DictItem::Bytes(text)] }),
            (bytes(), hundredth(), bytes()).prop_map(|(one, shift, other)| {
                let items = vec![DictItem::Bytes(one), DictItem::Real(shift), DictItem::Bytes(other)];
                Op::Unknown { key: "TJ".to_owned(), value: vec![DictItem::Array(items)] }
            }),
        ]
    }

    proptest! {
        /// What is written here reads as what printpdf makes of the same operations.
        #[test]
        fn both_ways_give_the_same_operations(ops in prop::collection::vec(op(), 0..30)) {
            let written = written(&ops).unwrap();
            let printed = printed(ops, (100.0, 100.0)).unwrap();
            let [written, printed] = [written, printed].map(|bytes| read(&bytes));
            prop_assert_eq!(written, printed);
        }
    }

    /// An operand, whatever way numbers and strings are written.
    fn shown(operand: &lopdf::Object) -> String {
        match operand {
            lopdf::Object::String(bytes, _) => format!("{bytes:?}"),
            lopdf::Object::Array(items) => format!("{:?}", items.iter().map(shown).collect::<Vec<_>>()),
            lopdf::Object::Dictionary(map) => {
                format!("{:?}", map.iter().map(|(name, item)| (name.clone(), shown(item))).collect::<Vec<_>>())
            }
            other => other.as_float().map_or_else(|_| format!("{other:?}"), |number| number.to_string()),
        }
    }

    /// The operations of a stream.
    fn read(bytes: &[u8]) -> Vec<String> {
        let operations = Content::decode(bytes).unwrap().operations;
        operations.iter().map(|op| op.operands.iter().map(shown).chain([op.operator.clone()]).collect()).collect()
    }

    #[test]
    fn what_is_not_known_here_is_printpdfs_to_make() {
        let ops = vec![Op::SaveGraphicsState, Op::RestoreGraphicsState];
        assert!(written(&ops).is_none());
        assert_eq!(content(ops, (100.0, 100.0)).unwrap(), b"q\nQ");
    }
}
