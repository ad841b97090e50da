//! The recipes of `docs/tickets.md` against a stand-in for Jira, Zendesk and ServiceNow that accepts nothing but what their documents ask
//! for: method, path, query, headers, credentials and body.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const PAGE: &str = "batch-audit-2024-Q1.html";
/// The user and the password of every tracker.
pub const NETRC: &str = "machine 127.0.0.1 login desk@example.com/token password s3cret\n";

struct Request {
    /// Method, path and query.
    line: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// What was sent in which call, in that order.
type Seen = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A tracker at work.
pub struct Tracker {
    pub url: String,
    seen: Seen,
}

impl Tracker {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Seen::default();
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away shows in what was seen.
                let _ = attend(stream, &kept);
            }
        });
        Self { url, seen }
    }

    /// The bodies that were accepted, by call.
    pub fn seen(&self) -> Vec<(String, Vec<u8>)> {
        self.seen.lock().unwrap().clone()
    }
}

fn attend(mut stream: TcpStream, seen: &Seen) -> io::Result<()> {
    let request = read(&mut stream)?;
    let (status, answer) = match judged(&request) {
        Ok((status, answer, content)) => {
            seen.lock().unwrap().push((request.line.clone(), content));
            (status, answer)
        }
        Err(why) => ("400 Bad Request", json!({ "error": format!("{}: {why}", request.line) })),
    };
    let body = answer.to_string();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn read(stream: &mut TcpStream) -> io::Result<Request> {
    let mut bytes = Vec::new();
    let mut part = [0; 16 << 10];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break end;
        }
        let read = stream.read(&mut part)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&part[..read]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    if headers.contains_key("expect") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let read = stream.read(&mut part)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        body.extend_from_slice(&part[..read]);
    }
    Ok(Request { line, headers, body })
}

type Judged = Result<(&'static str, Value, Vec<u8>), String>;

/// What the tracker answers, and what it was sent; in words, what is not as documented.
fn judged(request: &Request) -> Judged {
    let header = |name: &str| request.headers.get(name).map(String::as_str).unwrap_or_default();
    let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("without {what}")) };
    let basic = format!("Basic {}", STANDARD.encode("desk@example.com/token:s3cret"));
    must(header("authorization") == basic, "the credentials")?;
    let json_body = || {
        must(header("content-type") == "application/json", "Content-Type: application/json")?;
        serde_json::from_slice::<Value>(&request.body).map_err(|error| error.to_string())
    };
    let text =
        |value: &Value| value.as_str().map(|text| text.as_bytes().to_vec()).ok_or("a text is missing".to_owned());
    match request.line.as_str() {
        "POST /rest/api/3/issue/AUD-7/attachments" => {
            must(header("x-atlassian-token") == "no-check", "X-Atlassian-Token: no-check")?;
            let file = only_part(header("content-type"), &request.body)?;
            Ok(("200 OK", json!([{ "id": "10001", "filename": PAGE }]), file))
        }
        "POST /rest/api/2/issue/AUD-7/comment" => {
            let body = text(&json_body()?["body"])?;
            Ok(("201 Created", json!({ "id": "10010" }), body))
        }
        "POST /api/v2/uploads.json?filename=batch-audit-2024-Q1.html" => {
            must(header("content-type") == "text/html", "the type of the file")?;
            Ok(("201 Created", json!({ "upload": { "token": "6bk3gql82em5nmf" } }), request.body.clone()))
        }
        "PUT /api/v2/tickets/35436.json" => {
            let comment = &json_body()?["ticket"]["comment"];
            must(comment["uploads"] == json!(["6bk3gql82em5nmf"]), "the token of the upload")?;
            must(comment["public"] == json!(false), "an internal comment")?;
            Ok(("200 OK", json!({ "ticket": { "id": 35436 } }), text(&comment["html_body"])?))
        }
        "POST /api/now/attachment/file?table_name=incident&table_sys_id=d71f7935c0a8016700802b64c67c11c6&file_name=batch-audit-2024-Q1.html" =>
        {
            must(header("content-type") == "text/html", "the type of the file")?;
            must(header("accept") == "application/json", "Accept: application/json")?;
            Ok(("201 Created", json!({ "result": { "sys_id": "1" } }), request.body.clone()))
        }
        "PATCH /api/now/table/incident/d71f7935c0a8016700802b64c67c11c6" => {
            must(header("accept") == "application/json", "Accept: application/json")?;
            let notes = text(&json_body()?["work_notes"])?;
            must(notes.starts_with(b"[code]") && notes.ends_with(b"[/code]"), "[code]")?;
            Ok(("200 OK", json!({ "result": {} }), notes))
        }
        _ => Err("there is no such call".to_owned()),
    }
}

/// The one part of a form: it must be the page, named `file`.
fn only_part(content_type: &str, body: &[u8]) -> Result<Vec<u8>, String> {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").ok_or("it is no form")?;
    let (open, close) = (format!("--{boundary}\r\n"), format!("\r\n--{boundary}--\r\n"));
    let inside = body.strip_prefix(open.as_bytes()).and_then(|rest| rest.strip_suffix(close.as_bytes()));
    let inside = inside.ok_or("the form is not as it should be")?;
    if inside.windows(open.len()).any(|part| part == open.as_bytes()) {
        return Err("the form has more than one part".to_owned());
    }
    let end = inside.windows(4).position(|part| part == b"\r\n\r\n").ok_or("the part has no head")?;
    let head = String::from_utf8_lossy(&inside[..end]).into_owned();
    let disposition = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{PAGE}\"");
    match head == format!("{disposition}\r\nContent-Type: text/html") {
        true => Ok(inside[end + 4..].to_vec()),
        false => Err(format!("the part is {head}")),
    }
}

/// What the recipes set before their commands.
pub fn settings(tracker: &Tracker) -> String {
    let url = &tracker.url;
    format!(
        "export JIRA={url} ISSUE=AUD-7 ZENDESK={url} TICKET=35436 SERVICENOW={url} \
         INCIDENT=d71f7935c0a8016700802b64c67c11c6\n"
    )
}

/// Every call was made once, and carried the page or the block.
pub fn check(tracker: &Tracker, page: &std::path::Path) {
    let (seen, page) = (tracker.seen(), fs::read(page).unwrap());
    assert_eq!(seen.len(), 6, "{:?}", seen.iter().map(|(line, _)| line).collect::<Vec<_>>());
    for (place, (line, content)) in seen.iter().enumerate() {
        if place % 2 == 0 {
            assert!(*content == page, "{line} carried something else than the page");
        } else {
            let text = String::from_utf8_lossy(content);
            assert!(text.contains("Batch call audit 2024-Q1: COMPLETE"), "{line}: {text}");
        }
    }
    assert!(seen[1].1.starts_with(b"h2. ") && seen[3].1.starts_with(b"<h2>"), "each in its tracker's notation");
}
