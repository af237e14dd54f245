//! Decided cells as training takes them.

use crate::domain::spans::Labelled;
use crate::domain::{Annotations, Cell, Decided, DecidedCell, DocumentId, LabelScheme, LabelSet, Manner, Scope, Words};
use crate::tokenization::segment::segment;

use super::error::StoreError;
use super::project::Project;
use super::replay::replay;

/// Every decided cell, by word, then label: the human's decisions, and beneath them the import's. A complete import
/// decides the words that hold an alphanumeric character, and only those.
pub(super) fn decided_cells(annotations: &Annotations, words: &Words, labels: usize) -> Vec<DecidedCell> {
    let mut cells = Vec::new();
    let mut human = vec![None; labels];
    let since = annotations.imported.as_ref().map_or(0, |imported| imported.since);
    for (word, text) in words.iter().enumerate() {
        human.fill(None);
        annotations.on_word(word).for_each(|(label, decided)| {
            if let Some(slot) = human.get_mut(label) {
                *slot = Some(decided);
            }
        });
        let imported = annotations.imported.as_ref().filter(|_| text.alphanumeric);
        let present = imported.and_then(|imported| imported.present.get(&(word as u32))).copied().unwrap_or_default();
        let complete = imported.map_or(LabelSet::EMPTY, |imported| imported.complete);
        for (label, decided) in human.iter().enumerate() {
            let known = match decided {
                Some(decided) => Some((decided.present, manner(decided), decided.edit.0)),
                None if present.contains(label) => Some((true, Manner::Gold, since)),
                None if complete.contains(label) => Some((false, Manner::Gold, since)),
                None => None,
            };
            let Cell { word, label } = Cell::new(word, label);
            cells.extend(known.map(|(present, manner, event)| DecidedCell { word, label, present, manner, event }));
        }
    }
    cells
}

fn manner(decided: &Decided) -> Manner {
    match (decided.scope, decided.probability) {
        (Scope::Selection | Scope::Document | Scope::Matches, _) => Manner::Bulk,
        (Scope::Single | Scope::Word, None) => Manner::Blind,
        (Scope::Single | Scope::Word, Some(_)) => Manner::Single,
    }
}

/// So many examples of one document are given.
const EXAMPLES: usize = 8;

impl Project {
    /// The first words of a document on which people have decided that a label is present; neighbours together.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn examples(&self, id: &DocumentId, scheme: &LabelScheme, label: usize) -> Result<Vec<String>, StoreError> {
        let document = self.document(id)?;
        let (text, words) = (&*document.text, segment(&document.text));
        let annotations = replay(self.connection(), &document, &words, scheme)?.annotations;
        let present = |word| annotations.decided(Cell::new(word, label)).is_some_and(|decided| decided.present);
        let labels = |word| if present(word) { [label].into_iter().collect() } else { LabelSet::EMPTY };
        let runs = Labelled { text, words: &words, labels }.runs(label);
        Ok(runs.iter().take(EXAMPLES).map(|run| text[words[*run.start()].start..words[*run.end()].end].to_owned()).collect())
    }
}
