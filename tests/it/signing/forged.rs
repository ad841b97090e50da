//! Attacks by whoever holds the key: every signature is good, and what is signed says something else than the evidence. Each file is
//! made again and its bytes are compared, so none passes, whatever a browser or a spreadsheet would show of it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use dialnexa_audit::package::{Entry, Manifest};
use dialnexa_audit::report::AuditReport;
use dialnexa_audit::sign::{Identity, Signing, cms, html, pades};
use serde_json::{Value, json};

use super::bench::now;
use crate::harness::{Place, Run};

pub const STEM: &str = "batch-audit-2024-Q1";

/// A package, and the key that signed it.
pub struct Desk {
    pub place: Place,
    identity: Identity,
    good: Vec<(String, Vec<u8>)>,
}

impl Desk {
    /// The sample's quarter, reported with these further arguments.
    pub fn reporting(more: &[&str]) -> Self {
        Self::at(Place::new(), more)
    }

    pub fn at(place: Place, more: &[&str]) -> Self {
        if !place.work().join("../desk.pem").exists() {
            place.run(&["identity", "create", "--name", "Report Desk", "--out", "../desk.pem"]).done().expect(0);
        }
        let arguments = ["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--identity", "../desk.pem"];
        place.run(&[&arguments, more].concat()).done().expect(0);
        let identity = Identity::load(&place.work().join("../desk.pem"), None).unwrap();
        let before = format!("{STEM}/");
        let files = place.files().into_iter();
        let good = files.filter_map(|(name, bytes)| Some((name.strip_prefix(&before)?.to_owned(), bytes))).collect();
        Self { place, identity, good }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.work().join(STEM).join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    pub fn signing(&self) -> Signing<'_> {
        Signing::new(&self.identity, now())
    }

    /// Puts a file in the place of the package's, with a good signature beside it where it carries none.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
        if self.path(&format!("{name}.p7s")).exists() {
            let p7s = cms::detached(bytes, &self.signing()).unwrap();
            fs::write(self.path(&format!("{name}.p7s")), p7s).unwrap();
        }
    }

    /// Puts a page whose part before the signature is `unsigned`.
    pub fn put_page(&self, unsigned: &str) {
        let page = html::sign(&format!("{unsigned}{}", html::END), &self.signing()).unwrap();
        self.put(&format!("{STEM}.html"), page.as_bytes());
    }

    /// The page as it was before it was signed, without its end.
    pub fn page(&self) -> String {
        let page = self.text(&format!("{STEM}.html"));
        page.split_once("<!-- This file is signed").unwrap().0.to_owned()
    }

    /// Puts a document that is signed for this reason.
    pub fn put_document(&self, unsigned: Vec<u8>, reason: &str) {
        self.put(&format!("{STEM}.pdf"), &pades::sign(unsigned, &self.signing(), reason).unwrap());
    }

    /// Why the program signs the document.
    pub fn reason(&self) -> String {
        let report: AuditReport = serde_json::from_slice(&self.read(&format!("{STEM}.json"))).unwrap();
        report.marks()
    }

    /// The document as it was before it was signed.
    pub fn document(&self) -> Vec<u8> {
        let pdf = self.read(&format!("{STEM}.pdf"));
        let end = pdf.windows(6).position(|window| window == b"%%EOF\n").unwrap() + 6;
        pdf[..end].to_vec()
    }

    pub fn manifest(&self) -> Manifest {
        serde_json::from_slice(&self.read("manifest.json")).unwrap()
    }

    /// Lists every file as it is now, and signs the list.
    pub fn list(&self, mut manifest: Manifest) {
        for entry in &mut manifest.files {
            *entry = Entry::of(&entry.name, &self.read(&entry.name));
        }
        self.put("manifest.json", &manifest.to_json().unwrap());
    }

    pub fn verify(&self) -> Run {
        self.list(self.manifest());
        self.place.run(&["verify", STEM]).done()
    }

    /// The package as it was.
    pub fn restore(&self) {
        self.good.iter().for_each(|(name, bytes)| fs::write(self.path(name), bytes).unwrap());
    }

    /// The package with that change is refused because of this file alone: its signatures are all good.
    #[track_caller]
    pub fn must_fail(&self, attack: &str, file: &str, words: &str) {
        let run = self.verify().expect(1);
        let line = run.stdout.lines().find(|line| line.starts_with(&format!(" {file} "))).unwrap_or_default();
        assert!(line.contains("yes    yes    yes    yes") && line.ends_with("NO"), "{attack}: {run}");
        assert!(run.stdout.contains(words) && run.stdout.contains("FAILED: "), "{attack} without {words}: {run}");
        println!("{attack} | {file} | signatures good | not reproduced | {}", self.others_say(file));
        self.restore();
    }

    /// What other programs say of the signature, which is all that they judge: it is good, since the attacker has the key.
    fn others_say(&self, file: &str) -> String {
        let judged = |program: &str, arguments: &[&str]| {
            let output = Command::new(program).args(arguments).current_dir(self.path("")).output();
            assert!(output.is_ok() || std::env::var_os("CI").is_none(), "{program} is needed");
            output.ok()
        };
        if file.ends_with(".pdf") {
            let said = judged("pdfsig", &[file]).map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
            let line = said.as_deref().and_then(|said| said.lines().find(|line| line.contains("Signature Validation")));
            return format!("pdfsig: {}", line.map_or("not installed, or no signature", str::trim));
        }
        if file.ends_with(".html") {
            // By the commands that the page itself names.
            let page = self.text(file);
            let commands = page.lines().filter(|line| line.starts_with("  sed ") || line.starts_with("  openssl "));
            let commands: Vec<_> = commands.map(|line| line.replace("FILE", file)).collect();
            let output = judged("sh", &["-c", &commands.join(" && ")]);
            for end in ["p7s", "signed"] {
                fs::remove_file(self.path(&format!("{file}.{end}"))).unwrap();
            }
            let output = output.filter(|output| output.status.success());
            return format!("openssl: {}", output.map_or("refuses it, or is not installed", |_| "good"));
        }
        let p7s = format!("{file}.p7s");
        let line = [
            "cms",
            "-verify",
            "-binary",
            "-noverify",
            "-inform",
            "DER",
            "-out",
            "/dev/null",
            "-in",
            &p7s,
            "-content",
            file,
        ];
        match judged("openssl", &line) {
            None => "openssl: not installed".to_owned(),
            Some(output) => {
                assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
                "openssl: good".to_owned()
            }
        }
    }
}

#[test]
fn a_page_that_shows_anything_else_is_not_reproduced() {
    let desk = Desk::reporting(&[]);
    let page = desk.page();
    let id = page.split("batch_").nth(1).unwrap()[..12].to_owned();
    let style = |rule: &str| ("</style>".to_owned(), format!("{rule}</style>"));
    let body = |markup: &str| ("</main>".to_owned(), format!("{markup}</main>"));
    let text = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let attacks = [
        ("a row hidden by a style", style("tbody tr:nth-child(2){display:none}")),
        ("a figure covered by a style", style("td::after{content:'9'}")),
        ("a figure made small", style("td:nth-child(6){font-size:0}")),
        ("a figure in the colour of the paper", style("td:nth-child(6){color:#fff}")),
        ("a section moved out of sight", style("#findings{position:absolute;left:-9999px}")),
        ("the order turned around", style("tbody{display:flex;flex-direction:column-reverse}")),
        ("figures mirrored", style("td{direction:rtl;unicode-bidi:bidi-override}")),
        ("a counter in the place of a figure", style("td{counter-increment:x}td::before{content:counter(x)}")),
        ("a print style of its own", style("@media print{#findings{display:none}}")),
        ("another status", text(">completed<", ">failed<")),
        ("another period", text("2024-Q1", "2024-Q2")),
        ("a batch renamed", text(&id, "batch_forged000")),
        ("a letter that looks the same", text("completed", "c\u{43e}mpleted")),
        ("a sign without a width", text("completed", "comp\u{200b}leted")),
        ("a mark of direction", text(">completed<", ">\u{202e}completed<")),
        ("a box over everything", body("<div style=\"position:fixed;inset:0;background:#fff\">All is well</div>")),
        ("a picture over everything", body("<img alt=\"\" src=\"data:image/png;base64,AAAA\">")),
        ("a drawing with words", body("<svg><text>163 batches</text></svg>")),
        ("a further sentence", body("<p>No exceptions were noted.</p>")),
        ("a further table", body("<table><tr><td>0</td></tr></table>")),
        ("words in a comment", body("<!-- nothing -->")),
        ("a closed part", body("<details><summary>Findings</summary>none</details>")),
        ("a frame", body("<iframe srcdoc=\"x\"></iframe>")),
        ("a script", body("<script>document.title='x'</script>")),
        ("a loaded style", body("<link rel=\"stylesheet\" href=\"https://example.com/x.css\">")),
        ("a page that goes elsewhere", body("<meta http-equiv=\"refresh\" content=\"0;url=https://example.com\">")),
        ("an entity for a letter", text(">completed<", ">complete&#100;<")),
        ("a space more", text("<main", " <main")),
    ];
    for (attack, (from, to)) in attacks {
        let (from, to) =
            if page.contains(&from) { (from, to) } else { ("</body>".to_owned(), to.replace("</main>", "")) };
        let forged = if from == "</body>" { format!("{page}{to}\n") } else { page.replacen(&from, &to, 1) };
        assert_ne!(forged, page, "{attack} changes nothing");
        desk.put_page(&forged);
        desk.must_fail(attack, &format!("{STEM}.html"), "not reproduced: ");
    }
    desk.verify().expect(0);
}

#[test]
fn a_table_that_states_anything_else_is_not_reproduced() {
    let desk = Desk::reporting(&["--format", "csv,ndjson,parquet"]);
    let (register, totals) = (format!("{STEM}.csv"), format!("{STEM}-totals.csv"));
    let of = |name: &str, from: &str, to: &str| (name.to_owned(), desk.text(name).replacen(from, to, 1).into_bytes());
    let reordered = {
        let text = desk.text(&register);
        let mut lines: Vec<&str> = text.split_inclusive("\r\n").collect();
        lines.swap(1, 2);
        (register.clone(), lines.concat().into_bytes())
    };
    let metadata = format!("{STEM}.csv-metadata.json");
    let attacks = [
        ("another status", of(&register, ",completed,", ",failed,")),
        ("a name that no column of figures reports", of(&register, ",leads\r\n", ",calls\r\n")),
        ("another time", of(&register, "2024-01-0", "2024-01-1")),
        ("rows in another order", reordered),
        ("another figure of the totals", of(&totals, ",34410,", ",34411,")),
        ("a total left out", of(&totals, "escalated,1,297,75,53,169,0,0,0,0\r\n", "")),
        ("line ends of another system", (register.clone(), desk.text(&register).replace("\r\n", "\n").into_bytes())),
        ("no mark at the beginning", (totals.clone(), desk.read(&totals)[3..].to_vec())),
        ("another meaning of a column", of(&metadata, "recipients", "calls")),
        ("another figure in a line", of(&format!("{STEM}.ndjson"), "\"total_calls\":", "\"total_calls\":1")),
        ("a byte of the columns", {
            let name = format!("{STEM}.parquet");
            let mut bytes = desk.read(&name);
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            (name, bytes)
        }),
    ];
    for (attack, (name, bytes)) in attacks {
        assert!(bytes != desk.read(&name), "{attack} changes nothing");
        desk.put(&name, &bytes);
        desk.must_fail(attack, &name, "not reproduced: ");
    }
}

/// The report's data with a change, in the package.
pub fn put_data(desk: &Desk, change: impl Fn(&mut Value)) {
    let name = format!("{STEM}.json");
    let mut data: Value = serde_json::from_slice(&desk.read(&name)).unwrap();
    change(&mut data);
    // In the order in which the program writes it, so that nothing but the value differs.
    let report: AuditReport = serde_json::from_value(data).unwrap();
    let mut text = serde_json::to_vec_pretty(&report).unwrap();
    text.push(b'\n');
    desk.put(&name, &text);
}

#[test]
fn data_that_the_evidence_does_not_give_is_not_reproduced() {
    let desk = Desk::reporting(&["--format", "csv"]);
    let name = format!("{STEM}.json");
    let changes: [(&str, &str, Value, &str); 6] = [
        ("a figure", "/register/5/total_calls", json!(7), "total_calls: 7 instead of"),
        ("the version", "/provenance/version", json!("9.9.9"), "provenance.version: \"9.9.9\" instead of"),
        ("the host", "/scope/host", json!("api.example.com"), "source"),
        ("what is proven", "/completeness/proven", json!("All is well."), "completeness.proven"),
        ("a finding", "/findings/0/rule", json!("Nothing."), "findings[0].rule"),
        ("the command", "/parameters/command", json!("dialnexa-audit"), "parameters.command"),
    ];
    for (attack, pointer, value, words) in changes {
        put_data(&desk, |data| *data.pointer_mut(pointer).unwrap() = value.clone());
        desk.must_fail(attack, &name, words);
    }
    // The same data in another order of its keys, or with a line more, is not what is made either.
    let text = desk.text(&name);
    desk.put(&name, text.replacen("{\n", "{\n\n", 1).as_bytes());
    desk.must_fail("an empty line", &name, "not reproduced: ");
}

#[test]
fn a_version_or_form_that_was_changed_never_gives_a_plain_yes() {
    let desk = Desk::reporting(&["--format", "csv,html"]);
    let form = |format: &str| format!("/made/forms/{format}");
    // The page is of another form, so it cannot be compared; the rest is.
    put_data(&desk, |data| *data.pointer_mut(&form("html")).unwrap() = json!(99));
    desk.put_page(&desk.page().replacen("completed", "failed", 1));
    let run = desk.verify().expect(1);
    let last = run.stdout.lines().last().unwrap();
    assert_eq!(last, format!("IN PART: unchanged since it was signed, but not compared: {STEM}.html"), "{run}");
    assert!(run.stdout.contains("made by version 0.1.0 in another form, verify with that"), "{run}");
    desk.restore();
    // Tables of another form are recomputed in every column.
    let register = format!("{STEM}.csv");
    let forged = desk.text(&register).replacen(",completed,", ",failed,", 1);
    put_data(&desk, |data| *data.pointer_mut(&form("csv")).unwrap() = json!(99));
    desk.put(&register, forged.as_bytes());
    desk.must_fail("a table of another form", &register, "status: `failed` instead of `completed`");
    put_data(&desk, |data| {
        *data.pointer_mut(&form("json")).unwrap() = json!(99);
        *data.pointer_mut("/register/5/total_calls").unwrap() = json!(7);
    });
    desk.must_fail("data of another form", &format!("{STEM}.json"), "total_calls: 7 instead of");
    // A statement that is left out altogether compares nothing.
    put_data(&desk, |data| drop(data.as_object_mut().unwrap().remove("made")));
    let run = desk.verify().expect(1);
    assert!(run.stdout.contains("IN PART: ") && run.stdout.contains("does not state how the files were made"), "{run}");
}

#[test]
fn evidence_that_is_taken_off_the_list_is_missed() {
    let desk = Desk::reporting(&["--format", "csv"]);
    let mut manifest = desk.manifest();
    manifest.files.retain(|entry| !entry.name.starts_with("evidence"));
    for name in ["evidence.warc.gz", "evidence.warc.gz.p7s"] {
        fs::remove_file(desk.path(name)).unwrap();
    }
    desk.list(manifest);
    let run = desk.place.run(&["verify", STEM]).done().expect(1);
    assert!(run.stdout.contains("evidence.warc.gz, which it was made from, is not listed"), "{run}");
    assert!(run.stdout.contains("FAILED"), "{run}");
}

#[test]
fn a_template_or_logo_of_the_package_never_passes_for_the_programs_own() {
    let place = Place::new();
    fs::create_dir(place.work().join("templates")).unwrap();
    let sentence = "<p>No exceptions were noted.</p>";
    fs::write(place.work().join("templates/findings.html"), sentence).unwrap();
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><path d=\"M0 0h9v9z\"/></svg>";
    fs::write(place.work().join("logo.svg"), svg).unwrap();
    let desk = Desk::at(place, &["--format", "csv,html,pdf", "--template-dir", "templates", "--logo", "logo.svg"]);
    let run = desk.verify().expect(0);
    assert!(run.stdout.contains("own templates\n"), "{run}");
    let last = run.stdout.lines().last().unwrap();
    assert!(last.ends_with("the page is made by the package's own templates and says what they say"), "{run}");
    // What the report states of an input is its digest.
    for (name, bytes) in [
        ("inputs/findings.html.template", "<p>Nothing.</p>".as_bytes()),
        ("inputs/logo.svg", svg.replace('9', "8").as_bytes()),
    ] {
        desk.put(name, bytes);
        let run = desk.verify().expect(1);
        let words = format!("{name} is not the file that the report states it was made with");
        assert!(run.stdout.contains(&words) && run.stdout.contains("FAILED"), "{run}");
        desk.restore();
    }
    // An input that the report does not name is none of it.
    fs::write(desk.path("inputs/extra.ttf"), "x").unwrap();
    fs::write(desk.path("inputs/extra.ttf.p7s"), "x").unwrap();
    let mut manifest = desk.manifest();
    for name in ["inputs/extra.ttf", "inputs/extra.ttf.p7s"] {
        manifest.files.push(Entry::of(name, b"x"));
    }
    desk.put("inputs/extra.ttf", b"x");
    desk.list(manifest);
    let run = desk.place.run(&["verify", STEM]).done().expect(1);
    assert!(run.stdout.contains("the report does not state that anything was made with it"), "{run}");
    // The document alone needs no template, and shows no drawing.
    let run = desk.place.run(&["verify", &format!("{STEM}/{STEM}.pdf")]).done().expect(0);
    assert!(run.stdout.contains("      data\n"), "{run}");
}

/// The fallback font, as if its maker allowed it to be handed out, so that it is in the package; and one that is drawn otherwise.
#[test]
fn a_font_of_the_package_is_the_one_that_is_stated() {
    let Ok(font) = fs::read("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf") else {
        assert!(std::env::var_os("CI").is_none(), "the fallback font is needed");
        return println!("skipped: fonts-droid-fallback not installed");
    };
    let table = |tag: &[u8]| {
        let record = font.windows(4).position(|part| part == tag).unwrap();
        u32::from_be_bytes(font[record + 8..record + 12].try_into().unwrap()) as usize
    };
    let (os2, head) = (table(b"OS/2"), table(b"head"));
    let mut free = font.clone();
    free[os2 + 8..os2 + 10].copy_from_slice(&[0, 0]);
    let place = Place::new();
    fs::create_dir(place.work().join("fonts")).unwrap();
    fs::write(place.work().join("fonts/own.ttf"), &free).unwrap();
    let desk = Desk::at(place, &["--format", "pdf", "--font-dir", "fonts"]);
    let document = format!("{STEM}.pdf");
    let run = desk.verify().expect(0);
    assert!(
        run.stdout.lines().any(|line| line.starts_with(&format!(" {document} ")) && line.ends_with("evidence")),
        "{run}"
    );
    // The same letters, each as large as the page: swapped alone, and with its digest in the data.
    let name = "inputs/font-1.ttf";
    let mut large = free.clone();
    large[head + 18..head + 20].copy_from_slice(&[0, 16]);
    desk.put(name, &large);
    let run = desk.verify().expect(1);
    assert!(run.stdout.contains(&format!("{name} is not the file that the report states it was made with")), "{run}");
    put_data(&desk, |data| data["made"]["fonts"][0]["sha256"] = json!(dialnexa_audit::digest::sha256(&large)));
    let run = desk.verify().expect(1);
    assert!(run.stdout.contains("FAILED: "), "{run}");
    desk.restore();
    desk.verify().expect(0);
}
