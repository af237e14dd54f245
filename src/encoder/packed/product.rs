//! Products of rows with weights that were laid out once: x·Wᵀ + b.
//!
//! The weights stand in panels of [`COLUMNS`] outputs, a panel's inputs behind one another, so that the inner loop reads
//! them in order; a panel of [`DEPTH`] inputs stays in the first cache while all rows of a block pass by it, and the next
//! panel comes into the second meanwhile. The loop itself ([`multiply`]) is written once on `pulp`'s vectors and compiled
//! for each instruction set.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::super::config::Activation;
use super::int8::dot::fetch;
use super::rows::{activate, gelu};

/// Outputs a panel.
pub const COLUMNS: usize = 16;

/// Most inputs of a part: 384 × 16 weights are 24 KiB.
const DEPTH: usize = 384;

/// A dense layer's weights in panels.
///
/// Order of the values: part of the inputs, panel of the outputs, input, output.
#[derive(Clone, Debug)]
pub struct Panels {
    /// Inputs, a multiple of [`COLUMNS`].
    inputs: usize,
    values: Vec<f32>,
    /// One value an output, padded to whole panels.
    bias: Vec<f32>,
}

/// Which row or column of a weight matrix stands at each place, `None` for zeros that only fill up a panel.
pub type Places = [Option<usize>];

/// 0…count, filled up to whole panels.
pub fn filled(count: usize) -> Vec<Option<usize>> {
    (0..count.next_multiple_of(COLUMNS)).map(|place| (place < count).then_some(place)).collect()
}

/// The parts that this many inputs are cut in.
pub fn parts(inputs: usize) -> impl Iterator<Item = Range<usize>> {
    let depth = depth(inputs);
    (0..inputs).step_by(depth).map(move |first| first..(first + depth).min(inputs))
}

/// The inputs a part when there are `inputs` of them: parts of about the same size.
fn depth(inputs: usize) -> usize {
    inputs.div_ceil(inputs.div_ceil(DEPTH).max(1)).next_multiple_of(COLUMNS)
}

impl Panels {
    /// Lays out `weight` (outputs × `inputs`) and `bias` (outputs), taking for each place the row and the column that
    /// `outs` and `ins` name.
    pub fn new(weight: &[f32], bias: &[f32], inputs: usize, (outs, ins): (&Places, &Places)) -> Self {
        let depth = depth(ins.len());
        let mut values = vec![0.0; ins.len() * outs.len()];
        let mut at = 0;
        for part in ins.chunks(depth) {
            for panel in outs.chunks(COLUMNS) {
                let target = &mut values[at..at + part.len() * COLUMNS];
                at += target.len();
                for (column, out) in panel.iter().enumerate() {
                    let Some(row) = out.map(|out| &weight[out * inputs..(out + 1) * inputs]) else { continue };
                    for (target, input) in target[column..].iter_mut().step_by(COLUMNS).zip(part) {
                        *target = input.map_or(0.0, |input| row[input]);
                    }
                }
            }
        }
        let bias = outs.iter().map(|out| out.map_or(0.0, |out| bias[out])).collect();
        Self { inputs: ins.len(), values, bias }
    }

    /// Number of inputs, filled up to whole panels.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of panels.
    pub fn panels(&self) -> usize {
        self.bias.len() / COLUMNS
    }

    /// A panel's weights of one part, and those that are needed after them.
    fn panel(&self, inputs: &Range<usize>, panel: usize) -> (&[f32], &[f32]) {
        let length = inputs.len() * COLUMNS;
        let (values, later) = self.values[inputs.start * self.bias.len() + panel * length..].split_at(length);
        (values, &later[..later.len().min(length)])
    }
}

/// Rows of a matrix: where they stand and how far apart.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// From the first row's first value on.
    pub values: &'a [f32],
    /// Distance between rows.
    pub stride: usize,
}

/// out ← act(x·Wᵀ + b) for some panels, or, for a later part of the inputs, act(out + x·Wᵀ).
pub struct Product<'a> {
    /// The weights.
    pub weights: &'a Panels,
    /// Which of their inputs `x` holds: one part, or all.
    pub inputs: Range<usize>,
    /// Which panels.
    pub panels: Range<usize>,
    /// The rows that are multiplied.
    pub x: Rows<'a>,
    /// Number of rows.
    pub rows: usize,
    /// The result, row behind row, as wide as the panels.
    pub out: &'a mut [f32],
    /// Applied to the result when the last input is in.
    pub activation: Option<Activation>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let stride = self.panels.len() * COLUMNS;
        for part in parts(self.weights.inputs).filter(|part| self.inputs.start <= part.start && part.end <= self.inputs.end) {
            let x = Rows { values: &self.x.values[part.start - self.inputs.start..], ..self.x };
            let last = part.end == self.weights.inputs;
            let activation = self.activation.filter(|_| last);
            for (at, panel) in self.panels.clone().enumerate() {
                let bias = (part.start == 0).then(|| &self.weights.bias[panel * COLUMNS..][..COLUMNS]);
                let ((weights, later), out) = (self.weights.panel(&part, panel), &mut self.out[at * COLUMNS..]);
                for_tiles(simd, self.rows, Pass { weights, later, bias, x, rows: self.rows, stride, activation, out });
            }
        }
    }
}

/// One panel and the rows that pass by it.
struct Pass<'a> {
    weights: &'a [f32],
    /// The weights of the next panel: fetched into the second cache meanwhile, a share by each tile.
    later: &'a [f32],
    /// What the sums start with; the values in place if there is none.
    bias: Option<&'a [f32]>,
    x: Rows<'a>,
    /// Number of rows.
    rows: usize,
    /// Distance between the rows of the result.
    stride: usize,
    activation: Option<Activation>,
    out: &'a mut [f32],
}

impl Tiles for Pass<'_> {
    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(&mut self, simd: S, row: usize) {
        let Self { weights, later, bias, x, rows, stride, activation, ref mut out } = *self;
        let share = |row: usize| (later.len() * row / rows).next_multiple_of(LINE).min(later.len());
        let later = &later[share(row)..share(row + ROWS)];
        let out = &mut out[row * stride..];
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        for (row, sums) in sums.iter_mut().enumerate() {
            let from = bias.unwrap_or_else(|| &out[row * stride..][..COLUMNS]);
            sums.copy_from_slice(S::as_simd_f32s(from).0);
        }
        let x = Rows { values: &x.values[row * x.stride..], ..x };
        let sums = multiply(simd, x, weights, later, sums);
        for (row, sums) in sums.into_iter().enumerate() {
            let out = S::as_mut_simd_f32s(&mut out[row * stride..][..COLUMNS]).0;
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = finish(simd, sum, activation);
            }
        }
    }
}

/// The activation, if there is one.
#[inline(always)]
pub fn finish<S: Simd>(simd: S, x: S::f32s, activation: Option<Activation>) -> S::f32s {
    match activation {
        None => x,
        Some(Activation::Gelu) => gelu(simd, x),
        Some(other) => activate(simd, x, other),
    }
}

/// Values in a line of the caches.
const LINE: usize = 16;

/// Steps of [`multiply`] that fetch one line.
const STEPS: usize = 4;

/// sums + x·panel for a few rows: `panel` holds [`COLUMNS`] values for each of x's columns. Meanwhile the values that are
/// needed next, `later`, come into the second cache.
#[inline(always)]
pub fn multiply<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    x: Rows<'_>,
    panel: &[f32],
    later: &[f32],
    mut sums: [[S::f32s; VECTORS]; ROWS],
) -> [[S::f32s; VECTORS]; ROWS] {
    let (panel, _) = S::as_simd_f32s(panel);
    let steps = panel.len() / VECTORS;
    let (panel, last) = panel.split_at(steps / STEPS * STEPS * VECTORS);
    // Loops, not `map` and the like: a closure that isn't inlined loses the instruction set.
    let mut rows: [(&[[f32; STEPS]], &[f32]); ROWS] = [(&[], &[]); ROWS];
    for (row, values) in rows.iter_mut().enumerate() {
        *values = x.values[row * x.stride..][..steps].as_chunks();
    }
    let mut lines = later.chunks(LINE);
    for (chunk, weights) in panel.chunks_exact(STEPS * VECTORS).enumerate() {
        if let Some(line) = lines.next() {
            fetch(line);
        }
        let mut x = [&[0.0; STEPS]; ROWS];
        for (x, (row, _)) in x.iter_mut().zip(&rows) {
            *x = &row[chunk];
        }
        for (step, weights) in weights.chunks_exact(VECTORS).enumerate() {
            for (sums, x) in sums.iter_mut().zip(x) {
                let x = simd.splat_f32s(x[step]);
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum = simd.mul_add_e_f32s(x, weight, *sum);
                }
            }
        }
    }
    for (step, weights) in last.chunks_exact(VECTORS).enumerate() {
        for (sums, (_, row)) in sums.iter_mut().zip(&rows) {
            let x = simd.splat_f32s(row[step]);
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum = simd.mul_add_e_f32s(x, weight, *sum);
            }
        }
    }
    sums
}

/// Work on a few rows at a time.
pub trait Tiles {
    /// Does rows `row..row + ROWS`; a panel is `VECTORS` vectors wide.
    fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(&mut self, simd: S, row: usize);
}

/// Calls `work` on tiles of rows that fill this instruction set's registers, then on smaller ones for what is left: a tile
/// of up to four takes no less time than one of four, because each sum waits for the one before.
#[inline(always)]
pub fn for_tiles<S: Simd>(simd: S, rows: usize, mut work: impl Tiles) {
    match S::F32_LANES {
        // AVX-512: 32 registers, a panel is one.
        16 => tiles::<S, 12, 6, 4, 1>(simd, rows, &mut work),
        // AVX2: 16 registers, a panel is two.
        8 => tiles::<S, 6, 4, 3, 2>(simd, rows, &mut work),
        // NEON: 32 registers, a panel is four.
        4 => tiles::<S, 6, 4, 3, 4>(simd, rows, &mut work),
        _ => tiles::<S, 1, 1, 1, 16>(simd, rows, &mut work),
    }
}

#[inline(always)]
fn tiles<S: Simd, const MANY: usize, const SOME: usize, const FEW: usize, const VECTORS: usize>(
    simd: S,
    rows: usize,
    work: &mut impl Tiles,
) {
    let mut row = 0;
    while row + MANY <= rows {
        work.tile::<S, MANY, VECTORS>(simd, row);
        row += MANY;
    }
    if row + SOME <= rows {
        work.tile::<S, SOME, VECTORS>(simd, row);
        row += SOME;
    }
    if row + FEW <= rows {
        work.tile::<S, FEW, VECTORS>(simd, row);
        row += FEW;
    }
    while row + 2 <= rows {
        work.tile::<S, 2, VECTORS>(simd, row);
        row += 2;
    }
    if row < rows {
        work.tile::<S, 1, VECTORS>(simd, row);
    }
}
