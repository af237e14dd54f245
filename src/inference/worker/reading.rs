//! What a version says of documents, summed up. Several are read side by side, on all cores; what comes of it is written
//! down one by one.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::compare::Changed;
use super::ranking::{AsRead, Decisions, Summaries};
use super::{Opened, Worker};
use crate::active_learning::{Item, UNCERTAIN, document_uncertainty, is_uncertain};
use crate::domain::{Annotations, LabelSet, Predictions, Shown};
use crate::encoder::vectors::f16;
use crate::encoder::words::{STEP, encode_all};
use crate::head::Head;
use crate::inference::cache::Encoded;
use crate::inference::draws::Draws;
use crate::inference::protocol::Reply;
use crate::inference::seeds;

/// So many documents are read together at most, and so many words of them: some milliseconds of work.
const DOCUMENTS: usize = 64;
const WORDS: usize = 4096;

/// The words that the seed terms of the labels in use find in a document.
pub(super) type Found = HashMap<usize, Arc<[(usize, LabelSet)]>>;

/// What a version says of a document.
pub(super) struct Summary {
    pub item: Item,
    uncertainty: f32,
    words: usize,
    unsure: usize,
    predicted: LabelSet,
}

/// What reading takes. Nothing of it changes meanwhile, so that all cores share it.
pub(super) struct Reader<'a> {
    pub head: &'a Head,
    draws: &'a Draws,
    version: u64,
    found: &'a Found,
    pub decisions: &'a Decisions,
    summaries: &'a Summaries,
}

impl Reader<'_> {
    /// What a head says of words of a document, from the one numbered `first` on, by their vectors.
    pub fn predict_by(&self, head: &Head, document: usize, vectors: &[f16], first: usize) -> Result<Vec<f32>, String> {
        let found = self.found.get(&document).map_or(&[][..], |found| found);
        seeds::of_halves(head, vectors, first, found).map_err(|error| error.to_string())
    }

    /// The same of the active head.
    pub fn predict(&self, document: usize, vectors: &[f16], first: usize) -> Result<Vec<f32>, String> {
        self.predict_by(self.head, document, vectors, first)
    }

    /// Sums up what the active head says of a document, beside what is decided.
    pub fn summary(&self, document: usize, encoded: &Encoded, probabilities: Vec<f32>) -> Summary {
        let predictions = Predictions::new(self.version, self.head.labels(), probabilities);
        let thresholds = &self.head.meta.thresholds;
        // A failure here shows again, and is reported, when the document is predicted.
        let disagreement = self.draws.of_halves(encoded.vectors.halves()).unwrap_or_default();
        let (words, vectors) = (&encoded.words, &encoded.vectors);
        let as_read = AsRead { words, vectors, predictions: &predictions, disagreement: &disagreement };
        let (unsure, predicted) = self.shown(document, encoded, &predictions);
        Summary {
            item: self.summaries.sum_up(document, &as_read, thresholds, self.decisions),
            uncertainty: document_uncertainty(words, &predictions, thresholds),
            words: words.iter().filter(|word| word.alphanumeric).count(),
            unsure,
            predicted,
        }
    }

    /// How many words of a document the model is unsure of, and which labels its words show, beside what is decided.
    fn shown(&self, document: usize, encoded: &Encoded, predictions: &Predictions) -> (usize, LabelSet) {
        if self.decisions.whole(document) {
            return (0, LabelSet::EMPTY);
        }
        let none = Annotations::default();
        let annotations = self.decisions.of(document).map_or(&none, |known| known);
        let shown = Shown { predictions: Some(predictions), thresholds: &self.head.meta.thresholds };
        let words = || (0..encoded.words.len()).filter(|&word| encoded.words[word].alphanumeric);
        let unsure = words().filter(|&word| is_uncertain(&encoded.words, annotations, &shown, word, UNCERTAIN)).count();
        let sets = words().map(|word| annotations.shown(word, self.head.labels(), shown.predicted(word)));
        (unsure, sets.flat_map(|set| set.iter()).collect())
    }

    /// Predicts and sums up; compares with the head before, where there is one to compare with.
    fn read(&self, (document, encoded): &(usize, Encoded), before: Option<&Head>) -> Result<(Summary, Vec<Changed>), String> {
        let probabilities = self.predict(*document, encoded.vectors.halves(), 0)?;
        let summary = self.summary(*document, encoded, probabilities.clone());
        let changed = before.map(|before| self.changed(before, *document, encoded, probabilities)).transpose()?;
        Ok((summary, changed.unwrap_or_default()))
    }
}

impl Worker<'_> {
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader {
            head: &self.head,
            draws: &self.draws,
            version: self.version,
            found: &self.found,
            decisions: &self.orders.decisions,
            summaries: &self.summaries,
        }
    }

    /// What the active head says of words of a document, from the one numbered `first` on, by their vectors.
    pub(super) fn predict(&self, document: usize, vectors: &[f16], first: usize) -> Result<Vec<f32>, String> {
        self.reader().predict(document, vectors, first)
    }

    /// Sums a document up, once a round.
    pub(super) fn summarise(&mut self, document: usize, encoded: &Encoded, probabilities: Vec<f32>) {
        if self.round.wants(document) {
            let reader = self.reader();
            let summary = reader.summary(document, encoded, probabilities.clone());
            let comparisons = [&self.comparison, &self.beyond].into_iter().flatten();
            let before = comparisons.filter_map(|comparison| comparison.before(document)).next();
            // What can't be computed has not changed for anybody.
            let changed = before.and_then(|before| reader.changed(before, document, encoded, probabilities).ok());
            self.note(document, encoded, summary);
            self.take_beyond(document, changed.map(|changed| (encoded, changed)));
            self.progress();
        }
    }

    /// Writes down what a document was summed up to, and tells it.
    pub(super) fn note(&mut self, document: usize, encoded: &Encoded, summary: Summary) {
        self.orders.decisions.locate(document, self.head.labels(), encoded, &self.summaries);
        if self.round.mark(document) {
            self.read[document] = true;
            let Summary { item, uncertainty, words, unsure, predicted } = summary;
            self.summaries.put(document, item);
            (self.send)(Reply::Summary { document, version: self.version, uncertainty, words, unsure, predicted });
        }
    }

    /// Of these documents, the first ones whose vectors are there: as many as are read together.
    pub(super) fn at_hand(&self, documents: &[usize]) -> Vec<(usize, Encoded)> {
        let (mut at_hand, mut words) = (Vec::new(), 0);
        for &document in documents.iter().take(DOCUMENTS) {
            let Some(encoded) = self.cache.lock().get(document) else { break };
            words += encoded.words.len();
            at_hand.push((document, encoded));
            if words >= WORDS {
                break;
            }
        }
        at_hand
    }

    /// Reads the next few documents of the round; false if none is left.
    pub(super) fn read_some(&mut self) -> Result<bool, String> {
        let next = self.round.ahead(DOCUMENTS);
        let next = self.orders.blame.together(&next).to_vec();
        if let [only] = next[..] {
            self.advance(only, 0, false)?;
            return Ok(true);
        }
        if next.is_empty() {
            return Ok(false);
        }
        let mut documents = self.at_hand(&next);
        self.orders.blame.at_work(documents.iter().map(|(document, _)| *document));
        if documents.is_empty() {
            self.orders.blame.at_work(next.iter().copied());
            let opened = self.open_together(&next);
            self.orders.blame.at_work(opened.iter().map(|opened| opened.document));
            if let [only] = &opened[..] {
                let document = only.document;
                self.opened.extend(opened);
                self.advance(document, 0, false)?;
                return Ok(true);
            }
            documents = self.encode_together(opened);
        }
        documents.iter().for_each(|(document, encoded)| self.look_for_terms(*document, encoded));
        let (reader, beyond) = (self.reader(), self.beyond.as_ref());
        let read =
            |document: &(usize, Encoded)| reader.read(document, beyond.and_then(|comparison| comparison.before(document.0)));
        let read: Vec<_> = documents.par_iter().map(read).collect::<Result<_, _>>()?;
        for ((document, encoded), (summary, changed)) in documents.iter().zip(read) {
            self.note(*document, encoded, summary);
            self.take_beyond(*document, Some((encoded, changed)));
        }
        self.orders.blame.went_well();
        self.progress();
        Ok(true)
    }

    /// Opens the first of these documents that make up one step of the encoder: a long one alone, some short ones.
    fn open_together(&mut self, documents: &[usize]) -> Vec<Opened> {
        let (mut together, mut rows) = (Vec::new(), 0);
        for &document in documents {
            if self.cache.lock().has(document) {
                continue;
            }
            let Some(opened) = self.open(document, false) else { continue };
            rows += opened.encoder.rows_left();
            if rows > STEP && !together.is_empty() {
                self.opened.push_front(opened);
                self.opened.truncate(super::MOST_OPENED);
                break;
            }
            together.push(opened);
            if rows > STEP {
                break;
            }
        }
        together
    }

    /// Encodes documents that were opened and keeps their vectors.
    fn encode_together(&mut self, opened: Vec<Opened>) -> Vec<(usize, Encoded)> {
        let (mut encoders, mut rests) = (Vec::new(), Vec::new());
        for Opened { document, id, hash, words, encoder } in opened {
            encoders.push(encoder);
            rests.push((document, id, hash, words));
        }
        let together = encode_all(&self.model.encoder, &mut encoders).is_ok();
        let mut encoded = Vec::new();
        for ((document, id, hash, words), mut encoder) in rests.into_iter().zip(encoders) {
            // What could not be computed together may be, one by one.
            if !together && encode_all(&self.model.encoder, std::slice::from_mut(&mut encoder)).is_err() {
                self.give_up(document, None);
                continue;
            }
            let own = Encoded { id, hash, words, vectors: encoder.into_vectors() };
            self.cache.lock().put(document, own.clone());
            encoded.push((document, own));
        }
        encoded
    }
}
