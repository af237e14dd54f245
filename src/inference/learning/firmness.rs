//! How firmly each label is held to the model as it came.
//!
//! Corrections of one kind of word want a loose head, which follows them; a few hard cases that say little of others want
//! a firm one, which they don't make worse. Each label takes the one with which its corrections are foretold best from
//! each other.

use crate::head::loss::cross_entropy;
use crate::head::refit::{EvidenceCell, RefitSettings};

/// Beside one decision, what an undecided cell counts ([`RefitSettings::hold`]), what all of them together may
/// ([`RefitSettings::held_share`]) and what moving a row costs ([`RefitSettings::pull`]).
#[derive(Clone, Copy)]
struct Firmness {
    hold: f32,
    held_share: f32,
    pull: f32,
}

/// For texts to which the model is foreign: they are of another kind than what it has learned from, or labelled by other
/// rules. What it says of them is no reason to hold it to that.
const FOREIGN: Firmness = Firmness { hold: 0.25, held_share: 0.1, pull: 0.4 };
/// From loose to firm.
const LOOSE: Firmness = Firmness { hold: 0.25, held_share: 1.0, pull: 0.4 };
const MEDIUM: Firmness = Firmness { hold: 1.0, held_share: 1.0, pull: 1.5 };
const FIRM: Firmness = Firmness { hold: 8.0, held_share: 1.0, pull: 8.0 };

/// The place of the degree for texts to which the model is foreign, where degrees are compared.
const OF_FOREIGN: usize = 0;
/// The model is foreign to a label in these texts if a head that is hardly held foretells the cells that it has not learned from
/// with less than this share of the firmest's loss. On case reports of the kind that the bundled model has learned from, all labels
/// together have 0.8 to 1.1 of it, after one report as after eight; on texts of another kind most have 0.5 to 0.75.
const MUCH_LESS: f64 = 0.72;
/// The share of all labels together counts as so much loss (in nats) of each, and that of no difference as so much of all: a few
/// cells of one label tell little.
const PRIOR: f64 = 30.0;

/// A looser head must foretell a correction this much better than the firmest, as a share of its loss: those of one document
/// are alike, and foretell each other better than those of the next.
const MUCH_BETTER: f64 = 0.35;
/// And more than this share of the corrections: their sum alone would hang on a single hard case that nothing foretells.
const SHARE: f64 = 0.5;
/// Of all corrections together it may leave this share of the firmest's loss.
const BETTER: f64 = 0.6;
/// Above so many decided cells the degrees between are not fitted: the firmest is best nearly always there unless the model is
/// foreign to the texts, and fits take their time.
const MOST_COMPARED: usize = 20_000;

/// The settings to fit with where so many cells are decided, the firmest last; that one alone where there are no folds to `compare`
/// on.
pub(super) fn settings(compare: bool, decided: usize, seed: u64) -> impl Iterator<Item = RefitSettings> {
    let degrees: &[Firmness] = match compare {
        true if decided <= MOST_COMPARED => &[FOREIGN, LOOSE, MEDIUM, FIRM],
        true => &[FOREIGN, FIRM],
        false => &[FIRM],
    };
    degrees.iter().map(move |&Firmness { hold, held_share, pull }| RefitSettings {
        passes: 8,
        batch: 2048,
        least_steps: 150,
        learning_rate: 5e-3,
        hold,
        held_share,
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

    /// For each label the one for foreign texts if the model is foreign to it, else the best of the degrees that foretell most
    /// corrections much better than the firmest, else the firmest.
    pub(super) fn firmness(&self) -> Vec<usize> {
        let Some((firmest, looser)) = self.losses.split_last() else { return Vec::new() };
        let Some(unheld) = looser.get(OF_FOREIGN) else { return vec![0; firmest.len()] };
        let all = |losses: &[Loss]| losses.iter().map(|loss| loss.all).sum::<f64>();
        let share = |of: f64, beside: f64, prior: f64| (of + PRIOR * prior) / (beside + PRIOR);
        let of_all = share(all(unheld), all(firmest), 1.0);
        let foreign = |label: usize| share(unheld[label].all, firmest[label].all, of_all) < MUCH_LESS;
        let better = |&degree: &usize, label: usize| {
            let (it, firmest) = (looser[degree][label], firmest[label]);
            let corrections = it.much_better > SHARE * it.weight && it.corrections < BETTER * firmest.corrections;
            corrections && it.all < firmest.all
        };
        let chosen = |label| {
            let degrees = (OF_FOREIGN + 1..looser.len()).filter(|degree| better(degree, label));
            let best = degrees.min_by(|&a, &b| looser[a][label].all.total_cmp(&looser[b][label].all));
            if foreign(label) { OF_FOREIGN } else { best.unwrap_or(looser.len()) }
        };
        (0..firmest.len()).map(chosen).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How the left-out losses of one label's cells choose, each with its weight, whether it is a correction, and its logits by
    /// firmness: it is absent, and the larger, the worse foretold.
    fn check<const N: usize>(cells: &[(f32, bool, [f32; N])], chosen: usize, why: &str) {
        let mut losses = LeftOutLosses::new(N, 1);
        for &(weight, correction, logits) in cells {
            losses.add(&EvidenceCell { row: 0, label: 0, present: false, weight }, correction, logits.into_iter());
        }
        assert_eq!(losses.firmness(), [chosen], "{why}: {cells:?}");
    }

    #[test]
    fn a_label_is_held_firmly_unless_a_looser_head_foretells_much_better() {
        // The degree for foreign texts says nothing here: it is as the firmest.
        for (logits, chosen) in [
            ([0.0, -4.0, -4.0, 0.0], 1),
            ([0.0, -2.0, -4.0, 0.0], 2),
            ([0.0, -0.5, -0.4, 0.0], 3),
            ([0.0, 5.0, 3.0, 0.0], 3),
            ([0.0; 4], 3),
        ] {
            let wrong = (1.0, true, logits);
            check(&[wrong], chosen, "alone");
            let right = (1_000.0, false, [-2.0; 4]);
            check(&[wrong, right], chosen, "however much there is besides that all foretell alike");
            check(&[wrong, right, (1_000.0, false, [-2.0, -1.5, -1.5, -2.0])], 3, "what was right is worse for a looser head");
        }
        let (hard, foretold) = ((1.0, true, [1.0, 0.5, 1.0]), (1.0, true, [1.0, -4.0, 1.0]));
        check(&[hard, foretold], 2, "cases that nothing foretells beside no more that a looser head does");
        let more = (0.5, true, [1.0, -4.0, 1.0]);
        check(&[hard, foretold, more], 1, "beside more");
        check(&[hard, foretold, more, (0.4, true, [9.5, 9.0, 9.5])], 2, "too little of all of it");
        assert_eq!(LeftOutLosses::new(1, 2).firmness(), [0, 0], "where nothing is compared there is one degree");
    }

    #[test]
    fn nothing_holds_a_label_where_the_model_is_foreign_to_the_texts() {
        check(&[(60.0, true, [-1.0, 0.0]), (100.0, false, [-2.0, -2.0])], 0, "many are foretold better");
        check(&[(3.0, true, [-1.0, 0.0]), (10.0, false, [-2.0, -2.0])], 1, "the same of few");
        check(&[(60.0, true, [-1.0, 0.0]), (1_000.0, false, [-2.0, -2.0])], 1, "it had nearly all right");
        // What all labels say together counts for one of which there is little.
        let mut losses = LeftOutLosses::new(2, 2);
        let mut add = |label, weight, logits: [f32; 2]| {
            losses.add(&EvidenceCell { row: 0, label, present: false, weight }, true, logits.into_iter());
        };
        add(0, 100.0, [-1.0, 0.0]);
        add(1, 1.0, [0.0, 0.0]);
        assert_eq!(losses.firmness(), [0, 0]);
    }
}
