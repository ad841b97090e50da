//! The text that pages draw, by the number of the marked content that it is in.

use std::collections::{BTreeMap, HashMap};

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::picture::{self, Step};
use super::{ReadError, STREAM_LIMIT, damaged, foreign, text_string, utf16};

/// A piece of text, and whether all of it is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    /// Part of it is told beside the glyphs (`ActualText`), which suits names, never figures.
    pub(super) told: bool,
}

/// Everything that is drawn in the structure tree's name, by page and number, until it is asked for.
pub(super) struct Shown {
    texts: HashMap<(ObjectId, i64), Text>,
}

impl Shown {
    /// The text of one piece of content; each can be asked for once.
    pub(super) fn take(&mut self, page: ObjectId, mark: i64) -> Result<Text, ReadError> {
        let missing = || foreign(format!("the structure tree names content {mark} of a page that is not there"));
        self.texts.remove(&(page, mark)).ok_or_else(missing)
    }

    /// Whether nothing is drawn that the structure tree leaves out.
    pub(super) fn all_told(&self) -> Result<(), ReadError> {
        let left = self.texts.values().find(|text| !text.text.trim().is_empty());
        left.map_or(Ok(()), |text| Err(foreign(format!("the structure tree leaves out `{}`", text.text))))
    }
}

type Fonts = BTreeMap<Vec<u8>, HashMap<u16, String>>;

/// Reads every page.
pub(super) fn shown(document: &Document) -> Result<Shown, ReadError> {
    let mut texts = HashMap::new();
    let mut known: HashMap<ObjectId, Fonts> = HashMap::new();
    let mut signatures = 0;
    for (place, page) in document.page_iter().enumerate() {
        let dictionary = document.get_dictionary(page).map_err(damaged)?;
        signatures += annotations(document, dictionary)?;
        let resources = dictionary.get(b"Resources").and_then(Object::as_reference).map_err(damaged)?;
        if let std::collections::hash_map::Entry::Vacant(slot) = known.entry(resources) {
            slot.insert(fonts(document, document.get_dictionary(resources).map_err(damaged)?)?);
        }
        let fonts = known.get(&resources).ok_or_else(|| foreign("a page has no resources"))?;
        let content = document.get_page_content_with_limit(page, STREAM_LIMIT).map_err(damaged)?;
        let operations = Content::decode(&content).map_err(damaged)?.operations;
        // A logo may stand above the text of the first page; nothing else may lie over a page.
        let frame = (place == 0).then(|| picture::frame(document, dictionary)).flatten();
        let mut reader =
            Reader { page, fonts, font: None, marks: Vec::new(), texts: &mut texts, frame, step: Step::None };
        operations.iter().try_for_each(|operation| reader.operation(operation))?;
    }
    if signatures > 1 { Err(foreign("it has more than one signature field")) } else { Ok(Shown { texts }) }
}

/// How many signature fields a page has; anything else that lies over a page is refused.
fn annotations(document: &Document, page: &Dictionary) -> Result<usize, ReadError> {
    let Ok(list) = page.get_deref(b"Annots", document).and_then(Object::as_array) else { return Ok(0) };
    for entry in list {
        let (_, entry) = document.dereference(entry).map_err(damaged)?;
        let entry = entry.as_dict().map_err(damaged)?;
        let is = |key: &[u8], name: &[u8]| entry.get(key).and_then(Object::as_name).is_ok_and(|found| found == name);
        if !is(b"Subtype", b"Widget") || !is(b"FT", b"Sig") {
            return Err(foreign("an annotation lies over a page"));
        }
    }
    Ok(list.len())
}

fn fonts(document: &Document, resources: &Dictionary) -> Result<Fonts, ReadError> {
    let list = resources.get_deref(b"Font", document).and_then(Object::as_dict).map_err(damaged)?;
    let font = |(name, font): (&Vec<u8>, &Object)| {
        let (_, font) = document.dereference(font).map_err(damaged)?;
        let map = font.as_dict().and_then(|font| font.get_deref(b"ToUnicode", document)).map_err(damaged)?;
        let map = map.as_stream().and_then(|map| map.get_plain_content_with_limit(STREAM_LIMIT)).map_err(damaged)?;
        Ok((name.clone(), character_map(&map)))
    };
    list.iter().map(font).collect()
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
    page: ObjectId,
    fonts: &'a Fonts,
    font: Option<&'a HashMap<u16, String>>,
    marks: Vec<Mark>,
    texts: &'a mut HashMap<(ObjectId, i64), Text>,
    /// Where a picture may be drawn.
    frame: Option<picture::Frame>,
    /// How far a picture is drawn.
    step: Step,
}

impl Reader<'_> {
    fn operation(&mut self, operation: &Operation) -> Result<(), ReadError> {
        if let Some(next) = self.step.next(operation, self.frame.as_ref())? {
            self.step = next;
            return Ok(());
        }
        match operation.operator.as_str() {
            "BT" | "ET" | "Tm" | "Ts" | "rg" | "RG" | "w" | "re" | "f" | "m" | "l" | "S" => Ok(()),
            "Tf" => {
                let name = operation.operands.first().and_then(|name| name.as_name().ok());
                self.font = name.and_then(|name| self.fonts.get(name));
                self.font.map(|_| ()).ok_or_else(|| foreign("a page uses a font that is not there"))
            }
            "Tj" => operation.operands.iter().try_for_each(|string| self.show(string)),
            "TJ" => {
                let items = operation.operands.first().and_then(|items| items.as_array().ok());
                items.into_iter().flatten().try_for_each(|item| self.show(item))
            }
            "BMC" | "BDC" => self.begin(operation),
            "EMC" => self.marks.pop().map(|_| ()).ok_or_else(|| foreign("marked content ends that did not begin")),
            other => Err(foreign(format!("a page is drawn with the operator `{other}`"))),
        }
    }

    fn begin(&mut self, operation: &Operation) -> Result<(), ReadError> {
        let tag = operation.operands.first().and_then(|tag| tag.as_name().ok()).unwrap_or_default();
        let properties = operation.operands.get(1).and_then(|properties| properties.as_dict().ok());
        let number = properties.and_then(|entries| entries.get(b"MCID").ok()).and_then(|number| number.as_i64().ok());
        let actual = properties.and_then(|entries| entries.get(b"ActualText").ok());
        let mark = match (tag, number, actual) {
            (_, Some(number), None) => {
                if self.texts.insert((self.page, number), Text::default()).is_some() {
                    return Err(foreign(format!("content {number} of a page is there twice")));
                }
                Mark::Content(number)
            }
            (b"Artifact", None, None) => Mark::Artifact,
            (_, None, Some(actual)) => {
                let text = actual.as_str().ok().and_then(text_string);
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
        let Object::String(bytes, _) = string else { return Ok(()) };
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
        let Some(piece) = number.and_then(|number| self.texts.get_mut(&(self.page, number))) else {
            return Err(foreign(format!("`{text}` is shown outside the structure tree")));
        };
        piece.text.push_str(text);
        piece.told |= told;
        Ok(())
    }
}
