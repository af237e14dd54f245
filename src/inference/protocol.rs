//! What the model worker is told and what it answers: plain data, no tensors.

use std::sync::Arc;
use std::time::Duration;

use crate::active_learning::suspects::Suspect;
use crate::active_learning::{Cost, Strategy};
use crate::domain::{Annotations, Changes, DocumentDecisions, LabelScheme, LabelSet, TrainJob, TrainedHead};

/// An order to the worker.
#[derive(Clone, Debug)]
pub enum Command {
    /// Predict this document first, beginning near `word`, then these others, then the rest of the corpus.
    /// Predictions of the documents named here are sent in full; of the rest only their summary.
    Focus {
        /// Counts up with every focus. The worker obeys the latest at its next step.
        generation: u64,
        /// Index of the document in the corpus.
        document: usize,
        /// Index of a word to begin near.
        word: usize,
        /// Documents to predict next, best first.
        then: Vec<usize>,
    },
    /// Train a head on decided cells.
    Train(Box<TrainJob>),
    /// Give up the training that is under way, if any.
    CancelTraining,
    /// Look for wrong ones among these decided cells, when there is nothing more urgent. A newer order takes the place of
    /// one that is under way.
    Suspect(Vec<DocumentDecisions>),
    /// What is decided on these documents by now: decided words have left the pool.
    Decided(Vec<(usize, Arc<Annotations>)>),
    /// Rank the documents, now and each time the active version has read those whose vectors are there, or all.
    Rank(RankOrder),
    /// Count the words that would have a label, or lose it, if its threshold were another one.
    CountTurned(Turn),
    /// Predict with this head from now on and report which words' label sets flipped.
    UseHead {
        /// The model version the head belongs to; 0 is the model as it came.
        version: u64,
        /// The serialised head; `None` for the head that came with the model.
        head: Option<Arc<[u8]>>,
    },
    /// Finish.
    Shutdown,
}

/// Another threshold of a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// The label's place in the scheme of the active head.
    pub label: usize,
    /// The threshold now.
    pub before: f32,
    /// The other one.
    pub after: f32,
}

/// How documents are to be ranked.
#[derive(Clone, Debug)]
pub struct RankOrder {
    /// The acquisition function; one that needs dropout draws finds none.
    pub strategy: &'static Strategy,
    /// Documents that the annotator has said are done: they have left the pool.
    pub done: Vec<usize>,
}

/// The documents that have something undecided and were read by the model, the most useful first.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// The version whose predictions it was made from.
    pub version: u64,
    /// The acquisition function.
    pub strategy: &'static Strategy,
    /// The documents in their order.
    pub documents: Vec<RankedDocument>,
}

/// A document in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedDocument {
    /// Index of the document in the corpus.
    pub document: usize,
    /// Its score by the acquisition function, per second of the annotator's time; `None` for one that was drawn before the
    /// model has read it.
    pub score: Option<f64>,
    /// What reviewing it is expected to cost.
    pub cost: Cost,
    /// Why it stands here, in a sentence for the annotator.
    pub reason: String,
    /// Whether it was drawn by lot, whatever its score.
    pub random: bool,
}

/// How a search for wrong decisions is going.
#[derive(Clone, Debug, PartialEq)]
pub enum Suspicion {
    /// It is under way.
    Looking {
        /// From 0 to 1.
        done: f32,
        /// What it is busy with.
        phase: &'static str,
    },
    /// It has ended.
    Found {
        /// Number of decided cells that were checked.
        cells: usize,
        /// The suspects, the most likely to be wrong first (at most [`MAX_SUSPECTS`]), each with its word as it reads.
        suspects: Vec<(Suspect, Arc<str>)>,
    },
    /// It was given up; the sentence says why. Nothing has changed.
    GivenUp(String),
}

/// At most this many suspects are reported.
pub const MAX_SUSPECTS: usize = 1_000;

/// What the worker reports.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The model is loaded.
    Ready {
        /// Its name, for the status line.
        model: String,
        /// Hash of the encoder's weights, in hexadecimal: heads belong to one encoder.
        encoder: String,
        /// Where it computes, e.g. `cpu, 2 threads`.
        device: String,
    },
    /// From here on predictions are those of `version`.
    Using {
        /// The version.
        version: u64,
        /// The labels it knows, in the order of its probabilities.
        scheme: Arc<LabelScheme>,
        /// One threshold a label.
        thresholds: Arc<[f32]>,
        /// The labels of which it has learned nothing and that have seed terms: what is predicted of them are suggestions.
        suggested: LabelSet,
    },
    /// Probabilities of some words of one document.
    Predicted {
        /// Index of the document.
        document: usize,
        /// The version that made them.
        version: u64,
        /// Number of words of the whole document.
        words: usize,
        /// Index of the first word of `rows`.
        first: usize,
        /// Row-major, words × labels.
        rows: Arc<[f32]>,
    },
    /// A document is predicted as a whole.
    Summary {
        /// Index of the document.
        document: usize,
        /// The version.
        version: u64,
        /// Mean uncertainty of its words, 0 (sure) to 1 (tossing a coin).
        uncertainty: f32,
        /// Number of its alphanumeric words.
        words: usize,
        /// How many of them have something undecided that the model is unsure of.
        unsure: usize,
        /// The labels that any of them shows, by a decision or else by the model.
        predicted: LabelSet,
    },
    /// The order in which to review documents.
    Ranked(Box<Ranking>),
    /// How far the prediction of the corpus has come.
    Encoded {
        /// Documents done.
        done: usize,
        /// Documents in all.
        total: usize,
    },
    /// What changed when the active version did, in the documents whose vectors are in memory. A decision that the worker
    /// knows of holds whatever a version says, and is no change.
    Flipped(Box<Changes>),
    /// What changed then in the documents whose vectors were not in memory, and that the version before had read: told once
    /// all of them are read again, unless yet another version is active by then.
    FlippedBeyond(Box<Changes>),
    /// How many undecided words a threshold would turn, in so many documents: those whose vectors are in memory.
    Turned {
        /// The threshold.
        turn: Turn,
        /// Words.
        words: usize,
        /// Documents.
        documents: usize,
    },
    /// A training is under way.
    Training {
        /// From 0 to 1.
        done: f32,
        /// What it is busy with, e.g. `reading notes` or `learning`.
        phase: &'static str,
        /// Estimated time left.
        left: Option<Duration>,
        /// Mean loss of a decided cell in the last step, once it learns.
        loss: Option<f32>,
    },
    /// A training has ended well.
    Trained(Box<TrainedHead>),
    /// A search for wrong decisions.
    Suspicion(Suspicion),
    /// A training was given up or failed; the sentence says why. Nothing has changed.
    NotTrained(String),
    /// Something that costs nothing but time, in a sentence.
    Notice(String),
    /// Something failed; the sentence says what, that nothing was lost and what to do.
    Failed(String),
}
