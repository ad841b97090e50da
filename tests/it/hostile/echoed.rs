//! A server that writes the API key into its answers, in whatever way: it reaches no file and no word of the program.

use super::*;
use crate::harness::{Place, Run};

const KEY: &str = "dk_live/9fA\\3+x\"&%=7<marked>";
const STEM: &str = "batch-audit-2024-Q1";

fn list() -> List {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    List::spread(40, at("2023-12-01T00:00:00Z")..at("2024-05-01T00:00:00Z"), 1)
}

/// How a server may write the key inside a text of JSON.
fn forms() -> Vec<String> {
    let json = serde_json::to_string(KEY).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let all = |write: &dyn Fn(u32) -> String| KEY.chars().map(|c| write(u32::from(c))).collect::<String>();
    let percent = all(&|c| format!("%{c:02X}"));
    vec![
        json.clone(),
        json.replace('/', "\\/"),
        all(&|c| format!("\\u{c:04x}")),
        all(&|c| format!("\\u{c:04X}")),
        percent.clone(),
        percent.to_lowercase(),
        all(&|c| {
            if char::from_u32(c).unwrap().is_ascii_alphanumeric() {
                char::from_u32(c).unwrap().into()
            } else {
                format!("%{c:02X}")
            }
        }),
        percent.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect(),
        all(&|c| format!("&#{c};")),
        all(&|c| format!("{c:02x}")),
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, KEY),
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, format!("user:{KEY}")),
    ]
}

fn report(server: &Hostile, more: &[&str]) -> (Place, Run) {
    let place = Place::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url];
    let run = place.run(&[&arguments[..], more].concat()).key(KEY).done();
    (place, run)
}

#[test]
fn a_key_that_the_server_echoes_in_a_name_reaches_no_file_and_no_word() {
    for form in forms() {
        let body = form.clone();
        let server = Hostile::start(list(), move |seen, list| {
            let page = list.page(seen.page.max(1), seen.limit).replace("Campaign ", &format!("Campaign {body} "));
            Reply::Other { status: 200, headers: vec![("x-echo", body.clone())], body: page }
        });
        let (place, run) = report(&server, &[]);
        let run = run.expect(0);
        let json = place.files().remove(&format!("{STEM}/{STEM}.json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&json).unwrap();
        for row in report["register"].as_array().unwrap() {
            assert!(row["name"].as_str().unwrap().starts_with("Campaign [API key] "), "{form}: {row}");
        }
        for part in [KEY, form.as_str()] {
            place.assert_nowhere(part);
            assert!(!run.stderr.contains(part) && !run.stdout.contains(part), "{run}");
        }
        place.run(&["verify", STEM]).done().expect(0);
    }
}

#[test]
fn a_key_that_the_server_echoes_in_an_error_reaches_no_word() {
    for form in forms() {
        let server = Hostile::start(list(), move |_, _| Reply::error(400, &format!("bad token {form} given")));
        let (place, run) = report(&server, &[]);
        let run = run.expect(4);
        assert!(run.stderr.contains("bad token [API key] given"), "{run}");
        place.assert_nowhere(KEY);
    }
}

#[cfg(unix)]
#[test]
fn a_key_file_or_an_identity_that_others_can_read_is_said_so() {
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt;
    let server = Hostile::quiet(list());
    let place = Place::new();
    let (key, identity) = (place.work().join("api.key"), place.work().join("desk.pem"));
    write(&key, KEY).unwrap();
    place.run(&["identity", "create", "--name", "Desk", "--out", "desk.pem"]).done().expect(0);
    let run = |out: &str| {
        std::fs::create_dir(place.work().join(out)).unwrap();
        let arguments = ["report", "--quarter", "2024-Q1", "--format", "csv", "--base-url", &server.base_url];
        let more = ["--api-key-file", "api.key", "--identity", "desk.pem", "--out", out];
        place.run(&[&arguments[..], &more].concat()).done().expect(0)
    };
    for path in [&key, &identity] {
        set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }
    run("open")
        .says("note: the key file `api.key` can be read by other users of this machine (mode 0644)")
        .says("note: the identity `desk.pem` can be read by other users")
        .says("hint: chmod 600 'api.key'");
    for path in [&key, &identity] {
        set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    }
    let quiet = run("closed");
    assert!(!quiet.stderr.contains("other users"), "{quiet}");
}
