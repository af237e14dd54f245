//! The tutorial: how far the annotator has come in it. Its steps are rows of data, in [`steps`].
//!
//! A step is done by doing it, in whatever way: its condition looks at the state and at what was done since it began.
//! Nothing that it says stands in the way of any key.

pub mod steps;

use serde::Deserialize as _;
use serde::de::value::{Error, StrDeserializer};

pub use steps::{STEPS, Step};

use crate::tui::keymap::Action;
use crate::tui::state::{State, Training};

/// The tutorial, under way or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tutorial {
    /// Whether the notes are those that it is made for. In others it would have the annotator decide words for practice.
    pub offered: bool,
    /// The step that the annotator is at; `None` when they are not in it.
    pub lesson: Option<Lesson>,
    /// The step at which they left it.
    pub left: Option<usize>,
}

/// A step under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    /// Index in [`STEPS`].
    pub step: usize,
    /// What was done since the step began, each once.
    pub acted: Vec<Action>,
    /// Whether a training was under way since then.
    pub trained: bool,
    /// What it was like when the step began; `None` until there is a note to begin with.
    pub since: Option<Since>,
}

/// What it was like when a step began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// Document and word.
    pub place: (usize, usize),
    /// How many edits were made in the session.
    pub edits: u64,
    /// How many documents were marked done.
    pub done: usize,
    /// The active version.
    pub version: u64,
}

/// The label that a word of the sample corpus lacks, and the word.
const MISSED: &str = "symptom";
const LACKING: &str = "cough";

/// The words by which the project remembers how far the annotator has come.
const AT: &str = "at ";
const LEFT: &str = "left ";
const FINISHED: &str = "finished";

impl Tutorial {
    /// The tutorial as a project remembers it. It begins by itself where nothing is remembered and nothing was
    /// decided yet (`untouched`), and goes on where the annotator walked away.
    pub fn remembered(memory: Option<&str>, untouched: bool) -> Self {
        // A step of another version of the program: that one has to be gone through again.
        let index = |name: &str| STEPS.iter().position(|step| step.name == name).unwrap_or(0);
        let at = |step| Some(Lesson { step, ..Lesson::default() });
        let (lesson, left) = match memory {
            None => (at(0).filter(|_| untouched), None),
            Some(memory) => match (memory.strip_prefix(AT), memory.strip_prefix(LEFT)) {
                (Some(name), _) => (at(index(name)), None),
                (None, Some(name)) => (None, Some(index(name))),
                (None, None) => (None, None),
            },
        };
        Self { offered: true, lesson, left }
    }

    /// What the project is to remember of it.
    pub fn memory(&self) -> String {
        let step = |form: &str, step: usize| STEPS.get(step).map(|row| format!("{form}{}", row.name));
        let under_way = self.lesson.as_ref().and_then(|lesson| step(AT, lesson.step));
        under_way.or_else(|| step(LEFT, self.left?)).unwrap_or_else(|| FINISHED.to_owned())
    }
}

impl Lesson {
    /// The step itself.
    pub fn row(&self) -> Option<&'static Step> {
        STEPS.get(self.step)
    }

    /// Whether an action was taken since the step began.
    pub fn has(&self, action: Action) -> bool {
        self.acted.contains(&action)
    }

    /// Notes what can be seen of the state only while it is so.
    pub fn watch(&mut self, state: &State) {
        self.trained |= matches!(state.training, Some(Training::Running { .. } | Training::Recording));
        if self.since.is_none() {
            self.since = Since::now(state);
        }
    }

    /// Whether the step is done.
    pub fn is_done(&self, state: &State) -> bool {
        self.row().zip(self.since.as_ref()).is_some_and(|(row, since)| (row.done)(state, self, since))
    }
}

impl Since {
    /// What it is like now, if there is a note on the screen.
    fn now(state: &State) -> Option<Self> {
        let open = state.open.as_ref()?;
        Some(Self { place: (open.index, open.cursor), edits: state.work.edits, done: steps::done(state), version: state.version })
    }
}

/// The text of a step with the annotator's own keys in it: `{undo}` stands for the key of that action in the note,
/// `{missed}` for a word of the sample corpus that lacks a label, and how to set it.
pub fn filled(text: &str, state: &State) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        out.push_str(before);
        match (name, action(name)) {
            ("missed", _) => out.push_str(&missed(state)),
            (_, Some(action)) => out.push_str(&state.key(action)),
            (_, None) => out.push_str(name),
        }
        rest = after;
    }
    out + rest
}

/// A word that is a symptom though the bundled model does not say so, and how to say it; with other labels, and in other notes,
/// nothing is known of any word.
fn missed(state: &State) -> String {
    let labels = &state.scheme.labels;
    let digit = |label: usize| state.keymap.label_keys().get(label).map(|key| key.name());
    let is_there = state.open.as_ref().is_none_or(|open| open.document.text.contains(LACKING));
    match labels.iter().position(|label| label.name == MISSED).filter(|_| is_there) {
        Some(label) => {
            let letter = || format!("{} {}", state.key(Action::LabelMenu), labels[label].key);
            let (search, press) = (state.key(Action::Search), digit(label).unwrap_or_else(letter));
            format!("'{LACKING}' lacks '{MISSED}': go there ({search}, {LACKING}, Enter) and press {press}.")
        }
        None => {
            let name = labels.first().map_or("the first label", |label| &label.name);
            let press = digit(0).unwrap_or_default();
            format!("Toggle one that a word lacks or should not have: {press} is '{name}'.")
        }
    }
}

/// The annotator's own keys that a step's text names.
pub fn keys(text: &str, state: &State) -> Vec<String> {
    let named = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    named.filter_map(|(name, _)| action(name)).map(|action| state.key(action)).collect()
}

/// The action that the keymap calls so.
pub fn action(name: &str) -> Option<Action> {
    Action::deserialize(StrDeserializer::<Error>::new(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_project_remembers_leads_back_to_the_step() {
        let check = |memory: Option<&str>, untouched, lesson: Option<usize>, left| {
            let found = Tutorial::remembered(memory, untouched);
            assert_eq!((found.lesson.as_ref().map(|lesson| lesson.step), found.left), (lesson, left), "{memory:?}");
            let again = Tutorial::remembered(Some(&found.memory()), false);
            assert_eq!((again.lesson, again.left), (found.lesson, found.left), "{memory:?}");
        };
        check(None, true, Some(0), None);
        check(None, false, None, None);
        check(Some("finished"), true, None, None);
        check(Some(&format!("at {}", STEPS[2].name)), false, Some(2), None);
        check(Some(&format!("left {}", STEPS[4].name)), true, None, Some(4));
        check(Some("at a step that is no more"), false, Some(0), None);
        check(Some("what a newer program says"), true, None, None);
        assert!(!Tutorial::default().offered, "nobody's own notes are for practice");
    }
}
