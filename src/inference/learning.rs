//! A head training inside the worker: reading notes, learning, tuning, judging, cut into small steps.

mod firmness;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use self::firmness::LeftOutLosses;
use super::cache::Encoded;
use crate::domain::{DecidedCell, DocumentDecisions, LabelSet, Predictions, TrainJob, TrainedHead};
use crate::head::judge::{FOLDS, LEAST_DOCUMENTS, Method, PASSAGE, fold_of, judge, method};
use crate::head::loss::sigmoid;
use crate::head::refit::{Evidence, EvidenceCell, LeftOut, Refit};
use crate::head::{Head, HeadError, HeldOut, Platt, UNTUNED, fit_calibration, fit_thresholds};
use crate::metrics::Counts;

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
/// A label's calibration and threshold are tuned if its held-out cells hold so many present and so many absent ones, of
/// documents that are left out as a whole; else they stay as they were. What passages of a document say of each other is
/// too kind: tuned by it, unseen case reports lost 0.01 of micro-F1 after two or three had been corrected.
const ENOUGH: usize = 100;
/// The same for a label that comes from the project alone, whose threshold nobody has tuned before.
const ENOUGH_OF_OWN: usize = 10;
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
    /// Decided by itself, in a group. It judges unless the active version has learned from it, which would be no fair
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
    pub fn new(job: TrainJob, model: Head, active: Head) -> Result<Self, HeadError> {
        let decided = job.decisions.iter().map(|document| document.cells.len()).sum();
        if decided == 0 {
            return Err(HeadError::NothingDecided);
        }
        Ok(Self {
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
        let decided = by_word(&document, encoded.words.len(), self.model.labels());
        let Picked { rows, sampled } = self.pick(document.document, encoded, &decided);
        let vectors = encoded.vectors.of(rows.iter().map(|(word, _)| *word), self.model.inputs());
        let first = self.evidence.folds.len();
        self.put_features(&vectors)?;
        let active = Predictions::new(0, self.active.labels(), self.active.probabilities(&vectors)?);
        let shown = active.sets(&self.active.meta.thresholds);
        let many = self.job.decisions.len() >= LEAST_DOCUMENTS;
        let name = |word: usize| match many {
            true => encoded.id.to_string(),
            false => format!("{}#{}", encoded.id, word / PASSAGE),
        };
        let single = || document.cells.iter().filter(|cell| !cell.bulk);
        let corrected: BTreeSet<usize> =
            single().map(|cell| usize::from(cell.label)).filter(|&label| label < self.model.labels()).collect();
        let read_to = single().map(|cell| cell.word as usize).max().unwrap_or(0);
        let mut groups: HashMap<String, usize> = HashMap::new();
        for ((row, (word, cells)), shown) in (first..).zip(rows).zip(shown) {
            let decided: &[DecidedCell] = cells.map_or(&[], Vec::as_slice);
            let passed_over = |label: &&usize| word <= read_to && decided.iter().all(|cell| usize::from(cell.label) != **label);
            let weight = if cells.is_some() { PASSED_OVER } else { PASSED_OVER * sampled };
            for &label in corrected.iter().filter(passed_over) {
                self.put_passed_over(row, label, weight, fold_of(&name(word)));
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

    /// Adds a cell that nobody touched: what the model shows of it was most likely found right.
    fn put_passed_over(&mut self, row: usize, label: usize, weight: f32, fold: u64) {
        let present = self.evidence.shown[row * self.model.labels() + label] >= self.model.meta.thresholds[label];
        self.evidence.cells.push(EvidenceCell { row, label, present, weight });
        self.origins.push(Origin::PassedOver(fold));
        self.shown.push(present);
    }

    /// Adds a decided cell, of which the active version says `shown`.
    fn put_decided(&mut self, row: usize, cell: &DecidedCell, group: usize, shown: bool) {
        let label = usize::from(cell.label);
        let seen = self.job.learned.includes(cell, self.groups[group].fold == 0);
        let (weight, origin) = match cell.bulk {
            true => (BULK, Origin::Bulk(group)),
            false => (1.0, Origin::Single { group, judges: !seen }),
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
        self.evidence.passed_over = self.passed_over();
        let mut cells = [0; FOLDS as usize];
        for origin in &self.origins {
            if let Origin::Single { group, judges: true } = *origin {
                cells[self.groups[group].fold as usize] += 1;
            }
        }
        let method = method(cells);
        let folds: Vec<LeftOut> =
            (0..FOLDS).filter(|&fold| self.groups.iter().any(|group| group.fold == fold)).map(|fold| 1u32 << fold).collect();
        let compared = firmness::worth_comparing(self.decided) && folds.len() > 1;
        let fits = match method {
            Method::Not if !compared => vec![0],
            // Fold 0 judges: the version and what it is tuned with have not seen it.
            Method::HeldOut => [1].into_iter().chain(folds.iter().filter(|&&fold| fold != 1).map(|fold| 1 | fold)).collect(),
            Method::CrossValidation | Method::Not => [0].into_iter().chain(folds).collect(),
        };
        let refit = |settings| Refit::new(&self.model, &self.evidence, &fits, settings);
        let refits = firmness::settings(compared, self.job.seed).map(refit).collect::<Result<_, _>>()?;
        Ok(Stage { method, fits, refits, steps_done: 0, learning_since: Instant::now() })
    }

    /// For each label the share of its cells, by weight, that were passed over.
    fn passed_over(&self) -> Vec<f32> {
        let mut sums = vec![(0.0, 0.0); self.model.labels()];
        for (cell, origin) in self.evidence.cells.iter().zip(&self.origins) {
            let (passed_over, all) = &mut sums[cell.label];
            *all += cell.weight;
            *passed_over += if matches!(origin, Origin::PassedOver(_)) { cell.weight } else { 0.0 };
        }
        sums.into_iter().map(|(passed_over, all)| if all > 0.0 { passed_over / all } else { 0.0 }).collect()
    }

    /// Tunes the version's head, judges it, and makes a version of it.
    fn finish(&self, stage: &Stage) -> Result<Outcome, HeadError> {
        let (chosen, logits) = self.chosen(stage)?;
        let (judge_with, tuned) = self.tunings(stage, &logits);
        let mut counts: BTreeMap<usize, (Counts, Counts)> = BTreeMap::new();
        for (fit, fold, tuned) in &judge_with {
            self.count(&mut counts, &logits[*fit], *fold, tuned);
        }
        let groups: Vec<(Counts, Counts)> = counts.into_values().collect();
        let judgement = judge(&groups, stage.method, self.job.seed);
        let metrics = json!({
            "decided_cells": self.decided,
            "documents": self.job.decisions.len(),
            "tuned_labels": tuned.labels,
            "comparison": judgement.comparison,
            "held_out": stage.method == Method::HeldOut,
            "judged": self.judged(&judge_with, &logits),
            "seconds": self.begun.elapsed().as_secs_f64(),
        });
        Ok(Outcome::Done(Box::new(TrainedHead {
            base: self.job.base,
            through: self.job.through,
            seed: self.job.seed,
            head: self.version(stage, &chosen, tuned)?.to_bytes()?.into(),
            verdict: judgement.verdict,
            reason: judgement.reason,
            metrics,
        })))
    }

    /// For each label the place among the refits of the one that it takes; and, with these, what each fit says of each cell of
    /// the evidence.
    fn chosen(&self, stage: &Stage) -> Result<(Vec<usize>, Vec<Vec<f32>>), HeadError> {
        let cells = &self.evidence.cells;
        let mut of_each = stage.refits.iter().map(|refit| refit.logits(cells)).collect::<Result<Vec<_>, _>>()?;
        let bend = self.model.bend();
        for logits in of_each.iter_mut().flatten() {
            logits.iter_mut().zip(cells).for_each(|(logit, cell)| *logit = bend.cell(cell.label, *logit));
        }
        let chosen = self.firmness(stage, &of_each);
        if of_each.len() == 1 {
            return Ok((chosen, of_each.swap_remove(0)));
        }
        let of_fit = |fit: usize| cells.iter().enumerate().map(|(at, cell)| of_each[chosen[cell.label]][fit][at]).collect();
        let logits = (0..stage.fits.len()).map(of_fit).collect();
        Ok((chosen, logits))
    }

    /// What each fit that judges is tuned to, with the fold that it judges on; and what the version is tuned to.
    fn tunings(&self, stage: &Stage, logits: &[Vec<f32>]) -> (Vec<(usize, u64, Tuned)>, Tuned) {
        match stage.method {
            Method::Not => (Vec::new(), Tuned::none(&self.model)),
            Method::HeldOut => {
                let tuned = self.tuned(stage, logits, None);
                (vec![(0, 0, tuned.clone())], tuned)
            }
            Method::CrossValidation => {
                let of = |(fit, &left_out): (usize, &LeftOut)| {
                    let fold = u64::from(left_out.trailing_zeros());
                    (fit, fold, self.tuned(stage, logits, Some(fold)))
                };
                (stage.fits.iter().enumerate().skip(1).map(of).collect(), self.tuned(stage, logits, None))
            }
        }
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

    /// For each label the place among the refits of the one that it takes.
    fn firmness(&self, stage: &Stage, logits: &[Vec<Vec<f32>>]) -> Vec<usize> {
        let mut left_out = LeftOutLosses::new(logits.len(), self.model.labels());
        if logits.len() > 1 {
            let fits = stage.fit_of_fold();
            for (at, (cell, origin)) in self.evidence.cells.iter().zip(&self.origins).enumerate() {
                if let Some(fit) = fits[self.fold(*origin) as usize] {
                    left_out.add(cell, logits.iter().map(|logits| logits[fit][at]));
                }
            }
        }
        left_out.firmness()
    }

    /// The fold that a cell of this origin is left out with.
    fn fold(&self, origin: Origin) -> u64 {
        match origin {
            Origin::Single { group, .. } | Origin::Bulk(group) => self.groups[group].fold,
            Origin::PassedOver(fold) => fold,
        }
    }

    /// Calibration and thresholds from what each fit says of the groups that it alone has left out, those of `but` not
    /// among them.
    fn tuned(&self, stage: &Stage, logits: &[Vec<f32>], but: Option<u64>) -> Tuned {
        let mut tuned = Tuned::none(&self.model);
        let mut held_out = HeldOut::new(self.model.labels());
        let fits = stage.fit_of_fold();
        for (at, (cell, origin)) in self.evidence.cells.iter().zip(&self.origins).enumerate() {
            let Some(group) = origin.group().map(|group| &self.groups[group]) else { continue };
            let fit = fits[group.fold as usize].filter(|_| but != Some(group.fold) && group.is_decided_throughout(cell.label));
            if let Some(fit) = fit {
                held_out.add(cell.label, logits[fit][at], cell.present);
            }
        }
        let maps = fit_calibration(&held_out);
        let whole = self.job.decisions.len() >= LEAST_DOCUMENTS;
        let enough = |label: &usize| {
            let (cells, present) = held_out.support(*label);
            let least = if self.model.is_own(*label) { ENOUGH_OF_OWN } else { ENOUGH };
            present.min(cells - present) >= least && (whole || self.model.is_own(*label))
        };
        let enough: Vec<usize> = (0..self.model.labels()).filter(enough).collect();
        enough.iter().for_each(|&label| tuned.maps[label] = maps[label]);
        let thresholds = fit_thresholds(&held_out.calibrated(&tuned.maps));
        enough.iter().for_each(|&label| tuned.thresholds[label] = thresholds[label]);
        tuned.labels = enough.len();
        tuned
    }

    /// How the version fares by label, on the cells that judge it: hits, false alarms, misses, and neither.
    fn judged(&self, judge_with: &[(usize, u64, Tuned)], logits: &[Vec<f32>]) -> BTreeMap<&str, [u64; 4]> {
        let mut counts = vec![Counts::default(); self.model.labels()];
        for (fit, fold, tuned) in judge_with {
            self.each_judging(&logits[*fit], *fold, tuned, |_, label, present, _, after| counts[label].add_cell(present, after));
        }
        let judged = self.model.meta.scheme.names().zip(counts).filter(|(_, counts)| counts.cells() > 0);
        judged.map(|(name, counts)| (name, [counts.tp, counts.fp, counts.fn_, counts.tn])).collect()
    }

    /// Counts how the active version and a fit do on the cells of a fold that neither has seen.
    fn count(&self, counts: &mut BTreeMap<usize, (Counts, Counts)>, logits: &[f32], fold: u64, tuned: &Tuned) {
        self.each_judging(logits, fold, tuned, |group, _, present, before, after| {
            let counts = counts.entry(group).or_default();
            counts.0.add_cell(present, before);
            counts.1.add_cell(present, after);
        });
    }

    /// Each cell of a fold that judges: its group, its label, whether it is present, and whether the active version and
    /// the new one say so.
    fn each_judging(&self, logits: &[f32], fold: u64, tuned: &Tuned, mut each: impl FnMut(usize, usize, bool, bool, bool)) {
        let cells = self.evidence.cells.iter().zip(&self.origins).zip(&self.shown);
        for (((cell, origin), &before), &logit) in cells.zip(logits) {
            let Origin::Single { group, judges: true } = *origin else { continue };
            if self.groups[group].fold == fold {
                let after = sigmoid(tuned.maps[cell.label].apply(logit)) >= tuned.thresholds[cell.label];
                each(group, cell.label, cell.present, before, after);
            }
        }
    }
}

/// Calibration and thresholds of a version.
#[derive(Clone)]
struct Tuned {
    maps: Vec<Platt>,
    thresholds: Vec<f32>,
    /// How many labels were tuned; the others stay as they were.
    labels: usize,
}

impl Tuned {
    /// As the model has it; a label of the project's own has [`UNTUNED`], unless somebody has set its threshold.
    fn none(model: &Head) -> Self {
        let labels = &model.meta.scheme.labels;
        let threshold = |(label, &threshold): (usize, &f32)| match model.is_own(label) && labels[label].threshold.is_none() {
            true => UNTUNED,
            false => threshold,
        };
        let thresholds = model.meta.thresholds.iter().enumerate().map(threshold).collect();
        Self { maps: vec![Platt::IDENTITY; model.labels()], thresholds, labels: 0 }
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
