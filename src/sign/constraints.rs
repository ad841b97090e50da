//! What a CA's certificate says of the certificates below it (RFC 5280, 4.2.1.10 and 6.1): names that they may bear, and, as
//! every validator in use reads it, the purposes that they may have. Both bind whether they are critical or not.

use der::asn1::{Ia5StringRef, ObjectIdentifier};
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::ext::pkix::{ExtendedKeyUsage, NameConstraints, SubjectAltName};
use x509_cert::name::Name;

/// The address within a subject (PKCS #9).
const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
/// Any purpose.
const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// Whether one of `purposes` is left when each certificate of the path, which begins with the signer's, has narrowed them.
///
/// # Errors
/// The certificate that leaves none, in words.
pub fn purposes_allow(path: &[&Certificate], purposes: &[ObjectIdentifier]) -> Result<(), String> {
    let mut left = purposes.to_vec();
    for entry in path {
        match entry.tbs_certificate().get_extension::<ExtendedKeyUsage>() {
            Ok(None) => {}
            Ok(Some((_, usage))) if usage.0.contains(&ANY) => {}
            Ok(Some((_, usage))) => left.retain(|oid| usage.0.contains(oid)),
            Err(_) => left.clear(),
        }
        if left.is_empty() {
            return Err(format!("the certificate of `{}` is for other purposes than this signature's", name_of(entry)));
        }
    }
    Ok(())
}

/// Whether the names in every certificate of the path are among those that the CAs above it allow.
///
/// # Errors
/// The name and the CA, in words; and where constraints cannot be read or are of a kind that cannot be checked.
pub fn names_allow(path: &[&Certificate]) -> Result<(), String> {
    for (place, authority) in path.iter().enumerate().skip(1) {
        let constraints = match authority.tbs_certificate().get_extension::<NameConstraints>() {
            Ok(None) => continue,
            Ok(Some((_, constraints))) => constraints,
            Err(_) => return Err(format!("the name constraints of `{}` cannot be read", name_of(authority))),
        };
        for (below, entry) in path.iter().take(place).enumerate() {
            // A CA that renews its own certificate is not constrained by itself, unless it is the last of the path.
            if below > 0 && super::certificate::is_self_issued(entry) {
                continue;
            }
            for name in names(entry)? {
                check(&name, &constraints).map_err(|why| {
                    format!(
                        "the certificate of `{}` {why}, by the certificate of `{}`",
                        name_of(entry),
                        name_of(authority)
                    )
                })?;
            }
        }
    }
    Ok(())
}

fn name_of(entry: &Certificate) -> String {
    super::certificate::display_name(entry.tbs_certificate().subject())
}

/// All names of a certificate: its subject, alternative names, and addresses within the subject where there are no others.
fn names(entry: &Certificate) -> Result<GeneralNames, String> {
    let tbs = entry.tbs_certificate();
    let unreadable = |_| format!("the names of `{}` cannot be read", name_of(entry));
    let alternative = tbs.get_extension::<SubjectAltName>().map_err(unreadable)?;
    let mut names: GeneralNames = alternative.map(|(_, names)| names.0).unwrap_or_default();
    let subject = tbs.subject();
    if !names.iter().any(|name| matches!(name, GeneralName::Rfc822Name(_))) {
        for part in subject.iter().filter(|part| part.oid == EMAIL_ADDRESS) {
            let address = Ia5StringRef::try_from(&part.value).map_err(unreadable)?;
            names.push(GeneralName::Rfc822Name(address.into()));
        }
    }
    if !subject.is_empty() {
        names.push(GeneralName::DirectoryName(subject.clone()));
    }
    Ok(names)
}

fn check(name: &GeneralName, constraints: &NameConstraints) -> Result<(), String> {
    let excluded = constraints.excluded_subtrees.iter().flatten();
    for tree in excluded {
        match lies_in(name, &tree.base) {
            Some(true) => return Err(format!("bears a name that is excluded ({})", text(name))),
            None if same_kind(name, &tree.base) => {
                return Err(format!("bears a name that cannot be checked ({})", text(name)));
            }
            _ => {}
        }
    }
    let mut permitted =
        constraints.permitted_subtrees.iter().flatten().filter(|tree| same_kind(name, &tree.base)).peekable();
    let is_bound = permitted.peek().is_some();
    match !is_bound || permitted.any(|tree| lies_in(name, &tree.base) == Some(true)) {
        true => Ok(()),
        false => Err(format!("bears a name that is not permitted ({})", text(name))),
    }
}

fn same_kind(name: &GeneralName, base: &GeneralName) -> bool {
    std::mem::discriminant(name) == std::mem::discriminant(base)
}

/// Whether a name lies in the subtree of `base`; `None` for kinds of names that are not understood or differ.
fn lies_in(name: &GeneralName, base: &GeneralName) -> Option<bool> {
    Some(match (name, base) {
        (GeneralName::DirectoryName(name), GeneralName::DirectoryName(base)) => begins_with(name, base),
        (GeneralName::DnsName(name), GeneralName::DnsName(base)) => host_in(name.as_str(), base.as_str(), true),
        (GeneralName::Rfc822Name(name), GeneralName::Rfc822Name(base)) => address_in(name.as_str(), base.as_str()),
        (GeneralName::UniformResourceIdentifier(name), GeneralName::UniformResourceIdentifier(base)) => {
            let host = host_of(name.as_str())?;
            host_in(host, base.as_str(), false)
        }
        (GeneralName::IpAddress(name), GeneralName::IpAddress(base)) => {
            network_holds(name.as_bytes(), base.as_bytes())?
        }
        _ => return None,
    })
}

/// Whether the first parts of a name are those of `base`, whatever kind of text they are written in.
fn begins_with(name: &Name, base: &Name) -> bool {
    let parts = |name: &Name| name.iter().map(|part| (part.oid, folded(&part.value))).collect::<Vec<_>>();
    parts(name).starts_with(&parts(base))
}

/// A value without regard to capitals, runs of spaces and the kind of text.
fn folded(value: &der::Any) -> Vec<u8> {
    let text = String::from_utf8_lossy(value.value()).to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ").into_bytes()
}

/// Whether a host is `base` or, where `below` is set or `base` begins with a dot, under it.
fn host_in(name: &str, base: &str, below: bool) -> bool {
    let (name, base) = (name.trim_end_matches('.').to_ascii_lowercase(), base.to_ascii_lowercase());
    match base.strip_prefix('.') {
        Some(domain) => name.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None if base.is_empty() => true,
        None if name == base => true,
        None => below && name.strip_suffix(&base).is_some_and(|rest| rest.ends_with('.')),
    }
}

/// A mailbox, a host, or, with a dot before it, a domain.
fn address_in(name: &str, base: &str) -> bool {
    let Some((mailbox, host)) = name.rsplit_once('@') else { return false };
    match base.rsplit_once('@') {
        Some((own, of)) => mailbox == own && host.eq_ignore_ascii_case(of),
        None => host_in(host, base, false),
    }
}

fn host_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    Some(host.rsplit_once(':').map_or(host, |(host, _)| host)).filter(|host| !host.is_empty())
}

/// Whether an address is in a network, which is written as its address and its mask.
fn network_holds(address: &[u8], network: &[u8]) -> Option<bool> {
    let (base, mask) = network.split_at_checked(address.len())?;
    if mask.len() != address.len() {
        return Some(false);
    }
    Some(address.iter().zip(base).zip(mask).all(|((byte, base), mask)| byte & mask == base & mask))
}

fn text(name: &GeneralName) -> String {
    match name {
        GeneralName::DirectoryName(name) => name.to_string(),
        GeneralName::DnsName(name) | GeneralName::UniformResourceIdentifier(name) | GeneralName::Rfc822Name(name) => {
            name.as_str().to_owned()
        }
        GeneralName::IpAddress(_) => "an IP address".to_owned(),
        _ => "of another kind".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_addresses_and_networks_are_compared_as_rfc_5280_says() {
        assert!(host_in("a.example.com", "example.com", true) && !host_in("a.example.com", "example.com", false));
        assert!(host_in("a.Example.com", ".example.com", false) && !host_in("example.com", ".example.com", false));
        assert!(!host_in("badexample.com", "example.com", true) && !host_in("badexample.com", ".example.com", true));
        assert!(address_in("a@example.com", "example.com") && !address_in("a@b.example.com", "example.com"));
        assert!(address_in("a@b.example.com", ".example.com") && address_in("a@example.com", "a@EXAMPLE.com"));
        assert!(!address_in("A@example.com", "a@example.com") && !address_in("example.com", "example.com"));
        assert_eq!(host_of("https://u:p@host.example:8443/x@y"), Some("host.example"));
        assert_eq!(network_holds(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]), Some(true));
        assert_eq!(network_holds(&[11, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]), Some(false));
    }
}
