//! The text format of Prometheus: families of samples with labels, written in one order, and read again from what was written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A family: its name, and what its samples mean.
pub type Family = (&'static str, &'static str);

pub const LAST_ATTEMPT: &Family =
    &("dialnexa_audit_last_attempt_timestamp_seconds", "When the last run began, whether or not it has ended.");
pub const SUCCESS: &Family = &(
    "dialnexa_audit_success",
    "Whether the last run that ended did its work: exit status 0, or 1 for findings or restatements.",
);
pub const EXIT_STATUS: &Family = &("dialnexa_audit_exit_status", "Exit status of the last run that ended.");
pub const RUN_SECONDS: &Family = &("dialnexa_audit_run_seconds", "Seconds that the last run took.");
pub const REQUESTS: &Family = &("dialnexa_audit_requests", "Requests to the API in the last run.");
pub const RETRIES: &Family = &("dialnexa_audit_retries", "Requests of the last run that repeated a failed one.");
pub const WAITED: &Family = &(
    "dialnexa_audit_waited_seconds",
    "Seconds that requests of the last run waited for the rate limit or after failures.",
);
pub const LAST_SUCCESS: &Family =
    &("dialnexa_audit_last_success_timestamp_seconds", "When the last run ended that did its work.");
pub const STANDING: &Family =
    &("dialnexa_audit_standing", "1 for the standing of a period in the last successful run that stated any.");
pub const BATCHES: &Family = &("dialnexa_audit_batches", "Batches of a period in that run.");
pub const FINDINGS: &Family = &("dialnexa_audit_findings", "Findings of a period in that run, by severity.");
pub const RESTATED: &Family =
    &("dialnexa_audit_restated_batches", "Batches of a period that were stated otherwise before that run.");
pub const EVENTS: &Family = &("dialnexa_audit_events", "Events that the last successful round of watch found.");

/// All of them, in the order in which they are written.
const FAMILIES: [&Family; 13] = [
    LAST_ATTEMPT,
    SUCCESS,
    EXIT_STATUS,
    LAST_SUCCESS,
    RUN_SECONDS,
    REQUESTS,
    RETRIES,
    WAITED,
    STANDING,
    BATCHES,
    FINDINGS,
    RESTATED,
    EVENTS,
];

/// How the first line begins.
const MARK: &str = "# dialnexa-audit metrics/1";

/// What a file of metrics is about; every sample has labels that say so.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The subcommand.
    pub command: &'static str,
    /// The workspace, where one is named.
    pub workspace: Option<&'a str>,
}

impl Subject<'_> {
    fn labels(&self) -> String {
        let mut text = label("command", self.command);
        if let Some(workspace) = self.workspace {
            text = format!("{text},{}", label("workspace", workspace));
        }
        text
    }
}

/// The samples of a file, by family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    /// The labels that all have.
    labels: String,
    lines: BTreeMap<&'static str, Vec<String>>,
}

impl Samples {
    /// None yet.
    pub fn new(subject: Subject<'_>) -> Self {
        Self { labels: subject.labels(), lines: BTreeMap::new() }
    }

    /// What [`Self::text`] wrote. An empty text has no samples.
    ///
    /// # Errors
    /// Where it was not written by this, or is about something else; why, in words.
    pub fn read(text: &str, subject: Subject<'_>) -> Result<Self, &'static str> {
        let mut samples = Self::new(subject);
        if text.is_empty() {
            return Ok(samples);
        }
        let mut lines = text.lines();
        match lines.next() {
            Some(first) if first == samples.first_line() => {}
            Some(first) if first.starts_with(MARK) => return Err("it holds those of another command or workspace"),
            _ => return Err("it holds something else"),
        }
        for line in lines.filter(|line| !line.starts_with('#')) {
            let of = |family: &&&Family| line.strip_prefix(family.0).is_some_and(|rest| rest.starts_with('{'));
            if let Some(family) = FAMILIES.iter().find(of) {
                samples.lines.entry(family.0).or_default().push(line.to_owned());
            }
        }
        Ok(samples)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes the samples of a family out.
    pub fn clear(&mut self, family: &Family) {
        self.lines.remove(family.0);
    }

    /// Adds a sample.
    pub fn add(&mut self, family: &Family, labels: &[(&str, &str)], value: String) {
        let mut line = format!("{}{{{}", family.0, self.labels);
        for (name, value) in labels {
            line.push(',');
            line.push_str(&label(name, value));
        }
        line.push_str("} ");
        line.push_str(&value);
        if let Some(known) = FAMILIES.iter().find(|known| known.0 == family.0) {
            self.lines.entry(known.0).or_default().push(line);
        }
    }

    /// Puts the one sample of a family in the place of what it had.
    pub fn set(&mut self, family: &Family, value: String) {
        self.clear(family);
        self.add(family, &[], value);
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.first_line());
        for (name, about) in FAMILIES {
            let Some(lines) = self.lines.get(name) else { continue };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} gauge");
            lines.iter().for_each(|line| {
                let _ = writeln!(text, "{line}");
            });
        }
        text
    }

    fn first_line(&self) -> String {
        format!("{MARK} of {{{}}}", self.labels)
    }
}

/// A label, its value escaped.
fn label(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{name}=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: Subject<'_> = Subject { command: "report", workspace: Some("a\"b\\c\nd") };

    #[test]
    fn what_was_written_is_read_again_and_labels_are_escaped() {
        let mut samples = Samples::new(ODD);
        samples.set(LAST_SUCCESS, "12.500".to_owned());
        samples.add(FINDINGS, &[("period", "2024-Q1"), ("severity", "high")], "2".to_owned());
        samples.set(LAST_SUCCESS, "13.000".to_owned());
        let text = samples.text();
        assert!(text.contains("{command=\"report\",workspace=\"a\\\"b\\\\c\\nd\"} 13.000\n"), "{text}");
        assert!(!text.contains("12.500"));
        assert_eq!(Samples::read(&text, ODD), Ok(samples));
    }

    #[test]
    fn a_file_of_something_else_is_not_taken_for_metrics() {
        let text = Samples::new(ODD).text();
        let other = Subject { command: "sync", ..ODD };
        assert_eq!(Samples::read(&text, other), Err("it holds those of another command or workspace"));
        assert_eq!(Samples::read("notes\n", ODD), Err("it holds something else"));
        assert_eq!(Samples::read("", ODD), Ok(Samples::new(ODD)));
    }
}
