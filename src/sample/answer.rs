//! Answers as the API gives them: JSON bodies, and the documented body of an error.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::limiter::Allowance;

/// 200 with a JSON body.
pub fn ok(body: &Value) -> Response<Body> {
    json_answer(StatusCode::OK, body)
}

/// An error in the documented form; `message` is a text or a list of texts.
pub fn error(status: StatusCode, message: impl Into<Value>) -> Response<Body> {
    let reason = status.canonical_reason().unwrap_or_default();
    json_answer(status, &json!({"statusCode": status.as_u16(), "message": message.into(), "error": reason}))
}

/// 429, with the seconds to wait in `Retry-After`.
pub fn too_many(allowance: Allowance) -> Response<Body> {
    let mut answer = error(StatusCode::TOO_MANY_REQUESTS, "Too many requests, try again later");
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(allowance.resets_in));
    answer
}

/// Adds the `X-RateLimit-*` headers; `now` is the time in Unix seconds.
pub fn state_rate_limit(answer: &mut Response<Body>, allowance: Allowance, now: u64) {
    let headers = answer.headers_mut();
    headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(allowance.limit));
    headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(allowance.remaining));
    headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(now + allowance.resets_in));
}

fn json_answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut answer = Response::new(Body::from(body.to_string()));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}
