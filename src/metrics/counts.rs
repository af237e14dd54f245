//! Hits and misses, and the ratios that are made of them.

use std::iter::Sum;
use std::ops::AddAssign;

use crate::domain::LabelSet;

/// Cells by what gold and prediction say of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// In gold and predicted (true positives).
    pub tp: u64,
    /// Predicted, not in gold (false positives).
    pub fp: u64,
    /// In gold, not predicted (false negatives).
    pub fn_: u64,
    /// In neither (true negatives).
    pub tn: u64,
}

impl Counts {
    /// The counts of one word's cells, `labels` of them.
    pub fn of_word(gold: LabelSet, predicted: LabelSet, labels: usize) -> Self {
        let tp = gold.intersection(predicted).len() as u64;
        let (fp, fn_) = (predicted.len() as u64 - tp, gold.len() as u64 - tp);
        Self { tp, fp, fn_, tn: (labels as u64).saturating_sub(tp + fp + fn_) }
    }

    /// Counts one cell.
    pub fn add_cell(&mut self, gold: bool, predicted: bool) {
        let count = match (gold, predicted) {
            (true, true) => &mut self.tp,
            (false, true) => &mut self.fp,
            (true, false) => &mut self.fn_,
            (false, false) => &mut self.tn,
        };
        *count += 1;
    }

    /// Number of cells.
    pub fn cells(&self) -> u64 {
        self.tp + self.fp + self.fn_ + self.tn
    }

    /// Number of cells that gold has (the label's support).
    pub fn support(&self) -> u64 {
        self.tp + self.fn_
    }

    /// Share of the predicted cells that gold has; 0 if nothing was predicted.
    pub fn precision(&self) -> f64 {
        ratio(self.tp, self.tp + self.fp)
    }

    /// Share of gold's cells that were predicted; 0 if gold has none.
    pub fn recall(&self) -> f64 {
        ratio(self.tp, self.support())
    }

    /// Harmonic mean of precision and recall; 0 if there is nothing to find and nothing was found.
    pub fn f1(&self) -> f64 {
        ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn_)
    }

    /// Share of the cells on which gold and prediction agree; 0 if there are no cells.
    pub fn accuracy(&self) -> f64 {
        ratio(self.tp + self.tn, self.cells())
    }

    /// Share of the cells on which they disagree; 0 if there are no cells.
    pub fn error_rate(&self) -> f64 {
        ratio(self.fp + self.fn_, self.cells())
    }
}

/// `part / whole`, 0 where there is no whole.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.tp += other.tp;
        self.fp += other.fp;
        self.fn_ += other.fn_;
        self.tn += other.tn;
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, counts| {
            sum += counts;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ratios_of_known_counts() {
        // (tp, fp, fn, tn), precision, recall, F1, accuracy
        let rows = [
            ((0, 0, 0, 0), 0.0, 0.0, 0.0, 0.0),
            ((0, 0, 0, 7), 0.0, 0.0, 0.0, 1.0),
            ((6, 2, 4, 8), 0.75, 0.6, 2.0 / 3.0, 0.7),
            ((0, 3, 1, 0), 0.0, 0.0, 0.0, 0.0),
        ];
        for ((tp, fp, fn_, tn), precision, recall, f1, accuracy) in rows {
            let counts = Counts { tp, fp, fn_, tn };
            let found = [counts.precision(), counts.recall(), counts.f1(), counts.accuracy()];
            for (found, expected) in found.into_iter().zip([precision, recall, f1, accuracy]) {
                assert!((found - expected).abs() < 1e-12, "{counts:?}: {found} is not {expected}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_word_counts_as_its_cells_do(gold in 0u16..1 << 9, predicted in 0u16..1 << 9) {
            let set = |bits: u16| (0..9).filter(|bit| bits >> bit & 1 == 1).collect::<LabelSet>();
            let (gold, predicted) = (set(gold), set(predicted));
            let mut cells = Counts::default();
            (0..9).for_each(|label| cells.add_cell(gold.contains(label), predicted.contains(label)));
            prop_assert_eq!(Counts::of_word(gold, predicted, 9), cells);
            prop_assert_eq!(cells.cells(), 9);
        }
    }
}
