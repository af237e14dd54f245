//! What the screen looks like: a pure function of the state.

mod changes;
mod comments;
mod dashboard;
mod document;
mod filter;
mod guide;
mod help;
mod hint;
mod inspector;
mod label_menu;
mod lane;
mod list;
mod look;
mod matches;
mod names;
mod paint;
mod palette;
mod queue;
mod relabel;
mod schemes;
mod sheet;
mod status;
mod suspects;
mod tag;
mod timeline;
mod told;
mod tutorial;
mod versions;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Color;

pub use guide::{Ink, Line as GuideLine};
pub use lane::rows;
pub use look::is_unsure;
use paint::Pen;
pub use sheet::{Labelled, sheet};
pub use tag::tags;

use crate::formats::markdown::Block;
use crate::tui::panes::{MIN_HEIGHT, MIN_WIDTH, Panes};
use crate::tui::state::relabel::Doing;
use crate::tui::state::{Listing, Mode, Question, State};
use crate::tui::theme::Theme;

/// Draws the state on the whole frame.
pub fn view(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    if let Some(place) = draw(state, theme, frame.buffer_mut()) {
        frame.set_cursor_position(place);
    }
}

/// Draws the state on a buffer as large as its screen, and gives the place of the text cursor, where there is one.
/// On a buffer of another size it draws what fits.
pub fn draw(state: &State, theme: &Theme, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let panes = state.panes();
    if panes.too_small {
        too_small(state, theme, buffer);
        return None;
    }
    document::draw(state, theme, &panes, buffer);
    if let Some(area) = panes.inspector {
        inspector::draw(state, theme, area, area.x > panes.document.x, buffer);
    }
    if let Some(area) = panes.guide {
        guide::draw(state, theme, area, area.x > panes.document.x, buffer);
    }
    queue::draw(state, theme, &panes, buffer);
    tutorial::draw(state, theme, &panes, buffer);
    match &state.mode {
        Mode::Labels(purpose) => label_menu::draw(state, theme, *purpose, &panes, buffer),
        Mode::Changes => changes::draw(state, theme, &panes, buffer),
        Mode::Comments => comments::draw(state, theme, &panes, buffer),
        Mode::Timeline => timeline::draw(state, theme, &panes, buffer),
        Mode::Suspects => suspects::draw(state, theme, &panes, buffer),
        Mode::Matches => matches::draw(state, theme, &panes, buffer),
        Mode::Versions => versions::draw(state, theme, &panes, buffer),
        Mode::Relabel(doing) => relabel::draw(state, doing, theme, &panes, buffer),
        Mode::Question(Question::DeleteLabel { .. }) => relabel::draw(state, &Doing::Looking, theme, &panes, buffer),
        Mode::Schemes => schemes::draw(state, theme, &panes, buffer),
        Mode::Dashboard { scroll } => {
            dashboard::draw(state, theme, *scroll, Rect { height: panes.status.y, ..buffer.area }, buffer);
        }
        Mode::Help { scroll, from } => {
            help::draw(state, from.context(), theme, *scroll, Rect { height: panes.status.y, ..buffer.area }, buffer)
        }
        Mode::Palette(open) => {
            palette::draw(state, open, theme, Rect { height: panes.status.y, ..buffer.area }, buffer);
        }
        _ => {}
    }
    if state.mode == Mode::Filter {
        return Some(filter::draw(state, theme, &panes, buffer));
    }
    // A sentence that is too long for its line pushes the status line up, over what is above: it goes with the next key.
    let more = (hint::sentence_lines(state, panes.hint.width).len() as u16).saturating_sub(1);
    let foot = |line: Rect| Rect { y: line.y.saturating_sub(more), ..line };
    if more > 0 {
        blank(Rect { height: more + 2, ..foot(panes.status) }, buffer);
    }
    status::draw(state, theme, foot(panes.status), buffer);
    hint::draw(state, theme, Rect { height: more + 1, ..foot(panes.hint) }, buffer)
}

/// How many rows of an area at the foot of the screen lie under a sentence that is too long for its line.
pub fn foot_over(state: &State, area: Rect) -> u16 {
    let panes = state.panes();
    let more = (hint::sentence_lines(state, panes.hint.width).len() as u16).saturating_sub(1);
    area.bottom().saturating_sub(panes.status.y.saturating_sub(more)).min(area.height.saturating_sub(1))
}

/// What lies over the text of the note; `None` where so much does that nobody reads it.
pub fn covers(state: &State) -> Option<Vec<Rect>> {
    let panes = state.panes();
    let read = match &state.mode {
        Mode::Question(question) => !matches!(question, Question::DeleteLabel { .. }),
        Mode::Note | Mode::Search | Mode::Comment | Mode::Guide | Mode::Queue | Mode::Filter => true,
        _ => false,
    };
    if panes.too_small || !read {
        return None;
    }
    let hidden = foot_over(state, panes.text);
    let foot = Rect { y: panes.text.bottom() - hidden, height: hidden, ..panes.text };
    let over = [Some(foot), panes.queue, tutorial::area(state, &panes)].into_iter().flatten();
    Some(over.filter(|cover| cover.intersects(panes.text)).collect())
}

/// How many rows the help has, and how many of them fit on a screen: its scroll need not go further than the difference.
pub fn help_rows(state: &State) -> (usize, usize) {
    let (width, height) = state.screen;
    let from = if let Mode::Help { from, .. } = &state.mode { from.context() } else { state.context() };
    let rows = help::lines(&state.keymap, from, width);
    (rows.len(), help::fit(Rect::new(0, 0, width, height.saturating_sub(2)), &rows))
}

/// How many lines the guide has in a pane that is so wide.
pub fn guide_lines(state: &State, width: u16) -> usize {
    guide::count(state, width)
}

/// Guidelines as the lines of a guide that is so wide.
pub fn guide_page(blocks: &[Block], width: u16) -> Arc<[GuideLine]> {
    guide::page(blocks, width)
}

/// The label that stands at a place of the label menu, while that is open.
pub fn label_in_menu(state: &State, at: Position) -> Option<usize> {
    label_menu::Menu::of(state, &state.panes()).label_at(at)
}

/// The label whose row stands at a place of the inspector.
pub fn label_in_inspector(state: &State, at: Position) -> Option<usize> {
    inspector::label_at(state, &state.panes(), at)
}

fn too_small(state: &State, theme: &Theme, buffer: &mut Buffer) {
    let (width, height) = state.screen;
    let sentence = format!("This terminal has {width} columns and {height} rows; Chartmark needs {MIN_WIDTH} and {MIN_HEIGHT}.");
    let area = buffer.area;
    for (row, line) in (0..).zip(paint::wrap(&sentence, area.width)) {
        Pen::new(buffer, area, row).put(&line, theme.warning());
    }
}

/// What stands for labels of which a scheme has more than there are letters to type: letters of other scripts, one column each
/// and none like another or like a Latin one.
const FURTHER_LETTERS: &str = "αβγδεζηθλμξπσφψωΓΔΘΛΞΠΣΦΨΩбгджзийлпфцчшщъыьэюяБДЖИЛЦЧШЩЫЭЮЯ\
    աբգդեզէըթժիլխծկձղճմյնշչպջռվտրցփքֆაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ";

/// A label's key as it is shown: a private-use character, given where a scheme has more labels than there are letters,
/// has no form of its own.
fn key_sign(key: char) -> String {
    if !('\u{e000}'..='\u{f8ff}').contains(&key) {
        return one_column(key);
    }
    FURTHER_LETTERS.chars().nth(key as usize - 0xe000).map_or_else(|| "•".to_owned(), String::from)
}

/// A character where it takes one column and does no harm, else a sign for it.
fn one_column(c: char) -> String {
    let text = paint::clean(c.encode_utf8(&mut [0; 4])).into_owned();
    if paint::columns(&text) == 1 { text } else { "•".to_owned() }
}

/// Clears an area that lies over another.
fn blank(area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
        }
    }
}

/// Says of a list that the store fills that it is not there yet, or will not come; whether it is so.
fn unread(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> bool {
    let (sentence, style) = match state.listing {
        Listing::There => return false,
        Listing::Awaited => ("Reading the project …", theme.quiet()),
        Listing::Failed => ("It could not be read; close the list and open it again.", theme.warning()),
    };
    Pen::new(buffer, area, 0).skip(1).put(sentence, style);
    true
}

/// A light box over what was drawn before; gives its inside.
fn boxed(area: Rect, title: &str, theme: &Theme, buffer: &mut Buffer) -> Rect {
    blank(area, buffer);
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    for row in 1..area.height.saturating_sub(1) {
        Pen::new(buffer, area, row).put("│", theme.quiet()).align_last(1).put("│", theme.quiet());
    }
    let quiet = theme.quiet();
    Pen::new(buffer, area, 0).put("╭─", quiet).skip(1).put(title, theme.strong()).skip(1).rule("─", 1, quiet).put("╮", quiet);
    Pen::new(buffer, area, area.height.saturating_sub(1)).put("╰", quiet).rule("─", 1, quiet).put("╯", quiet);
    Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..inner }
}

/// Marks the row that a list's cursor stands on, in one colour from end to end.
fn choose(row: Rect, theme: &Theme, buffer: &mut Buffer) {
    buffer.set_style(row.intersection(buffer.area), theme.cursor().fg(Color::Reset));
}

/// Where a list of up to `rows` rows and its frame may lie: over the inspector below the document and as much of the
/// document's foot as needed, but over its head where the foot would cover the word under the cursor.
fn foot(state: &State, panes: &Panes, rows: u16) -> Rect {
    let document = panes.document;
    let below = panes.inspector.or(panes.guide).filter(|pane| pane.x == document.x).map_or(0, |pane| pane.height);
    let height = (rows + 2).max(below).min(document.height + below);
    let foot = Rect { y: document.bottom() + below - height, height, ..document };
    let word = state.open.as_ref().and_then(|open| document::cursor_rows(open, panes)).map(|rows| rows.start);
    match word {
        Some(row) if row >= foot.y && document.y + 1 + height <= row => Rect { y: document.y + 1, ..foot },
        _ => foot,
    }
}

#[cfg(test)]
mod tests;
