//! Delivery of packages: what lies in a bucket or a folder is whole or is not taken for whole, nothing is replaced, and a delivery
//! that was cut off is finished by the same command.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use chrono::Utc;
use dialnexa_audit::run::deliver::{DeliverError, Environment, Patience, Target, Verified};
use dialnexa_audit::verify::remade::Aids;
use serde_json::Value;

use crate::harness::{Invocation, Place, Run};
use crate::hostile::{Hostile, List};
use crate::warehouse::tool;

mod s3;

use s3::{BUCKET, Disturbance, KEY_ID, S3, SECRET};

const KEY: &str = "marked-key-delivery-40d7";
const STEM: &str = "batch-audit-2024-Q1";

fn server() -> Hostile {
    let range = "2024-01-01T00:00:00Z".parse().unwrap().."2024-02-01T00:00:00Z".parse().unwrap();
    Hostile::quiet(List::spread(5, range, 1))
}

/// A run with the store's variables and the API key.
fn run(place: &Place, s3: &S3, arguments: &[&str]) -> Invocation {
    s3.variables().iter().fold(place.run(arguments).key(KEY), |run, (name, value)| run.env(name, value))
}

fn report<'a>(server: &'a Hostile, more: &[&'a str]) -> Vec<&'a str> {
    [&["report", "--quarter", "2024-Q1", "--format", "csv", "--base-url", &server.base_url], more].concat()
}

/// A place with a small package in it.
fn packaged() -> Place {
    let (place, server) = (Place::new(), server());
    place.run(&report(&server, &["--quiet"])).key(KEY).done().expect(0);
    place
}

fn settings(place: &Place, text: &str) {
    std::fs::write(place.work().join("dialnexa-audit.toml"), text).unwrap();
}

/// The package's files as they lie below `folder`.
fn files(place: &Place, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let start = format!("{folder}/");
    let files = place.files().into_iter();
    files.filter_map(|(name, bytes)| Some((name.strip_prefix(&start)?.to_owned(), bytes))).collect()
}

/// The package's files as the bucket holds them.
fn delivered(s3: &S3, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let start = format!("{prefix}{STEM}/");
    let held = s3.held();
    let objects = held.objects.iter();
    objects.filter_map(|(name, bytes)| Some((name.strip_prefix(&start)?.to_owned(), bytes.clone()))).collect()
}

/// Puts what a reader finds into a folder of its own.
fn download(files: &BTreeMap<String, Vec<u8>>, folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).unwrap();
    files.iter().for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes).unwrap());
}

fn environment(s3: &S3) -> Environment {
    Environment::of(s3.variables().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

const AT_ONCE: Patience = Patience { tries: 1, first_wait: Duration::ZERO };

#[test]
fn a_delivery_that_is_cut_off_at_any_step_leaves_nothing_that_is_taken_for_whole() {
    let place = packaged();
    let verified = |path: &Path| Verified::of(path, &Aids::default(), Utc::now());
    let package = verified(&place.work().join(STEM)).unwrap();
    let (whole, target): (_, Target) = (files(&place, STEM), format!("s3://{BUCKET}/q").parse().unwrap());
    let undisturbed = S3::start();
    package.deliver(&target, &environment(&undisturbed), AT_ONCE).unwrap();
    assert!(delivered(&undisturbed, "q/") == whole);
    let requests = undisturbed.held().seen.clone();
    let puts: Vec<_> = requests.iter().filter(|request| request.starts_with("PUT")).collect();
    assert_eq!(puts.len(), whole.len());
    assert!(puts[puts.len() - 2].ends_with("/manifest.json.p7s") && puts[puts.len() - 1].ends_with("/manifest.json"));
    let copy = place.work().join("copy").join(STEM);
    let mut refused = 0;
    for cut in [Disturbance::CutBefore, Disturbance::CutAfter] {
        for number in 1..=requests.len() {
            let (s3, story) = (S3::start(), format!("cut at {number}: {}", requests[number - 1]));
            s3.disturb(move |request| {
                (request >= number).then_some(if request == number { cut } else { Disturbance::CutBefore })
            });
            let failed = package.deliver(&target, &environment(&s3), AT_ONCE).unwrap_err();
            assert!(matches!(failed, DeliverError::Failed { .. }), "{story}: {failed}");
            let left = delivered(&s3, "q/");
            if left != whole {
                assert!(!left.contains_key("manifest.json"), "{story}");
                download(&left, &copy);
                assert!(verified(&copy).is_err(), "{story}");
                refused += 1;
            }
            s3.disturb(|_| None);
            package.deliver(&target, &environment(&s3), AT_ONCE).unwrap_or_else(|error| panic!("{story}: {error}"));
            assert!(delivered(&s3, "q/") == whole, "{story}");
        }
    }
    // But for the cuts behind the last writing.
    assert!(refused >= 2 * (requests.len() - 3) - 1, "{refused} of {}", requests.len());
    download(&whole, &copy);
    place.run(&["verify", "copy/batch-audit-2024-Q1"]).done().expect(0);
}

#[test]
fn a_report_is_delivered_and_says_where_without_any_secret() {
    let (place, server, s3) = (Place::new(), server(), S3::start());
    settings(&place, "[[deliver]]\nto = \"s3://audit/quarters\"\n\n[[deliver]]\nto = \"auditors\"\n");
    // A store that is busy is asked again.
    s3.disturb(|request| [1, 2, 5].contains(&request).then_some(Disturbance::SlowDown));
    let exec = "cat > result";
    let done = run(&place, &s3, &report(&server, &["--json", "--exec", exec])).done().expect(0);
    assert!(delivered(&s3, "quarters/") == files(&place, STEM));
    assert!(files(&place, &format!("auditors/{STEM}")) == files(&place, STEM));
    let printed: Value = serde_json::from_str(&done.stdout).unwrap();
    let to = &printed["deliveries"];
    assert_eq!((&to[0]["to"], &to[0]["delivered"]), (&"s3://audit/quarters".into(), &true.into()));
    assert_eq!((&to[1]["delivered"], &to[1]["error"]), (&true.into(), &Value::Null));
    let objects = to[0]["objects"].as_array().unwrap();
    assert_eq!(objects.last().unwrap()["name"], "manifest.json");
    assert_eq!(objects.len(), files(&place, STEM).len());
    assert_eq!(serde_json::from_slice::<Value>(&place.files()["result"]).unwrap(), printed);
    // Again: everything is there, and nothing is replaced.
    let again = run(&place, &s3, &["deliver", STEM]).done().expect(0).says("of them already there");
    let doctor = run(&place, &s3, &["doctor", "--base-url", &server.base_url]).done();
    assert!(doctor.stdout.contains("packages are delivered to s3://audit/quarters"), "{doctor}");
    let shown = run(&place, &s3, &["config", "show"]).done().expect(0);
    assert!(shown.stdout.contains("s3://audit/quarters,"), "{shown}");
    for run in [done, again, doctor, shown] {
        assert!(![KEY, KEY_ID, SECRET].iter().any(|secret| run.to_string().contains(secret)), "{run}");
    }
    [KEY, KEY_ID, SECRET].iter().for_each(|secret| place.assert_nowhere(secret));
}

#[test]
fn a_refused_delivery_ends_with_7_and_the_same_package_is_delivered_later() {
    let (place, server, s3) = (Place::new(), server(), S3::start());
    settings(&place, "[[deliver]]\nto = \"s3://audit\"\n");
    s3.disturb(|_| Some(Disturbance::Denied));
    let refused = run(&place, &s3, &report(&server, &["--json"])).done().expect(7);
    assert_eq!(s3.held().seen.len(), 1, "403 is not asked again");
    let refused = refused.says("the store answers 403 (AccessDenied)").says("batch-audit-2024-Q1` is whole");
    let refused = refused.says("run `dialnexa-audit deliver ./batch-audit-2024-Q1`: it resumes");
    let documents: Vec<Value> =
        serde_json::Deserializer::from_str(&refused.stdout).into_iter().collect::<Result<_, _>>().unwrap();
    assert_eq!((&documents[0]["deliveries"][0]["error"]["exit"], &documents[1]["exit"]), (&7.into(), &7.into()));
    assert_eq!(documents[0]["packages"][0]["standing"], "complete");
    assert!(![KEY, KEY_ID, SECRET].iter().any(|secret| refused.to_string().contains(secret)), "{refused}");
    s3.disturb(|_| None);
    // Either way goes on, and neither makes another report.
    run(&place, &s3, &["deliver", STEM]).done().expect(0);
    run(&place, &s3, &report(&server, &["--keep-existing"])).done().expect(0).says("already there");
    assert!(delivered(&s3, "") == files(&place, STEM));
}

#[test]
fn an_object_of_other_content_is_not_replaced_and_what_does_not_verify_is_not_sent() {
    let (place, s3) = (packaged(), S3::start());
    let name = format!("{STEM}/{STEM}.csv");
    s3.held().objects.insert(name.clone(), b"another".to_vec());
    let to = ["deliver", STEM, "--to", "s3://audit"];
    run(&place, &s3, &to).done().expect(7).says("is there already with other content, and was not replaced");
    assert_eq!(s3.held().objects[&name], b"another");
    assert!(!delivered(&s3, "").contains_key("manifest.json"));
    // In a folder as well.
    std::fs::create_dir_all(place.work().join("out").join(STEM)).unwrap();
    std::fs::write(place.work().join("out").join(&name), "another").unwrap();
    run(&place, &s3, &["deliver", STEM, "--to", "out"]).done().expect(7).says("was not replaced");
    assert_eq!(place.files()[&format!("out/{name}")], b"another");
    s3.held().seen.clear();
    std::fs::write(place.work().join(&name), "doctored").unwrap();
    run(&place, &s3, &to).done().expect(1).says("is not delivered, because it does not verify");
    assert!(s3.held().seen.is_empty(), "something was sent");
}

#[test]
fn targets_that_cannot_be_used_are_refused_before_anything_is_read() {
    let (place, server, s3) = (Place::new(), server(), S3::start());
    for (text, words) in [
        (
            "[[deliver]]\nto = \"s3://marked:secret@audit/x\"\n",
            "dialnexa-audit.toml:1: `deliver`: the URL of a delivery names",
        ),
        ("[[deliver]]\nto = \"az://audit?sig=marked\"\n", "no query"),
        ("[[deliver]]\nto = \"ftp://marked\"\n", "begins with s3://"),
        (
            "[[deliver]]\nto = \"s3://audit\"\nsecret_access_key = \"marked\"\n",
            "no setting `secret_access_key` of a delivery",
        ),
        ("[[deliver]]\n", "must be tables"),
        ("deliver = \"s3://marked\"\n", "must be tables"),
    ] {
        settings(&place, text);
        let refused = run(&place, &s3, &report(&server, &[])).done().expect(2).says(words);
        assert!(!refused.stderr.contains("marked"), "{refused}");
    }
    settings(&place, "");
    let nowhere = run(&place, &s3, &["deliver", STEM]).done().expect(2);
    nowhere.says("there is nowhere to deliver to");
    assert!(s3.held().seen.is_empty() && !place.work().join(STEM).exists());
    // The sample's package would take the name of the true one.
    settings(&place, "[[deliver]]\nto = \"s3://audit\"\n");
    run(&place, &s3, &["report", "--sample", "--quarter", "2024-Q1", "--format", "csv"]).done().expect(0);
    assert!(s3.held().seen.is_empty());
}

#[test]
fn each_workspace_has_a_place_of_its_own_below_a_common_target() {
    let (place, server, s3) = (Place::new(), server(), S3::start());
    let one = "key_env = \"DIALNEXA_API_KEY\"\n";
    let text = format!(
        "[[deliver]]\nto = \"s3://audit/all\"\n\n[workspace.acme]\n{one}\n[workspace.other]\n{one}\n\
         [[workspace.other.deliver]]\nto = \"out of it\"\n"
    );
    settings(&place, &text);
    run(&place, &s3, &report(&server, &["--all-workspaces"])).done().expect(0);
    assert!(delivered(&s3, "all/acme/") == files(&place, &format!("acme/{STEM}")));
    assert!(files(&place, &format!("out of it/{STEM}")) == files(&place, &format!("other/{STEM}")));
    assert_eq!(s3.held().objects.len(), files(&place, &format!("acme/{STEM}")).len());
}

#[test]
fn the_packages_of_sync_are_delivered_when_they_are_made() {
    let (place, server, s3) = (Place::new(), server(), S3::start());
    settings(&place, "[[deliver]]\nto = \"s3://audit/q\"\n");
    let sync = ["sync", "--to", "tables", "--format", "ndjson", "--packages", "--json", "--base-url", &server.base_url];
    let synced = run(&place, &s3, &sync).done().expect(0);
    let printed: Value = serde_json::from_str(&synced.stdout).unwrap();
    assert_eq!(printed["deliveries"][0]["delivered"], true, "{synced}");
    assert!(delivered(&s3, "q/") == files(&place, &format!("tables/packages/{STEM}")));
}

/// Another server that speaks S3, by other authors.
#[test]
fn moto_gets_the_whole_package_and_keeps_what_it_has() {
    let Some(python) = tool("moto/bin/python") else { return };
    let python = python.to_str().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let place = packaged();
    let serve = ["-c", "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', sys.argv[1]])", &port];
    let _server = place.run_program(python, &serve).start();
    let endpoint = format!("http://127.0.0.1:{port}");
    let make = format!(
        "import boto3, time\nfor n in range(200):\n  try:\n    boto3.client('s3', endpoint_url='{endpoint}', region_name='us-east-1', \
         aws_access_key_id='{KEY_ID}', aws_secret_access_key='{SECRET}').create_bucket(Bucket='{BUCKET}')\n    break\n  \
         except Exception: time.sleep(0.1)\nelse: raise SystemExit('no bucket')"
    );
    place.run_program(python, &["-c", &make]).done().expect(0);
    let deliver = || {
        let run = place.run(&["deliver", STEM, "--to", "s3://audit/q", "--json"]).env("AWS_ENDPOINT_URL", &endpoint);
        let run = run.env("AWS_ACCESS_KEY_ID", KEY_ID).env("AWS_SECRET_ACCESS_KEY", SECRET);
        run.env("AWS_ALLOW_HTTP", "true").done()
    };
    let was_there = |run: &Run| -> Vec<bool> {
        let printed: Value = serde_json::from_str(&run.stdout).unwrap();
        let objects = printed["deliveries"][0]["objects"].as_array().unwrap();
        objects.iter().map(|object| object["was_there"].as_bool().unwrap()).collect()
    };
    let all = files(&place, STEM).len();
    assert_eq!(was_there(&deliver().expect(0)), vec![false; all]);
    assert_eq!(was_there(&deliver().expect(0)), vec![true; all]);
    let change = format!(
        "import boto3\nboto3.client('s3', endpoint_url='{endpoint}', region_name='us-east-1', aws_access_key_id='k', \
         aws_secret_access_key='s').put_object(Bucket='{BUCKET}', Key='q/{STEM}/manifest.json', Body=b'another')"
    );
    place.run_program(python, &["-c", &change]).done().expect(0);
    deliver().expect(7).says("was not replaced");
}

/// A folder on a disk that is full, which then has room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_folder_ends_it_with_7_and_the_same_command_goes_on() {
    let place = packaged();
    if place.run_program("unshare", &["-m", "true"]).done().status != Some(0) {
        println!("skipped: no file system can be mounted here");
        return;
    }
    std::fs::create_dir(place.work().join("disk")).unwrap();
    let script = "mount -t tmpfs -o size=16k tmpfs disk; \"$0\" deliver batch-audit-2024-Q1 --to disk; echo status $?; \
                  find disk -name manifest.json; mount -o remount,size=50m disk && \"$0\" deliver batch-audit-2024-Q1 --to disk; \
                  echo status $?; \"$0\" verify disk/batch-audit-2024-Q1 | tail -1; ls -A disk/batch-audit-2024-Q1 | wc -l";
    let program = env!("CARGO_BIN_EXE_dialnexa-audit");
    let run = place.run_program("unshare", &["-m", "sh", "-c", script, program]).done();
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[..2], ["status 7", "status 0"], "{run}");
    assert!(lines[2].contains("VERIFIED"), "{run}");
    assert_eq!(lines[3].trim(), files(&place, STEM).len().to_string(), "{run}");
}
