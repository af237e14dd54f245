//! How good predictions are: counts and F1 over words, paired comparison of two versions, calibration; and how far people
//! agree.
//!
//! Everything counts *words with an alphanumeric character*, one cell a (word, label) pair; punctuation is never
//! scored. A word has a gold label if a gold span overlaps it.

pub mod agreement;
pub mod bootstrap;
pub mod calibration;
pub mod counts;
pub mod evaluation;
pub mod paired;
pub mod reliability;

pub use agreement::{Agreement, Rating};
pub use bootstrap::{Comparison, Finding, compare};
pub use calibration::Calibration;
pub use counts::Counts;
pub use evaluation::{Evaluation, Scores};
pub use paired::{LabelCounts, Paired, compare_by_label};
pub use reliability::{Reliabilities, Reliability};
