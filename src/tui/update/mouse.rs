//! The mouse: a click places the cursor, opens a document or toggles a label, a second one selects the phrase, dragging
//! selects, the wheel scrolls.

use ratatui::layout::{Position, Rect};

use crate::tui::effect::Effect;
use crate::tui::keymap::{Action, Context};
use crate::tui::message::Message;
use crate::tui::state::{Mode, OpenDocument, State, Tone};
use crate::tui::update::{documents, guide, lists, movement, palette, relabel, selecting};
use crate::tui::view;

/// The button went down.
pub(super) fn pressed(state: &mut State, column: u16, row: u16, extend: bool) -> Vec<Effect> {
    state.work.drag = None;
    if !matches!(state.mode, Mode::Note | Mode::Guide | Mode::Labels(_) | Mode::Search | Mode::Queue | Mode::Filter) {
        return Vec::new();
    }
    let (panes, at) = (state.panes(), Position::new(column, row));
    if let Mode::Labels(purpose) = state.mode {
        // The menu lies over the note: a click beside its labels closes it and does nothing else.
        let label = view::label_in_menu(state, at);
        state.mode = Mode::Note;
        return label.map(|label| super::chosen(state, label, purpose)).unwrap_or_default();
    }
    if let Some(label) = view::label_in_inspector(state, at) {
        state.mode = Mode::Note;
        return super::take_in(state, Message::Toggle(label));
    }
    if panes.queue.is_some_and(|queue| queue.contains(at)) {
        let rows = panes.queue_rows().filter(|rows| rows.contains(at));
        let position = rows.map(|rows| state.queue.scroll + usize::from(row - rows.y));
        let document = position.and_then(|position| state.queue.list().get(position).copied());
        if document.is_some() {
            state.mode = Mode::Note;
        }
        return document.map(|document| documents::open(state, document, None)).unwrap_or_default();
    }
    if !panes.document.contains(at) || state.opening.is_some() {
        return Vec::new();
    }
    state.mode = Mode::Note;
    if let Some(open) = &mut state.open
        && let Some(word) = word_at(open, panes.text, at)
    {
        movement::jump(open, word, extend);
        state.work.drag = Some(open.anchor.unwrap_or(open.cursor));
    }
    Vec::new()
}

/// The button went down once more where it just had: from the word there the selection grows to its phrase, with the
/// third time to the sentence, and so on.
pub(super) fn pressed_again(state: &mut State, column: u16, row: u16, times: u8) -> Vec<Effect> {
    let at = Position::new(column, row);
    if state.mode == Mode::Note && state.opening.is_none() && state.panes().text.contains(at) {
        // Else a hand that trembles would select something else.
        state.work.drag = None;
        (1..times.min(5)).for_each(|_| selecting::grow(state));
    }
    Vec::new()
}

/// The mouse moved with its button down: everything from where that began is selected. Above or below the text it scrolls.
pub(super) fn dragged(state: &mut State, column: u16, row: u16) -> Vec<Effect> {
    let text = state.panes().text;
    let (Some(open), Some(anchor)) = (&mut state.open, state.work.drag) else { return Vec::new() };
    let beyond = if row < text.y { -1 } else { isize::from(row >= text.bottom()) };
    let found = match beyond {
        0 => word_at(open, text, Position::new(column, row)),
        lines => Some(open.layout.vertical(open.cursor, lines, column.saturating_sub(text.x))),
    };
    if let Some(word) = found {
        movement::jump(open, word, false);
        open.anchor = (open.cursor != anchor).then_some(anchor);
    }
    Vec::new()
}

/// The wheel was turned: what is under the mouse scrolls; the cursor goes along only when it would leave the screen.
pub(super) fn wheel(state: &mut State, column: u16, row: u16, lines: isize) -> Vec<Effect> {
    let (panes, at) = (state.panes(), Position::new(column, row));
    match state.mode {
        Mode::Relabel(_) => {
            if !matches!(state.mode.context(), Context::Field) {
                let action = if lines < 0 { Action::Up } else { Action::Down };
                relabel::act(state, action);
            }
        }
        ref mode if mode.is_list() || mode.is_in_queue() => lists::move_in(state, lines),
        Mode::Palette(_) => palette::move_in(state, lines),
        Mode::Question(_) | Mode::Comment => {}
        _ if panes.guide.is_some_and(|guide| guide.contains(at)) => guide::scroll(state, lines),
        _ if panes.queue.is_some_and(|queue| queue.contains(at)) => {
            lists::enter_queue(state);
            lists::move_in(state, lines);
        }
        _ => {
            let held = state.open.as_mut().is_some_and(|open| !scroll(open, panes.text.height, lines));
            if held {
                let key = state.key(Action::Cancel);
                state.say(Tone::Plain, format!("{key} lets go of what is selected; then the wheel scrolls on."));
            }
        }
    }
    Vec::new()
}

/// Scrolls; false where that would take the end of a selection off the screen.
fn scroll(open: &mut OpenDocument, height: u16, lines: isize) -> bool {
    let before = open.page(height);
    let wanted = before.start.saturating_add_signed(lines).min(open.layout.lines().len().saturating_sub(1));
    open.scroll = wanted;
    if open.page(height).start != wanted && open.anchor.is_some() {
        open.scroll = open.page(height).start;
        return false;
    }
    if open.page(height).start != wanted && open.word().is_some() {
        let word = open.layout.vertical(open.cursor, lines, open.goal_column);
        let goal = open.goal_column;
        movement::jump(open, word, false);
        (open.goal_column, open.scroll) = (goal, wanted);
    }
    true
}

/// The word nearest to a place on the screen, as far as that lies in the text's rectangle or beside it.
fn word_at(open: &OpenDocument, text: Rect, at: Position) -> Option<usize> {
    let page = open.page(text.height);
    let mut below = usize::from(at.y.checked_sub(text.y)?);
    let line = page.clone().find(|&line| {
        let rows = view::rows(open, line);
        let here = below < rows;
        below = below.saturating_sub(rows);
        here
    });
    let line = line.or(page.last())?;
    open.layout.word_at(line, at.x.saturating_sub(text.x))
}

/// Hands the mouse to the terminal, or takes it again.
pub(super) fn hand_over(state: &mut State) -> Vec<Effect> {
    state.mouse = !state.mouse;
    let key = state.key(Action::Mouse);
    let sentence = if state.mouse {
        "The mouse works here again.".to_owned()
    } else {
        format!("The mouse belongs to the terminal: mark text and copy it. {key} takes it back.")
    };
    state.say(Tone::Plain, sentence);
    vec![Effect::Mouse(state.mouse)]
}
