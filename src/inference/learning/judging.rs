//! The end of a training: each label's firmness, calibration and threshold are chosen by what the fits say of what they
//! have not learned from, and the version is judged the same way. No cell that judges has a say in what is chosen before it; where
//! five versions judge in turn, the fits that choose for one have learned from what it judges, as each is left out of its own alone.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::firmness::LeftOutLosses;
use super::{Learning, Origin, Stage};
use crate::head::judge::{Grouping, Method};
use crate::head::loss::sigmoid;
use crate::head::{Head, HeadError, HeldOut, Platt, UNTUNED, fit_calibration, fit_thresholds};
use crate::metrics::Counts;

/// A label's calibration and threshold are tuned if its held-out cells hold so many present and so many absent ones, of
/// documents that are left out as a whole; else they stay as they were. What passages of a document say of each other is
/// too kind: tuned by it, unseen case reports lost 0.01 of micro-F1 after two or three had been corrected.
const ENOUGH: usize = 100;
/// The same for a label that comes from the project alone, whose threshold nobody has tuned before.
const ENOUGH_OF_OWN: usize = 10;

/// Calibration and thresholds of a version.
pub(super) struct Tuned {
    pub maps: Vec<Platt>,
    pub thresholds: Vec<f32>,
    /// How many labels were tuned; the others stay as they were.
    pub labels: usize,
}

impl Tuned {
    /// As the model has it; a label of the project's own has [`UNTUNED`], unless somebody has set its threshold.
    pub fn none(model: &Head) -> Self {
        let labels = &model.meta.scheme.labels;
        let threshold = |(label, &threshold): (usize, &f32)| match model.is_own(label) && labels[label].threshold.is_none() {
            true => UNTUNED,
            false => threshold,
        };
        let thresholds = model.meta.thresholds.iter().enumerate().map(threshold).collect();
        Self { maps: vec![Platt::IDENTITY; model.labels()], thresholds, labels: 0 }
    }
}

/// What judges on a fold: a version that has not seen it.
pub(super) struct Judge {
    fold: u64,
    /// What it says of each cell of the evidence, before it is tuned.
    logits: Vec<f32>,
    tuned: Tuned,
}

/// What the fits of each firmness say of each cell of the evidence: by firmness, fit, cell.
pub(super) struct Logits(Vec<Vec<Vec<f32>>>);

impl Logits {
    /// By fit and cell, if each label takes the firmness that is chosen for it.
    fn blend(&self, learning: &Learning, chosen: &[usize]) -> Cow<'_, [Vec<f32>]> {
        if let [only] = &*self.0 {
            return Cow::Borrowed(only);
        }
        let of_fit = |fit: usize| {
            let cells = learning.evidence.cells.iter().enumerate();
            cells.map(|(at, cell)| self.0[chosen[cell.label]][fit][at]).collect()
        };
        Cow::Owned((0..self.0.first().map_or(0, Vec::len)).map(of_fit).collect())
    }
}

impl Learning {
    pub(super) fn logits(&self, stage: &Stage) -> Result<Logits, HeadError> {
        let cells = &self.evidence.cells;
        let mut of_each = stage.refits.iter().map(|refit| refit.logits(cells)).collect::<Result<Vec<_>, _>>()?;
        let bend = self.model.bend();
        for logits in of_each.iter_mut().flatten() {
            logits.iter_mut().zip(cells).for_each(|(logit, cell)| *logit = bend.cell(cell.label, *logit));
        }
        Ok(Logits(of_each))
    }

    /// For each label the place among the refits of the one that it takes, and what that makes of the version's
    /// calibration and thresholds.
    pub(super) fn chosen(&self, stage: &Stage, logits: &Logits) -> (Vec<usize>, Tuned) {
        let chosen = self.firmness(stage, logits, None);
        let tuned = match stage.method {
            Method::Not => Tuned::none(&self.model),
            Method::HeldOut | Method::CrossValidation => self.tuned(stage, &logits.blend(self, &chosen), None),
        };
        (chosen, tuned)
    }

    /// Those that judge the version: each has chosen and tuned without its fold, as it has learned without it.
    pub(super) fn judges(&self, stage: &Stage, logits: &Logits) -> Vec<Judge> {
        let judge = |(fit, fold): (usize, u64)| {
            let blend = logits.blend(self, &self.firmness(stage, logits, Some(fold)));
            Judge { fold, tuned: self.tuned(stage, &blend, Some(fold)), logits: blend[fit].clone() }
        };
        match stage.method {
            Method::Not => Vec::new(),
            Method::HeldOut => vec![judge((0, 0))],
            Method::CrossValidation => {
                let folds = stage.fits.iter().map(|left_out| u64::from(left_out.trailing_zeros()));
                folds.enumerate().skip(1).map(judge).collect()
            }
        }
    }

    /// For each label the place among the refits of the one that it takes; what is in the fold `but` has no say.
    fn firmness(&self, stage: &Stage, logits: &Logits, but: Option<u64>) -> Vec<usize> {
        let Logits(logits) = logits;
        let mut left_out = LeftOutLosses::new(logits.len(), self.model.labels());
        if logits.len() > 1 {
            let fits = stage.fit_of_fold();
            for (at, (cell, origin)) in self.evidence.cells.iter().zip(&self.origins).enumerate() {
                let fold = self.fold(*origin);
                if let Some(fit) = fits[fold as usize].filter(|_| but != Some(fold)) {
                    let correction = self.as_it_came(cell.row, cell.label) != cell.present;
                    left_out.add(cell, correction, logits.iter().map(|logits| logits[fit][at]));
                }
            }
        }
        left_out.firmness()
    }

    /// The fold that a cell of this origin is left out with.
    fn fold(&self, origin: Origin) -> u64 {
        match origin {
            Origin::Single { group, .. } | Origin::Bulk(group) => self.groups[group].fold,
            Origin::PassedOver(fold) => fold,
        }
    }

    /// Calibration and thresholds from what each fit says of the groups that it alone has left out, those of `but` not
    /// among them.
    fn tuned(&self, stage: &Stage, logits: &[Vec<f32>], but: Option<u64>) -> Tuned {
        let mut tuned = Tuned::none(&self.model);
        let mut held_out = HeldOut::new(self.model.labels());
        let fits = stage.fit_of_fold();
        for (at, (cell, origin)) in self.evidence.cells.iter().zip(&self.origins).enumerate() {
            let Some(group) = origin.group().map(|group| &self.groups[group]) else { continue };
            let fit = fits[group.fold as usize].filter(|_| but != Some(group.fold) && group.is_decided_throughout(cell.label));
            if let Some(fit) = fit {
                held_out.add(cell.label, logits[fit][at], cell.present);
            }
        }
        let maps = fit_calibration(&held_out);
        let whole = self.grouping == Grouping::Documents;
        let enough = |label: &usize| {
            let (cells, present) = held_out.support(*label);
            let least = if self.model.is_own(*label) { ENOUGH_OF_OWN } else { ENOUGH };
            present.min(cells - present) >= least && (whole || self.model.is_own(*label))
        };
        let enough: Vec<usize> = (0..self.model.labels()).filter(enough).collect();
        enough.iter().for_each(|&label| tuned.maps[label] = maps[label]);
        let thresholds = fit_thresholds(&held_out.calibrated(&tuned.maps));
        enough.iter().for_each(|&label| tuned.thresholds[label] = thresholds[label]);
        tuned.labels = enough.len();
        tuned
    }

    /// What the active version and the new one make of the cells that judge, (old, new) by group.
    pub(super) fn by_group(&self, judges: &[Judge]) -> Vec<(Counts, Counts)> {
        let mut counts: BTreeMap<usize, (Counts, Counts)> = BTreeMap::new();
        self.each_judging(judges, |group, _, present, before, after| {
            let counts = counts.entry(group).or_default();
            counts.0.add_cell(present, before);
            counts.1.add_cell(present, after);
        });
        counts.into_values().collect()
    }

    /// How the version fares by label, on the cells that judge it: hits, false alarms, misses, and neither.
    pub(super) fn by_label(&self, judges: &[Judge]) -> BTreeMap<&str, [u64; 4]> {
        let mut counts = vec![Counts::default(); self.model.labels()];
        self.each_judging(judges, |_, label, present, _, after| counts[label].add_cell(present, after));
        let judged = self.model.meta.scheme.names().zip(counts).filter(|(_, counts)| counts.cells() > 0);
        judged.map(|(name, counts)| (name, [counts.tp, counts.fp, counts.fn_, counts.tn])).collect()
    }

    /// Each cell that judges: its group, its label, whether it is present, and whether the active version and the new one
    /// say so.
    fn each_judging(&self, judges: &[Judge], mut each: impl FnMut(usize, usize, bool, bool, bool)) {
        for Judge { fold, logits, tuned } in judges {
            let cells = self.evidence.cells.iter().zip(&self.origins).zip(&self.shown);
            for (((cell, origin), &before), &logit) in cells.zip(logits) {
                let Origin::Single { group, judges: true } = *origin else { continue };
                if self.groups[group].fold == *fold {
                    let after = sigmoid(tuned.maps[cell.label].apply(logit)) >= tuned.thresholds[cell.label];
                    each(group, cell.label, cell.present, before, after);
                }
            }
        }
    }
}
