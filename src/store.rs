//! The project file: corrections, their history, model versions and review states in one SQLite file.
//!
//! Its thread is the only one that touches the disk for the annotator's work: a request goes in, and a reply comes
//! back once the work is durable. What happened is a chain of events that is only ever added to; everything else in
//! the file can be made again from it.

mod backup;
mod chain;
mod changes;
mod comments;
mod contents;
mod corpus;
mod decisions;
mod disk;
mod error;
mod event;
mod export;
pub mod figures;
mod handle;
mod jump;
mod labels;
mod last;
mod lineage;
mod lock;
mod moves;
mod pace;
mod payload;
pub mod place;
mod project;
mod projection;
pub mod protocol;
mod raters;
mod record;
mod relabel;
mod replay;
mod schema;
mod tally;
mod taught;
pub mod thread;
pub mod timeline;
mod together;
mod version;
pub mod whole;

pub use changes::Changed;
pub use comments::CommentEntry;
pub use corpus::CorpusSource;
pub use error::StoreError;
pub use export::{Export, Exported};
pub use figures::Figures;
pub use handle::StoreHandle;
pub use jump::Leap;
pub use labels::Hidden;
pub use pace::Pace;
pub use project::{Known, Project};
pub use protocol::{Asked, Recorded, Reply, Request};
pub use raters::{Opinion, Opinions, Raters};
pub use record::{Writer, Written};
pub use relabel::Relabelled;
pub use thread::spawn;
pub use together::Along;
pub use version::{ModelVersion, VersionRecord};

#[cfg(test)]
mod tests;
