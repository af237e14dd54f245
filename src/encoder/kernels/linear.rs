//! A dense layer: x·Wᵀ + b.

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::matmul::{Cores, View, matmul};
use super::{rows_a_task, values, with_values};

/// Applies W (outputs × inputs) and b (outputs) to the rows of x (rows × inputs).
pub struct Linear;

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, inputs) = x_layout.shape().dims2()?;
        let (outputs, _) = weight_layout.shape().dims2()?;
        let x = values(x, x_layout, "linear")?;
        let weight = values(weight, weight_layout, "linear")?;
        let bias = values(bias, bias_layout, "linear")?;
        let mut out = Vec::with_capacity(rows * outputs);
        (0..rows).for_each(|_| out.extend_from_slice(bias));
        matmul(
            (&mut out, View::dense(rows, outputs)),
            (x, View::dense(rows, inputs)),
            (weight, View::dense(outputs, inputs).transposed()),
            1.0,
            true,
            Cores::All,
        );
        Ok((CpuStorage::F32(out), Shape::from((rows, outputs))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (rows, inputs) = x.dims2()?;
        let (outputs, _) = weight.dims2()?;
        let (dx, dweight, dbias) = with_values([x, weight, grad], |[x, weight, grad]| {
            let by_row = View::dense(rows, outputs);
            let mut dx = vec![0.0; rows * inputs];
            let products = View::dense(rows, inputs);
            matmul((&mut dx, products), (grad, by_row), (weight, View::dense(outputs, inputs)), 1.0, false, Cores::All);
            let mut dweight = vec![0.0; outputs * inputs];
            let shape = View::dense(outputs, inputs);
            matmul((&mut dweight, shape), (grad, by_row.transposed()), (x, products), 1.0, false, Cores::All);
            (dx, dweight, column_sums(grad, outputs))
        })?;
        let cpu = &Device::Cpu;
        Ok((
            Some(Tensor::from_vec(dx, (rows, inputs), cpu)?),
            Some(Tensor::from_vec(dweight, (outputs, inputs), cpu)?),
            Some(Tensor::from_vec(dbias, outputs, cpu)?),
        ))
    }
}

/// Sums of the columns of a row-major matrix, in an order that does not depend on the schedule.
fn column_sums(matrix: &[f32], width: usize) -> Vec<f32> {
    let add = |mut total: Vec<f32>, row: &[f32]| {
        total.iter_mut().zip(row).for_each(|(total, value)| *total += value);
        total
    };
    let task = rows_a_task(width) * width;
    let parts: Vec<Vec<f32>> = matrix.par_chunks(task).map(|rows| rows.chunks_exact(width).fold(vec![0.0; width], add)).collect();
    parts.iter().fold(vec![0.0; width], |total, part| add(total, part))
}
