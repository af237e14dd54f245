//! Looking for decisions that are likely wrong, and walking them.

use crate::domain::{Cell, DocumentDecisions};
use crate::inference::Command;
use crate::inference::protocol::Suspicion;
use crate::store::Request;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::suspects::{Looking, SuspectRow};
use crate::tui::state::{Mode, Model, State, Tone};
use crate::tui::update::documents;

/// Opens the list; without one, or in the list, looks for suspects.
pub(super) fn list(state: &mut State) -> Vec<Effect> {
    if state.suspects.list.is_none() || state.mode == Mode::Suspects {
        return look(state);
    }
    state.mode = Mode::Suspects;
    if state.suspects.list.as_ref().is_some_and(|list| !list.is_empty()) {
        state.suspects.cursor.get_or_insert(0);
    }
    Vec::new()
}

/// Begins a search.
fn look(state: &mut State) -> Vec<Effect> {
    let refusal = match &state.model {
        _ if state.suspects.looking.is_some() => "Decisions are being checked already; the result will be reported here.",
        Model::Failed(_) => "There is no model to check decisions with: it could not be loaded. Your decisions are safe.",
        _ if !state.saving.is_open() => "The project is not open, so its decisions can't be checked.",
        _ => {
            state.suspects.looking = Some(Looking::Gathering);
            state.say(Tone::Plain, "Looking for decisions that are likely wrong; you can go on meanwhile.");
            return vec![Effect::Store(Request::DecisionsToCheck)];
        }
    };
    state.say(Tone::Warning, refusal);
    Vec::new()
}

/// The store has gathered the decisions.
pub(super) fn gathered(state: &mut State, decisions: Vec<DocumentDecisions>) -> Vec<Effect> {
    if state.suspects.looking != Some(Looking::Gathering) {
        return Vec::new();
    }
    if matches!(state.model, Model::Failed(_)) {
        end(state);
        state.report(Tone::Warning, "There is no model any more to check decisions with. Your decisions are safe.");
        return Vec::new();
    }
    let phase = if state.model == Model::Loading { "waiting for the model" } else { "reading notes" };
    state.suspects.looking = Some(Looking::Running { done: 0.0, phase });
    vec![Effect::Worker(Command::Suspect(decisions))]
}

/// The search has ended, one way or the other.
pub(super) fn end(state: &mut State) {
    state.suspects.looking = None;
}

/// What the worker says of the search.
pub(super) fn reply(state: &mut State, suspicion: Suspicion) {
    match suspicion {
        Suspicion::Looking { done, phase } => {
            // Not one that was overtaken by a failure.
            if state.suspects.looking.is_some() {
                state.suspects.looking = Some(Looking::Running { done, phase });
            }
        }
        Suspicion::GivenUp(why) => {
            end(state);
            state.report(Tone::Warning, why);
        }
        Suspicion::Found { cells, suspects } => {
            end(state);
            let kept = &state.suspects.kept;
            let is_kept = |row: &SuspectRow| {
                let cell = row.suspect.cell;
                kept.contains(&(cell.document, row.cell(), cell.present))
            };
            let rows = suspects.into_iter().map(|(suspect, word)| SuspectRow { suspect, word, settled: false });
            let list: Vec<SuspectRow> = rows.filter(|row| !is_kept(row)).collect();
            let count = list.len();
            state.suspects.list = Some(list);
            state.suspects.cursor = (state.mode == Mode::Suspects && count > 0).then_some(0);
            let (walk, list) = (state.key(Action::NextSuspect), state.key(Action::Suspects));
            let sentence = match count {
                _ if cells == 0 => "Too little is decided yet to tell which decisions are likely wrong.".to_owned(),
                0 => format!("No decision looks wrong; {cells} were checked."),
                count => format!("{count} of {cells} decisions look wrong: {walk} walks them, {list} lists them."),
            };
            state.report(Tone::Plain, sentence);
        }
    }
}

/// Goes to the next suspect that is not settled, around the end of the list; without a list, looks for suspects.
pub(super) fn next(state: &mut State) -> Vec<Effect> {
    if state.suspects.list.is_none() {
        return look(state);
    }
    let after = state.suspects.cursor.map_or(0, |cursor| cursor + 1);
    let next = state.suspects.open().find(|&index| index >= after).or_else(|| state.suspects.open().next());
    let Some(next) = next else {
        let list = state.key(Action::Suspects);
        let sentence = if state.suspects.list.as_ref().is_some_and(Vec::is_empty) {
            format!("No decision looked wrong; {list} twice looks anew.")
        } else {
            format!("Every suspect is settled; {list} lists them.")
        };
        state.say(Tone::Plain, sentence);
        return Vec::new();
    };
    state.suspects.cursor = Some(next);
    state.mode = Mode::Note;
    go(state)
}

/// Goes to the suspect that the list's cursor stands on, and says why it is one.
pub(super) fn go(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.suspects.current().cloned() else { return Vec::new() };
    let cell = row.suspect.cell;
    let effects = documents::open(state, cell.document, Some(cell.word));
    let name = state.scheme.labels.get(cell.label).map_or("", |label| label.name.as_str());
    // As short as can be: it has one line.
    let (decided, like_it) = if cell.present { ("present", "absent") } else { ("absent", "present") };
    let (probability, usual, keys) = (cell.probability, row.suspect.usual, keys(state, &row));
    let sentence = format!("{name} {decided}? Words like it are {like_it}: {probability:.2}, usually {usual:.2} · {keys}");
    state.report(Tone::Plain, sentence);
    effects
}

/// What to do about it, in keys.
fn keys(state: &State, row: &SuspectRow) -> String {
    let label = row.suspect.cell.label;
    let toggle = match (state.keymap.label_keys().get(label), state.scheme.labels.get(label)) {
        (Some(key), _) => key.name(),
        (None, Some(label)) => format!("{} {}", state.key(Action::LabelMenu), label.key),
        (None, None) => return String::new(),
    };
    let keep = state.key(Action::Accept);
    format!("{toggle} changes it, {keep} keeps it")
}

/// The suspect cells under the cursor, if the cursor is where the list last led to: accepting there keeps them.
pub(super) fn kept_by_accepting(state: &State) -> Vec<(Cell, bool)> {
    let Some((open, current)) = state.open.as_ref().zip(state.suspects.current()) else { return Vec::new() };
    let here = current.suspect.cell;
    if open.anchor.is_some() || open.index != here.document || open.word() != Some(here.word) {
        return Vec::new();
    }
    let rows = state.suspects.list.iter().flatten().filter(|row| !row.settled);
    let same = rows.filter(|row| (row.suspect.cell.document, row.suspect.cell.word) == (here.document, here.word));
    same.map(|row| (row.cell(), row.suspect.cell.present)).collect()
}

/// Settles cells as they are.
pub(super) fn keep(state: &mut State, cells: Vec<(Cell, bool)>) {
    let Some(document) = state.open.as_ref().map(|open| open.index) else { return };
    state.suspects.kept.extend(cells.into_iter().map(|(cell, present)| (document, cell, present)));
}

/// Brings the list in line with the decisions of the document on screen.
pub(super) fn refresh(state: &mut State) {
    if let Some(open) = &state.open {
        state.suspects.refresh(open.index, &open.annotations);
    }
}
