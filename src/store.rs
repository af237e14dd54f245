//! The project file: corrections, their history, model versions and review states in one SQLite file.
//!
//! Its thread is the only one that touches the disk for the annotator's work: a request goes in, and a reply comes
//! back once the work is durable.

pub mod protocol;

pub use protocol::{Recorded, Reply, Request};
