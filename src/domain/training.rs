//! What a head learns from and what comes of it, as plain data: the store gathers a job, the worker carries it out.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One decided cell, as training sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecidedCell {
    /// Index of the word.
    pub word: u32,
    /// Index of the label.
    pub label: u16,
    /// Whether the word has the label.
    pub present: bool,
    /// Accepted in bulk (a selection or a document at a time): weaker evidence, never used to judge a version.
    pub bulk: bool,
}

/// The decided cells of one document, by word, then label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentDecisions {
    /// Index of the document in the corpus.
    pub document: usize,
    /// Its decided cells.
    pub cells: Vec<DecidedCell>,
}

/// Everything a head training depends on: the same job gives the same bytes on the same machine.
#[derive(Clone, Debug)]
pub struct TrainJob {
    /// The version to start from.
    pub base: u64,
    /// Number of the last event whose decisions are in the job.
    pub through: u64,
    /// Seed of shuffling and resampling.
    pub seed: u64,
    /// The decisions, in order of the corpus.
    pub decisions: Vec<DocumentDecisions>,
}

/// How a new version fared against the one it was trained from.
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
    /// The version it was trained from.
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
