//! Means over segments of rows: word vectors of subword vectors.

use std::ops::Range;

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};

use super::{values, with_values};

/// For each segment, the mean of x's rows in it: (rows × width) → (segments × width). Segments are not empty and may
/// overlap.
pub struct SegmentMean {
    /// Ranges of rows.
    pub segments: Vec<Range<usize>>,
}

impl CustomOp1 for SegmentMean {
    fn name(&self) -> &'static str {
        "segment-mean"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, width) = layout.shape().dims2()?;
        let x = values(storage, layout, "segment-mean")?;
        let mut out = vec![0.0; self.segments.len() * width];
        for (out, segment) in out.chunks_exact_mut(width).zip(&self.segments) {
            for row in x[segment.start * width..segment.end * width].chunks_exact(width) {
                out.iter_mut().zip(row).for_each(|(out, x)| *out += x);
            }
            let share = 1.0 / segment.len() as f32;
            out.iter_mut().for_each(|out| *out *= share);
        }
        Ok((CpuStorage::F32(out), Shape::from((self.segments.len(), width))))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (rows, width) = x.dims2()?;
        let dx = with_values([grad], |[grad]| {
            let mut dx = vec![0.0; rows * width];
            for (grad, segment) in grad.chunks_exact(width).zip(&self.segments) {
                let share = 1.0 / segment.len() as f32;
                for row in dx[segment.start * width..segment.end * width].chunks_exact_mut(width) {
                    row.iter_mut().zip(grad).for_each(|(dx, grad)| *dx += grad * share);
                }
            }
            dx
        })?;
        Ok(Some(Tensor::from_vec(dx, (rows, width), &Device::Cpu)?))
    }
}
