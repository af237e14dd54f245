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
use dot::{Dot, Group, PART, Row, Sums, Term, fetch};

/// Largest activation.
const ACTIVATIONS: f32 = 255.0;
/// Largest weight.
const WEIGHTS: f32 = 64.0;

/// Parts that are multiplied in one go where they come one after the other.
const STRIDE: usize = 3 * PART;

/// The parts that this many inputs are computed in, when they come in parts.
pub fn strides(inputs: usize) -> impl Iterator<Item = Range<usize>> {
    (0..inputs).step_by(STRIDE).map(move |first| first..(first + STRIDE).min(inputs))
}

/// The parts within some of `all` inputs.
fn parts(inputs: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let last = inputs.end;
    inputs.step_by(PART).map(move |first| first..(first + PART).min(last))
}

/// The most terms that are added up in one go.
const TERMS: usize = 8;

/// Inputs a group: what one 32-bit sum takes in at once.
const GROUP: usize = 4;

/// A dense layer's weights in panels of eight-bit numbers.
///
/// Order of the values: part of the inputs, panel of the outputs, group of four inputs, output, input.
#[derive(Clone, Debug)]
pub struct Panels {
    inputs: usize,
    values: Vec<Group>,
    /// For each part and panel, output by output: what a step of the weights is worth.
    scales: Vec<[f32; COLUMNS]>,
    /// For each part and panel, output by output: the sum of the weights, as they are worth.
    sums: Vec<[f32; COLUMNS]>,
    /// For each panel.
    bias: Vec<[f32; COLUMNS]>,
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
                let (mut of_scales, mut of_sums) = ([0.0; COLUMNS], [0.0; COLUMNS]);
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
                    of_scales[column] = scale;
                    of_sums[column] = scale * sum as f32;
                }
                scales.push(of_scales);
                sums.push(of_sums);
            }
        }
        let of_panel = |outs: &[Option<usize>; COLUMNS]| outs.map(|out| out.map_or(0.0, |out| bias[out]));
        let bias = outs.as_chunks().0.iter().map(of_panel).collect();
        Self { inputs: ins.len(), values, scales, sums, bias }
    }

    /// Number of panels.
    pub fn panels(&self) -> usize {
        self.bias.len()
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
    values: Vec<Row>,
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
        let rows = self.x.len() / self.inputs.len();
        let count = self.inputs.len().div_ceil(PART) * rows;
        ranges.clear();
        if values.len() < count {
            values.resize(count, [0; PART]);
        }
        for (part, values) in parts(self.inputs.clone()).zip(values.chunks_exact_mut(rows)) {
            let columns = part.start - self.inputs.start..part.end - self.inputs.start;
            for (x, into) in self.x.chunks_exact(self.inputs.len()).zip(values) {
                let x = &x[columns.clone()];
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
        let Self { weights, inputs, panels, x, rows, out, activation, dot, sums } = self;
        sums.resize(rows, [0; COLUMNS]);
        let width = panels.len() * COLUMNS;
        let count = inputs.len().div_ceil(PART);
        let term = |number: usize, panel: usize| {
            let part = parts(inputs.start + number * PART..inputs.end).next().unwrap_or_default();
            let (values, later) = weights.panel(&part, panel);
            let outputs = part.start / PART * weights.panels() + panel;
            Term {
                rows: &x.values[number * rows..][..rows],
                ranges: &x.ranges[number * rows..][..rows],
                panel: values,
                scales: &weights.scales[outputs],
                offsets: &weights.sums[outputs],
                later,
            }
        };
        for first in (0..count).step_by(TERMS) {
            for (at, panel) in panels.clone().enumerate() {
                let end = count.min(first + TERMS);
                let mut terms = [term(first, panel); TERMS];
                for (into, number) in terms[1..].iter_mut().zip(first + 1..end) {
                    *into = term(number, panel);
                }
                let (terms, out) = (&terms[..end - first], &mut out[at * COLUMNS..]);
                let bias = (inputs.start + first == 0).then(|| &weights.bias[panel]);
                if !dot.results(S::F32_LANES, terms, bias, out, width) {
                    results(simd, dot, terms, bias, out, width, sums);
                }
                let Some(activation) = activation.filter(|_| inputs.end == weights.inputs && end == count) else { continue };
                for row in out.chunks_mut(width).take(rows) {
                    for out in S::as_mut_simd_f32s(&mut row[..COLUMNS]).0 {
                        *out = finish(simd, *out, Some(activation));
                    }
                }
            }
        }
    }
}

/// What [`Dot::results`] makes, by way of sums in memory.
#[inline(always)]
fn results<S: Simd>(
    simd: S,
    dot: Dot,
    terms: &[Term<'_>],
    mut bias: Option<&[f32; COLUMNS]>,
    out: &mut [f32],
    width: usize,
    sums: &mut [Sums],
) {
    for term in terms {
        dot.sums(term.rows, term.panel, sums);
        let (scales, offsets) = (S::as_simd_f32s(term.scales).0, S::as_simd_f32s(term.offsets).0);
        let bias = bias.take().map(|bias| S::as_simd_f32s(bias).0);
        for (row, (sums, &(least, step))) in sums.iter().zip(term.ranges).enumerate() {
            // Each row fetches a little of the next panel.
            if let Some(group) = term.later.get(row) {
                fetch(group);
            }
            let out = S::as_mut_simd_f32s(&mut out[row * width..][..COLUMNS]).0;
            let sums = S::as_simd_i32s(sums).0;
            let (least, step) = (simd.splat_f32s(least), simd.splat_f32s(step));
            for vector in 0..COLUMNS / S::F32_LANES {
                let start = match bias {
                    Some(bias) => bias[vector],
                    None => out[vector],
                };
                let start = simd.mul_add_e_f32s(least, offsets[vector], start);
                let scale = simd.mul_f32s(step, scales[vector]);
                out[vector] = simd.mul_add_e_f32s(float(simd, sums[vector]), scale, start);
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
