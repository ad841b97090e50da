//! What a run says of itself at the beginning of its evidence.

use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::batch::as_rfc3339;
use crate::calls::{CallTotals, Counting};
use crate::collect::{Assurance, Options, Search};

/// A run: the tool, the exact command, whose batches, and how they are collected. With it and the answers the collection can
/// be repeated. It must not hold the API key; arguments that a user may have put it into are redacted by whoever makes this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// The tool's version.
    pub version: String,
    /// The commit that it was built from, where that is known.
    pub commit: Option<String>,
    /// SHA-256 of the executable that collected, in hex, where the system lets it be read. Older evidence does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<String>,
    /// The command, argument by argument.
    pub arguments: Vec<String>,
    /// The workspace's name, as the user calls it.
    pub workspace: Option<String>,
    /// The host, with the port where it is not the scheme's own.
    pub host: String,
    /// The address of the list, without its query.
    pub endpoint: String,
    /// The first 12 hex digits of the SHA-256 of the API key.
    pub key_fingerprint: String,
    /// Whether this is the built-in sample API.
    pub sample: bool,
    /// The beginning of the range that is collected.
    #[serde(with = "as_rfc3339")]
    pub start: DateTime<Utc>,
    /// Its end, exclusive, as it was asked for.
    #[serde(with = "as_rfc3339")]
    pub end: DateTime<Utc>,
    /// How the population is to be proven.
    pub assurance: Assurance,
    /// How many pages may be asked for at once.
    pub concurrency: usize,
    /// How many rows a page is asked to have.
    pub limit: u32,
    /// When calls are counted. Evidence of a time when none were says nothing of it.
    #[serde(default)]
    pub call_totals: CallTotals,
    /// The periods whose batches' calls are counted; none: the whole range.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub periods: Vec<Bounds>,
    /// By which rules pages were asked for: [`RULES`]. Evidence of other rules cannot be replayed by these.
    #[serde(default)]
    pub rules: u32,
    /// In a run that takes an interrupted collection up: the first ticket that it asks for.
    pub resumes: Option<u64>,
}

/// The executables that made these runs, by their SHA-256 in hex, each once, in the order of the runs.
pub fn executables<'a>(runs: impl IntoIterator<Item = &'a Info>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for sum in runs.into_iter().filter_map(|run| run.executable.as_ref()) {
        if !all.contains(sum) {
            all.push(sum.clone());
        }
    }
    all
}

/// A half-open period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Its first instant.
    #[serde(with = "as_rfc3339")]
    pub start: DateTime<Utc>,
    /// The first instant after.
    #[serde(with = "as_rfc3339")]
    pub end: DateTime<Utc>,
}

impl Info {
    /// The periods whose batches' calls are counted; none: the whole range.
    pub fn periods(&self) -> Vec<Range<DateTime<Utc>>> {
        self.periods.iter().map(|bounds| bounds.start..bounds.end).collect()
    }

    /// The counting of calls, not begun yet.
    pub fn counting(&self) -> Counting {
        Counting::new(self.call_totals, self.periods(), self.concurrency)
    }

    /// The range that is collected.
    pub fn range(&self) -> Range<DateTime<Utc>> {
        self.start..self.end
    }

    /// How it is collected.
    pub fn options(&self) -> Options {
        let search = if self.rules == BISECTING { Search::Bisecting } else { Search::Probing };
        Options { search, ..Options::new(self.assurance, self.concurrency, self.limit) }
    }

    /// What differs from another run so that the one cannot go on where the other stopped.
    pub(super) fn difference(&self, other: &Self) -> Option<(&'static str, String, String)> {
        let reported = |info: &Self| {
            [
                // A sample API listens elsewhere every time.
                ("address", if info.sample { "the sample API".to_owned() } else { info.endpoint.clone() }),
                ("API key's fingerprint", info.key_fingerprint.clone()),
                ("start of the range", info.start.to_rfc3339()),
                ("end of the range", info.end.to_rfc3339()),
                ("assurance", info.assurance.to_string()),
            ]
        };
        let pairs = reported(self).into_iter().zip(reported(other));
        pairs.into_iter().find(|(one, two)| one.1 != two.1).map(|((what, kept), (_, asked))| (what, kept, asked))
    }

    /// As the block of a `warcinfo` record. JSON keeps line ends out of its one line.
    pub(super) fn to_block(&self) -> serde_json::Result<Vec<u8>> {
        let json = serde_json::to_string(self)?;
        Ok(format!(
            "software: dialnexa-audit/{}\r\n\
             format: WARC File Format 1.1\r\n\
             conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n\
             {FIELD}: {json}\r\n",
            self.version.replace(|c: char| c.is_control(), " ")
        )
        .into_bytes())
    }

    /// What a block that [`Info::to_block`] made says, or why it says nothing.
    pub(super) fn of_block(block: &[u8]) -> Result<Self, String> {
        let line = block.split(|byte| *byte == b'\n').find_map(|line| {
            let value = line.strip_prefix(FIELD.as_bytes())?.strip_prefix(b":")?;
            Some(value.trim_ascii())
        });
        let json = line.ok_or_else(|| format!("its warcinfo has no field `{FIELD}`; this program did not write it"))?;
        let info: Self =
            serde_json::from_slice(json).map_err(|error| format!("its warcinfo cannot be read: {error}"))?;
        let too_many = info.concurrency > MOST_AT_ONCE || info.periods.len() > MOST_PERIODS;
        if !(BISECTING..=RULES).contains(&info.rules) {
            return Err(format!(
                "it was collected by version {} of this program, which asked for pages by other rules; verify it, or render \
                 it again, with that version",
                info.version
            ));
        }
        if info.limit == 0 || info.start > info.end || too_many {
            return Err(
                "its warcinfo states a range, a limit, a concurrency or periods that nothing is collected with"
                    .to_owned(),
            );
        }
        Ok(info)
    }
}

/// The present value of [`Info::rules`].
pub const RULES: u32 = 3;

/// The value of [`Info::rules`] by which the end of the range is searched for by one page at a time.
const BISECTING: u32 = 2;

/// More pages at once are not asked for; a reader keeps as many at most.
const MOST_AT_ONCE: usize = 1024;

/// More periods are not reported at once: these are 250 years of quarters.
const MOST_PERIODS: usize = 1000;

/// The field of the `warcinfo` that holds all of it, as JSON.
const FIELD: &str = "dialnexa-audit-run";

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A run over days 10 to 20 of 2024.
    pub fn info() -> Info {
        Info {
            version: "0.1.0".to_owned(),
            commit: None,
            executable: None,
            arguments: vec!["report".to_owned(), "--workspace".to_owned(), "two\r\nlines".to_owned()],
            workspace: Some("two\r\nlines".to_owned()),
            host: "api.example".to_owned(),
            endpoint: "https://api.example/v1/batch-calls".to_owned(),
            key_fingerprint: "0123456789ab".to_owned(),
            sample: false,
            start: "2024-01-11T00:00:00Z".parse().unwrap(),
            end: "2024-01-21T00:00:00Z".parse().unwrap(),
            assurance: Assurance::TiedOut,
            concurrency: 2,
            limit: 8,
            call_totals: CallTotals::Auto,
            periods: vec![],
            rules: RULES,
            resumes: None,
        }
    }

    #[test]
    fn a_run_is_read_back_as_it_was_written() {
        let block = info().to_block().unwrap();
        assert_eq!(Info::of_block(&block).unwrap(), info());
        assert_eq!(block.iter().filter(|byte| **byte == b'\n').count(), 4);
    }

    #[test]
    fn another_period_is_another_collection() {
        let other = Info { end: "2024-02-01T00:00:00Z".parse().unwrap(), arguments: vec![], ..info() };
        assert_eq!(info().difference(&other).unwrap().0, "end of the range");
        assert_eq!(info().difference(&Info { arguments: vec![], ..info() }), None);
    }
}
