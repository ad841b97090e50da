//! What the templates are filled with. All words and figures are the report's.

use serde::Serialize;
use tera::{Context, Value};

use super::engine::{Engine, markup};
use super::line::Row;
use super::{HtmlError, Options, brand, chart, concerns, megabytes, superseded};
use crate::report::{Answer, AuditReport, Fact, Grouping, NOT_REPORTED, Standing};
use crate::totals::TOTALS_WORDS;

/// The page but for the rows of the register.
pub struct Frame {
    engine: Engine,
    context: Context,
    rows: usize,
    grouping: Grouping,
    budget: String,
}

#[derive(Serialize)]
struct Words {
    label: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Section {
    id: &'static str,
    title: &'static str,
    facts: Vec<Words>,
}

#[derive(Serialize)]
struct Tile {
    class: &'static str,
    label: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Demand {
    demand: &'static str,
    fact: String,
    check: String,
}

#[derive(Serialize)]
struct Register {
    count: String,
    of: String,
    left_out: Option<String>,
    budget: String,
}

impl Frame {
    /// All of the page that does not depend on how many rows fit.
    pub fn new(report: &AuditReport, options: &Options<'_>) -> Result<Self, HtmlError> {
        let engine = Engine::new(&options.templates)?;
        let mut context = Context::new();
        context.insert_value("css", engine.style());
        context.insert_value("brand_css", markup(&brand::style(&options.brand)));
        context.insert_value("logo", brand::logo(&options.brand));
        head(&mut context, report);
        context.insert("csv_name", options.csv_name);
        context.insert("csv_sha256", options.csv_sha256);
        context.insert("not_reported", NOT_REPORTED);
        context.insert("period", &words(report.period_facts()));
        context.insert("zone", report.period.timezone.name());
        context.insert("tiles", &tiles(report));
        let longest = tiles(report).iter().map(|tile| tile.value.chars().count()).max();
        context.insert("tiles_length", &longest.unwrap_or_default());
        context.insert("totals", &totals(report));
        context.insert("totals_head", &TOTALS_WORDS);
        context.insert("footing", &report.totals.all.footing(report.grouping()));
        context.insert("footing_notes", &report.footing_notes());
        context.insert("weeks", &chart::outcomes(report));
        context.insert("statuses", &chart::statuses(report));
        context.insert("severities", &severities(report));
        context.insert_value("findings", findings(report));
        context.insert_value("superseded", superseded::superseded(report).unwrap_or_else(|| Value::from(false)));
        context.insert("proofs", &proofs(report));
        context.insert("ipe", &report.ipe_answers().into_iter().map(demand).collect::<Vec<_>>());
        context.insert("sections", &sections(report));
        Ok(Self {
            engine,
            context,
            rows: report.register.len(),
            grouping: report.grouping(),
            budget: megabytes(options.budget, report.grouping()),
        })
    }

    /// The page with these rows, of which so many are left out.
    pub fn render(&self, rows: &str, left_out: usize) -> Result<String, HtmlError> {
        let (of, all) = (self.grouping.grouped(self.rows as u64), self.grouping.batches(self.rows as u64));
        let shown = self.grouping.grouped((self.rows - left_out.min(self.rows)) as u64);
        let register = Register {
            count: if left_out > 0 { format!("the newest {shown} of {all}") } else { all },
            of,
            left_out: (left_out > 0).then(|| self.grouping.grouped(left_out as u64)),
            budget: self.budget.clone(),
        };
        let mut context = self.context.clone();
        context.insert("register", &register);
        context.insert_value("rows", markup(rows));
        self.engine.render(&context)
    }
}

fn head(context: &mut Context, report: &AuditReport) {
    let (standing, glyph) = match report.standing {
        Standing::Complete => ("complete", "✓"),
        Standing::NothingLeftOut => ("nothing-left-out", "◑"),
        Standing::Provisional => ("provisional", "◐"),
        Standing::Draft => ("draft", "✕"),
    };
    context.insert("standing", standing);
    // No tick beside findings that say that figures contradict themselves.
    let has_high = report.high_findings() > 0;
    context.insert("glyph", if has_high && report.standing == Standing::Complete { "" } else { glyph });
    context.insert("has_high", &has_high);
    context.insert("figures_mark", &report.figures_mark());
    context.insert("title", &report.title());
    context.insert("mark", report.mark());
    context.insert("verdict", &report.verdict());
    context.insert("scope_sentence", report.scope_sentence());
    context.insert("workspace", report.scope.workspace.as_ref().unwrap_or(&report.scope.host));
    context
        .insert_value("organisation", report.organisation().map_or_else(|| Value::from(false), Value::normal_string));
    context.insert("sample", &report.scope.sample);
    context.insert("tool", &format!("{} {}", report.provenance.tool, report.provenance.version));
}

fn words(facts: Vec<Fact>) -> Vec<Words> {
    facts.into_iter().map(|fact| Words { label: fact.label, value: fact.value }).collect()
}

fn demand(answer: Answer) -> Demand {
    Demand { demand: answer.demand, fact: answer.fact, check: answer.check }
}

fn tiles(report: &AuditReport) -> Vec<Tile> {
    let all = &report.totals.all;
    let tile = |class, label, value| Tile { class, label, value: report.figure(value) };
    vec![
        tile("", "Batches", Some(all.batches)),
        tile("", "Calls", all.total_calls),
        tile("c", "Completed", all.completed_calls),
        tile("f", "Failed", all.failed_calls),
        tile("o", "Other", all.other_calls),
    ]
}

fn totals(report: &AuditReport) -> Vec<Row> {
    let by_status =
        report.totals.by_status.iter().map(|entry| Row::of(entry.status.as_str(), &entry.sums, report.grouping()));
    by_status.chain([Row::of("TOTAL", &report.totals.all, report.grouping())]).collect()
}

fn severities(report: &AuditReport) -> Vec<String> {
    let counts = report.findings_by_severity().into_iter();
    counts.map(|(severity, count)| format!("{count} {}", severity.as_str())).collect()
}

fn findings(report: &AuditReport) -> Value {
    let findings = report.findings.iter().map(|finding| {
        let text = |text: &str| Value::normal_string(text);
        let fields = [
            ("severity", text(finding.severity.as_str())),
            ("title", text(&finding.title)),
            ("rule", text(&finding.rule)),
            ("code", text(&finding.code)),
            ("batches", markup(&concerns::concerns(finding, report.register.len(), report.grouping()))),
        ];
        Value::from(fields.into_iter().map(|(key, value)| (key.into(), value)).collect::<tera::Map>())
    });
    Value::from(findings.collect::<Vec<_>>())
}

const FIGURES: &str = "Figures: source and unit";

fn proofs(report: &AuditReport) -> Vec<Section> {
    let section = |id, title, facts| Section { id, title, facts: words(facts) };
    vec![
        section("completeness", "Completeness", report.completeness_facts()),
        section("figures", FIGURES, report.figure_facts()),
        section("scope", "Scope", report.scope_facts()),
        section("parameters", "Parameters and provenance", report.provenance_facts()),
    ]
}

fn sections(report: &AuditReport) -> Vec<Section> {
    let names = [
        ("period", "Period"),
        ("totals-heading", "Totals"),
        ("superseded", "Restatement"),
        ("findings", "Findings"),
        ("register-heading", "Register"),
        ("completeness", "Completeness"),
        ("figures", FIGURES),
        ("scope", "Scope"),
        ("parameters", "Parameters and provenance"),
        ("ipe", "IPE sheet"),
    ];
    let there = names.into_iter().filter(|(id, _)| *id != "superseded" || report.supersedes.is_some());
    there.map(|(id, title)| Section { id, title, facts: Vec::new() }).collect()
}
