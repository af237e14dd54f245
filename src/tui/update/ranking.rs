//! The order of the queue: asked for when something has changed it, taken in when no cursor would jump.

use std::sync::Arc;

use crate::inference::Command;
use crate::inference::protocol::{RankOrder, Ranking};
use crate::tui::effect::Effect;
use crate::tui::state::{Model, Order, State, Tone};

/// Has the documents ranked, if the queue is to be ordered by a strategy.
pub(super) fn ask(state: &State) -> Option<Effect> {
    let strategy = state.queue.wanted.strategy()?;
    Some(Effect::Worker(Command::Rank(RankOrder { strategy, done: state.queue.settled() })))
}

/// Tells the worker what is decided on the document on screen, if that has changed since it was told.
pub(super) fn tell_decided(state: &mut State) -> Option<Effect> {
    let open = state.open.as_ref().filter(|open| state.work.untold.contains(&open.index))?;
    state.work.untold.remove(&open.index);
    Some(Effect::Worker(Command::Decided(vec![(open.index, Arc::new(open.annotations.clone()))])))
}

/// Orders the queue in the next way, or the one before it.
pub(super) fn change(state: &mut State, forward: bool) -> Vec<Effect> {
    order_by(state, state.queue.wanted.next(forward))
}

/// Orders the queue in this way.
pub(super) fn order_by(state: &mut State, order: Order) -> Vec<Effect> {
    state.queue.wanted = order;
    let unranked = match order {
        Order::Corpus => "The queue is in the order of the files.",
        Order::Names => "The queue is ordered by name.",
        Order::Ranked(strategy) => {
            return again(state, &format!("The queue is ordered by {}: {}", strategy.name, strategy.about));
        }
    };
    state.queue.unranked();
    state.say(Tone::Plain, unranked);
    Vec::new()
}

/// Ranks the queue anew, by the reader's wish.
pub(super) fn renew(state: &mut State) -> Vec<Effect> {
    match state.queue.wanted.strategy() {
        None => {
            state.say(Tone::Plain, "The queue is in an order of its own; nothing is to be ranked.");
            Vec::new()
        }
        Some(strategy) => again(state, &format!("The queue is ranked anew ({})", strategy.name)),
    }
}

fn again(state: &mut State, sentence: &str) -> Vec<Effect> {
    state.queue.asked = true;
    let so_far = match &state.model {
        Model::Ready { encoded: (done, total), .. } if done < total => format!("; so far the model has read {done} of {total}."),
        Model::Loading => " once the model is loaded.".to_owned(),
        Model::Failed(_) => ", but there is no model to rank it.".to_owned(),
        Model::Ready { .. } => ".".to_owned(),
    };
    state.say(Tone::Plain, format!("{sentence}{so_far}"));
    tell_decided(state).into_iter().chain(ask(state)).collect()
}

/// A ranking has come: it is taken in at once, unless a cursor is in the list and nobody has asked for it.
pub(super) fn ranked(state: &mut State, ranking: Box<Ranking>) {
    let wanted = state.queue.wanted.strategy().is_some_and(|strategy| strategy.name == ranking.strategy.name);
    if wanted && (!state.mode.is_in_queue() || state.queue.asked) {
        take(state, *ranking);
    } else if wanted {
        state.queue.waiting = Some(ranking);
    }
}

/// Takes in a ranking that has waited for the keyboard to leave the list.
pub(super) fn settle(state: &mut State) {
    if !state.mode.is_in_queue()
        && let Some(ranking) = state.queue.waiting.take()
    {
        take(state, *ranking);
    }
}

/// Orders the queue by a ranking. A note that is on the screen only because it was the first before anything was ranked
/// stays first, until something is done in it: so the next one is the best, and this one is where it was left.
fn take(state: &mut State, ranking: Ranking) {
    let first = state.untouched().filter(|_| !state.queue.asked);
    state.queue.rank(ranking);
    if let Some(first) = first {
        state.queue.lead_with(first);
    }
}
