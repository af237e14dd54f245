//! What the thread reads of many documents: what is decided, a few documents at a time, so that nobody waits for all of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::matches::{matches, places};
use crate::domain::{Document, DocumentDecisions, DocumentId, Learned, TrainJob};
use crate::store::error::StoreError;
use crate::store::protocol::{Alike, Asked, Reply};
use crate::tokenization::segment::segment;

use super::{Store, covered};

/// So many documents are read for one answer to [`super::Request::Decided`].
const PORTION: usize = 16;

impl<S: Fn(Reply)> Store<S> {
    pub(super) fn decided(&mut self, from: usize) -> Result<(), StoreError> {
        if from == 0 {
            let held: HashSet<DocumentId> = self.project.documents()?.into_iter().map(|(id, _)| id).collect();
            self.held = (0..self.corpus.len()).filter(|&index| held.contains(&self.corpus.id(index))).collect();
        }
        let portion = self.held.iter().skip(from).take(PORTION);
        let mut documents = Vec::new();
        for &index in portion {
            // A note that cannot be read is in no queue either.
            let Ok((document, _)) = self.corpus.load(index) else { continue };
            let words = segment(&document.text);
            let annotations = self.project.annotations(&document, &words, &self.scheme)?.annotations;
            if annotations.count() > 0 || annotations.imported.is_some() || self.told.contains(&index) {
                self.told.insert(index);
                documents.push((index, Arc::new(annotations)));
            }
        }
        let next = (from + PORTION < self.held.len()).then_some(from + PORTION);
        (self.send)(Reply::Decided { documents, next });
        Ok(())
    }

    pub(super) fn find(&mut self, alike: Arc<Alike>, from: usize) -> Result<(), StoreError> {
        let end = self.corpus.len().min(from + PORTION);
        let mut found = Vec::new();
        for index in (from..end).filter(|&index| index != alike.besides) {
            let (document, words) = match self.open.get(&index) {
                Some(known) => known.clone(),
                None => {
                    // A note that cannot be read cannot be labelled either.
                    let Ok((document, _)) = self.corpus.load(index) else { continue };
                    let words = segment(&document.text);
                    (Arc::new(document), Arc::new(words))
                }
            };
            if matches(&document.text, &words, &alike.phrase).is_empty() {
                continue;
            }
            let annotations = self.project.annotations(&document, &words, &self.scheme)?.annotations;
            let places = places(&document.text, &words, &alike.phrase, &annotations, alike.label, alike.present);
            if !places.is_empty() {
                // An edit of these places is meant for this text, even if the note changes meanwhile.
                self.open.insert(index, (document, words));
            }
            found.extend(places.into_iter().map(|place| (index, place)));
        }
        let next = (end < self.corpus.len()).then_some(end);
        (self.send)(Reply::Found { alike, places: found, next });
        Ok(())
    }

    /// Goes on with the export that is under way, or begins one that answers all who wait now. Each request has one answer.
    pub(super) fn export_on(&mut self) {
        let asked = self.exports_asked;
        self.guarded(Asked::Export, &[], |store| {
            // Taken out, so that one that fails is over, and that no other is begun beside it.
            let mut export = match store.export.take() {
                Some(export) => export,
                None => {
                    store.exports_answered = store.exports_asked;
                    store.project.begin_export()?
                }
            };
            match export.go_on(&mut store.project, PORTION)? {
                Some((exported, place)) => {
                    for _ in 0..std::mem::take(&mut store.exports_answered) {
                        store.exports_asked = store.exports_asked.saturating_sub(1);
                        (store.send)(Reply::Exported { exported, place: place.clone() });
                    }
                }
                None => store.export = Some(export),
            }
            Ok(())
        });
        if self.export.is_none() && self.exports_asked == asked {
            // It has failed, which one of those who wait was told: for the others it is tried again.
            self.exports_asked = asked.saturating_sub(1);
        }
    }

    pub(super) fn examples(&mut self, label: usize, from: usize) -> Result<(), StoreError> {
        let with_decisions: Vec<DocumentId> =
            self.project.documents()?.into_iter().filter(|(_, entry)| entry.decided > 0).map(|(id, _)| id).collect();
        let mut found = Vec::new();
        for id in with_decisions.iter().skip(from).take(PORTION) {
            found.extend(self.project.examples(id, &self.scheme, label)?);
        }
        let next = (from + PORTION < with_decisions.len()).then_some(from + PORTION);
        (self.send)(Reply::Examples { label, found, next });
        Ok(())
    }

    /// Gathers the decisions for a training from version `base`, unless it would learn nothing new. In place of a version
    /// of another encoder it is the model as it came.
    pub(super) fn decisions(&mut self, base: u64) -> Result<(), StoreError> {
        let base = if self.is_foreign(base) { 0 } else { base };
        self.take_gold()?;
        if let Some(version) = self.project.taught_already(base, self.encoder.as_deref())? {
            (self.send)(Reply::NothingNew { version });
            return Ok(());
        }
        let decisions = self.gather()?;
        let through = self.project.last_event()?;
        let since = self.project.in_use_since()?;
        let as_it_came = |_| Learned { since, ..Learned::default() };
        let learned = self.project.version(base).map_or_else(as_it_came, |version| version.record.learned(since));
        // The seed follows from what the training learns from: the same job gives the same version.
        (self.send)(Reply::Decisions(Box::new(TrainJob { base, learned, through, seed: through, decisions })));
        Ok(())
    }

    /// Every decided cell, in order of the corpus, gold included.
    pub(super) fn gather(&mut self) -> Result<Vec<DocumentDecisions>, StoreError> {
        self.take_gold()?;
        self.project.decisions(&self.scheme, self.finder())
    }

    /// Finds a document's place in the corpus, and the document as it is now.
    pub(super) fn finder(&self) -> impl FnMut(&DocumentId) -> Option<(usize, Document)> + use<S> {
        let corpus = self.corpus.clone();
        let indices: HashMap<DocumentId, usize> = (0..corpus.len()).map(|index| (corpus.id(index), index)).collect();
        move |id| {
            let index = *indices.get(id)?;
            Some((index, corpus.load(index).ok()?.0))
        }
    }

    /// Takes all gold of the corpus into the project, once a session, in one transaction.
    fn take_gold(&mut self) -> Result<(), StoreError> {
        if self.gold_taken {
            return Ok(());
        }
        let Self { project, corpus, .. } = self;
        project.write(|writer| {
            // A note that cannot be read now has no part in this training; opening it says why.
            let with_gold = (0..corpus.len()).filter(|&index| corpus.has_gold(index));
            for index in with_gold {
                if let Ok((document, Some(spans))) = corpus.load(index) {
                    writer.import_gold(&document, &spans, covered(&**corpus, index))?;
                }
            }
            Ok(())
        })?;
        self.gold_taken = true;
        Ok(())
    }
}
