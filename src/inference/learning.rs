//! A head training inside the worker: reading notes, learning, judging, cut into small steps.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::cache::Encoded;
use crate::domain::{DecidedCell, DocumentDecisions, LabelSet, TrainJob, TrainedHead};
use crate::head::judge::{FOLDS, LEAST_DOCUMENTS, Method, PASSAGE, fold_of, judge, method};
use crate::head::{Examples, Head, HeadError, HeadTraining, Trainer};
use crate::metrics::Counts;

/// A bulk-accepted cell counts this much beside one that was decided by itself.
const BULK: f32 = 0.3;
/// How much holding to the earlier outputs counts, beside all decisions together.
const HOLD: f32 = 2.0;
/// About this many undecided words are held, spread over the documents.
const HELD: usize = 4_000;
/// So many documents without decisions are read along, to hold the head where nobody has looked yet.
pub const HELD_DOCUMENTS: usize = 8;

/// The settings of incremental fine-tuning.
fn settings(seed: u64) -> HeadTraining {
    HeadTraining { passes: 8, batch: 2048, least_steps: 150, learning_rate: 3e-3, decay: 0.0, seed }
}

/// A judging cell: its row among the examples, its label, what was decided, and the name of its group.
struct Judged {
    row: usize,
    label: usize,
    present: bool,
    group: usize,
}

/// A training under way.
pub struct Learning {
    job: TrainJob,
    /// Documents without decisions.
    held: Vec<DocumentDecisions>,
    base: Head,
    base_probabilities: Vec<f32>,
    examples: Arc<Examples>,
    judged: Vec<Judged>,
    /// The fold of each group.
    folds: Vec<u64>,
    /// The group of each row that is decided; rows that only hold have none.
    row_groups: Vec<Option<usize>>,
    decided: usize,
    /// Counts of the base and of the fits that have not seen them, by group.
    counts: BTreeMap<usize, (Counts, Counts)>,
    /// Weight of a held cell, once everything is read.
    hold: f32,
    next: usize,
    stage: Option<Stage>,
    begun: Instant,
}

/// Learning, once everything is read.
struct Stage {
    method: Method,
    /// Which fold each trainer leaves out, the one that makes the version last.
    plan: Vec<Option<u64>>,
    at: usize,
    trainer: Trainer,
    steps_done: usize,
    learning_since: Instant,
}

/// What a step came to.
pub enum Outcome {
    /// There is more to do: share done, phase, time left.
    More(f32, &'static str, Option<Duration>),
    /// The version is ready.
    Done(Box<TrainedHead>),
}

impl Learning {
    /// Starts a training of `base`.
    ///
    /// # Errors
    /// When nothing is decided.
    pub fn new(job: TrainJob, base: Head) -> Result<Self, HeadError> {
        let decided = job.decisions.iter().map(|document| document.cells.len()).sum();
        if decided == 0 {
            return Err(HeadError::NothingDecided);
        }
        let examples = Examples { inputs: base.inputs(), labels: base.labels(), ..Examples::default() };
        Ok(Self {
            job,
            held: Vec::new(),
            base,
            base_probabilities: Vec::new(),
            examples: Arc::new(examples),
            judged: Vec::new(),
            folds: Vec::new(),
            row_groups: Vec::new(),
            decided,
            counts: BTreeMap::new(),
            hold: 0.0,
            next: 0,
            stage: None,
            begun: Instant::now(),
        })
    }

    /// Reads these documents along, which have no decisions: their words hold the head to what it says of them.
    pub fn holding(mut self, documents: impl IntoIterator<Item = usize>) -> Self {
        let decided: HashSet<usize> = self.job.decisions.iter().map(|document| document.document).collect();
        let others = documents.into_iter().filter(|document| !decided.contains(document));
        self.held.extend(others.map(|document| DocumentDecisions { document, cells: Vec::new() }));
        self
    }

    /// The documents to read, those with decisions first.
    fn documents(&self) -> impl Iterator<Item = &DocumentDecisions> {
        self.job.decisions.iter().chain(&self.held)
    }

    /// The document whose vectors are wanted next, if any.
    pub fn wants(&self) -> Option<usize> {
        self.documents().nth(self.next).map(|document| document.document)
    }

    /// Share of the documents read.
    pub fn read(&self) -> f32 {
        self.next as f32 / (self.job.decisions.len() + self.held.len()).max(1) as f32
    }

    /// Passes over the document that is wanted: it can't be read.
    pub fn skip(&mut self) {
        self.next += 1;
    }

    /// Takes the vectors of the document that is wanted.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn take(&mut self, encoded: &Encoded) -> Result<(), HeadError> {
        let Some(document) = self.documents().nth(self.next).cloned() else { return Ok(()) };
        self.next += 1;
        let (inputs, labels) = (self.examples.inputs, self.examples.labels);
        let words = encoded.words.len();
        let by_word = by_word(&document, words, labels);
        let many = self.job.decisions.len() >= LEAST_DOCUMENTS;
        let mut rows: Vec<(usize, Option<&Vec<DecidedCell>>)> =
            by_word.iter().map(|(&word, cells)| (word, Some(cells))).collect();
        rows.sort_unstable_by_key(|(word, _)| *word);
        let undecided: Vec<usize> =
            (0..words).filter(|&word| encoded.words[word].alphanumeric && !by_word.contains_key(&word)).collect();
        let documents = self.job.decisions.len() + self.held.len();
        let wanted = HELD.div_ceil(documents).min(undecided.len());
        let mut generator = ChaCha8Rng::seed_from_u64(self.job.seed ^ document.document as u64);
        let mut held: Vec<usize> =
            index::sample(&mut generator, undecided.len(), wanted).iter().map(|index| undecided[index]).collect();
        held.sort_unstable();
        rows.extend(held.into_iter().map(|word| (word, None)));
        let vectors: Vec<f32> =
            rows.iter().flat_map(|(word, _)| &encoded.vectors[word * inputs..(word + 1) * inputs]).copied().collect();
        let before = self.base.probabilities(&vectors)?;
        let mut groups: HashMap<String, usize> = HashMap::new();
        for ((word, cells), probabilities) in rows.iter().zip(before.chunks_exact(labels)) {
            let row = self.row_groups.len();
            // Undecided cells are held to what the base says; the weights are balanced when all is read.
            let (mut targets, mut weights) = (probabilities.to_vec(), vec![-1.0; labels]);
            let group = cells.map(|_| {
                let name = if many { encoded.id.to_string() } else { format!("{}#{}", encoded.id, word / PASSAGE) };
                *groups.entry(name).or_insert_with_key(|name| {
                    self.folds.push(fold_of(name));
                    self.folds.len() - 1
                })
            });
            for cell in cells.iter().copied().flatten() {
                let label = usize::from(cell.label);
                targets[label] = f32::from(u8::from(cell.present));
                weights[label] = if cell.bulk { BULK } else { 1.0 };
                if let (false, Some(group)) = (cell.bulk, group) {
                    self.judged.push(Judged { row, label, present: cell.present, group });
                }
            }
            self.row_groups.push(group);
            let examples = Arc::make_mut(&mut self.examples);
            examples.targets.extend(targets);
            examples.weights.extend(weights);
        }
        Arc::make_mut(&mut self.examples).vectors.extend(vectors);
        self.base_probabilities.extend(before);
        Ok(())
    }

    /// A stretch of learning, once nothing more is wanted.
    ///
    /// # Errors
    /// When figures are no longer finite, or a computation fails.
    pub fn step(&mut self) -> Result<Outcome, HeadError> {
        let Some(mut stage) = self.stage.take() else {
            self.stage = Some(self.begin()?);
            return Ok(Outcome::More(0.0, "learning", None));
        };
        let until = Instant::now() + Duration::from_millis(30);
        while !stage.trainer.done() && Instant::now() < until {
            stage.trainer.step()?;
            stage.steps_done += 1;
        }
        if stage.trainer.done() {
            let left_out = stage.plan[stage.at];
            stage.at += 1;
            let Some(&next) = stage.plan.get(stage.at) else {
                let head = stage.trainer.head()?;
                self.count(&head, left_out)?;
                return self.finish(&head, stage.method);
            };
            let fitted = std::mem::replace(&mut stage.trainer, self.trainer(next)?).head()?;
            self.count(&fitted, left_out)?;
        }
        let total = stage.trainer.steps() * stage.plan.len();
        let done = stage.steps_done as f32 / total as f32;
        let elapsed = stage.learning_since.elapsed();
        let left = (done > 0.0).then(|| elapsed.mul_f32((1.0 - done).max(0.0) / done));
        self.stage = Some(stage);
        Ok(Outcome::More(done, "learning", left))
    }

    /// Balances the weights and plans the fits.
    fn begin(&mut self) -> Result<Stage, HeadError> {
        let counted: f32 = self.examples.weights.iter().filter(|&&weight| weight > 0.0).sum();
        let held = self.examples.weights.iter().filter(|&&weight| weight < 0.0).count();
        let hold = HOLD * counted / held.max(1) as f32;
        self.hold = hold;
        let weights = &mut Arc::make_mut(&mut self.examples).weights;
        weights.iter_mut().filter(|weight| **weight < 0.0).for_each(|weight| *weight = hold);
        let mut cells = [0; FOLDS as usize];
        self.judged.iter().for_each(|judged| cells[self.folds[judged.group] as usize] += 1);
        let method = method(cells);
        let plan = match method {
            Method::Not => vec![None],
            Method::HeldOut => vec![Some(0)],
            Method::CrossValidation => {
                let folds = (0..FOLDS).filter(|&fold| cells[fold as usize] > 0);
                folds.map(Some).chain([None]).collect()
            }
        };
        let trainer = self.trainer(plan[0])?;
        Ok(Stage { method, plan, at: 0, trainer, steps_done: 0, learning_since: Instant::now() })
    }

    /// A fit that does not learn the decisions of a fold: their words are held to what the base says, as words are
    /// that nobody has decided, so that the fit knows of them what the base knows and no more.
    fn trainer(&self, left_out: Option<u64>) -> Result<Trainer, HeadError> {
        let Some(fold) = left_out else {
            return Trainer::new(&self.base, self.examples.clone(), |_| true, settings(self.job.seed));
        };
        let mut examples = Examples::clone(&self.examples);
        let labels = examples.labels;
        let left_out = |group: &Option<usize>| group.is_some_and(|group| self.folds[group] == fold);
        for row in (0..self.row_groups.len()).filter(|&row| left_out(&self.row_groups[row])) {
            let cells = row * labels..(row + 1) * labels;
            examples.targets[cells.clone()].copy_from_slice(&self.base_probabilities[cells.clone()]);
            examples.weights[cells].fill(self.hold);
        }
        Trainer::new(&self.base, Arc::new(examples), |_| true, settings(self.job.seed))
    }

    /// Counts how base and fitted head do on the cells of the fold that was left out.
    fn count(&mut self, head: &Head, left_out: Option<u64>) -> Result<(), HeadError> {
        let Some(left_out) = left_out else { return Ok(()) };
        let (inputs, labels) = (self.examples.inputs, self.examples.labels);
        let mut fitted: HashMap<usize, Vec<f32>> = HashMap::new();
        for judged in self.judged.iter().filter(|judged| self.folds[judged.group] == left_out) {
            let row = match fitted.entry(judged.row) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(slot) => {
                    let vector = &self.examples.vectors[judged.row * inputs..(judged.row + 1) * inputs];
                    slot.insert(head.probabilities(vector)?)
                }
            };
            let threshold = self.base.meta.thresholds[judged.label];
            let counts = self.counts.entry(judged.group).or_default();
            let before = self.base_probabilities[judged.row * labels + judged.label];
            counts.0.add_cell(judged.present, before >= threshold);
            counts.1.add_cell(judged.present, row[judged.label] >= threshold);
        }
        Ok(())
    }

    /// Labels that the base had not learned and that no decision says a word has: nothing has told what they look like,
    /// and they stay as they are.
    fn unheard(&self) -> Result<LabelSet, HeadError> {
        let cells = self.job.decisions.iter().flat_map(|document| &document.cells).filter(|cell| cell.present);
        let heard: LabelSet = cells.map(|cell| usize::from(cell.label)).collect();
        Ok(self.base.unlearned()?.iter().filter(|&label| !heard.contains(label)).collect())
    }

    /// Judges the fitted head and makes a version of it.
    fn finish(&self, head: &Head, method: Method) -> Result<Outcome, HeadError> {
        let head = head.restored(&self.base, self.unheard()?)?;
        let groups: Vec<(Counts, Counts)> = self.counts.values().copied().collect();
        let judgement = judge(&groups, method, self.job.seed);
        let metrics = json!({
            "decided_cells": self.decided,
            "documents": self.job.decisions.len(),
            "comparison": judgement.comparison,
            "seconds": self.begun.elapsed().as_secs_f64(),
        });
        Ok(Outcome::Done(Box::new(TrainedHead {
            base: self.job.base,
            through: self.job.through,
            seed: self.job.seed,
            head: head.to_bytes()?.into(),
            verdict: judgement.verdict,
            reason: judgement.reason,
            metrics,
        })))
    }
}

/// A document's decided cells by word; cells beyond its words or labels are passed over.
fn by_word(document: &DocumentDecisions, words: usize, labels: usize) -> HashMap<usize, Vec<DecidedCell>> {
    let mut by_word: HashMap<usize, Vec<DecidedCell>> = HashMap::new();
    let known = |cell: &&DecidedCell| (cell.word as usize) < words && usize::from(cell.label) < labels;
    document.cells.iter().filter(known).for_each(|cell| by_word.entry(cell.word as usize).or_default().push(*cell));
    by_word
}

#[cfg(test)]
mod tests;
