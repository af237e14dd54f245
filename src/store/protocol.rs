//! What the store's thread is asked and what it answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::changes::Changed;
use super::comments::CommentEntry;
use super::export::Exported;
use super::figures::Figures;
use super::jump::Leap;
use super::labels::Hidden;
use super::timeline::{Page, Part};
use crate::domain::matches::Place;
use crate::domain::{
    Annotations, Changes, Disposition, Document, DocumentDecisions, Edit, EditId, History, LabelScheme, Relabel, TrainJob,
    TrainedHead, Verdict, Words,
};

/// How far the review of a document has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReviewState {
    /// No decision yet.
    #[default]
    New,
    /// Some decisions.
    Started,
    /// The annotator has said that it is done.
    Done,
    /// The annotator has said that it is to be passed over.
    Skipped,
    /// The annotator has said that it needs to be discussed.
    Discuss,
}

impl ReviewState {
    /// All of them, in the order of a review.
    pub const ALL: [Self; 5] = [Self::New, Self::Started, Self::Done, Self::Skipped, Self::Discuss];

    /// Its name in the project file and in the filter of the queue.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Started => "started",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Discuss => "discuss",
        }
    }

    /// Whether the document is out of the way: nobody need be led to it.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Done | Self::Skipped)
    }

    /// What a document's disposition and its number of decided cells amount to.
    pub fn new(disposition: Disposition, decided: usize) -> Self {
        match disposition {
            Disposition::Done => Self::Done,
            Disposition::Skipped => Self::Skipped,
            Disposition::Discuss => Self::Discuss,
            Disposition::Open if decided == 0 => Self::New,
            Disposition::Open => Self::Started,
        }
    }

    /// What an annotator has said by it.
    pub fn disposition(self) -> Disposition {
        match self {
            Self::New | Self::Started => Disposition::Open,
            Self::Done => Disposition::Done,
            Self::Skipped => Disposition::Skipped,
            Self::Discuss => Disposition::Discuss,
        }
    }
}

/// Work for the store, carried out in order.
#[derive(Clone, Debug)]
pub enum Request {
    /// Read a document of the corpus and what is known of it.
    Open {
        /// Index in the corpus.
        document: usize,
    },
    /// Record an edit.
    Edit {
        /// Index of the document, which has been opened.
        document: usize,
        /// The edit.
        edit: Arc<Edit>,
    },
    /// Record edits of several documents as one step: what is undone of it is undone in all of them.
    Together {
        /// Indices of the documents, and the edits.
        edits: Vec<(usize, Arc<Edit>)>,
    },
    /// Record that the document's last edit was taken back.
    Undo {
        /// Index of the document.
        document: usize,
        /// The edit that was taken back.
        edit: EditId,
    },
    /// Record that the document's last undone edit was done again.
    Redo {
        /// Index of the document.
        document: usize,
        /// The edit.
        edit: EditId,
    },
    /// Read what is decided on some of the documents, beginning with this place among those that the project holds;
    /// answered by [`Reply::Decided`], a few at a time, so that nobody waits for all of them.
    Decided {
        /// The place.
        from: usize,
    },
    /// Gather every decided cell of the project for a training.
    Decisions {
        /// The active version.
        base: u64,
    },
    /// Gather every decided cell of the project to look for wrong ones.
    DecisionsToCheck,
    /// The loaded model's encoder has this hash; versions are recorded under it, and only its own can be activated.
    Encoder(Arc<str>),
    /// Record a new version and, if its verdict says so, activate it; both in one transaction.
    AddVersion(Box<TrainedHead>),
    /// Activate a version (0: the model as it came).
    Activate(u64),
    /// Keep what the version that has become active has changed.
    Changed(Box<Changes>),
    /// Activate the version that was active before this one.
    Rollback,
    /// List the model versions.
    Versions,
    /// Count what is decided, and tell how the versions fared.
    Figures,
    /// Write what is decided beside the project, as gold.
    Export,
    /// List what was written beside the documents.
    Comments,
    /// List some of the steps that the project has gone.
    Timeline(Part),
    /// Make all that is decided as it was right after this step; 0: before the first.
    Jump(u64),
    /// Count the decisions that other labels would hide.
    Hidden(Arc<LabelScheme>),
    /// Find the places that read alike in other notes; answered by [`Reply::Found`], some notes at a time.
    Find {
        /// What is looked for.
        alike: Arc<Alike>,
        /// The note to begin at.
        from: usize,
    },
    /// Read the guidelines in this file.
    Guidelines(Arc<Path>),
    /// Find examples of a label among what is decided; answered by [`Reply::Examples`], some documents at a time.
    Examples {
        /// Index of the label.
        label: usize,
        /// The place to begin at, among the documents with decisions.
        from: usize,
    },
    /// Remember how far the tutorial has come, as the screen puts it.
    Tutorial(String),
    /// Change a label of the project's scheme; answered by [`Reply::Relabelled`].
    Relabel(Relabel),
    /// Take the last change of a label back.
    UndoRelabel,
    /// Tell which of some words each of some documents contains; answered by [`Reply::Contents`], perhaps for the first
    /// of the documents only, so that nobody waits for long ones.
    Contents {
        /// The words, in lower case, at most 32.
        words: Arc<[String]>,
        /// Indices in the corpus.
        documents: Vec<usize>,
    },
    /// Tell who has decided something in which documents.
    Annotators,
    /// Remember where the annotator is when the session ends.
    Place {
        /// Index of the document, which has been opened.
        document: usize,
        /// Index of the word.
        word: usize,
    },
    /// Fold the write-ahead log back and close.
    Close,
}

/// Words to be found, and the label that is to be decided there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// The words, as [`crate::domain::matches::folded`] gives them.
    pub phrase: Vec<String>,
    /// Index of the label.
    pub label: usize,
    /// Whether it is to be set, as opposed to taken away: places where that is decided are left out.
    pub present: bool,
    /// The note that is left out.
    pub besides: usize,
}

/// What kind of request a failure answers, so that nothing else is given up for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// None: the project was being opened or closed.
    Nothing,
    /// [`Request::Open`] of this document.
    Open(usize),
    /// An edit, undo or redo; [`Reply::NotSaved`] says which document is concerned.
    Change,
    /// [`Request::Decided`].
    Decided,
    /// [`Request::Decisions`].
    Decisions,
    /// [`Request::DecisionsToCheck`].
    DecisionsToCheck,
    /// [`Request::Encoder`].
    Encoder,
    /// [`Request::AddVersion`].
    AddVersion,
    /// [`Request::Activate`] or [`Request::Rollback`].
    Switch,
    /// [`Request::Changed`].
    Changed,
    /// [`Request::Versions`].
    Versions,
    /// [`Request::Figures`].
    Figures,
    /// [`Request::Export`].
    Export,
    /// [`Request::Comments`].
    Comments,
    /// [`Request::Timeline`].
    Timeline,
    /// [`Request::Jump`].
    Jump,
    /// [`Request::Hidden`].
    Hidden,
    /// [`Request::Find`].
    Find,
    /// [`Request::Guidelines`].
    Guidelines,
    /// [`Request::Examples`].
    Examples,
    /// [`Request::Tutorial`].
    Tutorial,
    /// [`Request::Relabel`] or [`Request::UndoRelabel`].
    Relabel,
    /// [`Request::Contents`].
    Contents,
    /// [`Request::Annotators`].
    Annotators,
}

impl From<&Request> for Asked {
    fn from(request: &Request) -> Self {
        match request {
            Request::Open { document } => Self::Open(*document),
            Request::Edit { .. } | Request::Together { .. } | Request::Undo { .. } | Request::Redo { .. } => Self::Change,
            Request::Decided { .. } => Self::Decided,
            Request::Decisions { .. } => Self::Decisions,
            Request::DecisionsToCheck => Self::DecisionsToCheck,
            Request::Encoder(_) => Self::Encoder,
            Request::AddVersion(_) => Self::AddVersion,
            Request::Activate(_) | Request::Rollback => Self::Switch,
            Request::Changed(_) => Self::Changed,
            Request::Versions => Self::Versions,
            Request::Figures => Self::Figures,
            Request::Export => Self::Export,
            Request::Comments => Self::Comments,
            Request::Timeline(_) => Self::Timeline,
            Request::Jump(_) => Self::Jump,
            Request::Hidden(_) => Self::Hidden,
            Request::Find { .. } => Self::Find,
            Request::Guidelines(_) => Self::Guidelines,
            Request::Examples { .. } => Self::Examples,
            Request::Tutorial(_) => Self::Tutorial,
            Request::Relabel(_) | Request::UndoRelabel => Self::Relabel,
            Request::Contents { .. } => Self::Contents,
            Request::Annotators => Self::Annotators,
            Request::Place { .. } | Request::Close => Self::Nothing,
        }
    }
}

/// That something was recorded durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Number of the event.
    pub event: u64,
    /// Who.
    pub annotator: Arc<str>,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
}

/// One document's line in the queue, as far as the project knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueEntry {
    /// How far its review has come.
    pub review: ReviewState,
    /// Number of cells that a human decided.
    pub decided: usize,
}

/// A document in which something was recorded that nobody did there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Index in the corpus.
    pub document: usize,
    /// Its line in the queue, as of now.
    pub entry: QueueEntry,
    /// Whose word stands on it now.
    pub deciders: Vec<Arc<str>>,
}

/// A document with everything that is known of it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Index in the corpus.
    pub index: usize,
    /// The note.
    pub document: Arc<Document>,
    /// Its words.
    pub words: Arc<Words>,
    /// Its decisions.
    pub annotations: Annotations,
    /// What can be undone.
    pub history: History,
    /// What the reader should know, e.g. that the note was changed since it was annotated.
    pub notice: Option<String>,
}

/// A model version, as far as a list tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionEntry {
    /// Its number; 0 is the model as it came.
    pub version: u64,
    /// How it was made; `None` for version 0.
    pub made: Option<Made>,
    /// Whether predictions are made with it.
    pub active: bool,
}

/// How a version was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// How it fared against the version it was trained from.
    pub verdict: Verdict,
    /// The verdict in a sentence.
    pub reason: String,
    /// Whether it belongs to the loaded model's encoder; else it can't be activated.
    pub fits: bool,
    /// What it has changed, if it has been in use and that is known.
    pub changed: Option<Changed>,
}

/// What a jump has led to.
#[derive(Clone, Debug)]
pub struct Jumped {
    /// What it has changed.
    pub leap: Leap,
    /// A line a document, in order of the corpus, as of now.
    pub queue: Vec<QueueEntry>,
    /// The version that is in use from now on, if the jump has changed it.
    pub version: Option<InUse>,
}

/// A version to predict with.
#[derive(Clone, Debug)]
pub struct InUse {
    /// Its number; 0 is the model as it came.
    pub version: u64,
    /// Its serialised head; `None` for version 0.
    pub head: Option<Arc<[u8]>>,
}

/// What the store answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The project is open: its scheme (if it has one of its own), its active version, and a line for each document
    /// of the corpus.
    Ready {
        /// The project's label scheme.
        scheme: Arc<LabelScheme>,
        /// The active version; 0 is the model as it came.
        active: u64,
        /// The active version's serialised head; `None` for version 0.
        head: Option<Arc<[u8]>>,
        /// A line a document, in order of the corpus.
        queue: Vec<QueueEntry>,
        /// What the reader should know, e.g. that the project is on a network file system.
        notice: Option<String>,
    },
    /// A document was read.
    Opened(Box<Opened>),
    /// A document could not be read; the sentence says why.
    NotOpened {
        /// Index of the document.
        document: usize,
        /// Why, and what to do.
        why: String,
    },
    /// An edit, undo or redo is durable.
    Saved {
        /// Index of the document.
        document: usize,
        /// The edit.
        edit: EditId,
        /// By whom and when.
        recorded: Recorded,
        /// The document's line in the queue, as of now.
        entry: QueueEntry,
        /// Whose word stands on it now.
        deciders: Vec<Arc<str>>,
    },
    /// What was undone or redone in one document is so in others too, with which it had been done; [`Reply::Saved`]
    /// follows.
    Along(Vec<Touched>),
    /// An edit could not be saved: the screen must take it back and say so.
    NotSaved {
        /// Index of the document.
        document: usize,
        /// Why, and what to do.
        why: String,
    },
    /// What is decided on some documents (after [`Request::Decided`]).
    Decided {
        /// Indices in the corpus with what is decided there; documents without a decision are left out.
        documents: Vec<(usize, Arc<Annotations>)>,
        /// From which place on to ask for more; `None` if these were the last.
        next: Option<usize>,
    },
    /// The decided cells for a training.
    Decisions(Box<TrainJob>),
    /// Instead of them: nothing was decided since this version was trained.
    NothingNew {
        /// The version.
        version: u64,
    },
    /// The decided cells to look for wrong ones among, in order of the corpus.
    DecisionsToCheck(Vec<DocumentDecisions>),
    /// Another version is active (after [`Request::AddVersion`], [`Request::Activate`] or [`Request::Rollback`]).
    Active {
        /// The version.
        version: u64,
        /// Its serialised head; `None` for version 0.
        head: Option<Arc<[u8]>>,
        /// A sentence for the status line.
        note: String,
    },
    /// What the active version has changed when it became active, if an earlier session has kept that (after
    /// [`Request::Encoder`]).
    Changes(Box<Changes>),
    /// The model versions, latest first; version 0 is the last (after [`Request::Versions`]).
    Versions(Vec<VersionEntry>),
    /// The project's figures (after [`Request::Figures`]).
    Figures(Box<Figures>),
    /// What is decided was written (after [`Request::Export`]).
    Exported {
        /// How much.
        exported: Exported,
        /// Where.
        place: PathBuf,
    },
    /// What was written beside the documents, in order of the corpus (after [`Request::Comments`]).
    Comments(Vec<CommentEntry>),
    /// Some of the steps (after [`Request::Timeline`]).
    Timeline(Box<Page>),
    /// All that is decided is as it was right after a step (after [`Request::Jump`]).
    Jumped(Box<Jumped>),
    /// What other labels would hide (after [`Request::Hidden`]).
    Hidden {
        /// The labels.
        scheme: Arc<LabelScheme>,
        /// The decisions.
        hidden: Hidden,
    },
    /// The guidelines, or why there are none to show (after [`Request::Guidelines`]).
    Guidelines(Result<String, String>),
    /// Examples of a label (after [`Request::Examples`]).
    Examples {
        /// Index of the label.
        label: usize,
        /// Words on which people have decided that it is present.
        found: Vec<String>,
        /// From which place on to ask for more; `None` if these were the last.
        next: Option<usize>,
    },
    /// A version was recorded and kept aside.
    KeptAside {
        /// The version.
        version: u64,
        /// Why.
        note: String,
    },
    /// Places that read alike (after [`Request::Find`]).
    Found {
        /// What was looked for.
        alike: Arc<Alike>,
        /// The places, each with its note.
        places: Vec<(usize, Place)>,
        /// From which note on to ask for more; `None` if these were the last.
        next: Option<usize>,
    },
    /// The project's labels are others now (after [`Request::Relabel`] or [`Request::UndoRelabel`]).
    Relabelled {
        /// The scheme.
        scheme: Arc<LabelScheme>,
        /// What was done, as a sentence.
        said: String,
    },
    /// What documents contain (after [`Request::Contents`]).
    Contents {
        /// The words.
        words: Arc<[String]>,
        /// Documents, each with a bit for every word, in their order: whether it contains it.
        found: Vec<(usize, u32)>,
    },
    /// Who has decided something in which documents of the corpus (after [`Request::Annotators`]).
    Annotators(Vec<(Arc<str>, Vec<usize>)>),
    /// Something else failed.
    Failed {
        /// What was asked.
        asked: Asked,
        /// What happened, and what to do.
        why: String,
    },
    /// The project is closed.
    Closed,
}
