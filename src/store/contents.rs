//! What can be asked of many documents without opening them: which words they contain, and who has worked on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::DocumentId;

use super::corpus::CorpusSource;
use super::error::StoreError;
use super::project::Project;

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
    /// Who has decided something, or said something as a whole, of which documents; `index` gives a document's place in
    /// the corpus.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn annotators(&self, index: impl Fn(&DocumentId) -> Option<usize>) -> Result<Vec<DecidedBy>, StoreError> {
        const SQL: &str = "SELECT DISTINCT annotator, document FROM event WHERE kind IN ('edit', 'review')";
        let mut statement = self.connection().prepare_cached(SQL)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        let mut all: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for row in rows {
            let (annotator, document) = row?;
            all.entry(annotator).or_default().extend(index(&DocumentId::from(document.as_str())));
        }
        Ok(all.into_iter().map(|(annotator, documents)| (annotator.into(), documents)).collect())
    }
}
