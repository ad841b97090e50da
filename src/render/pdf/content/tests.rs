//! Both ways of drawing, held against each other.

use lopdf::content::Content as Decoded;
use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    BeginText,
    EndText,
    PlainArtifact,
    Mark(usize),
    Artifact,
    ActualText(String),
    EndMarked,
    Font(f32),
    Place(f32, f32),
    Rise(f32),
    Show(Vec<(u16, f32)>),
    Fill(u8),
    Rectangle(f32, f32),
    Stroke(f32, f32),
    Picture(f32),
}

fn draw(content: &mut Content, step: &Step) {
    match step {
        Step::BeginText => content.begin_text(),
        Step::EndText => content.end_text(),
        Step::PlainArtifact => content.begin_plain_artifact(),
        Step::Mark(mark) => content.begin_mark("Span", *mark),
        Step::Artifact => content.begin_artifact("Pagination"),
        Step::ActualText(text) => content.begin_actual_text(text),
        Step::EndMarked => content.end_marked(),
        Step::Font(size) => content.font(0, *size),
        Step::Place(x, y) => content.place(*x, *y),
        Step::Rise(points) => content.rise(*points),
        Step::Show(codes) => {
            for (code, shift) in codes {
                content.code(*code, *shift);
            }
            content.show();
        }
        Step::Fill(part) => content.fill_colour(Colour(*part, 0, 255)),
        Step::Rectangle(x, y) => content.rectangle([*x, *y, *y, *x]),
        Step::Stroke(x, y) => content.stroke((*x, *y), (*y, *x), 0.4, Colour(1, 2, 3)),
        Step::Picture(x) => content.picture([*x, 1.0, 2.0, 3.5], "Logo"),
    }
}

fn step() -> impl Strategy<Value = Step> {
    let number = || -2_000.0_f32..2_000.0;
    let code = prop_oneof![any::<u16>(), Just(0x2829), Just(0x5C0D)];
    prop_oneof![
        Just(Step::BeginText),
        Just(Step::EndText),
        Just(Step::PlainArtifact),
        any::<u16>().prop_map(|mark| Step::Mark(mark.into())),
        Just(Step::Artifact),
        "\\PC{0,6}".prop_map(Step::ActualText),
        Just(Step::EndMarked),
        (1..200_u16).prop_map(|tenths| Step::Font(f32::from(tenths) / 10.0)),
        (number(), number()).prop_map(|(x, y)| Step::Place(x, y)),
        number().prop_map(Step::Rise),
        prop::collection::vec((code, prop_oneof![Just(0.0), number()]), 0..6).prop_map(Step::Show),
        any::<u8>().prop_map(Step::Fill),
        (number(), number()).prop_map(|(x, y)| Step::Rectangle(x, y)),
        (number(), number()).prop_map(|(x, y)| Step::Stroke(x, y)),
        number().prop_map(Step::Picture),
    ]
}

proptest! {
    /// What is written at once reads as what printpdf makes of the same steps.
    #[test]
    fn both_ways_give_the_same_operations(steps in prop::collection::vec(step(), 0..30)) {
        let [one, other] = [ContentWay::Printed, ContentWay::Written].map(|way| {
            let mut content = Content::default();
            steps.iter().for_each(|step| draw(&mut content, step));
            read(&content.into_bytes(way, (100.0, 100.0)).unwrap())
        });
        prop_assert_eq!(one, other);
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
    let operations = Decoded::decode(bytes).unwrap().operations;
    operations.iter().map(|op| op.operands.iter().map(shown).chain([op.operator.clone()]).collect()).collect()
}
