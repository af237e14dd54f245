//! What the model's worker reports.

use std::sync::Arc;

use crate::domain::Predictions;
use crate::inference::Reply;
use crate::store::Request;
use crate::tui::effect::Effect;
use crate::tui::state::work::{Colours, Using};
use crate::tui::state::{Model, OpenDocument, State, Tone, Training};
use crate::tui::update::{changes, documents, ranking, relabel, suspects, training};

pub(super) fn reply(state: &mut State, reply: Reply) -> Vec<Effect> {
    match reply {
        Reply::Ready { model, encoder, device } => {
            state.model = Model::Ready { name: model, device, encoded: (0, state.queue.rows.len()) };
            return vec![Effect::Store(Request::Encoder(encoder.into()))];
        }
        Reply::Using { version, scheme, thresholds, suggested } => {
            let using = Using::new(version, scheme, thresholds, &state.scheme);
            state.suggested = using.translate_set(suggested);
            state.work.using = Some(using);
            let mut effects = relabel::count_again(state);
            let open = state.open.as_ref().map(|open| open.index);
            effects.extend(open.map(|document| documents::focus(state, document)));
            return effects;
        }
        Reply::Predicted { document, version, words, first, rows } => {
            predicted(state, document, version, words, first, &rows);
            if state.open.as_ref().is_some_and(|open| open.index == document) {
                relabel::recount(state);
            }
        }
        Reply::Summary { document, version, uncertainty, words, unsure, predicted } => {
            let using = state.work.using.as_ref();
            if let Some(row) = state.queue.rows.get_mut(document).filter(|_| uses(using, version)) {
                (row.uncertainty, row.words) = (Some(uncertainty), Some(words));
                row.unsure = unsure;
                row.predicted = using.map(|using| using.translate_set(predicted)).unwrap_or_default();
                state.queue.touch(document);
                if state.open.as_ref().is_some_and(|open| open.index == document) {
                    // What was decided since the worker looked is known here.
                    state.work.counted = None;
                }
            }
        }
        Reply::Ranked(ranking) => ranking::ranked(state, ranking),
        Reply::Encoded { done, total } => {
            if let Model::Ready { encoded, .. } = &mut state.model {
                *encoded = (done, total);
            }
        }
        Reply::Flipped(found) => return changes::found(state, *found),
        Reply::FlippedBeyond(found) => return changes::found_beyond(state, *found),
        Reply::Training { done, phase, left, loss } => {
            if matches!(state.training, None | Some(Training::Running { .. })) {
                state.training = Some(Training::Running { done, phase, left, loss });
            }
        }
        Reply::Turned { turn, words, documents } => relabel::turned(state, turn, words, documents),
        Reply::Trained(head) => return training::trained(state, head),
        Reply::NotTrained(why) => training::not_trained(state, why),
        Reply::Suspicion(suspicion) => suspects::reply(state, suspicion),
        Reply::Notice(sentence) => state.report(Tone::Plain, sentence),
        Reply::Failed(why) => {
            // Else the worker goes on, and so does its training.
            if state.model == Model::Loading {
                state.model = Model::Failed(why.clone());
                give_up_training(state);
                suspects::end(state);
            }
            state.report(Tone::Error, why);
        }
    }
    Vec::new()
}

/// The worker's thread is gone.
pub(super) fn gone(state: &mut State) -> Vec<Effect> {
    if !matches!(state.model, Model::Failed(_)) {
        let why = "The model has stopped working. You can go on labelling without it: everything is saved as before. To have it back, quit and start chartmark again.";
        state.model = Model::Failed(why.to_owned());
        state.report(Tone::Error, why);
    }
    give_up_training(state);
    suspects::end(state);
    Vec::new()
}

/// Forgets a training that the worker has not finished.
fn give_up_training(state: &mut State) {
    if !matches!(state.training, Some(Training::Gathering | Training::Recording)) {
        state.training = None;
    }
}

fn uses(using: Option<&Using>, version: u64) -> bool {
    using.is_some_and(|using| using.version == version)
}

/// Takes probabilities in: of the version in use and of a document as it is, else they are stale.
fn predicted(state: &mut State, document: usize, version: u64, words: usize, first: usize, rows: &[f32]) {
    let Some(using) = state.work.using.as_ref().filter(|using| using.version == version) else { return };
    let labels = using.columns.len();
    let Some(rows) = using.translate(rows).filter(|rows| labels > 0 && first + rows.len() / labels <= words) else { return };
    let thresholds = using.thresholds.clone();
    match &mut state.open {
        Some(open) if open.index == document && open.words.len() == words => colour(open, version, first, &rows, thresholds),
        // Of another text than the one on screen.
        Some(open) if open.index == document => {}
        _ if document < state.queue.rows.len() => {
            let known = state.work.cache.take(document);
            let known = known.filter(|known| known.predictions.version == version && known.predictions.words() == words);
            let mut colours =
                known.unwrap_or_else(|| Colours { predictions: Predictions::awaited(version, words, labels), thresholds });
            colours.predictions.fill(first, &rows);
            state.work.cache.put(document, colours);
        }
        _ => {}
    }
}

/// Colours words of the document on screen. Colours of an older version stay until the newer one covers as much.
fn colour(open: &mut OpenDocument, version: u64, first: usize, rows: &[f32], thresholds: Arc<[f32]>) {
    let (words, labels) = (open.words.len(), thresholds.len());
    match &mut open.predictions {
        Some(shown) if shown.version == version && shown.labels() == labels => shown.fill(first, rows),
        Some(shown) => {
            let fresh = |incoming: &(Predictions, _)| incoming.0.version == version && incoming.0.labels() == labels;
            let known = open.incoming.take().filter(fresh);
            let (mut incoming, thresholds) = known.unwrap_or_else(|| (Predictions::awaited(version, words, labels), thresholds));
            incoming.fill(first, rows);
            if (0..words).all(|word| shown.word(word).is_none() || incoming.word(word).is_some()) {
                (*shown, open.thresholds) = (incoming, thresholds);
            } else {
                open.incoming = Some((incoming, thresholds));
            }
        }
        None => {
            let mut predictions = Predictions::awaited(version, words, labels);
            predictions.fill(first, rows);
            open.predictions = Some(predictions);
            open.thresholds = thresholds;
        }
    }
}

/// A sentence's beginning.
pub(super) fn capital(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
