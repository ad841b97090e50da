//! The passphrase of a signing identity: set in the environment, else typed at a terminal. It is never an argument: those are
//! seen by others.

use std::io::IsTerminal;

use secrecy::{ExposeSecret, SecretString};

use super::{Exit, Failure};
use crate::sign::SignError;

const VARIABLE: &str = "DIALNEXA_AUDIT_PASSPHRASE";

/// The passphrase that is set in the environment, where one is.
pub fn set() -> Result<Option<SecretString>, Failure> {
    match std::env::var(VARIABLE) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(SecretString::from(text))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::new(Exit::Usage, format_args!("cannot use {VARIABLE}")).because("it is not a text"))
        }
    }
}

/// What `open` gives with the passphrase that is set, else with the one typed where it needs one; and the passphrase.
pub fn opened<T>(
    what: &str,
    mut open: impl FnMut(Option<&SecretString>) -> Result<T, SignError>,
) -> Result<(T, Option<SecretString>), Failure> {
    let set = set()?;
    match open(set.as_ref()) {
        Err(error) if is_wanting(&error) && std::io::stdin().is_terminal() => {
            let typed = Some(typed(what)?);
            Ok((open(typed.as_ref())?, typed))
        }
        result => Ok((result?, set)),
    }
}

fn is_wanting(error: &SignError) -> bool {
    match error {
        SignError::PassphraseNeeded | SignError::Pkcs12PasswordNeeded => true,
        #[cfg(feature = "pkcs11")]
        SignError::Token(crate::sign::token::TokenError::PinNeeded) => true,
        _ => false,
    }
}

/// A passphrase for a new key: the one that is set, else one typed twice.
pub fn new() -> Result<SecretString, Failure> {
    let refused = |why: &str, remedy: &str| Failure::new(Exit::Usage, why).with_remedy(remedy);
    if let Some(set) = set()? {
        return Ok(set);
    }
    if !std::io::stdin().is_terminal() {
        return Err(refused(
            "there is no passphrase",
            "set DIALNEXA_AUDIT_PASSPHRASE, or run the command in a terminal",
        ));
    }
    let (first, second) = (typed("New passphrase")?, typed("The same once more")?);
    if first.expose_secret().is_empty() {
        return Err(refused("the passphrase is empty, and nothing was written", "type one"));
    }
    match first.expose_secret() == second.expose_secret() {
        true => Ok(first),
        false => Err(refused("the two passphrases differ, and nothing was written", "run the command again")),
    }
}

fn typed(what: &str) -> Result<SecretString, Failure> {
    let failed = |error| Failure::new(Exit::Usage, "cannot read the passphrase from the terminal").because(error);
    rpassword::prompt_password(format!("{what}: ")).map(SecretString::from).map_err(failed)
}
