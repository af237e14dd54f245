//! What the worker keeps of documents to rank them: for each a few numbers, never the vectors of its words.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::Worker;
use crate::active_learning::lot::{SHARE, lot, mixed};
use crate::active_learning::{Cost, DecidedWords, Item, Per, Pool, Ranked, Stretch, Survey, VectorRows, rank};
use crate::domain::{Annotations, DocumentId, Predictions, Words};
use crate::encoder::Vectors;
use crate::inference::Reply;
use crate::inference::cache::Encoded;
use crate::inference::draws::Draws;
use crate::inference::pool::{DecidedPart, Projection};
use crate::inference::protocol::{RankOrder, RankedDocument, Ranking};
use crate::tokenization::segment;

/// Strategies that choose one document in view of another make so many choices with care: it will be ranked again by then.
const FIRST: usize = 20;

/// Documents are not read again for fewer decided words to hold them against.
const LEAST_COMPARED: u64 = 200;

/// The reason of a document that was drawn before the model has read it.
const UNREAD: &str = "the model has not read it yet";

/// What is decided of documents. It outlives a restart of the worker.
#[derive(Default)]
pub(super) struct Decisions(BTreeMap<usize, Known>);

struct Known {
    part: DecidedPart,
    /// Where something is undecided besides.
    annotations: Option<Arc<Annotations>>,
}

impl Decisions {
    /// What is decided of a document that has undecided words besides; `None` if nothing is.
    pub fn of(&self, document: usize) -> Option<&Arc<Annotations>> {
        self.0.get(&document)?.annotations.as_ref()
    }

    /// Whether nothing of a document is left to decide.
    pub fn whole(&self, document: usize) -> bool {
        self.0.get(&document).is_some_and(|known| !known.part.left)
    }

    /// The documents of which nothing is left to decide.
    fn wholes(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter(|(_, known)| !known.part.left).map(|(&document, _)| document)
    }

    /// Takes in what is decided of a document by now.
    pub fn take(&mut self, document: usize, annotations: Arc<Annotations>, part: DecidedPart) {
        let annotations = part.left.then_some(annotations);
        self.0.insert(document, Known { part, annotations });
    }

    /// Takes in the vectors of a document that was decided before it was read.
    pub fn locate(&mut self, document: usize, labels: usize, encoded: &Encoded, summaries: &Summaries) {
        let Some(Known { part, annotations }) =
            self.0.get_mut(&document).filter(|known| known.part.centroid.is_empty() && !known.part.sets.is_empty())
        else {
            return;
        };
        match annotations {
            Some(annotations) => *part = summaries.part(&encoded.words, annotations, labels, &encoded.vectors),
            None => part.locate(&encoded.words, &encoded.vectors, &summaries.projection),
        }
    }

    fn count(&self) -> usize {
        self.0.values().map(|known| known.part.sets.len()).sum()
    }

    fn words(&self) -> DecidedWords {
        let mut words = DecidedWords::default();
        self.0.values().for_each(|known| known.part.add_to(&mut words));
        words
    }
}

/// A document as the worker has just read it.
pub(super) struct AsRead<'a> {
    pub words: &'a Words,
    pub vectors: &'a dyn VectorRows,
    pub predictions: &'a Predictions,
    /// How much copies of the head disagree on each word; empty where nobody asks.
    pub disagreement: &'a [f32],
}

/// A document as it was read by a version, in a few numbers.
pub(super) struct Summaries {
    items: Vec<Item>,
    projection: Projection,
    /// What was decided when they were begun: what some strategies hold documents against.
    decided: DecidedWords,
}

impl Summaries {
    /// None of so many documents, under a head that takes vectors of so many numbers.
    pub fn new(documents: usize, inputs: usize, decisions: &Decisions) -> Self {
        Self { items: vec![Item::default(); documents], projection: Projection::new(inputs), decided: decisions.words() }
    }

    /// Looks at what is decided of a document; `vectors` are those of its words, where they are known.
    pub fn part(&self, words: &Words, annotations: &Annotations, labels: usize, vectors: &Vectors) -> DecidedPart {
        DecidedPart::of(words, annotations, labels, vectors, &self.projection)
    }

    /// Sums a document up. Nothing is left to review of one that is wholly decided.
    pub fn sum_up(&self, document: usize, as_read: &AsRead<'_>, thresholds: &[f32], decisions: &Decisions) -> Item {
        if decisions.whole(document) {
            return Item::default();
        }
        let none = Annotations::default();
        let annotations = decisions.of(document).map_or(&none, |known| known);
        let AsRead { words, vectors, predictions, disagreement } = *as_read;
        let range = 0..words.len();
        let stretch = Stretch { words, range: &range, annotations, predictions, vectors, disagreement };
        let mut item = Survey::new(thresholds, &self.decided).item(&stretch);
        item.centroid = self.projection.of(std::mem::take(&mut item.centroid));
        item
    }

    /// Whether more than twice as much is decided by now as what documents are held against.
    pub fn outdated(&self, decisions: &Decisions) -> bool {
        let decided = decisions.count() as u64;
        decided >= LEAST_COMPARED && decided > 2 * self.decided.words()
    }

    /// Keeps what a document was summed up to.
    pub fn put(&mut self, document: usize, item: Item) {
        if let Some(slot) = self.items.get_mut(document) {
            *slot = item;
        }
    }

    /// Forgets a document: nothing of it is left to review.
    pub fn forget(&mut self, document: usize) {
        if let Some(slot) = self.items.get_mut(document) {
            *slot = Item::default();
        }
    }

    /// The order in which to review the documents that were summed up; the same for the same decisions and version. Of
    /// those that were not `read` yet, some are drawn by lot.
    pub fn rank<'a>(
        &mut self,
        order: &RankOrder,
        version: u64,
        decisions: &Decisions,
        read: &[bool],
        id: impl Fn(usize) -> Option<&'a DocumentId>,
    ) -> Ranking {
        let decided = decisions.words();
        let gone: HashSet<usize> = order.done.iter().copied().collect();
        let begun = gone.len() + decisions.wholes().filter(|document| !gone.contains(document)).count();
        // Those that are done stay summed up, in case they are taken up again.
        let hide = |document: usize| Some((document, std::mem::take(&mut self.items.get_mut(document)?.words)));
        let done: Vec<(usize, u32)> = gone.iter().copied().filter_map(hide).collect();
        let pool = Pool { items: &self.items, decided: &decided, per: Per::default() };
        let ranked = rank(order.strategy, &pool, FIRST, 0);
        for (document, words) in done {
            self.items[document].words = words;
        }
        let unread = (0..read.len()).filter(|document| !read[*document] && !gone.contains(document));
        let unread: Vec<usize> = unread.filter(|&document| !decisions.whole(document)).collect();
        let places: Vec<usize> = ranked.iter().map(|ranked| ranked.item).collect();
        let lots = |document: usize| id(document).map_or(0, |id| lot(id.as_str(), 0));
        let mixed = mixed(&places, &unread, lots, SHARE, begun);
        let mut ranked: HashMap<usize, _> = ranked.into_iter().map(|ranked| (ranked.item, ranked)).collect();
        let documents = mixed.into_iter().map(|(document, random)| match ranked.remove(&document) {
            Some(Ranked { score, cost, reason, .. }) => RankedDocument { document, score: Some(score), cost, reason, random },
            None => RankedDocument { document, score: None, cost: Cost::default(), reason: UNREAD.to_owned(), random },
        });
        Ranking { version, strategy: order.strategy, documents: documents.collect() }
    }
}

impl Worker<'_> {
    /// Whether the order in which to review looks where copies of the head disagree.
    pub(super) fn wants_draws(&self) -> bool {
        self.orders.rank.as_ref().is_some_and(|order| order.strategy.needs.draws)
    }

    /// Makes copies of the head, if they are wanted.
    pub(super) fn draw(&mut self) {
        // Without them the strategy sees no differences; a head of which none can be made fails at every prediction.
        self.draws = if self.wants_draws() { Draws::of(&self.head, 0).unwrap_or_default() } else { Draws::default() };
    }

    /// Takes in what is decided of documents by now.
    pub(super) fn all_decided(&mut self, documents: Vec<(usize, Arc<Annotations>)>) {
        documents.into_iter().for_each(|(document, annotations)| self.decided(document, annotations));
        // A strategy that compares with what is decided would else see nothing of it until the next version.
        let compares = self.orders.rank.as_ref().is_some_and(|order| order.strategy.needs.decided);
        if compares && self.summaries.outdated(&self.orders.decisions) {
            self.read_again();
        }
    }

    /// Takes in what is decided of a document by now: decided words leave the pool.
    fn decided(&mut self, document: usize, annotations: Arc<Annotations>) {
        let encoded = self.cache.lock().get(document);
        let words = match &encoded {
            Some(encoded) => encoded.words.clone(),
            None => match self.setup.corpus.load(document) {
                Ok(loaded) => Arc::new(segment(&loaded.document.text)),
                // It has no predictions either, so it is in no pool.
                Err(_) => return,
            },
        };
        let vectors = encoded.as_ref().map(|encoded| encoded.vectors.clone()).unwrap_or_default();
        let part = self.summaries.part(&words, &annotations, self.head.labels(), &vectors);
        let left = part.left;
        self.orders.decisions.take(document, annotations, part);
        match encoded.filter(|_| left && self.round.summarised.get(document).is_some_and(|summarised| *summarised)) {
            // A failure here shows again, and is reported, when the document is read.
            Some(encoded) => {
                if let Ok(probabilities) = self.predict(document, encoded.vectors.halves(), 0) {
                    let item = self.reader().summary(document, &encoded, probabilities).item;
                    self.summaries.put(document, item);
                }
            }
            None if !left => self.summaries.forget(document),
            None => {}
        }
    }

    /// Ranks the documents that were read, if somebody wants them ranked.
    pub(super) fn rank(&mut self) {
        let Some(order) = &self.orders.rank else { return };
        let corpus = &self.setup.corpus;
        let ranking = self
            .summaries
            .rank(order, self.version, &self.orders.decisions, &self.round.summarised, |document| corpus.id(document));
        (self.send)(Reply::Ranked(Box::new(ranking)));
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::active_learning::DEFAULT;
    use crate::tokenization::segment;

    #[test]
    fn fifty_thousand_documents_are_ranked_each_once() {
        const COUNT: usize = 50_000;
        let words = segment("Severe pain in the chest, 5 mg once daily.");
        let mut generator = ChaCha8Rng::seed_from_u64(3);
        let mut decisions = Decisions::default();
        let mut summaries = Summaries::new(COUNT, 8, &decisions);
        let labels = 4;
        for document in 0..COUNT {
            let mut numbers = |count: usize| (0..count).map(|_| generator.random_range(0.0..1.0)).collect::<Vec<f32>>();
            let predictions = Predictions::new(1, labels, numbers(words.len() * labels));
            let vectors = numbers(words.len() * 8);
            let as_read = AsRead { words: &words, vectors: &vectors, predictions: &predictions, disagreement: &[] };
            let item = summaries.sum_up(document, &as_read, &[0.5; 4], &decisions);
            summaries.put(document, item);
        }
        let part = DecidedPart { sets: vec![Default::default(); 9], centroid: vec![0.5; 8], left: false };
        decisions.take(7, Arc::default(), part);
        summaries.forget(7);
        let ids: Vec<DocumentId> = (0..COUNT).map(|document| format!("note {document}").as_str().into()).collect();
        let order = RankOrder { strategy: DEFAULT, done: (0..5).collect() };
        let read = vec![true; COUNT];
        let ranking = summaries.rank(&order, 1, &decisions, &read, |document| ids.get(document));
        let mut found: Vec<usize> = ranking.documents.iter().map(|ranked| ranked.document).collect();
        found.sort_unstable();
        assert_eq!(found, (5..COUNT).filter(|&document| document != 7).collect::<Vec<_>>());
        let random = ranking.documents.iter().position(|ranked| ranked.random);
        assert_eq!(random, Some(3), "the tenth place; six were worked through");
        let again = summaries.rank(&RankOrder { done: Vec::new(), ..order }, 1, &decisions, &read, |document| ids.get(document));
        assert_eq!(again.documents.len(), COUNT - 1, "those taken up again are there");
        // While few are read, the lot falls on others too.
        let mut few = Summaries::new(COUNT, 8, &decisions);
        few.items[10] = summaries.items[10].clone();
        few.items[11] = summaries.items[11].clone();
        let mut read = vec![false; COUNT];
        (read[10], read[11]) = (true, true);
        let order = RankOrder { strategy: DEFAULT, done: (0..4).collect() };
        let drawn: Vec<bool> = few
            .rank(&order, 1, &Decisions::default(), &read, |document| ids.get(document))
            .documents
            .iter()
            .map(|it| it.score.is_none())
            .collect();
        assert_eq!(drawn, [true, false, false]);
    }
}
