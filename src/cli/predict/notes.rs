//! Notes that are labelled one after the other: only a large JSONL file is not held in memory, since its documents are
//! needed once, in their order.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use anyhow::{Context as _, Result};

use crate::cli::setup::open_corpora;
use crate::cli::tell::tell;
use crate::domain::Document;
use crate::formats::{Corpus, gold};

/// A JSONL file of more bytes is read as it is labelled.
const LARGE: u64 = 16 << 20;

/// Documents that are read ahead of those that are labelled.
const AHEAD: usize = 16;

/// What one path holds.
pub enum Notes {
    /// A note, a folder, a JSONL file that is not large.
    Corpus(Corpus),
    /// The lines of a large JSONL file.
    Lines {
        /// The file.
        path: PathBuf,
        /// How many lines it has.
        count: usize,
    },
}

/// Opens what the paths hold.
///
/// # Errors
/// When one can't be opened, or standard input is named twice.
pub fn open(paths: &[PathBuf]) -> Result<Vec<Notes>> {
    let large = |path: &Path| Corpus::is_jsonl(path) && path.metadata().is_ok_and(|it| it.is_file() && it.len() > LARGE);
    let mut corpora = open_corpora(&paths.iter().filter(|path| !large(path)).cloned().collect::<Vec<_>>())?.into_iter();
    let open = |path: &PathBuf| match large(path) {
        true => Notes::lines(path).map(Some),
        false => Ok(corpora.next().map(Notes::Corpus)),
    };
    paths.iter().map(open).filter_map(Result::transpose).collect()
}

impl Notes {
    fn lines(path: &Path) -> Result<Self> {
        let unreadable = || format!("{} can't be read; check the file and its permissions", path.display());
        let (mut file, mut count) = (BufReader::new(File::open(path).with_context(unreadable)?), 0);
        while file.skip_until(b'\n').with_context(unreadable)? > 0 {
            count += 1;
        }
        Ok(Self::Lines { path: path.to_owned(), count })
    }

    /// How many documents there are, or lines that may hold one.
    pub fn count(&self) -> usize {
        match self {
            Self::Corpus(corpus) => corpus.len(),
            Self::Lines { count, .. } => *count,
        }
    }

    /// The documents in their order, or why one can't be read.
    pub fn documents(&self) -> Box<dyn Iterator<Item = Result<Document, String>> + Send + '_> {
        match self {
            Self::Corpus(corpus) => Box::new((0..corpus.len()).map(|index| match corpus.load(index) {
                Ok(loaded) => Ok(loaded.document),
                Err(error) => Err(error.to_string()),
            })),
            Self::Lines { path, .. } => read_lines(path.clone()),
        }
    }
}

/// The documents of a JSONL file, which a thread of its own reads. What is wrong with single lines is told at the end.
fn read_lines(path: PathBuf) -> Box<dyn Iterator<Item = Result<Document, String>> + Send> {
    let (send, documents) = sync_channel(AHEAD);
    let failed = send.clone();
    let name = path.display().to_string();
    let read = move || {
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) => return drop(send.send(Err(format!("{}: {error}", path.display())))),
        };
        let mut count = 0;
        let problems = gold::read_each(BufReader::new(file), &path.to_string_lossy(), |gold| {
            count += 1;
            // Whoever doesn't listen any more has said why.
            drop(send.send(Ok(gold.document)));
        });
        problems.iter().for_each(tell);
        if count == 0 {
            drop(send.send(Err(format!("no document could be read from {}", path.display()))));
        }
    };
    if let Err(error) = std::thread::Builder::new().name("lines".into()).spawn(read) {
        // There is room for it.
        drop(failed.send(Err(format!("{name}: the system gives no thread to read it ({error})"))));
    }
    drop(failed);
    Box::new(documents.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_in_their_order_and_bad_ones_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.jsonl");
        let lines: Vec<String> = (0..100).map(|n| format!("{{\"id\":\"n{n}\",\"text\":\"pain {n}\"}}")).collect();
        std::fs::write(&path, lines.join("\n") + "\nbroken\n").unwrap();
        let [Notes::Corpus(corpus)] = &open(std::slice::from_ref(&path)).unwrap()[..] else { panic!("it is not large") };
        let notes = Notes::lines(&path).unwrap();
        assert_eq!((notes.count(), corpus.len()), (101, 100));
        let found: Vec<Document> = notes.documents().map(Result::unwrap).collect();
        let held: Vec<Document> = (0..100).map(|index| corpus.load(index).unwrap().document).collect();
        assert_eq!(found, held);
        std::fs::write(&path, "broken\n").unwrap();
        let sentences: Vec<String> = notes.documents().map(Result::unwrap_err).collect();
        assert!(sentences.len() == 1 && sentences[0].contains("notes.jsonl"), "{sentences:?}");
    }
}
