//! Tells the program the commit that it is built from, where there is a repository to ask.

use std::process::Command;

fn main() {
    for path in [".git/HEAD", ".git/logs/HEAD", "src", "templates", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={path}");
    }
    if let Some(commit) = commit() {
        println!("cargo::rustc-env=DIALNEXA_AUDIT_COMMIT={commit}");
    }
}

/// The commit of this very package's repository, with `-modified` where the sources differ from it.
fn commit() -> Option<String> {
    std::fs::metadata(".git").ok()?;
    let commit = git(&["rev-parse", "HEAD"])?;
    let changes =
        git(&["status", "--porcelain", "--untracked-files=no", "--", "src", "templates", "Cargo.toml", "Cargo.lock"])?;
    Some(if changes.is_empty() { commit } else { format!("{commit}-modified") })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
