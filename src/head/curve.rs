//! What a straight calibration leaves over: a rising curve a label.
//!
//! An affine map of a logit ([`Platt`]) can't say that a head is right where it is fairly sure and boasts where it is very
//! sure. A curve of straight pieces can: it bends at whole logits, as far as its cells ask for it against a prior of no
//! bends (hinges with a Gaussian prior, as in P. Eilers & B. Marx, "Flexible smoothing with B-splines and penalties",
//! Statistical Science 11, 1996), and rises everywhere, so that the order of words stays.
//!
//! A curve is no last layer: training works on the logits before it, whatever is shown or judged comes after it.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::calibration::{HeldOut, Platt};
use super::logistic::{Prior, fit};

/// Where a curve bends: at this logit and each whole one after it.
const FIRST: f32 = -4.0;
/// Number of bends.
const BENDS: usize = 9;
/// Scale, shift and bends.
const WEIGHTS: usize = BENDS + 2;

/// A rising map of a label's logit: `scale·x + shift`, and beyond each bend that much steeper.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    scale: f32,
    shift: f32,
    bends: [f32; BENDS],
}

/// A curve's straight pieces, each `slope·x + start`.
#[derive(Clone, Copy, Debug)]
pub struct Pieces([(f32, f32); BENDS + 1]);

impl Curve {
    /// Changes nothing.
    pub const IDENTITY: Self = Self { scale: 1.0, shift: 0.0, bends: [0.0; BENDS] };

    /// The pieces, with which many logits are mapped quickly.
    pub fn pieces(&self) -> Pieces {
        let mut piece = (self.scale, self.shift);
        let mut at = FIRST;
        let mut pieces = [piece; BENDS + 1];
        for (next, bend) in pieces[1..].iter_mut().zip(self.bends) {
            piece = (piece.0 + bend, piece.1 - bend * at);
            *next = piece;
            at += 1.0;
        }
        Pieces(pieces)
    }

    /// `map` after this curve.
    #[must_use]
    pub fn then(&self, map: Platt) -> Self {
        Self {
            scale: map.scale * self.scale,
            shift: map.scale * self.shift + map.shift,
            bends: self.bends.map(|bend| map.scale * bend),
        }
    }

    /// Whether it is of finite numbers and rises everywhere.
    pub fn is_sound(&self) -> bool {
        self.pieces().0.iter().all(|(slope, start)| *slope > 0.0 && slope.is_finite() && start.is_finite())
    }
}

impl Pieces {
    /// The mapped logit.
    pub fn apply(&self, logit: f32) -> f32 {
        // What is no number is in the first piece, and stays none.
        let piece = (logit - FIRST + 1.0).clamp(0.0, BENDS as f32) as usize;
        let (slope, start) = self.0[piece];
        slope * logit + start
    }

    /// The logit that is mapped to this one.
    pub fn undo(&self, mapped: f32) -> f32 {
        let ends = (0..BENDS).map(|bend| self.apply(FIRST + bend as f32));
        let (slope, start) = self.0[ends.take_while(|end| *end <= mapped).count()];
        (mapped - start) / slope
    }
}

/// What stands between the last layer's logits and what is shown: a curve a label, or nothing.
#[derive(Clone, Debug)]
pub struct Bend(Vec<Pieces>);

impl Bend {
    /// Of a curve a label, or of none.
    pub fn of(curves: &[Curve]) -> Self {
        Self(curves.iter().map(Curve::pieces).collect())
    }

    /// Maps logits, row-major, words × labels.
    pub fn rows(&self, logits: &mut [f32]) {
        if !self.0.is_empty() {
            for row in logits.chunks_exact_mut(self.0.len()) {
                row.iter_mut().zip(&self.0).for_each(|(logit, pieces)| *logit = pieces.apply(*logit));
            }
        }
    }

    /// Maps the logit of a label.
    pub fn cell(&self, label: usize, logit: f32) -> f32 {
        self.0.get(label).map_or(logit, |pieces| pieces.apply(logit))
    }

    /// The last layer's logit of a label that is shown with this one.
    pub fn undo(&self, label: usize, shown: f32) -> f32 {
        self.0.get(label).map_or(shown, |pieces| pieces.undo(shown))
    }
}

/// How firmly scale and shift are held to 1 and 0, and each bend to none.
const FIRMNESS: (f64, f64, f64) = (16.0, 4.0, 2.0);
/// A piece that rises less than this is not believed: bends are held twice as firmly, until all pieces do.
const LEAST_SLOPE: f32 = 0.1;
/// Twice as firmly so often at the most: then a curve is straight.
const DOUBLINGS: i32 = 30;
/// A label with fewer present, or fewer absent, cells keeps its logits: nobody could tell a bend from chance.
const SUPPORT: usize = 20;
/// Cells below this log-odds, half a percent, are left out of a fit, as in that of a straight calibration; a bend further
/// up than there, since it is curves that can tell them apart.
const LEAST_LOGIT: f32 = -5.0;

/// The curve of each label, from held-out cells with the logits of a head that is calibrated already.
pub fn fit_curves(cells: &HeldOut) -> Vec<Curve> {
    cells.by_label().into_par_iter().map(fit_label).collect()
}

fn fit_label(cells: Vec<(f32, bool)>) -> Curve {
    let features = |logit: f32| -> [f64; WEIGHTS] {
        std::array::from_fn(|index| match index {
            0 => f64::from(logit),
            1 => 1.0,
            bend => f64::from((logit - FIRST - (bend - 2) as f32).max(0.0)),
        })
    };
    let near = cells.into_iter().filter(|(logit, _)| *logit > LEAST_LOGIT);
    let cells: Vec<_> = near.map(|(logit, present)| (features(logit), f64::from(u8::from(present)))).collect();
    let present = cells.iter().filter(|(_, target)| *target > 0.0).count();
    if present.min(cells.len() - present) < SUPPORT {
        return Curve::IDENTITY;
    }
    let fitted = |doublings: i32| {
        let mut prior = [Prior { mean: 0.0, firmness: FIRMNESS.2 * 2.0f64.powi(doublings) }; WEIGHTS];
        prior[0] = Prior { mean: 1.0, firmness: FIRMNESS.0 };
        prior[1] = Prior { mean: 0.0, firmness: FIRMNESS.1 };
        let [scale, shift, bends @ ..] = fit(&cells, prior).map(|weight| weight as f32);
        Curve { scale, shift, bends }
    };
    let rises = |curve: &Curve| curve.is_sound() && curve.pieces().0.iter().all(|(slope, _)| *slope >= LEAST_SLOPE);
    (0..DOUBLINGS).map(fitted).find(rises).unwrap_or(Curve::IDENTITY)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::head::loss::sigmoid;
    use crate::metrics::Calibration;

    const BENT: Curve = Curve { scale: 0.8, shift: 0.3, bends: [0.0, 0.5, 0.0, -0.4, 0.0, 0.0, -0.5, 0.0, 0.9] };

    /// Cells whose log-odds are a function of their logit.
    fn cells(count: usize, truth: impl Fn(f32) -> f32, seed: u64) -> HeldOut {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let mut cells = HeldOut::new(1);
        for _ in 0..count {
            let logit = generator.random_range(-6.0f32..5.0);
            cells.add(0, logit, generator.random_range(0.0..1.0f32) < sigmoid(truth(logit)));
        }
        cells
    }

    fn error(cells: &HeldOut) -> f64 {
        let mut calibration = Calibration::default();
        cells.cells().for_each(|(_, logit, present)| calibration.add(sigmoid(logit), present));
        calibration.expected_error().unwrap()
    }

    #[test]
    fn a_curve_is_its_definition_and_can_be_undone() {
        for curve in [Curve::IDENTITY, BENT, BENT.then(Platt { scale: 1.5, shift: -2.0 })] {
            assert!(curve.is_sound());
            let pieces = curve.pieces();
            for logit in (-80..=80).map(|n| n as f32 / 8.0).chain([-90.0, 90.0]) {
                let bent = (0..BENDS).map(|bend| curve.bends[bend] * (logit - FIRST - bend as f32).max(0.0)).sum::<f32>();
                let expected = curve.scale * logit + curve.shift + bent;
                let found = pieces.apply(logit);
                assert!((found - expected).abs() < 1e-4, "{curve:?} of {logit}: {found}, {expected}");
                assert!((pieces.undo(found) - logit).abs() < 1e-3, "{curve:?} of {logit}: {}", pieces.undo(found));
            }
            assert!(pieces.apply(f32::NAN).is_nan());
        }
        let map = Platt { scale: 1.5, shift: -2.0 };
        assert!((BENT.then(map).pieces().apply(1.7) - map.apply(BENT.pieces().apply(1.7))).abs() < 1e-5);
        assert!(!Curve { bends: [-0.3; BENDS], ..Curve::IDENTITY }.is_sound(), "it falls");
        assert!(!Curve { scale: f32::NAN, ..Curve::IDENTITY }.is_sound());
    }

    #[test]
    fn a_head_that_boasts_where_it_is_sure_is_set_right_on_cells_it_has_not_been_fitted_to() {
        let truth = |logit: f32| if logit > 0.0 { 0.3 * logit } else { logit };
        let curve = fit_curves(&cells(20_000, truth, 1))[0];
        let unseen = cells(20_000, truth, 2);
        let (before, after) = (error(&unseen), error(&unseen.bent(&[curve])));
        assert!(after < 0.02 && before > 0.1, "{after} after {before}");
    }

    #[test]
    fn a_curve_rises_whatever_the_cells_say_and_is_straight_where_there_are_few() {
        // Less likely where the head is surer.
        let curve = fit_curves(&cells(3_000, |logit| if logit.abs() < 1.0 { -3.0 * logit } else { logit }, 3))[0];
        assert!(curve.pieces().0.iter().all(|(slope, _)| *slope >= LEAST_SLOPE), "{curve:?}");
        let few = cells(10, |logit| 0.2 * logit, 4);
        assert_eq!(fit_curves(&few), [Curve::IDENTITY]);
        let mut one_sided = HeldOut::new(2);
        (0..50).for_each(|n| one_sided.add(0, n as f32 / 10.0, false));
        assert_eq!(fit_curves(&one_sided), [Curve::IDENTITY; 2]);
    }
}
