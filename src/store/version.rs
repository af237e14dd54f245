//! Model versions: the heads that trainings made, which of them is active, and which was before.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{Learned, TrainedHead, Verdict};

use super::error::StoreError;
use super::event;
use super::payload::Payload;
use super::project::Project;
use super::projection::{self, GlobalFold};
use super::record::Writer;

/// What is known of how a version was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// Counted from 1; 0 is the model as it came.
    pub id: u64,
    /// The version that was active then.
    pub base: u64,
    /// Hash of the encoder it belongs to, in hexadecimal.
    pub encoder: String,
    /// Number of the last event it has learned from.
    pub through: u64,
    /// Seed of the training.
    pub seed: u64,
    /// Whether it was activated when it was made.
    pub verdict: Verdict,
    /// The verdict in a sentence.
    pub reason: String,
    /// Figures of the training.
    pub metrics: Value,
}

impl VersionRecord {
    /// Which decisions it has learned from, if it is in use since an event.
    pub fn learned(&self, since: u64) -> Learned {
        Learned::of(&self.metrics, self.through, since)
    }
}

/// A model version of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelVersion {
    /// How it was made.
    pub record: VersionRecord,
    /// The event that holds it.
    pub event: u64,
    /// When it was made, in milliseconds since 1970-01-01 UTC.
    pub created: i64,
}

impl ModelVersion {
    pub(super) fn new(record: VersionRecord, event: u64, created: i64) -> Self {
        Self { record, event, created }
    }
}

/// The table `model_version`, by id.
pub(super) fn all(connection: &Connection) -> Result<Vec<ModelVersion>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT event, created, record FROM model_version ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
    rows.map(|row| {
        let (event, created, record) = row?;
        Ok(ModelVersion::new(serde_json::from_str(&record)?, event.cast_unsigned(), created))
    })
    .collect()
}

fn find(connection: &Connection, id: u64) -> Result<ModelVersion, StoreError> {
    let mut statement = connection.prepare_cached("SELECT event, created, record FROM model_version WHERE id = ?")?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, String>(2)?));
    let (event, created, record) = statement.query_row([id.cast_signed()], row).optional()?.ok_or(StoreError::NoVersion(id))?;
    Ok(ModelVersion::new(serde_json::from_str(&record)?, event.cast_unsigned(), created))
}

fn active(connection: &Connection) -> Result<u64, StoreError> {
    let Some(active) = projection::setting(connection, "active")? else { return Ok(0) };
    active.parse().map_err(|_| StoreError::Damaged(format!("the active version is '{active}'")))
}

impl Project {
    /// All versions, oldest first; without version 0.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn versions(&self) -> Result<Vec<ModelVersion>, StoreError> {
        all(self.connection())
    }

    /// One version.
    ///
    /// # Errors
    /// [`StoreError::NoVersion`], also for version 0, which the project does not hold.
    pub fn version(&self, id: u64) -> Result<ModelVersion, StoreError> {
        find(self.connection(), id)
    }

    /// A version's serialised head; `None` for version 0.
    ///
    /// # Errors
    /// [`StoreError::NoVersion`].
    pub fn head(&self, id: u64) -> Result<Option<Arc<[u8]>>, StoreError> {
        if id == 0 {
            return Ok(None);
        }
        Ok(Some(event::content(self.connection(), find(self.connection(), id)?.event)?.into()))
    }

    /// Number of the event since which the active version is in use, or a later one that made a version; 0 if there was none.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn in_use_since(&self) -> Result<u64, StoreError> {
        const SQL: &str = "SELECT coalesce(max(seq), 0) FROM event WHERE kind IN ('version', 'activate')";
        Ok(self.connection().prepare_cached(SQL)?.query_row([], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// The active version; 0 is the model as it came.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn active(&self) -> Result<u64, StoreError> {
        active(self.connection())
    }

    /// Records a version trained over the encoder with this hash and, if its verdict says so, activates it, both in
    /// one transaction. Gives its number.
    ///
    /// # Errors
    /// As every write; nothing has changed then.
    pub fn add_version(&mut self, trained: &TrainedHead, encoder: &str) -> Result<u64, StoreError> {
        self.write(|writer| writer.add_version(trained, encoder))
    }

    /// Activates a version. `encoder` is the hash of the model in use; `None` where no model is loaded.
    ///
    /// # Errors
    /// [`StoreError::NoVersion`], [`StoreError::OtherEncoder`].
    pub fn activate(&mut self, id: u64, encoder: Option<&str>) -> Result<(), StoreError> {
        self.write(|writer| writer.activate(id, encoder))
    }

    /// Activates the version that was active before this one, and gives its number. Versions of another encoder than
    /// that of the model in use (`encoder`; `None` where no model is loaded) are passed over; version 0 fits every model.
    ///
    /// # Errors
    /// [`StoreError::NothingBefore`].
    pub fn rollback(&mut self, encoder: Option<&str>) -> Result<u64, StoreError> {
        self.write(|writer| writer.rollback(encoder))
    }
}

impl Writer<'_> {
    fn add_version(&mut self, trained: &TrainedHead, encoder: &str) -> Result<u64, StoreError> {
        let id = all(self.connection())?.last().map_or(0, |version| version.record.id) + 1;
        let record = VersionRecord {
            id,
            base: trained.base,
            encoder: encoder.to_owned(),
            through: trained.through,
            seed: trained.seed,
            verdict: trained.verdict,
            reason: trained.reason.clone(),
            metrics: trained.metrics.clone(),
        };
        self.record_global(&Payload::Version(record), Some(&trained.head))?;
        if trained.verdict != Verdict::KeptAside {
            self.record_global(&Payload::Activate { version: id, rollback: false }, None)?;
        }
        Ok(id)
    }

    fn activate(&mut self, id: u64, encoder: Option<&str>) -> Result<(), StoreError> {
        if !self.fits(id, encoder)? {
            return Err(StoreError::OtherEncoder(id));
        }
        if active(self.connection())? != id {
            self.record_global(&Payload::Activate { version: id, rollback: false }, None)?;
        }
        Ok(())
    }

    fn rollback(&mut self, encoder: Option<&str>) -> Result<u64, StoreError> {
        let stack = GlobalFold::read(self.connection())?.active;
        let (_, before) = stack.split_last().ok_or(StoreError::NothingBefore)?;
        let mut version = 0;
        for &id in before.iter().rev() {
            if self.fits(id, encoder)? {
                version = id;
                break;
            }
        }
        self.record_global(&Payload::Activate { version, rollback: true }, None)?;
        Ok(version)
    }

    /// Whether a version can be used with the encoder.
    fn fits(&self, id: u64, encoder: Option<&str>) -> Result<bool, StoreError> {
        Ok(id == 0 || {
            let record = find(self.connection(), id)?.record;
            encoder.is_none_or(|encoder| encoder == record.encoder)
        })
    }
}
