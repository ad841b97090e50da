//! From what a collection ended in to the report over it.

use super::{AuditReport, CensusStatement, Completeness, Inputs, Neighbour, Parameters, Provenance, Scope};
use crate::api::exchange::Traffic;
use crate::collect::{Collected, Edge};
use crate::findings::{Circumstances, findings};
use crate::period::Period;
use crate::pseudonym::PseudonymKey;
use crate::totals::Overflow;

/// What the report says of how it came to be, beside what was collected.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Whose batches.
    pub scope: Scope,
    /// What was asked.
    pub parameters: Parameters,
    /// The tool's version.
    pub version: String,
    /// The commit that it was built from, where that is known.
    pub commit: Option<String>,
    /// The requests of the collection.
    pub traffic: Traffic,
    /// The key of the pseudonyms that take the place of names, where they shall.
    pub pseudonym_key: Option<PseudonymKey>,
}

impl AuditReport {
    /// The report over a collection of `period`. [`Overflow`] where a sum of figures does not fit.
    pub fn of_collection(period: &Period, mut collected: Collected, origin: Origin) -> Result<Self, Overflow> {
        // Before anything is made of the batches, so that no name gets past.
        let pseudonyms = origin.pseudonym_key.as_ref().map(|key| {
            key.replace(&mut collected.batches, &mut collected.changes);
            key.statement()
        });
        let circumstances = Circumstances {
            period_over: collected.as_of.is_none(),
            changes: &collected.changes,
            ahead: &collected.ahead,
        };
        let findings = findings(&collected.batches, circumstances);
        let traffic = origin.traffic;
        let provenance = Provenance {
            tool: "dialnexa-audit".to_owned(),
            version: origin.version,
            commit: origin.commit,
            started: traffic.started.unwrap_or_default(),
            ended: traffic.ended.unwrap_or_default(),
            first_server_date: traffic.first_server_date,
            last_server_date: traffic.last_server_date,
        };
        let report = Self::new(Inputs {
            period,
            as_of: collected.as_of,
            scope: origin.scope,
            parameters: origin.parameters,
            provenance,
            completeness: completeness(&collected, traffic),
            findings,
            batches: collected.batches,
        })?;
        Ok(Self { pseudonyms, ..report })
    }
}

fn completeness(collected: &Collected, traffic: Traffic) -> Completeness {
    let tally = collected.tally;
    let count = collected.batches.len() as u64;
    let proof = collected.proof.as_ref();
    Completeness {
        established: proof.is_ok(),
        reason: proof.err().map(ToString::to_string),
        assurance: collected.assurance.to_string(),
        assumption: collected.assurance.assumption().to_owned(),
        notes: collected.notes.clone(),
        held_by_api: tally.held,
        page_limit: tally.limit,
        pages: tally.pages,
        requests: traffic.requests,
        retries: traffic.retries,
        readings: tally.readings,
        rows_read: tally.rows,
        distinct: tally.distinct,
        in_range: count,
        reported: count,
        census: proof.ok().map(|proof| CensusStatement {
            older_than_end: proof.older_than_end(),
            older_than_start: proof.older_than_start(),
            at: proof.at(),
        }),
        newer_neighbour: collected.newer.as_ref().map(neighbour),
        older_neighbour: collected.older.as_ref().map(neighbour),
    }
}

fn neighbour(edge: &Edge) -> Neighbour {
    Neighbour { batch_id: edge.id.to_string(), created_at: edge.created_at }
}
