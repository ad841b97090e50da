//! SHA-256 and its hex form, as manifests, reports and auditors write it; also of what is written and not held.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

/// SHA-256 of `bytes` as 64 lower-case hex digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble & 15)]);
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
    text
}

/// How many bytes something has, and their SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    /// How many there are.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl Checksum {
    /// That of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: Sha256::digest(bytes).into() }
    }

    /// The SHA-256 as 64 lower-case hex digits.
    pub fn hex(&self) -> String {
        hex(&self.sha256)
    }
}

/// Hands on what is written to it, and sums it up.
#[derive(Debug)]
pub struct Summing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Summing<W> {
    /// Over a writer that nothing was written to yet.
    pub fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// How many bytes were written so far.
    pub fn written(&self) -> u64 {
        self.bytes
    }

    /// The checksum of what was written so far.
    pub fn checksum(&self) -> Checksum {
        Checksum { bytes: self.bytes, sha256: self.hash.clone().finalize().into() }
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(part)?;
        let taken = part.get(..written).ok_or_else(|| io::Error::other("more was written than there is"))?;
        self.hash.update(taken);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Hands on what is read from it, and sums it up.
#[derive(Debug)]
pub struct SummingReader<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> SummingReader<R> {
    /// Over a reader that nothing was read from yet.
    pub fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// The checksum of what was read so far.
    pub fn checksum(&self) -> Checksum {
        Checksum { bytes: self.bytes, sha256: self.hash.clone().finalize().into() }
    }
}

impl<R: Read> Read for SummingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..read).ok_or_else(|| io::Error::other("more was read than there is room for"))?);
        self.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes three bytes at a time.
    struct Slow(Vec<u8>);

    impl Write for Slow {
        fn write(&mut self, part: &[u8]) -> io::Result<usize> {
            let taken = part.len().min(3);
            self.0.extend_from_slice(&part[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_summed_up_is_what_was_taken() {
        let mut out = Summing::new(Slow(Vec::new()));
        out.write_all(b"not taken in one go").unwrap();
        assert_eq!(out.written(), 19);
        assert_eq!(out.inner.0, b"not taken in one go");
        assert_eq!(out.checksum(), Checksum::of(&out.inner.0));
        assert_eq!(out.checksum().hex(), sha256(&out.inner.0));
        let mut reader = SummingReader::new(&out.inner.0[..]);
        io::copy(&mut reader, &mut io::sink()).unwrap();
        assert_eq!(reader.checksum(), out.checksum());
    }
}
