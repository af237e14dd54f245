//! Import and export, one file a format; and the guidelines that lie beside notes.
//!
//! Readers return what they could read *and* the list of problems: one bad line never costs the rest of a file.
//! Writers stream, and what they write reads back as it was.

pub mod corpus;
pub mod gold;
pub mod markdown;
pub mod plain;
pub mod predictions;
pub mod scheme;
pub mod spans;
pub mod text;

pub use corpus::{Corpus, CorpusError, Loaded};
pub use gold::{GoldDocument, write_gold};
pub use plain::ReadError;
pub use scheme::{read_scheme, write_scheme};
pub use spans::{spans_of, word_sets};

use std::fmt;

/// No line of a JSONL file and no note may be longer than this many bytes (256 MiB).
pub const MAX_BYTES: u64 = 256 << 20;

/// How many problems of one file are listed one by one; the rest is counted.
const MAX_LISTED: usize = 1000;

/// Something in an input that could not be taken as it stands. Everything else was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the person named it.
    pub file: String,
    /// The line, counted from 1; `None` if it is about the file as a whole.
    pub line: Option<u64>,
    /// What is wrong and what became of it. Holds places and counts, never text of a note.
    pub what: String,
    /// What to do about it.
    pub advice: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::domain::visible(&self.file))?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; {}", self.what, self.advice)
    }
}

/// Collects the problems of one file.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    file: &'a str,
    list: Vec<Problem>,
    more: usize,
}

impl<'a> Problems<'a> {
    pub(crate) fn new(file: &'a str) -> Self {
        Self { file, list: Vec::new(), more: 0 }
    }

    pub(crate) fn add(&mut self, line: impl Into<Option<u64>>, what: impl Into<String>, advice: &str) {
        if self.list.len() == MAX_LISTED {
            self.more += 1;
            return;
        }
        let (file, line, what, advice) = (self.file.to_owned(), line.into(), what.into(), advice.to_owned());
        self.list.push(Problem { file, line, what, advice });
    }

    pub(crate) fn finish(mut self) -> Vec<Problem> {
        if self.more > 0 {
            let (file, what) = (self.file.to_owned(), format!("{} more problems are not listed", self.more));
            self.list.push(Problem { file, line: None, what, advice: "mend those above and read it again".to_owned() });
        }
        self.list
    }
}
