//! What waits for a note that has been asked for and is not there yet.

use crate::tui::keymap::Action;
use crate::tui::message::Message;
use crate::tui::state::work::LastStep;
use crate::tui::state::{Mode, State};

/// Whether the message is meant for a document that has been asked for and is not there yet: what a person types after
/// "next note" must never fall upon the note before it.
pub(super) fn waits(state: &State, message: &Message) -> bool {
    if state.opening.is_none() && !state.work.resync {
        return false;
    }
    let in_note = state.mode == Mode::Note;
    match message {
        Message::Toggle(_) | Message::Only(_) => true,
        Message::Act(action) if in_note && leads_away(*action) => !state.work.ahead.is_empty(),
        // Where nothing was done since what has led on it means that, wherever the next note is.
        Message::Act(Action::Undo) if in_note && matches!(state.work.last_step, LastStep::LedOn(_)) => {
            state.work.resync || !state.work.ahead.is_empty()
        }
        Message::Act(action) => in_note && concerns_document(*action),
        _ => false,
    }
}

/// Whether an action leads to another document: it keeps its turn behind what was typed for the one before.
fn leads_away(action: Action) -> bool {
    use Action::*;
    matches!(action, NextDocument | PreviousDocument | NextChange | PreviousChange | NextSuspect)
}

/// Whether an action is meant for the note on screen, and so for the one to come while that is being read.
fn concerns_document(action: Action) -> bool {
    use Action::*;
    match action {
        Left | Right | Up | Down | LineStart | LineEnd | PageUp | PageDown | Start | End | ExtendLeft | ExtendRight
        | ExtendUp | ExtendDown | ExtendLineStart | ExtendLineEnd | Grow | NextSentence | PreviousSentence | NextHeading
        | PreviousHeading | NextSpan | PreviousSpan | NextUndecided | PreviousUndecided | NextDisagreement
        | PreviousDisagreement | NextUncertain | PreviousUncertain | NextHit | PreviousHit | ToggleDigit | Accept
        | AcceptDocument | Clear | Comment | OtherPlace | Mark | NextMark | LabelMatches | LeaveOut | Widen | Repeat | Undo
        | Redo | NextDocument | PreviousDocument | Done | Skip | Discuss | ToggleFocus | AddLabel | RenameLabel
        | DescribeLabel | NextColor | ColorLabel | RekeyLabel | MergeLabel | DeleteLabel | RaiseThreshold | LowerThreshold
        | ModelThreshold | NextChange | PreviousChange | NextSuspect | Choose | Erase | EraseAll | Yes | No => true,
        NextOfLabel | PreviousOfLabel | Search | LabelMenu | OnlyLabel | Comments | Timeline | Blind | Queue | OrderQueue
        | OrderQueueBack | RankQueue | Filter | ToggleQueue | Inspector | NextReading | Focus | Train | Automatic
        | CancelTraining | RollBack | Changes | Versions | Dashboard | Export | Schemes | EditLabels | Suspects | Mouse
        | ReadSettings | Help | Palette | About | AboutLabel | Guidelines | Tutorial | TutorialNext | Cancel | Quit => false,
    }
}
