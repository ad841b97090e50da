//! Validity: PDF/A-3a and PDF/UA-1, sound syntax, the same bytes twice.

use std::io::{self, Write};
use std::process::Command;

use dialnexa_audit::digest::Checksum;
use dialnexa_audit::render::pdf::{Attachment, Content, Options, Paper, PdfError, Rows, write};
use dialnexa_audit::report::Standing;

use super::bench::{attachments, installed, kept, rendered, report, run};

/// veraPDF as `.ci/verapdf.sh` installs it: `VERACHECK`, or on the path.
pub fn veracheck() -> String {
    std::env::var("VERACHECK").unwrap_or_else(|_| "veracheck".to_owned())
}

#[test]
fn every_kind_of_document_is_pdf_a_3a_and_pdf_ua_1() {
    if !installed(&veracheck()) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(veracheck());
    command.arg("3a,ua1");
    for (name, count, standing, paper) in [
        ("empty.pdf", 0, Standing::Complete, Paper::A4),
        ("scripts.pdf", 60, Standing::Complete, Paper::A4),
        ("letter.pdf", 60, Standing::Complete, Paper::Letter),
        ("draft.pdf", 25, Standing::Draft, Paper::Letter),
        ("provisional.pdf", 25, Standing::Provisional, Paper::A4),
    ] {
        let made = rendered(&report(count, standing), &Options { paper, ..Options::default() });
        command.arg(kept(folder.path(), name, &made.bytes));
    }
    println!("{}", run(&mut command));
}

#[test]
fn qpdf_and_mupdf_find_nothing_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let made = rendered(&report(200, Standing::Provisional), &Options::default());
    let file = kept(folder.path(), "report.pdf", &made.bytes);
    if installed("qpdf") {
        let said = run(Command::new("qpdf").arg("--check").arg(&file));
        assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
    }
    if installed("mutool") {
        let drawn = run(Command::new("mutool").args(["draw", "-q", "-F", "txt", "-o", "-"]).arg(&file));
        assert!(drawn.contains("Batch call audit 2024-Q1"), "{drawn}");
    }
}

#[test]
fn every_font_is_embedded_and_subset_and_explained() {
    if !installed("pdffonts") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = rendered(&report(40, Standing::Complete), &Options::default());
    let list = run(Command::new("pdffonts").arg(kept(folder.path(), "report.pdf", &made.bytes)));
    let fonts: Vec<&str> = list.lines().skip(2).collect();
    assert!(fonts.len() > 12, "{list}");
    for font in fonts {
        let flags = font.split_whitespace().filter(|word| *word == "yes").count();
        assert_eq!(flags, 3, "{font}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let report = report(120, Standing::Complete);
    let options = Options { rows: Rows::Count(100), ..Options::default() };
    assert!(rendered(&report, &options).bytes == rendered(&report, &options).bytes);
}

/// Takes so many bytes and no more, as a disk that is nearly full.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let taken = part.len().min(self.0);
        self.0 -= taken;
        if taken == 0 && !part.is_empty() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_file_that_takes_no_more_at_any_byte_is_an_error() {
    let report = report(30, Standing::Complete);
    let files = attachments(&report);
    let options = Options { attachments: &files, ..Options::default() };
    let mut whole = Vec::new();
    write(&report, &options, &mut whole).unwrap();
    let whole = whole.len();
    for room in [0, 1, 15, whole / 5, whole / 3, whole / 2, whole - 200, whole - 1] {
        let made = write(&report, &options, &mut Full(room));
        assert!(matches!(made, Err(PdfError::Write(_))), "{room} of {whole}: {made:?}");
    }
    write(&report, &options, &mut Full(whole)).unwrap();
}

#[test]
fn a_file_that_is_not_what_it_was_said_to_be_is_not_attached() {
    let report = report(3, Standing::Complete);
    let checksum = Checksum::of(b"what was written");
    let contents = [
        Content::new(checksum, || Ok(Box::new(&b"what was"[..]))),
        Content::new(checksum, || Err(io::ErrorKind::NotFound.into())),
    ];
    for content in contents {
        let files =
            attachments(&report).into_iter().take(1).map(|file| Attachment { content: content.clone(), ..file });
        let files: Vec<Attachment> = files.collect();
        let options = Options { attachments: &files, ..Options::default() };
        let error = write(&report, &options, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot attach {} to the PDF: ", files[0].name)), "{error}");
    }
}
