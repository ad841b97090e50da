use std::path::Path;

use super::*;
use crate::cli::args::{PaperArg, Report, Sync, TableArg};
use crate::cli::settings::file::{File, parse};
use crate::cli::settings::given::Given;
use crate::cli::settings::runs::runs;

/// A value of the setting, as TOML, that is not its default.
fn other(key: &Key) -> &'static str {
    match (key.name, key.kind) {
        ("base_url", _) => "\"https://api.example/v1\"",
        ("timezone", _) => "\"Asia/Kolkata\"",
        ("max_wait" | "timestamp_wait", _) => "\"77s\"",
        ("timestamp_url", _) => "\"http://tsa.example/\"",
        ("timestamp_policy", _) => "\"1.3.6.1.4.1.99999.7\"",
        ("html_budget", _) => "\"700kB\"",
        ("accent", _) => "\"#7a1f5c\"",
        ("accent_dark", _) => "\"#f0a8d8\"",
        ("assurance", _) => "\"whole-list\"",
        ("call_totals", _) => "\"never\"",
        ("paper", _) => "\"letter\"",
        ("grouping", _) => "\"indian\"",
        ("letter", _) => "\"hi\"",
        (_, ValueKind::Flag) => "true",
        (_, ValueKind::Number(..) | ValueKind::NumberOr(_)) => "7",
        (_, ValueKind::Choices(_)) => "[\"pdf\"]",
        (_, ValueKind::Variable) => "\"SOME_KEY\"",
        (_, ValueKind::Command) => "[\"pass\", \"show\"]",
        _ => "\"something\"",
    }
}

fn given(arguments: &[&str]) -> Given {
    Given::read([&["dialnexa-audit", "report"], arguments].concat()).unwrap()
}

fn plain(given: &Given) -> Report {
    given.over(&[]).unwrap()
}

fn applied(file: &File, workspace: Option<&str>, arguments: &[&str]) -> Report {
    let given = given(arguments);
    let workspace = workspace.map(|name| (name, &file.workspaces[name]));
    let layers = Layers { given: &given, file: Some(file), workspace };
    Report { key_source: layers.key_source().unwrap(), ..layers.arguments(&[]).unwrap() }
}

fn read(text: &str) -> File {
    parse(text, Path::new("dialnexa-audit.toml")).unwrap()
}

/// As an argument would be written.
fn argument(key: &Key) -> String {
    let value = other(key).trim_matches(['[', ']']).replace('"', "");
    let name = key.name.replace('_', "-");
    if key.kind == ValueKind::Flag { format!("--{name}") } else { format!("--{name}={value}") }
}

#[test]
fn no_setting_is_read_and_then_forgotten() {
    for key in &KEYS {
        let file = read(&format!("{} = {}\n", key.name, other(key)));
        let plain = plain(&given(&[]));
        assert_ne!(format!("{:?}", applied(&file, None, &[])), format!("{plain:?}"), "{} changes nothing", key.name);
    }
}

#[test]
fn a_setting_means_what_its_argument_means() {
    for key in KEYS.iter().filter(|key| key.argument) {
        let file = read(&format!("{} = {}\n", key.name, other(key)));
        let argued = given(&[&argument(key)]);
        let by_argument = plain(&argued);
        assert_eq!(format!("{:?}", applied(&file, None, &[])), format!("{by_argument:?}"), "{}", key.name);
        // And what the report states of it is that argument.
        let bare = given(&[]);
        let settled = Layers { given: &bare, file: Some(&file), workspace: None }.settled();
        assert_eq!(settled, if key.stated { vec![argument(key)] } else { Vec::new() });
        assert!(Layers { given: &argued, file: Some(&file), workspace: None }.settled().is_empty());
    }
}

#[test]
fn a_workspaces_word_goes_before_the_defaults_and_an_argument_before_both() {
    let text = "timezone = \"UTC\"\nkey_env = \"COMMON\"\npaper = \"letter\"\n\
                [workspace.acme]\ntimezone = \"Asia/Kolkata\"\nkey_command = [\"pass\", \"acme\"]\npaper = \"a4\"\n";
    let file = read(text);
    let acme = applied(&file, Some("acme"), &[]);
    assert_eq!((acme.period.timezone.name(), acme.package.paper), ("Asia/Kolkata", PaperArg::A4));
    let program = KeySource::Command { program: "pass".to_owned(), arguments: vec!["acme".to_owned()] };
    assert_eq!(acme.key_source, Some(program));
    let common = applied(&file, None, &[]);
    assert_eq!((common.period.timezone.name(), common.package.paper), ("UTC", PaperArg::Letter));
    assert_eq!(common.key_source, Some(KeySource::Variable("COMMON".to_owned())));
    let argued = applied(&file, Some("acme"), &["--timezone", "Europe/Berlin"]);
    assert_eq!(argued.period.timezone.name(), "Europe/Berlin");
}

#[test]
fn a_setting_of_packages_says_nothing_of_tables() {
    let file = read("format = [\"pdf\"]\ntimezone = \"Asia/Kolkata\"\n");
    let given = Given::read(["dialnexa-audit", "sync", "--to", "warehouse", "--sample"]).unwrap();
    let args: Sync = given.over(&[]).unwrap();
    let run = runs(Some(&file), &given, &args).unwrap().remove(0);
    assert_eq!((run.args.format, run.args.timezone.name()), (TableArg::Parquet, "Asia/Kolkata"));
}
