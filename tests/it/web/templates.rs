//! `--template-dir`: a company's own looks, and templates that are refused before the API is asked.

use std::fs;

use super::signed::{STEM, file};
use crate::harness::{Place, Run};

fn report(place: &Place, name: &str, text: &str) -> Run {
    let folder = place.work().join("looks");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
    fs::write(folder.join(".hidden"), "not looked at").unwrap();
    let arguments = ["report", "--sample", "--quarter", "2024-Q1", "--format", "html", "--template-dir", "looks"];
    place.run(&arguments).done()
}

#[test]
fn a_style_of_ones_own_is_in_the_page_and_the_package_verifies() {
    let place = Place::new();
    let style = include_str!("../../../templates/style.css");
    report(&place, "style.css", &format!("{style}\nheader {{ border-top: 9px solid #0a3d62; }}\n")).expect(0);
    let page = fs::read_to_string(file(&place, ".html")).unwrap();
    assert!(page.contains("border-top: 9px solid #0a3d62"));
    place.run(&["verify", STEM]).done().expect(0);
}

#[test]
fn templates_that_cannot_be_used_are_refused_and_nothing_is_written() {
    let page = include_str!("../../../templates/report.html");
    let open = page.replace("default-src 'none'", "default-src *");
    assert_ne!(open, page);
    for (name, text, words) in [
        ("footer.html", "<p>Acme</p>", "no template `footer.html`"),
        ("findings.html", "{% if %}", "the template is wrong"),
        ("findings.html", "{{ nothing.like_this }}", "the template is wrong"),
        ("report.html", open.as_str(), "Content-Security-Policy"),
    ] {
        let place = Place::new();
        report(&place, name, text).expect(2).says(words);
        assert!(!place.work().join(STEM).exists(), "{name}");
    }
    let place = Place::new();
    let missing = ["report", "--sample", "--quarter", "2024-Q1", "--template-dir", "none"];
    place.run(&missing).done().expect(2).says("cannot read the templates in `none`");
}
