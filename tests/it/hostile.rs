//! A server on loopback that does whatever a script says, request by request: serves a list that changes, lies about it,
//! refuses, breaks off, never ends. It is plain sockets, so that it can misbehave where a server library would not.

#![allow(clippy::unwrap_used)]
// Each test needs another part of it.
#![allow(dead_code)]

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

mod echoed;
mod list;
mod oddities;
mod proven;
mod runs;

pub use list::{List, Row};

/// A request as it reached the server.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which request it was, from 1.
    pub number: usize,
    /// The path without the query: `/v1/batch-calls`.
    pub path: String,
    /// `page`, 1 where there is none.
    pub page: u64,
    /// `limit`, 20 where there is none.
    pub limit: u64,
    /// The whole head, key and all.
    pub head: String,
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The page asked for, of the list as it is now.
    Page,
    /// The page, but with other headers beside its own.
    PageWith(Vec<(&'static str, String)>),
    /// Another answer.
    Other { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// The page, held back for so long.
    Late(Duration),
    /// The connection is reset before any answer.
    Reset,
    /// The page's head, and of its body only so many bytes.
    CutOff(usize),
    /// The page, by HTTP/1.0 and without a length: of its body only so many bytes, as if that were all.
    CutOffUnseen(usize),
    /// The page, whose body comes one byte in so much time.
    Trickle(Duration),
    /// A body that begins like a page and does not end.
    Endless,
    /// Nothing at all, for as long as the client waits.
    Silent,
}

impl Reply {
    /// An error in the documented form.
    pub fn error(status: u16, message: &str) -> Self {
        let body = format!(r#"{{"statusCode":{status},"message":"{message}","error":"Error"}}"#);
        Self::Other { status, headers: Vec::new(), body }
    }

    /// 429 with this `Retry-After`, or without one.
    pub fn too_many(retry_after: Option<String>) -> Self {
        let body = r#"{"statusCode":429,"message":"Too many requests","error":"Too Many Requests"}"#.to_owned();
        let headers = retry_after.map(|value| ("retry-after", value)).into_iter().collect();
        Self::Other { status: 429, headers, body }
    }

    /// A page for people, as a proxy or a portal sends it.
    pub fn html() -> Self {
        let headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
        Self::Other { status: 200, headers, body: "<!doctype html><title>Sign in</title>".to_owned() }
    }

    /// A redirect to the same request at another address.
    pub fn redirect(base_url: &str) -> Self {
        let headers = vec![("location", format!("{base_url}/batch-calls?page=1"))];
        Self::Other { status: 302, headers, body: String::new() }
    }
}

/// The script: may change the list, and says what becomes of the request.
type Script = Box<dyn FnMut(&Seen, &mut List) -> Reply + Send>;

struct Stage {
    list: List,
    script: Script,
    seen: Vec<Seen>,
    /// The rows at each request, after the script changed them.
    moments: Vec<Arc<Vec<Row>>>,
}

/// The server at work. It stops when dropped.
pub struct Hostile {
    /// `http://127.0.0.1:PORT/v1`.
    pub base_url: String,
    stage: Arc<Mutex<Stage>>,
    stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Hostile {
    /// Serves `list` as `script` says. Requests are answered one at a time, so each answer is of one moment.
    pub fn start(list: List, script: impl FnMut(&Seen, &mut List) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let stage = Stage { list, script: Box::new(script), seen: Vec::new(), moments: Vec::new() };
        let (stage, stopping) = (Arc::new(Mutex::new(stage)), Arc::new(AtomicBool::new(false)));
        let (on_stage, is_stopping) = (Arc::clone(&stage), Arc::clone(&stopping));
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if is_stopping.load(Ordering::SeqCst) {
                    break;
                }
                let (stage, stopping) = (Arc::clone(&on_stage), Arc::clone(&is_stopping));
                // A client that went away is no concern of the server's.
                std::thread::spawn(move || stream.and_then(|stream| attend(&stream, &stage, &stopping)));
            }
        });
        Self { base_url, stage, stopping, accepting: Some(accepting) }
    }

    /// Serves `list` as it is, without any malice.
    pub fn quiet(list: List) -> Self {
        Self::start(list, |_, _| Reply::Page)
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Seen> {
        self.stage().seen.clone()
    }

    /// Whether `text` stood in the head of any request.
    pub fn received(&self, text: &str) -> bool {
        self.requests().iter().any(|seen| seen.head.contains(text))
    }

    /// The distinct populations that `period` had at the requests so far, in the order of time.
    pub fn populations(&self, period: &Range<DateTime<Utc>>) -> Vec<BTreeSet<String>> {
        let mut populations: Vec<_> = self.stage().moments.iter().map(|rows| list::population(rows, period)).collect();
        populations.dedup();
        populations
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // One more connection, so that the accepting thread looks up.
        drop(TcpStream::connect(self.base_url.trim_start_matches("http://").trim_end_matches("/v1")));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn attend(stream: &TcpStream, stage: &Mutex<Stage>, stopping: &AtomicBool) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_write_timeout(Some(Duration::from_secs(20)))?;
    let head = peek_head(stream)?;
    let (reply, page) = decide(&head, stage);
    match reply {
        // With the request unread in its buffer the kernel closes by a reset.
        Reply::Reset => return Ok(()),
        Reply::Silent => return linger(stopping),
        _ => read_head(stream, head.len())?,
    }
    match reply {
        Reply::Other { status, headers, body } => send(stream, status, &headers, &body, body.len()),
        Reply::PageWith(headers) => send(stream, 200, &headers, &page, page.len()),
        Reply::CutOff(bytes) => send(stream, 200, &[], &page, bytes),
        Reply::Late(time) => {
            std::thread::sleep(time);
            send(stream, 200, &[], &page, page.len())
        }
        Reply::CutOffUnseen(bytes) => send_unmeasured(stream, &page.as_bytes()[..bytes.min(page.len())]),
        Reply::Trickle(pause) => trickle(stream, &page, pause, stopping),
        Reply::Endless => flood(stream, stopping),
        _ => send(stream, 200, &[], &page, page.len()),
    }
}

/// Notes the request, lets the script act, and takes the page as the list then is.
fn decide(head: &str, stage: &Mutex<Stage>) -> (Reply, String) {
    let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
    let Stage { list, script, seen, moments } = &mut *stage;
    let request = understand(head, seen.len() + 1);
    let reply = script(&request, list);
    let page = list.page(request.page.max(1), request.limit);
    moments.push(Arc::clone(list.rows()));
    seen.push(request);
    (reply, page)
}

fn understand(head: &str, number: usize) -> Seen {
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let value = |name: &str, default| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse().ok()).unwrap_or(default)
    };
    let (page, limit) = (value("page", 1), value("limit", 20));
    Seen { number, path: path.to_owned(), page, limit, head: head.to_owned() }
}

/// The head of the request, left in the socket's buffer.
fn peek_head(stream: &TcpStream) -> io::Result<String> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let held = stream.peek(&mut buffer)?;
        let text = String::from_utf8_lossy(&buffer[..held]).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            return Ok(text[..end + 4].to_owned());
        }
        if held == 0 || held == buffer.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn read_head(mut stream: &TcpStream, length: usize) -> io::Result<()> {
    stream.read_exact(&mut vec![0; length])
}

/// An answer that says the length of `body`, and holds so many bytes of it.
fn send(mut stream: &TcpStream, status: u16, headers: &[(&str, String)], body: &str, bytes: usize) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} Whatever\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    let given = |name: &str| headers.iter().any(|(header, _)| *header == name);
    if !given("date") {
        head += &format!("date: {}\r\n", httpdate::fmt_http_date(SystemTime::now()));
    }
    if !given("content-type") {
        head += "content-type: application/json; charset=utf-8\r\n";
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(&body.as_bytes()[..bytes.min(body.len())])
}

/// An answer of HTTP/1.0, which ends where the connection does.
fn send_unmeasured(mut stream: &TcpStream, body: &[u8]) -> io::Result<()> {
    stream.write_all(b"HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n")?;
    stream.write_all(body)
}

fn trickle(mut stream: &TcpStream, body: &str, pause: Duration, stopping: &AtomicBool) -> io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    for byte in body.bytes() {
        if stopping.load(Ordering::SeqCst) {
            break;
        }
        stream.write_all(&[byte])?;
        std::thread::sleep(pause);
    }
    Ok(())
}

fn flood(mut stream: &TcpStream, stopping: &AtomicBool) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"data\":[")?;
    let spaces = [b' '; 64 * 1024];
    while !stopping.load(Ordering::SeqCst) {
        stream.write_all(&spaces)?;
    }
    Ok(())
}

fn linger(stopping: &AtomicBool) -> io::Result<()> {
    while !stopping.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
