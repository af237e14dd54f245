//! What happens: state and message in, new state and effects out. No I/O, no clock, no thread.

mod automatic;
mod blind;
mod changes;
mod comments;
mod dashboard;
mod dispositions;
mod documents;
mod editing;
mod filter;
mod guide;
mod jumps;
mod label_menu;
mod lists;
mod matches;
mod mouse;
mod movement;
mod pages;
mod palette;
mod quitting;
mod ranking;
mod reading;
mod relabel;
mod schemes;
mod search;
mod selecting;
mod settings;
mod store;
mod suspects;
mod timeline;
mod training;
mod tutorial;
mod uncertain;
mod undone;
mod waiting;
mod worker;

#[cfg(test)]
mod tests;

use std::mem::discriminant;

use crate::active_learning::Direction;
use crate::domain::Disposition;
use crate::tui::effect::Effect;
use crate::tui::keymap::{Action, Key};
use crate::tui::message::Message;
use crate::tui::state::{LabelUse, Mode, Question, State, Tone};

/// At most this many messages wait for a document that is being opened; what is typed beyond is dropped.
const TYPED_AHEAD: usize = 32;

/// Takes in one message: changes the state and says what is to be done outside of it.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let by_hand = is_by_hand(&message);
    // Reading is doing something too, but lets no notice go.
    let present = by_hand || matches!(message, Message::Wheel { .. } | Message::Dragged { .. } | Message::PressedAgain { .. });
    if by_hand {
        fade(state);
    }
    if matches!(message, Message::Act(Action::Cancel)) {
        // It has been read.
        (state.notice, state.beneath) = (None, None);
    }
    let (mode, notice) = (discriminant(&state.mode), state.notice.clone());
    let mut effects = take_in(state, message);
    // What was typed ahead is carried out as soon as the document is there.
    while state.opening.is_none() && !state.work.resync {
        let Some(message) = state.work.ahead.pop_front() else { break };
        effects.extend(take_in(state, message));
    }
    effects.extend(settle(state));
    effects.extend(documents::follow(state));
    effects.extend(tutorial::follow(state));
    effects.extend(timeline::follow(state));
    effects.extend(automatic::settle(state, present));
    effects.extend(filter::ask(state));
    quitting::asked(state, &effects);
    // Where the keyboard is now, other keys hold, and their hints are worth more than what was done before.
    if by_hand && mode != discriminant(&state.mode) && state.notice == notice {
        state.notice.take_if(|notice| notice.tone == Tone::Plain);
    }
    effects
}

/// The state is on the screen: what can be read there has been seen.
pub fn drawn(state: &mut State) {
    let words = state.unseen_in_sight();
    state.see(&words);
}

/// Whether there is something to be seen that was not on the screen yet. It is drawn before anything else is taken in, so
/// that no page is passed over unseen however fast somebody types.
pub fn shows_more(state: &State) -> bool {
    !state.unseen_in_sight().is_empty()
}

/// Does what an action does, without what follows from it on the screen (what is scrolled into view, and so seen): for
/// whoever asks where a key would lead.
pub(super) fn lead(state: &mut State, action: Action) {
    act(state, action);
}

/// Whether somebody has pressed something.
fn is_by_hand(message: &Message) -> bool {
    matches!(
        message,
        Message::Act(_)
            | Message::Toggle(_)
            | Message::Typed(_)
            | Message::Unbound(_)
            | Message::Pasted(_)
            | Message::Pressed { .. }
    )
}

/// Lets an old notice go.
fn fade(state: &mut State) {
    state.notice.take_if(|notice| {
        notice.stays = notice.stays.saturating_sub(1);
        notice.stays == 0
    });
    // A report that waits is not read meanwhile, and so does not grow old.
    if state.notice.is_none() {
        state.notice = state.beneath.take();
    }
}

/// Whether somebody has pressed something while the screen is too small to show anything: what can't be seen is not done.
fn is_in_the_dark(state: &State, message: &Message) -> bool {
    let leads_out = match message {
        Message::Act(Action::Yes) => matches!(state.mode, Mode::Question(Question::QuitUnsaved { .. })),
        Message::Act(action) => matches!(action, Action::Quit | Action::Cancel | Action::No),
        _ => false,
    };
    is_by_hand(message) && !leads_out && state.panes().too_small
}

fn take_in(state: &mut State, message: Message) -> Vec<Effect> {
    if is_in_the_dark(state, &message) {
        return Vec::new();
    }
    if waiting::waits(state, &message) {
        if state.work.ahead.len() < TYPED_AHEAD {
            state.work.ahead.push_back(message);
        }
        return Vec::new();
    }
    match message {
        Message::Act(action) => act(state, action),
        Message::Toggle(label) => editing::toggle(state, label),
        Message::Only(label) => editing::only(state, label),
        Message::Typed(c) => typed(state, c),
        Message::Unbound(key) => unbound(state, key),
        Message::Pasted(text) => search::paste(state, &text),
        Message::Pressed { column, row, extend } => mouse::pressed(state, column, row, extend),
        Message::PressedAgain { column, row, times } => mouse::pressed_again(state, column, row, times),
        Message::Dragged { column, row } => mouse::dragged(state, column, row),
        Message::Wheel { column, row, lines } => mouse::wheel(state, column, row, lines),
        Message::Resized(width, height) => {
            state.screen = (width, height);
            Vec::new()
        }
        Message::Rested => automatic::rested(state),
        Message::Worker(reply) => worker::reply(state, reply),
        Message::Store(reply) => store::reply(state, reply),
        Message::Settings(outcome) => settings::read(state, outcome),
        Message::SettingsWritten => vec![Effect::ReadWritten],
        Message::WorkerGone => worker::gone(state),
        Message::StoreGone => store::gone(state),
        Message::Terminate => quitting::terminate(state),
    }
}

/// A character typed into the mode at hand.
fn typed(state: &mut State, c: char) -> Vec<Effect> {
    match state.mode {
        Mode::Search => search::typed(state, c),
        Mode::Relabel(_) => relabel::typed(state, std::iter::once(c)),
        Mode::Filter => {
            filter::extend(state, std::iter::once(c));
            Vec::new()
        }
        Mode::Palette(_) => palette::typed(state, std::iter::once(c)),
        Mode::Comment => {
            comments::extend(state, std::iter::once(c));
            Vec::new()
        }
        Mode::Labels(purpose) => label_menu::typed(state, purpose, c),
        _ => Vec::new(),
    }
}

/// A key that does nothing here: says which one tells of those that do.
fn unbound(state: &mut State, key: Key) -> Vec<Effect> {
    let context = state.context();
    let named = |action| state.keymap.key(context, action).map(Key::name);
    let advice = match (named(Action::Help), named(Action::Cancel)) {
        (Some(help), _) => format!("; {help} shows the keys that do"),
        (None, Some(leave)) => format!("; {leave} leaves"),
        (None, None) => String::new(),
    };
    state.say(Tone::Plain, format!("{} does nothing {}{advice}.", key.name(), context.place()));
    Vec::new()
}

/// A label was chosen in the label menu, which is closed.
fn chosen(state: &mut State, label: usize, purpose: LabelUse) -> Vec<Effect> {
    match purpose {
        LabelUse::Toggle => return take_in(state, Message::Toggle(label)),
        LabelUse::Only => return take_in(state, Message::Only(label)),
        LabelUse::Seek(direction) => jumps::to_label(state, label, direction),
        LabelUse::Alone => reading::focus_on(state, label),
        LabelUse::About => guide::label(state, label),
        LabelUse::Matches => matches::list(state, label, true),
    }
    Vec::new()
}

fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let here = match state.mode {
        Mode::Relabel(_) => relabel::act(state, action),
        ref mode if mode.is_list() => lists::act(state, action),
        Mode::Search => search::act(state, action),
        Mode::Filter => filter::act(state, action),
        Mode::Comment => comments::act(state, action),
        Mode::Labels(purpose) => label_menu::act(state, purpose, action),
        Mode::Guide => guide::act(state, action),
        Mode::Palette(_) => Some(palette::act(state, action)),
        Mode::Question(Question::QuitUnsaved { .. }) => Some(quitting::answer(state, action)),
        Mode::Question(Question::HideDecisions { .. }) => Some(schemes::answer(state, action)),
        Mode::Question(Question::DeleteLabel { ref label, .. }) => {
            let label = label.clone();
            Some(relabel::answer(state, label, action))
        }
        _ => None,
    };
    here.unwrap_or_else(|| act_anywhere(state, action))
}

/// What an action does in the note, and in any mode that does not mean something else by it.
fn act_anywhere(state: &mut State, action: Action) -> Vec<Effect> {
    use Action::*;
    tutorial::acted(state, action);
    match action {
        Left | Right | Up | Down | LineStart | LineEnd | Start | End => {
            movement::go(state, action, false);
        }
        PageUp => pages::turn(state, false),
        PageDown => pages::turn(state, true),
        ExtendLeft | ExtendRight | ExtendUp | ExtendDown | ExtendLineStart | ExtendLineEnd => {
            movement::go(state, action, true);
        }
        NextUncertain => uncertain::go(state, Direction::Forward),
        PreviousUncertain => uncertain::go(state, Direction::Backward),
        Search => search::begin(state),
        NextHit => search::go(state, true),
        PreviousHit => search::go(state, false),
        NextSentence | NextHeading | NextSpan | NextUndecided | NextDisagreement => {
            jumps::go(state, action, Direction::Forward);
        }
        PreviousSentence | PreviousHeading | PreviousSpan | PreviousUndecided | PreviousDisagreement => {
            jumps::go(state, action, Direction::Backward);
        }
        NextOfLabel => state.mode = Mode::Labels(LabelUse::Seek(Direction::Forward)),
        PreviousOfLabel => state.mode = Mode::Labels(LabelUse::Seek(Direction::Backward)),
        Grow => selecting::grow(state),
        LabelMenu => state.mode = Mode::Labels(LabelUse::Toggle),
        OnlyLabel => state.mode = Mode::Labels(LabelUse::Only),
        LabelMatches => matches::begin(state),
        Repeat => return editing::repeat(state),
        Blind => blind::toggle(state),
        Accept => return editing::accept(state),
        AcceptDocument => return editing::accept_document(state),
        Clear => return editing::clear(state),
        Comment => comments::begin(state),
        Mark => return comments::mark(state),
        NextMark => comments::next(state),
        Comments => return comments::list(state),
        Timeline => return timeline::list(state),
        Undo => return editing::undo(state),
        Redo => return editing::redo(state),
        NextDocument => return documents::step(state, 1),
        PreviousDocument => return documents::step(state, -1),
        Done => return dispositions::say(state, Disposition::Done),
        Skip => return dispositions::say(state, Disposition::Skipped),
        Discuss => return dispositions::say(state, Disposition::Discuss),
        Queue => lists::enter_queue(state),
        OrderQueue => return ranking::change(state, true),
        OrderQueueBack => return ranking::change(state, false),
        RankQueue => return ranking::renew(state),
        Filter => filter::begin(state),
        ToggleQueue => state.panels.queue = !state.panels.queue,
        NextReading => reading::next(state),
        Focus => state.mode = Mode::Labels(LabelUse::Alone),
        ToggleFocus => return reading::toggle(state),
        Inspector => state.panels.inspector = !state.panels.inspector,
        Train => return training::train(state),
        Automatic => automatic::cycle(state),
        CancelTraining => return training::cancel(state),
        RollBack => return training::roll_back(state),
        Changes => changes::list(state),
        Versions => return training::list(state),
        Schemes => schemes::list(state),
        EditLabels => relabel::open(state),
        Dashboard => return dashboard::ask(state),
        Export => return dashboard::export(state),
        NextChange => return changes::step(state, 1),
        PreviousChange => return changes::step(state, -1),
        Suspects => return suspects::list(state),
        NextSuspect => return suspects::next(state),
        Mouse => return mouse::hand_over(state),
        ReadSettings => return vec![Effect::ReadSettings],
        Help => state.mode = Mode::Help { scroll: 0, from: Box::new(state.mode.clone()) },
        Palette => palette::open(state),
        About => return guide::labels(state),
        AboutLabel => state.mode = Mode::Labels(LabelUse::About),
        Guidelines => return guide::guidelines(state),
        Tutorial => return tutorial::begin_or_leave(state).into_iter().collect(),
        TutorialNext => return tutorial::pass(state).into_iter().collect(),
        Cancel => return cancel(state),
        Quit => return quitting::quit(state),
        // Bound only where they mean something, see `assets/keymap.toml`.
        LeaveOut | Widen | Choose | Erase | EraseAll | OtherPlace | Yes | No | ToggleDigit => {}
        AddLabel | RenameLabel | DescribeLabel | NextColor | ColorLabel | RekeyLabel | MergeLabel | DeleteLabel
        | RaiseThreshold | LowerThreshold | ModelThreshold => {}
    }
    Vec::new()
}

/// Leaves what is open: a list or menu, else the selection, else the search, else the guide, else the tutorial.
fn cancel(state: &mut State) -> Vec<Effect> {
    if state.mode != Mode::Note {
        state.mode = Mode::Note;
        return Vec::new();
    }
    match &mut state.open {
        Some(open) if open.anchor.is_some() => {
            open.anchor = None;
            if let Some(word) = state.work.grown_from.take() {
                movement::jump(open, word, false);
            }
        }
        _ if state.search.is_some() => state.search = None,
        _ if state.guide.topic.is_some() => state.guide.topic = None,
        _ => return tutorial::leave(state).into_iter().collect(),
    }
    Vec::new()
}

/// Brings what follows from something else in line with it: what is settled of the suspects, the document's lines, and
/// what is scrolled into view.
fn settle(state: &mut State) -> Vec<Effect> {
    if !matches!(state.mode, Mode::Labels(_)) {
        state.naming = None;
    }
    state.work.grown_from.take_if(|_| state.open.as_ref().is_none_or(|open| open.anchor.is_none()));
    suspects::refresh(state);
    search::settle(state);
    matches::settle(state);
    ranking::settle(state);
    filter::count(state);
    state.queue.settle();
    reading::settle(state);
    let effects = guide::settle(state);
    let panes = state.panes();
    let rows = panes.queue_rows().map_or(0, |rows| usize::from(rows.height)).max(1);
    // Within the note, the queue shows where that stands; within the queue, where its own cursor does.
    let open = state.open.as_ref().filter(|_| !state.mode.is_in_queue());
    let shown = open.and_then(|open| state.queue.position(open.index));
    let queue = &mut state.queue;
    let last = queue.list().len().saturating_sub(1);
    queue.cursor = queue.cursor.min(last);
    let shown = shown.unwrap_or(queue.cursor);
    queue.scroll = queue.scroll.min(shown).max((shown + 1).saturating_sub(rows)).min((last + 1).saturating_sub(rows));
    effects
}
