//! Which characters of a report no font has, and which further fonts would help. Pure: fonts are handed in.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use unicode_normalization::char::is_combining_mark;

use super::faces::{ExtraFont, Faces};
use super::grid::CELL;
use super::shaping::{Shaper, joins};
use super::{PdfError, superseded};
use crate::batch::Batch;
use crate::findings::Unshown;
use crate::report::AuditReport;

/// So many rows are looked at by one thread in one go.
const CHUNK: usize = 4_096;

/// What no font has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lacking {
    /// The batches concerned, in the order of the register.
    pub batches: Vec<Unshown>,
    /// Every such character of the report, those outside the register included.
    pub characters: BTreeSet<char>,
}

/// What of `report` neither the vendored fonts nor `fonts` have: exactly what [`super::pdf`] would show as U+FFFD if it
/// cut nothing.
///
/// # Errors
///
/// [`PdfError::Font`] where a font of the caller's is damaged or cannot be embedded.
pub fn lacking(report: &AuditReport, fonts: &[ExtraFont]) -> Result<Lacking, PdfError> {
    let parts: Vec<Vec<Unshown>> = report
        .register
        .par_chunks(CHUNK)
        .map(|batches| {
            let words = fonts.is_empty().then(HashMap::new);
            Ok(of_batches(batches, &mut Looking { shaper: Shaper::new(Faces::new(fonts)?), words }))
        })
        .collect::<Result<_, PdfError>>()?;
    let mut found = Lacking { batches: parts.concat(), characters: BTreeSet::new() };
    found.characters.extend(found.batches.iter().flat_map(|batch| &batch.characters));
    let mut shaper = Shaper::new(Faces::new(fonts)?);
    let restated = superseded::shown(report).into_iter().flat_map(|line| [line.batch_id.into_string(), line.words]);
    let issuer = report.issuer.iter().flat_map(|issuer| issuer.organisation.iter().chain(&issuer.retention));
    let others =
        report.scope.workspace.iter().chain([&report.parameters.command]).chain(issuer).cloned().chain(restated);
    found.characters.extend(others.flat_map(|text| shaper.line(&text, CELL.setting).missing));
    Ok(found)
}

/// What is lacking of texts, looked up where the same words were looked at before.
struct Looking<'a> {
    shaper: Shaper,
    /// Whether a word by itself is shown whole. None with fonts of the caller's: what they place beyond its cell is not shown
    /// either, and that may depend on the words beside it.
    words: Option<HashMap<&'a str, bool>>,
}

impl<'a> Looking<'a> {
    /// The characters of `text` that no font has.
    fn missing(&mut self, text: &'a str) -> Vec<char> {
        match self.has_known_words(text) {
            true => Vec::new(),
            false => self.shaper.line(text, CELL.setting).missing,
        }
    }

    /// Whether the text is made of words that are shown whole. Nothing else is known of one that has others.
    fn has_known_words(&mut self, text: &'a str) -> bool {
        let Some(words) = &mut self.words else { return false };
        let (shaper, setting) = (&mut self.shaper, CELL.setting);
        let mut others = text.split(' ').filter(|word| !word.is_ascii());
        others.all(|word| {
            // What goes with the word before it is not looked at without that.
            let stands = word.chars().next().is_some_and(|c| !joins(c) && !is_combining_mark(c));
            stands && *words.entry(word).or_insert_with(|| shaper.line(word, setting).missing.is_empty())
        })
    }
}

fn of_batches<'a>(batches: &'a [Batch], looking: &mut Looking<'a>) -> Vec<Unshown> {
    let unshown = batches.iter().filter_map(|batch| {
        let texts = [Some(&*batch.id), batch.name.as_deref(), Some(batch.status.as_str()), batch.agent_id.as_deref()];
        let texts = texts.into_iter().flatten().filter(|text| !text.is_ascii());
        let characters: Vec<char> = texts.flat_map(|text| looking.missing(text)).collect();
        (!characters.is_empty()).then(|| Unshown { id: batch.id.clone(), characters })
    });
    unshown.collect()
}

/// Which of the characters `wanted` neither the vendored fonts nor `fonts` have.
///
/// # Errors
///
/// [`PdfError::Font`] where a font of the caller's is damaged or cannot be embedded.
pub fn uncovered(wanted: &BTreeSet<char>, fonts: &[ExtraFont]) -> Result<BTreeSet<char>, PdfError> {
    let mut shaper = Shaper::new(Faces::new(fonts)?);
    Ok(wanted.iter().copied().filter(|c| !shaper.line(&c.to_string(), CELL.setting).missing.is_empty()).collect())
}

/// Which of the characters `wanted` a font has; none where it cannot be read or embedded.
pub fn characters_in(font: &[u8], index: u32, wanted: &BTreeSet<char>) -> BTreeSet<char> {
    let font = ExtraFont { name: String::new(), bytes: Arc::new(font.to_vec()), index };
    font.face()
        .map_or_else(|_| BTreeSet::new(), |face| wanted.iter().copied().filter(|c| face.glyph(*c).is_some()).collect())
}

/// Few fonts that together have as many of the characters `wanted` as all do: the places in `offers`, which says what
/// each font has, in the order in which they are to be asked.
///
/// Each time the font that has most of what is still lacking, so that one name is set in one font where that can be; of
/// equal ones the first.
pub fn fewest(wanted: &BTreeSet<char>, offers: &[BTreeSet<char>]) -> Vec<usize> {
    let mut left = wanted.clone();
    let mut chosen = Vec::new();
    loop {
        let gain = |offer: &BTreeSet<char>| offer.intersection(&left).count();
        let best = offers.iter().enumerate().rev().max_by_key(|(_, offer)| gain(offer));
        let Some((place, offer)) = best.filter(|(_, offer)| gain(offer) > 0) else { return chosen };
        chosen.push(place);
        left.retain(|c| !offer.contains(c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::pdf::{Options, Rows, write};
    use crate::report::Standing;
    use crate::report::fixture::report;
    use proptest::prelude::*;

    #[test]
    fn what_is_lacking_is_what_the_pages_replace() {
        let mut report = report(8, Standing::Complete);
        report.register.iter_mut().for_each(|batch| batch.name = None);
        let before = write(&report, &Options::default(), &mut Vec::new()).unwrap().missing_characters;
        report.register[2].name = Some("春节 wave".into());
        report.register[5].name = Some("गुड और 春".into());
        let found = lacking(&report, &[]).unwrap();
        let characters: Vec<_> = found.batches.iter().map(|batch| batch.characters.as_slice()).collect();
        assert_eq!(characters, [&['春', '节'][..], &['春']]);
        assert_eq!(found.characters, BTreeSet::from(['春', '节']));
        let options = Options { rows: Rows::All, ..Options::default() };
        let made = write(&report, &options, &mut Vec::new()).unwrap();
        assert_eq!(made.missing_characters - before, 3);
    }

    #[test]
    fn a_report_says_in_a_finding_what_its_pdf_does_not_show() {
        let mut plain = report(8, Standing::Complete);
        plain.register.iter_mut().for_each(|batch| batch.name = None);
        plain.register[2].name = Some("春节 春".into());
        let before = plain.findings.len();
        let batches = lacking(&plain, &[]).unwrap().batches;
        let noted = plain.clone().with_unshown(&batches);
        let last = noted.findings.last().unwrap();
        assert_eq!((noted.findings.len(), &*last.code), (before + 1, "characters-not-shown"));
        assert_eq!(&*last.concerns[0].detail, "3 characters: U+6625 U+8282");
        assert_eq!(plain.clone().with_unshown(&[]), plain);
    }

    #[test]
    fn a_damaged_font_offers_nothing() {
        assert!(characters_in(b"OTTO and no more", 0, &BTreeSet::from(['a'])).is_empty());
    }

    proptest! {
        /// Words that are shown by themselves are shown beside each other.
        #[test]
        fn what_is_made_of_known_words_lacks_nothing(
            texts in prop::collection::vec(
                "([a-c0-9(),!\u{200c}\u{200d}\u{301}\u{93e}\u{94d}é\u{915}-\u{939}\u{a05}-\u{a28}\u{a3c}\u{5d0}-\u{5ea}\u{660}-\u{669}\u{627}-\u{64b}\u{650}α-γж一丁-]{1,6} ?){1,5}",
                1..6,
            ),
        ) {
            let shaper = || Shaper::new(Faces::new(&[]).unwrap());
            let mut looking = Looking { shaper: shaper(), words: Some(HashMap::new()) };
            for text in &texts {
                let line = shaper().line(text, CELL.setting);
                prop_assert_eq!(looking.missing(text), line.missing, "{:?}", text);
            }
        }

        /// The chosen fonts have all that any font has, and none of them could be left out for nothing.
        #[test]
        fn the_fonts_chosen_have_all_that_any_has(
            wanted in prop::collection::btree_set(prop::char::range('a', 'p'), 0..12),
            offers in prop::collection::vec(prop::collection::btree_set(prop::char::range('a', 'p'), 0..8), 0..6),
        ) {
            let chosen = fewest(&wanted, &offers);
            let had = |places: &[usize]| -> BTreeSet<char> {
                places.iter().flat_map(|place| &offers[*place]).filter(|c| wanted.contains(c)).copied().collect()
            };
            let all: Vec<usize> = (0..offers.len()).collect();
            prop_assert_eq!(had(&chosen), had(&all));
            for n in 1..=chosen.len() {
                prop_assert!(had(&chosen[..n]).len() > had(&chosen[..n - 1]).len());
            }
        }
    }
}
