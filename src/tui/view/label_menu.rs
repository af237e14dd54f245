//! The label menu: every label with the key that chooses it, over the lower part of the document.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::document::cursor_rows;
use super::names::{alike, shorten};
use super::paint::{Pen, columns};
use super::{inspector, lane};
use crate::active_learning::Direction;
use crate::domain::{Cell, WordState};
use crate::tui::keymap::{Action, Context, Key};
use crate::tui::panes::Panes;
use crate::tui::state::{LabelUse, State};
use crate::tui::theme::Theme;

/// The menu has at least so many rows: its frame and one row of labels.
const LEAST: u16 = 3;

/// Columns of a name, at most.
const WIDEST: u16 = 36;

/// Where the menu and its labels stand.
pub(super) struct Menu {
    area: Rect,
    /// Columns of the longest name.
    widest: u16,
    /// The labels that have a place, in the order in which they are shown, and that place.
    places: Vec<(usize, Rect)>,
    /// Labels for which there was no room.
    left: usize,
}

impl Menu {
    /// The menu as the screen has it.
    pub(super) fn of(state: &State, panes: &Panes) -> Self {
        let document = panes.document;
        let labels = &state.scheme.labels;
        let widest = labels.iter().map(|label| columns(&label.name)).max().unwrap_or(0).clamp(4, WIDEST);
        let cell = widest + 7;
        let shown = state.labels_named();
        let count = shown.len() as u16;
        let across = |width: u16| (width.saturating_sub(2) / cell).max(1);
        // Many labels take the whole width of the screen.
        let whole = Rect { x: 0, width: state.screen.0, ..document };
        let wide = count.div_ceil(across(document.width)) > document.height / 2;
        let pane = if wide { whole } else { document };
        let down = count.div_ceil(across(pane.width)).max(1);
        let area = Rect { x: pane.x, width: pane.width, ..beside_the_word(state, panes, down) };
        let inner =
            Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height.saturating_sub(2) };
        let down = down.min(inner.height);
        let room = usize::from(down) * usize::from(across(pane.width));
        let place = |index: usize| {
            let (column, row) = (index as u16 / down.max(1), index as u16 % down.max(1));
            Rect { x: inner.x + column * cell, y: inner.y + row, width: cell.min(inner.width), height: 1 }.intersection(inner)
        };
        let left = shown.len().saturating_sub(room);
        let places = shown.into_iter().take(room).enumerate().map(|(at, label)| (label, place(at))).collect();
        Self { area, widest, places, left }
    }

    /// The label at a place of the screen.
    pub(super) fn label_at(&self, at: Position) -> Option<usize> {
        self.places.iter().find(|(_, place)| place.contains(at)).map(|(label, _)| *label)
    }
}

/// Where a menu of so many rows and its frame stands: at the foot or the head, beside the word that the label is for. Where
/// that leaves too few rows, the rest is found by name; where it leaves none, the menu lies over the lanes of that word.
fn beside_the_word(state: &State, panes: &Panes, rows: u16) -> Rect {
    let foot = super::foot(state, panes, rows);
    let document = panes.document;
    let below = panes.inspector.or(panes.guide).filter(|pane| pane.x == document.x).map_or(0, |pane| pane.height);
    let (top, bottom) = (document.y + 1, document.bottom() + below);
    let word = state.open.as_ref().and_then(|open| cursor_rows(open, panes)).unwrap_or(top..top);
    let (above, beneath) = (word.start.saturating_sub(top), bottom.saturating_sub(word.end));
    let high = foot.height.min(above.max(beneath));
    if high < LEAST {
        let high = LEAST.min(foot.height);
        return Rect { y: bottom - high, height: high, ..foot };
    }
    Rect { y: if high <= beneath { bottom - high } else { top }, height: high, ..foot }
}

/// Draws the menu.
pub(super) fn draw(state: &State, theme: &Theme, purpose: LabelUse, panes: &Panes, buffer: &mut Buffer) {
    let styles = theme.labels(&state.scheme);
    let title = match purpose {
        LabelUse::Toggle => "Toggle which label?",
        LabelUse::Only => "Which label, and no other?",
        LabelUse::Alone => "Show which label alone?",
        LabelUse::About => "What does which label mean?",
        LabelUse::Matches => "Set which label on all places that read alike?",
        LabelUse::Seek(Direction::Forward) => "Go to the next span of which label?",
        LabelUse::Seek(Direction::Backward) => "Go to the previous span of which label?",
    };
    let menu = Menu::of(state, panes);
    let alike = alike(&state.scheme.names().collect::<Vec<_>>());
    let key = |action| state.keymap.key(Context::Labels, action).map(Key::name).unwrap_or_default();
    let title = match (&state.naming, menu.left) {
        // What is typed comes first: on a narrow screen the rest is cut.
        (Some(typed), _) if menu.places.is_empty() => format!("{typed}▏ no label has that in its name · {title}"),
        (Some(typed), 0) => format!("{typed}▏ {} takes the first · {title}", key(Action::Choose)),
        (Some(typed), left) => format!("{typed}▏ {} takes the first, {left} more · {title}", key(Action::Choose)),
        (None, 0) => title.to_owned(),
        (None, left) => format!("{title} {} and a part of its name finds {left} more", key(Action::Search)),
    };
    super::boxed(menu.area, &title, theme, buffer);
    let here = state.open.as_ref().and_then(|open| open.word().map(|word| (open, word)));
    let shown = here.map(|(open, word)| open.labels(word)).unwrap_or_default();
    for (index, place) in menu.places {
        let Some(label) = state.scheme.labels.get(index) else { continue };
        let mut pen = Pen::new(buffer, place, 0);
        let name = if shown.contains(index) { styles[index].add_modifier(Modifier::BOLD) } else { Style::new() };
        // The first labels have a digit too, which needs no menu.
        let digit = state.keymap.label_keys().get(index).and_then(|key| key.typed()).map_or_else(String::new, String::from);
        pen.cell(&digit, 2, theme.quiet())
            .put(&super::key_sign(label.key), styles[index].add_modifier(Modifier::BOLD | Modifier::UNDERLINED));
        let decided = here.and_then(|(open, word)| inspector::mark(open, Cell::new(word, index), theme));
        let (sign, style) = match decided {
            Some(decided) => decided,
            None if shown.contains(index) => (lane::bar(WordState::Predicted), styles[index]),
            None => (" ", Style::new()),
        };
        pen.put(sign, style).skip(1).put_in(&shorten(&label.name, menu.widest, alike), menu.widest, name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixture;
    use super::*;
    use crate::domain::LabelScheme;

    #[test]
    fn the_word_that_the_label_is_for_stays_in_sight() {
        for (width, height) in [(40, 10), (60, 20), (80, 24), (100, 30), (200, 50)] {
            for count in [3, 16, 60, 200] {
                let names: Vec<String> = (0..count).map(|index| format!("label {index:03}")).collect();
                let mut state = fixture::bare(width, height, LabelScheme::from_names("many", &names).unwrap());
                let panes = state.panes();
                state.open = Some(fixture::open(0, "note", fixture::NOTE, &state.scheme, panes.text.width));
                for word in (0..state.open.as_ref().unwrap().words.len()).step_by(5) {
                    state.open.as_mut().unwrap().cursor = word;
                    let menu = Menu::of(&state, &panes);
                    let rows = cursor_rows(state.open.as_ref().unwrap(), &panes).unwrap();
                    let word = Rect { y: rows.start, height: rows.end - rows.start, ..panes.text };
                    if menu.area.height == LEAST {
                        assert!(!menu.places.is_empty(), "{count} labels at {width}x{height}");
                        let text = Rect { height: 1, ..word };
                        assert!(!menu.area.intersects(text), "{:?} covers {text:?}", menu.area);
                        continue;
                    }
                    assert!(!menu.area.intersects(word), "{count} labels at {width}x{height}: {:?} covers {word:?}", menu.area);
                    assert!(!menu.places.is_empty(), "{count} labels at {width}x{height}: {:?}", menu.area);
                }
            }
        }
    }

    #[test]
    fn a_word_of_many_lanes_in_the_middle_leaves_room_for_a_label() {
        let scheme = LabelScheme::from_names("many", &["aa", "ab", "ac", "ad", "ae", "af"]).unwrap();
        let mut state = fixture::bare(40, 10, scheme);
        let panes = state.panes();
        let mut open = fixture::open(0, "note", "one\ntwo\nx\nfour\nfive\nsix", &state.scheme, panes.text.width);
        fixture::toggle(&mut open, 1, 2..3, 0, None);
        (1..4).for_each(|label| fixture::toggle(&mut open, 1 + label as u64, 2..3, label, None));
        open.cursor = 2;
        state.open = Some(open);
        let rows = cursor_rows(state.open.as_ref().unwrap(), &panes).unwrap();
        let menu = Menu::of(&state, &panes);
        assert!(rows.len() >= 4 && !menu.places.is_empty(), "{rows:?}, {:?}", menu.area);
        assert!(!(menu.area.y..menu.area.bottom()).contains(&rows.start), "the word itself stays in sight");
    }
}
