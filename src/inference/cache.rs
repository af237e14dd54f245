//! Word vectors kept in memory, so that training never encodes again and another head costs one small product.

use std::collections::HashMap;
use std::sync::Arc;

/// At most this many bytes of word vectors are kept: about 700,000 words of a MiniLM.
const BUDGET: usize = 1 << 30;

/// Word vectors of whole documents, by index in the corpus. When the budget is spent, the documents that were used
/// longest ago are forgotten.
#[derive(Debug)]
pub struct VectorCache {
    entries: HashMap<usize, Entry>,
    bytes: usize,
    budget: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    vectors: Arc<[f32]>,
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
        Self { entries: HashMap::new(), bytes: 0, budget, clock: 0 }
    }

    /// The vectors of a document.
    pub fn get(&mut self, document: usize) -> Option<Arc<[f32]>> {
        self.clock += 1;
        let entry = self.entries.get_mut(&document)?;
        entry.used = self.clock;
        Some(entry.vectors.clone())
    }

    /// Whether a document's vectors are there.
    pub fn contains(&self, document: usize) -> bool {
        self.entries.contains_key(&document)
    }

    /// Keeps a document's vectors.
    pub fn put(&mut self, document: usize, vectors: Arc<[f32]>) {
        self.clock += 1;
        self.bytes += size(&vectors);
        if let Some(old) = self.entries.insert(document, Entry { vectors, used: self.clock }) {
            self.bytes -= size(&old.vectors);
        }
        while self.bytes > self.budget && self.entries.len() > 1 {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(&document, _)| document);
            let Some(forgotten) = oldest.and_then(|document| self.entries.remove(&document)) else { break };
            self.bytes -= size(&forgotten.vectors);
        }
    }

    /// The documents whose vectors are there, in order of the corpus.
    pub fn documents(&self) -> Vec<usize> {
        let mut documents: Vec<usize> = self.entries.keys().copied().collect();
        documents.sort_unstable();
        documents
    }
}

fn size(vectors: &[f32]) -> usize {
    std::mem::size_of_val(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_used_longest_ago_goes_first() {
        let mut cache = VectorCache::with_budget(3 * 40);
        let vectors = || Arc::from([0.0f32; 10].as_slice());
        (0..3).for_each(|document| cache.put(document, vectors()));
        cache.get(0);
        cache.put(3, vectors());
        assert_eq!(cache.documents(), [0, 2, 3]);
        cache.put(4, Arc::from([0.0f32; 100].as_slice()));
        assert_eq!(cache.documents(), [4], "one document larger than the budget is kept all the same");
    }
}
