//! BERT's layers for prediction on the CPU: the weights laid out once, several steps in one pass, nothing kept for a
//! backward pass. `bert` has the same network in plain operations, for training and for GPUs, and as the reference.
//!
//! The rows of a batch are cut in units of some whole sequences, a unit in blocks of [`BLOCK`] rows. A block goes through
//! a layer without leaving the second cache: attention, its projection, both layer normalisations, the feed-forward part
//! a few hundred columns at a time, and the next layer's queries, keys and values. Blocks wait for one another once a
//! layer, because a sequence attends to all its rows; units never do. Idle cores take blocks of a unit that another core
//! has begun, so that one long sequence keeps all of them busy as well as many short ones.

pub mod attention;
pub mod clock;
pub mod int8;
mod layer;
pub mod peak;
pub mod product;
pub mod rows;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::config::Activation;
use attention::{Attend, BLOCK, Heads};
use clock::{Clock, Step};
use int8::dot::{Dot, Sums};
use int8::{Quantise, Quantised};
pub use layer::Plain;
use layer::{Dense, Layer};
use product::{COLUMNS, Product, Rows};
pub use rows::Norm;

/// Rows a unit, about: enough that the weights are read for many rows, few enough for all cores to have some.
const UNIT: usize = 240;

/// The numbers that products are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Single precision.
    Fp32,
    /// Eight bits, with exact sums; single precision outside of the products with weights. The labels of a few words in a
    /// thousand change, as often for the better as for the worse, and it is half as long again as fast.
    Int8,
}

impl Precision {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fp32 => "fp32",
            Self::Int8 => "int8",
        }
    }
}

/// The instructions to compute with.
#[derive(Clone, Copy, Debug)]
pub struct Instructions {
    /// Vectors of floating-point numbers.
    pub arch: Arch,
    /// Sums of eight-bit products.
    pub dot: Dot,
}

impl Instructions {
    /// The best that this machine has.
    pub fn best() -> Self {
        Self { arch: Arch::new(), dot: Dot::best() }
    }

    /// The precision that suits them: eight bits gain nothing where their sums are made in plain Rust.
    pub fn precision(self) -> Precision {
        if self.dot == Dot::Plain { Precision::Fp32 } else { Precision::Int8 }
    }

    /// What the vectors of floating-point numbers and the sums of eight-bit products are made with.
    pub fn names(self) -> [&'static str; 2] {
        let vectors = match self.arch {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(_) => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Arch::V4(_) => "AVX-512",
            #[cfg(target_arch = "aarch64")]
            Arch::Neon(_) => "NEON",
            _ => "plain",
        };
        [vectors, self.dot.name()]
    }
}

/// The shape of a network.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Columns of a row.
    pub hidden: usize,
    /// Attention heads.
    pub heads: usize,
    /// Columns of the feed-forward part.
    pub intermediate: usize,
    /// Its non-linearity.
    pub activation: Activation,
}

/// The layers of a BERT.
#[derive(Debug)]
pub struct Network {
    instructions: Instructions,
    precision: Precision,
    shape: Shape,
    heads: Heads,
    /// Columns of a row, filled up to whole panels.
    width: usize,
    layers: Vec<Layer>,
    /// Buffers that no task uses right now.
    buffers: Mutex<Vec<Buffers>>,
    /// The same for whole units.
    units: Mutex<Vec<Unit>>,
    /// Where the time goes.
    pub clock: Clock,
}

/// What a block needs while it goes through a layer.
#[derive(Debug, Default)]
struct Buffers {
    /// Rows × width, or as wide as the heads.
    narrow: Vec<f32>,
    /// Rows × one part of the feed-forward's columns; or keys and values side by side.
    wide: Vec<f32>,
    scores: Vec<f32>,
    quantised: Quantised,
    wide_quantised: Quantised,
    sums: Vec<Sums>,
}

/// What a unit needs from its first layer to its last. Kept from batch to batch: fresh pages cost the system more than
/// filling old ones with zeros.
#[derive(Debug, Default)]
struct Unit {
    /// Rows × width.
    x: Vec<f32>,
    queries: Vec<f32>,
    /// Keys and values of this layer and of the next.
    now: Vec<f32>,
    next: Vec<f32>,
}

/// The first `length` values of a buffer, zeros.
fn zeros(buffer: &mut Vec<f32>, length: usize) -> &mut [f32] {
    let buffer = room(buffer, length);
    buffer.fill(0.0);
    buffer
}

/// The first `length` values of a buffer that grows when it must.
fn room(buffer: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    &mut buffer[..length]
}

impl Network {
    /// A network without layers, for one instruction set.
    pub fn new(shape: Shape, precision: Precision, instructions: Instructions) -> Self {
        let heads = Heads { count: shape.heads, size: (shape.hidden / shape.heads).next_multiple_of(COLUMNS) };
        let width = shape.hidden.next_multiple_of(COLUMNS);
        Self {
            instructions,
            precision,
            shape,
            heads,
            width,
            layers: Vec::new(),
            buffers: Mutex::default(),
            units: Mutex::default(),
            clock: Clock::default(),
        }
    }

    /// What it computes with.
    pub fn instructions(&self) -> Instructions {
        self.instructions
    }

    /// Multiplications and additions that sequences of these lengths take: products with weights, and attention.
    pub fn operations(&self, lengths: impl IntoIterator<Item = usize>) -> [f64; 2] {
        let Shape { hidden, intermediate, .. } = self.shape;
        let layers = 2.0 * self.layers.len() as f64;
        let each = |length: usize| [length * (4 * hidden + 2 * intermediate) * hidden, 2 * length * length * hidden];
        let sum = |sum: [f64; 2], length| [0, 1].map(|kind| sum[kind] + layers * each(length)[kind] as f64);
        lengths.into_iter().fold([0.0; 2], sum)
    }

    /// What its products with weights are made of.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Lays out the weights of the next layer.
    pub fn add(&mut self, plain: Plain<'_>) {
        self.layers.push(Layer::new(plain, self.precision, self.shape, self.heads));
    }

    /// The vectors of all rows: rows × hidden. `embed` writes a row's embedding, which `norm` normalises. The sequences
    /// follow one another and cover all rows.
    pub fn forward(&self, sequences: &[Range<usize>], embed: impl Fn(usize, &mut [f32]) + Sync, norm: &Norm) -> Vec<f32> {
        let hidden = self.shape.hidden;
        let rows = sequences.last().map_or(0, |last| last.end);
        let mut out = vec![0.0; rows * hidden];
        let mut units = Vec::new();
        let (mut left, mut rest) = (sequences, &mut out[..]);
        while let Some(first) = left.first() {
            let fit = left.iter().take_while(|sequence| sequence.end - first.start <= UNIT).count().max(1);
            let (unit, later) = left.split_at(fit);
            let (out, others) = rest.split_at_mut(unit.iter().map(Range::len).sum::<usize>() * hidden);
            units.push((unit, out));
            (left, rest) = (later, others);
        }
        units.into_par_iter().with_max_len(1).for_each(|(sequences, out)| self.unit(sequences, out, &embed, norm));
        out
    }

    /// Encodes some whole sequences.
    fn unit(&self, sequences: &[Range<usize>], out: &mut [f32], embed: &(impl Fn(usize, &mut [f32]) + Sync), norm: &Norm) {
        let (hidden, width) = (self.shape.hidden, self.width);
        let first = sequences.first().map_or(0, |sequence| sequence.start);
        let rows = out.len() / hidden;
        let blocks = rows.div_ceil(BLOCK);
        let sequences: Vec<Range<usize>> = sequences.iter().map(|rows| rows.start - first..rows.end - first).collect();
        let pool = || self.units.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffers = pool().pop().unwrap_or_default();
        let Unit { x, queries, now, next } = &mut buffers;
        let (x, queries) = (zeros(x, rows * width), zeros(queries, rows * self.heads.width()));
        let block = blocks * self.heads.block();
        let (mut now, mut next) = (zeros(now, block), zeros(next, block));
        let query_block = BLOCK * self.heads.width();
        let Some(layer) = self.layers.first() else { return };
        let zeros = vec![0.0; width];
        let work =
            x.par_chunks_mut(BLOCK * width).zip(queries.par_chunks_mut(query_block)).zip(next.par_chunks_mut(self.heads.block()));
        work.with_max_len(1).enumerate().for_each(|(block, ((x, queries), kv))| {
            self.clock.time(Step::Rest, || {
                for (row, x) in x.chunks_exact_mut(width).enumerate() {
                    embed(first + block * BLOCK + row, &mut x[..hidden]);
                }
                self.instructions.arch.dispatch(Normalise { x, added: None, zeros: &zeros, width, norm });
            });
            self.with_buffers(|buffers| self.project(layer, x, queries, kv, buffers));
        });
        for (index, layer) in self.layers.iter().enumerate() {
            std::mem::swap(&mut now, &mut next);
            let after = self.layers.get(index + 1);
            let work = x
                .par_chunks_mut(BLOCK * width)
                .zip(queries.par_chunks_mut(query_block))
                .zip(next.par_chunks_mut(self.heads.block()));
            work.with_max_len(1).enumerate().for_each(|(block, ((x, queries), kv))| {
                let first = block * BLOCK;
                let end = first + x.len() / width;
                let from = sequences.partition_point(|sequence| sequence.end <= first);
                let to = sequences.partition_point(|sequence| sequence.start < end);
                self.with_buffers(|buffers| {
                    let place = Place { first, sequences: &sequences[from..to] };
                    self.through(layer, x, (now, queries), place, buffers);
                    if let Some(after) = after {
                        self.project(after, x, queries, kv, buffers);
                    }
                });
            });
        }
        out.chunks_exact_mut(hidden).zip(x.chunks_exact(width)).for_each(|(out, x)| out.copy_from_slice(&x[..hidden]));
        pool().push(buffers);
    }

    /// Calls `work` with buffers that no other task uses meanwhile.
    fn with_buffers(&self, work: impl FnOnce(&mut Buffers)) {
        let pool = || self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffers = pool().pop().unwrap_or_default();
        work(&mut buffers);
        pool().push(buffers);
    }

    /// A block's queries, keys and values.
    fn project(&self, layer: &Layer, x: &[f32], queries: &mut [f32], kv: &mut [f32], buffers: &mut Buffers) {
        let rows = x.len() / self.width;
        let panels = self.heads.width() / COLUMNS;
        let beside = room(&mut buffers.wide, rows * 2 * self.heads.width());
        let factor = self.factor(&layer.qkv, x, 0..self.width, &mut buffers.quantised);
        self.product(&layer.qkv, &factor, 0..panels, queries, None, &mut buffers.sums);
        self.product(&layer.qkv, &factor, panels..3 * panels, beside, None, &mut buffers.sums);
        self.clock.time(Step::Rest, || self.heads.lay_out(beside, kv));
    }

    /// Makes rows ready to be multiplied with these inputs of `weights`, perhaps several times.
    fn factor<'a>(&self, weights: &Dense, x: &'a [f32], inputs: Range<usize>, quantised: &'a mut Quantised) -> Factor<'a> {
        let rows = x.len() / inputs.len();
        match weights {
            Dense::Fp32(_) => Factor { rows, inputs, x, quantised },
            Dense::Int8(_) => {
                let quantise = Quantise { inputs: inputs.clone(), x, into: quantised };
                self.clock.time(Step::Rest, || self.instructions.arch.dispatch(quantise));
                Factor { rows, inputs, x, quantised }
            }
        }
    }

    fn product(
        &self,
        weights: &Dense,
        factor: &Factor<'_>,
        panels: Range<usize>,
        out: &mut [f32],
        activation: Option<Activation>,
        sums: &mut Vec<Sums>,
    ) {
        let Factor { rows, ref inputs, x, quantised } = *factor;
        let inputs = inputs.clone();
        let Instructions { arch, dot } = self.instructions;
        match weights {
            Dense::Fp32(weights) => {
                let x = Rows { values: x, stride: inputs.len() };
                let product = Product { weights, inputs, panels, x, rows, out, activation };
                self.clock.time(Step::Products, || arch.dispatch(product));
            }
            Dense::Int8(weights) => {
                let product = int8::Product { weights, inputs, panels, x: quantised, rows, out, activation, dot, sums };
                self.clock.time(Step::Products, || arch.dispatch(product));
            }
        }
    }

    /// x ← norm(x + added).
    fn normalise(&self, x: &mut [f32], added: &[f32], norm: &Norm) {
        let normalise = Normalise { x, added: Some(added), zeros: &[], width: self.width, norm };
        self.clock.time(Step::Rest, || self.instructions.arch.dispatch(normalise));
    }

    /// A block through a layer, from its queries on.
    fn through(&self, layer: &Layer, x: &mut [f32], (kv, queries): (&[f32], &[f32]), place: Place<'_>, buffers: &mut Buffers) {
        let width = self.width;
        let rows = x.len() / width;
        let Buffers { narrow, wide, scores, quantised, wide_quantised, sums } = buffers;
        let attended = room(wide, queries.len());
        let Place { first, sequences } = place;
        let heads = self.heads;
        let attend = Attend { heads, kv, queries, first, sequences, scores, out: attended };
        self.clock.time(Step::Attention, || self.instructions.arch.dispatch(attend));
        let added = room(narrow, x.len());
        let factor = self.factor(&layer.attended, attended, 0..heads.width(), quantised);
        self.product(&layer.attended, &factor, 0..layer.attended.panels(), added, None, sums);
        self.normalise(x, added, &layer.attended_norm);
        let factor = self.factor(&layer.wide, x, 0..width, quantised);
        for part in layer.narrow.parts() {
            let wide = room(wide, rows * part.len());
            let panels = part.start / COLUMNS..part.end / COLUMNS;
            self.product(&layer.wide, &factor, panels, wide, Some(self.shape.activation), sums);
            let factor = self.factor(&layer.narrow, wide, part, wide_quantised);
            self.product(&layer.narrow, &factor, 0..layer.narrow.panels(), added, None, sums);
        }
        self.normalise(x, added, &layer.norm);
    }
}

/// Rows that are ready for products.
struct Factor<'a> {
    rows: usize,
    /// Which inputs of the weights they are.
    inputs: Range<usize>,
    x: &'a [f32],
    /// The same in eight bits, for weights in eight bits.
    quantised: &'a Quantised,
}

/// Where a block stands in its unit.
struct Place<'a> {
    first: usize,
    /// The sequences that have rows in it.
    sequences: &'a [Range<usize>],
}

/// x ← norm(x + added), row by row.
struct Normalise<'a> {
    x: &'a mut [f32],
    added: Option<&'a [f32]>,
    zeros: &'a [f32],
    width: usize,
    norm: &'a Norm,
}

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (at, x) in self.x.chunks_exact_mut(self.width).enumerate() {
            let added = self.added.map_or(self.zeros, |added| &added[at * self.width..]);
            self.norm.apply(simd, x, added);
        }
    }
}

#[cfg(test)]
mod tests;
