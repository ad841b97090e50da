//! Makes a workspace of so many batches, for whole-process runs. They are spread evenly over 2023 and 2024, so that 2024-Q1 holds
//! 124,487 of a million; with `--quarter`, all of them are created in 2024-Q1.
//!
//! Served at any limit, as the API does, each answer held back for so many milliseconds:
//!
//! `cargo run --release --example workload -- 1000000 --serve 8799 200`
//!
//! Or as one file a page, which a web server hands out at its full speed, whatever limit is asked for. `FOLDER/nginx.conf` serves
//! them on port 8799 (`nginx -p FOLDER -c nginx.conf`):
//!
//! `cargo run --release --example workload -- 1000000 FOLDER`

#![allow(clippy::print_stdout)]

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

mod workspace;

use workspace::{LIMIT, Workspace};

const USAGE: &str = "usage: workload N FOLDER [--quarter] | workload N --serve PORT MILLISECONDS [--quarter]";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let quarter = arguments.pop_if(|last| last == "--quarter").is_some();
    let workspace = |count: u64| if quarter { Workspace::of_a_quarter(count) } else { Workspace::of_two_years(count) };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        [count, "--serve", port, delay] => {
            serve(workspace(count.parse()?), port.parse()?, Duration::from_millis(delay.parse()?))
        }
        [count, folder] => write(&workspace(count.parse()?), count.parse()?, Path::new(folder)),
        _ => Err(USAGE.into()),
    }
}

#[derive(serde::Deserialize)]
struct Wanted {
    page: u64,
    limit: u64,
}

fn serve(workspace: Workspace, port: u16, delay: Duration) -> Result<(), Box<dyn std::error::Error>> {
    let workspace = Arc::new(workspace);
    let page = async move |State(workspace): State<Arc<Workspace>>, Query(wanted): Query<Wanted>| {
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let page = workspace.page(wanted.page, wanted.limit.clamp(1, LIMIT));
        ([(CONTENT_TYPE, "application/json")], page).into_response()
    };
    let routes = axum::Router::new().route("/v1/batch-calls", axum::routing::get(page)).with_state(workspace);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        println!("serving http://127.0.0.1:{port}/v1");
        Ok(axum::serve(listener, routes).await?)
    })
}

fn write(workspace: &Workspace, count: u64, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    fs::create_dir_all(folder.join("pages"))?;
    let pages = count.div_ceil(LIMIT).max(1);
    for page in 1..=pages + 1 {
        fs::write(folder.join(format!("pages/{page}.json")), workspace.page(page, LIMIT))?;
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
