//! What each annotator has decided by their own word, whoever has decided otherwise since: what agreement is told from.
//!
//! Of an annotator the last word on a cell counts. What was undone, or taken back word by word, is no word at all; nor is what
//! a change of the labels has moved, though a decision on a label that was merged into another is one on that.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use rusqlite::Connection;

use crate::domain::{Cell, Decided, Document, Edit, LabelScheme, LabelSet, MAX_LABELS, Scope, Words};

use super::chain::{Chain, LAST};
use super::error::StoreError;
use super::event::{self, Select};
use super::payload::Payload;
use super::project::Project;
use super::replay::replay;

/// What one annotator has said of one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opinion {
    /// The labels decided, one way or the other.
    pub decided: LabelSet,
    /// Those of them that the word has, by this annotator's word.
    pub present: LabelSet,
    /// Those that were decided while the model showed nothing: predictions were hidden, or there were none.
    pub blind: LabelSet,
    /// Those that were decided in bulk, beside what the model showed: as training has it, for a selection, for a document or at
    /// all places that read alike in one go.
    pub bulk: LabelSet,
}

/// The opinions of one annotator, by word.
pub type Opinions = BTreeMap<u32, Opinion>;

/// Reads the opinions of a project's annotators.
#[derive(Debug)]
pub struct Raters<'a> {
    project: &'a Project,
    scheme: LabelScheme,
    /// The same labels and, behind them, those that were merged into one of them: older decisions name these.
    all: LabelScheme,
    /// For each of those the label that it is now, and the event that has made it so.
    merged: Vec<(usize, u64)>,
    /// The edits that came with a change of the labels: nobody's word.
    moved: HashSet<u64>,
    /// The edits that stand for an undo where something else was done since: they decide as was decided before.
    backs: HashSet<u64>,
}

impl Project {
    /// What is needed to read its annotators' opinions; `None` where no label was ever decided or in use.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn raters(&self) -> Result<Option<Raters<'_>>, StoreError> {
        let Some(scheme) = self.labels()? else { return Ok(None) };
        let mut all = scheme.clone();
        all.labels.iter_mut().for_each(|label| label.merged.clear());
        let now = |(name, event): (String, u64)| Some((scheme.meant(&name)?, name, event));
        let found = self.merged()?.into_iter().filter_map(now).filter(|(_, name, _)| all.index(name).is_none());
        let (mut names, mut merged) = (Vec::new(), Vec::new());
        for (label, name, event) in found.take(MAX_LABELS - scheme.len()) {
            names.push(name);
            merged.push((label, event));
        }
        let all = all.extended(&names)?;
        let (moved, backs) = not_said(self.connection())?;
        Ok(Some(Raters { project: self, scheme, all, merged, moved, backs }))
    }

    /// The names of labels that were merged into others, each with the event that did it.
    fn merged(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let in_force = Chain::read(self.connection())?.at(LAST, &[]);
        let mut merged = BTreeMap::new();
        event::for_each(self.connection(), Select::Global, |event| {
            let (seq, payload) = (event.seq, event.payload()?);
            if let Payload::Scheme(set) = payload
                && in_force.contains(seq)
            {
                for name in set.scheme.labels.iter().flat_map(|label| &label.merged) {
                    merged.entry(name.clone()).or_insert(seq);
                }
                merged.retain(|name, _| set.scheme.index(name).is_none());
            }
            Ok(())
        })?;
        Ok(merged)
    }
}

/// The edits that came with a change of the labels, and those that stand for an undo or redo.
fn not_said(connection: &Connection) -> Result<(HashSet<u64>, HashSet<u64>), StoreError> {
    const MOVED: &str = "SELECT seq FROM event WHERE kind = 'edit' AND json_extract(payload, '$.with') = 'labels'";
    const BACKS: &str = "SELECT json_extract(payload, '$.edits') FROM event WHERE kind IN ('undo', 'redo') \
                         AND json_extract(payload, '$.edits') IS NOT NULL";
    let mut statement = connection.prepare_cached(MOVED)?;
    let moved = statement.query_map([], |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()))?.collect::<Result<_, _>>()?;
    let (mut statement, mut backs) = (connection.prepare_cached(BACKS)?, HashSet::new());
    for json in statement.query_map([], |row| row.get::<_, String>(0))? {
        backs.extend(serde_json::from_str::<Vec<u64>>(&json?)?);
    }
    Ok((moved, backs))
}

impl Raters<'_> {
    /// The labels that opinions speak of, as they are called now.
    pub fn scheme(&self) -> &LabelScheme {
        &self.scheme
    }

    /// What each annotator has said of the words of a document that hold an alphanumeric character, by name.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn of(&self, document: &Document, words: &Words) -> Result<BTreeMap<Arc<str>, Opinions>, StoreError> {
        let replayed = replay(self.project.connection(), document, words, &self.all)?;
        let mut said = Said::default();
        for edit in replayed.own.made() {
            let event = edit.id.0;
            match replayed.annotations.stamp(edit.id) {
                Some(_) if self.backs.contains(&event) => said.take_back(edit),
                Some(stamp) if !self.moved.contains(&event) => said.take_in(edit, &stamp.annotator),
                _ => {}
            }
        }
        let opinions = said.own.into_iter().map(|(annotator, cells)| (annotator, self.opinions(cells, words)));
        Ok(opinions.filter(|(_, opinions)| !opinions.is_empty()).collect())
    }

    /// Decisions by word, those on merged labels as what they are now.
    fn opinions(&self, mut cells: BTreeMap<Cell, Decided>, words: &Words) -> Opinions {
        let labels = self.scheme.len();
        let earlier: Vec<(Cell, Decided)> =
            cells.extract_if(.., |cell, _| usize::from(cell.label) >= labels).filter(|(_, decided)| decided.present).collect();
        for (cell, decided) in earlier {
            let (label, since) = self.merged[usize::from(cell.label) - labels];
            let now = Cell::new(cell.word as usize, label);
            // What was said of the other label before is said of a part of what it is now.
            if cells.get(&now).is_none_or(|own| !own.present && own.edit.0 < since) {
                cells.insert(now, decided);
            }
        }
        let mut opinions = Opinions::new();
        for (cell, decided) in cells {
            if words.get(cell.word as usize).is_some_and(|word| word.alphanumeric) {
                opinions.entry(cell.word).or_default().add(usize::from(cell.label), &decided);
            }
        }
        opinions
    }
}

impl Opinion {
    fn add(&mut self, label: usize, decided: &Decided) {
        self.decided.insert(label);
        if decided.present {
            self.present.insert(label);
        }
        match (decided.probability, decided.scope) {
            (None, _) => self.blind.insert(label),
            (_, Scope::Selection | Scope::Document | Scope::Matches) => self.bulk.insert(label),
            (_, Scope::Single | Scope::Word) => {}
        }
    }
}

/// What annotators have said of the cells of a document so far.
#[derive(Default)]
struct Said {
    own: BTreeMap<Arc<str>, BTreeMap<Cell, Decided>>,
    /// Whose word was the last on each cell.
    last: HashMap<Cell, Arc<str>>,
}

impl Said {
    fn take_in(&mut self, edit: &Edit, annotator: &Arc<str>) {
        let own = self.own.entry(annotator.clone()).or_default();
        for change in &edit.changes {
            match change.after {
                Some(decided) => {
                    own.insert(change.cell, decided);
                    self.last.insert(change.cell, annotator.clone());
                }
                None => {
                    own.remove(&change.cell);
                }
            }
        }
    }

    /// Whoever's word is taken back, it was the last one.
    fn take_back(&mut self, edit: &Edit) {
        for change in &edit.changes {
            if let Some(own) = self.last.remove(&change.cell).and_then(|annotator| self.own.get_mut(&annotator)) {
                own.remove(&change.cell);
            }
        }
    }
}
