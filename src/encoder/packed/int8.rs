//! Products in eight bits: weights per output, activations per row, exact 32-bit sums, floating point outside.
//!
//! An activation is 0…255 between the least and the largest of its row, a weight −64…64 of the largest of its output,
//! both in parts of [`PART`] inputs. With weights of seven bits, `vpmaddubsw` of plain AVX2 adds two products in sixteen
//! bits without saturating, and all machines compute the same sums. With x ≈ least + step·q and w ≈ scale·v:
//! Σ x·w = scale·(step·Σ q·v + least·Σ v).

pub mod dot;

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::super::config::Activation;
use super::product::{COLUMNS, Places, finish};
use super::rows::extremes;
use dot::{Dot, Group, Sums, fetch};

/// Largest activation.
const ACTIVATIONS: f32 = 255.0;
/// Largest weight.
const WEIGHTS: f32 = 64.0;

/// Inputs a part: each has a range of its own for every row and output. Shorter parts are more exact and slower.
const PART: usize = 128;

/// Parts that are multiplied in one go where they come one after the other.
const STRIDE: usize = 3 * PART;

/// The parts that this many inputs are computed in, when they come in parts.
pub fn strides(inputs: usize) -> impl Iterator<Item = Range<usize>> {
    (0..inputs).step_by(STRIDE).map(move |first| first..(first + STRIDE).min(inputs))
}

/// The parts within some of `all` inputs.
fn parts(inputs: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
    let last = inputs.end;
    inputs.clone().step_by(PART).map(move |first| first..(first + PART).min(last))
}

/// Inputs a group: what one 32-bit sum takes in at once.
const GROUP: usize = 4;

/// A dense layer's weights in panels of eight-bit numbers.
///
/// Order of the values: part of the inputs, panel of the outputs, group of four inputs, output, input.
#[derive(Clone, Debug)]
pub struct Panels {
    inputs: usize,
    values: Vec<Group>,
    /// For each part, output by output: what a step of the weights is worth.
    scales: Vec<f32>,
    /// For each part, output by output: the sum of the weights, as they are worth.
    sums: Vec<f32>,
    bias: Vec<f32>,
}

impl Panels {
    /// As [`super::product::Panels::new`].
    pub fn new(weight: &[f32], bias: &[f32], inputs: usize, (outs, ins): (&Places, &Places)) -> Self {
        let mut values = vec![[0; COLUMNS * GROUP]; ins.len() / GROUP * outs.len() / COLUMNS];
        let (mut scales, mut sums) = (Vec::new(), Vec::new());
        let mut at = 0;
        for part in ins.chunks(PART) {
            for panel in outs.chunks(COLUMNS) {
                let groups = &mut values[at..at + part.len() / GROUP];
                at += groups.len();
                for (column, out) in panel.iter().enumerate() {
                    let weights = |input: &Option<usize>| match (out, input) {
                        (Some(out), Some(input)) => weight[out * inputs + input],
                        _ => 0.0,
                    };
                    let most = part.iter().map(|input| weights(input).abs()).fold(0.0, f32::max);
                    let scale = most / WEIGHTS;
                    let factor = if most > 0.0 { WEIGHTS / most } else { 0.0 };
                    let mut sum = 0;
                    for (group, inputs) in groups.iter_mut().zip(part.chunks(GROUP)) {
                        for (value, input) in group[column * GROUP..].iter_mut().zip(inputs) {
                            *value = (weights(input) * factor).round() as i8;
                            sum += i32::from(*value);
                        }
                    }
                    scales.push(scale);
                    sums.push(scale * sum as f32);
                }
            }
        }
        let bias = outs.iter().map(|out| out.map_or(0.0, |out| bias[out])).collect();
        Self { inputs: ins.len(), values, scales, sums, bias }
    }

    /// Number of panels.
    pub fn panels(&self) -> usize {
        self.bias.len() / COLUMNS
    }

    /// Number of inputs, filled up to whole panels.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// A panel's weights of one part, and those that are needed after them.
    fn panel(&self, inputs: &Range<usize>, panel: usize) -> (&[Group], &[Group]) {
        let groups = inputs.len() / GROUP;
        let (values, later) = self.values[inputs.start / GROUP * self.panels() + panel * groups..].split_at(groups);
        (values, &later[..later.len().min(groups)])
    }
}

/// Rows in eight bits: for each part of the inputs, row behind row.
#[derive(Clone, Debug, Default)]
pub struct Quantised {
    values: Vec<u8>,
    /// For each part and row: the least value, and what a step is worth.
    ranges: Vec<(f32, f32)>,
}

/// Brings rows to eight bits.
pub struct Quantise<'a> {
    /// Which inputs of the weights `x` holds: a stride, or all.
    pub inputs: Range<usize>,
    /// The rows, as wide as `inputs`.
    pub x: &'a [f32],
    /// The result.
    pub into: &'a mut Quantised,
}

impl WithSimd for Quantise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Quantised { values, ranges } = self.into;
        ranges.clear();
        if values.len() < self.x.len() {
            values.resize(self.x.len(), 0);
        }
        let mut at = 0;
        for part in parts(&self.inputs) {
            let columns = part.start - self.inputs.start..part.end - self.inputs.start;
            for x in self.x.chunks_exact(self.inputs.len()) {
                let x = &x[columns.clone()];
                let into = &mut values[at..at + x.len()];
                at += x.len();
                let (least, most) = extremes(simd, x);
                let step = (most - least) / ACTIVATIONS;
                let factor = if step > 0.0 { 1.0 / step } else { 0.0 };
                // 1.5·2²³: adding it rounds to an integer in the low bits.
                for (into, x) in into.iter_mut().zip(x) {
                    *into = ((x - least) * factor + 12_582_912.0).to_bits() as u8;
                }
                ranges.push((least, step));
            }
        }
    }
}

/// out ← act(x·Wᵀ + b) for some panels, or, for a later part of the inputs, act(out + x·Wᵀ).
pub struct Product<'a> {
    /// The weights.
    pub weights: &'a Panels,
    /// Which of their inputs `x` holds: a stride, or all.
    pub inputs: Range<usize>,
    /// Which panels.
    pub panels: Range<usize>,
    /// The rows that are multiplied.
    pub x: &'a Quantised,
    /// Number of rows.
    pub rows: usize,
    /// The result, row behind row, as wide as the panels.
    pub out: &'a mut [f32],
    /// Applied to the result when the last input is in.
    pub activation: Option<Activation>,
    /// How sums are made.
    pub dot: Dot,
    /// Room for them.
    pub sums: &'a mut Vec<Sums>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let stride = self.panels.len() * COLUMNS;
        self.sums.resize(self.rows, [0; COLUMNS]);
        for (number, part) in parts(&self.inputs).enumerate() {
            let values = &self.x.values[number * PART * self.rows..][..part.len() * self.rows];
            let ranges = &self.x.ranges[number * self.rows..][..self.rows];
            let activation = self.activation.filter(|_| part.end == self.weights.inputs);
            let outputs = self.weights.bias.len();
            let of_part = part.start / PART * outputs;
            for (at, panel) in self.panels.clone().enumerate() {
                let (weights, later) = self.weights.panel(&part, panel);
                self.dot.sums(values, weights, self.sums);
                let scales = S::as_simd_f32s(&self.weights.scales[of_part + panel * COLUMNS..][..COLUMNS]).0;
                let offsets = S::as_simd_f32s(&self.weights.sums[of_part + panel * COLUMNS..][..COLUMNS]).0;
                let bias = S::as_simd_f32s(&self.weights.bias[panel * COLUMNS..][..COLUMNS]).0;
                for (row, (sums, &(least, step))) in self.sums.iter().zip(ranges).enumerate() {
                    // Each row fetches a little of the next panel, while this one's results are made.
                    if let Some(group) = later.get(row) {
                        fetch(group);
                    }
                    let out = S::as_mut_simd_f32s(&mut self.out[row * stride + at * COLUMNS..][..COLUMNS]).0;
                    let sums = S::as_simd_i32s(sums).0;
                    let (least, step) = (simd.splat_f32s(least), simd.splat_f32s(step));
                    for vector in 0..COLUMNS / S::F32_LANES {
                        let start = if part.start == 0 { bias[vector] } else { out[vector] };
                        let start = simd.mul_add_e_f32s(least, offsets[vector], start);
                        let scale = simd.mul_f32s(step, scales[vector]);
                        let sum = simd.mul_add_e_f32s(float(simd, sums[vector]), scale, start);
                        out[vector] = finish(simd, sum, activation);
                    }
                }
            }
        }
    }
}

/// Integers below 2²² in size as floating-point numbers: [`PART`] products of 127 and 63 are.
#[inline(always)]
fn float<S: Simd>(simd: S, x: S::i32s) -> S::f32s {
    let bits = simd.add_u32s(simd.transmute_u32s_i32s(x), simd.splat_u32s(12_582_912f32.to_bits()));
    simd.sub_f32s(simd.transmute_f32s_u32s(bits), simd.splat_f32s(12_582_912.0))
}
