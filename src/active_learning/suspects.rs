//! Decisions that are most likely wrong: confident learning, one label against the rest.
//!
//! C. G. Northcutt, L. Jiang & I. L. Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels" (JAIR 70,
//! 2021, arXiv:1911.00068): what a model says of cells that it has not learned from is held against what it *usually*
//! says of cells that were decided alike. A cell decided absent is suspect if its probability reaches the mean of the
//! cells decided present, and the other way round. Each label is taken by itself, as present or absent, after
//! A. Thyagarajan, E. Snorrason, C. Northcutt & J. Mueller, "Identifying Incorrect Annotations in Multi-Label
//! Classification Data" (2022, arXiv:2211.13895). The thresholds are the label's own, so that a label the model is
//! never sure of is not suspected wholesale. The suspects come in order of self-confidence, the probability of what was
//! decided, least first.

use std::cmp::Ordering;

/// A label with fewer cells decided present, or decided absent, has no usual probability: nothing is suspected.
pub const LEAST_CELLS: usize = 5;

/// A decided cell with its probability by a head that has not learned from the decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossFitted {
    /// Index of the document.
    pub document: usize,
    /// Index of the word.
    pub word: usize,
    /// Index of the label.
    pub label: usize,
    /// Whether the word was decided to have the label.
    pub present: bool,
    /// How probable it is that it has.
    pub probability: f32,
}

/// A decided cell that is likely to be wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspect {
    /// The cell, what was decided and what is probable.
    pub cell: CrossFitted,
    /// The mean probability of the cells of this label that were decided alike.
    pub usual: f32,
}

impl Suspect {
    /// Why, as the end of a sentence about the cell.
    pub fn reason(&self) -> String {
        let (decided, like_it) = if self.cell.present { ("present", "absent") } else { ("absent", "present") };
        let Self { cell: CrossFitted { probability, .. }, usual } = self;
        format!("decided {decided}, but words like it are {like_it}: {probability:.2} against a usual {usual:.2}")
    }

    /// The probability of what was decided.
    pub fn self_confidence(&self) -> f32 {
        if self.cell.present { self.cell.probability } else { 1.0 - self.cell.probability }
    }
}

/// What is usual of a label.
#[derive(Clone, Copy, Debug, Default)]
struct Usual {
    /// Number of cells decided absent, and decided present.
    cells: [usize; 2],
    /// Sums, then means, of their probabilities.
    probability: [f64; 2],
}

impl Usual {
    fn known(&self) -> bool {
        self.cells.iter().all(|&cells| cells >= LEAST_CELLS)
    }

    /// Whether the cell confidently belongs to the other side: its probability reaches what is usual there. Where the cells
    /// decided absent are usually the more probable ones, nothing can be told.
    fn suspects(&self, cell: &CrossFitted) -> bool {
        let p = f64::from(cell.probability);
        let [absent, present] = self.probability;
        absent < present && if cell.present { p <= absent } else { p >= present }
    }
}

/// Which labels, of `labels`, have enough decided cells to tell what is usual.
pub fn checkable(cells: &[CrossFitted], labels: usize) -> Vec<bool> {
    usual(cells, labels).iter().map(Usual::known).collect()
}

/// The suspects among decided cells, the most likely to be wrong first. Cells without a probability are passed over.
pub fn suspects(cells: &[CrossFitted], labels: usize) -> Vec<Suspect> {
    let usual = usual(cells, labels);
    let suspect = |cell: &CrossFitted| -> Option<Suspect> {
        let of = usual.get(cell.label).filter(|of| of.known())?;
        of.suspects(cell).then(|| Suspect { cell: *cell, usual: of.probability[usize::from(cell.present)] as f32 })
    };
    let mut found: Vec<Suspect> = cells.iter().filter_map(suspect).collect();
    // Equals stay in order of the documents.
    found.sort_by(|a, b| a.self_confidence().partial_cmp(&b.self_confidence()).unwrap_or(Ordering::Equal));
    found
}

fn usual(cells: &[CrossFitted], labels: usize) -> Vec<Usual> {
    let mut usual = vec![Usual::default(); labels];
    for cell in cells.iter().filter(|cell| cell.probability.is_finite()) {
        if let Some(of) = usual.get_mut(cell.label) {
            of.cells[usize::from(cell.present)] += 1;
            of.probability[usize::from(cell.present)] += f64::from(cell.probability);
        }
    }
    for of in &mut usual {
        of.probability = std::array::from_fn(|side| of.probability[side] / of.cells[side].max(1) as f64);
    }
    usual
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Cells of one label, by probability and decision, a word each.
    fn cells(label: usize, cells: &[(f32, bool)]) -> Vec<CrossFitted> {
        let cell = |(word, &(probability, present)): (usize, &(f32, bool))| CrossFitted {
            document: 0,
            word,
            label,
            present,
            probability,
        };
        cells.iter().enumerate().map(cell).collect()
    }

    /// Words of the suspects.
    fn words(found: &[Suspect]) -> Vec<usize> {
        found.iter().map(|suspect| suspect.cell.word).collect()
    }

    #[test]
    fn what_contradicts_its_like_is_suspect_the_worst_first_and_says_why() {
        // Ten present ones of about 0.9, ten absent ones of about 0.1, with an omission at word 20 and two slips.
        let mut rows: Vec<(f32, bool)> = (0..20).map(|n| if n < 10 { (0.9, true) } else { (0.1, false) }).collect();
        rows.extend([(0.97, false), (0.04, true), (0.01, true), (0.5, true), (0.5, false)]);
        let found = suspects(&cells(0, &rows), 1);
        assert_eq!(words(&found), [22, 20, 21], "what nobody can tell is no suspect");
        assert_eq!(found[0].reason(), "decided present, but words like it are absent: 0.01 against a usual 0.73");
        assert!(found[1].reason().starts_with("decided absent, but words like it are present: 0.97 against"), "{:?}", found[1]);
    }

    #[test]
    fn a_label_that_the_model_is_never_sure_of_is_held_to_its_own_standard() {
        let timid: Vec<(f32, bool)> = (0..20).map(|n| if n < 10 { (0.4, true) } else { (0.05, false) }).collect();
        assert_eq!(suspects(&cells(0, &timid), 1), [], "present at 0.4 is as usual here");
        let with_omission: Vec<_> = timid.iter().copied().chain([(0.45, false)]).collect();
        assert_eq!(words(&suspects(&cells(0, &with_omission), 1)), [20]);
    }

    #[test]
    fn few_cells_tell_nothing() {
        for present in [0, LEAST_CELLS - 2] {
            let rows: Vec<_> =
                (0..40).map(|n| (if n < present { 0.9 } else { 0.1 }, n < present)).chain([(0.001, true)]).collect();
            let cells = cells(1, &rows);
            assert_eq!((suspects(&cells, 3), checkable(&cells, 3)), (vec![], vec![false; 3]));
        }
        let rows: Vec<_> = (0..40).map(|n| (if n < LEAST_CELLS { 0.9 } else { 0.1 }, n < LEAST_CELLS)).collect();
        assert_eq!(checkable(&cells(1, &rows), 3), [false, true, false]);
        assert_eq!(suspects(&cells(7, &rows), 3), [], "a label beyond the scheme");
    }

    proptest! {
        #[test]
        fn only_what_is_at_odds_is_suspected_and_labels_do_not_disturb_each_other(
            rows in prop::collection::vec((0usize..3, 0.0f32..1.0, any::<bool>()), 0..120),
        ) {
            let cells: Vec<CrossFitted> = rows.iter().enumerate()
                .map(|(word, &(label, probability, present))| CrossFitted { document: word / 10, word, label, present, probability })
                .collect();
            let found = suspects(&cells, 3);
            prop_assert!(found.is_sorted_by(|a, b| a.self_confidence() <= b.self_confidence()));
            for suspect in &found {
                // It is beyond what is usual on its own side, towards the other.
                prop_assert!(suspect.cell.present == (suspect.cell.probability < suspect.usual) || suspect.cell.probability == suspect.usual);
            }
            for label in 0..3 {
                let alone: Vec<CrossFitted> = cells.iter().copied().filter(|cell| cell.label == label).collect();
                let of_label: Vec<Suspect> = found.iter().copied().filter(|suspect| suspect.cell.label == label).collect();
                prop_assert_eq!(suspects(&alone, 3), of_label);
            }
        }
    }
}
