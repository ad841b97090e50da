//! Where packages are delivered to, as a setting or an argument writes it. Credentials are no part of it.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::remedy::Remedy;

/// A store, or a folder, that packages are put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A bucket of a store.
    Bucket {
        /// Whose.
        store: Store,
        /// Its name; with Azure the container's.
        bucket: String,
        /// What the names of all objects begin with, without slashes around it; empty for none.
        prefix: String,
    },
    /// A folder of this machine.
    Folder(PathBuf),
}

/// The stores that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// `s3://`: Amazon S3, and what speaks like it.
    S3,
    /// `gs://`: Google Cloud Storage.
    Google,
    /// `az://`: Azure Blob Storage.
    Azure,
}

impl Store {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::S3, Self::Google, Self::Azure];

    /// What its URLs begin with.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
        }
    }

    /// The variables that its credentials are taken from, in words.
    pub fn variables(self) -> &'static str {
        match self {
            Self::S3 => "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION",
            Self::Google => "GOOGLE_APPLICATION_CREDENTIALS",
            Self::Azure => "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
        }
    }
}

/// Why a text is no target. No message repeats the text: there may be a password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Another scheme, or none.
    #[error("the URL of a delivery begins with s3://, gs:// or az://")]
    Scheme,
    /// A user, a password, a port, or a name that no bucket has.
    #[error("the URL of a delivery names a bucket and nothing else before the path: no user, password or port")]
    Bucket,
    /// `?` or `#`, behind which there may be a token.
    #[error("the URL of a delivery has no query and no fragment")]
    Query,
    /// A prefix with empty parts, dots or control characters.
    #[error("the path of a delivery has an empty part, a part of dots alone, or a character that no name may have")]
    Prefix,
    /// Nothing.
    #[error("the target of a delivery is empty")]
    Empty,
}

impl Remedy for TargetError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Bucket | Self::Query => {
                "leave credentials to the environment, as AWS_ACCESS_KEY_ID; another endpoint is AWS_ENDPOINT_URL"
                    .into()
            }
            Self::Scheme | Self::Prefix | Self::Empty => {
                "write it as s3://bucket/prefix, or as the path of a folder".into()
            }
        })
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        let Some((scheme, rest)) = text.split_once("://") else { return Ok(Self::Folder(PathBuf::from(text))) };
        let store = Store::ALL.into_iter().find(|store| store.scheme() == scheme).ok_or(TargetError::Scheme)?;
        if rest.contains(['?', '#']) {
            return Err(TargetError::Query);
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if bucket.is_empty() || !bucket.chars().all(fit) || prefix.contains('@') {
            return Err(TargetError::Bucket);
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        if !prefix.is_empty() && (!prefix.split('/').all(is_plain) || prefix.contains(char::is_control)) {
            return Err(TargetError::Prefix);
        }
        Ok(Self::Bucket { store, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl Target {
    /// The place of that name in it.
    pub fn below(self, name: &str) -> Self {
        match self {
            Self::Bucket { store, bucket, prefix } if prefix.is_empty() => {
                Self::Bucket { store, bucket, prefix: name.to_owned() }
            }
            Self::Bucket { store, bucket, prefix } => {
                Self::Bucket { store, bucket, prefix: format!("{prefix}/{name}") }
            }
            Self::Folder(folder) => Self::Folder(folder.join(name)),
        }
    }
}

/// As it is written.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket { store, bucket, prefix } if prefix.is_empty() => {
                write!(f, "{}://{bucket}", store.scheme())
            }
            Self::Bucket { store, bucket, prefix } => write!(f, "{}://{bucket}/{prefix}", store.scheme()),
            Self::Folder(folder) => folder.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_a_prefix_and_a_folder_are_read_and_written_alike() {
        for text in ["s3://audit", "gs://audit/a/b", "az://reports/2024", "/mnt/audit", "beside"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
        assert_eq!("s3://audit/a/".parse::<Target>().unwrap().below("acme").to_string(), "s3://audit/a/acme");
        assert_eq!("s3://audit".parse::<Target>().unwrap().below("acme").to_string(), "s3://audit/acme");
        assert_eq!("out".parse::<Target>().unwrap().below("acme"), Target::Folder(PathBuf::from("out/acme")));
    }

    #[test]
    fn what_may_hold_a_secret_is_refused_and_not_repeated() {
        for (text, error) in [
            ("s3://AKIA:marked-secret@audit/x", TargetError::Bucket),
            ("s3://AKIA:marked/secret@audit/x", TargetError::Bucket),
            ("s3://AKIA/marked-secret@audit/x", TargetError::Bucket),
            ("az://audit?sig=marked-secret", TargetError::Query),
            ("gs://audit/x#marked-secret", TargetError::Query),
            ("https://marked-secret@audit/x", TargetError::Scheme),
            ("S3://audit", TargetError::Scheme),
            ("s3:///x", TargetError::Bucket),
            ("s3://audit/a//b", TargetError::Prefix),
            ("s3://audit/../b", TargetError::Prefix),
            ("", TargetError::Empty),
        ] {
            assert_eq!(text.parse::<Target>(), Err(error), "{text}");
            assert!(!error.to_string().contains("marked") && error.remedy().is_some());
        }
    }
}
