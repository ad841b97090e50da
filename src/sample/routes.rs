//! The paths of the API, who may ask, and how often.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::routing::get;

use crate::batch::ApiForm;

use super::limiter::Limiter;
use super::query::ListQuery;
use super::record::Record;
use super::{BASE_PATH, FORBIDDEN_KEY, KEY, Options, Workspace, answer, calls, forms};

type Answer = Response<Body>;
type Pairs = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// What the handlers share.
struct Served {
    workspace: Workspace,
    form: ApiForm,
    limiter: Option<Mutex<Limiter>>,
    delay: Duration,
}

/// The sample API as a service, without a socket. Of `options`, the port does not matter to it.
pub fn router(workspace: Workspace, options: &Options) -> Router {
    let limiter = options.rate_limit.map(|limit| Mutex::new(Limiter::new(limit, options.rate_window)));
    let served = Arc::new(Served { workspace, form: options.form, limiter, delay: options.delay });
    Router::new()
        .route(&format!("{BASE_PATH}/batch-calls"), get(list))
        .route(&format!("{BASE_PATH}/batch-calls/{{id}}"), get(call_logs))
        .route_layer(middleware::from_fn(require_key))
        .method_not_allowed_fallback(no_such_path)
        .fallback(no_such_path)
        .layer(middleware::from_fn_with_state(Arc::clone(&served), pace))
        .with_state(served)
}

async fn list(State(served): State<Arc<Served>>, pairs: Pairs) -> Answer {
    let query = match understand(pairs) {
        Ok(query) => query,
        Err(wrong) => return bad_request(wrong),
    };
    let wanted = wanted_statuses(&query, served.form);
    let is_wanted = |record: &&Record| wanted.as_ref().is_none_or(|wanted| wanted.contains(&record.status));
    let records: Vec<&Record> = served.workspace.records().filter(is_wanted).collect();
    let before = usize::try_from(query.offset()).unwrap_or(usize::MAX);
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let rows = records.iter().skip(before).take(limit).map(|record| forms::listed(record, served.form)).collect();
    answer::ok(&forms::page(rows, served.form, query.page, query.limit, records.len() as u64))
}

/// The newest form takes a comma-separated list; the older ones one status, which no comma divides.
fn wanted_statuses(query: &ListQuery, form: ApiForm) -> Option<Vec<String>> {
    if form == ApiForm::V1 { query.statuses() } else { query.status.clone().map(|status| vec![status]) }
}

async fn call_logs(State(served): State<Arc<Served>>, id: Result<Path<String>, PathRejection>, pairs: Pairs) -> Answer {
    let record = id.ok().and_then(|Path(id)| served.workspace.find(&id));
    let Some(record) = record else {
        return answer::error(StatusCode::NOT_FOUND, "Batch call not found");
    };
    match understand(pairs) {
        Ok(query) => answer::ok(&calls::page(record, &query)),
        Err(wrong) => bad_request(wrong),
    }
}

fn understand(pairs: Pairs) -> Result<ListQuery, Vec<String>> {
    let Query(pairs) = pairs.map_err(|rejection| vec![rejection.body_text()])?;
    ListQuery::read(&pairs)
}

fn bad_request(wrong: Vec<String>) -> Answer {
    answer::error(StatusCode::BAD_REQUEST, wrong)
}

async fn no_such_path(method: Method, uri: Uri) -> Answer {
    answer::error(StatusCode::NOT_FOUND, format!("Cannot {method} {}", uri.path()))
}

async fn require_key(request: Request, next: Next) -> Answer {
    match bearer(request.headers()) {
        Some(KEY) => next.run(request).await,
        Some(FORBIDDEN_KEY) => {
            answer::error(StatusCode::FORBIDDEN, "This API key cannot read batch jobs on this workspace")
        }
        Some(_) => answer::error(StatusCode::UNAUTHORIZED, "Invalid API key"),
        None => answer::error(StatusCode::UNAUTHORIZED, "Missing API key"),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

/// Holds an answer back where that was asked for, and counts requests, of whomever: a gateway does that first.
async fn pace(State(served): State<Arc<Served>>, request: Request, next: Next) -> Answer {
    if !served.delay.is_zero() {
        tokio::time::sleep(served.delay).await;
    }
    let Some(limiter) = &served.limiter else {
        return next.run(request).await;
    };
    let allowance = limiter.lock().unwrap_or_else(PoisonError::into_inner).admit(Instant::now());
    let mut answer = if allowance.admitted { next.run(request).await } else { answer::too_many(allowance) };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    answer::state_rate_limit(&mut answer, allowance, now);
    answer
}
