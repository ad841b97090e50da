//! Which file holds the settings: the one that is named, the one in the present folder, the user's own.

use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::error::SettingsError;
use super::file::{self, File};

/// Its name where it is looked for.
pub const NAME: &str = "dialnexa-audit.toml";

/// No settings are longer; more is not read.
const LONGEST: u64 = 1 << 20;

/// The settings of `named`, else of the present folder, else of the user's configuration folder; `None` where none are.
pub fn find(named: Option<&Path>) -> Result<Option<File>, SettingsError> {
    if let Some(path) = named {
        return read(path).map(Some);
    }
    let here = Path::new(NAME);
    if here.is_file() {
        whose(here)?;
        return read(here).map(Some);
    }
    users().filter(|path| path.is_file()).map(|path| read(&path)).transpose()
}

/// Where the user's own settings are.
pub fn users() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.config_dir().join("dialnexa-audit").join(NAME))
}

fn read(path: &Path) -> Result<File, SettingsError> {
    let failed = |why: String| SettingsError::Unreadable(path.display().to_string(), why);
    let length = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if length > LONGEST {
        return Err(failed("it is longer than 1 MiB".to_owned()));
    }
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    file::parse(&text, path)
}

/// A file that lies in the folder one happens to be in decides where the key is sent and which program gives it: it must be
/// of the user's own making.
#[cfg(target_os = "linux")]
fn whose(path: &Path) -> Result<(), SettingsError> {
    use std::os::unix::fs::MetadataExt;
    let name = path.display().to_string();
    let found = fs::metadata(path).map_err(|error| SettingsError::Unreadable(name.clone(), error.to_string()))?;
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user && found.uid() != 0 {
        return Err(SettingsError::NotYours(name, "belongs to another user"));
    }
    if found.mode() & 0o002 != 0 {
        return Err(SettingsError::NotYours(name, "can be written by everybody"));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn whose(_: &Path) -> Result<(), SettingsError> {
    Ok(())
}
