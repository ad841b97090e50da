//! Taking an interrupted collection up from its evidence, and going on in the same file.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::error::EvidenceError;
use super::info::Info;
use super::replay::{Evidence, Replayed};
use super::write::{Position, Writer, lock};
use crate::api::exchange::Traffic;
use crate::calls::Counting;
use crate::collect::Collector;

/// An interrupted collection, resumed.
#[derive(Debug)]
pub struct Resumed {
    /// As far as it had come. It asks for the census again, unless it had come to its proof. How many requests that saves,
    /// [`Collector::pages_spared`] reports when the census is there.
    pub collector: Collector,
    /// The counting of calls that follows it, as far as it had come.
    pub counting: Counting,
    /// Goes on in the same file.
    pub writer: Writer,
    /// What the file held.
    pub replayed: Replayed,
}

impl Resumed {
    /// Takes up the collection whose evidence is at `path`, as the run `info`, `at` this moment: replays what is there, cuts off
    /// a torn record, and goes on behind it. The concurrency, the limit and the rules of the first run stay in force, and what
    /// [`Info::resumes`] says in `info` does not count. `None` where the file holds no whole record: it is empty then, and there
    /// is nothing to take up.
    ///
    /// The run is recorded as a `warcinfo` that names the first ticket it asks for, unless there is nothing more to ask and no
    /// other totals are wanted; so a replay of the whole file interrupts the collector at the same point.
    ///
    /// # Errors
    /// [`EvidenceError::Other`] where the address, the key, the range or the assurance is another; otherwise where the file is
    /// in use, cannot be read or written, or is damaged otherwise than by being torn.
    pub fn open(path: &Path, info: &Info, at: DateTime<Utc>) -> Result<Option<Self>, EvidenceError> {
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(EvidenceError::io("open"))?;
        lock(&file, path)?;
        let evidence = match Evidence::open(&file) {
            Ok(evidence) => evidence,
            Err(EvidenceError::Empty) => {
                file.set_len(0).map_err(EvidenceError::io("append to"))?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if let Some((what, kept, asked)) = evidence.info().difference(info) {
            return Err(EvidenceError::Other { what, kept, asked });
        }
        let mut collector = evidence.collector();
        let (mut replayed, position) = evidence.replay_to(&mut collector)?;
        let mut end = &file;
        if replayed.torn.is_some() {
            file.set_len(position.bytes).map_err(EvidenceError::io("append to"))?;
        }
        end.seek(SeekFrom::Start(position.bytes)).map_err(EvidenceError::io("append to"))?;
        let writer = go_on(file, position, &mut collector, &mut replayed, info, at)?;
        let counting = replayed.counting.clone();
        Ok(Some(Self { collector, counting, writer, replayed }))
    }
}

fn go_on(
    file: File,
    position: Position,
    collector: &mut Collector,
    replayed: &mut Replayed,
    info: &Info,
    at: DateTime<Utc>,
) -> Result<Writer, EvidenceError> {
    let traffic: Traffic = replayed.traffic;
    collector.resume();
    replayed.counting.resume(info.call_totals, info.periods(), collector);
    let next = collector.next_wanted().or(replayed.counting.next_wanted());
    let wants = |run: &Info| (run.call_totals, run.periods());
    if next.is_none() && replayed.runs.last().is_some_and(|last| wants(last) == wants(info)) {
        return Ok(Writer::complete(file, position, traffic));
    }
    let Info { concurrency, limit, rules, .. } = *replayed.runs.first().unwrap_or(info);
    let info = Info { resumes: next, concurrency, limit, rules, ..info.clone() };
    let writer = Writer::begin(file, position, traffic, &info, at)?;
    replayed.runs.push(info);
    Ok(writer)
}
