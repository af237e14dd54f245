//! What happens to rows between the products: activation, softmax, layer normalisation. On `pulp`'s vectors, so that one
//! text serves each instruction set.

use std::f32::consts::LOG2_E;

use pulp::Simd;

use super::super::config::Activation;

/// 2ˣ with a relative error below 3e-7, for x up to 127; below −126 it stays at 2⁻¹²⁶.
///
/// Splits x = n + f with |f| ≤ ½; the polynomial for 2ᶠ is the one of the fifth power with the least relative error.
#[inline(always)]
pub fn power<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const MAGIC: f32 = 12_582_912.0; // 1.5·2²³: adding it rounds to an integer in the low bits
    let x = simd.max_f32s(x, simd.splat_f32s(-126.0));
    let shifted = simd.add_f32s(x, simd.splat_f32s(MAGIC));
    let f = simd.sub_f32s(x, simd.sub_f32s(shifted, simd.splat_f32s(MAGIC)));
    let mut p = simd.splat_f32s(0.001_327_647_1);
    for next in [0.009_675_541, 0.055_507_13, 0.240_221_2, 0.693_146_94, 1.000_000_1] {
        p = simd.mul_add_e_f32s(p, f, simd.splat_f32s(next));
    }
    // n is added to the exponent; the rest of MAGIC's bits are shifted out.
    let n = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(p), n))
}

/// x·Φ(x), GELU in its exact form (Hendrycks & Gimpel 2016, arXiv:1606.08415); absolute error below 1e-6·(1 + |x|).
///
/// Φ by Abramowitz & Stegun, Handbook of Mathematical Functions (1964), formula 7.1.26, for erf at |x|/√2.
#[inline(always)]
pub fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let size = simd.abs_f32s(x);
    let gauss = power(simd, simd.mul_f32s(simd.mul_f32s(x, x), simd.splat_f32s(-0.5 * LOG2_E)));
    let t = simd.mul_add_e_f32s(size, simd.splat_f32s(0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2), simd.splat_f32s(1.0));
    let t = simd.div_f32s(simd.splat_f32s(1.0), t);
    let mut p = simd.splat_f32s(1.061_405_4);
    for next in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = simd.mul_add_e_f32s(p, t, simd.splat_f32s(next));
    }
    // x·Φ(x) = max(x, 0) − |x|·tail, with tail = 1 − Φ(|x|).
    let tail = simd.mul_f32s(simd.mul_f32s(p, t), simd.mul_f32s(gauss, simd.splat_f32s(0.5)));
    simd.sub_f32s(simd.max_f32s(x, simd.splat_f32s(0.0)), simd.mul_f32s(size, tail))
}

/// The activations of lesser use.
#[inline(always)]
pub fn activate<S: Simd>(simd: S, x: S::f32s, activation: Activation) -> S::f32s {
    match activation {
        Activation::Gelu => gelu(simd, x),
        Activation::Relu => simd.max_f32s(x, simd.splat_f32s(0.0)),
        Activation::GeluTanh => {
            // ½·x·(1 + tanh z) = x / (1 + e^(−2z))
            let square = simd.mul_f32s(x, x);
            let z = simd.mul_f32s(x, simd.mul_add_e_f32s(square, simd.splat_f32s(0.044_715), simd.splat_f32s(1.0)));
            let exponent = simd.mul_f32s(z, simd.splat_f32s(-2.0 * 0.797_884_6 * LOG2_E));
            let e = power(simd, simd.min_f32s(exponent, simd.splat_f32s(126.0)));
            simd.div_f32s(x, simd.add_f32s(e, simd.splat_f32s(1.0)))
        }
    }
}

/// Replaces a row of scores by 2 to the power of what each is below the largest; gives one by the sum, which the caller
/// multiplies the (much shorter) result with.
#[inline(always)]
pub fn softmax<S: Simd>(simd: S, row: &mut [f32]) -> f32 {
    let (whole, rest) = S::as_mut_simd_f32s(row);
    let mut most = [simd.splat_f32s(f32::NEG_INFINITY); 4];
    let (fours, few) = whole.as_chunks::<4>();
    for four in fours {
        for (most, &x) in most.iter_mut().zip(four) {
            *most = simd.max_f32s(*most, x);
        }
    }
    for (most, &x) in most.iter_mut().zip(few) {
        *most = simd.max_f32s(*most, x);
    }
    let most = simd.max_f32s(simd.max_f32s(most[0], most[1]), simd.max_f32s(most[2], most[3]));
    let most = rest.iter().fold(simd.reduce_max_f32s(most), |most, &x| most.max(x));
    let most = simd.splat_f32s(most);
    let mut sums = [simd.splat_f32s(0.0); 2];
    let (pairs, few) = whole.as_chunks_mut::<2>();
    for pair in pairs {
        for (sum, x) in sums.iter_mut().zip(pair) {
            *x = power(simd, simd.sub_f32s(*x, most));
            *sum = simd.add_f32s(*sum, *x);
        }
    }
    for (sum, x) in sums.iter_mut().zip(few) {
        *x = power(simd, simd.sub_f32s(*x, most));
        *sum = simd.add_f32s(*sum, *x);
    }
    let mut sum = simd.add_f32s(sums[0], sums[1]);
    if !rest.is_empty() {
        let last = power(simd, simd.sub_f32s(simd.partial_load_f32s(rest), most));
        simd.partial_store_f32s(rest, last);
        sum = simd.add_f32s(sum, simd.partial_load_f32s(rest));
    }
    1.0 / simd.reduce_sum_f32s(sum)
}

/// The least and the largest value of a row.
#[inline(always)]
pub fn extremes<S: Simd>(simd: S, row: &[f32]) -> (f32, f32) {
    let (whole, rest) = S::as_simd_f32s(row);
    let mut least = [simd.splat_f32s(f32::INFINITY); 2];
    let mut most = [simd.splat_f32s(f32::NEG_INFINITY); 2];
    let (pairs, few) = whole.as_chunks::<2>();
    for pair in pairs {
        for ((least, most), &x) in least.iter_mut().zip(&mut most).zip(pair) {
            *least = simd.min_f32s(*least, x);
            *most = simd.max_f32s(*most, x);
        }
    }
    for &x in few {
        least[0] = simd.min_f32s(least[0], x);
        most[0] = simd.max_f32s(most[0], x);
    }
    let least = simd.reduce_min_f32s(simd.min_f32s(least[0], least[1]));
    let most = simd.reduce_max_f32s(simd.max_f32s(most[0], most[1]));
    rest.iter().fold((least, most), |(least, most), &x| (least.min(x), most.max(x)))
}

/// A layer normalisation's weights (Ba, Kiros & Hinton 2016, arXiv:1607.06450).
#[derive(Clone, Debug)]
pub struct Norm {
    /// One a column.
    pub scale: Vec<f32>,
    /// One a column.
    pub shift: Vec<f32>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// Sum of a row.
#[inline(always)]
fn sum<S: Simd>(simd: S, row: &[f32]) -> f32 {
    let (whole, rest) = S::as_simd_f32s(row);
    let mut sums = [simd.splat_f32s(0.0); 4];
    let (fours, few) = whole.as_chunks::<4>();
    for four in fours {
        for (sum, &x) in sums.iter_mut().zip(four) {
            *sum = simd.add_f32s(*sum, x);
        }
    }
    for (sum, &x) in sums.iter_mut().zip(few) {
        *sum = simd.add_f32s(*sum, x);
    }
    let sum = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
    simd.reduce_sum_f32s(sum) + rest.iter().sum::<f32>()
}

/// Sum of the squared distances from `mean`.
#[inline(always)]
fn squares<S: Simd>(simd: S, row: &[f32], mean: f32) -> f32 {
    let (whole, rest) = S::as_simd_f32s(row);
    let (mut sums, means) = ([simd.splat_f32s(0.0); 4], simd.splat_f32s(mean));
    let (fours, few) = whole.as_chunks::<4>();
    for four in fours {
        for (sum, &x) in sums.iter_mut().zip(four) {
            let x = simd.sub_f32s(x, means);
            *sum = simd.mul_add_e_f32s(x, x, *sum);
        }
    }
    for (sum, &x) in sums.iter_mut().zip(few) {
        let x = simd.sub_f32s(x, means);
        *sum = simd.mul_add_e_f32s(x, x, *sum);
    }
    let sum = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
    simd.reduce_sum_f32s(sum) + rest.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>()
}

impl Norm {
    /// row ← norm(row + added), as far as there are weights.
    #[inline(always)]
    pub fn apply<S: Simd>(&self, simd: S, row: &mut [f32], added: &[f32]) {
        let width = self.scale.len();
        let row = &mut row[..width];
        let n = width as f32;
        {
            let ((x, x_rest), (y, y_rest)) = (S::as_mut_simd_f32s(row), S::as_simd_f32s(&added[..width]));
            for (x, &y) in x.iter_mut().zip(y) {
                *x = simd.add_f32s(*x, y);
            }
            for (x, y) in x_rest.iter_mut().zip(y_rest) {
                *x += y;
            }
        }
        let mean = sum(simd, row) / n;
        let variance = squares(simd, row, mean) / n;
        let means = simd.splat_f32s(mean);
        let factor = 1.0 / (variance + self.epsilon).sqrt();
        let factors = simd.splat_f32s(factor);
        let ((x, x_rest), (scale, scale_rest)) = (S::as_mut_simd_f32s(row), S::as_simd_f32s(&self.scale));
        let (shift, shift_rest) = S::as_simd_f32s(&self.shift);
        for ((x, &scale), &shift) in x.iter_mut().zip(scale).zip(shift) {
            *x = simd.mul_add_e_f32s(simd.mul_f32s(simd.sub_f32s(*x, means), factors), scale, shift);
        }
        for ((x, scale), shift) in x_rest.iter_mut().zip(scale_rest).zip(shift_rest) {
            *x = (*x - mean) * factor * scale + shift;
        }
    }
}
