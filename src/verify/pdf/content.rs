//! The text that a page draws, by the number of the marked content that it is in.

use std::collections::{BTreeMap, HashMap};

use super::picture::{Frame, Step};
use super::{ReadError, foreign};
use crate::pdf::{Dictionary, Object, Operation, Operations, Pdf, PdfError, text_string, utf16};

/// No font's character map may become larger than this.
const MAP_LIMIT: usize = 64 << 20;

/// A piece of text, and whether all of it is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    /// Part of it is told beside the glyphs (`ActualText`), which suits names, never figures.
    pub(super) told: bool,
}

/// The text of each code, by font.
pub(super) type Fonts = BTreeMap<Vec<u8>, HashMap<u16, String>>;

/// What a page with this content shows; `frame` is where a picture may be drawn.
pub(super) fn shown(content: &[u8], fonts: &Fonts, frame: Option<Frame>) -> Result<HashMap<i64, Text>, ReadError> {
    let texts = HashMap::new();
    let mut reader = Reader { fonts, font: None, marks: Vec::new(), texts, frame, step: Step::None };
    for operation in Operations::of(content) {
        reader.operation(&operation?)?;
    }
    Ok(reader.texts)
}

/// The character maps of the fonts in these resources.
pub(super) fn fonts(pdf: &Pdf<'_>, resources: &Dictionary) -> Result<Fonts, ReadError> {
    let list = pdf.dictionary(resources, "Font")?;
    let font = |(name, font): (&[u8], &Object)| {
        let font = pdf.resolve(font)?;
        let map = font.as_dictionary().and_then(|font| font.get("ToUnicode")).and_then(Object::as_reference);
        let map = map.ok_or(PdfError::Missing("the character map of a font"))?;
        let (_, map) = pdf.stream(map, MAP_LIMIT)?;
        Ok((name.to_vec(), character_map(&map)))
    };
    list.entries().map(font).collect()
}

/// The entries between `beginbfchar` and `endbfchar`, the only ones that this program writes.
fn character_map(map: &[u8]) -> HashMap<u16, String> {
    let text = String::from_utf8_lossy(map);
    let mut entries = HashMap::new();
    for block in text.split("beginbfchar").skip(1) {
        let block = block.split("endbfchar").next().unwrap_or_default();
        for line in block.lines() {
            let mut strings = line.split('<').skip(1).map(|part| hex(part.split('>').next().unwrap_or_default()));
            if let (Some(Some(code)), Some(Some(text))) = (strings.next(), strings.next())
                && let (Ok(code), Some(text)) = (<[u8; 2]>::try_from(code.as_slice()), utf16(&text))
            {
                entries.insert(u16::from_be_bytes(code), text);
            }
        }
    }
    entries
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// What a stretch of marked content is.
enum Mark {
    Content(i64),
    /// Left out of the structure on purpose: heads, feet, rules.
    Artifact,
    /// Told beside its glyphs.
    Actual,
    Other,
}

struct Reader<'a> {
    fonts: &'a Fonts,
    font: Option<&'a HashMap<u16, String>>,
    marks: Vec<Mark>,
    texts: HashMap<i64, Text>,
    /// Where a picture may be drawn.
    frame: Option<Frame>,
    /// How far a picture is drawn.
    step: Step,
}

impl Reader<'_> {
    fn operation(&mut self, operation: &Operation<'_>) -> Result<(), ReadError> {
        if let Some(next) = self.step.next(operation, self.frame.as_ref())? {
            self.step = next;
            return Ok(());
        }
        match operation.operator {
            "BT" | "ET" | "Tm" | "Ts" | "rg" | "RG" | "w" | "re" | "f" | "m" | "l" | "S" => Ok(()),
            "Tf" => {
                let name = operation.operands.first().and_then(|name| name.as_name());
                self.font = name.and_then(|name| self.fonts.get(name));
                self.font.map(|_| ()).ok_or_else(|| foreign("a page uses a font that is not there"))
            }
            "Tj" => operation.operands.iter().try_for_each(|string| self.show(string)),
            "TJ" => {
                let items = operation.operands.first().and_then(|items| items.as_array());
                items.into_iter().flatten().try_for_each(|item| self.show(item))
            }
            "BMC" | "BDC" => self.begin(operation),
            "EMC" => self.marks.pop().map(|_| ()).ok_or_else(|| foreign("marked content ends that did not begin")),
            other => Err(foreign(format!("a page is drawn with the operator `{other}`"))),
        }
    }

    fn begin(&mut self, operation: &Operation<'_>) -> Result<(), ReadError> {
        let tag = operation.operands.first().and_then(|tag| tag.as_name()).unwrap_or_default();
        let properties = operation.operands.get(1).and_then(|properties| properties.as_dictionary());
        let number = properties.and_then(|entries| entries.integer("MCID"));
        let actual = properties.and_then(|entries| entries.get("ActualText"));
        let mark = match (tag, number, actual) {
            (_, Some(number), None) => {
                if self.texts.insert(number, Text::default()).is_some() {
                    return Err(foreign(format!("content {number} of a page is there twice")));
                }
                Mark::Content(number)
            }
            (b"Artifact", None, None) => Mark::Artifact,
            (_, None, Some(actual)) => {
                let text = actual.as_text().and_then(text_string);
                self.add(&text.ok_or_else(|| foreign("a text told beside its glyphs cannot be read"))?, true)?;
                Mark::Actual
            }
            (_, None, None) => Mark::Other,
            _ => return Err(foreign("marked content is numbered and told at once")),
        };
        self.marks.push(mark);
        if self.marks.len() > 16 { Err(foreign("marked content is nested too deep")) } else { Ok(()) }
    }

    fn show(&mut self, string: &Object) -> Result<(), ReadError> {
        let Object::Text(bytes, _) = string else { return Ok(()) };
        let font = self.font.ok_or_else(|| foreign("text is shown before a font is chosen"))?;
        let mut text = String::new();
        for code in bytes.chunks(2) {
            let code = code.try_into().map(u16::from_be_bytes).map_err(|_| foreign("half a character is shown"))?;
            let told = font.get(&code).ok_or_else(|| foreign("a character is shown that its font does not explain"))?;
            text.push_str(told);
        }
        if self.marks.iter().any(|mark| matches!(mark, Mark::Actual)) { Ok(()) } else { self.add(&text, false) }
    }

    /// Adds text to the content that it is in.
    fn add(&mut self, text: &str, told: bool) -> Result<(), ReadError> {
        if self.marks.iter().any(|mark| matches!(mark, Mark::Artifact)) {
            return Ok(());
        }
        let number = self.marks.iter().rev().find_map(|mark| match mark {
            Mark::Content(number) => Some(*number),
            _ => None,
        });
        let Some(piece) = number.and_then(|number| self.texts.get_mut(&number)) else {
            return Err(foreign(format!("`{text}` is shown outside the structure tree")));
        };
        piece.text.push_str(text);
        piece.told |= told;
        Ok(())
    }
}
