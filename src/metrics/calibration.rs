//! Whether a probability of 0.8 is right in 8 cases of 10.

use std::ops::AddAssign;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Equal-width bins of probability.
const BINS: usize = 10;

/// Cells below this probability are kept out of the calibration error: nearly all cells are certain negatives, and
/// they would drown the ones that are shown.
pub const LEAST_PROBABILITY: f32 = 0.05;

/// One bin of probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Number of cells.
    pub cells: u64,
    /// Sum of their probabilities.
    pub probability: f64,
    /// How many of them gold has.
    pub present: u64,
    /// Sum of p·(1 − p): the variance of `present` if each probability meant what it says.
    pub variance: f64,
}

/// Adds up cells' probabilities and what gold says of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calibration {
    bins: [Bin; BINS],
    cells: u64,
    squares: f64,
}

impl Calibration {
    /// Adds a cell. A probability that is not a number (not predicted yet) is passed over.
    pub fn add(&mut self, probability: f32, present: bool) {
        if probability.is_nan() {
            return;
        }
        let p = f64::from(probability).clamp(0.0, 1.0);
        self.cells += 1;
        self.squares += (p - f64::from(u8::from(present))).powi(2);
        if probability >= LEAST_PROBABILITY {
            let bin = &mut self.bins[((p * BINS as f64) as usize).min(BINS - 1)];
            bin.cells += 1;
            bin.probability += p;
            bin.present += u64::from(present);
            bin.variance += p * (1.0 - p);
        }
    }

    /// The bins, by probability, of cells of at least [`LEAST_PROBABILITY`].
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// Expected calibration error (Naeini et al., AAAI 2015): the mean distance between the bins' mean probability
    /// and their share of present cells, weighted by cells. 0 is best; `None` if no cell reaches
    /// [`LEAST_PROBABILITY`].
    pub fn expected_error(&self) -> Option<f64> {
        let cells = self.shown();
        let gaps: f64 = self.bins.iter().map(|bin| (bin.probability - bin.present as f64).abs()).sum();
        (cells > 0).then(|| gaps / cells as f64)
    }

    /// What [`expected_error`](Self::expected_error) would come to by chance alone if each probability meant what it says:
    /// each bin strays by √(2/π) of its standard deviation in the mean. An error that is no larger tells of nothing but
    /// how few cells there are. Words that stand together are alike, so that chance is rather larger than this.
    pub fn chance_error(&self) -> Option<f64> {
        let cells = self.shown();
        let strays: f64 = self.bins.iter().map(|bin| (std::f64::consts::FRAC_2_PI * bin.variance).sqrt()).sum();
        (cells > 0).then(|| strays / cells as f64)
    }

    /// Number of cells of at least [`LEAST_PROBABILITY`]: those that the calibration error is taken over.
    pub fn shown(&self) -> u64 {
        self.bins.iter().map(|bin| bin.cells).sum()
    }

    /// Brier score (1950): the mean squared distance of probability and truth over *all* cells added. 0 is best;
    /// `None` if there are none.
    pub fn brier(&self) -> Option<f64> {
        (self.cells > 0).then(|| self.squares / self.cells as f64)
    }
}

impl AddAssign<&Self> for Calibration {
    fn add_assign(&mut self, other: &Self) {
        for (bin, other) in self.bins.iter_mut().zip(&other.bins) {
            bin.cells += other.cells;
            bin.probability += other.probability;
            bin.present += other.present;
            bin.variance += other.variance;
        }
        self.cells += other.cells;
        self.squares += other.squares;
    }
}

impl Serialize for Calibration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Calibration", 4)?;
        out.serialize_field("cells", &self.shown())?;
        out.serialize_field("error", &self.expected_error())?;
        out.serialize_field("chance", &self.chance_error())?;
        out.serialize_field("brier", &self.brier())?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cells: &[(f32, bool)], error: Option<f64>, brier: Option<f64>) {
        let mut calibration = Calibration::default();
        cells.iter().for_each(|&(p, present)| calibration.add(p, present));
        let close = |found: Option<f64>, expected: Option<f64>| match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-6,
            (found, expected) => found == expected,
        };
        assert!(close(calibration.expected_error(), error), "error {:?} of {cells:?}", calibration.expected_error());
        assert!(close(calibration.brier(), brier), "Brier {:?} of {cells:?}", calibration.brier());
    }

    #[test]
    fn figures_of_known_cells() {
        check(&[], None, None);
        check(&[(f32::NAN, true)], None, None);
        check(&[(0.01, false)], None, Some(0.0001));
        check(&[(1.0, true), (1.0, true)], Some(0.0), Some(0.0));
        check(&[(0.75, true), (0.75, true), (0.75, true), (0.75, false)], Some(0.0), Some(0.1875));
        check(&[(0.9, false)], Some(0.9), Some(0.81));
        check(&[(0.9, false), (0.6, true)], Some(0.65), Some(0.485));
    }

    #[test]
    fn an_error_by_chance_is_told_from_one_of_the_head() {
        use rand::{RngExt, SeedableRng};
        let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let of = |count: usize, boast: f32, generator: &mut rand_chacha::ChaCha8Rng| {
            let mut calibration = Calibration::default();
            for _ in 0..count {
                let p: f32 = generator.random_range(0.05..0.95);
                calibration.add((p + boast).min(1.0), generator.random_range(0.0..1.0f32) < p);
            }
            (calibration.expected_error().unwrap(), calibration.chance_error().unwrap())
        };
        for count in [200, 2_000] {
            // The mean of a hundred heads that mean what they say.
            let heads: Vec<_> = (0..100).map(|_| of(count, 0.0, &mut generator)).collect();
            let mean = |of: fn(&(f64, f64)) -> f64| heads.iter().map(of).sum::<f64>() / 100.0;
            let (found, chance) = (mean(|head| head.0), mean(|head| head.1));
            assert!((found / chance - 1.0).abs() < 0.1, "{found} of {count} cells, by chance {chance}");
        }
        let (found, chance) = of(2_000, 0.1, &mut generator);
        assert!(found > 3.0 * chance, "{found}, {chance}");
        assert_eq!(Calibration::default().chance_error(), None);
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let cells = [(0.9, false), (0.6, true), (0.01, false), (0.65, true)];
        let of = |cells: &[(f32, bool)]| {
            let mut calibration = Calibration::default();
            cells.iter().for_each(|&(p, present)| calibration.add(p, present));
            calibration
        };
        let mut sum = of(&cells[..2]);
        sum += &of(&cells[2..]);
        assert_eq!(sum, of(&cells));
        let json = serde_json::to_value(sum).unwrap();
        assert_eq!((&json["cells"], json["brier"].as_f64()), (&3.into(), sum.brier()));
    }
}
