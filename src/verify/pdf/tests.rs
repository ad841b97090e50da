//! Reading back what was rendered, whole, changed and broken. Another library makes the changes.

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, IncrementalDocument, Object, dictionary};
use proptest::prelude::*;

use super::{ReadError, Stated, attachments, open, pages, stated, structure};
use crate::render::pdf::{Attachment, Options, Paper, Relationship, Rows, pdf};
use crate::report::fixture::report;
use crate::report::{AuditReport, Standing};

fn made(report: &AuditReport, options: &Options<'_>) -> Vec<u8> {
    pdf(report, options).unwrap().bytes
}

fn small() -> Vec<u8> {
    made(&report(3, Standing::Complete), &Options::default())
}

/// The file with an increment in which `change` was made.
fn increment(file: &[u8], change: impl FnOnce(&mut IncrementalDocument)) -> Vec<u8> {
    let mut document = IncrementalDocument::create_from(file.to_vec(), Document::load_mem(file).unwrap());
    change(&mut document);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// The file with the operations of the page `number` changed in an increment.
fn redrawn(file: &[u8], number: u32, change: impl FnOnce(&mut Vec<Operation>)) -> Vec<u8> {
    increment(file, |document| {
        let previous = document.get_prev_documents();
        let page = previous.get_pages()[&number];
        let stream = previous.get_page_contents(page)[0];
        let body = previous.get_object(stream).unwrap().as_stream().unwrap().get_plain_content().unwrap();
        let mut content = Content::decode(&body).unwrap();
        change(&mut content.operations);
        let stream_object = lopdf::Stream::new(Dictionary::new(), content.encode().unwrap());
        document.new_document.objects.insert(stream, Object::Stream(stream_object));
    })
}

#[test]
fn what_is_printed_is_what_the_report_states() {
    for (count, standing) in [(0, Standing::Complete), (60, Standing::Provisional), (250, Standing::Draft)] {
        for paper in [Paper::A4, Paper::Letter] {
            let report = report(count, standing);
            let file = made(&report, &Options { paper, ..Options::default() });
            assert_eq!(stated(&file).unwrap(), Stated::by_report(&report));
        }
    }
}

#[test]
fn a_restatement_is_printed_and_changes_nothing_of_what_is_stated() {
    let report = crate::report::fixture::superseding();
    let file = made(&report, &Options::default());
    assert_eq!(stated(&file).unwrap(), Stated::by_report(&report));
    let file = open(&file).unwrap();
    let tree = structure::read(&file, &mut pages::Pages::of(&file).unwrap(), &mut |_| Ok(())).unwrap();
    let head = ["Status", "Figure", "Before", "Adjustment", "After"];
    let table = tree.tables.iter().find(|table| table.head == head).unwrap();
    let old = report.supersedes.as_ref().unwrap();
    let printed: Vec<Vec<&str>> =
        table.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect();
    let lines = old.restatement.sums_lines();
    let expected: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| {
            [line.status.as_str(), line.figure].into_iter().chain(line.cells.iter().map(String::as_str)).collect()
        })
        .collect();
    assert_eq!(printed, expected);
    let facts = tree.tables.iter().filter(|table| table.head.is_empty()).flat_map(|table| &table.rows);
    assert!(facts.into_iter().any(|row| row.iter().any(|cell| cell.text == old.manifest_sha256)));
    let batches = tree.tables.iter().find(|table| table.head == ["Batch", "What", "Values, or what changed"]).unwrap();
    assert_eq!(batches.rows.len(), old.restatement.batch_lines().len());
}

#[test]
fn rows_that_are_not_printed_are_counted() {
    let report = report(40, Standing::Complete);
    let read = stated(&made(&report, &Options { rows: Rows::Count(15), ..Options::default() })).unwrap();
    assert_eq!((read.rows.len(), read.left_out), (15, 25));
    assert_eq!(read.rows, Stated::by_report(&report).rows[..15]);
}

#[test]
fn hostile_words_of_the_api_come_back_as_they_are() {
    let mut report = report(6, Standing::Complete);
    report.register[0].id = "(\\) <script> ]]> %%EOF endstream".into();
    report.register[1].id = "नमस्ते-१".into();
    report.register[2].id = "x".repeat(300).into();
    report.register[3].status = crate::batch::Status::new("Not  Reported TOTAL");
    report.register[4].id = "السَّلَام عليكم abc 12 (دُبي)".into();
    report.register[5].id = "ABC שָׁלוֹם (12) 春🎉 👩‍💻".into();
    report.totals = crate::totals::Totals::over(&report.register).unwrap();
    let read = stated(&made(&report, &Options::default())).unwrap();
    assert_eq!(read, Stated::by_report(&report));
}

#[test]
fn attached_files_come_back_byte_for_byte() {
    let report = report(3, Standing::Complete);
    let file = |name: &str, bytes: &[u8]| Attachment {
        name: name.to_owned(),
        media_type: "text/csv".to_owned(),
        description: "Rows".to_owned(),
        relationship: Relationship::Data,
        content: bytes.to_vec().into(),
        modified: report.provenance.ended,
    };
    let table = b"\xEF\xBB\xBFa,b\r\n";
    let files = [file("b – ü.csv", table), file("a.json", b"{}"), file("empty.csv", b"")];
    let read = attachments(&made(&report, &Options { attachments: &files, ..Options::default() })).unwrap();
    let expected: [(&str, &[u8]); 3] = [("a.json", b"{}"), ("b – ü.csv", table), ("empty.csv", b"")];
    assert_eq!(read, expected.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())));
    assert_eq!(attachments(&small()).unwrap(), []);
    let twice = [file("a", b""), file("a", b"")];
    assert!(pdf(&report, &Options { attachments: &twice, ..Options::default() }).is_err());
}

#[test]
fn an_increment_that_redraws_a_figure_is_read_as_it_is_shown() {
    let file = small();
    let before = stated(&file).unwrap();
    let after = stated(&redrawn(&file, 2, |operations| {
        // The first batch count of the totals: its one string is shown twice over.
        let shown = operations.iter_mut().filter(|operation| operation.operator == "Tj").nth(9).unwrap();
        let Object::String(codes, _) = &mut shown.operands[0] else { panic!("no string") };
        codes.extend_from_slice(&codes.clone());
    }))
    .unwrap();
    assert_ne!(before.totals[0].sums.batches, after.totals[0].sums.batches);
    assert_eq!(before.rows, after.rows);
}

#[test]
fn a_figure_told_beside_its_glyphs_is_refused() {
    let file = redrawn(&small(), 2, |operations| {
        let place = operations.iter().enumerate().filter(|(_, operation)| operation.operator == "Tj").nth(9).unwrap().0;
        let told = dictionary! { "ActualText" => Object::string_literal("9") };
        operations.insert(place, Operation::new("BDC", vec!["Span".into(), told.into()]));
        operations.insert(place + 2, Operation::new("EMC", vec![]));
    });
    assert!(matches!(stated(&file), Err(ReadError::Foreign(what)) if what.contains("beside")));
}

#[test]
fn text_outside_the_structure_tree_is_refused() {
    let file = redrawn(&small(), 2, |operations| {
        let shown = operations.iter().find(|operation| operation.operator == "Tj").unwrap().clone();
        let place = operations.iter().position(|operation| operation.operator == "ET").unwrap();
        operations.insert(place, shown);
    });
    assert!(matches!(stated(&file), Err(ReadError::Foreign(what)) if what.contains("outside")));
}

#[test]
fn a_picture_over_a_page_is_refused() {
    let drawn = redrawn(&small(), 1, |operations| operations.push(Operation::new("Do", vec!["X".into()])));
    assert!(matches!(stated(&drawn), Err(ReadError::Foreign(what)) if what.contains("`Do`")));
    let noted = increment(&small(), |document| {
        let page = document.get_prev_documents().get_pages()[&2];
        document.opt_clone_object_to_new_document(page).unwrap();
        let note = dictionary! { "Type" => "Annot", "Subtype" => "FreeText" };
        let entries = document.new_document.get_dictionary_mut(page).unwrap();
        entries.set("Annots", Object::Array(vec![note.into()]));
    });
    assert!(matches!(stated(&noted), Err(ReadError::Foreign(what)) if what.contains("annotation")));
}

/// The file with one more page at its end, which the structure tree does not name.
fn with_a_page(file: &[u8], content: &str) -> Vec<u8> {
    increment(file, |document| {
        let previous = document.get_prev_documents();
        let last = *previous.get_pages().values().last().unwrap();
        let mut page = previous.get_dictionary(last).unwrap().clone();
        let parent = page.get(b"Parent").and_then(Object::as_reference).unwrap();
        let mut tree = previous.get_dictionary(parent).unwrap().clone();
        let stream = lopdf::Stream::new(Dictionary::new(), content.as_bytes().to_vec());
        page.set("Contents", document.new_document.add_object(stream));
        let added = document.new_document.add_object(page);
        tree.get_mut(b"Kids").and_then(Object::as_array_mut).unwrap().push(added.into());
        document.new_document.objects.insert(parent, Object::Dictionary(tree));
    })
}

#[test]
fn a_page_that_the_structure_tree_does_not_name_is_read_too() {
    let file = small();
    let blank = with_a_page(&file, "/Span <</MCID 0>> BDC EMC");
    assert_eq!(stated(&blank).unwrap(), stated(&file).unwrap());
    let drawn = with_a_page(&file, "q 1 0 0 1 0 0 cm /Logo Do Q");
    assert!(matches!(stated(&drawn), Err(ReadError::Foreign(what)) if what.contains("`q`")));
}

#[test]
fn what_is_no_pdf_is_refused() {
    for bytes in [&b""[..], b"%PDF-1.7", b"%PDF-1.7\n%%EOF\n", b"\0\0\0\0"] {
        assert!(stated(bytes).is_err());
        assert!(attachments(bytes).is_err());
    }
}

/// What a page can show of a text: white space as a space, other control characters replaced.
fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_whitespace() && (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) => ' ',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    text.chars().map(shown).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the API calls things, the pages state it, and reading them back gives it again.
    #[test]
    fn any_words_are_printed_and_read_back(id in "\\PC{1,40}", status in "\\PC{1,30}", name in ".{0,200}", agent in "\\PC{0,60}") {
        let mut report = report(2, Standing::Complete);
        report.register[0].id = id.into();
        report.register[0].name = Some(name.into());
        report.register[0].agent_id = Some(agent.into());
        report.register[0].status = crate::batch::Status::new(&status);
        report.totals = crate::totals::Totals::over(&report.register).unwrap();
        let mut expected = Stated::by_report(&report);
        for row in &mut expected.rows {
            (row.batch_id, row.status) = (printable(&row.batch_id), printable(&row.status));
        }
        for row in &mut expected.totals {
            row.status = printable(&row.status);
        }
        prop_assert_eq!(stated(&made(&report, &Options::default())).unwrap(), expected);
    }

    /// A file that was damaged anywhere is read or refused, without a panic.
    #[test]
    fn damage_is_no_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>(), keep in 0..4) {
        let mut file = small();
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if keep == 0 {
            file.truncate(cut.index(file.len()));
        }
        let _ = stated(&file);
        let _ = attachments(&file);
    }
}
