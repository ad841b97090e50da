//! The log of a Delta Lake table, as its protocol's document has it: reader version 1, writer version 2. Each run that changes
//! anything is one commit, so that a reader sees the table as it was before or after it, and every version stays readable.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::error::{SyncError, failed};
use crate::digest::sha256;
use crate::render::schema::{Column, Kind};

/// A table, below the folder of all tables.
#[derive(Debug, Clone, Copy)]
pub struct DeltaTable<'a> {
    /// The name of its folder.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// The columns of its files.
    pub columns: &'a [Column],
    /// The column that the names of its folders hold, where it is partitioned.
    pub partition: Option<&'static str>,
    /// Whether nothing is ever taken out of it.
    pub append_only: bool,
}

/// A file that a commit adds.
#[derive(Debug)]
pub struct Added {
    /// Its path from the folder of all tables.
    pub place: String,
    /// The value of the partition's column.
    pub partition: Option<String>,
    /// How many bytes it has.
    pub bytes: u64,
    /// How many rows.
    pub rows: u64,
}

/// What one run does to a table.
#[derive(Debug)]
pub struct Commit {
    /// The files that it adds.
    pub added: Vec<Added>,
    /// The files that it takes out, with the values of their partition's column.
    pub removed: Vec<(String, Option<String>)>,
    /// Why, in a sentence.
    pub reason: String,
    /// What the table's contents rest on.
    pub proof: Value,
    /// The census of each collection that it rests on.
    pub census: Value,
}

impl DeltaTable<'_> {
    /// The version that the next commit makes, where the last one of this program was `ours`.
    ///
    /// # Errors
    /// Where another program changed the table since; maintenance that changes no file is none.
    pub fn next(&self, folder: &Path, ours: Option<u64>) -> Result<u64, SyncError> {
        let table = folder.join(self.name);
        let log = table.join("_delta_log");
        let entries = match fs::read_dir(&log) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && ours.is_none() => return Ok(0),
            entries => entries.map_err(failed("look into", &log))?,
        };
        if let Some(version) = ours.filter(|version| !folder.join(self.place(*version)).exists())
            && !log.join("_last_checkpoint").exists()
        {
            return Err(SyncError::ForeignCommit { table, version, what: "is missing".to_owned() });
        }
        let mut next = ours.map_or(0, |version| version + 1);
        for entry in entries {
            let path = entry.map_err(failed("look into", &log))?.path();
            let Some(version) = version(&path) else { continue };
            if ours.is_some_and(|ours| version <= ours) {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(failed("read", &path))?;
            if let Some(what) = change(&text) {
                return Err(SyncError::ForeignCommit { table, version, what });
            }
            next = next.max(version + 1);
        }
        Ok(next)
    }

    /// Where the log has the commit of a version, from the folder of all tables.
    pub fn place(&self, version: u64) -> String {
        format!("{}/_delta_log/{version:020}.json", self.name)
    }

    /// The lines of the commit that makes `version` at this moment. The first one says what the table is.
    pub fn commit(&self, version: u64, source: &str, millis: i64, commit: &Commit) -> Vec<u8> {
        let info = json!({ "commitInfo": {
            "timestamp": millis,
            "operation": if version == 0 { "CREATE TABLE AS SELECT" } else { "WRITE" },
            "operationParameters": { "mode": if self.append_only { "Append" } else { "Overwrite" },
                "partitionBy": self.partition.map_or("[]".to_owned(), |name| format!("[\"{name}\"]")) },
            "isBlindAppend": commit.removed.is_empty(),
            "engineInfo": concat!("dialnexa-audit/", env!("CARGO_PKG_VERSION")),
            "userMetadata": commit.reason,
            "reason": commit.reason,
            "proof": commit.proof,
            "census": commit.census,
        }});
        let mut actions = vec![info];
        if version == 0 {
            actions.push(json!({ "protocol": { "minReaderVersion": 1, "minWriterVersion": 2 } }));
            actions.push(self.metadata(source, millis));
        }
        let values = |value: &Option<String>| match (self.partition, value) {
            (Some(name), Some(value)) => json!({ name: value }),
            _ => json!({}),
        };
        let relative = |place: &str| place.strip_prefix(&format!("{}/", self.name)).unwrap_or(place).to_owned();
        actions.extend(commit.removed.iter().map(|(place, partition)| {
            json!({ "remove": {
                "path": relative(place), "deletionTimestamp": millis, "dataChange": true,
                "extendedFileMetadata": false, "partitionValues": values(partition),
            }})
        }));
        actions.extend(commit.added.iter().map(|added| {
            json!({ "add": {
                "path": relative(&added.place), "partitionValues": values(&added.partition), "size": added.bytes,
                "modificationTime": millis, "dataChange": true,
                "stats": json!({ "numRecords": added.rows }).to_string(),
            }})
        }));
        actions.iter().flat_map(|action| [action.to_string(), "\n".to_owned()]).collect::<String>().into_bytes()
    }

    fn metadata(&self, source: &str, millis: i64) -> Value {
        let field = |name: &str, kind: &str, nullable: bool, about: &str| json!({ "name": name, "type": kind, "nullable": nullable, "metadata": { "comment": about } });
        let columns = self.columns.iter().map(|column| {
            let kind = match column.kind {
                Kind::Text => "string",
                Kind::Count => "long",
                Kind::Moment => "timestamp",
            };
            field(column.name, kind, !column.required, column.about)
        });
        let partition =
            self.partition.map(|name| field(name, "string", true, "The quarter, by which the files are cut."));
        let fields: Vec<Value> = columns.chain(partition).collect();
        let configuration = if self.append_only { json!({ "delta.appendOnly": "true" }) } else { json!({}) };
        json!({ "metaData": {
            "id": id(source, self.name),
            "name": format!("batch_{}", self.name).replace("batch_batches", "batch_calls"),
            "description": self.about,
            "format": { "provider": "parquet", "options": {} },
            "schemaString": json!({ "type": "struct", "fields": fields }).to_string(),
            "partitionColumns": self.partition.into_iter().collect::<Vec<_>>(),
            "configuration": configuration,
            "createdTime": millis,
        }})
    }
}

/// The version that a file of the log makes; `None` for anything else that lies there.
fn version(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
    (name.len() == 20).then(|| name.parse().ok()).flatten()
}

/// What a commit of another program changes, where it changes anything that this program relies on.
fn change(text: &str) -> Option<String> {
    text.lines().filter(|line| !line.trim().is_empty()).find_map(|line| {
        let Ok(Value::Object(action)) = serde_json::from_str(line) else { return Some("cannot be read".to_owned()) };
        let harmful = ["add", "remove", "metaData", "protocol", "cdc"];
        harmful.iter().find(|name| action.contains_key(**name)).map(|name| format!("has the action `{name}`"))
    })
}

/// The identifier of a table, a UUID: the same for the same list, so that the same run makes the same table.
fn id(source: &str, name: &str) -> String {
    let hash = sha256(format!("{source}\n{name}").as_bytes());
    format!("{}-{}-4{}-8{}-{}", &hash[..8], &hash[8..12], &hash[13..16], &hash[17..20], &hash[20..32])
}
