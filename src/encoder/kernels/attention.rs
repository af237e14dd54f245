//! Multi-head self-attention (Vaswani et al. 2017, arXiv:1706.03762) over sequences of different length that stand
//! behind one another in one matrix: each attends within itself, so there is no padding and no mask.

use std::ops::Range;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::dropout::Dropout;
use super::math::{exp, mix, vectorised};
use super::matmul::{Cores, View, matmul};
use super::{values, with_values};

/// softmax(Q·Kᵀ/√d)·V for each sequence and head: queries, keys and values side by side (rows × 3·hidden) →
/// (rows × hidden).
#[derive(Clone, Debug)]
pub struct Attention {
    /// Rows of each sequence; together all rows.
    pub sequences: Vec<Range<usize>>,
    /// Number of heads.
    pub heads: usize,
    /// Dropout on the attention weights while training.
    pub dropout: Option<Dropout>,
}

/// One sequence and head.
struct Task<'a> {
    rows: &'a Range<usize>,
    head: usize,
    hidden: usize,
    size: usize,
}

impl Task<'_> {
    /// Where this task's queries (0), keys (1) or values (2) stand in the matrix of all three.
    fn view(&self, which: usize) -> View {
        View::block(self.rows.start, self.rows.len(), which * self.hidden + self.head * self.size, self.size, 3 * self.hidden)
    }

    /// Where its result stands in the matrix of the results.
    fn result(&self) -> View {
        View::block(self.rows.start, self.rows.len(), self.head * self.size, self.size, self.hidden)
    }

    fn scale(&self) -> f32 {
        1.0 / (self.size as f32).sqrt()
    }

    /// The attention weights, length × length.
    fn weights(&self, qkv: &[f32]) -> Vec<f32> {
        let length = self.rows.len();
        let mut weights = vec![0.0; length * length];
        let square = View::dense(length, length);
        matmul((&mut weights, square), (qkv, self.view(0)), (qkv, self.view(1).transposed()), self.scale(), false, Cores::One);
        vectorised(
            #[inline(always)]
            || weights.chunks_exact_mut(length).for_each(softmax),
        );
        weights
    }

    /// The task's own dropout mask.
    fn dropout(&self, dropout: Dropout) -> Dropout {
        let place = (self.rows.start * 64 + self.head) as u32;
        Dropout { seed: mix(place, dropout.seed), ..dropout }
    }
}

/// Softmax of one row, in place.
#[inline(always)]
fn softmax(row: &mut [f32]) {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let chunks = row.chunks_exact(16);
    let rest = chunks.remainder().iter().fold(f32::NEG_INFINITY, |most, &x| most.max(x));
    for chunk in chunks {
        for lane in 0..16 {
            lanes[lane] = if chunk[lane] > lanes[lane] { chunk[lane] } else { lanes[lane] };
        }
    }
    let most = lanes.iter().fold(rest, |most, &x| most.max(x));
    row.iter_mut().for_each(|x| *x = exp(*x - most));
    let mut sums = [0.0f32; 16];
    let chunks = row.chunks_exact(16);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for lane in 0..16 {
            sums[lane] += chunk[lane];
        }
    }
    let share = 1.0 / (sums.iter().sum::<f32>() + rest);
    row.iter_mut().for_each(|x| *x *= share);
}

/// Multiplies a task's weights by its dropout mask.
fn drop_out(weights: &mut [f32], dropout: Dropout) {
    vectorised(
        #[inline(always)]
        || (0u32..).zip(weights).for_each(|(index, weight)| *weight *= dropout.factor(index)),
    );
}

/// Copies a task's dense (length × size) block to its place in a matrix of `width` columns.
fn place(matrix: &mut [f32], block: &[f32], to: View, width: usize) {
    let (first, size) = (to.offset % width, to.columns);
    let rows = matrix.chunks_exact_mut(width).skip(to.offset / width);
    rows.zip(block.chunks_exact(size)).for_each(|(row, block)| row[first..first + size].copy_from_slice(block));
}

impl Attention {
    fn tasks(&self, hidden: usize) -> Vec<Task<'_>> {
        let heads = |rows| (0..self.heads).map(move |head| Task { rows, head, hidden, size: hidden / self.heads });
        let mut tasks: Vec<Task<'_>> = self.sequences.iter().flat_map(heads).collect();
        // The longest first, so that no core is left with one at the end.
        tasks.sort_by_key(|task| std::cmp::Reverse(task.rows.len()));
        tasks
    }

    fn forward(&self, qkv: &[f32], hidden: usize) -> Vec<f32> {
        let tasks = self.tasks(hidden);
        let attend = |task: &Task<'_>| {
            let length = task.rows.len();
            let mut weights = task.weights(qkv);
            if let Some(dropout) = self.dropout {
                drop_out(&mut weights, task.dropout(dropout));
            }
            let mut out = vec![0.0; length * task.size];
            let shape = View::dense(length, task.size);
            matmul((&mut out, shape), (&weights, View::dense(length, length)), (qkv, task.view(2)), 1.0, false, Cores::One);
            out
        };
        let blocks: Vec<Vec<f32>> = tasks.par_iter().with_max_len(1).map(attend).collect();
        let mut out = vec![0.0; qkv.len() / 3];
        tasks.iter().zip(&blocks).for_each(|(task, block)| place(&mut out, block, task.result(), hidden));
        out
    }

    fn backward(&self, qkv: &[f32], grad: &[f32], hidden: usize) -> Vec<f32> {
        let tasks = self.tasks(hidden);
        let blocks: Vec<[Vec<f32>; 3]> =
            tasks.par_iter().with_max_len(1).map(|task| self.backward_task(task, qkv, grad)).collect();
        let mut dqkv = vec![0.0; qkv.len()];
        for (task, blocks) in tasks.iter().zip(&blocks) {
            for (which, block) in blocks.iter().enumerate() {
                place(&mut dqkv, block, task.view(which), 3 * hidden);
            }
        }
        dqkv
    }

    /// Gradients of a task's queries, keys and values. The weights are computed again rather than kept: that costs
    /// one product and saves length² values a head and layer.
    fn backward_task(&self, task: &Task<'_>, qkv: &[f32], grad: &[f32]) -> [Vec<f32>; 3] {
        let length = task.rows.len();
        let (square, block) = (View::dense(length, length), View::dense(length, task.size));
        let weights = task.weights(qkv);
        let mut dropped = weights.clone();
        // dP = (dO·Vᵀ) ∘ mask
        let mut dweights = vec![0.0; length * length];
        let values = task.view(2).transposed();
        matmul((&mut dweights, square), (grad, task.result()), (qkv, values), 1.0, false, Cores::One);
        if let Some(dropout) = self.dropout {
            let dropout = task.dropout(dropout);
            drop_out(&mut dropped, dropout);
            drop_out(&mut dweights, dropout);
        }
        // dV = (P∘mask)ᵀ·dO
        let mut dvalues = vec![0.0; length * task.size];
        matmul((&mut dvalues, block), (&dropped, square.transposed()), (grad, task.result()), 1.0, false, Cores::One);
        // dS = P ∘ (dP − rowsum(dP∘P))
        vectorised(
            #[inline(always)]
            || {
                for (dweights, weights) in dweights.chunks_exact_mut(length).zip(weights.chunks_exact(length)) {
                    let dot: f32 = dweights.iter().zip(weights).map(|(d, w)| d * w).sum();
                    dweights.iter_mut().zip(weights).for_each(|(d, w)| *d = w * (*d - dot));
                }
            },
        );
        let mut dqueries = vec![0.0; length * task.size];
        matmul((&mut dqueries, block), (&dweights, square), (qkv, task.view(1)), task.scale(), false, Cores::One);
        let mut dkeys = vec![0.0; length * task.size];
        matmul((&mut dkeys, block), (&dweights, square.transposed()), (qkv, task.view(0)), task.scale(), false, Cores::One);
        [dqueries, dkeys, dvalues]
    }
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, width) = layout.shape().dims2()?;
        let covered: usize = self.sequences.iter().map(Range::len).sum();
        if covered != rows || self.sequences.iter().any(|sequence| sequence.end > rows) {
            bail!("attention: the sequences cover {covered} rows of {rows}");
        }
        let qkv = values(storage, layout, "attention")?;
        Ok((CpuStorage::F32(self.forward(qkv, width / 3)), Shape::from((rows, width / 3))))
    }

    fn bwd(&self, qkv: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (_, width) = qkv.dims2()?;
        let dqkv = with_values([qkv, grad], |[qkv, grad]| self.backward(qkv, grad, width / 3))?;
        Ok(Some(super::tensor(dqkv, qkv)?))
    }
}
