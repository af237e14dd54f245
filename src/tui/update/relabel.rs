//! Working on the labels themselves: the list of them, what is typed for one, and what becomes of it. Each change is an
//! event of the project; where rows of the model or its thresholds follow, the notes are opened again with it.

use std::sync::Arc;

use crate::domain::{LabelColor, LabelScheme, Relabel, Threshold};
use crate::inference::Command;
use crate::inference::protocol::Turn;
use crate::store::{Hidden, Request};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::relabel::{Affected, Doing, Field, tried, trying};
use crate::tui::state::{Mode, Model, Question, Saving, State, Tone};
use crate::tui::update::{lists, quitting, training};

/// The longest name or description, in characters.
const LONGEST: usize = 200;

/// One step of a threshold.
const STEP: f64 = 0.01;

/// Opens the list of labels.
pub(super) fn open(state: &mut State) {
    state.schemes.label = state.schemes.label.min(state.scheme.len().saturating_sub(1));
    state.mode = Mode::Relabel(Doing::Looking);
}

/// What an action means in the list or in a box of it; `None` where it means the same as elsewhere.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let Mode::Relabel(doing) = state.mode.clone() else { return None };
    match action {
        Action::Cancel if doing == Doing::Looking => state.mode = Mode::Note,
        Action::Cancel => state.mode = Mode::Relabel(Doing::Looking),
        Action::Choose => return Some(choose(state, doing)),
        Action::Erase | Action::EraseAll => typing(state, |text| lists::erase(action, text)),
        // Until the store has answered, nobody knows what the labels will be.
        _ if state.work.relabelling && changes(action) => {
            state.say(Tone::Plain, "The change before is still being saved.");
        }
        Action::AddLabel => state.mode = Mode::Relabel(Doing::Typing { field: Field::New, text: String::new() }),
        Action::RenameLabel => edit(state, Field::Name),
        Action::DescribeLabel => edit(state, Field::Description),
        Action::ColorLabel => edit(state, Field::Color),
        Action::RekeyLabel => edit(state, Field::Key),
        Action::NextColor => return Some(next_color(state)),
        Action::MergeLabel => {
            if let Some(from) = name(state) {
                state.mode = Mode::Relabel(Doing::Merging { from });
            }
        }
        Action::DeleteLabel => return Some(delete(state)),
        Action::RaiseThreshold => return Some(turn(state, &doing, STEP)),
        Action::LowerThreshold => return Some(turn(state, &doing, -STEP)),
        Action::ModelThreshold => {
            let change = name(state).map(|label| Relabel::Threshold { label, threshold: None });
            return Some(change.map(|change| send(state, change)).unwrap_or_default());
        }
        Action::Undo => {
            if ready(state) {
                state.work.relabelling = true;
                return Some(vec![Effect::Store(Request::UndoRelabel)]);
            }
        }
        // Whoever sets a threshold means this label.
        _ if matches!(doing, Doing::Threshold { .. }) => return lists::steps(state, action).map(|_| Vec::new()),
        _ => {
            let steps = lists::steps(state, action)?;
            state.schemes.label = state.schemes.label.saturating_add_signed(steps).min(state.scheme.len().saturating_sub(1));
        }
    }
    Some(Vec::new())
}

fn changes(action: Action) -> bool {
    use Action::*;
    matches!(
        action,
        AddLabel
            | RenameLabel
            | DescribeLabel
            | ColorLabel
            | RekeyLabel
            | NextColor
            | MergeLabel
            | DeleteLabel
            | RaiseThreshold
            | LowerThreshold
            | ModelThreshold
            | Undo
    )
}

/// The name of the label under the cursor.
fn name(state: &State) -> Option<String> {
    state.scheme.labels.get(state.schemes.label).map(|label| label.name.clone())
}

fn edit(state: &mut State, field: Field) {
    let Some(label) = state.scheme.labels.get(state.schemes.label) else { return };
    let text = match field {
        Field::Name => label.name.clone(),
        Field::Description => label.description.clone(),
        Field::Color => label.color.to_string(),
        Field::New | Field::Key => String::new(),
    };
    state.mode = Mode::Relabel(Doing::Typing { field, text });
}

fn typing(state: &mut State, change: impl FnOnce(&mut String)) {
    if let Mode::Relabel(Doing::Typing { text, .. }) = &mut state.mode {
        change(text);
    }
}

/// Characters typed or pasted into a box. A key is chosen by pressing it.
pub(super) fn typed(state: &mut State, chars: impl Iterator<Item = char>) -> Vec<Effect> {
    let mut chars = chars.filter(|c| !c.is_control());
    if matches!(state.mode, Mode::Relabel(Doing::Typing { field: Field::Key, .. })) {
        let change = name(state).zip(chars.next()).map(|(label, key)| Relabel::Key { label, key });
        return change.map(|change| send(state, change)).unwrap_or_default();
    }
    typing(state, |text| {
        let room = LONGEST.saturating_sub(text.chars().count());
        text.extend(chars.take(room));
    });
    Vec::new()
}

/// Enter: what was typed, chosen or set is to hold.
fn choose(state: &mut State, doing: Doing) -> Vec<Effect> {
    let Some(label) = name(state) else { return Vec::new() };
    let change = match doing {
        Doing::Looking => {
            edit(state, Field::Name);
            return Vec::new();
        }
        Doing::Merging { from } => Relabel::Merge { from, into: label },
        Doing::Threshold { value, .. } => Relabel::Threshold { label, threshold: Some(value) },
        Doing::Deleting { .. } => return Vec::new(),
        Doing::Typing { field, text } => {
            let text = text.trim().to_owned();
            match field {
                Field::New => Relabel::Add { name: text },
                Field::Name if text == label => {
                    state.mode = Mode::Relabel(Doing::Looking);
                    return Vec::new();
                }
                Field::Name => Relabel::Rename { label, name: text },
                Field::Description => Relabel::Describe { label, text },
                Field::Color => match LabelColor::try_from(text) {
                    Ok(color) => Relabel::Color { label, color },
                    Err(error) => {
                        state.say(Tone::Warning, format!("{error}."));
                        return Vec::new();
                    }
                },
                Field::Key => return Vec::new(),
            }
        }
    };
    send(state, change)
}

/// Sends a change to the store if it can be made; else says why not, and what was typed stays.
fn send(state: &mut State, change: Relabel) -> Vec<Effect> {
    if !ready(state) {
        return Vec::new();
    }
    match change.apply(&state.scheme) {
        Ok(_) => {
            state.mode = Mode::Relabel(Doing::Looking);
            state.work.relabelling = true;
            vec![Effect::Store(Request::Relabel(change))]
        }
        Err(error) => {
            state.say(Tone::Warning, format!("Nothing was changed: {error}."));
            Vec::new()
        }
    }
}

/// Whether the labels may be changed now; says so if not.
fn ready(state: &mut State) -> bool {
    if let Saving::Failed(why) = &state.saving {
        let sentence = format!("{why} Change the labels once it is saved.");
        state.say(Tone::Warning, sentence);
        return false;
    }
    !state.work.relabelling && training::may_switch(state, "then change the labels")
}

/// The palette's next colour.
fn next_color(state: &mut State) -> Vec<Effect> {
    let Some(own) = state.scheme.labels.get(state.schemes.label) else { return Vec::new() };
    let change = Relabel::Color { label: own.name.clone(), color: own.color.next() };
    send(state, change)
}

/// Moves the threshold of the label under the cursor, for now on the screen alone.
fn turn(state: &mut State, doing: &Doing, step: f64) -> Vec<Effect> {
    let before = match doing {
        Doing::Threshold { value, .. } => Some(*value),
        _ => Threshold::new(state.threshold(state.schemes.label).into()),
    };
    let value = before.and_then(|before| Threshold::new(f64::from(before) + step));
    value.map(|value| count(state, value)).unwrap_or_default()
}

/// Counts what a threshold would change: in the note on screen at once, in all notes as soon as the model's thread has answered.
fn count(state: &mut State, value: Threshold) -> Vec<Effect> {
    let affected = state.affected(state.schemes.label, value);
    state.mode = Mode::Relabel(Doing::Threshold { value, affected });
    let turn = state.turn().filter(|_| matches!(state.model, Model::Ready { .. }));
    turn.map(|turn| Effect::Worker(Command::CountTurned(turn))).into_iter().collect()
}

/// Other predictions are known of the note on screen: what a threshold would change there is counted anew.
pub(super) fn recount(state: &mut State) {
    if let Mode::Relabel(Doing::Threshold { value, affected }) = state.mode {
        let affected = Affected { all: affected.all, ..state.affected(state.schemes.label, value) };
        state.mode = Mode::Relabel(Doing::Threshold { value, affected });
    }
}

/// The model's thread has counted in all notes; an answer of before may be about another threshold.
pub(super) fn turned(state: &mut State, turn: Turn, words: usize, notes: usize) {
    let asked = state.turn() == Some(turn);
    if let Some(affected) = tried(&mut state.mode).filter(|_| asked) {
        affected.all = Some((words, notes));
    }
}

/// Another version is in use: what a threshold that is being tried would change is counted anew.
pub(super) fn count_again(state: &mut State) -> Vec<Effect> {
    let Some((value, _)) = trying(&state.mode) else { return Vec::new() };
    let affected = state.affected(state.schemes.label, value);
    if let Some(tried) = tried(&mut state.mode) {
        *tried = affected;
    }
    state.turn().map(|turn| Effect::Worker(Command::CountTurned(turn))).into_iter().collect()
}

/// Asks how many decisions the label has, which would go out of sight with it.
fn delete(state: &mut State) -> Vec<Effect> {
    let Some(label) = name(state).filter(|_| ready(state)) else { return Vec::new() };
    match (Relabel::Delete { label: label.clone() }).apply(&state.scheme) {
        Ok(scheme) => {
            state.mode = Mode::Relabel(Doing::Deleting { label });
            vec![Effect::Store(Request::Hidden(Arc::new(scheme)))]
        }
        Err(error) => {
            state.say(Tone::Warning, format!("Nothing was changed: {error}."));
            Vec::new()
        }
    }
}

/// The label that is to be deleted, also while the help or the list of actions lies over that.
fn deleting(mode: &Mode) -> Option<&String> {
    match mode {
        Mode::Relabel(Doing::Deleting { label }) => Some(label),
        Mode::Help { from, .. } => deleting(from),
        Mode::Palette(palette) => deleting(&palette.from),
        _ => None,
    }
}

/// The store has counted what would be hidden: asks, if that is about a label that is to be deleted. Whether it was.
pub(super) fn counted(state: &mut State, scheme: &LabelScheme, hidden: &Hidden) -> bool {
    let Some(label) = deleting(&state.mode) else { return false };
    // An answer of before may be about another label.
    if scheme.names().any(|name| name == label) {
        return false;
    }
    let Some(own) = state.scheme.labels.iter().find(|own| own.name == *label) else { return false };
    let of_it = |name: &String| *name == own.name || own.was.contains(name);
    let decisions: usize = hidden.0.iter().filter(|(name, _)| of_it(name)).map(|(_, count)| count).sum();
    let decisions = match decisions {
        0 => "It has no decisions".to_owned(),
        1 => "Its 1 decision goes out of sight but stays in the project".to_owned(),
        many => format!("Its {many} decisions go out of sight but stay in the project"),
    };
    let sentence = format!("Delete '{label}'? {decisions}.");
    state.mode = Mode::Question(Question::DeleteLabel { label: label.clone(), sentence });
    true
}

/// The question is answered.
pub(super) fn answer(state: &mut State, label: String, action: Action) -> Vec<Effect> {
    match action {
        Action::Yes => {
            state.mode = Mode::Relabel(Doing::Looking);
            send(state, Relabel::Delete { label })
        }
        Action::No | Action::Cancel => {
            state.mode = Mode::Relabel(Doing::Looking);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// The labels are others now. Where only their looks are, the screen goes on with them; else the notes are opened again.
pub(super) fn done(state: &mut State, scheme: Arc<LabelScheme>, said: String) -> Vec<Effect> {
    state.work.relabelling = false;
    if scheme.len() == state.scheme.len() + 1 && scheme.labels.starts_with(&state.scheme.labels) {
        // What comes next is meant for the label that was added.
        state.schemes.label = scheme.len() - 1;
    }
    if let Some(own) = state.schemes.list.first_mut() {
        *own = scheme.clone();
    }
    if looks_alone(&state.scheme, &scheme) {
        state.scheme = scheme;
        state.report(Tone::Plain, said);
        return Vec::new();
    }
    quitting::open_again(state, said)
}

/// The change was refused, or could not be saved; the sentence is said elsewhere.
pub(super) fn failed(state: &mut State) {
    state.work.relabelling = false;
}

/// Whether two schemes differ in what is shown of labels alone: words and rows of the model belong to them alike.
fn looks_alone(before: &LabelScheme, after: &LabelScheme) -> bool {
    let core = |scheme: &LabelScheme| {
        let labels = scheme.labels.iter();
        labels.map(|label| (label.name.clone(), label.was.clone(), label.threshold)).collect::<Vec<_>>()
    };
    core(before) == core(after)
}
