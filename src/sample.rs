//! The built-in sample API: a made-up workspace, served as the vendor documents it, over real HTTP on loopback.
//!
//! It stands in for the vendor's side, so it shares nothing with the rooms that read an API: what it says is put
//! together here, and what a reader makes of it can be held against [`Workspace::batches`].

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::batch::{ApiForm, Batch};

mod answer;
mod calls;
mod forms;
mod limiter;
mod query;
mod record;
mod routes;
mod workspace;

pub use calls::{CALL_PHONE, CALL_TRANSCRIPT};
pub use record::{Attempts, Record};
pub use routes::router;
pub use workspace::{SampleError, Workspace};

/// The key that the sample API accepts.
pub const KEY: &str = "sample-key";

/// A key that the sample API knows, but that must not read batches: it is answered with 403.
pub const FORBIDDEN_KEY: &str = "sample-key-without-batches";

/// The path that every address of the API begins with.
pub const BASE_PATH: &str = "/v1";

/// The rows of a page where the request names no `limit`.
pub const DEFAULT_LIMIT: u64 = 20;

/// The most rows of a page. A larger `limit` is brought down to it without an error, and the answer reports the limit in
/// force: the documents say "100 at most", and of the two ways to read that this is the one that a reader can get wrong.
pub const MAX_LIMIT: u64 = 100;

/// How the sample API is to be served.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any that is free.
    pub port: u16,
    /// The documented form that it answers in.
    pub form: ApiForm,
    /// Requests allowed per [`Options::rate_window`]; further ones are answered with 429. `None`: no limit.
    pub rate_limit: Option<u32>,
    /// The time that [`Options::rate_limit`] counts over: a minute, unless a test has none.
    pub rate_window: Duration,
    /// How long every answer is held back.
    pub delay: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            form: ApiForm::Leads,
            rate_limit: None,
            rate_window: Duration::from_secs(60),
            delay: Duration::ZERO,
        }
    }
}

/// The sample API at work on a thread of its own. It stops when dropped.
#[derive(Debug)]
pub struct SampleApi {
    addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl SampleApi {
    /// Binds 127.0.0.1 and serves the embedded workspace from then on.
    ///
    /// # Errors
    /// Where the port is taken or must not be used, or no thread can be had.
    pub fn start(options: Options) -> Result<Self, io::Error> {
        let workspace = Workspace::embedded().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Self::start_with(workspace, options)
    }

    /// Like [`SampleApi::start`], over another workspace.
    ///
    /// # Errors
    /// As for [`SampleApi::start`].
    pub fn start_with(workspace: Workspace, options: Options) -> Result<Self, io::Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = serve(listener, workspace, options) => {}
                    _ = stopped => {}
                }
            });
            // Connections under way end here with the runtime: an idle client is not waited for.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name("sample-api".to_owned()).spawn(serve)?;
        Ok(Self { addr, stop: Some(stop), thread: Some(thread) })
    }

    /// The address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base address for a client: `http://127.0.0.1:PORT/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE_PATH}", self.addr)
    }

    /// Stops serving and waits until the port is free again.
    pub fn shutdown(mut self) {
        self.stop_and_wait();
    }

    fn stop_and_wait(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may be gone already; then there is nothing to stop.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for SampleApi {
    fn drop(&mut self) {
        self.stop_and_wait();
    }
}

async fn serve(listener: TcpListener, workspace: Workspace, options: Options) -> Result<(), io::Error> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    axum::serve(listener, router(workspace, &options)).await
}

/// The embedded workspace's batches as a register shows them that was read in `form`, newest first.
///
/// # Errors
/// As for [`Workspace::embedded`].
pub fn batches(form: ApiForm) -> Result<Vec<Batch>, SampleError> {
    Ok(Workspace::embedded()?.batches(form))
}
