//! Incremental training: the last layer learns the decisions, and is held to what it said where nobody decided.
//!
//! Above fixed features (the word vectors themselves, or what a hidden layer makes of them) the rows of the last layer
//! are logistic regressions that share nothing. So only the rows of labels with decisions move, and no other label can
//! forget anything. Each moving row minimises the cross-entropy of its decided cells, plus that of undecided cells with
//! the probability that the head gave them before as a soft target (Li & Hoiem, "Learning without forgetting", 2017),
//! plus a pull of its weights towards where they were. The gradient of a logistic regression is written out:
//! `(σ(x·w + b) − y)·x`, two matrix products a batch.
//!
//! Judging, calibration and thresholds need fits that have not seen some of the groups. They are fitted beside the one
//! that makes the version, in the same products, as further rows.

use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::HeadError;
use super::classifier::Head;
use super::loss::{sigmoid, soft_cross_entropy};
use super::optimizer::Moments;

/// A decided cell of the evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvidenceCell {
    /// Row of the word among the evidence.
    pub row: usize,
    /// Index of the label.
    pub label: usize,
    /// Whether the word has it.
    pub present: bool,
    /// How much it counts beside others.
    pub weight: f32,
}

/// What a refit learns from.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The words as the last layer sees them, row-major, rows × width: [`Head::features`].
    pub features: Vec<f32>,
    /// Probabilities of the head's last layer before, row-major, rows × labels: what a fit that learns nothing gives.
    pub before: Vec<f32>,
    /// What the head shows of them, which is another probability where a label has a curve; row-major, rows × labels.
    pub shown: Vec<f32>,
    /// The decided cells.
    pub cells: Vec<EvidenceCell>,
    /// The fold of each row, if it is in a group that may be left out.
    pub folds: Vec<Option<u64>>,
    /// For each label how little its decisions say of other texts, from 0 to 1: they are corrections among words that nobody
    /// touched, or that were accepted in bulk in a single document; nothing where that is not known.
    pub one_sided: Vec<f32>,
}

/// How to refit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RefitSettings {
    /// Passes over the rows.
    pub passes: usize,
    /// Rows a step, at the most.
    pub batch: usize,
    /// At least this many steps, however few the rows: steps are made of fewer rows rather than passes of more.
    pub least_steps: usize,
    /// Peak learning rate; it falls to 0 linearly.
    pub learning_rate: f32,
    /// What an undecided cell counts beside a decision.
    pub hold: f32,
    /// All undecided cells of a label together may count this share of what they may by its decisions: 1, or next to nothing
    /// where the head is foreign to the texts.
    pub held_share: f32,
    /// How firmly a row's weights are pulled to where they were, in decisions: moving them by as much as moves the
    /// logit of a word by 1 costs half of this, whatever the size of the features.
    pub pull: f32,
    /// The same for a row that starts from nothing, where "were" is 0, for each of its present cells, of [`SUPPORT`] at the
    /// least and at the most: of ten words all that they share may be the label, of a hundred less is chance.
    pub decay: f32,
    /// Seed of the order of the rows.
    pub seed: u64,
}

/// The present cells that a row from nothing is pulled by.
const SUPPORT: std::ops::RangeInclusive<usize> = 10..=100;

/// A bias may go this much faster than a weight: above centred features it alone moves all words together.
const BIAS_RATE: f32 = 10.0;

/// A step is of at least so many rows, if there are as many: below that it is noise, and passes are added instead.
const LEAST_BATCH: usize = 768;

impl RefitSettings {
    /// Rows a step, and steps, for so many rows in all.
    fn plan(&self, rows: usize) -> (usize, usize) {
        let for_steps = (rows * self.passes).div_ceil(self.least_steps.max(1));
        let batch = for_steps.max(LEAST_BATCH).min(self.batch);
        (batch, (rows.div_ceil(batch) * self.passes).max(self.least_steps))
    }
}

/// The folds that a fit must not learn from, a bit each.
pub type LeftOut = u32;

/// Fits under way. The same head, evidence and settings give the same bytes on the same machine.
#[derive(Debug)]
pub struct Refit {
    settings: RefitSettings,
    base: Head,
    /// The labels whose rows move.
    labels: Vec<usize>,
    fits: Vec<LeftOut>,
    /// Length of a row's weights.
    width: usize,
    /// The features less their mean, in the order of learning.
    features: Tensor,
    mean: Vec<f32>,
    /// The evidence's row of each row of `features`.
    order: Vec<usize>,
    cells: Cells,
    /// Weights of all rows, fit by fit and label by label, then their biases.
    values: Vec<f32>,
    start: Vec<f32>,
    /// How firmly each row is pulled to its start, beside one decision.
    pulls: Vec<f32>,
    /// What each row's cells count together.
    totals: Vec<f32>,
    /// Of the weights, and of the biases.
    moments: [Moments; 2],
    step: usize,
    steps: usize,
}

/// The cells of the moving labels, row-major, rows in the order of learning × moving labels.
#[derive(Debug)]
struct Cells {
    /// What a decided cell should be: 0 or 1, or what the head says already.
    decided: Vec<Option<f32>>,
    /// Weight of a decided cell.
    weights: Vec<f32>,
    before: Vec<f32>,
    /// The fold of each row as a bit; 0 for a row that is never left out.
    folds: Vec<LeftOut>,
    /// What an undecided cell of each label counts.
    holds: Vec<f32>,
}

impl Cells {
    /// Target and weight of a cell for a fit.
    fn of(&self, row: usize, label: usize, left_out: LeftOut) -> (f32, f32) {
        let cell = row * self.holds.len() + label;
        match self.decided[cell] {
            Some(target) if self.folds[row] & left_out == 0 => (target, self.weights[cell]),
            _ => (self.before[cell], self.holds[label]),
        }
    }
}

impl Refit {
    /// Starts one fit of `base` for each element of `fits`.
    ///
    /// # Errors
    /// When nothing is decided, or tensors can't be made.
    pub fn new(base: &Head, evidence: &Evidence, fits: &[LeftOut], settings: RefitSettings) -> Result<Self, HeadError> {
        let all = base.labels();
        let mut labels: Vec<usize> = evidence.cells.iter().map(|cell| cell.label).collect();
        labels.sort_unstable();
        labels.dedup();
        if labels.is_empty() {
            return Err(HeadError::NothingDecided);
        }
        let rows = evidence.folds.len();
        let mut order: Vec<usize> = (0..rows).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(settings.seed));
        let (weight, bias) = base.last_layer()?;
        let width = weight.len() / all;
        let (mean, features) = centred(&evidence.features, &order, width);
        let cells = cells(evidence, &order, &labels, base, settings);
        let mut values = Vec::with_capacity(fits.len() * labels.len() * (width + 1));
        for &label in fits.iter().flat_map(|_| &labels) {
            values.extend_from_slice(&weight[label * width..(label + 1) * width]);
        }
        let shift =
            |label: usize| -> f32 { weight[label * width..(label + 1) * width].iter().zip(&mean).map(|(w, m)| w * m).sum() };
        values.extend(fits.iter().flat_map(|_| &labels).map(|&label| bias[label] + shift(label)));
        let size = features.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() / rows as f64;
        let mut present = vec![0; all];
        evidence.cells.iter().filter(|cell| cell.present).for_each(|cell| present[cell.label] += 1);
        let pull = |&label: &usize| match base.is_own(label) {
            true => settings.decay * present[label].clamp(*SUPPORT.start(), *SUPPORT.end()) as f32,
            false => settings.pull,
        };
        let pulls = fits.iter().flat_map(|_| &labels).map(|label| size as f32 * pull(label)).collect();
        let mut totals = vec![0.0; fits.len() * labels.len()];
        for (fit, &left_out) in fits.iter().enumerate() {
            for row in 0..rows {
                for label in 0..labels.len() {
                    totals[fit * labels.len() + label] += cells.of(row, label, left_out).1;
                }
            }
        }
        let (batch, steps) = settings.plan(rows);
        let mut refit = Self {
            settings: RefitSettings { batch, ..settings },
            base: base.clone(),
            fits: fits.to_vec(),
            width,
            features: Tensor::from_vec(features, (rows, width), &Device::Cpu)?,
            mean,
            order,
            cells,
            start: Vec::new(),
            moments: [fits.len() * labels.len() * width, fits.len() * labels.len()].map(Moments::new),
            values,
            pulls,
            totals,
            labels,
            step: 0,
            steps,
        };
        refit.begin_own();
        refit.start.clone_from(&refit.values);
        Ok(refit)
    }

    /// Gives rows that have learned nothing the log-odds of their decided cells for a bias, and no weights.
    fn begin_own(&mut self) {
        let count = self.labels.len();
        let biases = self.fits.len() * count * self.width;
        for (fit, &left_out) in self.fits.iter().enumerate() {
            for (at, _) in self.labels.iter().enumerate().filter(|(_, label)| self.base.is_own(**label)) {
                let (mut present, mut total) = (0.5, 1.0);
                for row in 0..self.order.len() {
                    let (target, weight) = self.cells.of(row, at, left_out);
                    present += weight * target;
                    total += weight;
                }
                let row = fit * count + at;
                self.values[row * self.width..(row + 1) * self.width].fill(0.0);
                self.values[biases + row] = (present / (total - present)).ln();
            }
        }
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Whether all steps are done.
    pub fn done(&self) -> bool {
        self.step >= self.steps
    }

    /// Number of rows that move: of every fit, its labels.
    fn rows(&self) -> usize {
        self.fits.len() * self.labels.len()
    }

    /// One step of all fits; gives the mean loss of the first one's decided cells, as it was before the step.
    ///
    /// # Errors
    /// When figures are no longer finite, or a computation fails.
    pub fn step(&mut self) -> Result<f32, HeadError> {
        let a_pass = self.order.len().div_ceil(self.settings.batch);
        let first = self.step % a_pass * self.settings.batch;
        let (gradient, loss) = self.gradient(first, self.settings.batch.min(self.order.len() - first))?;
        let rate = self.settings.learning_rate * (1.0 - self.step as f32 / self.steps as f32);
        let of_weights = self.rows() * self.width;
        let (weights, biases) = self.values.split_at_mut(of_weights);
        self.moments[0].step(weights, &gradient[..of_weights], rate);
        self.moments[1].step(biases, &gradient[of_weights..], rate * BIAS_RATE);
        self.step += 1;
        if gradient.iter().all(|g| g.is_finite()) { Ok(loss) } else { Err(HeadError::NotFinite) }
    }

    /// The gradient of the weights, then of the biases, over `size` words from the `first` in the order of learning; and the
    /// mean loss of the first fit there.
    fn gradient(&self, first: usize, size: usize) -> Result<(Vec<f32>, f32), HeadError> {
        let (rows, width, count) = (self.rows(), self.width, self.labels.len());
        let features = self.features.narrow(0, first, size)?;
        let mut errors = self.logits_of(&features)?;
        let of_word = |(at, errors): (usize, &mut [f32])| {
            let (mut loss, mut total) = (0.0, 0.0);
            for (fit, &left_out) in self.fits.iter().enumerate() {
                for label in 0..count {
                    let (target, weight) = self.cells.of(first + at, label, left_out);
                    let row = fit * count + label;
                    if fit == 0 && weight > 0.0 {
                        loss += weight * soft_cross_entropy(errors[row], target);
                        total += weight;
                    }
                    errors[row] = weight * (sigmoid(errors[row]) - target) / self.totals[row].max(f32::MIN_POSITIVE);
                }
            }
            (loss, total)
        };
        let add = |one: (f32, f32), other: (f32, f32)| (one.0 + other.0, one.1 + other.1);
        let (loss, total) = errors.par_chunks_mut(rows).enumerate().map(of_word).reduce(|| (0.0, 0.0), add);
        let errors = Tensor::from_vec(errors, (size, rows), &Device::Cpu)?;
        let mut gradient = errors.t()?.matmul(&features)?.flatten_all()?.to_vec1::<f32>()?;
        gradient.extend(errors.sum(0)?.to_vec1::<f32>()?);
        let share = size as f32 / self.order.len() as f32;
        for (row, pull) in self.pulls.iter().enumerate() {
            let pull = pull * share / self.totals[row].max(f32::MIN_POSITIVE);
            let weights = row * width..(row + 1) * width;
            let moved = self.values[weights.clone()].iter().zip(&self.start[weights.clone()]);
            gradient[weights].iter_mut().zip(moved).for_each(|(g, (value, start))| *g += pull * (value - start));
        }
        Ok((gradient, loss / total.max(f32::MIN_POSITIVE)))
    }

    /// Logits of centred features, row-major, words × moving rows.
    fn logits_of(&self, features: &Tensor) -> Result<Vec<f32>, HeadError> {
        let (weights, biases) = self.values.split_at(self.rows() * self.width);
        let weights = Tensor::from_slice(weights, (self.rows(), self.width), &Device::Cpu)?;
        let mut logits = features.matmul(&weights.t()?)?.flatten_all()?.to_vec1::<f32>()?;
        logits.par_chunks_mut(self.rows()).for_each(|logits| logits.iter_mut().zip(biases).for_each(|(x, b)| *x += b));
        Ok(logits)
    }

    /// What the last layer of each fit now says of the evidence's decided cells: a logit a cell, in the evidence's order, fit
    /// by fit.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn logits(&self, cells: &[EvidenceCell]) -> Result<Vec<Vec<f32>>, HeadError> {
        let logits = self.logits_of(&self.features)?;
        let mut place = vec![0; self.order.len()];
        self.order.iter().enumerate().for_each(|(at, &row)| place[row] = at);
        let column = |label: usize| self.labels.binary_search(&label).unwrap_or(0);
        let of = |fit: usize| {
            let at = |cell: &EvidenceCell| place[cell.row] * self.rows() + fit * self.labels.len() + column(cell.label);
            cells.iter().map(|cell| logits[at(cell)]).collect()
        };
        Ok((0..self.fits.len()).map(of).collect())
    }

    /// The head that a fit has come to.
    ///
    /// # Errors
    /// When its weights are not finite.
    pub fn head(&self, fit: usize) -> Result<Head, HeadError> {
        let (mut weight, mut bias) = self.base.last_layer()?;
        let (weights, biases) = self.values.split_at(self.rows() * self.width);
        for (at, &label) in self.labels.iter().enumerate() {
            let row = fit * self.labels.len() + at;
            let new = &weights[row * self.width..(row + 1) * self.width];
            weight[label * self.width..(label + 1) * self.width].copy_from_slice(new);
            bias[label] = biases[row] - new.iter().zip(&self.mean).map(|(w, m)| w * m).sum::<f32>();
        }
        let head = self.base.with_last_layer(weight, bias)?;
        if head.is_finite()? { Ok(head) } else { Err(HeadError::NotFinite) }
    }
}

/// The mean of the features, and the features less it, in an order.
fn centred(features: &[f32], order: &[usize], width: usize) -> (Vec<f32>, Vec<f32>) {
    let mut mean = vec![0.0f64; width];
    for row in features.chunks_exact(width) {
        mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    let mean: Vec<f32> = mean.into_iter().map(|sum| (sum / order.len() as f64) as f32).collect();
    let row = |&row: &usize| features[row * width..(row + 1) * width].iter().zip(&mean).map(|(value, mean)| value - mean);
    let features = order.iter().flat_map(row).collect();
    (mean, features)
}

/// All undecided cells of a label together count at most this much beside its decisions, where every word was decided.
const HELD_SHARE: f32 = 2.0;
/// The same where a few among many were corrected. These are the head's mistakes without exception, and of the texts that it got
/// right nobody tells: held by no more than the above, a head that had learned a label of 300 or 1,000 reports knew it worse
/// after twenty corrections of it as often as better. And the words of one text are alike: after a first case report whose
/// mistakes were corrected and whose rest was accepted, micro-F1 on unseen ones fell by 0.003.
const HELD_SHARE_OF_FEW: f32 = 30.0;

/// The probability that an undecided cell is held to if its label comes from nothing.
const RARE: f32 = 0.02;

/// An absent cell that had less than this share of its label's threshold was foretold: it should stay what it was.
///
/// Nearly all cells are of this kind, and calibration is made where labels are shown, not here. Taught as 0, they would
/// tell together that the head says everything a little too often, and labels would be missed everywhere: on unseen case
/// reports precision rose by 0.016 and recall fell by 0.021 once eight had been corrected.
const FAR: f32 = 0.5;

fn cells(evidence: &Evidence, order: &[usize], labels: &[usize], base: &Head, settings: RefitSettings) -> Cells {
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &row)| place[row] = at);
    let count = labels.len();
    let mut decided = vec![None; order.len() * count];
    let mut weights = vec![0.0; order.len() * count];
    // Per label: absent and present decisions, and undecided cells.
    let mut sums = vec![[0.0f32; 2]; count];
    let mut undecided = vec![order.len(); count];
    let foretold = |label: usize, shown: f32| !base.is_own(label) && shown < FAR * base.meta.thresholds[label];
    for cell in &evidence.cells {
        let Ok(label) = labels.binary_search(&cell.label) else { continue };
        let at = place[cell.row] * count + label;
        let of = cell.row * base.labels() + cell.label;
        decided[at] = Some(match cell.present {
            false if foretold(cell.label, evidence.shown[of]) => evidence.before[of],
            present => f32::from(u8::from(present)),
        });
        weights[at] = cell.weight;
        sums[label][usize::from(cell.present)] += cell.weight;
        undecided[label] -= 1;
    }
    let held_share = |label: usize| {
        let one_sided = evidence.one_sided.get(label).copied().unwrap_or(0.0);
        settings.held_share * (HELD_SHARE + one_sided * (HELD_SHARE_OF_FEW - HELD_SHARE))
    };
    // What a label that comes from nothing lacks in absent decisions is made up for by undecided words, most of which
    // don't have it: else it would be predicted everywhere.
    let hold = |((label, [absent, present]), &cells): ((&usize, &[f32; 2]), &usize)| match base.is_own(*label) {
        true => (present - absent).max(0.0) / cells.max(1) as f32,
        false => settings.hold.min(held_share(*label) * (absent + present) / cells.max(1) as f32),
    };
    let holds = labels.iter().zip(&sums).zip(&undecided).map(hold).collect();
    let before = |row: usize, label: usize| match base.is_own(label) {
        true => RARE,
        false => evidence.before[row * base.labels() + label],
    };
    let before = order.iter().flat_map(|&row| labels.iter().map(move |&label| before(row, label))).collect();
    let fold = |&row: &usize| evidence.folds[row].map_or(0, |fold| 1u32 << fold);
    Cells { decided, weights, before, folds: order.iter().map(fold).collect(), holds }
}

#[cfg(test)]
mod tests;
