//! Opening by the folder's handle: no link is followed out of it, and a pipe or a device is neither opened nor waited for.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, open, openat, stat, statat};

use crate::package::INPUTS;
use crate::verify::folder::Held;

/// A folder with more entries is no package.
const MOST: usize = 10_000;

/// A folder whose files are open.
pub struct Opened {
    handle: OwnedFd,
    /// Its files by name.
    pub files: BTreeMap<String, Held>,
}

impl Opened {
    /// Whether `path` still names this folder.
    pub fn is_still(&self, path: &Path) -> bool {
        let same = |one: Stat, other: Stat| (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino);
        matches!((fstat(&self.handle), stat(path)), (Ok(one), Ok(other)) if same(one, other))
    }
}

/// Opens the folder at `path` and the files in it.
///
/// # Errors
/// Where the folder or a file in it cannot be opened.
pub fn folder(path: &Path) -> io::Result<Opened> {
    let handle = open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut files = BTreeMap::new();
    entries(&handle, "", &mut files)?;
    Ok(Opened { handle, files })
}

fn entries(handle: &OwnedFd, before: &str, files: &mut BTreeMap<String, Held>) -> io::Result<()> {
    for entry in Dir::read_from(handle)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        if files.len() >= MOST {
            return Err(io::Error::other("it holds more files than any package does"));
        }
        let text = format!("{before}{}", name.to_string_lossy());
        match opened(handle, name) {
            Ok(Entry::Folder(inner)) if before.is_empty() && text == INPUTS => {
                entries(&inner, &format!("{INPUTS}/"), files)?;
            }
            Ok(Entry::Folder(_)) => {
                files.insert(text, Held::Refused("it is a folder"));
            }
            Ok(Entry::Held(held)) => {
                files.insert(text, held);
            }
            // It was taken away after it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io::Error::new(error.kind(), format!("{text}: {error}"))),
        }
    }
    Ok(())
}

enum Entry {
    Folder(OwnedFd),
    Held(Held),
}

fn opened(handle: &OwnedFd, name: &CStr) -> io::Result<Entry> {
    // To open a device may do something already.
    let kind = |stat: Stat| FileType::from_raw_mode(stat.st_mode);
    let refused = |why| Ok(Entry::Held(Held::Refused(why)));
    let flags = match kind(statat(handle.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW)?) {
        FileType::RegularFile => OFlags::empty(),
        FileType::Directory => OFlags::DIRECTORY,
        FileType::Symlink => return refused("it is a link, which is not followed"),
        _ => return refused("it is a pipe, a socket or a device, not a file"),
    };
    let common = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match openat(handle, name, common | flags, Mode::empty()) {
        Err(rustix::io::Errno::LOOP) => return refused("it is a link, which is not followed"),
        file => file?,
    };
    match kind(fstat(&file)?) {
        FileType::Directory => Ok(Entry::Folder(file)),
        FileType::RegularFile => Ok(Entry::Held(Held::File(Arc::new(File::from(file))))),
        _ => refused("it is a pipe, a socket or a device, not a file"),
    }
}

/// Opens the file at `path`, which the caller named: a link is followed, and what is no file is refused.
///
/// # Errors
/// Where it cannot be opened, or is no file.
pub fn file(path: &Path) -> io::Result<File> {
    let refused = || io::Error::new(io::ErrorKind::InvalidInput, "it is not a file");
    let is_file = |stat: Stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    if !is_file(stat(path)?) {
        return Err(refused());
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = open(path, flags, Mode::empty())?;
    if is_file(fstat(&file)?) { Ok(File::from(file)) } else { Err(refused()) }
}
