//! The bottom line: the search box, a question, the last thing there was to say, or what can be done here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::paint::{Pen, clean, columns, wrap};
use crate::tui::keymap::Action;
use crate::tui::state::{LabelUse, Mode, Model, Question, Saving, State, Tone, Writing};
use crate::tui::theme::Theme;

/// A sentence has at most so many lines.
const MOST_LINES: usize = 3;

/// Draws the line, or the lines of a sentence that needs more of them; gives the place of the text cursor while something is typed.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let hints = hints(state);
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(1);
    match &state.mode {
        Mode::Search => {
            let (query, found) = state.search.as_ref().map_or(("", String::new()), |search| {
                let found = match search.places.len() {
                    _ if search.query.is_empty() => "or label:NAME".to_owned(),
                    0 => "not found".to_owned(),
                    1 => "1 place".to_owned(),
                    count => format!("{count} places"),
                };
                let problem = search.problem.as_ref().map(|problem| format!("{problem} · ")).unwrap_or_default();
                (search.query.as_str(), problem + &found)
            });
            let keep = columns(&found) + 2;
            let room = pen.room().saturating_sub(keep + 1);
            pen.put("/", theme.accent()).put_in(query, room, Style::new());
            let cursor = (pen.x(), area.y);
            pen.align_last(keep).put(&found, if found.ends_with("not found") { theme.warning() } else { theme.quiet() });
            return Some(cursor);
        }
        Mode::Comment => {
            let Some(writing) = &state.writing else { return None };
            // How to leave is known; what is typed needs the room.
            let hints = &hints[..hints.len().min(2)];
            let keep = hints.iter().map(width).sum();
            pen.put("comment on ", theme.quiet()).put_in(&place(state, writing), 24, theme.strong()).put(": ", theme.quiet());
            let room = pen.room().saturating_sub(keep + 2);
            pen.put(end(&writing.text, room), Style::new());
            let cursor = (pen.x(), area.y);
            pen.skip(2).align_last(keep);
            list(hints, theme, pen);
            return Some(cursor);
        }
        Mode::Question(
            Question::QuitUnsaved { sentence } | Question::HideDecisions { sentence } | Question::DeleteLabel { sentence, .. },
        ) => {
            let keep = hints.iter().map(width).sum();
            let room = pen.room().saturating_sub(keep);
            pen.put_in(sentence, room, theme.warning()).skip(2);
            list(&hints, theme, pen);
        }
        _ => match said(state) {
            Some((tone, _)) => {
                let style = match tone {
                    Tone::Plain => Style::new(),
                    Tone::Warning => theme.warning(),
                    Tone::Error => theme.error(),
                };
                for (row, line) in (0..).zip(sentence_lines(state, area.width)) {
                    Pen::new(buffer, area, row).skip(1).put(&line, style);
                }
            }
            None => {
                if let Some(lead) = lead(state) {
                    pen.put(&lead, theme.quiet()).skip(2);
                }
                list(&hints, theme, pen);
            }
        },
    }
    None
}

/// What can be done here, most useful first: from the keymap's rows, but for what these can't tell apart.
fn hints(state: &State) -> Vec<(String, &str)> {
    let context = state.context();
    let key = |action| state.keymap.key(context, action).map(|key| key.name());
    let hint = |action, hint| key(action).map(|key| (key, hint));
    let rows = state.keymap.hints(context).map(|(key, hint)| (key.name(), hint));
    let scrolls = || {
        let arrows = key(Action::Up).zip(key(Action::Down)).map(|(up, down)| (format!("{up}{down}"), "scroll"));
        arrows.into_iter().chain(hint(Action::PageDown, "a screen on"))
    };
    match &state.mode {
        Mode::Note if selected(state).is_some() => {
            let digits = state.keymap.label_keys();
            let digits =
                digits.first().zip(digits.last()).map(|(first, last)| (format!("{}–{}", first.name(), last.name()), "label"));
            let label =
                [hint(Action::Grow, "more"), digits, hint(Action::LabelMenu, "any label"), hint(Action::Clear, "take back")];
            let rest = [hint(Action::Accept, "accept"), hint(Action::Cancel, "drop")];
            label.into_iter().chain(rest).flatten().collect()
        }
        Mode::Guide => {
            let close = [hint(Action::Cancel, "close"), hint(Action::Help, "help")];
            scrolls().chain(close.into_iter().flatten()).collect()
        }
        Mode::Dashboard { .. } | Mode::Help { .. } => scrolls().chain(rows).collect(),
        Mode::Matches if state.matches.as_ref().is_some_and(|matches| !matches.alike.present) => {
            rows.map(|(key, hint)| (key, if hint == "set on all" { "take from all" } else { hint })).collect()
        }
        _ => rows.collect(),
    }
}

/// What is said before the keys.
fn lead(state: &State) -> Option<String> {
    let what = match &state.mode {
        Mode::Labels(_) if state.naming.is_some() => return None,
        Mode::Labels(LabelUse::Toggle) => "a letter or digit toggles the label",
        Mode::Labels(LabelUse::Only) => "a letter or digit sets the label and takes all others",
        Mode::Labels(LabelUse::Seek(_)) => "a letter or digit goes to the label's next place",
        Mode::Labels(LabelUse::Alone) => "a letter or digit shows the label alone",
        Mode::Labels(LabelUse::About) => "a letter or digit tells what the label means",
        Mode::Labels(LabelUse::Matches) => "a letter or digit chooses the label to set",
        Mode::Note => {
            return selected(state).map(|words| if words == 1 { "1 word".to_owned() } else { format!("{words} words") });
        }
        _ => return None,
    };
    Some(what.to_owned())
}

/// How many words are selected, while some are.
fn selected(state: &State) -> Option<usize> {
    let open = state.open.as_ref().filter(|open| open.anchor.is_some())?;
    Some(open.targets().len())
}

/// The lines of what there is to say, where a sentence is shown; the last one is clipped where it still is too long.
pub(super) fn sentence_lines(state: &State, width: u16) -> Vec<String> {
    let typed = matches!(state.mode, Mode::Search | Mode::Comment | Mode::Filter | Mode::Question(_));
    let Some((_, sentence)) = said(state).filter(|_| !typed) else { return Vec::new() };
    let mut lines = wrap(&clean(sentence), width.saturating_sub(2));
    if lines.len() > MOST_LINES {
        let rest = lines.split_off(MOST_LINES - 1);
        lines.push(rest.join(" "));
    }
    lines
}

/// What a comment is about.
fn place(state: &State, writing: &Writing) -> String {
    let open = state.open.as_ref().zip(writing.anchor.range());
    let text = open.and_then(|(open, range)| {
        let (first, last) = (open.words.get(range.start)?, open.words.get(range.end - 1)?);
        open.document.text.get(first.start..last.end)
    });
    text.map_or_else(|| "the note".to_owned(), |text| format!("'{text}'"))
}

/// The end of a text, as much of it as `width` columns hold: where one types.
pub(super) fn end(text: &str, width: u16) -> &str {
    let mut rest = text;
    while columns(rest) > width {
        rest = rest.grapheme_indices(true).nth(1).map_or("", |(at, _)| &rest[at..]);
    }
    rest
}

/// What there is to say: the last notice, else what is wrong for as long as it is.
fn said(state: &State) -> Option<(Tone, &str)> {
    let notice = state.notice.as_ref().map(|notice| (notice.tone, notice.text.as_str()));
    notice.or(match (&state.saving, &state.model) {
        (Saving::Failed(why), _) | (_, Model::Failed(why)) => Some((Tone::Error, why)),
        _ => None,
    })
}

pub(super) fn width((key, hint): &(String, &str)) -> u16 {
    columns(key) + columns(hint) + 3
}

/// As many hints as fit, in order; the last two (help, quit) before those in the middle.
pub(super) fn list(hints: &[(String, &str)], theme: &Theme, mut pen: Pen<'_>) {
    let (rest, last) = hints.split_at(hints.len().saturating_sub(2));
    let mut room = pen.room().saturating_sub(last.iter().map(width).sum());
    let fitting = rest.iter().take_while(|hint| {
        let fits = width(hint) <= room;
        room = room.saturating_sub(width(hint));
        fits
    });
    for (key, hint) in fitting.chain(last) {
        pen.put(key, theme.accent()).skip(1).put(hint, theme.quiet()).skip(2);
    }
}
