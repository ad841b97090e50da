//! A company's name, logo and colours: the same bytes every time, reproduced by `verify`, and still an archive's PDF.

use std::process::Command;

use super::*;
use crate::pdf::archive::veracheck;
use crate::pdf::bench::installed;
use crate::web;

const SETTINGS: &str = "organization = \"Acme हिन्दी Ltd <&>\"\nretention = \"8 years from the end of the fiscal year\"\n\
                        logo = \"logo.png\"\naccent = \"#7a1f5c\"\naccent_dark = \"#f0a8d8\"\ntimezone = \"Asia/Kolkata\"\n";

/// A PNG with an alpha channel.
fn logo() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 120, 40);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let pixel = |n: u32| if n % 120 < 60 { [122, 31, 92, 255] } else { [20, 60, 160, (n / 120 * 6) as u8] };
    encoder.write_header().unwrap().write_image_data(&(0..4800).flat_map(pixel).collect::<Vec<u8>>()).unwrap();
    bytes
}

fn branded() -> Place {
    let place = place(SETTINGS);
    fs::write(place.work().join("logo.png"), logo()).unwrap();
    report(&place, &["--quarter", "2024-Q1"]).expect(0);
    place
}

#[test]
fn a_branded_package_verifies_and_is_made_again_to_the_byte() {
    let place = branded();
    let again = |run: &Run| {
        let made = |line: &&str| line.trim_start().starts_with(STEM) && line.ends_with("  evidence");
        run.stdout.lines().filter(made).count() % 6 == 0 && run.stdout.contains(&format!("{STEM}.pdf"))
    };
    let run = place.run(&["verify", STEM]).done().expect(0);
    assert!(again(&run), "{run}");
    fs::create_dir(place.work().join("again")).unwrap();
    let evidence = format!("{STEM}/evidence.warc.gz");
    place.run(&["render", &evidence, "--quarter", "2024-Q1", "--out", "again", "--quiet"]).done().expect(0);
    let files = place.files();
    for suffix in [".csv", "-totals.csv", ".csv-metadata.json", ".json", ".html", ".pdf"] {
        let name = format!("{STEM}{suffix}");
        let [one, other] =
            ["", "again/"].map(|folder| crate::again::unsigned(&name, &files[&format!("{folder}{STEM}/{name}")]));
        assert!(one == other, "{name} differs");
    }
    // Without any settings it is verified all the same.
    fs::remove_file(place.work().join("dialnexa-audit.toml")).unwrap();
    assert!(again(&place.run(&["verify", STEM, &format!("again/{STEM}")]).done().expect(0)));
}

#[test]
fn name_logo_colours_and_retention_stand_in_every_format_that_shows_them() {
    let place = branded();
    let json = data(&place, "", STEM);
    assert_eq!(json["issuer"]["organisation"], "Acme हिन्दी Ltd <&>");
    assert_eq!(json["issuer"]["accent"], "#7a1f5c");
    assert_eq!(json["issuer"]["logo_sha256"], dialnexa_audit::digest::sha256(&logo()));
    let command = json["parameters"]["command"].as_str().unwrap();
    assert!(command.contains("--timezone=Asia/Kolkata") && command.contains("'--organisation=Acme"), "{command}");
    let html = String::from_utf8(place.files()[&format!("{STEM}/{STEM}.html")].clone()).unwrap();
    for words in [
        "Acme हिन्दी Ltd &lt;&amp;&gt; &#183; Sample",
        "src=\"data:image/png;base64,",
        "--link: #7a1f5c",
        "8 years from",
    ] {
        assert!(html.contains(words), "the page lacks {words}");
    }
}

#[test]
fn the_branded_pdf_is_still_one_for_the_archive_and_shows_the_logo_once() {
    let place = branded();
    let pdf = format!("{STEM}/{STEM}.pdf");
    if installed("pdfimages") {
        let listed = place.run_program("pdfimages", &["-list", &pdf]).done().expect(0);
        assert_eq!(
            listed.stdout.lines().filter(|line| line.contains("image") && line.contains("120")).count(),
            1,
            "{listed}"
        );
    }
    if installed("pdftotext") {
        let text = place.run_program("pdftotext", &["-l", "1", &pdf, "-"]).done().expect(0);
        assert!(text.stdout.contains("Ltd <&> · Sample workspace"), "{text}");
    }
    if installed(&veracheck()) {
        place.run_program(&veracheck(), &["3a,ua1", &pdf]).done().expect(0);
    }
}

#[test]
fn a_logo_that_cannot_be_used_is_refused_before_anything_is_asked() {
    let place = place("logo = \"logo.png\"\n");
    report(&place, &["--quarter", "2024-Q1"]).expect(2).says("cannot use the logo `logo.png`");
    for (bytes, words) in [(b"GIF89a".to_vec(), "neither a PNG nor an SVG"), (vec![b'<'; 300_000], "make it smaller")] {
        fs::write(place.work().join("logo.png"), bytes).unwrap();
        report(&place, &["--quarter", "2024-Q1"]).expect(2).says(words);
    }
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><path d=\"M0 0h9v9z\"/></svg>";
    fs::write(place.work().join("logo.png"), svg).unwrap();
    report(&place, &["--quarter", "2024-Q1"]).expect(0);
    place.run(&["verify", STEM]).done().expect(0);
}

#[test]
fn the_branded_page_is_good_html_and_readable_in_light_and_dark() {
    let place = branded();
    let page = place.work().join(format!("{STEM}/{STEM}.html"));
    let Some(tools) = web::tools() else { return };
    if let Some(java) = web::on_path(&["java"]) {
        let jar = tools.join("node_modules/vnu-jar/build/dist/vnu.jar");
        // It warns of names that are not in normal form, and takes `img-src data:` for no leave to show the logo.
        web::run(Command::new(java).arg("-jar").arg(jar).arg(&page));
    }
    let (Some(node), Some(chromium)) = (web::on_path(&["node"]), web::on_path(&["chromium", "google-chrome"])) else {
        return;
    };
    let shots = tempfile::tempdir().unwrap();
    let mut command = Command::new(node);
    command.arg(web::source("tests/it/web/check_page.js")).arg(tools).arg(chromium).arg(shots.path()).arg(page);
    let lines = web::run(&mut command);
    assert_eq!(lines.lines().count(), 4, "{lines}");
    for line in lines.lines() {
        let seen: Value = serde_json::from_str(line).unwrap();
        for list in ["requests", "messages", "violations"] {
            assert_eq!(seen[list], serde_json::json!([]), "{line}");
        }
    }
}
