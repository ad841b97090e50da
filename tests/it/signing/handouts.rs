//! README and cover letter: signed as the other files are, made again by `verify`, and refused where they say anything else, whoever
//! signed them.

use std::fs;

use super::forged::{Desk, STEM};
use crate::pdf::archive::veracheck;
use crate::pdf::bench::installed;

#[test]
fn readme_and_letter_are_made_again_and_whoever_holds_the_key_cannot_change_a_word_of_them() {
    let desk = Desk::reporting(&["--format", "csv,pdf", "--letter", "hi"]);
    let run = desk.place.run(&["verify", STEM]).done().expect(0);
    let letter = format!("{STEM}-letter");
    for name in ["README.txt", &format!("{letter}.txt"), &format!("{letter}.pdf")] {
        let line = run.stdout.lines().find(|line| line.starts_with(&format!(" {name} "))).unwrap_or_default();
        assert!(line.contains("yes    yes    yes    yes") && line.ends_with("evidence"), "{name}: {run}");
    }
    let fingerprint =
        desk.text("README.txt").lines().find_map(|line| Some(line.split_once("--fingerprint ")?.1.to_owned()));
    desk.place.run(&["verify", STEM, "--fingerprint", &fingerprint.unwrap()]).done().expect(0);
    if installed(&veracheck()) {
        desk.place.run_program(&veracheck(), &["3a,ua1", &format!("{STEM}/{letter}.pdf")]).done().expect(0);
    }
    if installed("pdfinfo") {
        let pages = desk.place.run_program("pdfinfo", &[&format!("{STEM}/{letter}.pdf")]).done().expect(0).stdout;
        assert!(pages.lines().any(|line| line.starts_with("Pages:") && line.ends_with(" 1")), "{pages}");
    }
    let readme = desk.text("README.txt");
    desk.put("README.txt", readme.replace("Population: COMPLETE", "Population: AUDITED ").as_bytes());
    desk.must_fail("another standing in the README", "README.txt", "not reproduced");
    let text = desk.text(&format!("{letter}.txt"));
    desk.put(&format!("{letter}.txt"), text.replace("40,574", "40,575").as_bytes());
    desk.must_fail("another figure in the letter", &format!("{letter}.txt"), "not reproduced");
}

#[test]
fn a_letter_by_a_template_of_ones_own_says_so_and_a_wrong_template_is_refused() {
    let place = crate::harness::Place::new();
    let templates = place.work().join("../templates");
    fs::create_dir(&templates).unwrap();
    fs::write(templates.join("letter-en.txt"), "# Dear auditor\n\n{{ mark }}, {{ stem }}\n").unwrap();
    let more = ["--format", "pdf", "--letter", "en", "--template-dir", "../templates"];
    let desk = Desk::at(place, &more);
    assert_eq!(desk.text(&format!("{STEM}-letter.txt")), format!("Dear auditor\n============\n\nCOMPLETE, {STEM}\n"));
    let run = desk.place.run(&["verify", STEM]).done().expect(0);
    let own = run.stdout.lines().filter(|line| line.contains("-letter.") && line.ends_with("own templates")).count();
    assert!(own == 2 && run.stdout.contains("own templates and"), "{run}");
    for (name, text, words) in
        [("letter-en.txt", "{{ unclosed", "letter-en.txt"), ("letter-fr.txt", "x", "letter-fr.txt")]
    {
        fs::write(desk.place.work().join("../templates").join(name), text).unwrap();
        let line = ["report", "--sample", "--quarter", "2024-Q1", "--out", "other", "--letter", "en"];
        desk.place.run(&[&line[..], &["--template-dir", "../templates"]].concat()).done().expect(2).says(words);
        fs::write(desk.place.work().join("../templates/letter-en.txt"), "# Good\n").unwrap();
    }
}
