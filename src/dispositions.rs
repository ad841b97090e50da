//! The company's answers to findings, as a CSV file gives them. Pure.
//!
//! Columns: `code`, `batch`, `disposition` (`accepted`, `explained` or `corrected`), `by`, `on` (a day, `2024-04-15`), `words`.
//! An empty `batch` answers the whole finding.

use std::borrow::Cow;
use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::remedy::Remedy;

/// The columns of the file.
pub const COLUMNS: [&str; 6] = ["code", "batch", "disposition", "by", "on", "words"];

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It is as it is, and that is accepted.
    Accepted,
    /// There is an explanation.
    Explained,
    /// It was corrected, at the source.
    Corrected,
}

impl Decision {
    const ALL: [Self; 3] = [Self::Accepted, Self::Explained, Self::Corrected];

    /// The word: `accepted`, `explained`, `corrected`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Explained => "explained",
            Self::Corrected => "corrected",
        }
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// The code of the finding.
    pub code: String,
    /// The batch; `None` where the answer is to the whole finding.
    pub batch_id: Option<Box<str>>,
    /// What was decided.
    pub disposition: Decision,
    /// Who decided.
    pub by: String,
    /// When.
    pub on: NaiveDate,
    /// The company's words.
    pub words: String,
}

/// Why a file of dispositions cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{why}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct DispositionsError {
    /// The line in the file, from 1, where one is at fault.
    pub line: Option<u64>,
    /// What is wrong.
    pub why: String,
}

impl Remedy for DispositionsError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        Some(
            "write a CSV file in UTF-8 with the columns code,batch,disposition,by,on,words; disposition is accepted, explained \
             or corrected, and on is a day such as 2024-04-15"
                .into(),
        )
    }
}

/// The answers in a CSV file, in its order. A byte order mark is skipped, and the separator may be a semicolon, as some
/// spreadsheets write it.
///
/// # Errors
/// Where it is not such a file, names no code or no person, or answers the same twice.
pub fn read(bytes: &[u8]) -> Result<Vec<Disposition>, DispositionsError> {
    let at = |line: Option<u64>, why: String| DispositionsError { line, why };
    let text = std::str::from_utf8(bytes).map_err(|_| at(None, "it is not UTF-8".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or("");
    let separator = if head.contains(';') && !head.contains(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let head = records.next().transpose().map_err(|error| at(Some(1), error.to_string()))?.unwrap_or_default();
    if head.iter().ne(COLUMNS) {
        return Err(at(Some(1), format!("its columns are not {}", COLUMNS.join(","))));
    }
    let mut all = Vec::new();
    let mut answered = HashSet::new();
    for record in records {
        let record = record.map_err(|error| at(error.position().map(csv::Position::line), error.to_string()))?;
        let line = record.position().map(csv::Position::line);
        let failed = |why: String| at(line, why);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() != COLUMNS.len() {
            return Err(failed(format!("it has {} cells instead of {}", record.len(), COLUMNS.len())));
        }
        let disposition = disposition(&record).map_err(failed)?;
        if !answered.insert((disposition.code.clone(), disposition.batch_id.clone())) {
            return Err(failed("an answer to the same is given above".to_owned()));
        }
        all.push(disposition);
    }
    Ok(all)
}

fn disposition(record: &csv::StringRecord) -> Result<Disposition, String> {
    let cell = |place: usize| record.get(place).unwrap_or("");
    let wanted = |place: usize| match cell(place) {
        "" => Err(format!("the column {} is empty", COLUMNS.get(place).unwrap_or(&""))),
        text => Ok(text.to_owned()),
    };
    let decision = cell(2).to_lowercase();
    let decision = Decision::ALL.into_iter().find(|known| known.as_str() == decision);
    Ok(Disposition {
        code: wanted(0)?,
        batch_id: Some(cell(1)).filter(|batch| !batch.is_empty()).map(Into::into),
        disposition: decision.ok_or_else(|| format!("`{}` is no disposition", cell(2)))?,
        by: wanted(3)?,
        on: cell(4).parse().map_err(|_| format!("`{}` is no day", cell(4)))?,
        words: cell(5).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "code,batch,disposition,by,on,words\n";

    fn why(rows: &str) -> DispositionsError {
        read(format!("{HEAD}{rows}").as_bytes()).unwrap_err()
    }

    #[test]
    fn a_file_as_a_spreadsheet_saves_it_is_read() {
        let answers = read(
            "\u{feff}code;batch;disposition;by;on;words\r\nnot-final;b1;Explained;R. Rao;2024-04-15;\"paused; see 12\"\r\n;;;;;\r\n\
             nil-return;;accepted;R. Rao;2024-04-16;\r\n"
                .as_bytes(),
        );
        let answers = answers.unwrap();
        assert_eq!((answers.len(), answers[0].disposition), (2, Decision::Explained));
        assert_eq!((&*answers[0].words, answers[0].batch_id.as_deref()), ("paused; see 12", Some("b1")));
        assert_eq!(answers[1].batch_id, None);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(why("a,b,done,me,2024-04-15,w\n").to_string(), "line 2: `done` is no disposition");
        assert_eq!(why("a,b,accepted,me,15.04.2024,w\n").to_string(), "line 2: `15.04.2024` is no day");
        assert_eq!(why("a,b,accepted,,2024-04-15,w\n").to_string(), "line 2: the column by is empty");
        assert_eq!(why("a,b,accepted\n").to_string(), "line 2: it has 3 cells instead of 6");
        let twice = "a,b,accepted,me,2024-04-15,w\n";
        assert_eq!(why(&format!("{twice}{twice}")).to_string(), "line 3: an answer to the same is given above");
        assert_eq!(read(b"\xff").unwrap_err().to_string(), "it is not UTF-8");
        assert!(read(b"").unwrap_err().to_string().starts_with("line 1: its columns are not"));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), tail in ".{0,80}") {
            let _ = read(&bytes);
            let _ = read(format!("{HEAD}{tail}").as_bytes());
        }
    }
}
