//! Notes to measure with, in a folder that goes when the measurement has ended.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::formats::Corpus;
use crate::tokenization::segment;

/// The first word of the first note: nothing else on the screen reads so.
pub const FIRST: &str = "Zyzzyva";

/// A folder that is removed with all that is in it.
pub struct Folder(PathBuf);

impl Folder {
    /// A new one among the system's temporary files.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("chartmark-bench-{}-{name}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&path).with_context(|| format!("{} can't be made", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes notes of about so many words each, which no two share, and gives their size in bytes.
    ///
    /// # Errors
    /// When one can't be written.
    pub fn fill(&self, notes: usize, words: usize) -> Result<u64> {
        let (lines, mut next, mut bytes) = (lines()?, 0, 0);
        for note in 0..notes {
            let mut text = format!("{} {note}\n", if note == 0 { FIRST } else { "Visit" });
            let mut left = words.saturating_sub(2);
            while left > 0 {
                let (line, words) = &lines[next % lines.len()];
                next += 1;
                text += line;
                text.push('\n');
                left = left.saturating_sub(*words);
            }
            bytes += text.len() as u64;
            // Names of the same length keep the order of their numbers.
            let path = self.0.join(format!("{note:06}.txt"));
            std::fs::write(&path, text).with_context(|| format!("{} can't be written", path.display()))?;
        }
        Ok(bytes)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The system empties its temporary folder in time.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The lines of the sample corpus that hold words, each with how many.
fn lines() -> Result<Vec<(String, usize)>> {
    let corpus = Corpus::sample();
    let mut lines = Vec::new();
    for index in 0..corpus.len() {
        for line in corpus.load(index)?.document.text.lines() {
            let words = segment(line).iter().filter(|word| word.alphanumeric).count();
            if words > 0 {
                lines.push((line.to_owned(), words));
            }
        }
    }
    Ok(lines)
}
