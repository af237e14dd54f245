//! The words that changed with the last version: taken in, kept, walked.

use crate::domain::{Changes, Flip, LabelSet, TextHash};
use crate::store::Request;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::{Flips, Mode, Model, State, Tone, version_name};
use crate::tui::update::documents;
use crate::tui::update::worker::capital;

/// Another version is in use: keeps what it has changed, if the annotator has asked for the version.
pub(super) fn found(state: &mut State, mut changes: Changes) -> Vec<Effect> {
    let to = changes.to;
    let awaited = state.work.awaited_flips.take_if(|(version, _)| *version == to);
    state.work.compared = awaited.is_some().then_some((changes.from, to));
    let Some((_, note)) = awaited else { return Vec::new() };
    translate(state, &mut changes);
    leave_decided(state, &mut changes);
    let (walk, back) = (state.key(Action::NextChange), state.key(Action::RollBack));
    let changed = match changes.turned.words {
        0 => "no word changed".to_owned(),
        1 => format!("1 word changed ({walk} goes there)"),
        count => format!("{count} words changed ({walk} walks)"),
    };
    let back = if to == 0 { String::new() } else { format!(", {back} rolls back") };
    // The verdict comes last: at 80 columns it is what may be cut, and the list of versions has it in full.
    let sentence = format!("{}: {changed}{back}; {note}", capital(&version_name(to)));
    state.flips = Some(Flips::from(changes.clone()));
    state.report(Tone::Plain, sentence);
    vec![Effect::Store(Request::Changed(Box::new(changes)))]
}

/// The notes that had to be read again were compared too: what has changed in them joins the list, and the word last gone to
/// stays it.
pub(super) fn found_beyond(state: &mut State, mut more: Changes) -> Vec<Effect> {
    if state.work.compared != Some((more.from, more.to)) {
        return Vec::new();
    }
    translate(state, &mut more);
    leave_decided(state, &mut more);
    let words = more.turned.words;
    let Some(flips) = &mut state.flips else { return Vec::new() };
    let before = flips.changes.extend(more, flips.cursor.unwrap_or(0));
    flips.cursor = flips.cursor.map(|cursor| cursor + before);
    let changes = flips.changes.clone();
    if words > 0 && state.notice.is_none() {
        let (version, all) = (capital(&version_name(changes.to)), changes.turned.words);
        let sentence = format!("{version}: {all} words changed in all, {words} of them in notes that were read again since.");
        state.say(Tone::Plain, sentence);
    }
    vec![Effect::Store(Request::Changed(Box::new(changes)))]
}

/// From the labels of the model's version to those in use.
fn translate(state: &State, changes: &mut Changes) {
    if let Some(using) = state.work.using.as_ref().filter(|using| using.version == changes.to) {
        for flip in &mut changes.flips {
            (flip.before, flip.after) = (using.translate_set(flip.before), using.translate_set(flip.after));
        }
        let own = |column: &Option<usize>| column.and_then(|column| changes.turned.labels.get(column).copied());
        changes.turned.labels = using.columns.iter().map(|column| own(column).unwrap_or_default()).collect();
    }
}

/// Leaves out what is decided on the screen: only what changed there has changed, whatever the model says.
fn leave_decided(state: &State, changes: &mut Changes) {
    let labels = state.scheme.len();
    let Changes { turned, flips, .. } = changes;
    let Some(open) = &state.open else { return };
    let here = |flips: &[Flip]| flips.iter().any(|flip| flip.document == open.index);
    let had = here(flips);
    flips.retain_mut(|flip| {
        if flip.document == open.index {
            turned.discount(flip.before, flip.after);
            let shown = |predicted| open.annotations.shown(flip.word, labels, predicted);
            (flip.before, flip.after) = (shown(flip.before), shown(flip.after));
            turned.count(flip.before, flip.after);
        }
        flip.before != flip.after
    });
    if had && !here(flips) {
        turned.documents = turned.documents.saturating_sub(1);
    }
}

/// An earlier session has kept what the version in use has changed.
pub(super) fn kept(state: &mut State, changes: Changes) {
    if state.flips.is_none() && state.work.awaited_flips.is_none() && changes.to == state.version {
        state.flips = Some(Flips::from(changes));
    }
}

/// A document is opened: if its text is another one than when its words changed, they can't be told any more.
pub(super) fn opened(state: &mut State, document: usize, text: TextHash) {
    let Some(Flips { changes: Changes { flips, texts, .. }, cursor }) = &mut state.flips else { return };
    if texts.get(&document).is_none_or(|known| *known == text) {
        return;
    }
    texts.remove(&document);
    let before = flips.len();
    let stays = |flip: &Flip| flip.document != document;
    let at = cursor.map(|cursor| flips[..cursor].iter().filter(|flip| stays(flip)).count());
    flips.retain(stays);
    *cursor = at.filter(|_| !flips.is_empty()).map(|at| at.min(flips.len() - 1));
    let words = match before - flips.len() {
        0 => return,
        1 => "1 word".to_owned(),
        count => format!("{count} words"),
    };
    let sentence = format!("This note was edited since {words} of it changed, so the list of changed words leaves them out.");
    state.report(Tone::Warning, sentence);
}

/// Opens the list.
pub(super) fn list(state: &mut State) {
    if any(state) {
        state.mode = Mode::Changes;
        if let Some(flips) = &mut state.flips {
            flips.cursor.get_or_insert(0);
        }
    }
}

/// Goes to the next or previous changed word, around the ends of the list.
pub(super) fn step(state: &mut State, delta: isize) -> Vec<Effect> {
    if !any(state) {
        return Vec::new();
    }
    let here = state.open.as_ref().map(|open| (open.index, open.cursor));
    let Some(flips) = &mut state.flips else { return Vec::new() };
    let (list, count) = (&flips.changes.flips, flips.changes.flips.len());
    // The first time from where one stands: to the word there, if it is one of them, or back from it.
    let before_here = here.map_or(0, |here| list.partition_point(|flip| (flip.document, flip.word) < here));
    let from = flips.cursor.unwrap_or(if delta > 0 { before_here + count - 1 } else { before_here });
    let at = (from as isize + delta).rem_euclid(count as isize) as usize;
    flips.cursor = Some(at);
    let effects = go(state);
    let what = state.flips.as_ref().and_then(|flips| flips.changes.flips.get(at)).map(|flip| said(state, flip));
    state.say(Tone::Plain, format!("{} of {count}: {}", at + 1, what.unwrap_or_default()));
    effects
}

/// What has changed on a word.
fn said(state: &State, flip: &Flip) -> String {
    let labels = |set: LabelSet| {
        let names: Vec<&str> = set.iter().filter_map(|label| Some(&*state.scheme.labels.get(label)?.name)).collect();
        if names.is_empty() { "no label".to_owned() } else { names.join(" ") }
    };
    let word = if flip.text.is_empty() { format!("word {}", flip.word + 1) } else { format!("'{}'", flip.text) };
    format!("{word} {} → {}", labels(flip.before), labels(flip.after))
}

/// Goes to the word that the list's cursor stands on.
pub(super) fn go(state: &mut State) -> Vec<Effect> {
    let flip = state.flips.as_ref().and_then(|flips| flips.changes.flips.get(flips.cursor.unwrap_or(0)));
    let place = flip.map(|flip| (flip.document, flip.word));
    place.map(|(document, word)| documents::open(state, document, Some(word))).unwrap_or_default()
}

/// Whether there are changed words that may be seen; says so if not. What changed are predictions, of words that nobody
/// has decided.
fn any(state: &mut State) -> bool {
    if state.blind {
        let blind = state.key(Action::Blind);
        state.say(Tone::Plain, format!("Predictions are hidden, and so is which of them changed; {blind} shows them again."));
        return false;
    }
    let any = state.flips.as_ref().is_some_and(|flips| !flips.changes.flips.is_empty());
    if !any {
        let sentence = match &state.flips {
            Some(Flips { changes: Changes { from, to, .. }, .. }) => {
                format!("No word to go to has changed from {} to {}.", version_name(*from), version_name(*to))
            }
            None => unknown(state),
        };
        state.say(Tone::Plain, sentence);
    }
    any
}

/// Why no changed words are known. Those that an earlier session has kept are known once the model is.
fn unknown(state: &State) -> String {
    let what = match state.version {
        0 => "which words have changed".to_owned(),
        version => format!("which words {} has changed", version_name(version)),
    };
    match state.model {
        Model::Failed(_) => format!("It can't be told {what} without the model; labelling goes on without it."),
        Model::Loading => format!("It is not known yet {what}: the model is still being loaded. Try again in a moment."),
        Model::Ready { .. } if state.work.awaited_flips.is_some() => {
            format!("It is not known yet {what}: the notes are still being compared. Try again in a moment.")
        }
        Model::Ready { .. } if state.version == 0 => "No word has changed: no other version has become active yet.".to_owned(),
        Model::Ready { .. } => format!("No list was kept of {what}."),
    }
}
