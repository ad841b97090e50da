//! Kept evidence, replayed to what its collection ended in.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;

use super::held::{self, NotHeld, Signature};
use crate::api::exchange::Traffic;
use crate::calls::CallCounts;
use crate::collect::{Collected, Refusal};
use crate::evidence::{Evidence, EvidenceError, FILE_NAME, Info, executables};
use crate::package::Entry;
use crate::period::Period;
use crate::remedy::Remedy;
use crate::report::{EvidenceStatement, Origin};

/// Why nothing can be made of kept evidence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// It cannot be read.
    #[error("{0}")]
    Io(io::Error),
    /// It is damaged, or was changed.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Its signature does not hold.
    #[error(transparent)]
    NotHeld(#[from] NotHeld),
    /// It was replaced or written to while it was read.
    #[error("the evidence was changed while it was read")]
    Changed,
    /// It is of another workspace.
    #[error("the evidence is of the workspace `{kept}`, not of `{asked}`")]
    OtherWorkspace {
        /// The workspace that the evidence names.
        kept: String,
        /// The one asked for.
        asked: String,
    },
    /// The collection was interrupted.
    #[error("the evidence is of a collection that was interrupted")]
    Interrupted,
    /// The counting of calls was interrupted. A draft says that batches may be missing; it has no word for counts that are.
    #[error("the evidence is of a counting of calls that was interrupted")]
    CountingInterrupted,
    /// The collection did not end in a proof.
    #[error("completeness not established: {0}")]
    Refused(Refusal),
    /// A period lies outside the range that was collected.
    #[error("the evidence does not cover {0}: it was collected for another period")]
    NotCovered(String),
}

impl Remedy for ReplayError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Evidence(error) => error.remedy(),
            Self::OtherWorkspace { .. } => Some("choose the workspace by --workspace".into()),
            Self::NotHeld(error) => error.remedy(),
            Self::Changed => Some("let whatever writes to it end, then run the same command again".into()),
            Self::Interrupted => Some("take that up first, or write a --draft".into()),
            Self::CountingInterrupted => Some("take that up first".into()),
            Self::Refused(refusal) => refusal.remedy(),
            Self::NotCovered(_) => Some(
                "name the period as in the command that the report states, with its --timezone or its --from and --to"
                    .into(),
            ),
            Self::Io(_) => None,
        }
    }
}

/// A collection as its evidence gives it.
#[derive(Debug)]
pub struct KeptEvidence {
    /// What it ended in.
    pub collected: Collected,
    /// The counts of calls.
    pub counts: CallCounts,
    /// The run that the evidence begins with.
    pub info: Info,
    /// The executables that collected, by their SHA-256.
    pub executables: Vec<String>,
    /// Its requests.
    pub traffic: Traffic,
    /// The evidence as the report states it.
    pub evidence: EvidenceStatement,
    /// Whether it has a signature, which holds.
    pub is_signed: bool,
}

impl KeptEvidence {
    /// Replays the evidence at `path`, whose signature, where it has one, must hold. It is that of `workspace`, where one is named. A collection that was interrupted or
    /// is not proven is an error unless `draft` is set.
    ///
    /// # Errors
    /// Where the evidence cannot be read, does not hold, or is of another collection.
    pub fn open(path: &Path, workspace: Option<&str>, draft: bool) -> Result<Self, ReplayError> {
        // A device may have no end, and a pipe cannot be read twice.
        if !std::fs::metadata(path).map_err(ReplayError::Io)?.is_file() {
            return Err(ReplayError::Io(io::Error::other("it is not a regular file")));
        }
        let open = || File::open(path).map_err(ReplayError::Io);
        let held = held::evidence(path)?;
        let evidence = Evidence::open(open()?)?;
        if let (Some(asked), Some(kept), false) = (workspace, &evidence.info().workspace, evidence.info().sample)
            && asked != kept
        {
            return Err(ReplayError::OtherWorkspace { kept: kept.clone(), asked: asked.to_owned() });
        }
        let (info, mut collector) = (evidence.info().clone(), evidence.collector());
        let replayed = evidence.replay(&mut collector)?;
        if !collector.has_ended() && !draft {
            return Err(ReplayError::Interrupted);
        }
        let collected = collector.finish();
        if let Err(refusal) = &collected.proof
            && (!draft || matches!(refusal, Refusal::Defect(_)))
        {
            return Err(ReplayError::Refused(refusal.clone()));
        }
        let counts = replayed.counting.finish();
        if collected.proof.is_ok() && !counts.is_complete() {
            return Err(ReplayError::CountingInterrupted);
        }
        let file = Entry::of_reader(FILE_NAME, open()?).map_err(ReplayError::Io)?;
        let is_signed = match held {
            Signature::Never => false,
            Signature::Of(sha256) if sha256 == file.sha256 => true,
            Signature::Of(_) => return Err(ReplayError::Changed),
        };
        if replayed.torn.is_none() && replayed.sha256 != file.sha256 {
            return Err(ReplayError::Changed);
        }
        let evidence = EvidenceStatement { name: file.name, bytes: file.bytes, sha256: file.sha256 };
        let executables = executables(&replayed.runs);
        Ok(Self { collected, counts, info, executables, traffic: replayed.traffic, evidence, is_signed })
    }

    /// Refuses a period that the collection does not cover.
    ///
    /// # Errors
    /// Where a part of it lies outside the range, or it had not begun.
    pub fn covers(&self, period: &Period) -> Result<(), ReplayError> {
        let inside = self.info.start <= period.start() && period.end() <= self.info.end;
        let has_begun = self.collected.as_of.is_none_or(|as_of| period.start() < as_of);
        if inside && has_begun { Ok(()) } else { Err(ReplayError::NotCovered(period.label().to_owned())) }
    }

    /// What a report states of how it came to be.
    pub fn origin(&self) -> Origin {
        let origin = Origin::of_run(&self.info, self.traffic, self.evidence.clone());
        Origin { executables: self.executables.clone(), unsigned_evidence: !self.is_signed, ..origin }
    }
}
