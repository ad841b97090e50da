//! The signed PDF as the binary writes it, in the hands of other people's programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::archive::veracheck;
use super::bench::{installed, run};
use super::people::words;
use crate::harness::Place;
use crate::hostile::{Hostile, List, Reply};

const KEY: &str = "marked-key-77aa";

/// The one Chinese font that the tests use, as Debian's fonts-droid-fallback installs it.
const FALLBACK: &str = "/usr/share/fonts/truetype/droid";

/// A package that the binary wrote.
struct Made {
    place: Place,
    stem: String,
}

impl Made {
    fn over_sample(arguments: &[&str]) -> Self {
        let place = Place::new();
        place.run(&[&["report", "--sample", "--quiet"], arguments].concat()).done().expect(0);
        Self::found(place)
    }

    /// Over a list whose pages may leave rows out, so that nothing is proven.
    fn over(list: List, lossy: bool, status: i32, arguments: &[&str]) -> Self {
        let server = Hostile::start(list, move |_, list| {
            list.drop_every = if lossy { 10 } else { 0 };
            Reply::Page
        });
        let place = Place::new();
        let all = ["report", "--quiet", "--quarter", "2024-Q1", "--base-url", &server.base_url];
        place.run(&[&all, arguments].concat()).key(KEY).done().expect(status);
        Self::found(place)
    }

    fn found(place: Place) -> Self {
        let folder = fs::read_dir(place.work()).unwrap().map(|entry| entry.unwrap().file_name());
        let stem =
            folder.map(|name| name.into_string().unwrap()).find(|name| name.starts_with("batch-audit-")).unwrap();
        Self { place, stem }
    }

    fn file(&self, suffix: &str) -> PathBuf {
        self.place.work().join(&self.stem).join(format!("{}{suffix}", self.stem))
    }

    fn pdf(&self) -> PathBuf {
        self.file(".pdf")
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&fs::read(self.file(".json")).unwrap()).unwrap()
    }

    fn verified(self) -> Self {
        self.place.run(&["verify", &self.stem]).done().expect(0);
        self
    }
}

fn list(count: usize) -> List {
    let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
    List::spread(count, at("2023-12-20")..at("2024-04-10"), 2)
}

#[test]
fn every_kind_of_signed_document_is_pdf_a_3a_and_pdf_ua_1() {
    if !installed(&veracheck()) {
        return;
    }
    let made = [
        ("complete", Made::over_sample(&["--quarter", "2024-Q1"])),
        ("complete", Made::over_sample(&["--quarter", "2024-Q1", "--paper", "letter", "--timezone", "Asia/Kolkata"])),
        ("complete", Made::over_sample(&["--quarter", "2019-Q2"])),
        ("provisional", Made::over_sample(&["--from", "2024-10-01", "--to", "2100-01-01"])),
        ("draft", Made::over(list(400), true, 5, &["--draft", "--paper", "letter"])),
        ("complete", Made::over(list(12_400), false, 0, &["--paper", "a4"])),
    ];
    let mut command = Command::new(veracheck());
    command.arg("3a,ua1");
    for (standing, made) in &made {
        assert_eq!(made.json()["standing"], *standing);
        command.arg(made.pdf());
    }
    assert!(made[2].1.json()["register"].as_array().unwrap().is_empty());
    assert!(made[5].1.json()["register"].as_array().unwrap().len() > 10_000);
    println!("{}", run(&mut command));
}

#[test]
fn ten_thousand_rows_signed_are_pdf_a_3a_and_pdf_ua_1() {
    if !installed(&veracheck()) {
        return;
    }
    let made = Made::over(list(12_300), false, 0, &[]).verified();
    assert!((9_000..=10_000).contains(&made.json()["register"].as_array().unwrap().len()));
    println!("{}", run(Command::new(veracheck()).arg("3a,ua1").arg(made.pdf())));
}

#[test]
fn what_pdfdetach_saves_is_byte_for_byte_what_the_package_holds() {
    if !installed("pdfdetach") {
        return;
    }
    let made = Made::over_sample(&["--quarter", "2024-Q1"]).verified();
    let saved = tempfile::tempdir().unwrap();
    run(Command::new("pdfdetach").arg("-saveall").arg("-o").arg(saved.path()).arg(made.pdf()));
    for suffix in [".csv", "-totals.csv", ".csv-metadata.json", ".json"] {
        let name = format!("{}{suffix}", made.stem);
        assert!(fs::read(saved.path().join(&name)).unwrap() == fs::read(made.file(suffix)).unwrap(), "{name}");
    }
    assert_eq!(fs::read_dir(saved.path()).unwrap().count(), 4);
}

#[test]
fn each_batch_that_a_finding_concerns_is_a_link_to_the_page_of_its_row() {
    if !installed("pdftohtml") || !installed("pdftotext") {
        return;
    }
    for rows in ["all", "40"] {
        let made = Made::over_sample(&["--quarter", "2024-Q1", "--pdf-rows", rows]).verified();
        let report = made.json();
        let printed: usize = if rows == "all" { usize::MAX } else { rows.parse().unwrap() };
        let register = report["register"].as_array().unwrap();
        let has_row = |id: &Value| register.iter().take(printed).any(|batch| batch["batch_id"] == *id);
        let concerns = report["findings"].as_array().unwrap().iter().flat_map(|of| of["concerns"].as_array().unwrap());
        let wanted = concerns.filter(|concern| has_row(&concern["batch_id"])).count();
        let shown = run(Command::new("pdftohtml").args(["-xml", "-i", "-stdout"]).arg(made.pdf()));
        let links = shown.lines().filter_map(|line| line.split_once("<a href=\"")?.1.split_once("</a>"));
        let links: Vec<(&str, &str)> =
            links.map(|(link, _)| link.rsplit_once('#').unwrap().1.split_once("\">").unwrap()).collect();
        assert!(links.len() == wanted && wanted > 10, "{wanted} wanted: {links:?}");
        let mut pages = std::collections::BTreeMap::new();
        for (page, id) in links {
            let text = pages.entry(page).or_insert_with(|| {
                run(Command::new("pdftotext").args(["-f", page, "-l", page]).arg(made.pdf()).arg("-"))
            });
            // Its row, and not another finding.
            assert!(text.contains(id) && text.contains("Created (local)"), "{id} on page {page}: {text}");
        }
    }
}

#[test]
fn qpdf_mupdf_and_pdffonts_find_nothing_wrong() {
    let made = Made::over_sample(&["--quarter", "2024-Q1", "--timezone", "Asia/Kolkata"]);
    if installed("qpdf") {
        let said = run(Command::new("qpdf").arg("--check").arg(made.pdf()));
        assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
    }
    if installed("mutool") {
        let mut draw = Command::new("mutool");
        let output = draw.args(["draw", "-F", "txt", "-o", "-"]).arg(made.pdf()).output().unwrap();
        let (text, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // Some builds of MuPDF cannot read colour profiles, and say so.
        let troubles: Vec<_> = said.lines().filter(|line| !line.is_empty() && !line.contains("ICC support")).collect();
        assert!(output.status.success() && troubles.is_empty(), "{said}");
        assert!(text.contains("Batch call audit 2024-Q1") && text.contains("About this document"), "{text}");
    }
    if installed("pdffonts") {
        let list = run(Command::new("pdffonts").arg(made.pdf()));
        let fonts: Vec<&str> = list.lines().skip(2).collect();
        assert!(fonts.len() >= 8, "{list}");
        for font in fonts {
            assert_eq!(font.split_whitespace().filter(|word| *word == "yes").count(), 3, "{font}");
        }
    }
}

/// Whether Debian's fonts-droid-fallback is there; in CI it must.
fn has_fallback() -> bool {
    let there = Path::new(FALLBACK).exists();
    assert!(there || std::env::var_os("CI").is_none(), "fonts-droid-fallback is not installed, and CI needs it");
    if !there {
        println!("skipped: fonts-droid-fallback not installed");
    }
    there
}

/// Composed, without white space and marks of direction: what is left does not depend on where lines end.
fn squeezed(text: &str) -> String {
    words(text).concat()
}

/// The register as pdftotext reads it.
fn register_as_read(pdf: &Path, mode: &[&str]) -> String {
    let text = run(Command::new("pdftotext").args(mode).args(["-enc", "UTF-8"]).arg(pdf).arg("-"));
    text[text.rfind("Rows in the register").unwrap()..].to_owned()
}

/// Every row of the register in its order: id, name (or its beginning and "…") and status follow upon each other.
fn assert_rows_are_read(made: &Made) -> usize {
    let text = squeezed(&register_as_read(&made.pdf(), &["-raw"]));
    let (mut rest, mut cut) = (text.as_str(), 0);
    for row in made.json()["register"].as_array().unwrap() {
        let field = |name: &str| squeezed(row[name].as_str().unwrap_or_default());
        let (id, name, status) = (field("batch_id"), field("name"), field("status"));
        if let Some((_, after)) = rest.split_once(&format!("{id}{name}{status}")) {
            rest = after;
            continue;
        }
        let (_, after) = rest.split_once(&id).unwrap_or_else(|| panic!("{id} is not after\n{rest}"));
        let (shown, after) = after.split_once('…').unwrap();
        assert!(shown.chars().count() > 30 && name.starts_with(shown), "{id} {name}: {shown}");
        assert!(after.starts_with(&status), "{id}: {after}");
        (rest, cut) = (after, cut + 1);
    }
    cut
}

#[test]
fn every_id_and_name_of_the_sample_quarter_is_read_in_order() {
    if !installed("pdftotext") || !has_fallback() {
        return;
    }
    let made = Made::over_sample(&["--quarter", "2024-Q1", "--font-dir", FALLBACK]);
    assert_eq!(assert_rows_are_read(&made), 1, "one name of the sample is too long for two lines");
    let text = words(&register_as_read(&made.pdf(), &[])).join(" ");
    let json = made.json();
    let names = json["register"].as_array().unwrap().iter().filter_map(|row| row["name"].as_str());
    let indic: Vec<_> = names.filter(|name| name.contains(|c| matches!(c, '\u{900}'..='\u{DFF}'))).collect();
    assert!(indic.len() > 5, "the sample lost its scripts");
    for name in indic {
        assert!(text.contains(&words(name).join(" ")), "{name}");
    }
}

/// The finding over characters that no font has, as JSON.
fn unshown(made: &Made) -> Option<Value> {
    let json = made.json();
    json["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "characters-not-shown").cloned()
}

#[test]
fn what_no_font_has_is_a_finding_that_says_how_many() {
    let made = Made::over_sample(&["--quarter", "2024-Q1"]).verified();
    let finding = unshown(&made).unwrap();
    let count =
        |concern: &Value| concern["detail"].as_str().unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
    let all: usize = finding["concerns"].as_array().unwrap().iter().map(count).sum();
    assert_eq!(finding["title"], format!("Characters that no font of the PDF has: {all}"));
    if installed("pdftotext") {
        // Copied text is whole all the same: the sign that is shown stands for the character that came.
        let text = register_as_read(&made.pdf(), &[]);
        assert!(text.contains(&format!("{all} characters are in no font")) && text.contains("春节回访活动"), "{text}");
    }
    // A report that is no PDF has nothing to show.
    assert_eq!(unshown(&Made::over_sample(&["--quarter", "2024-Q1", "--format", "csv,html"])), None);
}

#[test]
fn fonts_of_a_folder_or_of_the_machine_show_what_is_lacking() {
    if !has_fallback() {
        return;
    }
    let mut made = Vec::new();
    for arguments in [&["--font-dir", FALLBACK][..], &["--font-dir", "/usr/share/fonts"], &["--system-fonts"]] {
        let of = Made::over_sample(&[&["--quarter", "2024-Q1"], arguments].concat());
        // Its maker does not let this font be handed out, so it is not in the package.
        let run = of.place.run(&["verify", &of.stem, "--font-dir", "/usr/share/fonts"]).done().expect(0);
        let line = run.stdout.lines().find(|line| line.starts_with(&format!(" {}.pdf ", of.stem)));
        assert!(line.is_some_and(|line| line.ends_with("evidence")), "{run}");
        if made.is_empty() {
            let run = of.place.run(&["verify", &of.stem]).done().expect(1);
            assert!(run.stdout.contains("its fonts are not at hand: DroidSansFallback"), "{run}");
            let last = run.stdout.lines().last().unwrap();
            assert!(last.starts_with("IN PART: ") && last.ends_with(&format!("{0}.json, {0}.pdf", of.stem)), "{run}");
        }
        assert_eq!(unshown(&of), None, "{arguments:?}");
        made.push(of);
    }
    if installed("pdftotext") {
        let text = run(Command::new("pdftotext").arg(made[0].pdf()).arg("-"));
        assert!(text.contains("春节回访活动") && text.contains("DroidSansFallbackFull.ttf"), "{text}");
    }
    if installed(&veracheck()) {
        println!("{}", run(Command::new(veracheck()).arg("3a,ua1").args(made.iter().map(Made::pdf))));
    }
}

#[test]
fn a_folder_without_fonts_is_refused_before_the_api_is_asked() {
    let place = Place::new();
    let report = |folder: &str| place.run(&["report", "--sample", "--quarter", "2024-Q1", "--font-dir", folder]).done();
    report(".").expect(2).says("holds no font");
    report("there-is-none").expect(6).says("cannot read the fonts in `there-is-none`");
    assert!(place.files().is_empty());
}
