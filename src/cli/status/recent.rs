//! The latest batches, as the pages show them from the newest on.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::batch::Batch;
use crate::cli::Failure;
use crate::cli::args::Status as StatusArgs;
use crate::cli::live::Live;
use crate::collect::{Page, PageRequest};
use crate::defect::Defect;
use crate::figures::Grouping;

const LIMIT: u32 = 100;

/// What was seen.
#[derive(Debug)]
pub struct Recent {
    /// The moment of the first answer.
    pub as_of: DateTime<Utc>,
    /// Batches created before this are left out.
    pub since: DateTime<Utc>,
    /// Newest first, ties by id.
    pub batches: Vec<Batch>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Reads the list, or for each status that is wanted the list of those: not every form of the API takes several at once.
pub async fn read(live: &Live, args: &StatusArgs) -> Result<Recent, Failure> {
    let mut reading = Reading {
        days: i64::from(args.days),
        made_up: args.access.sample,
        as_of: None,
        found: BTreeMap::new(),
        strangers: 0,
    };
    if args.status.is_empty() {
        reading.list(live, None).await?;
    }
    for status in &args.status {
        reading.list(live, Some(status)).await?;
    }
    Ok(reading.end()?)
}

struct Reading {
    days: i64,
    /// Whether the list is the sample API's, which ends in 2024: its days are counted from its newest batch.
    made_up: bool,
    as_of: Option<DateTime<Utc>>,
    found: BTreeMap<Box<str>, Batch>,
    /// Rows of another status than was asked for.
    strangers: usize,
}

impl Reading {
    async fn list(&mut self, live: &Live, status: Option<&str>) -> Result<(), Failure> {
        for number in 1.. {
            let request = PageRequest { ticket: number - 1, number, limit: LIMIT, again: 0 };
            let page = match status {
                None => live.client.page(request).await?,
                Some(status) => live.client.page_in_status(request, status).await?,
            };
            if self.take(&page, status) {
                break;
            }
        }
        Ok(())
    }

    /// Takes a page; whether there is nothing more to be had.
    fn take(&mut self, page: &Page, status: Option<&str>) -> bool {
        let newest = page.rows.first().filter(|_| self.made_up).map(|row| row.created_at);
        let as_of = *self.as_of.get_or_insert(newest.unwrap_or(page.at));
        let since = as_of - TimeDelta::days(self.days);
        let wanted = |row: &&Batch| row.created_at >= since;
        for row in page.rows.iter().filter(wanted) {
            if status.is_some_and(|status| status != row.status.as_str()) {
                self.strangers += 1;
            } else {
                self.found.insert(row.id.clone(), row.clone());
            }
        }
        // With the newest first, one that is too old is followed by such only.
        let reached = page.rows.iter().any(|row| row.created_at < since);
        // The total is not relied on: servers cap it, or count what they do not show.
        reached || page.rows.is_empty()
    }

    fn end(self) -> Result<Recent, Defect> {
        let as_of = self.as_of.ok_or(Defect("a list was read without a page"))?;
        let mut batches: Vec<Batch> = self.found.into_values().collect();
        batches.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
        let notes = match self.strangers {
            0 => Vec::new(),
            count => {
                let batches =
                    Grouping::default().count(count as u64, "batch of another status", "batches of other statuses");
                vec![format!("the API's filter let {batches} through; left out here")]
            }
        };
        Ok(Recent { as_of, since: as_of - TimeDelta::days(self.days), batches, notes })
    }
}
