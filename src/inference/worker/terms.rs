//! The seed terms of labels, in the documents.

use std::sync::Arc;

use super::Worker;
use crate::formats::Loaded;
use crate::inference::cache::Encoded;

impl Worker<'_> {
    /// Looks for seed terms in a document whose vectors are there, if that was not done yet: another worker has left them.
    pub(super) fn look_for_terms(&mut self, document: usize, encoded: &Encoded) {
        if self.terms.is_empty() || self.found.contains_key(&document) {
            return;
        }
        let text = self.text(document, encoded);
        let found = text.map(|text| self.terms.find(&text, &encoded.words)).unwrap_or_default();
        self.found.insert(document, found.into());
    }

    /// The text that a document's vectors are of, unless it can't be read again or is another one by now.
    pub(super) fn text(&self, document: usize, encoded: &Encoded) -> Option<Arc<str>> {
        let same = |loaded: &Loaded| loaded.document.text_hash() == encoded.hash;
        self.setup.corpus.load(document).ok().filter(same).map(|loaded| loaded.document.text)
    }
}
