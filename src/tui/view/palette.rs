//! The list of all actions, with what was typed to find one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::help::{area, keys};
use super::list;
use super::paint::{Pen, clip, columns};
use crate::tui::state::State;
use crate::tui::state::palette::{Found, Palette};
use crate::tui::theme::Theme;

/// Columns of the keys.
const KEYS: u16 = 16;

/// Columns of the box, at most.
const WIDTH: u16 = 112;

/// Draws the list over `screen`. Only the rows on the screen are drawn.
pub(super) fn draw(state: &State, palette: &Palette, theme: &Theme, screen: Rect, buffer: &mut Buffer) {
    let found = palette.found(&state.keymap);
    let inner = super::boxed(area(screen, WIDTH), "Do what?", theme, buffer);
    let count = format!("{} of {}", found.len(), state.keymap.bindings.len());
    let keep = super::paint::columns(&count) + 1;
    let mut pen = Pen::new(buffer, inner, 0);
    let room = pen.room().saturating_sub(keep + 4);
    pen.skip(1).put(":", theme.accent()).put_in(&palette.query, room, Style::new()).put("▏", theme.accent());
    pen.align_last(keep).put(&count, theme.quiet());
    let below = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    list::rows(found.iter(), palette.cursor, below, theme, buffer, |_, found, pen| line(found, theme, pen));
    if found.is_empty() {
        Pen::new(buffer, below, 0).skip(2).put("No action is called so.", theme.quiet());
    }
}

fn line(found: &Found<'_>, theme: &Theme, mut pen: Pen<'_>) {
    let (key, text) = if found.here { (theme.accent(), Style::new()) } else { (theme.quiet(), theme.quiet()) };
    pen.skip(1).cell(&keys(found.binding), KEYS, key).skip(1);
    let mut marked = found.marked.iter().peekable();
    let places = if found.here { String::new() } else { found.binding.places() };
    let behind = if found.here { 0 } else { columns(&places).min(pen.room() / 3) + 2 };
    let description = clip(&found.binding.description, pen.room().saturating_sub(behind));
    for (at, c) in description.chars().enumerate() {
        let style =
            if marked.next_if_eq(&&at).is_some() { text.add_modifier(Modifier::BOLD | Modifier::UNDERLINED) } else { text };
        pen.put(c.encode_utf8(&mut [0; 4]), style);
    }
    if !found.here {
        pen.skip(2).put(&places, theme.quiet().add_modifier(Modifier::ITALIC));
    }
}
