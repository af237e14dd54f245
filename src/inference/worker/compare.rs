//! Which words' label sets flip when another version becomes active.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::Worker;
use crate::domain::{LabelSet, Predictions, Word};
use crate::head::Head;
use crate::inference::cache::Encoded;
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
    /// Compares the next documents' label sets, and sums up what the active head says of them; reports the words that
    /// flipped when all are compared.
    pub(super) fn compare(&mut self) -> Result<(), String> {
        let Some(mut comparison) = self.comparison.take() else { return Ok(()) };
        // Those that were forgotten meanwhile, or can't be computed, are passed over.
        while let Some(document) = comparison.documents.front()
            && (self.orders.blame.is_bad(*document) || !self.cache.lock().has(*document))
        {
            comparison.documents.pop_front();
        }
        let documents = self.at_hand(self.orders.blame.together(comparison.documents.make_contiguous()));
        self.orders.blame.at_work(documents.iter().map(|(document, _)| *document));
        comparison.documents.drain(..documents.len());
        documents.iter().for_each(|(document, encoded)| self.look_for_terms(*document, encoded));
        let (reader, before, after) = (self.reader(), &comparison.before, &self.head);
        let compared = |(document, encoded): &(usize, Encoded)| -> Result<_, String> {
            let vectors = encoded.vectors.halves();
            let probabilities = reader.predict_by(before, *document, vectors, 0)?;
            let before = sets(before, probabilities, encoded);
            let probabilities = reader.predict(*document, vectors, 0)?;
            let summary = self.round.wants(*document).then(|| reader.summary(*document, encoded, probabilities.clone()));
            let both = before.into_iter().zip(sets(after, probabilities, encoded)).enumerate();
            let changed = both.filter(|(word, (before, after))| before != after && encoded.words[*word].alphanumeric);
            Ok((changed.collect::<Vec<_>>(), summary))
        };
        let compared: Vec<_> = documents.par_iter().map(compared).collect::<Result<_, _>>()?;
        for ((document, encoded), (changed, summary)) in documents.iter().zip(compared) {
            let text = if changed.is_empty() { None } else { self.text(*document, encoded) }.unwrap_or_else(|| "".into());
            comparison.flips.extend(changed.into_iter().map(|(word, (before, after))| {
                let Word { start, end, .. } = encoded.words[word];
                Flip { document: *document, word, text: text.get(start..end).unwrap_or_default().into(), before, after }
            }));
            if let Some(summary) = summary {
                self.note(*document, summary);
            }
        }
        self.orders.blame.went_well();
        if comparison.documents.is_empty() || comparison.flips.len() >= MAX_FLIPS {
            comparison.flips.truncate(MAX_FLIPS);
            let Comparison { from, flips, .. } = comparison;
            (self.send)(Reply::Flipped { from, to: self.version, flips });
        } else {
            self.comparison = Some(comparison);
        }
        // What is told of all documents comes after what has changed in them.
        self.progress();
        Ok(())
    }
}

/// The label sets that a head shows.
fn sets(head: &Head, probabilities: Vec<f32>, encoded: &Encoded) -> Vec<LabelSet> {
    if encoded.words.is_empty() {
        return Vec::new();
    }
    let predictions = Predictions::new(0, head.labels(), probabilities);
    (0..encoded.words.len()).map(|word| predictions.predicted(word, &head.meta.thresholds)).collect()
}
