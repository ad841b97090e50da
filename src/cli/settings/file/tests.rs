use proptest::prelude::*;

use super::*;
use crate::remedy::Remedy;

fn read(text: &str) -> Result<File, String> {
    parse(text, Path::new("folder/dialnexa-audit.toml")).map_err(|error| match error.remedy() {
        Some(remedy) => format!("{error}\nhint: {remedy}"),
        None => error.to_string(),
    })
}

fn refused(text: &str) -> String {
    read(text).expect_err(text)
}

#[test]
fn defaults_and_workspaces_are_read_with_their_lines() {
    let file =
        read("timezone = 'Asia/Kolkata'\n\n[workspace.acme]\nfiscal_year_start = 4\nformat = [\"csv\", \"pdf\"]\n")
            .unwrap();
    let zone = &file.defaults["timezone"];
    assert_eq!((zone.value.text().as_str(), zone.line), ("Asia/Kolkata", 1));
    let acme = &file.workspaces["acme"];
    assert_eq!((acme["fiscal_year_start"].value.text().as_str(), acme["fiscal_year_start"].line), ("4", 4));
    assert_eq!(acme["format"].value.text(), "csv,pdf");
}

#[test]
fn paths_lie_beside_the_file() {
    let file = read("logo = 'logo.png'\nout = '/srv/reports'\nidentity = 'pkcs11:token=desk'\n").unwrap();
    assert_eq!(file.defaults["logo"].value.text(), "folder/logo.png");
    assert_eq!(file.defaults["out"].value.text(), "/srv/reports");
    assert_eq!(file.defaults["identity"].value.text(), "pkcs11:token=desk");
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_right_one() {
    let reported = refused("# first\n\ntime-zone = 'UTC'\n");
    assert!(
        reported.starts_with(
            "folder/dialnexa-audit.toml:3: there is no setting `time-zone`\nhint: did you mean `timezone`?"
        ),
        "{reported}"
    );
    let reported = refused("[workspace.acme]\nbase_ulr = 'x'\n");
    assert!(reported.contains(":2:") && reported.contains("`base_url`"), "{reported}");
    assert!(refused("[workspaces.acme]\n").contains("did you mean `workspace`?"));
    // What holds at the top only is not offered below.
    assert!(!refused("[workspace.acme]\ndefault_workspac = 'x'\n").contains("did you mean `default_workspace`"));
}

#[test]
fn a_secret_is_refused_and_not_repeated() {
    for text in [
        "api_key = 'sk-marked'",
        "[workspace.a]\npassword = 'sk-marked'",
        "API-Key = 'sk-marked'",
        "token=['sk-marked']",
    ] {
        let reported = refused(text);
        assert!(
            reported.contains("key_env") && reported.contains("key_file") && reported.contains("key_command"),
            "{reported}"
        );
        assert!(!reported.contains("sk-marked"), "{reported}");
    }
    // Nor where the line is not even TOML, or the value is of the wrong kind.
    for text in [
        "api_key = sk-marked",
        "timezone = 'sk-marked",
        "key_command = 'sk-marked'",
        "concurrency = 'sk-marked'",
        "key_env = 'sk-marked'",
        "key_env = 'skmarked'",
    ] {
        assert!(!refused(text).contains("sk-marked"), "{}", refused(text));
    }
}

#[test]
fn a_key_comes_from_one_place() {
    let reported = refused("key_env = 'A'\nkey_file = 'b'\n");
    assert!(reported.contains("`key_env` and `key_file` name two") && reported.contains(":2"), "{reported}");
    // A workspace may say it in another way than the defaults.
    assert!(read("key_env = 'A'\n[workspace.acme]\nkey_command = ['pass', 'acme']\n").is_ok());
}

#[test]
fn a_value_of_another_kind_is_reported() {
    for (text, words) in [
        ("timezone = 5", "a text in quotes"),
        ("fiscal_year_start = 13", "a number from 1 to 12"),
        ("fiscal_year_start = '4'", "a number from 1 to 12"),
        ("format = 'csv'", "a list of some of \"csv\""),
        ("format = ['docx']", "a list of some of"),
        ("format = []", "a list of some of"),
        ("paper = 'a5'", "one of \"a4\", \"letter\""),
        ("no_bom = 'yes'", "true or false"),
        ("key_command = 'pass acme'", "[\"sh\", \"-c\", \"...\"]"),
        ("key_command = []", "a program and its arguments"),
        ("pdf_rows = -1", "a number of rows"),
        ("workspace = 'acme'", "default_workspace"),
        ("[workspace]\ntimezone = 'UTC'", "[workspace.NAME]"),
        ("[workspace.'A b']", "cannot be the name of a workspace"),
        ("[workspace.'..']", "cannot be the name of a workspace"),
        ("default_workspace = 'acm'\n[workspace.acme]", "did you mean `acme`?"),
        ("timezone = 'UTC'\ntimezone = 'UTC'", "not TOML"),
        ("x = ", "not TOML"),
    ] {
        let reported = refused(text);
        assert!(reported.contains(words), "{text}: {reported}");
    }
}

proptest! {
    /// Whatever is in the file, it is read or refused with a line of it.
    #[test]
    fn no_text_breaks_the_reader(text in "[a-z_\\[\\]=\"'.#0-9\n -]{0,80}|\\PC{0,40}") {
        if let Err(reported) = read(&text) {
            prop_assert!(reported.starts_with("folder/dialnexa-audit.toml:"), "{}", reported);
        }
    }

    /// A name is refused or known: nothing is skipped.
    #[test]
    fn every_key_is_known_or_refused(name in "[a-z_]{1,16}") {
        let result = read(&format!("{name} = true\n"));
        let flag = keys::known(&name).is_some_and(|key| key.kind == ValueKind::Flag);
        prop_assert_eq!(result.is_ok(), flag);
    }
}
