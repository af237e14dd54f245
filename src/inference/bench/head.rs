//! How long the worker takes to learn from decisions, and to colour notes again.

use std::sync::Arc;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::{DecidedCell, DocumentDecisions, LabelSet, Manner, Predictions, TextHash, Word, Words};
use crate::head::{Head, HeadError};
use crate::inference::cache::Encoded;
use crate::inference::seeds;
use crate::inference::study::{GoldNote, trained};

/// Words of a decided note.
const DECIDED: usize = 100;
/// Words of a note that is coloured again: the mean of visit notes and case reports.
const COLOURED: usize = 420;

/// What is learned and coloured.
pub struct HeadWorkload {
    head: Head,
    notes: Vec<GoldNote>,
    decisions: Vec<DocumentDecisions>,
    coloured: Vec<Encoded>,
}

/// Seconds of each pass.
#[derive(Clone, Debug, Default)]
pub struct HeadTimes {
    /// Reading the vectors, fitting, tuning, judging and serialising.
    pub learn: Vec<f64>,
    /// Probabilities and label sets of all words of the notes.
    pub colour: Vec<f64>,
}

impl HeadWorkload {
    /// `words` decided words, all labels of them, and `notes` notes to colour; always the same. What the head shows is
    /// accepted in bulk but for one cell in fifty, which is corrected.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn new(head: &Head, words: usize, notes: usize) -> Result<Self, HeadError> {
        let mut generator = ChaCha8Rng::seed_from_u64(1);
        let mut note = |id: usize, words: usize| Encoded {
            id: format!("n{id}").as_str().into(),
            hash: TextHash::of(""),
            words: Arc::new(Words::new(
                (0..words).map(|at| Word { start: at * 2, end: at * 2 + 1, alphanumeric: true }).collect(),
            )),
            vectors: (0..words * head.inputs()).map(|_| generator.random_range(-1.2f32..1.2)).collect::<Vec<_>>().into(),
        };
        let decided: Vec<Encoded> = (0..words.div_ceil(DECIDED)).map(|id| note(id, DECIDED.min(words - id * DECIDED))).collect();
        let coloured = (0..notes).map(|id| note(id, COLOURED)).collect();
        let mut decisions = Vec::with_capacity(decided.len());
        for (document, encoded) in decided.iter().enumerate() {
            let shown = sets(head, encoded)?;
            let cells = (0..encoded.words.len()).flat_map(|word| (0..head.labels()).map(move |label| (word, label)));
            let cell = |(word, label): (usize, usize)| {
                let corrected = generator.random_range(0..50) == 0;
                let present = shown[word].contains(label) != corrected;
                DecidedCell {
                    word: word as u32,
                    label: label as u16,
                    present,
                    manner: if corrected { Manner::Single } else { Manner::Bulk },
                    event: 0,
                }
            };
            decisions.push(DocumentDecisions { document, cells: cells.map(cell).collect() });
        }
        let notes = decided.into_iter().map(|encoded| GoldNote { encoded, sets: Vec::new() }).collect();
        Ok(Self { head: head.clone(), notes, decisions, coloured })
    }

    /// Words that are coloured.
    pub fn coloured_words(&self) -> usize {
        self.coloured.iter().map(|encoded| encoded.words.len()).sum()
    }

    /// Decided cells.
    pub fn cells(&self) -> usize {
        self.decisions.iter().map(|decided| decided.cells.len()).sum()
    }

    /// Times so many passes, after one to warm up.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn time(&self, passes: usize) -> Result<HeadTimes, HeadError> {
        let mut times = HeadTimes::default();
        for pass in 0..=passes {
            let begun = Instant::now();
            let head = trained(&self.head, &self.notes, &self.decisions, 1)?;
            let learned = begun.elapsed().as_secs_f64();
            let begun = Instant::now();
            for encoded in &self.coloured {
                std::hint::black_box(sets(&head, encoded)?);
            }
            if pass > 0 {
                times.learn.push(learned);
                times.colour.push(begun.elapsed().as_secs_f64());
            }
        }
        Ok(times)
    }
}

fn sets(head: &Head, encoded: &Encoded) -> Result<Vec<LabelSet>, HeadError> {
    let predictions = Predictions::new(0, head.labels(), seeds::of_halves(head, encoded.vectors.halves(), 0, &[])?);
    Ok(predictions.sets(&head.meta.thresholds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelScheme;
    use crate::head::HeadMeta;

    #[test]
    fn every_pass_is_timed_and_the_warm_up_is_not_counted() {
        let scheme = LabelScheme::from_names("s", &["a", "b"]).unwrap();
        let head = Head::new(HeadMeta::fresh(scheme, ""), 6, None, &[0.5, 0.1], 0).unwrap();
        let workload = HeadWorkload::new(&head, 250, 3).unwrap();
        assert_eq!((workload.cells(), workload.coloured_words(), workload.notes.len()), (500, 3 * COLOURED, 3));
        assert!(workload.decisions.iter().flat_map(|decided| &decided.cells).any(|cell| cell.manner == Manner::Single));
        let times = workload.time(2).unwrap();
        assert_eq!((times.learn.len(), times.colour.len()), (2, 2));
        assert!(times.learn.iter().chain(&times.colour).all(|&seconds| seconds > 0.0));
    }
}
