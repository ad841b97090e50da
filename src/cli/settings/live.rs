//! Settings put into the arguments of `status`, `watch` and `sync`.

use super::error::SettingsError;
use super::layer::Layers;
use super::runs::Settled;
use crate::cli::args::{Access, Status, Sync, Watch, Workspaces};

impl Access {
    fn check(&self, layers: Layers<'_>) -> Result<(), SettingsError> {
        if self.sample { Ok(()) } else { layers.check_key(self.api_key_file.is_some()) }
    }
}

/// All three are settled alike, but for what goes into their own arguments.
macro_rules! settled {
    ($args:ty, $json:expr, $settle:expr) => {
        impl Settled for $args {
            fn settle(&mut self, layers: Layers<'_>) -> Result<(), SettingsError> {
                $settle(layers, self)
            }

            fn check(&self, layers: Layers<'_>) -> Result<(), SettingsError> {
                self.access.check(layers)
            }

            fn workspaces(&mut self) -> &mut Workspaces {
                &mut self.access.workspaces
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

settled!(Status, |args: &Self| args.json, |layers: Layers<'_>, args: &mut Self| layers
    .apply_to_access(&mut args.access));
settled!(Watch, |_: &Self| true, |layers: Layers<'_>, args: &mut Self| layers.apply_to_access(&mut args.access));
settled!(Sync, |args: &Self| args.json, |layers: Layers<'_>, args: &mut Self| layers.apply_to_sync(args));
