//! Word vectors of whole documents, a few windows at a time.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use candle_core::Result;
use serde::{Deserialize, Serialize};

use super::EncoderError;
use super::bert::{Batch, Mode};
use super::cache::Key;
use super::model::Encoder;
use super::pool::{Pooling, segment_means};
use super::vectors::{Vectors, f16, narrowed, widened};
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

/// How many rows (subwords, special ones included) are encoded in one step: enough to fill the cores, few enough that newer orders are seen soon.
pub const STEP: usize = 1024;

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
    /// Whether a sequence of so many subwords fits in; any does as the first.
    fn has_room(&self, length: usize) -> bool {
        self.batch.is_empty() || self.batch.len() + length <= STEP
    }

    /// Takes a window in.
    fn ask(&mut self, asked: Asked, sequence: impl Iterator<Item = u32>) {
        self.batch.push(sequence);
        self.windows.push(asked);
    }

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
        let vectors = narrowed(&segment_means(&hidden, segments)?.flatten_all()?.to_vec1::<f32>()?);
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

/// Encodes what is left of several documents together, windows of about one length side by side: the cores then have as much
/// to do as one another from the first to the last of a round.
///
/// # Errors
/// When a computation fails.
pub fn encode_all(encoder: &Encoder, documents: &mut [DocumentEncoder]) -> Result<()> {
    let mut asked = Vec::new();
    for (number, document) in documents.iter_mut().enumerate() {
        for window in 0..document.windows() {
            if !document.done[window] {
                asked.extend(document.recall(encoder, (number, window)));
            }
        }
    }
    let length = |documents: &[DocumentEncoder], asked: &Asked| documents[asked.document].length(asked.window);
    asked.sort_by_key(|asked| Reverse(length(documents, asked)));
    let mut round = Round::default();
    for asked in asked {
        if !round.has_room(length(documents, &asked)) {
            std::mem::take(&mut round).encode(encoder, documents)?;
        }
        let sequence = documents[asked.document].sequence(encoder, asked.window);
        round.ask(asked, sequence);
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
    words: usize,
    /// Row-major, as far as the last word whose window is encoded: whoever encodes makes room, not whoever reads.
    vectors: Vec<f16>,
    /// What words have so far that windows share between them.
    shared: HashMap<usize, Vec<f32>>,
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
        let (vectors, shared) = Default::default();
        Ok(Self { alignment, plan, pooling: options.pooling, hidden, words: words.len(), vectors, shared, done })
    }

    /// Number of windows.
    pub fn windows(&self) -> usize {
        self.done.len()
    }

    /// Number of subwords.
    pub fn subwords(&self) -> usize {
        self.alignment.ids.len()
    }

    /// Number of rows that are still to be encoded.
    pub fn rows_left(&self) -> usize {
        (0..self.windows()).filter(|&window| !self.done[window]).map(|window| self.length(window)).sum()
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
            if let Some(asked) = self.recall(encoder, (0, window)) {
                if !round.has_room(self.length(window)) {
                    break;
                }
                round.ask(asked, self.sequence(encoder, window));
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

    /// Takes a window from the cache; if it isn't there, gives what is to be encoded. `document` is its number in a round.
    fn recall(&mut self, encoder: &Encoder, (document, window): (usize, usize)) -> Option<Asked> {
        let rows = self.rows(window);
        let Some((cache, arithmetic)) = encoder.cache() else { return Some(Asked { document, window, rows, key: None }) };
        let key = Key::new(arithmetic, self.pooling, self.sequence(encoder, window), &rows);
        match cache.get(&key, rows.len() * self.hidden) {
            Some(vectors) => {
                self.take(window, &vectors);
                None
            }
            None => Some(Asked { document, window, rows, key: Some(key) }),
        }
    }

    /// Length of a window's sequence.
    fn length(&self, window: usize) -> usize {
        self.plan.windows[window].len() + 2
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
    fn take(&mut self, window: usize, vectors: &[f16]) {
        let pieces = std::mem::take(&mut self.plan.pieces[window]);
        self.reach(pieces.last().map_or(0, |last| last.word + 1));
        pieces.iter().zip(vectors.chunks_exact(self.hidden)).for_each(|(piece, vector)| self.put(piece, vector));
        self.plan.pieces[window] = pieces;
        self.done[window] = true;
    }

    /// Makes room for the vectors of so many words.
    fn reach(&mut self, words: usize) {
        let (most, length) = (self.words * self.hidden, words * self.hidden);
        if self.vectors.len() < length {
            self.vectors.reserve_exact(most - self.vectors.len());
            self.vectors.resize(length, f16::ZERO);
        }
    }

    /// Gives a piece's vector to its word. A word in several pieces gets their mean, weighted by subwords (with first and
    /// last pooling, its first or last piece's).
    fn put(&mut self, piece: &Piece, vector: &[f16]) {
        let subwords = self.alignment.subwords(piece.word);
        let into = &mut self.vectors[piece.word * self.hidden..(piece.word + 1) * self.hidden];
        if subwords == (piece.start..piece.end) {
            return into.copy_from_slice(vector);
        }
        let share = match self.pooling {
            Pooling::Mean => (piece.end - piece.start) as f32 / subwords.len() as f32,
            Pooling::First => f32::from(piece.start == subwords.start),
            Pooling::Last => f32::from(piece.end == subwords.end),
        };
        let sum = self.shared.entry(piece.word).or_insert_with(|| vec![0.0; self.hidden]);
        sum.iter_mut().zip(widened(vector)).for_each(|(sum, value)| *sum += value * share);
        into.copy_from_slice(&narrowed(sum));
    }

    /// The vectors so far, row-major, words × hidden, as far as the last word whose window is done; zeros before it for
    /// words whose windows are not.
    pub fn vectors(&self) -> &[f16] {
        &self.vectors
    }

    /// All vectors, row-major, words × hidden. Call when no window is left.
    pub fn into_vectors(mut self) -> Vectors {
        self.reach(self.words);
        self.vectors.into()
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
    Ok(document.into_vectors().wide())
}
