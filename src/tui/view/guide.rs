//! The guide: what labels mean, with examples, or the project's guidelines, in a pane of its own.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::paint::{Pen, clean, columns};
use crate::formats::markdown::{Block, Kind};
use crate::tui::keymap::Action;
use crate::tui::state::guide::{EXAMPLES, LIKELY, Topic};
use crate::tui::state::{Mode, State};
use crate::tui::theme::Theme;

/// How a stretch of text looks, whatever the theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// As text is.
    Plain,
    /// Receding.
    Quiet,
    /// Standing out.
    Strong,
    /// A heading.
    Heading,
    /// Emphasised.
    Emphasis,
    /// To be taken literally.
    Code,
    /// As the label of this index.
    Label(usize),
}

/// One line: stretches of text.
pub type Line = Vec<(String, Ink)>;

/// Draws the guide; beside the note it has a rule at its left.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, beside: bool, buffer: &mut Buffer) {
    let Some(topic) = state.guide.topic else { return };
    let mut inner = area;
    if beside {
        for row in 0..area.height {
            Pen::new(buffer, area, row).put(if row == 0 { "├" } else { "│" }, theme.quiet());
        }
        inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    }
    let lines = lines(state, topic, area.width);
    let height = usize::from(inner.height.saturating_sub(1));
    let below = lines.len().saturating_sub(state.guide.scroll + height);
    title(state, topic, below, theme, inner, buffer);
    let body =
        Rect { x: inner.x + 1, y: inner.y + 1, width: inner.width.saturating_sub(1), height: inner.height.saturating_sub(1) };
    let labels = theme.labels(&state.scheme);
    for (row, line) in (0..body.height).zip(lines.iter().skip(state.guide.scroll)) {
        let mut pen = Pen::new(buffer, body, row);
        for (text, ink) in line {
            let style = match *ink {
                Ink::Plain => Style::new(),
                Ink::Quiet => theme.quiet(),
                Ink::Strong => theme.strong(),
                Ink::Heading => theme.strong().add_modifier(Modifier::UNDERLINED),
                Ink::Emphasis => Style::new().add_modifier(Modifier::ITALIC),
                Ink::Code => theme.accent(),
                Ink::Label(label) => labels.get(label).copied().unwrap_or_default().add_modifier(Modifier::BOLD),
            };
            pen.put(text, style);
        }
    }
}

/// What it tells of, and at the right how much is below, or which key leads there.
fn title(state: &State, topic: Topic, below: usize, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let inside = state.mode == Mode::Guide;
    let (name, key) = match topic {
        Topic::Guidelines => ("guidelines", Action::Guidelines),
        Topic::Labels if state.guide.labels(state).is_none() => ("labels", Action::About),
        Topic::Labels => ("about", Action::About),
    };
    let below = if below > 0 { format!(" ↓ {below}") } else { String::new() };
    let key = if inside { String::new() } else { format!(" {}", state.key(key)) };
    let into = if inside { "" } else { " goes in" };
    let keep = columns(&below) + columns(&key) + columns(into) + 1;
    let mut pen = Pen::new(buffer, area, 0);
    let style = if inside { theme.accent().add_modifier(Modifier::BOLD) } else { theme.strong() };
    pen.skip(1).put(if inside { "▸ " } else { "" }, style).put(name, style).skip(1);
    pen.rule("─", keep, theme.quiet()).put(&below, theme.quiet()).put(&key, theme.accent()).put(into, theme.quiet());
}

/// Columns of text in a guide that is so wide.
fn text_width(width: u16) -> u16 {
    width.saturating_sub(3).max(8)
}

/// How many lines it has in a guide that is so wide.
pub(super) fn count(state: &State, width: u16) -> usize {
    state.guide.topic.map_or(0, |topic| lines(state, topic, width).len())
}

/// Guidelines as lines for a guide that is so wide.
pub(super) fn page(blocks: &[Block], width: u16) -> Arc<[Line]> {
    of_blocks(blocks, text_width(width)).into()
}

fn lines(state: &State, topic: Topic, pane: u16) -> Arc<[Line]> {
    let width = text_width(pane);
    match topic {
        Topic::Guidelines => match &state.guide.page {
            Some((known, page)) if *known == pane => page.clone(),
            _ => page(state.guide.guidelines.as_deref().unwrap_or_default(), pane),
        },
        Topic::Labels => match state.guide.labels(state) {
            Some(labels) => {
                let about = labels.into_iter().map(|label| about(state, label, width));
                about
                    .reduce(|above, below| above.into_iter().chain([Line::new()]).chain(below).collect())
                    .unwrap_or_default()
                    .into()
            }
            None => overview(state, width).into(),
        },
    }
}

/// All labels, each with what it means.
fn overview(state: &State, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, label) in state.scheme.labels.iter().enumerate() {
        let mut parts = vec![name(state, index)];
        if !label.description.is_empty() {
            parts.push((format!("  {}", label.description), Ink::Plain));
        }
        lines.extend(flow(&parts, width, 2));
    }
    lines
}

fn name(state: &State, index: usize) -> (String, Ink) {
    let label = &state.scheme.labels[index];
    (format!("{} {}", super::key_sign(label.key), clean(&label.name)), Ink::Label(index))
}

/// What a label means, with examples: what was decided, or else what there is.
fn about(state: &State, index: usize, width: u16) -> Vec<Line> {
    let label = &state.scheme.labels[index];
    let mut lines = vec![vec![name(state, index)]];
    let description = if label.description.is_empty() {
        ("The label scheme does not say what it means.".to_owned(), Ink::Quiet)
    } else {
        (label.description.clone(), Ink::Plain)
    };
    lines.extend(flow(&[description], width, 0));
    let none = Vec::new();
    let here = state.guide.here.get(&index);
    let mut decided = here.map_or_else(Vec::new, |here| here.decided.clone());
    state.guide.known.get(&index).unwrap_or(&none).iter().for_each(|text| crate::tui::state::guide::add(&mut decided, text));
    let seeds: Vec<String> = label.seeds.iter().take(EXAMPLES).cloned().collect();
    let likely = format!("Nothing is decided yet. The model predicts (at {LIKELY} or more)");
    let groups = [
        ("Decided in this project", decided),
        ("Nothing is decided yet. From the gold of this note", here.map_or_else(Vec::new, |here| here.imported.clone())),
        ("Nothing is decided yet. Its seed terms", seeds),
        (&*likely, here.map_or_else(Vec::new, |here| here.predicted.clone())),
    ];
    match groups.into_iter().find(|(_, examples)| !examples.is_empty()) {
        Some((heading, examples)) => {
            let mut parts = vec![(format!("{heading}: "), Ink::Quiet)];
            for (at, example) in examples.iter().enumerate() {
                parts.push((if at > 0 { " · " } else { "" }.to_owned(), Ink::Quiet));
                parts.push((clean(example).into_owned(), Ink::Plain));
            }
            lines.extend(flow(&parts, width, 2));
        }
        None => lines.extend(flow(&[("No example yet.".to_owned(), Ink::Quiet)], width, 0)),
    }
    lines
}

/// Blocks of Markdown as lines of so many columns.
fn of_blocks(blocks: &[Block], width: u16) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for block in blocks {
        if !block.joined && !lines.is_empty() {
            lines.push(Line::new());
        }
        // Text deep in lists keeps some room.
        let deep = (block.depth as u16 * 2).min(width / 3).max(columns(&block.marker)).min(width / 2);
        let own = deep.saturating_sub(columns(&block.marker));
        let room = width - deep;
        let ink = |part: &crate::formats::markdown::Part| match (block.kind, part) {
            (Kind::Heading(1 | 2), _) => Ink::Heading,
            (Kind::Heading(_), _) => Ink::Strong,
            _ if part.code => Ink::Code,
            _ if part.strong => Ink::Strong,
            _ if part.emphasis => Ink::Emphasis,
            _ => Ink::Plain,
        };
        let parts: Vec<(String, Ink)> = block.parts.iter().map(|part| (part.text.clone(), ink(part))).collect();
        let body = match block.kind {
            Kind::Rule => vec![vec![("─".repeat(room.into()), Ink::Quiet)]],
            Kind::Code => verbatim(&parts, room),
            Kind::Heading(_) | Kind::Text => flow(&parts, room, 0),
        };
        for (at, mut line) in body.into_iter().enumerate() {
            let lead = if at == 0 { " ".repeat(own.into()) + &block.marker } else { " ".repeat(deep.into()) };
            line.insert(0, (lead, Ink::Quiet));
            lines.push(line);
        }
    }
    lines
}

/// Lines as they stand, cut where they are too long and gone on with beneath.
fn verbatim(parts: &[(String, Ink)], width: u16) -> Vec<Line> {
    let text: String = parts.iter().map(|(text, _)| text.as_str()).collect();
    let mut lines = Vec::new();
    for line in text.trim_end_matches('\n').split('\n') {
        for piece in pieces(line, width) {
            lines.push(vec![(piece.to_owned(), Ink::Code)]);
        }
    }
    lines
}

/// Text broken between words into lines of at most so many columns; all but the first are indented by `hang`.
fn flow(parts: &[(String, Ink)], width: u16, hang: u16) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![Line::new()];
    let mut reached = 0;
    let mut blank = false;
    for (text, ink) in parts {
        for (row, paragraph) in text.split('\n').enumerate() {
            if row > 0 {
                (reached, blank) = (hang, false);
                lines.push(indented(hang));
            }
            for (at, word) in paragraph.split(' ').enumerate() {
                blank |= at > 0;
                for piece in pieces(word, width.saturating_sub(hang)).filter(|piece| !piece.is_empty()) {
                    let needed = columns(piece);
                    let begun = reached > if lines.len() > 1 { hang } else { 0 };
                    // What belongs to one word stays with it, as long as that has no blank before it.
                    if begun && reached + u16::from(blank) + needed > width {
                        lines.push(indented(hang));
                        reached = hang;
                    } else if begun && blank {
                        push(&mut lines, " ", *ink);
                        reached += 1;
                    }
                    blank = false;
                    push(&mut lines, piece, *ink);
                    reached += needed;
                }
            }
        }
    }
    lines
}

fn indented(columns: u16) -> Line {
    if columns == 0 { Line::new() } else { vec![(" ".repeat(columns.into()), Ink::Plain)] }
}

fn push(lines: &mut [Line], text: &str, ink: Ink) {
    let Some(line) = lines.last_mut() else { return };
    match line.last_mut().filter(|(_, last)| *last == ink) {
        Some((before, _)) => before.push_str(text),
        None => line.push((text.to_owned(), ink)),
    }
}

/// A text in pieces of at most so many columns.
fn pieces(text: &str, width: u16) -> impl Iterator<Item = &str> {
    use unicode_segmentation::UnicodeSegmentation as _;
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut reached = 0;
        let cut = text.grapheme_indices(true).find_map(|(at, cluster)| {
            reached += columns(cluster);
            (reached > width.max(2)).then_some(at)
        });
        let (piece, after) = cut.map_or((text, None), |at| (&text[..at], Some(&text[at..])));
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::markdown::blocks;

    fn drawn(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|(text, _)| text.as_str()).collect::<String>().trim_end().to_owned()).collect()
    }

    #[test]
    fn guidelines_are_broken_between_words_and_items_hang() {
        let check = |text: &str, width, expected: &[&str]| {
            let lines = of_blocks(&blocks(text), width);
            assert_eq!(drawn(&lines), expected, "{text} in {width}");
            assert!(lines.iter().flatten().all(|(_, ink)| *ink != Ink::Label(0)));
        };
        check("# Symptom\nwhat the patient *feels*, or not", 14, &["Symptom", "", "what the", "patient feels,", "or not"]);
        check("- one two three\n- four\n\nend", 9, &["• one two", "  three", "• four", "", "end"]);
        check("- a\n  - b\n", 20, &["• a", "  • b"]);
        check("10. ten\n11. eleven", 20, &["10. ten", "11. eleven"]);
        check("```\na  b\nc\n```", 20, &["a  b", "c"]);
        check("`a`,**b**", 20, &["a,b"]);
        check("averyveryverylongword", 8, &["averyver", "yverylon", "gword"]);
        check("one\n\n---\n\ntwo", 5, &["one", "", "─────", "", "two"]);
    }
}
