//! The queue, the lists (of changed words, versions, schemes, places that read alike, what was written and done) and the help:
//! what moves in them.

use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::{Listing, Mode, State, Tone};
use crate::tui::update::{changes, comments, documents, filter, matches, schemes, suspects, timeline, training};
use crate::tui::view;

/// What an action means in a list; `None` where it means the same as in the note.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Cancel if state.mode == Mode::Queue && filter::clear(state) => {}
        Action::Cancel => {
            state.mode = match &state.mode {
                Mode::Help { from, .. } => Mode::clone(from),
                _ => Mode::Note,
            }
        }
        Action::Queue if state.mode == Mode::Queue => state.mode = Mode::Note,
        Action::Changes if state.mode == Mode::Changes => state.mode = Mode::Note,
        Action::Versions if state.mode == Mode::Versions => state.mode = Mode::Note,
        Action::Schemes if state.mode == Mode::Schemes => state.mode = Mode::Note,
        Action::Dashboard if matches!(state.mode, Mode::Dashboard { .. }) => state.mode = Mode::Note,
        Action::Comments if state.mode == Mode::Comments => state.mode = Mode::Note,
        Action::Timeline if state.mode == Mode::Timeline => state.mode = Mode::Note,
        Action::LeaveOut => matches::take(state),
        Action::Widen => return Some(matches::widen(state)),
        Action::Choose => return Some(choose(state)),
        _ => {
            let rows = steps(state, action)?;
            if !unread(state) {
                move_in(state, rows);
            }
        }
    }
    Some(Vec::new())
}

/// Opens a list that the store is to fill, unless there is no project to read it from: says then what can't be done.
pub(super) fn open(state: &mut State, mode: Mode, refusal: &str) -> bool {
    let open = state.saving.is_open();
    match open {
        true => (state.mode, state.listing) = (mode, Listing::Awaited),
        false => state.say(Tone::Warning, format!("The project is not open, so {refusal}.")),
    }
    open
}

/// Whether the list in use is one that the store has still to fill.
fn unread(state: &State) -> bool {
    let filled = matches!(state.mode, Mode::Comments | Mode::Versions | Mode::Timeline | Mode::Dashboard { .. });
    filled && state.listing != Listing::There
}

/// How many rows down an action leads.
pub(super) fn steps(state: &State, action: Action) -> Option<isize> {
    let panes = state.panes();
    let page = match state.mode {
        Mode::Queue | Mode::Filter => panes.queue_rows().map_or(1, |rows| rows.height),
        Mode::Guide => panes.guide.map_or(1, |guide| guide.height),
        _ => panes.document.height,
    };
    let page = isize::try_from(page.saturating_sub(2).max(1)).unwrap_or(1);
    match action {
        Action::Up => Some(-1),
        Action::Down => Some(1),
        Action::PageUp => Some(-page),
        Action::PageDown => Some(page),
        Action::Start => Some(isize::MIN),
        Action::End => Some(isize::MAX),
        _ => None,
    }
}

/// Moves the cursor of the list in use.
pub(super) fn move_in(state: &mut State, steps: isize) {
    let moved = |at: usize, count: usize| at.saturating_add_signed(steps).min(count.saturating_sub(1));
    let help = if let Mode::Help { .. } = state.mode { view::help_rows(state) } else { (0, 0) };
    match &mut state.mode {
        Mode::Queue | Mode::Filter => state.queue.cursor = moved(state.queue.cursor, state.queue.list().len()),
        Mode::Help { scroll, .. } => *scroll = moved(*scroll, (help.0 + 1).saturating_sub(help.1)),
        Mode::Dashboard { scroll } => *scroll = moved(*scroll, state.scheme.len()),
        Mode::Changes => {
            if let Some(flips) = &mut state.flips {
                flips.cursor = Some(moved(flips.cursor.unwrap_or(0), flips.changes.flips.len()));
            }
        }
        Mode::Suspects => {
            let count = state.suspects.list.as_ref().map_or(0, Vec::len);
            state.suspects.cursor = (count > 0).then(|| moved(state.suspects.cursor.unwrap_or(0), count));
        }
        Mode::Timeline => state.timeline.go(steps),
        Mode::Comments => state.comments.cursor = moved(state.comments.cursor, state.comments.list.len()),
        Mode::Matches => {
            if let Some(matches) = &mut state.matches {
                matches.cursor = moved(matches.cursor, matches.list.len());
            }
        }
        Mode::Versions => state.versions.cursor = moved(state.versions.cursor, state.versions.list.len()),
        Mode::Schemes => state.schemes.cursor = moved(state.schemes.cursor, state.schemes.list.len()),
        _ => {}
    }
}

/// Goes to what the cursor stands on. What the store has still to fill can't be chosen from: a key that was typed ahead
/// does nothing there.
fn choose(state: &mut State) -> Vec<Effect> {
    if unread(state) {
        return Vec::new();
    }
    match state.mode {
        Mode::Queue => {
            state.mode = Mode::Note;
            let document = state.queue.list().get(state.queue.cursor).copied();
            document.map(|document| documents::open(state, document, None)).unwrap_or_default()
        }
        Mode::Changes => {
            state.mode = Mode::Note;
            changes::go(state)
        }
        Mode::Suspects => {
            state.mode = Mode::Note;
            suspects::go(state)
        }
        Mode::Comments => {
            state.mode = Mode::Note;
            comments::go(state)
        }
        Mode::Timeline => timeline::jump(state),
        Mode::Matches => matches::apply(state),
        Mode::Versions => {
            state.mode = Mode::Note;
            let version = state.versions.list.get(state.versions.cursor).map(|entry| entry.version);
            version.map(|version| training::activate(state, version)).unwrap_or_default()
        }
        Mode::Schemes => {
            state.mode = Mode::Note;
            schemes::choose(state)
        }
        _ => Vec::new(),
    }
}

/// Puts the keyboard into the queue.
pub(super) fn enter_queue(state: &mut State) {
    if let Some(position) = state.current().and_then(|document| state.queue.position(document)) {
        state.queue.cursor = position;
    }
    state.mode = Mode::Queue;
}

/// Takes from what is typed what an action of erasing takes: its last character, or all.
pub(super) fn erase(action: Action, text: &mut String) {
    match action {
        Action::EraseAll => text.clear(),
        _ => drop(text.pop()),
    }
}
