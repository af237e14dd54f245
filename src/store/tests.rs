//! The project as a whole: what an annotator would notice if it went wrong.

mod chain;
mod changes;
mod comments;
mod edits;
mod exports;
mod files;
mod jumps;
mod learning;
mod moves;
mod raters;
mod requests;
mod together;

use std::path::Path;

use tempfile::TempDir;

use crate::domain::{Annotations, Disposition, Document, Edit, EditId, LabelScheme, Predictions, Shown, Words};
use crate::tokenization::segment::segment;

use super::*;

/// A note with a project beside it and three labels.
struct Desk {
    folder: TempDir,
    document: Document,
    words: Words,
    scheme: LabelScheme,
    predictions: Predictions,
}

impl Desk {
    fn new(text: &str) -> Self {
        let (document, words) = (Document::new("notes/a.txt", text), segment(text));
        let scheme = LabelScheme::from_names("test", &["symptom", "severity", "anatomy"]).unwrap();
        // Probabilities that the project records exactly.
        let probability = |cell: usize| (cell * 37 % 100) as f32 / 100.0;
        let predictions = Predictions::new(0, 3, (0..words.len() * 3).map(probability).collect());
        Self { folder: tempfile::tempdir().unwrap(), document, words, scheme, predictions }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join(".chartmark").join("project.db")
    }

    fn open(&self) -> Project {
        Project::open(&self.path(), "Dr. Grey").unwrap()
    }

    fn shown(&self) -> Shown<'_> {
        Shown { predictions: Some(&self.predictions), thresholds: &[0.5; 3] }
    }

    /// Toggles a cell; gives the event that recorded it.
    fn toggle(&self, project: &mut Project, word: usize, label: usize) -> u64 {
        self.try_toggle(project, word, label).unwrap().0.event
    }

    fn try_toggle(&self, project: &mut Project, word: usize, label: usize) -> Result<Written, StoreError> {
        let edit = self.read(project).annotations.toggle(EditId(EditId::SESSION + 1), [word], label, &self.shown());
        self.save(project, &edit)
    }

    fn save(&self, project: &mut Project, edit: &Edit) -> Result<Written, StoreError> {
        project.edit(&self.document, &self.words, &self.scheme, edit)
    }

    fn read(&self, project: &Project) -> Known {
        project.annotations(&self.document, &self.words, &self.scheme).unwrap()
    }
}

/// Says something of a document as a whole.
fn dispose(project: &mut Project, document: &Document, said: Disposition) -> Written {
    let (words, scheme) = (segment(&document.text), LabelScheme::from_names("test", &["symptom"]).unwrap());
    let known = project.annotations(document, &words, &scheme).unwrap();
    let edit = known.annotations.dispose(EditId(EditId::SESSION), said);
    project.edit(document, &words, &scheme, &edit).unwrap()
}

/// The decided cells as text, e.g. `pain+symptom chest-anatomy`.
fn decided(annotations: &Annotations, document: &Document, words: &Words, scheme: &LabelScheme) -> String {
    let cell = |(cell, decided): (crate::domain::Cell, &crate::domain::Decided)| {
        let (word, label) = (words[cell.word as usize].slice(&document.text), &scheme.labels[usize::from(cell.label)].name);
        format!("{word}{}{label}", if decided.present { '+' } else { '-' })
    };
    annotations.all_decided().map(cell).collect::<Vec<_>>().join(" ")
}

fn sentence<T>(result: Result<T, StoreError>) -> String {
    result.map(|_| ()).unwrap_err().to_string()
}

/// The bytes of a file.
fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}
