//! From text to words, from words to subwords, from subwords to windows.

pub mod segment;

pub use segment::segment;
