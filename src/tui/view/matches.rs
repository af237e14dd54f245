//! The places that are to have a label set, or taken, in one go, as a list over the document.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::list;
use super::paint::{Pen, clean, columns};
use crate::tui::panes::Panes;
use crate::tui::state::State;
use crate::tui::state::matches::{Looked, Match, Matches, Reach};
use crate::tui::theme::Theme;

/// Draws the list. Only the rows on the screen are looked at.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let Some(matches) = &state.matches else { return };
    let area = super::foot(state, panes, list::height(panes, matches.list.len()));
    let inner = super::boxed(area, &title(state, matches), theme, buffer);
    if matches.list.is_empty() {
        let sentence = match (matches.reach, matches.looked) {
            (Reach::Note, _) => "Every such place of this note is decided so.",
            (_, Looked::At(_)) => "They are being looked for.",
            (Reach::Queue, _) => "Every such place of the notes that the queue shows is decided so.",
            (Reach::Corpus, _) => "Every such place of all notes is decided so.",
        };
        Pen::new(buffer, inner, 0).skip(1).put(sentence, theme.quiet());
        return;
    }
    list::rows(matches.list.iter(), matches.cursor, inner, theme, buffer, |_, found, pen| line(state, theme, found, pen));
}

fn title(state: &State, matches: &Matches) -> String {
    let name = state.scheme.labels.get(matches.alike.label).map_or("", |label| &*label.name);
    let (taken, all) = (matches.taken().count(), matches.list.len());
    let what = if matches.alike.present { format!("Set {name} on") } else { format!("Take {name} from") };
    let reach = match (matches.reach, matches.looked) {
        (Reach::Note, _) => "this note".to_owned(),
        (Reach::Queue, Looked::At(done)) => format!("the queue's notes, {done} looked through"),
        (Reach::Queue | Reach::Corpus, Looked::Enough(done)) => format!("the first {done} notes"),
        (Reach::Queue, _) => "the queue's notes".to_owned(),
        (Reach::Corpus, Looked::At(done)) => format!("{done} notes so far"),
        (Reach::Corpus, _) => "all notes".to_owned(),
    };
    format!("{what} '{}': {taken} of {all} places, {reach}", matches.phrase)
}

/// The place between what stands before and behind it on its line, and its note where that is another one.
fn line(state: &State, theme: &Theme, found: &Match, mut pen: Pen<'_>) {
    let place = &found.place;
    let (width, names) = (pen.room() / 3, pen.room() / 4);
    let sign = if state.matches.as_ref().is_some_and(|matches| matches.alike.present) { "+ " } else { "− " };
    pen.skip(1).put(if found.taken { sign } else { "  " }, theme.good());
    let before = tail(&clean(&place.before), width);
    pen.skip(width - columns(&before)).put(&before, theme.quiet());
    let style = if found.taken { theme.strong() } else { theme.quiet().add_modifier(Modifier::CROSSED_OUT) };
    let elsewhere = state.open.as_ref().is_none_or(|open| open.index != found.document);
    let note = state.queue.rows.get(found.document).filter(|_| elsewhere).map_or("", |row| &*row.name);
    let keep = if elsewhere { columns(note).min(names) + 2 } else { 0 };
    let room = pen.room().saturating_sub(keep);
    pen.put_in(&place.text, room, style);
    let room = pen.room().saturating_sub(keep);
    pen.put_in(&place.after, room, theme.quiet());
    if keep > 0 {
        pen.skip(1).name(note, names, theme.quiet());
    }
}

/// The end of `text` that takes at most `width` columns: from a word on, behind `…`, where it doesn't all fit.
fn tail(text: &str, width: u16) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let words = text.match_indices(' ').map(|(at, _)| &text[at + 1..]);
    let fitting = words.map(|rest| format!("… {rest}")).find(|rest| columns(rest) <= width);
    fitting.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn what_stands_before_a_place_begins_with_a_word() {
        let check = |text: &str, width, expected: &str| assert_eq!(tail(text, width), expected, "{text} in {width}");
        check("no chest ", 9, "no chest ");
        check("patient denies chest ", 18, "… denies chest ");
        check("patient denies chest ", 9, "… chest ");
        check("patient denies chest ", 2, "… ");
        check("unbreakable", 6, "");
    }
}
