//! Dropout whose mask is a function of a seed and the element's place, so that backward passes and resumed trainings
//! see the same mask without keeping it.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::math::{mix, vectorised};
use super::{tensor, values, with_values};

/// Values a task.
const CHUNK: usize = 16_384;

/// Zeroes a share of the elements and scales the others up, so that the expected value stays.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// The share, in 0..1.
    pub share: f32,
    /// Names the mask.
    pub seed: u32,
}

impl Dropout {
    /// What element `index` is multiplied by.
    #[inline(always)]
    pub fn factor(&self, index: u32) -> f32 {
        let limit = (f64::from(self.share) * 4_294_967_296.0) as u32;
        if mix(index, self.seed) < limit { 0.0 } else { 1.0 / (1.0 - self.share) }
    }

    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len()];
        out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).enumerate().for_each(|(chunk, (out, x))| {
            let first = (chunk * CHUNK) as u32;
            vectorised(
                #[inline(always)]
                || {
                    for (index, (out, &x)) in (0u32..).zip(out.iter_mut().zip(x)) {
                        *out = x * self.factor(first.wrapping_add(index));
                    }
                },
            );
        });
        out
    }
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(self.apply(values(storage, layout, "dropout")?)), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(tensor(with_values([grad], |[grad]| self.apply(grad))?, x)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_its_share_and_keeps_the_mean() {
        let dropped = Dropout { share: 0.1, seed: 7 }.apply(&vec![1.0; 200_000]);
        let zeros = dropped.iter().filter(|&&x| x == 0.0).count() as f64 / 200_000.0;
        let mean = dropped.iter().map(|&x| f64::from(x)).sum::<f64>() / 200_000.0;
        assert!((zeros - 0.1).abs() < 0.005 && (mean - 1.0).abs() < 0.005, "{zeros} {mean}");
        assert_ne!(dropped, Dropout { share: 0.1, seed: 8 }.apply(&vec![1.0; 200_000]));
    }
}
