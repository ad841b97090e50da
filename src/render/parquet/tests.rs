//! Read back by the reader of the same library; other people's readers judge in the integration tests.

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use bytes::Bytes;

use super::*;
use crate::report::{Standing, fixture};

fn table(report: &AuditReport) -> Vec<u8> {
    crate::render::bytes(|out| write(report, &Options::default(), out)).unwrap()
}

fn reader(report: &AuditReport) -> SerializedFileReader<Bytes> {
    SerializedFileReader::new(Bytes::from(table(report))).unwrap()
}

fn rows(report: &AuditReport) -> Vec<Vec<Field>> {
    let reader = reader(report);
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().get_column_iter().map(|(_, field)| field.clone()).collect()).collect()
}

fn text(text: Option<&str>) -> Field {
    text.map_or(Field::Null, |text| Field::Str(text.to_owned()))
}

fn figure(figure: Option<u64>) -> Field {
    figure.map_or(Field::Null, |figure| Field::Long(figure.cast_signed()))
}

#[test]
fn every_field_of_every_batch_comes_back_in_its_type() {
    let mut report = fixture::report(300, Standing::Draft);
    report.register[7].total_calls = Some(i64::MAX.cast_unsigned());
    let rows = rows(&report);
    assert_eq!(rows.len(), 300);
    for (row, batch) in rows.iter().zip(&report.register) {
        let expected = [
            text(Some(&batch.id)),
            text(batch.name.as_deref()),
            text(Some(batch.status.as_str())),
            Field::TimestampMicros(batch.created_at.timestamp_micros()),
            text(Some(&report.created_local(batch))),
            figure(batch.total_calls),
            figure(batch.completed_calls),
            figure(batch.failed_calls),
            text(batch.agent_id.as_deref()),
            text(Some("leads")),
            text(batch.extra.as_deref()),
            text(Some("2024-Q1")),
            text(Some("draft")),
        ];
        let of = |figure: Option<u64>, word: &str| text(figure.map(|_| word));
        let sources = Column::figures(batch).into_iter().flat_map(|f| [of(f, "recipients"), of(f, "list")]);
        let expected: Vec<_> = expected.into_iter().chain(sources).collect();
        assert_eq!(row[..], expected);
    }
}

#[test]
fn the_file_reports_what_report_it_is_of() {
    let report = fixture::report(20, Standing::Draft);
    let reader = reader(&report);
    let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| pairs.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone());
    assert_eq!(value("dialnexa-audit.mark").as_deref(), Some("DRAFT - COMPLETENESS NOT ESTABLISHED"));
    assert_eq!(value("dialnexa-audit.hash_total"), Some(report.hash_total.clone()));
    assert_eq!(value("dialnexa-audit.failed_calls"), report.totals.all.failed_calls.map(|sum| sum.to_string()));
}

#[test]
fn times_have_one_type_whatever_they_are_and_finer_digits_are_cut_off() {
    let mut report = fixture::report(4, Standing::Complete);
    let times = [
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ("1969-12-31T23:59:59.9999999Z", -1),
        ("2024-03-31T23:59:59.999999999Z", 1_711_929_599_999_999),
        ("9999-12-31T23:59:59.999999999Z", 253_402_300_799_999_999),
    ];
    for (batch, (time, _)) in report.register.iter_mut().zip(times) {
        batch.created_at = time.parse().unwrap();
    }
    for (row, (_, micros)) in rows(&report).iter().zip(times) {
        assert_eq!(row[3], Field::TimestampMicros(micros));
    }
    let Field::Str(local) = &rows(&report)[2][4] else { panic!() };
    assert_eq!(local, "2024-04-01T05:29:59.999999999+05:30");
}

#[test]
fn a_register_without_rows_is_a_table_all_the_same() {
    let report = fixture::report(0, Standing::Complete);
    assert!(rows(&report).is_empty());
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let (one, other) = (fixture::report(2_500, Standing::Complete), fixture::report(2_500, Standing::Complete));
    assert_eq!(table(&one), table(&other));
}

#[test]
fn a_table_is_read_back_as_the_batches_that_it_was_written_from() {
    let report = fixture::report(300, Standing::Complete);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&table(&report)).unwrap();
    assert_eq!(read::register(file).unwrap(), report.register);
    let mut other = tempfile::tempfile().unwrap();
    other.write_all(b"PAR1 is not enough PAR1").unwrap();
    assert!(matches!(read::register(other), Err(ParquetError::Damaged(_))));
}

#[test]
fn a_figure_beyond_a_signed_number_is_refused_and_named() {
    let mut report = fixture::report(3, Standing::Complete);
    report.register[1].failed_calls = Some(u64::MAX);
    let error = write(&report, &Options::default(), &mut Vec::new()).unwrap_err().to_string();
    assert!(error.contains("batch_000001") && error.contains("failed calls are 18446744073709551615"), "{error}");
}
