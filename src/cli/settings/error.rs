//! What can be wrong with a settings file. No message repeats a value that may be a secret.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use crate::remedy::Remedy;

/// A line of a file, as `dialnexa-audit.toml:12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The file as it was found.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings `{0}`: {1}")]
    Unreadable(String, String),
    /// The file of the present folder may be another person's work.
    #[error(
        "`{0}` in the present folder {1}, so it may be the work of another user, who could have the key sent elsewhere"
    )]
    NotYours(String, &'static str),
    /// It is not TOML.
    #[error("{0}: the settings are not TOML: {1}")]
    Syntax(Spot, String),
    /// A key that is not known.
    #[error("{spot}: there is no setting `{key}`")]
    UnknownKey {
        /// Where.
        spot: Spot,
        /// The key.
        key: String,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// A key that would hold a secret.
    #[error("{0}: `{1}` would put a secret into the settings, where others read it")]
    Secret(Spot, String),
    /// A key of a target that there is none of, such as a secret.
    #[error("{0}: there is no setting `{1}` of a delivery")]
    OfDelivery(Spot, String),
    /// A value of another kind.
    #[error("{spot}: `{key}` must be {wanted}, not {found}")]
    Kind {
        /// Where.
        spot: Spot,
        /// The key.
        key: String,
        /// What it must be.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// A value that cannot be used.
    #[error("{spot}: `{key}`: {why}")]
    Value {
        /// Where.
        spot: Spot,
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        why: String,
        /// What to write instead, where that is known.
        remedy: Option<Cow<'static, str>>,
    },
    /// More than one place that the key comes from.
    #[error("{0}: the key can come from one place only, and `{1}` and `{2}` name two")]
    TwoKeySources(Spot, &'static str, &'static str),
    /// A name that cannot be a folder's.
    #[error("{0}: `{1}` cannot be the name of a workspace")]
    WorkspaceName(Spot, String),
    /// No such workspace.
    #[error("there is no workspace `{name}` in {file}")]
    NoWorkspace {
        /// The name.
        name: String,
        /// The file.
        file: String,
        /// What there is, or was probably meant.
        remedy: String,
    },
    /// A workspace was asked for, and there is no file.
    #[error("{0} asks for a workspace, but there are no settings")]
    NoSettings(&'static str, String),
    /// Two keys, of which one belongs to a workspace.
    #[error(
        "there are two API keys for the workspace `{0}`: DIALNEXA_API_KEY is set, and {1} says {2}. The first one may be another \
         workspace's, and the report would be over the wrong batches"
    )]
    TwoKeys(String, Spot, &'static str),
    /// Values that cannot be used together.
    #[error("the settings cannot be used together with the arguments: {0}")]
    Together(String),
    /// Arguments that exclude each other.
    #[error("{0}")]
    Conflict(&'static str),
    /// Two workspaces that would write to one folder.
    #[error("the workspaces `{0}` and `{1}` would write to one folder, `{2}`")]
    OneFolder(String, String, String),
}

impl Remedy for SettingsError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::NotYours(..) => "name it by --config if you trust it, or pass --no-config".into(),
            Self::UnknownKey { near, .. } => {
                let near = near.as_ref().map_or_else(String::new, |near| format!("did you mean `{near}`? "));
                format!("{near}`dialnexa-audit config show --no-config` lists all").into()
            }
            Self::Secret(..) => {
                "take it out, and say where it comes from: key_env = \"VARIABLE\", key_file = \"FILE\" or \
                                 key_command = [\"PROGRAM\", \"ARGUMENT\"]"
                    .into()
            }
            Self::OfDelivery(..) => {
                "write `to` alone; credentials are left to the environment, as AWS_ACCESS_KEY_ID".into()
            }
            Self::Value { remedy, .. } => return remedy.clone(),
            Self::WorkspaceName(..) => "use up to 64 of a to z, 0 to 9, - and _".into(),
            Self::NoWorkspace { remedy, .. } => remedy.clone().into(),
            Self::NoSettings(_, folder) => {
                format!("write dialnexa-audit.toml here or in {folder}, or name a file by --config").into()
            }
            Self::TwoKeys(..) => "unset DIALNEXA_API_KEY, or name the key by --api-key-file".into(),
            Self::OneFolder(..) => "give one of them another `out`".into(),
            Self::Unreadable(..)
            | Self::Syntax(..)
            | Self::Kind { .. }
            | Self::TwoKeySources(..)
            | Self::Together(_)
            | Self::Conflict(_) => return None,
        })
    }
}
