//! What a document or passage asks of the annotator: words to read and keys to press, and how long both take.
//!
//! The time is that of the keystroke-level model of Card, Moran & Newell, "The Keystroke-Level Model for User
//! Performance Time with Interactive Systems" (CACM 1980): each key takes [`KEY`], each decision to correct something a
//! mental preparation [`PREPARE`]. To it comes the reading, [`READ`] a word (silent reading of English non-fiction, 238
//! words a minute: Brysbaert, "How many words do we read per minute?", Journal of Memory and Language 2019). Chen et
//! al., "An active learning-enabled annotation system for clinical named entity recognition" (BMC Medical Informatics
//! and Decision Making 2017), found that nurses are slower on the text that uncertainty picks, but give no constant: here a
//! word takes up to [`DOUBT`] longer, in proportion to the probability that its labels are shown wrong.

/// Seconds a key: an average skilled typist (K in Card, Moran & Newell's table).
pub const KEY: f64 = 0.2;
/// Seconds to decide on a correction (M in Card, Moran & Newell's table).
pub const PREPARE: f64 = 1.35;
/// Seconds to read a word: 238 words a minute.
pub const READ: f64 = 60.0 / 238.0;
/// Seconds longer for a word that is certainly shown wrong: another preparation. Our choice.
pub const DOUBT: f64 = 1.35;

/// Keys that move the cursor from one correction to the next, in the mean: a jump by `Tab` or a line, and some words.
pub const MOVES: f64 = 3.0;
/// Keys that toggle a label: its digit, or `Space` and its letter.
pub const TOGGLES: f64 = 1.3;
/// Keys that accept the rest and go on: `A` and `D`.
pub const ACCEPTS: f64 = 2.0;

/// What reviewing something costs, as far as can be foreseen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Words to read.
    pub words: f64,
    /// Cells that are shown wrong.
    pub edits: f64,
    /// Corrections: an error in neighbouring words is corrected once.
    pub corrections: f64,
    /// Keys to press under our keymap.
    pub keys: f64,
    /// Words whose labels are shown wrong.
    pub doubts: f64,
}

impl Cost {
    /// Seconds by the keystroke-level model.
    pub fn seconds(&self) -> f64 {
        READ * self.words + DOUBT * self.doubts + PREPARE * self.corrections + KEY * self.keys
    }
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.words += other.words;
        self.edits += other.edits;
        self.corrections += other.corrections;
        self.keys += other.keys;
        self.doubts += other.doubts;
    }
}

/// By what an item's usefulness is divided.
///
/// Words are the default: keys and seconds shy away from text with many corrections, and in simulation that cost more
/// edits, words and time in the end than it saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Per {
    /// Words to read.
    #[default]
    Words,
    /// Keys to press.
    Keys,
    /// Seconds by the keystroke-level model, which holds both.
    Seconds,
}

impl Per {
    /// The cost in this unit; never less than a little, so that it can divide.
    pub fn of(self, cost: &Cost) -> f64 {
        let units = match self {
            Self::Words => cost.words,
            Self::Keys => cost.keys,
            Self::Seconds => cost.seconds(),
        };
        units.max(1e-3)
    }
}
