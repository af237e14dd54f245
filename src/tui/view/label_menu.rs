//! The label menu: every label with the key that chooses it, over the lower part of the document.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::paint::{Pen, columns};
use crate::active_learning::Direction;
use crate::tui::panes::Panes;
use crate::tui::state::{LabelUse, State};
use crate::tui::theme::Theme;

/// Draws the menu.
pub(super) fn draw(state: &State, theme: &Theme, purpose: LabelUse, panes: &Panes, buffer: &mut Buffer) {
    let document = panes.document;
    let styles = theme.labels(&state.scheme);
    let labels = &state.scheme.labels;
    let widest = labels.iter().map(|label| columns(&label.name)).max().unwrap_or(0).clamp(4, 24);
    let cell = widest + 7;
    let count = labels.len() as u16;
    let across = |width: u16| (width.saturating_sub(2) / cell).max(1);
    // Many labels take the whole width of the screen.
    let whole = Rect { x: 0, width: state.screen.0, ..document };
    let wide = count.div_ceil(across(document.width)) > document.height / 2;
    let pane = if wide { whole } else { document };
    let down = count.div_ceil(across(pane.width)).max(1);
    let area = super::foot(state, panes, down);
    let title = match purpose {
        LabelUse::Toggle => "Toggle which label?",
        LabelUse::Alone => "Show which label alone?",
        LabelUse::About => "What does which label mean?",
        LabelUse::Matches => "Set which label on all places that read alike?",
        LabelUse::Seek(Direction::Forward) => "Go to the next span of which label?",
        LabelUse::Seek(Direction::Backward) => "Go to the previous span of which label?",
    };
    let inner = super::boxed(Rect { x: pane.x, width: pane.width, ..area }, title, theme, buffer);
    let down = down.min(inner.height);
    let across = across(pane.width);
    let shown = state.open.as_ref().and_then(|open| open.word().map(|word| open.labels(word))).unwrap_or_default();
    let room = usize::from(down) * usize::from(across);
    for (index, label) in labels.iter().enumerate().take(room) {
        let (column, row) = (index as u16 / down.max(1), index as u16 % down.max(1));
        let area = Rect { x: inner.x + column * cell, width: cell.min(inner.width), ..inner };
        let mut pen = Pen::new(buffer, area.intersection(inner), row);
        let name = if shown.contains(index) { styles[index].add_modifier(Modifier::BOLD) } else { Style::new() };
        // The first ten labels have a digit too, which needs no menu.
        let digit = if index < 10 { ((index + 1) % 10).to_string() } else { String::new() };
        pen.cell(&digit, 2, theme.quiet())
            .put(&super::key_sign(label.key), styles[index].add_modifier(Modifier::BOLD | Modifier::UNDERLINED));
        pen.put(if shown.contains(index) { "✓ " } else { "  " }, theme.good()).put_in(&label.name, widest, name);
    }
}
