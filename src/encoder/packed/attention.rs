//! Multi-head self-attention (Vaswani et al. 2017, arXiv:1706.03762) of one block of rows. Keys and values stand in panels
//! as weights do, so that both products are [`multiply`]; each sequence attends within itself, without padding or masks.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::product::{COLUMNS, Rows, Tiles, for_tiles, multiply};
use super::rows::softmax;

/// Rows a block: a multiple of [`COLUMNS`], for panels of keys, and of the rows that fill a tile.
pub const BLOCK: usize = 48;

/// The shape of keys and values in panels.
///
/// Order of the values: block of rows, head, keys before values; a block's keys of one head as panels of [`COLUMNS`] rows
/// (panel, column of the head, row), its values as panels of [`COLUMNS`] columns (panel, row, column).
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Columns a head, a multiple of [`COLUMNS`].
    pub size: usize,
}

impl Heads {
    /// Columns of all heads.
    pub fn width(self) -> usize {
        self.count * self.size
    }

    /// Length of a block's keys and values.
    pub fn block(self) -> usize {
        2 * BLOCK * self.width()
    }

    /// Where the keys of one head in one block begin; its values follow them.
    fn keys(self, block: usize, head: usize) -> usize {
        block * self.block() + head * 2 * BLOCK * self.size
    }

    /// Lays out a block's keys and values, which stand side by side in `from`: head by head, so that what is written stays
    /// in the first cache until it is whole.
    pub fn lay_out(self, from: &[f32], into: &mut [f32]) {
        let width = self.width();
        for (head, into) in into.chunks_exact_mut(2 * BLOCK * self.size).enumerate() {
            let (into_keys, into_values) = into.split_at_mut(BLOCK * self.size);
            let panels = into_keys.chunks_exact_mut(COLUMNS * self.size);
            for (rows, panel) in from.chunks(COLUMNS * 2 * width).zip(panels) {
                for (row, from) in rows.chunks_exact(2 * width).enumerate() {
                    let keys = &from[head * self.size..][..self.size];
                    for (into, &key) in panel.as_chunks_mut::<COLUMNS>().0.iter_mut().zip(keys) {
                        into[row % COLUMNS] = key;
                    }
                }
            }
            for (row, from) in from.chunks_exact(2 * width).enumerate() {
                let (values, _) = from[width + head * self.size..][..self.size].as_chunks::<COLUMNS>();
                for (panel, values) in into_values.chunks_exact_mut(BLOCK * COLUMNS).zip(values) {
                    panel.as_chunks_mut().0[row] = *values;
                }
            }
        }
    }
}

/// Attention of a block's queries (which are scaled already) to the keys and values of their sequences.
pub struct Attend<'a> {
    /// The shape.
    pub heads: Heads,
    /// Keys and values of all blocks, as [`Heads::lay_out`] leaves them.
    pub kv: &'a [f32],
    /// The block's queries, rows × width.
    pub queries: &'a [f32],
    /// The first row of the block.
    pub first: usize,
    /// The sequences that have rows in the block.
    pub sequences: &'a [Range<usize>],
    /// Room for scores.
    pub scores: &'a mut Vec<f32>,
    /// The result, rows × width.
    pub out: &'a mut [f32],
}

impl WithSimd for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.heads.width();
        let end = self.first + self.out.len() / width;
        for sequence in self.sequences {
            let rows = sequence.start.max(self.first)..sequence.end.min(end);
            let place = (rows.start - self.first) * width;
            let stride = (sequence.len() + 2 * COLUMNS).next_multiple_of(COLUMNS);
            self.scores.resize(self.scores.len().max(MOST_ROWS * stride), 0.0);
            for head in 0..self.heads.count {
                let place = place + head * self.heads.size;
                let (queries, out) = (&self.queries[place..], &mut self.out[place..]);
                let (heads, kv, scores) = (self.heads, self.kv, &mut self.scores[..]);
                for_tiles(simd, rows.len(), Head { heads, head, kv, queries, sequence, stride, scores, out });
            }
        }
    }
}

/// The most rows that a tile has.
const MOST_ROWS: usize = 12;

/// One head, and the rows of one sequence in the block.
struct Head<'a> {
    heads: Heads,
    head: usize,
    kv: &'a [f32],
    queries: &'a [f32],
    sequence: &'a Range<usize>,
    /// Distance between rows of scores.
    stride: usize,
    scores: &'a mut [f32],
    out: &'a mut [f32],
}

impl Tiles for Head<'_> {
    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(&mut self, simd: S, row: usize) {
        let (size, width, stride) = (self.heads.size, self.heads.width(), self.stride);
        let zero = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        let queries = Rows { values: &self.queries[row * width..], stride: width };
        let (first, last) = (self.sequence.start / COLUMNS, (self.sequence.end - 1) / COLUMNS);
        for panel in first..=last {
            const PANELS: usize = BLOCK / COLUMNS;
            let at = self.heads.keys(panel / PANELS, self.head) + panel % PANELS * COLUMNS * size;
            let scores = multiply(simd, queries, &self.kv[at..at + COLUMNS * size], &[], zero);
            for (row, sums) in scores.into_iter().enumerate() {
                let place = row * stride + (panel - first) * COLUMNS;
                S::as_mut_simd_f32s(&mut self.scores[place..place + COLUMNS]).0.copy_from_slice(&sums);
            }
        }
        let (offset, length) = (self.sequence.start % COLUMNS, self.sequence.len());
        let mut shares = [0.0; ROWS];
        for (row, share) in shares.iter_mut().enumerate() {
            *share = softmax(simd, &mut self.scores[row * stride + offset..][..length]);
        }
        for panel in 0..size / COLUMNS {
            let mut sums = zero;
            for block in self.sequence.start / BLOCK..=(self.sequence.end - 1) / BLOCK {
                let from = self.sequence.start.max(block * BLOCK);
                let to = self.sequence.end.min((block + 1) * BLOCK);
                let at = self.heads.keys(block, self.head) + BLOCK * size + panel * BLOCK * COLUMNS;
                let values = &self.kv[at..at + BLOCK * COLUMNS][(from - block * BLOCK) * COLUMNS..(to - block * BLOCK) * COLUMNS];
                let weights = Rows { values: &self.scores[offset + from - self.sequence.start..], stride };
                sums = multiply(simd, weights, values, &[], sums);
            }
            for (at, (sums, &share)) in sums.iter().zip(&shares).enumerate() {
                let out = &mut self.out[(row + at) * width + panel * COLUMNS..][..COLUMNS];
                let share = simd.splat_f32s(share);
                for (out, &sum) in S::as_mut_simd_f32s(out).0.iter_mut().zip(sums) {
                    *out = simd.mul_f32s(sum, share);
                }
            }
        }
    }
}
