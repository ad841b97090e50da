//! The files of a package's folder, each opened once: whatever is read of one later is read from what was opened.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use crate::digest::{Checksum, SummingReader};

/// No file of a package is larger, in bytes.
pub const LARGEST: u64 = 2 << 30;

/// All files of a package's folder.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// The folder's own name, where it has one.
    pub name: Option<String>,
    /// Its files by name; those of a folder in it with that folder's name before them: `inputs/logo.png`.
    pub files: BTreeMap<String, Held>,
}

/// A file, however it is held.
#[derive(Debug, Clone)]
pub enum Held {
    /// In memory.
    Bytes(Arc<Vec<u8>>),
    /// By its handle; it may be large.
    File(Arc<File>),
    /// Not opened: a link, a pipe, a device, a folder. The reason in words.
    Refused(&'static str),
}

impl Folder {
    /// Whether there is a file of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// The names of all of them.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The whole of a file; `None` where there is none.
    pub(super) fn bytes(&self, name: &str) -> Option<io::Result<Vec<u8>>> {
        self.files.get(name).map(Held::bytes)
    }
}

impl From<BTreeMap<String, Vec<u8>>> for Folder {
    fn from(held: BTreeMap<String, Vec<u8>>) -> Self {
        let files = held.into_iter().map(|(name, bytes)| (name, Held::Bytes(Arc::new(bytes))));
        Self { name: None, files: files.collect() }
    }
}

impl Held {
    /// From its beginning.
    ///
    /// # Errors
    /// Where it was not opened.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Self::Bytes(bytes) => Ok(Box::new(Cursor::new(Shared(Arc::clone(bytes))))),
            Self::File(file) => Ok(Box::new(Placed { file: Arc::clone(file), at: 0 })),
            Self::Refused(why) => Err(io::Error::other(*why)),
        }
    }

    /// The whole of it.
    ///
    /// # Errors
    /// Where it cannot be read, or is larger than any file of a package.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open()?.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(io::Error::other("it is larger than 2 GiB, no file of a report is"));
        }
        Ok(bytes)
    }

    /// The whole of it, which must be what was read of it before.
    ///
    /// # Errors
    /// As [`Held::bytes`], and where it has changed since.
    pub(super) fn same_bytes(&self, sum: &Checksum) -> io::Result<Vec<u8>> {
        let bytes = self.bytes()?;
        if Checksum::of(&bytes) == *sum { Ok(bytes) } else { Err(changed()) }
    }

    /// Hands it to `read`, which may leave an end of it unread; all of it must be what was read of it before.
    ///
    /// # Errors
    /// Where it cannot be read, or has changed since.
    pub(super) fn same<T>(&self, sum: &Checksum, read: impl FnOnce(&mut (dyn Read + Send)) -> T) -> io::Result<T> {
        let mut reader = SummingReader::new(self.open()?);
        let result = read(&mut reader);
        io::copy(&mut reader, &mut io::sink())?;
        if reader.checksum() == *sum { Ok(result) } else { Err(changed()) }
    }
}

fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it was changed while it was verified")
}

/// Bytes that a cursor reads.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A file read from a place of its own, so that several readers do not disturb one another.
struct Placed {
    file: Arc<File>,
    at: u64,
}

impl Read for Placed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_was_opened_is_read_from_its_beginning_each_time_and_a_change_is_noticed() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"as it was").unwrap();
        let held = Held::File(Arc::new(file.try_clone().unwrap()));
        let sum = Checksum::of(b"as it was");
        assert_eq!(held.same_bytes(&sum).unwrap(), b"as it was");
        let first = |reader: &mut (dyn Read + Send)| {
            let mut two = [0; 2];
            reader.read_exact(&mut two).map(|()| two)
        };
        assert_eq!(held.same(&sum, first).unwrap().unwrap(), *b"as");
        file.write_all(b"!").unwrap();
        assert!(held.same(&sum, first).is_err() && held.same_bytes(&sum).is_err());
        assert!(Held::Refused("it is a link").open().is_err());
    }
}
