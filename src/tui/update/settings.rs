//! Settings and keys that were read again: what has changed is taken in, what a person has done on the screen since stays.

use crate::formats::Problem;
use crate::tui::effect::Effect;
use crate::tui::settings::{Reading, sentence};
use crate::tui::state::{State, Tone};
use crate::tui::update::ranking;

/// Takes in what was read, all or nothing.
pub(super) fn read(state: &mut State, outcome: Result<Reading, Vec<Problem>>) -> Vec<Effect> {
    match outcome {
        Ok(reading) => take_in(state, reading),
        Err(problems) => {
            if let Some(sentence) = sentence(&problems, "all is as before") {
                state.work.misread = Some(sentence.clone());
                state.report(Tone::Warning, sentence);
            }
            Vec::new()
        }
    }
}

fn take_in(state: &mut State, Reading { settings, keymap }: Reading) -> Vec<Effect> {
    if let Some(mended) = state.work.misread.take() {
        state.notice.take_if(|notice| notice.text == mended);
        state.beneath.take_if(|notice| notice.text == mended);
    }
    let before = std::mem::replace(&mut state.settings, settings);
    let now = state.settings.clone();
    let (mut effects, mut changed) = (Vec::new(), Vec::new());
    let keys = std::mem::replace(&mut state.keymap, keymap);
    if keys != state.keymap {
        changed.push("keys");
    }
    if before.theme != now.theme {
        changed.push("colours");
    }
    if before.mouse != now.mouse {
        changed.push("mouse");
        state.mouse = now.mouse;
        effects.push(Effect::Mouse(now.mouse));
    }
    if before.queue != now.queue {
        changed.push("queue");
        state.panels.queue = now.queue;
    }
    if before.inspector != now.inspector {
        changed.push("inspector");
        state.panels.inspector = now.inspector;
    }
    if before.order != now.order {
        changed.push("strategy");
        effects.extend(ranking::order_by(state, now.order));
    }
    if before.automatic != now.automatic {
        changed.push("trainings by themselves");
        (state.automatic.usual, state.automatic.when) = (now.automatic, now.automatic.first());
    }
    let later: Vec<&str> = now.fixed.iter().filter(|setting| !before.fixed.contains(setting)).map(|(name, _)| *name).collect();
    // Until then the ones from before hold, and would be told again.
    state.settings.fixed = before.fixed;
    let mut sentence = match (&now.folder, changed.is_empty()) {
        (None, true) => "There are no settings of yours yet: `chartmark config init` writes files to begin with.".to_owned(),
        (Some(folder), true) => format!("Settings read again: nothing to change now in {folder}."),
        (_, false) => format!("Settings read again: {} changed.", changed.join(", ")),
    };
    if !later.is_empty() {
        sentence += &format!(" From the next start on: {}.", later.join(", "));
    }
    state.say(Tone::Plain, sentence);
    effects
}
