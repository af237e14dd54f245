//! From gold documents to windows with targets.

use std::ops::Range;
use std::sync::Arc;

use crate::domain::{LabelSet, Words};
use crate::encoder::{EncodeOptions, Encoder, EncoderError};
use crate::tokenization::{WindowOptions, WindowPlan};

/// A labelled document.
#[derive(Clone, Debug)]
pub struct GoldDocument {
    /// Its text.
    pub text: Arc<str>,
    /// Its words.
    pub words: Words,
    /// The label set of each word.
    pub sets: Vec<LabelSet>,
}

/// One window to learn from.
#[derive(Clone, Debug)]
pub struct Example {
    /// Subword ids with `[CLS]` and `[SEP]`.
    pub ids: Vec<u32>,
    /// For each word that is judged here, the rows that make its vector, counted in the window.
    pub segments: Vec<Range<usize>>,
    /// The label set of each of these words.
    pub targets: Vec<LabelSet>,
}

impl Example {
    /// The subword ids with those of the words that `hide` picks replaced by `mask`. What stands around a hidden word has
    /// to tell its labels, so that the encoder relies less on words it knows by heart.
    pub fn masked(&self, mask: u32, mut hide: impl FnMut() -> bool) -> Vec<u32> {
        let mut ids = self.ids.clone();
        for segment in self.segments.iter().filter(|_| hide()) {
            ids[segment.clone()].fill(mask);
        }
        ids
    }
}

/// Cuts documents into examples. `shorten` gives, for each document, by how many subwords its windows are shorter than
/// usual: another number each epoch puts the cuts elsewhere, so that no word always stands at an edge.
///
/// # Errors
/// When the tokenizer fails on a text.
pub fn examples(
    encoder: &Encoder,
    documents: &[GoldDocument],
    options: EncodeOptions,
    mut shorten: impl FnMut() -> usize,
) -> Result<Vec<Example>, EncoderError> {
    let mut examples = Vec::new();
    for document in documents {
        let alignment = encoder.tokenizer.align(&document.text, &document.words)?;
        let longest = options.windows.length.min(encoder.bert.config.positions - 2);
        let windows = WindowOptions { length: longest.saturating_sub(shorten()).max(1), ..options.windows };
        let plan = WindowPlan::new(&document.text, &document.words, &alignment, windows);
        for (window, pieces) in plan.windows.iter().zip(&plan.pieces) {
            let judged: Vec<_> = pieces.iter().filter(|piece| document.words[piece.word].alphanumeric).collect();
            if judged.is_empty() {
                continue;
            }
            let (cls, sep) = (encoder.tokenizer.cls, encoder.tokenizer.sep);
            examples.push(Example {
                ids: [cls].into_iter().chain(alignment.ids[window.clone()].iter().copied()).chain([sep]).collect(),
                segments: judged
                    .iter()
                    .map(|piece| options.pooling.segment(1 + piece.start - window.start..1 + piece.end - window.start))
                    .collect(),
                targets: judged.iter().map(|piece| document.sets[piece.word]).collect(),
            });
        }
    }
    Ok(examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_hidden_and_nothing_else() {
        let example = Example { ids: vec![2, 7, 8, 9, 5, 3], segments: vec![1..3, 3..4, 4..5], targets: Vec::new() };
        for (picks, expected) in [
            ([false, false, false], [2, 7, 8, 9, 5, 3]),
            ([true, false, false], [2, 4, 4, 9, 5, 3]),
            ([false, true, true], [2, 7, 8, 4, 4, 3]),
        ] {
            let mut picks = picks.into_iter();
            assert_eq!(example.masked(4, || picks.next().unwrap()), expected);
        }
    }
}
