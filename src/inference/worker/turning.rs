//! What another threshold of a label would turn.

use rayon::prelude::*;

use super::Worker;
use crate::domain::{Annotations, Cell, Decision};
use crate::inference::cache::Encoded;
use crate::inference::protocol::{Reply, Turn};

/// So many documents are held at once.
const TOGETHER: usize = 256;

impl Worker<'_> {
    /// Counts the words that a threshold would turn, in the documents whose vectors are there.
    pub(super) fn count_turned(&self, turn: Turn) {
        let reader = self.reader();
        let (decisions, none) = (&self.orders.decisions, Annotations::default());
        let turns = |p: f32| (p >= turn.before) != (p >= turn.after);
        // What can't be computed is told when the document is predicted.
        let in_one = |(document, encoded): &(usize, Encoded)| {
            let rows = reader.predict(*document, encoded.vectors.halves(), 0).unwrap_or_default();
            let annotations = decisions.of(*document).map_or(&none, |known| known);
            let rows = rows.chunks_exact(reader.head.labels()).enumerate();
            let undecided = |word| annotations.decision(Cell::new(word, turn.label)) == Decision::Unknown;
            let words = rows.filter(|(word, _)| encoded.words[*word].alphanumeric && undecided(*word));
            words.filter(|(_, row)| row.get(turn.label).is_some_and(|&p| turns(p))).count()
        };
        let held = self.cache.lock().documents();
        let (mut words, mut documents) = (0, 0);
        for some in held.chunks(TOGETHER) {
            let at_hand: Vec<(usize, Encoded)> =
                some.iter().filter_map(|&document| Some((document, self.cache.lock().get(document)?))).collect();
            documents += at_hand.len();
            let left: Vec<_> = at_hand.iter().filter(|(document, _)| !decisions.whole(*document)).collect();
            words += left.into_par_iter().map(in_one).sum::<usize>();
        }
        (self.send)(Reply::Turned { turn, words, documents });
    }
}
