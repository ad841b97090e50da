//! Attacks on whole packages, through the real binary. None passes. What openssl and pyHanko say of the file itself is
//! beside: a file that was swapped with its good signature is in order by itself, and only the manifest gives it away.

use std::fs;
use std::path::PathBuf;

use dialnexa_audit::package::Manifest;
use dialnexa_audit::sign::{Identity, Signing, cms, html, pades};

use super::bench::now;
use crate::harness::{Place, Run};

const Q1: &str = "batch-audit-2024-Q1";
const Q2: &str = "batch-audit-2024-Q2";

/// Two quarters by one signer, and a stranger who calls himself the same.
struct Scene {
    place: Place,
    fingerprint: String,
    stranger: Identity,
}

fn scene() -> Scene {
    let place = Place::new();
    place.run(&["identity", "create", "--name", "Report Desk", "--out", "../desk.pem"]).done().expect(0);
    let arguments = "report --sample --quiet --quarter 2024-Q1 --quarter 2024-Q2 --identity ../desk.pem";
    place.run(&arguments.split(' ').collect::<Vec<_>>()).done().expect(0);
    let owner = Identity::load(&place.work().join("../desk.pem"), None).unwrap();
    fs::write(place.work().join("signer.pem"), owner.chain_pem().unwrap()).unwrap();
    let subject = dialnexa_audit::sign::Subject { name: "Report Desk".to_owned(), organization: None, email: None };
    let begins = now() - chrono::TimeDelta::hours(1);
    let stranger = Identity::create(&subject, dialnexa_audit::sign::Algorithm::P256, begins, 3).unwrap();
    assert_eq!(stranger.subject(), owner.subject());
    Scene { fingerprint: owner.fingerprint(), place, stranger }
}

impl Scene {
    fn path(&self, package: &str, name: &str) -> PathBuf {
        self.place.work().join(package).join(name)
    }

    fn read(&self, package: &str, name: &str) -> Vec<u8> {
        fs::read(self.path(package, name)).unwrap()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(Q1, name), bytes).unwrap();
    }

    fn verify(&self, more: &[&str]) -> Run {
        self.place.run(&[&["verify", Q1], more].concat()).done()
    }

    /// Whatever the caller trusts, `verify` says no, by these words; the auditor who knows the fingerprint as well.
    #[track_caller]
    fn must_fail(&self, words: &str) {
        for more in [&[][..], &["--trust", "signer.pem"], &["--fingerprint", &self.fingerprint]] {
            let run = self.verify(more).expect(1);
            assert!(run.stdout.contains(words) && run.stdout.contains("FAILED"), "{words}\n{run}");
        }
    }

    /// What others say of one file of the package by itself.
    #[track_caller]
    fn others_say(&self, attack: &str, name: &str, good: bool) {
        let verdicts = match name.rsplit('.').next().unwrap() {
            "pdf" => vec![("pyHanko", self.by_pyhanko(name)), ("pdfsig", self.by_pdfsig(name))],
            "html" => vec![("openssl", self.by_recipe(name))],
            _ => vec![("openssl", self.by_openssl(name))],
        };
        for (judge, verdict) in verdicts {
            let words = verdict.map_or("not installed", |good| if good { "accepts it" } else { "refuses it" });
            println!("{attack} | {name} | verify refuses | {judge} {words}");
            assert!(verdict.is_none_or(|verdict| verdict == good), "{attack}: {judge} {words}");
        }
    }

    fn by_openssl(&self, name: &str) -> Option<bool> {
        let line = format!(
            "cms -verify -binary -inform DER -in {name}.p7s -content {name} -CAfile ../signer.pem -out /dev/null"
        );
        self.judge("openssl", &line.split(' ').collect::<Vec<_>>()).map(|run| run.status == Some(0))
    }

    /// By the commands that the file itself names.
    fn by_recipe(&self, name: &str) -> Option<bool> {
        self.judge("openssl", &["version"])?;
        let page = String::from_utf8(self.read(Q1, name)).unwrap();
        let commands = page.lines().filter(|line| line.starts_with("  sed ") || line.starts_with("  openssl "));
        let script: Vec<_> =
            commands.map(|line| line.replace("FILE", name).replace("signer.pem", "../signer.pem")).collect();
        assert_eq!(script.len(), 3);
        let run = self.judge("sh", &["-c", &script.join(" && ")])?;
        for rest in ["p7s", "signed"] {
            fs::remove_file(self.path(Q1, &format!("{name}.{rest}"))).unwrap();
        }
        Some(run.status == Some(0))
    }

    fn by_pyhanko(&self, name: &str) -> Option<bool> {
        let line =
            format!("sign validate --pretty-print --trust-replace --trust ../signer.pem --no-revocation-check {name}");
        let run = self.judge("pyhanko", &line.split(' ').collect::<Vec<_>>())?;
        Some(run.stdout.contains("judged VALID") && run.status == Some(0))
    }

    fn by_pdfsig(&self, name: &str) -> Option<bool> {
        let run = self.judge("pdfsig", &[name])?;
        Some(run.stdout.contains("Signature is Valid") && run.stdout.contains("Total document signed"))
    }

    /// Another program in the folder of the package; `None` where it is not installed, which is a failure under CI.
    fn judge(&self, program: &str, arguments: &[&str]) -> Option<Run> {
        let there = std::process::Command::new(program).arg("--version").output().is_ok();
        assert!(there || std::env::var("CI").as_deref() != Ok("true"), "{program} is needed");
        let script = format!("cd {Q1} && exec \"$0\" \"$@\"");
        let all = [&["-c", &script, program], arguments].concat();
        there.then(|| self.place.run_program("sh", &all).done())
    }

    fn manifest(&self) -> Manifest {
        serde_json::from_slice(&self.read(Q1, "manifest.json")).unwrap()
    }

    /// Signs the file beside itself, as the stranger.
    fn sign_as_the_stranger(&self, name: &str) {
        let p7s = cms::detached(&self.read(Q1, name), &Signing::new(&self.stranger, now())).unwrap();
        self.write(&format!("{name}.p7s"), p7s);
    }
}

#[test]
fn a_file_swapped_between_two_packages_with_its_signature_is_rejected() {
    let scene = scene();
    for suffix in [".csv", "-totals.csv", ".json", ".html", ".pdf"] {
        let (name, other) = (format!("{Q1}{suffix}"), format!("{Q2}{suffix}"));
        let mut kept = Vec::new();
        for rest in ["", ".p7s"].iter().filter(|rest| scene.path(Q1, &format!("{name}{rest}")).exists()) {
            kept.push((format!("{name}{rest}"), scene.read(Q1, &format!("{name}{rest}"))));
            scene.write(&format!("{name}{rest}"), scene.read(Q2, &format!("{other}{rest}")));
        }
        scene.must_fail("the manifest lists");
        scene.others_say("swapped with its signature", &name, true);
        kept.into_iter().for_each(|(name, bytes)| scene.write(&name, bytes));
    }
    scene.verify(&["--trust", "signer.pem"]).expect(0);
}

#[test]
fn a_file_or_a_signature_swapped_alone_is_rejected() {
    let scene = scene();
    for (name, other) in [(".csv", ".csv"), (".csv.p7s", ".csv.p7s"), (".csv.p7s", ".json.p7s")] {
        let (name, from) = (format!("{Q1}{name}"), if name == other { Q2 } else { Q1 });
        let kept = scene.read(Q1, &name);
        scene.write(&name, scene.read(from, &format!("{from}{other}")));
        scene.must_fail("the content is not what was signed");
        scene.others_say("swapped alone", &format!("{Q1}.csv"), false);
        scene.write(&name, kept);
    }
}

#[test]
fn a_manifest_with_a_line_left_out_is_rejected() {
    let scene = scene();
    let (full, name) = (scene.manifest(), format!("{Q1}-totals.csv"));
    let without = |name: &str| {
        let mut manifest = full.clone();
        manifest.files.retain(|entry| !entry.name.starts_with(name));
        manifest.to_json().unwrap()
    };
    scene.write("manifest.json", without(&name));
    scene.must_fail(&format!("{name} is not listed in manifest.json"));
    scene.must_fail("the content is not what was signed");
    scene.others_say("a line left out", "manifest.json", false);
    // With the file left out as well, nothing but the manifest's signature shows.
    for rest in ["", ".p7s"] {
        fs::remove_file(scene.path(Q1, &format!("{name}{rest}"))).unwrap();
    }
    scene.must_fail("the content is not what was signed");
    // The stranger signs the manifest that he made.
    scene.sign_as_the_stranger("manifest.json");
    scene.must_fail("signed the manifest, Report Desk this file (another certificate)");
    scene.others_say("a line left out, signed by a stranger of the same name", "manifest.json", false);
    // A file taken away, the manifest left as it was.
    scene.write("manifest.json", full.to_json().unwrap());
    scene.must_fail(&format!("{name} is missing"));
}

/// All is consistent and well signed, by a certificate with the same name and another key. Only who knows the signer can know.
#[test]
fn a_package_signed_again_by_a_stranger_of_the_same_name_is_rejected_by_whoever_knows_the_signer() {
    let scene = scene();
    let signing = Signing::new(&scene.stranger, now());
    let csv = String::from_utf8(scene.read(Q1, &format!("{Q1}.csv"))).unwrap();
    scene.write(&format!("{Q1}.csv"), csv.replacen(",completed,", ",failed,", 1));
    let page = String::from_utf8(scene.read(Q1, &format!("{Q1}.html"))).unwrap();
    let (unsigned, _) = page.split_once("<!-- This file is signed").unwrap();
    scene.write(&format!("{Q1}.html"), html::sign(&format!("{unsigned}{}", html::END), &signing).unwrap());
    // The unsigned PDF is what is before the revision that signs it.
    let pdf = scene.read(Q1, &format!("{Q1}.pdf"));
    let end = pdf.windows(6).position(|window| window == b"%%EOF\n").unwrap() + 6;
    let report: dialnexa_audit::report::AuditReport =
        serde_json::from_slice(&scene.read(Q1, &format!("{Q1}.json"))).unwrap();
    scene.write(&format!("{Q1}.pdf"), pades::sign(pdf[..end].to_vec(), &signing, &report.marks()).unwrap());
    for name in [".csv", "-totals.csv", ".csv-metadata.json", ".json"] {
        scene.sign_as_the_stranger(&format!("{Q1}{name}"));
    }
    scene.sign_as_the_stranger("evidence.warc.gz");
    // What names the signer names the stranger.
    let mut readme = String::from_utf8(scene.read(Q1, "README.txt")).unwrap();
    let halves = |hex: &str| {
        let pairs: Vec<_> = hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
        [hex.to_owned(), pairs[..16].join(":"), pairs[16..].join(":")]
    };
    for (own, other) in halves(&scene.fingerprint).iter().zip(halves(&scene.stranger.fingerprint())) {
        readme = readme.replace(own, &other);
    }
    scene.write("README.txt", readme);
    scene.sign_as_the_stranger("README.txt");
    scene.write("signer.pem", scene.stranger.chain_pem().unwrap());
    let mut manifest = scene.manifest();
    for entry in &mut manifest.files {
        *entry = dialnexa_audit::package::Entry::of(&entry.name, &scene.read(Q1, &entry.name));
    }
    scene.write("manifest.json", manifest.to_json().unwrap());
    scene.sign_as_the_stranger("manifest.json");

    let run = scene.verify(&["--trust", "signer.pem"]).expect(1);
    assert!(run.stdout.contains("does not lead to a trusted one"), "{run}");
    let run = scene.verify(&["--fingerprint", &scene.fingerprint]).expect(1);
    assert!(run.stdout.contains("another fingerprint than the one given"), "{run}");
    // Without knowing the signer the forged row still contradicts the data; with it put right nothing would.
    assert!(scene.verify(&[]).expect(1).stdout.contains(&format!("{Q1}.csv")));
    scene.write(&format!("{Q1}.csv"), csv);
    scene.sign_as_the_stranger(&format!("{Q1}.csv"));
    for entry in &mut manifest.files {
        *entry = dialnexa_audit::package::Entry::of(&entry.name, &scene.read(Q1, &entry.name));
    }
    scene.write("manifest.json", manifest.to_json().unwrap());
    scene.sign_as_the_stranger("manifest.json");
    assert!(scene.verify(&[]).expect(0).stdout.contains("who signed it was not checked"));
    for name in ["manifest.json".to_owned(), format!("{Q1}.html")] {
        scene.others_say("signed again by a stranger of the same name", &name, false);
    }
    assert_ne!(scene.by_pyhanko(&format!("{Q1}.pdf")), Some(true));
}

#[test]
fn an_html_with_the_signature_of_another_report_is_rejected() {
    let scene = scene();
    let (name, other) = (format!("{Q1}.html"), format!("{Q2}.html"));
    let (page, foreign) = (scene.read(Q1, &name), scene.read(Q2, &other));
    let (page, foreign) = (String::from_utf8(page).unwrap(), String::from_utf8(foreign).unwrap());
    let (own, _) = page.split_once(html::OPEN).unwrap();
    let (_, block) = foreign.split_once(html::OPEN).unwrap();
    scene.write(&name, format!("{own}{}{block}", html::OPEN));
    scene.must_fail("the content is not what was signed");
    scene.others_say("the signature of another report", &name, false);
    let run = scene.place.run(&["verify", &format!("{Q1}/{name}")]).done().expect(1);
    assert!(run.stdout.contains("the content is not what was signed"), "{run}");
}

#[test]
fn the_manifest_of_another_package_is_rejected() {
    let scene = scene();
    for name in ["manifest.json", "manifest.json.p7s", "signer.pem"] {
        scene.write(name, scene.read(Q2, name));
    }
    scene.must_fail(&format!("{Q2}.csv is missing"));
    scene.must_fail(&format!("{Q1}.csv is not listed in manifest.json"));
    scene.others_say("the manifest of another package", "manifest.json", true);
}

/// What an archive can hold beside files: reading it must neither hang nor fill the memory.
#[test]
fn a_pipe_a_device_or_a_folder_in_a_package_is_rejected_at_once() {
    let scene = scene();
    let made = |program: &str, arguments: &[&str]| scene.place.run_program(program, arguments).done().expect(0);
    for (program, arguments) in [
        ("mkfifo", vec![format!("{Q1}/extra")]),
        ("ln", vec!["-s".to_owned(), "/dev/zero".to_owned(), format!("{Q1}/extra")]),
        ("mkdir", vec![format!("{Q1}/extra")]),
        ("ln", vec!["-s".to_owned(), "nowhere".to_owned(), format!("{Q1}/extra")]),
    ] {
        made(program, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        scene.must_fail("extra is not listed in manifest.json");
        made("rm", &["-r", &format!("{Q1}/extra")]);
    }
    made("rm", &[&format!("{Q1}/{Q1}.csv")]);
    made("mkfifo", &[&format!("{Q1}/{Q1}.csv")]);
    scene.must_fail(&format!("{Q1}.csv"));
}
