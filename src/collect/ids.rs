//! Ids as numbers, so that sets of them cost bits.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Every id that was seen, each once, by its number: they count from 0 in the order in which they were first seen.
#[derive(Debug, Default)]
pub(super) struct Ids {
    numbers: HashTable<u32>,
    hasher: RandomState,
    text: Texts,
}

/// Texts one after the other.
#[derive(Debug, Default)]
struct Texts {
    text: String,
    /// Where the first text of each block begins.
    blocks: Vec<usize>,
    /// Where each text ends, counted from the beginning of its block.
    ends: Vec<u32>,
}

/// How many texts are in a block.
const BLOCK: usize = 1 << 16;

impl Texts {
    fn get(&self, number: usize) -> &str {
        let base = self.blocks.get(number / BLOCK).copied().unwrap_or(0);
        let end_of = |number: usize| self.ends.get(number).map_or(0, |end| *end as usize);
        let start = if number.is_multiple_of(BLOCK) { 0 } else { end_of(number - 1) };
        self.text.get(base + start..base + end_of(number)).unwrap_or_default()
    }

    /// Adds a text; `None` where no number is left for it, or no place.
    fn add(&mut self, text: &str) -> Option<u32> {
        let number = u32::try_from(self.ends.len()).ok()?;
        if self.ends.len().is_multiple_of(BLOCK) {
            self.blocks.push(self.text.len());
        }
        let base = self.blocks.last().copied().unwrap_or(0);
        self.ends.push(u32::try_from(self.text.len() + text.len() - base).ok()?);
        self.text.push_str(text);
        Some(number)
    }
}

impl Ids {
    /// The number of an id; a new one if it was not seen before, unless there are 2^32 already.
    pub fn number(&mut self, id: &str) -> Option<usize> {
        let Self { numbers, hasher, text } = self;
        let known = |number: &u32| text.get(*number as usize);
        let entry =
            numbers.entry(hasher.hash_one(id), |number| known(number) == id, |number| hasher.hash_one(known(number)));
        match entry {
            hashbrown::hash_table::Entry::Occupied(known) => Some(*known.get() as usize),
            hashbrown::hash_table::Entry::Vacant(free) => {
                let number = text.add(id)?;
                free.insert(number);
                Some(number as usize)
            }
        }
    }

    /// How many different ones were seen.
    pub fn len(&self) -> usize {
        self.text.ends.len()
    }
}

/// A set of numbered ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct IdSet {
    /// A bit for each number; the last word is never 0.
    words: Vec<u64>,
    count: u64,
}

impl IdSet {
    /// Adds a number, if it is not there.
    pub fn insert(&mut self, number: usize) {
        let (word, bit) = (number / 64, 1 << (number % 64));
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if let Some(word) = self.words.get_mut(word).filter(|word| **word & bit == 0) {
            *word |= bit;
            self.count += 1;
        }
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether a number is there.
    pub fn contains(&self, number: usize) -> bool {
        self.words.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }
}

impl FromIterator<usize> for IdSet {
    fn from_iter<T: IntoIterator<Item = usize>>(numbers: T) -> Self {
        let mut set = Self::default();
        numbers.into_iter().for_each(|number| set.insert(number));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn texts_are_kept_over_the_bounds_of_blocks() {
        let mut texts = Texts::default();
        let text = |number: usize| "x".repeat(number % 3) + &number.to_string();
        for number in 0..BLOCK * 2 + 5 {
            assert_eq!(texts.add(&text(number)), Some(number as u32));
        }
        assert!((0..BLOCK * 2 + 5).all(|number| texts.get(number) == text(number)));
    }

    proptest! {
        /// The same id has the same number, another id another one.
        #[test]
        fn numbers_are_as_different_as_ids(seen in prop::collection::vec("[ab]{0,3}|\\PC{0,2}", 0..60)) {
            let mut ids = Ids::default();
            let mut known = BTreeMap::new();
            for id in &seen {
                let next = known.len();
                prop_assert_eq!(ids.number(id).unwrap(), *known.entry(id).or_insert(next));
            }
            prop_assert_eq!(ids.len(), known.len());
        }

        /// Two sets are the same if they hold the same numbers, in whatever order they were put in.
        #[test]
        fn sets_are_what_they_hold(one in prop::collection::vec(0..300_usize, 0..40), other in prop::collection::vec(0..300_usize, 0..40)) {
            let plain = |numbers: &[usize]| numbers.iter().copied().collect::<BTreeSet<_>>();
            let set = |numbers: &[usize]| numbers.iter().copied().collect::<IdSet>();
            prop_assert_eq!(set(&one).len(), plain(&one).len() as u64);
            prop_assert_eq!(set(&one) == set(&other), plain(&one) == plain(&other));
            prop_assert!((0..310).all(|number| set(&one).contains(number) == one.contains(&number)));
            let turned: Vec<usize> = one.iter().rev().copied().collect();
            prop_assert!(set(&one) == set(&turned));
        }
    }
}
