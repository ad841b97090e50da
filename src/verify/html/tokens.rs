//! HTML as a row of tags and texts: as much of the language as this program writes. Linear, keeps nothing.

/// A piece of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// A start tag: its name and everything after it.
    Open(&'a str, &'a str),
    /// An end tag.
    Close(&'a str),
    /// What stands between tags, entities as they are.
    Text(&'a str),
}

/// The tokens of a page. Comments, the document type and the contents of `style` are left out.
#[derive(Debug)]
pub struct Tokens<'a> {
    page: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    /// The tokens of `page`.
    pub fn new(page: &'a str) -> Self {
        Self { page, at: 0 }
    }

    /// How many bytes have been read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next token; `Ok(None)` at the end, `Err` where a tag or a comment does not end.
    pub fn next(&mut self) -> Result<Option<Token<'a>>, Unfinished> {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return Ok(None);
            }
            if !rest.starts_with('<') {
                let length = rest.find('<').unwrap_or(rest.len());
                self.at += length;
                return Ok(rest.get(..length).map(Token::Text));
            }
            if rest.starts_with("<!--") {
                self.skip_past("-->")?;
            } else if rest.starts_with("<!") {
                self.skip_past(">")?;
            } else {
                return self.tag(rest).map(Some);
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.page.get(self.at..).unwrap_or_default()
    }

    fn skip_past(&mut self, end: &str) -> Result<(), Unfinished> {
        let length = self.rest().find(end).ok_or(Unfinished { at: self.at })?;
        self.at += length + end.len();
        Ok(())
    }

    fn tag(&mut self, rest: &'a str) -> Result<Token<'a>, Unfinished> {
        let unfinished = Unfinished { at: self.at };
        let length = tag_length(rest).ok_or(unfinished)?;
        let inner = rest.get(1..length - 1).ok_or(unfinished)?;
        self.at += length;
        if let Some(name) = inner.strip_prefix('/') {
            return Ok(Token::Close(name.trim_end()));
        }
        let end = inner.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(end);
        if name.eq_ignore_ascii_case("style") {
            self.skip_past("</style>")?;
        }
        Ok(Token::Open(name, attributes))
    }
}

/// A tag or a comment that begins there and does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// The byte at which it begins.
    pub at: usize,
}

/// The length of the tag that `rest` begins with; quoted values may hold `>`.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (place, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(place + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of a double-quoted attribute among the attributes of a tag.
pub fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = attributes;
    loop {
        let (before, after) = rest.split_once("=\"")?;
        let (value, next) = after.split_once('"')?;
        if before.trim_start() == name {
            return Some(value);
        }
        rest = next;
    }
}

/// A text with its entities decoded; `None` where there is one that this program does not write.
pub fn decoded(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, next) = after.split_once(';')?;
        plain.push_str(before);
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            _ => return None,
        });
        rest = next;
    }
    plain.push_str(rest);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(page: &str) -> Result<Vec<Token<'_>>, Unfinished> {
        let mut tokens = Tokens::new(page);
        std::iter::from_fn(|| tokens.next().transpose()).collect()
    }

    #[test]
    fn tags_texts_and_quoted_angles_are_told_apart() {
        assert_eq!(
            all("<!DOCTYPE html><p class=\"a>b\">x &amp; y<!-- <b> --></p ><style>p > b { }</style><br/>"),
            Ok(vec![
                Token::Open("p", " class=\"a>b\""),
                Token::Text("x &amp; y"),
                Token::Close("p"),
                Token::Open("style", ""),
                Token::Open("br", "/"),
            ])
        );
    }

    #[test]
    fn what_does_not_end_is_told() {
        assert_eq!(all("ab<p class=\""), Err(Unfinished { at: 2 }));
        assert_eq!(all("<!-- "), Err(Unfinished { at: 0 }));
    }

    #[test]
    fn attributes_are_found_by_their_whole_name() {
        assert_eq!(attribute(" data-id=\"x\" id=\"y\"", "id"), Some("y"));
        assert_eq!(attribute(" title=\" id=\" class=\"c\"", "id"), None);
        assert_eq!(attribute(" id=y", "id"), None);
    }

    #[test]
    fn only_known_entities_are_decoded() {
        assert_eq!(decoded("&lt;a&gt; &amp;amp; &quot;&#39;").as_deref(), Some("<a> &amp; \"'"));
        assert_eq!(decoded("&nbsp;"), None);
        assert_eq!(decoded("a & b"), None);
    }
}
