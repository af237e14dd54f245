//! What the thread does with versions of the model.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{DocumentId, TrainedHead, Verdict};
use crate::store::error::StoreError;
use crate::store::protocol::{Asked, InUse, Made, Reply, VersionEntry};
use crate::store::version::ModelVersion;

use super::Store;

impl<S: Fn(Reply)> Store<S> {
    /// Learns which encoder the loaded model has. Heads of another one are of no use with it: the model as it came is
    /// used then, and the project stays as it is.
    pub(super) fn use_encoder(&mut self, encoder: Arc<str>) -> Result<(), StoreError> {
        self.encoder = Some(encoder.clone());
        let active = self.project.active()?;
        if active != 0 && self.project.version(active)?.record.encoder != *encoder {
            let note = format!("version {active} belongs to another encoder: the original model is used");
            (self.send)(Reply::Active { version: 0, head: None, note });
            return Ok(());
        }
        let indices: OnceCell<HashMap<DocumentId, usize>> = OnceCell::new();
        let all = || (0..self.corpus.len()).map(|index| (self.corpus.id(index), index)).collect();
        let index = |id: &str| indices.get_or_init(all).get(&id.into()).copied();
        if let Some(changes) = self.project.last_changes(&self.scheme, index)? {
            (self.send)(Reply::Changes(Box::new(changes)));
        }
        Ok(())
    }

    /// The active version with its head; the model as it came where that belongs to another encoder.
    pub(super) fn usable(&self) -> Result<InUse, StoreError> {
        let version = self.in_use()?;
        Ok(InUse { version, head: self.project.head(version)? })
    }

    /// The number of the version that predictions are made with.
    pub(super) fn in_use(&self) -> Result<u64, StoreError> {
        let active = self.project.active()?;
        Ok(if self.is_foreign(active) { 0 } else { active })
    }

    /// Whether a version belongs to another encoder than the loaded model's.
    pub(super) fn is_foreign(&self, version: u64) -> bool {
        let other = |own: &str| self.project.version(version).is_ok_and(|version| version.record.encoder != own);
        version != 0 && self.encoder.as_deref().is_some_and(other)
    }

    pub(super) fn add_version(&mut self, trained: &TrainedHead) -> Result<(), StoreError> {
        let Some(encoder) = &self.encoder else {
            let why = "A version came before its model was known; it was not kept. Train again.".to_owned();
            (self.send)(Reply::Failed { asked: Asked::AddVersion, why });
            return Ok(());
        };
        let version = self.project.add_version(trained, encoder)?;
        let note = trained.reason.clone();
        match trained.verdict {
            Verdict::KeptAside => (self.send)(Reply::KeptAside { version, note }),
            Verdict::Activated | Verdict::NotJudged => {
                (self.send)(Reply::Active { version, head: Some(trained.head.clone()), note });
            }
        }
        Ok(())
    }

    pub(super) fn versions(&self) -> Result<Vec<VersionEntry>, StoreError> {
        let active = self.project.active()?;
        let fits = |encoder: &str| self.encoder.as_deref().is_none_or(|own| own == encoder);
        let mut entries: Vec<VersionEntry> = Vec::new();
        for ModelVersion { record, created, .. } in self.project.versions()?.into_iter().rev() {
            let fits = fits(&record.encoder);
            let changed = self.project.changed(record.id, record.base, &self.scheme)?;
            let made = Made { at: created, verdict: record.verdict, reason: record.reason, fits, changed };
            entries.push(VersionEntry { version: record.id, made: Some(made), active: record.id == active && fits });
        }
        let active = !entries.iter().any(|entry| entry.active);
        entries.push(VersionEntry { version: 0, made: None, active });
        Ok(entries)
    }

    pub(super) fn report_active(&self, version: u64, note: String) -> Result<(), StoreError> {
        let head = self.project.head(version)?;
        (self.send)(Reply::Active { version, head, note });
        Ok(())
    }
}
