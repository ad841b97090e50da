//! Makes a workspace of so many batches, one file a page, for whole-process runs against a web server:
//!
//! `cargo run --release --example workload -- 1000000 FOLDER`
//!
//! The batches are spread evenly over 2023 and 2024, so that 2024-Q1 holds 124,487 of a million. With `--quarter`, all of them
//! are created in 2024-Q1. `FOLDER/nginx.conf` serves them on port 8799: `nginx -p FOLDER -c nginx.conf`.

#![allow(clippy::print_stdout)]

use std::fs;
use std::io;
use std::path::Path;

mod workspace;

use workspace::{LIMIT, Workspace};

const USAGE: &str = "usage: workload N FOLDER [--quarter]";
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (count, folder, quarter) = match arguments.as_slice() {
        [count, folder] => (count.parse::<u64>()?, Path::new(folder), false),
        [count, folder, flag] if flag == "--quarter" => (count.parse()?, Path::new(folder), true),
        _ => return Err(USAGE.into()),
    };
    let workspace = if quarter { Workspace::of_a_quarter(count) } else { Workspace::of_two_years(count) };
    fs::create_dir_all(folder.join("pages"))?;
    let pages = count.div_ceil(LIMIT).max(1);
    for page in 1..=pages + 1 {
        fs::write(folder.join(format!("pages/{page}.json")), workspace.page(page))?;
    }
    configure(folder)?;
    println!("{pages} pages; serve them with: nginx -p {} -c nginx.conf", folder.display());
    Ok(())
}

fn configure(folder: &Path) -> io::Result<()> {
    let root = fs::canonicalize(folder)?;
    let text = format!(
        "worker_processes 1;\npid nginx.pid;\nerror_log stderr error;\nevents {{}}\nhttp {{\n  access_log off;\n  sendfile on;\n  \
         keepalive_requests 1000000;\n  default_type application/json;\n  server {{\n    listen 127.0.0.1:8799;\n    \
         location = /v1/batch-calls {{ root {}; try_files /pages/$arg_page.json =404; }}\n  }}\n}}\n",
        root.display()
    );
    fs::write(folder.join("nginx.conf"), text)
}
