//! Makes a workspace of so many batches, one file a page, for whole-process runs against a web server:
//!
//! `cargo run --release --example workload -- 1000000 FOLDER`
//!
//! The batches are spread evenly over 2023 and 2024, so that 2024-Q1 holds 124,487 of a million. With `--quarter`, all of them
//! are created in 2024-Q1. `FOLDER/nginx.conf` serves them on port 8799: `nginx -p FOLDER -c nginx.conf`.

#![allow(clippy::print_stdout)]

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use dialnexa_audit::batch::rfc3339;

/// Rows of a page, as the API serves them at most.
const LIMIT: u64 = 100;
const USAGE: &str = "usage: workload N FOLDER [--quarter]";
/// Names as people give them: mostly Latin, some not.
const NAMES: [&str; 8] = [
    "Renewal reminders",
    "Welcome calls, north",
    "Payment follow-up",
    "नवीनीकरण अनुस्मारक",
    "Survey, spring & summer",
    "Delivery slots \"express\"",
    "பணம் நினைவூட்டல்",
    "Win-back",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (count, folder, quarter) = match arguments.as_slice() {
        [count, folder] => (count.parse::<u64>()?, Path::new(folder), false),
        [count, folder, flag] if flag == "--quarter" => (count.parse()?, Path::new(folder), true),
        _ => return Err(USAGE.into()),
    };
    let (first, after) = if quarter {
        ("2024-01-01T00:00:00Z", "2024-04-01T00:00:00Z")
    } else {
        ("2023-01-01T00:00:00Z", "2025-01-01T00:00:00Z")
    };
    let [first, after]: [DateTime<Utc>; 2] = [first.parse()?, after.parse()?];
    let workspace = Workspace { count, first, span: after - first };
    fs::create_dir_all(folder.join("pages"))?;
    let pages = count.div_ceil(LIMIT).max(1);
    for page in 1..=pages + 1 {
        fs::write(folder.join(format!("pages/{page}.json")), workspace.page(page, pages))?;
    }
    configure(folder)?;
    println!("{pages} pages; serve them with: nginx -p {} -c nginx.conf", folder.display());
    Ok(())
}

struct Workspace {
    count: u64,
    first: DateTime<Utc>,
    span: TimeDelta,
}

impl Workspace {
    /// A page as the API answers it, newest first.
    fn page(&self, page: u64, pages: u64) -> String {
        let mut text = String::from("{\"data\":[");
        let start = (page - 1) * LIMIT;
        for place in start..(start + LIMIT).min(self.count) {
            if place > start {
                text.push(',');
            }
            self.record(&mut text, self.count - 1 - place);
        }
        let count = self.count;
        // Writing to a String cannot fail.
        let _ =
            write!(text, "],\"meta\":{{\"page\":{page},\"limit\":{LIMIT},\"total\":{count},\"totalPages\":{pages}}}}}");
        text
    }

    /// The batch of this number, counted from the oldest.
    fn record(&self, text: &mut String, number: u64) {
        let random = mixed(number);
        let offset = self.span.num_milliseconds().unsigned_abs() * number / self.count;
        let created_at = self.first + TimeDelta::milliseconds(offset.cast_signed());
        let name = NAMES[(random % 8) as usize].replace('"', "\\\"");
        let status =
            ["completed", "completed", "completed", "completed", "completed", "failed", "cancelled", "processing"]
                [(random >> 8) as usize % 8];
        let total = 20 + (random >> 16) % 980;
        let failed = total * ((random >> 32) % 20) / 100;
        let completed = if status == "completed" { total - failed } else { (total - failed) / 2 };
        let _ = write!(
            text,
            "{{\"id\":\"batch_{random:016x}\",\"name\":\"{name} {number}\",\"status\":\"{status}\",\
             \"total_leads\":{total},\"completed\":{completed},\"failed\":{failed},\
             \"agent_id\":\"agent_{agent:012x}\",\"created_at\":\"{created}\"}}",
            agent = mixed((random >> 40) % 40) >> 16,
            created = rfc3339(created_at),
        );
    }
}

/// The finalizer of MurmurHash3: numbers that look random, the same on every machine.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let number = (number ^ (number >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    number ^ (number >> 33)
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
