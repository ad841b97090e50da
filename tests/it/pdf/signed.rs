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

    /// Over a list that a script may change while it is read.
    fn over(list: List, lossy: bool, status: i32, arguments: &[&str]) -> Self {
        let server = Hostile::start(list, move |_, list| {
            if lossy {
                list.delete_any();
            }
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
    let made = Made::over(list(12_000), false, 0, &[]).verified();
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
        assert!(output.status.success() && !said.contains("error") && !said.contains("warning"), "{said}");
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

/// The register as pdftotext reads it, word by word.
fn register_as_read(pdf: &Path) -> String {
    let text = run(Command::new("pdftotext").args(["-raw", "-enc", "UTF-8"]).arg(pdf).arg("-"));
    let found = words(&text).join(" ");
    found[found.rfind("Rows in the register").unwrap()..].to_owned()
}
