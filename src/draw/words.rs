//! A sample in words, the same in every file and on the terminal.

use super::{Item, Method, Sample, Selection};
use crate::figures::Grouping;
use crate::report::Fact;

fn fact(label: &'static str, value: impl Into<String>) -> Fact {
    Fact { label, value: value.into() }
}

impl Selection {
    /// Whether the batch is a key item or was drawn.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::KeyItem { .. } => "key item",
            Self::Hash { .. } | Self::Points { .. } => "drawn",
        }
    }

    /// Why the batch is in the sample.
    pub fn reason(&self) -> String {
        match self {
            Self::KeyItem { findings } => format!("findings: {}", findings.join(", ")),
            Self::Hash { sha256 } => format!("sha256 {sha256}"),
            Self::Points { points, certain, .. } => {
                let units: Vec<String> = points.iter().map(u64::to_string).collect();
                let word = if units.len() == 1 { "unit" } else { "units" };
                let certain = if *certain { " (certain)" } else { "" };
                format!("{word} {}{certain}", units.join(", "))
            }
        }
    }
}

impl Sample {
    /// How it was drawn, in a few words: `random, seed 7f3a, 25 of 166 batches`.
    pub fn drawn_by(&self) -> String {
        let (method, seed, points, units) =
            (self.method.as_str(), self.seed.as_str(), self.points, self.population.units);
        match &self.by {
            Some(by) => format!("{method}, seed {seed}, {points} points over {units} {by}"),
            None => format!("{method}, seed {seed}, {points} of {units} batches"),
        }
    }

    /// How many batches are key items, and how many were drawn.
    pub fn counts(&self) -> (u64, u64) {
        let key = self.items.iter().filter(|item| matches!(item.selection, Selection::KeyItem { .. })).count() as u64;
        (key, self.items.len() as u64 - key)
    }

    /// All that it takes to draw it again.
    pub fn facts(&self, grouping: Grouping) -> Vec<Fact> {
        let of = &self.population;
        let (key, drawn) = self.counts();
        let mut facts = vec![
            fact("Package", &self.package.name),
            fact("SHA-256 of its manifest.json", &self.package.manifest_sha256),
            fact("Period", format!("{}: {}", self.package.period.label, self.package.period.bounds())),
            fact("Population", self.package.standing.mark()),
            fact("Hash total of the register", &self.package.hash_total),
            fact("Batches in the register", grouping.grouped(of.batches)),
        ];
        let severities: Vec<&str> = self.key_items.iter().map(|severity| severity.as_str()).collect();
        facts.push(fact(
            "Key items",
            match severities.as_slice() {
                [] => "none asked for".to_owned(),
                _ => format!("{} of {} findings", grouping.batches(key), severities.join(" and ")),
            },
        ));
        facts.push(fact("Drawn from", format!("{}, in the order of the register", grouping.batches(of.drawn_from))));
        facts.push(fact("Method", self.method_words()));
        facts.push(fact("Seed", self.seed.as_str()));
        let advised = match self.size_is_advised {
            true => "; as practice advises for such a population, because no size was given",
            false => "",
        };
        facts.push(fact("Size", format!("{}{advised}", grouping.grouped(self.size))));
        if self.points < self.size {
            facts.push(fact("Fewer than asked for", "there are no more, so all are drawn"));
        }
        if let Some(start) = self.start {
            let unit = self.by.as_deref().unwrap_or("batches");
            facts.push(fact("Units", format!("{} ({unit})", grouping.grouped(of.units))));
            facts.push(fact("Interval", interval(of.units, self.points)));
            facts.push(fact("Start", start.to_string()));
        }
        facts.push(fact("Drawn", grouping.batches(drawn)));
        if !of.without_units.is_empty() {
            let named: Vec<&str> = of.without_units.iter().take(8).map(String::as_str).collect();
            let more = if of.without_units.len() > named.len() { ", \u{2026}" } else { "" };
            facts.push(fact(
                "Cannot be drawn by this figure",
                format!(
                    "{}, because the figure is 0 or not reported: {}{more}. Test them otherwise.",
                    grouping.batches(of.without_units.len() as u64),
                    named.join(", ")
                ),
            ));
        }
        facts
    }

    fn method_words(&self) -> String {
        match self.method {
            Method::Random => "random: the batches with the lowest SHA-256 of SEED:BATCH_ID".to_owned(),
            Method::Interval => "interval: batches at equal distances, from a start that the seed gives".to_owned(),
            Method::Mus => format!(
                "mus: monetary-unit sampling over {}; each unit is drawn with the same probability",
                self.by.as_deref().unwrap_or("a figure")
            ),
        }
    }

    /// How to draw it without this program.
    pub fn repeat(&self) -> Vec<String> {
        let name = &self.package.name;
        match self.method {
            Method::Random => vec![
                format!("For each batch_id that is no key item: printf '%s:%s' {} BATCH_ID | sha256sum", self.seed.as_str()),
                format!("Sorted, the first {} lines are the sample. docs/auditor.md has the whole command over {name}.json.", self.points),
            ],
            Method::Interval | Method::Mus => vec![
                "Number the units from 0 in the order of the register, key items left out.".to_owned(),
                format!(
                    "Start: printf '%s' {}:start:0 | sha256sum, the first 16 hex digits as a number, modulo the units.",
                    self.seed.as_str()
                ),
                "Point i, from 0: (start + i * units) / points, rounded down. A batch is drawn where a point is one of its units."
                    .to_owned(),
            ],
        }
    }

    /// The batches that were drawn, or are key items, by their ids.
    pub fn item(&self, batch_id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.batch_id == batch_id)
    }
}

/// The distance of two points, with what is left of the division.
fn interval(units: u64, points: u64) -> String {
    match (units.checked_div(points), units.checked_rem(points)) {
        (Some(whole), Some(0)) => whole.to_string(),
        (Some(whole), Some(left)) => format!("{whole} {left}/{points}"),
        _ => "none".to_owned(),
    }
}
