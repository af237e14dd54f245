//! How firmly each label is held to the model as it came.
//!
//! Corrections of one kind of word want a loose head, which follows them; a few hard cases that say little of others want
//! a firm one, which they don't make worse. Each label takes the one with which its corrections are foretold best from
//! each other.

use crate::head::loss::cross_entropy;
use crate::head::refit::{EvidenceCell, RefitSettings};

/// Beside one decision, what an undecided cell counts ([`RefitSettings::hold`]) and what moving a row costs
/// ([`RefitSettings::pull`]).
#[derive(Clone, Copy)]
struct Firmness {
    hold: f32,
    pull: f32,
}

/// From the loosest to the firmest.
const FIRMNESS: [Firmness; 3] =
    [Firmness { hold: 0.25, pull: 0.4 }, Firmness { hold: 1.0, pull: 1.5 }, Firmness { hold: 8.0, pull: 8.0 }];
/// A looser head must foretell a correction this much better than the firmest, as a share of its loss: those of one document
/// are alike, and foretell each other better than those of the next.
const MUCH_BETTER: f64 = 0.35;
/// And more than this share of the corrections: their sum alone would hang on a single hard case that nothing foretells.
const SHARE: f64 = 0.5;
/// Of all corrections together it may leave this share of the firmest's loss.
const BETTER: f64 = 0.6;
/// Above so many decided cells only the firmest is fitted: there it is best nearly always, and fits take their time.
const MOST_COMPARED: usize = 20_000;

/// Whether several degrees of firmness should be compared where so many cells are decided.
pub(super) fn worth_comparing(decided: usize) -> bool {
    decided <= MOST_COMPARED
}

/// The settings to fit with, the firmest last; that one alone where nothing is compared.
pub(super) fn settings(compared: bool, seed: u64) -> impl Iterator<Item = RefitSettings> {
    let least = if compared { 0 } else { FIRMNESS.len() - 1 };
    FIRMNESS[least..].iter().map(move |&Firmness { hold, pull }| RefitSettings {
        passes: 8,
        batch: 2048,
        least_steps: 150,
        learning_rate: 5e-3,
        hold,
        pull,
        decay: 0.003,
        seed,
    })
}

/// How badly each degree of firmness foretells the cells that it has not learned from.
pub(super) struct LeftOutLosses {
    /// By firmness, then label.
    losses: Vec<Vec<Loss>>,
}

#[derive(Clone, Copy, Default)]
struct Loss {
    /// The weight of all corrections, and of those that are foretold much better than by the firmest. What the model had right
    /// says nothing of whether it should move, and there is so much of it that it would hide what corrections say.
    weight: f64,
    much_better: f64,
    /// The loss of the corrections.
    corrections: f64,
    /// The loss of all cells: what the model had right must not be worse for it.
    all: f64,
}

impl LeftOutLosses {
    /// For so many degrees of firmness, the firmest last, and labels.
    pub(super) fn new(degrees: usize, labels: usize) -> Self {
        Self { losses: vec![vec![Loss::default(); labels]; degrees] }
    }

    /// Counts a cell that was left out, with the logit that each degree gives it; `correction`: the model as it came has it
    /// wrong.
    pub(super) fn add(&mut self, cell: &EvidenceCell, correction: bool, logits: impl Iterator<Item = f32>) {
        let weight = f64::from(cell.weight);
        let losses: Vec<f64> = logits.map(|logit| weight * f64::from(cross_entropy(logit, cell.present))).collect();
        let Some(&firmest) = losses.last() else { return };
        for (of_degree, loss) in self.losses.iter_mut().zip(losses) {
            let it = &mut of_degree[cell.label];
            it.all += loss;
            if correction {
                it.weight += weight;
                it.corrections += loss;
                it.much_better += if loss < MUCH_BETTER * firmest { weight } else { 0.0 };
            }
        }
    }

    /// For each label the best of the degrees that foretell most corrections much better than the firmest, else the firmest.
    pub(super) fn firmness(&self) -> Vec<usize> {
        let Some((firmest, looser)) = self.losses.split_last() else { return Vec::new() };
        let better = |&degree: &usize, label: usize| {
            let (it, firmest) = (looser[degree][label], firmest[label]);
            let corrections = it.much_better > SHARE * it.weight && it.corrections < BETTER * firmest.corrections;
            corrections && it.all < firmest.all
        };
        let chosen = |label| {
            let degrees = (0..looser.len()).filter(|degree| better(degree, label));
            degrees.min_by(|&a, &b| looser[a][label].all.total_cmp(&looser[b][label].all)).unwrap_or(looser.len())
        };
        (0..firmest.len()).map(chosen).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_held_firmly_unless_a_looser_head_foretells_much_better() {
        // Logits of an absent cell by three degrees of firmness: the larger, the worse foretold.
        for (logits, chosen) in
            [([-4.0, -4.0, 0.0], 0), ([-2.0, -4.0, 0.0], 1), ([-0.5, -0.4, 0.0], 2), ([5.0, 3.0, 0.0], 2), ([0.0, 0.0, 0.0], 2)]
        {
            let mut losses = LeftOutLosses::new(3, 1);
            let wrong = EvidenceCell { row: 0, label: 0, present: false, weight: 1.0 };
            losses.add(&wrong, true, logits.into_iter());
            assert_eq!(losses.firmness(), [chosen], "{logits:?}");
            // However much there is besides that all foretell alike.
            let right = EvidenceCell { row: 1, label: 0, present: false, weight: 1_000.0 };
            losses.add(&right, false, [-2.0; 3].into_iter());
            assert_eq!(losses.firmness(), [chosen], "{logits:?} among others");
            // What was right is worse for a looser head.
            losses.add(&right, false, [-1.5, -1.5, -2.0].into_iter());
            assert_eq!(losses.firmness(), [2], "{logits:?} at the cost of others");
        }
        // Cases that nothing foretells, however hard, beside more that a looser head does.
        let mut losses = LeftOutLosses::new(2, 1);
        let cell = |weight| EvidenceCell { row: 0, label: 0, present: false, weight };
        losses.add(&cell(1.0), true, [0.5, 1.0].into_iter());
        losses.add(&cell(1.0), true, [-4.0, 1.0].into_iter());
        assert_eq!(losses.firmness(), [1], "no more than half");
        losses.add(&cell(0.5), true, [-4.0, 1.0].into_iter());
        assert_eq!(losses.firmness(), [0]);
        losses.add(&cell(0.4), true, [9.0, 9.5].into_iter());
        assert_eq!(losses.firmness(), [1], "too little of all of it");
        assert_eq!(LeftOutLosses::new(1, 2).firmness(), [0, 0], "where nothing is compared there is one degree");
    }
}
