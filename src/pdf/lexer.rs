//! Reads objects from bytes. Never reads past the end, never recurses deeper than a limit.

use super::PdfError;
use super::object::{Dictionary, Id, Object, Span};

const DEEPEST: usize = 48;
/// Elements of one object, all levels together, where nothing else is said.
pub(super) const MOST: usize = 100_000;

/// A reading position in a file or an inflated object stream.
pub(super) struct Lexer<'a> {
    data: &'a [u8],
    pos: usize,
    most: usize,
    left: usize,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    b"()<>[]{}/%".contains(&byte)
}

impl<'a> Lexer<'a> {
    /// Begins at `pos`.
    pub(super) fn new(data: &'a [u8], pos: usize) -> Self {
        Self::with_limit(data, pos, MOST)
    }

    /// Begins at `pos`; what is read may have `most` elements.
    pub(super) fn with_limit(data: &'a [u8], pos: usize, most: usize) -> Self {
        Self { data, pos, most, left: most }
    }

    /// From here on as many elements may follow as at the beginning.
    pub(super) fn refill(&mut self) {
        self.left = self.most;
    }

    /// Where it is.
    pub(super) fn pos(&self) -> usize {
        self.pos
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.pos).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.data.get(self.pos..).unwrap_or_default()
    }

    fn broken(&self, what: &'static str) -> PdfError {
        PdfError::Syntax { at: self.pos, what }
    }

    /// Skips white space and comments.
    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'%' => {
                    self.pos += self.rest().iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(self.rest().len())
                }
                _ if is_space(byte) => self.pos += 1,
                _ => break,
            }
        }
    }

    /// Takes `word` if it is here.
    pub(super) fn take(&mut self, word: &[u8]) -> bool {
        let here = self.rest().starts_with(word);
        if here {
            self.pos += word.len();
        }
        here
    }

    /// Takes `word`, after white space, or fails.
    pub(super) fn expect(&mut self, word: &'static str) -> Result<(), PdfError> {
        self.skip_space();
        match self.take(word.as_bytes()) {
            true => Ok(()),
            false => Err(self.broken(match word {
                "obj" => "an object should begin here",
                "stream" => "a stream should begin here",
                "endstream" => "the stream does not end where its length says",
                "trailer" => "a trailer should stand here",
                _ => "another word should stand here",
            })),
        }
    }

    /// A whole number that is not negative, after white space.
    pub(super) fn unsigned(&mut self) -> Result<u64, PdfError> {
        self.skip_space();
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = self.rest().get(..digits).and_then(|digits| std::str::from_utf8(digits).ok());
        let number =
            text.and_then(|text| text.parse().ok()).ok_or_else(|| self.broken("a number should stand here"))?;
        self.pos += digits;
        Ok(number)
    }

    /// The head of an indirect object, `12 0 obj`.
    pub(super) fn object_head(&mut self) -> Result<Id, PdfError> {
        let broken = self.broken("an object number is too large");
        let number = u32::try_from(self.unsigned()?).map_err(|_| broken.clone())?;
        let generation = u16::try_from(self.unsigned()?).map_err(|_| broken)?;
        self.expect("obj")?;
        Ok(Id { number, generation })
    }

    /// One object.
    pub(super) fn object(&mut self) -> Result<Object, PdfError> {
        self.nested(0)
    }

    /// The next operand of a content stream; `None` where an operator follows, or the end.
    pub(super) fn operand(&mut self) -> Result<Option<Object>, PdfError> {
        self.skip_space();
        match self.peek() {
            Some(b'/' | b'(' | b'[' | b'<' | b'0'..=b'9' | b'+' | b'-' | b'.') => self.object().map(Some),
            Some(_) if matches!(self.word(), b"true" | b"false" | b"null") => self.object().map(Some),
            _ => Ok(None),
        }
    }

    /// The next operator of a content stream; `None` at the end.
    pub(super) fn operator(&mut self) -> Result<Option<&'a str>, PdfError> {
        self.skip_space();
        let word = self.word();
        if word.is_empty() && self.peek().is_none() {
            return Ok(None);
        }
        let operator = std::str::from_utf8(word).ok().filter(|word| !word.is_empty());
        let operator = operator.ok_or_else(|| self.broken("an operator is expected here"))?;
        self.pos += word.len();
        Ok(Some(operator))
    }

    /// The bytes from here up to the next space or delimiter.
    fn word(&self) -> &'a [u8] {
        let length = self.rest().iter().take_while(|byte| !is_space(**byte) && !is_delimiter(**byte)).count();
        self.rest().get(..length).unwrap_or_default()
    }

    fn nested(&mut self, depth: usize) -> Result<Object, PdfError> {
        self.left = self.left.checked_sub(1).ok_or(PdfError::TooMuch("an object"))?;
        if depth > DEEPEST {
            return Err(PdfError::TooMuch("the nesting of an object"));
        }
        self.skip_space();
        match self.peek().ok_or_else(|| self.broken("the file ends in the middle of an object"))? {
            b'/' => self.name().map(Object::Name),
            b'(' => self.literal(),
            b'[' => self.array(depth),
            b'<' if self.rest().starts_with(b"<<") => self.dictionary(depth).map(Object::Dictionary),
            b'<' => self.hexadecimal(),
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number_or_reference(),
            _ => self.keyword(),
        }
    }

    fn keyword(&mut self) -> Result<Object, PdfError> {
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = self.rest().get(..length).unwrap_or_default();
        let object = match word {
            b"true" => Object::Boolean(true),
            b"false" => Object::Boolean(false),
            b"null" => Object::Null,
            _ => return Err(self.broken("no object begins like this")),
        };
        self.pos += length;
        Ok(object)
    }

    fn name(&mut self) -> Result<Vec<u8>, PdfError> {
        self.pos += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| !is_space(*byte) && !is_delimiter(*byte)) {
            self.pos += 1;
            name.push(if byte == b'#' { self.escaped()? } else { byte });
        }
        Ok(name)
    }

    fn escaped(&mut self) -> Result<u8, PdfError> {
        let digits = self.rest().get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        self.pos += 2;
        byte.ok_or_else(|| self.broken("a name has a broken escape"))
    }

    fn number_or_reference(&mut self) -> Result<Object, PdfError> {
        let number = self.number()?;
        let Ok(first) = number.parse::<u32>() else { return Ok(Object::Number(number)) };
        let back = self.pos;
        if let Some(generation) = self.generation() {
            return Ok(Object::Reference(Id { number: first, generation }));
        }
        self.pos = back;
        Ok(Object::Number(number))
    }

    /// The rest of a reference, ` 0 R`.
    fn generation(&mut self) -> Option<u16> {
        self.skip_space();
        let generation = u16::try_from(self.unsigned().ok()?).ok()?;
        self.skip_space();
        let ends = self.data.get(self.pos + 1).is_none_or(|byte| is_space(*byte) || is_delimiter(*byte));
        (ends && self.take(b"R")).then_some(generation)
    }

    fn number(&mut self) -> Result<String, PdfError> {
        let number = |byte: &&u8| byte.is_ascii_digit() || b"+-.".contains(byte);
        let length = self.rest().iter().take_while(number).count();
        let text = self.rest().get(..length.min(64)).map(String::from_utf8_lossy).unwrap_or_default();
        self.pos += length;
        match text.parse::<f64>() {
            Ok(_) => Ok(text.into_owned()),
            Err(_) => Err(self.broken("a number is broken")),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Object, PdfError> {
        self.pos += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.take(b"]") {
                return Ok(Object::Array(items));
            }
            items.push(self.nested(depth + 1)?);
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Dictionary, PdfError> {
        // Looking for a key twice is quadratic.
        const KEYS: usize = 1_000;
        self.pos += 2;
        let mut dictionary = Dictionary::default();
        loop {
            self.skip_space();
            if self.take(b">>") {
                return Ok(dictionary);
            }
            if self.peek() != Some(b'/') || dictionary.len() >= KEYS {
                return Err(self.broken("a dictionary is broken"));
            }
            let at = self.pos;
            let key = self.name()?;
            let value = self.nested(depth + 1)?;
            dictionary.push_new(key, value, at)?;
        }
    }

    fn hexadecimal(&mut self) -> Result<Object, PdfError> {
        let start = self.pos;
        let broken = self.broken("a hexadecimal string is broken");
        let length = self.rest().iter().position(|byte| *byte == b'>').ok_or_else(|| broken.clone())?;
        let inside = self.rest().get(1..length).unwrap_or_default();
        self.pos += length + 1;
        let mut digits = Vec::with_capacity(inside.len());
        for byte in inside.iter().filter(|byte| !is_space(**byte)) {
            digits.push(char::from(*byte).to_digit(16).ok_or_else(|| broken.clone())? as u8);
        }
        let bytes = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit));
        let odd = digits.len() % 2 == 1;
        let mut bytes: Vec<u8> = bytes.collect();
        if let Some(last) = bytes.last_mut().filter(|_| odd) {
            *last <<= 4;
        }
        Ok(Object::Text(bytes, Span { start, end: self.pos }))
    }

    fn literal(&mut self) -> Result<Object, PdfError> {
        let start = self.pos;
        self.pos += 1;
        let (mut bytes, mut open) = (Vec::new(), 1_usize);
        loop {
            let byte = self.peek().ok_or_else(|| self.broken("a string has no end"))?;
            self.pos += 1;
            match byte {
                b'(' => open += 1,
                b')' if open == 1 => return Ok(Object::Text(bytes, Span { start, end: self.pos })),
                b')' => open -= 1,
                b'\\' => {
                    bytes.extend(self.escape());
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
        }
    }

    /// What follows a backslash: nothing for a line that goes on.
    fn escape(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.pos += 1;
        match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\r' => {
                self.take(b"\n");
                None
            }
            b'\n' => None,
            b'0'..=b'7' => {
                self.pos -= 1;
                let digits = self.rest().iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                let octal =
                    self.rest().iter().take(digits).fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                self.pos += digits;
                Some((octal & 0xff) as u8)
            }
            other => Some(other),
        }
    }
}
