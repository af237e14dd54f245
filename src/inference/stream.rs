//! Many documents through a model. Reading and cutting, encoding, and what the caller does with the predictions go on at
//! the same time, and only a few documents are in memory at once, however many there are.
//!
//! One thread reads and puts short documents together; some take turns in encoding, so that the cores have work while one
//! of them pools; the caller's thread gets the documents back in their order. Only so many lots are under way that a
//! very long note does not let those behind it pile up.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{Result as Caught, scope};

use super::Model;
use super::seeds;
use crate::domain::{Document, LabelSet, Predictions, Words};
use crate::encoder::words::encode_all;
use crate::encoder::{DocumentEncoder, EncoderError};
use crate::head::Head;
use crate::tokenization::{Terms, segment};

/// A lot is complete when it has so many subwords or documents.
const SUBWORDS: usize = 2048;
const DOCUMENTS: usize = 64;

/// A core helps with the lots that are being encoded; this many of them share one thread that hands out a lot.
const CORES: usize = 8;

/// A document with what the model says of it.
#[derive(Clone, Debug)]
pub struct Predicted {
    /// The note.
    pub document: Document,
    /// Its words.
    pub words: Words,
    /// Of version 0.
    pub predictions: Predictions,
}

/// A document on its way; the sentence says why it can't be predicted.
type Note = Result<Cut, String>;

struct Cut {
    document: Document,
    words: Words,
    found: Vec<(usize, LabelSet)>,
    encoder: DocumentEncoder,
}

/// Some documents that are encoded together.
struct Lot<T> {
    number: usize,
    notes: Vec<T>,
}

/// Predicts documents by `head`, with suggestions by seed terms, and hands each to `take` in turn, or the sentence that
/// says why it could not be read or predicted.
///
/// # Errors
/// Those of `take`: nothing more is read then.
pub fn predict_all<E>(
    model: &Model,
    head: &Head,
    documents: impl Iterator<Item = Result<Document, String>> + Send,
    mut take: impl FnMut(Result<Predicted, String>) -> Result<(), E>,
) -> Result<(), E> {
    let encoders = (rayon::current_num_threads() / CORES).max(2);
    // Whoever sends to somebody who has gone has nothing left to do: the caller has stopped.
    scope(|scope| {
        let (permit, permits) = channel();
        for _ in 0..2 * encoders + 1 {
            let _ = permit.send(());
        }
        let (lots, waiting) = channel();
        let (done, ready) = channel::<Caught<Lot<Result<Predicted, String>>>>();
        scope.spawn(move || read(model, head, documents, &permits, &lots));
        let waiting = std::sync::Arc::new(Mutex::new(waiting));
        for _ in 0..encoders {
            let (waiting, done) = (waiting.clone(), done.clone());
            scope.spawn(move || {
                let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
                while let Some(Lot { number, notes }) = next() {
                    let predicted = catch_unwind(AssertUnwindSafe(|| predict(model, head, notes)));
                    if done.send(predicted.map(|notes| Lot { number, notes })).is_err() {
                        return;
                    }
                }
            });
        }
        drop((waiting, done));
        let (mut early, mut turn) = (BTreeMap::new(), 0);
        for lot in ready {
            let Lot { number, notes } = lot.unwrap_or_else(|panic| resume_unwind(panic));
            early.insert(number, notes);
            while let Some(notes) = early.remove(&turn) {
                turn += 1;
                notes.into_iter().try_for_each(&mut take)?;
                let _ = permit.send(());
            }
        }
        Ok(())
    })
}

/// Reads documents, cuts them into words and subwords, and puts them together in lots.
fn read(
    model: &Model,
    head: &Head,
    mut documents: impl Iterator<Item = Result<Document, String>>,
    permits: &Receiver<()>,
    lots: &Sender<Lot<Note>>,
) {
    let terms = Terms::new(&head.meta.scheme);
    for number in 0.. {
        if permits.recv().is_err() {
            return;
        }
        let (mut notes, mut subwords) = (Vec::new(), 0);
        while notes.len() < DOCUMENTS
            && subwords < SUBWORDS
            && let Some(document) = documents.next()
        {
            let note = document.and_then(|document| cut(model, &terms, document));
            subwords += note.as_ref().map_or(0, |note| note.encoder.subwords());
            notes.push(note);
        }
        if notes.is_empty() || lots.send(Lot { number, notes }).is_err() {
            return;
        }
    }
}

fn cut(model: &Model, terms: &Terms, document: Document) -> Note {
    let words = segment(&document.text);
    let found = if terms.is_empty() { Vec::new() } else { terms.find(&document.text, &words) };
    match DocumentEncoder::new(&model.encoder, &document.text, &words, model.encode) {
        Ok(encoder) => Ok(Cut { document, words, found, encoder }),
        Err(error) => Err(sentence(&document, &error)),
    }
}

fn sentence(document: &Document, error: &EncoderError) -> String {
    format!("{}: {error}", document.id)
}

/// Encodes and predicts a lot.
fn predict(model: &Model, head: &Head, notes: Vec<Note>) -> Vec<Result<Predicted, String>> {
    let (mut order, mut rests, mut encoders) = (Vec::new(), Vec::new(), Vec::new());
    for note in notes {
        order.push(note.map(|Cut { document, words, found, encoder }| {
            rests.push((document, words, found));
            encoders.push(encoder);
        }));
    }
    let together = encode_all(&model.encoder, &mut encoders);
    let mut predicted = rests.into_iter().zip(encoders).map(|((document, words, found), mut encoder)| {
        // What could not be computed together may be, one by one.
        let own = if together.is_ok() { Ok(()) } else { encode_all(&model.encoder, std::slice::from_mut(&mut encoder)) };
        let probabilities = own.and_then(|()| seeds::of_halves(head, encoder.vectors(), 0, &found));
        match probabilities {
            Ok(rows) => Ok(Predicted { predictions: Predictions::new(0, head.labels(), rows), document, words }),
            Err(error) => Err(sentence(&document, &error.into())),
        }
    });
    order.into_iter().filter_map(|note| note.map_or_else(|why| Some(Err(why)), |()| predicted.next())).collect()
}
