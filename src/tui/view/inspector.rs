//! Everything about the word under the cursor: each label's probability, threshold and decision; who decided, and when, also
//! what was decided over or taken back.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use time::OffsetDateTime;

use super::names::{alike, shorten};
use super::paint::{Pen, columns};
use super::told::told;
use crate::domain::{Cell, Decision, WordState};
use crate::tui::panes::Panes;
use crate::tui::state::{OpenDocument, State};
use crate::tui::theme::Theme;

/// Columns of one label's row, at least.
const ROW_WIDTH: u16 = 27;

/// Where things stand in the inspector.
struct Places {
    /// The whole of it, without the rule at its left.
    inner: Rect,
    /// The labels with their rows, and where the count of those stands that have none.
    labels: Vec<(usize, Rect)>,
    rest: Option<Rect>,
    /// Who decided, and when.
    below: Rect,
    gap: u16,
}

impl Places {
    fn of(state: &State, open: &OpenDocument, word: usize, area: Rect, beside: bool, stamps: usize) -> Self {
        let inner = inner(area, beside);
        let body =
            Rect { x: inner.x + 1, y: inner.y + 1, width: inner.width.saturating_sub(2), height: inner.height.saturating_sub(1) };
        let across = (body.width / ROW_WIDTH).max(1);
        // Who and when take at most a third of the rows, and none from the labels while those fit.
        let height = body.height;
        let needed = (state.scheme.len() as u16).div_ceil(across);
        let spare = height.saturating_sub(needed).max(height / 3).max(u16::from(height > 1));
        let stamps = u16::try_from(stamps).unwrap_or(u16::MAX);
        let foot = stamps.saturating_add(u16::from(beside && stamps > 0)).min(spare);
        let list = Rect { height: height - foot, ..body };
        let shown = list.height.min(needed);
        let below = Rect { y: body.y + shown, height: height - shown, ..body };
        let gap = u16::from(beside && below.height > stamps);
        let width = list.width / across;
        let place = |at: usize| {
            let (column, row) = (at / usize::from(list.height.max(1)), at % usize::from(list.height.max(1)));
            Rect {
                x: list.x + column as u16 * width,
                y: list.y + row as u16,
                width: width.saturating_sub(u16::from(across > 1)),
                height: 1,
            }
        };
        let order = order(state, open, word, usize::from(list.height) * usize::from(across));
        let rest = (order.len() < state.scheme.len() && list.height > 0).then(|| place(order.len()));
        Self { inner, labels: order.into_iter().enumerate().map(|(at, label)| (label, place(at))).collect(), rest, below, gap }
    }
}

/// Beside the document there is a rule at its left.
fn inner(area: Rect, beside: bool) -> Rect {
    if beside { Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area } } else { area }
}

/// The label whose row stands at a place of the screen.
pub(super) fn label_at(state: &State, panes: &Panes, at: Position) -> Option<usize> {
    let area = panes.inspector.filter(|area| area.contains(at))?;
    let open = state.open.as_ref()?;
    let word = open.word()?;
    let places = Places::of(state, open, word, area, area.x > panes.document.x, told(state, open, word).len());
    places.labels.iter().find(|(_, place)| place.contains(at)).map(|(label, _)| *label)
}

/// Draws the inspector; beside the document it has a rule at its left, below it only its title row.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, beside: bool, buffer: &mut Buffer) {
    if beside {
        for row in 0..area.height {
            Pen::new(buffer, area, row).put(if row == 0 { "┌" } else { "│" }, theme.quiet());
        }
    }
    let word = state.open.as_ref().and_then(|open| open.word().map(|word| (open, word)));
    let Some((open, word)) = word else {
        Pen::new(buffer, inner(area, beside), 0).rule("─", 0, theme.quiet());
        return;
    };
    let told = told(state, open, word);
    let Places { inner, labels, rest, below, gap } = Places::of(state, open, word, area, beside, told.len());
    title(open, word, theme, inner, buffer);
    let styles = theme.labels(&state.scheme);
    let count = state.scheme.len() - labels.len();
    let names = Names::of(state);
    for (label, place) in labels {
        label_row(state, open, (Cell::new(word, label), styles[label]), &names, theme, Pen::new(buffer, place, 0));
    }
    if let Some(place) = rest {
        Pen::new(buffer, place, 0).put(&format!("and {count} more"), theme.quiet());
    }
    let rows = usize::from(below.height.saturating_sub(gap));
    let hidden = told.len().saturating_sub(rows);
    for (row, line) in told.iter().take(rows).enumerate() {
        let sentence = line.sentence(open);
        let mut pen = Pen::new(buffer, below, gap + row as u16);
        pen.put_in(line.letters(), 6, theme.strong()).skip(1);
        if row + 1 == rows && hidden > 0 {
            let more = format!("+{hidden}");
            let room = pen.room().saturating_sub(columns(&more) + 1);
            pen.put_in(&sentence, room, theme.quiet());
            pen.align_last(columns(&more)).put(&more, theme.accent());
        } else {
            pen.put(&sentence, theme.quiet());
        }
    }
}

fn title(open: &OpenDocument, word: usize, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let state = match open.word_state(word) {
        WordState::Undecided if open.blind => "undecided, model hidden",
        WordState::Undecided if open.shown().probability(word, 0).is_none() => "waiting for the model",
        WordState::Undecided => "undecided",
        WordState::Predicted => "predicted",
        WordState::Accepted => "accepted",
        WordState::Corrected => "corrected",
        WordState::Imported => "imported",
    };
    let more = open.targets().len().saturating_sub(1);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    let text = open.words.get(word).map_or("", |word| word.slice(&open.document.text));
    let mut pen = Pen::new(buffer, area, 0);
    let keep = columns(state) + columns(&more) + 5;
    let room = pen.room().saturating_sub(keep);
    pen.skip(1).put_in(text, room, theme.strong()).put(&more, theme.accent()).skip(1);
    pen.rule("─", columns(state) + 2, theme.quiet()).skip(1).put(state, theme.quiet());
}

/// The labels that have a row, in the order of the scheme where all fit, else those that matter most first.
fn order(state: &State, open: &OpenDocument, word: usize, room: usize) -> Vec<usize> {
    let count = state.scheme.len();
    let mut order: Vec<usize> = (0..count).collect();
    if count > room {
        let shown = open.labels(word);
        let probability = |label: usize| open.revealed(word).probability(word, label).unwrap_or(0.0);
        let decided = |label: usize| open.annotations.decided(Cell::new(word, label)).is_some();
        let rank = |label: usize| (shown.contains(label), decided(label));
        order.sort_by(|&a, &b| rank(b).cmp(&rank(a)).then(probability(b).total_cmp(&probability(a))));
        order.truncate(room.saturating_sub(1));
    }
    order
}

/// What the rows need to know of all labels' names.
struct Names {
    /// How many columns the longest has.
    longest: u16,
    /// How many characters most begin with alike.
    alike: usize,
}

impl Names {
    fn of(state: &State) -> Self {
        let names: Vec<&str> = state.scheme.names().collect();
        Self { longest: names.iter().map(|name| columns(name)).max().unwrap_or(0), alike: alike(&names) }
    }
}

fn label_row(state: &State, open: &OpenDocument, (cell, color): (Cell, Style), names: &Names, theme: &Theme, mut pen: Pen<'_>) {
    let (word, index) = (cell.word as usize, usize::from(cell.label));
    let Some(label) = state.scheme.labels.get(index) else { return };
    let carried = open.labels(word).contains(index);
    let (mark, style) = mark(open, cell, theme).unwrap_or(("·", theme.quiet()));
    let name = names.longest.min(pen.room().saturating_sub(17)).clamp(4, 24);
    // The key of its place, for the first ten, then the label's own.
    let digit = state.keymap.label_keys().get(index).map(|key| key.name()).filter(|name| columns(name) == 1);
    pen.cell(digit.as_deref().unwrap_or(""), 1, theme.quiet()).skip(1);
    pen.put(&super::key_sign(label.key), color.add_modifier(Modifier::BOLD)).skip(1);
    let shown = shorten(&label.name, name, names.alike);
    pen.cell(&shown, name, if carried { color.add_modifier(Modifier::BOLD) } else { Style::new() }).skip(1);
    let width = pen.room().saturating_sub(7).min(24);
    let threshold = open.thresholds.get(index).copied().unwrap_or(0.5);
    match open.revealed(word).probability(word, index) {
        // No model has said so: the word is one of the label's seed terms.
        Some(probability) if state.suggested.contains(index) && probability >= threshold => {
            pen.put_in("suggested", width, theme.quiet());
            pen.align_last(6).put("seed", Style::new());
        }
        Some(probability) => {
            bar(probability, threshold, width, color, theme, &mut pen);
            pen.skip(1).put(&figure(probability), if carried { Style::new() } else { theme.quiet() });
        }
        None => {
            pen.skip(width + 1).put("  – ", theme.quiet());
        }
    }
    pen.skip(1).put(mark, style);
}

/// What is decided of a label of a word: a filled square where the word has it, an empty one where not, small ones where an
/// import says so.
pub(super) fn mark(open: &OpenDocument, cell: Cell, theme: &Theme) -> Option<(&'static str, Style)> {
    match (open.annotations.decision(cell), open.annotations.decided(cell)) {
        (Decision::Present, Some(_)) => Some(("■", theme.good())),
        (Decision::Absent, Some(_)) => Some(("□", theme.error())),
        (Decision::Present, None) => Some(("▪", theme.good())),
        (Decision::Absent, None) => Some(("▫", theme.quiet())),
        (Decision::Unknown, _) => None,
    }
}

/// The probability as a bar with a tick at the threshold.
fn bar(probability: f32, threshold: f32, width: u16, color: Style, theme: &Theme, pen: &mut Pen<'_>) {
    let place = |share: f32| (share.clamp(0.0, 1.0) * f32::from(width)).round() as u16;
    let tick = place(threshold).min(width.saturating_sub(1));
    for column in 0..width {
        let filled = column < place(probability);
        let sign = match (column == tick, filled) {
            (true, true) => "┿",
            (true, false) => "│",
            (false, true) => "━",
            (false, false) => " ",
        };
        pen.put(sign, if filled { color } else { theme.quiet() });
    }
}

/// A probability in four columns; never rounded up to certainty.
fn figure(probability: f32) -> String {
    match probability {
        p if (0.995..1.0).contains(&p) => ">.99".to_owned(),
        p if p > 0.0 && p < 0.005 => "<.01".to_owned(),
        p => format!("{p:4.2}"),
    }
}

/// Milliseconds since 1970 as a date and a time of day, UTC.
pub(super) fn moment(at: i64) -> String {
    match OffsetDateTime::from_unix_timestamp(at.div_euclid(1000)) {
        Ok(moment) => {
            let (year, month, day) = moment.to_calendar_date();
            format!("{year:04}-{:02}-{day:02} {:02}:{:02} UTC", u8::from(month), moment.hour(), moment.minute())
        }
        Err(_) => "at an unknown time".to_owned(),
    }
}
