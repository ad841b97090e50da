//! Bytes compared as they are made: what is written is held against what a file holds, and the first difference is said.

use std::io::{self, BufReader, Read, Write};

/// How much of a line is quoted, in characters.
const QUOTED: usize = 120;

/// Compares what is written to it with what a reader gives.
pub(super) struct Comparing<R> {
    file: BufReader<R>,
    at: u64,
    line: u64,
    /// The line so far, as both have it.
    begun: Vec<u8>,
    difference: Option<Difference>,
    is_text: bool,
}

/// The first place where the two differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// The byte, from 0.
    pub at: u64,
    /// For a text, in words: the line of both.
    line: Option<String>,
}

impl Difference {
    /// In words.
    pub(super) fn words(&self) -> String {
        match &self.line {
            Some(line) => line.clone(),
            None => format!("it differs from byte {} on", self.at),
        }
    }
}

impl<R: Read> Comparing<R> {
    /// Against the bytes of `file`, which is a text where lines are to be quoted.
    pub(super) fn new(file: R, is_text: bool) -> Self {
        let file = BufReader::with_capacity(64 << 10, file);
        Self { file, at: 0, line: 1, begun: Vec::new(), difference: None, is_text }
    }

    /// How many bytes were the same.
    pub(super) fn same(&self) -> u64 {
        self.at
    }

    /// The first difference in what was written.
    pub(super) fn difference(&self) -> Option<&Difference> {
        self.difference.as_ref()
    }

    /// The first difference, the file's end included.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(super) fn finish(mut self) -> io::Result<Option<Difference>> {
        let mut more = [0];
        if self.difference.is_none() && self.file.read(&mut more)? > 0 {
            self.found(&[], &more)?;
        }
        Ok(self.difference)
    }

    /// Notes that the two differ here: `made` is written, `held` is there.
    fn found(&mut self, made: &[u8], held: &[u8]) -> io::Result<()> {
        let line = if self.is_text { Some(self.lines(made, held)?) } else { None };
        self.difference = Some(Difference { at: self.at, line });
        Ok(())
    }

    fn lines(&mut self, made: &[u8], held: &[u8]) -> io::Result<String> {
        let mut rest = vec![0; QUOTED * 4];
        let mut read = 0;
        while let Some(room) = rest.get_mut(read..).filter(|room| !room.is_empty()) {
            match self.file.read(room)? {
                0 => break,
                more => read += more,
            }
        }
        rest.truncate(read);
        let found = [self.begun.as_slice(), held, rest.as_slice()].concat();
        let expected = [self.begun.as_slice(), made].concat();
        let column = self.begun.len().saturating_sub(QUOTED / 2);
        let quoted = |line: &[u8]| {
            let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let text = String::from_utf8_lossy(line.get(column..).unwrap_or_default()).trim_end().to_owned();
            if text.is_empty() {
                "nothing".to_owned()
            } else {
                format!("`{}`", text.chars().take(QUOTED).collect::<String>())
            }
        };
        Ok(format!("line {}: {} instead of {}", self.line, quoted(&found), quoted(&expected)))
    }

    fn advance(&mut self, part: &[u8]) {
        self.at += part.len() as u64;
        if !self.is_text {
            return;
        }
        let ends = memchr::memchr_iter(b'\n', part).count() as u64;
        self.line += ends;
        let last = memchr::memrchr(b'\n', part);
        if last.is_some() {
            self.begun.clear();
        }
        let rest = last.map_or(part, |end| part.get(end + 1..).unwrap_or_default());
        // A line may be as long as the file.
        if self.begun.len() < QUOTED * 8 {
            self.begun.extend_from_slice(rest);
        }
    }
}

impl<R: Read> Write for Comparing<R> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let differs = || io::Error::other("the file differs from what is made");
        if self.difference.is_some() {
            return Err(differs());
        }
        let mut held = vec![0; part.len().min(64 << 10)];
        let made = part.get(..held.len()).unwrap_or_default();
        let mut read = 0;
        while let Some(room) = held.get_mut(read..).filter(|room| !room.is_empty()) {
            match self.file.read(room)? {
                0 => break,
                more => read += more,
            }
        }
        held.truncate(read);
        let same = made.iter().zip(&held).take_while(|(one, other)| one == other).count();
        self.advance(made.get(..same).unwrap_or_default());
        if same < made.len() {
            self.found(part.get(same..).unwrap_or_default(), held.get(same..).unwrap_or_default())?;
            return Err(differs());
        }
        Ok(made.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(made: &[u8], file: &[u8], is_text: bool) -> Option<Difference> {
        let mut comparing = Comparing::new(file, is_text);
        let written = comparing.write_all(made);
        let difference = comparing.finish().unwrap();
        assert!(written.is_ok() || difference.is_some());
        difference
    }

    #[test]
    fn the_first_difference_is_found_wherever_it_is() {
        let file: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
        assert_eq!(compared(&file, &file, false), None);
        for at in [0, 1, 65_535, 65_536, 131_072, 199_999] {
            let mut made = file.clone();
            made[at] ^= 1;
            assert_eq!(compared(&made, &file, false).unwrap().at, at as u64);
            assert_eq!(compared(&file[..at], &file, false).unwrap().at, at as u64);
            assert_eq!(compared(&file, &file[..at], false).unwrap().at, at as u64);
        }
    }

    #[test]
    fn a_line_is_quoted_as_it_is_and_as_it_should_be() {
        let words = |made: &str, file: &str| compared(made.as_bytes(), file.as_bytes(), true).unwrap().words();
        assert_eq!(words("a,1\nb,2\nc,3\n", "a,1\nb,9\nc,3\n"), "line 2: `b,9` instead of `b,2`");
        assert_eq!(words("a,1\nb,2\n", "a,1\n"), "line 2: nothing instead of `b,2`");
        assert_eq!(words("a,1\n", "a,1\nb,2\n"), "line 2: `b,2` instead of nothing");
    }
}
