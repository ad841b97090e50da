//! Carries time-stamp requests to their authority over HTTP. The API key never comes here.

use std::time::Duration;

use reqwest::Url;

use crate::api::client::{causes, provide_tls};
use crate::sign::timestamp::LONGEST;

/// Posts a time-stamp request; the body of the answer, or why there is none within `patience`.
pub fn ask(url: &Url, request: &[u8], patience: Duration) -> Result<Vec<u8>, String> {
    provide_tls();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(post(url.clone(), request.to_vec(), patience)).map_err(|error| format!("{url}: {error}"))
}

async fn post(url: Url, request: Vec<u8>, patience: Duration) -> Result<Vec<u8>, String> {
    let plain = url.scheme() == "http";
    let mut builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(patience);
    if plain {
        // The system's roots are needed for HTTPS only.
        builder = builder.tls_certs_only([]);
    }
    let client = builder.build().map_err(|error| causes(&error))?;
    let request = client.post(url).header("content-type", "application/timestamp-query").body(request);
    let mut response = request.send().await.map_err(|error| causes(&error))?;
    if !response.status().is_success() {
        return Err(format!("HTTP {}", response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| causes(&error))? {
        body.extend_from_slice(&chunk);
        // The checks tell that it is too long; there is no need to read on.
        if body.len() > LONGEST {
            break;
        }
    }
    Ok(body)
}
