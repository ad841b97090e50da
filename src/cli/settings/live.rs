//! How `status`, `watch` and `sync` take settings.

use std::path::PathBuf;

use super::error::SettingsError;
use super::layer::Layers;
use super::runs::Settled;
use crate::cli::args::{Access, Status, Sync, Watch, Workspaces};
use crate::cli::keys::KeySource;

impl Access {
    fn check(&self, layers: Layers<'_>) -> Result<(), SettingsError> {
        if self.sample { Ok(()) } else { layers.check_key(self.api_key_file.is_some()) }
    }
}

/// All three are settled alike.
macro_rules! settled {
    ($args:ty, $json:expr, $apart:expr, $own:expr) => {
        impl Settled for $args {
            const APART: &'static [&'static str] = $apart;

            fn check(&self, layers: Layers<'_>) -> Result<(), SettingsError> {
                self.access.check(layers)
            }

            fn workspaces(&mut self) -> &mut Workspaces {
                &mut self.access.workspaces
            }

            fn key_source(&mut self) -> Option<&mut Option<KeySource>> {
                Some(&mut self.access.key_source)
            }

            fn quiet(&self) -> bool {
                self.access.quiet
            }

            fn json(&self) -> bool {
                $json(self)
            }

            fn all(&self) -> bool {
                self.all_workspaces
            }

            fn own(&mut self, workspace: &str) -> Option<PathBuf> {
                $own(self, workspace)
            }
        }
    };
}

settled!(Status, |args: &Self| args.json, &[], |_: &mut Self, _: &str| None);
settled!(Watch, |_: &Self| true, &[], |args: &mut Self, workspace: &str| {
    let stem = args.state.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = args.state.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
    args.state.set_file_name(format!("{stem}-{workspace}{ending}"));
    Some(args.state.clone())
});
// The file's `format` is that of packages. Engines take the folder's name for a column.
settled!(Sync, |args: &Self| args.json, &["format"], |args: &mut Self, workspace: &str| {
    args.to.push(format!("workspace={workspace}"));
    Some(args.to.clone())
});
