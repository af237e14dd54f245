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

    /// Writes notes of so many words each and gives their size in bytes. Every line begins with a number of its own, so that no
    /// stretch of text is read twice and nothing is taken from a cache.
    ///
    /// # Errors
    /// When one can't be written.
    pub fn fill(&self, notes: usize, words: usize) -> Result<u64> {
        let (lines, mut next, mut bytes) = (lines()?, 0, 0);
        for note in 0..notes {
            let mut text = format!("{} {note}\n", if note == 0 { FIRST } else { "Visit" });
            let mut left = words.saturating_sub(2);
            while left > 0 {
                let Line { text: line, ends } = &lines[next % lines.len()];
                let count = ends.len().min(left - 1);
                let end = count.checked_sub(1).map_or(0, |last| ends[last]);
                text += &format!("{next} {}\n", &line[..end]);
                next += 1;
                left -= 1 + count;
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

/// A line, and where each of its words ends.
struct Line {
    text: String,
    ends: Vec<usize>,
}

/// The lines of the sample corpus that hold words.
fn lines() -> Result<Vec<Line>> {
    let corpus = Corpus::sample();
    let mut lines = Vec::new();
    for index in 0..corpus.len() {
        for line in corpus.load(index)?.document.text.lines() {
            let ends: Vec<usize> = segment(line).iter().filter(|word| word.alphanumeric).map(|word| word.end).collect();
            if !ends.is_empty() {
                lines.push(Line { text: line.to_owned(), ends });
            }
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn notes_have_as_many_words_as_are_asked_for_and_no_line_twice() {
        for [notes, words] in [[3, 2], [3, 3], [40, 20], [2, 5_000]] {
            let folder = Folder::new(&format!("notes-{notes}-{words}")).unwrap();
            let bytes = folder.fill(notes, words).unwrap();
            let (corpus, _) = Corpus::open(folder.path()).unwrap();
            assert_eq!(corpus.len(), notes);
            let texts: Vec<Arc<str>> = (0..notes).map(|note| corpus.load(note).unwrap().document.text).collect();
            assert_eq!(texts.iter().map(|text| text.len()).sum::<usize>() as u64, bytes);
            for text in &texts {
                assert_eq!(segment(text).iter().filter(|word| word.alphanumeric).count(), words, "{text}");
            }
            let mut lines: Vec<&str> = texts.iter().flat_map(|text| text.lines()).collect();
            let all = lines.len();
            lines.sort_unstable();
            lines.dedup();
            assert_eq!(lines.len(), all);
        }
    }
}
