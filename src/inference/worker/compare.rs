//! Which words' label sets flip when another version becomes active.

use std::collections::VecDeque;
use std::sync::Arc;

use rayon::prelude::*;

use super::Worker;
use crate::domain::{Annotations, Changes, Flip, LabelSet, MAX_FLIPS, Predictions, Turned, Word};
use crate::head::Head;
use crate::inference::cache::Encoded;
use crate::inference::protocol::Reply;

/// A search for the words whose label sets differ between the head before and the active one.
pub(super) struct Comparison {
    before: Head,
    documents: VecDeque<usize>,
    /// What was found so far.
    changes: Changes,
}

impl Comparison {
    /// Of the head before, of version `from`, with the active one, over these documents.
    pub(super) fn new(from: u64, before: Head, documents: Vec<usize>) -> Self {
        let changes = Changes { from, turned: Turned::new(before.labels()), ..Changes::default() };
        Self { before, documents: documents.into(), changes }
    }

    /// Takes in what has changed in a document whose text can be read again, unless it has changed.
    fn take(&mut self, document: usize, encoded: &Encoded, changed: Vec<Changed>, text: impl FnOnce() -> Option<Arc<str>>) {
        let Changes { turned, flips, texts, .. } = &mut self.changes;
        turned.read += 1;
        if changed.is_empty() {
            return;
        }
        turned.documents += 1;
        changed.iter().for_each(|(_, (before, after))| turned.count(*before, *after));
        let room = MAX_FLIPS.saturating_sub(flips.len());
        if room == 0 {
            return;
        }
        texts.insert(document, encoded.hash);
        let text = text().unwrap_or_else(|| "".into());
        flips.extend(changed.into_iter().take(room).map(|(word, (before, after))| {
            let Word { start, end, .. } = encoded.words[word];
            Flip { document, word, text: text.get(start..end).unwrap_or_default().into(), before, after }
        }));
    }
}

/// A word, and what is shown of it by the head before and the active one.
type Changed = (usize, (LabelSet, LabelSet));

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
        let (decisions, none) = (&self.orders.decisions, Annotations::default());
        let compared = |(document, encoded): &(usize, Encoded)| -> Result<_, String> {
            let vectors = encoded.vectors.halves();
            let probabilities = reader.predict_by(before, *document, vectors, 0)?;
            let before = sets(before, probabilities, encoded);
            let probabilities = reader.predict(*document, vectors, 0)?;
            let summary = self.round.wants(*document).then(|| reader.summary(*document, encoded, probabilities.clone()));
            let both = before.into_iter().zip(sets(after, probabilities, encoded)).enumerate();
            let changed = both.filter(|(word, (before, after))| before != after && encoded.words[*word].alphanumeric);
            // A decision holds whatever a version says.
            let annotations = decisions.of(*document).map_or(&none, |known| known);
            let shown = |word, predicted| annotations.shown(word, after.labels(), predicted);
            let changed = changed.map(|(word, (was, is))| (word, (shown(word, was), shown(word, is))));
            let changed = changed.filter(|(_, (before, after))| before != after && !decisions.whole(*document));
            Ok((changed.collect::<Vec<Changed>>(), summary))
        };
        let compared: Vec<_> = documents.par_iter().map(compared).collect::<Result<_, _>>()?;
        for ((document, encoded), (changed, summary)) in documents.iter().zip(compared) {
            comparison.take(*document, encoded, changed, || self.text(*document, encoded));
            if let Some(summary) = summary {
                self.note(*document, summary);
            }
        }
        self.orders.blame.went_well();
        if comparison.documents.is_empty() {
            (self.send)(Reply::Flipped(Box::new(Changes { to: self.version, ..comparison.changes })));
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
