//! A content stream by printpdf.

use printpdf::{
    Color, DictItem, FontId, Line, LinePoint, Mm, Op as Printed, PaintMode, PdfDocument, PdfFontHandle, PdfPage,
    PdfSaveOptions, Point, Pt, Rect, Rgb, TextMatrix, WindingOrder,
};

use super::{Colour, Content, Op, PdfError, Property, parts, utf16};
use crate::defect::Defect;
use crate::render::pdf::embedding::resource;

/// The stream of a page of that size.
pub(super) fn stream(content: &Content, (width, height): (f32, f32)) -> Result<Vec<u8>, PdfError> {
    let mut ops = Vec::with_capacity(content.ops.len());
    content.ops.iter().try_for_each(|op| push(&mut ops, content, op))?;
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
        _ => Err(Defect("the PDF library made no content of a page").into()),
    }
}

fn push(ops: &mut Vec<Printed>, content: &Content, op: &Op) -> Result<(), Defect> {
    let unknown = |key: &str, value| Printed::Unknown { key: key.to_owned(), value };
    let last = match op {
        Op::BeginText => Printed::StartTextSection,
        Op::EndText => Printed::EndTextSection,
        Op::Begin(tag) => Printed::BeginMarkedContent { tag: (*tag).to_owned() },
        Op::BeginWith(tag, property) => {
            let (name, item) = match property {
                Property::Mark(mark) => ("MCID", DictItem::Int(*mark as i64)),
                Property::Type(kind) => ("Type", DictItem::Name(kind.as_bytes().to_vec())),
                Property::ActualText(text) => ("ActualText", DictItem::Bytes(utf16(text))),
            };
            let properties = DictItem::Dict { map: [(name.to_owned(), item)].into() };
            Printed::BeginMarkedContentWithProperties { tag: (*tag).to_owned(), properties }
        }
        Op::EndMarked => Printed::EndMarkedContent,
        Op::Font(place, size) => {
            Printed::SetFont { font: PdfFontHandle::External(FontId(resource(*place))), size: Pt(*size) }
        }
        Op::Place(x, y) => Printed::SetTextMatrix { matrix: TextMatrix::Raw([1.0, 0.0, 0.0, 1.0, *x, *y]) },
        Op::Rise(points) => Printed::SetLineOffset { multiplier: *points },
        // printpdf itself would write one string a glyph.
        Op::Show { codes, shifts } if shifts.is_empty() => {
            let codes = content.codes(codes)?;
            unknown("Tj", vec![DictItem::Bytes(codes.to_vec())])
        }
        Op::Show { codes, shifts } => {
            let mut items = Vec::new();
            for (shift, codes) in content.stretches(codes, shifts)? {
                items.extend((shift != 0.0).then_some(DictItem::Real(shift)));
                items.push(DictItem::Bytes(content.codes(&codes)?.to_vec()));
            }
            unknown("TJ", vec![DictItem::Array(items)])
        }
        Op::Fill(colour) => Printed::SetFillColor { col: rgb(*colour) },
        Op::Rectangle([x, y, width, height]) => Printed::DrawRectangle {
            rectangle: Rect {
                x: Pt(*x),
                y: Pt(*y),
                width: Pt(*width),
                height: Pt(*height),
                mode: Some(PaintMode::Fill),
                winding_order: Some(WindingOrder::NonZero),
            },
        },
        Op::Stroke { from, to, thickness, colour } => {
            ops.push(Printed::SetOutlineColor { col: rgb(*colour) });
            ops.push(Printed::SetOutlineThickness { pt: Pt(*thickness) });
            let point = |(x, y): &(f32, f32)| LinePoint { p: Point { x: Pt(*x), y: Pt(*y) }, bezier: false };
            Printed::DrawLine { line: Line { points: vec![point(from), point(to)], is_closed: false } }
        }
        Op::Picture([x, y, width, height], name) => {
            let matrix = [*width, 0.0, 0.0, *height, *x, *y];
            ops.push(unknown("q", Vec::new()));
            ops.push(unknown("cm", matrix.map(DictItem::Real).into()));
            ops.push(unknown("Do", vec![DictItem::Name(name.as_bytes().to_vec())]));
            unknown("Q", Vec::new())
        }
    };
    ops.push(last);
    Ok(())
}

fn rgb(colour: Colour) -> Color {
    let [r, g, b] = parts(colour);
    Color::Rgb(Rgb { r, g, b, icc_profile: None })
}
