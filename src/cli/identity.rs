//! `identity`: makes and shows signing identities.

use std::path::{Path, PathBuf};

use chrono::Utc;
use serde_json::json;

use super::args::{AlgorithmArg, IdentityAction};
use super::keys::{colons, passphrase};
use super::{Exit, Failure, output};
use crate::batch::rfc3339;
use crate::sign::identity::default_path;
use crate::sign::{Algorithm, Identity, Subject};

mod pseudonyms;

/// Runs the subcommand.
pub fn run(action: &IdentityAction) -> Result<Exit, Failure> {
    match action {
        IdentityAction::Create { name, organization, email, algorithm, years, out } => {
            let subject = Subject { name: name.clone(), organization: organization.clone(), email: email.clone() };
            let algorithm = match algorithm {
                AlgorithmArg::P256 => Algorithm::P256,
                AlgorithmArg::Rsa3072 => Algorithm::Rsa3072,
            };
            let path = place(out.as_deref())?;
            let identity = Identity::create(&subject, algorithm, Utc::now(), *years)?;
            identity.save(&path, passphrase().as_ref())?;
            output::say(&format!("Made {}", path.display()));
            show(&identity, false)
        }
        IdentityAction::Show { file, json } => {
            let path = place(file.as_deref())?;
            show(&Identity::load(&path, passphrase().as_ref())?, *json)
        }
        IdentityAction::Pseudonym(args) => pseudonyms::tell(args),
        IdentityAction::Resolve(args) => pseudonyms::resolve(args),
    }
}

fn place(file: Option<&Path>) -> Result<PathBuf, Failure> {
    Ok(match file {
        Some(file) => file.to_owned(),
        None => default_path()?,
    })
}

fn show(identity: &Identity, json: bool) -> Result<Exit, Failure> {
    let (from, to) = identity.validity();
    let fingerprint = identity.fingerprint();
    if json {
        let shown = json!({
            "subject": identity.subject(), "issuer": identity.issuer(), "key": identity.key_name(),
            "valid_from": rfc3339(from), "valid_to": rfc3339(to), "sha256": fingerprint,
        });
        output::result(&format!("{shown:#}"))?;
        return Ok(Exit::Done);
    }
    let digits = colons(&fingerprint);
    let (first, second) = digits.split_at_checked(48).unwrap_or((&digits, ""));
    output::result(&format!(
        "Subject    {}\nIssuer     {}\nKey        {}\nValid      {} to {}\nSHA-256    {first}\n           {second}",
        identity.subject(),
        identity.issuer(),
        identity.key_name(),
        from.format("%Y-%m-%d"),
        to.format("%Y-%m-%d"),
    ))?;
    Ok(Exit::Done)
}
