//! Machines as people set them up: key files of any editor, proxies, certificates, clocks, and fiscal years.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::harness::Invocation;

const EMPTY: &str = r#"{"data":[],"meta":{"page":1,"limit":100,"total":0,"totalPages":0}}"#;

fn batches_of_the_quarter() -> Vec<String> {
    vec![record(2, "2024-02-01T00:00:00.000Z", ""), record(1, "2023-12-01T00:00:00.000Z", "")]
}

#[test]
fn key_files_of_any_editor_are_read_or_refused_before_anything_is_sent() {
    let server = serving("", batches_of_the_quarter());
    let utf16: Vec<u8> = "\u{feff}sk_live_abc\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&[u8], i32, &str); 8] = [
        ("\u{feff}sk_live_abc\r\n".as_bytes(), 0, ""),
        (b"\n sk_live_abc \n\n", 0, ""),
        (&utf16, 2, "is UTF-16"),
        (b"s\0k\0", 2, "is UTF-16"),
        (b"\"sk_live_abc\"\n", 2, "is in quotes"),
        (b"DIALNEXA_API_KEY=sk_live_abc\n", 2, "begins with a name and `=`"),
        (b"export KEY='sk_live_abc'\n", 2, "begins with a name and `=`"),
        (&[b'k'; 70_000], 2, "is longer than 64 KiB"),
    ];
    for (bytes, status, words) in cases {
        let before = server.requests().len();
        let place = Place::new();
        std::fs::write(place.work().join("key"), bytes).unwrap();
        let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--format", "csv"];
        let run = place.run(&[&arguments[..], &["--api-key-file", "key"]].concat()).done().expect(status).says(words);
        assert!(!run.stderr.contains("sk_live"), "{run}");
        let sent = server.requests().split_off(before);
        assert_eq!(sent.is_empty(), status != 0);
        assert!(sent.iter().all(|seen| seen.head.to_lowercase().contains("bearer sk_live_abc\r\n")));
    }
}

#[test]
fn a_fiscal_quarter_without_its_first_month_is_refused_and_with_one_it_is_those_days() {
    let place = Place::new();
    for arguments in [
        &["report", "--quarter", "FY2024-Q1", "--sample", "--format", "csv"][..],
        &["report", "--quarter", "2024-Q1", "--quarter", "fy2024-q4", "--sample"],
        &["sync", "--sample", "--to", "tables", "--since", "FY2024-Q2"],
    ] {
        place
            .run(arguments)
            .done()
            .expect(2)
            .says("in which month the fiscal year begins is not given")
            .says("--fiscal-year-start");
    }
    assert!(place.files().is_empty());
    let arguments = ["report", "--quarter", "FY2024-Q4", "--sample", "--format", "csv", "--fiscal-year-start", "4"];
    place.run(&arguments).done().expect(0);
    let data = &place.files()["batch-audit-FY2024-Q4/batch-audit-FY2024-Q4.json"];
    let data: serde_json::Value = serde_json::from_slice(data).unwrap();
    assert_eq!(data["period"]["first_day"], "2024-01-01");
    std::fs::write(place.work().join("dialnexa-audit.toml"), "fiscal_year_start = 4\n").unwrap();
    place.run(&["report", "--quarter", "FY2024-Q3", "--sample", "--format", "csv"]).done().expect(0);
    place.run(&["report", "--quarter", "last", "--sample", "--format", "csv"]).done().expect(0);
}

/// The server's pages, dated so many seconds from now.
fn dated(seconds: i64) -> Hostile {
    Hostile::start(no_list(), move |_: &Seen, _: &mut List| {
        let at = chrono::Utc::now() + chrono::TimeDelta::seconds(seconds);
        let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        Reply::Other { status: 200, headers: vec![("date", date)], body: EMPTY.to_owned() }
    })
}

#[test]
fn clocks_that_differ_are_a_finding_and_decide_no_quarter() {
    for (seconds, words) in [(3 * 3600 + 20, "behind"), (-40 * 86_400 - 20, "ahead of")] {
        let server = dated(seconds);
        let (place, run) = report(&server, &[]);
        run.expect(0);
        let found =
            data(&place)["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == "clocks-differ");
        assert!(found);
        let run =
            place.run(&["report", "--quarter", "last", "--base-url", &server.base_url, "--format", "csv"]).key(KEY);
        let run = run.done().expect(2).says("which quarter is last or current is not certain").says(words);
        assert!(run.stderr.contains("name the quarter itself"), "{run}");
    }
    let (place, run) = report(&dated(60), &[]);
    run.expect(0);
    assert!(!text(&place, ".json").contains("clocks-differ"));
}

/// A server that answers whatever it is sent with `answer`, and counts.
fn answering(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (address, count) = (listener.local_addr().unwrap().to_string(), Arc::new(AtomicUsize::new(0)));
    let counting = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            counting.fetch_add(1, Ordering::SeqCst);
            let mut stream: TcpStream = stream;
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, count)
}

/// A report from a host that there is not.
fn from_afar(place: &Place) -> Invocation {
    let arguments =
        ["report", "--quarter", "2024-Q1", "--base-url", "https://api.invalid/v1", "--quiet", "--max-wait", "5s"];
    place.run(&arguments).key(KEY)
}

#[test]
fn a_proxy_that_refuses_is_quoted_and_not_asked_again_and_again() {
    for (answer, words, remedy) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
            "HTTP 407 Proxy Authentication Required",
            "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 22\r\n\r\nnot on the allow list\n",
            "HTTP 403 Forbidden: not on the allow list",
            "NO_PROXY",
        ),
    ] {
        let (proxy, count) = answering(answer);
        let place = Place::new();
        let run = from_afar(&place).env("HTTPS_PROXY", &format!("http://me:hidden@{proxy}")).done().expect(4);
        let run = run.says(&format!("the proxy {proxy} refuses the connection: {words}")).says(remedy);
        assert!(!run.stderr.contains("hidden"), "{run}");
        assert_eq!(count.load(Ordering::SeqCst), 2, "once for the API, and once for the words");
    }
}

#[test]
fn a_proxy_setting_that_cannot_be_used_is_an_error_and_never_a_direct_connection() {
    let place = Place::new();
    for (variable, value) in [
        ("HTTPS_PROXY", "http//proxy:1"),
        ("https_proxy", "proxy:port"),
        ("ALL_PROXY", "socks5://me:hidden@proxy:1080"),
    ] {
        let run = from_afar(&place).env(variable, value).done().expect(2).says("cannot use the proxy").says(variable);
        assert!(!run.stderr.contains("hidden"), "{run}");
    }
    let (proxy, count) = answering("HTTP/1.1 403 Forbidden\r\n\r\n");
    for exempt in ["*", "api.invalid", ".invalid"] {
        let run = from_afar(&place).env("HTTPS_PROXY", &proxy).env("NO_PROXY", exempt).done().expect(4);
        assert!(!run.stderr.contains("proxy"), "{run}");
    }
    let run = from_afar(&place).env("HTTPS_PROXY", "http//proxy:1").env("NO_PROXY", "*").done().expect(4);
    assert!(!run.stderr.contains("proxy"), "{run}");
    assert_eq!(count.load(Ordering::SeqCst), 0);
    // This machine is reached without one.
    let server = serving("", batches_of_the_quarter());
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--format", "csv"];
    place.run(&arguments).key(KEY).env("HTTPS_PROXY", "::").env("ALL_PROXY", &proxy).done().expect(0);
}

#[test]
fn an_answer_that_is_compressed_although_that_was_not_asked_for_is_read() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(EMPTY.as_bytes()).unwrap();
    let body = gzip.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let whole = [head.into_bytes(), body].concat();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&whole);
        }
    });
    let place = Place::new();
    place
        .run(&["report", "--quarter", "2024-Q1", "--base-url", &base_url, "--format", "csv"])
        .key(KEY)
        .done()
        .expect(0);
    place.run(&["verify", STEM]).done().expect(0);
    let evidence = format!("{STEM}/evidence.warc.gz");
    place.run(&["render", &evidence, "--quarter", "2024-Q1", "--format", "csv", "--out", "again"]).done().expect(0);

    let server = Hostile::start(no_list(), |_: &Seen, _: &mut List| Reply::Other {
        status: 200,
        headers: vec![("content-encoding", "br".to_owned())],
        body: "x".to_owned(),
    });
    let (_, run) = report(&server, &["--quiet", "--max-wait", "2s"]);
    run.expect(4).says("the answer is compressed as `br`, which was not asked for");
}

/// A CA of its own, and a certificate of it for this machine; whether openssl is there.
fn certificates(place: &Place) -> bool {
    let script = "set -e
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=ca
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.csr -subj /CN=localhost
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\nbasicConstraints=CA:FALSE\\n' > ext
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out server.pem";
    let made = place.run_program("sh", &["-c", script]).done();
    assert!(made.status == Some(0) || std::env::var_os("CI").is_none(), "{made}");
    made.status == Some(0)
}

/// A server of empty lists by TLS, with the certificate of [`certificates`], and how many connections it had.
fn by_tls(place: &Place) -> (u16, Arc<AtomicUsize>) {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let file = |name: &str| place.work().join(name);
    let chain = vec![CertificateDer::from_pem_file(file("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    // As gateways do, it would rather speak HTTP/2, which evidence cannot state.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counting = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            counting.fetch_add(1, Ordering::SeqCst);
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            if stream.read(&mut [0; 4096]).is_ok() {
                let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", EMPTY.len());
                let _ = stream.write_all(format!("{head}{EMPTY}").as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (port, count)
}

#[test]
fn https_to_this_machine_goes_by_the_machines_roots_and_a_certificate_that_is_refused_is_not_tried_again() {
    let place = Place::new();
    if !certificates(&place) {
        return println!("skipped: there is no openssl");
    }
    let (port, count) = by_tls(&place);
    let root = place.work().join("ca.pem").display().to_string();
    let run = |host: &str, out: &str, root: &str| {
        let url = format!("https://{host}:{port}/v1");
        let arguments =
            ["report", "--quarter", "2024-Q1", "--base-url", &url, "--format", "csv", "--quiet", "--out", out];
        place.run(&arguments).key(KEY).env("SSL_CERT_FILE", root).done()
    };
    run("localhost", "one", &root).expect(0);
    run("127.0.0.1", "two", &root).expect(0);
    place.run_program("sh", &["-c", "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout o.key -out other.pem -days 30 -subj /CN=other"]).done().expect(0);
    let other = place.work().join("other.pem").display().to_string();
    let before = count.load(Ordering::SeqCst);
    let refused = run("localhost", "three", &other)
        .expect(4)
        .says("the server's certificate is not accepted")
        .says("SSL_CERT_FILE");
    assert_eq!(count.load(Ordering::SeqCst), before + 1, "{refused}");
}
