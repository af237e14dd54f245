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
/// A looser head must foretell this much better than the firmest, as a share of its loss: corrections of one document are
/// alike, and foretell each other better than those of the next.
const MUCH_BETTER: f64 = 0.35;
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
    losses: Vec<Vec<f64>>,
}

impl LeftOutLosses {
    /// For so many degrees of firmness, the firmest last, and labels.
    pub(super) fn new(degrees: usize, labels: usize) -> Self {
        Self { losses: vec![vec![0.0; labels]; degrees] }
    }

    /// Counts a cell that was left out, with the logit that each degree gives it.
    pub(super) fn add(&mut self, cell: &EvidenceCell, logits: impl Iterator<Item = f32>) {
        for (losses, logit) in self.losses.iter_mut().zip(logits) {
            losses[cell.label] += f64::from(cell.weight * cross_entropy(logit, cell.present));
        }
    }

    /// For each label the degree that foretells much better than the firmest, else the firmest.
    pub(super) fn firmness(&self) -> Vec<usize> {
        let Some((firmest, looser)) = self.losses.split_last() else { return Vec::new() };
        let best = |label: usize| (0..looser.len()).min_by(|&a, &b| looser[a][label].total_cmp(&looser[b][label]));
        let better = |&degree: &usize, label: usize| looser[degree][label] < MUCH_BETTER * firmest[label];
        let chosen = |label| best(label).filter(|degree| better(degree, label)).unwrap_or(looser.len());
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
            losses.add(&EvidenceCell { row: 0, label: 0, present: false, weight: 1.0 }, logits.into_iter());
            assert_eq!(losses.firmness(), [chosen], "{logits:?}");
        }
        assert_eq!(LeftOutLosses::new(1, 2).firmness(), [0, 0], "where nothing is compared there is one degree");
    }
}
