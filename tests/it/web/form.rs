//! How pages read: nothing breaks or overlaps at the widths of a desk, a tablet and a telephone, and on paper no sum is alone.

use std::path::Path;
use std::process::Command;

use dialnexa_audit::render::pdf;
use dialnexa_audit::report::AuditReport;
use dialnexa_audit::totals::Totals;

use super::{How, made, on_path, package, run, source, tools};

/// Ids, statuses and agents as long as people make them.
fn long(count: usize) -> AuditReport {
    let mut report = made::report(count, How::Complete);
    for (n, batch) in report.register.iter_mut().enumerate() {
        batch.id = format!("{}-550e8400-e29b-41d4-a716-446655440000", batch.id).into();
        batch.agent_id = Some(format!("agent-of-the-second-team-{n}-in-mumbai").into());
        batch.name = Some(format!("{n} {}", "a name that goes on and on and on, ".repeat(6)).into());
        if n % 3 == 0 {
            batch.status = dialnexa_audit::batch::Status::new("waiting_for_the_approval_of_a_supervisor");
        }
    }
    report.totals = Totals::over(&report.register).unwrap();
    report
}

/// Figures as large as their sums allow.
fn huge(count: usize) -> AuditReport {
    let mut report = made::report(count, How::Complete);
    for batch in &mut report.register {
        for figure in [&mut batch.total_calls, &mut batch.completed_calls, &mut batch.failed_calls] {
            *figure = figure.map(|figure| figure * 10_u64.pow(12));
        }
    }
    report.totals = Totals::over(&report.register).unwrap();
    report
}

/// The lines of each page, as a reader of the paper sees them.
fn pages(pdf: &Path) -> Vec<Vec<String>> {
    let text = run(Command::new("pdftotext").arg("-layout").arg(pdf).arg("-"));
    let lines = |page: &str| page.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    text.split('\u{c}').map(lines).filter(|page: &Vec<String>| !page.is_empty()).collect()
}

/// Fails where a page shows a sum above any row that it sums up.
fn no_sum_is_alone(pdf: &Path) {
    let mut sums = 0;
    for page in pages(pdf) {
        for (place, line) in page.iter().enumerate().filter(|(_, line)| line.contains("TOTAL ")) {
            sums += 1;
            let figures = |line: &String| line.split_whitespace().filter(|word| word.parse::<f64>().is_ok()).count();
            let above = page[..place].iter().rev().take(12).any(|line| figures(line) > 1);
            assert!(above || line.contains("TOTAL 0"), "{line}\n{page:#?}");
        }
    }
    assert!(sums > 1, "{}", pdf.display());
}

#[test]
fn no_head_and_no_figure_breaks_or_overlaps_and_no_sum_is_printed_alone() {
    let (Some(tools), Some(node)) = (tools(), on_path(&["node"])) else { return };
    let (Some(chromium), Some(_)) = (on_path(&["chromium", "google-chrome"]), on_path(&["pdftotext"])) else { return };
    let reports = [made::report(1, How::Complete), made::report(260, How::Draft), long(70), huge(70)];
    let folders = reports.each_ref().map(package);
    let pages = folders.each_ref().map(|folder| folder.path().join("batch-audit-2024-Q1.html"));
    let lines = run(Command::new(node).arg(source("tests/it/web/check_form.js")).arg(tools).arg(chromium).args(&pages));
    assert_eq!(lines.lines().count(), 16, "{lines}");
    for line in lines.lines() {
        let seen: serde_json::Value = serde_json::from_str(line).unwrap();
        match seen["printed"].as_str() {
            Some(pdf) => no_sum_is_alone(Path::new(pdf)),
            None => assert!(seen["wide"] == false && seen["found"] == serde_json::json!([]), "{line}"),
        }
    }
}

#[test]
fn no_sum_is_alone_on_a_page_of_the_document() {
    if on_path(&["pdftotext"]).is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // However many rows there are, some number of them fills a page up to its last row.
    for paper in [pdf::Paper::A4, pdf::Paper::Letter] {
        for count in 30..46 {
            let options = pdf::Options { paper, ..pdf::Options::default() };
            let path = folder.path().join(format!("{count}.pdf"));
            let mut file = std::fs::File::create(&path).unwrap();
            pdf::write(&made::report(count, How::Complete), &options, &mut file).unwrap();
            no_sum_is_alone(&path);
        }
    }
}
