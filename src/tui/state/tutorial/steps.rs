//! The steps of the tutorial, in order: what a new annotator needs for the loop of labelling, training and looking.

use crate::store::protocol::ReviewState;
use crate::tui::keymap::Action;
use crate::tui::state::tutorial::{Lesson, Since};
use crate::tui::state::work::LastChange;
use crate::tui::state::{Mode, OpenDocument, State};
use crate::tui::view;

/// One step.
#[derive(Debug)]
pub struct Step {
    /// What the project remembers it by.
    pub name: &'static str,
    /// What to do and why, in a sentence or two; see [`super::filled`].
    pub text: &'static str,
    /// Whether it is done.
    pub done: fn(&State, &Lesson, &Since) -> bool,
}

/// The steps.
pub const STEPS: [Step; 12] = [
    Step {
        name: "move",
        text: "Letters beneath a word name the labels that the model predicts. Go to such a word: {left} {right} {up} {down} \
               move, {next-span} jumps.",
        done: |state, _, since| moved(state, since) && word(state).is_some_and(|(open, word)| !open.labels(word).is_empty()),
    },
    Step {
        name: "toggle",
        text: "The inspector lists a word's labels, each with a probability. {missed} {label-menu} shows all labels.",
        done: |state, _, since| edited(state, since) && matches!(state.work.last_change, Some(LastChange::Set { .. })),
    },
    Step {
        name: "about",
        text: "What does a label mean? {about} shows its meaning and examples in a pane of its own, {guidelines} the rules of the \
               project. Open one.",
        done: |state, lesson, _| state.guide.topic.is_some() && (lesson.has(Action::About) || lesson.has(Action::Guidelines)),
    },
    Step {
        name: "undo",
        text: "Your label is on disk already. {undo} takes it back and {redo} does it again, also after a restart. Take it back.",
        done: |state, lesson, _| lesson.has(Action::Undo) && state.open.as_ref().is_some_and(|open| open.history.redoable() > 0),
    },
    Step {
        name: "unsure",
        text: "{next-uncertain} goes to the next word that the model is unsure of, marked '?'. Such words teach it most.",
        done: |state, _, since| moved(state, since) && word(state).is_some_and(|(open, word)| view::is_unsure(open, word)),
    },
    Step {
        name: "accept",
        text: "{accept} accepts the word with all labels that it shows, or with none, and goes on. Accepted words have a solid \
               line.",
        done: |state, _, since| edited(state, since) && state.work.last_change == Some(LastChange::Accept),
    },
    Step {
        name: "grow",
        text: "{grow} selects the phrase that the cursor is in; again: the sentence. Select several words.",
        done: |state, _, _| state.open.as_ref().is_some_and(|open| open.targets().len() > 1),
    },
    Step {
        name: "repeat",
        text: "Keys act on the whole selection: label it, or accept it. Then go elsewhere: {repeat} does the same there.",
        done: |state, lesson, since| edited(state, since) && lesson.has(Action::Repeat),
    },
    Step {
        name: "done",
        text: "Read on to the end ({page-down}); then {done} accepts the rest, marks the note done and opens the next.",
        done: |state, _, since| done(state) > since.done,
    },
    Step {
        name: "train",
        text: "{train} trains the model on your decisions, in the background: the line at the foot tells how far it is. Go on \
               labelling meanwhile.",
        done: |state, lesson, since| state.version != since.version || lesson.trained && state.training.is_none(),
    },
    Step {
        name: "changes",
        text: "{next-change} walks through the words that the new version sees otherwise, in all notes. {roll-back} would roll \
               it back.",
        done: |state, lesson, _| {
            let walked = lesson.has(Action::NextChange) || lesson.has(Action::PreviousChange) || lesson.has(Action::Changes);
            walked && state.work.awaited_flips.is_none()
        },
    },
    Step {
        name: "help",
        text: "That was the loop; {export} writes your labels to a file. {help} shows the keys that work where you are, \
               {palette} finds any action by its name. Open one.",
        done: |state, _, _| matches!(state.mode, Mode::Help { .. } | Mode::Palette(_)),
    },
];

/// The word under the cursor.
fn word(state: &State) -> Option<(&OpenDocument, usize)> {
    let open = state.open.as_ref()?;
    open.word().map(|word| (open, word))
}

/// Whether the cursor stands elsewhere.
fn moved(state: &State, since: &Since) -> bool {
    state.open.as_ref().is_some_and(|open| (open.index, open.cursor) != since.place)
}

/// Whether something was decided.
fn edited(state: &State, since: &Since) -> bool {
    state.work.edits > since.edits
}

/// How many documents are marked done.
pub(super) fn done(state: &State) -> usize {
    state.queue.rows.iter().filter(|row| row.entry.review == ReviewState::Done).count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::action;
    use super::*;

    #[test]
    fn steps_are_few_short_and_name_keys_that_exist() {
        assert!(STEPS.len() <= 12);
        assert_eq!(STEPS.iter().map(|step| step.name).collect::<BTreeSet<_>>().len(), STEPS.len());
        for Step { name, text, .. } in &STEPS {
            assert!(text.len() <= 180, "{name} is {} characters long", text.len());
            for (placeholder, _) in text.split('{').skip(1).filter_map(|rest| rest.split_once('}')) {
                assert!(placeholder == "missed" || action(placeholder).is_some(), "{placeholder} in {name}");
            }
        }
    }
}
