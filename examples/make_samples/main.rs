//! Makes `samples/workspace.jsonl`, the made-up workspace of the sample API: `cargo run --example make_samples`.
//!
//! It reads no clock and draws from a generator with a fixed seed: every run writes the same bytes.

use std::{fs, io, path::Path};

mod chance;
mod names;
mod plain;
pub mod workspace;

fn main() -> io::Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/workspace.jsonl");
    fs::write(file, workspace::lines()?)
}
