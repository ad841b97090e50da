//! Reviewer and approver sign a package by the program itself: what they add is their own signature and nothing else, other programs
//! read it as good, and a sign-off that is moved, edited or forged is refused.

use std::fs;

use dialnexa_audit::pdf::{Increment, Object, Pdf};
use dialnexa_audit::sign::{Identity, Signing, cms, pades};
use serde_json::{Value, json};

use super::authority::{Reply, TimeStamps};
use super::bench::now;
use super::forged::{Desk, STEM};
use super::pki::pki;
use super::stamps::answer;
use super::verdicts::against_the_schema;
use crate::harness::{Place, Run};
use crate::pdf::archive::veracheck;
use crate::pdf::bench::installed;

/// A package, and two persons beside the desk that prepared it.
fn scene(more: &[&str]) -> Desk {
    let desk = Desk::reporting(more);
    for (name, file) in [("Review Desk", "reviewer"), ("Head of Compliance", "approver")] {
        desk.place.run(&["identity", "create", "--name", name, "--out", &format!("../{file}.pem")]).done().expect(0);
    }
    desk
}

fn sign(place: &Place, role: &str, name: &str, identity: &str, more: &[&str]) -> Run {
    let identity = format!("../{identity}.pem");
    let line = ["countersign", STEM, "--role", role, "--name", name, "--identity", &identity];
    place.run(&[&line, more].concat()).done()
}

fn reviewed(desk: &Desk) -> Run {
    sign(&desk.place, "reviewer", "Internal Audit", "reviewer", &["--comment", "Compared with the invoice"]).expect(0)
}

fn verify(desk: &Desk) -> Run {
    desk.place.run(&["verify", STEM]).done()
}

fn identity(desk: &Desk, name: &str) -> Identity {
    Identity::load(&desk.place.work().join(format!("../{name}.pem")), None).unwrap()
}

/// All files of the package, by name.
fn files(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    desk.place.files().into_iter().filter(|(name, _)| name.starts_with(STEM)).collect()
}

#[track_caller]
fn refuses(desk: &Desk, words: &str) {
    let run = verify(desk).expect(1);
    assert!(run.stdout.contains(words) && run.stdout.contains("FAILED"), "without {words}: {run}");
}

#[test]
fn reviewer_and_approver_sign_in_any_order_and_each_is_shown_with_certificate_and_time() {
    let desk = scene(&[]);
    let before = files(&desk);
    let run = verify(&desk).expect(0);
    assert!(run.stdout.contains("Reviewer  missing") && run.stdout.contains("Approver  missing"), "{run}");
    sign(&desk.place, "approver", "Head of Audit", "approver", &[]).expect(0).says("Not signed yet by: reviewer");
    let run = verify(&desk).expect(0);
    assert!(run.stdout.contains("Reviewer  missing") && run.stdout.contains("Approver  Head of Audit"), "{run}");
    reviewed(&desk).says("Both reviewer and approver have signed.");
    let run = verify(&desk).expect(0);
    for line in [
        "Preparer  Report Desk (",
        "Reviewer  Internal Audit\n  Comment   Compared with the invoice\n  Signer    Review Desk (",
        "Approver  Head of Audit\n  Signer    Head of Compliance (",
        "signed off by its reviewer and by its approver",
    ] {
        assert!(run.stdout.contains(line), "{line}: {run}");
    }
    assert_eq!(run.stdout.matches("  SHA-256   ").count(), 3, "{run}");
    // Nothing that was signed before changed: the PDF has grown.
    for (name, bytes) in &before {
        let path = desk.place.work().join(name);
        let found = fs::read(&path).unwrap();
        assert!(if name.ends_with(".pdf") {
            found.starts_with(bytes) && found.len() > bytes.len()
        } else {
            found == *bytes
        });
    }
    let value: Value =
        serde_json::from_str(&desk.place.run(&["verify", STEM, "--json"]).done().expect(0).stdout).unwrap();
    let roles = &value["paths"][0]["sign_offs"];
    assert_eq!((&roles[0]["name"], &roles[1]["role"]), (&json!("Internal Audit"), &json!("approver")));
    if let Some(against) = against_the_schema(&[value]) {
        assert!(against.is_empty(), "{against:#?}");
    }
    // The document by itself, and the fingerprint of its preparer.
    let fingerprint = identity(&desk, "desk").fingerprint();
    let alone =
        desk.place.run(&["verify", &format!("{STEM}/{STEM}.pdf"), "--fingerprint", &fingerprint]).done().expect(0);
    assert!(alone.stdout.contains("Reviewer  Reviewed by Internal Audit: Compared with the invoice"), "{alone}");
    // A newer report over it, and what differs.
    desk.place
        .run(&[
            "report",
            "--sample",
            "--quarter",
            "2024-Q1",
            "--quiet",
            "--identity",
            "../desk.pem",
            "--out",
            "new",
            "--supersedes",
            STEM,
        ])
        .done()
        .expect(0);
    let run = desk.place.run(&["diff", STEM, &format!("new/{STEM}")]).done().expect(0);
    assert!(run.stdout.contains("Reviewed by Internal Audit: Compared with the invoice"), "{run}");
    assert!(run.stdout.contains("Approved by Head of Audit"), "{run}");
}

#[test]
fn other_programs_read_every_signature_as_good_and_the_document_as_archival() {
    let desk = scene(&["--format", "pdf"]);
    reviewed(&desk);
    sign(&desk.place, "approver", "एम. अय्यर", "approver", &["--comment", &"long ".repeat(39)]).expect(0);
    let report = format!("{STEM}/{STEM}.pdf");
    let shell = |line: &str| desk.place.run_program("bash", &["-c", line]).done().expect(0);
    if installed("pdfsig") {
        let seen = shell(&format!("pdfsig {report}")).stdout;
        assert_eq!(seen.matches("Signature is Valid.").count(), 3, "{seen}");
        assert!(["Reviewed", "Approved", "Signature1"].iter().all(|field| seen.contains(field)), "{seen}");
    }
    for name in ["desk", "reviewer", "approver"] {
        let pem = identity(&desk, name).chain_pem().unwrap();
        fs::write(desk.place.work().join(format!("{name}.crt")), pem).unwrap();
    }
    if installed("pyhanko") {
        let trusted = "--trust desk.crt --trust reviewer.crt --trust approver.crt --no-revocation-check";
        let judged = shell(&format!("pyhanko sign validate --pretty-print {trusted} {report}")).stdout;
        assert_eq!(judged.matches("The signature is judged VALID").count(), 3, "{judged}");
    }
    if installed("qpdf") {
        shell(&format!("qpdf --check {report}"));
    }
    if installed(&veracheck()) {
        desk.place.run_program(&veracheck(), &["3a,ua1", &report]).done().expect(0);
    }
    if installed("openssl") {
        let line = "openssl cms -verify -binary -inform DER -in signoff-reviewer.json.p7s -content signoff-reviewer.json \
                    -CAfile ../reviewer.crt -purpose any -out ../copy.json";
        shell(&format!("cd {STEM} && {line}"));
    }
}

#[test]
fn what_is_not_to_be_signed_is_refused_and_stays_as_it_was() {
    let desk = scene(&["--format", "csv,pdf"]);
    let before = files(&desk);
    let own = |more: &[&str]| sign(&desk.place, "reviewer", "Internal Audit", "desk", more);
    own(&[]).expect(2).says("the identity's key is the preparer's").says("hint: name another by --identity");
    for name in ["", "two\nlines", "\u{202e}oaR", "a\u{200b}b", &"long".repeat(51)] {
        sign(&desk.place, "reviewer", name, "reviewer", &[]).expect(2);
    }
    sign(&desk.place, "maker", "Internal Audit", "reviewer", &[]).expect(2);
    let inside = [
        "-c",
        "cd \"$1\" && exec \"$0\" countersign . --role reviewer --name A --identity ../../reviewer.pem",
        env!("CARGO_BIN_EXE_dialnexa-audit"),
        STEM,
    ];
    desk.place.run_program("sh", &inside).done().expect(2).says("from inside it");
    desk.place.run(&["countersign", "nowhere", "--role", "reviewer", "--name", "A"]).done().expect(2);
    let csv = format!("{STEM}.csv");
    let good = desk.read(&csv);
    fs::write(desk.path(&csv), [good.as_slice(), b"x"].concat()).unwrap();
    sign(&desk.place, "reviewer", "Internal Audit", "reviewer", &[]).expect(1).says("does not hold").says(&csv);
    fs::write(desk.path(&csv), good).unwrap();
    assert!(files(&desk) == before);
    // The preparer's key is used, stated and shown; then neither role can be signed twice, nor with a key that has signed.
    own(&["--same-key"]).expect(0);
    let run = verify(&desk).expect(0);
    assert!(run.stdout.contains("THE SAME KEY AS OF ANOTHER SIGNATURE HERE"), "{run}");
    let signed = files(&desk);
    sign(&desk.place, "reviewer", "B", "reviewer", &[])
        .expect(6)
        .says("signed by its reviewer already: Internal Audit");
    sign(&desk.place, "approver", "B", "desk", &[]).expect(2).says("preparer's");
    assert!(files(&desk) == signed);
}

#[test]
fn a_sign_off_that_is_moved_edited_or_signed_by_another_fails() {
    let desk = scene(&[]);
    reviewed(&desk);
    let good = files(&desk);
    let restore = || good.iter().for_each(|(name, bytes)| fs::write(desk.place.work().join(name), bytes).unwrap());
    let statement = desk.text("signoff-reviewer.json");
    let put = |text: &str, by: &str| {
        fs::write(desk.path("signoff-reviewer.json"), text).unwrap();
        let signer = identity(&desk, by);
        let name = format!("{STEM}/signoff-reviewer.json");
        let p7s = cms::detached(text.as_bytes(), &Signing::new(&signer, now()).naming(&name)).unwrap();
        fs::write(desk.path("signoff-reviewer.json.p7s"), p7s).unwrap();
    };
    // Edited, by a stranger and by the reviewer; the document says otherwise.
    let edited = statement.replace("Internal Audit", "Asha Roa");
    fs::write(desk.path("signoff-reviewer.json"), &edited).unwrap();
    refuses(&desk, "the content is not what was signed");
    put(&edited, "reviewer");
    refuses(&desk, "the signature in the PDF states another reason");
    put(&statement.replace("  \"role\"", "\"role\""), "reviewer");
    refuses(&desk, "it is not written as this program writes one");
    put(&statement.replace("\"reviewer\"", "\"approver\""), "reviewer");
    refuses(&desk, "it is the sign-off of the approver");
    // Another's signature over the same statement: the preparer's, the approver's.
    put(&statement, "desk");
    refuses(&desk, "it is signed with the preparer's key, which it does not state");
    put(&statement, "approver");
    refuses(&desk, "another certificate signed in the PDF");
    restore();
    // The other role's files.
    for [from, to] in
        [["signoff-reviewer.json", "signoff-approver.json"], ["signoff-reviewer.json.p7s", "signoff-approver.json.p7s"]]
    {
        fs::copy(desk.path(from), desk.path(to)).unwrap();
    }
    refuses(&desk, "it was not signed as batch-audit-2024-Q1/signoff-approver.json");
    for name in ["signoff-approver.json", "signoff-approver.json.p7s"] {
        fs::remove_file(desk.path(name)).unwrap();
    }
    // One of the three parts is missing.
    for name in ["signoff-reviewer.json", "signoff-reviewer.json.p7s"] {
        fs::remove_file(desk.path(name)).unwrap();
        refuses(&desk, &format!("{name} is missing"));
        restore();
    }
    let pdf = format!("{STEM}.pdf");
    let whole = desk.read(&pdf);
    let listed = desk.manifest().files.iter().find(|entry| entry.name == pdf).unwrap().bytes;
    fs::write(desk.path(&pdf), &whole[..usize::try_from(listed).unwrap()]).unwrap();
    refuses(&desk, "the PDF does not bear this signature");
    restore();
    // The package changes, with a good signature of its preparer.
    desk.put(&format!("{STEM}.csv"), &desk.read(&format!("{STEM}.csv")));
    desk.put("manifest.json", &[&desk.read("manifest.json")[..], b" "].concat());
    refuses(&desk, "it signs off another manifest.json than the package's");
    // All of it in a package of the same period that was prepared again.
    let other = scene(&[]);
    for name in ["signoff-reviewer.json", "signoff-reviewer.json.p7s"] {
        let bytes = &good.iter().find(|(file, _)| *file == format!("{STEM}/{name}")).unwrap().1;
        fs::write(other.path(name), bytes).unwrap();
    }
    refuses(&other, "it signs off another manifest.json than the package's");
}

#[test]
fn a_revision_of_the_document_that_countersigning_does_not_make_is_refused() {
    let desk = scene(&["--format", "pdf"]);
    let pdf = format!("{STEM}.pdf");
    let unsigned = desk.read(&pdf);
    reviewed(&desk);
    let whole = desk.read(&pdf);
    let reviewer = identity(&desk, "reviewer");
    let signing = Signing::new(&reviewer, now());
    let put = |bytes: &[u8]| fs::write(desk.path(&pdf), bytes).unwrap();
    // Bytes, and a signature of another name, behind the sign-off.
    put(&[whole.as_slice(), b"\n%more\n"].concat());
    refuses(&desk, "after the last sign-off");
    // The panel says something else, and the signature is made again over it by the reviewer.
    let reason = b"Reviewed by Internal Audit".iter().map(|byte| format!("00{byte:02x}")).collect::<String>();
    let at = unsigned.len()
        + whole[unsigned.len()..].windows(reason.len()).position(|part| part == reason.as_bytes()).unwrap();
    let mut panel = whole.clone();
    panel[at..at + 4].copy_from_slice(b"0058");
    put(&panel);
    refuses(&desk, "the reviewer's signature");
    // A page is changed, and the reviewer signs over that.
    let opened = Pdf::open(&unsigned).unwrap();
    let page = opened.pages().unwrap()[0];
    let Object::Dictionary(mut entries) = opened.object(page).unwrap() else { panic!() };
    let mut increment = Increment::new(&opened).unwrap();
    let shown = increment.add_stream(b"BT ET");
    entries.set("Contents", Object::Reference(shown));
    increment.put_dictionary(page, &entries);
    let changed = [unsigned.as_slice(), &increment.after(&unsigned, page).0].concat();
    let signed =
        pades::countersign(changed, &signing, "Reviewed", "Reviewed by Internal Audit: Compared with the invoice")
            .unwrap();
    put(&signed);
    refuses(&desk, "what it added to the document is not what countersigning adds");
    // A good revision for another reason, and one in a field that is signed already.
    put(&pades::countersign(unsigned.clone(), &signing, "Reviewed", "Reviewed by Another").unwrap());
    refuses(&desk, "the signature in the PDF states another reason");
    assert!(pades::countersign(whole.clone(), &signing, "Reviewed", "again").is_err());
    assert!(pades::countersign(whole, &signing, "Nowhere", "again").is_err());
    put(&unsigned);
    desk.place.run(&["verify", STEM]).done().expect(1);
}

#[test]
fn a_package_without_a_document_has_the_statement_alone_and_a_stamp_that_is_asked_for() {
    let desk = scene(&["--format", "csv"]);
    let Some(pki) = pki() else { return };
    let authority = TimeStamps::start(move |request| Reply::Stamp(answer(pki, "stamp", request)));
    let stamped = ["--timestamp-url", authority.url.as_str()];
    sign(&desk.place, "reviewer", "Internal Audit", "reviewer", &stamped).expect(0);
    let run = verify(&desk).expect(0);
    assert!(run.stdout.contains("stamped by Test stamp"), "{run}");
    assert_eq!(authority.asked(), 1);
    let statement = desk.read("signoff-reviewer.json");
    let name = format!("{STEM}/signoff-reviewer.json");
    let bare = cms::detached(&statement, &Signing::new(&identity(&desk, "reviewer"), now()).naming(&name)).unwrap();
    fs::write(desk.path("signoff-reviewer.json.p7s"), bare).unwrap();
    refuses(&desk, "its timestamp was removed");
    authority.now(|_| Reply::Status(500));
    let other = scene(&["--format", "pdf"]);
    let before = files(&other);
    sign(&other.place, "reviewer", "Internal Audit", "reviewer", &stamped).expect(6);
    assert!(files(&other) == before);
}

#[cfg(unix)]
#[test]
fn a_process_that_is_killed_or_finds_no_room_leaves_the_package_as_it_was_or_signed() {
    let desk = scene(&["--format", "csv,pdf"]);
    let unsigned = files(&desk);
    let left = || fs::read_dir(desk.place.work()).unwrap().count();
    for blocks in [0, 8, 64, 400] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let program = env!("CARGO_BIN_EXE_dialnexa-audit");
        let line = [
            "-c",
            &script,
            program,
            "countersign",
            STEM,
            "--role",
            "reviewer",
            "--name",
            "A",
            "--identity",
            "../reviewer.pem",
        ];
        desk.place.run_program("sh", &line).done().expect(6);
        assert!(files(&desk) == unsigned && left() == 1, "{blocks}");
    }
    let began = std::time::Instant::now();
    sign(&desk.place, "reviewer", "A", "reviewer", &[]).expect(0);
    let time = began.elapsed();
    let (mut random, mut killed) = (fastrand::Rng::with_seed(7), 0);
    for _ in 0..6 {
        fs::remove_dir_all(desk.place.work().join(STEM)).unwrap();
        fs::create_dir(desk.place.work().join(STEM)).unwrap();
        unsigned.iter().for_each(|(name, bytes)| fs::write(desk.place.work().join(name), bytes).unwrap());
        let line = ["countersign", STEM, "--role", "reviewer", "--name", "A", "--identity", "../reviewer.pem"];
        let mut running = desk.place.run(&line).start();
        running.wait(time.mul_f64(0.5 + random.f64() * 0.6));
        running.kill();
        killed += u32::from(running.finished().status.is_none());
        let is_signed = desk.path("signoff-reviewer.json").exists();
        verify(&desk).expect(0);
        assert!(is_signed || files(&desk) == unsigned);
        desk.place.run(&line).done().expect(if is_signed { 6 } else { 0 });
        verify(&desk).expect(0);
        assert_eq!(left(), 1, "what the killed one had begun is gone");
    }
    println!("{killed} of 6 were killed before their end");
}
