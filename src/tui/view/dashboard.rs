//! The project's figures: how far the notes are, how the versions fared one after another, and each label's counts.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, LineGauge, Widget};

use super::paint::{Pen, columns};
use crate::store::Figures;
use crate::store::figures::LabelFigures;
use crate::tui::state::{State, version_name};
use crate::tui::theme::Theme;

/// Rows of the learning curve.
const CURVE: u16 = 9;
/// Rows that the labels keep beside it.
const LABELS: u16 = 8;

/// Draws the figures over `screen`.
pub(super) fn draw(state: &State, theme: &Theme, scroll: usize, screen: Rect, buffer: &mut Buffer) {
    let inner = super::boxed(screen, "Figures", theme, buffer);
    if super::unread(state, theme, inner, buffer) {
        return;
    }
    let Some(figures) = &state.figures else { return };
    let mut y = inner.y;
    let mut take = |rows: u16| {
        let rows = rows.min(inner.bottom().saturating_sub(y));
        let area = Rect { x: inner.x + 1, y, width: inner.width.saturating_sub(2), height: rows };
        y += rows;
        area
    };
    coverage(figures, theme, take(2), buffer);
    let judged = figures.versions.iter().filter(|version| version.judged.is_some()).count();
    if judged > 1 && inner.height >= 2 + CURVE + LABELS {
        curve(figures, theme, take(CURVE), buffer);
    } else {
        let sentence = match figures.versions.len() {
            0 => "No version was trained yet: there is no learning curve.",
            _ if judged < 2 => "The learning curve begins with the second version that was judged.",
            _ => "A screen of 22 rows or more shows the learning curve.",
        };
        Pen::new(buffer, take(1), 0).put(sentence, theme.quiet());
    }
    take(1);
    let rest = take(u16::MAX);
    labels(state, figures, theme, scroll, rest, buffer);
}

/// How much of the corpus is done, and how much of the begun notes is decided.
fn coverage(figures: &Figures, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let (notes, begun, done) = figures.notes;
    let (words, decided) = figures.words;
    let rows = [
        (format!("{done} of {notes} notes done, {begun} begun"), done, notes),
        (format!("{decided} of their {words} words decided"), decided, words),
    ];
    for ((label, part, whole), row) in rows.into_iter().zip(0..area.height) {
        let ratio = if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) };
        LineGauge::default()
            .ratio(ratio)
            .label(Line::raw(format!("{label:<34} {:3.0}%", (ratio * 100.0).floor())))
            .filled_symbol("━")
            .unfilled_symbol("─")
            .filled_style(theme.accent())
            .unfilled_style(theme.quiet())
            .render(Rect { y: area.y + row, height: 1, ..area }.intersection(buffer.area), buffer);
    }
}

/// F1 of each version that was judged, by the number of its version.
fn curve(figures: &Figures, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let points: Vec<(f64, f64)> =
        figures.versions.iter().filter_map(|version| Some((version.version as f64, version.judged?.f1()))).collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let lowest = points.iter().map(|point| point.1).fold(1.0, f64::min);
    let floor = ((lowest - 0.05) * 10.0).floor().max(0.0) / 10.0;
    let label = |text: String| Line::styled(text, theme.quiet());
    let data = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line).style(theme.accent()).data(&points);
    let dots = Dataset::default().marker(Marker::Dot).graph_type(GraphType::Scatter).style(theme.strong()).data(&points);
    Pen::new(buffer, area, 0)
        .put("Learning curve", theme.strong())
        .put(": F1 of each version on decisions it had not learned from", theme.quiet());
    let chart = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    Chart::new(vec![data, dots])
        .x_axis(
            Axis::default()
                .bounds([first.0, last.0])
                .labels([label(version_name(first.0 as u64)), label(version_name(last.0 as u64))])
                .style(theme.quiet()),
        )
        .y_axis(
            Axis::default().bounds([floor, 1.0]).labels([label(format!("{floor:.1}")), label("1.0".into())]).style(theme.quiet()),
        )
        .legend_position(None)
        .render(chart.intersection(buffer.area), buffer);
}

/// One row a label, from `scroll` on: words that have it, how the active version fares, and how the model agreed.
fn labels(state: &State, figures: &Figures, theme: &Theme, scroll: usize, area: Rect, buffer: &mut Buffer) {
    let styles = theme.labels(&state.scheme);
    let widest = state.scheme.names().map(columns).max().unwrap_or(0).clamp(5, 20);
    let heads = ["words", "judged", "prec.", "recall", "F1", "agreed"];
    let mut pen = Pen::new(buffer, area, 0);
    pen.cell("Label", widest + 2, theme.strong());
    for head in heads {
        pen.skip(1).cell(&format!("{head:>7}"), 7, theme.strong());
    }
    let rows = usize::from(area.height.saturating_sub(2));
    let first = scroll.min(state.scheme.len().saturating_sub(rows));
    let shown = state.scheme.labels.iter().zip(&styles).zip(&figures.labels).enumerate().skip(first).take(rows);
    for (index, ((label, style), figures)) in shown {
        let mut pen = Pen::new(buffer, area, (index - first + 1) as u16);
        pen.put(&super::key_sign(label.key), style.add_modifier(Modifier::BOLD)).skip(1).cell(&label.name, widest, *style);
        row(figures, theme, &mut pen);
    }
    let foot = match state.scheme.len().saturating_sub(first + rows) {
        0 => "agreed: of the words that the model or you gave the label, those on which both did".to_owned(),
        more => format!("↓ {more} more"),
    };
    Pen::new(buffer, area, area.height.saturating_sub(1)).put(&foot, theme.quiet());
}

fn row(figures: &LabelFigures, theme: &Theme, pen: &mut Pen<'_>) {
    let share = |part: u64, whole: u64| match whole {
        0 => "–".to_owned(),
        whole => format!("{:.2}", part as f64 / whole as f64),
    };
    let (score, agreement) = (figures.judged.unwrap_or_default(), figures.agreement);
    let cells = [
        figures.present.to_string(),
        if score.cells() == 0 { "–".to_owned() } else { score.cells().to_string() },
        share(score.tp, score.tp + score.fp),
        share(score.tp, score.tp + score.fn_),
        share(2 * score.tp, 2 * score.tp + score.fp + score.fn_),
        share(agreement.tp, agreement.tp + agreement.fp + agreement.fn_),
    ];
    for (at, cell) in cells.iter().enumerate() {
        let style = if at == 4 { theme.strong() } else { Style::new() };
        pen.skip(1).cell(&format!("{cell:>7}"), 7, style);
    }
}
