//! Which words' label sets flip when another version becomes active: first in the documents whose vectors are in memory, then,
//! as these are read again anyway, in the others that the version before had read.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use rayon::prelude::*;

use super::Worker;
use super::reading::Reader;
use crate::domain::{Annotations, Changes, Flip, LabelSet, MAX_FLIPS, Predictions, Turned, Word};
use crate::head::Head;
use crate::inference::cache::Encoded;
use crate::inference::protocol::Reply;

/// A search for the words whose label sets differ between the head before and the active one.
pub(super) struct Comparison {
    before: Head,
    /// Documents whose vectors are in memory.
    documents: VecDeque<usize>,
    /// Documents that are compared when they are read again.
    beyond: HashSet<usize>,
    /// What was found so far, and not told yet.
    changes: Changes,
}

impl Comparison {
    /// Of the head before, of version `from`, with the active one, over these documents, and then over those `beyond`.
    pub(super) fn new(from: u64, before: Head, documents: Vec<usize>, beyond: HashSet<usize>) -> Self {
        let changes = Changes { from, turned: Turned::new(before.labels()), ..Changes::default() };
        Self { before, documents: documents.into(), beyond, changes }
    }

    /// What was found since this was asked last.
    fn told(&mut self, to: u64) -> Box<Changes> {
        let (from, turned) = (self.changes.from, Turned::new(self.before.labels()));
        let mut found = std::mem::replace(&mut self.changes, Changes { from, turned, ..Changes::default() });
        found.flips.sort_by_key(|flip| (flip.document, flip.word));
        Box::new(Changes { to, ..found })
    }

    /// The head before, if a document is to be compared when it is read.
    pub(super) fn before(&self, document: usize) -> Option<&Head> {
        self.beyond.contains(&document).then_some(&self.before)
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
pub(super) type Changed = (usize, (LabelSet, LabelSet));

impl Reader<'_> {
    /// The words of a document of which the active head, which gives these probabilities, shows something else than the head
    /// before did. A decision holds whatever a version says.
    pub(super) fn changed(
        &self,
        before: &Head,
        document: usize,
        encoded: &Encoded,
        probabilities: Vec<f32>,
    ) -> Result<Vec<Changed>, String> {
        let was = sets(before, self.predict_by(before, document, encoded.vectors.halves(), 0)?);
        let both = was.into_iter().zip(sets(self.head, probabilities)).enumerate();
        let changed = both.filter(|(word, (was, is))| was != is && encoded.words[*word].alphanumeric);
        let none = Annotations::default();
        let annotations = self.decisions.of(document).map_or(&none, |known| known);
        let shown = |word, predicted| annotations.shown(word, self.head.labels(), predicted);
        let changed = changed.map(|(word, (was, is))| (word, (shown(word, was), shown(word, is))));
        Ok(changed.filter(|(_, (was, is))| was != is && !self.decisions.whole(document)).collect())
    }
}

impl Worker<'_> {
    /// Compares the next documents' label sets, and sums up what the active head says of them; reports the words that
    /// flipped when all are compared.
    pub(super) fn compare(&mut self) -> Result<(), String> {
        let Some(mut comparison) = self.comparison.take() else { return Ok(()) };
        while let Some(&document) = comparison.documents.front()
            && (self.orders.blame.is_bad(document) || !self.cache.lock().has(document))
        {
            comparison.documents.pop_front();
            // It was forgotten meanwhile, and will be read again, unless it was or can't be.
            if self.round.wants(document) && !self.orders.blame.is_bad(document) {
                comparison.beyond.insert(document);
            }
        }
        let documents = self.at_hand(self.orders.blame.together(comparison.documents.make_contiguous()));
        self.orders.blame.at_work(documents.iter().map(|(document, _)| *document));
        comparison.documents.drain(..documents.len());
        documents.iter().for_each(|(document, encoded)| self.look_for_terms(*document, encoded));
        let (reader, before, round) = (self.reader(), &comparison.before, &self.round);
        let compared = |(document, encoded): &(usize, Encoded)| -> Result<_, String> {
            let probabilities = reader.predict(*document, encoded.vectors.halves(), 0)?;
            let summary = round.wants(*document).then(|| reader.summary(*document, encoded, probabilities.clone()));
            Ok((reader.changed(before, *document, encoded, probabilities)?, summary))
        };
        let compared: Vec<_> = documents.par_iter().map(compared).collect::<Result<_, _>>()?;
        for ((document, encoded), (changed, summary)) in documents.iter().zip(compared) {
            comparison.take(*document, encoded, changed, || self.text(*document, encoded));
            if let Some(summary) = summary {
                self.note(*document, encoded, summary);
            }
        }
        self.orders.blame.went_well();
        if comparison.documents.is_empty() {
            (self.send)(Reply::Flipped(comparison.told(self.version)));
            self.beyond = Some(comparison).filter(|comparison| !comparison.beyond.is_empty());
        } else {
            self.comparison = Some(comparison);
        }
        // What is told of all documents comes after what has changed in them.
        self.progress();
        Ok(())
    }

    /// Takes in what has changed in a document beyond memory that was read again (`None` where it could not be), and reports it
    /// with the others when it was the last of them.
    pub(super) fn take_beyond(&mut self, document: usize, read: Option<(&Encoded, Vec<Changed>)>) {
        // One that is on screen may be read before those in memory are compared: then it is told with these.
        if let Some(mut comparison) = self.comparison.take_if(|comparison| comparison.beyond.remove(&document)) {
            if let Some((encoded, changed)) = read {
                comparison.take(document, encoded, changed, || self.text(document, encoded));
            }
            self.comparison = Some(comparison);
        } else if let Some(mut comparison) = self.beyond.take_if(|comparison| comparison.beyond.remove(&document)) {
            if let Some((encoded, changed)) = read {
                comparison.take(document, encoded, changed, || self.text(document, encoded));
            }
            if comparison.beyond.is_empty() {
                (self.send)(Reply::FlippedBeyond(comparison.told(self.version)));
            } else {
                self.beyond = Some(comparison);
            }
        }
    }
}

/// The label sets that a head shows.
fn sets(head: &Head, probabilities: Vec<f32>) -> Vec<LabelSet> {
    Predictions::new(0, head.labels(), probabilities).sets(&head.meta.thresholds)
}
