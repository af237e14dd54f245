//! What effort which quality took: one strategy's replays over several seeds.

use super::replay::{Point, Replay};
use crate::active_learning::Cost;

/// The shares of the full-data F1 that are asked for.
pub const TARGETS: [f64; 4] = [0.90, 0.95, 0.98, 0.99];

/// Edits from which areas are taken: before them the head has seen too little to speak of.
pub const FROM_EDITS: f64 = 100.0;

impl Replay {
    /// The effort at which a micro-F1 was first reached, on the straight line between the rounds before and after it; `None` if it never was.
    pub fn effort_to(&self, f1: f64) -> Option<Cost> {
        let mut before = Point { effort: Cost::default(), micro_f1: 0.0 };
        for &point in &self.points {
            if point.micro_f1 >= f1 {
                let share = ((f1 - before.micro_f1) / (point.micro_f1 - before.micro_f1)).clamp(0.0, 1.0);
                return Some(between(&before.effort, &point.effort, if share.is_nan() { 1.0 } else { share }));
            }
            before = point;
        }
        None
    }

    /// The micro-F1 after so many edits, on the straight line between rounds; `None` beyond the last round.
    pub fn f1_after(&self, edits: f64) -> Option<f64> {
        let mut before = (0.0, 0.0);
        for point in &self.points {
            let now = (point.effort.edits, point.micro_f1);
            if now.0 >= edits {
                let share = if now.0 > before.0 { (edits - before.0) / (now.0 - before.0) } else { 1.0 };
                return Some(before.1 + share * (now.1 - before.1));
            }
            before = now;
        }
        None
    }

    /// The area under micro-F1 along the logarithm of edits, from [`FROM_EDITS`] to `to`, divided by the width: the mean
    /// micro-F1 of an annotator who may stop at any order of magnitude. `None` if the replay ended before.
    pub fn area(&self, to: f64) -> Option<f64> {
        const STEPS: usize = 200;
        let at = |step: usize| FROM_EDITS * (to / FROM_EDITS).powf(step as f64 / STEPS as f64);
        let heights: Option<Vec<f64>> = (0..=STEPS).map(|step| self.f1_after(at(step).min(to))).collect();
        let heights = heights.filter(|_| to > FROM_EDITS)?;
        Some(heights.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).sum::<f64>() / STEPS as f64)
    }

    /// Edits when it ended.
    pub fn edits(&self) -> f64 {
        self.points.last().map_or(0.0, |point| point.effort.edits)
    }
}

/// The mean over seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The strategy's name.
    pub name: &'static str,
    /// Number of seeds.
    pub seeds: usize,
    /// Mean effort to each of [`TARGETS`]; `None` where a seed did not get there.
    pub to: [Option<Cost>; TARGETS.len()],
    /// Mean area.
    pub area: Option<f64>,
}

impl Summary {
    /// Sums up the replays of each strategy, in the order in which they first come.
    pub fn of_all(replays: &[Replay], full: f64) -> Vec<Self> {
        let to = common_edits(replays);
        let mut names: Vec<&'static str> = Vec::new();
        for replay in replays.iter().filter(|replay| replay.seed == replays[0].seed) {
            names.push(replay.name);
        }
        names.into_iter().map(|name| Self::of(name, replays, full, to)).collect()
    }

    fn of(name: &'static str, replays: &[Replay], full: f64, edits: f64) -> Self {
        let own: Vec<&Replay> = replays.iter().filter(|replay| replay.name == name).collect();
        let mean = |target: f64| -> Option<Cost> {
            let efforts: Option<Vec<Cost>> = own.iter().map(|replay| replay.effort_to(target * full)).collect();
            let mut sum = Cost::default();
            let efforts = efforts?;
            efforts.iter().for_each(|&effort| sum += effort);
            Some(between(&Cost::default(), &sum, 1.0 / efforts.len() as f64))
        };
        let areas: Option<Vec<f64>> = own.iter().map(|replay| replay.area(edits)).collect();
        let area = areas.map(|areas| areas.iter().sum::<f64>() / areas.len() as f64);
        Self { name, seeds: own.len(), to: TARGETS.map(mean), area }
    }
}

/// The edits that every replay reached: areas are comparable up to there.
pub fn common_edits(replays: &[Replay]) -> f64 {
    replays.iter().map(Replay::edits).fold(f64::INFINITY, f64::min)
}

/// The point at `share` of the way from one effort to another.
fn between(from: &Cost, to: &Cost, share: f64) -> Cost {
    let mix = |from: f64, to: f64| from + share * (to - from);
    Cost {
        words: mix(from.words, to.words),
        edits: mix(from.edits, to.edits),
        corrections: mix(from.corrections, to.corrections),
        keys: mix(from.keys, to.keys),
        doubts: mix(from.doubts, to.doubts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(name: &'static str, seed: u64, points: &[(f64, f64)]) -> Replay {
        let point =
            |&(edits, micro_f1): &(f64, f64)| Point { effort: Cost { words: 10.0 * edits, edits, ..Cost::default() }, micro_f1 };
        Replay { name, seed, points: points.iter().map(point).collect() }
    }

    #[test]
    fn effort_is_read_off_between_rounds() {
        let replay = replay("a", 0, &[(100.0, 0.4), (200.0, 0.6), (300.0, 0.5), (400.0, 0.8)]);
        let rows = [(0.2, Some(50.0)), (0.5, Some(150.0)), (0.6, Some(200.0)), (0.65, Some(350.0)), (0.9, None)];
        for (f1, expected) in rows {
            let found = replay.effort_to(f1).map(|effort| (effort.edits, effort.words));
            let near = |found: (f64, f64), edits: f64| (found.0 - edits).abs() < 1e-6 && (found.1 - 10.0 * edits).abs() < 1e-6;
            assert!(found.zip(expected).map_or(found.is_none() && expected.is_none(), |(f, e)| near(f, e)), "{f1}: {found:?}");
        }
        assert_eq!((replay.f1_after(100.0), replay.f1_after(401.0)), (Some(0.4), None));
    }

    #[test]
    fn the_area_is_the_mean_height_along_the_logarithm_and_ends_where_all_are() {
        let flat = replay("a", 0, &[(50.0, 0.5), (10_000.0, 0.5)]);
        assert!((flat.area(10_000.0).unwrap() - 0.5).abs() < 1e-9);
        assert_eq!((flat.area(10_001.0), flat.area(FROM_EDITS)), (None, None));
        let (early, late) = ([(100.0, 0.6), (10_000.0, 0.6)], [(100.0, 0.0), (1_000.0, 0.0), (1_001.0, 0.6), (20_000.0, 0.6)]);
        let replays = [replay("early", 0, &early), replay("late", 0, &late)];
        let [early, late] = Summary::of_all(&replays, 0.6).try_into().unwrap();
        assert!((early.area.unwrap() - 0.6).abs() < 1e-9);
        assert!((late.area.unwrap() - 0.3).abs() < 0.01, "half of the width at 0.6: {:?}", late.area);
    }

    #[test]
    fn a_target_that_a_seed_missed_has_no_mean() {
        let replays = [replay("a", 0, &[(100.0, 0.96)]), replay("a", 1, &[(300.0, 0.93)])];
        let [summary] = Summary::of_all(&replays, 1.0).try_into().unwrap();
        assert_eq!((summary.seeds, summary.to[0].is_some(), summary.to[1]), (2, true, None));
        assert!(Summary::of_all(&[], 1.0).is_empty());
    }
}
