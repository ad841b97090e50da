//! Collectors that are wrong on purpose: the laws find each of them.

use super::*;

fn is_found(assurance: Assurance, mistake: Mistake) {
    // A reading that leaves rows out is found by Theorem 1, which one reading is enough for.
    let once = assurance == Assurance::DoubleRead;
    let mistaken = Options { mistake: Some(mistake), once, ..options(assurance, 1, 16) };
    let found = laws::broken_by(mistaken, Allowed::Anything, searching(60_000));
    assert!(found.is_some(), "{mistake:?} was not found");
}

#[test]
fn windows_that_only_touch_are_found() {
    is_found(Assurance::DoubleRead, Mistake::WindowsTouch);
}

#[test]
fn a_seam_on_equal_times_is_found() {
    is_found(Assurance::DoubleRead, Mistake::SeamOnEqualTimes);
}

#[test]
fn an_empty_page_taken_for_the_end_is_found() {
    is_found(Assurance::DoubleRead, Mistake::EmptyEndsTheList);
}

#[test]
fn a_census_of_an_older_page_is_found() {
    is_found(Assurance::TiedOut, Mistake::CensusOfOlderPage);
}

#[test]
fn a_window_asked_for_before_the_census_is_found() {
    is_found(Assurance::TiedOut, Mistake::WindowBeforeCensus);
}

#[test]
fn counting_rows_is_found() {
    is_found(Assurance::TiedOut, Mistake::RowsCounted);
}
