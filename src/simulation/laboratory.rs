//! The corpora of a simulation as word vectors, which are computed once.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::SimulationError;
use crate::domain::{LabelScheme, LabelSet, Words};
use crate::encoder::words::encode;
use crate::encoder::{EncodeOptions, Encoder};
use crate::head::Examples;
use crate::metrics::Counts;
use crate::training::GoldDocument;

/// A document of a [`Part`].
#[derive(Clone, Debug)]
pub struct Text {
    /// Its text.
    pub text: Arc<str>,
    /// Its words.
    pub words: Words,
    /// The gold label set of each word.
    pub sets: Vec<LabelSet>,
    /// Where the rows of its words begin.
    pub first: usize,
}

impl Text {
    /// The rows of its words.
    pub fn rows(&self) -> Range<usize> {
        self.first..self.first + self.words.len()
    }
}

/// A labelled corpus, a row a word.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its documents.
    pub texts: Vec<Text>,
    /// Vectors, gold and weights of all words; words without an alphanumeric character weigh nothing.
    pub examples: Arc<Examples>,
}

/// What a simulation works with.
#[derive(Debug)]
pub struct Laboratory {
    /// The labels.
    pub scheme: LabelScheme,
    /// Hash of the encoder.
    pub encoder: String,
    /// What the annotator picks from.
    pub pool: Part,
    /// What the head is judged on.
    pub test: Part,
}

impl Laboratory {
    /// Encodes both corpora, whose sets are of `scheme`; `watch` is told how many documents of all are done.
    ///
    /// # Errors
    /// When a text can't be encoded, or `watch` stops it.
    pub fn new(
        (encoder, options): (&Encoder, EncodeOptions),
        scheme: LabelScheme,
        [pool, test]: [Vec<GoldDocument>; 2],
        mut watch: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Self, SimulationError> {
        let total = pool.len() + test.len();
        let mut done = 0;
        let mut part = |documents: Vec<GoldDocument>| {
            let inputs = encoder.bert.config.hidden;
            let mut examples = Examples { inputs, labels: scheme.len(), ..Examples::default() };
            let mut texts = Vec::with_capacity(documents.len());
            for GoldDocument { text, words, sets } in documents {
                let first = examples.rows();
                examples.vectors.extend(encode(encoder, &text, &words, options)?);
                for (word, set) in words.iter().zip(&sets) {
                    examples.targets.extend((0..scheme.len()).map(|label| f32::from(u8::from(set.contains(label)))));
                    examples.weights.extend((0..scheme.len()).map(|_| f32::from(u8::from(word.alphanumeric))));
                }
                texts.push(Text { text, words, sets, first });
                done += 1;
                if watch(done, total).is_break() {
                    return Err(SimulationError::Stopped);
                }
            }
            Ok(Part { texts, examples: Arc::new(examples) })
        };
        Ok(Self { pool: part(pool)?, test: part(test)?, encoder: encoder.hash.clone(), scheme })
    }
}

impl Part {
    /// Number of words with an alphanumeric character.
    pub fn words(&self) -> usize {
        self.texts.iter().flat_map(|text| text.words.iter()).filter(|word| word.alphanumeric).count()
    }

    /// Counts the cells of all alphanumeric words under probabilities, row-major, rows × labels.
    pub fn counts(&self, probabilities: &[f32], thresholds: &[f32]) -> Counts {
        let labels = thresholds.len();
        let mut counts = Counts::default();
        for text in &self.texts {
            for (word, row) in text
                .words
                .iter()
                .zip(text.rows())
                .zip(&text.sets)
                .filter_map(|((word, row), set)| word.alphanumeric.then_some((*set, row)))
            {
                counts += Counts::of_word(word, shown(&probabilities[row * labels..(row + 1) * labels], thresholds), labels);
            }
        }
        counts
    }
}

/// The labels whose probabilities reach their thresholds.
pub fn shown(probabilities: &[f32], thresholds: &[f32]) -> LabelSet {
    probabilities.iter().zip(thresholds).enumerate().filter(|(_, (p, t))| p >= t).map(|(label, _)| label).collect()
}
