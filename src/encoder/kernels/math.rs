//! Vectorisable elementary functions. Written without branches and calls, so that the compiler turns a loop over them
//! into SIMD code when it is inlined under [`vectorised`].

/// Runs `work` compiled for the best instruction set that this machine has.
#[inline]
pub fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    struct Work<F>(F);
    impl<R, F: FnOnce() -> R> pulp::NullaryFnOnce for Work<F> {
        type Output = R;
        #[inline(always)]
        fn call(self) -> R {
            (self.0)()
        }
    }
    pulp::Arch::new().dispatch(Work(work))
}

/// eˣ with a relative error below 4e-7; x is cut to −87.3…88, so that the result is positive and finite.
///
/// Splits x = n·ln 2 + r with |r| ≤ ln 2 / 2; the polynomial for eʳ is the Taylor series to the sixth power.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5·2²³: adding it rounds to an integer in the low bits
    let x = x.clamp(-87.3, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + MAGIC;
    let n = shifted - MAGIC;
    let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let p = 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    p * power
}

/// Φ(x), the standard normal distribution function, and φ(x), its density; absolute error below 2e-7.
///
/// Abramowitz & Stegun, Handbook of Mathematical Functions (1964), formula 7.1.26, for erf at |x|/√2.
#[inline(always)]
pub fn normal(x: f32) -> (f32, f32) {
    let gauss = exp(-0.5 * x * x);
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let p = 1.061_405_4;
    let p = p * t - 1.453_152;
    let p = p * t + 1.421_413_7;
    let p = p * t - 0.284_496_74;
    let p = p * t + 0.254_829_6;
    let tail = 0.5 * p * t * gauss;
    let below = if x < 0.0 { tail } else { 1.0 - tail };
    (below, 0.398_942_3 * gauss)
}

/// A 32-bit mixing function (the finaliser of MurmurHash3): neighbouring counters give unrelated bits.
#[inline(always)]
pub fn mix(counter: u32, seed: u32) -> u32 {
    let mut h = counter.wrapping_mul(0x9e37_79b1) ^ seed;
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_to_the_library() {
        for step in -8700..8800 {
            let x = step as f32 / 100.0;
            let (found, expected) = (exp(x), f64::from(x).exp());
            assert!((f64::from(found) - expected).abs() <= 4e-7 * expected, "exp({x}) = {found}, not {expected}");
        }
        // Φ at a few places, from tables.
        for (x, expected) in [(0.0, 0.5), (1.0, 0.841_345), (-1.96, 0.024_997_9), (3.0, 0.998_650_1), (-8.0, 0.0)] {
            assert!((normal(x).0 - expected).abs() < 3e-7, "normal({x})");
        }
    }
}
