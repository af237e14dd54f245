//! What a head learns from and what comes of it, as plain data: the store gathers a job, the worker carries it out.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How a cell was decided, as training sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// By itself, beside what the model showed.
    Single,
    /// By itself, while the model showed nothing: predictions were hidden, or there were none. It says nothing of the cells
    /// around it.
    Blind,
    /// A selection, a document or all places that read alike in one go: weaker evidence, never used to judge a version.
    Bulk,
    /// By gold that came with the corpus or an import.
    Gold,
}

impl Manner {
    /// How somebody who corrects what is `shown` wrongly and accepts the rest decides that a cell is `present`.
    pub fn of_review(present: bool, shown: bool) -> Self {
        if present == shown { Self::Bulk } else { Self::Single }
    }
}

/// One decided cell, as training sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecidedCell {
    /// Index of the word.
    pub word: u32,
    /// Index of the label.
    pub label: u16,
    /// Whether the word has the label.
    pub present: bool,
    /// How it was decided.
    pub manner: Manner,
    /// Number of the event that decided it; where gold did, of the first that brought some to its document.
    pub event: u64,
}

/// The decided cells of one document, by word, then label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentDecisions {
    /// Index of the document in the corpus.
    pub document: usize,
    /// Its decided cells.
    pub cells: Vec<DecidedCell>,
}

/// Which decisions a version has learned from. The default is the model as it came, which has seen none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// Number of the last event before it; 0 for the model as it came.
    pub through: u64,
    /// Number of the event since which it is in use: what was decided later was decided beside it.
    pub since: u64,
    /// Of how many documents it has left out the fold that judges; `None` where it has left out nothing. The number tells
    /// whether documents or passages of them are in the folds.
    pub held_out_of: Option<usize>,
}

impl Learned {
    /// What a version has learned from that was trained through an event, and is in use since one: its `metrics` tell the rest
    /// ([`TrainedHead::metrics`]).
    pub fn of(metrics: &serde_json::Value, through: u64, since: u64) -> Self {
        let documents = || metrics["documents"].as_u64().and_then(|documents| usize::try_from(documents).ok());
        let held_out = metrics["held_out"].as_bool().unwrap_or(false);
        Self { through, since, held_out_of: held_out.then(documents).flatten() }
    }

    /// Whether the version may have learned from a cell, which is in the fold that it has `left_out` or is not.
    pub fn includes(self, cell: &DecidedCell, left_out: bool) -> bool {
        cell.event <= self.through && self.through > 0 && !left_out
    }
}

/// Everything a head training depends on: the same job gives the same bytes on the same machine.
///
/// A version is the model as it came, trained on all decisions; the active version only judges it. So what was decided
/// long ago counts as much as what was decided today, however often the head was trained, and what was undone is gone.
#[derive(Clone, Debug)]
pub struct TrainJob {
    /// The active version, which the new one must not be worse than.
    pub base: u64,
    /// What that has learned from.
    pub learned: Learned,
    /// Number of the last event whose decisions are in the job.
    pub through: u64,
    /// Seed of shuffling and resampling.
    pub seed: u64,
    /// The decisions, in order of the corpus.
    pub decisions: Vec<DocumentDecisions>,
}

/// How a new version fared against the active one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Not shown to be worse on held-out decisions: activated.
    Activated,
    /// Worse with 90% confidence: kept, not activated.
    KeptAside,
    /// Too few decisions to tell: activated.
    NotJudged,
}

/// A freshly trained head.
#[derive(Clone, Debug)]
pub struct TrainedHead {
    /// The version that was active.
    pub base: u64,
    /// Number of the last event it has learned from.
    pub through: u64,
    /// The seed.
    pub seed: u64,
    /// The serialised head.
    pub head: Arc<[u8]>,
    /// Whether it is to be activated.
    pub verdict: Verdict,
    /// The verdict in a sentence, with its figures.
    pub reason: String,
    /// Figures for the version's record: decided cells, held-out F1 before and after, seconds.
    pub metrics: serde_json::Value,
}
