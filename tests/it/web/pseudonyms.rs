//! `--pseudonymise`: no name leaves the machine, every format says so, and the holder of the key resolves.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::signed::{STEM, data, file, report, reported};
use super::{on_path, run};
use crate::harness::Place;

const ARGUMENTS: [&str; 3] = ["--pseudonymise", "--format", "csv,html,pdf,ndjson,parquet"];
const NOTE: &str = "are replaced by pseudonyms";

fn names(place: &Place) -> Vec<Option<String>> {
    let data = data(place);
    let register = data["register"].as_array().unwrap();
    register.iter().map(|batch| batch["name"].as_str().map(str::to_owned)).collect()
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn no_file_of_the_package_holds_a_name_and_every_format_says_so() {
    let (open, closed) = (reported(&[]), reported(&ARGUMENTS));
    let real: BTreeSet<String> = names(&open).into_iter().flatten().collect();
    assert!(real.len() > 20);
    let files = closed.files();
    let package = files.iter().filter(|(path, _)| path.starts_with(STEM));
    for (path, bytes) in package {
        let text = String::from_utf8_lossy(bytes);
        let found = real.iter().find(|name| text.contains(name.as_str()));
        assert_eq!(found, None, "{path}");
        let escaped = real.iter().map(|name| name.replace('&', "&amp;")).find(|name| text.contains(name.as_str()));
        assert_eq!(escaped, None, "{path}");
    }
    for suffix in [".html", ".csv-metadata.json", ".parquet"] {
        let text = fs::read(file(&closed, suffix)).unwrap();
        assert!(String::from_utf8_lossy(&text).contains(NOTE), "{suffix}");
    }
    assert_eq!(data(&closed)["pseudonyms"]["key_id"].as_str().unwrap().len(), 12);
    for suffix in [".csv", ".ndjson"] {
        assert!(fs::read_to_string(file(&closed, suffix)).unwrap().contains("pseudonym-"), "{suffix}");
    }
    if on_path(&["pdftotext"]).is_some() {
        let text = run(Command::new("pdftotext").arg(file(&closed, ".pdf")).arg("-"));
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(line.contains(NOTE), "{line}");
        assert_eq!(real.iter().find(|name| line.contains(name.as_str())), None);
    }
    closed.run(&["verify", STEM]).done().expect(0);
}

#[test]
fn the_same_name_has_the_same_pseudonym_in_every_format_and_run() {
    let (open, closed) = (reported(&[]), reported(&ARGUMENTS));
    let replaced = names(&closed);
    let table = fs::read(file(&closed, ".csv")).unwrap();
    report(&closed, &[&ARGUMENTS[..], &["--force"]].concat());
    assert!(fs::read(file(&closed, ".csv")).unwrap() == table);
    assert_ne!(names(&reported(&ARGUMENTS)), replaced, "another key makes other pseudonyms");
    let page = fs::read_to_string(file(&closed, ".html")).unwrap();
    let table = fs::read_to_string(file(&closed, ".csv")).unwrap();
    for (name, pseudonym) in names(&open).iter().zip(&replaced) {
        assert_eq!(name.is_some(), pseudonym.is_some());
        let Some(pseudonym) = pseudonym else { continue };
        assert!(page.contains(&format!("<bdi>{pseudonym}</bdi>")) && table.contains(&format!(",{pseudonym},")));
    }
}

#[test]
fn the_holder_of_the_key_resolves_pseudonyms_and_openssl_computes_them() {
    let (open, closed) = (reported(&[]), reported(&ARGUMENTS));
    let key = closed.home().join(".config/dialnexa-audit/identity.names.key");
    assert_eq!(mode(&key), 0o600);
    let place = names(&open).iter().position(Option::is_some).unwrap();
    let (name, pseudonym) = (names(&open)[place].clone().unwrap(), names(&closed)[place].clone().unwrap());
    let reported = closed.run(&["identity", "pseudonym", &name]).done().expect(0).stdout;
    assert_eq!(reported, format!("{pseudonym}\t{name}\n"));
    let known: String = names(&open).into_iter().flatten().map(|name| format!("{name}\n")).collect();
    let resolve = ["identity", "resolve", &pseudonym, "--names", "-"];
    assert_eq!(closed.run(&resolve).input(known.as_bytes()).done().expect(0).stdout, reported);
    closed.run(&resolve).input(b"Somebody else\n").done().expect(1).says("none of the names has it");
    // Another machine has another key, or none.
    open.run(&resolve).input(known.as_bytes()).done().expect(6).says("identity.names.key");
    if let Some(openssl) = on_path(&["openssl"]) {
        fs::write(closed.work().join("name"), &name).unwrap();
        let hex = format!("hexkey:{}", fs::read_to_string(&key).unwrap().trim());
        let mut command = Command::new(openssl);
        command.args(["dgst", "-sha256", "-mac", "HMAC", "-macopt", &hex]).arg(closed.work().join("name"));
        let digits = run(&mut command).trim().rsplit(' ').next().unwrap().to_owned();
        assert_eq!(pseudonym, format!("pseudonym-{}", &digits[..20]));
    }
}

#[test]
fn the_evidence_stays_beside_the_package_with_its_owner() {
    let place = reported(&["--pseudonymise"]);
    let kept = place.work().join(format!("{STEM}.evidence.warc.gz"));
    assert_eq!(mode(&kept), 0o600);
    assert!(!place.work().join(STEM).join("evidence.warc.gz").exists());
    let sha256 = dialnexa_audit::digest::sha256(&fs::read(&kept).unwrap());
    let stated = &data(&place)["evidence"];
    assert_eq!(
        (stated["sha256"].as_str(), stated["name"].as_str()),
        (Some(&*sha256), kept.file_name().unwrap().to_str())
    );
    let verified = place.run(&["verify", "--json", STEM]).done().expect(0).stdout;
    assert!(verified.contains("names are replaced, and the evidence"), "{verified}");
    assert!(verified.contains("\"answer\": \"data\"") && !verified.contains("\"answer\": \"evidence\""), "{verified}");
    // With the evidence and the key of the pseudonyms, all of it is made again.
    let evidence = kept.to_string_lossy().into_owned();
    let run = place.run(&["verify", STEM, "--evidence", &evidence]).done().expect(0);
    assert_eq!(run.stdout.matches("   evidence\n").count(), 7, "{run}");
    let other = place.work().join("other.warc.gz");
    fs::write(&other, [fs::read(&kept).unwrap(), vec![0]].concat()).unwrap();
    let run = place.run(&["verify", STEM, "--evidence", "other.warc.gz"]).done().expect(1);
    assert!(run.stdout.contains("is not the one that it was made from"), "{run}");
    // The same key makes the same report from it again.
    fs::create_dir(place.work().join("again")).unwrap();
    let render =
        ["render", &evidence, "--quarter", "2024-Q1", "--timezone", "Asia/Kolkata", "--pseudonymise", "--out", "again"];
    place.run(&render).done().expect(0);
    let again = fs::read(place.work().join("again").join(STEM).join(format!("{STEM}.json"))).unwrap();
    assert!(again == fs::read(file(&place, ".json")).unwrap());
    // It is not replaced unasked, also where its package is gone.
    fs::remove_dir_all(place.work().join(STEM)).unwrap();
    let again = ["report", "--sample", "--quarter", "2024-Q1", "--pseudonymise"];
    place.run(&again).done().expect(6).says("exists already");
}
