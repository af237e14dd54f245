//! The label schemes to choose from, as a list over the document, and the labels of the one that the cursor stands on:
//! key, name, what to mark with it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::list;
use super::paint::{Pen, columns};
use crate::domain::LabelScheme;
use crate::tui::panes::Panes;
use crate::tui::state::State;
use crate::tui::theme::Theme;

/// At most this many schemes stand on the screen at a time; the labels have the other rows.
const MOST: u16 = 5;

/// Draws the list. It covers the document and what is below it: the choice is about all notes, and the labels need the
/// room.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let schemes = &state.schemes.list;
    let area = Rect { x: 0, width: state.screen.0, height: panes.status.y.saturating_sub(panes.document.y), ..panes.document };
    let inner = super::boxed(area, "Label schemes", theme, buffer);
    let Some(chosen) = schemes.get(state.schemes.cursor) else {
        Pen::new(buffer, inner, 0).skip(1).put("The label schemes are not known yet.", theme.quiet());
        return;
    };
    let rows = u16::try_from(schemes.len()).unwrap_or(MOST).min(MOST).min(inner.height.div_ceil(2));
    let widest = schemes.iter().map(|scheme| columns(&scheme.name)).max().unwrap_or(0).clamp(8, 30);
    let above = Rect { height: rows, ..inner };
    list::rows(schemes.iter(), state.schemes.cursor, above, theme, buffer, |index, scheme, mut pen| {
        let style = if index == 0 { theme.strong() } else { Style::new() };
        pen.skip(1).put(if index == 0 { "▸ " } else { "  " }, theme.accent()).cell(&scheme.name, widest, style);
        pen.skip(2).put(&format!("{} labels", scheme.len()), theme.quiet());
        pen.put(if index == 0 { ", in use" } else { "" }, theme.quiet());
    });
    Pen::new(buffer, inner, rows).rule("─", 0, theme.quiet());
    let below = Rect { y: inner.y + rows + 1, height: inner.height.saturating_sub(rows + 1), ..inner };
    labels(state, chosen, theme, below, buffer);
}

/// The labels, a row each; those of them that the project doesn't have now are marked.
fn labels(state: &State, scheme: &LabelScheme, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let styles = theme.labels(scheme);
    let widest = scheme.names().map(columns).max().unwrap_or(0).clamp(4, 24);
    let fits = scheme.len() <= area.height.into();
    let shown = if fits { scheme.len() } else { usize::from(area.height.saturating_sub(1)) };
    for (row, (label, style)) in scheme.labels.iter().zip(styles).take(shown).enumerate() {
        let new = state.scheme.index(&label.name).is_none();
        let mut pen = Pen::new(buffer, area, row as u16);
        pen.skip(1).put(&super::key_sign(label.key), style.add_modifier(Modifier::BOLD)).skip(1);
        pen.put(if new { "+" } else { " " }, theme.good()).cell(&label.name, widest, style).skip(2);
        let seeds = match label.seeds.len() {
            0 => String::new(),
            1 => "1 seed term".to_owned(),
            count => format!("{count} seed terms"),
        };
        let keep = if seeds.is_empty() { 1 } else { columns(&seeds) + 3 };
        let room = pen.room().saturating_sub(keep);
        pen.put_in(&label.description, room, theme.quiet()).skip(2).put(&seeds, theme.quiet());
    }
    if !fits {
        let more = scheme.len() - shown;
        Pen::new(buffer, area, shown as u16).skip(1).put(&format!("and {more} more"), theme.quiet());
    }
}
