//! The core of Chartmark: documents, words, labels, decisions and how they change.
//!
//! Everything here is a pure value. The domain never knows about the terminal, files, a database, a model or a
//! clock: whoever stamps a decision with a time or reads a note hands the result in. That is what makes every
//! edit testable in the text notation of [`notation`] and every edit invertible.

pub mod annotation;
pub mod comment;
pub mod direction;
pub mod document;
pub mod edit;
pub mod flip;
pub mod history;
pub mod joined;
pub mod label;
pub mod matches;
pub mod moved;
pub mod notation;
pub mod offset;
pub mod on_word;
pub mod outline;
pub mod pattern;
pub mod prediction;
pub mod relabel;
pub mod seed;
pub mod spans;
pub mod training;
pub mod visible;
pub mod word;

pub use annotation::{Annotations, Cell, Decided, Decision, Imported, Scope, Shown, Stamp, WordState};
pub use comment::{Anchor, Comment, CommentChange};
pub use document::{Document, DocumentId, TextHash};
pub use edit::{Change, Disposition, Edit, Swap};
pub use flip::{Changes, Flip, MAX_FLIPS, Turned};
pub use history::{EditId, Fate, History, Past, Trace};
pub use label::{Draft, Label, LabelColor, LabelScheme, LabelSet, MAX_LABELS, SchemeError};
pub use offset::CharOffsets;
pub use on_word::OnWord;
pub use prediction::Predictions;
pub use relabel::{Relabel, Threshold};
pub use seed::{SeedError, seed_parts};
pub use training::{DecidedCell, DocumentDecisions, Learned, Manner, TrainJob, TrainedHead, Verdict};
pub use visible::{visible, visible_char};
pub use word::{Span, Word, Words};
