//! The documentation as its readers meet it: the book is built and its links lead somewhere, every block of commands is run or
//! is stated not to be, and what the questions page quotes is what the program prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::harness::Place;
use crate::recipes::{Kitchen, blocks, has, page};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The pages of `docs`, by name.
fn pages() -> Vec<String> {
    let names = fs::read_dir(Path::new(ROOT).join("docs")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".md")).collect();
    names.sort();
    names
}

#[test]
fn every_page_is_a_chapter_of_the_book_and_there_is_a_page_for_each_kind_of_user() {
    let summary = page("docs/SUMMARY.md");
    for name in pages().iter().filter(|name| *name != "SUMMARY.md") {
        assert_eq!(summary.matches(&format!("]({name})")).count(), 1, "SUMMARY.md and {name}");
    }
    let index = page("docs/README.md");
    let before = index.split("Recipes, each").next().unwrap();
    for name in ["operations.md", "compliance.md", "auditor.md", "warehouse.md"] {
        assert!(before.contains(&format!("]({name})")), "{name}");
    }
}

/// The files of a book, by their path in it.
fn files_below(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.insert(path);
        }
    }
}

#[test]
fn the_book_is_built_and_every_link_in_it_leads_somewhere() {
    if !has("mdbook") {
        return;
    }
    let place = Place::new();
    let (docs, book) = (format!("{ROOT}/docs"), place.work().join("book"));
    let built = place.run_program("mdbook", &["build", &docs, "--dest-dir", book.to_str().unwrap()]).done().expect(0);
    assert!(!built.stderr.contains("WARN"), "{built}");
    // It runs rustdoc, which needs the home that the toolchain is in.
    let tested = Command::new("mdbook").args(["test", &docs]).output().unwrap();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    let mut files = BTreeSet::new();
    files_below(&book, &mut files);
    let link = Regex::new("(?:href|src)=\"([^\"]+)\"").unwrap();
    let id = Regex::new("\\bid=\"([^\"]+)\"").unwrap();
    let html = files.iter().filter(|file| file.extension().is_some_and(|end| end == "html"));
    let html: BTreeMap<&PathBuf, String> = html.map(|file| (file, fs::read_to_string(file).unwrap())).collect();
    let mut seen = 0;
    for (file, text) in &html {
        for target in link.captures_iter(text).map(|found| found[1].to_owned()) {
            let outside = ["http://", "https://", "data:", "javascript:", "mailto:", "/"];
            // The page for what is not found names its files from the root of the web server.
            if outside.iter().any(|scheme| target.starts_with(scheme)) || file.ends_with("404.html") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let to = if path.is_empty() { (*file).clone() } else { file.parent().unwrap().join(path) };
            assert!(files.contains(&to), "{}: nothing is at {target}", file.display());
            if let (false, Some(text)) = (anchor.is_empty(), html.get(&to)) {
                assert!(id.captures_iter(text).any(|found| &found[1] == anchor), "{}: {target}", file.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 300 && html.len() > pages().len(), "{seen} links in {} pages", html.len());
}

/// A command of a `console` block, with the lines that are shown below it.
fn shown(block: &str) -> Vec<(&str, Vec<&str>)> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, Vec::new())),
            (None, Some((_, output))) => output.push(line),
            (None, None) => panic!("no command before `{line}`"),
        }
    }
    commands
}

/// Whether a line is as the page shows it, where `...` is anything.
fn is_like(line: &str, shown: &str) -> bool {
    let parts: Vec<&str> = shown.split("...").collect();
    let Some(mut rest) = line.strip_prefix(parts[0]) else { return false };
    for part in &parts[1..] {
        let Some(place) = rest.rfind(part) else { return false };
        rest = &rest[place + part.len()..];
    }
    rest.is_empty()
}

/// Whether these lines are what the page shows, where a line of `...` is any number of lines.
fn are_like(lines: &[&str], shown: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|skipped| are_like(&lines[skipped..], rest)),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, after)| is_like(line, first) && are_like(after, rest))
        }
    }
}

#[test]
fn what_the_page_of_questions_shows_is_what_the_program_prints() {
    let kitchen = Kitchen::new();
    let blocks = blocks(&page("docs/faq.md"), "console");
    assert!(blocks.len() > 10, "{}", blocks.len());
    // What the first run says of the identity that it makes is another page's matter.
    kitchen.alone("dialnexa-audit identity create --name Reporting").expect(0);
    let mut status = Some(0);
    for (command, expected) in blocks.iter().flat_map(|block| shown(block)) {
        if command == "echo $?" {
            assert_eq!(expected, [status.unwrap().to_string()], "before this one");
            continue;
        }
        let run = kitchen.alone(&format!("exec 2>&1\n{command}"));
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert!(are_like(&lines, &expected), "{command}\nis shown with\n{}\n{run}", expected.join("\n"));
        status = run.status;
    }
}

#[test]
fn what_the_page_of_questions_quotes_of_refused_collections_is_what_they_say() {
    let table = page("docs/faq.md");
    let table = table.split("exit status 5\n").nth(1).unwrap().split("`--draft`").next().unwrap();
    let said = page("src/collect/refusal.rs").replace("\\\n", "");
    let said = Regex::new(" +").unwrap().replace_all(&said, " ");
    let quoted: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect();
    assert_eq!(quoted.len(), 6);
    for message in &quoted[2..] {
        assert!(said.contains(message), "{message}");
    }
}

/// What is done about a block of commands.
enum Done {
    /// It is run here, after these lines, which bring about what the page supposes.
    Run(&'static str),
    /// It is not run, for this reason.
    Not(&'static str),
}

use Done::{Not, Run};

/// The blocks of commands that are not marked as `sh`, by page and the beginning of their first line.
#[rustfmt::skip]
const COMMANDS: [(&str, &str, Done); 17] = [
    ("README.md", "cargo run --release", Not("builds the program")),
    ("README.md", "cargo test", Not("runs these tests")),
    ("README.md", "cargo install", Not("builds the program")),
    ("README.md", "cargo build --profile dist", Not("builds the program, and installs it as root")),
    ("README.md", "$ export DIALNEXA_API_KEY", Run("")),
    ("README.md", "dialnexa-audit report --quarter last --all-workspaces", Run(WORKSPACES)),
    ("README.md", "$ dialnexa-audit status --follow", Not("`--follow` and `watch` do not end; other pages have them with `--once`")),
    ("README.md", "cd reports/batch-audit-2024-Q1", Run("")),
    ("README.md", "dialnexa-audit verify batch-audit-2024-Q1 --fingerprint", Run(FINGERPRINT)),
    ("README.md", "dialnexa-audit report --quarter 2024-Q1 --identity desk.pem", Not("needs an authority for timestamps; the tests of signatures have one")),
    ("README.md", "dialnexa-audit diff", Run("cd reports; mkdir signed-off; cp -r batch-audit-2024-Q1 signed-off")),
    ("README.md", "dialnexa-audit report --quarter 2024-Q1 --dispositions", Run("cd answered")),
    ("README.md", "dialnexa-audit countersign", Run(TWO_PEOPLE)),
    ("README.md", "dialnexa-audit draw", Run("cd reports")),
    ("CONTRIBUTING.md", "cargo fmt", Not("the checks themselves")),
    ("CONTRIBUTING.md", "cargo +nightly fuzz", Not("needs a nightly compiler, and ten minutes")),
    ("samples/README.md", "tests/count_samples.py", Not("the tests of the sample workspace run it")),
];

/// Pages whose blocks of `console` are not run, and why.
const CONSOLE: [(&str, &str); 2] = [
    ("docs/container.md", "needs a container engine and its registry; what it copies is checked with the recipes"),
    ("docs/performance.md", "builds the program optimised, and reads a million batches"),
];

/// What the settings of the README name: a key in a file, a password manager, a logo.
const WORKSPACES: &str = "cd all; (umask 077; echo \"$DIALNEXA_API_KEY\" > acme.key); unset DIALNEXA_API_KEY
mkdir ~/bin; printf '#!/bin/sh\\necho sample-key\\n' > ~/bin/pass; chmod +x ~/bin/pass; PATH=$PATH:~/bin";

const FINGERPRINT: &str = "cd reports
fingerprint=$(openssl x509 -in batch-audit-2024-Q1/signer.pem -noout -fingerprint -sha256 | cut -d= -f2)";

const TWO_PEOPLE: &str = "cd reports
for who in reviewer approver; do dialnexa-audit identity create --name $who --out $who.pem; done";

/// The blocks of a page that are marked by four spaces.
fn indented(page: &str) -> Vec<String> {
    let (mut blocks, mut block, mut blank) = (Vec::new(), String::new(), true);
    for line in page.lines().chain(["end"]) {
        match line.strip_prefix("    ") {
            Some(line) if blank || !block.is_empty() => block += &format!("{line}\n"),
            _ if line.is_empty() && !block.is_empty() => block.push('\n'),
            _ if !block.is_empty() => blocks.push(std::mem::take(&mut block).trim_end().to_owned()),
            _ => {}
        }
        blank = line.is_empty();
    }
    blocks
}

/// Whether a block has commands, and is not a file or an output.
fn commands(block: &str) -> bool {
    block.lines().any(|line| {
        let first = line.split(' ').next().unwrap_or_default();
        ["$", "cargo", "cd", "dialnexa-audit", "openssl", "sh", "sudo", "tests/count_samples.py"].contains(&first)
    })
}

#[test]
fn every_block_of_commands_is_run_or_is_stated_not_to_be() {
    let mut pages: Vec<String> = pages().iter().map(|name| format!("docs/{name}")).collect();
    pages.extend(
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "samples/README.md", "CHANGELOG.md"].map(str::to_owned),
    );
    let mut listed = vec![false; COMMANDS.len()];
    for name in &pages {
        let text = page(name);
        for line in text.lines().filter(|line| line.starts_with("```") && *line != "```") {
            // `sh` of docs, `python` and `yaml` are run by the tests of the recipes, `console` of the questions above.
            let run = match line {
                "```sh" => name.starts_with("docs/"),
                "```python" => name == "docs/warehouse.md",
                "```yaml" => name == "docs/github-actions.md",
                "```console" => {
                    name == "docs/faq.md" || CONSOLE.iter().any(|(page, why)| page == name && !why.is_empty())
                }
                "```text" => !blocks(&text, "text").iter().any(|block| commands(block)),
                _ => false,
            };
            assert!(run, "{name}: no test runs {line}");
        }
        for block in indented(&text).into_iter().filter(|block| commands(block)) {
            let place = COMMANDS.iter().position(|(page, first, _)| page == name && block.starts_with(first));
            let place = place.unwrap_or_else(|| panic!("{name}: nothing is stated of this block:\n{block}"));
            assert!(!std::mem::replace(&mut listed[place], true), "{name}: twice: {block}");
        }
    }
    let missing: Vec<_> = COMMANDS.iter().zip(&listed).filter(|(_, listed)| !**listed).map(|(row, _)| row.1).collect();
    assert!(missing.is_empty(), "no page has these: {missing:?}");
    for (_, first, done) in &COMMANDS {
        assert!(!matches!(done, Not(why) if why.is_empty()), "{first}");
    }
}

#[test]
fn the_commands_of_the_readme_work_one_after_another() {
    let kitchen = Kitchen::new();
    let (text, work) = (page("README.md"), kitchen.place.work());
    let blocks = indented(&text);
    let block = |first: &str| blocks.iter().find(|block| block.starts_with(first)).unwrap();
    for folder in ["all", "answered"] {
        fs::create_dir(work.join(folder)).unwrap();
    }
    fs::write(work.join("all/dialnexa-audit.toml"), block("timezone = \"Asia/Kolkata\"")).unwrap();
    fs::copy(format!("{ROOT}/docs/pictures/pdf-findings.png"), work.join("all/logo.png")).unwrap();
    fs::write(work.join("answered/answers.csv"), block("code,batch,disposition,by,on,words")).unwrap();
    let mut verified = None;
    for (_, first, done) in COMMANDS.iter().filter(|(page, ..)| *page == "README.md") {
        let Run(before) = done else { continue };
        let lines = block(first).lines();
        let typed: Vec<&str> = block(first).lines().filter_map(|line| line.strip_prefix("$ ")).collect();
        let typed = if typed.is_empty() { lines.collect() } else { typed };
        // What the reader puts in: a key, a fingerprint.
        let typed = typed.join("\n").replace("API_KEY=...", "API_KEY=sample-key").replace("3F:A0:...", "$fingerprint");
        // `diff` finds nothing changed, so each command ends with 0.
        let run = kitchen.cook(&format!("{before}\n{typed}")).expect(0);
        if first.starts_with('$') {
            verified = Some(run.stdout);
        }
    }
    // The session is shown with what is printed, but for the signer, the times and the API's address.
    let verified = verified.unwrap();
    let shown =
        block("$ export DIALNEXA_API_KEY").lines().filter(|line| line.contains("  yes ") || line.contains("missing"));
    for line in shown {
        assert!(verified.contains(line), "`{line}` is not in\n{verified}");
    }
}
