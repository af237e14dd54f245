//! What is said of a document as a whole: done, skipped, to be discussed.

use crate::domain::Disposition;
use crate::tui::effect::Effect;
use crate::tui::state::{State, Tone};
use crate::tui::update::{documents, editing, ranking};

/// Says `said` of the document on screen and goes on, except to discuss it; where that was said already, takes it back
/// instead.
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
    let next = if said == Disposition::Discuss { None } else { state.queue.after(document) };
    let mut effects: Vec<Effect> = ranking::tell_decided(state).into_iter().collect();
    let recorded = editing::perform(state, |open, id| open.annotations.dispose(id, said));
    if recorded.is_empty() {
        return effects;
    }
    effects.extend(recorded);
    match next {
        Some(next) => effects.extend(documents::open(state, next, None)),
        None => {
            let sentence = sentence(state, document, said);
            state.say(Tone::Plain, sentence);
        }
    }
    effects
}

/// What is said when the screen stays on the document.
fn sentence(state: &State, document: usize, said: Disposition) -> String {
    if said == Disposition::Discuss {
        return "This note needs to be discussed; a comment can say why.".to_owned();
    }
    let said = if said == Disposition::Done { "marked done" } else { "skipped" };
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
