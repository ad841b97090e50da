//! The figures: the same in every form, and both numbers where the list and the call logs differ.

use super::*;
use crate::diff::{REPORT_SCHEMA, against_the_schema};

/// The whole of the sample workspace.
const ALL: [&str; 4] = ["--from", "2023-06-01", "--to", "2025-01-01"];
const ALL_NAME: &str = "batch-audit-20230601-20250101";

fn sample(place: &Place, arguments: &[&str]) -> Value {
    place.run(&[&["report", "--sample", "--quiet", "--format", "csv"], arguments].concat()).done().expect(0);
    json(place, ALL_NAME)
}

/// The batches of which the call logs contradict the list on purpose.
fn contradicted() -> BTreeSet<String> {
    let contradicts = |record: &Record| {
        listed(record).into_iter().zip(counted(record)).any(|(listed, counted)| listed.is_some_and(|n| n != counted))
    };
    records().into_iter().filter(contradicts).map(|record| record.id).collect()
}

#[test]
fn v1_gives_the_figures_of_the_leads_form_except_where_the_sample_contradicts_itself() {
    let [leads, calls, v1] = ["leads", "calls", "v1"].map(|form| {
        let place = Place::new();
        figures(&sample(&place, &[&ALL[..], &["--form", form]].concat()))
    });
    assert_eq!(leads.len(), 600);
    assert_eq!(leads, calls);
    let differing: BTreeSet<_> = leads.keys().filter(|id| leads[*id] != v1[*id]).cloned().collect();
    assert_eq!(differing, contradicted());
    assert!(!differing.is_empty());
    assert!(v1.values().flatten().all(Option::is_some), "no figure is left out");
    for record in records() {
        assert_eq!(v1[&record.id], counted(&record).map(Some), "{}", record.id);
    }
}

#[test]
fn never_leaves_the_figures_as_the_list_gives_them() {
    let place = Place::new();
    let report = sample(&place, &[&ALL[..], &["--form", "v1", "--call-totals", "never"]].concat());
    for (id, [_, failed]) in figures(&report) {
        assert_eq!(failed, None, "{id}");
    }
    assert!(report.get("call_logs").is_none());
    let units: BTreeSet<_> = report["figure_sources"].as_array().unwrap().iter().map(|f| f["unit"].as_str()).collect();
    assert_eq!(units, [Some("attempts"), Some("recipients")].into());
    verified(&place, ALL_NAME);
}

#[test]
fn always_reports_both_numbers_where_the_list_and_the_call_logs_differ() {
    let place = Place::new();
    let report = sample(&place, &[&ALL[..], &["--call-totals", "always"]].concat());
    let found = finding(&report, "call-logs-differ");
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), contradicted());
    for record in records().iter().filter(|record| found.contains_key(&record.id)) {
        let words = &found[&record.id];
        for (listed, counted) in listed(record).into_iter().zip(counted(record)) {
            assert!(
                words.contains(&format!("{} in the list (recipients), {counted} in the", listed.unwrap())),
                "{words}"
            );
        }
        assert_eq!(figures(&report)[&record.id], listed(record), "the list's figures stand");
    }
    let compared = records().iter().filter(|record| listed(record).iter().any(Option::is_some)).count();
    let agreeing = compared - found.len();
    assert_eq!(
        (&report["call_logs"]["compared"], &report["call_logs"]["agreeing"]),
        (&compared.into(), &agreeing.into())
    );
    let metadata =
        std::fs::read_to_string(place.work().join(format!("{ALL_NAME}/{ALL_NAME}.csv-metadata.json"))).unwrap();
    assert!(metadata.contains(&format!("figures agree with call logs for {agreeing} of {compared} batches")));
    verified(&place, ALL_NAME);
}

#[test]
fn where_figures_come_from_stands_in_every_format() {
    let place = Place::new();
    place.run(&["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--form", "v1"]).done().expect(0);
    let report = json(&place, STEM);
    let batches = report["register"].as_array().unwrap().len();
    let sources = report["figure_sources"].as_array().unwrap();
    let of = |column: &str| sources.iter().filter(|f| f["column"] == column).cloned().collect::<Vec<_>>();
    for column in ["completed_calls", "failed_calls"] {
        let expected = serde_json::json!([
            { "column": column, "api_form": "v1", "source": "call-logs", "unit": "calls", "batches": batches },
        ]);
        assert_eq!(Value::Array(of(column)), expected);
    }
    assert_eq!((of("total_calls").len(), &of("total_calls")[0]["unit"]), (1, &"recipients".into()));
    let words = [
        format!("{batches} batches from the call logs, in calls (form v1)"),
        "figures of different units (recipients, calls)".to_owned(),
    ];
    for suffix in [".html", ".csv-metadata.json"] {
        let text = std::fs::read_to_string(place.work().join(format!("{STEM}/{STEM}{suffix}"))).unwrap();
        assert!(words.iter().all(|words| text.contains(words)), "{suffix}");
    }
    let pdf = place.run_program("pdftotext", &["-layout", &format!("{STEM}/{STEM}.pdf"), "-"]).done().expect(0).stdout;
    let text = pdf.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.iter().all(|words| text.contains(words)), "{text}");
    verified(&place, STEM);
}

#[test]
fn two_requests_are_made_for_each_batch_and_one_for_each_page() {
    let front = Front::quiet(ApiForm::V1);
    let place = Place::new();
    front.report(&place, &["--quarter", "2024-Q1", "--quiet"]).done().expect(0);
    let (report, (pages, counts)) = (json(&place, STEM), front.asked());
    let batches = report["register"].as_array().unwrap().len() as u64;
    let reported = |field: &str| report["completeness"][field].as_u64().unwrap();
    assert_eq!((pages.len() as u64, counts.len() as u64), (reported("pages"), 2 * batches));
    assert_eq!((reported("requests"), reported("retries")), (2 * batches + reported("pages"), 0));
    assert_eq!(counts.iter().collect::<BTreeSet<_>>().len(), counts.len(), "none is asked twice");
    let failed =
        counts.iter().filter(|url| url.ends_with("?status=failed,did_not_pick,busy,no_answer,retry_expired&limit=1"));
    let completed = counts.iter().filter(|url| url.ends_with("?status=completed&limit=1"));
    assert_eq!((completed.count() as u64, failed.count() as u64), (batches, batches));
}

#[test]
fn one_gathering_counts_for_all_periods_and_for_nothing_between_them() {
    let front = Front::quiet(ApiForm::V1);
    let place = Place::new();
    front
        .report(&place, &["--quarter", "2024-Q1", "--quarter", "2024-Q3", "--quiet", "--format", "csv"])
        .done()
        .expect(0);
    let reports = [json(&place, STEM), json(&place, "batch-audit-2024-Q3")];
    let batches: BTreeSet<String> = reports.iter().flat_map(|report| figures(report).into_keys()).collect();
    let (pages, counts) = front.asked();
    assert_eq!(counts.len(), 2 * batches.len());
    assert_eq!(reports[0]["completeness"]["requests"], pages.len() + counts.len());
    for report in &reports {
        assert!(figures(report).values().flatten().all(Option::is_some));
    }
    verified(&place, STEM);
    verified(&place, "batch-audit-2024-Q3");
}

#[test]
fn a_batch_whose_calls_are_gone_is_a_finding_and_its_figures_are_not_reported() {
    let gone = "batch_pb7rptcr4zd9";
    assert!(records().iter().any(|record| record.id == gone));
    let front = Front::start(ApiForm::V1, move |seen| {
        (is_count(seen) && seen.path.ends_with(gone)).then(|| Reply::error(404, "Batch call not found"))
    });
    let place = Place::new();
    front.report(&place, &["--quarter", "2024-Q1", "--quiet"]).done().expect(0);
    let report = json(&place, STEM);
    assert_eq!(figures(&report)[gone], [None, None]);
    let found = finding(&report, "call-logs-not-found");
    assert_eq!(found.keys().collect::<Vec<_>>(), [gone]);
    assert!(found[gone].contains("the list gave 273 completed calls"), "{}", found[gone]);
    assert!(finding(&report, "figure-not-reported")[gone].contains("completed calls, failed calls"));
    assert_eq!(front.asked().1.iter().filter(|url| url.contains(gone)).count(), 1, "its other count is not asked for");
    verified(&place, STEM);
}

#[test]
fn a_report_with_call_totals_is_rendered_again_to_the_byte() {
    let place = Place::new();
    let options = ["--sample", "--form", "v1", "--call-totals", "always", "--quarter", "2024-Q1", "--quiet"];
    place.run(&[&["report"], &options[..]].concat()).done().expect(0);
    std::fs::create_dir(place.work().join("again")).unwrap();
    let evidence = format!("{STEM}/evidence.warc.gz");
    place.run(&["render", &evidence, "--quarter", "2024-Q1", "--out", "again", "--quiet"]).done().expect(0);
    let files = place.files();
    for suffix in [".csv", "-totals.csv", ".csv-metadata.json", ".json"] {
        let name = format!("{STEM}/{STEM}{suffix}");
        assert!(files[&name] == files[&format!("again/{name}")], "{name} differs");
    }
    verified(&place, &format!("again/{STEM}"));
    // In this form list and call logs count other things, and the difference says so.
    assert!(
        finding(&json(&place, STEM), "call-logs-differ").values().all(|words| words.contains("in the list (attempts)"))
    );
}

#[test]
fn help_fits_a_terminal_and_names_the_option() {
    let help = Place::new().run(&["report", "--help"]).done().expect(0).stdout;
    assert!(help.contains("--call-totals <WHEN>") && help.contains("auto") && help.contains("never"), "{help}");
    assert_eq!(help.lines().find(|line| line.chars().count() > 80), None);
}

#[test]
fn a_report_with_call_totals_meets_its_schema() {
    let place = Place::new();
    let reports = [["--call-totals", "always"], ["--form", "v1"]].map(|arguments| {
        let report = sample(&place, &[&ALL[..], &arguments, &["--force"]].concat());
        assert!(report["call_logs"]["batches"].as_array().is_some_and(|batches| batches.len() == 600));
        report
    });
    let Some(found) = against_the_schema(REPORT_SCHEMA, &reports) else { return };
    assert_eq!(found, Vec::<String>::new());
    let mut bad = reports[0].clone();
    bad["call_logs"]["batches"][0]["to_number"] = CALL_PHONE.into();
    bad["figure_sources"][0]["unit"] = "people".into();
    assert_eq!(against_the_schema(REPORT_SCHEMA, &[bad]).unwrap().len(), 2);
}
