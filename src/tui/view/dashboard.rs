//! The project's figures: how far the notes are and how fast, how the versions fared one after another, whether the model's
//! probabilities mean what they say, and each label's counts.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, LineGauge, Widget};

use super::names::{alike, shorten};
use super::paint::{Pen, columns, wrap};
use crate::store::Figures;
use crate::store::figures::{Bin, LabelFigures};
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
    coverage(state, figures, theme, take(2), buffer);
    let lines = |sentence: &str| wrap(sentence, inner.width.saturating_sub(2));
    for line in lines(&pace(state, figures)) {
        Pen::new(buffer, take(1), 0).put(&line, Style::new());
    }
    let judged = figures.versions.iter().filter(|version| version.judged.is_some()).count();
    let points = calibration_points(figures);
    let (curved, calibrated) = (judged > 1, points.len() > 1);
    let (wanted, least) = (curved || calibrated, 3 + CURVE + LABELS);
    if wanted && inner.height < least {
        let sentence = format!("The charts need {} rows more; this screen has {}.", least - inner.height, state.screen.1);
        for line in lines(&sentence) {
            Pen::new(buffer, take(1), 0).put(&line, theme.quiet());
        }
    } else if wanted {
        let area = take(CURVE);
        let left = Rect { width: if curved && calibrated { (area.width / 2).saturating_sub(1) } else { area.width }, ..area };
        let right = Rect { x: area.right() - left.width, ..left };
        if curved {
            curve(figures, theme, left, buffer);
        }
        if calibrated {
            calibration(&points, theme, right, buffer);
        }
    }
    for line in lacking(figures, judged, points.len()).iter().flat_map(|sentence| lines(sentence)) {
        Pen::new(buffer, take(1), 0).put(&line, theme.quiet());
    }
    take(1);
    let rest = take(u16::MAX);
    labels(state, figures, theme, scroll, rest, buffer);
}

/// What the charts lack that are not there, a sentence each.
fn lacking(figures: &Figures, judged: usize, points: usize) -> Vec<String> {
    let mut sentences = Vec::new();
    match (figures.versions.len(), judged) {
        (0, _) => sentences.push("Learning curve: no version was trained yet.".to_owned()),
        (versions, 0 | 1) => sentences.push(format!(
            "Learning curve: begins with two judged versions; {judged} of {versions} {} judged.",
            if judged == 1 { "was" } else { "were" }
        )),
        _ => {}
    }
    if points < 2 {
        let decided: u64 = figures.calibration.iter().map(|bin| bin.cells).sum();
        sentences.push(format!("Calibration: too few single decisions in two tenths of what was shown ({decided} in all)."));
    }
    sentences
}

/// How much of the corpus is done, and how many of its words are decided.
fn coverage(state: &State, figures: &Figures, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let (notes, begun, done) = figures.notes;
    let (held, decided) = figures.words;
    let (words, told) = match corpus_words(state) {
        Some((words, about)) => (words.max(held), if about { "about " } else { "" }),
        None => (held, "at least "),
    };
    let rows = [
        (format!("{done} of {notes} notes done, {begun} begun"), done, notes),
        (format!("{decided} of {told}{words} words decided, imported included"), decided, words),
    ];
    for ((label, part, whole), row) in rows.into_iter().zip(0..area.height) {
        let ratio = if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) };
        LineGauge::default()
            .ratio(ratio)
            .label(Line::raw(format!("{label:<50} {:3.0}%", (ratio * 100.0).floor())))
            .filled_symbol("━")
            .unfilled_symbol("─")
            .filled_style(theme.accent())
            .unfilled_style(theme.quiet())
            .render(Rect { y: area.y + row, height: 1, ..area }.intersection(buffer.area), buffer);
    }
}

/// How fast the notes are worked through, and how long the rest will take at that pace.
fn pace(state: &State, figures: &Figures) -> String {
    let (Some(words), Some(edits)) = (figures.pace.words_a_minute(), figures.pace.edits_a_minute()) else {
        return "The pace is told after a minute of work.".to_owned();
    };
    let pace = format!("{words:.0} words and {edits:.1} edits a minute");
    match words_left(state, figures) {
        Some(left) if left > 0.0 && words > 0.0 => {
            let minutes = left / words;
            let time = match minutes {
                ..90.0 => format!("{:.0} min", minutes.max(1.0)),
                _ => format!("{:.0} h", minutes / 60.0),
            };
            format!("{pace}; about {time} for the {left:.0} words left")
        }
        _ => format!("{pace} in the last {:.0} min of work", figures.pace.seconds as f64 / 60.0),
    }
}

/// How many words the corpus has, and whether that is an estimate: notes that the model has not read yet count as many as the
/// others have on average. `None` before it has read any.
fn corpus_words(state: &State) -> Option<(usize, bool)> {
    let rows = &state.queue.rows;
    let (read, words) = rows.iter().filter_map(|row| row.words).fold((0, 0), |(read, words), more| (read + 1, words + more));
    (read > 0).then(|| (words + words * (rows.len() - read) / read, read < rows.len()))
}

/// About how many words are left to decide: in notes that the model has not read yet, as many as in one that it has;
/// `None` before it has read any.
fn words_left(state: &State, figures: &Figures) -> Option<f64> {
    let rows = &state.queue.rows;
    let read: Vec<usize> = rows.iter().filter_map(|row| row.words).collect();
    let mean = read.iter().sum::<usize>() as f64 / read.len() as f64;
    let open = rows.iter().filter(|row| !row.entry.review.is_settled());
    let words: f64 = open.map(|row| row.words.map_or(mean, |words| words as f64)).sum();
    (!read.is_empty()).then(|| (words - figures.decided_in_open as f64).max(0.0))
}

/// Mean probability and share decided `present`, of tenths with enough decisions to tell.
fn calibration_points(figures: &Figures) -> Vec<(f64, f64)> {
    const ENOUGH: u64 = 5;
    figures.calibration.iter().filter(|bin| bin.cells >= ENOUGH).filter_map(Bin::shares).collect()
}

/// How often what the model showed with a probability was decided to be so.
fn calibration(points: &[(f64, f64)], theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let label = |text: &str| Line::styled(text.to_owned(), theme.quiet());
    let ideal = [(0.0, 0.0), (1.0, 1.0)];
    let line = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line).style(theme.quiet()).data(&ideal);
    let dots = Dataset::default().marker(Marker::Dot).graph_type(GraphType::Scatter).style(theme.strong()).data(points);
    Pen::new(buffer, area, 0).put("Calibration", theme.strong()).put(": shown, and found so", theme.quiet());
    let chart = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let axis = || Axis::default().bounds([0.0, 1.0]).style(theme.quiet());
    Chart::new(vec![line, dots])
        .x_axis(axis().labels([label("0"), label("shown 1")]))
        .y_axis(axis().labels([label("0"), label("1")]))
        .legend_position(None)
        .render(chart.intersection(buffer.area), buffer);
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
    Pen::new(buffer, area, 0).put("Learning curve", theme.strong()).put(": F1 by version", theme.quiet());
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
    let names: Vec<&str> = state.scheme.names().collect();
    let widest = names.iter().map(|name| columns(name)).max().unwrap_or(0).clamp(5, 20);
    let alike = alike(&names);
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
        pen.put(&super::key_sign(label.key), style.add_modifier(Modifier::BOLD)).skip(1);
        pen.cell(&shorten(&label.name, widest, alike), widest, *style);
        row(figures, theme, &mut pen);
    }
    let lasts =
        figures.judged.is_some_and(|judged| figures.versions.iter().any(|version| version.active && version.version != judged));
    let foot = match state.scheme.len().saturating_sub(first + rows) {
        0 if lasts => {
            format!("judged: version {}, the last that was; the active one was not judged", figures.judged.unwrap_or(0))
        }
        0 => "agreed: of words that you or the model labelled, not in bulk, those alike".to_owned(),
        more if lasts => format!("↓ {more} more · judged: version {}, the last that was", figures.judged.unwrap_or(0)),
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
