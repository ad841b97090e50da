//! The workbench of the signing tests: identities, times, and other people's programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chrono::{DateTime, TimeZone, Utc};
use dialnexa_audit::sign::{Algorithm, Identity, Subject};
use dialnexa_audit::verify::signature::Trust;

/// The time at which the tests sign: the machine's, because openssl and pdfsig judge certificates by it.
pub fn now() -> DateTime<Utc> {
    let now = Utc::now();
    Utc.timestamp_opt(now.timestamp(), 0).unwrap()
}

pub fn subject() -> Subject {
    Subject {
        name: "Report Desk".to_owned(),
        organization: Some("Example (Testing) Ltd.".to_owned()),
        email: Some("reports@example.org".to_owned()),
    }
}

pub fn identity() -> Identity {
    Identity::create(&subject(), Algorithm::P256, now() - chrono::TimeDelta::hours(1), 3).unwrap()
}

/// Trust in the signer's own certificate, as an auditor has who got `signer.pem` by a safe way.
pub fn trust_in(identity: &Identity) -> Trust {
    Trust::at(now()).and_pem(&identity.chain_pem().unwrap()).unwrap()
}

/// A folder with the files of a test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs `program` here; `None` where it is not installed, which on the build server is a failure.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Option<Run> {
        match Command::new(program).args(arguments).current_dir(self.path()).output() {
            Ok(output) => Some(Run { line: format!("{program} {}", arguments.join(" ")), output }),
            Err(problem) => {
                assert!(std::env::var_os("CI").is_none(), "{program} must be installed: {problem}");
                println!("skipped: {program} not installed");
                None
            }
        }
    }
}

/// A program that ran.
pub struct Run {
    line: String,
    output: Output,
}

impl Run {
    pub fn text(&self) -> String {
        let (out, err) = (&self.output.stdout, &self.output.stderr);
        format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
    }

    pub fn succeeded(&self) -> bool {
        self.output.status.success()
    }

    #[track_caller]
    pub fn must_succeed(&self) -> &Self {
        assert!(self.succeeded(), "`{}` failed:\n{}", self.line, self.text());
        self
    }

    #[track_caller]
    pub fn must_say(&self, words: &str) -> &Self {
        assert!(self.text().contains(words), "`{}` does not say `{words}`:\n{}", self.line, self.text());
        self
    }
}
