//! What the settings file says, laid under what the arguments and the environment say: `dialnexa-audit.toml`, its defaults and
//! its workspaces. A value comes from the first of argument, environment, file, default that has one: the
//! file's are the defaults over which clap reads the command line again.

mod apply;
mod error;
mod file;
mod find;
mod given;
mod keys;
mod layer;
mod live;
pub mod runs;
mod schema;
mod show;

pub use error::SettingsError;
pub use given::Given;
pub use runs::Run;
pub use schema::schema;
pub use show::show;
