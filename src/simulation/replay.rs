//! The rounds: pick, review, learn, judge.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use serde::{Serialize, Serializer};

use super::SimulationError;
use super::annotator::review;
use super::laboratory::{Laboratory, Text, shown};
use crate::active_learning::{
    Cost, DecidedWords, Disagreement, Item, PASSAGE, Per, Pool, Strategy, Stretch, Survey, order, passages,
};
use crate::domain::{Annotations, DecidedCell, DocumentDecisions, LabelScheme, LabelSet, Manner, Predictions};
use crate::head::{Head, HeadMeta};

/// What is picked at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whole documents.
    Document,
    /// Passages of about fifty words.
    Passage,
}

/// How to replay.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What is picked at a time.
    pub unit: Unit,
    /// By what usefulness is divided.
    pub per: Per,
    /// Words of the first batch.
    pub first: usize,
    /// Each further batch has this share of the words decided before it, but no less than the first: training often while little is
    /// known makes later suggestions better.
    pub growth: f64,
    /// A replay ends at this share of the full-data F1; above 1: with the pool.
    pub until: f64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { unit: Unit::Document, per: Per::default(), first: 60, growth: 0.15, until: 0.99, seed: 0 }
    }
}

/// The effort so far and what it bought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// What the annotator did.
    pub effort: Cost,
    /// Micro-F1 on the test documents.
    pub micro_f1: f64,
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Row {
            words: u64,
            edits: u64,
            corrections: u64,
            keys: u64,
            seconds: f64,
            micro_f1: f64,
        }
        let Cost { words, edits, corrections, keys, .. } = self.effort;
        let [words, edits, corrections, keys] = [words, edits, corrections, keys].map(|count| count.round() as u64);
        Row { words, edits, corrections, keys, seconds: self.effort.seconds(), micro_f1: self.micro_f1 }.serialize(serializer)
    }
}

/// One strategy's course with one seed.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The strategy's name.
    pub name: &'static str,
    /// The seed.
    pub seed: u64,
    /// A point a round.
    pub points: Vec<Point>,
}

/// What learns in a replay.
pub trait Learner {
    /// The head in use after a training on the decisions so far, of documents of the pool. `round` counts from 1 and is also the
    /// number of the event that made the latest of them.
    ///
    /// # Errors
    /// When the head can't be trained.
    fn learn(&mut self, decisions: &[DocumentDecisions], round: u64, seed: u64) -> Result<Head, SimulationError>;
}

/// Micro-F1 on the test documents of a head that has learned from the whole pool at once, as far as the learner takes it in.
///
/// # Errors
/// When the head can't be trained.
pub fn full(laboratory: &Laboratory, learner: &mut dyn Learner) -> Result<f64, SimulationError> {
    let texts = laboratory.pool.texts.iter().enumerate();
    let decide = |(document, text): (usize, &Text)| {
        let nothing = vec![LabelSet::EMPTY; text.words.len()];
        DocumentDecisions { document, cells: decide(text, 0..text.words.len(), &nothing, laboratory.scheme.len(), 1).collect() }
    };
    let decisions: Vec<DocumentDecisions> = texts.map(decide).collect();
    judge(laboratory, &learner.learn(&decisions, 1, 0)?)
}

/// What the annotator decides of these words where `shown` is shown: what is wrong by itself, the rest in bulk. Of a part of a
/// document corrections are told as if nothing had been shown: nobody has read the words before it.
fn decide(text: &Text, range: Range<usize>, shown: &[LabelSet], labels: usize, event: u64) -> impl Iterator<Item = DecidedCell> {
    let whole = range == (0..text.words.len());
    let cells =
        range.filter(|&word| text.words[word].alphanumeric).flat_map(move |word| (0..labels).map(move |label| (word, label)));
    cells.map(move |(word, label)| {
        let present = text.sets[word].contains(label);
        let manner = match Manner::of_review(present, shown[word].contains(label)) {
            Manner::Single if !whole => Manner::Blind,
            manner => manner,
        };
        DecidedCell { word: word as u32, label: label as u16, present, manner, event }
    })
}

/// Replays one strategy; it ends early at `settings.until` of `full`. `watch` is told each round.
///
/// # Errors
/// When the head can't be trained, or `watch` stops it.
pub fn replay(
    laboratory: &Laboratory,
    strategy: &'static Strategy,
    settings: &Settings,
    full: f64,
    learner: &mut dyn Learner,
    mut watch: impl FnMut(&Point) -> ControlFlow<()>,
) -> Result<Replay, SimulationError> {
    let pool = &laboratory.pool;
    let stretches = stretches(laboratory, settings.unit);
    let mut decisions: BTreeMap<usize, Vec<DecidedCell>> = BTreeMap::new();
    let mut left: Vec<usize> = (0..stretches.len()).collect();
    let (mut decided, mut effort, mut points) = (DecidedWords::default(), Cost::default(), Vec::new());
    let mut head = empty(laboratory)?;
    while !left.is_empty() {
        let round = points.len() as u64;
        let seed = settings.seed.wrapping_mul(1_000_003).wrapping_add(round);
        let probabilities = head.probabilities(&pool.examples.vectors)?;
        let items = survey(laboratory, &head, &probabilities, (&stretches, &left), &decided, strategy, seed)?;
        let batch = (effort.words * settings.growth).max(settings.first as f64);
        let picked = pick(strategy, &items, &decided, settings, batch, seed);
        let mut taken = vec![false; left.len()];
        for at in picked {
            taken[at] = true;
            let (document, range) = &stretches[left[at]];
            let text = &pool.texts[*document];
            let labels = laboratory.scheme.len();
            let row = |word: usize| (text.first + word) * labels..(text.first + word + 1) * labels;
            let now: Vec<LabelSet> =
                (0..text.words.len()).map(|word| shown(&probabilities[row(word)], &head.meta.thresholds)).collect();
            effort += review(&text.words, range, &now, &text.sets, labels);
            let words = range.clone().filter(|&word| text.words[word].alphanumeric);
            words.for_each(|word| decided.add(text.sets[word]));
            decisions.entry(*document).or_default().extend(decide(text, range.clone(), &now, labels, round + 1));
            if !items[at].centroid.is_empty() {
                decided.add_centroid(items[at].centroid.clone());
            }
        }
        let mut at = 0;
        left.retain(|_| {
            at += 1;
            !taken[at - 1]
        });
        decisions.values_mut().for_each(|cells| cells.sort_unstable_by_key(|cell| (cell.word, cell.label)));
        let so_far: Vec<DocumentDecisions> =
            decisions.iter().map(|(&document, cells)| DocumentDecisions { document, cells: cells.clone() }).collect();
        head = learner.learn(&so_far, round + 1, seed)?;
        let point = Point { effort, micro_f1: judge(laboratory, &head)? };
        points.push(point);
        if watch(&point).is_break() {
            return Err(SimulationError::Stopped);
        }
        if point.micro_f1 >= settings.until * full {
            break;
        }
    }
    Ok(Replay { name: strategy.name, seed: settings.seed, points })
}

/// The stretches to pick from: documents and word ranges, those without a word to read left out.
fn stretches(laboratory: &Laboratory, unit: Unit) -> Vec<(usize, Range<usize>)> {
    let cut = |text: &Text| match unit {
        Unit::Document => std::iter::once(0..text.words.len()).collect(),
        Unit::Passage => passages(&text.text, &text.words, PASSAGE),
    };
    let texts = laboratory.pool.texts.iter().enumerate();
    let all = texts.flat_map(|(index, text)| cut(text).into_iter().map(move |range| (index, range)));
    all.filter(|(document, range)| laboratory.pool.texts[*document].words[range.clone()].iter().any(|word| word.alphanumeric))
        .collect()
}

/// Sums up the stretches that are left.
fn survey(
    laboratory: &Laboratory,
    head: &Head,
    probabilities: &[f32],
    (stretches, left): (&[(usize, Range<usize>)], &[usize]),
    decided: &DecidedWords,
    strategy: &Strategy,
    seed: u64,
) -> Result<Vec<Item>, SimulationError> {
    let (examples, labels, annotations) = (&laboratory.pool.examples, laboratory.scheme.len(), Annotations::default());
    let disagreement = if strategy.needs.draws {
        let mut draws = Disagreement::new(examples.rows(), labels);
        for draw in head.draws(seed)? {
            draws.add(&draw.probabilities(&examples.vectors)?);
        }
        draws.words()
    } else {
        Vec::new()
    };
    let mut survey = Survey::new(&head.meta.thresholds, decided);
    let item = |&at: &usize| {
        let (document, range) = &stretches[at];
        let text = &laboratory.pool.texts[*document];
        let rows = text.rows();
        let vectors = rows.start * examples.inputs..rows.end * examples.inputs;
        let vectors: &[f32] = if strategy.needs.vectors { &examples.vectors[vectors] } else { &[] };
        survey.item(&Stretch {
            words: &text.words,
            range,
            annotations: &annotations,
            predictions: &Predictions::new(0, labels, probabilities[rows.start * labels..rows.end * labels].to_vec()),
            vectors: &vectors,
            disagreement: disagreement.get(rows).unwrap_or(&[]),
        })
    };
    Ok(left.iter().map(item).collect())
}

/// The items of the next batch, by their indices.
fn pick(strategy: &Strategy, items: &[Item], decided: &DecidedWords, settings: &Settings, batch: f64, seed: u64) -> Vec<usize> {
    let words: f64 = items.iter().map(|item| f64::from(item.words)).sum();
    let first = (batch * items.len() as f64 / words.max(1.0)).ceil() as usize;
    let mut left = batch;
    let order = order(strategy, &Pool { items, decided, per: settings.per }, first, seed);
    let fits = |(item, _): &(usize, f64)| {
        let more = left > 0.0;
        left -= f64::from(items[*item].words);
        more
    };
    order.into_iter().take_while(fits).map(|(item, _)| item).collect()
}

/// A head that has learned nothing and shows nothing: what each replay begins with.
///
/// # Errors
/// When it can't be made.
pub fn empty(laboratory: &Laboratory) -> Result<Head, SimulationError> {
    let inputs = laboratory.pool.examples.inputs;
    let none = LabelScheme { name: laboratory.scheme.name.clone(), labels: Vec::new() };
    let meta = HeadMeta::fresh(none, laboratory.encoder.as_str());
    Ok(Head::new(meta, inputs, None, &[], 0)?.conformed(&laboratory.scheme)?)
}

fn judge(laboratory: &Laboratory, head: &Head) -> Result<f64, SimulationError> {
    let probabilities = head.probabilities(&laboratory.test.examples.vectors)?;
    Ok(laboratory.test.counts(&probabilities, &head.meta.thresholds).f1())
}
