//! The tutorial: begun, followed, left. It looks on and never takes a key.

use crate::store::Request;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::tutorial::{Lesson, STEPS};
use crate::tui::state::work::Quitting;
use crate::tui::state::{State, Tone};

/// Notes that an action was taken: some steps ask for it.
pub(super) fn acted(state: &mut State, action: Action) {
    if let Some(lesson) = &mut state.tutorial.lesson
        && !lesson.has(action)
    {
        lesson.acted.push(action);
    }
}

/// Goes on to the next step as often as the one at hand is done, and has the project remember it.
pub(super) fn follow(state: &mut State) -> Option<Effect> {
    let mut lesson = state.tutorial.lesson.take()?;
    let begun = lesson.step;
    lesson.watch(state);
    while lesson.is_done(state) {
        lesson = Lesson { step: lesson.step + 1, ..Lesson::default() };
        lesson.watch(state);
    }
    let step = lesson.step;
    state.tutorial.lesson = Some(lesson);
    if step == begun { None } else { came_to(state, step) }
}

/// Begins the tutorial, or leaves it.
pub(super) fn begin_or_leave(state: &mut State) -> Option<Effect> {
    if state.tutorial.lesson.is_some() { leave(state) } else { go_to(state, 0) }
}

/// Passes the step over, or goes on where the tutorial was left.
pub(super) fn pass(state: &mut State) -> Option<Effect> {
    match (&state.tutorial.lesson, state.tutorial.left) {
        (Some(lesson), _) => go_to(state, lesson.step + 1),
        (None, left) => go_to(state, left.unwrap_or(0)),
    }
}

/// Leaves the tutorial.
pub(super) fn leave(state: &mut State) -> Option<Effect> {
    let lesson = state.tutorial.lesson.take()?;
    state.tutorial.left = Some(lesson.step);
    let (number, count) = (lesson.step + 1, STEPS.len());
    let (next, again) = (state.key(Action::TutorialNext), state.key(Action::Tutorial));
    // One Esc too many is one of several: it stays to be read.
    state
        .report(Tone::Plain, format!("You left the tutorial at step {number} of {count}: {next} goes on, {again} begins again."));
    remember(state)
}

fn go_to(state: &mut State, step: usize) -> Option<Effect> {
    if !state.tutorial.offered {
        state.say(Tone::Warning, "The tutorial is for the sample corpus: start chartmark without a path. Nothing was changed.");
        return None;
    }
    state.tutorial.lesson = Some(Lesson { step, ..Lesson::default() });
    // That it was left, say, is no longer so.
    state.notice = None;
    came_to(state, step)
}

/// The tutorial has come to a step, or to its end.
fn came_to(state: &mut State, step: usize) -> Option<Effect> {
    state.tutorial.left = None;
    if step >= STEPS.len() {
        state.tutorial.lesson = None;
        let (again, export) = (state.key(Action::Tutorial), state.key(Action::Export));
        let sentence = format!(
            "That was the tutorial. {export} writes your labels to a file, as gold JSONL (after {quit}: `chartmark export --to gold`). \
             `chartmark FOLDER` opens notes of your own; {again} begins the tutorial again.",
            quit = state.key(Action::Quit),
        );
        state.report(Tone::Plain, sentence);
    }
    remember(state)
}

/// Has the project remember how far the annotator has come.
fn remember(state: &State) -> Option<Effect> {
    let open = state.saving.is_open() && state.work.quitting != Quitting::Closing;
    open.then(|| Effect::Store(Request::Tutorial(state.tutorial.memory())))
}
