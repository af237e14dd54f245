//! BERT's layers for prediction on the CPU: the weights laid out once, several steps in one pass, nothing kept for a
//! backward pass. `bert` has the same network in plain operations, for training and for GPUs, and as the reference.
//!
//! The rows of a batch are cut in units of some whole sequences, a unit in blocks of [`BLOCK`] rows. A block goes through
//! a layer without leaving the second cache: attention, its projection, both layer normalisations, the feed-forward part
//! a few hundred columns at a time, and the next layer's queries, keys and values. Blocks wait for one another once a
//! layer, because a sequence attends to all its rows; units never do. Idle cores take blocks of a unit that another core
//! has begun, so that one long sequence keeps all of them busy as well as many short ones.

pub mod attention;
pub mod product;
pub mod rows;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::config::Activation;
use attention::{Attend, BLOCK, Heads};
use product::{COLUMNS, Panels, Product, Rows};
pub use rows::Norm;

/// Rows a unit, about: enough that the weights are read for many rows, few enough for all cores to have some.
const UNIT: usize = 240;

/// A layer's weights as `bert` reads them: matrices are outputs × inputs.
pub struct Plain<'a> {
    /// Queries, keys and values under one another.
    pub qkv: (&'a [f32], &'a [f32]),
    /// The projection after attention.
    pub attended: (&'a [f32], &'a [f32]),
    /// Its normalisation.
    pub attended_norm: Norm,
    /// The first half of the feed-forward part.
    pub wide: (&'a [f32], &'a [f32]),
    /// The second half.
    pub narrow: (&'a [f32], &'a [f32]),
    /// Its normalisation.
    pub norm: Norm,
}

/// One layer.
#[derive(Clone, Debug)]
struct Layer {
    /// Queries (scaled by 1/√size), keys, values: each head filled up to whole panels.
    qkv: Panels,
    attended: Panels,
    attended_norm: Norm,
    wide: Panels,
    narrow: Panels,
    norm: Norm,
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
    arch: Arch,
    shape: Shape,
    heads: Heads,
    /// Columns of a row, filled up to whole panels.
    width: usize,
    layers: Vec<Layer>,
    /// Buffers that no task uses right now.
    buffers: Mutex<Vec<Buffers>>,
}

/// What a block needs while it goes through a layer.
#[derive(Debug, Default)]
struct Buffers {
    /// Rows × width, or as wide as the heads.
    narrow: Vec<f32>,
    /// Rows × one part of the feed-forward's columns; or keys and values side by side.
    wide: Vec<f32>,
    scores: Vec<f32>,
}

/// The first `length` values of a buffer that grows when it must.
fn room(buffer: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    &mut buffer[..length]
}

impl Layer {
    fn new(plain: Plain<'_>, shape: Shape, heads: Heads) -> Self {
        let (hidden, wide) = (product::filled(shape.hidden), product::filled(shape.intermediate));
        let size = shape.hidden / shape.heads;
        // Where each of a head's columns stands among those of the file.
        let of_heads = |which: usize| {
            let head =
                move |head: usize| (0..heads.size).map(move |at| (at < size).then_some((which * shape.heads + head) * size + at));
            (0..shape.heads).flat_map(head)
        };
        let scale = 1.0 / (size as f32).sqrt();
        let queries = shape.hidden;
        let scaled = |values: &[f32], width: usize| {
            let mut values = values.to_vec();
            values[..queries * width].iter_mut().for_each(|value| *value *= scale);
            values
        };
        let (weight, bias) = (scaled(plain.qkv.0, shape.hidden), scaled(plain.qkv.1, 1));
        let places: Vec<_> = (0..3).flat_map(of_heads).collect();
        let attended: Vec<_> = of_heads(0).collect();
        Self {
            qkv: Panels::new(&weight, &bias, shape.hidden, (&places, &hidden)),
            attended: Panels::new(plain.attended.0, plain.attended.1, shape.hidden, (&hidden, &attended)),
            attended_norm: plain.attended_norm,
            wide: Panels::new(plain.wide.0, plain.wide.1, shape.hidden, (&wide, &hidden)),
            narrow: Panels::new(plain.narrow.0, plain.narrow.1, shape.intermediate, (&hidden, &wide)),
            norm: plain.norm,
        }
    }
}

impl Network {
    /// A network without layers, for one instruction set.
    pub fn new(shape: Shape, arch: Arch) -> Self {
        let heads = Heads { count: shape.heads, size: (shape.hidden / shape.heads).next_multiple_of(COLUMNS) };
        let width = shape.hidden.next_multiple_of(COLUMNS);
        Self { arch, shape, heads, width, layers: Vec::new(), buffers: Mutex::default() }
    }

    /// Lays out the weights of the next layer.
    pub fn add(&mut self, plain: Plain<'_>) {
        self.layers.push(Layer::new(plain, self.shape, self.heads));
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
        let mut x = vec![0.0; rows * width];
        let mut queries = vec![0.0; rows * self.heads.width()];
        // Keys and values of this layer and of the next.
        let (mut now, mut next) = (vec![0.0; blocks * self.heads.block()], vec![0.0; blocks * self.heads.block()]);
        let query_block = BLOCK * self.heads.width();
        let Some(layer) = self.layers.first() else { return };
        let zeros = vec![0.0; width];
        let work =
            x.par_chunks_mut(BLOCK * width).zip(queries.par_chunks_mut(query_block)).zip(next.par_chunks_mut(self.heads.block()));
        work.with_max_len(1).enumerate().for_each(|(block, ((x, queries), kv))| {
            for (row, x) in x.chunks_exact_mut(width).enumerate() {
                embed(first + block * BLOCK + row, &mut x[..hidden]);
            }
            self.arch.dispatch(Normalise { x, added: None, zeros: &zeros, width, norm });
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
                    self.through(layer, x, (&now, queries), place, buffers);
                    if let Some(after) = after {
                        self.project(after, x, queries, kv, buffers);
                    }
                });
            });
        }
        out.chunks_exact_mut(hidden).zip(x.chunks_exact(width)).for_each(|(out, x)| out.copy_from_slice(&x[..hidden]));
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
        self.product(&layer.qkv, 0..panels, x, queries);
        self.product(&layer.qkv, panels..3 * panels, x, beside);
        self.heads.lay_out(beside, kv);
    }

    fn product(&self, weights: &Panels, panels: Range<usize>, x: &[f32], out: &mut [f32]) {
        let inputs = 0..weights.inputs();
        let rows = x.len() / inputs.len();
        let x = Rows { values: x, stride: inputs.len() };
        self.arch.dispatch(Product { weights, inputs, panels, x, rows, out, activation: None });
    }

    /// A block through a layer, from its queries on.
    fn through(&self, layer: &Layer, x: &mut [f32], (kv, queries): (&[f32], &[f32]), place: Place<'_>, buffers: &mut Buffers) {
        let width = self.width;
        let rows = x.len() / width;
        let attended = room(&mut buffers.wide, queries.len());
        let Place { first, sequences } = place;
        let (heads, scores) = (self.heads, &mut buffers.scores);
        self.arch.dispatch(Attend { heads, kv, queries, first, sequences, scores, out: attended });
        let added = room(&mut buffers.narrow, x.len());
        self.product(&layer.attended, 0..layer.attended.panels(), attended, added);
        self.arch.dispatch(Normalise { x, added: Some(added), zeros: &[], width, norm: &layer.attended_norm });
        for part in layer.narrow.parts() {
            let wide = room(&mut buffers.wide, rows * part.len());
            let panels = part.start / COLUMNS..part.end / COLUMNS;
            let activation = Some(self.shape.activation);
            let (x, stride) = (&*x, part.len());
            let inputs = 0..layer.wide.inputs();
            let x = Rows { values: x, stride: width };
            self.arch.dispatch(Product { weights: &layer.wide, inputs, panels, x, rows, out: wide, activation });
            let (weights, panels, x) = (&layer.narrow, 0..layer.narrow.panels(), Rows { values: wide, stride });
            self.arch.dispatch(Product { weights, inputs: part, panels, x, rows, out: added, activation: None });
        }
        self.arch.dispatch(Normalise { x, added: Some(added), zeros: &[], width, norm: &layer.norm });
    }
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
