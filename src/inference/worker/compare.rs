//! Which words' label sets flip when another version becomes active.

use std::collections::VecDeque;

use super::Worker;
use crate::domain::{LabelSet, Predictions, Word};
use crate::head::Head;
use crate::inference::protocol::{Flip, MAX_FLIPS, Reply};

/// A search for the words whose label sets differ between the head before and the active one.
pub(super) struct Comparison {
    from: u64,
    before: Head,
    documents: VecDeque<usize>,
    flips: Vec<Flip>,
}

impl Comparison {
    /// Of the head before, of version `from`, with the active one, over these documents.
    pub(super) fn new(from: u64, before: Head, documents: Vec<usize>) -> Self {
        Self { from, before, documents: documents.into(), flips: Vec::new() }
    }
}

impl Worker<'_> {
    /// Compares the next document's label sets; reports the words that flipped when all are compared.
    pub(super) fn compare(&mut self) -> Result<(), String> {
        let Some(mut comparison) = self.comparison.take() else { return Ok(()) };
        let full = comparison.flips.len() >= MAX_FLIPS;
        let Some(document) = comparison.documents.pop_front().filter(|_| !full) else {
            comparison.flips.truncate(MAX_FLIPS);
            let Comparison { from, flips, .. } = comparison;
            (self.send)(Reply::Flipped { from, to: self.version, flips });
            return Ok(());
        };
        let cached = self.cache.lock().get(document);
        if let Some(encoded) = cached.filter(|encoded| !encoded.words.is_empty()) {
            self.look_for_terms(document, &encoded);
            let sets = |head: &Head| -> Result<Vec<LabelSet>, String> {
                let probabilities = self.predict_by(head, document, &encoded.vectors, 0)?;
                let predictions = Predictions::new(0, head.labels(), probabilities);
                Ok((0..encoded.words.len()).map(|word| predictions.predicted(word, &head.meta.thresholds)).collect())
            };
            let both = sets(&comparison.before)?.into_iter().zip(sets(&self.head)?).enumerate();
            let changed = both.filter(|(word, (before, after))| before != after && encoded.words[*word].alphanumeric);
            let mut changed = changed.peekable();
            let text = changed.peek().and_then(|_| self.text(document, &encoded)).unwrap_or_else(|| "".into());
            comparison.flips.extend(changed.map(|(word, (before, after))| {
                let Word { start, end, .. } = encoded.words[word];
                Flip { document, word, text: text.get(start..end).unwrap_or_default().into(), before, after }
            }));
        }
        self.comparison = Some(comparison);
        Ok(())
    }
}
