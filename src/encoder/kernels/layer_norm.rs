//! Layer normalisation (Ba, Kiros & Hinton 2016, arXiv:1607.06450): each row to mean 0 and variance 1, then scaled and
//! shifted.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::math::vectorised;
use super::{rows_a_task, tensor, values, with_values};

/// Normalises the rows of x (rows × width) and applies scale and shift (width each).
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm {
    /// Added to the variance.
    pub epsilon: f32,
}

/// Sum of `f` over both slices, in sixteen lanes so that it vectorises.
#[inline(always)]
fn sum(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; 16];
    let (a16, b16) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = a16.remainder().iter().zip(b16.remainder()).map(|(&a, &b)| f(a, b)).sum();
    for (a, b) in a16.zip(b16) {
        for lane in 0..16 {
            lanes[lane] += f(a[lane], b[lane]);
        }
    }
    lanes.iter().sum::<f32>() + rest
}

impl LayerNorm {
    /// Mean and reciprocal standard deviation of a row.
    #[inline(always)]
    fn moments(&self, row: &[f32]) -> (f32, f32) {
        let n = row.len() as f32;
        let mean = sum(row, row, |x, _| x) / n;
        let variance = sum(row, row, |x, _| (x - mean) * (x - mean)) / n;
        (mean, 1.0 / (variance + self.epsilon).sqrt())
    }
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        scale: &CpuStorage,
        scale_layout: &Layout,
        shift: &CpuStorage,
        shift_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = values(x, x_layout, "layer-norm")?;
        let (scale, shift) = (values(scale, scale_layout, "layer-norm")?, values(shift, shift_layout, "layer-norm")?);
        let width = scale.len();
        let task = rows_a_task(width) * width;
        let mut out = vec![0.0; x.len()];
        out.par_chunks_mut(task).zip(x.par_chunks(task)).for_each(|(out, x)| {
            vectorised(
                #[inline(always)]
                || {
                    for (out, row) in out.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                        let (mean, rstd) = self.moments(row);
                        for (((out, &x), &scale), &shift) in out.iter_mut().zip(row).zip(scale).zip(shift) {
                            *out = (x - mean) * rstd * scale + shift;
                        }
                    }
                },
            )
        });
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        shift: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (dx, dscale, dshift) = with_values([x, scale, grad], |[x, scale, grad]| {
            let width = scale.len();
            let task = rows_a_task(width) * width;
            let mut dx = vec![0.0; x.len()];
            let tasks = dx.par_chunks_mut(task).zip(x.par_chunks(task)).zip(grad.par_chunks(task));
            let parts: Vec<(Vec<f32>, Vec<f32>)> = tasks
                .map(|((dx, x), grad)| {
                    vectorised(
                        #[inline(always)]
                        || self.backward_rows(dx, x, grad, scale),
                    )
                })
                .collect();
            let add = |mut total: (Vec<f32>, Vec<f32>), part: (Vec<f32>, Vec<f32>)| {
                total.0.iter_mut().zip(part.0).for_each(|(total, part)| *total += part);
                total.1.iter_mut().zip(part.1).for_each(|(total, part)| *total += part);
                total
            };
            // Summed in order of the tasks, so that the result does not depend on the schedule.
            let (dscale, dshift) = parts.into_iter().fold((vec![0.0; width], vec![0.0; width]), add);
            (dx, dscale, dshift)
        })?;
        Ok((Some(tensor(dx, x)?), Some(tensor(dscale, scale)?), Some(tensor(dshift, shift)?)))
    }
}

impl LayerNorm {
    /// Gradient of some rows; gives the rows' share of the gradients of scale and shift.
    #[inline(always)]
    fn backward_rows(&self, dx: &mut [f32], x: &[f32], grad: &[f32], scale: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let width = scale.len();
        let (mut dscale, mut dshift) = (vec![0.0; width], vec![0.0; width]);
        let mut normed = vec![0.0; width];
        let mut scaled = vec![0.0; width];
        for ((dx, row), grad) in dx.chunks_exact_mut(width).zip(x.chunks_exact(width)).zip(grad.chunks_exact(width)) {
            let (mean, rstd) = self.moments(row);
            for i in 0..width {
                normed[i] = (row[i] - mean) * rstd;
                scaled[i] = grad[i] * scale[i];
                dscale[i] += grad[i] * normed[i];
                dshift[i] += grad[i];
            }
            let along_shift = sum(&scaled, &normed, |g, _| g) / width as f32;
            let along_norm = sum(&scaled, &normed, |g, n| g * n) / width as f32;
            for i in 0..width {
                dx[i] = rstd * (scaled[i] - along_shift - normed[i] * along_norm);
            }
        }
        (dscale, dshift)
    }
}
