//! A company's own templates of the HTML report, from a folder.

use std::path::Path;

use super::{Exit, Failure};
use crate::render::html::{self, Templates};

/// No template is larger: 4 MB, logo and all.
const LARGEST: u64 = 4_000_000;

/// The templates in `folder`, each by the name of the built-in one that it replaces. Hidden files are not looked at.
///
/// A name that no built-in template has, and a template that is wrong, are failures before the API is asked.
pub fn templates(folder: &Path) -> Result<Templates, Failure> {
    let mut templates = Templates::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if !name.starts_with('.') {
            templates.insert(name, template(&path)?);
        }
    }
    html::check(&templates)
        .map_err(|error| Failure::new(Exit::Usage, format_args!("`{}`: {error}", folder.display())))?;
    Ok(templates)
}

fn template(path: &Path) -> Result<String, Failure> {
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if size > LARGEST {
        return Err(unreadable(path, &"it is larger than 4 MB"));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Usage, format_args!("cannot read the templates in `{}`: {why}", path.display()))
}
