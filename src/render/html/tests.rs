use super::*;
use crate::batch::Status;
use crate::report::{Grouping, Made, NOT_REPORTED, Standing, fixture};

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn page(report: &AuditReport, budget: usize) -> String {
    let options = Options { budget, ..Options::new("batch-audit-2024-Q1.csv", SHA256) };
    String::from_utf8(html(report, &options).unwrap()).unwrap()
}

fn html(report: &AuditReport, options: &Options<'_>) -> Result<Vec<u8>, HtmlError> {
    crate::render::bytes(|out| write(report, options, out))
}

fn rows(page: &str) -> usize {
    page.matches("</td><th scope=\"row\"><bdi>").count()
        + page.matches("</td><th scope=\"row\"><i class=\"nn\">").count()
}

#[test]
fn the_page_is_whole_and_the_same_every_time() {
    let report = fixture::report(120, Standing::Complete);
    let made = page(&report, BUDGET);
    assert!(made.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    assert!(made.ends_with("</body>\n</html>\n"));
    assert_eq!(rows(&made), 120);
    assert_eq!(made, page(&report, BUDGET));
}

#[test]
fn the_page_runs_and_loads_nothing() {
    let page = page(&fixture::report(300, Standing::Draft), BUDGET);
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\""));
    let allowed = page.replace("url(#hatch)", "").replace("href=\"data:,\"", "").replace("href=\"#", "");
    let loading = regex::Regex::new(
        r"(?i)<(script|iframe|object|embed|base|form)\b|<[^>]*\s(on[a-z]+|src|srcset|href)\s*=|@import|url\(",
    );
    assert_eq!(loading.unwrap().find(&allowed).map(|found| found.as_str()), None);
}

#[test]
fn verdict_period_and_totals_stand_before_findings_and_these_before_the_register() {
    for standing in [Standing::Complete, Standing::Provisional, Standing::Draft] {
        let report = fixture::report(40, standing);
        let page = page(&report, BUDGET);
        let order = [
            "id=\"mark\"",
            "id=\"period\"",
            "id=\"totals\"",
            "<svg",
            "id=\"findings\"",
            "class=\"register figures\"",
            "id=\"ipe\"",
        ];
        let places: Vec<_> = order.iter().map(|mark| page.find(mark).unwrap()).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert!(page.contains(&format!("<strong id=\"mark\">{}</strong>", report.mark())));
        assert_eq!(page.contains("class=\"band\""), standing != Standing::Complete);
    }
}

/// Every text of the report that comes from outside, replaced by `hostile`.
fn hostile_report(hostile: &str) -> AuditReport {
    let mut report = fixture::report(30, Standing::Draft);
    let text = || hostile.to_owned();
    (report.scope.workspace, report.scope.host, report.scope.endpoint) = (Some(text()), text(), text());
    (report.scope.key_fingerprint, report.period.label, report.hash_total) = (text(), text(), text());
    (report.parameters.command, report.parameters.assurance) = (text(), text());
    (report.provenance.tool, report.provenance.version, report.provenance.commit) = (text(), text(), Some(text()));
    let completeness = &mut report.completeness;
    (completeness.reason, completeness.assurance, completeness.assumption) = (Some(text()), text(), text());
    completeness.notes = vec![text()];
    for neighbour in completeness.newer_neighbour.iter_mut().chain(&mut completeness.older_neighbour) {
        neighbour.batch_id = text();
    }
    for entry in &mut report.totals.by_status {
        entry.status = Status::new(hostile);
    }
    for finding in &mut report.findings {
        (finding.code, finding.title, finding.rule) = (text(), text(), text());
        finding.concerns.iter_mut().for_each(|concern| {
            (concern.batch_id, concern.detail) = (hostile.into(), hostile.into());
        });
    }
    for batch in &mut report.register {
        (batch.id, batch.name) = (hostile.into(), Some(hostile.into()));
        (batch.status, batch.agent_id) = (Status::new(hostile), Some(hostile.into()));
    }
    report
}

#[test]
fn a_hostile_text_in_any_field_stays_text() {
    let tags = |page: &str| page.matches('<').count();
    let harmless = tags(&page(&hostile_report("harmless"), BUDGET));
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'--></style>",
        "{{ css }}{% raw %}",
        "&lt;b&gt;",
    ] {
        let report = hostile_report(hostile);
        let page = html(&report, &Options::new(hostile, hostile)).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert_eq!(tags(&page), harmless, "{hostile}");
        let mut escaped = String::new();
        text::push(&mut escaped, hostile);
        assert!(page.matches(&escaped).count() > 150, "{hostile}");
    }
}

#[test]
fn no_template_can_turn_the_escaping_off() {
    let report = fixture::report(16, Standing::Complete);
    let attempts = [
        "{{ workspace | safe }}",
        "{% set w = workspace | safe %}{{ w }}",
        "{{ workspace | safe | upper | lower }}",
        "{{ [workspace, workspace] | join(sep='<b>' | safe) }}",
        "{{ workspace | escape_html | safe }}",
        "{% filter safe %}{{ workspace }}{% endfilter %}",
        "{% set w %}{{ workspace }}{% endset %}{{ w }}",
        "{{ workspace | newlines_to_br }}",
    ];
    for attempt in attempts {
        let mut report = report.clone();
        report.scope.workspace = Some("<b>bold</b>".to_owned());
        let mut options = Options::new("a.csv", SHA256);
        options.templates.insert("report.html".to_owned(), format!("{POLICY}<p>{attempt}</p>"));
        let page = String::from_utf8(html(&report, &options).unwrap()).unwrap();
        assert!(page.contains("lt;b") && !page.contains("<b>"), "{attempt}: {page}");
    }
}

#[test]
fn no_template_can_turn_the_policy_off() {
    let mut options = Options::new("a.csv", SHA256);
    options.templates.insert("report.html".to_owned(), "<p>{{ title }}</p>".to_owned());
    let error = html(&fixture::report(1, Standing::Complete), &options).unwrap_err();
    assert!(matches!(error, HtmlError::NoPolicy), "{error}");
}

#[test]
fn a_template_that_is_not_used_is_refused() {
    let mut options = Options::new("a.csv", SHA256);
    options.templates.insert("footer.html".to_owned(), String::new());
    let error = html(&fixture::report(1, Standing::Complete), &options).unwrap_err();
    assert!(error.to_string().contains("no template `footer.html`"), "{error}");
}

#[test]
fn past_the_budget_the_oldest_rows_are_left_out_and_counted() {
    let report = fixture::report(3_000, Standing::Complete);
    let whole = page(&report, BUDGET);
    assert_eq!(rows(&whole), 3_000);
    assert!(!whole.contains("id=\"left-out\""));
    let budget = 600_000;
    let cut = page(&report, budget);
    let shown = rows(&cut);
    assert!(cut.len() + SIGNATURE <= budget && cut.len() + SIGNATURE > budget - 10_000, "{}", cut.len());
    assert!(cut.contains(&format!("<span id=\"left-out\">{}</span>", report.grouped(3_000 - shown as u64))));
    assert!(cut.contains(&format!("the newest {} of 3,000 batches", report.grouped(shown as u64))));
    assert!(cut.contains(SHA256) && cut.contains("within 600 kB"));
    assert!(cut.contains("<code>batch_002999</code></th><td>"));
    assert!(!cut.contains("<code>batch_000000</code></th><td>completed"));
    // What is not the register is all there; only what is not on the page is no link.
    let link = regex::Regex::new("<a href=\"#row-([0-9]+)\">(<code>[^<]*</code>)</a>").unwrap();
    let before = |page: &str| page[..page.find("id=\"register-heading\"").unwrap()].to_owned();
    assert!(link.replace_all(&before(&cut), "$2") == link.replace_all(&before(&whole), "$2"));
    for page in [&cut, &whole] {
        let targets: Vec<_> = link.captures_iter(page).map(|found| format!("<tr id=\"row-{}\">", &found[1])).collect();
        assert!(!targets.is_empty() && targets.iter().all(|row| page.contains(row)));
    }
}

#[test]
fn a_budget_too_small_for_any_row_leaves_all_the_rest() {
    let report = fixture::report(20, Standing::Complete);
    let page = page(&report, 0);
    assert_eq!(rows(&page), 0);
    assert!(page.contains("<span id=\"left-out\">20</span>"));
    assert!(report.findings.len() > 1);
    assert!(report.findings.iter().all(|finding| page.contains(&format!("<code>{}</code>", finding.code))));
}

/// The report as a package would have it made with that grouping.
fn grouped_by(report: AuditReport, grouping: Grouping) -> AuditReport {
    report.made_by(Made {
        forms: Default::default(),
        version: "0.1.0".to_owned(),
        commit: None,
        formats: vec!["html".to_owned()],
        bom: true,
        html_budget: BUDGET as u64,
        paper: "a4".to_owned(),
        pdf_rows: "auto".to_owned(),
        grouping,
        letter: None,
        fonts: Vec::new(),
        templates: Default::default(),
        logo: None,
        superseded: None,
        compared: None,
        dispositions: None,
        unsigned_evidence: false,
    })
}

#[test]
fn figures_are_grouped_as_asked_for_and_every_one_of_them() {
    let mut report = fixture::report(1_400, Standing::Complete);
    report.register[0].total_calls = Some(12_345_678);
    report.totals = crate::totals::Totals::over(&report.register).unwrap();
    let text = |grouping| {
        let page = page(&grouped_by(report.clone(), grouping), BUDGET);
        // Names and colours hold commas of their own; codes and ids are no figures.
        let style = regex::Regex::new("(?s)<style>.*?</style>|<bdi>.*?</bdi>").unwrap();
        style.replace_all(&page, "").into_owned()
    };
    let commas = regex::Regex::new("[0-9],[0-9]").unwrap();
    let plain = text(Grouping::None);
    assert_eq!(commas.find(&plain).map(|found| &plain[found.start().saturating_sub(60)..found.end()]), None);
    assert!(plain.contains("<td>12345678</td>") && !plain.contains('\u{202f}'));
    assert!(text(Grouping::Indian).contains("<td>1,23,45,678</td>"));
    assert!(text(Grouping::Comma).contains("<td>12,345,678</td>"));
    let thin = text(Grouping::Thin);
    assert!(thin.contains("<td>12\u{202f}345\u{202f}678</td>") && commas.find(&thin).is_none());
    let ungrouped = regex::Regex::new("<td>[0-9]{4,}</td>").unwrap();
    assert!(ungrouped.is_match(&plain) && !ungrouped.is_match(&thin));
}

#[test]
fn rows_are_numbered_and_the_last_one_sums_them_up() {
    let report = fixture::report(450, Standing::Complete);
    let page = page(&report, BUDGET);
    for number in [1, 200, 201, 450] {
        let id = &report.register[number - 1].id;
        let row = page.lines().find(|line| line.contains(&format!("<code>{id}</code>")) && line.starts_with("<tr id="));
        assert!(row.unwrap().starts_with(&format!("<tr id=\"row-{number}\"><td>{number}</td>")), "{row:?}");
    }
    assert_eq!(page.matches("<th scope=\"row\">TOTAL 450 batches</th>").count(), 1);
    let sums: String = report.totals.all.calls().map(|sum| format!("<td>{}</td>", report.figure(sum))).concat();
    assert!(page.contains(&format!("<td></td><td></td><td></td>{sums}<td></td></tr>\n</tbody>")));
}

/// What is left where a ticket system takes the style sheet away.
#[test]
fn without_its_style_sheet_bars_and_charts_still_report_outcomes_apart() {
    let page = page(&fixture::report(40, Standing::Complete), BUDGET);
    let (head, rest) = page.split_once("<style>").unwrap();
    let stripped = format!("{head}{}", rest.split_once("</style>").unwrap().1);
    let parts = regex::Regex::new("<rect class=\"([cfosu]|track)\" (fill=\"[^\"]+\")").unwrap();
    let paints: std::collections::BTreeSet<_> =
        parts.captures_iter(&stripped).map(|found| (found[1].to_owned(), found[2].to_owned())).collect();
    let (classes, fills): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
        paints.iter().cloned().unzip();
    assert!(classes.len() > 4 && paints.len() == classes.len(), "{paints:?}");
    assert!(fills.len() + 1 >= classes.len(), "{paints:?}");
    assert_eq!(stripped.matches("<rect class=\"c\"").count(), stripped.matches("<rect class=\"c\" fill").count());
    for letter in ["&#9608;", "&#9618;", "&#9617;", "█", "▒", "░"] {
        assert!(stripped.contains(letter), "{letter}");
    }
}

#[test]
fn an_empty_period_is_a_report_too() {
    let page = page(&fixture::report(0, Standing::Complete), BUDGET);
    assert!(page.contains("<code>nil-return</code>") && !page.contains("<svg"));
    assert!(page.contains("<tr class=\"total\"><th scope=\"row\">TOTAL</th><td>0</td>"));
    assert!(!page.contains(&format!("<td class=\"nr\">{NOT_REPORTED}")));
}

/// The relative luminance of `#rgb` or `#rrggbb`, as WCAG defines it.
fn luminance(hex: &str) -> f64 {
    let double: String = hex.chars().flat_map(|digit| [digit; 2]).collect();
    let hex = if hex.len() == 3 { &double } else { hex };
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

#[test]
fn colours_meet_the_contrast_of_wcag_in_light_dark_and_print() {
    let style = TEMPLATES.iter().find(|(name, _)| *name == "style.css").unwrap().1;
    let palettes: Vec<_> = style.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    assert_eq!(palettes.len(), 3);
    let colour = regex::Regex::new(r"--([a-z-]+): #([0-9a-f]{3}(?:[0-9a-f]{3})?);").unwrap();
    for palette in palettes {
        let colours: std::collections::BTreeMap<_, _> =
            colour.captures_iter(palette).map(|found| (found[1].to_owned(), luminance(&found[2]))).collect();
        let contrast = |a: &str, b: &str| {
            let (a, b) = (colours[a].max(colours[b]), colours[a].min(colours[b]));
            (a + 0.05) / (b + 0.05)
        };
        for text in ["ink", "soft", "link"] {
            assert!(contrast(text, "paper") >= 4.5 && contrast(text, "panel") >= 4.5, "{text}");
        }
        for ground in ["complete-ground", "provisional-ground", "draft-ground"] {
            assert!(contrast("on-mark", ground) >= 4.5 && contrast(ground, "paper") >= 3.0, "{ground}");
        }
        for mark in ["completed", "failed", "edge"] {
            assert!(contrast(mark, "paper") >= 3.0, "{mark}");
        }
        assert!(contrast("failed", "failed-ground") >= 3.0);
    }
}

#[test]
fn a_restatement_stands_before_the_findings_and_only_where_there_is_one() {
    let report = fixture::superseding();
    let made = page(&report, BUDGET);
    let old = report.supersedes.as_ref().unwrap();
    let places = ["id=\"totals\"", "<h2 id=\"superseded\">", "id=\"findings\""].map(|mark| made.find(mark).unwrap());
    assert!(places.is_sorted());
    assert!(made.contains(&old.manifest_sha256) && made.contains("href=\"#superseded\""));
    for line in old.restatement.batch_lines(report.grouping()) {
        assert!(made.contains(&format!("<code>{}</code>", line.batch_id)), "{}", line.batch_id);
    }
    assert!(made.contains("`春节 &lt;b&gt;`") && !made.contains("春节 <b>"));
    for line in old.restatement.totals.lines(report.grouping()) {
        let cells = line.cells.map(|cell| {
            if cell == NOT_REPORTED { format!("<td class=\"nr\">{cell}</td>") } else { format!("<td>{cell}</td>") }
        });
        let row = format!("<th scope=\"row\">{}</th>{}</tr>", line.figure, cells.concat());
        assert!(made.contains(&row), "{row}");
    }
    assert!(!page(&fixture::report(20, Standing::Complete), BUDGET).contains("superseded"));
}
