//! Decided cells as training takes them.

use crate::domain::{Annotations, Cell, DecidedCell, LabelSet, Scope, Words};

/// Every decided cell, by word, then label: the human's decisions, and beneath them the import's. A complete import
/// decides the words that hold an alphanumeric character, and only those.
pub(super) fn decided_cells(annotations: &Annotations, words: &Words, labels: usize) -> Vec<DecidedCell> {
    let mut cells = Vec::new();
    for (word, text) in words.iter().enumerate() {
        let mut human = [None; crate::domain::MAX_LABELS];
        annotations.on_word(word).for_each(|(label, decided)| {
            if let Some(slot) = human.get_mut(label) {
                *slot = Some(decided);
            }
        });
        let imported = annotations.imported.as_ref().filter(|_| text.alphanumeric);
        let present = imported.and_then(|imported| imported.present.get(&(word as u32))).copied().unwrap_or_default();
        let complete = imported.map_or(LabelSet::EMPTY, |imported| imported.complete);
        for (label, decided) in human.iter().enumerate().take(labels) {
            let known = match decided {
                Some(decided) => Some((
                    decided.present,
                    matches!(decided.scope, Scope::Selection | Scope::Document | Scope::Matches),
                    decided.edit.0,
                )),
                None if present.contains(label) => Some((true, false, 0)),
                None if complete.contains(label) => Some((false, false, 0)),
                None => None,
            };
            let Cell { word, label } = Cell::new(word, label);
            cells.extend(known.map(|(present, bulk, event)| DecidedCell { word, label, present, bulk, event }));
        }
    }
    cells
}
