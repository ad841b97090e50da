//! What happens to a package on its way to an auditor, and is no attack: it is named for what it is.

use std::fs;

use chrono::TimeDelta;
use dialnexa_audit::sign::{Algorithm, Authority, Identity, Signing, cms};
use dialnexa_audit::verify::signature::{Timed, Trust, verify_detached};

use super::attacks::must_refuse;
use super::bench::{now, subject};
use super::pki::pki;
use super::stamps::answer;
use crate::harness::Place;

const PACKAGE: &str = "batch-audit-2024-Q1";

fn reported(more: &[&str]) -> Place {
    let place = Place::new();
    place.run(&[&["report", "--sample", "--quarter", "2024-Q1", "--quiet"], more].concat()).done().expect(0);
    place
}

#[test]
fn a_file_without_its_signature_is_not_signed() {
    let place = reported(&["--format", "csv"]);
    let name = format!("{PACKAGE}.csv");
    fs::copy(place.work().join(PACKAGE).join(&name), place.work().join(&name)).unwrap();
    let run = place.run(&["verify", &name]).done().expect(1);
    assert!(run.stdout.contains(&format!("not signed: {name}.p7s is missing")), "{run}");
    fs::remove_file(place.work().join(PACKAGE).join(format!("{name}.p7s"))).unwrap();
    let run = place.run(&["verify", PACKAGE]).done().expect(1);
    assert!(run.stdout.contains(&format!("not signed: {name}.p7s is missing")), "{run}");
}

#[test]
fn an_archive_is_to_be_unpacked_first() {
    let place = Place::new();
    for name in ["package.zip", "Package.ZIP", "package.tar", "package.tar.gz", "package.tgz", "package.7z"] {
        fs::write(place.work().join(name), "PK").unwrap();
        let run = place.run(&["verify", name]).done().expect(1);
        assert!(run.stdout.contains("it is an archive: unpack it first"), "{run}");
    }
}

#[test]
fn what_systems_leave_in_a_folder_is_a_note_and_no_failure() {
    let place = reported(&["--format", "csv"]);
    for name in [".DS_Store", "Thumbs.db", "desktop.ini", ".~lock.batch-audit-2024-Q1.csv#", "~$a.xlsx", "._signer.pem"]
    {
        fs::write(place.work().join(PACKAGE).join(name), "x").unwrap();
    }
    let run = place.run(&["verify", PACKAGE]).done().expect(0);
    // And one of the figures that were counted in call logs.
    assert_eq!(run.stdout.matches("  note: ").count(), 7, "{run}");
    assert!(run.stdout.contains("note: .DS_Store was left by a system or an office program"), "{run}");
    for name in ["ds_store", "notes.txt", ".hidden", "thumbs.db"] {
        let path = place.work().join(PACKAGE).join(name);
        fs::write(&path, "x").unwrap();
        place.run(&["verify", PACKAGE]).done().expect(1);
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn line_ends_changed_by_git_or_mail_are_recognised_and_still_rejected() {
    let place = reported(&[]);
    let plain = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n", "\n");
    for end in ["-totals.csv", ".json", ".html"] {
        let path = place.work().join(PACKAGE).join(format!("{PACKAGE}{end}"));
        let good = fs::read(&path).unwrap();
        let was_dos = good.windows(2).any(|pair| pair == b"\r\n");
        let changed = if was_dos { plain(&good) } else { plain(&good).replace('\n', "\r\n") };
        fs::write(&path, &changed).unwrap();
        let run = place.run(&["verify", path.to_str().unwrap()]).done().expect(1);
        assert!(run.stdout.contains("its line ends were changed, and nothing else"), "{run}");
        // Another change as well is not excused.
        let forged = changed.replacen("163", "164", 1);
        assert_ne!(forged, changed);
        fs::write(&path, forged).unwrap();
        let run = place.run(&["verify", path.to_str().unwrap()]).done().expect(1);
        assert!(!run.stdout.contains("its line ends were changed"), "{run}");
        fs::write(&path, good).unwrap();
    }
}

/// Every second line ended as the others are not.
fn half_changed(good: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = good.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    for line in lines.iter_mut().step_by(2).filter(|line| line.ends_with(b"\n")) {
        let text = line.len() - if line.ends_with(b"\r\n") { 2 } else { 1 };
        let end: &[u8] = if line.ends_with(b"\r\n") { b"\n" } else { b"\r\n" };
        line.splice(text.., end.iter().copied());
    }
    lines.concat()
}

#[test]
fn line_ends_of_any_text_in_a_package_are_recognised_also_where_only_some_were_changed() {
    let place = Place::new();
    fs::create_dir(place.work().join("templates")).unwrap();
    fs::write(place.work().join("templates/findings.html"), "<p>One.</p>\n<p>Two.</p>\n").unwrap();
    let more = ["--format", "csv,html,ndjson", "--template-dir", "templates"];
    place.run(&[&["report", "--sample", "--quarter", "2024-Q1", "--quiet"], &more[..]].concat()).done().expect(0);
    let texts =
        [".csv", "-totals.csv", ".csv-metadata.json", ".json", ".ndjson", ".html"].map(|end| format!("{PACKAGE}{end}"));
    for name in texts.iter().map(String::as_str).chain(["inputs/findings.html.template", "manifest.json"]) {
        let path = place.work().join(PACKAGE).join(name);
        let good = fs::read(&path).unwrap();
        let changed = half_changed(&good);
        assert_ne!(changed, good, "{name}");
        // As a mail program does that takes CR LF for LF.
        let doubled = String::from_utf8(good.clone()).unwrap().replace('\n', "\r\n").into_bytes();
        for bytes in [&changed, &doubled] {
            fs::write(&path, bytes).unwrap();
            let run = place.run(&["verify", PACKAGE]).done().expect(1);
            assert!(run.stdout.contains("its line ends were changed, and nothing else"), "{name}: {run}");
            assert!(run.stdout.contains("FAILED: "), "{name}: {run}");
            if path.with_file_name(format!("{}.p7s", path.file_name().unwrap().display())).exists() {
                let line = format!(
                    "openssl cms -verify -binary -noverify -inform DER -in {name}.p7s -content {name} -out /dev/null"
                );
                let run = place.run_program("bash", &["-c", &format!("cd {PACKAGE} && {line}")]).done();
                assert!(run.status != Some(0), "openssl accepts other line ends: {run}");
            }
        }
        let mut forged = changed.clone();
        let place_of = forged.iter().rposition(u8::is_ascii_digit).or(forged.iter().rposition(u8::is_ascii_alphabetic));
        forged[place_of.unwrap()] ^= 1;
        fs::write(&path, forged).unwrap();
        let run = place.run(&["verify", PACKAGE]).done().expect(1);
        assert!(!run.stdout.contains("its line ends were changed"), "{name}: {run}");
        fs::write(&path, good).unwrap();
    }
    place.run(&["verify", PACKAGE]).done().expect(0);
}

#[test]
fn a_table_or_a_page_without_its_package_is_verified_in_part_and_evidence_as_a_whole() {
    let place = reported(&[]);
    for end in [".csv", "-totals.csv", ".csv-metadata.json", ".json", ".html"] {
        let name = format!("{PACKAGE}{end}");
        let run = place.run(&["verify", &format!("{PACKAGE}/{name}")]).done().expect(1);
        assert!(run.stdout.contains("verify its package"), "{run}");
        let last = run.stdout.lines().last().unwrap();
        assert_eq!(last, format!("IN PART: unchanged since it was signed, but not compared: {name}"), "{run}");
    }
    for name in ["evidence.warc.gz", "batch-audit-2024-Q1.pdf"] {
        let run = place.run(&["verify", &format!("{PACKAGE}/{name}")]).done().expect(0);
        assert!(run.stdout.contains("VERIFIED: "), "{run}");
    }
}

#[test]
fn a_self_made_certificate_past_its_end_says_what_to_do() {
    let made = now() - TimeDelta::days(800);
    let identity = Identity::create(&subject(), Algorithm::P256, made, 1).unwrap();
    let p7s = cms::detached(b"x", &Signing::new(&identity, made + TimeDelta::days(1))).unwrap();
    let words = "no trusted timestamp shows that it was used before: compare its fingerprint with one that the signer gave you, by --fingerprint";
    let anchored = Trust::at(now()).and_pem(&identity.chain_pem().unwrap()).unwrap();
    must_refuse(&verify_detached(b"x", &p7s, &anchored), words);
    let unknown = verify_detached(b"x", &p7s, &Trust::at(now()));
    assert!(unknown.accepted() && unknown.bottom_line().contains(words), "{}", unknown.bottom_line());
    let known = Trust::at(now()).and_fingerprint(&identity.fingerprint()).unwrap();
    assert!(verify_detached(b"x", &p7s, &known).trusted.holds());
}

/// Some authorities write the hash's parameters as NULL where it is listed, and leave them out in the signer's part.
#[test]
fn a_stamp_whose_hash_has_null_parameters_in_one_place_is_accepted() {
    let Some(pki) = pki() else { return };
    let ask = |request: &[u8]| Ok(with_null(&answer(pki, "stamp", request)));
    let authority = Authority { ask: &ask, policy: None };
    let identity = pki.identity("p256");
    let p7s = cms::detached(b"x", &Signing::new(&identity, now()).stamped_by(&authority)).unwrap();
    let verdict = verify_detached(b"x", &p7s, &pki.trust());
    assert!(verdict.accepted() && matches!(verdict.timed, Timed::Stamped { .. }), "{verdict:#?}");
}

/// The answer, in whose list of hashes the one has the other form of no parameters.
fn with_null(answer: &[u8]) -> Vec<u8> {
    use ::cms::signed_data::SignedData;
    use der::asn1::SetOfVec;
    use der::{Any, Decode, Encode};
    let start =
        answer.windows(11).position(|part| part == [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]).unwrap() - 4;
    let mut message = ::cms::content_info::ContentInfo::from_der(&answer[start..]).unwrap();
    let mut data: SignedData = message.content.decode_as().unwrap();
    let mut hash = data.digest_algorithms.as_slice()[0].clone();
    hash.parameters = if hash.parameters.is_some() { None } else { Some(Any::null()) };
    data.digest_algorithms = SetOfVec::try_from(vec![hash]).unwrap();
    message.content = Any::encode_from(&data).unwrap();
    let body = [&[0x30, 0x03, 0x02, 0x01, 0x00], message.to_der().unwrap().as_slice()].concat();
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82], length.as_slice(), &body].concat()
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_was_replaced_while_it_runs_still_verifies_and_watches() {
    let place = reported(&["--format", "csv"]);
    let program = place.work().join("old");
    fs::copy(env!("CARGO_BIN_EXE_dialnexa-audit"), &program).unwrap();
    let script = format!("exec 9<./old; rm ./old; exec /proc/self/fd/9 verify {PACKAGE}");
    let run = place.run_program("bash", &["-c", &script]).done().expect(0);
    assert!(run.stdout.contains("VERIFIED"), "{run}");
    let watched = "watch --once --sample --since beginning --state s.json --quiet --exec 'cat >> reported'";
    let script = format!(
        "cp {} old; exec 9<./old; rm ./old; exec /proc/self/fd/9 {watched}",
        env!("CARGO_BIN_EXE_dialnexa-audit")
    );
    place.run_program("bash", &["-c", &script]).done().expect(0);
    assert!(!fs::read(place.work().join("reported")).unwrap().is_empty());
}
