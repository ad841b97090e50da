//! The laws of drawing, over registers in any order and over many seeds.

use proptest::prelude::*;

use super::*;
use crate::report::fixture;

fn request(method: Method, size: u64, seed: &str) -> Request {
    let seed = seed.parse().unwrap();
    Request { method, by: Column::TotalCalls, size: Some(size), seed, key_items: BTreeSet::new() }
}

fn draw(report: &AuditReport, request: &Request) -> Sample {
    Sample::draw(report, "00", request, BTreeMap::new()).unwrap()
}

fn ids(sample: &Sample) -> Vec<&str> {
    sample.items.iter().map(|item| item.batch_id.as_str()).collect()
}

/// A report over batches with these totals.
fn of_totals(totals: &[u64]) -> AuditReport {
    let mut report = fixture::report(totals.len(), Standing::Complete);
    report.register.iter_mut().zip(totals).for_each(|(batch, total)| batch.total_calls = Some(*total));
    report
}

fn methods() -> impl Strategy<Value = Method> {
    prop_oneof![Just(Method::Random), Just(Method::Interval), Just(Method::Mus)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_register_and_seed_give_the_same_sample_in_any_order(
        count in 2_usize..120, size in 1_u64..60, seed in "[a-z0-9]{1,12}", method in methods(), turn in 0_usize..120,
    ) {
        let mut report = fixture::report(count, Standing::Complete);
        let wanted = Request { key_items: [Severity::High].into(), ..request(method, size, &seed) };
        let once = draw(&report, &wanted);
        report.register.rotate_left(turn % count);
        report.register.reverse();
        prop_assert_eq!(draw(&report, &wanted), once);
    }

    #[test]
    fn key_items_are_taken_whole_and_never_drawn_as_well(
        count in 10_usize..200, size in 1_u64..80, seed in "[a-z0-9]{1,12}", method in methods(), medium: bool,
    ) {
        let report = fixture::report(count, Standing::Complete);
        let severities: BTreeSet<Severity> = if medium { [Severity::High, Severity::Medium].into() } else { [Severity::High].into() };
        let sample = draw(&report, &Request { key_items: severities.clone(), ..request(method, size, &seed) });
        let concerned: BTreeSet<&str> = report.findings.iter().filter(|finding| severities.contains(&finding.severity))
            .flat_map(|finding| &finding.concerns).map(|concern| &*concern.batch_id).collect();
        let (key, drawn): (Vec<_>, Vec<_>) = sample.items.iter().partition(|item| item.selection.kind() == "key item");
        prop_assert_eq!(key.iter().map(|item| &*item.batch_id).collect::<BTreeSet<_>>(), concerned.clone());
        prop_assert!(drawn.iter().all(|item| !concerned.contains(&*item.batch_id)));
        let all: BTreeSet<_> = ids(&sample).into_iter().collect();
        prop_assert_eq!(all.len(), sample.items.len(), "a batch is in the sample twice");
        let of = &sample.population;
        prop_assert_eq!((of.batches, of.key_items + of.drawn_from), (count as u64, count as u64));
        for item in &sample.items {
            prop_assert_eq!(&*report.register[item.register_row as usize - 1].id, &*item.batch_id);
        }
    }

    #[test]
    fn a_sample_has_its_size_and_a_larger_random_one_holds_it(count in 1_usize..150, size in 1_u64..150, seed in "[a-z0-9]{1,8}") {
        let report = fixture::report(count, Standing::Complete);
        let expected = size.min(count as u64) as usize;
        let random = draw(&report, &request(Method::Random, size, &seed));
        prop_assert_eq!(random.items.len(), expected);
        prop_assert_eq!(draw(&report, &request(Method::Interval, size, &seed)).items.len(), expected);
        let larger = draw(&report, &request(Method::Random, size + 7, &seed));
        prop_assert_eq!(&ids(&larger)[..expected], &ids(&random)[..]);
    }

    #[test]
    fn a_batch_of_an_interval_or_more_is_certainly_drawn(
        totals in proptest::collection::vec(0_u64..2_000, 2..40), size in 1_u64..30, seed in "[a-z0-9]{1,8}",
    ) {
        prop_assume!(totals.iter().any(|total| *total > 0));
        let report = of_totals(&totals);
        let sample = draw(&report, &request(Method::Mus, size, &seed));
        let all: u64 = totals.iter().sum();
        let drawn: BTreeSet<_> = ids(&sample).into_iter().collect();
        for batch in &report.register {
            let units = batch.total_calls.unwrap();
            prop_assert!(units * sample.points < all || drawn.contains(&*batch.id), "{} of {all}", units);
        }
        let points: Vec<u64> = sample.items.iter().flat_map(|item| match &item.selection {
            Selection::Points { points, .. } => points.clone(),
            _ => Vec::new(),
        }).collect();
        prop_assert_eq!(points.len() as u64, size.min(all));
        prop_assert!(points.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_start_is_below_its_limit_and_any_seed_is_read_or_refused(limit in 1_u64.., seed in "[A-Za-z0-9._-]{1,64}", other in ".{0,80}") {
        let read: Seed = seed.parse().unwrap();
        prop_assert!(read.below(limit) < limit);
        let fits = |text: &str| (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        prop_assert_eq!(other.parse::<Seed>().is_ok(), fits(&other));
    }
}

/// Over every start, each unit is drawn exactly as often as every other: no bound of chance is needed.
#[test]
fn every_start_together_draws_each_unit_equally_often() {
    for (totals, size) in [(vec![3, 1, 0, 7, 2], 4_u64), (vec![5, 5, 5], 7), (vec![1; 13], 5), (vec![40, 1, 1], 3)] {
        let all: u64 = totals.iter().sum();
        let mut hits = vec![0_u64; all as usize];
        for start in 0..all {
            for i in 0..size {
                hits[point(i, start, (all, size)) as usize] += 1;
            }
        }
        assert!(hits.iter().all(|hit| *hit == size), "{totals:?}: {hits:?}");
    }
}

/// The counts of `draws` over seeds must be within six standard deviations of what equal probability gives. A start that is always 0,
/// a modulo that favours low numbers, a batch left out, or weights by batch instead of unit are all far outside.
fn is_even(hits: &[(u64, f64)], draws: f64) {
    for (hit, probability) in hits {
        let (mean, deviation) = (draws * probability, (draws * probability * (1.0 - probability)).sqrt());
        assert!((*hit as f64 - mean).abs() <= 6.0 * deviation + 1.0, "{hit} hits, {mean:.1} expected, {hits:?}");
    }
}

fn hits_over_seeds(report: &AuditReport, method: Method, size: u64, seeds: u64) -> BTreeMap<String, u64> {
    let mut hits: BTreeMap<String, u64> = report.register.iter().map(|batch| (batch.id.to_string(), 0)).collect();
    for seed in 0..seeds {
        let sample = draw(report, &request(method, size, &format!("seed-{seed}")));
        for item in sample.items {
            *hits.entry(item.batch_id).or_default() += 1;
        }
    }
    hits
}

#[test]
fn over_many_seeds_each_batch_is_drawn_with_the_same_probability() {
    let (report, seeds) = (fixture::report(17, Standing::Complete), 3_000);
    for method in [Method::Random, Method::Interval] {
        let hits = hits_over_seeds(&report, method, 5, seeds);
        assert_eq!(hits.len(), 17);
        is_even(&hits.values().map(|hit| (*hit, 5.0 / 17.0)).collect::<Vec<_>>(), seeds as f64);
    }
}

#[test]
fn over_many_seeds_mus_draws_each_unit_with_the_same_probability() {
    let totals = [50, 1, 300, 7, 120, 22, 0, 500];
    let (report, seeds, size, all) = (of_totals(&totals), 4_000, 3, 1_000.0);
    let hits = hits_over_seeds(&report, Method::Mus, size, seeds);
    let expected = totals.map(|units| (units as f64 * size as f64 / all).min(1.0));
    let found: Vec<_> = report.register.iter().map(|batch| hits[&*batch.id]).zip(expected).collect();
    is_even(&found, seeds as f64);
    assert_eq!((found[6].0, found[7].0), (0, seeds), "the batch without units, and the one that is certain");
    let sample = draw(&report, &request(Method::Mus, size, "x"));
    assert_eq!(sample.population.without_units, [&*report.register[6].id]);
    assert!(sample.items.iter().any(|item| matches!(item.selection, Selection::Points { certain: true, .. })));
}

#[test]
fn every_batch_can_be_drawn() {
    let report = fixture::report(40, Standing::Complete);
    for method in [Method::Random, Method::Interval] {
        assert!(hits_over_seeds(&report, method, 2, 400).values().all(|hit| *hit > 0), "{method:?}");
    }
}

#[test]
fn where_no_size_is_given_the_advised_one_is_drawn_and_stated() {
    assert_eq!([0, 1, 3, 12, 24, 52, 53, 250, 251, 1_000_000].map(advised), [0, 1, 2, 4, 8, 9, 25, 25, 60, 60]);
    let report = fixture::report(100, Standing::Complete);
    let sample = draw(&report, &Request { size: None, ..request(Method::Random, 1, "s") });
    assert_eq!((sample.size, sample.size_is_advised, sample.items.len()), (25, true, 25));
    let size = sample.facts(crate::figures::Grouping::Comma).into_iter().find(|fact| fact.label == "Size").unwrap();
    assert_eq!(size.value, "25; as practice advises for such a population, because no size was given");
    let again: Sample = serde_json::from_slice(&sample.to_json().unwrap()).unwrap();
    assert_eq!(again, sample);
    assert_eq!(draw(&report, &again.request().unwrap()), sample);
}

#[test]
fn what_cannot_be_drawn_from_is_an_error() {
    let failed = |report: &AuditReport, method| {
        Sample::draw(report, "00", &request(method, 3, "s"), BTreeMap::new()).unwrap_err().to_string()
    };
    let none = fixture::report(0, Standing::Complete);
    assert_eq!(failed(&none, Method::Random), "there is nothing to draw from: the register has no batch");
    let zeros = of_totals(&[0, 0, 0]);
    assert_eq!(failed(&zeros, Method::Mus), "there is nothing to draw from: no batch reports total_calls above 0");
    let huge = of_totals(&[u64::MAX, 1]);
    assert_eq!(failed(&huge, Method::Mus), "the sum of total_calls over the batches passes 64 bits");
}
