//! Binary cross-entropy on logits, over the cells that are known.

use candle_core::{Result, Tensor};

/// The probability of a logit: 1 / (1 + exp(−x)).
pub fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// −y·log σ(x) − (1−y)·log(1−σ(x)) of one cell, in the stable form of [`binary_cross_entropy`].
pub fn cross_entropy(logit: f32, present: bool) -> f32 {
    soft_cross_entropy(logit, f32::from(u8::from(present)))
}

/// As [`cross_entropy`], for a target between 0 and 1.
pub fn soft_cross_entropy(logit: f32, target: f32) -> f32 {
    logit.max(0.0) - logit * target + (-logit.abs()).exp().ln_1p()
}

/// Weighted mean over cells of −y·log σ(x) − (1−y)·log(1−σ(x)), in the form max(x,0) − x·y + log(1+exp(−|x|)), which
/// neither overflows nor loses digits for any x.
///
/// `logits`, `targets` (0 to 1; soft targets are allowed) and `weights` (0 for an unknown cell) are words × labels.
/// With no known cell the loss is 0.
///
/// # Errors
/// When the shapes differ or a computation fails.
pub fn binary_cross_entropy(logits: &Tensor, targets: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let total = weights.sum_all()?.to_scalar::<f32>()?.max(f32::MIN_POSITIVE);
    let tail = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    let cells = ((logits.relu()? - (logits * targets)?)? + tail)?;
    (cells * weights)?.sum_all()? / f64::from(total)
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    fn tensor(values: &[f32]) -> Tensor {
        Tensor::new(values, &Device::Cpu).unwrap()
    }

    #[test]
    fn is_the_definition_where_that_is_stable_and_finite_elsewhere() {
        let logits = [0.3f32, -2.0, 1.5, 90.0, -90.0, 500.0];
        let targets = [1.0f32, 0.0, 0.25, 1.0, 1.0, 0.0];
        let expected = |x: f64, y: f64| match x {
            x if x.abs() < 20.0 => -y * (1.0 / (1.0 + (-x).exp())).ln() - (1.0 - y) * (1.0 - 1.0 / (1.0 + (-x).exp())).ln(),
            x => x.max(0.0) - x * y,
        };
        for (&x, &y) in logits.iter().zip(&targets) {
            let found = binary_cross_entropy(&tensor(&[x]), &tensor(&[y]), &tensor(&[1.0])).unwrap().to_scalar::<f32>().unwrap();
            assert!((f64::from(found) - expected(x.into(), y.into())).abs() < 1e-5, "{x} {y}: {found}");
            if y == 0.0 || y == 1.0 {
                assert!((cross_entropy(x, y == 1.0) - found).abs() < 1e-5, "{x} {y}: {found}");
            }
        }
    }

    #[test]
    fn an_unknown_cell_gets_no_gradient_and_a_known_one_gets_sigma_minus_y() {
        let logits = Var::from_tensor(&tensor(&[0.4, -1.0, 300.0])).unwrap();
        let loss = binary_cross_entropy(&logits, &tensor(&[1.0, 1.0, 0.0]), &tensor(&[1.0, 0.0, 1.0])).unwrap();
        let gradient = loss.backward().unwrap().get(&logits).unwrap().to_vec1::<f32>().unwrap();
        let sigma = 1.0 / (1.0 + (-0.4f32).exp());
        assert!((gradient[0] - (sigma - 1.0) / 2.0).abs() < 1e-6);
        assert_eq!(gradient[1], 0.0);
        assert!((gradient[2] - 0.5).abs() < 1e-6);
    }
}
