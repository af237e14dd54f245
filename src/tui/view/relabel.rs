//! The labels to work on, as a list over the document: key, name, threshold, colour and description; at its foot what is
//! being done with the one under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::list;
use super::names::{alike, shorten};
use super::paint::{Pen, columns};
use crate::tui::panes::Panes;
use crate::tui::state::State;
use crate::tui::state::relabel::{Doing, Field};
use crate::tui::theme::Theme;

/// Draws the list.
pub(super) fn draw(state: &State, doing: &Doing, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let area = Rect { x: 0, width: state.screen.0, height: panes.status.y.saturating_sub(panes.document.y), ..panes.document };
    let title = format!("Labels of {}", state.scheme.name);
    let inner = super::boxed(area, &title, theme, buffer);
    let rows = inner.height.saturating_sub(2);
    let (labels, styles) = (&state.scheme.labels, theme.labels(&state.scheme));
    let names: Vec<&str> = state.scheme.names().collect();
    let widest = names.iter().map(|name| columns(name)).max().unwrap_or(0).clamp(4, 24);
    let alike = alike(&names);
    let listed = Rect { height: rows, ..inner };
    list::rows(labels.iter().zip(styles), state.schemes.label, listed, theme, buffer, |index, (label, style), mut pen| {
        pen.skip(1).put(&super::key_sign(label.key), style.add_modifier(Modifier::BOLD)).skip(1);
        pen.cell(&shorten(&label.name, widest, alike), widest, style);
        let own = if label.threshold.is_some() { "≥" } else { " " };
        pen.skip(2).put(own, theme.accent()).put(&format!("{:.3}", state.threshold(index)), theme.quiet());
        pen.skip(2).put(&label.color.to_string(), style).skip(2).put(&label.description, theme.quiet());
    });
    Pen::new(buffer, inner, rows).rule("─", 0, theme.quiet());
    let mut pen = Pen::new(buffer, inner, rows + 1);
    pen.skip(1).put(&foot(state, doing), theme.strong());
}

/// What is being done.
fn foot(state: &State, doing: &Doing) -> String {
    let label = state.scheme.labels.get(state.schemes.label);
    let name = label.map_or("", |label| &*label.name);
    match doing {
        Doing::Looking => match label.filter(|label| !label.was.is_empty()) {
            Some(label) => format!("{} labels; this one was called {}", state.scheme.len(), label.was.join(", ")),
            None => format!("{} labels; ≥: a threshold that was set by hand", state.scheme.len()),
        },
        Doing::Typing { field: Field::New, text } => format!("Name of the new label: {text}▏"),
        Doing::Typing { field: Field::Name, text } => format!("New name of {name}: {text}▏"),
        Doing::Typing { field: Field::Description, text } => {
            let room = usize::from(state.screen.0).saturating_sub(24);
            let skipped = text.chars().count().saturating_sub(room);
            format!("What to mark with it: {}▏", text.chars().skip(skipped).collect::<String>())
        }
        Doing::Typing { field: Field::Color, text } => format!("Colour of {name}, as #e69f00: {text}▏"),
        Doing::Typing { field: Field::Key, .. } => format!("Press the new key of {name}: a letter or digit"),
        Doing::Merging { from } if from == name => format!("Merge {from} into which label? Move to it and press Enter"),
        Doing::Merging { from } => format!("Enter merges {from} into {name}"),
        Doing::Deleting { label } => format!("Counting the decisions of {label} …"),
        Doing::Threshold { value, affected } => {
            let before = state.threshold(state.schemes.label);
            if state.blind {
                return format!("{name} from {:.3} (now {before:.3}); predictions are hidden", value.get());
            }
            let words = |count: usize| if count == 1 { "1 word".to_owned() } else { format!("{count} words") };
            let others = match affected.all {
                None => String::new(),
                Some((all, notes)) => format!(", {} in {notes} notes", words(all)),
            };
            format!("{name} from {:.3} (now {before:.3}): {} here{others} change", value.get(), words(affected.here))
        }
    }
}
