//! Word vectors kept in memory, so that training never encodes again and another head costs one small product.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::{DocumentId, TextHash, Words};
use crate::encoder::Vectors;

/// At most this many bytes of word vectors are kept: those of 330,000 words of a MiniLM, of 170,000 of a BERT-base. What
/// lies beyond is read from disk again, or encoded again where nothing is kept there.
const BUDGET: usize = 256 << 20;

/// A document whose words all have their vectors.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// Its id.
    pub id: DocumentId,
    /// Hash of the text that the vectors are of.
    pub hash: TextHash,
    /// Its words.
    pub words: Arc<Words>,
    /// Row-major, words × hidden.
    pub vectors: Vectors,
}

/// Word vectors of whole documents, by index in the corpus. When the budget is spent, the documents that were used
/// longest ago are forgotten.
#[derive(Debug)]
pub struct VectorCache {
    entries: HashMap<usize, Entry>,
    /// The documents by when they were used, the one longest ago first.
    by_use: BTreeMap<u64, usize>,
    bytes: usize,
    budget: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    encoded: Encoded,
    used: u64,
}

impl Default for VectorCache {
    fn default() -> Self {
        Self::with_budget(BUDGET)
    }
}

impl VectorCache {
    /// A cache of at most `budget` bytes (but always the document put in last).
    pub fn with_budget(budget: usize) -> Self {
        Self { entries: HashMap::new(), by_use: BTreeMap::new(), bytes: 0, budget, clock: 0 }
    }

    /// A document, if its vectors are there.
    pub fn get(&mut self, document: usize) -> Option<Encoded> {
        self.clock += 1;
        let entry = self.entries.get_mut(&document)?;
        self.by_use.remove(&entry.used);
        self.by_use.insert(self.clock, document);
        entry.used = self.clock;
        Some(entry.encoded.clone())
    }

    /// Whether a document's vectors are there.
    pub fn has(&self, document: usize) -> bool {
        self.entries.contains_key(&document)
    }

    /// Keeps a document.
    pub fn put(&mut self, document: usize, encoded: Encoded) {
        self.forget(document);
        self.clock += 1;
        self.bytes += size(&encoded);
        self.by_use.insert(self.clock, document);
        self.entries.insert(document, Entry { encoded, used: self.clock });
        while self.bytes > self.budget && self.entries.len() > 1 {
            let Some((_, &oldest)) = self.by_use.first_key_value() else { break };
            self.forget(oldest);
        }
    }

    /// Forgets a document.
    pub fn forget(&mut self, document: usize) {
        if let Some(old) = self.entries.remove(&document) {
            self.by_use.remove(&old.used);
            self.bytes -= size(&old.encoded);
        }
    }

    /// Forgets the documents that `holds` is false of.
    pub fn retain(&mut self, mut holds: impl FnMut(usize, &Encoded) -> bool) {
        let gone: Vec<usize> =
            self.entries.iter().filter(|(document, entry)| !holds(**document, &entry.encoded)).map(|(&it, _)| it).collect();
        gone.into_iter().for_each(|document| self.forget(document));
    }

    /// The documents whose vectors are there, in order of the corpus.
    pub fn documents(&self) -> Vec<usize> {
        let mut documents: Vec<usize> = self.entries.keys().copied().collect();
        documents.sort_unstable();
        documents
    }
}

/// Word vectors that one worker leaves to the next: they are the same whatever the labels are.
#[derive(Clone, Debug, Default)]
pub struct SharedVectors(Arc<Mutex<VectorCache>>);

impl SharedVectors {
    /// Vectors of at most so many bytes (but always the document put in last).
    pub fn with_budget(budget: usize) -> Self {
        Self(Arc::new(Mutex::new(VectorCache::with_budget(budget))))
    }

    /// The vectors, for as long as they are held: a moment.
    pub fn lock(&self) -> MutexGuard<'_, VectorCache> {
        // Whatever a worker was at when it panicked, its documents are in whole or not at all.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(encoded: &Encoded) -> usize {
    std::mem::size_of_val(encoded.vectors.halves()) + std::mem::size_of_val(&**encoded.words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_used_longest_ago_goes_first() {
        let mut cache = VectorCache::with_budget(3 * 20);
        let encoded = |numbers| Encoded {
            id: "n".into(),
            hash: TextHash::of(""),
            words: Arc::default(),
            vectors: vec![0.0; numbers].into(),
        };
        (0..3).for_each(|document| cache.put(document, encoded(10)));
        cache.get(0);
        cache.put(3, encoded(10));
        assert_eq!(cache.documents(), [0, 2, 3]);
        cache.put(4, encoded(100));
        assert_eq!(cache.documents(), [4], "one document larger than the budget is kept all the same");
    }
}
