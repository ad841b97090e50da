//! `report --timestamp-url`: a stamp on every signature, or exit 6 and nothing written, in bounded time.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::authority::{Reply, TimeStamps};
use super::pki::{Pki, pki};
use super::stamps::{answer, signed_again};
use crate::harness::{Invocation, Place};

const PACKAGE: &str = "batch-audit-2024-Q1";

/// A place with an identity that the PKI vouches for.
fn place(pki: &Pki) -> Place {
    let place = Place::new();
    fs::write(place.work().join("desk.pem"), pki.identity_pem("p256")).unwrap();
    fs::write(place.work().join("root.pem"), pki.text("root.pem")).unwrap();
    place
}

fn report(place: &Place, authority: &TimeStamps, more: &[&str]) -> Invocation {
    let arguments =
        ["report", "--sample", "--quarter", "2024-Q1", "--quiet", "--identity", "desk.pem", "--timestamp-url"];
    place.run(&[&arguments[..], &[authority.url.as_str()], more].concat())
}

fn good(pki: &'static Pki) -> TimeStamps {
    TimeStamps::start(move |request| Reply::Stamp(answer(pki, "stamp", request)))
}

#[test]
fn every_signature_of_a_package_is_stamped_and_pyhanko_finds_the_stamp() {
    let Some(pki) = pki() else { return };
    let (place, authority) = (place(pki), good(pki));
    report(&place, &authority, &["--timestamp-policy", "1.3.6.1.4.1.13762.4"]).done().expect(0);
    assert_eq!(authority.asked(), 9, "seven files with a signature beside them, the HTML and the PDF");
    let run = place.run(&["verify", PACKAGE, "--trust", "root.pem", "--json"]).done().expect(0);
    let reported: Value = serde_json::from_str(&run.stdout).unwrap();
    let files = reported["paths"][0]["files"].as_array().unwrap();
    let timed: Vec<_> =
        files.iter().filter(|file| !file["signature"].is_null()).map(|file| &file["signature"]["timed"]).collect();
    assert_eq!(timed.len(), 9);
    for timed in timed {
        assert_eq!((&timed["how"], &timed["by"]), (&Value::from("stamped"), &Value::from("Test stamp")), "{run}");
        assert_eq!(timed["trusted"]["answer"], "yes");
    }
    let run = place.run(&["verify", PACKAGE, "--trust", "root.pem"]).done().expect(0);
    assert!(run.stdout.contains("stamped by Test stamp (trusted)"), "{run}");
    let draw = ["draw", PACKAGE, "--size", "5", "--identity", "desk.pem", "--timestamp-url", authority.url.as_str()];
    place.run(&draw).done().expect(0);
    let drawn = ["verify", PACKAGE, "--trust", "root.pem", "--drawn", "batch-audit-2024-Q1-sample"];
    let run = place.run(&drawn).done().expect(0);
    assert_eq!((authority.asked(), run.stdout.matches("stamped by Test stamp (trusted)").count()), (12, 2), "{run}");
    let pdf = format!("{PACKAGE}/{PACKAGE}.pdf");
    let line = format!("sign validate --pretty-print --trust-replace --trust root.pem --no-revocation-check {pdf}");
    if std::process::Command::new("pyhanko").arg("--version").output().is_ok() {
        let reported = place.run_program("pyhanko", &line.split(' ').collect::<Vec<_>>()).done().expect(0).stdout;
        assert!(reported.contains("judged VALID") && reported.contains("timestamp token"), "{reported}");
    } else {
        println!("skipped: pyhanko not installed");
    }
}

/// The request with one byte changed, in its nonce or in its imprint; all else stays, so the authority stamps it.
fn changed(request: &[u8], what: &str) -> Vec<u8> {
    let mut request = request.to_vec();
    let imprint = request.windows(2).position(|window| window == [0x04, 0x20]).unwrap() + 10;
    // The last byte of the nonce is before `certReq TRUE`, the last three bytes.
    let nonce = request.len() - 4;
    request[if what == "nonce" { nonce } else { imprint }] ^= 1;
    request
}

#[test]
fn a_stamp_that_was_asked_for_and_not_had_is_exit_6_and_nothing_is_written() {
    let Some(pki) = pki() else { return };
    let (place, authority) = (place(pki), good(pki));
    // What was read stays, as evidence; of the package there is nothing.
    let files = || place.files().into_keys().filter(|path| !path.contains(".partial/")).collect::<Vec<_>>();
    let before = files();
    let ends = |words: &str, more: &[&str]| {
        let began = Instant::now();
        let asked = authority.asked();
        let run = report(&place, &authority, more).within(Duration::from_secs(60)).done().expect(6);
        assert_eq!(authority.asked(), asked + 1, "it gives up at once: {run}");
        assert_eq!(files(), before, "{run}");
        run.says("could not obtain a timestamp").says(words);
        began.elapsed()
    };
    authority.now(|request| Reply::Stamp(answer(pki, "stamp", &changed(request, "nonce"))));
    ends("its nonce is another", &[]);
    authority.now(|request| Reply::Stamp(answer(pki, "stamp", &changed(request, "imprint"))));
    ends("its imprint is another", &[]);
    authority.now(|request| Reply::Stamp(signed_again(pki, "p256", request)));
    ends("not one for timestamps alone", &[]);
    authority.now(|_| Reply::Status(500));
    ends("HTTP 500", &[]);
    authority.now(|_| Reply::Status(302));
    ends("HTTP 302", &[]);
    authority.now(|_| Reply::Stamp(b"<html>Sign in</html>".to_vec()));
    ends("cannot be read", &[]);
    authority.now(|_| Reply::Stamp(vec![0x30; 4 << 20]));
    ends("is longer than", &[]);
    authority.now(|request| Reply::Stamp(answer(pki, "stamp", request)));
    ends("refused", &["--timestamp-policy", "1.2.3.4"]);
    for hang in [|| Reply::Silence, || Reply::Trickle] {
        authority.now(move |_| hang());
        let took = ends("gave no answer", &["--timestamp-wait", "1s"]);
        assert!(took < Duration::from_secs(30), "{took:?}");
    }
    drop(authority);
    let gone = TimeStamps::start(|_| Reply::Silence).url.clone();
    let run =
        place.run(&["report", "--sample", "--quarter", "2024-Q1", "--identity", "desk.pem", "--timestamp-url", &gone]);
    run.done().expect(6).says("gave no answer");
    assert_eq!(files(), before);
}

#[test]
fn what_is_no_address_or_no_policy_is_a_usage_error() {
    let place = Place::new();
    for (option, value, words) in [
        ("--timestamp-url", "ftp://tsa.example.com", "is not a web address"),
        ("--timestamp-policy", "policy", "is not an object identifier"),
        ("--timestamp-wait", "soon", "is not a time"),
    ] {
        let run = place.run(&["report", "--sample", "--quarter", "2024-Q1", option, value]).done();
        run.expect(2).says(words);
    }
    assert!(place.files().is_empty());
}
