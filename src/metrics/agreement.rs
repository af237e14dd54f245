//! How far people who have labelled the same words agree.
//!
//! A cell is compared where two raters or more have decided it; what one of them left open says nothing of agreement. For
//! each label there are the share of equal decisions, kappa, alpha and F1; for whole words the share of equal label sets and
//! alpha by the MASI distance. See [`coefficients`] for the formulas and where they come from.

pub mod coefficients;

use std::collections::BTreeMap;

use serde::Serialize;

use self::coefficients::{Alpha, kappa, masi, mean_kappa, nominal};
use super::counts::Counts;
use crate::domain::LabelSet;

/// What one rater has decided on a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating {
    /// Which rater.
    pub rater: usize,
    /// The labels decided, one way or the other.
    pub decided: LabelSet,
    /// Those of them that the word has, by this rater's word.
    pub present: LabelSet,
}

impl Rating {
    /// The labels that the word does not have, by this rater's word.
    fn absent(&self) -> LabelSet {
        self.decided.difference(self.present)
    }
}

/// The labels of a word that two raters or more have decided.
pub fn compared(word: &[Rating]) -> LabelSet {
    let (mut once, mut twice) = (LabelSet::EMPTY, LabelSet::EMPTY);
    for rating in word {
        twice = twice.union(once.intersection(rating.decided));
        once = once.union(rating.decided);
    }
    twice
}

/// The labels of a word that some say it has, and others that it does not.
pub fn disputed(word: &[Rating]) -> LabelSet {
    let any = |of: fn(&Rating) -> LabelSet| word.iter().map(of).fold(LabelSet::EMPTY, LabelSet::union);
    any(|rating| rating.present).intersection(any(Rating::absent))
}

/// Figures of one label, or of all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LabelAgreement {
    /// Cells that two raters or more have decided.
    pub cells: u64,
    /// Those of them on which not all have decided the same.
    pub disputed: u64,
    /// Share of equal decisions, over cells and pairs of raters.
    pub agreement: Option<f64>,
    /// Cohen's kappa; of more than two raters the mean over pairs, see [`mean_kappa`].
    pub kappa: Option<f64>,
    /// Krippendorff's alpha, nominal.
    pub alpha: Option<f64>,
    /// F1 of one rater held against another, over cells and pairs of raters: of the decisions that a label is there, the
    /// share that goes with one of the other. Kappa comes near to it where nearly all cells are absent.
    ///
    /// G. Hripcsak, A. S. Rothschild (2005), "Agreement, the F-measure, and reliability in information retrieval", JAMIA
    /// 12(3), 296–298.
    pub f1: Option<f64>,
}

impl LabelAgreement {
    fn of<'a>(alpha: &Alpha<bool>, cells: u64, disputed: u64, tables: impl Iterator<Item = &'a Counts> + Clone) -> Self {
        let sum: Counts = tables.clone().copied().sum();
        Self {
            cells,
            disputed,
            agreement: (sum.cells() > 0).then(|| sum.accuracy()),
            kappa: mean_kappa(tables),
            alpha: alpha.get(),
            f1: (sum.cells() > sum.tn).then(|| sum.f1()),
        }
    }
}

/// Figures of two raters, all labels together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairAgreement {
    /// The raters, the lower number first.
    pub raters: (usize, usize),
    /// Cells that both have decided.
    pub cells: u64,
    /// Share of equal decisions.
    pub agreement: Option<f64>,
    /// Cohen's kappa over the cells of all labels.
    pub kappa: Option<f64>,
}

/// Figures of whole label sets: over words on which two raters or more have decided each label that is compared anywhere. A
/// set of which a part is open can't be held against another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SetAgreement {
    /// Such words.
    pub words: u64,
    /// Share of equal sets, over words and pairs of raters.
    pub exact_match: Option<f64>,
    /// Krippendorff's alpha by the MASI distance.
    pub alpha: Option<f64>,
}

/// How far raters agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// A label each.
    pub labels: Vec<LabelAgreement>,
    /// The cells of all labels together.
    pub all: LabelAgreement,
    /// Whole label sets.
    pub sets: SetAgreement,
    /// Those raters that have decided cells in common, two by two.
    pub pairs: Vec<PairAgreement>,
}

impl Agreement {
    /// Compares what raters have said of words, at most once each of a word; of `labels` labels.
    pub fn of<'a>(labels: usize, words: impl Iterator<Item = &'a [Rating]> + Clone) -> Self {
        let mut cells = Cells::new(labels);
        words.clone().for_each(|word| cells.add(word));
        let alphas = cells.alphas.iter().zip(&cells.compared).zip(&cells.disputed).enumerate();
        let of_label = |(label, ((alpha, compared), disputed)): (usize, ((&Alpha<bool>, &u64), &u64))| {
            LabelAgreement::of(alpha, *compared, *disputed, cells.tables.values().map(move |tables| &tables[label]))
        };
        let pairs: Vec<((usize, usize), Counts)> =
            cells.tables.iter().map(|(&raters, tables)| (raters, tables.iter().copied().sum())).collect();
        let mut together = Alpha::new(nominal);
        cells.alphas.iter().for_each(|alpha| together.absorb(alpha));
        let (compared, disputed): (u64, u64) = (cells.compared.iter().sum(), cells.disputed.iter().sum());
        let pair = |&(raters, table): &((usize, usize), Counts)| PairAgreement {
            raters,
            cells: table.cells(),
            agreement: (table.cells() > 0).then(|| table.accuracy()),
            kappa: kappa(&table),
        };
        let somewhere = (0..labels).filter(|&label| cells.compared[label] > 0).collect();
        Self {
            labels: alphas.map(of_label).collect(),
            all: LabelAgreement::of(&together, compared, disputed, pairs.iter().map(|(_, table)| table)),
            sets: sets(somewhere, words),
            pairs: pairs.iter().map(pair).collect(),
        }
    }
}

/// Cells as they are counted.
struct Cells {
    /// A table a label, of each two raters who have decided something in common.
    tables: BTreeMap<(usize, usize), Vec<Counts>>,
    alphas: Vec<Alpha<bool>>,
    compared: Vec<u64>,
    disputed: Vec<u64>,
}

impl Cells {
    fn new(labels: usize) -> Self {
        let (alphas, zeros) = (vec![Alpha::new(nominal); labels], vec![0; labels]);
        Self { tables: BTreeMap::new(), alphas, compared: zeros.clone(), disputed: zeros }
    }

    fn add(&mut self, word: &[Rating]) {
        let labels = self.alphas.len();
        for (at, one) in word.iter().enumerate() {
            for other in &word[at + 1..] {
                let (one, other) = if one.rater < other.rater { (one, other) } else { (other, one) };
                let both = one.decided.intersection(other.decided);
                if both.is_empty() {
                    continue;
                }
                let tables = self.tables.entry((one.rater, other.rater)).or_insert_with(|| vec![Counts::default(); labels]);
                both.iter().for_each(|label| tables[label].add_cell(one.present.contains(label), other.present.contains(label)));
            }
        }
        for label in compared(word).iter() {
            let deciding = word.iter().filter(|rating| rating.decided.contains(label));
            let values: Vec<bool> = deciding.map(|rating| rating.present.contains(label)).collect();
            self.alphas[label].add(&values);
            self.compared[label] += 1;
        }
        disputed(word).iter().for_each(|label| self.disputed[label] += 1);
    }
}

/// Holds whole sets of these labels against each other.
fn sets<'a>(labels: LabelSet, words: impl Iterator<Item = &'a [Rating]>) -> SetAgreement {
    let mut alpha = Alpha::new(masi);
    let (mut counted, mut pairs, mut equal) = (0, 0_u64, 0_u64);
    for word in words.filter(|_| !labels.is_empty()) {
        let whole = word.iter().filter(|rating| rating.decided.intersection(labels) == labels);
        let sets: Vec<LabelSet> = whole.map(|rating| rating.present.intersection(labels)).collect();
        counted += u64::from(sets.len() > 1);
        for (at, one) in sets.iter().enumerate() {
            pairs += sets[at + 1..].len() as u64;
            equal += sets[at + 1..].iter().filter(|other| *other == one).count() as u64;
        }
        alpha.add(&sets);
    }
    let exact_match = (pairs > 0).then(|| equal as f64 / pairs as f64);
    SetAgreement { words: counted, exact_match, alpha: alpha.get() }
}

#[cfg(test)]
mod tests;
