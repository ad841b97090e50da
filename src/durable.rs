//! Files that are there whole or not at all, also where the machine fails in the middle: written beside their place, synced,
//! renamed, and the folder synced. The one place where files are made durable.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and writing fails with [`io::ErrorKind::AlreadyExists`].
    Kept,
    /// The new one takes its place.
    Replaced,
}

/// The file beside `path` with this ending added to its name.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(ending);
    path.with_file_name(name)
}

/// Puts `bytes` in the place of what is at `path`. One process at a time may do so: the file is written under a name of its
/// own that stays the same, so that a process that is killed leaves one file at most, which the next one writes over.
///
/// # Errors
/// Where the file cannot be written; the old one is there then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    prepare(path, bytes)?.commit()
}

/// As [`replace`], where several processes may do so at once: each waits for the one before it.
///
/// # Errors
/// Where the file cannot be written; the old one is there then.
pub fn replace_in_turn(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new");
    let mut file = loop {
        let file = File::options().create(true).truncate(false).write(true).open(&new)?;
        match file.lock() {
            // Some network file systems have no locks.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
            // The one that had it may have given it its name in the meantime.
            _ if !is_at(&file, &new) => {}
            _ => break file,
        }
    };
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(folder(path))
}

/// A file that is written and has not its name yet. Dropped before it has, it is taken away.
#[derive(Debug)]
pub struct Prepared {
    new: PathBuf,
    path: PathBuf,
    named: bool,
}

/// Writes what is to take the place of the file at `path`, as [`replace`] does, so that to put it there needs no more room.
///
/// # Errors
/// Where it cannot be written.
pub fn prepare(path: &Path, bytes: &[u8]) -> io::Result<Prepared> {
    let prepared = Prepared { new: beside(path, ".new"), path: path.to_owned(), named: false };
    let mut file = File::create(&prepared.new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(prepared)
}

impl Prepared {
    /// Puts it in the place of the old one.
    ///
    /// # Errors
    /// Where the system cannot; the old one is there then.
    pub fn commit(mut self) -> io::Result<()> {
        fs::rename(&self.new, &self.path)?;
        self.named = true;
        sync_folder(folder(&self.path))
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if !self.named {
            // It does no harm if it stays.
            let _ = fs::remove_file(&self.new);
        }
    }
}

/// Writes what `content` gives to a file that its owner alone can read, from its first byte on.
///
/// # Errors
/// Where the content cannot be read or the file cannot be written; what was there before is there then.
pub fn write_private(path: &Path, mut content: impl Read, existing: Existing) -> io::Result<()> {
    let folder = folder(path);
    // A temporary file is made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    io::copy(&mut content, &mut file)?;
    file.as_file().sync_all()?;
    match existing {
        Existing::Kept => file.persist_noclobber(path)?,
        Existing::Replaced => file.persist(path)?,
    };
    sync_folder(folder)
}

/// Writes a file that must not be there yet.
///
/// # Errors
/// Where it is there, or cannot be written; what was begun is taken away then.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| sync_folder(folder(path)));
    written.inspect_err(|_| {
        // The error that came first says more.
        let _ = fs::remove_file(path);
    })
}

/// Makes a file durable that was written otherwise.
///
/// # Errors
/// Where the system cannot.
pub fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes the names in a folder durable: a file's own is so only when the folder is.
///
/// # Errors
/// Where the system cannot.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Lets two folders change names at once: at no moment is there none of the name.
///
/// # Errors
/// Where the system cannot; both have the names that they had then.
#[cfg(target_os = "linux")]
pub fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE) {
        // Some network file systems cannot.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => put_aside(new, old),
        result => Ok(result?),
    }
}

/// Lets two folders change names.
///
/// # Errors
/// Where the system cannot; both have the names that they had then.
#[cfg(not(target_os = "linux"))]
pub fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    put_aside(new, old)
}

/// The same in three steps; a failure in the middle brings the old one back.
fn put_aside(new: &Path, old: &Path) -> io::Result<()> {
    let aside = new.with_extension("replaced");
    fs::rename(old, &aside)?;
    if let Err(error) = fs::rename(new, old) {
        fs::rename(&aside, old)?;
        return Err(error);
    }
    fs::rename(&aside, new)
}

/// The folder that a file is in.
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Folders that were missing and were made. Those that nothing was put into go again when this is dropped.
#[derive(Debug, Default)]
pub struct MadeFolders(Vec<PathBuf>);

/// Makes the folder at `path`, and those above it, where they are missing.
///
/// # Errors
/// Where one cannot be made; none is left then.
pub fn make_folders(path: &Path) -> io::Result<MadeFolders> {
    let above = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty());
    let missing = above.take_while(|folder| fs::symlink_metadata(folder).is_err()).map(Path::to_owned);
    let made = MadeFolders(missing.collect());
    if !made.0.is_empty() {
        fs::create_dir_all(path)?;
    }
    Ok(made)
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        // The deepest first; one that holds something stays, and those above it.
        let _ = self.0.iter().try_for_each(fs::remove_dir);
    }
}

/// Whether the open `file` is still the one at `path`: neither removed nor replaced since it was opened.
pub fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(one), Ok(other)) => same_file(&one, &other),
        _ => false,
    }
}

#[cfg(unix)]
fn same_file(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn same_file(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    // Whoever has a file open keeps it from being removed.
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Content that breaks off, as a disk does that is full.
    struct Breaks;

    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }
    }

    #[test]
    fn a_file_is_replaced_whole_and_what_a_killed_process_left_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        fs::write(beside(&path, ".new"), "what a killed process had begun, and longer than the new one").unwrap();
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["state.json"]);
    }

    #[test]
    fn of_files_that_are_replaced_in_turn_each_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics");
        let contents: Vec<Vec<u8>> = (1..=8).map(|n| vec![b'0' + n; usize::from(n) * 5_000]).collect();
        fs::write(beside(&path, ".new"), vec![b'x'; 100_000]).unwrap();
        std::thread::scope(|scope| {
            for content in &contents {
                scope.spawn(|| (0..20).for_each(|_| replace_in_turn(&path, content).unwrap()));
            }
            for _ in 0..200 {
                let found = fs::read(&path).unwrap_or_else(|_| contents[0].clone());
                assert!(contents.contains(&found), "{} bytes", found.len());
            }
        });
        assert_eq!(names(folder.path()), ["metrics"]);
    }

    #[test]
    fn a_private_file_is_its_owners_alone_and_is_not_written_over_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.pem");
        write_private(&path, &b"one"[..], Existing::Kept).unwrap();
        let refused = write_private(&path, &b"two"[..], Existing::Kept).unwrap_err();
        assert_eq!((refused.kind(), fs::read(&path).unwrap()), (io::ErrorKind::AlreadyExists, b"one".to_vec()));
        write_private(&path, &b"two"[..], Existing::Replaced).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(names(folder.path()), ["identity.pem"]);
    }

    #[test]
    fn where_writing_breaks_off_nothing_is_left_and_the_old_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence");
        let broken = write_private(&path, Breaks, Existing::Replaced).unwrap_err();
        assert_eq!((broken.kind(), names(folder.path()).len()), (io::ErrorKind::StorageFull, 0));
        fs::write(&path, "old").unwrap();
        write_private(&path, Breaks, Existing::Replaced).unwrap_err();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
        assert!(replace(&folder.path().join("none/state.json"), b"one").is_err());
    }

    #[test]
    fn a_file_that_is_created_must_not_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.csr");
        create(&path, b"one").unwrap();
        assert_eq!(create(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[test]
    fn folders_that_were_made_in_vain_go_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        drop(make_folders(&deep).unwrap());
        assert_eq!(names(folder.path()), [""; 0]);
        let made = make_folders(&deep).unwrap();
        fs::write(folder.path().join("a/file"), "").unwrap();
        drop(made);
        assert_eq!(names(&folder.path().join("a")), ["file"]);
        drop(make_folders(folder.path()).unwrap());
        assert!(folder.path().exists());
        assert!(make_folders(&folder.path().join("a/file/b")).is_err());
    }

    #[test]
    fn a_file_that_was_replaced_is_no_longer_at_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one");
        fs::write(&path, "").unwrap();
        let file = File::open(&path).unwrap();
        assert!(is_at(&file, &path));
        if cfg!(unix) {
            fs::remove_file(&path).unwrap();
            assert!(!is_at(&file, &path));
            fs::write(&path, "").unwrap();
            assert!(!is_at(&file, &path));
        }
    }

    #[test]
    fn two_folders_change_names_also_where_that_takes_three_steps() {
        let out = tempfile::tempdir().unwrap();
        let [new, old] = ["new", "old"].map(|name| out.path().join(name));
        for swap in [exchange, put_aside] {
            fs::create_dir(&new).unwrap();
            fs::create_dir(&old).unwrap();
            fs::write(new.join("made"), "").unwrap();
            swap(&new, &old).unwrap();
            assert_eq!((names(&old), names(&new)), (vec!["made".to_owned()], Vec::<String>::new()));
            assert_eq!(names(out.path()), ["new", "old"]);
            fs::remove_dir_all(&new).unwrap();
            fs::remove_dir_all(&old).unwrap();
        }
    }
}
