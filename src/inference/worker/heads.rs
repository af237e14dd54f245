//! Heads as the project records them, and as they are used: for the labels that the project has now.

use std::sync::Arc;

use super::Worker;
use crate::domain::TrainedHead;
use crate::head::{Head, HeadError};

impl Worker<'_> {
    /// A version's head as it was recorded (`None` for version 0), and for the labels in use.
    pub(super) fn read_head(&self, bytes: Option<Arc<[u8]>>) -> Result<(Option<Head>, Head), HeadError> {
        let scheme = &self.setup.scheme;
        let Some(bytes) = bytes else { return Ok((None, self.model.head_for(scheme)?)) };
        let recorded = Head::from_bytes(&bytes)?;
        self.model.check_head(Some(&recorded))?;
        let head = self.model.version_for(&recorded, scheme)?;
        Ok((Some(recorded), head))
    }

    /// A new version together with what the one before knows of labels that are not in use: they are known still when
    /// they come back.
    pub(super) fn with_other_labels(&self, mut trained: Box<TrainedHead>) -> Box<TrainedHead> {
        let widened = |recorded: &Head| -> Result<Option<Vec<u8>>, HeadError> {
            let head = Head::from_bytes(&trained.head)?;
            let own = &head.meta.scheme;
            let others: Vec<&str> = {
                let others = recorded.meta.scheme.labels.iter().filter(|label| own.counterpart(label).is_none());
                others.map(|label| label.name.as_str()).collect()
            };
            let alike = head.hidden().is_none() && recorded.hidden().is_none();
            match own.extended(&others) {
                Ok(all) if alike && !others.is_empty() => Ok(Some(head.conformed(&all)?.completed(recorded)?.to_bytes()?)),
                _ => Ok(None),
            }
        };
        // Without them the version is still what was asked for.
        if let Some(Ok(Some(bytes))) = self.recorded.as_ref().map(widened) {
            trained.head = bytes.into();
        }
        trained
    }
}
