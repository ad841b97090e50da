use proptest::prelude::*;

use super::*;
use crate::batch::Status;
use crate::render::bytes;
use crate::render::html::{self, BUDGET, Options, text};
use crate::report::{AuditReport, Standing, fixture};

fn page(report: &AuditReport, budget: usize) -> String {
    let options = Options { budget, ..Options::new("a.csv", "00") };
    String::from_utf8(bytes(|out| html::write(report, &options, out)).unwrap()).unwrap()
}

#[test]
fn a_page_with_a_restatement_states_the_reports_own_figures() {
    let report = fixture::superseding();
    assert_eq!(stated(page(&report, BUDGET).as_bytes()).unwrap(), Stated::by_report(&report));
}

#[test]
fn the_page_states_what_the_report_states() {
    for (count, standing) in [(0, Standing::Complete), (1, Standing::Provisional), (450, Standing::Draft)] {
        let report = fixture::report(count, standing);
        assert_eq!(stated(page(&report, BUDGET).as_bytes()).unwrap(), Stated::by_report(&report));
    }
}

#[test]
fn a_cut_page_states_the_newest_rows_and_how_many_it_leaves_out() {
    let report = fixture::report(1_000, Standing::Complete);
    let (whole, cut) = (Stated::by_report(&report), stated(page(&report, 200_000).as_bytes()).unwrap());
    assert!(cut.left_out > 0 && cut.left_out < 1_000);
    assert_eq!(cut.rows, whole.rows[cut.left_out as usize..]);
    assert_eq!(cut.totals, whole.totals);
}

#[test]
fn a_figure_changed_in_a_cell_is_stated_as_changed() {
    let report = fixture::report(5, Standing::Complete);
    let changed = page(&report, BUDGET).replace("<td>50</td><td>45</td>", "<td>50</td><td>44</td>");
    assert_eq!(stated(changed.as_bytes()).unwrap().rows[0].calls, [Some(50), Some(44), Some(5)]);
}

#[test]
fn what_the_program_does_not_write_is_refused() {
    let page = page(&fixture::report(5, Standing::Complete), BUDGET);
    let changes = [
        ("<td>45</td>", "<td hidden>44</td><td>45</td>"),
        ("<td>45</td>", "<td style=\"display:none\">45</td>"),
        ("<td>45</td>", "<td>4<span>5</span></td>"),
        ("<td>45</td>", "<td>+45</td>"),
        ("<td>45</td>", "<td>045</td>"),
        ("<td>45</td>", "<td></td>"),
        ("<td>45</td>", ""),
        ("<td>45</td>", "<td>45</td><td>45</td>"),
        ("<td>45</td>", "<td>&nbsp;45</td>"),
        ("<td>45</td>", "<td>4<!-- 5</td>"),
        ("<main", "<script>1</script><main"),
        ("<main", "<strong id=\"mark\">COMPLETE</strong><main"),
        ("id=\"mark\"", "id=\"other\""),
        ("<table id=\"totals\"", "<table id=\"totals\"><tbody></tbody></table><table id=\"totals\""),
    ];
    for (from, to) in changes {
        // Cells are changed in the register, not in the chart's figures, which are not read.
        let at = if from.starts_with("<td") { page.find("<table class=\"register").unwrap() } else { 0 };
        let (before, after) = page.split_at(at);
        assert!(after.contains(from), "{from}");
        assert!(stated(format!("{before}{}", after.replacen(from, to, 1)).as_bytes()).is_err(), "{to}");
    }
}

proptest! {
    #[test]
    fn any_text_comes_back_as_it_is_shown(id in any::<String>(), status in any::<String>(), name in any::<String>()) {
        let mut report = fixture::report(2, Standing::Complete);
        let batch = &mut report.register[1];
        (batch.id, batch.name, batch.status) = (id.as_str().into(), Some(name.into()), Status::new(&status));
        let stated = stated(page(&report, BUDGET).as_bytes()).unwrap();
        prop_assert_eq!(&stated.rows[1].batch_id, &text::visible(&id));
        prop_assert_eq!(&stated.rows[1].status, &text::visible(&status));
    }

    /// No panic, whatever is cut out of a page or put into it.
    #[test]
    fn any_page_is_read_or_refused(from in 0_usize..30_000, length in 0_usize..3_000, put in "[<>/a-z\"= &;!-]{0,12}") {
        let mut bytes = page(&fixture::report(3, Standing::Complete), BUDGET).into_bytes();
        let from = from.min(bytes.len());
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, put.into_bytes());
        let _ = stated(&bytes);
    }
}
