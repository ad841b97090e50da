//! What the program is built from: licences and duplicates are those of `deny.toml`, here without cargo-deny and without a network.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::recipes::page;

/// Every package of the lock file that some system or feature builds.
fn packages() -> Vec<Value> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--all-features"]);
    let done = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let metadata: Value = serde_json::from_slice(&done.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// A list of `deny.toml`: its texts, or of a list of tables the entry `crate`.
fn listed(text: &str, table: &str, name: &str) -> BTreeSet<String> {
    let file = DeTable::parse(text).unwrap();
    let DeValue::Table(table) = file.get_ref()[table].get_ref() else { panic!("{table} is no table") };
    let DeValue::Array(entries) = table[name].get_ref() else { panic!("{name} is no list") };
    let text = |entry: &DeValue<'_>| match entry {
        DeValue::Table(row) => {
            assert!(row["reason"].get_ref().as_str().is_some_and(|reason| reason.len() > 3), "a skip has a reason");
            row["crate"].get_ref().as_str().unwrap().to_owned()
        }
        other => other.as_str().unwrap().to_owned(),
    };
    entries.iter().map(|entry| text(entry.get_ref())).collect()
}

/// Whether a licence expression of SPDX can be met by the allowed licences alone.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let outer = |separator: &str| {
        let (mut depth, mut parts, mut from) = (0, Vec::new(), 0);
        for (place, letter) in expression.char_indices() {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            if depth == 0 && expression[place..].starts_with(separator) {
                parts.push(&expression[from..place]);
                from = place + separator.len();
            }
        }
        (from > 0).then(|| [parts, vec![&expression[from..]]].concat())
    };
    if let Some(parts) = outer(" OR ") {
        parts.iter().any(|part| is_allowed(part, allowed))
    } else if let Some(parts) = outer(" AND ") {
        parts.iter().all(|part| is_allowed(part, allowed))
    } else if let Some(inner) = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        is_allowed(inner, allowed)
    } else {
        allowed.contains(expression)
    }
}

#[test]
fn an_expression_is_met_by_one_alternative_or_by_all_parts() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Unicode-3.0".to_owned()]);
    for met in ["MIT", "GPL-3.0 OR MIT", "(MIT OR Apache-2.0) AND Unicode-3.0", "(GPL-2.0 AND MIT) OR (MIT)"] {
        assert!(is_allowed(met, &allowed), "{met}");
    }
    for refused in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-2.0", ""] {
        assert!(!is_allowed(refused, &allowed), "{refused}");
    }
}

#[test]
fn every_dependency_is_under_an_allowed_licence_and_what_is_there_twice_is_known() {
    let rules = page("deny.toml");
    let (allowed, skipped) = (listed(&rules, "licenses", "allow"), listed(&rules, "bans", "skip"));
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages() {
        let (name, version) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        let licence = package["license"].as_str().unwrap_or_default();
        // Older crates separate alternatives by a slash.
        let licence = licence.replace(" / ", " OR ").replace('/', " OR ");
        assert!(is_allowed(&licence, &allowed), "{name} {version} is under `{licence}`");
        versions.entry(name.to_owned()).or_default().push(version.to_owned());
    }
    assert!(versions.len() > 300, "{}", versions.len());
    let mut seen = BTreeSet::new();
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let known = versions.iter().map(|version| format!("{name}@{version}")).filter(|one| skipped.contains(one));
        let known: Vec<String> = known.collect();
        assert_eq!(known.len(), versions.len() - 1, "{name} is there as {versions:?}: one may go unstated");
        seen.extend(known);
    }
    assert_eq!(seen, skipped, "deny.toml skips what is not there");
}
