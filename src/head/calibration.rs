//! Probabilities that mean what they say, and thresholds that suit them, from cells that a head has not learned from.
//!
//! A label's calibration is an affine map of its logit: J. Platt, "Probabilistic outputs for support vector machines"
//! (1999), with his smoothed targets, held to the identity by a Gaussian prior, so that a label with few decided cells
//! keeps what it has. An affine map of a logit is another last layer: [`Head::calibrated`] folds it into the
//! weights, and a calibrated head is a head like any other. What it leaves over, a [curve](super::curve) can take in.
//!
//! Thresholds serve micro-F1. F1 at its best is reached by predicting the cells whose probability is above half of it
//! (Lipton, Elkan & Naryanaswamy, ECML 2014); summed over labels the optimum splits into one threshold a label for a
//! given F1, which is raised until it no longer rises (Dinkelbach's method, as in Ye, Chai, Lee & Chieu, ICML 2012).
//! What a label's own cells say is shrunk towards the common threshold, and that towards [`UNTUNED`], where there are few.
//!
//! [`Head::calibrated`]: super::Head::calibrated

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::curve::{Curve, Pieces};
use super::logistic::{Prior, fit};
use super::loss::sigmoid;

/// The affine map of a label's logit that was folded into its row: `scale·logit + shift`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Below 1 for a label that was too sure of itself. Always positive, so that the order of words stays.
    pub scale: f32,
    /// What is added.
    pub shift: f32,
}

impl Platt {
    /// Changes nothing.
    pub const IDENTITY: Self = Self { scale: 1.0, shift: 0.0 };

    /// The calibrated logit.
    pub fn apply(self, logit: f32) -> f32 {
        self.scale * logit + self.shift
    }

    /// This map after `first`.
    #[must_use]
    pub fn after(self, first: Self) -> Self {
        Self { scale: self.scale * first.scale, shift: self.scale * first.shift + self.shift }
    }
}

/// Decided cells by label, with the logits that a head gives them that has not learned from them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOut {
    labels: Vec<Vec<Cell>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    logit: f32,
    present: bool,
}

impl HeldOut {
    /// Nothing yet, of so many labels.
    pub fn new(labels: usize) -> Self {
        Self { labels: vec![Vec::new(); labels] }
    }

    /// Adds a cell. One whose logit is no number is passed over.
    pub fn add(&mut self, label: usize, logit: f32, present: bool) {
        if logit.is_finite() {
            self.labels[label].push(Cell { logit, present });
        }
    }

    /// Adds the cells of others of the same labels.
    pub fn extend(&mut self, other: &Self) {
        self.labels.iter_mut().zip(&other.labels).for_each(|(cells, others)| cells.extend(others));
    }

    /// Every cell: its label, its logit, and whether it is present.
    pub fn cells(&self) -> impl Iterator<Item = (usize, f32, bool)> {
        let of = |(label, cells): (usize, &Vec<Cell>)| {
            cells.iter().map(move |cell| (label, cell.logit, cell.present)).collect::<Vec<_>>()
        };
        self.labels.iter().enumerate().flat_map(of)
    }

    /// The cells label by label: their logits, and whether they are present.
    pub(super) fn by_label(&self) -> Vec<Vec<(f32, bool)>> {
        self.labels.iter().map(|cells| cells.iter().map(|cell| (cell.logit, cell.present)).collect()).collect()
    }

    /// Cells of a label, and how many of them are present.
    pub fn support(&self, label: usize) -> (usize, usize) {
        let cells = &self.labels[label];
        (cells.len(), cells.iter().filter(|cell| cell.present).count())
    }

    /// The same cells as the calibrated head sees them.
    #[must_use]
    pub fn calibrated(&self, maps: &[Platt]) -> Self {
        let map = |(cells, &map): (&Vec<Cell>, &Platt)| {
            cells.iter().map(|cell| Cell { logit: map.apply(cell.logit), ..*cell }).collect()
        };
        Self { labels: self.labels.iter().zip(maps).map(map).collect() }
    }

    /// The same cells behind a curve a label.
    #[must_use]
    pub fn bent(&self, curves: &[Curve]) -> Self {
        let bend = |(cells, pieces): (&Vec<Cell>, Pieces)| {
            cells.iter().map(|cell| Cell { logit: pieces.apply(cell.logit), ..*cell }).collect()
        };
        Self { labels: self.labels.iter().zip(curves.iter().map(Curve::pieces)).map(bend).collect() }
    }
}

/// What is expected of scale and shift.
const PRIOR: [Prior; 2] = [Prior { mean: 1.0, firmness: 16.0 }, Prior { mean: 0.0, firmness: 4.0 }];
/// What a scale may be.
const SCALES: std::ops::RangeInclusive<f64> = 0.1..=4.0;

/// The calibration of each label, from held-out cells. A label without a present or without an absent cell keeps its
/// logits.
pub fn fit_calibration(cells: &HeldOut) -> Vec<Platt> {
    cells.labels.par_iter().map(|cells| fit_label(cells)).collect()
}

/// Cells below this log-odds, about 2%, are left out of a fit: nobody sees them, there are so many of them that they
/// would decide the slope, and what holds far below need not hold where a label is shown.
const LEAST_LOGIT: f32 = -4.0;

fn fit_label(cells: &[Cell]) -> Platt {
    let cells: Vec<Cell> = cells.iter().filter(|cell| cell.logit > LEAST_LOGIT).copied().collect();
    let present = cells.iter().filter(|cell| cell.present).count() as f64;
    let absent = cells.len() as f64 - present;
    if present == 0.0 || absent == 0.0 {
        return Platt::IDENTITY;
    }
    let targets = [1.0 / (absent + 2.0), (present + 1.0) / (present + 2.0)];
    let cells: Vec<_> = cells.iter().map(|cell| ([f64::from(cell.logit), 1.0], targets[usize::from(cell.present)])).collect();
    let [scale, shift] = fit(&cells, PRIOR);
    Platt { scale: scale.clamp(*SCALES.start(), *SCALES.end()) as f32, shift: shift as f32 }
}

/// So many present cells count as much as what is known without them.
const PSEUDO_CELLS: f64 = 40.0;
/// Rounds of raising F1; each gains many digits.
const ROUNDS: usize = 12;

/// The threshold of a label of which too little is known: best where F1 is two thirds, as it is of one that was learned
/// from some dozen words.
pub const UNTUNED: f32 = 1.0 / 3.0;

/// The threshold of each label, a probability, from held-out cells with the (calibrated) logits they will be applied to.
pub fn fit_thresholds(cells: &HeldOut) -> Vec<f32> {
    let sorted: Vec<Vec<Cell>> = cells.labels.par_iter().map(|cells| sorted(cells)).collect();
    let present: Vec<f64> = cells.labels.iter().map(|cells| cells.iter().filter(|cell| cell.present).count() as f64).collect();
    let all: f64 = present.iter().sum();
    if all == 0.0 {
        return vec![0.5; sorted.len()];
    }
    let common = common(&sorted, all);
    let shrunk = |own: f64, to: f64, support: f64| (support * own + PSEUDO_CELLS * to) / (support + PSEUDO_CELLS);
    let base = shrunk(common.0, f64::from(UNTUNED / (1.0 - UNTUNED)).ln(), all);
    let threshold = |(cells, &present): (&Vec<Cell>, &f64)| {
        let own = best_cut(cells, common.1).map_or(base, |cut| cut.0);
        sigmoid(shrunk(own.clamp(-3.0, 3.0), base, present) as f32)
    };
    sorted.iter().zip(&present).map(threshold).collect()
}

/// The cells with the highest logit first.
fn sorted(cells: &[Cell]) -> Vec<Cell> {
    let mut cells = cells.to_vec();
    cells.sort_by(|a, b| b.logit.total_cmp(&a.logit));
    cells
}

/// The one logit at which all labels together have the highest F1, and the F1 that a threshold a label reaches.
fn common(sorted: &[Vec<Cell>], present: f64) -> (f64, f64) {
    let mut all: Vec<Cell> = sorted.iter().flatten().copied().collect();
    all.sort_by(|a, b| b.logit.total_cmp(&a.logit));
    let raise = |labels: &[&[Cell]]| {
        let (mut f1, mut at) = (0.0, 0.0);
        for _ in 0..ROUNDS {
            let cuts: Vec<_> = labels.iter().filter_map(|cells| best_cut(cells, f1)).collect();
            let (hits, predicted) = cuts.iter().fold((0.0, 0.0), |sum, cut| (sum.0 + cut.1, sum.1 + cut.2));
            let next = 2.0 * hits / (predicted + present);
            at = cuts.first().map_or(at, |cut| cut.0);
            if next <= f1 {
                break;
            }
            f1 = next;
        }
        (at, f1)
    };
    let each: Vec<&[Cell]> = sorted.iter().map(Vec::as_slice).collect();
    (raise(&[&all]).0, raise(&each).1)
}

/// Where to cut cells sorted by logit so that 2·hits − F1·predicted is highest: the logit halfway to the next cell, the
/// hits, and the number of predicted cells. `None` without cells.
fn best_cut(cells: &[Cell], f1: f64) -> Option<(f64, f64, f64)> {
    let first = f64::from(cells.first()?.logit);
    let (mut best, mut found) = (0.0, (first + 1.0, 0.0, 0.0));
    let mut hits = 0.0;
    for (index, cell) in cells.iter().enumerate() {
        hits += f64::from(u8::from(cell.present));
        let next = cells.get(index + 1).map_or(f64::NEG_INFINITY, |next| f64::from(next.logit));
        let here = f64::from(cell.logit);
        let predicted = (index + 1) as f64;
        let gain = 2.0 * hits - f1 * predicted;
        if here > next && gain > best {
            let cut = if next.is_finite() { f64::midpoint(here, next) } else { here - 1.0 };
            (best, found) = (gain, (cut, hits, predicted));
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::metrics::{Calibration, Counts};

    /// Cells whose present share at a logit is that of `truth`, which the head reports as `truth` undone.
    fn cells(count: usize, truth: Platt, seed: u64) -> HeldOut {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let mut cells = HeldOut::new(1);
        for _ in 0..count {
            let logit = generator.random_range(-6.0f32..3.0);
            cells.add(0, logit, generator.random_range(0.0..1.0f32) < sigmoid(truth.apply(logit)));
        }
        cells
    }

    fn figures(cells: &HeldOut) -> (f64, f64) {
        let mut calibration = Calibration::default();
        cells.labels[0].iter().for_each(|cell| calibration.add(sigmoid(cell.logit), cell.present));
        (calibration.expected_error().unwrap(), calibration.brier().unwrap())
    }

    fn f1(cells: &HeldOut, thresholds: &[f32]) -> f64 {
        let mut counts = Counts::default();
        for (cells, &threshold) in cells.labels.iter().zip(thresholds) {
            cells.iter().for_each(|cell| counts.add_cell(cell.present, sigmoid(cell.logit) >= threshold));
        }
        counts.f1()
    }

    #[test]
    fn an_overconfident_head_is_set_right_on_cells_it_has_not_been_fitted_to() {
        for truth in [Platt { scale: 0.4, shift: 0.5 }, Platt { scale: 1.6, shift: -0.7 }, Platt::IDENTITY] {
            let found = fit_calibration(&cells(5_000, truth, 1))[0];
            assert!(
                (found.scale - truth.scale).abs() < 0.1 && (found.shift - truth.shift).abs() < 0.15,
                "{found:?} for {truth:?}"
            );
            let unseen = cells(5_000, truth, 2);
            let (before, after) = (figures(&unseen), figures(&unseen.calibrated(&[found])));
            assert!(after.0 < 0.03, "{after:?} after {before:?}");
            assert!(truth == Platt::IDENTITY || after.1 < before.1, "{after:?} after {before:?}");
        }
    }

    #[test]
    fn few_cells_move_little_and_one_sided_ones_nothing() {
        let far = Platt { scale: 0.4, shift: 1.5 };
        let distance = |count| {
            let found = fit_calibration(&cells(count, far, 3))[0];
            (found.scale - 1.0).abs() + found.shift.abs()
        };
        assert!(distance(6) < 0.5 * distance(3_000), "{} {}", distance(6), distance(3_000));
        let mut one_sided = HeldOut::new(2);
        (0..50).for_each(|n| one_sided.add(0, n as f32 / 10.0, false));
        assert_eq!(fit_calibration(&one_sided), [Platt::IDENTITY; 2]);
        assert_eq!(fit_thresholds(&one_sided), [0.5, 0.5]);
        one_sided.add(1, f32::NAN, true);
        assert_eq!(one_sided.support(1), (0, 0));
    }

    #[test]
    fn thresholds_raise_f1_on_unseen_cells_where_one_half_is_too_strict() {
        let timid = Platt { scale: 1.0, shift: 2.0 };
        let thresholds = fit_thresholds(&cells(2_000, timid, 4));
        let unseen = cells(2_000, timid, 5);
        let (before, after) = (f1(&unseen, &[0.5]), f1(&unseen, &thresholds));
        assert!(after > before + 0.02, "{after} after {before} at {thresholds:?}");
        let few = fit_thresholds(&cells(10, timid, 4));
        assert!((few[0] - 0.5).abs() < (thresholds[0] - 0.5).abs(), "{few:?}, {thresholds:?}");
    }

    #[test]
    fn no_other_thresholds_have_a_higher_f1_on_the_cells_themselves_but_for_the_shrinking() {
        // Two labels of many cells, one reliable and one not: a common objective asks more of the one that is not.
        let mut both = HeldOut::new(2);
        for (label, noise) in [(0, 0.02), (1, 0.3)] {
            let mut generator = ChaCha8Rng::seed_from_u64(label as u64);
            for _ in 0..4_000 {
                let logit = generator.random_range(-3.0f32..3.0);
                let present = (logit > 0.0) != (generator.random_range(0.0..1.0f32) < noise);
                both.add(label, logit, present);
            }
        }
        let thresholds = fit_thresholds(&both);
        let best = f1(&both, &thresholds);
        for label in 0..2 {
            for threshold in [0.2, 0.4, 0.5, 0.6, 0.8] {
                let mut other = thresholds.clone();
                other[label] = threshold;
                assert!(f1(&both, &other) < best + 0.003, "{other:?} beats {thresholds:?}");
            }
        }
    }

    #[test]
    fn the_threshold_of_a_weak_label_is_where_its_f1_is_highest_too() {
        // Few of many cells are present, and no threshold comes to an F1 of one half.
        let weak = HeldOut {
            labels: vec![
                (0..20_000)
                    .map(|n| Cell { logit: -5.0 + (n % 400) as f32 / 100.0, present: n % 13 == 0 && n % 400 > 150 })
                    .collect(),
            ],
        };
        let best = (1..100).map(|percent| f1(&weak, &[percent as f32 / 100.0])).fold(0.0, f64::max);
        let found = f1(&weak, &fit_thresholds(&weak));
        assert!(best < 0.4 && found > best - 0.01, "{found}, at best {best}");
    }

    #[test]
    fn maps_follow_each_other() {
        let (first, then) = (Platt { scale: 0.5, shift: 1.0 }, Platt { scale: 2.0, shift: -3.0 });
        assert_eq!(then.after(first).apply(7.0), then.apply(first.apply(7.0)));
    }
}
