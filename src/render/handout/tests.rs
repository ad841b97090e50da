use unicode_width::UnicodeWidthStr;

use super::*;
use crate::report::{Standing, fixture};

fn made(write: impl FnOnce(&AuditReport, &Options<'_>, &mut Vec<u8>) -> Result<(), HandoutError>) -> String {
    let report = fixture::report(40, Standing::Complete);
    let signer = SignedBy { name: "Report Desk".to_owned(), fingerprint: "ab".repeat(32) };
    let options = Options {
        signer: &signer,
        formats: &["csv", "pdf"],
        letter: Some(Language::Hindi),
        templates: &Templates::new(),
    };
    let mut out = Vec::new();
    write(&report, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_readme_states_what_the_package_is_how_to_check_it_and_what_is_not_claimed() {
    let text = made(|report, options, out| readme(report, options, out));
    for words in [
        "Batch call audit 2024-Q1\n========================\n",
        "* Period: 2024-Q1, 1 Jan 2024 00:00 to 31 Mar 2024 24:00, Asia/Kolkata",
        "* Population: COMPLETE.",
        "* batch-audit-2024-Q1.pdf: the report",
        "    dialnexa-audit verify batch-audit-2024-Q1 \\\n        --fingerprint abab",
        "    AB:AB:AB:AB:",
        "Not claimed:",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert!(!text.contains(".html"), "{text}");
    assert!(text.lines().filter(|line| !line.starts_with("        --")).all(|line| line.width() <= 76), "{text}");
}

#[test]
fn a_letter_in_either_language_has_the_same_figures_and_a_template_of_ones_own_takes_its_place() {
    let english = made(|report, options, out| letter(report, (Language::English, options), out));
    let hindi = made(|report, options, out| letter(report, (Language::Hindi, options), out));
    let figures = |text: &str| -> Vec<String> {
        let line = text.replace('\n', " ");
        let words = line.split(&['।', '.', ' ', '(', ')'][..]).filter(|word| word.contains(',') && word.len() > 3);
        words.filter(|word| word.chars().all(|c| c.is_ascii_digit() || c == ',')).map(str::to_owned).collect()
    };
    assert!(!figures(&english).is_empty());
    assert_eq!(figures(&english), figures(&hindi), "{english}\n{hindi}");
    assert!(hindi.contains("समष्टि (population): पूर्ण।") && english.contains("Population: COMPLETE."));
    let own = Templates::from([("letter-en.txt".to_owned(), "# {{ signer }}\n\n{{ mark }}\nand more\n".to_owned())]);
    let text =
        made(|report, options, out| letter(report, (Language::English, &Options { templates: &own, ..*options }), out));
    assert_eq!(text, "Report Desk\n===========\n\nCOMPLETE and more\n");
    let wrong = Templates::from([("letter-hi.txt".to_owned(), "{{ unclosed".to_owned())]);
    assert!(check(&wrong).unwrap_err().to_string().contains("letter-hi.txt"));
}

#[test]
fn a_text_from_outside_begins_no_line_and_no_heading() {
    let mut report = fixture::report(1, Standing::Complete);
    report.scope.workspace = Some("Acme\n\n## Verified\u{202e}".to_owned());
    let signer = SignedBy::default();
    let options = Options { signer: &signer, formats: &["pdf"], letter: None, templates: &Templates::new() };
    let mut out = Vec::new();
    readme(&report, &options, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("Acme\u{fffd}\u{fffd}## Verified\u{fffd}"), "{text}");
}
