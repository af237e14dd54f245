//! What is said of a document as a whole: done, skipped, to be discussed.

use crate::domain::{Disposition, Edit, Scope};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::work::LastStep;
use crate::tui::state::{State, Tone};
use crate::tui::update::editing::Refusal;
use crate::tui::update::{documents, editing, ranking};

/// Says `said` of the document on screen and goes on, except to discuss it; where that was said already, takes it back
/// instead. Done also accepts what is left, in the same edit.
pub(super) fn say(state: &mut State, said: Disposition) -> Vec<Effect> {
    let Some(open) = &state.open else { return Vec::new() };
    let document = open.index;
    if open.annotations.disposition == said {
        let effects = editing::perform(state, |open, id| open.annotations.dispose(id, Disposition::Open));
        if !effects.is_empty() {
            state.say(Tone::Plain, taken_back(said));
        }
        return effects;
    }
    let (rest, accepted) = match said {
        Disposition::Done => match rest(state) {
            Ok(of) => of,
            Err(refusal) => {
                editing::refuse(state, refusal);
                return Vec::new();
            }
        },
        _ => Default::default(),
    };
    let next = if said == Disposition::Discuss { None } else { state.queue.after(document) };
    let recorded = editing::perform(state, |open, id| {
        let disposition = open.annotations.dispose(id, said).disposition;
        Edit { disposition, ..open.accepting(id, rest, Scope::Document) }
    });
    let mut effects: Vec<Effect> = ranking::tell_decided(state).into_iter().collect();
    if recorded.is_empty() {
        return effects;
    }
    effects.extend(recorded);
    match next {
        Some(next) => {
            effects.extend(documents::open(state, next, None));
            state.work.last_step = LastStep::LedOn(document);
            let undo = state.key(Action::Undo);
            let said = if said == Disposition::Done { "Done" } else { "Skipped" };
            state.say(Tone::Plain, format!("{said}.{accepted} {undo} takes it back."));
        }
        None => {
            let sentence = sentence(state, document, said);
            state.say(Tone::Plain, format!("{sentence}{accepted}"));
        }
    }
    effects
}

/// What is left to accept of a document that is done, so that a note that is right costs one key; with what there is to
/// say of it.
///
/// # Errors
/// When nobody has seen all of it yet.
fn rest(state: &State) -> Result<(Vec<usize>, String), Refusal> {
    match editing::rest(state) {
        Ok((rest, _)) if rest.is_empty() => Ok((rest, String::new())),
        Ok((rest, counted)) => Ok((rest, format!(" Accepted as shown: {counted}."))),
        Err(Refusal::Unread) => {
            let sentence = " The model had not read it: what you did not decide stays undecided.";
            Ok((Vec::new(), sentence.to_owned()))
        }
        Err(Refusal::Empty) => Ok(Default::default()),
        Err(unseen) => Err(unseen),
    }
}

/// What is said when the screen stays on the document.
fn sentence(state: &State, document: usize, said: Disposition) -> String {
    if said == Disposition::Discuss {
        return "This note needs to be discussed; a comment can say why.".to_owned();
    }
    let said = if said == Disposition::Done { "marked done" } else { "skipped" };
    if state.queue.filter.is_some() {
        return format!("This note is {said}; the filter shows no other that is open.");
    }
    let others = (0..state.queue.rows.len()).filter(|&other| other != document);
    let left = |disposition| others.clone().filter(|&other| state.queue.review(other).disposition() == disposition).count();
    match (left(Disposition::Skipped), left(Disposition::Discuss)) {
        (0, 0) if said == "marked done" => "This note is marked done, and so is every other one.".to_owned(),
        (0, 0) => format!("This note is {said}; every other one is done."),
        (skipped, discuss) => {
            format!("This note is {said}. What is left: {skipped} other notes skipped, {discuss} to be discussed.")
        }
    }
}

/// What is said when it is taken back.
fn taken_back(said: Disposition) -> &'static str {
    match said {
        Disposition::Done => "This note is no longer marked done.",
        Disposition::Skipped => "This note is no longer skipped.",
        Disposition::Discuss => "This note needs no discussion any more.",
        Disposition::Open => "This note is open again.",
    }
}

/// What is said when an undo or redo has led to it.
pub(super) fn now(said: Disposition) -> &'static str {
    match said {
        Disposition::Done => "This note is marked done again.",
        Disposition::Skipped => "This note is skipped again.",
        Disposition::Discuss => "This note needs to be discussed again.",
        Disposition::Open => "This note is open again.",
    }
}
