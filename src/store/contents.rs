//! What can be asked of many documents without opening them: which words they contain, and who has worked on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::DocumentId;

use super::corpus::CorpusSource;
use super::error::StoreError;
use super::project::Project;
use super::projection;

/// So many bytes of text are read for one answer, and the document in which they end.
const PORTION: usize = 512 * 1024;

/// Which of some words, given in lower case, each document contains: a bit a word, in their order. Long documents end the
/// answer early; one that cannot be read contains nothing.
pub(super) fn contents(corpus: &dyn CorpusSource, words: &[String], documents: Vec<usize>) -> Vec<(usize, u32)> {
    let (mut found, mut read) = (Vec::with_capacity(documents.len()), 0);
    for document in documents {
        if read >= PORTION {
            break;
        }
        let loaded = if document < corpus.len() { corpus.load(document).ok() } else { None };
        let text = loaded.map(|(document, _)| document.text.to_lowercase()).unwrap_or_default();
        read += text.len();
        let bit = |(at, word): (usize, &String)| u32::from(text.contains(word.as_str())) << at;
        found.push((document, words.iter().take(32).enumerate().map(bit).sum()));
    }
    found
}

/// Somebody, and the documents in which they have decided something.
pub type DecidedBy = (Arc<str>, Vec<usize>);

impl Project {
    /// Whose word stands on which documents: who has decided something, or said something as a whole, that was neither taken
    /// back nor decided over; `index` gives a document's place in the corpus.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn annotators(&self, index: impl Fn(&DocumentId) -> Option<usize>) -> Result<Vec<DecidedBy>, StoreError> {
        let mut all: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (id, row) in projection::rows(self.connection())? {
            let Some(index) = index(&DocumentId::from(id.as_str())) else { continue };
            row.deciders.into_iter().for_each(|annotator| all.entry(annotator).or_default().push(index));
        }
        Ok(all.into_iter().map(|(annotator, documents)| (annotator.into(), documents)).collect())
    }

    /// Whose word stands on one document.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn deciders(&self, id: &DocumentId) -> Result<Vec<Arc<str>>, StoreError> {
        let row = projection::row(self.connection(), id.as_str())?.unwrap_or_default();
        Ok(row.deciders.into_iter().map(Arc::from).collect())
    }
}
