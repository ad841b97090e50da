//! A timestamp authority over HTTP on loopback that answers as a test says.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// What becomes of a request.
pub enum Reply {
    /// HTTP 200 with this body.
    Stamp(Vec<u8>),
    /// Another status.
    Status(u16),
    /// Nothing, for as long as the client waits.
    Silence,
    /// A head, and then a byte now and then.
    Trickle,
}

type Script = Box<dyn Fn(&[u8]) -> Reply + Send + Sync>;

/// The authority at work; its threads end with it.
pub struct TimeStamps {
    /// Where it listens.
    pub url: String,
    asked: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
    script: Arc<RwLock<Script>>,
}

impl TimeStamps {
    /// Answers each request by `script`.
    pub fn start(script: impl Fn(&[u8]) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}/tsa", listener.local_addr().unwrap());
        let (asked, stopping) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let script: Arc<RwLock<Script>> = Arc::new(RwLock::new(Box::new(script)));
        let (seen, ends, says) = (Arc::clone(&asked), Arc::clone(&stopping), Arc::clone(&script));
        std::thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !ends.load(Ordering::SeqCst)) {
                let (seen, ends, says) = (Arc::clone(&seen), Arc::clone(&ends), Arc::clone(&says));
                // A client that went away is no concern of the server's.
                std::thread::spawn(move || stream.and_then(|stream| attend(stream, &says, &seen, &ends)));
            }
        });
        Self { url, asked, stopping, script }
    }

    /// Answers otherwise from now on.
    pub fn now(&self, script: impl Fn(&[u8]) -> Reply + Send + Sync + 'static) {
        *self.script.write().unwrap() = Box::new(script);
    }

    /// How many requests came in.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for TimeStamps {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // One more connection, so that the accepting thread looks up.
        drop(TcpStream::connect(self.url.trim_start_matches("http://").trim_end_matches("/tsa")));
    }
}

fn attend(mut stream: TcpStream, script: &RwLock<Script>, asked: &AtomicUsize, ends: &AtomicBool) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let request = body(&mut stream)?;
    asked.fetch_add(1, Ordering::SeqCst);
    let reply = (script.read().unwrap_or_else(PoisonError::into_inner))(&request);
    match reply {
        Reply::Stamp(body) => answer(&mut stream, 200, &body),
        Reply::Status(status) => answer(&mut stream, status, b"no"),
        Reply::Silence => linger(ends, || Ok(())),
        Reply::Trickle => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n")?;
            linger(ends, || stream.write_all(b"0"))
        }
    }
}

fn linger(ends: &AtomicBool, mut each: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    while !ends.load(Ordering::SeqCst) {
        each()?;
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn answer(stream: &mut TcpStream, status: u16, body: &[u8]) -> io::Result<()> {
    let kind = "content-type: application/timestamp-reply\r\nconnection: close\r\n";
    stream
        .write_all(format!("HTTP/1.1 {status} Whatever\r\n{kind}content-length: {}\r\n\r\n", body.len()).as_bytes())?;
    stream.write_all(body)
}

/// The body of a request, which must be one for a timestamp.
fn body(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    assert!(head.starts_with("post /tsa ") && head.contains("content-type: application/timestamp-query"), "{head}");
    let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}
