//! Chartmark.

pub mod active_learning;
pub mod cli;
pub mod domain;
pub mod encoder;
pub mod formats;
pub mod head;
pub mod inference;
pub mod metrics;
pub mod store;
pub mod tokenization;
pub mod training;
pub mod tui;
