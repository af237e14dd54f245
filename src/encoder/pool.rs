//! Word vectors of subword vectors.

use std::ops::Range;

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use super::kernels::segment_mean::SegmentMean;

/// Which of a word's subwords make its vector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean of all.
    #[default]
    Mean,
    /// The first.
    First,
    /// The last.
    Last,
}

impl Pooling {
    /// The rows that make the vector of a word whose subwords are `rows`.
    pub fn segment(self, rows: Range<usize>) -> Range<usize> {
        match self {
            Self::Mean => rows,
            Self::First => rows.start..rows.start + 1,
            Self::Last => rows.end - 1..rows.end,
        }
    }
}

/// The mean of `hidden`'s rows (rows × width) over each segment: (segments × width). Gradients flow through it.
///
/// # Errors
/// When a computation fails.
pub fn segment_means(hidden: &Tensor, segments: Vec<Range<usize>>) -> Result<Tensor> {
    match hidden.device() {
        Device::Cpu => hidden.apply_op1(SegmentMean { segments }),
        device => {
            let rows = hidden.dim(0)?;
            let mut shares = vec![0f32; segments.len() * rows];
            for (segment, row) in segments.iter().zip(shares.chunks_exact_mut(rows)) {
                row[segment.clone()].fill(1.0 / segment.len() as f32);
            }
            Tensor::from_vec(shares, (segments.len(), rows), device)?.matmul(hidden)
        }
    }
}
