//! How digits are grouped: by the settings or an argument, stated, and made again by `verify` and `render`.

use super::*;

fn text(place: &Place, name: &str) -> String {
    fs::read_to_string(place.work().join(name)).unwrap()
}

/// Fails unless every file is made again from the evidence.
fn verified(place: &Place, package: &str) {
    let run = place.run(&["verify", package]).done().expect(0);
    assert_eq!(run.stdout.lines().filter(|line| line.ends_with("  evidence")).count(), 7, "{run}");
}

#[test]
fn figures_are_grouped_as_the_settings_say_and_the_package_is_made_again_so() {
    let place = place("grouping = \"thin\"\n");
    report(&place, &["--quarter", "2024-Q1"]).expect(0);
    let json: Value = serde_json::from_str(&text(&place, &format!("{STEM}/{STEM}.json"))).unwrap();
    assert_eq!(json["made"]["grouping"], "thin");
    assert!(json["parameters"]["command"].as_str().unwrap().contains("--grouping=thin"), "{}", json["parameters"]);
    let page = text(&place, &format!("{STEM}/{STEM}.html"));
    assert!(page.contains("<dd>40\u{202f}574</dd>") && !page.contains("40,574"));
    assert!(text(&place, &format!("{STEM}/{STEM}-totals.csv")).contains(",40574,"), "data groups nothing");
    verified(&place, STEM);

    fs::create_dir(place.work().join("plain")).unwrap();
    let evidence = format!("{STEM}/evidence.warc.gz");
    let arguments = ["render", &evidence, "--quarter", "2024-Q1", "--grouping", "none", "--out", "plain", "--ticket"];
    let run = place.run(&arguments).done().expect(0);
    assert!(run.stdout.contains("| 163 | 40574 |"), "{run}");
    assert!(run.stdout.contains("1 Jan 2024 00:00 to 31 Mar 2024 24:00, UTC"), "{run}");
    assert!(text(&place, &format!("plain/{STEM}/{STEM}.html")).contains("<dd>40574</dd>"));
    verified(&place, &format!("plain/{STEM}"));
}

#[test]
fn a_grouping_that_is_not_known_is_refused_with_those_that_are() {
    let place = place("grouping = \"dots\"\n");
    report(&place, &["--quarter", "2024-Q1"]).expect(2).says("grouping").says("comma").says("indian");
}
