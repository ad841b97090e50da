//! Where the API key and the signing identity come from.

use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::{Exit, Failure, foreign, output, passphrase};
use crate::api::key::ApiKey;
use crate::pseudonym::PseudonymKey;
use crate::sign::identity::default_path;
use crate::sign::{Algorithm, Identity, Subject, pseudonym_key};

/// The environment variable that holds the API key, as in the vendor's own SDK.
pub const KEY_VARIABLE: &str = "DIALNEXA_API_KEY";
/// No key is that long; a larger file is a mistake.
const LONGEST_KEY: u64 = 64 * 1024;
/// How long an identity that is made on first use is valid.
const YEARS: u32 = 3;

mod access;
mod source;

pub use source::KeySource;

/// The key from `file` (`-`: standard input), else from the environment, else from where the settings say. It is never an
/// argument: those are seen by others.
pub fn api_key(file: Option<&Path>, settings: Option<&KeySource>) -> Result<ApiKey, Failure> {
    match file {
        Some(path) if path.as_os_str() == "-" => key_from(std::io::stdin().lock(), "standard input"),
        Some(path) => {
            let name = format!("the key file `{}`", path.display());
            let file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
            access::check(path, "the key file");
            key_from(file, &name)
        }
        None => match std::env::var(KEY_VARIABLE).map(Zeroizing::new) {
            Ok(key) => named(ApiKey::new(&key), KEY_VARIABLE),
            Err(std::env::VarError::NotPresent) => match settings {
                Some(source) => source.key(),
                None => Err(Failure::new(Exit::Usage, "there is no API key").with_remedy(format!(
                    "set {KEY_VARIABLE} or name a file by --api-key-file (to try the program without a key: --sample)"
                ))),
            },
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Failure::new(Exit::Usage, format_args!("cannot use {KEY_VARIABLE}")).because("it is not a text"))
            }
        },
    }
}

fn key_from(source: impl Read, name: &str) -> Result<ApiKey, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    source.take(LONGEST_KEY + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    if bytes.len() as u64 > LONGEST_KEY {
        let words = format!("cannot use the API key from {name}: it is longer than {} KiB", LONGEST_KEY >> 10);
        return Err(Failure::new(Exit::Usage, words).with_remedy("check that it is the right file"));
    }
    named(ApiKey::of_bytes(&bytes), name)
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Usage, format_args!("cannot read the API key from {name}")).because(error)
}

fn named<T>(key: Result<T, crate::api::key::KeyError>, source: &str) -> Result<T, Failure> {
    key.map_err(|error| {
        let failure = Failure::of(Exit::Usage, &error);
        Failure { message: format!("cannot use the API key from {source}: {error}"), ..failure }
    })
}

/// The identity in `file`, else the user's own, which is made on first use. It is fit to sign at `now`.
pub fn identity(file: Option<&Path>, now: DateTime<Utc>) -> Result<Identity, Failure> {
    let identity = match file {
        Some(path) => open(path)?,
        None => {
            let path = default_path()?;
            if path.exists() { open(&path)? } else { first_identity(&path, now)? }
        }
    };
    // Another run may have made it since `now`.
    identity.check(now.max(Utc::now()))?;
    Ok(identity)
}

/// The identity in `path`, or on the token that it is the address of; its passphrase is asked for where it needs one that
/// is not set.
pub fn open(path: &Path) -> Result<Identity, Failure> {
    if let Some(uri) = path.to_str().filter(|text| text.starts_with("pkcs11:")) {
        return on_token(uri);
    }
    access::check(path, "the identity");
    let what = format!("Passphrase of {}", foreign::path(path));
    Ok(passphrase::opened(&what, |passphrase| Identity::load(path, passphrase))?.0)
}

#[cfg(feature = "pkcs11")]
fn on_token(uri: &str) -> Result<Identity, Failure> {
    use crate::sign::token::{Address, TokenError};
    let address = Address::parse(uri).map_err(|error| match error {
        TokenError::Uri(_) | TokenError::PinInUri => Failure::of(Exit::Usage, &error),
        other => crate::sign::SignError::from(other).into(),
    })?;
    Ok(passphrase::opened("PIN of the token", |pin| Identity::on_token(&address, pin))?.0)
}

#[cfg(not(feature = "pkcs11"))]
fn on_token(_: &str) -> Result<Identity, Failure> {
    Err(Failure::of(Exit::Usage, &crate::sign::SignError::NoTokens))
}

fn first_identity(path: &Path, now: DateTime<Utc>) -> Result<Identity, Failure> {
    let subject = Subject { name: "dialnexa-audit self-made identity".to_owned(), organization: None, email: None };
    let identity = Identity::create(&subject, Algorithm::P256, now, YEARS)?;
    if let Err(error) = identity.save(path, passphrase::set()?.as_ref()) {
        // Two runs at once: the other one's identity serves both.
        return if path.exists() { open(path) } else { Err(error.into()) };
    }
    let fingerprint = colons(&identity.fingerprint());
    // In two lines, as everywhere.
    let (first, second) = fingerprint.split_at_checked(fingerprint.len() / 2 + 1).unwrap_or((&fingerprint, ""));
    output::say(&format!(
        "Made a signing identity, because there was none: {}\n  SHA-256 {first}\n          {second}\n  It proves that a report is \
         unchanged, not who made it: give auditors this fingerprint, or use one that your company's CA vouches for.",
        foreign::path(path),
    ));
    Ok(identity)
}

/// The key of pseudonyms beside the identity in `file`, else beside the user's own; made on first use.
pub fn pseudonym_key(file: Option<&Path>) -> Result<PseudonymKey, Failure> {
    let path = pseudonym_key_path(file)?;
    let (key, made) = pseudonym_key::load_or_make(&path)?;
    access::check(&path, "the key of pseudonyms");
    if made {
        output::say(&format!(
            "Made a key for pseudonyms, because there was none: {}\n  Keep it secret, and keep a copy: without it the \
             pseudonyms cannot be resolved.",
            foreign::path(&path)
        ));
    }
    Ok(key)
}

/// That key, where there is one; none is made.
pub fn pseudonym_key_that_is_there(file: Option<&Path>) -> Result<Option<PseudonymKey>, Failure> {
    let path = pseudonym_key_path(file)?;
    if path.exists() { Ok(Some(pseudonym_key::load(&path)?)) } else { Ok(None) }
}

/// Where that key lies.
pub fn pseudonym_key_path(file: Option<&Path>) -> Result<PathBuf, Failure> {
    Ok(pseudonym_key::beside(&file.map_or_else(default_path, |file| Ok(file.to_owned()))?))
}

/// A fingerprint as people compare it.
pub fn colons(hex: &str) -> String {
    let pairs = hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase());
    pairs.collect::<Vec<_>>().join(":")
}
