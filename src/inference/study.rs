//! What a correction is worth and what it costs elsewhere, measured on gold with the worker's own training.
//!
//! An annotator is played from gold: she corrects the cells that the head shows wrongly, one by one, and accepts the
//! rest of the document in bulk. Then the head is trained exactly as in the worker ([`Learning`]) and judged on
//! documents that nobody corrects. Everything random is drawn from the seed.

use std::sync::Arc;

use rand::seq::{SliceRandom, index};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::cache::Encoded;
use super::learning::{Learning, MOST_HELD_DOCUMENTS, Outcome, read_along};
use crate::domain::{
    DecidedCell, DocumentDecisions, LabelScheme, LabelSet, Learned, Manner, Predictions, TrainJob, TrainedHead, Verdict,
};
use crate::head::{Head, HeadError};
use crate::metrics::Evaluation;

/// Something to learn from.
pub trait Note {
    /// Its words and vectors.
    fn encoded(&self) -> &Encoded;
}

impl Note for Encoded {
    fn encoded(&self) -> &Encoded {
        self
    }
}

impl Note for GoldNote {
    fn encoded(&self) -> &Encoded {
        &self.encoded
    }
}

/// A document with its vectors and the label set of each word.
#[derive(Clone, Debug)]
pub struct GoldNote {
    /// Words and vectors.
    pub encoded: Encoded,
    /// What gold says.
    pub sets: Vec<LabelSet>,
}

/// What is corrected, and what is judged.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The head as it came, for the labels of the gold.
    pub base: &'a Head,
    /// Documents to correct.
    pub pool: &'a [GoldNote],
    /// Documents that nobody corrects.
    pub test: &'a [GoldNote],
}

/// The studies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Study {
    /// Documents corrected one after the other: does F1 on the others rise?
    Growth,
    /// Twenty corrections of one label: does its F1 rise, and does no other's fall?
    Label,
    /// A label that the head has never seen, after 10, 30, 100 and 300 words that have it.
    NewLabel,
    /// An annotator who is sometimes wrong.
    Noise,
    /// Corrections of one label some of which are contradicted: others of their kind are decided as they were shown.
    Contradiction,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Seed of the order of the documents, and of the training.
    pub seed: u64,
    /// The label that was corrected; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Documents corrected, corrections wanted, words with the label, or share of wrong or contradicting decisions, by the
    /// study.
    pub amount: f64,
    /// Cells corrected one by one.
    pub corrections: usize,
    /// F1 of the label (micro-F1 of all) on the test documents, with the head as it came.
    pub before: f64,
    /// The same after the training.
    pub after: f64,
    /// The label beside the corrected one whose F1 changed for the worst, and by how much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_other: Option<(String, f64)>,
    /// The documents that were corrected, in order.
    pub documents: Vec<String>,
}

/// Corrections of one label.
const CORRECTIONS: usize = 20;
/// Words that have a new label.
const POSITIVE: [usize; 4] = [10, 30, 100, 300];
/// Documents between two measurements of growth, at the least; there are about a dozen.
const POINTS: usize = 12;
/// Shares of wrong decisions.
const RATES: [f64; 5] = [0.0, 0.05, 0.1, 0.2, 0.3];
/// How many of the corrections of one label are contradicted.
const CONTRADICTED: [usize; 3] = [0, CORRECTIONS / 4, CORRECTIONS / 2];

/// Makes a study with one seed.
///
/// # Errors
/// When a computation fails.
pub fn measure(study: Study, ground: Ground<'_>, seed: u64) -> Result<Vec<Measured>, HeadError> {
    let mut order: Vec<usize> = (0..ground.pool.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    match study {
        Study::Growth => growth(ground, &order, seed),
        Study::Label => by_label(ground, &order, seed, &[0]),
        Study::Contradiction => by_label(ground, &order, seed, &CONTRADICTED),
        Study::NewLabel => {
            let rows: Result<Vec<_>, _> = (0..ground.base.labels()).map(|label| new_label(ground, &order, label, seed)).collect();
            Ok(rows?.into_iter().flatten().collect())
        }
        Study::Noise => RATES.iter().map(|&rate| noise(ground, &order, rate, seed)).collect(),
    }
}

fn growth(ground: Ground<'_>, order: &[usize], seed: u64) -> Result<Vec<Measured>, HeadError> {
    let before = evaluate(ground.base, ground.test)?.micro().f1;
    let (mut course, mut decisions, mut corrections, mut rows) = (Course::new(ground.base), Vec::new(), 0, Vec::new());
    let every = order.len().div_ceil(POINTS).max(1);
    for (done, &document) in (1..).zip(order) {
        let mut cells = correct(course.head(), &ground.pool[document], |_| true)?;
        cells.iter_mut().for_each(|cell| cell.event = done as u64);
        corrections += corrected(&cells);
        decisions.push(DocumentDecisions { document, cells });
        if done % every == 0 || done == order.len() {
            course.train(ground.pool, &decisions, done as u64, seed + done as u64)?;
            let after = evaluate(course.head(), ground.test)?.micro().f1;
            let documents = ids(ground.pool, &order[done - every.min(done)..done]);
            rows.push(Measured {
                seed,
                label: None,
                amount: done as f64,
                corrections,
                before,
                after,
                worst_other: None,
                documents,
            });
        }
    }
    Ok(rows)
}

/// Twenty corrections of each label, with so many of them contradicted; nothing of labels that are nowhere shown wrongly.
fn by_label(ground: Ground<'_>, order: &[usize], seed: u64, contradicted: &[usize]) -> Result<Vec<Measured>, HeadError> {
    let mut rows = Vec::new();
    for label in 0..ground.base.labels() {
        let decisions = corrections(ground, order, label)?;
        if decisions.is_empty() {
            continue;
        }
        for &count in contradicted {
            let amount = if contradicted.len() > 1 { count as f64 / CORRECTIONS as f64 } else { CORRECTIONS as f64 };
            rows.push(Measured { amount, ..of_label(ground, label, contradict(&decisions, count), seed)? });
        }
    }
    Ok(rows)
}

/// The first corrections of a label.
fn corrections(ground: Ground<'_>, order: &[usize], label: usize) -> Result<Vec<DocumentDecisions>, HeadError> {
    let mut decisions: Vec<DocumentDecisions> = Vec::new();
    let mut wanted = CORRECTIONS;
    for &document in order {
        if wanted == 0 {
            break;
        }
        let mut cells = correct(ground.base, &ground.pool[document], |cell| cell == label)?;
        cells.retain(|cell| cell.manner == Manner::Single);
        cells.truncate(wanted);
        wanted -= cells.len();
        if !cells.is_empty() {
            decisions.push(DocumentDecisions { document, cells });
        }
    }
    Ok(decisions)
}

/// The same cells, so many of them, spread evenly, decided as they were shown.
fn contradict(decisions: &[DocumentDecisions], count: usize) -> Vec<DocumentDecisions> {
    let mut decisions = decisions.to_vec();
    let cells = decisions.iter_mut().flat_map(|document| &mut document.cells).enumerate();
    // Of twenty with five: the fourth, the eighth and so on.
    let contradicted = cells.filter(|(at, _)| (at + 1) * count / CORRECTIONS > at * count / CORRECTIONS);
    contradicted.for_each(|(_, cell)| cell.present = !cell.present);
    decisions
}

/// What decisions on one label make of it, and of the others.
fn of_label(ground: Ground<'_>, label: usize, decisions: Vec<DocumentDecisions>, seed: u64) -> Result<Measured, HeadError> {
    let head = trained(ground.base, ground.pool, &decisions, seed)?;
    let (before, after) = (f1s(ground.base, ground.test)?, f1s(&head, ground.test)?);
    let changes = before.iter().zip(&after).enumerate().filter(|(other, _)| *other != label);
    let worst = changes.map(|(other, (before, after))| (other, after - before)).min_by(|a, b| a.1.total_cmp(&b.1));
    let name = |label: usize| ground.base.meta.scheme.labels[label].name.clone();
    Ok(Measured {
        seed,
        label: Some(name(label)),
        amount: CORRECTIONS as f64,
        corrections: decisions.iter().map(|document| document.cells.len()).sum(),
        before: before[label],
        after: after[label],
        worst_other: worst.map(|(other, change)| (name(other), change)),
        documents: decisions.iter().map(|decided| ground.pool[decided.document].encoded.id.to_string()).collect(),
    })
}

fn new_label(ground: Ground<'_>, order: &[usize], label: usize, seed: u64) -> Result<Vec<Measured>, HeadError> {
    let scheme = &ground.base.meta.scheme;
    let others: Vec<_> =
        scheme.labels.iter().enumerate().filter(|(other, _)| *other != label).map(|(_, label)| label.clone()).collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    // Without its row, then with one that has learned nothing.
    let base = ground.base.conformed(&LabelScheme { name: scheme.name.clone(), labels: others })?.conformed(scheme)?;
    let mut wanted = POSITIVE.iter().copied().peekable();
    let (mut decisions, mut present, mut rows) = (Vec::<DocumentDecisions>::new(), 0, Vec::new());
    for &document in order {
        if wanted.peek().is_none() {
            break;
        }
        let cells = correct(&base, &ground.pool[document], |cell| cell == label)?;
        let has_it: Vec<usize> = cells.iter().enumerate().filter(|(_, cell)| cell.present).map(|(at, _)| at).collect();
        decisions.push(DocumentDecisions { document, cells: Vec::new() });
        while let Some(amount) = wanted.next_if(|&least| present + has_it.len() >= least) {
            // The note is decided up to the word that makes them as many.
            decisions.last_mut().expect("one was put there").cells = cells[..=has_it[amount - present - 1]].to_vec();
            let head = trained(&base, ground.pool, &decisions, seed)?;
            rows.push(Measured {
                seed,
                label: Some(scheme.labels[label].name.clone()),
                amount: amount as f64,
                corrections: amount,
                before: f1s(&base, ground.test)?[label],
                after: f1s(&head, ground.test)?[label],
                worst_other: None,
                documents: decisions.iter().map(|decided| ground.pool[decided.document].encoded.id.to_string()).collect(),
            });
        }
        present += has_it.len();
        decisions.last_mut().expect("one was put there").cells = cells;
    }
    Ok(rows)
}

fn noise(ground: Ground<'_>, order: &[usize], rate: f64, seed: u64) -> Result<Measured, HeadError> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let (mut decisions, mut corrections) = (Vec::new(), 0);
    for &document in order {
        let note = &ground.pool[document];
        let shown = predicted(ground.base, note)?;
        let mut cells = correct(ground.base, note, |_| true)?;
        for cell in &mut cells {
            // What is neither there nor shown is not looked at.
            let looked_at = cell.present || shown[cell.word as usize].contains(cell.label.into());
            if looked_at && generator.random_range(0.0..1.0) < rate {
                cell.present = !cell.present;
                // A mistake that is overlooked is accepted with the rest, one that is made is a change by hand.
                cell.manner = Manner::of_review(cell.present, shown[cell.word as usize].contains(cell.label.into()));
            }
        }
        corrections += corrected(&cells);
        decisions.push(DocumentDecisions { document, cells });
    }
    decisions.sort_by_key(|decided| decided.document);
    let head = trained(ground.base, ground.pool, &decisions, seed)?;
    let micro = |head: &Head| Ok::<_, HeadError>(evaluate(head, ground.test)?.micro().f1);
    Ok(Measured {
        seed,
        label: None,
        amount: rate,
        corrections,
        before: micro(ground.base)?,
        after: micro(&head)?,
        worst_other: None,
        documents: ids(ground.pool, order),
    })
}

fn ids(pool: &[GoldNote], documents: &[usize]) -> Vec<String> {
    documents.iter().map(|&document| pool[document].encoded.id.to_string()).collect()
}

/// The label sets that a head shows.
fn predicted(head: &Head, note: &GoldNote) -> Result<Vec<LabelSet>, HeadError> {
    let predictions = Predictions::new(0, head.labels(), head.probabilities(&note.encoded.vectors.wide())?);
    Ok(predictions.sets(&head.meta.thresholds))
}

/// What an annotator decides of some labels in a document: what is shown wrongly by itself, the rest in bulk.
fn correct(head: &Head, note: &GoldNote, labels: impl Fn(usize) -> bool) -> Result<Vec<DecidedCell>, HeadError> {
    let shown = predicted(head, note)?;
    let labels: Vec<usize> = (0..head.labels()).filter(|&label| labels(label)).collect();
    let mut cells = Vec::new();
    for (word, _) in note.encoded.words.iter().enumerate().filter(|(_, word)| word.alphanumeric) {
        cells.extend(labels.iter().map(|&label| {
            let present = note.sets[word].contains(label);
            DecidedCell {
                word: word as u32,
                label: label as u16,
                present,
                manner: Manner::of_review(present, shown[word].contains(label)),
                event: 0,
            }
        }));
    }
    Ok(cells)
}

/// How many cells were corrected.
fn corrected(cells: &[DecidedCell]) -> usize {
    cells.iter().filter(|cell| cell.manner == Manner::Single).count()
}

/// Trainings one after the other, as the worker makes them: each learns from all decisions, and takes the place of the one
/// before unless it is judged worse.
#[derive(Clone, Debug)]
pub struct Course {
    /// The model as it came.
    model: Head,
    active: Head,
    /// What the active version has learned from.
    learned: Learned,
}

impl Course {
    /// Begins with the model as it came.
    pub fn new(model: &Head) -> Self {
        Self { model: model.clone(), active: model.clone(), learned: Learned::default() }
    }

    /// The version in use.
    pub fn head(&self) -> &Head {
        &self.active
    }

    /// Trains on the decisions so far, of which the last was made by event `through`.
    ///
    /// # Errors
    /// When nothing is decided or a computation fails.
    pub fn train<N: Note>(
        &mut self,
        pool: &[N],
        decisions: &[DocumentDecisions],
        through: u64,
        seed: u64,
    ) -> Result<Verdict, HeadError> {
        let mut decisions = decisions.to_vec();
        decisions.sort_by_key(|decided| decided.document);
        let job = TrainJob { base: 0, learned: self.learned, through, seed, decisions };
        let some = index::sample(&mut ChaCha8Rng::seed_from_u64(seed), pool.len(), MOST_HELD_DOCUMENTS.min(pool.len()));
        let along = read_along(some.iter().map(|document| (document, pool[document].encoded().words.len())));
        let mut learning = Learning::new(job, self.model.clone(), self.active.clone())?.holding(along);
        while let Some(document) = learning.wants() {
            learning.take(pool[document].encoded())?;
        }
        loop {
            if let Outcome::Done(trained) = learning.step()? {
                let TrainedHead { verdict, head, metrics, .. } = *trained;
                if verdict != Verdict::KeptAside {
                    (self.active, self.learned) = (Head::from_bytes(&head)?, Learned::of(&metrics, through, through));
                }
                return Ok(verdict);
            }
        }
    }
}

/// The version in use after a first training.
///
/// # Errors
/// When nothing is decided or a computation fails.
pub fn trained(model: &Head, pool: &[GoldNote], decisions: &[DocumentDecisions], seed: u64) -> Result<Head, HeadError> {
    let mut course = Course::new(model);
    course.train(pool, decisions, 0, seed)?;
    Ok(course.active)
}

fn evaluate(head: &Head, notes: &[GoldNote]) -> Result<Evaluation, HeadError> {
    let mut evaluation = Evaluation::new(head.meta.scheme.names());
    for note in notes {
        evaluation.add(&note.encoded.words, &note.sets, &predicted(head, note)?);
    }
    Ok(evaluation)
}

fn f1s(head: &Head, notes: &[GoldNote]) -> Result<Vec<f64>, HeadError> {
    Ok(evaluate(head, notes)?.labels().map(|(_, counts)| counts.f1()).collect())
}

/// A document of gold as the studies take it.
///
/// # Errors
/// When it can't be encoded.
pub fn gold_note(
    model: &super::Model,
    id: &crate::domain::DocumentId,
    text: &str,
    words: crate::domain::Words,
    sets: Vec<LabelSet>,
) -> Result<GoldNote, crate::encoder::EncoderError> {
    let vectors = model.vectors(text, &words)?.into();
    let hash = crate::domain::TextHash::of(text);
    Ok(GoldNote { encoded: Encoded { id: id.clone(), hash, words: Arc::new(words), vectors }, sets })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_corrections_are_contradicted_wherever_they_stand() {
        let cell = |word| DecidedCell { word, label: 2, present: word % 2 == 0, manner: Manner::Single, event: 0 };
        let of = |words: std::ops::Range<u32>| DocumentDecisions { document: 0, cells: words.map(cell).collect() };
        let decisions = vec![of(0..7), of(7..20)];
        for count in CONTRADICTED {
            let found = contradict(&decisions, count);
            let changed = |(before, after): (&DocumentDecisions, &DocumentDecisions)| {
                before.cells.iter().zip(&after.cells).filter(|(before, after)| before.present != after.present).count()
            };
            let changed: Vec<usize> = decisions.iter().zip(&found).map(changed).collect();
            assert_eq!((changed.iter().sum::<usize>(), changed[0] * 3 <= count * 2), (count, true), "{changed:?}");
        }
    }
}
