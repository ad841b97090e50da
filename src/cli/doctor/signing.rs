//! The identity and the timestamp authority, by signing a line of text as files are signed.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::check::Check;
use crate::cli::args::Package;
use crate::cli::{Failure, keys};
use crate::run::authority;
use crate::sign::identity::default_path;
use crate::sign::{Algorithm, Authority, Identity, Signing, Subject, cms};

/// What is signed, and thrown away.
const TEXT: &[u8] = b"a line of text that doctor signs\n";

/// An identity that ends sooner is reported.
const SOON: TimeDelta = TimeDelta::days(30);

/// Identity, and timestamps where they are asked for.
pub fn checks(args: &Package) -> Vec<Check> {
    let now = Utc::now();
    let (check, identity) = match had(args.identity.as_deref()) {
        Ok(Some(identity)) => (signed(&identity, now), Some(identity)),
        Ok(None) => {
            let remedy = "dialnexa-audit identity create --name ..., or identity import for one of your company's CA";
            (Check::warn("identity", "there is none yet; report makes one on first use", remedy), None)
        }
        Err(failure) => {
            (Check::failed("identity", failure).or_remedy("dialnexa-audit identity show prints more"), None)
        }
    };
    vec![check, stamped(args, identity, now)]
}

/// The identity that report would use; `None` where it would make one.
fn had(file: Option<&Path>) -> Result<Option<Identity>, Failure> {
    let path = match file {
        Some(path) => path.to_owned(),
        None => {
            let path = default_path()?;
            if !path.exists() {
                return Ok(None);
            }
            path
        }
    };
    keys::open(&path).map(Some)
}

fn signed(identity: &Identity, now: DateTime<Utc>) -> Check {
    let tried = identity.check(now).and_then(|()| cms::detached(TEXT, &Signing::new(identity, now)));
    if let Err(error) = tried {
        return Check::failed("identity", error.into()).or_remedy("dialnexa-audit identity create, csr or import");
    }
    // The one of the chain that ends first ends them all.
    let ends = identity.chain().iter().map(|entry| crate::sign::certificate::validity(entry).1).min();
    let until = ends.map_or_else(String::new, |ends| format!("{}", ends.format("%Y-%m-%d")));
    let words = format!("{} ({}) signs; valid until {until}", identity.name(), identity.key_name());
    match ends {
        Some(ends) if ends - now < SOON => {
            Check::warn("identity", words, "have it certified again before then: dialnexa-audit identity csr")
        }
        _ => Check::ok("identity", words),
    }
}

/// A stamp is asked for over a signature, by the identity or one that is made for it and thrown away.
fn stamped(args: &Package, identity: Option<Identity>, now: DateTime<Utc>) -> Check {
    let name = "timestamps";
    let Some(url) = &args.timestamp_url else {
        return Check::skipped(name, "none asked for; signatures state this machine's clock (--timestamp-url)");
    };
    let subject = Subject { name: "doctor".to_owned(), organization: None, email: None };
    let identity = identity.map_or_else(|| Identity::create(&subject, Algorithm::P256, now, 1), Ok);
    let ask = |request: &[u8]| authority::ask(url, request, args.timestamp_wait);
    let authority = Authority { ask: &ask, policy: args.timestamp_policy };
    let host = url.host_str().unwrap_or_default();
    match identity.and_then(|identity| cms::detached(TEXT, &Signing::new(&identity, now).stamped_by(&authority))) {
        Ok(_) => Check::ok(name, format!("{host} stamped a signature")),
        Err(error) => {
            Check::failed(name, error.into()).or_remedy("check the address and the policy, or ask the authority")
        }
    }
}
