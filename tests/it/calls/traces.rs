//! What is left of a person's number and words: nothing but a digest.

use super::*;

#[test]
fn the_number_and_the_words_of_a_call_stand_in_no_file() {
    let marked = Arc::new(std::sync::Mutex::new(0));
    let (sent, address) = (Arc::clone(&marked), SampleApi::start(Options { form: ApiForm::V1, ..Options::default() }));
    let api = address.unwrap();
    let address = api.addr();
    let front = Front::start(ApiForm::V1, move |seen| {
        let reply = forwarded(address, seen);
        if let Reply::Other { body, .. } = &reply {
            *sent.lock().unwrap() += usize::from(body.contains(CALL_PHONE) && body.contains(CALL_TRANSCRIPT));
        }
        Some(reply)
    });
    let place = Place::new();
    let formats = ["--quarter", "2024-Q1", "--format", "csv,html,pdf,ndjson,parquet", "--call-totals", "always"];
    let run = front.report(&place, &formats).done().expect(0);
    assert!(*marked.lock().unwrap() > 100, "the server did send them");
    assert!(!run.stderr.contains(CALL_PHONE) && !run.stdout.contains(CALL_PHONE));
    assert_no_trace(&place);
}

#[test]
fn the_evidence_of_a_count_holds_its_head_its_digest_and_the_count() {
    let front = Front::quiet(ApiForm::V1);
    let place = Place::new();
    front.report(&place, &["--quarter", "2024-Q1", "--quiet", "--format", "csv"]).done().expect(0);
    let mut text = String::new();
    let bytes = std::fs::read(place.work().join(STEM).join("evidence.warc.gz")).unwrap();
    flate2::bufread::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    let batches = json(&place, STEM)["register"].as_array().unwrap().len();
    for field in ["WARC-Truncated: unspecified", "DialNexa-Withheld: sha256:", "DialNexa-Count: "] {
        assert_eq!(text.matches(field).count(), 2 * batches, "{field}");
    }
    assert!(!text.contains("callLogs"));
    // The digest is that of the body: who still has the answer can hold it against the evidence.
    let target = front.asked().1.remove(0);
    let seen = front.server.requests().into_iter().find(|seen| super::target(seen) == target).unwrap();
    let Reply::Other { body, .. } = forwarded(front._api.addr(), &seen) else { panic!("it was not answered") };
    let digest = dialnexa_audit::digest::sha256(body.as_bytes());
    assert!(
        text.contains(&format!("DialNexa-Withheld: sha256:{digest}\r\nDialNexa-Withheld-Length: {}\r\n", body.len()))
    );
}

#[test]
fn warcio_finds_every_digest_right_where_bodies_are_withheld() {
    let place = Place::new();
    let tools = std::env::var("DIALNEXA_EVIDENCE_TOOLS").ok();
    let warcio = tools.map_or_else(|| "warcio".to_owned(), |tools| format!("{tools}/bin/warcio"));
    if place.run_program("sh", &["-c", &format!("command -v '{warcio}'")]).done().status != Some(0) {
        assert!(std::env::var_os("CI").is_none(), "CI has warcio");
        return println!("skipped: warcio not installed");
    }
    place.run(&["report", "--sample", "--form", "v1", "--quarter", "2024-Q1", "--quiet"]).done().expect(0);
    let file = format!("{STEM}/evidence.warc.gz");
    let checked = place.run_program(&warcio, &["check", "-v", &file]).done().expect(0).stdout;
    assert!(!checked.contains("failed"), "{checked}");
    let fields = "warc-type,http:status,warc-truncated,dialnexa-count";
    let index = place.run_program(&warcio, &["index", "-f", fields, &file]).done().expect(0).stdout;
    assert_eq!(checked.matches("digest pass").count(), index.lines().count());
    let batches = json(&place, STEM)["register"].as_array().unwrap().len();
    let withheld = index.lines().filter(|line| {
        line.contains(r#""http:status": "200""#) && line.contains("unspecified") && line.contains("dialnexa-count")
    });
    assert_eq!(withheld.count(), 2 * batches, "{index}");
}

#[test]
fn a_count_changed_in_the_evidence_is_found() {
    let place = Place::new();
    place.run(&["report", "--sample", "--form", "v1", "--quarter", "2024-Q1", "--quiet"]).done().expect(0);
    let path = place.work().join(STEM).join(format!("{STEM}.json"));
    let mut report = json(&place, STEM);
    let line = &mut report["call_logs"]["batches"][0];
    line["failed_calls"] = (line["failed_calls"].as_u64().unwrap() + 1).into();
    std::fs::write(&path, serde_json::to_vec_pretty(&report).unwrap()).unwrap();
    let run = place.run(&["verify", STEM]).done().expect(1);
    assert!(run.stdout.contains(".failed_calls: ") && run.stdout.contains(" instead of "), "{run}");
}
