//! What people get out of it: text in every script, attached files, pictures.

use std::io::Read;
use std::process::Command;

use dialnexa_audit::render::pdf::{Options, Rows};
use dialnexa_audit::report::Standing;
use unicode_normalization::UnicodeNormalization;

use super::bench::{NAMES, attachments, installed, kept, rendered, report, run};

/// The words of a text, composed, without the marks of direction that pdftotext adds.
pub fn words(text: &str) -> Vec<String> {
    let plain: String =
        text.nfc().filter(|c| !matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}')).collect();
    plain.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn every_id_and_every_name_is_found_in_reading_order() {
    if !installed("pdftotext") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = report(90, Standing::Complete);
    let made = rendered(&report, &Options::default());
    assert_eq!(made.missing_characters, 0);
    let file = kept(folder.path(), "report.pdf", &made.bytes);
    let text = run(Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(file).arg("-"));
    let found = words(&text).join(" ");
    let register = &found[found.rfind("Rows in the register").unwrap()..];
    let mut from = 0;
    for batch in &report.register {
        for wanted in [Some(&batch.id), batch.name.as_ref()].into_iter().flatten() {
            let wanted = words(wanted).join(" ");
            let place = register[from..].find(&wanted);
            from += place.unwrap_or_else(|| panic!("`{wanted}` is not after\n{}", &register[..from]));
        }
    }
}

#[test]
fn a_line_of_two_directions_keeps_every_word() {
    if !installed("pdftotext") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut report = report(2, Standing::Complete);
    report.register[0].name = Some("حملة رمضان 2024 Dubai".into());
    let made = rendered(&report, &Options::default());
    let file = kept(folder.path(), "report.pdf", &made.bytes);
    let text = words(&run(Command::new("pdftotext").args(["-enc", "UTF-8"]).arg(file).arg("-")));
    for word in ["حملة", "رمضان", "2024", "Dubai"] {
        assert!(text.iter().any(|found| found == word), "{word} in {text:?}");
    }
}

#[test]
fn attached_files_are_saved_byte_for_byte() {
    if !installed("pdfdetach") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = report(8, Standing::Complete);
    let made = rendered(&report, &Options::default());
    let file = kept(folder.path(), "report.pdf", &made.bytes);
    let list = run(Command::new("pdfdetach").arg("-list").arg(&file));
    assert!(list.contains("2 embedded files"), "{list}");
    run(Command::new("pdfdetach").arg("-saveall").arg("-o").arg(folder.path()).arg(&file));
    for attachment in attachments(&report) {
        let mut content = Vec::new();
        attachment.content.open().unwrap().read_to_end(&mut content).unwrap();
        assert!(std::fs::read(folder.path().join(&attachment.name)).unwrap() == content, "{}", attachment.name);
    }
}

#[test]
fn a_draft_says_so_on_every_page() {
    if !installed("pdftotext") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (standing, mark) in
        [(Standing::Draft, "DRAFT - COMPLETENESS NOT ESTABLISHED"), (Standing::Provisional, "PROVISIONAL")]
    {
        let made = rendered(&report(150, standing), &Options::default());
        let file = kept(folder.path(), "report.pdf", &made.bytes);
        let text = run(Command::new("pdftotext").arg(file).arg("-"));
        let pages: Vec<&str> = text.split_terminator('\u{C}').collect();
        assert_eq!(pages.len(), made.pages);
        assert!(pages.iter().all(|page| page.contains(mark) && page.contains("0123456789abcdef")), "{text}");
    }
}

#[test]
fn a_register_too_long_to_print_is_counted_and_hashed() {
    if !installed("pdftotext") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = report(10_001, Standing::Complete);
    let made = rendered(&report, &Options::default());
    let file = kept(folder.path(), "report.pdf", &made.bytes);
    let text = run(Command::new("pdftotext").arg("-layout").arg(file).arg("-"));
    let left = text.lines().find(|line| line.starts_with("Rows left to the attached CSV")).unwrap();
    assert_eq!(left.replace(|c: char| !c.is_ascii_digit(), ""), "10001", "{left}");
    assert!(text.contains("SHA-256 of the CSV"));
    assert!(made.pages < 20);
}

#[test]
fn a_character_of_no_font_is_replaced_and_counted() {
    let mut report = report(NAMES.len(), Standing::Complete);
    report.register[0].name = Some("春节 wave".into());
    let made = rendered(&report, &Options { rows: Rows::All, ..Options::default() });
    assert_eq!(made.missing_characters, 2);
}
