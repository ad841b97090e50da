//! The settings file through the real binary: precedence, workspaces, where the key comes from, and what is refused.

use std::fs;

use serde_json::Value;

use crate::harness::{Place, Run};
use crate::hostile::{Hostile, List};

mod branded;
mod grouped;
mod shown;
mod workspaces;

const STEM: &str = "batch-audit-2024-Q1";
const KEY: &str = "marked-key-of-settings-91c4";

/// A place whose present folder has these settings.
fn place(settings: &str) -> Place {
    let place = Place::new();
    fs::write(place.work().join("dialnexa-audit.toml"), settings).unwrap();
    place
}

fn report(place: &Place, arguments: &[&str]) -> Run {
    place.run(&[&["report", "--sample", "--quiet"], arguments].concat()).done()
}

/// The report's data in a package of the working folder.
fn data(place: &Place, folder: &str, stem: &str) -> Value {
    serde_json::from_slice(&place.files()[&format!("{folder}{stem}/{stem}.json")]).unwrap()
}

fn range() -> std::ops::Range<chrono::DateTime<chrono::Utc>> {
    "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap()
}

#[test]
fn an_argument_goes_before_the_file_and_the_file_before_the_default() {
    let place = place("timezone = \"Asia/Kolkata\"\nformat = [\"csv\"]\nout = \"made\"\n");
    fs::create_dir(place.work().join("made")).unwrap();
    report(&place, &["--quarter", "2024-Q1"]).expect(0);
    assert_eq!(data(&place, "made/", STEM)["period"]["timezone"], "Asia/Kolkata");
    assert!(!place.files().contains_key(&format!("made/{STEM}/{STEM}.pdf")));

    report(&place, &["--quarter", "2024-Q1", "--timezone", "Europe/Berlin", "--out", "."]).expect(0);
    assert_eq!(data(&place, "", STEM)["period"]["timezone"], "Europe/Berlin");

    report(&place, &["--quarter", "2024-Q1", "--no-config", "--force"]).expect(0);
    assert_eq!(data(&place, "", STEM)["period"]["timezone"], "UTC");
    assert!(place.files().contains_key(&format!("{STEM}/{STEM}.pdf")));
}

#[test]
fn the_environment_goes_before_the_file_and_an_argument_before_it() {
    let server = Hostile::quiet(List::spread(10, range(), 1));
    let place = place("base_url = \"https://there-is-none.invalid/v1\"\n");
    let arguments = ["report", "--quarter", "2024-Q1", "--quiet", "--format", "csv"];
    place.run(&arguments).key(KEY).env("DIALNEXA_BASE_URL", &server.base_url).done().expect(0);
    let with = [&arguments[..], &["--force", "--base-url", &server.base_url]].concat();
    place.run(&with).key(KEY).env("DIALNEXA_BASE_URL", "https://there-is-none.invalid/v1").done().expect(0);
    fs::write(place.work().join("dialnexa-audit.toml"), format!("base_url = \"{}\"\n", server.base_url)).unwrap();
    place.run(&[&arguments[..], &["--force"]].concat()).key(KEY).done().expect(0);
}

#[test]
fn the_file_is_looked_for_by_name_then_here_then_in_the_users_folder() {
    let place = Place::new();
    let user = place.home().join(".config/dialnexa-audit");
    fs::create_dir_all(&user).unwrap();
    fs::write(user.join("dialnexa-audit.toml"), "paper = \"letter\"\n").unwrap();
    let shown = |run: Run| run.expect(0).stdout;
    let paper = |text: &str| text.lines().find(|line| line.starts_with("paper ")).unwrap().to_owned();
    let users = paper(&shown(place.run(&["config", "show"]).done()));
    assert!(users.contains("letter") && users.contains(".config/dialnexa-audit/dialnexa-audit.toml:1"), "{users}");

    fs::write(place.work().join("dialnexa-audit.toml"), "paper = \"a4\"\n").unwrap();
    assert!(paper(&shown(place.run(&["config", "show"]).done())).contains(" dialnexa-audit.toml:1"));
    fs::write(place.work().join("third.toml"), "\npaper = \"letter\"\n").unwrap();
    assert!(paper(&shown(place.run(&["config", "show", "--config", "third.toml"]).done())).contains(" third.toml:2"));
    let variable = place.run(&["config", "show"]).env("DIALNEXA_AUDIT_CONFIG", "third.toml").done();
    assert!(paper(&shown(variable)).contains(" third.toml:2"));
    assert!(paper(&shown(place.run(&["config", "show", "--no-config"]).done())).contains(" default"));
    place.run(&["config", "show", "--config", "fourth.toml"]).done().expect(2).says("cannot read the settings");
}

#[cfg(unix)]
#[test]
fn a_file_here_that_everybody_can_write_is_not_used_unless_it_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let place = place("paper = \"letter\"\n");
    let path = place.work().join("dialnexa-audit.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    place.run(&["config", "show"]).done().expect(2).says("can be written by everybody");
    place.run(&["config", "show", "--config", "dialnexa-audit.toml"]).done().expect(0);
    place.run(&["config", "show", "--no-config"]).done().expect(0);
}

#[test]
fn the_key_comes_from_where_the_settings_say() {
    let server = Hostile::quiet(List::spread(10, range(), 1));
    for (number, source) in
        ["key_env = \"DESK_KEY\"", "key_file = \"desk.key\"", "key_command = [\"cat\", \"desk.key\"]"]
            .into_iter()
            .enumerate()
    {
        let place = place(&format!("base_url = \"{}\"\n{source}\n", server.base_url));
        let key = format!("{KEY}-{number}");
        // Of what a program prints the first line counts; a file holds the key alone.
        let more = if number == 2 { "\nsecond line\n" } else { "\n" };
        fs::write(place.work().join("desk.key"), format!("{key}{more}")).unwrap();
        let run = place.run(&["report", "--quarter", "2024-Q1"]).env("DESK_KEY", &key).done().expect(0);
        assert!(server.received(&key), "{source}");
        assert!(!run.stdout.contains(&key) && !run.stderr.contains(&key), "{run}");
        fs::remove_file(place.work().join("desk.key")).unwrap();
        place.assert_nowhere(&key);
        let shown = place.run(&["config", "show"]).env("DESK_KEY", &key).done().expect(0);
        assert!(!shown.stdout.contains(&key), "{shown}");
        // The environment's own key goes before that of the defaults.
        let other = format!("{KEY}-environment-{number}");
        place.run(&["report", "--quarter", "2024-Q1", "--force"]).key(&other).done().expect(0);
        assert!(server.received(&other));
    }
}

#[test]
fn a_key_that_does_not_come_is_reported_without_what_was_printed() {
    for (source, words) in [
        ("key_env = \"DESK_KEY\"", "DESK_KEY holds it, which is not set"),
        ("key_file = \"missing.key\"", "missing.key"),
        ("key_command = [\"sh\", \"-c\", \"echo marked-output two; exit 0\"]", "the API key from the program `sh`"),
        ("key_command = [\"sh\", \"-c\", \"echo marked-output; exit 7\"]", "run it by hand"),
        ("key_command = [\"there-is-no-such-program\"]", "there-is-no-such-program"),
    ] {
        let place = place(&format!("{source}\n"));
        let run = place.run(&["report", "--quarter", "2024-Q1"]).done().expect(2).says(words);
        assert!(!run.stderr.contains("marked-output"), "{run}");
    }
}

#[test]
fn settings_that_cannot_be_used_are_refused_with_file_line_and_remedy() {
    for (settings, words) in [
        (
            "time_zone = \"UTC\"",
            "dialnexa-audit.toml:1: there is no setting `time_zone`\nhint: did you mean `timezone`?",
        ),
        ("\ntimezone = \"Asia/Calcuta\"", "dialnexa-audit.toml:2: `timezone`: `Asia/Calcuta` is not a time zone"),
        ("base_url = \"http://example.com/v1\"", "plain HTTP is refused"),
        ("api_key = \"sk-marked\"", "would put a secret into the settings"),
        ("accent = \"#ffcc00\"", "contrast of 1.37:1"),
        ("accent_dark = \"#000080\"", "choose a lighter colour"),
        ("accent = \"blue\"", "write it as #0a4f9e"),
        ("organisation = \"two\\nlines\"", "line break"),
        (
            "organization = \"Acme\"\norganisation = \"Acme\"",
            "dialnexa-audit.toml:2: `organisation`: it is given in two spellings\nhint: keep one of them",
        ),
        ("timestamp_policy = \"1.3.6.1\"", "no timestamp authority\nhint: add --timestamp-url"),
        ("max_wait = \"long\"", "write it as 90s, 15m or 2h"),
        ("timestamp_url = \"tsa\"", "is not a web address"),
        // A mistake in a workspace that is not meant is reported all the same.
        ("[workspace.other]\ntimezone = \"Mars/Olympus\"", "dialnexa-audit.toml:2: `timezone`"),
    ] {
        let place = place(settings);
        let run = report(&place, &["--quarter", "2024-Q1"]).expect(2).says(words);
        assert!(!run.stderr.contains("sk-marked"), "{run}");
        assert_eq!(place.files().len(), 1, "something was written");
    }
}

#[test]
fn verify_and_diff_need_no_settings() {
    let place = place("");
    report(&place, &["--quarter", "2024-Q1"]).expect(0);
    fs::write(place.work().join("dialnexa-audit.toml"), "this is no TOML").unwrap();
    place.run(&["verify", STEM]).done().expect(0);
    place.run(&["diff", STEM, STEM]).done().expect(0);
}
