//! Jumps to a point of the past, or forward again: one event, after which all that is decided is as it was there.

use std::collections::BTreeSet;

use super::chain::{self, Chain, LAST, texts};
use super::error::StoreError;
use super::lineage::touched_since;
use super::payload::Payload;
use super::project::Project;
use super::projection::{self, DocumentFold, GlobalFold};
use super::record::Writer;

/// What a jump has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leap {
    /// How many steps it has taken back.
    pub taken: usize,
    /// How many it has made again.
    pub made: usize,
    /// In how many documents.
    pub documents: usize,
    /// Whether another version is active.
    pub version: bool,
    /// Whether the project has other labels.
    pub labels: bool,
}

impl Leap {
    /// Counts the steps by which two sets differ.
    fn count(&mut self, before: &BTreeSet<u64>, after: &BTreeSet<u64>) {
        self.taken += before.difference(after).count();
        self.made += after.difference(before).count();
    }
}

impl Project {
    /// The step at which the story stands; 0 for its beginning.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn point(&self) -> Result<u64, StoreError> {
        chain::point(self.connection(), LAST)
    }

    /// Makes all that is decided as it was right after the step of this number (0: before the first), in one transaction.
    ///
    /// # Errors
    /// [`StoreError::NoStep`], and those of every write; nothing has changed then.
    pub fn jump(&mut self, to: u64) -> Result<Leap, StoreError> {
        self.write(|writer| writer.jump(to))
    }
}

impl Writer<'_> {
    fn jump(&mut self, to: u64) -> Result<Leap, StoreError> {
        let mut leap = Leap::default();
        if !chain::is_step(self.connection(), to)? {
            return Err(StoreError::NoStep(to));
        }
        if chain::point(self.connection(), LAST)? == to {
            return Ok(leap);
        }
        let (before, project) = (Chain::read(self.connection())?, GlobalFold::read(self.connection())?);
        self.append(None, &Payload::Jump { to }, None)?;
        // It was of the story before.
        self.slot = None;
        let connection = self.connection();
        let after = Chain::read(connection)?;

        for id in touched(self, &before, &after)? {
            let texts = texts(connection, &id)?;
            let was = DocumentFold::read_at(connection, &id, &before.at(LAST, &texts))?;
            let is = DocumentFold::read_at(connection, &id, &after.at(LAST, &texts))?;
            leap.count(&was.steps().collect(), &is.steps().collect());
            leap.documents += usize::from(was.changed(&is));
            projection::store_row(connection, &id, &is.row)?;
        }
        let now = GlobalFold::read(connection)?;
        now.store(connection)?;
        leap.count(&project.steps.iter().copied().collect(), &now.steps.iter().copied().collect());
        (leap.version, leap.labels) = (project.active() != now.active(), project.scheme != now.scheme);
        Ok(leap)
    }
}

/// The documents in which something was done since the two stories parted.
fn touched(writer: &Writer<'_>, before: &Chain, after: &Chain) -> Result<Vec<String>, StoreError> {
    let parted = before.at(LAST, &[]).common(&after.at(LAST, &[]));
    touched_since(writer.connection(), parted, "")
}
