//! An identity that cannot sign is refused before the API is asked anything.

use std::fs;

use chrono::{TimeDelta, Utc};
use dialnexa_audit::sign::{Algorithm, Identity};

use super::bench::{now, subject};
use super::pki::pki;
use crate::harness::Place;
use crate::hostile::{Hostile, List};

/// Runs `report` by such an identity over an API that counts: it must end in exit 6 and these words, without a request.
#[track_caller]
fn must_be_refused(pem: &str, words: &str) {
    let span = "2024-01-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    let server = Hostile::quiet(List::spread(50, span, 1));
    let place = Place::new();
    fs::write(place.work().join("desk.pem"), pem).unwrap();
    let report = |identity: &[&str]| {
        let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--quiet"];
        place.run(&[&arguments[..], identity].concat()).key("test-key").done()
    };
    let run = report(&["--identity", "desk.pem"]).expect(6).says(words);
    assert_eq!(server.requests().len(), 0, "{run}");
    assert_eq!(place.files().keys().collect::<Vec<_>>(), ["desk.pem"], "nothing is written");
    // The same server does count what comes in.
    report(&[]).expect(0);
    assert!(!server.requests().is_empty());
}

fn valid_from(begins: chrono::DateTime<Utc>) -> String {
    let identity = Identity::create(&subject(), Algorithm::P256, begins, 1).unwrap();
    identity.to_pem(None).unwrap().to_string()
}

#[test]
fn an_expired_certificate_is_refused_before_any_request() {
    must_be_refused(&valid_from(now() - TimeDelta::days(400)), "the certificate of `Report Desk` expired on 20");
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_refused_before_any_request() {
    must_be_refused(&valid_from(now() + TimeDelta::days(2)), "the certificate of `Report Desk` is not valid before 20");
}

#[test]
fn a_certificate_of_another_key_is_refused_before_any_request() {
    let key = valid_from(now()).split("-----BEGIN CERTIFICATE").next().unwrap().to_owned();
    let other = valid_from(now());
    let certificate = other.find("-----BEGIN CERTIFICATE").unwrap();
    let mixed = key + &other[certificate..];
    must_be_refused(&mixed, "none of the identity's certificates is for its private key");
}

#[test]
fn a_weak_key_and_a_certificate_not_for_signing_are_refused_before_any_request() {
    let Some(pki) = pki() else { return };
    must_be_refused(&pki.identity_pem("short"), "RSA 2048 is not acceptable");
    must_be_refused(&pki.identity_pem("sub").replacen(&pki.text("sub.pem"), "", 1), "is not meant for signing");
}
