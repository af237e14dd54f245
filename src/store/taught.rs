//! Whether there is anything that a training would learn and none has learned yet: decisions on words, and gold. What is
//! written beside the notes, said of them as a whole, or undone and done again teaches nothing.

use rusqlite::Connection;

use super::chain::{Chain, InForce, LAST, texts};
use super::error::StoreError;
use super::event::{self, Select};
use super::lineage::touched_since;
use super::payload::Payload;
use super::project::Project;
use super::projection::DocumentFold;
use super::version::ModelVersion;
use crate::domain::LabelScheme;

impl Project {
    /// The version that another training from version `base` would come to again: one of the same base, or that version
    /// itself, since which nothing has happened that a training learns from. Those of another encoder than that of the model
    /// in use (`encoder`; `None` where no model is loaded) have learned nothing for this one.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn taught_already(&self, base: u64, encoder: Option<&str>) -> Result<Option<u64>, StoreError> {
        let fits = |version: &ModelVersion| encoder.is_none_or(|encoder| encoder == version.record.encoder);
        let alike = |version: &ModelVersion| fits(version) && (version.record.id == base || version.record.base == base);
        let Some(last) = self.versions()?.into_iter().rfind(alike) else { return Ok(None) };
        Ok((!news(self.connection(), last.record.through)?).then_some(last.record.id))
    }
}

/// Whether something has come since event `through` that a training learns from.
fn news(connection: &Connection, through: u64) -> Result<bool, StoreError> {
    const GOLD: &str = "SELECT EXISTS (SELECT 1 FROM event WHERE seq > ? AND kind = 'import')";
    if connection.query_row(GOLD, [through.cast_signed()], |row| row.get(0))? {
        return Ok(true);
    }
    let chain = Chain::read(connection)?;
    let (before, now) = (chain.at(through, &[]), chain.at(LAST, &[]));
    match (scheme(connection, &before, through)?, scheme(connection, &now, LAST)?) {
        (None, None) => {}
        (Some(was), Some(is)) if same_labels(&was, &is) => {}
        _ => return Ok(true),
    }
    // Up to there, both stories are one.
    let parted = before.common(&now);
    for id in touched_since(connection, parted, " AND kind NOT IN ('review', 'comment')")? {
        let texts = texts(connection, &id)?;
        let was = DocumentFold::read_at(connection, &id, &chain.at(through, &texts))?;
        let is = DocumentFold::read_at(connection, &id, &chain.at(LAST, &texts))?;
        // Both stories have forgotten what was done in a text that was then changed, and decisions lie elsewhere in the new one.
        let moved = texts.last().is_some_and(|&text| text > through) && was.tally.count() + is.tally.count() > 0;
        if moved || was.teaches_other(&is) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two schemes have the same labels, whatever these are called: decisions of others are hidden, and teach nothing.
fn same_labels(was: &LabelScheme, is: &LabelScheme) -> bool {
    was.len() == is.len() && was.labels.iter().enumerate().all(|(index, label)| is.counterpart(label) == Some(index))
}

/// The labels that the project has of its own by a story up to event `last`.
fn scheme(connection: &Connection, in_force: &InForce, last: u64) -> Result<Option<LabelScheme>, StoreError> {
    let mut scheme = None;
    event::for_each(connection, Select::Global, |event| {
        let seq = event.seq;
        if let Payload::Scheme(set) = event.payload()?
            && seq <= last
            && in_force.contains(seq)
        {
            scheme = Some(set.scheme);
        }
        Ok(())
    })?;
    Ok(scheme)
}
