//! GELU: x·Φ(x) (Hendrycks & Gimpel 2016, arXiv:1606.08415).

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::math::{normal, vectorised};
use super::{tensor, values, with_values};

/// Values a task.
const CHUNK: usize = 16_384;

/// x·Φ(x), element by element, on a contiguous f32 tensor of any shape.
pub struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = values(storage, layout, "gelu")?;
        let mut out = vec![0.0; x.len()];
        out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(out, x)| {
            vectorised(
                #[inline(always)]
                || out.iter_mut().zip(x).for_each(|(out, &x)| *out = x * normal(x).0),
            )
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let out = with_values([x, grad], |[x, grad]| {
            let mut out = vec![0.0; x.len()];
            let chunks = out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).zip(grad.par_chunks(CHUNK));
            chunks.for_each(|((out, x), grad)| {
                vectorised(
                    #[inline(always)]
                    || {
                        for ((out, &x), &grad) in out.iter_mut().zip(x).zip(grad) {
                            let (below, density) = normal(x);
                            *out = grad * (below + x * density);
                        }
                    },
                )
            });
            out
        })?;
        Ok(Some(tensor(out, x)?))
    }
}
