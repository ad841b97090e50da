//! Line ends that git or a mail program changed. The content is then not what was signed; but whoever receives it should know
//! that it was not forged. Nothing is held whole: a file may be large.

use std::io::{self, Read, Write};

use crate::sign::examine::{Examined, examine_from};

/// Why such a file is refused.
pub(super) const WHY: &str = "the content is not what was signed: its line ends were changed, and nothing else, as git and mail \
                              programs do (send it as binary or packed; in git, `* -text` in .gitattributes)";

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// By LF.
    Feeds,
    /// By CR LF.
    Returns,
    /// By CR LF, but for those inside quotation marks, as the cells of a table have them.
    Rows,
}

impl Ends {
    const ALL: [Self; 3] = [Self::Feeds, Self::Returns, Self::Rows];
}

/// `examined` with a reason that says so, where the signature `p7s` is good over the content with other line ends. `content` gives
/// that from its beginning each time.
pub(super) fn named<R: Read>(
    examined: Result<Examined, String>,
    p7s: &[u8],
    content: impl Fn() -> io::Result<R>,
) -> Result<Examined, String> {
    match examined {
        Ok(examined) if examined.intact.is_err() && are_changed(p7s, content) => {
            Ok(Examined { intact: Err(WHY.to_owned()), ..examined })
        }
        examined => examined,
    }
}

/// Whether the signature is good over the content with other line ends, wherever and however many of them were changed.
pub(super) fn are_changed<R: Read>(p7s: &[u8], content: impl Fn() -> io::Result<R>) -> bool {
    Ends::ALL.into_iter().any(|ends| {
        let examined = content().map(|content| examine_from(p7s, Reading::new(content, ends)));
        examined.is_ok_and(|examined| examined.is_ok_and(|examined| examined.intact.is_ok()))
    })
}

/// The content with all its lines ended by LF.
pub(super) fn plain(content: &[u8]) -> Vec<u8> {
    let (mut lines, mut plain) = (Lines::new(Ends::Feeds), Vec::with_capacity(content.len()));
    lines.take(content, &mut plain);
    lines.finish(&mut plain);
    plain
}

/// More CR before an LF than a program writes that takes CR LF for LF.
const MOST: usize = 2;

/// Ends each line in the same way, whatever ended it before.
struct Lines {
    ends: Ends,
    is_quoted: bool,
    /// CR that may be of the end of a line.
    returns: usize,
}

impl Lines {
    fn new(ends: Ends) -> Self {
        Self { ends, is_quoted: false, returns: 0 }
    }

    fn take(&mut self, part: &[u8], out: &mut Vec<u8>) {
        for byte in part {
            match byte {
                b'\r' if self.returns < MOST => self.returns += 1,
                b'\r' => out.push(b'\r'),
                b'\n' => {
                    self.returns = 0;
                    if self.ends == Ends::Returns || (self.ends == Ends::Rows && !self.is_quoted) {
                        out.push(b'\r');
                    }
                    out.push(b'\n');
                }
                byte => {
                    self.finish(out);
                    self.is_quoted ^= *byte == b'"';
                    out.push(*byte);
                }
            }
        }
    }

    /// Hands on what was held back.
    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend(std::iter::repeat_n(b'\r', std::mem::take(&mut self.returns)));
    }
}

/// Content that is read with other line ends.
pub(super) struct Reading<R> {
    inner: R,
    lines: Lines,
    part: Vec<u8>,
    /// How much of the part was read.
    read: usize,
    is_over: bool,
}

impl<R: Read> Reading<R> {
    pub(super) fn new(inner: R, ends: Ends) -> Self {
        Self { inner, lines: Lines::new(ends), part: Vec::new(), read: 0, is_over: false }
    }
}

impl<R: Read> Read for Reading<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut held = [0; 8 << 10];
        while self.read == self.part.len() && !self.is_over {
            self.part.clear();
            self.read = 0;
            match self.inner.read(&mut held)? {
                0 => {
                    self.is_over = true;
                    self.lines.finish(&mut self.part);
                }
                bytes => self.lines.take(held.get(..bytes).unwrap_or_default(), &mut self.part),
            }
        }
        let read = self.part.get(self.read..).unwrap_or_default().read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

/// Hands on what is written to it with other line ends; [`Writing::end`] hands on the last of it.
pub(super) struct Writing<W> {
    inner: W,
    lines: Lines,
    part: Vec<u8>,
}

impl<W: Write> Writing<W> {
    pub(super) fn new(inner: W, ends: Ends) -> Self {
        Self { inner, lines: Lines::new(ends), part: Vec::new() }
    }

    pub(super) fn end(mut self) -> io::Result<W> {
        self.part.clear();
        self.lines.finish(&mut self.part);
        self.inner.write_all(&self.part)?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for Writing<W> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.part.clear();
        self.lines.take(part, &mut self.part);
        self.inner.write_all(&self.part)?;
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(content: &[u8], ends: Ends) -> Vec<u8> {
        let mut out = Vec::new();
        Reading::new(content, ends).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn each_line_ends_as_it_is_to_whatever_ended_it() {
        let mixed = b"a\r\nb\nc\r\r\n\"d\ne\r\n\"\r\nf\rg\r";
        assert_eq!(read(mixed, Ends::Feeds), b"a\nb\nc\n\"d\ne\n\"\nf\rg\r");
        assert_eq!(read(mixed, Ends::Returns), b"a\r\nb\r\nc\r\n\"d\r\ne\r\n\"\r\nf\rg\r");
        assert_eq!(read(mixed, Ends::Rows), b"a\r\nb\r\nc\r\n\"d\ne\n\"\r\nf\rg\r");
        assert_eq!(plain(b"\r\r\r\r\nx"), b"\r\r\nx");
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_is_written_in_any_parts(
            content in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'"'), Just(b'x')], 0..200),
            part in 1_usize..9,
        ) {
            for ends in Ends::ALL {
                let mut writing = Writing::new(Vec::new(), ends);
                for piece in content.chunks(part) {
                    writing.write_all(piece).unwrap();
                }
                let written = writing.end().unwrap();
                prop_assert_eq!(&written, &read(&content, ends));
                // Line ends are all that differs.
                let rest = |bytes: &[u8]| bytes.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<u8>>();
                prop_assert_eq!(rest(&written), rest(&content));
            }
        }
    }
}
