//! From text to words, from words to subwords, from subwords to windows.
//!
//! - [`segment()`] cuts a note into words (UAX #29).
//! - [`SubwordTokenizer`] encodes pre-cut words, so that the alignment of words and subwords is known, never guessed
//!   from offsets: an [`Alignment`] gives every word at least one subword.
//! - [`Terms`] finds words and phrases that a label scheme names.
//! - [`WindowPlan`] covers any number of subwords with overlapping windows and says from which window each word takes
//!   its vector. Nothing is ever truncated.

pub mod align;
pub mod segment;
pub mod terms;
pub mod window;

pub use align::{Alignment, SubwordTokenizer, TokenizerError};
pub use segment::segment;
pub use terms::Terms;
pub use window::{Piece, WindowOptions, WindowPlan};

#[cfg(test)]
mod tests;
