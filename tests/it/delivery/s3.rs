//! A server that speaks as much of S3 as a delivery needs, as S3 documents it: signatures (version 4) are checked, an object is
//! there whole or not at all, and `If-None-Match: *` is obeyed. It can be disturbed at any request.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use dialnexa_audit::digest::{hex, sha256};
use hmac::{Hmac, KeyInit, Mac};

pub const BUCKET: &str = "audit";
pub const KEY_ID: &str = "AKIAMARKEDKEYOFTESTS";
pub const SECRET: &str = "marked/secret+of+the+store";
const REGION: &str = "eu-north-1";

/// What is done to a request, by its number from 1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// The connection is cut before anything is done.
    CutBefore,
    /// It is done, and the connection cut before the answer.
    CutAfter,
    /// 503 SlowDown.
    SlowDown,
    /// 403 AccessDenied.
    Denied,
}

type Plan = dyn Fn(usize) -> Option<Disturbance> + Send + Sync;

/// What the server holds and has seen.
#[derive(Default)]
pub struct Held {
    /// Its objects, by name.
    pub objects: BTreeMap<String, Vec<u8>>,
    /// The method and the path of each request.
    pub seen: Vec<String>,
}

/// The server, until the test ends.
#[derive(Clone)]
pub struct S3 {
    pub endpoint: String,
    held: Arc<Mutex<Held>>,
    plan: Arc<Mutex<Arc<Plan>>>,
}

impl S3 {
    /// An empty bucket that is not disturbed.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let s3 = Self { endpoint, held: Arc::default(), plan: Arc::new(Mutex::new(Arc::new(|_| None))) };
        let server = s3.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.serve(stream));
            }
        });
        s3
    }

    /// Begins to count requests again, and disturbs those that `plan` names.
    pub fn disturb(&self, plan: impl Fn(usize) -> Option<Disturbance> + Send + Sync + 'static) {
        self.held.lock().unwrap().seen.clear();
        *self.plan.lock().unwrap() = Arc::new(plan);
    }

    /// What it holds and has seen.
    pub fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// The variables that lead to it.
    pub fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ACCESS_KEY_ID", KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ]
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut writer = stream;
        loop {
            let request = Request::read(&mut reader)?;
            let number = {
                let mut held = self.held.lock().unwrap();
                held.seen.push(format!("{} {}", request.method, request.path));
                held.seen.len()
            };
            let plan = Arc::clone(&self.plan.lock().unwrap());
            let answer = match plan(number) {
                Some(Disturbance::CutBefore) => return None,
                Some(Disturbance::SlowDown) => failure(503, "SlowDown"),
                Some(Disturbance::Denied) => failure(403, "AccessDenied"),
                Some(Disturbance::CutAfter) => {
                    self.answer(&request);
                    return None;
                }
                None => self.answer(&request),
            };
            answer.write(&mut writer, request.method == "HEAD").ok()?;
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        if !request.is_signed() {
            // S3 repeats what it was given: nothing of that may be shown.
            return failure(403, "SignatureDoesNotMatch");
        }
        let Some(name) = request.path.strip_prefix(&format!("/{BUCKET}/")) else { return failure(404, "NoSuchBucket") };
        let objects = &mut self.held.lock().unwrap().objects;
        match request.method.as_str() {
            "PUT" => {
                let only_new = request.header("if-none-match") == Some("*");
                if only_new && objects.contains_key(name) {
                    return failure(412, "PreconditionFailed");
                }
                let tag = ("etag".to_owned(), format!("\"{}\"", sha256(&request.body)));
                objects.insert(name.to_owned(), request.body.clone());
                Answer { status: 200, headers: vec![tag], body: Vec::new() }
            }
            "HEAD" | "GET" => match objects.get(name) {
                None => failure(404, "NoSuchKey"),
                Some(body) => found(body, request.header("range")),
            },
            _ => failure(405, "MethodNotAllowed"),
        }
    }
}

fn found(body: &[u8], range: Option<&str>) -> Answer {
    let mut headers = vec![
        ("etag".to_owned(), format!("\"{}\"", sha256(body))),
        ("last-modified".to_owned(), "Wed, 03 Apr 2024 06:00:00 GMT".to_owned()),
    ];
    let range = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let Some((from, to)) = range else { return Answer { status: 200, headers, body: body.to_vec() } };
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
    let to = to.min(body.len() - 1);
    headers.push(("content-range".to_owned(), format!("bytes {from}-{to}/{}", body.len())));
    Answer { status: 206, headers, body: body[from..=to].to_vec() }
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn failure(status: u16, code: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>of the test</Message>\
         <AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId><StringToSign>{SECRET}</StringToSign></Error>"
    );
    Answer { status, headers: vec![("content-type".to_owned(), "application/xml".to_owned())], body: body.into_bytes() }
}

impl Answer {
    fn write(&self, out: &mut TcpStream, only_head: bool) -> std::io::Result<()> {
        let mut text = format!("HTTP/1.1 {} -\r\ncontent-length: {}\r\n", self.status, self.body.len());
        self.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
        let mut bytes = (text + "\r\n").into_bytes();
        if !only_head {
            bytes.extend(&self.body);
        }
        out.write_all(&bytes)
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    /// The next one of a connection; `None` where it ends, or ends in the middle of one.
    fn read(reader: &mut impl BufRead) -> Option<Self> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self { method, path: path.to_owned(), query: query.to_owned(), headers, body })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether the signature is that of the key, over this request and this body.
    fn is_signed(&self) -> bool {
        self.signature_holds().unwrap_or(false)
    }

    fn signature_holds(&self) -> Option<bool> {
        let authorization = self.header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let field =
            |name: &str| authorization.split(", ").find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        let (credential, signed, signature) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
        let (id, scope) = credential.split_once('/')?;
        let body_sum = self.header("x-amz-content-sha256")?;
        let headers: String =
            signed.split(';').map(|name| Some(format!("{name}:{}\n", self.header(name)?))).collect::<Option<_>>()?;
        // What S3 relies on has to be signed.
        let relied_on = ["host", "x-amz-content-sha256", "x-amz-date"];
        let all = relied_on.iter().all(|name| signed.split(';').any(|signed| signed == *name));
        let canonical = format!("{}\n{}\n{}\n{headers}\n{signed}\n{body_sum}", self.method, self.path, self.query);
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.header("x-amz-date")?, sha256(canonical.as_bytes()));
        let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part.as_bytes()));
        let holds = hex(&mac(&key, to_sign.as_bytes())) == signature;
        let ours = id == KEY_ID && scope.contains(&format!("/{REGION}/s3/"));
        Some(all && holds && ours && (body_sum == sha256(&self.body) || body_sum == "UNSIGNED-PAYLOAD"))
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}
