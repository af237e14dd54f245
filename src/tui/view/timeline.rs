//! Everything that was done, as a list over the document: when, who, what, where, and whether it holds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::inspector::moment;
use super::list;
use super::paint::{Pen, columns};
use crate::domain::visible;
use crate::store::timeline::{Standing, Step};
use crate::tui::panes::Panes;
use crate::tui::state::State;
use crate::tui::theme::Theme;

/// The sign of the step at which the story stands.
const HERE: &str = "▸";
/// The sign of a step that is taken back.
const UNDONE: &str = "○";
/// The sign of a step that holds.
const DONE: &str = "●";
/// Columns of who did it, at most.
const WHO: u16 = 12;

/// Draws the list. Only the rows on the screen are looked at.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let timeline = &state.timeline;
    let area = Rect { x: 0, width: state.screen.0, height: panes.status.y.saturating_sub(panes.document.y), ..panes.document };
    let title = format!("Everything that was done (UTC)  {HERE} where it stands  {UNDONE} taken back");
    let inner = super::boxed(area, &title, theme, buffer);
    if super::unread(state, theme, inner, buffer) {
        return;
    }
    let shown = list::rows(timeline.steps.iter(), timeline.cursor, inner, theme, buffer, |_, step, pen| {
        line(step, step.event == timeline.point, theme, pen);
    });
    if shown.end < timeline.steps.len() || !timeline.oldest {
        let foot = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
        Pen::new(buffer, foot, 0).skip(2).put(" ↓ earlier steps ", theme.accent());
    }
}

fn line(step: &Step, here: bool, theme: &Theme, mut pen: Pen<'_>) {
    let undone = step.standing == Standing::Undone;
    let (quiet, plain) = (theme.quiet(), if undone { theme.quiet() } else { Style::new() });
    let (sign, style) = match (here, undone) {
        (true, _) => (HERE, theme.accent()),
        (false, true) => (UNDONE, quiet),
        (false, false) => (DONE, quiet),
    };
    pen.skip(1).put(sign, style).skip(1);
    if step.event == 0 {
        pen.put(&step.what, if here { theme.strong() } else { plain });
        return;
    }
    let when = moment(step.at);
    pen.put(when.trim_end_matches(" UTC"), quiet).skip(1).cell(&step.annotator, columns(&step.annotator).min(WHO), quiet).skip(1);
    let name = step.document.as_ref().map(|id| visible(id.as_str()));
    let names = pen.room() / 3;
    let keep = name.as_ref().map_or(0, |name| columns(name).min(names) + 2);
    let room = pen.room().saturating_sub(keep);
    let what = match step.standing {
        Standing::Stays(why) => format!("stays, {why}: {}", step.what),
        _ => step.what.clone(),
    };
    pen.put_in(&what, room, if here { theme.strong() } else { plain });
    if let Some(name) = name {
        pen.name(&name, names, quiet);
    }
}
