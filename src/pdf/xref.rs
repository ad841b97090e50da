//! Cross-reference sections: classic tables, streams, and both together. An entry is looked up where it is; no
//! table of all objects is built.

use super::PdfError;
use super::inflate;
use super::lexer::Lexer;
use super::object::{Dictionary, Object};

const ENTRY: usize = 20;
/// Revisions of one file.
const SECTIONS: usize = 256;
/// Runs of numbers in all sections together.
const RUNS: usize = 1_000_000;
/// Inflated cross-reference streams, together.
const BUDGET: usize = 192 << 20;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At an offset of the file, with this generation.
    At(usize, u16),
    /// In an object stream, at an index.
    Within(u32, usize),
    /// Nowhere: deleted.
    Free,
}

/// A run of consecutive object numbers.
struct Run {
    first: u64,
    count: u64,
    /// Of its first entry: an offset of the file, or of the inflated stream.
    offset: usize,
}

enum XrefTable {
    Classic,
    Stream { widths: [usize; 3], entries: Vec<u8> },
}

/// One section.
pub(super) struct Section {
    table: XrefTable,
    runs: Vec<Run>,
}

/// All sections, the newest first, and the newest trailer.
pub(super) struct Sections {
    pub(super) list: Vec<Section>,
    pub(super) trailer: Dictionary,
    /// Where the newest section is.
    pub(super) start: usize,
    /// Whether the newest section is a stream.
    pub(super) is_stream: bool,
    /// Runs of numbers in all sections together: what looking an object up may cost.
    pub(super) runs: usize,
}

impl Sections {
    /// Reads the sections from `start` on, along `/Prev`.
    pub(super) fn read(data: &[u8], start: usize) -> Result<Self, PdfError> {
        let (newest, trailer) = Section::read(data, start)?;
        let is_stream = matches!(newest.table, XrefTable::Stream { .. });
        let mut all = Self { list: vec![newest], trailer, start, is_stream, runs: 0 };
        let mut seen = vec![start];
        let mut waiting = following(&all.trailer);
        while let Some(next) = waiting.pop() {
            if seen.contains(&next) || seen.len() >= SECTIONS {
                return Err(PdfError::TooMuch("the number of revisions"));
            }
            seen.push(next);
            let (section, trailer) = Section::read(data, next)?;
            all.list.push(section);
            // A stack: what is beside the older table comes before what is older still.
            waiting.extend(following(&trailer));
            let inflated: usize = all.list.iter().map(Section::inflated).sum();
            if all.count_runs() > RUNS || inflated > BUDGET {
                return Err(PdfError::TooMuch("the cross-reference"));
            }
        }
        all.runs = all.count_runs();
        Ok(all)
    }

    fn count_runs(&self) -> usize {
        self.list.iter().map(|section| section.runs.len()).sum()
    }

    /// Where the newest version of object `number` is.
    pub(super) fn place(&self, data: &[u8], number: u32) -> Option<Place> {
        self.list.iter().find_map(|section| section.place(data, number))
    }
}

/// The sections that a trailer points to, the one to be read first last.
fn following(trailer: &Dictionary) -> Vec<usize> {
    let place = |key| trailer.integer(key).and_then(|offset| usize::try_from(offset).ok());
    [place("Prev"), place("XRefStm")].into_iter().flatten().collect()
}

impl Section {
    fn read(data: &[u8], start: usize) -> Result<(Self, Dictionary), PdfError> {
        let mut lexer = Lexer::new(data, start);
        lexer.skip_space();
        match lexer.take(b"xref") {
            true => Self::classic(data, lexer),
            false => Self::stream(data, lexer),
        }
    }

    fn classic<'a>(data: &'a [u8], mut lexer: Lexer<'a>) -> Result<(Self, Dictionary), PdfError> {
        let mut runs = Vec::new();
        loop {
            lexer.skip_space();
            if lexer.take(b"trailer") {
                break;
            }
            let (first, count) = (lexer.unsigned()?, lexer.unsigned()?);
            lexer.skip_space();
            let offset = lexer.pos();
            let broken = PdfError::Syntax { at: offset, what: "the cross-reference table is broken" };
            let length =
                usize::try_from(count).ok().and_then(|count| count.checked_mul(ENTRY)).ok_or(broken.clone())?;
            let end = offset.checked_add(length).filter(|end| *end <= data.len() && runs.len() < RUNS).ok_or(broken)?;
            runs.push(Run { first, count, offset });
            lexer = Lexer::new(data, end);
        }
        match lexer.object()? {
            Object::Dictionary(trailer) => Ok((Self { table: XrefTable::Classic, runs }, trailer)),
            _ => Err(PdfError::Missing("the trailer")),
        }
    }

    fn stream(data: &[u8], mut lexer: Lexer<'_>) -> Result<(Self, Dictionary), PdfError> {
        const WHAT: PdfError = PdfError::Missing("the cross-reference");
        lexer.object_head()?;
        let Object::Dictionary(dictionary) = lexer.object()? else { return Err(WHAT) };
        if dictionary.name("Type") != Some(b"XRef") {
            return Err(WHAT);
        }
        let raw = stream_bytes(data, &mut lexer, dictionary.integer("Length"))?;
        let entries = inflate::content(&dictionary, raw, BUDGET)?;
        let widths = widths(&dictionary).ok_or(WHAT)?;
        let runs = stream_runs(&dictionary, widths.iter().sum()).ok_or(WHAT)?;
        Ok((Self { table: XrefTable::Stream { widths, entries }, runs }, dictionary))
    }

    fn inflated(&self) -> usize {
        match &self.table {
            XrefTable::Classic => 0,
            XrefTable::Stream { entries, .. } => entries.len(),
        }
    }

    fn place(&self, data: &[u8], number: u32) -> Option<Place> {
        let number = u64::from(number);
        let within = |run: &&Run| number.checked_sub(run.first).is_some_and(|index| index < run.count);
        let run = self.runs.iter().find(within)?;
        let index = usize::try_from(number - run.first).ok()?;
        match &self.table {
            XrefTable::Classic => classic_entry(data.get(run.offset + index * ENTRY..)?.get(..ENTRY)?),
            XrefTable::Stream { widths, entries } => {
                let size: usize = widths.iter().sum();
                let at = index.checked_mul(size)?.checked_add(run.offset)?;
                stream_entry(entries.get(at..at.checked_add(size)?)?, *widths)
            }
        }
    }
}

/// The bytes between `stream` and `endstream`.
pub(super) fn stream_bytes<'a>(
    data: &'a [u8],
    lexer: &mut Lexer<'_>,
    length: Option<i64>,
) -> Result<&'a [u8], PdfError> {
    lexer.expect("stream")?;
    if !lexer.take(b"\r\n") {
        lexer.take(b"\n");
    }
    let start = lexer.pos();
    let length = length.and_then(|length| usize::try_from(length).ok());
    let end = length.and_then(|length| start.checked_add(length));
    let broken = PdfError::Syntax { at: start, what: "a stream has no proper length" };
    let (end, bytes) = end.and_then(|end| Some((end, data.get(start..end)?))).ok_or(broken)?;
    // A reader that looks for the end must find it where the length says.
    Lexer::new(data, end).expect("endstream")?;
    Ok(bytes)
}

fn widths(dictionary: &Dictionary) -> Option<[usize; 3]> {
    let list = dictionary.get("W")?.as_array()?;
    let width = |index: usize| {
        let width = list.get(index)?.as_integer()?;
        usize::try_from(width).ok().filter(|width| *width <= 8)
    };
    let widths = [width(0)?, width(1)?, width(2)?];
    (widths.iter().sum::<usize>() > 0).then_some(widths)
}

fn stream_runs(dictionary: &Dictionary, size: usize) -> Option<Vec<Run>> {
    let whole = [Object::integer(0), Object::integer(dictionary.integer("Size")?)];
    let index = dictionary.get("Index").map_or(Some(whole.as_slice()), Object::as_array)?;
    let mut offset = 0_usize;
    let mut runs = Vec::new();
    for pair in index.chunks(2) {
        let number =
            |at: usize| pair.get(at).and_then(Object::as_integer).and_then(|number| u64::try_from(number).ok());
        let (first, count) = (number(0)?, number(1)?);
        runs.push(Run { first, count, offset });
        offset = usize::try_from(count).ok()?.checked_mul(size)?.checked_add(offset)?;
    }
    Some(runs)
}

/// `0000000017 00000 n` and two bytes of line end.
fn classic_entry(entry: &[u8]) -> Option<Place> {
    let text = std::str::from_utf8(entry).ok()?;
    let offset = text.get(..10)?.parse().ok()?;
    let generation = text.get(11..16)?.parse().ok()?;
    match text.get(17..18)? {
        "n" => Some(Place::At(offset, generation)),
        "f" => Some(Place::Free),
        _ => None,
    }
}

fn stream_entry(entry: &[u8], widths: [usize; 3]) -> Option<Place> {
    let (kind, rest) = entry.split_at_checked(widths[0])?;
    let (second, third) = rest.split_at_checked(widths[1])?;
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let kind = if kind.is_empty() { 1 } else { number(kind) };
    match kind {
        0 => Some(Place::Free),
        1 => Some(Place::At(usize::try_from(number(second)).ok()?, u16::try_from(number(third)).ok()?)),
        2 => Some(Place::Within(u32::try_from(number(second)).ok()?, usize::try_from(number(third)).ok()?)),
        _ => None,
    }
}
