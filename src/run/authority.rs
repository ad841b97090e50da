//! Carries timestamp requests to their authority, and questions on revocation to those whom certificates name, over HTTP.
//! The API key never comes here.

use std::time::Duration;

use reqwest::Url;

use crate::api::client::{causes, provide_tls};
use crate::api::{Resolver, applied};
use crate::sign::revocation;
use crate::sign::timestamp::LONGEST;

/// Posts a timestamp request; the body of the answer, or why there is none within `patience`.
pub fn ask(url: &Url, request: &[u8], patience: Duration) -> Result<Vec<u8>, String> {
    let posted = Some(("application/timestamp-query", request));
    exchange(url, posted, LONGEST, patience).map_err(|error| format!("{url}: {error}"))
}

/// Posts an OCSP request to the address in a certificate, or gets what lies there if there is none; the body of the
/// answer, or why there is none within `patience`.
pub fn fetch(url: &str, request: Option<&[u8]>, patience: Duration) -> Result<Vec<u8>, String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let posted = request.map(|request| ("application/ocsp-request", request));
    exchange(&url, posted, revocation::LONGEST, patience)
}

fn exchange(
    url: &Url,
    posted: Option<(&'static str, &[u8])>,
    longest: usize,
    patience: Duration,
) -> Result<Vec<u8>, String> {
    provide_tls();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let mut builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(patience);
    builder = applied(builder.dns_resolver(Resolver), url).map_err(|error| error.to_string())?;
    if url.scheme() == "http" {
        // The system's roots are needed for HTTPS only.
        builder = builder.tls_certs_only([]);
    }
    let client = builder.build().map_err(|error| causes(&error))?;
    let request = match posted {
        Some((kind, body)) => client.post(url.clone()).header("content-type", kind).body(body.to_vec()),
        None => client.get(url.clone()),
    };
    runtime.block_on(answer(request, longest))
}

/// The body of the answer, or a little more than its `longest` bytes.
async fn answer(request: reqwest::RequestBuilder, longest: usize) -> Result<Vec<u8>, String> {
    let mut response = request.send().await.map_err(|error| causes(&error))?;
    if !response.status().is_success() {
        return Err(format!("HTTP {}", response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| causes(&error))? {
        body.extend_from_slice(&chunk);
        // The checks report that it is too long; there is no need to read on.
        if body.len() > longest {
            break;
        }
    }
    Ok(body)
}
