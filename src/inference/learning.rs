//! A head training inside the worker: reading notes, learning, tuning, judging, cut into small steps.

mod firmness;
mod judging;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use rand::seq::index;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use self::judging::Tuned;
use super::cache::Encoded;
use crate::domain::{DecidedCell, DocumentDecisions, LabelSet, Manner, Predictions, TrainJob, TrainedHead};
use crate::head::judge::{FOLDS, Grouping, Method, fold_of, judge, method};
use crate::head::loss::sigmoid;
use crate::head::refit::{Evidence, EvidenceCell, LeftOut, Refit};
use crate::head::{Head, HeadError};

/// A bulk-accepted cell counts a little less than one that was decided by itself: it is weaker evidence. Not much less: single
/// decisions are mostly corrections, and counting them far more would tell that the head is wrong more often than it is; on
/// unseen case reports micro-F1 falls then, the further the more documents are corrected. What bulk accepts never do is judge.
const BULK: f32 = 0.8;
/// A cell that was passed over counts this much: where a document has corrections of a label, the cells of this label
/// that nobody touched, up to the last decision, were most likely seen and found right. Without them the corrections,
/// which are mistakes without exception, would tell that nearly everything is one: on unseen notes a label's F1 falls
/// after twenty of them.
const PASSED_OVER: f32 = 1.0;
/// About this many undecided words are held, spread over the documents.
const HELD: usize = 4_000;
/// So many documents without decisions are read along at the least, to hold the head where nobody has looked yet; of short ones as
/// many as have [`HELD`] words.
const HELD_DOCUMENTS: usize = 8;
/// And so many at the most.
pub const MOST_HELD_DOCUMENTS: usize = 400;
/// From documents with so many decided words at the most something is learned (each of the two heads that are compared there has
/// a copy of what it sees of them, some 160 MB).
/// More of them would no longer change the head by anything that can be measured, and would take minutes.
const MOST_LEARNED: usize = 100_000;
/// A group is decided throughout for a label if this share of its words is. Only there do decisions tell how often the
/// head is right: elsewhere they are mostly its mistakes, which is what people correct.
const THROUGHOUT: f64 = 0.9;

/// Of documents without decisions, each with its number of words, those that are read along, in order.
pub fn read_along(documents: impl IntoIterator<Item = (usize, usize)>) -> Vec<usize> {
    let (mut along, mut held) = (Vec::new(), 0);
    for (document, words) in documents {
        if along.len() >= HELD_DOCUMENTS && held >= HELD || along.len() == MOST_HELD_DOCUMENTS {
            break;
        }
        along.push(document);
        held += words;
    }
    along.sort_unstable();
    along
}

/// As many of the documents as may be learned from, in order: those decided by hand first, of them the latest, then by lot.
fn enough(decisions: Vec<DocumentDecisions>, most: usize, seed: u64) -> Vec<DocumentDecisions> {
    let words = |document: &DocumentDecisions| document.cells.chunk_by(|a, b| a.word == b.word).count();
    if decisions.iter().map(words).sum::<usize>() <= most {
        return decisions;
    }
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let by_hand = |document: &DocumentDecisions| {
        let cells = document.cells.iter().filter(|cell| matches!(cell.manner, Manner::Single | Manner::Blind));
        cells.map(|cell| cell.event).max()
    };
    let mut order: Vec<_> = decisions.iter().enumerate().map(|(at, it)| (by_hand(it), generator.random::<u64>(), at)).collect();
    order.sort_unstable_by(|a, b| b.cmp(a));
    let mut taken = 0;
    let kept: HashSet<usize> = order
        .into_iter()
        .map(|(_, _, at)| at)
        .filter(|&at| {
            let fits = taken == 0 || taken + words(&decisions[at]) <= most;
            taken += if fits { words(&decisions[at]) } else { 0 };
            fits
        })
        .collect();
    decisions.into_iter().enumerate().filter(|(at, _)| kept.contains(at)).map(|(_, document)| document).collect()
}

/// A group of words that is left out as a whole: a document, or a passage where there are few documents.
#[derive(Default)]
struct Group {
    fold: u64,
    words: usize,
    /// Decided cells of each label.
    decided: Vec<usize>,
}

impl Group {
    fn is_decided_throughout(&self, label: usize) -> bool {
        self.decided[label] as f64 >= THROUGHOUT * self.words as f64
    }
}

/// What is known of a cell beside what the head learns of it.
#[derive(Clone, Copy)]
enum Origin {
    /// Decided by itself or by gold, in a group. It judges unless the active version has learned from it, which would be no fair
    /// comparison.
    Single { group: usize, judges: bool },
    /// Accepted in bulk: it teaches and tunes, but never judges.
    Bulk(usize),
    /// Not decided, but seen, in this fold: it teaches, and tells how firmly the head should be held.
    PassedOver(u64),
}

impl Origin {
    fn group(self) -> Option<usize> {
        match self {
            Self::Single { group, .. } | Self::Bulk(group) => Some(group),
            Self::PassedOver(_) => None,
        }
    }
}

/// The words of a document that are learned from.
struct Picked<'a> {
    /// Each with its decided cells, if it has some.
    rows: Vec<(usize, Option<&'a Vec<DecidedCell>>)>,
    /// For how many undecided words each of those that are here stands.
    sampled: f32,
}

/// How somebody went through a document, as far as decisions made one by one tell.
struct Read {
    /// The labels of which something was decided.
    corrected: BTreeSet<usize>,
    /// The first word that was not reached.
    to: usize,
    /// Whether all of it was since the active version is in use, and so beside what that shows.
    lately: bool,
}

impl Read {
    fn of(document: &DocumentDecisions, labels: usize, since: u64) -> Self {
        let mut read = Self { corrected: BTreeSet::new(), to: 0, lately: true };
        for cell in document.cells.iter().filter(|cell| cell.manner == Manner::Single && usize::from(cell.label) < labels) {
            read.corrected.insert(cell.label.into());
            read.to = read.to.max(cell.word as usize + 1);
            read.lately &= cell.event > since;
        }
        read
    }
}

/// A training under way.
pub struct Learning {
    job: TrainJob,
    /// Documents without decisions.
    held: Vec<DocumentDecisions>,
    /// The model as it came: what learns.
    model: Head,
    /// The active version: what the new one is compared with.
    active: Head,
    evidence: Evidence,
    /// Where each cell of the evidence comes from.
    origins: Vec<Origin>,
    /// What the active version says of each cell of the evidence.
    shown: Vec<bool>,
    groups: Vec<Group>,
    grouping: Grouping,
    /// The documents with decisions, also those that are not learned from.
    decided_of: HashSet<usize>,
    /// How many documents with decisions are not learned from: there are too many.
    passed_by: usize,
    decided: usize,
    next: usize,
    stage: Option<Stage>,
    begun: Instant,
}

/// Learning, once everything is read.
struct Stage {
    method: Method,
    /// The folds that each fit leaves out; the first makes the version.
    fits: Vec<LeftOut>,
    /// These fits for each firmness, the firmest last.
    refits: Vec<Refit>,
    steps_done: usize,
    learning_since: Instant,
}

impl Stage {
    /// For each fold the fit that leaves it out, beside the one that makes the version.
    fn fit_of_fold(&self) -> [Option<usize>; FOLDS as usize] {
        let mut of_fold = [None; FOLDS as usize];
        self.fits.iter().enumerate().skip(1).for_each(|(fit, left_out)| of_fold[left_out.ilog2() as usize] = Some(fit));
        of_fold
    }
}

/// What a step came to.
pub enum Outcome {
    /// There is more to do.
    More {
        /// The share that is done.
        done: f32,
        /// What it is busy with.
        phase: &'static str,
        /// Estimated time left.
        left: Option<Duration>,
        /// Mean loss of a decided cell in the last step.
        loss: Option<f32>,
    },
    /// The version is ready.
    Done(Box<TrainedHead>),
}

impl Learning {
    /// Starts a training of `model`, the model as it came, to be judged against the `active` version. Both have the same
    /// labels.
    ///
    /// # Errors
    /// When nothing is decided.
    pub fn new(mut job: TrainJob, model: Head, active: Head) -> Result<Self, HeadError> {
        let all = job.decisions.len();
        let decided_of = job.decisions.iter().map(|document| document.document).collect();
        job.decisions = enough(job.decisions, MOST_LEARNED, job.seed);
        let decided = job.decisions.iter().map(|document| document.cells.len()).sum();
        if decided == 0 {
            return Err(HeadError::NothingDecided);
        }
        Ok(Self {
            grouping: Grouping::of(job.decisions.len()),
            passed_by: all - job.decisions.len(),
            decided_of,
            job,
            held: Vec::new(),
            model,
            active,
            evidence: Evidence::default(),
            origins: Vec::new(),
            shown: Vec::new(),
            groups: Vec::new(),
            decided,
            next: 0,
            stage: None,
            begun: Instant::now(),
        })
    }

    /// Reads these documents along, which have no decisions: their words hold the head to what it says of them.
    pub fn holding(mut self, documents: impl IntoIterator<Item = usize>) -> Self {
        let others = documents.into_iter().filter(|document| !self.decided_of.contains(document));
        let held: Vec<_> = others.map(|document| DocumentDecisions { document, cells: Vec::new() }).collect();
        self.held.extend(held);
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
        let decided = by_word(&document, encoded.words.len(), self.model.labels());
        let Picked { rows, sampled } = self.pick(document.document, encoded, &decided);
        let vectors = encoded.vectors.of(rows.iter().map(|(word, _)| *word), self.model.inputs());
        let first = self.evidence.folds.len();
        self.put_features(&vectors)?;
        let active = Predictions::new(0, self.active.labels(), self.active.probabilities(&vectors)?);
        let shown = active.sets(&self.active.meta.thresholds);
        let grouping = self.grouping;
        let name = |word: usize| grouping.name(encoded.id.as_str(), word);
        let Read { corrected, to, lately } = Read::of(&document, self.model.labels(), self.job.learned.since);
        let mut groups: HashMap<String, usize> = HashMap::new();
        for ((row, (word, cells)), shown) in (first..).zip(rows).zip(shown) {
            let decided: &[DecidedCell] = cells.map_or(&[], Vec::as_slice);
            let passed_over = |label: &&usize| word < to && decided.iter().all(|cell| usize::from(cell.label) != **label);
            let weight = if cells.is_some() { PASSED_OVER } else { PASSED_OVER * sampled };
            for &label in corrected.iter().filter(passed_over) {
                let active = shown.contains(label);
                // What was passed over under an earlier version can only be told where nothing has changed since. Elsewhere
                // nothing is taught, and nothing held.
                let known = lately || active == self.as_it_came(row, label);
                self.put_passed_over(row, label, active, if known { weight } else { 0.0 }, fold_of(&name(word)));
            }
            if cells.is_none() {
                self.evidence.folds.push((!corrected.is_empty()).then(|| fold_of(&name(word))));
                continue;
            }
            let labels = self.model.labels();
            let group = *groups.entry(name(word)).or_insert_with_key(|name| {
                self.groups.push(Group { fold: fold_of(name), words: 0, decided: vec![0; labels] });
                self.groups.len() - 1
            });
            self.evidence.folds.push(Some(self.groups[group].fold));
            for cell in decided {
                self.put_decided(row, cell, group, shown.contains(cell.label.into()));
            }
        }
        for (word, _) in encoded.words.iter().enumerate().filter(|(_, word)| word.alphanumeric) {
            if let Some(&group) = groups.get(&name(word)) {
                self.groups[group].words += 1;
            }
        }
        Ok(())
    }

    /// The words of a document that are learned from: those that are decided, and a sample of the others.
    fn pick<'a>(&self, document: usize, encoded: &Encoded, decided: &'a HashMap<usize, Vec<DecidedCell>>) -> Picked<'a> {
        let mut rows: Vec<_> = decided.iter().map(|(&word, cells)| (word, Some(cells))).collect();
        rows.sort_unstable_by_key(|(word, _)| *word);
        let words = 0..encoded.words.len();
        let undecided: Vec<usize> =
            words.filter(|word| encoded.words[*word].alphanumeric && !decided.contains_key(word)).collect();
        let documents = self.job.decisions.len() + self.held.len();
        let wanted = HELD.div_ceil(documents).min(undecided.len());
        let mut generator = ChaCha8Rng::seed_from_u64(self.job.seed ^ document as u64);
        let mut held: Vec<usize> =
            index::sample(&mut generator, undecided.len(), wanted).iter().map(|index| undecided[index]).collect();
        held.sort_unstable();
        rows.extend(held.into_iter().map(|word| (word, None)));
        Picked { rows, sampled: undecided.len() as f32 / wanted.max(1) as f32 }
    }

    /// Adds words to the evidence: what the head sees of them, and what the model says of them, as it came and as it is shown.
    fn put_features(&mut self, vectors: &[f32]) -> Result<(), HeadError> {
        let mut logits = self.model.row_logits(vectors)?;
        self.evidence.before.extend(logits.iter().map(|&logit| sigmoid(logit)));
        self.model.bend().rows(&mut logits);
        self.evidence.shown.extend(logits.into_iter().map(sigmoid));
        self.evidence.features.extend(self.model.features(vectors)?);
        Ok(())
    }

    /// Whether the model as it came shows a cell.
    fn as_it_came(&self, row: usize, label: usize) -> bool {
        self.evidence.shown[row * self.model.labels() + label] >= self.model.meta.thresholds[label]
    }

    /// Adds a cell that nobody touched: what was shown of it was most likely found right.
    fn put_passed_over(&mut self, row: usize, label: usize, present: bool, weight: f32, fold: u64) {
        self.evidence.cells.push(EvidenceCell { row, label, present, weight });
        self.origins.push(Origin::PassedOver(fold));
        self.shown.push(present);
    }

    /// Adds a decided cell, of which the active version says `shown`.
    fn put_decided(&mut self, row: usize, cell: &DecidedCell, group: usize, shown: bool) {
        let label = usize::from(cell.label);
        let same = self.job.learned.held_out_of.is_some_and(|documents| Grouping::of(documents) == self.grouping);
        let seen = self.job.learned.includes(cell, same && self.groups[group].fold == 0);
        let (weight, origin) = match cell.manner {
            Manner::Bulk => (BULK, Origin::Bulk(group)),
            Manner::Single | Manner::Blind | Manner::Gold => (1.0, Origin::Single { group, judges: !seen }),
        };
        self.evidence.cells.push(EvidenceCell { row, label, present: cell.present, weight });
        self.origins.push(origin);
        self.shown.push(shown);
        self.groups[group].decided[label] += 1;
    }

    /// A stretch of learning, once nothing more is wanted.
    ///
    /// # Errors
    /// When figures are no longer finite, or a computation fails.
    pub fn step(&mut self) -> Result<Outcome, HeadError> {
        let Some(mut stage) = self.stage.take() else {
            self.stage = Some(self.begin()?);
            return Ok(Outcome::More { done: 0.0, phase: "learning", left: None, loss: None });
        };
        let until = Instant::now() + Duration::from_millis(30);
        let mut loss = None;
        let steps: usize = stage.refits.iter().map(Refit::steps).sum();
        while let Some(refit) = stage.refits.iter_mut().find(|refit| !refit.done())
            && Instant::now() < until
        {
            loss = Some(refit.step()?);
            stage.steps_done += 1;
        }
        if stage.steps_done >= steps {
            return self.finish(&stage);
        }
        let done = stage.steps_done as f32 / steps as f32;
        let elapsed = stage.learning_since.elapsed();
        let left = (done > 0.0).then(|| elapsed.mul_f32((1.0 - done).max(0.0) / done));
        self.stage = Some(stage);
        Ok(Outcome::More { done, phase: "learning", left, loss })
    }

    /// Chooses how to judge, and plans the fits.
    fn begin(&mut self) -> Result<Stage, HeadError> {
        self.evidence.one_sided = self.one_sided();
        let mut cells = [0; FOLDS as usize];
        for origin in &self.origins {
            if let Origin::Single { group, judges: true } = *origin {
                cells[self.groups[group].fold as usize] += 1;
            }
        }
        let method = method(cells);
        let folds: Vec<LeftOut> =
            (0..FOLDS).filter(|&fold| self.groups.iter().any(|group| group.fold == fold)).map(|fold| 1u32 << fold).collect();
        let compared = folds.len() > 1;
        let fits = match method {
            Method::Not if !compared => vec![0],
            // Fold 0 judges: the version and what it is tuned with have not seen it.
            Method::HeldOut => [1].into_iter().chain(folds.iter().filter(|&&fold| fold != 1).map(|fold| 1 | fold)).collect(),
            Method::CrossValidation | Method::Not => [0].into_iter().chain(folds).collect(),
        };
        let refit = |settings| Refit::new(&self.model, &self.evidence, &fits, settings);
        let refits = firmness::settings(compared, self.decided, self.job.seed).map(refit).collect::<Result<_, _>>()?;
        Ok(Stage { method, fits, refits, steps_done: 0, learning_since: Instant::now() })
    }

    /// For each label how one-sided its decisions are: the share of its cells, by weight, that nobody touched while others were
    /// corrected; and of what was accepted in bulk as much as one document is of those that say anything of the label.
    fn one_sided(&self) -> Vec<f32> {
        #[derive(Clone, Copy, Default)]
        struct Sums {
            passed_over: f32,
            bulk: f32,
            all: f32,
        }
        let mut sums = vec![Sums::default(); self.model.labels()];
        for (cell, origin) in self.evidence.cells.iter().zip(&self.origins) {
            let of = &mut sums[cell.label];
            of.all += cell.weight;
            match origin {
                Origin::PassedOver(_) => of.passed_over += cell.weight,
                Origin::Bulk(_) => of.bulk += cell.weight,
                Origin::Single { .. } => {}
            }
        }
        let mut documents = vec![0u32; self.model.labels()];
        for document in &self.job.decisions {
            let labels: LabelSet = document.cells.iter().map(|cell| usize::from(cell.label)).collect();
            documents.iter_mut().enumerate().filter(|(label, _)| labels.contains(*label)).for_each(|(_, count)| *count += 1);
        }
        let share = |(Sums { passed_over, bulk, all }, documents): (Sums, u32)| match all > 0.0 {
            true => (passed_over + bulk / documents.max(1) as f32) / all,
            false => 0.0,
        };
        sums.into_iter().zip(documents).map(share).collect()
    }

    /// Tunes the version's head, judges it, and makes a version of it.
    fn finish(&self, stage: &Stage) -> Result<Outcome, HeadError> {
        let logits = self.logits(stage)?;
        let (chosen, tuned) = self.chosen(stage, &logits);
        let judges = self.judges(stage, &logits);
        let judgement = judge(&self.by_group(&judges), stage.method, self.job.seed);
        let documents = self.job.decisions.len();
        let reason = match self.passed_by {
            0 => judgement.reason,
            passed_by => format!("{}; learned from {documents} of {} documents", judgement.reason, documents + passed_by),
        };
        let metrics = json!({
            "decided_cells": self.decided,
            "documents": documents,
            "tuned_labels": tuned.labels,
            "comparison": judgement.comparison,
            "held_out": stage.method == Method::HeldOut,
            "judged": self.by_label(&judges),
            "seconds": self.begun.elapsed().as_secs_f64(),
        });
        Ok(Outcome::Done(Box::new(TrainedHead {
            base: self.job.base,
            through: self.job.through,
            seed: self.job.seed,
            head: self.version(stage, &chosen, tuned)?.to_bytes()?.into(),
            verdict: judgement.verdict,
            reason,
            metrics,
        })))
    }

    /// The version's head: each label from the refit that it takes.
    fn version(&self, stage: &Stage, chosen: &[usize], tuned: Tuned) -> Result<Head, HeadError> {
        let mut head = stage.refits[0].head(0)?;
        for (at, refit) in stage.refits.iter().enumerate().skip(1) {
            let labels = chosen.iter().enumerate().filter(|(_, chosen)| **chosen == at).map(|(label, _)| label);
            head = head.restored(&refit.head(0)?, labels.collect())?;
        }
        if tuned.labels > 0 {
            head = head.calibrated(&tuned.maps)?;
        }
        head.meta.thresholds = tuned.thresholds;
        Ok(head.restored(&self.model, self.unheard()?)?)
    }

    /// Labels that the model as it came had not learned and that no decision says a word has: nothing has told what they
    /// look like, and they stay as they are.
    fn unheard(&self) -> Result<LabelSet, HeadError> {
        let cells = self.job.decisions.iter().flat_map(|document| &document.cells).filter(|cell| cell.present);
        let heard: LabelSet = cells.map(|cell| usize::from(cell.label)).collect();
        Ok(self.model.unlearned()?.iter().filter(|&label| !heard.contains(label)).collect())
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
