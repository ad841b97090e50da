//! A list of batches that changes while it is read, and what it was at every moment.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use dialnexa_audit::batch::rfc3339;
use serde_json::json;

/// A batch of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: String,
    pub created_at: DateTime<Utc>,
    pub status: String,
    pub total: u64,
    pub completed: u64,
    pub failed: u64,
}

/// The list, newest first, and the lies about it.
#[derive(Debug, Clone)]
pub struct List {
    rows: Arc<Vec<Row>>,
    born: u64,
    random: fastrand::Rng,
    /// The most rows of a page; a larger limit is brought down to it.
    pub cap: u64,
    /// Added to the total that is reported.
    pub lie: i64,
    /// Every so manieth row of a page is left out of it; 0: none.
    pub drop_every: usize,
    /// Whether page 1 is served whatever page is asked for.
    pub ignore_page: bool,
    /// Whether the answer says that it is the page asked for, whichever it is.
    pub echo_page: bool,
}

impl List {
    /// `count` batches spread evenly over `period`, so many of them at each instant.
    pub fn spread(count: usize, period: Range<DateTime<Utc>>, at_each: usize) -> Self {
        let random = fastrand::Rng::with_seed(count as u64);
        let mut list = Self {
            rows: Arc::default(),
            born: 0,
            random,
            cap: 100,
            lie: 0,
            drop_every: 0,
            ignore_page: false,
            echo_page: false,
        };
        let instants = count.div_ceil(at_each.max(1)).max(1);
        let step = (period.end - period.start) / i32::try_from(instants).unwrap();
        for place in 0..count {
            list.insert(period.start + step * i32::try_from(place / at_each.max(1)).unwrap());
        }
        list
    }

    /// The rows as they are now, newest first.
    pub fn rows(&self) -> &Arc<Vec<Row>> {
        &self.rows
    }

    /// Adds a batch dated `at`, ahead of the others of that instant; its id.
    pub fn insert(&mut self, at: DateTime<Utc>) -> String {
        self.born += 1;
        let total = 20 + self.born * 7 % 300;
        let id = format!("batch_{:016x}", self.born.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let row = Row {
            id: id.clone(),
            created_at: at,
            status: "completed".to_owned(),
            total,
            completed: total - 5,
            failed: 5,
        };
        let place = self.rows.partition_point(|other| other.created_at > at);
        Arc::make_mut(&mut self.rows).insert(place, row);
        id
    }

    /// Adds a batch at the head of the list, a second newer than the newest.
    pub fn insert_at_head(&mut self) -> String {
        let newest = self.rows.first().map_or(DateTime::UNIX_EPOCH, |row| row.created_at);
        self.insert(newest + TimeDelta::seconds(1))
    }

    /// Deletes the row at `place`, if there is one.
    pub fn delete(&mut self, place: usize) -> Option<Row> {
        (place < self.rows.len()).then(|| Arc::make_mut(&mut self.rows).remove(place))
    }

    /// Deletes any row.
    pub fn delete_any(&mut self) -> Option<Row> {
        let place = self.random.usize(0..self.rows.len().max(1));
        self.delete(place)
    }

    /// Gives the row at `place` another status.
    pub fn set_status(&mut self, place: usize, status: &str) {
        if let Some(row) = Arc::make_mut(&mut self.rows).get_mut(place) {
            row.status = status.to_owned();
        }
    }

    /// Puts the rows of each instant into another order.
    pub fn reshuffle_ties(&mut self) {
        let rows = Arc::make_mut(&mut self.rows);
        for tied in rows.chunk_by_mut(|a, b| a.created_at == b.created_at) {
            self.random.shuffle(tied);
        }
    }

    /// Puts all rows into any order, so that they are no longer newest first.
    pub fn disorder(&mut self) {
        let rows: &mut Vec<Row> = Arc::make_mut(&mut self.rows);
        self.random.shuffle(rows);
    }

    /// The body of the answer to a request for this page.
    pub fn page(&self, page: u64, limit: u64) -> String {
        let page_served = if self.ignore_page { 1 } else { page };
        let limit = limit.clamp(1, self.cap.max(1));
        let before = usize::try_from((page_served - 1).saturating_mul(limit)).unwrap_or(usize::MAX);
        let rows = self.rows.iter().skip(before).take(limit as usize).enumerate();
        let kept = rows.filter(|(place, _)| self.drop_every == 0 || (place + 1) % self.drop_every != 0);
        let data: Vec<_> = kept.map(|(_, row)| record(row)).collect();
        let total = (self.rows.len() as u64).saturating_add_signed(self.lie);
        let pages = total.div_ceil(limit);
        let page_stated = if self.echo_page { page } else { page_served };
        json!({"data": data, "meta": {"page": page_stated, "limit": limit, "total": total, "totalPages": pages}})
            .to_string()
    }
}

fn record(row: &Row) -> serde_json::Value {
    json!({
        "id": row.id,
        "name": format!("Campaign {}", &row.id[row.id.len() - 4..]),
        "status": row.status,
        "total_leads": row.total,
        "completed": row.completed,
        "failed": row.failed,
        "agent_id": "agt_000001",
        "created_at": rfc3339(row.created_at),
    })
}

/// The ids of the rows whose time of creation is in `period`.
pub fn population(rows: &[Row], period: &Range<DateTime<Utc>>) -> BTreeSet<String> {
    rows.iter().filter(|row| period.contains(&row.created_at)).map(|row| row.id.clone()).collect()
}
