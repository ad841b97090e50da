//! The pages of `docs/` do what they say: every command in them is run, in one shell a page, against the sample API.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use dialnexa_audit::sample::{self, SampleApi};

use crate::harness::{Place, Run};
use crate::tickets::{self, Tracker};

/// What would change the machine, or take half an hour: in its place it is noted that it was called. `crontab` does what Debian's does:
/// it replaces the table, and refuses one whose last line has no end.
const STAND_INS: [(&str, &str); 4] = [
    ("systemctl", "echo \"systemctl $*\" >> ~/called"),
    ("loginctl", "echo \"loginctl $*\" >> ~/called"),
    ("cargo", "echo \"cargo $*\" >> ~/called"),
    (
        "crontab",
        "if [ \"$1\" = -l ]; then [ -e ~/crontab ] || { echo \"no crontab for $USER\" >&2; exit 1; }; exec cat ~/crontab; fi
        cat \"$1\" > ~/crontab.new
        [ -z \"$(tail -c 1 ~/crontab.new)\" ] || { echo 'new crontab file is missing newline before EOF' >&2; exit 1; }
        mv ~/crontab.new ~/crontab",
    ),
];

/// The text of a page of the repository.
pub fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The blocks of a page that are of this language.
pub fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            let block = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n"));
            blocks.push(block.collect());
        } else if line.starts_with("```") {
            lines.by_ref().find(|line| *line == "```");
        }
    }
    blocks
}

/// A place where the program is on the path, and the sample API is the API.
pub struct Kitchen {
    /// Where it is run.
    pub place: Place,
    api: SampleApi,
    path: String,
}

impl Kitchen {
    pub fn new() -> Self {
        let place = Place::new();
        let bin = place.home().join(".stand-ins");
        fs::create_dir(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_dialnexa-audit"), bin.join("dialnexa-audit")).unwrap();
        for (name, script) in STAND_INS {
            fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        // The program's folder and the system's, as on a machine where it was just installed.
        let path = format!("{}:/usr/bin:/bin", bin.display());
        Self { place, api: SampleApi::start(sample::Options::default()).unwrap(), path }
    }

    /// Runs commands with a key, and stops at the first that fails.
    pub fn cook(&self, script: &str) -> Run {
        let run = self.place.run_program("sh", &["-euc", script]).env("PATH", &self.path).key(sample::KEY);
        run.env("DIALNEXA_BASE_URL", &self.api.base_url()).done()
    }

    /// Runs commands without a key, and ends as the last of them does.
    pub fn alone(&self, script: &str) -> Run {
        let run = self.place.run_program("sh", &["-c", script]).env("PATH", &self.path);
        run.env("DIALNEXA_BASE_URL", &self.api.base_url()).done()
    }

    fn page(&self, name: &str) -> Run {
        let blocks = blocks(&page(name), "sh");
        assert!(!blocks.is_empty(), "{name} has no commands");
        self.cook(&blocks.concat()).expect(0)
    }

    fn home(&self, name: &str) -> String {
        let path: PathBuf = self.place.home().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

#[test]
fn every_page_is_named_and_none_has_commands_that_no_test_runs() {
    let index = page("docs/README.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.filter(|name| name.ends_with(".md") && name != "README.md").collect();
    let mut with_commands = 0;
    for name in names.iter().filter(|name| *name != "SUMMARY.md") {
        assert!(index.contains(&format!("]({name})")), "docs/README.md does not name {name}");
        let has = |language| !blocks(&page(&format!("docs/{name}")), language).is_empty();
        with_commands += usize::from(has("sh"));
        for language in ["bash", "shell", ""] {
            assert!(!has(language), "{name}: only blocks of `sh` are run");
        }
    }
    assert_eq!(with_commands, 11, "each page with commands has a test below: {names:?}");
}

#[test]
fn the_recipe_for_systemd_works() {
    let kitchen = Kitchen::new();
    let run = kitchen.page("docs/systemd.md");
    assert_eq!(kitchen.home("called").lines().count(), 3, "{run}");
    assert!(kitchen.home("batches.log").lines().count() > 300);
    let units = kitchen.place.home().join(".config/systemd/user");
    let mut paths = Vec::new();
    for unit in ["dialnexa-audit.service", "dialnexa-audit.timer", "dialnexa-watch.service", "dialnexa-failed@.service"]
    {
        let text = kitchen.home(&format!(".config/systemd/user/{unit}"));
        let programs = text.lines().filter_map(|line| line.strip_prefix("ExecStart=")?.split(' ').next());
        assert!(programs.map(Path::new).all(|program| program.is_absolute() && program.exists()), "{text}");
        paths.push(units.join(unit).display().to_string());
    }
    if !has("systemd-analyze") {
        return;
    }
    let script = format!("systemd-analyze --user verify --man=no {} 2>&1", paths.join(" "));
    let run = kitchen.place.run_program("sh", &["-c", &script]).env("XDG_RUNTIME_DIR", "/run").done().expect(0);
    assert!(!run.stdout.contains("dialnexa"), "{run}");
    let run =
        kitchen.place.run_program("systemd-analyze", &["calendar", "--iterations=4", "*-01,04,07,10-02 06:00"]).done();
    let reported = run.expect(0).stdout;
    assert!(
        ["-01-02 06:00", "-04-02 06:00", "-07-02 06:00", "-10-02 06:00"].iter().all(|day| reported.contains(day)),
        "{reported}"
    );
}

/// The commands of a crontab, each run as cron runs it: with a path of the system's, and nothing of the user's environment but
/// where the API of the tests is.
fn run_by_cron(kitchen: &Kitchen, table: &str) {
    let jobs: Vec<&str> = table.lines().map(|line| line.splitn(6, ' ').last().unwrap()).collect();
    assert!(jobs.len() == 2 && jobs[0].ends_with("quarterly-report") && jobs[1].ends_with("watch-batches"), "{table}");
    let home = kitchen.place.home();
    let script = format!(
        "exec env -i HOME={0} LOGNAME=u SHELL=/bin/sh PATH=/usr/bin:/bin DIALNEXA_BASE_URL={1} sh -c \"$0\"",
        home.display(),
        kitchen.api.base_url()
    );
    let job = |job: &str| kitchen.place.run_program("sh", &["-c", &script, job]).done();
    // The package of the trial is there, and is not replaced: cron mails that.
    let run = job(jobs[0]).expect(6);
    assert!(run.stdout.contains("The quarterly report failed with exit status 6."), "{run}");
    fs::remove_dir_all(home.join("reports")).unwrap();
    fs::create_dir(home.join("reports")).unwrap();
    let run = job(jobs[0]).expect(0);
    assert!(run.stdout.lines().all(|line| line.contains("/reports/")), "{run}");
    job(jobs[1]).expect(0);
}

#[test]
fn the_recipe_for_cron_works() {
    let kitchen = Kitchen::new();
    kitchen.page("docs/cron.md");
    run_by_cron(&kitchen, &kitchen.home("crontab"));
}

/// Debian's own `crontab`, which keeps its tables in a place that only these tests see.
#[test]
fn the_recipe_for_cron_works_with_the_crontab_of_debian() {
    if !has("crontab") || !has("unshare") {
        return;
    }
    let kitchen = Kitchen::new();
    fs::remove_file(kitchen.place.home().join(".stand-ins/crontab")).unwrap();
    let private = "mkdir -p /var/spool/cron/crontabs && mount -t tmpfs none /var/spool/cron && mkdir -m 1730 /var/spool/cron/crontabs";
    let alone = |script: &str| {
        let script = format!("{private} && {script}");
        kitchen.place.run_program("unshare", &["--mount", "sh", "-euc", &script])
    };
    if alone("true").done().status != Some(0) {
        println!("skipped: no name space can be made here");
        return;
    }
    let old = "{ echo '# mine'; echo '1 1 1 1 1 true'; } | crontab -\n";
    let script = format!("{old}{}", blocks(&page("docs/cron.md"), "sh").concat());
    let run =
        alone(&script).env("PATH", &kitchen.path).key(sample::KEY).env("DIALNEXA_BASE_URL", &kitchen.api.base_url());
    let run = run.done().expect(0);
    let table = run.stdout.rsplit_once("# mine\n").unwrap().1.strip_prefix("1 1 1 1 1 true\n").unwrap();
    run_by_cron(&kitchen, table);
}

#[test]
fn the_recipe_for_github_actions_works() {
    let kitchen = Kitchen::new();
    kitchen.page("docs/github-actions.md");
    let workflow = blocks(&page("docs/github-actions.md"), "yaml").concat();
    let steps = workflow.lines().filter_map(|line| line.trim().strip_prefix("- run: "));
    let steps = steps.map(|step| format!("{step}\n")).collect::<Vec<_>>();
    assert_eq!(steps.len(), 5);
    let script = format!("DIALNEXA_AUDIT_IDENTITY=$(cat identity.pem); rm identity.pem\n{}", steps.concat());
    kitchen.cook(&script).expect(0);
    assert_eq!(kitchen.home("called"), "cargo install --locked --path .\n");
}

#[test]
fn the_recipe_for_an_air_gapped_machine_works() {
    let kitchen = Kitchen::new();
    kitchen.page("docs/air-gapped.md");
    assert_eq!(kitchen.home("called").lines().count(), 2);
    assert!(kitchen.place.work().join("signed/batch-audit-2024-Q1/batch-audit-2024-Q1.pdf").exists());
}

#[test]
fn the_recipes_for_rotation_a_warehouse_and_an_auditor_work() {
    for name in ["rotation", "warehouse", "auditor", "operations", "compliance"] {
        Kitchen::new().page(&format!("docs/{name}.md"));
    }
}

#[cfg(feature = "deliver")]
#[test]
fn the_recipe_for_delivery_works() {
    let kitchen = Kitchen::new();
    kitchen.page("docs/delivery.md");
    assert!(kitchen.place.work().join("another-folder/batch-audit-2024-Q1/manifest.json").exists());
}

#[test]
fn the_recipes_for_tickets_send_what_each_tracker_documents() {
    if !has("curl") || !has("jq") {
        return;
    }
    let (kitchen, tracker) = (Kitchen::new(), Tracker::start());
    fs::create_dir_all(kitchen.place.home().join(".config")).unwrap();
    fs::write(kitchen.place.home().join(".config/tickets.netrc"), tickets::NETRC).unwrap();
    let script = tickets::settings(&tracker) + &blocks(&page("docs/tickets.md"), "sh").concat();
    kitchen.cook(&script).expect(0);
    tickets::check(&tracker, &kitchen.place.work().join("batch-audit-2024-Q1/batch-audit-2024-Q1.html"));
    // A call without its header is refused, and curl says so.
    let script =
        tickets::settings(&tracker) + &blocks(&page("docs/tickets.md"), "sh").concat().replace("no-check", "check");
    let refused = kitchen.cook(&script.replace("dialnexa-audit report --quarter 2024-Q1 --quiet", ":"));
    assert!(refused.status != Some(0) && refused.stderr.contains("400"), "{refused}");
}

#[test]
fn the_recipes_for_engines_read_what_the_recipes_for_a_warehouse_wrote() {
    let Some(python) = crate::warehouse::tool("python/bin/python") else { return };
    let kitchen = Kitchen::new();
    kitchen.page("docs/warehouse.md");
    let recipes = blocks(&page("docs/warehouse.md"), "python");
    assert_eq!(recipes.len(), 5);
    let run = kitchen.place.run_program(python.to_str().unwrap(), &["-c", &recipes.concat()]).done().expect(0);
    // Of the sample workspace: in the Delta table, in the quarter that Iceberg was asked for, and in the first version.
    assert!(["600", "163"].iter().all(|rows| run.stdout.lines().any(|line| line == *rows)), "{run}");
}

#[test]
fn what_the_container_copies_is_there_and_is_all_that_the_build_reads() {
    let file = page("Containerfile");
    let copied = file.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.starts_with("--from"));
    let sources: Vec<&str> = copied.flat_map(|line| line.split(' ').rev().skip(1)).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(sources.iter().all(|source| root.join(source).exists()), "{sources:?}");
    // Whatever Cargo.toml and `include_bytes!` name outside src.
    for needed in
        ["Cargo.toml", "Cargo.lock", "build.rs", "README.md", "src", "templates", "samples", "examples", "benches"]
    {
        assert!(sources.contains(&needed), "{needed} is not copied");
    }
}

#[test]
fn the_release_takes_options_that_there_are() {
    let workflow = page(".github/workflows/release.yml");
    let actions = workflow.lines().filter_map(|line| line.trim().strip_prefix("- uses: "));
    for action in actions {
        let pinned = action.split_once('@').and_then(|(_, rest)| rest.split_once(" # v")).map(|(hash, _)| hash);
        assert!(pinned.is_some_and(|hash| hash.len() == 40), "{action} may change under its tag");
    }
    let kitchen = Kitchen::new();
    let lines = workflow.lines().map(str::trim).filter(|line| line.starts_with("\"$binary\""));
    let lines: Vec<String> = lines.map(|line| line.replace("\"$binary\"", "dialnexa-audit")).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    kitchen.cook(&format!("unset DIALNEXA_BASE_URL DIALNEXA_API_KEY; mkdir try\n{}", lines.join("\n"))).expect(0);
    assert!(workflow.contains("sh .ci/package.sh target/${{ matrix.target }}/dist/dialnexa-audit"), "{workflow}");
}

#[test]
fn what_is_handed_out_is_the_same_bytes_each_time_and_holds_pages_completions_and_licences() {
    let place = Place::new();
    let packed = |name: &str| {
        let mut script = Command::new("sh");
        script.args([".ci/package.sh", env!("CARGO_BIN_EXE_dialnexa-audit"), "made"]).arg(place.work().join(name));
        let done = script.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        fs::read(place.work().join(name).join("made.tar.gz")).unwrap()
    };
    assert!(packed("one") == packed("other"));
    place.run_program("tar", &["-xzf", "one/made.tar.gz"]).done().expect(0);
    let made: Vec<String> = place.files().into_keys().filter(|name| name.starts_with("made/")).collect();
    for name in ["man/dialnexa-audit-watch.1", "completions/_dialnexa-audit", "OFL-fonts.txt", "LICENSE", "README.md"] {
        assert!(made.contains(&format!("made/{name}")), "{name}: {made:?}");
    }
    let notices = fs::read_to_string(place.work().join("made/NOTICES.txt")).unwrap();
    let bill = fs::read_to_string(place.work().join("made/sbom.cdx.json")).unwrap();
    assert!(!notices.contains(env!("CARGO_MANIFEST_DIR")) && !bill.contains(env!("CARGO_MANIFEST_DIR")));
    // Texts, not names alone: each is once.
    for (text, times) in [("SIL OPEN FONT LICENSE Version 1.1", 1), ("UNICODE LICENSE V3", 1), ("ring 0.17", 1)] {
        assert!(notices.matches(text).count() >= times, "{text}");
    }
    let bill: serde_json::Value = serde_json::from_str(&bill).unwrap();
    let components = bill["components"].as_array().unwrap();
    assert!(components.len() > 200 && bill["specVersion"] == "1.5", "{}", components.len());
    for component in components {
        let line = format!("{} {}: ", component["name"].as_str().unwrap(), component["version"].as_str().unwrap());
        assert!(notices.contains(&line) && component["hashes"][0]["content"].is_string(), "{line}");
        assert!(component["licenses"][0]["expression"].as_str().is_some_and(|licence| !licence.is_empty()), "{line}");
    }
    if let Some(tools) = crate::web::tools() {
        let judge = "import sys\n\
            from cyclonedx.schema import SchemaVersion\n\
            from cyclonedx.validation.json import JsonStrictValidator\n\
            error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open('made/sbom.cdx.json').read())\n\
            sys.exit(str(error) if error else 0)";
        place.run_program(tools.join("python/bin/python").to_str().unwrap(), &["-c", judge]).done().expect(0);
    }
    let program = place.work().join("made/dialnexa-audit");
    let run = place.run_program(program.to_str().unwrap(), &["report", "--sample", "--quarter", "2024-Q1", "--quiet"]);
    run.done().expect(0);
}

/// Whether a program is there; under CI it has to be.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !there {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{program} is not installed");
        println!("skipped: {program} not installed");
    }
    there
}
