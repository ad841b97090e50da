//! The timestamp on a signature is not signed by the signer: anybody can put one there, exchange it or remove it. Made by a
//! stranger it moves no date, and one that cannot be is refused. Beside ours is pyHanko's and openssl's verdict.

use std::fs;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfos};
use der::asn1::SetOfVec;
use der::{Any, Decode, Encode};
use dialnexa_audit::sign::oid::TIME_STAMP;
use dialnexa_audit::sign::timestamp::StampError;
use dialnexa_audit::sign::{Authority, SignError, Signing, cms as detached, pades};
use dialnexa_audit::verify::signature::{Fact, Timed, Trust, verify_detached, verify_pdf};
use x509_cert::attr::Attribute;

use super::attacks::must_refuse;
use super::authority::{Reply, TimeStamps};
use super::bench::{Folder, now};
use super::paper;
use super::pki::{Pki, pki};
use super::stamps::{answer, resigned};
use crate::harness::Place;

/// The answer of an authority whose clock shows another year.
fn of_year(pki: &Pki, year: i32, request: &[u8]) -> Vec<u8> {
    resigned(pki, "stamp", request, &|info| {
        // A GeneralizedTime with fractions; the same day may not be in that year.
        let at = info.windows(2).position(|part| part[0] == 0x18 && (15..=19).contains(&part[1])).unwrap() + 2;
        info[at..at + 8].copy_from_slice(format!("{year}0615").as_bytes());
    })
}

/// `p7s` with this token as its timestamp, or without any.
fn restamped(p7s: &[u8], token: Option<&[u8]>) -> Vec<u8> {
    let message = ContentInfo::from_der(p7s).unwrap();
    let mut data: SignedData = message.content.decode_as().unwrap();
    let mut info = data.signer_infos.0.as_slice()[0].clone();
    let attribute = |token: &[u8]| Attribute {
        oid: TIME_STAMP,
        values: SetOfVec::try_from(vec![Any::from_der(token).unwrap()]).unwrap(),
    };
    info.unsigned_attrs = token.map(|token| SetOfVec::try_from(vec![attribute(token)]).unwrap());
    data.signer_infos = SignerInfos::try_from(vec![info]).unwrap();
    ContentInfo { content: Any::encode_from(&data).unwrap(), ..message }.to_der().unwrap()
}

/// A token on the signature value of `p7s`, by what `answer` gives.
fn token(p7s: &[u8], answer: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let data: SignedData = ContentInfo::from_der(p7s).unwrap().content.decode_as().unwrap();
    let folder = Folder::new();
    folder.put("value", data.signer_infos.0.as_slice()[0].signature.as_bytes());
    let query = "ts -query -data value -sha256 -cert -out a.tsq";
    folder.run("openssl", &query.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();
    folder.put("a.tsr", answer(&fs::read(folder.path().join("a.tsq")).unwrap()));
    let line = "ts -reply -in a.tsr -token_out -out token.der";
    folder.run("openssl", &line.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();
    fs::read(folder.path().join("token.der")).unwrap()
}

fn stated(timed: &Timed) -> DateTime<Utc> {
    let Timed::Stated { at, .. } = timed else { panic!("{timed:#?}") };
    *at
}

#[test]
fn a_strangers_stamp_is_named_beside_the_stated_time_and_moves_it_nowhere() {
    let Some(pki) = pki() else { return };
    let at = now();
    let identity = pki.identity("p256");
    let p7s = detached::detached(b"x", &Signing::new(&identity, at)).unwrap();
    let other = super::appended::strangers();
    let stamped = restamped(&p7s, Some(&token(&p7s, &|request| answer(&other, "stamp", request))));
    for trust in [pki.trust(), Trust::at(now())] {
        let verdict = verify_detached(b"x", &stamped, &trust);
        assert!(verdict.accepted(), "{verdict:#?}");
        assert_eq!(stated(&verdict.timed), at);
        let Timed::Stated { stamp: Some(stamp), .. } = &verdict.timed else { panic!("{verdict:#?}") };
        assert!(!stamp.trusted.holds());
    }
    // openssl does not look at it.
    let folder = Folder::new();
    for (name, bytes) in [("r", b"x".as_slice()), ("r.p7s", &stamped), ("root.pem", pki.text("root.pem").as_bytes())] {
        folder.put(name, bytes);
    }
    let line = "cms -verify -binary -inform DER -in r.p7s -content r -CAfile root.pem -out copy";
    folder.run("openssl", &line.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();
}

#[test]
fn a_stamp_earlier_than_the_stated_time_or_in_the_future_fails() {
    let Some(pki) = pki() else { return };
    let identity = pki.identity("p256");
    let p7s = detached::detached(b"x", &Signing::new(&identity, now())).unwrap();
    // Certificates that are valid in both years, so that nothing but the order of the times is wrong.
    let other = super::appended::strangers();
    let next = now().year() + 2;
    for (year, words) in
        [(next, "is dated in the future"), (now().year() - 1, "certificate was not valid at that time")]
    {
        let dated = restamped(&p7s, Some(&token(&p7s, &|request| of_year(&other, year, request))));
        for trust in [pki.trust(), Trust::at(now())] {
            must_refuse(&verify_detached(b"x", &dated, &trust), words);
        }
    }
    // A good stamp on a signature that states a later time: as if it were signed an hour from now.
    let later = detached::detached(b"x", &Signing::new(&identity, now() + TimeDelta::hours(1))).unwrap();
    let dated = restamped(&later, Some(&token(&later, &|request| answer(pki, "stamp", request))));
    for trust in [pki.trust(), Trust::at(now() + TimeDelta::hours(2))] {
        must_refuse(&verify_detached(b"x", &dated, &trust), "before the signer states that it was signed");
    }
}

#[test]
fn an_authority_whose_clock_is_behind_is_refused_while_signing() {
    let Some(pki) = pki() else { return };
    let ask = |request: &[u8]| Ok(answer(pki, "stamp", request));
    let authority = Authority { ask: &ask, policy: None };
    let identity = pki.identity("p256");
    let later = now() + TimeDelta::hours(1);
    let refused = detached::detached(b"x", &Signing::new(&identity, later).stamped_by(&authority)).unwrap_err();
    assert!(matches!(refused, SignError::Stamp(StampError::Earlier { .. })), "{refused}");
}

#[test]
fn a_signing_time_in_the_future_is_said() {
    let Some(pki) = pki() else { return };
    let at = now() + TimeDelta::days(400);
    let p7s = detached::detached(b"x", &Signing::new(&pki.identity("p256"), at)).unwrap();
    let verdict = verify_detached(b"x", &p7s, &pki.trust());
    assert!(matches!(verdict.timed, Timed::Stated { in_future: true, .. }), "{verdict:#?}");
    let place = Place::new();
    fs::write(place.work().join("r.csv"), b"x").unwrap();
    fs::write(place.work().join("r.csv.p7s"), &p7s).unwrap();
    let run = place.run(&["verify", "r.csv"]).done().expect(1);
    assert!(run.stdout.contains("by the signer's own clock, WHICH IS IN THE FUTURE"), "{run}");
}

#[test]
fn a_stamp_removed_from_a_pdf_is_said_and_fails() {
    let Some(pki) = pki() else { return };
    let ask = |request: &[u8]| Ok(answer(pki, "stamp", request));
    let authority = Authority { ask: &ask, policy: None };
    let identity = pki.identity("p256");
    let signing = Signing::new(&identity, now()).stamped_by(&authority);
    let mut pdf = pades::sign(paper::pdf(), &signing, "Quarterly report").unwrap();
    assert!(verify_pdf(&pdf, &pki.trust()).accepted());
    let start = pdf.windows(10).position(|part| part == b"/Contents<").unwrap() + 10;
    let end = start + pdf[start..].iter().position(|byte| *byte == b'>').unwrap();
    let digits = std::str::from_utf8(&pdf[start..end]).unwrap();
    let mut cms: Vec<u8> =
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect();
    cms.truncate(4 + usize::from(u16::from_be_bytes([cms[2], cms[3]])));
    let bare: String = restamped(&cms, None).iter().map(|byte| format!("{byte:02x}")).collect();
    let filled = format!("{bare:0<width$}", width = end - start);
    pdf[start..end].copy_from_slice(filled.as_bytes());
    must_refuse(&verify_pdf(&pdf, &pki.trust()), "its timestamp was removed");
    let folder = Folder::new();
    folder.put("root.pem", pki.text("root.pem"));
    folder.put("r.pdf", &pdf);
    let line = "sign validate --pretty-print --trust-replace --trust root.pem --no-revocation-check r.pdf";
    if let Some(run) = folder.run("pyhanko", &line.split(' ').collect::<Vec<_>>()) {
        println!("pyHanko: judged valid: {}", run.text().contains("judged VALID"));
    }
}

#[test]
fn a_stamp_removed_from_a_package_is_said_and_fails() {
    let Some(pki) = pki() else { return };
    let place = Place::new();
    fs::write(place.work().join("desk.pem"), pki.identity_pem("p256")).unwrap();
    let authority = TimeStamps::start(move |request| Reply::Stamp(answer(pki, "stamp", request)));
    let report = [
        "report",
        "--sample",
        "--quarter",
        "2024-Q1",
        "--quiet",
        "--identity",
        "desk.pem",
        "--timestamp-url",
        &authority.url,
    ];
    place.run(&report).done().expect(0);
    let package = "batch-audit-2024-Q1";
    place.run(&["verify", package]).done().expect(0);
    let path = place.work().join(package).join("manifest.json.p7s");
    let bare = restamped(&fs::read(&path).unwrap(), None);
    fs::write(&path, bare).unwrap();
    let run = place.run(&["verify", package]).done().expect(1);
    assert!(run.stdout.contains("the timestamp of manifest.json.p7s was removed"), "{run}");
}

#[test]
fn what_is_said_of_a_strangers_stamp_begins_with_the_stated_time() {
    let Some(pki) = pki() else { return };
    let at = now();
    let p7s = detached::detached(b"x", &Signing::new(&pki.identity("p256"), at)).unwrap();
    let other = super::appended::strangers();
    let stamped = restamped(&p7s, Some(&token(&p7s, &|request| answer(&other, "stamp", request))));
    let place = Place::new();
    fs::write(place.work().join("r.csv"), b"x").unwrap();
    fs::write(place.work().join("r.csv.p7s"), &stamped).unwrap();
    fs::write(place.work().join("root.pem"), pki.text("root.pem")).unwrap();
    let run = place.run(&["verify", "r.csv", "--trust", "root.pem"]).done().expect(1);
    let line = run.stdout.lines().find(|line| line.starts_with("  Signed")).unwrap();
    assert!(
        line.contains(&format!(
            "{} by the signer's own clock; beside it, proving nothing",
            at.format("%Y-%m-%dT%H:%M:%S%.3fZ")
        )),
        "{line}"
    );
    assert!(line.contains("(NOT TRUSTED: "), "{line}");
    assert_eq!(verify_detached(b"x", &stamped, &pki.trust()).trusted, Fact::Yes);
}
