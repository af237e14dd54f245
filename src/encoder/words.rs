//! Word vectors of whole documents, a few windows at a time.

use std::ops::Range;

use candle_core::Result;
use serde::{Deserialize, Serialize};

use super::EncoderError;
use super::bert::{Batch, Mode};
use super::model::Encoder;
use super::pool::{Pooling, segment_means};
use crate::domain::Words;
use crate::tokenization::{Alignment, Piece, WindowOptions, WindowPlan};

/// How documents become word vectors; a head belongs to one such choice.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncodeOptions {
    /// Which subwords make a word's vector.
    pub pooling: Pooling,
    /// How documents are cut.
    pub windows: WindowOptions,
}

impl EncodeOptions {
    /// Mean pooling over windows as long as the encoder allows, up to 256 subwords with their special tokens: longer
    /// ones cost more than their context gives.
    pub fn for_positions(positions: usize) -> Self {
        let length = positions.min(256) - 2;
        Self { pooling: Pooling::Mean, windows: WindowOptions { length, overlap: length / 4 } }
    }
}

/// How many subwords are encoded in one step: enough to fill the cores, few enough that newer orders are seen soon.
const STEP: usize = 1024;

/// A document on its way to word vectors. Windows can be asked for in any order.
#[derive(Debug)]
pub struct DocumentEncoder {
    alignment: Alignment,
    plan: WindowPlan,
    pooling: Pooling,
    hidden: usize,
    vectors: Vec<f32>,
    /// Whether each window is encoded.
    done: Vec<bool>,
}

impl DocumentEncoder {
    /// Aligns a document's words with subwords and plans its windows; encodes nothing yet.
    ///
    /// # Errors
    /// When the tokenizer fails on the text.
    pub fn new(encoder: &Encoder, text: &str, words: &Words, options: EncodeOptions) -> std::result::Result<Self, EncoderError> {
        let alignment = encoder.tokenizer.align(text, words)?;
        let longest = encoder.bert.config.positions - 2;
        let windows = WindowOptions { length: options.windows.length.min(longest), ..options.windows };
        let plan = WindowPlan::new(text, words, &alignment, windows);
        let hidden = encoder.bert.config.hidden;
        let done = vec![false; plan.windows.len()];
        Ok(Self { vectors: vec![0.0; words.len() * hidden], alignment, plan, pooling: options.pooling, hidden, done })
    }

    /// Number of windows.
    pub fn windows(&self) -> usize {
        self.done.len()
    }

    /// Number of windows that are not encoded yet.
    pub fn left(&self) -> usize {
        self.done.iter().filter(|done| !**done).count()
    }

    /// Index of the window that gives `word` its vector.
    pub fn window_of(&self, word: usize) -> usize {
        let reaches = |pieces: &Vec<Piece>| pieces.last().is_some_and(|last| last.word >= word);
        self.plan.pieces.iter().position(reaches).unwrap_or(self.windows().saturating_sub(1))
    }

    /// The stretches of words that have their vectors.
    pub fn ready(&self) -> Vec<Range<usize>> {
        let encoded = self.plan.pieces.iter().zip(&self.done).filter(|(_, done)| **done).map(|(pieces, _)| pieces);
        encoded.filter_map(|pieces| Some(pieces.first()?.word..pieces.last()?.word + 1)).collect()
    }

    /// Encodes the next windows from window `near` on (then from the start), neighbours of about a thousand subwords;
    /// gives the words that got their vectors, or `None` when all windows are done.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn step(&mut self, encoder: &Encoder, near: usize) -> Result<Option<Range<usize>>> {
        let mut chosen = Vec::new();
        let mut batch = Batch::default();
        for window in (near..self.windows()).chain(0..near.min(self.windows())) {
            let follows = chosen.last().is_none_or(|&last| window == last + 1);
            match (self.done[window], follows) {
                (true, _) if chosen.is_empty() => continue,
                (false, true) => {}
                _ => break,
            }
            let subwords = &self.plan.windows[window];
            if !batch.is_empty() && batch.len() + subwords.len() + 2 > STEP {
                break;
            }
            let ids = self.alignment.ids[subwords.clone()].iter().copied();
            batch.push(std::iter::once(encoder.tokenizer.cls).chain(ids).chain([encoder.tokenizer.sep]));
            chosen.push(window);
        }
        if chosen.is_empty() {
            return Ok(None);
        }
        let hidden = encoder.bert.forward(&batch, Mode::Predict)?;
        let pieces: Vec<Piece> = chosen.iter().flat_map(|&window| self.plan.pieces[window].iter().copied()).collect();
        let mut segments = Vec::with_capacity(pieces.len());
        for (&window, rows) in chosen.iter().zip(&batch.sequences) {
            let first = self.plan.windows[window].start;
            // One row further for [CLS].
            let rows = |piece: &Piece| rows.start + 1 + piece.start - first..rows.start + 1 + piece.end - first;
            segments.extend(self.plan.pieces[window].iter().map(|piece| self.pooling.segment(rows(piece))));
        }
        let vectors = segment_means(&hidden, segments)?.flatten_all()?.to_vec1::<f32>()?;
        for (piece, vector) in pieces.iter().zip(vectors.chunks_exact(self.hidden)) {
            self.put(piece, vector);
        }
        chosen.iter().for_each(|&window| self.done[window] = true);
        let words = pieces.iter().map(|piece| piece.word);
        Ok(words.clone().min().zip(words.max()).map(|(first, last)| first..last + 1).or(Some(0..0)))
    }

    /// Adds a piece's vector to its word's. A word in several pieces gets their mean, weighted by subwords (with
    /// first and last pooling, its first or last piece's).
    fn put(&mut self, piece: &Piece, vector: &[f32]) {
        let subwords = self.alignment.subwords(piece.word);
        let share = match self.pooling {
            Pooling::Mean => (piece.end - piece.start) as f32 / subwords.len() as f32,
            Pooling::First => f32::from(piece.start == subwords.start),
            Pooling::Last => f32::from(piece.end == subwords.end),
        };
        let into = &mut self.vectors[piece.word * self.hidden..(piece.word + 1) * self.hidden];
        into.iter_mut().zip(vector).for_each(|(into, value)| *into += value * share);
    }

    /// The vectors so far, row-major, words × hidden; zeros for words whose windows are not done.
    pub fn vectors(&self) -> &[f32] {
        &self.vectors
    }

    /// All vectors, row-major, words × hidden. Call when no window is left.
    pub fn into_vectors(self) -> Vec<f32> {
        self.vectors
    }
}

/// Word vectors of a whole document at once: row-major, words × hidden.
///
/// # Errors
/// When the tokenizer or a computation fails.
pub fn encode(
    encoder: &Encoder,
    text: &str,
    words: &Words,
    options: EncodeOptions,
) -> std::result::Result<Vec<f32>, EncoderError> {
    let mut document = DocumentEncoder::new(encoder, text, words, options)?;
    while document.step(encoder, 0)?.is_some() {}
    Ok(document.into_vectors())
}
