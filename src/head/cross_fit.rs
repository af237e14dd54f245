//! What calibration and thresholds come to on cells that they were not fitted to.
//!
//! Held-out cells are cut in folds. A fold's figures are those of the calibration and the thresholds that the other
//! folds gave; what a head is given in the end comes from all of them.

use serde::Serialize;

use super::calibration::{HeldOut, Platt, fit_calibration, fit_thresholds};
use super::classifier::Head;
use super::curve::{Curve, fit_curves};
use super::loss::sigmoid;
use crate::metrics::{Calibration, Counts};

impl Head {
    /// The head as a fit to its held-out cells would have it: calibrated, bent, with the thresholds. The fit was made of the
    /// logits of this head, or of others trained as it was, before any curve.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn fitted(&self, fit: &CrossFit) -> candle_core::Result<Self> {
        let mut head = self.clone().with_curves(Vec::new()).calibrated(&fit.calibration)?.with_curves(fit.curves.clone());
        head.meta.thresholds.clone_from(&fit.thresholds);
        Ok(head)
    }
}

/// Calibration and thresholds, and how good they are.
#[derive(Clone, Debug)]
pub struct CrossFit {
    /// One map a label, from all folds.
    pub calibration: Vec<Platt>,
    /// One curve a label behind it, from all folds.
    pub curves: Vec<Curve>,
    /// One threshold a label for the calibrated probabilities, from all folds.
    pub thresholds: Vec<f32>,
    /// What was found on the folds.
    pub figures: Figures,
    /// How far each label's probabilities can be taken at their word, on the folds, calibrated.
    pub labels: Vec<Calibration>,
}

/// Figures before and after, each fold's from the other folds' calibration and thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// As the head was, at a threshold of 0.5.
    pub uncalibrated: Figure,
    /// Calibrated, at tuned thresholds.
    pub calibrated: Figure,
}

/// How good probabilities and decisions are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Expected calibration error over cells with a probability of 0.05 or more.
    pub expected_error: Option<f64>,
    /// Brier score over all cells.
    pub brier: Option<f64>,
    /// F1 over the cells of all labels.
    pub micro_f1: f64,
}

#[derive(Default)]
struct Sums(Calibration, Counts);

impl Sums {
    fn add(&mut self, cells: &HeldOut, thresholds: &[f32]) {
        for (label, logit, present) in cells.cells() {
            let probability = sigmoid(logit);
            self.0.add(probability, present);
            self.1.add_cell(present, probability >= thresholds[label]);
        }
    }

    fn brier(&self) -> f64 {
        self.0.brier().unwrap_or(f64::INFINITY)
    }

    fn figure(&self) -> Figure {
        Figure { expected_error: self.0.expected_error(), brier: self.0.brier(), micro_f1: self.1.f1() }
    }
}

/// How far a calibration goes; each goes further than the one before.
const DEPTHS: [Depth; 3] = [Depth::Plain, Depth::Mapped, Depth::Bent];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Probabilities stay as they are.
    Plain,
    /// An affine map of the logit.
    Mapped,
    /// And a curve behind it.
    Bent,
}

/// What was fitted to some cells.
struct Fit {
    calibration: Vec<Platt>,
    curves: Vec<Curve>,
    /// For the highest F1.
    tuned: Vec<f32>,
    /// For the same decisions as a probability of 0.5 was before.
    kept: Vec<f32>,
}

impl Fit {
    /// Fits to these cells, as far as each of [`DEPTHS`] goes.
    fn of(cells: &HeldOut, labels: usize) -> [Self; DEPTHS.len()] {
        let calibration = fit_calibration(cells);
        let curves = fit_curves(&cells.calibrated(&calibration));
        DEPTHS.map(|depth| {
            let calibration = if depth == Depth::Plain { vec![Platt::IDENTITY; labels] } else { calibration.clone() };
            let curves = if depth == Depth::Bent { curves.clone() } else { vec![Curve::IDENTITY; labels] };
            let half = |(map, curve): (&Platt, &Curve)| sigmoid(curve.pieces().apply(map.apply(0.0)));
            let kept = calibration.iter().zip(&curves).map(half).collect();
            let tuned = fit_thresholds(&cells.calibrated(&calibration).bent(&curves));
            Self { calibration, curves, tuned, kept }
        })
    }
}

/// What fits of one depth come to on the folds that they have not seen.
struct Tried {
    tuned: Sums,
    kept: Sums,
    labels: Vec<Calibration>,
}

/// Fits calibration and thresholds to the folds together, and judges them on each fold by those of the others. Calibration goes
/// as far as it betters the Brier score, and thresholds are tuned if that betters F1: of few cells neither need be so. With a
/// single fold nothing can be judged: its figures are its own.
pub fn cross_fit(folds: &[HeldOut], labels: usize) -> CrossFit {
    let fit = |but: Option<usize>| {
        let mut all = HeldOut::new(labels);
        let kept = folds.iter().enumerate().filter(|(index, _)| folds.len() < 2 || but != Some(*index));
        kept.for_each(|(_, fold)| all.extend(fold));
        Fit::of(&all, labels)
    };
    let mut before = Sums::default();
    let mut tried =
        DEPTHS.map(|_| Tried { tuned: Sums::default(), kept: Sums::default(), labels: vec![Calibration::default(); labels] });
    for (index, fold) in folds.iter().enumerate() {
        before.add(fold, &vec![0.5; labels]);
        for (fit, tried) in fit(Some(index)).into_iter().zip(&mut tried) {
            let fold = fold.calibrated(&fit.calibration).bent(&fit.curves);
            tried.tuned.add(&fold, &fit.tuned);
            tried.kept.add(&fold, &fit.kept);
            fold.cells().for_each(|(label, logit, present)| tried.labels[label].add(sigmoid(logit), present));
        }
    }
    let better = |(fit, tried): (Fit, Tried), (deeper, other): (Fit, Tried)| match other.tuned.brier() < tried.tuned.brier() {
        true => (deeper, other),
        false => (fit, tried),
    };
    let mut all = fit(None).into_iter().zip(tried);
    let chosen = if folds.len() < 2 { all.next_back() } else { all.reduce(better) };
    let (fit, tried) = chosen.expect("there is a depth");
    let tune = folds.len() < 2 || tried.tuned.1.f1() > tried.kept.1.f1();
    let (thresholds, calibrated) = if tune { (fit.tuned, tried.tuned) } else { (fit.kept, tried.kept) };
    CrossFit {
        calibration: fit.calibration,
        curves: fit.curves,
        thresholds,
        figures: Figures { uncalibrated: before.figure(), calibrated: calibrated.figure() },
        labels: tried.labels,
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Folds of cells whose true log-odds are `scale` times their logit, plus 1.
    fn folds(scale: f32) -> Vec<HeldOut> {
        let mut generator = ChaCha8Rng::seed_from_u64(9);
        let mut fold = || {
            let mut cells = HeldOut::new(1);
            for _ in 0..800 {
                let logit = generator.random_range(-6.0f32..4.0);
                cells.add(0, logit, generator.random_range(0.0..1.0f32) < sigmoid(scale * logit + 1.0));
            }
            cells
        };
        (0..5).map(|_| fold()).collect()
    }

    #[test]
    fn figures_improve_on_folds_that_were_not_fitted_to() {
        let found = cross_fit(&folds(0.4), 1);
        let Figures { uncalibrated, calibrated } = found.figures;
        assert!(calibrated.expected_error.unwrap() < 0.5 * uncalibrated.expected_error.unwrap(), "{found:?}");
        assert!(calibrated.brier.unwrap() < uncalibrated.brier.unwrap(), "{found:?}");
        assert!(calibrated.micro_f1 > uncalibrated.micro_f1, "{found:?}");
    }

    #[test]
    fn what_bends_is_fitted_and_the_head_shows_it() {
        // Right where it is unsure, and boasting where it is sure: what no straight map can say.
        let shares = |logit: f32| sigmoid(if logit > 0.0 { 0.3 * logit } else { logit });
        let mut generator = ChaCha8Rng::seed_from_u64(4);
        let mut fold = || {
            let mut cells = HeldOut::new(1);
            for _ in 0..4000 {
                let logit = generator.random_range(-6.0f32..6.0);
                cells.add(0, logit, generator.random_range(0.0..1.0f32) < shares(logit));
            }
            cells
        };
        let fit = cross_fit(&(0..5).map(|_| fold()).collect::<Vec<_>>(), 1);
        assert!(fit.labels[0].expected_error().unwrap() < 0.03, "{fit:?}");
        // A head whose vectors are its logits, one that was fitted before, and not well, among them.
        let scheme = crate::domain::LabelScheme::from_names("s", &["a"]).unwrap();
        let head = Head::new(crate::head::HeadMeta::fresh(scheme, "e"), 1, None, &[0.5], 1).unwrap();
        let head = head.with_last_layer(vec![1.0], vec![0.0]).unwrap();
        let before = head.clone().with_curves(vec![Curve::IDENTITY.then(Platt { scale: 3.0, shift: 2.0 })]);
        for head in [head, before] {
            let fitted = head.fitted(&fit).unwrap();
            assert_eq!(fitted.meta.thresholds, fit.thresholds);
            for logit in [-3.0, -1.0, 0.0, 2.5, 5.0f32] {
                let shown = fitted.probabilities(&[logit]).unwrap()[0];
                assert!((shown - shares(logit)).abs() < 0.06, "{logit}: {shown}");
            }
        }
    }

    #[test]
    fn what_is_not_better_on_other_folds_is_left_as_it_was() {
        // A head that is right already, by so few cells that any fit is chance.
        for seed in 0..20 {
            let mut generator = ChaCha8Rng::seed_from_u64(seed);
            let mut fold = || {
                let mut cells = HeldOut::new(1);
                for _ in 0..12 {
                    let logit = generator.random_range(-4.0f32..4.0);
                    cells.add(0, logit, generator.random_range(0.0..1.0f32) < sigmoid(2.0 * logit));
                }
                cells
            };
            let found = cross_fit(&(0..5).map(|_| fold()).collect::<Vec<_>>(), 1);
            let Figures { uncalibrated, calibrated } = found.figures;
            assert!(calibrated.brier <= uncalibrated.brier && calibrated.micro_f1 >= uncalibrated.micro_f1, "{seed}: {found:?}");
            if found.calibration == [Platt::IDENTITY] && calibrated.micro_f1 == uncalibrated.micro_f1 {
                assert_eq!(found.thresholds, [0.5], "{seed}");
            }
        }
    }

    #[test]
    fn a_folds_own_cells_do_not_flatter_it() {
        // Labels thrown at random: what is tuned on four folds must be worth nothing on the fifth.
        let mut generator = ChaCha8Rng::seed_from_u64(3);
        let mut fold = || {
            let mut cells = HeldOut::new(1);
            (0..40).for_each(|_| cells.add(0, generator.random_range(-3.0f32..3.0), generator.random_bool(0.3)));
            cells
        };
        let folds: Vec<HeldOut> = (0..2).map(|_| fold()).collect();
        let honest = cross_fit(&folds, 1).figures.calibrated;
        let own = cross_fit(&folds[..1], 1).figures.calibrated;
        assert!(own.brier.unwrap() < honest.brier.unwrap(), "{own:?} {honest:?}");
    }
}
