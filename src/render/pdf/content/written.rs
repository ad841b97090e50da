//! A content stream written at once, every number as short as it can be read back.

use std::io::Write as _;

use super::{Colour, Content, Op, Property, hundredths, parts, utf16};
use crate::defect::Defect;
use crate::render::pdf::embedding::resource;

/// The stream.
pub(super) fn stream(content: &Content) -> Result<Vec<u8>, Defect> {
    let mut out = Vec::with_capacity(content.ops.len() * 12 + content.codes.len() * 2);
    content.ops.iter().try_for_each(|op| write(&mut out, content, op))?;
    Ok(out)
}

fn write(out: &mut Vec<u8>, content: &Content, op: &Op) -> Result<(), Defect> {
    match op {
        Op::BeginText => operator(out, "BT"),
        Op::EndText => operator(out, "ET"),
        Op::Begin(tag) => {
            write_name(out, tag);
            operator(out, "BMC");
        }
        Op::BeginWith(tag, property) => {
            write_name(out, tag);
            write_property(out, property);
            operator(out, ">>BDC");
        }
        Op::EndMarked => operator(out, "EMC"),
        Op::Font(place, size) => {
            write_name(out, &resource(*place));
            numbers(out, [*size], "Tf");
        }
        Op::Place(x, y) => {
            out.extend_from_slice(b"1 0 0 1 ");
            numbers(out, [*x, *y], "Tm");
        }
        Op::Rise(points) => numbers(out, [*points], "Ts"),
        Op::Show { codes, shifts } if shifts.is_empty() => {
            write_string(out, content.codes(codes)?);
            operator(out, "Tj");
        }
        Op::Show { codes, shifts } => {
            out.push(b'[');
            for (shift, codes) in content.stretches(codes, shifts)? {
                if shift != 0.0 {
                    write_number(out, shift);
                }
                write_string(out, content.codes(&codes)?);
            }
            operator(out, "]TJ");
        }
        Op::Fill(Colour(r, g, b)) => {
            for value in [*r, *g, *b] {
                write_part(out, value);
                out.push(b' ');
            }
            operator(out, "rg");
        }
        Op::Rectangle(corners) => {
            numbers(out, *corners, "re");
            operator(out, "f");
        }
        Op::Stroke { from, to, thickness, colour } => {
            numbers(out, parts(*colour), "RG");
            numbers(out, [*thickness], "w");
            numbers(out, [from.0, from.1], "m");
            numbers(out, [to.0, to.1], "l");
            operator(out, "S");
        }
        Op::Picture([x, y, width, height], name) => {
            operator(out, "q");
            numbers(out, [*width, 0.0, 0.0, *height, *x, *y], "cm");
            write_name(out, name);
            operator(out, "Do");
            operator(out, "Q");
        }
    }
    Ok(())
}

fn write_property(out: &mut Vec<u8>, property: &Property) {
    match property {
        Property::Mark(mark) => {
            out.extend_from_slice(b"<</MCID ");
            write_integer(out, *mark as u64);
        }
        Property::Type(kind) => {
            out.extend_from_slice(b"<</Type");
            write_name(out, kind);
        }
        Property::ActualText(text) => {
            out.extend_from_slice(b"<</ActualText");
            write_string(out, &utf16(text));
        }
    }
}

fn operator(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
}

fn numbers<const N: usize>(out: &mut Vec<u8>, values: [f32; N], name: &str) {
    for value in values {
        write_number(out, value);
        out.push(b' ');
    }
    operator(out, name);
}

/// As short as it can be read back. Most are hundredths.
fn write_number(out: &mut Vec<u8>, value: f32) {
    let hundredths = hundredths(value);
    if hundredths.unsigned_abs() >= 1_000_000 || hundredths as f32 / 100.0 != value {
        // Writing to a Vec cannot fail.
        let _ = write!(out, "{value}");
        return;
    }
    if hundredths < 0 {
        out.push(b'-');
    }
    let hundredths = u64::from(hundredths.unsigned_abs());
    write_integer(out, hundredths / 100);
    let (tenth, last) = (hundredths / 10 % 10, hundredths % 10);
    if (tenth, last) != (0, 0) {
        out.extend_from_slice(&[b'.', b'0' + tenth as u8]);
    }
    if last != 0 {
        out.push(b'0' + last as u8);
    }
}

/// A part of a colour: of 255, to a thousandth.
fn write_part(out: &mut Vec<u8>, value: u8) {
    let thousandths = (u64::from(value) * 1000 + 127) / 255;
    write_integer(out, thousandths / 1000);
    let digits = [thousandths / 100 % 10, thousandths / 10 % 10, thousandths % 10];
    let shown = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    if shown > 0 {
        out.push(b'.');
        out.extend(digits.iter().take(shown).map(|digit| b'0' + *digit as u8));
    }
}

fn write_integer(out: &mut Vec<u8>, mut value: u64) {
    let (mut digits, mut from) = ([b'0'; 20], 20);
    while from == 20 || value > 0 {
        from -= 1;
        digits[from] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&digits[from..]);
}

/// A name of plain letters and digits.
fn write_name(out: &mut Vec<u8>, name: &str) {
    out.push(b'/');
    out.extend_from_slice(name.as_bytes());
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
