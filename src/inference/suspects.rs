//! Looking for decisions that are likely to be wrong: reading notes, fitting heads that have not seen a part of the
//! decisions, and asking each what it thinks of that part; cut into small steps.
//!
//! It is done twice: the second time the heads do not learn from the first time's suspects, as confident learning trains
//! on what it has cleaned. So wrong decisions no longer speak for each other, and what is suspected without reason the
//! first time is cleared by the second.
//!
//! The heads start from the one that came with the model, never from a version that was trained here: that has learned
//! from the very decisions that are to be checked. (An encoder that was fine-tuned on the same notes has, too: what it
//! remembers, it does not suspect.)

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cache::Encoded;
use crate::active_learning::suspects::{CrossFitted, Suspect, checkable, suspects};
use crate::domain::{DocumentDecisions, Manner};
use crate::head::judge::{FOLDS, Grouping, fold_of};
use crate::head::{Examples, Head, HeadError, HeadTraining, Trainer};

/// A bulk-accepted cell teaches this much beside one that was decided by itself; it is checked like any other.
const BULK: f32 = 0.3;
/// How many times every decision is asked about.
const ROUNDS: usize = 2;
/// How long a step lasts.
const STEP: Duration = Duration::from_millis(30);

/// Few passes: a head that is fitted closely has learned the wrong decisions, too.
const SETTINGS: HeadTraining =
    HeadTraining { passes: 7, batch: 2048, least_steps: 150, learning_rate: 1e-2, decay: 0.0, seed: 0 };

/// A decided cell: where it stands, its row among the examples, and what was decided.
struct Decided {
    document: usize,
    word: usize,
    row: usize,
    label: usize,
    present: bool,
}

/// A search under way.
pub struct Suspecting {
    decisions: Vec<DocumentDecisions>,
    base: Head,
    examples: Arc<Examples>,
    decided: Vec<Decided>,
    /// The fold of each row.
    folds: Vec<u64>,
    next: usize,
    /// How many times all folds were begun.
    rounds: usize,
    /// The folds that are left in this round, the one at work first, and its fit.
    plan: Vec<u64>,
    trainer: Option<Trainer>,
    found: Vec<CrossFitted>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Number of decided cells that were checked.
    pub cells: usize,
    /// The suspects, the most likely to be wrong first.
    pub suspects: Vec<Suspect>,
    /// For each label, whether enough was decided to check it.
    pub labels: Vec<bool>,
}

/// What a step came to.
pub enum Progress {
    /// There is more to do; the share done.
    More(f32),
    /// All is checked.
    Done(Checked),
}

impl Suspecting {
    /// Begins a search among `decisions`. `base` is the head that came with the model, for the labels in use.
    ///
    /// # Errors
    /// When nothing is decided.
    pub fn new(decisions: Vec<DocumentDecisions>, base: Head) -> Result<Self, HeadError> {
        if decisions.iter().all(|document| document.cells.is_empty()) {
            return Err(HeadError::NothingDecided);
        }
        let examples = Examples { inputs: base.inputs(), labels: base.labels(), ..Examples::default() };
        Ok(Self {
            decisions,
            base,
            examples: Arc::new(examples),
            decided: Vec::new(),
            folds: Vec::new(),
            next: 0,
            rounds: 0,
            plan: Vec::new(),
            trainer: None,
            found: Vec::new(),
        })
    }

    /// The document whose vectors are wanted next, if any.
    pub fn wants(&self) -> Option<usize> {
        self.decisions.get(self.next).map(|document| document.document)
    }

    /// Share of the documents read.
    pub fn read(&self) -> f32 {
        self.next as f32 / self.decisions.len().max(1) as f32
    }

    /// Passes over the document that is wanted: it can't be read.
    pub fn skip(&mut self) {
        self.next += 1;
    }

    /// Takes the vectors of the document that is wanted.
    pub fn take(&mut self, encoded: &Encoded) {
        let Some(document) = self.decisions.get(self.next) else { return };
        let grouping = Grouping::of(self.decisions.len());
        self.next += 1;
        let examples = Arc::make_mut(&mut self.examples);
        let (inputs, labels) = (examples.inputs, examples.labels);
        // Cells come by word.
        for cells in document.cells.chunk_by(|a, b| a.word == b.word) {
            let word = cells[0].word as usize;
            if word >= encoded.words.len() {
                continue;
            }
            let row = self.folds.len();
            let (mut targets, mut weights) = (vec![0.0; labels], vec![0.0; labels]);
            for cell in cells.iter().filter(|cell| usize::from(cell.label) < labels) {
                let label = usize::from(cell.label);
                targets[label] = f32::from(u8::from(cell.present));
                weights[label] = if cell.manner == Manner::Bulk { BULK } else { 1.0 };
                self.decided.push(Decided { document: document.document, word, row, label, present: cell.present });
            }
            self.folds.push(fold_of(&grouping.name(encoded.id.as_str(), word)));
            examples.vectors.extend(encoded.vectors.of([word], inputs));
            examples.targets.extend(targets);
            examples.weights.extend(weights);
        }
    }

    /// A stretch of fitting, once nothing more is wanted.
    ///
    /// # Errors
    /// When figures are no longer finite, or a computation fails.
    pub fn step(&mut self) -> Result<Progress, HeadError> {
        if self.plan.is_empty() && self.rounds < ROUNDS {
            self.begin_round();
        }
        let Some(&fold) = self.plan.first() else {
            let labels = self.examples.labels;
            let (cells, suspects) = (self.found.len(), suspects(&self.found, labels));
            return Ok(Progress::Done(Checked { cells, suspects, labels: checkable(&self.found, labels) }));
        };
        let mut trainer = match self.trainer.take() {
            Some(trainer) => trainer,
            None => {
                let folds = &self.folds;
                Trainer::new(&self.base, self.examples.clone(), |row| folds[row] != fold, SETTINGS)?
            }
        };
        let until = Instant::now() + STEP;
        while !trainer.done() && Instant::now() < until {
            trainer.step()?;
        }
        if trainer.done() {
            self.ask(&trainer.head()?, fold)?;
            self.plan.remove(0);
        } else {
            self.trainer = Some(trainer);
        }
        let left = (ROUNDS - self.rounds) as f32 + self.plan.len() as f32 / FOLDS as f32;
        Ok(Progress::More(1.0 - left / ROUNDS as f32))
    }

    /// Plans a fit a fold; the suspects of the round before teach nothing in this one.
    fn begin_round(&mut self) {
        self.rounds += 1;
        self.plan = (0..FOLDS).filter(|fold| self.folds.contains(fold)).collect();
        // Nothing can be checked by a head that has learned from nothing else.
        if self.plan.len() < 2 {
            self.plan.clear();
        }
        let labels = self.examples.labels;
        let place = |suspect: Suspect| (suspect.cell.document, suspect.cell.word, suspect.cell.label);
        let doubted: HashSet<(usize, usize, usize)> = suspects(&self.found, labels).into_iter().map(place).collect();
        self.found.clear();
        let examples = Arc::make_mut(&mut self.examples);
        for decided in self.decided.iter().filter(|it| doubted.contains(&(it.document, it.word, it.label))) {
            examples.weights[decided.row * labels + decided.label] = 0.0;
        }
    }

    /// Asks a head for its probabilities of the fold that it has not seen.
    fn ask(&mut self, head: &Head, fold: u64) -> Result<(), HeadError> {
        let (inputs, labels) = (self.examples.inputs, self.examples.labels);
        let rows: Vec<usize> = (0..self.folds.len()).filter(|&row| self.folds[row] == fold).collect();
        let vectors: Vec<f32> =
            rows.iter().flat_map(|row| &self.examples.vectors[row * inputs..(row + 1) * inputs]).copied().collect();
        let probabilities = head.probabilities(&vectors)?;
        for decided in self.decided.iter().filter(|decided| self.folds[decided.row] == fold) {
            let Ok(at) = rows.binary_search(&decided.row) else { continue };
            let &Decided { document, word, label, present, .. } = decided;
            self.found.push(CrossFitted { document, word, label, present, probability: probabilities[at * labels + label] });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::domain::{DecidedCell, LabelScheme, TextHash};
    use crate::head::HeadMeta;
    use crate::tokenization::segment;

    const WORDS: usize = 40;
    const DOCUMENTS: usize = 12;
    /// Sixteen times each coordinate.
    const INPUTS: usize = 32;

    fn base() -> Head {
        let scheme = LabelScheme::from_names("s", &["right", "above"]).unwrap();
        let meta = HeadMeta::fresh(scheme, "");
        Head::new(meta, INPUTS, None, &[0.3; 2], 1).unwrap()
    }

    /// Documents of words that are points of the plane: a label for those right of the middle, one for those above.
    fn documents(count: usize, wrong: &[(usize, usize, usize)]) -> Vec<(DocumentDecisions, Encoded)> {
        let mut generator = ChaCha8Rng::seed_from_u64(4);
        let document = |document: usize| {
            let mut side = || generator.random_range(0.2f32..2.0) * if generator.random() { 1.0 } else { -1.0 };
            let mut points: Vec<f32> = (0..WORDS * 2).map(|_| side()).collect();
            // What is wrong is clear: a word near the middle could be either.
            for &(_, word, label) in wrong.iter().filter(|wrong| wrong.0 == document) {
                points[word * 2 + label] = 2.0f32.copysign(points[word * 2 + label]);
            }
            let vectors: Vec<f32> = points.iter().flat_map(|&coordinate| [coordinate; INPUTS / 2]).collect();
            let cell = |at: usize| {
                let (word, label) = (at / 2, at % 2);
                let present = (points[at] > 0.0) != wrong.contains(&(document, word, label));
                DecidedCell {
                    word: word as u32,
                    label: label as u16,
                    present,
                    manner: if label == 1 { Manner::Bulk } else { Manner::Single },
                    event: 0,
                }
            };
            let cells = (0..WORDS * 2).map(cell).collect();
            let words = Arc::new(segment(&"a ".repeat(WORDS)));
            let id = format!("n{document}").as_str().into();
            let encoded = Encoded { id, hash: TextHash::of(""), words, vectors: vectors.into() };
            (DocumentDecisions { document, cells }, encoded)
        };
        (0..count).map(document).collect()
    }

    fn checked(documents: &[(DocumentDecisions, Encoded)]) -> Checked {
        let decisions = documents.iter().map(|(decisions, _)| decisions.clone()).collect();
        let mut suspecting = Suspecting::new(decisions, base()).unwrap();
        while let Some(wanted) = suspecting.wants() {
            suspecting.take(&documents[wanted].1);
        }
        let mut last = 0.0;
        loop {
            match suspecting.step().unwrap() {
                Progress::More(done) => {
                    assert!(done >= last && done <= 1.0);
                    last = done;
                }
                Progress::Done(checked) => return checked,
            }
        }
    }

    #[test]
    fn planted_errors_are_the_first_suspects() {
        let wrong = [(0, 3, 0), (2, 17, 1), (5, 39, 0), (5, 39, 1), (11, 0, 1)];
        for count in [DOCUMENTS, 9] {
            let planted: Vec<_> = wrong.iter().copied().filter(|wrong| wrong.0 < count).collect();
            let found = checked(&documents(count, &planted));
            assert_eq!((found.cells, &found.labels), (count * WORDS * 2, &vec![true, true]));
            let mut first: Vec<_> =
                found.suspects.iter().take(planted.len()).map(|it| (it.cell.document, it.cell.word, it.cell.label)).collect();
            first.sort_unstable();
            assert_eq!(first, planted, "accepted in bulk or not, in folds of documents or of passages");
        }
        assert_eq!(checked(&documents(DOCUMENTS, &wrong)), checked(&documents(DOCUMENTS, &wrong)), "the same again");
    }

    #[test]
    fn what_is_not_there_is_passed_over_and_too_little_tells_nothing() {
        assert!(matches!(Suspecting::new(Vec::new(), base()), Err(HeadError::NothingDecided)));
        let mut few = documents(1, &[]);
        few[0].0.cells.truncate(4);
        few[0].0.cells.push(DecidedCell { word: 9_999, label: 0, present: true, manner: Manner::Single, event: 0 });
        few[0].0.cells.push(DecidedCell { word: 9_999, label: 77, present: true, manner: Manner::Single, event: 0 });
        let found = checked(&few);
        assert_eq!((found.cells, found.suspects.len(), found.labels), (0, 0, vec![false, false]), "one passage checks nothing");
    }
}
