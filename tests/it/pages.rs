//! Help, completions and manual pages: they fit a terminal, and shells and page readers accept them.

use std::fs;
use std::process::Command;

use crate::harness::Place;

/// Every subcommand, as its words.
const COMMANDS: [&[&str]; 27] = [
    &[],
    &["report"],
    &["render"],
    &["verify"],
    &["countersign"],
    &["deliver"],
    &["diff"],
    &["draw"],
    &["identity"],
    &["identity", "create"],
    &["identity", "csr"],
    &["identity", "import"],
    &["identity", "show"],
    &["identity", "pseudonym"],
    &["identity", "resolve"],
    &["config"],
    &["config", "show"],
    &["config", "schema"],
    &["doctor"],
    &["status"],
    &["watch"],
    &["sync"],
    &["sample-api"],
    &["completions"],
    &["man"],
    &["help"],
    &["help", "report"],
];

/// Whether a program is there; under CI it has to be.
fn has(program: &str) -> bool {
    let there = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success();
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "{program} is needed");
    if !there {
        println!("skipped: {program} not installed");
    }
    there
}

#[test]
fn every_help_fits_80_columns_and_what_does_something_has_an_example() {
    let place = Place::new();
    for words in COMMANDS {
        let arguments = if words.first() == Some(&"help") { words.to_vec() } else { [words, &["--help"]].concat() };
        let help = place.run(&arguments).done().expect(0);
        for line in help.stdout.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
        let groups = [&["identity"][..], &["config"], &["help"]];
        assert!(groups.contains(&words) || help.stdout.contains("Example"), "no example: {help}");
    }
}

#[test]
fn the_short_help_of_report_shows_what_is_used_first_and_the_long_one_shows_all() {
    let place = Place::new();
    let options = |flag: &str| {
        let help = place.run(&["report", flag]).done().expect(0).stdout;
        let named = help.lines().filter_map(|line| line.trim_start().split_once("--"));
        let named = named.filter(|(before, _)| before.is_empty() || *before == "-q, " || *before == "-h, ");
        named.map(|(_, name)| name.split([' ', '[']).next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (short, long) = (options("-h"), options("--help"));
    // Beside the ten: what every subcommand has.
    for name in
        ["quarter", "from", "to", "timezone", "workspace", "sample", "api-key-file", "format", "out", "identity"]
    {
        assert!(short.iter().any(|shown| shown == name), "{name}: {short:?}");
    }
    assert!(!short.iter().any(|name| name == "html-budget") && short.len() <= 15, "{short:?}");
    assert!(short.iter().all(|name| long.contains(name)) && long.len() > 40, "{long:?}");
}

#[test]
fn no_subcommand_is_left_out_of_these_tests() {
    let place = Place::new();
    let page = place.run(&["man", "--dir", "."]).done().expect(0);
    let listed = COMMANDS.iter().filter(|words| words.first() != Some(&"help"));
    let mut names: Vec<_> =
        listed.map(|words| format!("./{}.1", [&["dialnexa-audit"], *words].concat().join("-"))).collect();
    let mut written: Vec<_> = page.stdout.lines().map(str::to_owned).collect();
    names.sort();
    written.sort();
    assert_eq!(written, names);
}

#[test]
fn bash_loads_the_completions_and_completes_with_them() {
    if !has("bash") {
        return;
    }
    let place = Place::new();
    let script = place.run(&["completions", "bash"]).done().expect(0).stdout;
    fs::write(place.work().join("completions"), script).unwrap();
    let complete = "set -eu -o pipefail; source ./completions; \
                    complete=$(complete -p dialnexa-audit | sed 's/.* -F \\([^ ]*\\) .*/\\1/'); \
                    COMP_WORDS=(dialnexa-audit \"$@\"); COMP_CWORD=$#; \
                    $complete dialnexa-audit \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"; \
                    printf '%s\\n' \"${COMPREPLY[@]}\"";
    let offered = |words: &[&str]| {
        place.run_program("bash", &[&["--norc", "-c", complete, "bash"], words].concat()).done().expect(0).stdout
    };
    assert_eq!(offered(&["rep"]).trim(), "report");
    assert_eq!(offered(&["report", "--all-w"]).trim(), "--all-workspaces");
    assert_eq!(offered(&["config", "sch"]).trim(), "schema");
    assert_eq!(offered(&["sample-api", "--po"]).trim(), "--port");
    assert_eq!(offered(&["report", "--timezone", "Asia/Kolk"]).trim(), "Asia/Kolkata");
    assert_eq!(offered(&["report", "--quarter", "la"]).trim(), "last");
}

#[test]
fn zsh_loads_the_completions() {
    if !has("zsh") {
        return;
    }
    let place = Place::new();
    let script = place.run(&["completions", "zsh"]).done().expect(0).stdout;
    fs::write(place.work().join("_dialnexa-audit"), script).unwrap();
    // As from a folder of fpath: found by compinit, loaded when it is first needed.
    let load = "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; \
                [[ $_comps[dialnexa-audit] == _dialnexa-audit ]] || exit 1; autoload +X _dialnexa-audit; \
                [[ $functions[_dialnexa-audit] == *all-workspaces* ]]";
    place.run_program("zsh", &["-f", "-c", load]).done().expect(0);
    place.run_program("zsh", &["-n", "_dialnexa-audit"]).done().expect(0);
}

#[test]
fn other_shells_get_completions_too_and_an_unknown_one_is_refused() {
    let place = Place::new();
    for shell in ["fish", "elvish", "powershell"] {
        assert!(place.run(&["completions", shell]).done().expect(0).stdout.contains("all-workspaces"));
    }
    place.run(&["completions", "tcsh"]).done().expect(2);
}

#[test]
fn the_manual_pages_pass_their_checkers() {
    let place = Place::new();
    let pages = place.run(&["man", "--dir", "."]).done().expect(0).stdout;
    let pages: Vec<&str> = pages.lines().collect();
    let main = place.run(&["man"]).done().expect(0).stdout;
    assert_eq!(fs::read_to_string(place.work().join("dialnexa-audit.1")).unwrap().trim_end(), main.trim_end());
    let report = fs::read_to_string(place.work().join("dialnexa-audit-report.1")).unwrap();
    assert!(report.contains("Largest size of the HTML"), "an option that -h leaves out has its text: {report}");
    if has("mandoc") {
        let judged =
            place.run_program("mandoc", &[&["-T", "lint", "-W", "warning"], &pages[..]].concat()).done().expect(0);
        assert!(judged.stdout.is_empty() && judged.stderr.is_empty(), "{judged}");
    }
    if has("groff") {
        for page in &pages {
            let judged = place.run_program("groff", &["-man", "-ww", "-z", "-Tutf8", page]).done().expect(0);
            assert!(judged.stderr.is_empty(), "{page}: {judged}");
        }
        let shown =
            place.run_program("groff", &["-man", "-Tascii", "-P", "-c", "dialnexa-audit-report.1"]).done().expect(0);
        assert!(shown.stdout.contains("dialnexa-audit report --quarter last --all-workspaces"), "{shown}");
    }
    place.run(&["man", "--dir", "missing"]).done().expect(6).says("cannot write the page");
}

#[test]
fn colours_are_left_out_where_they_are_not_wanted() {
    if !has("script") {
        return;
    }
    let place = Place::new();
    let binary = env!("CARGO_BIN_EXE_dialnexa-audit");
    let on_terminal = |command: &str, plain: bool| {
        let line = format!("{binary} {command}");
        let run = place.run_program("script", &["-q", "-e", "-c", &line, "/dev/null"]).env("TERM", "xterm-256color");
        if plain { run.env("NO_COLOR", "1").done() } else { run.done() }
    };
    let coloured = |text: &str| text.contains("\u{1b}[1m") || text.contains("\u{1b}[31m") || text.contains("\u{1b}[4m");
    assert!(coloured(&on_terminal("--help", false).stdout), "the test sees colours");
    for command in
        ["--help", "report --nonsense", "config show", "doctor --sample", "report --sample --quarter 2024-Q1"]
    {
        let run = on_terminal(command, true);
        assert!(!coloured(&run.stdout), "{run}");
    }
}
