//! What the store answers.

use std::sync::Arc;

use crate::domain::{Annotations, EditId, LabelScheme, Stamp};
use crate::inference::Command;
use crate::store::protocol::{Asked, QueueEntry, Recorded};
use crate::store::{Reply, Request};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::work::{InFlight, Quitting, Using};
use crate::tui::state::{Listing, Looking, Saving, State, Tone, Training, version_name};
use crate::tui::update::worker::capital;
use crate::tui::update::{
    changes, comments, dashboard, documents, filter, guide, matches, quitting, ranking, relabel, schemes, suspects, timeline,
    training,
};

pub(super) fn reply(state: &mut State, reply: Reply) -> Vec<Effect> {
    let (answers, failed) = (quitting::answers(&reply), matches!(reply, Reply::Failed { .. }));
    state.work.awaited = state.work.awaited.saturating_sub(answers.into());
    let mut effects = take_in(state, reply);
    if answers {
        effects.extend(if failed { quitting::not_saved(state) } else { quitting::saved(state) });
    }
    effects
}

fn take_in(state: &mut State, reply: Reply) -> Vec<Effect> {
    match reply {
        Reply::Ready { scheme, active, head, queue, notice } => ready(state, scheme, (active, head), queue, notice),
        Reply::Opened(opened) => documents::opened(state, *opened),
        Reply::NotOpened { document, why } => {
            if let Some(row) = state.queue.rows.get_mut(document) {
                row.unreadable = Some(why.clone());
            }
            not_opened(state, document, why)
        }
        Reply::Along(touched) => {
            for touched in touched {
                set_entry(state, touched.document, touched.entry);
                filter::decided_by(state, touched.document, &touched.deciders);
            }
            // The worker learns what is decided in the notes that are not on screen.
            vec![Effect::Store(Request::Decided { from: 0 })]
        }
        Reply::Saved { document, edit, recorded, entry, deciders } => {
            saved(state, InFlight { document, edit }, recorded, entry, &deciders)
        }
        Reply::Decided { documents, next } => decided(state, documents, next),
        Reply::NotSaved { document, why } => not_saved(state, document, why),
        Reply::Decisions(job) => training::gathered(state, job),
        Reply::NothingNew { version } => {
            training::nothing_new(state, version);
            Vec::new()
        }
        Reply::DecisionsToCheck(decisions) => suspects::gathered(state, decisions),
        Reply::Active { version, head, note } => {
            recorded(state);
            timeline::renew(state);
            state.report(Tone::Plain, format!("{} is active; {note}", capital(&version_name(version))));
            training::uses(state, version, head, note)
        }
        Reply::Changes(kept) => {
            changes::kept(state, *kept);
            Vec::new()
        }
        Reply::Versions(list) => {
            training::listed(state, list);
            Vec::new()
        }
        Reply::Figures(figures) => {
            dashboard::counted(state, *figures);
            Vec::new()
        }
        Reply::Exported { exported, place } => {
            dashboard::exported(state, exported, &place);
            Vec::new()
        }
        Reply::Comments(list) => {
            comments::listed(state, list);
            Vec::new()
        }
        Reply::Guidelines(text) => {
            guide::read(state, text);
            Vec::new()
        }
        Reply::Examples { label, found, next } => guide::examples(state, label, &found, next),
        Reply::Relabelled { scheme, said } => relabel::done(state, scheme, said),
        Reply::Timeline(page) => {
            timeline::listed(state, *page);
            Vec::new()
        }
        Reply::Jumped(jumped) => timeline::jumped(state, *jumped),
        Reply::Hidden { scheme, hidden } => {
            let answers = relabel::counted(state, &scheme, &hidden);
            if answers { Vec::new() } else { schemes::counted(state, &scheme, &hidden) }
        }
        Reply::Found { alike, places, next } => matches::found(state, &alike, places, next),
        Reply::Contents { words, found } => {
            filter::looked(state, &words, &found);
            Vec::new()
        }
        Reply::Annotators(all) => {
            filter::annotators(state, all);
            Vec::new()
        }
        Reply::KeptAside { version, note } => {
            recorded(state);
            timeline::renew(state);
            let list = state.key(Action::Versions);
            state.report(Tone::Warning, format!("{} is {note}; {list} lists it.", capital(&version_name(version))));
            Vec::new()
        }
        Reply::Failed { asked: Asked::Open(document), why } => not_opened(state, document, why),
        Reply::Failed { asked, why } => failed(state, asked, why),
        Reply::Closed => quitting::closed(state),
    }
}

/// The project is open: takes in what it has, and begins with a document.
fn ready(
    state: &mut State,
    scheme: Arc<LabelScheme>,
    (active, head): (u64, Option<Arc<[u8]>>),
    queue: Vec<QueueEntry>,
    notice: Option<String>,
) -> Vec<Effect> {
    state.scheme = scheme;
    state.version = active;
    state.saving = Saving::Saved;
    filter::take_entries(state, queue);
    // The scheme may be another one than was thought until now.
    state.work.cache.clear();
    if let Some(using) = state.work.using.take() {
        state.work.using = Some(Using::new(using.version, using.scheme, using.own_thresholds, &state.scheme));
    }
    if let Some(notice) = notice {
        state.report(Tone::Warning, notice);
    }
    let mut effects = Vec::new();
    if active != 0 {
        effects.push(Effect::Worker(Command::UseHead { version: active, head }));
    }
    effects.extend(ranking::ask(state));
    let first = first(state);
    let place = state.work.place.take().filter(|(document, _)| *document < state.queue.rows.len());
    state.work.began = first.filter(|_| place.is_none());
    let (first, word) = place.map_or((first, None), |(document, word)| (Some(document), Some(word)));
    effects.extend(first.map(|document| documents::open(state, document, word)).unwrap_or_default());
    effects.push(Effect::Store(Request::Decided { from: 0 }));
    effects
}

/// An edit is on disk.
fn saved(state: &mut State, change: InFlight, recorded: Recorded, entry: QueueEntry, deciders: &[Arc<str>]) -> Vec<Effect> {
    let InFlight { document, edit } = change;
    let settled = state.queue.review(document).is_settled();
    set_entry(state, document, entry);
    filter::decided_by(state, document, deciders);
    stamp(state, document, edit, recorded);
    let effects = answered(state, change);
    let ranked = if settled == entry.review.is_settled() { None } else { ranking::ask(state) };
    ranked.into_iter().chain(effects).collect()
}

/// The store has read decisions, and goes on from a document, if there are more.
fn decided(state: &mut State, documents: Vec<(usize, Arc<Annotations>)>, next: Option<usize>) -> Vec<Effect> {
    documents.iter().for_each(|(document, annotations)| filter::decided(state, *document, annotations));
    let mut effects = Vec::new();
    if !documents.is_empty() {
        effects.push(Effect::Worker(Command::Decided(documents)));
    }
    match next {
        Some(from) => effects.push(Effect::Store(Request::Decided { from })),
        None => effects.extend(ranking::ask(state)),
    }
    effects
}

/// Something that was asked of the store could not be done.
fn failed(state: &mut State, asked: Asked, why: String) -> Vec<Effect> {
    match asked {
        Asked::Decisions if state.training != Some(Training::Recording) => end_training(state),
        Asked::AddVersion => recorded(state),
        Asked::Contents | Asked::Annotators => filter::failed(state),
        Asked::Hidden => state.work.wanted = None,
        Asked::Relabel => relabel::failed(state),
        Asked::DecisionsToCheck => suspects::end(state),
        Asked::Timeline => timeline::failed(state),
        Asked::Versions | Asked::Figures | Asked::Comments => state.listing = Listing::Failed,
        _ => {}
    }
    state.report(Tone::Error, why);
    Vec::new()
}

/// The store's thread is gone: whatever it had not answered stays marked as not saved.
pub(super) fn gone(state: &mut State) -> Vec<Effect> {
    if state.work.quitting == Quitting::Closing {
        return quitting::closed(state);
    }
    // Each time: something may have been asked since.
    state.opening = None;
    state.work.resync = false;
    state.work.ahead.clear();
    end_training(state);
    if state.listing == Listing::Awaited {
        state.listing = Listing::Failed;
    }
    state.suspects.looking.take_if(|looking| *looking == Looking::Gathering);
    if state.saving == Saving::Gone {
        return Vec::new();
    }
    let lost = state.work.in_flight.len();
    state.work.in_flight.clear();
    state.work.awaited = 0;
    state.saving = Saving::Gone;
    let lost = match lost {
        0 => String::new(),
        1 => " The last change, marked as not saved, is not in it.".to_owned(),
        lost => format!(" The last {lost} changes, marked as not saved, are not in it."),
    };
    let sentence =
        format!("The project can't be written any more.{lost} What was saved is safe: quit and start chartmark again.");
    state.report(Tone::Error, sentence);
    quitting::not_saved(state)
}

fn set_entry(state: &mut State, document: usize, entry: QueueEntry) {
    if let Some(row) = state.queue.rows.get_mut(document) {
        row.entry = entry;
    }
}

/// A training that waited for the store waits no longer; one that the worker is at goes on.
fn end_training(state: &mut State) {
    if !matches!(state.training, Some(Training::Running { .. })) {
        state.training = None;
    }
}

/// A new version waits no longer to be recorded.
fn recorded(state: &mut State) {
    state.training.take_if(|training| *training == Training::Recording);
}

/// Nothing is awaited any more: what was typed for it is forgotten.
fn end_opening(state: &mut State) {
    state.opening = None;
    state.work.ahead.clear();
    if std::mem::take(&mut state.work.resync) {
        // What is on screen can't be trusted to be what is on disk.
        state.open = None;
    }
}

/// Strikes a change off the list that is on disk.
fn answered(state: &mut State, change: InFlight) -> Vec<Effect> {
    if let Some(at) = state.work.in_flight.iter().position(|flying| *flying == change) {
        state.work.in_flight.remove(at);
    }
    state.saving = match state.work.in_flight.len() {
        0 => Saving::Saved,
        count => Saving::Pending(count),
    };
    quitting::saved(state)
}

/// Notes who made an edit and when, and that it is on disk.
fn stamp(state: &mut State, document: usize, edit: EditId, recorded: Recorded) {
    let Some(open) = state.open.as_mut().filter(|open| open.index == document) else { return };
    open.annotations.set_stamp(edit, Stamp { annotator: recorded.annotator, at: recorded.at });
    if let Some(times) = open.pending.get_mut(&edit) {
        *times -= 1;
        if *times == 0 {
            open.pending.remove(&edit);
        }
    }
}

/// A change could not be saved: the document is read again as it is on disk, which takes the change back.
fn not_saved(state: &mut State, document: usize, why: String) -> Vec<Effect> {
    // Answers come in order, so it was the oldest one of this document.
    if let Some(at) = state.work.in_flight.iter().position(|flying| flying.document == document) {
        state.work.in_flight.remove(at);
    }
    state.work.last_step.forget(document);
    state.saving = Saving::Failed(why.clone());
    state.report(Tone::Error, why);
    let mut effects = quitting::not_saved(state);
    let on_screen = state.open.as_ref().is_some_and(|open| open.index == document);
    if on_screen && !state.work.resync {
        state.work.resync = true;
        effects.push(Effect::Store(Request::Open { document }));
    }
    effects
}

fn not_opened(state: &mut State, document: usize, why: String) -> Vec<Effect> {
    let resync = state.work.resync && state.open.as_ref().is_some_and(|open| open.index == document);
    if resync || state.opening.is_some_and(|opening| opening.document == document) {
        end_opening(state);
    }
    state.report(Tone::Error, why);
    // One bad file keeps nobody from the others.
    let bad = !state.queue.is_readable(document);
    let next = if bad && state.open.is_none() && state.opening.is_none() && !resync { first(state) } else { None };
    if state.work.began == Some(document) {
        state.work.began = next;
    }
    next.map(|next| documents::open(state, next, None)).unwrap_or_default()
}

/// The document to begin with: the first that can be read and is not settled, else the first that can be read.
fn first(state: &State) -> Option<usize> {
    let readable = || state.queue.order.iter().copied().filter(|&document| state.queue.is_readable(document));
    readable().find(|&document| !state.queue.review(document).is_settled()).or_else(|| readable().next())
}
