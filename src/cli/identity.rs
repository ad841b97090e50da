//! `identity`: makes, imports and shows signing identities, and asks a CA to certify them.

use std::path::{Path, PathBuf};

use chrono::Utc;
use serde_json::json;
use zeroize::Zeroizing;

use super::args::{AlgorithmArg, IdentityAction};
use super::keys::{colons, open};
use super::{Exit, Failure, foreign, output, passphrase};
use crate::batch::rfc3339;
use crate::durable;
use crate::remedy::Remedy;
use crate::sign::identity::{IdentityParts, default_path};
use crate::sign::{Algorithm, Identity, SignError, Subject, certificate};

/// No file with a key or certificates is longer; more is not read.
const LONGEST: u64 = 1 << 20;

mod pseudonyms;

/// Runs the subcommand.
pub fn run(action: &IdentityAction) -> Result<Exit, Failure> {
    match action {
        IdentityAction::Create { name, organization, email, algorithm, years, passphrase, out } => {
            let subject = Subject { name: name.clone(), organization: organization.clone(), email: email.clone() };
            create(&subject, *algorithm, *years, *passphrase, &place(out.as_deref())?)
        }
        IdentityAction::Csr { file, out } => csr(&place(file.as_deref())?, out.as_deref()),
        IdentityAction::Import { files, out } => import(files, &place(out.as_deref())?),
        IdentityAction::Show { file, json } => show(&open(&place(file.as_deref())?)?, *json),
        IdentityAction::Pseudonym(args) => pseudonyms::print(args),
        IdentityAction::Resolve(args) => pseudonyms::resolve(args),
    }
}

fn place(file: Option<&Path>) -> Result<PathBuf, Failure> {
    Ok(match file {
        Some(file) => file.to_owned(),
        None => default_path()?,
    })
}

fn create(subject: &Subject, algorithm: AlgorithmArg, years: u32, protect: bool, path: &Path) -> Result<Exit, Failure> {
    // A passphrase is not asked for in vain.
    if path.exists() {
        return Err(SignError::Exists(path.to_owned()).into());
    }
    let algorithm = match algorithm {
        AlgorithmArg::P256 => Algorithm::P256,
        AlgorithmArg::Rsa3072 => Algorithm::Rsa3072,
    };
    let identity = Identity::create(subject, algorithm, Utc::now(), years)?;
    let passphrase = if protect { Some(passphrase::new()?) } else { passphrase::set()? };
    identity.save(path, passphrase.as_ref())?;
    output::say(&format!("Made {}", foreign::path(path)));
    show(&identity, false)
}

fn csr(path: &Path, out: Option<&Path>) -> Result<Exit, Failure> {
    let request = open(path)?.request()?;
    let Some(out) = out else {
        output::result(request.trim_end())?;
        return Ok(Exit::Done);
    };
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Local, format_args!("cannot write the request to `{}`", out.display())).because(error)
    };
    durable::create(out, request.as_bytes()).map_err(failed)?;
    output::say(&format!(
        "Wrote {}; send it to your CA, then: dialnexa-audit identity import CERTIFICATE --out {}",
        out.display(),
        path.display()
    ));
    Ok(Exit::Done)
}

/// A key with its certificates becomes a new identity; certificates alone are given to the identity that has their key.
fn import(files: &[PathBuf], path: &Path) -> Result<Exit, Failure> {
    let contents = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    let (parts, passphrase) = passphrase::opened("Passphrase of what is imported", |passphrase| {
        let mut parts = IdentityParts::default();
        contents.iter().try_for_each(|content| parts.add(content, passphrase)).map(|()| parts)
    })?;
    if parts.hold_a_key() {
        let identity = fit(parts.into_identity()?)?;
        identity.save(path, passphrase.as_ref())?;
        output::say(&format!("Made {}", foreign::path(path)));
        return show(&identity, false);
    }
    if !path.exists() {
        return Err(Failure::new(
            Exit::Usage,
            format_args!(
                "there are certificates but no private key, and there is no identity `{}` to give them to",
                path.display()
            ),
        )
        .with_remedy("name the key's file as well, or by --out the identity that the request was made of"));
    }
    let identity = fit(open(path)?.certified(parts.into_certificates())?)?;
    identity.save_certificates(path)?;
    output::say(&format!("Gave the certificates to {}", foreign::path(path)));
    show(&identity, false)
}

/// An identity that could not sign is not taken over: it would only be refused later.
fn fit(identity: Identity) -> Result<Identity, Failure> {
    identity.check(Utc::now())?;
    Ok(identity)
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |why: &dyn std::fmt::Display| {
        Failure::new(Exit::Local, format_args!("cannot read `{}`", path.display())).because(why)
    };
    let length = std::fs::metadata(path).map_err(|error| failed(&error))?.len();
    if length > LONGEST {
        return Err(failed(&"it is longer than 1 MiB, so it holds more than a key and its certificates"));
    }
    std::fs::read(path).map(Zeroizing::new).map_err(|error| failed(&error))
}

fn show(identity: &Identity, json: bool) -> Result<Exit, Failure> {
    let (from, to) = identity.validity();
    let fingerprint = identity.fingerprint();
    let unfit = identity.check(Utc::now()).err();
    let remedy = unfit.as_ref().and_then(Remedy::remedy);
    let unfit = unfit.map(|why| why.to_string());
    let above = identity.chain().iter().skip(1);
    let above: Vec<_> = above.map(|entry| certificate::display_name(entry.tbs_certificate().subject())).collect();
    if json {
        let shown = json!({
            "subject": identity.subject(), "issuer": identity.issuer(), "key": identity.key_name(), "chain": above,
            "valid_from": rfc3339(from), "valid_to": rfc3339(to), "sha256": fingerprint, "unfit": unfit,
        });
        output::json(&shown)?;
        return Ok(Exit::Done);
    }
    let digits = colons(&fingerprint);
    let (first, second) = digits.split_at_checked(48).unwrap_or((&digits, ""));
    output::result(&format!(
        "Subject    {}\nIssuer     {}\nChain      {}\nKey        {}\nValid      {} to {}\nCan sign   {}\n\
         SHA-256    {first}\n           {second}",
        identity.subject(),
        identity.issuer(),
        if above.is_empty() { "this certificate alone".to_owned() } else { above.join(", ") },
        identity.key_name(),
        from.format("%Y-%m-%d"),
        to.format("%Y-%m-%d"),
        unfit.map_or_else(|| "yes".to_owned(), |why| format!("NO: {why}")),
    ))?;
    if let Some(remedy) = remedy {
        output::say(&format!("hint: {remedy}"));
    }
    Ok(Exit::Done)
}
