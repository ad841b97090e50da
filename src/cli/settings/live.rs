//! How `status`, `watch` and `sync` take settings.

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
    ($args:ty, $json:expr, $apart:expr) => {
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
        }
    };
}

settled!(Status, |args: &Self| args.json, &[]);
settled!(Watch, |_: &Self| true, &[]);
// The file's `format` is that of packages.
settled!(Sync, |args: &Self| args.json, &["format"]);
