//! The status line: what is open, whether it is saved, and what the model is doing.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Pen, columns};
use crate::tui::state::{Looking, Model, Saving, State, Training};
use crate::tui::theme::Theme;

/// Columns of the bar of a training.
const BAR: usize = 6;

/// Draws the status line: at the left what is the annotator's, at the right what is the model's.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let left = left(state, theme);
    let total = |parts: &[(String, Style)]| parts.iter().map(|(text, _)| columns(text)).sum::<u16>();
    let fits = |right: &Vec<(String, Style)>| total(&left) + total(right) + 4 <= area.width;
    let named = |scheme| Some(model(state, theme, true, scheme)).filter(fits);
    let right = named(true).or_else(|| named(false)).or_else(|| Some(model(state, theme, false, false)).filter(fits));
    let right = right.unwrap_or_else(|| {
        let mut right = model(state, theme, false, false);
        // How a training goes matters more than from which version it began.
        if state.training.is_some() {
            right.pop();
        }
        right
    });
    let keep = total(&right);
    // The scheme's name gives way first, then the model's, then the title.
    let mut pen = Pen::new(buffer, area, 0);
    let room = pen.room().saturating_sub(keep + 2);
    let fixed = total(&left[1..]);
    pen.skip(1).put_in(&left[0].0, room.saturating_sub(fixed).max(8), left[0].1);
    for (text, style) in &left[1..] {
        pen.put(text, *style);
    }
    pen.skip(1).align_last(keep + 1);
    for (text, style) in &right {
        pen.put(text, *style);
    }
}

fn left(state: &State, theme: &Theme) -> Vec<(String, Style)> {
    let mut parts = vec![(state.title.clone(), theme.strong())];
    if let Some(position) = state.open.as_ref().and_then(|open| state.queue.position(open.index)) {
        let filtered = if state.queue.filter.is_some() { " filtered" } else { "" };
        parts.push((format!("  {}/{}{filtered}", position + 1, state.queue.list().len()), Style::new()));
    }
    let (sign, style) = match &state.saving {
        Saving::Opening => ("opening the project".to_owned(), theme.quiet()),
        Saving::Saved => ("✓ saved".to_owned(), theme.good()),
        Saving::Pending(count) => (format!("● saving {count}"), theme.accent()),
        Saving::Failed(_) => ("✗ last change not saved".to_owned(), theme.error()),
        Saving::Gone => ("✗ nothing can be saved".to_owned(), theme.error()),
    };
    parts.push((format!("  {sign}"), style));
    if let Some(sign) = state.automatic.sign() {
        parts.push((format!("  {sign}"), theme.quiet()));
    }
    if state.blind {
        parts.push(("  blind".to_owned(), theme.warning()));
    }
    if !state.mouse {
        parts.push(("  mouse off".to_owned(), theme.quiet()));
    }
    parts
}

/// What the model is doing, the labels in use (if `scheme`, and if there is a choice), its name (if `named`) and its
/// version.
fn model(state: &State, theme: &Theme, named: bool, scheme: bool) -> Vec<(String, Style)> {
    let quiet = theme.quiet();
    let mut parts = match (&state.training, &state.model) {
        (Some(training), _) => training_parts(training, theme),
        (None, Model::Ready { .. }) if state.suspects.looking.is_some() => looking(state, theme),
        (None, Model::Loading) => vec![("loading the model …".to_owned(), theme.accent())],
        (None, Model::Ready { encoded: (done, total), .. }) if done < total => {
            vec![(format!("predicting {done}/{total}"), theme.accent())]
        }
        (None, Model::Ready { .. }) => Vec::new(),
        (None, Model::Failed(_)) => return vec![("no model".to_owned(), theme.error())],
    };
    if scheme && state.schemes.list.len() > 1 {
        let parted = if parts.is_empty() { "" } else { " · " };
        parts.push((format!("{parted}{}", state.scheme.name), quiet));
    }
    let name = match &state.model {
        Model::Ready { name, .. } if named => format!("{name}, "),
        _ => String::new(),
    };
    let version = match state.version {
        0 if name.is_empty() => "original model".to_owned(),
        0 => "original".to_owned(),
        version => format!("version {version}"),
    };
    let parted = if parts.is_empty() { "" } else { " · " };
    parts.push((format!("{parted}{name}{version}"), quiet));
    parts
}

/// A search for wrong decisions.
fn looking(state: &State, theme: &Theme) -> Vec<(String, Style)> {
    match state.suspects.looking {
        Some(Looking::Running { done, phase }) => vec![(format!("{phase} {:.0}%", done.clamp(0.0, 1.0) * 100.0), theme.accent())],
        _ => vec![("gathering decisions".to_owned(), theme.accent())],
    }
}

fn training_parts(training: &Training, theme: &Theme) -> Vec<(String, Style)> {
    match training {
        Training::Gathering => vec![("gathering decisions".to_owned(), theme.accent())],
        Training::Cancelling => vec![("cancelling the training".to_owned(), theme.warning())],
        Training::Recording => vec![("recording the new version".to_owned(), theme.accent())],
        Training::Running { done, phase, left, loss } => {
            let full = (done.clamp(0.0, 1.0) * BAR as f32).round() as usize;
            let loss = loss.map(|loss| format!(" · loss {loss:.2}")).unwrap_or_default();
            let left = left.map(|left| format!(" · {} left", span(left))).unwrap_or_default();
            vec![
                (format!("{phase} "), theme.accent()),
                ("━".repeat(full), theme.accent()),
                ("─".repeat(BAR.saturating_sub(full)), theme.quiet()),
                (format!(" {:.0}%{loss}{left}", done.clamp(0.0, 1.0) * 100.0), theme.quiet()),
            ]
        }
    }
}

/// A time span as people say it.
fn span(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}
