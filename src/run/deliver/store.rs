//! The store behind a target: how it is opened, which of its failures pass by themselves, and what may be said of them. Its own
//! words are not repeated: an answer of S3 quotes the key's name and what was signed.

use std::error::Error as _;
use std::str::FromStr;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::client::{HttpError, HttpErrorKind};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ClientConfigKey, Error, ObjectStore, RetryConfig};

use super::environment::Environment;
use super::target::{Store, Target};
use crate::api::client::provide_tls;

/// The longest wait for a connection, for the next bytes of an answer, and for one request with its transfer.
const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(60);
const WHOLE: Duration = Duration::from_secs(30 * 60);

impl Environment {
    /// The settings among them of a store whose variables begin with `start`, and what holds for the client of each store. What a
    /// store does not know is another tool's.
    fn settings<K: FromStr>(&self, start: &str, client: impl Fn(ClientConfigKey) -> K) -> Vec<(K, String)> {
        let own = self.0.iter().filter(|(name, _)| name.starts_with(start) || name == "SERVICE_ACCOUNT");
        let own = own.filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse().ok()?, value.clone())));
        let seconds = |time: Duration| format!("{} seconds", time.as_secs());
        let agent = concat!("dialnexa-audit/", env!("CARGO_PKG_VERSION")).to_owned();
        let ours = [
            (client(ClientConfigKey::ConnectTimeout), seconds(CONNECT)),
            (client(ClientConfigKey::ReadTimeout), seconds(SILENCE)),
            (client(ClientConfigKey::Timeout), seconds(WHOLE)),
            (client(ClientConfigKey::UserAgent), agent),
        ];
        own.chain(ours).collect()
    }
}

/// The store of a bucket, with the credentials that the environment holds. Sends nothing.
pub fn bucket(store: Store, name: &str, environment: &Environment) -> Result<Box<dyn ObjectStore>, Error> {
    provide_tls();
    // What is tried again, and how often, is said in one place: by `deliver`.
    let once = RetryConfig { max_retries: 0, ..RetryConfig::default() };
    Ok(match store {
        Store::S3 => {
            let settings = environment.settings("AWS_", AmazonS3ConfigKey::Client);
            let builder =
                settings.into_iter().fold(AmazonS3Builder::new(), |b, (key, value)| b.with_config(key, value));
            let builder = builder.with_bucket_name(name).with_retry(once);
            Box::new(builder.with_conditional_put(S3ConditionalPut::ETagMatch).build()?)
        }
        Store::Google => {
            let settings = environment.settings("GOOGLE_", GoogleConfigKey::Client);
            let builder = GoogleCloudStorageBuilder::new();
            let builder = settings.into_iter().fold(builder, |b, (key, value)| b.with_config(key, value));
            Box::new(builder.with_bucket_name(name).with_retry(once).build()?)
        }
        Store::Azure => {
            let settings = environment.settings("AZURE_", AzureConfigKey::Client);
            let builder = MicrosoftAzureBuilder::new();
            let builder = settings.into_iter().fold(builder, |b, (key, value)| b.with_config(key, value));
            Box::new(builder.with_container_name(name).with_retry(once).build()?)
        }
    })
}

/// The store of a folder, which is made if it is not there. What is written is on the disk before it has its name.
pub fn folder(target: &std::path::Path) -> Result<Box<dyn ObjectStore>, String> {
    std::fs::create_dir_all(target).map_err(|error| error.to_string())?;
    let store = LocalFileSystem::new_with_prefix(target).map_err(|error| words(&error))?;
    Ok(Box::new(store.with_fsync(true)))
}

impl Target {
    /// The name of the object that has that name in it.
    pub(super) fn key(&self, name: &str) -> Result<Key, object_store::path::Error> {
        match self {
            Self::Bucket { prefix, .. } if !prefix.is_empty() => Key::parse(format!("{prefix}/{name}")),
            _ => Key::parse(name),
        }
    }
}

/// Opens the store of a target.
pub fn opened(target: &Target, environment: &Environment) -> Result<Box<dyn ObjectStore>, String> {
    match target {
        Target::Bucket { store, bucket: name, .. } => bucket(*store, name, environment).map_err(|error| words(&error)),
        Target::Folder(path) => folder(path),
    }
}

/// Whether the same request may succeed in a while.
pub fn passes(error: &Error) -> bool {
    match error {
        Error::AlreadyExists { .. } | Error::Precondition { .. } => return true,
        Error::Generic { .. } if !has_no_credentials(error) => {}
        _ => return false,
    }
    match (status(error), transport(error)) {
        (Some(status), _) => status >= 500 || matches!(status, 408 | 409 | 429),
        (None, kind) => kind.is_some(),
    }
}

/// Whether the credentials are refused, or there are none.
pub fn is_of_credentials(error: &Error) -> bool {
    matches!(error, Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) || has_no_credentials(error)
}

/// Whether the environment held no credentials, so that those of a virtual machine were asked for in vain.
fn has_no_credentials(error: &Error) -> bool {
    const METADATA: [&str; 3] = ["//169.254.169.254", "//metadata.google.internal", "//metadata/"];
    let text = error.to_string();
    METADATA.iter().any(|host| text.contains(host))
}

/// What happened, in words that hold nothing of a request and of an answer no more than its status and code.
pub fn words(error: &Error) -> String {
    if has_no_credentials(error) {
        return "the environment holds no credentials, and neither does this machine".to_owned();
    }
    if let Some(status) = status(error) {
        let code = code(error).map_or_else(String::new, |code| format!(" ({code})"));
        return format!("the store answers {status}{code}");
    }
    let of_system = chain(error).find_map(|cause| cause.downcast_ref::<std::io::Error>().map(ToString::to_string));
    let system = of_system.map_or_else(String::new, |system| format!(": {system}"));
    match (transport(error), error) {
        (Some(HttpErrorKind::Connect), _) => format!("cannot connect to the store{system}"),
        (Some(HttpErrorKind::Timeout), _) => "the store does not answer in time".to_owned(),
        (Some(_), _) => format!("the connection to the store was interrupted{system}"),
        (None, Error::NotFound { .. }) => "there is no such object".to_owned(),
        (None, Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
            "the store cannot keep an object from being replaced".to_owned()
        }
        (None, _) if !system.is_empty() => system.trim_start_matches(": ").to_owned(),
        (None, _) => "the environment does not configure the store".to_owned(),
    }
}

fn chain<'a>(error: &'a Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |cause| {
        let cause: &'a (dyn std::error::Error + 'static) = *cause;
        cause.source()
    })
}

/// Where no answer came: why.
fn transport(error: &Error) -> Option<HttpErrorKind> {
    chain(error).find_map(|cause| cause.downcast_ref::<HttpError>()).map(HttpError::kind)
}

/// The status of the answer. The library's own type for it is not public, its words are.
fn status(error: &Error) -> Option<u16> {
    const BEFORE: &str = "status code: ";
    chain(error).find_map(|cause| {
        let text = cause.to_string();
        let digits = text.split_once(BEFORE)?.1.get(..3)?.parse().ok();
        digits.filter(|status| (100..600).contains(status))
    })
}

/// The code that the store names in its answer, as `SlowDown`.
fn code(error: &Error) -> Option<String> {
    let text = error.to_string();
    let code = text.split_once("<Code>")?.1.split_once("</Code>")?.0;
    let fit = !code.is_empty() && code.len() <= 40 && code.chars().all(|c| c.is_ascii_alphanumeric());
    fit.then(|| code.to_owned())
}
