//! How `status`, `watch` and `sync` take settings.

use std::path::PathBuf;

use super::error::SettingsError;
use super::layer::Layers;
use super::runs::{Settled, of_workspace};
use crate::cli::args::{Access, Status, Sync, Watch, Workspaces};
use crate::cli::keys::KeySource;
use crate::run::deliver::Target;

impl Access {
    fn check(&self, layers: Layers<'_>) -> Result<(), SettingsError> {
        if self.sample { Ok(()) } else { layers.check_key(self.api_key_file.is_some()) }
    }
}

/// All three are settled alike.
macro_rules! settled {
    ($args:ty, $json:expr, $apart:expr, $own:expr, $metrics:expr) => {
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

            fn deliver(&mut self) -> Option<&mut Vec<Target>> {
                Some(&mut self.access.deliver)
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

            fn metrics_file(&mut self) -> Option<&mut PathBuf> {
                $metrics(self)
            }
        }
    };
}

fn no_metrics(_: &mut Status) -> Option<&mut PathBuf> {
    None
}

fn of_watch(args: &mut Watch) -> Option<&mut PathBuf> {
    args.metrics_file.as_mut()
}

fn of_sync(args: &mut Sync) -> Option<&mut PathBuf> {
    args.metrics_file.as_mut()
}

settled!(Status, |args: &Self| args.json, &[], |_: &mut Self, _: &str| None, no_metrics);
settled!(
    Watch,
    |_: &Self| true,
    &[],
    |args: &mut Self, workspace: &str| {
        args.state = of_workspace(&args.state, workspace);
        Some(args.state.clone())
    },
    of_watch
);
// The file's `format` is that of packages. Engines take the folder's name for a column.
settled!(
    Sync,
    |args: &Self| args.json,
    &["format"],
    |args: &mut Self, workspace: &str| {
        args.to.push(format!("workspace={workspace}"));
        Some(args.to.clone())
    },
    of_sync
);
