//! Packages over any batches: each verifies as it is, and with any byte of any file changed it does not.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::batch::{ApiForm, Batch, Status};
use crate::package::{self, Contents, Format, Layout, Look, Place};
use crate::render::handout::SignedBy;
use crate::report::{AuditReport, EvidenceStatement, Inputs, Standing, fixture};
use crate::sign::{Algorithm, Identity, Signing, Subject as Name};

/// A report over these batches, whose evidence is kept apart.
fn report(batches: Vec<Batch>) -> AuditReport {
    let like = fixture::report(1, Standing::Complete);
    let period = like.period.period().unwrap();
    let mut completeness = like.completeness.clone();
    completeness.reported = batches.len() as u64;
    let evidence =
        EvidenceStatement { name: "batch-audit-2024-Q1.evidence.warc.gz".to_owned(), ..like.evidence.unwrap() };
    AuditReport::new(Inputs {
        period: &period,
        as_of: None,
        scope: like.scope,
        parameters: like.parameters,
        provenance: like.provenance,
        completeness,
        evidence: Some(evidence),
        findings: like.findings,
        call_logs: None,
        batches,
    })
    .unwrap()
}

/// Its package, as `report` writes it.
fn package(report: AuditReport) -> Folder {
    let out = tempfile::tempdir().unwrap();
    let formats = vec![Format::Csv, Format::Html, Format::Pdf, Format::Ndjson];
    let look = Look { formats, ..Look::default() };
    let layout = Layout { look: &look, fonts: &[] };
    let report = report.made_by(layout.made(None));
    let place = Place::reserve(out.path(), &report.stem(), false).unwrap();
    let name = Name { name: "Desk".to_owned(), organization: None, email: None };
    let identity = Identity::create(&name, Algorithm::P256, now() - TimeDelta::hours(1), 1).unwrap();
    let signer = SignedBy { name: identity.name(), fingerprint: identity.fingerprint() };
    let rendered = package::render(&Contents { report: &report, layout }, &signer, &[], &place).unwrap();
    package::sign(rendered, &Signing::new(&identity, now()), &place).unwrap();
    let target = place.target().to_owned();
    place.commit().unwrap();
    let file =
        |entry: std::fs::DirEntry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap());
    std::fs::read_dir(target).unwrap().map(|entry| file(entry.unwrap())).collect::<BTreeMap<_, _>>().into()
}

fn now() -> DateTime<Utc> {
    "2024-04-03T00:00:00Z".parse().unwrap()
}

fn batch() -> impl Strategy<Value = Batch> {
    // Line breaks, controls, separators, signs that a spreadsheet runs, very long texts.
    let odd = prop_oneof![
        any::<String>(),
        Just("a\r\nb\tc".to_owned()),
        Just("\u{2028}\u{2029}\u{85}\u{0}\u{1b}[2J".to_owned()),
        Just("=1+1".to_owned()),
        Just("\u{202e}</template><script>".to_owned()),
        Just("x".repeat(20_000)),
    ];
    let figure = || proptest::option::of(0_u64..1_000_000);
    (odd.clone(), proptest::option::of(odd.clone()), odd, [figure(), figure(), figure()], 0..90_i64).prop_map(
        |(id, name, status, [total_calls, completed_calls, failed_calls], day)| Batch {
            id: id.into(),
            name: name.map(Into::into),
            status: Status::new(&status),
            created_at: "2024-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(day),
            total_calls,
            completed_calls,
            failed_calls,
            agent_id: None,
            form: ApiForm::Leads,
            extra: None,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn any_package_verifies_and_with_any_byte_changed_it_does_not(
        batches in proptest::collection::vec(batch(), 0..5),
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..8_u32), 5),
    ) {
        let folder = package(report(batches));
        let trust = Trust::at(now());
        let verdict = verify(&folder, &trust);
        let reasons: Vec<_> = verdict.files.iter().flat_map(FileVerdict::reasons).chain(verdict.problems.clone()).collect();
        prop_assert!(verdict.accepted(), "{reasons:?}");
        let good: BTreeMap<String, Vec<u8>> =
            folder.files.iter().map(|(name, held)| (name.clone(), held.bytes().unwrap())).collect();
        // A table of no batch may be an empty file.
        let names: Vec<&String> = good.iter().filter(|(_, bytes)| !bytes.is_empty()).map(|(name, _)| name).collect();
        for (file, byte, bit) in places {
            let name = names[file.index(names.len())];
            let mut changed = good.clone();
            let bytes = changed.get_mut(name).unwrap();
            let place = byte.index(bytes.len());
            bytes[place] ^= 1 << bit;
            prop_assert!(!verify(&changed.into(), &trust).holds(), "{name}, byte {place}, bit {bit}");
        }
    }
}
