//! The weights of a layer, laid out for one precision.

use std::f32::consts::LOG2_E;
use std::ops::Range;

use super::attention::Heads;
use super::product::{self, Panels, Places};
use super::{Norm, Precision, Shape, int8};

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

/// A dense layer's weights.
#[derive(Clone, Debug)]
pub enum Dense {
    /// In single precision.
    Fp32(Panels),
    /// In eight bits.
    Int8(int8::Panels),
}

impl Dense {
    fn new(precision: Precision, weight: &[f32], bias: &[f32], inputs: usize, places: (&Places, &Places)) -> Self {
        match precision {
            Precision::Fp32 => Self::Fp32(Panels::new(weight, bias, inputs, places)),
            Precision::Int8 => Self::Int8(int8::Panels::new(weight, bias, inputs, places)),
        }
    }

    /// Number of panels.
    pub fn panels(&self) -> usize {
        match self {
            Self::Fp32(panels) => panels.panels(),
            Self::Int8(panels) => panels.panels(),
        }
    }

    /// The inputs in the parts that they are best computed in.
    pub fn parts(&self) -> Vec<Range<usize>> {
        match self {
            Self::Fp32(panels) => product::parts(panels.inputs()).collect(),
            Self::Int8(panels) => int8::strides(panels.inputs()).collect(),
        }
    }
}

/// One layer.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Queries (scaled by log₂ e/√size), keys, values: each head filled up to whole panels.
    pub qkv: Dense,
    /// The projection after attention.
    pub attended: Dense,
    /// Its normalisation.
    pub attended_norm: Norm,
    /// The first half of the feed-forward part.
    pub wide: Dense,
    /// The second half.
    pub narrow: Dense,
    /// Its normalisation.
    pub norm: Norm,
}

impl Layer {
    /// Lays out a layer's weights.
    pub fn new(plain: Plain<'_>, precision: Precision, shape: Shape, heads: Heads) -> Self {
        let (hidden, wide) = (product::filled(shape.hidden), product::filled(shape.intermediate));
        let size = shape.hidden / shape.heads;
        // Where each of a head's columns stands among those of the file.
        let of_heads = |which: usize| {
            let head =
                move |head: usize| (0..heads.size).map(move |at| (at < size).then_some((which * shape.heads + head) * size + at));
            (0..shape.heads).flat_map(head)
        };
        // Attention takes powers of two instead of e.
        let scale = LOG2_E / (size as f32).sqrt();
        let queries = shape.hidden;
        let scaled = |values: &[f32], width: usize| {
            let mut values = values.to_vec();
            values[..queries * width].iter_mut().for_each(|value| *value *= scale);
            values
        };
        let (weight, bias) = (scaled(plain.qkv.0, shape.hidden), scaled(plain.qkv.1, 1));
        let dense = |weight: &[f32], bias: &[f32], inputs, places: (&Places, &Places)| {
            Dense::new(precision, weight, bias, inputs, places)
        };
        let places: Vec<_> = (0..3).flat_map(of_heads).collect();
        let attended: Vec<_> = of_heads(0).collect();
        Self {
            qkv: dense(&weight, &bias, shape.hidden, (&places, &hidden)),
            attended: dense(plain.attended.0, plain.attended.1, shape.hidden, (&hidden, &attended)),
            attended_norm: plain.attended_norm,
            wide: dense(plain.wide.0, plain.wide.1, shape.hidden, (&wide, &hidden)),
            narrow: dense(plain.narrow.0, plain.narrow.1, shape.intermediate, (&hidden, &wide)),
            norm: plain.norm,
        }
    }
}
