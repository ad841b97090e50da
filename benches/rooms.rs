//! What each room costs: pages decoded, a range collected, evidence written and read, totals, every format, signatures.
//!
//! `cargo bench` runs all; `cargo bench -- pdf` those with `pdf` in their name.

#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dialnexa_audit::api::wire;
use dialnexa_audit::evidence::Evidence;
use dialnexa_audit::render::html::Options as HtmlOptions;
use dialnexa_audit::render::pdf::{Options as PdfOptions, Rows};
use dialnexa_audit::render::{bytes, csv, html, json, ndjson, parquet, pdf, xlsx};
use dialnexa_audit::report::AuditReport;
use dialnexa_audit::sign::{Signing, cms, pades};
use dialnexa_audit::totals::Totals;
use dialnexa_audit::verify::signature::{Trust, verify_detached, verify_pdf};

#[path = "../examples/workload/workspace.rs"]
mod workspace;

mod rooms {
    pub mod made;
}

use rooms::made;

const SIZES: [u64; 3] = [1_000, 10_000, 100_000];

fn reading(c: &mut Criterion) {
    let page = workspace::Workspace::of_two_years(10_000).page(50, workspace::LIMIT);
    let mut group = c.benchmark_group("page");
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("decode", |b| b.iter(|| wire::decode(black_box(page.as_bytes())).unwrap()));
    group.finish();

    let mut group = c.benchmark_group("collect");
    for size in [10_000, 100_000] {
        let pages = made::pages(size);
        group.throughput(Throughput::Elements(size));
        group.bench_with_input(BenchmarkId::new("quarter", size), &pages, |b, pages| {
            b.iter(|| made::collected(pages));
        });
    }
    group.finish();
}

fn evidence(c: &mut Criterion) {
    let exchanges = made::exchanges(100);
    let mut group = c.benchmark_group("evidence");
    group.throughput(Throughput::Elements(100));
    group.bench_function("write", |b| {
        b.iter(|| {
            let folder = tempfile::tempdir().unwrap();
            made::kept(&folder.path().join("evidence.warc.gz"), &exchanges);
        });
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.warc.gz");
    made::kept(&path, &exchanges);
    group.bench_function("replay", |b| {
        b.iter(|| {
            let evidence = Evidence::open(std::fs::File::open(&path).unwrap()).unwrap();
            let mut collector = evidence.collector();
            evidence.replay(&mut collector).unwrap();
        });
    });
    group.finish();
}

fn register(report: &AuditReport) -> Vec<u8> {
    bytes(|out| csv::write(report, &csv::Options::of(csv::Table::Register), out)).unwrap()
}

fn rendering(c: &mut Criterion) {
    for size in SIZES {
        let report = made::report(size);
        let mut group = c.benchmark_group("render");
        group.sample_size(10).throughput(Throughput::Elements(size));
        let id = |room: &str| BenchmarkId::new(room, size);
        group.bench_function(id("totals"), |b| b.iter(|| Totals::over(&report.register).unwrap()));
        group.bench_function(id("csv"), |b| b.iter(|| register(&report)));
        group.bench_function(id("json"), |b| {
            b.iter(|| bytes(|out| json::write(&report, &json::Options::default(), out)).unwrap())
        });
        group.bench_function(id("ndjson"), |b| {
            b.iter(|| bytes(|out| ndjson::write(&report, &ndjson::Options::default(), out)).unwrap())
        });
        group.bench_function(id("xlsx"), |b| {
            b.iter(|| bytes(|out| xlsx::write(&report, &xlsx::Options::default(), out)).unwrap())
        });
        group.bench_function(id("parquet"), |b| {
            b.iter(|| bytes(|out| parquet::write(&report, &parquet::Options::default(), out)).unwrap())
        });
        group.bench_function(id("html"), |b| {
            let options = HtmlOptions::new("register.csv", "00");
            b.iter(|| bytes(|out| html::write(&report, &options, out)).unwrap());
        });
        group.bench_function(id("pdf"), |b| {
            let options = PdfOptions { rows: Rows::All, ..PdfOptions::default() };
            b.iter(|| bytes(|out| pdf::write(&report, &options, out).map(drop)).unwrap());
        });
        group.finish();
    }
}

fn signing(c: &mut Criterion) {
    let identity = made::identity();
    let (at, trust) = (made::moment(), Trust::at(made::moment()));
    let signing = Signing::new(&identity, at);
    let report = made::report(10_000);
    let table = register(&report);
    let options = PdfOptions { rows: Rows::All, ..PdfOptions::default() };
    let document = bytes(|out| pdf::write(&report, &options, out).map(drop)).unwrap();
    let signature = cms::detached(&table, &signing).unwrap();
    let signed = pades::sign(document.clone(), &signing, report.mark()).unwrap();
    let mut group = c.benchmark_group("sign");
    group.bench_function("csv", |b| b.iter(|| cms::detached(&table, &signing).unwrap()));
    group.bench_function("pdf", |b| b.iter(|| pades::sign(document.clone(), &signing, report.mark()).unwrap()));
    group.finish();
    let mut group = c.benchmark_group("verify");
    group.bench_function("csv", |b| b.iter(|| verify_detached(&table, &signature, &trust)));
    group.bench_function("pdf", |b| b.iter(|| verify_pdf(&signed, &trust)));
    group.finish();
}

criterion_group!(benches, reading, evidence, rendering, signing);
criterion_main!(benches);
