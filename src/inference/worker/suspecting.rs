//! Looking for wrong decisions between more urgent work.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Orders, Worker};
use crate::active_learning::suspects::Suspect;
use crate::domain::DocumentDecisions;
use crate::inference::protocol::{MAX_SUSPECTS, Reply, Suspicion};
use crate::inference::suspects::{Checked, Progress, Suspecting};

/// A search that a panic has ended is not begun again: it may be what failed.
pub(super) fn given_up_after_panic(orders: &mut Orders, send: impl Fn(Reply)) {
    if std::mem::take(&mut orders.suspecting) {
        let sentence = "the search for wrong decisions failed and was given up; nothing that was saved is lost";
        send(Reply::Suspicion(Suspicion::GivenUp(sentence.into())));
    }
}

impl Worker<'_> {
    pub(super) fn begin_suspecting(&mut self, decisions: Vec<DocumentDecisions>) {
        let begun = self.model.head_for(&self.setup.scheme).and_then(|base| Suspecting::new(decisions, base));
        self.orders.suspecting = begun.is_ok();
        match begun {
            Ok(suspecting) => self.suspecting = Some(suspecting),
            Err(error) => self.give_up_suspecting(error.to_string()),
        }
    }

    fn give_up_suspecting(&mut self, why: String) {
        self.orders.suspecting = false;
        self.suspecting = None;
        (self.send)(Reply::Suspicion(Suspicion::GivenUp(why)));
    }

    /// The next piece of the search.
    pub(super) fn suspect(&mut self) -> Result<(), String> {
        let Some(mut suspecting) = self.suspecting.take() else { return Ok(()) };
        let looking = |done, phase| Reply::Suspicion(Suspicion::Looking { done, phase });
        if let Some(document) = suspecting.wants() {
            self.forget_if_changed(document);
            let cached = self.cache.lock().get(document);
            if let Some(encoded) = cached {
                suspecting.take(&encoded);
            } else {
                self.advance(document, 0, false)?;
                if self.orders.blame.is_bad(document) {
                    suspecting.skip();
                }
            }
            (self.send)(looking(suspecting.read(), "reading notes"));
            self.suspecting = Some(suspecting);
            return Ok(());
        }
        match suspecting.step() {
            Ok(Progress::More(done)) => {
                (self.send)(looking(done, "checking decisions"));
                self.suspecting = Some(suspecting);
            }
            Ok(Progress::Done(Checked { cells, suspects, .. })) => {
                self.orders.suspecting = false;
                let suspects = self.with_words(suspects);
                (self.send)(Reply::Suspicion(Suspicion::Found { cells, suspects }));
            }
            Err(error) => self.give_up_suspecting(error.to_string()),
        }
        Ok(())
    }

    /// The first suspects with their words. Those of a note that changed in the meantime are left out.
    fn with_words(&mut self, mut suspects: Vec<Suspect>) -> Vec<(Suspect, Arc<str>)> {
        suspects.truncate(MAX_SUSPECTS);
        let mut texts = HashMap::new();
        let mut with_word = |suspect: Suspect| {
            let document = suspect.cell.document;
            let text = texts.entry(document).or_insert_with(|| Some(self.setup.corpus.load(document).ok()?.document)).as_ref()?;
            let encoded = self.cache.lock().get(document).filter(|encoded| encoded.hash == text.text_hash())?;
            Some((suspect, encoded.words.get(suspect.cell.word)?.slice(&text.text).into()))
        };
        suspects.into_iter().filter_map(&mut with_word).collect()
    }
}
