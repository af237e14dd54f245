//! What the status line, the notices and the list of changed words show.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Changes, LabelScheme};
use crate::store::protocol::VersionEntry;

/// Whether everything is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saving {
    /// The project is being opened.
    Opening,
    /// Everything is durable.
    Saved,
    /// So many changes are on their way.
    Pending(usize),
    /// The last change could not be saved and was taken back; the sentence says why.
    Failed(String),
    /// The store's thread is gone: nothing can be saved any more.
    Gone,
}

impl Saving {
    /// Whether the project is open: something can be asked of it, and recorded in it.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Opening | Self::Gone)
    }
}

/// The model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Model {
    /// It is being loaded.
    Loading,
    /// It works.
    Ready {
        /// Its name.
        name: String,
        /// Where it computes.
        device: String,
        /// Documents of the corpus predicted so far, and in all.
        encoded: (usize, usize),
    },
    /// It does not work; the sentence says why. Labelling goes on without predictions.
    Failed(String),
}

/// A training, from the key press until its version is recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Training {
    /// The decisions are being gathered.
    Gathering,
    /// The worker has them.
    Running {
        /// From 0 to 1.
        done: f32,
        /// What it is busy with.
        phase: &'static str,
        /// Estimated time left.
        left: Option<Duration>,
        /// Mean loss of a decided cell in the last step, once it learns.
        loss: Option<f32>,
    },
    /// It was told to stop.
    Cancelling,
    /// The new version is being recorded.
    Recording,
}

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Plain,
    /// Something could not be done.
    Warning,
    /// Something failed.
    Error,
}

/// A sentence for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// After how many further keys it goes away.
    pub stays: u8,
}

impl Notice {
    /// After so many keys a report goes.
    pub const LONG: u8 = 12;

    /// Whether it was there for some keys, or is no report.
    pub fn was_read(&self) -> bool {
        self.stays + 3 <= Self::LONG
    }
}

/// What another version has changed, as a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flips {
    /// It, without the words of notes whose text is another one by now.
    pub changes: Changes,
    /// Index of the word last gone to; `None` before the first.
    pub cursor: Option<usize>,
}

impl From<Changes> for Flips {
    fn from(changes: Changes) -> Self {
        Self { changes, cursor: None }
    }
}

/// How far a list that the store fills has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listing {
    /// It is all there.
    #[default]
    There,
    /// It is being read.
    Awaited,
    /// It could not be read.
    Failed,
}

/// The model versions, listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// Latest first; the original model is the last.
    pub list: Vec<VersionEntry>,
    /// Index in `list` of the list's cursor.
    pub cursor: usize,
}

/// The label schemes to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schemes {
    /// The schemes, the one in use first.
    pub list: Vec<Arc<LabelScheme>>,
    /// Index in `list` of the list's cursor.
    pub cursor: usize,
    /// Index of the label that the cursor of the labels' own list stands on.
    pub label: usize,
}
