//! The sample API over a real socket, asked by a common HTTP client, and the made-up workspace counted by a script that
//! shares nothing with the program.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use dialnexa_audit::batch::ApiForm;
use dialnexa_audit::sample::{KEY, Options, SampleApi};
use serde_json::Value;

mod calls;
mod counted;
mod data;
mod pages;
mod refusals;

// Only its function `lines` is called here, not `main`.
#[allow(dead_code)]
#[path = "../../examples/make_samples/main.rs"]
mod make_samples;

const FORMS: [ApiForm; 3] = [ApiForm::Leads, ApiForm::Calls, ApiForm::V1];

/// A running sample API and a client of it.
struct Desk {
    api: SampleApi,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

/// An answer as it came.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }
}

impl Desk {
    fn open(options: Options) -> Self {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { api: SampleApi::start(options).unwrap(), http, runtime }
    }

    fn of_form(form: ApiForm) -> Self {
        Self::open(Options { form, ..Options::default() })
    }

    /// Asks for a path below the base address with the good key.
    fn get(&self, path: &str) -> Answer {
        self.get_as(path, Some(&format!("Bearer {KEY}")))
    }

    fn get_as(&self, path: &str, authorization: Option<&str>) -> Answer {
        self.ask(reqwest::Method::GET, path, authorization)
    }

    fn ask(&self, method: reqwest::Method, path: &str, authorization: Option<&str>) -> Answer {
        let mut request = self.http.request(method, self.api.base_url() + path);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let text = answer.text().await.unwrap();
            let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"));
            Answer { status, headers, body }
        })
    }

    /// Every record of the list, in the order of the answers, read with pages of `limit`.
    fn whole_list(&self, limit: usize) -> Vec<Value> {
        let mut records = Vec::new();
        for page in 1.. {
            let answer = self.get(&format!("/batch-calls?page={page}&limit={limit}"));
            assert_eq!(answer.status, 200, "{}", answer.body);
            let rows = rows(&answer.body).clone();
            if rows.is_empty() {
                break;
            }
            records.extend(rows);
        }
        records
    }
}

/// The records of a page, in whichever form it is.
fn rows(body: &Value) -> &Vec<Value> {
    body.get("data").or_else(|| body.get("items")).and_then(Value::as_array).unwrap()
}

/// What a page says of itself, in whichever form it is.
fn envelope(body: &Value) -> &Value {
    body.get("meta").unwrap_or(body)
}
