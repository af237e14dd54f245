//! The model at work: one thread that owns every tensor, and the messages it exchanges with the rest.
//!
//! The worker predicts the document on screen first, then its neighbours, then the rest of the corpus, and trains in
//! between; it works in small steps and looks for newer orders after each of them.

pub mod bench;
pub mod cache;
pub mod draws;
pub mod learning;
pub mod model;
pub mod pool;
pub mod protocol;
pub mod seeds;
pub mod stream;
pub mod study;
pub mod suspects;
pub mod worker;

pub use model::{Model, ModelError, bundled};
pub use protocol::{Command, Reply};
