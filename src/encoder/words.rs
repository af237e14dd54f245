//! Word vectors of whole documents, a few windows at a time.

use std::ops::Range;

use candle_core::Result;
use serde::{Deserialize, Serialize};

use super::EncoderError;
use super::bert::{Batch, Mode};
use super::cache::Key;
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

/// At most so many windows are taken from the cache in one step.
const RECALLED: usize = 32;

/// Windows, of one document or several, that are encoded together.
#[derive(Default)]
struct Round {
    batch: Batch,
    windows: Vec<Asked>,
}

/// A window that is to be encoded.
struct Asked {
    document: usize,
    window: usize,
    /// The rows of its sequence that make its vectors.
    rows: Vec<Range<usize>>,
    /// Under which they are kept.
    key: Option<Key>,
}

impl Round {
    /// Encodes the windows and gives their vectors to `documents`, and to the encoder's cache.
    fn encode(self, encoder: &Encoder, documents: &mut [DocumentEncoder]) -> Result<()> {
        if self.windows.is_empty() {
            return Ok(());
        }
        let hidden = encoder.bert.forward(&self.batch, Mode::Predict)?;
        let within = |(asked, sequence): (&Asked, &Range<usize>)| {
            let start = sequence.start;
            asked.rows.iter().map(move |rows| start + rows.start..start + rows.end).collect::<Vec<_>>()
        };
        let segments = self.windows.iter().zip(&self.batch.sequences).flat_map(within).collect();
        let vectors = segment_means(&hidden, segments)?.flatten_all()?.to_vec1::<f32>()?;
        let mut rest = &vectors[..];
        for asked in self.windows {
            let own;
            (own, rest) = rest.split_at(asked.rows.len() * encoder.bert.config.hidden);
            documents[asked.document].take(asked.window, own);
            if let (Some((cache, _)), Some(key)) = (encoder.cache(), asked.key) {
                cache.put(key, own.to_vec());
            }
        }
        Ok(())
    }
}

/// Encodes what is left of several documents, short ones together.
///
/// # Errors
/// When a computation fails.
pub fn encode_all(encoder: &Encoder, documents: &mut [DocumentEncoder]) -> Result<()> {
    let mut round = Round::default();
    for document in 0..documents.len() {
        for window in 0..documents[document].windows() {
            if documents[document].done[window] {
                continue;
            }
            if !documents[document].recall_or_ask(encoder, &mut round, (document, window)) {
                std::mem::take(&mut round).encode(encoder, documents)?;
                documents[document].recall_or_ask(encoder, &mut round, (document, window));
            }
        }
    }
    round.encode(encoder, documents)
}

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

    /// Number of subwords.
    pub fn subwords(&self) -> usize {
        self.alignment.ids.len()
    }

    /// The sequences of subwords that its windows are, special tokens included.
    pub fn sequences<'a>(&'a self, encoder: &'a Encoder) -> impl Iterator<Item = Vec<u32>> + 'a {
        (0..self.windows()).map(|window| self.sequence(encoder, window).collect())
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

    /// Encodes the next windows from window `near` on (then from the start), neighbours of about a thousand subwords, or
    /// takes them from the encoder's cache; gives the words that got their vectors, or `None` when all windows are done.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn step(&mut self, encoder: &Encoder, near: usize) -> Result<Option<Range<usize>>> {
        let mut chosen: Vec<usize> = Vec::new();
        let mut round = Round::default();
        for window in (near..self.windows()).chain(0..near.min(self.windows())) {
            let follows = chosen.last().is_none_or(|&last| window == last + 1);
            match (self.done[window], follows) {
                (true, _) if chosen.is_empty() => continue,
                (false, true) if chosen.len() < RECALLED => {}
                _ => break,
            }
            if !self.recall_or_ask(encoder, &mut round, (0, window)) {
                break;
            }
            chosen.push(window);
        }
        if chosen.is_empty() {
            return Ok(None);
        }
        round.encode(encoder, std::slice::from_mut(self))?;
        let words = chosen.iter().flat_map(|&window| self.plan.pieces[window].iter().map(|piece| piece.word));
        Ok(words.clone().min().zip(words.max()).map(|(first, last)| first..last + 1).or(Some(0..0)))
    }

    /// Takes a window from the cache or, if it isn't there, puts it into the round, where this is `document`; false if the
    /// round has no room left.
    fn recall_or_ask(&mut self, encoder: &Encoder, round: &mut Round, (document, window): (usize, usize)) -> bool {
        let rows = self.rows(window);
        let key = encoder
            .cache()
            .map(|(cache, arithmetic)| (cache, Key::new(arithmetic, self.pooling, self.sequence(encoder, window), &rows)));
        if let Some(vectors) = key.as_ref().and_then(|(cache, key)| cache.get(key, rows.len() * self.hidden)) {
            self.take(window, &vectors);
            return true;
        }
        if !round.batch.is_empty() && round.batch.len() + self.plan.windows[window].len() + 2 > STEP {
            return false;
        }
        round.batch.push(self.sequence(encoder, window));
        round.windows.push(Asked { document, window, rows, key: key.map(|(_, key)| key) });
        true
    }

    /// A window's subwords between the special tokens.
    fn sequence(&self, encoder: &Encoder, window: usize) -> impl Iterator<Item = u32> {
        let ids = self.alignment.ids[self.plan.windows[window].clone()].iter().copied();
        std::iter::once(encoder.tokenizer.cls).chain(ids).chain([encoder.tokenizer.sep])
    }

    /// The rows of a window's sequence that make the vector of each of its pieces.
    fn rows(&self, window: usize) -> Vec<Range<usize>> {
        let first = self.plan.windows[window].start;
        // One row further for [CLS].
        let rows = |piece: &Piece| self.pooling.segment(1 + piece.start - first..1 + piece.end - first);
        self.plan.pieces[window].iter().map(rows).collect()
    }

    /// Gives a window's vectors to its words.
    fn take(&mut self, window: usize, vectors: &[f32]) {
        let pieces = std::mem::take(&mut self.plan.pieces[window]);
        pieces.iter().zip(vectors.chunks_exact(self.hidden)).for_each(|(piece, vector)| self.put(piece, vector));
        self.plan.pieces[window] = pieces;
        self.done[window] = true;
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
