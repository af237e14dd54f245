//! The decisions that are likely wrong, and what became of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::active_learning::suspects::Suspect;
use crate::domain::{Annotations, Cell, Decision, Scope};

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Looking {
    /// The decisions are being gathered.
    Gathering,
    /// The worker has them.
    Running {
        /// From 0 to 1.
        done: f32,
        /// What it is busy with.
        phase: &'static str,
    },
}

/// One suspect of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct SuspectRow {
    /// The cell, what was decided and what is probable.
    pub suspect: Suspect,
    /// The word as it reads.
    pub word: Arc<str>,
    /// Whether it was decided the other way since, or kept as it is.
    pub settled: bool,
}

/// The list and the search for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suspects {
    /// The search under way.
    pub looking: Option<Looking>,
    /// What the last search found, the most likely to be wrong first; `None` before the first one has ended.
    pub list: Option<Vec<SuspectRow>>,
    /// Index in `list` of the one last gone to; `None` before the first.
    pub cursor: Option<usize>,
    /// Cells that were looked at and kept as they are in this session, with what was decided: they are not suspected again.
    pub kept: BTreeSet<(usize, Cell, bool)>,
}

impl Suspects {
    /// The row last gone to.
    pub fn current(&self) -> Option<&SuspectRow> {
        self.list.as_ref()?.get(self.cursor?)
    }

    /// Indices of the rows that are not settled.
    pub fn open(&self) -> impl Iterator<Item = usize> {
        let rows = self.list.iter().flatten().enumerate();
        rows.filter(|(_, row)| !row.settled).map(|(index, _)| index)
    }

    /// Brings the rows of a document in line with its decisions. A cell is kept for as long as somebody's own decision on it
    /// stands.
    pub fn refresh(&mut self, document: usize, annotations: &Annotations) {
        self.kept.retain(|&(of, cell, present)| {
            let own = annotations.decided(cell).is_some_and(|it| it.present == present && it.scope == Scope::Single);
            of != document || own
        });
        for row in self.list.iter_mut().flatten().filter(|row| row.suspect.cell.document == document) {
            let (cell, present) = (row.cell(), row.suspect.cell.present);
            let kept = self.kept.contains(&(document, cell, present));
            row.settled = kept || annotations.decision(cell) != Decision::from(present);
        }
    }
}

impl SuspectRow {
    /// The cell.
    pub fn cell(&self) -> Cell {
        Cell::new(self.suspect.cell.word, self.suspect.cell.label)
    }
}
