//! What a collection proves, and what that supposes, in plain words.

use chrono::TimeDelta;

use crate::collect::{Assurance, Collected, Counted, Theorem};

/// What is proven, in a sentence; `None` where nothing is.
pub fn statement(collected: &Collected) -> Option<String> {
    let proof = collected.proof.as_ref().ok()?;
    let nothing_left_out = "Nothing was left out: every batch of the range that was in the API's list during the whole \
                            reading is kept";
    Some(match proof.theorem() {
        Theorem::NothingLeftOut => {
            format!("{nothing_left_out}. Not proven: that these are the list at one single moment.")
        }
        Theorem::TwoReadings => format!(
            "{nothing_left_out}. Exact: two readings in a row, the second begun after the first had ended, kept the same \
             batches, so these are the list's batches of the range at every moment between the two."
        ),
        Theorem::TiedOut => format!(
            "{nothing_left_out}. Exact: there are as many as the census taken before the reading demands, so these are the \
             list's batches of the range at the moment of the census."
        ),
        Theorem::Counted => {
            "By the API's totals alone: two readings in a row kept the same batches, as many as the totals \
                             demand."
                .to_owned()
        }
    })
}

const SHORT_ANSWERS: &str = "An answer has fewer rows than its limit only where the list ends, or because of a cap on every \
                             answer that the API does not state, of 7 rows or more.";

/// What the proof supposes, a sentence each.
pub fn suppositions(collected: &Collected) -> Vec<String> {
    let Ok(proof) = &collected.proof else { return vec!["None: nothing is proven.".to_owned()] };
    let observed = &collected.observations;
    let mut said: Vec<&str> = Vec::new();
    match (collected.assurance, proof.theorem()) {
        (_, Theorem::Counted) => {}
        (Assurance::WholeList, _) => {
            said.push("The rows of one answer are consecutive rows of the list at one moment, and page 1 begins with its first row.");
            said.push(SHORT_ANSWERS);
            said.push("Any two rows keep their order in the list, and no id is in it twice.");
        }
        _ => {
            said.push(
                "The rows of one answer are consecutive rows of the list, newest first by creation time, as it was at one \
                 moment, and page 1 begins with its first row.",
            );
            said.push(SHORT_ANSWERS);
            said.push("The creation time of a batch does not change.");
        }
    }
    match proof.theorem() {
        Theorem::NothingLeftOut => {}
        Theorem::TwoReadings => said.push(
            "During the collection no batch of the range was both put into the list (dated into the past, or restored) and \
             taken out of it again.",
        ),
        Theorem::TiedOut => {
            said.push("The total and the rows of an answer are of one moment.");
            said.push(
                "The total is the number of rows that the list has then, or off by the same number in the two answers that the \
                 census figures are taken from.",
            );
            said.push("After the census no batch dated before the end of the range was put into the list, or restored.");
        }
        Theorem::Counted => {
            said.push("The total and the rows of an answer are of one moment, and the total is the number of rows that the list has.");
            said.push("Ids are not used twice, and during the collection no batch was put into the list that is dated before its start.");
        }
    }
    let mut said: Vec<String> = said.into_iter().map(str::to_owned).collect();
    if !observed.instants.is_empty() && observed.counted.is_none() {
        said.push(
            "Batches of one creation time keep their order where one instant holds more of them than an answer."
                .to_owned(),
        );
    }
    if observed.disorder > TimeDelta::zero() && collected.assurance != Assurance::WholeList {
        let allowed = observed.disorder.as_seconds_f64() * 2000.0;
        said.push(format!(
            "No row is newer than one before it by more than {} ms.",
            (allowed * 1000.0).round() / 1000.0
        ));
    }
    if observed.counted == Some(Counted::EqualTimesReorder) {
        said.push("No batch is hidden by others of its creation time in both readings.".to_owned());
    }
    said
}
