//! Mistakes that the tests make on purpose.

use super::super::outcome::Mistake;
use super::*;

impl Collector {
    /// Makes a mistake with a window, if one is to be made; whether the reading ends by it.
    pub(super) fn is_mistaken(&mut self, window: &Window) -> bool {
        let place = self.reading.cover.uncovered(window);
        match self.options.mistake {
            Some(Mistake::EmptyEndsTheList) => {
                window.rows.is_empty() && !window.is_first() && self.reading.census.is_some()
            }
            Some(Mistake::CensusOfOlderPage) if self.reading.census.is_none() && place == Some(0) => {
                self.reading.mistaken_census = window.less(0);
                false
            }
            _ => false,
        }
    }

    /// Whether windows are asked for before the census is in.
    pub(super) fn plans_before_the_census(&self) -> bool {
        self.options.mistake == Some(Mistake::WindowBeforeCensus)
    }
}
