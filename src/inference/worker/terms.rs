//! What a head says of words, suggestions by seed terms included.

use super::Worker;
use crate::formats::Loaded;
use crate::head::Head;
use crate::inference::cache::Encoded;
use crate::inference::seeds;

impl Worker<'_> {
    /// Looks for seed terms in a document whose vectors are there, if that was not done yet: another worker has left them.
    pub(super) fn look_for_terms(&mut self, document: usize, encoded: &Encoded) {
        if self.terms.is_empty() || self.found.contains_key(&document) {
            return;
        }
        let same = |loaded: &Loaded| loaded.document.text_hash() == encoded.hash;
        let loaded = self.setup.corpus.load(document).ok().filter(same);
        let found = loaded.map(|loaded| self.terms.find(&loaded.document.text, &encoded.words)).unwrap_or_default();
        self.found.insert(document, found.into());
    }

    /// What the active head says of words of a document, from the one numbered `first` on, by their vectors.
    pub(super) fn predict(&self, document: usize, vectors: &[f32], first: usize) -> Result<Vec<f32>, String> {
        self.predict_by(&self.head, document, vectors, first)
    }

    pub(super) fn predict_by(&self, head: &Head, document: usize, vectors: &[f32], first: usize) -> Result<Vec<f32>, String> {
        let found = self.found.get(&document).map_or(&[][..], |found| found);
        seeds::probabilities(head, vectors, first, found).map_err(|error| error.to_string())
    }
}
