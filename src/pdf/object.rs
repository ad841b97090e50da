//! PDF objects, and how they are written. A dictionary keeps its order, so rewriting one changes no more than it must.

use super::PdfError;

/// Object and generation number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// The object number.
    pub number: u32,
    /// The generation.
    pub generation: u16,
}

/// Where in the file something stands: offset of its first byte and of the first byte after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The first byte after.
    pub end: usize,
}

impl Span {
    /// The same, `offset` bytes further on.
    pub fn moved_by(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }
}

/// A PDF object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// A number as written.
    Number(String),
    /// A name, its `#xx` resolved.
    Name(Vec<u8>),
    /// A string's bytes, and where it is with its delimiters.
    Text(Vec<u8>, Span),
    /// An array.
    Array(Vec<Object>),
    /// A dictionary.
    Dictionary(Dictionary),
    /// A reference to an object.
    Reference(Id),
}

/// A dictionary in its written order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dictionary(Vec<(Vec<u8>, Object)>);

impl Dictionary {
    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Object> {
        self.0.iter().find(|(name, _)| name == key.as_bytes()).map(|(_, value)| value)
    }

    /// Sets the value under `key`, in its place or at the end.
    pub fn set(&mut self, key: &str, value: Object) {
        match self.0.iter_mut().find(|(name, _)| name == key.as_bytes()) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.as_bytes().to_vec(), value)),
        }
    }

    /// Adds an entry that was read; a key twice is refused, because readers differ in which one they take.
    pub(super) fn push_new(&mut self, key: Vec<u8>, value: Object, at: usize) -> Result<(), PdfError> {
        if self.0.iter().any(|(name, _)| *name == key) {
            return Err(PdfError::Syntax { at, what: "a dictionary names a key twice" });
        }
        self.0.push((key, value));
        Ok(())
    }

    /// The entries, by their written order.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.0.iter().map(|(name, value)| (name.as_slice(), value))
    }

    /// How many entries it has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The name under `key`.
    pub fn name(&self, key: &str) -> Option<&[u8]> {
        self.get(key).and_then(Object::as_name)
    }

    /// The whole number under `key`.
    pub fn integer(&self, key: &str) -> Option<i64> {
        self.get(key).and_then(Object::as_integer)
    }
}

impl Object {
    /// A name made of ASCII letters.
    pub fn name(text: &str) -> Self {
        Self::Name(text.as_bytes().to_vec())
    }

    /// A whole number.
    pub fn integer(value: i64) -> Self {
        Self::Number(value.to_string())
    }

    /// The bytes of a name.
    pub fn as_name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    /// A whole number.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A number.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    /// The bytes of a string.
    pub fn as_text(&self) -> Option<&[u8]> {
        match self {
            Self::Text(bytes, _) => Some(bytes),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Object]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// A dictionary.
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// Where a reference points.
    pub fn as_reference(&self) -> Option<Id> {
        match self {
            Self::Reference(id) => Some(*id),
            _ => None,
        }
    }

    /// Appends the object as it is written in a file.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Boolean(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::Number(text) => out.extend_from_slice(text.as_bytes()),
            Self::Name(name) => write_name(name, out),
            Self::Text(bytes, _) => write_text(bytes, out),
            Self::Array(items) => write_array(items, out),
            Self::Dictionary(dictionary) => dictionary.write(out),
            Self::Reference(id) => {
                out.extend_from_slice(format!("{} {} R", id.number, id.generation).as_bytes());
            }
        }
    }
}

impl Dictionary {
    /// Appends the dictionary as it is written in a file.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<<");
        for (key, value) in &self.0 {
            write_name(key, out);
            out.push(b' ');
            value.write(out);
        }
        out.extend_from_slice(b">>");
    }
}

fn write_array(items: &[Object], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        item.write(out);
    }
    out.push(b']');
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        match byte {
            b'!'..=b'~' if !b"#()<>[]{}/%".contains(byte) => out.push(*byte),
            _ => out.extend_from_slice(format!("#{byte:02X}").as_bytes()),
        }
    }
}

/// Printable ASCII stays readable; everything else is written in hexadecimal.
fn write_text(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push(b'(');
        for byte in bytes {
            if b"()\\".contains(byte) {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        out.push(b')');
    } else {
        out.push(b'<');
        out.extend(bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
        out.push(b'>');
    }
}
